"""Identities are erased when their time is over or when somebody asks; figures stay as they are."""

import datetime
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from surveytool import collections, identities, intake
from surveytool.cli import main
from surveytool.models import Attachment, Collection, Entry, Identity, LogEntry, Response, SetAside, db
from surveytool.models.base import encrypted

Run = Callable[..., Result]


@pytest.fixture
def folder(filled_instance: Path, tmp_path: Path) -> Path:
    """An instance of its own with the 40 synthetic forms."""
    return Path(shutil.copytree(filled_instance, tmp_path / "instance"))


@pytest.fixture
def run(folder: Path) -> Run:
    """The command line on that instance."""
    return lambda *args: CliRunner().invoke(main, ["--instance", str(folder), *args])


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "surveytool.db") as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


def items(run: Run) -> object:
    return json.loads(run("results", "mekong-2003", "--format", "json").stdout)["items"]


def test_an_identity_is_erased_by_its_receipt_and_no_figure_changes(folder: Path, run: Run) -> None:
    ((receipt,),) = rows(folder, "SELECT receipt FROM responses WHERE id = 7")
    before = items(run)
    typed = f"{str(receipt)[:4]} {str(receipt)[4:8]}-{str(receipt)[8:]}".translate(str.maketrans("0123", "๐๑๒๓"))

    assert run("erase", typed, "--reason", "Asked for it.").output == "The identity is erased.\n"

    assert rows(folder, "SELECT count(*) FROM identities") == [(39,)]
    assert rows(folder, "SELECT count(*) FROM identities WHERE response_id = 7") == [(0,)]
    assert items(run) == before
    last = "SELECT who, what, about, why FROM audit_log WHERE what LIKE 'erased%'"
    assert rows(folder, last) == [("command line", "erased an identity", "response 7", "Asked for it.")]
    assert "No identity was kept" in run("erase", typed, "--reason", "Again.").output


def test_a_mistyped_receipt_is_told_from_one_that_is_not_known(run: Run) -> None:
    slip, unknown = run("erase", "1" * 17, "--reason", "x"), run("erase", "0" * 17, "--reason", "x")

    assert slip.exit_code
    assert "the last one must fit" in slip.output
    assert unknown.exit_code
    assert "No form has this receipt code" in unknown.output


def test_identities_past_their_last_day_are_erased_and_those_within_it_stay(folder: Path, run: Run) -> None:
    run("collection", "keep-identities", "mekong-2003", "--until", "2004-12-31", "--reason", "End of the project.")

    assert "mekong-2003: 40 identities, 0 forms kept aside, 0 scans" in run("retention", "--dry-run").output
    assert rows(folder, "SELECT count(*) FROM identities") == [(40,)]
    assert "erased; kept until 2004-12-31" in run("retention").output
    assert rows(folder, "SELECT count(*) FROM identities") == [(0,)]
    assert "mekong-2003: 0 identities" in run("retention").output
    assert run("audit-log", "verify").exit_code == 0


def test_identities_stay_up_to_and_on_their_last_day(folder: Path, run: Run) -> None:
    run("collection", "keep-identities", "mekong-2003", "--until", "2999-12-31", "--reason", "Long project.")

    assert "mekong-2003: 0 identities" in run("retention").output
    assert rows(folder, "SELECT count(*) FROM identities") == [(40,)]


# The last day ---------------------------------------------------------------------------------------------------------


def last_day(folder: Path, code: str) -> object:
    ((found,),) = rows(folder, f"SELECT identities_until FROM collections WHERE code = '{code}'")
    return found


@pytest.mark.parametrize(("given", "months"), [(None, 24), ("120", 120), ("1", 1)])
def test_opening_a_collection_sets_how_long_its_identities_are_kept(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, given: str | None, months: int
) -> None:
    if given:
        monkeypatch.setenv("SURVEYTOOL_KEEP_IDENTITIES_MONTHS", given)
    run("collection", "create", "later", "--questionnaire", "partner_survey", "--title", "Later")
    assert last_day(folder, "later") is None

    run("collection", "open", "later")

    ((opened,),) = rows(folder, "SELECT substr(opened_at, 1, 10) FROM collections WHERE code = 'later'")
    expected = str(collections.months_later(datetime.date.fromisoformat(str(opened)), months))
    assert last_day(folder, "later") == expected
    told = "SELECT who, why FROM audit_log WHERE about = 'collection later' AND who = 'rule'"
    assert rows(folder, told) == [("rule", f"{expected}: {months} months after it was first opened")]


def test_a_last_day_that_somebody_set_stays_through_opening_and_opening_again(folder: Path, run: Run) -> None:
    run("collection", "create", "later", "--questionnaire", "partner_survey", "--title", "Later")
    run("collection", "keep-identities", "later", "--until", "2040-01-31", "--reason", "Agreed with partners.")
    run("collection", "open", "later")
    assert last_day(folder, "later") == "2040-01-31"

    run("collection", "close", "later")
    run("collection", "open", "later")

    assert last_day(folder, "later") == "2040-01-31"


@pytest.mark.parametrize("given", ["0", "121", "two years", "-1"])
def test_a_span_nobody_can_mean_is_refused_with_what_can_be_given(
    run: Run, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("SURVEYTOOL_KEEP_IDENTITIES_MONTHS", given)

    assert "must be a whole number from 1 to 120" in run("collection", "list").output


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [("2026-01-15", 24, "2028-01-15"), ("2026-01-31", 1, "2026-02-28"), ("2027-12-31", 2, "2028-02-29")],
)
def test_months_are_counted_as_in_a_calendar(day: str, months: int, later: str) -> None:
    assert str(collections.months_later(datetime.date.fromisoformat(day), months)) == later


