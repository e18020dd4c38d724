"""Fixtures: an application on a fresh instance, one that holds the reconstruction, real programs where they are there.

What needs a program that is missing is skipped as NOT RUN, listed at the end, and a failure where everything must run
(SURVEYTOOL_REQUIRE_ALL=1, as in CI).
"""

import contextvars
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from werkzeug.test import TestResponse

from surveytool import accounts, collections, reconstruction, sharing
from surveytool.app import create_app
from surveytool.models import ROLES, Collection, Grant, User, db
from surveytool.serving import let_go, upgrade
from tests.hostile import SCRIPTS, Planted, plant
from tests.processes import start
from tests.sharing_work import share

NOT_RUN = "NOT RUN for want of "

# How long one example takes says how busy the machine is, not whether the code is right.
settings.register_profile("surveytool", deadline=None)
settings.load_profile("surveytool")

PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "libreoffice": ("soffice", "libreoffice"),
}


def program(name: str) -> str | None:
    """Return the path of a program, by whichever of its names it is installed."""
    return next((path for each in PROGRAMS[name] if (path := shutil.which(each))), None)


def postgresql_url() -> str | None:
    """Return the address of a PostgreSQL server that answers, or None; the local socket is tried by itself."""
    import psycopg

    url = os.environ.get("SURVEYTOOL_TEST_DATABASE_URL", "postgresql:///postgres")
    try:
        with psycopg.connect(url, connect_timeout=3):
            return url
    except psycopg.OperationalError:
        return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what has no program to run with; leave out what takes long, unless it is asked for."""
    if "full" not in config.getoption("markexpr"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("full")])
        items[:] = [item for item in items if not item.get_closest_marker("full")]
    missing = {name: program(name) is None for name in PROGRAMS}
    missing["icu"] = find_spec("icu") is None
    missing["pictures"] = find_spec("kaleido") is None
    missing["postgresql"] = any(item.get_closest_marker("postgresql") for item in items) and postgresql_url() is None
    for item in items:
        for name, absent in missing.items():
            if absent and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=NOT_RUN + name))


def _not_run(reporter: Any) -> list[tuple[str, str]]:
    skipped = reporter.stats.get("skipped", [])
    found = [(str(each.longrepr[2]).removeprefix("Skipped: "), each.nodeid) for each in skipped]
    return [(reason.removeprefix(NOT_RUN), test) for reason, test in found if reason.startswith(NOT_RUN)]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """End with what was not run, and why."""
    terminalreporter.section("NOT RUN for want of a program")
    not_run = _not_run(terminalreporter)
    for name in sorted({name for name, _ in not_run}):
        tests = [test for missing, test in not_run if missing == name]
        terminalreporter.write_line(f"{name}: {len(tests)} tests")
        for test in tests:
            terminalreporter.write_line(f"  {test}")
    if not not_run:
        terminalreporter.write_line("nothing: every program was there")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything must run, let a missing program fail the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("SURVEYTOOL_REQUIRE_ALL") and _not_run(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


share()


# Applications -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with all tables and nothing in them; copied, never used."""
    folder = tmp_path_factory.mktemp("empty")
    app = create_app(folder)
    with app.app_context():
        upgrade(app)
        _settle()
    return folder


