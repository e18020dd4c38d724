"""Backups: made while others write, put back whole or not at all; and `verify`, which finds what is not whole."""

import hashlib
import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from surveytool import backups, collections, intake, reconstruction, restoring, verifying
from surveytool.app import create_app
from surveytool.cli import main
from surveytool.models import Answer, Identity, LogEntry, LogHead, Response, Standing, db
from surveytool.results import as_json, collect
from surveytool.serving import let_go
from tests.conftest import open_collection

SECRETS = "secrets.json"


def run(instance: str | Path, *args: str) -> Result:
    """Run a command on an instance, as an operator does."""
    return CliRunner().invoke(main, ["--instance", str(instance), *args])


def one_line(result: Result) -> str:
    """Return what a command that failed said on its last line; it must have said it in one."""
    assert result.exit_code == 1, result.output
    last = result.output.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert "Traceback" not in result.output
    return last


def contents(folder: Path) -> dict[str, str]:
    """Return every file of a folder with its digest."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith(("-wal", "-shm", ".lock"))
    }


@pytest.fixture
def filled(filled_instance: Path, tmp_path: Path) -> Path:
    """An instance of one's own with the reconstruction and an account for each role."""
    return Path(shutil.copytree(filled_instance, tmp_path / "filled"))


@pytest.fixture
def backup(filled: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    file = tmp_path / "a.backup"
    made = run(filled, "backup", str(file))
    assert made.exit_code == 0, made.output
    return file


def results(instance: Path) -> Any:
    said = run(instance, "results", "mekong-2003", "--format", "json")
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    del found["audit_log"]
    return found


def digest(said: str) -> str:
    return next(line for line in said.splitlines() if line.startswith("Digest "))


# Making and putting back ----------------------------------------------------------------------------------------------


def test_on_an_empty_machine_everything_is_as_it_was(filled: Path, backup: Path, tmp_path: Path) -> None:
    said = run(tmp_path / "empty", "restore", str(backup))

    assert said.exit_code == 0, said.output
    assert results(tmp_path / "empty") == results(filled)
    again = run(tmp_path / "empty", "backup", str(tmp_path / "b.backup"))
    assert digest(again.output) == digest(said.output)
    assert run(tmp_path / "empty", "verify").exit_code == 0
    app = create_app(tmp_path / "empty")
    with app.app_context():
        assert db.session.scalars(sa.select(Identity)).first() is not None, "names can be read"
        let_go()


def test_a_backup_is_readable_to_its_owner_alone(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600


def test_what_was_there_is_kept_and_can_be_put_back(filled: Path, backup: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert (
        run(other, "collection", "create", "mine", "--questionnaire", "partner_survey", "--title", "Mine").exit_code
        == 0
    )

    said = run(other, "restore", str(backup))

    assert said.exit_code == 0, said.output
    assert "mine" not in run(other, "collection", "list").stdout
    (former,) = other.glob("before-restore-*.backup")
    assert str(former) in said.output
    assert run(other, "restore", str(former)).exit_code == 0
    assert run(other, "collection", "list").stdout.startswith("mine\t")


def test_the_restored_log_goes_on_and_says_what_was_restored(backup: Path, tmp_path: Path) -> None:
    run(tmp_path / "empty", "restore", str(backup))

    app = create_app(tmp_path / "empty")
    with app.app_context():
        last = [entry.what for entry in db.session.scalars(sa.select(LogEntry).order_by(LogEntry.number))][-2:]
        let_go()
    assert last == ["made a backup", "restored a backup"]
    assert run(tmp_path / "empty", "audit-log", "verify", "--against", str(backup)).exit_code == 0


def test_an_end_of_the_log_that_was_cut_off_shows_against_the_backup(filled: Path, backup: Path) -> None:
    app = create_app(filled)
    with app.app_context():
        cut = db.session.scalars(sa.select(LogEntry.seal).order_by(LogEntry.number)).all()[-3]
        last = len(db.session.scalars(sa.select(LogEntry.number)).all())
        db.session.execute(sa.delete(LogEntry).where(LogEntry.number > last - 2))
        db.session.execute(sa.update(LogHead).values(count=last - 2, seal=cut))
        db.session.commit()
        let_go()

    assert run(filled, "audit-log", "verify").exit_code == 0, "by itself the shorter log looks whole"
    assert run(filled, "audit-log", "verify", "--against", str(backup)).exit_code == 1


@pytest.fixture
def any_target(any_database: Flask, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance on either database, for commands."""
    monkeypatch.setenv("SURVEYTOOL_DATABASE_URL", any_database.config["SQLALCHEMY_DATABASE_URI"])
    return Path(any_database.instance_path)


def test_a_backup_belongs_to_no_particular_database(
    filled: Path, backup: Path, any_target: Path, tmp_path: Path
) -> None:
    said = run(any_target, "restore", str(backup))
    assert said.exit_code == 0, said.output
    assert run(any_target, "verify").exit_code == 0
    there = run(any_target, "backup", str(tmp_path / "there.backup"))
    assert digest(there.output) == digest(said.output)
    found = results(any_target)

    # New rows are numbered after the restored ones.
    made = run(any_target, "collection", "create", "after", "--questionnaire", "partner_survey", "--title", "T")
    assert made.exit_code == 0, made.output
    assert run(any_target, "verify").exit_code == 0

    back = tmp_path / "back"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SURVEYTOOL_DATABASE_URL")
        assert run(back, "restore", str(tmp_path / "there.backup")).exit_code == 0
        assert results(back) == found == results(filled)


def test_rows_that_refer_to_later_rows_of_their_table_are_put_back(any_target: Path, tmp_path: Path) -> None:
    app = create_app(any_target)
    with app.app_context():
        collection = open_collection()
        for n in range(3):
            intake.receive(collection, {"trained": ["yes"]}, submission=f"form {n}", language="en")
        db.session.execute(sa.update(Response).where(Response.id == 1).values(supersedes_id=3))
        db.session.commit()
        let_go()
    assert run(any_target, "backup", str(tmp_path / "c.backup")).exit_code == 0

    assert run(any_target, "restore", str(tmp_path / "c.backup")).exit_code == 0

    with app.app_context():
        assert db.session.get_one(Response, 1).supersedes_id == 3
        let_go()


def test_a_backup_made_while_forms_arrive_holds_each_form_whole(any_database: Flask, tmp_path: Path) -> None:
    collection = open_collection()
    stop, failures = threading.Event(), []

    def send() -> None:
        n = 0
        while not stop.is_set() and n < 300:
            with any_database.app_context():
                try:
                    intake.receive(collections.find("border"), {"trained": ["yes"]}, submission=f"f{n}", language="en")
                except Exception as error:
                    failures.append(error)
                n += 1

    sender = threading.Thread(target=send)
    sender.start()
    try:
        held = []
        for n in range(3):
            backups.make(tmp_path / f"{n}.backup")
            with backups.opened(tmp_path / f"{n}.backup") as (_, manifest, _secrets):
                held.append((manifest.tables["responses"].rows, manifest.tables["answers"].rows))
    finally:
        stop.set()
        sender.join()

    assert failures == []
    assert collection.version is not None
    variables = len(collection.version.questionnaire.variables)
    assert [answers for _, answers in held] == [forms * variables for forms, _ in held]


def test_a_backup_of_earlier_tables_is_brought_up_to_date(tmp_path: Path) -> None:
    app = create_app(tmp_path / "old")
    with app.app_context():
        flask_migrate.upgrade()
        reconstruction.store()
        db.session.commit()
        expected = as_json(collect(collections.find("mekong-2003")))
        flask_migrate.downgrade(revision="0002")
        backups.make(tmp_path / "old.backup")
        let_go()

    said = run(tmp_path / "new", "restore", str(tmp_path / "old.backup"))

    assert said.exit_code == 0, said.output
    assert results(tmp_path / "new") == json.loads(json.dumps(expected))


def test_what_was_withdrawn_or_erased_since_does_not_come_back(any_target: Path, tmp_path: Path) -> None:
    app = create_app(any_target)
    with app.app_context():
        collection = open_collection()
        receipts = []
        for n in range(3):
            sent = {"name": [f"Synthetic person {n}"], "objective": [f"Words of form {n}"]}
            kept = intake.receive(collection, sent, submission=f"form {n}", language="en")
            assert isinstance(kept, intake.Kept)
            receipts.append(kept.response.receipt)
        let_go()
    assert run(any_target, "backup", str(tmp_path / "c.backup")).exit_code == 0
    assert run(any_target, "erase", receipts[0], "--answers").exit_code == 0
    assert run(any_target, "erase", receipts[1]).exit_code == 0

    said = run(any_target, "restore", str(tmp_path / "c.backup"))

    assert said.exit_code == 0, said.output
    assert "1 forms and 1 names had been withdrawn or erased since, and are again." in said.output
    with app.app_context():
        assert {each.response_id for each in db.session.scalars(sa.select(Identity))} == {3}
        assert {each.id for each in db.session.scalars(sa.select(Response))} == {2, 3}
        let_go()
    assert run(any_target, "verify").exit_code == 0


def test_secrets_that_belong_to_another_database_are_mended_by_a_backup(
    filled: Path, backup: Path, tmp_path: Path
) -> None:
    run(tmp_path / "other", "collection", "list")
    shutil.copy(tmp_path / "other" / SECRETS, filled / SECRETS)
    assert "does not belong to this database" in one_line(run(filled, "collection", "list"))

    assert run(filled, "restore", str(backup)).exit_code == 0

    assert run(filled, "verify").exit_code == 0


# Without the keys -----------------------------------------------------------------------------------------------------


def test_a_backup_without_the_keys_needs_them_to_be_put_back(filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "keyless.backup"
    assert run(filled, "backup", str(file), "--without-secrets").exit_code == 0
    with zipfile.ZipFile(file) as archive:
        assert SECRETS not in archive.namelist()

    assert "--secrets" in one_line(run(tmp_path / "empty", "restore", str(file)))
    assert "--secrets" in one_line(run(tmp_path / "other", "restore", str(file)))
    said = run(tmp_path / "empty", "restore", str(file), "--secrets", str(filled / SECRETS))

    assert said.exit_code == 0, said.output
    assert results(tmp_path / "empty") == results(filled)
    assert run(filled, "restore", str(file)).exit_code == 0, "on the instance it was made on, the keys are in place"


# What is not put back -------------------------------------------------------------------------------------------------


def rewritten(backup: Path, to: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Write a backup anew with its parts changed, as a whole ZIP."""
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return to


def with_digests(change: Callable[[str, bytes], bytes], backup: Path) -> Callable[[str, bytes], bytes]:
    """Return a change after which every digest fits again, as someone would make it who knows the format."""
    with zipfile.ZipFile(backup) as archive:
        parts = {name: change(name, archive.read(name)) for name in archive.namelist()}

    def changed(name: str, content: bytes) -> bytes:
        if name != backups.MANIFEST:
            return parts[name]
        manifest = json.loads(parts[name])
        for table, part in manifest["tables"].items():
            lines = parts[f"tables/{table}.jsonl"]
            part.update(sha256=hashlib.sha256(lines).hexdigest(), rows=lines.count(b"\n"))
        read = backups.Manifest(
            **manifest
            | {
                "tables": {
                    n: backups.Part(tuple(p["columns"]), p["rows"], p["sha256"]) for n, p in manifest["tables"].items()
                }
            }
        )
        manifest["digest"] = backups._digest(read.tables)
        return json.dumps(manifest).encode()

    return changed


def without_a_form(name: str, content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[1:]) if name == "tables/answers.jsonl" else content


def test_a_changed_backup_is_refused_though_its_digests_fit(backup: Path, tmp_path: Path) -> None:
    plain = rewritten(backup, tmp_path / "plain.backup", without_a_form)
    careful = rewritten(backup, tmp_path / "careful.backup", with_digests(without_a_form, backup))

    assert "not as it was written" in one_line(run(tmp_path / "empty", "restore", str(plain)))
    assert "was changed after it was made" in one_line(run(tmp_path / "empty", "restore", str(careful)))
    assert not (tmp_path / "empty").exists()


@pytest.fixture
def in_use(backup: Path, tmp_path: Path) -> Iterator[Path]:
    """An instance in use, which must be as it was after every refusal."""
    instance = tmp_path / "in-use"
    assert run(instance, "restore", str(backup)).exit_code == 0
    before = contents(instance)
    yield instance
    assert contents(instance) == before


def damages(whole: bytes, how_many: int) -> Iterator[bytes]:
    """Yield a backup cut short, and with one byte changed, at places spread over its whole length."""
    for n in range(how_many):
        place = (len(whole) - 1) * n // (how_many - 1)
        yield whole[:place]
        yield whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]


@pytest.mark.parametrize("how_many", [20, pytest.param(500, marks=pytest.mark.full)])
def test_a_damaged_backup_is_refused_and_the_instance_untouched(
    in_use: Path, backup: Path, tmp_path: Path, how_many: int
) -> None:
    whole, refused, harmless = backup.read_bytes(), 0, 0
    broken = tmp_path / "broken.backup"
    for damaged in damages(whole, how_many):
        broken.write_bytes(damaged)
        try:
            with backups.opened(broken):
                # A byte of no meaning, such as the time of a part: every table is still as it was written.
                harmless += 1
        except backups.BackupError:
            refused += 1
            if refused % 10 == 1:
                one_line(run(in_use, "restore", str(broken)))

    assert refused + harmless == 2 * how_many
    assert harmless <= how_many // 5


@pytest.mark.parametrize("content", [b"", b"PK", b"not a backup", b"{}"])
def test_another_file_is_no_backup(in_use: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)

    assert "no backup" in one_line(run(in_use, "restore", str(tmp_path / "x")))
    assert "cannot be read" in one_line(run(in_use, "restore", str(tmp_path / "absent")))
    assert "cannot be written" in one_line(run(tmp_path / "y", "backup", str(tmp_path / "no" / "such" / "folder")))


def resealed(backup: Path, to: Path, **changes: Any) -> Path:
    """Write a backup with other things said in its manifest, sealed with the right key."""
    with zipfile.ZipFile(backup) as archive:
        key = json.loads(archive.read(SECRETS))["AUDIT_KEY"]

    def change(name: str, content: bytes) -> bytes:
        if name != backups.MANIFEST:
            return content
        with zipfile.ZipFile(backup) as archive:
            manifest = backups._read_manifest(archive)
        return json.dumps(asdict(replace(manifest, **changes).sealed(key))).encode()

    return rewritten(backup, to, change)


def test_a_backup_of_a_newer_version_is_refused(in_use: Path, backup: Path, tmp_path: Path) -> None:
    newer = resealed(backup, tmp_path / "newer.backup", revision="9999", version="99.0")

    assert "newer version (99.0)" in one_line(run(in_use, "restore", str(newer)))


def test_a_backup_of_an_instance_that_was_not_whole_is_refused(filled: Path, in_use: Path, tmp_path: Path) -> None:
    app = create_app(filled)
    with app.app_context():
        db.session.execute(
            sa.update(Answer).where(Answer.variable == "trained", Answer.code == "yes").values(code="of course")
        )
        db.session.commit()
        let_go()
    assert run(filled, "backup", str(tmp_path / "odd.backup")).exit_code == 0

    assert "'trained' does not fit the question" in one_line(run(in_use, "restore", str(tmp_path / "odd.backup")))


def test_when_copying_fails_in_the_middle_the_instance_is_as_it_was(
    filled: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(filled, "collection", "close", "demo").exit_code == 0
    fill = restoring._fill

    def failing(connection: Any, rows_of: Any) -> None:
        fill(connection, rows_of)
        if ".restoring-" not in str(connection.engine.url):
            raise backups.BackupError("the disk is full")

    monkeypatch.setattr(restoring, "_fill", failing)

    assert "disk is full" in one_line(run(filled, "restore", str(backup)))
    assert "demo\tclosed" in run(filled, "collection", "list").stdout
    assert run(filled, "verify").exit_code == 0


# Is it whole? ---------------------------------------------------------------------------------------------------------


def faults() -> list[str]:
    return list(verifying.faults())


@pytest.fixture
def whole(filled_app: Flask) -> Flask:
    """The reconstruction, whole."""
    assert faults() == []
    return filled_app


@pytest.fixture
def whole_on_either(any_database: Flask) -> Flask:
    """The reconstruction on either database, whole."""
    reconstruction.store()
    db.session.commit()
    assert faults() == []
    return any_database


def test_an_answer_that_was_tampered_with_is_found(whole: Flask) -> None:
    db.session.execute(
        sa.update(Answer).where(Answer.response_id == 7, Answer.variable == "prevention_important").values(code="7")
    )

    found = faults()
    assert "Response 7: its answer 'prevention_important' does not fit the question." in found
    assert any("what stands differ" in fault for fault in found)


def test_a_missing_answer_row_is_found(whole: Flask) -> None:
    db.session.execute(sa.delete(Answer).where(Answer.response_id == 7, Answer.variable == "gender"))

    assert any(fault.startswith("Response 7: has no row, or one too many, for 'gender'") for fault in faults())


def test_a_changed_figure_behind_the_results_is_found(whole_on_either: Flask) -> None:
    db.session.execute(sa.update(Standing).where(Standing.response_id == 7).values(state="no_answer", code=None))

    assert [fault for fault in faults() if "what stands differ from the records" in fault]


def test_names_that_the_keys_cannot_read_are_found(whole: Flask) -> None:
    from cryptography.fernet import Fernet

    whole.config["IDENTITY_KEYS"] = [Fernet.generate_key().decode()]

    assert "Table 'identities' holds values that the keys of this instance cannot read." in faults()


def test_a_tampered_log_is_found(whole: Flask) -> None:
    db.session.execute(sa.update(LogEntry).where(LogEntry.number == 1).values(who="someone else"))

    assert faults() == ["Entry 1 was changed, or stands in another's place."]


def test_a_reference_to_nothing_and_the_exit_code(filled: Path) -> None:
    import sqlite3

    with sqlite3.connect(filled / "surveytool.db") as connection:
        connection.execute("UPDATE responses SET wording_id = 4711 WHERE id = 3")

    said = run(filled, "verify")

    assert "Table 'responses' refers to rows of 'wordings' that are not there." in said.output
    assert "not whole" in one_line(said)
