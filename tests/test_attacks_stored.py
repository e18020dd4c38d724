"""What was stored to attack later: scripts wherever people can write, on every page; formulas in every file."""

import contextlib
import csv
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.test import TestResponse

from surveytool import collections, exporting, sharing
from surveytool.access import RULES
from surveytool.cli import main
from surveytool.models import ROLES, User
from tests.conftest import PASSWORD, Serve
from tests.hostile import CLERK, FORMULAS, SCRIPTS, TRAINER, Planted, cells_of, computed, dangers, plant
from tests.test_access import token

#: Asking for a code in the middle of signing in ends the sign-in there is.
SIGN_OUT = ("security.logout", "security.two_factor_token_validation")
#: Arguments of addresses that lead to what was planted; the other addresses are the same whatever was planted.
ABOUT = {"code", "join_code", "token", "workshop"}
#: What an address has to be asked for, to show more than a form to fill in.
ASKED = {"evaluate.printed": {"language": "th", "copies": "1"}, "respond.choose": {"language": "th"}}
#: Where what was planted has to be seen, or this test looks at the wrong pages.
SEEN = {
    *("evaluate.collections", "evaluate.collection", "evaluate.poster", "evaluate.results", "evaluate.verbatims"),
    *("evaluate.responses", "evaluate.response", "evaluate.correction", "evaluate.aside", "evaluate.shares"),
    *("evaluate.share", "evaluate.printed", "evaluate.exports", "evaluate.attachments"),
    *("evaluate.entry", "evaluate.desk", "evaluate.type_form", "evaluate.about_form", "evaluate.review"),
    *("evaluate.entry_scans", "manage.log", "evaluate.workshops", "evaluate.workshop"),
    *("train.list_workshops", "train.workshop", "train.poster", "train.cards", "train.appraisal", "train.show_links"),
    *("respond.form", "respond.receipt", "respond.correct", "respond.withdraw"),
}


def test_a_reader_of_markup_would_notice() -> None:
    assert dangers("<p>&lt;script&gt;</p><script type='application/json'>{}</script>") == []
    assert [dangers(f"<p>{payload}</p>") for payload in SCRIPTS[:7]].count([]) == 1, "one needs an attribute around it"
    assert dangers(f"<input value='{SCRIPTS[3]}'>")


# On every page ------------------------------------------------------------------------------------------------------


def readers(app: Flask, sign_in: Callable[..., User]) -> Iterator[tuple[str, FlaskClient, tuple[str, ...]]]:
    """Yield everybody who reads pages: who they are, their browser, their roles."""
    yield "nobody", app.test_client(), ()
    for role in ROLES:
        if role not in ("clerk", "trainer"):
            client = app.test_client()
            sign_in(client, role)
            yield role, client, (role,)
    abroad = app.test_client()
    sign_in(abroad, "evaluator", country="thailand")
    yield "evaluator for a country", abroad, ("evaluator",)
    for role, email in (("clerk", CLERK), ("trainer", TRAINER)):
        client = app.test_client()
        client.post("/login", data={"csrf_token": token(client, "/login"), "email": email, "password": PASSWORD})
        yield role, client, (role,)