# Forms kept aside, scans, forms begun ---------------------------------------------------------------------------------

NAME = "Daw Synthetic Person"


@pytest.fixture
def over(any_database: Flask) -> Collection:
    """A closed collection whose last day has passed, with a name in every place that can hold one."""
    collection = collections.create("over", "partner_survey", "Over", who="tester")
    collections.open_(collection, "tester")
    answers = {"name": [NAME], "duty_station": ["Synthetic town"], "trained": ["yes"]}
    kept = intake.receive(collection, answers, submission="1" * 8, language="en")
    assert isinstance(kept, intake.Kept)
    collections.close(collection, "tester")
    for submission in ("2" * 8, "3" * 8):
        intake.receive(collection, {**answers, "whoever": [NAME]}, submission=submission, language="en")
    intake.receive(collection, {"trained": ["no"]}, submission="4" * 8, language="en")
    entry = Entry(
        collection_id=collection.id, submission="5" * 8, clerk="clerk@example.org", language="en", mode="paper"
    )
    entry.sent = answers
    entry.attachments = [scan()]
    db.session.add_all([entry, scan(response_id=kept.response.id)])
    collection.identities_until = datetime.date(2020, 1, 1)
    db.session.commit()
    return collection


def scan(**of: int) -> Attachment:
    content = encrypted(b"a picture of a name")
    return Attachment(media_type="image/jpeg", size=19, added_by="clerk@example.org", content=content, **of)


def kept_of(kind: type) -> int:
    return len(db.session.query(kind).all())


def test_what_is_due_is_counted_wherever_names_lie(over: Collection) -> None:
    (due,) = identities.due(datetime.date(2026, 1, 1))

    assert str(due) == "1 identity, 2 forms kept aside, 2 scans, 1 form begun by a clerk"
    assert (kept_of(Identity), kept_of(Attachment), kept_of(Entry)) == (1, 2, 1)
    assert not identities.due(over.identities_until)[0], "on the last day they are still kept"


def test_retention_erases_names_wherever_they_lie_and_leaves_the_answers(over: Collection) -> None:
    for each in identities.due(datetime.date(2026, 1, 1)):
        identities.erase_due(each, "test")
    db.session.commit()
    db.session.expire_all()

    assert (kept_of(Identity), kept_of(Attachment), kept_of(Entry)) == (0, 0, 0)
    aside = db.session.query(SetAside).order_by(SetAside.submission).all()
    assert [each.sent for each in aside] == [{"trained": ["yes"]}, {"trained": ["yes"]}, {"trained": ["no"]}]
    response = db.session.query(Response).one()
    assert response.sent == {"trained": ["yes"]}
    assert response.digest == identities.NO_DIGEST
    assert not identities.due(datetime.date(2026, 1, 1))[0], "nothing is left to erase"
    last = db.session.query(LogEntry).order_by(LogEntry.number.desc()).first()
    assert last is not None
    assert (last.what, last.about) == ("erased identities", "collection over")
    assert last.why.startswith("1 identity, 2 forms kept aside, 2 scans, 1 form begun by a clerk")


def test_a_receipt_erases_the_scans_and_the_earlier_and_later_versions_of_the_form(any_database: Flask) -> None:
    collection = collections.create("border", "partner_survey", "Border meeting", who="tester")
    collections.open_(collection, "tester")
    versions: list[Response] = []
    for n in range(4):
        sent = {"name": [NAME], "trained": ["yes"]}
        kept = intake.receive(collection, sent, submission=str(n) * 8, language="en")
        assert isinstance(kept, intake.Kept)
        versions.append(kept.response)
    first, second, third, other = versions
    second.supersedes_id, third.supersedes_id = first.id, second.id
    db.session.add_all([scan(response_id=first.id), scan(response_id=other.id)])
    db.session.commit()

    assert identities.erase(identities.by_receipt(second.receipt), "test", "Asked for it.")
    db.session.commit()

    assert [each.response_id for each in db.session.query(Identity)] == [other.id]
    assert [each.response_id for each in db.session.query(Attachment)] == [other.id]
    assert not identities.erase(first, "test", "Again.")


def test_no_digest_is_left_against_which_a_guessed_name_could_be_tried(any_database: Flask) -> None:
    collection = collections.create("border", "partner_survey", "Border meeting", who="tester")
    collections.open_(collection, "tester")
    for answer in ("yes", "no"):
        sent = {"name": [NAME], "trained": [answer]}
        kept = intake.receive(collection, sent, submission="1" * 8, language="en")
        assert isinstance(kept, intake.Kept)
        digest = intake.digest_of_sent(sent)
        assert digest[:16] in kept.response.digest + kept.response.submission

        identities.erase(kept.response, "test", "Asked for it.")
        db.session.commit()

        found = db.session.execute(db.text("SELECT digest, submission FROM responses")).all()
        assert not any(digest[:16] in value for row in found for value in row)


def test_what_was_erased_is_not_left_in_the_database_file(folder: Path, run: Run) -> None:
    ((receipt, stored),) = rows(
        folder, "SELECT receipt, data FROM responses JOIN identities ON response_id = id WHERE id = 7"
    )
    assert isinstance(stored, bytes)
    assert stored[40:120] in (folder / "surveytool.db").read_bytes()

    run("erase", str(receipt), "--reason", "Asked for it.")

    assert not (folder / "surveytool.db-wal").exists()
    assert stored[40:120] not in (folder / "surveytool.db").read_bytes()
