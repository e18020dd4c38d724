"""A partner corrects a form with its receipt code; it counts once an evaluator accepts it, and figures follow."""

import gettext
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from surveytool import collections, identities, tabulate
from surveytool.judge import corrections, standing
from surveytool.models import Collection, Identity, Judgement, LogEntry, Response, User, db
from surveytool.places import TRANSLATIONS

NAME, VERBATIM = "Marigold Quince", "zebra lantern verbatim"
ANSWERS = {
    "name": NAME,
    "position": "Officer",
    "country": "thailand",
    "trained": "yes",
    "training_useful": "2",
    "improve": VERBATIM,
    "date.day": "19",
    "date.month": "5",
    "date.year": "2003",
}


def words(answer: TestResponse) -> str:
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def receipt_of(answer: TestResponse) -> str:
    assert answer.status_code == 200, words(answer)
    found = re.search(r'class="receipt"[^>]*>([\d ]+)<', answer.text)
    assert found
    return found[1].replace(" ", "")


def send(client: FlaskClient, **fields: str) -> str:
    """Send a form; return its receipt."""
    return receipt_of(client.post("/c/border/en", data={"submission": str(uuid.uuid4())} | (fields or ANSWERS)))


def correct(client: FlaskClient, receipt: str, submission: str = "", **fields: str) -> TestResponse:
    """Send a correction of the form of a receipt."""
    sent = {"receipt": receipt, "submission": submission or str(uuid.uuid4())} | fields
    return client.post("/r/en/correct", data=sent)


def response(receipt: str) -> Response:
    db.session.expire_all()
    return db.session.scalars(select(Response).where(Response.receipt == receipt)).one()


def trained(collection: Collection) -> dict[str, int]:
    """Return how many stand trained and how many not; and hold what stands against the records."""
    db.session.expire_all()
    assert standing.differences(collection.id) == 0
    counted = tabulate.variables(collection.id)["trained"]
    assert sum(counted.states.values()) == tabulate.forms(collection.id).received
    return dict(counted.codes)


def decide(client: FlaskClient, receipt: str, decision: str, reason: str = "") -> TestResponse:
    address = f"/evaluate/border/corrections/{response(receipt).id}"
    return client.post(address, data={"decision": decision, "reason": reason})


