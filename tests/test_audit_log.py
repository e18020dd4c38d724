"""The audit log: whole when left alone, and every way of tampering with it found out."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import delete, update

from surveytool import audit_log
from surveytool.cli import main
from surveytool.models import LogEntry, LogHead, db


@pytest.fixture
def log(any_database: Flask) -> audit_log.Head:
    """A log of five entries; the head as the last backup wrote it down."""
    for n in range(5):
        audit_log.record("someone@example.org", "excluded form", f"response {n}", "A test of the meeting's tablet.")
    db.session.commit()
    return audit_log.head()


def found(known: audit_log.Head | None = None) -> list[str]:
    return list(audit_log.faults(known))


def test_a_log_that_was_left_alone_is_whole(log: audit_log.Head) -> None:
    assert log.count == 5
    assert found() == found(log) == []


def test_an_empty_log_is_whole(any_database: Flask) -> None:
    assert audit_log.head() == audit_log.Head(0, "")
    assert found() == []


def test_entries_added_after_the_backup_leave_it_whole(log: audit_log.Head) -> None:
    audit_log.record("someone@example.org", "exported results", "collection demo")

    assert found(log) == []


@pytest.mark.parametrize("column", ["who", "what", "about", "why"])
def test_a_changed_word_is_found(log: audit_log.Head, column: str) -> None:
    db.session.execute(update(LogEntry).where(LogEntry.number == 3).values({column: "another"}))

    assert found() == ["Entry 3 was changed, or stands in another's place."]


def test_a_changed_moment_is_found(log: audit_log.Head) -> None:
    other = db.session.get_one(LogEntry, 4).at
    db.session.execute(update(LogEntry).where(LogEntry.number == 3).values(at=other))

    assert found() == ["Entry 3 was changed, or stands in another's place."]


def test_a_removed_entry_is_found(log: audit_log.Head) -> None:
    db.session.execute(delete(LogEntry).where(LogEntry.number == 3))

    assert found() == ["Entry 3 is missing."]


def test_a_removed_entry_is_found_though_the_rest_was_numbered_anew(log: audit_log.Head) -> None:
    db.session.execute(delete(LogEntry).where(LogEntry.number == 3))
    for number in (4, 5):
        db.session.execute(update(LogEntry).where(LogEntry.number == number).values(number=number - 1))
    db.session.execute(update(LogHead).values(count=4))

    assert "Entry 3 was changed, or stands in another's place." in found()


def test_two_entries_that_changed_places_are_found(log: audit_log.Head) -> None:
    for old, new in ((2, 99), (4, 2), (99, 4)):
        db.session.execute(update(LogEntry).where(LogEntry.number == old).values(number=new))

    assert found()[:2] == [f"Entry {n} was changed, or stands in another's place." for n in (2, 3)]


def test_a_removed_tail_is_found_by_the_head(log: audit_log.Head) -> None:
    db.session.execute(delete(LogEntry).where(LogEntry.number > 3))

    assert found() == ["The log ends at entry 3, but 5 were written."]


def test_a_tail_removed_with_its_head_is_found_by_the_last_backup(log: audit_log.Head) -> None:
    seal = db.session.get_one(LogEntry, 3).seal
    db.session.execute(delete(LogEntry).where(LogEntry.number > 3))
    db.session.execute(update(LogHead).values(count=3, seal=seal))

    assert found() == []
    assert found(log) == [f"The log ends at entry 3; the earlier copy has entry 5 with the seal {log.seal[:12]}…"]


def test_a_log_written_anew_without_the_key_is_found(log: audit_log.Head, any_database: Flask) -> None:
    db.session.execute(delete(LogEntry))
    db.session.execute(delete(LogHead))
    kept, any_database.config["AUDIT_KEY"] = any_database.config["AUDIT_KEY"], "k" * 40
    audit_log.record("someone@example.org", "nothing", "nothing")
    any_database.config["AUDIT_KEY"] = kept

    assert found() == ["Entry 1 was changed, or stands in another's place."]


def test_a_reason_cannot_pass_for_another_entry(log: audit_log.Head) -> None:
    audit_log.record(
        "someone@example.org", "looked", "response 1", "A reason\n6 2026-11-24 admin\r\x1b[2Jerased\u2028x"
    )
    entry = db.session.get_one(LogEntry, 6)

    assert entry.why == "A reason 6 2026-11-24 admin [2Jerased x"
    assert found() == []


# From the command line ------------------------------------------------------------------------------------------------


def run(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["--instance", str(folder), *args])


def test_an_export_carries_the_head_that_a_later_check_holds_the_log_against(
    filled_instance: Path, tmp_path: Path
) -> None:
    folder, export = Path(shutil.copytree(filled_instance, tmp_path / "instance")), tmp_path / "results.json"
    run(folder, "results", "mekong-2003", "--format", "json", "--output", str(export))
    noted = json.loads(export.read_text("utf-8"))["audit_log"]

    assert run(folder, "audit-log", "verify", "--against", str(export)).exit_code == 0

    with sqlite3.connect(folder / "surveytool.db") as database:
        last, seal = noted["count"] - 1, "SELECT seal FROM audit_log WHERE number = ?"
        (before,) = database.execute(seal, (last,)).fetchone()
        database.execute("DELETE FROM audit_log WHERE number > ?", (last,))
        database.execute("UPDATE audit_log_head SET count = ?, seal = ?", (last, before))
    database.close()

    assert run(folder, "audit-log", "verify").exit_code == 0, "the chain alone cannot know"
    found = run(folder, "audit-log", "verify", "--against", str(export))
    assert found.exit_code != 0
    assert f"The log ends at entry {last}" in found.output


def test_a_file_without_a_head_is_one_clear_line(filled_instance: Path, tmp_path: Path) -> None:
    folder, other = Path(shutil.copytree(filled_instance, tmp_path / "instance")), tmp_path / "other.json"
    other.write_text("[]", "utf-8")

    found = run(folder, "audit-log", "verify", "--against", str(other))

    assert found.exit_code != 0
    assert "does not say how the audit log ended" in found.output
