"""Who answers is told what happens to it; with the receipt code a form is found and withdrawn; guessing is limited."""

import datetime
import gettext
import json
import logging
import re
import shutil
import sqlite3
import uuid
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from stdnum import damm
from werkzeug.test import TestResponse

from surveytool import collections, identities, intake, judge, tabulate, withdrawals
from surveytool.cli import main
from surveytool.languages import LANGUAGES
from surveytool.models import Attachment, Code, Coding, Collection, Identity, LogEntry, Response, Withdrawal, db
from surveytool.models.base import Base
from surveytool.places import TRANSLATIONS
from tests.conftest import open_collection

DIGITS = {"th": "๐๑๒๓๔๕๖๗๘๙", "lo": "໐໑໒໓໔໕໖໗໘໙", "km": "០១២៣៤៥៦៧៨៩", "my": "၀၁၂၃၄၅၆၇၈၉"}

#: Made-up answers that are found wherever they are kept.
VERBATIM, NAME = "zebra lantern verbatim", "Marigold Quince"
ANSWERS = {"country": "thailand", "trained": "yes", "improve": VERBATIM, "name": NAME}


def words(answer: TestResponse) -> str:
    """Return what a page says, without its tags."""
    text = re.sub(r"<(script|style).*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def send(client: FlaskClient, submission: str = "", **fields: str) -> str:
    """Send a form; return its receipt code."""
    answer = client.post("/c/border/en", data={"submission": submission or str(uuid.uuid4())} | (fields or ANSWERS))
    assert answer.status_code == 200, words(answer)
    found = re.search(r'class="receipt"[^>]*>([\d ]+)<', answer.text)
    assert found
    return found[1].replace(" ", "")


def unknown_receipt(n: int) -> str:
    """Return a well-formed receipt code that no form has."""
    digits = f"{n:016}"
    return digits + damm.calc_check_digit(digits)


def withdraw(client: FlaskClient, receipt: str, language: str = "en") -> TestResponse:
    return client.post(f"/r/{language}/withdraw", data={"receipt": receipt, "confirmed": "yes"})


def stored(model: type[Any]) -> list[Any]:
    db.session.expire_all()
    return list(db.session.scalars(select(model)))


# The notice -----------------------------------------------------------------------------------------------------------

TOLD = ("Who asks:", "Why:", "What is kept:", "Who sees it:", "Your choice:", "To correct or withdraw:")


def says(language: str, message: str) -> str:
    """Return one of the interface's messages in a language, from its catalogue."""
    found = gettext.translation("public", TRANSLATIONS, [language], fallback=language == "en").gettext(message)
    assert found != message or language == "en"
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_the_first_question_the_form_says_who_asks_why_and_what_becomes_of_it(
    client: FlaskClient, collection: Collection, language: str
) -> None:
    before = words(client.get(f"/c/border/{language}")).split("1.")[0]

    places = [before.index(says(language, each)) for each in TOLD]
    assert places == sorted(places)


def test_the_notice_names_who_asks_and_the_last_day_of_names_as_they_are_now(
    client: FlaskClient, collection: Collection
) -> None:
    assert "The people who invited you." in words(client.get("/c/border/en"))

    collection.organiser, collection.identities_until = "Bureau <of> Exchange", datetime.date(2028, 12, 31)
    db.session.commit()

    assert "Who asks: Bureau <of> Exchange" in words(client.get("/c/border/en"))
    for language, date in {"en": "December 31, 2028", "th": "31 ธันวาคม ค.ศ. 2028", "my": "2028 ဒီဇင်ဘာ 31"}.items():
        assert date in words(client.get(f"/c/border/{language}"))
    collection.identities_until = datetime.date(2029, 6, 30)
    db.session.commit()
    assert "June 30, 2029" in words(client.get("/c/border/en"))


# Finding a form -------------------------------------------------------------------------------------------------------


def test_the_address_on_the_receipt_leads_to_the_page_in_the_readers_language(client: FlaskClient, app: Flask) -> None:
    answer = client.get("/r", headers={"Accept-Language": "km-KH,en;q=0.5"})

    assert answer.headers["Location"] == "/r/km"
    assert client.get("/r/xx").status_code == 404
    assert client.get("/r/km/withdraw").headers["Location"] == "/r/km"


@pytest.mark.parametrize("written", ["plain", "groups", "hyphens", *DIGITS])
def test_a_receipt_is_read_however_it_is_typed(client: FlaskClient, collection: Collection, written: str) -> None:
    receipt = send(client)
    groups = re.findall(r"\d{1,4}", receipt)
    typed = {"plain": receipt, "groups": " ".join(groups), "hyphens": "‑".join(groups)}.get(written)
    typed = typed or "\u200b".join(groups).translate(str.maketrans("0123456789", DIGITS[written]))

    said = words(client.post("/r/en", data={"receipt": typed}))

    assert "Your form was found." in said
    assert "Border meeting" in said
    assert VERBATIM not in said
    assert NAME not in said


def test_a_slip_is_told_from_a_code_that_no_form_has_and_what_was_typed_stays(client: FlaskClient, app: Flask) -> None:
    slip = client.post("/r/en", data={"receipt": "1" * 17})
    unknown = client.post("/r/en", data={"receipt": unknown_receipt(7)})

    assert (slip.status_code, unknown.status_code) == (422, 422)
    assert "one of them may be wrong or missing" in words(slip)
    assert "We do not know this receipt code." in words(unknown)
    assert 'value="11111111111111111"' in slip.text


def test_a_change_of_language_keeps_what_was_typed(client: FlaskClient, app: Flask) -> None:
    answer = client.post("/r/lo", data={"receipt": "12 34", "switch": "lo"})

    assert answer.status_code == 200
    assert 'lang="lo"' in answer.text
    assert 'value="12 34"' in answer.text


def test_the_receipt_stands_in_no_address_no_log_and_no_cache(
    client: FlaskClient, collection: Collection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receipt = send(client)
    answers = [client.post(f"/r/en{path}", data={"receipt": receipt}) for path in ("", "/correct", "/withdraw")]
    answers.append(withdraw(client, receipt))

    assert [each.status_code for each in answers] == [200] * 4
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(rf'(href|action)="[^"]*{receipt}', answer.text)
        assert receipt not in str(answer.headers)
    assert receipt not in caplog.text
    assert receipt not in str([(each.who, each.about, each.why) for each in stored(LogEntry)])


# Withdrawing ----------------------------------------------------------------------------------------------------------


def everything() -> str:
    """Return all that the database holds, every row of every table; identities as they read."""
    db.session.expire_all()
    found = [str([each.data for each in stored(Identity)])]
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found += [repr(tuple(row)) for row in connection.execute(select(table))]
    return "\n".join(found)


@pytest.fixture
def whole(any_database: Flask) -> tuple[FlaskClient, Collection, str]:
    """A form on which everything hangs that can: a coding, a scan, judgements, a correction; and one beside it."""
    collection = collections.create("border", "partner_survey", "Border meeting", join_code="border", who="tester")
    collections.open_(collection, "tester")
    db.session.commit()
    client = any_database.test_client()
    send(client, improve="another voice", country="cambodia", trained="yes")
    receipt = send(client, "11111111-aaaa-bbbb-cccc-222222222222", **ANSWERS)
    response = db.session.scalars(select(Response).where(Response.receipt == receipt)).one()
    code = db.session.scalars(select(Code)).first()
    assert code
    db.session.add(Coding(response_id=response.id, variable="improve", code_id=code.id, made_by="a test"))
    scan = Attachment(response_id=response.id, media_type="image/png", size=4, added_by="a test", content=b"scan")
    db.session.add(scan)
    judge.exclude_answer(response, "trained", "a test", "a reason")
    db.session.commit()
    again = {"receipt": receipt, "submission": str(uuid.uuid4())} | ANSWERS | {"improve": f"{VERBATIM} corrected"}
    assert client.post("/r/en/correct", data=again).status_code == 200
    return client, collection, receipt


def test_a_withdrawn_form_leaves_nothing_but_where_and_when(whole: tuple[FlaskClient, Collection, str]) -> None:
    client, collection, receipt = whole
    for secret in (VERBATIM, NAME, receipt, "11111111-aaaa"):
        assert secret in everything()
    assert tabulate.forms(collection.id).received == 3

    said = words(withdraw(client, receipt))

    assert "Your form was withdrawn." in said
    left = everything()
    for secret in (VERBATIM, NAME, receipt, "11111111-aaaa"):
        assert secret not in left
    (tombstone,) = stored(Withdrawal)
    today = datetime.datetime.now(datetime.UTC).date()
    assert (tombstone.collection_id, tombstone.country, tombstone.day) == (collection.id, "thailand", today)
    assert [len(stored(each)) for each in (Response, Identity, Coding, Attachment)] == [1, 0, 0, 0]
    assert "another voice" in left
    forms = tabulate.forms(collection.id)
    assert (forms.received, forms.valid, forms.withdrawn) == (1, 1, 1)
    assert tabulate.variables(collection.id)["trained"].codes == {"yes": 1}
    assert tabulate.forms(collection.id, tabulate.Filter(countries=("cambodia",))).withdrawn == 0
    deed = stored(LogEntry)[-1]
    assert (deed.who, deed.what, deed.about) == ("respondent", "withdrew a form", "collection border")


def test_the_page_of_a_withdrawn_form_sent_again_brings_nothing_back(
    whole: tuple[FlaskClient, Collection, str],
) -> None:
    client, collection, receipt = whole
    withdraw(client, receipt)
    same = {"submission": "11111111-aaaa-bbbb-cccc-222222222222"} | ANSWERS

    for sent in (same, same | {"improve": "something else"}):
        answer = client.post("/c/border/th", data=sent)

        assert answer.status_code == 409
        assert "แบบสอบถามฉบับนี้ถูกถอนแล้ว" in words(answer)
        assert "/c/border/th" in answer.text
    collections.close(collections.find("border"), "tester")
    db.session.commit()
    assert client.post("/c/border/en", data=same).status_code == 409
    assert tabulate.forms(collection.id).received == 1
    assert tabulate.forms(collection.id).aside == 0
    assert VERBATIM not in everything()


def test_nothing_of_a_withdrawn_form_stays_readable_in_the_files(
    client: FlaskClient, collection: Collection, app: Flask
) -> None:
    receipt = send(client)
    files = list(Path(app.instance_path).glob("surveytool.db*"))
    assert any(VERBATIM.encode() in file.read_bytes() for file in files)

    withdraw(client, receipt)

    for file in Path(app.instance_path).glob("surveytool.db*"):
        content = file.read_bytes()
        assert VERBATIM.encode() not in content, file.name
        assert receipt.encode() not in content, file.name


def test_a_form_of_a_closed_collection_can_be_withdrawn_and_its_page_says_where(
    client: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)
    collections.close(collection, "tester")
    db.session.commit()
    assert 'href="/r"' in client.get("/c/border/en").text

    assert withdraw(client, receipt).status_code == 200

    assert stored(Response) == []
    assert "The form may have been withdrawn." in words(client.post("/r/en", data={"receipt": receipt}))


def test_what_it_deletes_is_said_first_and_nothing_is_deleted_yet(client: FlaskClient, collection: Collection) -> None:
    receipt = send(client)

    said = words(client.post("/r/en/withdraw", data={"receipt": receipt}))

    assert "All your answers are deleted" in said
    assert "This cannot be undone." in said
    assert len(stored(Response)) == 1


def test_a_form_withdrawn_twice_at_once_counts_once(client: FlaskClient, collection: Collection) -> None:
    send(client)
    (response,) = stored(Response)

    counts = [withdrawals.withdraw(response, "respondent", "x") for _ in range(2)]
    db.session.commit()

    assert counts == [1, 0]
    assert tabulate.forms(collection.id).withdrawn == 1


def test_what_came_after_closing_under_the_same_identifier_goes_too(
    client: FlaskClient, collection: Collection
) -> None:
    submission = str(uuid.uuid4())
    receipt = send(client, submission, **ANSWERS)
    collections.close(collection, "tester")
    db.session.commit()
    client.post("/c/border/en", data={"submission": submission, "improve": "late"})
    assert tabulate.forms(collection.id).aside == 1

    withdraw(client, receipt)

    assert tabulate.forms(collection.id).aside == 0


def test_the_ledger_shows_how_many_were_withdrawn(
    client: FlaskClient, collection: Collection, sign_in: Any, app: Flask
) -> None:
    receipts = [send(client) for _ in range(3)]
    withdraw(client, receipts[0])
    evaluator = app.test_client()
    sign_in(evaluator, "evaluator")

    assert "2 received → 0 excluded → 2 valid" in words(evaluator.get("/evaluate/border/"))
    assert "1 form was withdrawn by who sent it and deleted" in words(evaluator.get("/evaluate/border/"))


def test_the_command_line_withdraws_a_form_for_someone_who_asked(filled_instance: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(filled_instance, tmp_path / "instance"))
    with sqlite3.connect(folder / "surveytool.db") as database:
        ((receipt,),) = database.execute("SELECT receipt FROM responses WHERE id = 7")

    def run(*args: str) -> str:
        done = CliRunner().invoke(main, ["--instance", str(folder), *args])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert run("erase", receipt) == "The identity is erased.\n"
    assert json.loads(run("results", "mekong-2003", "--format", "json"))["forms"]["received"] == 40
    assert run("erase", receipt, "--answers") == "The form is withdrawn.\n"

    forms = json.loads(run("results", "mekong-2003", "--format", "json"))["forms"]
    assert (forms["received"], forms["withdrawn"]) == (39, 1)
    assert "1 withdrawn by who sent them" in run("results", "mekong-2003")
    with sqlite3.connect(folder / "surveytool.db") as database:
        deeds = database.execute("SELECT who, about, why FROM audit_log WHERE what = 'withdrew a form'").fetchall()
    assert deeds == [("command line", "collection mekong-2003", "Asked for by the person concerned.")]


def test_erasing_who_sent_a_form_erases_it_in_every_version(client: FlaskClient, collection: Collection) -> None:
    receipt = send(client)
    again = {"receipt": receipt, "submission": str(uuid.uuid4()), "improve": "other"}
    client.post("/r/en/correct", data=again)
    assert len(stored(Identity)) == 2
    identities.erase(identities.by_receipt(receipt), "a test", "asked")
    db.session.commit()

    assert stored(Identity) == []
    assert len(stored(Response)) == 2


# Guessing -------------------------------------------------------------------------------------------------------------


def test_a_thousand_guesses_find_nothing_and_do_not_hold_up_a_room_behind_the_same_address(
    client: FlaskClient, collection: Collection, app: Flask
) -> None:
    refused = []
    for n in range(1000):
        answer = client.get(f"/c/guess{n}/km")
        refused.append(answer.status_code)
        if n % 25 == 0:
            phone = app.test_client()
            assert phone.get("/c/border").status_code == 302
            assert phone.get("/c/border/km").status_code == 200
            send(phone, trained="yes")

    assert refused == [404] * 60 + [429] * 940
    assert tabulate.forms(collection.id).received == 40
    assert answer.headers["Retry-After"] == "900"
    assert 'lang="km"' in answer.text
    assert "សូមរង់ចាំ 15 នាទី" in words(answer)
    elsewhere = app.test_client().get("/c/guess", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 404


def test_after_ten_unknown_receipts_even_a_right_one_waits(client: FlaskClient, collection: Collection) -> None:
    receipt = send(client)
    for _ in range(30):
        assert client.post("/r/vi", data={"receipt": "12345"}).status_code == 422, "a slip is no guess"
    assert client.post("/r/vi", data={"receipt": receipt}).status_code == 200

    for n in range(10):
        path = ("/r/vi", "/r/vi/correct", "/r/vi/withdraw")[n % 3]
        assert client.post(path, data={"receipt": unknown_receipt(n)}).status_code == 422

    answer = client.post("/r/vi", data={"receipt": receipt})
    assert answer.status_code == 429
    assert "Vui lòng chờ 15 phút rồi thử lại." in words(answer)
    assert withdraw(client, receipt).status_code == 429
    assert client.get("/r/vi").status_code == 200
    send(client, trained="yes")
    elsewhere = client.post("/r/vi", data={"receipt": receipt}, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 200


def test_an_identifier_is_not_kept_with_the_tombstone(client: FlaskClient, collection: Collection) -> None:
    submission = str(uuid.uuid4())
    withdraw(client, send(client, submission, **ANSWERS))

    (tombstone,) = stored(Withdrawal)

    assert submission not in tombstone.submission_digest
    assert tombstone.submission_digest == withdrawals.submission_digest(collection.id, submission)


def test_the_number_of_a_withdrawn_form_is_not_given_to_another(any_database: Flask) -> None:
    """What the audit log says of form 2 must never seem to be said of another."""
    collection = open_collection()
    for n in (1, 2):
        intake.receive(collection, {"trained": ["yes"]}, submission=f"form {n}", language="en")
    withdrawals.withdraw(db.session.get_one(Response, 2), "respondent", "A test.")
    db.session.commit()

    later = intake.receive(collection, {"trained": ["no"]}, submission="form 3", language="en")

    assert isinstance(later, intake.Kept)
    assert later.response.id == 3