@pytest.fixture
def evaluator(app: Flask, sign_in: Callable[..., User]) -> FlaskClient:
    """An evaluator's browser; forms need no token of another page in these tests."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    sign_in(browser, "evaluator")
    return browser


# The partner ----------------------------------------------------------------------------------------------------------


def test_the_form_comes_back_with_its_answers_and_without_who_sent_it(
    client: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)

    page = client.post("/r/km/correct", data={"receipt": receipt})

    assert 'lang="km"' in page.text
    assert VERBATIM in page.text
    assert re.search(r'name="trained" value="yes" checked', page.text)
    assert re.search(r'name="date.year"[^>]*value="2003"', page.text)
    assert NAME not in page.text
    assert "Officer" not in page.text
    assert page.text.count(_khmer("Leave this empty to keep what you gave.")) == 3
    assert page.headers["Cache-Control"] == "no-store"


def test_it_is_served_in_a_language_of_the_collection(client: FlaskClient, collection: Collection) -> None:
    receipt = send(client)
    collection.offered = "en th"
    db.session.commit()

    page = client.post("/r/km/correct", data={"receipt": receipt})

    assert '<html lang="en"' in page.text


def test_an_answer_typed_in_zawgyi_or_a_date_in_one_field_is_shown_as_it_was_understood(
    client: FlaskClient, collection: Collection
) -> None:
    receipt = send(client, date="19/5/2003", improve="x")

    page = client.post("/r/en/correct", data={"receipt": receipt})

    for part, value in (("day", "19"), ("month", "05"), ("year", "2003")):
        assert re.search(rf'name="date.{part}"[^>]*value="{value}"', page.text)


def test_a_correction_does_not_count_until_it_is_accepted(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)
    answer = correct(client, receipt, trained="no", country="thailand")
    assert "The correction counts once the evaluation team accepts it" in words(answer)
    assert receipt_of(answer) != receipt
    assert trained(collection) == {"yes": 1}
    assert tabulate.forms(collection.id).reasons == {corrections.WAITS: 1}
    assert "waits for the evaluation team’s decision" in words(client.post("/r/en", data={"receipt": receipt}))

    assert decide(evaluator, receipt_of(answer), "accept").status_code == 302

    assert trained(collection) == {"no": 1}
    forms = tabulate.forms(collection.id)
    assert (forms.received, forms.valid) == (2, 1)
    assert forms.reasons == {f"Superseded by its correction, form {response(receipt_of(answer)).id}.": 1}
    assert "Your correction was accepted." in words(client.post("/r/en", data={"receipt": receipt}))


def test_what_cannot_be_read_comes_back_beside_its_place_with_everything_typed(
    client: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)

    page = correct(client, receipt, trained="yes", trained_times="many", improve="kept as typed")

    assert page.status_code == 422
    assert "Please enter a number." in page.text
    assert "kept as typed" in page.text
    assert f'name="receipt" value="{receipt}"' in page.text
    assert len(db.session.scalars(select(Response)).all()) == 1
    in_thai = {"receipt": receipt, "submission": str(uuid.uuid4()), "trained_times": "many", "switch": "th"}
    switched = client.post("/r/th/correct?checked=1", data=in_thai)
    assert "โปรดกรอกเป็นตัวเลข" in switched.text
    assert 'value="many"' in switched.text
    cleared = client.post(
        "/r/en/correct", data={"receipt": receipt, "submission": "1", "trained": "yes", "clear": "trained"}
    )
    assert "checked" not in cleared.text.split('id="q-trained"')[1].split("</fieldset>")[0]


def test_a_correction_sent_twice_is_stored_once(client: FlaskClient, collection: Collection) -> None:
    receipt, submission = send(client), str(uuid.uuid4())

    receipts = {receipt_of(correct(client, receipt, submission, trained="no")) for _ in range(2)}

    assert len(receipts) == 1
    assert tabulate.forms(collection.id).received == 2


def test_a_form_of_a_closed_collection_can_be_corrected(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)
    collections.close(collections.find("border"), "tester")
    db.session.commit()

    corrected = receipt_of(correct(client, receipt, trained="no"))

    assert tabulate.forms(collection.id).aside == 0
    decide(evaluator, corrected, "accept")
    assert trained(collection) == {"no": 1}


def test_the_newest_correction_replaces_those_that_still_wait(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)
    first = receipt_of(correct(client, receipt, trained="no"))
    second = receipt_of(correct(client, receipt, improve="only this"))
    assert response(second).supersedes_id == response(first).id

    listed = words(evaluator.get("/evaluate/border/corrections"))
    assert "replaced by a later correction" in listed
    assert "Corrections (1)" in listed
    assert decide(evaluator, first, "accept").status_code == 409
    assert trained(collection) == {"yes": 1}

    decide(evaluator, second, "accept")

    assert trained(collection) == {}
    assert tabulate.forms(collection.id).valid == 1


def test_who_sent_it_stays_with_the_correction_as_far_as_it_says_nothing_new(
    client: FlaskClient, collection: Collection
) -> None:
    corrected = receipt_of(correct(client, send(client), trained="no", position="Director"))

    kept = db.session.get(Identity, response(corrected).id)

    assert kept
    assert kept.data["used"] == {"name": NAME, "position": "Director"}
    assert kept.name_digest


def test_a_correction_is_no_second_form_of_the_same_person_but_a_second_form_is(
    client: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)
    correct(client, receipt, **ANSWERS)
    flags = select(Judgement).where(Judgement.effect == "flag")
    assert db.session.scalars(flags).all() == []

    send(client)

    assert len(db.session.scalars(flags).all()) == 1


# The evaluator --------------------------------------------------------------------------------------------------------


def test_the_versions_stand_side_by_side_and_who_sent_them_is_not_shown(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection
) -> None:
    corrected = receipt_of(correct(client, send(client), **ANSWERS | {"improve": "shorter <b>"}))

    page = evaluator.get(f"/evaluate/border/corrections/{response(corrected).id}")

    differing = page.text.split('class="compared differs"')[1].split("</table>")[0]
    assert differing.count("<tr>") == 1 + 1
    assert VERBATIM in differing
    assert "shorter &lt;b&gt;" in differing
    assert "1 answer differs" in words(page)
    assert NAME not in page.text
    assert NAME not in evaluator.get("/evaluate/border/corrections").text


def test_a_refused_correction_does_not_count_and_a_refusal_needs_a_reason(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)
    corrected = receipt_of(correct(client, receipt, trained="no"))

    without = decide(evaluator, corrected, "refuse")
    assert without.status_code == 422
    assert "why it is refused" in words(without)
    assert decide(evaluator, corrected, "something", "typed").status_code == 422
    decide(evaluator, corrected, "refuse", "Not the same person.")

    assert trained(collection) == {"yes": 1}
    assert tabulate.forms(collection.id).reasons == {"Correction refused: Not the same person.": 1}
    said = words(client.post("/r/en", data={"receipt": receipt}))
    assert "Your correction was not accepted; your earlier answers count." in said
    assert "Not the same person" not in said
    again = decide(evaluator, corrected, "accept")
    assert again.status_code == 409
    assert "This correction is refused by now." in words(again)


@pytest.mark.parametrize(("decision", "stands"), [("accept", {"no": 1}), ("refuse", {"yes": 1})])
def test_a_decision_can_be_undone_and_taken_again(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection, decision: str, stands: dict[str, int]
) -> None:
    corrected = receipt_of(correct(client, send(client), trained="no"))
    for _ in range(2):
        decide(evaluator, corrected, decision, "a good reason")
        assert trained(collection) == stands
        assert "None waits." in words(evaluator.get("/evaluate/border/corrections"))

        decide(evaluator, corrected, "undo")

        assert trained(collection) == {"yes": 1}
        assert tabulate.forms(collection.id).reasons == {corrections.WAITS: 1}
        assert tabulate.waiting_corrections(collection.id) == 1


def test_only_the_newest_version_can_be_decided(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection
) -> None:
    receipt = send(client)
    first = receipt_of(correct(client, receipt, trained="no"))
    decide(evaluator, first, "accept")
    second = receipt_of(correct(client, receipt, trained="yes", improve="new"))

    assert decide(evaluator, first, "undo").status_code == 409
    assert trained(collection) == {"no": 1}
    decide(evaluator, second, "accept")
    assert trained(collection) == {"yes": 1}
    decide(evaluator, second, "undo")
    assert trained(collection) == {"no": 1}
    decide(evaluator, second, "refuse", "a good reason")
    assert trained(collection) == {"no": 1}


def test_the_audit_log_says_who_decided_and_never_what_was_answered(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection
) -> None:
    corrected = receipt_of(correct(client, send(client), trained="no"))
    decide(evaluator, corrected, "accept", "By telephone.")
    decide(evaluator, corrected, "undo")

    deeds = {each.what: each for each in db.session.scalars(select(LogEntry))}

    assert deeds["accepted a correction"].about == f"response {response(corrected).id}"
    assert deeds["accepted a correction"].why == "By telephone."
    assert deeds["accepted a correction"].who.endswith("@example.org")
    assert "undid a decision on a correction" in deeds
    assert VERBATIM not in str([each.why for each in deeds.values()])


def test_someone_limited_to_a_country_decides_only_where_every_version_is_of_it(
    client: FlaskClient, app: Flask, evaluator: FlaskClient, collection: Collection, sign_in: Callable[..., User]
) -> None:
    within = receipt_of(correct(client, send(client), trained="no", country="thailand"))
    moved = receipt_of(correct(client, send(client), trained="no", country="cambodia"))
    limited = app.test_client()
    sign_in(limited, "evaluator", country="thailand")

    listed = limited.get("/evaluate/border/corrections").text

    assert f"corrections/{response(within).id}" in listed
    assert f"corrections/{response(moved).id}" not in listed
    assert decide(limited, moved, "accept").status_code == 404
    assert decide(limited, within, "accept").status_code == 302
    assert decide(evaluator, moved, "accept").status_code == 302


def test_what_is_no_correction_is_not_found(
    client: FlaskClient, evaluator: FlaskClient, collection: Collection
) -> None:
    send(client)

    for number in (1, 99, 2**40):
        assert evaluator.get(f"/evaluate/border/corrections/{number}").status_code == 404


def test_corrections_stand_and_fall_alike_on_every_database(any_database: Flask, sign_in: Callable[..., User]) -> None:
    collection = collections.create("border", "partner_survey", "Border meeting", join_code="border", who="tester")
    collections.open_(collection, "tester")
    db.session.commit()
    any_database.config["WTF_CSRF_ENABLED"] = False
    client, evaluator = any_database.test_client(), any_database.test_client()
    sign_in(evaluator, "evaluator")
    receipt = send(client)
    corrected = receipt_of(correct(client, receipt, **ANSWERS | {"trained": "no"}))
    assert trained(collection) == {"yes": 1}

    for decision, stands in (("accept", "no"), ("undo", "yes"), ("refuse", "yes"), ("undo", "yes"), ("accept", "no")):
        assert decide(evaluator, corrected, decision, "a good reason").status_code == 302
        assert trained(collection) == {stands: 1}

    client.post("/r/en/withdraw", data={"receipt": receipt, "confirmed": "yes"})
    db.session.expire_all()
    assert db.session.scalars(select(Response)).all() == []
    assert db.session.scalars(select(Judgement)).all() == []
    assert tabulate.forms(collection.id).withdrawn == 1
    with pytest.raises(identities.UnknownReceipt):
        identities.by_receipt(corrected)


# In a real browser ----------------------------------------------------------------------------------------------------

PHONE = {"width": 360, "height": 740}


def _khmer(english: str) -> str:
    translated = gettext.translation("public", TRANSLATIONS, ["km"]).gettext(english)
    assert translated != english
    return translated


def _results(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "surveytool.cli", "--instance", str(folder), "results", "demo", "--format", "json"]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def _fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"])


@pytest.mark.chromium
def test_in_khmer_on_a_phone_a_form_is_sent_corrected_accepted_and_withdrawn(
    browser: Any, server: str, tmp_path: Path, sign_in_on: Callable[..., None]
) -> None:
    folder = tmp_path / "served"
    partner = browser.new_context(viewport=PHONE, locale="km").new_page()
    desk = browser.new_context(viewport=PHONE).new_page()

    def press(page: Any, selector: str) -> None:
        with page.expect_navigation():
            page.click(selector)
        assert _fits(page)

    partner.goto(f"{server}/c/demo")
    assert partner.url.endswith("/c/demo/km")
    partner.check('input[name="trained"][value="yes"]', force=True)
    partner.fill('[name="improve"]', "ការវិលត្រឡប់ដោយសុវត្ថិភាព")
    press(partner, "button.send")
    receipt = partner.inner_text(".receipt")
    assert _results(folder)["items"]["9"]["counts"] == {"yes": 1, "no": 0}

    partner.goto(f"{server}/r")
    typed = receipt.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    partner.fill("#receipt", typed)
    partner.keyboard.press("Enter")
    partner.wait_for_selector(f"text={_khmer('Correct my answers')}")
    press(partner, f'button:has-text("{_khmer("Correct my answers")}")')
    assert partner.input_value('[name="improve"]') == "ការវិលត្រឡប់ដោយសុវត្ថិភាព"
    partner.check('input[name="trained"][value="no"]', force=True)
    press(partner, "main button.send")
    assert partner.inner_text("h1") == _khmer("Your correction has been sent.")
    assert _results(folder)["items"]["9"]["counts"] == {"yes": 1, "no": 0}

    sign_in_on(desk, server)
    desk.goto(f"{server}/evaluate/demo/corrections")
    press(desk, "tbody a")
    press(desk, "button[value=accept]")
    assert "is accepted" in desk.inner_text(".told")
    assert _results(folder)["items"]["9"]["counts"] == {"yes": 0, "no": 1}

    partner.goto(f"{server}/r/km")
    partner.fill("#receipt", receipt)
    press(partner, "main button.send")
    assert _khmer("Your correction was accepted.") in partner.inner_text("main")
    press(partner, f'button:has-text("{_khmer("Withdraw my form")}")')
    press(partner, "button[name=confirmed]")
    assert partner.inner_text("h1") == _khmer("Your form was withdrawn.")

    results = _results(folder)
    assert (results["forms"]["received"], results["forms"]["withdrawn"]) == (0, 1)
    assert results["items"]["9"]["counts"] == {"yes": 0, "no": 0}
    for file in folder.glob("surveytool.db*"):
        assert "ការវិលត្រឡប់ដោយសុវត្ថិភាព".encode() not in file.read_bytes()