def pages_for(
    app: Flask, client: FlaskClient, roles: Sequence[str], where: Planted, *, first: bool
) -> Iterator[tuple[str, TestResponse]]:
    """Yield the answer of every address that shows somebody what was planted; once, of those that show all alike."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        known = RULES.get(rule.endpoint)
        if "GET" not in (rule.methods or ()) or known is None or rule.endpoint in SIGN_OUT:
            continue
        if not (set(known.roles) & set(roles) or not known.roles) or not (first or set(rule.arguments) & ABOUT):
            continue
        if roles and not known.roles:
            continue  # what anyone may see is the same for those signed in
        ids = (where.response_id, where.correction_id) if rule.endpoint == "evaluate.response" else (0,)
        for id_ in ids:
            values = where.values(rule.endpoint, id_)
            with app.test_request_context():
                address = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
            yield rule.endpoint, client.get(address, query_string=ASKED.get(rule.endpoint))
    if not roles:
        for endpoint, path in (("receipt", "/r/th"), ("correct", "/r/th/correct"), ("withdraw", "/r/th/withdraw")):
            yield f"respond.{endpoint}", client.post(path, data={"receipt": where.receipt})


#: One script for each place it could break out of: an element, attributes, a text area, a template.
SAMPLE = (0, 2, 3, 4, 8)


@pytest.mark.parametrize("which", [SAMPLE, pytest.param(range(len(SCRIPTS)), marks=pytest.mark.full)])
def test_what_is_stored_runs_on_no_page_of_anyone(
    hostile_app: Flask,
    planted: list[Planted],
    sign_in: Callable[..., User],
    capsys: pytest.CaptureFixture[str],
    which: Sequence[int],
) -> None:
    planted = [planted[number] for number in which]
    looked: Counter[str] = Counter()
    seen: dict[str, set[str]] = {}
    for who, client, roles in readers(hostile_app, sign_in):
        for number, where in enumerate(planted):
            for endpoint, answer in pages_for(hostile_app, client, roles, where, first=not number):
                assert answer.status_code < 500, (who, endpoint)
                looked[who] += 1
                if answer.mimetype == "text/html":
                    assert dangers(answer.text) == [], (who, endpoint, where.payload)
                    if str(escape(where.payload.strip("\u202e"))) in answer.text:
                        seen.setdefault(endpoint, set()).add(where.payload)
                answer.close()
    with capsys.disabled():
        print(f"\n{sum(looked.values())} pages looked at for scripts: {dict(looked)}")
        print(f"{sum(map(len, seen.values()))} combinations of script and kind of page were on view")
    assert seen.keys() >= SEEN, SEEN - seen.keys()


@pytest.mark.chromium
def test_scripts_run_in_no_real_browser(
    hostile_instance: tuple[Path, list[Planted]], serve: Serve, browser: Any, sign_in_on: Any
) -> None:
    folder, planted = hostile_instance
    said: list[str] = []
    rooms = ("", "collection", "responses", "corrections", "aside", "shares", "poster", "verbatims/25", "entry")
    with serve(folder) as site, contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda each: said.append(each.text) if "Content Security Policy" in each.text else None)
        sign_in_on(page, site)
        paths = [f"/evaluate/{planted[0].code}/{room}" for room in rooms]
        paths += [f"/evaluate/{each.code}/responses/{each.response_id}" for each in planted]
        paths += [
            f"/evaluate/{planted[3].code}/corrections/{planted[3].correction_id}",
            f"/c/join-{planted[4].code}/th",
        ]
        for path in paths:
            page.goto(site + path)
            assert page.evaluate("window.pwned") is None, path
            assert "pwned" in page.content() or "{{" in page.content() or "${" in page.content(), path
    assert said == [], "not even the content policy had anything to stop"


# In every file ------------------------------------------------------------------------------------------------------


def files_asked_for(number: int) -> list[tuple[str, str, str]]:
    """Return some of the ways to take a collection away, others for each number: where, as what file, in what shape."""
    shape, path = exporting.SHAPES[number % 2], ("export", "export/identities")[number // 2 % 2]
    return [(path, form, shape) for form in exporting.FORMATS]


def all_files(_: int) -> list[tuple[str, str, str]]:
    """Return every way to take a collection away."""
    paths = ("export", "export/identities")
    return [(path, form, shape) for path in paths for form in exporting.FORMATS for shape in exporting.SHAPES]


@pytest.mark.parametrize("ways", [files_asked_for, pytest.param(all_files, marks=pytest.mark.full)])
def test_what_would_be_computed_is_text_in_every_file(
    filled_app: Flask, sign_in: Callable[..., User], capsys: pytest.CaptureFixture[str], ways: Callable[[int], Any]
) -> None:
    client = filled_app.test_client()
    sign_in(client, "evaluator")
    shared = sharing.prepare(collections.find("mekong-2003"), by_country=False)
    good = {"csrf_token": token(client, "/account"), "reason": "To see whether it computes."}
    cells = found = files = 0
    for number, payload in enumerate(FORMULAS):
        where = plant(payload, number, shared)
        for path, form, shape in ways(number):
            sent = {**good, "format": form, "shape": shape}
            with client.post(f"/evaluate/{where.code}/{path}", data=sent) as answer:
                assert answer.status_code == 200
                assert re.fullmatch(r"attachment; filename=[a-z0-9.-]+", answer.headers["Content-Disposition"])
                read = cells_of(answer.data)
            assert [cell for cell, runs in read if runs] == [], (payload, path, form)
            files, cells = files + 1, cells + len(read)
            found += sum(payload.strip("'\t\n \"")[:12] in cell for cell, _ in read)
    assert found > files, "what was looked for was there"
    with capsys.disabled():
        print(f"\n{cells} cells of {files} files hold {found} formulas and scripts, and compute none")


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_results_on_the_command_line_hold_no_names_and_compute_nothing(
    hostile_instance: tuple[Path, list[Planted]], tmp_path: Path, form: str
) -> None:
    folder = shutil.copytree(hostile_instance[0], tmp_path / "instance")
    where = hostile_instance[1][0]
    said = CliRunner().invoke(main, ["--instance", str(folder), "results", where.code, "--format", form])

    assert said.exit_code == 0, said.output
    if form == "json":
        written = json.loads(said.stdout)
        assert written.pop("title") == where.payload
        assert "pwned" not in str(written), "verbatims and names are not results"
        return
    assert "pwned" not in said.stdout
    if form == "csv":
        rows = list(csv.reader(io.StringIO(said.stdout.removeprefix("\ufeff"), newline="")))
        assert [cell for row in rows for cell in row if computed(cell)] == []