@pytest.fixture(scope="session")
def filled_instance(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with the reconstruction and the open demonstration; copied, never used."""
    folder = tmp_path_factory.mktemp("filled") / "instance"
    shutil.copytree(empty_instance, folder)
    app = create_app(folder)
    with app.app_context():
        reconstruction.store()
        open_collection("demo", join_code="demo", synthetic="demonstration")
        for role in ROLES:
            accounts.add(f"{role.replace(' ', '-')}@example.org", [role], "test", password=PASSWORD)
        db.session.commit()
        _settle()
    return folder


#: The password of every account on the filled instance: one account a role, such as case-worker@example.org.
PASSWORD = "a password for tests"


def _settle() -> None:
    """Write everything into the one database file, so that it can be copied."""
    db.session.remove()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.engine.dispose()


class Visitor(FlaskClient):
    """A client whose requests share nothing with the test: neither its session nor what `g` holds."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(super().open, *args, **kwargs)


def _app_on(folder: Path, **config: Any) -> Iterator[Flask]:
    app = create_app(folder, TESTING=True, LOCAL=True, RATELIMIT_ENABLED=True, PROPAGATE_EXCEPTIONS=False, **config)
    app.test_client_class = Visitor
    with app.app_context():
        yield app
        let_go()


@pytest.fixture(scope="session")
def open_instance(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with one open collection, `border`, and nothing in it; copied, never used."""
    folder = tmp_path_factory.mktemp("open") / "instance"
    shutil.copytree(empty_instance, folder)
    app = create_app(folder)
    with app.app_context():
        open_collection("border", join_code="border")
        _settle()
    return folder


@pytest.fixture(scope="session")
def hostile_instance(filled_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Planted]]:
    """The filled instance with a collection full of each script, and where all of it lies; copied, never used."""
    folder = tmp_path_factory.mktemp("hostile") / "instance"
    shutil.copytree(filled_instance, folder)
    app = create_app(folder)
    with app.app_context():
        shared = sharing.prepare(collections.find("mekong-2003"), by_country=False)
        planted = [plant(payload, number, shared) for number, payload in enumerate(SCRIPTS)]
        _settle()
    return folder, planted


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application on an instance of its own, with no collections but those a test asks for."""
    kind = "open_instance" if "collection" in request.fixturenames else "empty_instance"
    yield from _app_on(Path(shutil.copytree(request.getfixturevalue(kind), tmp_path / "instance")))


@pytest.fixture
def filled_app(filled_instance: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application on an instance of its own with the reconstruction (mekong-2003) and the open demo collection."""
    yield from _app_on(Path(shutil.copytree(filled_instance, tmp_path / "instance")))


@pytest.fixture(scope="session")
def empty_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """An instance with all tables and nothing in them on PostgreSQL, and its database; copied, never used."""
    folder = tmp_path_factory.mktemp("postgresql") / "instance"
    with _on_server() as (name, uri):
        for app in _app_on(folder, SQLALCHEMY_DATABASE_URI=uri):
            upgrade(app)
        yield folder, name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An empty application on SQLite, and on a database of its own on a real PostgreSQL server."""
    folder = tmp_path / "instance"
    if request.param == "sqlite":
        yield from _app_on(Path(shutil.copytree(request.getfixturevalue("empty_instance"), folder)))
        return
    instance, template = request.getfixturevalue("empty_on_postgresql")
    shutil.copytree(instance, folder)
    with _on_server(template) as (_, uri):
        yield from _app_on(folder, SQLALCHEMY_DATABASE_URI=uri)


@contextmanager
def _on_server(template: str = "template1") -> Iterator[tuple[str, str]]:
    """A database of its own on the PostgreSQL server, a copy of another: its name and address."""
    import psycopg

    server, name = postgresql_url(), f"surveytool_{uuid.uuid4().hex[:12]}"
    assert server is not None
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            parts = psycopg.conninfo.conninfo_to_dict(server) | {"dbname": name}
            query = "&".join(f"{key}={value}" for key, value in parts.items() if key != "dbname")
            yield name, f"postgresql+psycopg:///{name}?{query}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def shared_app(filled_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """As `filled_app`, but one for a whole module and without limits: for tests that mind nothing others did there."""
    folder = Path(shutil.copytree(filled_instance, tmp_path_factory.mktemp("shared") / "instance"))
    for app in _app_on(folder):
        app.config.update(RATELIMIT_ENABLED=False)
        yield app


@pytest.fixture
def hostile_app(hostile_instance: tuple[Path, list[Planted]], tmp_path: Path) -> Iterator[Flask]:
    """An application on an instance of its own that is full of scripts, without limits."""
    for app in _app_on(Path(shutil.copytree(hostile_instance[0], tmp_path / "instance"))):
        app.config.update(RATELIMIT_ENABLED=False)
        yield app


@pytest.fixture(scope="session")
def planted(hostile_instance: tuple[Path, list[Planted]]) -> list[Planted]:
    """Where the scripts of the hostile instance lie."""
    return hostile_instance[1]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript on an empty application."""
    return app.test_client()


def open_collection(code: str = "border", **kwargs: str) -> Collection:
    """Make and open a collection of the partner survey."""
    collection = collections.create(code, "partner_survey", "Border meeting", **kwargs, who="tester")
    collections.open_(collection, "tester")
    db.session.commit()
    return collection


@pytest.fixture
def collection(app: Flask) -> Collection:
    """The open collection of the application, with the code and join code `border`."""
    return collections.find("border")


@pytest.fixture(scope="session")
def sign_in() -> Callable[..., User]:
    """Sign a browser in with an account of its own that has some roles, everywhere or within limits."""

    def signed_in(client: FlaskClient, *roles: str, collection: Collection | None = None, country: str = "") -> User:
        with client.application.app_context():
            user = User(email=f"{uuid.uuid4().hex[:8]}@example.org", fs_uniquifier=uuid.uuid4().hex, active=True)
            limits = {"collection_id": collection.id if collection else None, "country": country}
            user.roles = [Grant(name=role, **limits) for role in roles]
            db.session.add(user)
            db.session.flush()
            word = accounts.start_sign_in(user, "a test")
            db.session.commit()
            with client.session_transaction() as session:
                session.update(_user_id=user.fs_uniquifier, _fresh=True, sign_in=word, fs_paa=time.time(), fs_cc="set")
            return user

    return signed_in


@pytest.fixture
def evaluator(filled_app: Flask, sign_in: Callable[..., User]) -> FlaskClient:
    """An evaluator's browser, signed in, on the reconstruction and the open demo collection."""
    browser = filled_app.test_client()
    sign_in(browser, "evaluator")
    return browser


# Real programs --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium."""
    from playwright.sync_api import sync_playwright

    switches = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    switches += " --disable-component-update --disable-sync"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program("chromium"), args=switches.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def sign_in_on() -> Callable[..., None]:
    """Sign in through the form, in a real browser, on the filled instance."""

    def signed_in(page: Any, server: str, role: str = "evaluator") -> None:
        page.goto(f"{server}/login")
        page.fill("[name=email]", f"{role.replace(' ', '-')}@example.org")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda address: "/login" not in address)

    return signed_in


@pytest.fixture(scope="session")
def libreoffice() -> str:
    """The path of a real LibreOffice."""
    path = program("libreoffice")
    assert path is not None
    return path


#: Serves a copy of an instance, after something was done to it; yields the address.
Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """The production server as a process of its own, on a copy of an instance."""
    return lambda instance, prepare=None: _served(Path(shutil.copytree(instance, tmp_path / "served")), prepare)


#: How long a server may take to start, in seconds, on a machine that is busy with other tests.
PATIENCE = 90


@contextmanager
def _served(folder: Path, prepare: Callable[[Flask], None] | None = None) -> Iterator[str]:
    import socket
    import urllib.request

    if prepare:
        for app in _app_on(folder):
            prepare(app)
            db.session.commit()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start(folder, port)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{address}/c/demo/en", timeout=5).close()
                break
            except OSError:
                if time.monotonic() > until or not process.is_alive():
                    raise
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.join(10)


@pytest.fixture
def server(filled_instance: Path, serve: Serve) -> Iterator[str]:
    """The production server on the filled instance; yields its address."""
    with serve(filled_instance) as address:
        yield address
