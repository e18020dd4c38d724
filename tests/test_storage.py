"""What is kept, on SQLite and on a real PostgreSQL."""

import contextlib
import datetime
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from surveytool import collections, intake, judge, reconstruction, tabulate
from surveytool.app import create_app
from surveytool.audit import as_json as audit_json
from surveytool.audit import audit, shipped_figures
from surveytool.judge.standing import differences
from surveytool.models import Answer, Collection, Identity, Judgement, Response, SetAside, Standing, User, db
from surveytool.results import as_json, collect
from surveytool.settings import SettingsError

NAME = "นางสาวสมหญิง ใจดีมาก"


def _open(code: str = "border") -> Collection:
    collection = collections.create(code, "partner_survey", "Border meeting", join_code=code, who="tester")
    collections.open_(collection, "tester")
    db.session.commit()
    return collection


def _receive(collection: Collection, submission: str = "", **sent: str | list[str]) -> Any:
    fields = {name: [value] if isinstance(value, str) else value for name, value in sent.items()}
    return intake.receive(collection, fields, submission=submission or str(uuid.uuid4()), language="en")


def _keep(collection: Collection, submission: str = "", **sent: str | list[str]) -> Response:
    outcome = _receive(collection, submission, **sent)
    assert isinstance(outcome, intake.Kept), outcome
    return outcome.response


def _count(model: Any, *where: Any) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0)


# Migrations -----------------------------------------------------------------------------------------------------------


def _rows() -> dict[str, Counter[str]]:
    """Every row of every table as it lies in the database, with no model between."""
    db.session.remove()
    with db.engine.connect() as connection:
        tables = [table for table in sa.inspect(connection).get_table_names() if table != "alembic_version"]
        found = {table: connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings().all() for table in tables}
    return {table: Counter(repr(sorted(row.items())) for row in rows) for table, rows in found.items()}


def test_the_migrations_make_the_tables_of_the_models(any_database: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, db.metadata) == []
        # What that comparison does not look at.
        inspector = sa.inspect(connection)
        for table in db.metadata.sorted_tables:
            checks = {each["name"] for each in inspector.get_check_constraints(table.name)}
            meant = {each.name for each in table.constraints if isinstance(each, sa.CheckConstraint)}
            assert checks == meant, table.name


def test_the_tables_can_be_taken_down_and_made_again(any_database: Flask) -> None:
    reconstruction.store()
    db.session.remove()

    flask_migrate.downgrade(revision="base")
    assert set(sa.inspect(db.engine).get_table_names()) == {"alembic_version"}

    flask_migrate.upgrade()
    assert set(sa.inspect(db.engine).get_table_names()) == {*db.metadata.tables, "alembic_version"}
    assert tabulate.forms(_keep(_open(), trained="yes").collection_id).valid == 1


def test_an_upgrade_of_a_filled_database_keeps_every_row(any_database: Flask) -> None:
    reconstruction.store()
    _keep(_open(), name=NAME, trained="yes")
    before = _rows()
    assert sum(sum(rows.values()) for rows in before.values()) > 4000

    flask_migrate.upgrade()

    assert _rows() == before


MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5)
# A row for each table as the first migration made it. It stays as it is when tables change.
FIRST_ROWS: dict[str, dict[str, Any]] = {
    "questionnaire_versions": {
        "id": 1,
        "name": "partner_survey",
        "version": "1",
        "digest": "0123456789abcdef",
        "structure": {"sections": []},
        "created_at": MOMENT,
    },
    "collections": {
        "id": 1,
        "code": "border",
        "join_code": "abcdefgh",
        "title": "Border",
        "questionnaire_name": "partner_survey",
        "version_id": 1,
        "synthetic": "",
        "created_at": MOMENT,
        "opened_at": MOMENT,
        "closed_at": None,
    },
    "wordings": {
        "id": 1,
        "version_id": 1,
        "language": "th",
        "digest": "fedcba9876543210",
        "strings": {"title": "แบบสอบถาม"},
        "review": {"state": "machine-drafted"},
    },
    "collection_wordings": {"collection_id": 1, "language": "th", "wording_id": 1, "position": 0},
    "responses": {
        "id": 1,
        "collection_id": 1,
        "submission": "one",
        "version_id": 1,
        "wording_id": 1,
        "language": "th",
        "mode": "web",
        "wave": None,
        "country": "thailand",
        "received_at": MOMENT,
        "receipt": "00000000000000000",
        "digest": "d" * 64,
        "zawgyi": "",
        "sent": {"objective": ["ช่วยเหลือ"]},
    },
    "answers": {
        "response_id": 1,
        "variable": "objective",
        "state": "value",
        "code": None,
        "text": "ช่วยเหลือ",
        "date": None,
        "understood": None,
    },
    "identities": {"response_id": 1, "data": b"\x00\xff encrypted", "name_digest": "n" * 64},
    "judgements": {
        "id": 1,
        "collection_id": 1,
        "response_id": 1,
        "variable": "objective",
        "effect": "exclude answer",
        "reason": "Not about trafficking.",
        "rule": None,
        "made_by": "Alice",
        "made_at": MOMENT,
        "withdrawn_by": "Bob",
        "withdrawn_at": MOMENT,
        "withdrawn_why": "It is.",
    },
    "standing": {
        "response_id": 1,
        "variable": "objective",
        "collection_id": 1,
        "state": "value",
        "code": None,
        "country": "thailand",
        "language": "th",
    },
    "code_frames": {"id": 1, "collection_id": 1, "name": "bodies", "label": "Bodies"},
    "codes": {"id": 1, "frame_id": 1, "name": "IOM", "label": "IOM", "parent_id": None},
    "codings": {
        "id": 1,
        "response_id": 1,
        "variable": "objective",
        "code_id": 1,
        "made_by": "Alice",
        "made_at": MOMENT,
        "withdrawn_by": None,
        "withdrawn_at": None,
    },
    "set_aside": {
        "id": 1,
        "collection_id": 1,
        "submission": "two",
        "digest": "e" * 64,
        "reason": "The collection was closed when it arrived.",
        "language": "th",
        "mode": "web",
        "received_at": MOMENT,
        "sent": b"\x00\xff encrypted",
    },
}


def test_an_upgrade_from_the_first_tables_keeps_what_was_in_them(any_database: Flask) -> None:
    flask_migrate.downgrade(revision="base")
    flask_migrate.upgrade(revision="0001")
    first = sa.MetaData()
    first.reflect(db.engine)
    assert set(first.tables) - {"alembic_version"} == set(FIRST_ROWS)
    with db.engine.begin() as connection:
        for name, row in FIRST_ROWS.items():
            assert set(row) == set(first.tables[name].columns.keys()), name
            connection.execute(first.tables[name].insert(), row)

    flask_migrate.upgrade()

    now = sa.MetaData()
    now.reflect(db.engine)
    with db.engine.connect() as connection:
        for name, row in FIRST_ROWS.items():
            found = [dict(each) for each in connection.execute(now.tables[name].select()).mappings()]
            assert [{column: each[column] for column in row} for each in found] == [row], name


def _surveytool(app: Flask, *args: str, instance: Path | None = None) -> subprocess.Popen[str]:
    """Run a command on the application's database, as a process of its own."""
    folder = str(instance or app.instance_path)
    command = [sys.executable, "-u", "-m", "surveytool.cli", "--instance", folder, *args]
    env = {**os.environ, "SURVEYTOOL_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_several_workers_may_start_on_an_empty_instance_at_once(any_database: Flask, tmp_path: Path) -> None:
    flask_migrate.downgrade(revision="base")
    db.session.remove()
    db.engine.dispose()

    processes = [_surveytool(any_database, "collection", "list", instance=tmp_path / "new") for _ in range(3)]

    said = [process.communicate(timeout=60)[1] for process in processes]
    assert said == [""] * 3
    assert [process.returncode for process in processes] == [0] * 3


# Intake ---------------------------------------------------------------------------------------------------------------


def test_a_form_is_kept_whole(any_database: Flask) -> None:
    collection = _open()
    assert collection.version is not None

    # The zero-width space, the control character and the NUL are in what was sent, not in what is used.
    objective = "\u200bสวัสดี\x07\x00 <b>"
    _keep(collection, name=NAME, objective=objective, trained="yes", training_useful="0", activities=["prevention"])

    db.session.expire_all()
    response = db.session.scalars(sa.select(Response)).one()
    assert response.sent["objective"] == [objective]
    assert not {"name", "position", "duty_station"} & set(response.sent)
    answers = {answer.variable: answer for answer in response.answers}
    assert set(answers) == {variable.name for variable in collection.version.questionnaire.variables.values()}
    assert answers["objective"].text == "สวัสดี <b>"
    assert (answers["training_useful"].state, answers["training_useful"].code) == ("value", "0")
    assert answers["how_soon"].state == "not_asked"
    assert answers["gender"].state == "no_answer"
    assert response.received_at.tzinfo == datetime.UTC
    assert _count(Standing) == len(answers)


def test_the_same_form_sent_twice_is_one_response(any_database: Flask) -> None:
    collection = _open()
    first = _receive(collection, "same", trained="yes", gender="no")

    second = _receive(collection, "same", gender="no", trained="yes")

    assert (first.again, second.again) == (False, True)
    assert first.response.receipt == second.response.receipt
    assert _count(Response) == 1


def test_another_form_under_the_same_identifier_is_kept_and_flagged(any_database: Flask) -> None:
    collection = _open()
    _keep(collection, "same", trained="yes")

    later = _keep(collection, "same", trained="no")

    assert _count(Response) == 2
    assert _receive(collection, "same", trained="no").response.id == later.id
    flagged = db.session.scalars(sa.select(Judgement).where(Judgement.effect == "flag")).one()
    assert flagged.response_id == later.id


def test_the_same_identifier_in_another_collection_is_another_form(any_database: Flask) -> None:
    receipts = {_keep(_open(code), "same", trained="yes").receipt for code in ("one", "two")}

    assert len(receipts) == 2


@pytest.mark.parametrize("path", ["/c/%00", "/c/%00/en", "/c/" + "x" * 500, "/c/%F0%9F%98%80/en", "/evaluate/%00/"])
def test_an_odd_address_is_not_found(any_database: Flask, path: str, sign_in: Callable[..., User]) -> None:
    client = any_database.test_client()
    sign_in(client, "evaluator")

    assert client.get(path).status_code == 404


# Judgements -----------------------------------------------------------------------------------------------------------


def test_judgements_change_what_stands_and_their_withdrawal_brings_it_back(any_database: Flask) -> None:
    collection = reconstruction.store()
    before = as_json(collect(collection))
    kept = _count(Answer)
    response = db.session.scalars(sa.select(Response).join(Answer).where(Answer.code == "4")).first()
    assert response is not None

    for decide in (
        lambda: judge.exclude_form(response, "Alice", "A test."),
        lambda: judge.exclude_answer(response, "prevention_important", "Alice", "A test."),
        lambda: judge.exclude_item(collection.id, "prevention_important", "Alice", "A test."),
    ):
        judgement = decide()
        db.session.commit()
        assert as_json(collect(collection)) != before
        assert differences(collection.id) == 0
        judge.withdraw(judgement, "Bob", "It was a test.")
        db.session.commit()
        assert as_json(collect(collection)) == before
        assert differences(collection.id) == 0

    assert _count(Answer) == kept
    assert _count(Judgement, Judgement.withdrawn_by == "Bob") == 3


def test_what_stands_can_be_made_again_from_the_records(any_database: Flask) -> None:
    collection = reconstruction.store()
    before = as_json(collect(collection))
    db.session.execute(sa.delete(Standing).where(Standing.response_id % 2 == 0))
    db.session.execute(sa.update(Standing).values(state="no_answer", code=None))
    db.session.commit()
    assert as_json(collect(collection)) != before

    assert judge.rebuild(collection.id) > 0
    db.session.commit()

    assert as_json(collect(collection)) == before
    assert judge.rebuild() == 0


# The same on both -----------------------------------------------------------------------------------------------------


def _everything(collection: Collection) -> str:
    """Results, counts as received and the audit; as text, so that their order counts too."""
    published = shipped_figures("partner_survey")
    assert published is not None
    verdicts = [audit_json(verdict) for verdict in audit(published, collection)]
    received = {
        name: (dict(sorted(each.states.items())), dict(sorted(each.codes.items())))
        for name, each in sorted(tabulate.variables(collection.id, tabulate.Filter(stand=tabulate.RECEIVED)).items())
    }
    filtered = [
        as_json(collect(collection, tabulate.Filter(countries=countries, languages=languages)))
        for countries, languages in (((), ()), (("thailand",), ()), (("viet_nam", "lao_pdr"), ("vi",)), ((), ("en",)))
    ]
    return json.dumps([filtered, received, verdicts], ensure_ascii=False, indent=1)


def test_the_reconstruction_has_the_same_results_on_any_database(
    any_database: Flask, filled_instance: Path, tmp_path: Path
) -> None:
    found = _everything(reconstruction.store())
    db.session.remove()

    shipped = create_app(shutil.copytree(filled_instance, tmp_path / "shipped"))
    with shipped.app_context():
        expected = _everything(collections.find(reconstruction.CODE))
        db.session.remove()
        db.engine.dispose()

    assert found == expected


# At the same moment ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _workers(app: Flask, number: int) -> Iterator[list[str]]:
    """Serve one database from several processes; yields their addresses."""
    ports = []
    for _ in range(number):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(str(free.getsockname()[1]))
    with contextlib.ExitStack() as stack:
        for process in [_surveytool(app, "serve", "--port", port) for port in ports]:
            stack.enter_context(process)
            stack.callback(process.terminate)
            assert process.stdout is not None
            assert any("Ctrl+C" in line for line in process.stdout), process.communicate()
        yield [f"http://127.0.0.1:{port}" for port in ports]


def _post(address: str, sent: Mapping[str, str]) -> str:
    """Send a form; return its receipt."""
    body = urllib.parse.urlencode(sent).encode()
    try:
        with urllib.request.urlopen(address, body, timeout=30) as answer:
            receipt = re.search(r'class="receipt"[^>]*>([\d ]+)<', answer.read().decode())
    except urllib.error.HTTPError as error:
        error.close()
        raise AssertionError(f"a form was answered {error.code}") from None
    assert receipt is not None
    return receipt[1]


def _post_all(addresses: Sequence[str], forms: Sequence[Mapping[str, str]]) -> list[str]:
    """Send all forms at once, taking turns between the servers."""
    with ThreadPoolExecutor(len(forms)) as pool:
        turns = [f"{addresses[i % len(addresses)]}/c/border/en" for i in range(len(forms))]
        return list(pool.map(_post, turns, forms))


def test_forms_sent_at_the_same_moment_to_several_servers_are_each_stored_once(any_database: Flask) -> None:
    collection = _open()
    assert collection.version is not None
    variables = len(collection.version.questionnaire.variables)
    form = {"name": NAME, "trained": "yes", "trained_times": "3"}
    others = [form | {"submission": str(uuid.uuid4()), "comments": f"form {i}"} for i in range(20)]

    with _workers(any_database, 2) as addresses:
        for stored in (1, 2, 3):
            same = form | {"submission": str(uuid.uuid4())}
            assert len(set(_post_all(addresses, [same] * 20))) == 1
            assert _count(Response) == stored
            db.session.rollback()

        assert len(set(_post_all(addresses, others))) == 20

    assert _count(Response) == _count(Identity) == 23
    assert _count(Answer) == _count(Standing) == 23 * variables
    assert differences(collection.id) == 0


def test_different_forms_under_one_identifier_at_the_same_moment_are_all_kept(any_database: Flask) -> None:
    collection = _open()
    submission = str(uuid.uuid4())
    forms = [{"submission": submission, "trained": "yes", "comments": f"form {i % 5}"} for i in range(20)]

    with _workers(any_database, 1) as addresses:
        receipts = _post_all(addresses, forms)

    assert len(set(receipts)) == 5
    assert _count(Response, Response.collection_id == collection.id) == 5
    assert tabulate.forms(collection.id).flagged == 4


# Who answered ---------------------------------------------------------------------------------------------------------


def _bytes_of(app: Flask) -> str:
    """Everything in the database as it lies there: every row, and on SQLite every byte of the files."""
    rows = "\n".join(row for table in _rows().values() for row in table)
    files = [path.read_bytes() for path in Path(app.instance_path).iterdir() if path.is_file()]
    # Texts within JSON may stand there as escapes.
    return re.sub(
        r"\\+u([0-9a-f]{4})",
        lambda found: chr(int(found[1], 16)),
        rows + "\n".join(file.decode("utf-8", "replace") for file in files),
    )


def test_no_name_can_be_read_in_the_database(any_database: Flask) -> None:
    collection = _open()
    person = {"name": NAME, "position": "Director-of-Somewhere", "duty_station": "แม่สายเหนือ"}
    kept = _keep(collection, objective="ข้อความที่อ่านได้", organisation="Readable organisation", **person).id
    collections.close(collection, "tester")
    db.session.commit()
    assert isinstance(_receive(collection, trained="yes", improve="Kept-aside-whole", **person), intake.Aside)

    there = _bytes_of(any_database)

    assert "ข้อความที่อ่านได้" in there
    assert "Readable organisation" in there
    for secret in (*person.values(), "Kept-aside-whole"):
        assert secret not in there
    # It is there all the same, for who has the keys.
    assert db.session.get_one(Identity, kept).data["used"] == person
    assert db.session.scalars(sa.select(SetAside)).one().sent["name"] == [NAME]


def test_a_name_is_found_again_without_being_readable(any_database: Flask) -> None:
    collection = _open()
    _keep(collection, name="Daw  Khin Hla", trained="yes")

    second = _keep(collection, name="daw khin hla", trained="no")

    flagged = db.session.scalars(sa.select(Judgement).where(Judgement.effect == "flag")).one()
    assert (flagged.response_id, flagged.rule) == (second.id, "same-person")
    assert tabulate.forms(collection.id).valid == 2


def test_without_its_keys_an_instance_gives_no_name_away(app: Flask, tmp_path: Path) -> None:
    """The digest is keyed: the same name in another instance has another."""
    first = _keep(_open(), name=NAME)
    digest = db.session.get_one(Identity, first.id).name_digest
    other = create_app(tmp_path / "other")
    with other.app_context():
        assert intake.person_digest(NAME) != digest
    assert intake.person_digest(NAME) == digest


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_the_secrets_are_readable_to_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_app(tmp_path / "instance")
    finally:
        os.umask(before)

    secrets = tmp_path / "instance" / "secrets.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    kept = secrets.read_text()
    create_app(tmp_path / "instance")
    assert secrets.read_text() == kept


@pytest.mark.parametrize("weak", ["", "secret", "a" * 64])
@pytest.mark.parametrize("name", ["SECRET_KEY", "AUDIT_KEY"])
def test_nothing_starts_on_a_secret_that_can_be_guessed(tmp_path: Path, name: str, weak: str) -> None:
    create_app(tmp_path / "instance")
    file = tmp_path / "instance" / "secrets.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: weak}))

    with pytest.raises(SettingsError, match="restore the file"):
        create_app(tmp_path / "instance")


def test_an_instance_of_an_earlier_version_keeps_its_secrets_and_gets_the_newer_ones(tmp_path: Path) -> None:
    create_app(tmp_path / "instance")
    file = tmp_path / "instance" / "secrets.json"
    whole = json.loads(file.read_text())
    earlier = {name: whole[name] for name in ("SECRET_KEY", "DIGEST_KEY", "IDENTITY_KEYS")}
    file.write_text(json.dumps(earlier))

    create_app(tmp_path / "instance")

    now = json.loads(file.read_text())
    assert now.keys() == whole.keys()
    assert {name: now[name] for name in earlier} == earlier
