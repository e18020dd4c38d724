"""An evaluator lists the forms, reads one, judges it with a reason, undoes that, and takes in what was kept aside."""

import datetime
import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from surveytool import audit_log, collections, intake, judge
from surveytool.judge.standing import differences
from surveytool.models import Collection, Judgement, LogEntry, Response, SetAside, User, db
from tests.looking import look

LIST = "/evaluate/mekong-2003/responses"
WHY = "It was sent in by mistake, they say."
BURMESE = "လူကုန်ကူးခံရသူများကို ကူညီကာကွယ်ရန်"


@pytest.fixture
def client(app: Flask, sign_in: Callable[..., User]) -> FlaskClient:
    """An evaluator's browser, signed in, on an application with nothing in it but what a test asks for."""
    browser = app.test_client()
    sign_in(browser, "evaluator")
    return browser


def words(html: str) -> str:
    """Return a page as text without tags, spaces folded."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<script.*?</script>", " ", html, flags=re.S))).split())


def listed(client: FlaskClient, query: str = "", address: str = LIST) -> list[int]:
    """Return the numbers of the forms that a list shows, in its order."""
    answer = client.get(address + query)
    assert answer.status_code == 200
    return [int(number) for number in re.findall(r'<th scope="row"[^>]*><div><a [^>]*>(\d+)</a>', answer.text)]


def row(client: FlaskClient, number: int, address: str = LIST) -> str:
    """Return one line of a list as text."""
    rows = re.findall(r"<tr>.*?</tr>", client.get(address).text, re.S)
    return next(words(each) for each in rows if re.search(rf">{number}</a>", each))


def keep(collection: Collection, language: str = "en", mode: str = "web", **sent: Any) -> Response:
    """Send a form in."""
    fields = {name.replace("__", "."): v if isinstance(v, list) else [v] for name, v in sent.items()}
    outcome = intake.receive(collection, fields, submission=str(uuid.uuid4()), language=language, mode=mode)
    assert isinstance(outcome, intake.Kept), outcome
    return outcome.response


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def decide(client: FlaskClient, address: str, do: str, about: object = "", reason: str = WHY, **other: str) -> Any:
    """Decide something on the page of a form, as it is now, and follow to where that leads."""
    page = client.get(address).text
    fields = {"csrf_token": hidden(page, "csrf_token"), "seen": hidden(page, "seen"), "do": do, "about": about}
    path, _, query = address.partition("?")
    return client.post(f"{path}/judge?{query}", data={**fields, "reason": reason, **other}, follow_redirects=True)


def ledger(client: FlaskClient, code: str = "mekong-2003") -> str:
    found = re.search(r"\d+ received → \d+ excluded → \d+ valid", words(client.get(f"/evaluate/{code}/").text))
    assert found
    return found[0]


# The list: filters ----------------------------------------------------------------------------------------------------

#: The forms of the reconstruction that a caution speaks of: they contradict themselves, and nobody has decided.
CONTRADICTING = [36, 34, 33, 29, 28, 26, 25, 24, 23, 22, 21, 19, 16, 15, 13, 12, 10, 8, 6, 4, 2, 1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", list(range(40, 0, -1))),
        ("?state=excluded", [40, 39]),
        ("?state=counts", [n for n in range(38, 0, -1) if n not in CONTRADICTING]),
        ("?state=counts&state=flagged&state=excluded", list(range(40, 0, -1))),
        ("?state=flagged", CONTRADICTING),
        ("?answer=attended:yes&state=flagged&country=myanmar", [28, 26]),
        ("?country=myanmar", [28, 27, 26]),
        ("?country=myanmar&country=lao_pdr", [39, 28, 27, 26]),
        ("?country=none", []),
        ("?language=vi&state=excluded", [40]),
        ("?mode=e-mail&country=cambodia", [38, 37]),
        ("?from=2003-04-05", [40, 39]),
        ("?to=2003-04-03&language=th", list(range(14, 0, -1))),
        ("?from=2003-04-04&to=2003-04-04&mode=e-mail", list(range(38, 28, -1))),
        ("?from=2003-04-06", []),
    ],
)
def test_the_list_is_filtered_by_what_its_address_says(evaluator: FlaskClient, query: str, expected: list[int]) -> None:
    assert listed(evaluator, query) == expected


def test_each_filter_says_how_many_forms_came(evaluator: FlaskClient) -> None:
    text = words(evaluator.get(LIST).text)

    assert "counts (16) flagged, counts until decided (22) excluded (2)" in text
    assert "Lao PDR (1) Myanmar (3) Thailand (25)" in text
    assert "English (6) Thai (25) Vietnamese (9)" in text
    assert "on the web (0) on paper (29) by e-mail (11) by ODK (0)" in text


def test_forms_without_a_country_can_be_found(client: FlaskClient, collection: Collection) -> None:
    nowhere, _ = keep(collection, trained="yes"), keep(collection, country="myanmar", trained="yes")

    assert listed(client, "?country=none", "/evaluate/border/responses") == [nowhere.id]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?country=atlantis", "atlantis"),
        ("?state=lost&language=xx&mode=pigeon", "xx, pigeon, lost"),
        ("?sort=name&order=sideways", "name, sideways"),
        ("?from=yesterday", "from yesterday: please write days as 2003-05-19"),
        ("?to=0000-00-00", "to 0000-00-00"),
        ("?page=many", "page many"),
        ("?page=0", "page 0"),
        ("?page=99999999999999999999", "page 99999999999999999999"),
        ("?page=9", "page 9; the last is 1"),
        ("?colour=red", "colour"),
        ("?country=%00", "left out"),
        ("?from=2003-05-02&to=2003-05-01", "the first day is after the last"),
        ("?from=9999-12-31&to=9999-12-31", "No form is like that."),
    ],
)
def test_what_the_address_says_and_nobody_knows_is_told(evaluator: FlaskClient, query: str, said: str) -> None:
    answer = evaluator.get(LIST + query)

    assert answer.status_code == 200
    assert said in words(answer.text)


# The list: order, pages, reload ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["form", "state", "country", "language", "mode", "received", "dated"])
def test_the_list_is_sorted_by_each_column_either_way(evaluator: FlaskClient, column: str) -> None:
    up, down = (listed(evaluator, f"?sort={column}&order={order}") for order in ("up", "down"))

    assert up == down[::-1]
    assert sorted(up) == list(range(1, 41))


def test_countries_sort_by_name_and_states_with_the_excluded_at_an_end(evaluator: FlaskClient) -> None:
    assert listed(evaluator, "?sort=country&order=up")[:4] == [37, 38, 39, 26]
    assert listed(evaluator, "?sort=state")[:2] == [40, 39]
    assert listed(evaluator, "?sort=received&order=up")[:3] == [1, 2, 3]


def test_the_head_of_a_column_says_how_it_is_sorted_and_turns_it(evaluator: FlaskClient) -> None:
    def head(query: str) -> tuple[str, str]:
        found = re.findall(r'<th scope="col" aria-sort="(\w+)"><a href="([^"]+)"', evaluator.get(LIST + query).text)
        assert len(found) == 1, "one column is sorted"
        return found[0][0], unescape(found[0][1])

    way, address = head("?sort=country&language=th")
    assert way == "descending"
    assert address == f"{LIST}?language=th&sort=country&order=up"
    assert head(address.removeprefix(LIST))[0] == "ascending"


def test_a_list_of_many_comes_in_pages_that_a_reload_shows_again(client: FlaskClient, collection: Collection) -> None:
    kept = [keep(collection, country="thailand", trained="yes", comments=f"remark {n}").id for n in range(120)]
    keep(collection, country="myanmar", trained="yes")
    address = "/evaluate/border/responses?country=thailand&sort=received&order=up"

    assert "Forms 1 to 50 of 120 that were chosen. Page 1 of 3" in words(client.get(address).text)
    following = re.search(r'<a rel="next" href="([^"]+)"', client.get(address).text)
    assert following
    second = unescape(following[1])
    assert listed(client, address=second) == listed(client, address=second) == kept[50:100]
    assert listed(client, "&page=3", address) == kept[100:]
    assert "Page 3 of 3" in words(client.get(address + "&page=77").text)


def test_a_line_says_what_there_is_to_know_of_a_form(client: FlaskClient, collection: Collection) -> None:
    first = keep(collection, "th", "paper", country="thailand", name="Lá", trained="yes", activities=["prevention"])
    again = keep(collection, "th", "paper", country="thailand", name="lá", trained="yes")
    paper = {"filled_on": datetime.date(2003, 5, 19), "serial": "0042", "supersedes_id": first.id}
    db.session.execute(update(Response).where(Response.id == again.id).values(**paper))
    db.session.commit()

    line = row(client, again.id, "/evaluate/border/responses")
    assert line.startswith(f"{again.id} No. 0042 flagged; counts until decided corrects form {first.id}")
    assert line.endswith("2003-05-19 2 Another form in this collection bears the same name.")
    line = row(client, first.id, "/evaluate/border/responses")
    assert f"counts corrected by form {again.id}" in line
    assert line.endswith("– 3 –")

    decide(client, f"/evaluate/border/responses/{first.id}", "exclude form")

    assert "which is excluded" in client.get(f"/evaluate/border/responses/{again.id}").text


def test_which_version_counts_is_decided_under_corrections_alone(client: FlaskClient, collection: Collection) -> None:
    first = keep(collection, "th", trained="yes")
    sent = {"trained": ["no"]}
    again = intake.receive(collection, sent, submission="a correction", language="th", supersedes=first)
    assert isinstance(again, intake.Kept)
    address = f"/evaluate/border/responses/{again.response.id}"
    assert "waits for the evaluator's decision" in row(client, again.response.id, "/evaluate/border/responses")

    answer = decide(client, address, "include form")

    assert answer.status_code == 409
    assert "is decided under Corrections" in words(answer.text)
    assert "It counts" not in words(client.get(address).text)


def test_an_excluded_form_says_why_in_the_list(evaluator: FlaskClient) -> None:
    assert "excluded: Nothing was answered beyond the general information" in row(evaluator, 39)


def test_the_list_asks_the_database_the_same_few_questions_however_many_forms_it_shows(
    client: FlaskClient, collection: Collection
) -> None:
    from sqlalchemy import event

    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for _ in range(2):
        for _ in range(10):
            keep(collection, country="thailand", name="Same", trained="yes")
        client.get("/evaluate/border/responses")
        asked.clear()
        client.get("/evaluate/border/responses")
        counts.append(len(asked))

    assert counts[0] == counts[1]


# Finding one ----------------------------------------------------------------------------------------------------------


def find(client: FlaskClient, typed: str, address: str = "/evaluate/border/responses") -> TestResponse:
    fields = {"csrf_token": hidden(client.get(address).text, "csrf_token"), "form": typed}
    return client.post(f"{address}/find", data=fields)


def test_a_form_is_found_by_number_serial_number_or_receipt(client: FlaskClient, collection: Collection) -> None:
    kept = keep(collection, trained="yes")
    db.session.execute(update(Response).where(Response.id == kept.id).values(serial="BM-0042"))
    db.session.commit()
    receipt = kept.receipt
    spaced = " ".join(receipt[i : i + 4] for i in range(0, 17, 4))
    thai = spaced.translate({ord(str(n)): chr(0x0E50 + n) for n in range(10)})

    for typed in (str(kept.id), "BM-0042", receipt, spaced, thai, f" {receipt}\u200b"):
        answer = find(client, typed)
        assert answer.status_code == 302, typed
        assert answer.headers["Location"] == f"/evaluate/border/responses/{kept.id}"


def test_a_receipt_comes_into_no_address_and_no_log(client: FlaskClient, collection: Collection) -> None:
    kept = keep(collection, trained="yes")

    find(client, kept.receipt)

    (entry,) = db.session.scalars(select(LogEntry).where(LogEntry.what == "found a form by its receipt"))
    assert entry.about == f"response {kept.id}"
    everything = " ".join(f"{e.what} {e.about} {e.why}" for e in db.session.scalars(select(LogEntry)))
    assert kept.receipt not in everything
    assert kept.receipt not in client.get(f"/evaluate/border/responses/{kept.id}").text


def test_what_is_not_found_is_told_beside_the_field(client: FlaskClient, collection: Collection) -> None:
    kept = keep(collection, trained="yes")
    wrong = kept.receipt[:-1] + str((int(kept.receipt[-1]) + 1) % 10)

    for typed, said in (
        (wrong, "one of its digits is wrong"),
        (intake.new_receipt(), "No form here has this receipt."),
        ("9999999999", "No form here has this number"),
        ("<b>", "No form here has this number"),
        ("", "Please type a number."),
    ):
        answer = find(client, typed)
        assert answer.status_code == 422
        assert said in words(answer.text)
    assert "<b>" not in re.sub(r"</?b>\(some", "", find(client, "<b>").text)


def test_several_forms_of_one_number_are_all_named(client: FlaskClient, collection: Collection) -> None:
    one, two = keep(collection, trained="yes"), keep(collection, trained="no")
    db.session.execute(update(Response).where(Response.id == two.id).values(serial=str(one.id)))
    db.session.commit()

    answer = find(client, str(one.id))

    assert answer.status_code == 422
    assert f"Several forms have this number: Form {one.id} Form {two.id} , serial number {one.id}" in words(answer.text)


def test_a_receipt_of_another_collection_or_country_finds_nothing(
    filled_app: Flask, sign_in: Callable[..., User]
) -> None:
    client, abroad = filled_app.test_client(), filled_app.test_client()
    sign_in(client, "evaluator")
    sign_in(abroad, "evaluator", country="myanmar")
    thai = db.session.scalar(select(Response.receipt).where(Response.country == "thailand"))
    assert thai

    assert find(client, thai, "/evaluate/demo/responses").status_code == 422
    assert find(abroad, thai, LIST).status_code == 422
    assert find(abroad, "1", LIST).status_code == 422
    assert find(client, thai, LIST).status_code == 302


# One form: reading it -------------------------------------------------------------------------------------------------


def answer_to(page: str, item: str) -> str:
    """Return what the page of a form says of one item, as text."""
    found = re.search(
        rf'<div class="answer" id="item-{item}">(.*?)</div>\s*(?=<div class="answer"|</section>)', page, re.S
    )
    assert found, item
    return words(re.sub(r"<details.*?</details>", "", found[1], flags=re.S))


def test_a_form_is_read_in_its_language_with_the_english_below(client: FlaskClient, collection: Collection) -> None:
    kept = keep(collection, "my", country="myanmar", trained="yes", training_useful="3", objective=BURMESE)
    page = client.get(f"/evaluate/border/responses/{kept.id}").text
    wording = kept.wording.wording

    assert f'<span lang="my">{wording.label("training_useful")}</span>' in page
    assert f'<strong class="verbatim" lang="my">{BURMESE}</strong>' in page
    said = answer_to(page, "training_useful")
    assert said.startswith(f"10 {wording.label('training_useful')} Was the training received useful for your work?")
    assert said.endswith(f"{wording.choice('useful', '3')} Very much code 3 counts")
    assert f"Burmese, wording {kept.wording.digest}" in words(page)
    assert "partner_survey, version 1" in words(page)


def test_what_was_sent_stands_beside_what_is_kept_where_they_differ(
    client: FlaskClient, collection: Collection
) -> None:
    kept = keep(
        collection,
        "th",
        trained="yes",
        trained_times="๕",
        objective="ช่วยเหลือ\u200b",
        date__day="๑๙",
        date__month="๕",
        date__year="พ.ศ. ๒๕๔๖",
        planning_tools="กรอบงาน",
        planning_tools__choice="na",
        log_frame="na",
        gender="yes",
    )
    page = client.get(f"/evaluate/border/responses/{kept.id}").text

    assert answer_to(page, "trained_times").endswith("5 counts Sent as: ๕")
    assert answer_to(page, "objective").endswith("counts Sent as: ช่วยเหลือ⟨U+200B⟩")
    assert "๑๙/๕/พ.ศ. ๒๕๔๖ understood as 2003-05-19, marked Buddhist counts" in answer_to(page, "date")
    assert answer_to(page, "planning_tools").endswith("Ticked as well: na")
    assert "Not applicable (N/A) not applicable" in answer_to(page, "log_frame")
    for item in ("gender", "log_frame", "date", "comments"):
        assert "Sent as" not in answer_to(page, item)


def test_an_unmarked_buddhist_year_says_that_it_was_confirmed(client: FlaskClient, collection: Collection) -> None:
    kept = keep(collection, "th", date__year="2546", date__confirmed="2546", trained="yes")

    said = answer_to(client.get(f"/evaluate/border/responses/{kept.id}").text, "date")
    assert "2546 understood as 2003, Buddhist by its size, confirmed by the sender" in said


@pytest.mark.icu
def test_zawgyi_is_read_in_unicode_with_the_original_beside_it(client: FlaskClient, collection: Collection) -> None:
    from icu import Transliterator

    zawgyi = Transliterator.createInstance("my-Zawgyi").transliterate(f"{BURMESE} ပိုမိုညှိနှိုင်းဆောင်ရွက်သင့်သည်")
    kept = keep(collection, "my", objective=zawgyi, trained="yes")
    page = client.get(f"/evaluate/border/responses/{kept.id}").text

    assert "came in the Zawgyi encoding and is shown in Unicode" in page
    assert f"Sent as: {zawgyi}" in answer_to(page, "objective")
    assert BURMESE in answer_to(page, "objective")


def test_what_stands_now_is_said_of_every_answer_and_why(client: FlaskClient, collection: Collection) -> None:
    kept = keep(collection, trained="yes", applying="yes", expect_to_use="yes", log_frame="yes", activities=["other"])
    page = client.get(f"/evaluate/border/responses/{kept.id}").text

    assert answer_to(page, "applying").endswith("Yes code yes counts")
    said = answer_to(page, "expect_to_use")
    assert "Yes code yes invalid Invalid: Says the skills are already in use (item 11)" in said
    assert "(rule future-use-beside-present-use)" in said
    assert "Caution: Says the logical framework is used systematically" in answer_to(page, "log_frame")
    assert answer_to(page, "how_soon").endswith("not asked")
    assert answer_to(page, "gender").endswith("no answer")
    assert "Prevention of trafficking : not ticked code 0 counts" in answer_to(page, "activities")
    assert "Other : ticked code 1 counts" in answer_to(page, "activities")

    judge.exclude_item(collection.id, "applying", "somebody@example.org", "The question was misunderstood.")
    judge.exclude_form(kept, "somebody@example.org", "Not a partner at all.")
    db.session.commit()
    said = answer_to(client.get(f"/evaluate/border/responses/{kept.id}").text, "applying")
    assert "in an excluded form Invalid: The question was misunderstood. (somebody@example.org)" in said
    assert "The whole item is judged so in this collection." in said


def test_codings_stand_under_the_verbatim_they_were_given_to(evaluator: FlaskClient) -> None:
    pages = [evaluator.get(f"{LIST}/{n}").text for n in range(1, 26)]

    assert any("Coded: Department of Social Development and Welfare (DSDW)" in words(page) for page in pages)


def test_answers_that_are_really_scripts_are_shown_as_text(client: FlaskClient, collection: Collection) -> None:
    attack = "<script>alert(1)</script>"
    kept = keep(collection, objective=f"{attack}\u200b", comments=attack, trained="yes", name=attack)
    address = f"/evaluate/border/responses/{kept.id}"

    decide(client, address, "exclude form", reason=f"{attack} was sent")
    refused = decide(client, address, "include form", reason="<i>no")

    for page in (client.get(address).text, refused.text, client.get("/evaluate/border/responses").text):
        assert attack not in page
        assert "<i>no" not in page
    assert attack in words(client.get(address).text)
    assert "Sent as: <script>alert(1)</script>⟨U+200B⟩" in words(client.get(address).text)


def test_a_form_leads_to_those_before_and_after_it_in_the_list_it_was_opened_from(evaluator: FlaskClient) -> None:
    query = "?country=myanmar&country=lao_pdr&sort=received&order=up"
    order = listed(evaluator, query)
    assert order == [26, 27, 28, 39]

    walked, address = [], f"{LIST}/26{query}"
    while address:
        walked.append(int(re.findall(r"responses/(\d+)", address)[0]))
        html = evaluator.get(address).text
        back = re.search(r'<a rel="prev" href="[^"]*/responses/(\d+)', html)
        assert (int(back[1]) if back else None) == (walked[-2] if len(walked) > 1 else None)
        following = re.search(r'<a rel="next" href="([^"]+)"', html)
        address = unescape(following[1]) if following else ""
    assert walked == order
    assert f'href="{LIST}?country=lao_pdr&amp;country=myanmar&amp;sort=received&amp;order=up"' in html


@pytest.mark.parametrize("column", ["state", "country", "language", "mode", "dated"])
def test_walking_a_list_by_next_visits_every_form_once(evaluator: FlaskClient, column: str) -> None:
    query = f"?sort={column}&mode=e-mail"
    order = listed(evaluator, query)
    assert len(order) == 11
    number, walked = order[0], []
    while number:
        walked.append(number)
        following = re.search(
            r'<a rel="next" href="[^"]*/responses/(\d+)', evaluator.get(f"{LIST}/{number}{query}").text
        )
        number = int(following[1]) if following else 0

    assert walked == order


def test_a_form_that_left_the_filter_still_leads_on(evaluator: FlaskClient) -> None:
    page = decide(evaluator, f"{LIST}/27?country=myanmar&state=counts&state=flagged", "exclude form").text

    assert "Form 27 is excluded" in page
    assert "Previous form (28)" in page
    assert "Next form (26)" in page


# Judging --------------------------------------------------------------------------------------------------------------


def test_excluding_a_form_changes_the_figures_and_including_it_changes_them_back(evaluator: FlaskClient) -> None:
    before = evaluator.get("/evaluate/mekong-2003/").text
    assert ledger(evaluator) == "40 received → 2 excluded → 38 valid"

    page = words(decide(evaluator, f"{LIST}/1", "exclude form").text)

    assert "Form 1 is excluded: none of its answers counts any more." in page
    assert f"Excluded: none of its answers counts {WHY}" in page
    assert ledger(evaluator) == "40 received → 3 excluded → 37 valid"
    assert WHY in words(evaluator.get("/evaluate/mekong-2003/").text)

    page = words(decide(evaluator, f"{LIST}/1", "include form", reason="It was no mistake after all.").text)

    assert "Form 1 counts again." in page
    assert f"exclude form : {WHY} by" in page
    assert "Withdrawn: It was no mistake after all. by" in page
    after = evaluator.get("/evaluate/mekong-2003/").text
    assert re.findall(r'class="sentence">(.*?)<', after) == re.findall(r'class="sentence">(.*?)<', before)


def test_including_withdraws_every_exclusion_the_rules_too(evaluator: FlaskClient, filled_app: Flask) -> None:
    empty = db.session.get(Response, 39)
    assert empty
    judge.exclude_form(empty, "somebody@example.org", "A second reason beside the rule's.")
    db.session.commit()

    decide(evaluator, f"{LIST}/39", "include form", reason="An empty form is an answer too.")

    assert ledger(evaluator) == "40 received → 1 excluded → 39 valid"
    query = select(Judgement).where(Judgement.response_id == 39, Judgement.effect == "exclude form")
    found = db.session.scalars(query.execution_options(populate_existing=True)).all()
    assert [each.withdrawn_why for each in found] == ["An empty form is an answer too."] * 2
    assert differences(empty.collection_id) == 0


def test_one_answer_is_declared_invalid_and_valid_again(evaluator: FlaskClient) -> None:
    def said() -> str:
        return answer_to(evaluator.get(f"{LIST}/1").text, "gender")

    valid = said()
    assert valid.endswith("counts")

    decide(evaluator, f"{LIST}/1", "exclude answer", "gender", "Two boxes were ticked on the paper.")
    assert "invalid Invalid: Two boxes were ticked on the paper. (" in said()

    judgement = db.session.scalar(select(Judgement).where(Judgement.reason.startswith("Two boxes")))
    assert judgement
    decide(evaluator, f"{LIST}/1", "withdraw", judgement.id, "The second mark was a smudge.")
    assert said() == valid


def test_a_flag_is_decided_by_looking_at_it(client: FlaskClient, collection: Collection) -> None:
    keep(collection, name="Lá", trained="yes")
    again = keep(collection, name="lá", trained="yes")
    address = f"/evaluate/border/responses/{again.id}"
    assert listed(client, "?state=flagged", "/evaluate/border/responses") == [again.id]
    flag = db.session.scalar(select(Judgement).where(Judgement.effect == "flag"))
    assert flag

    page = words(decide(client, address, "withdraw", flag.id, "Two people of one name, I asked.").text)

    assert "It counts" in page
    assert "Withdrawn: Two people of one name, I asked." in page
    assert listed(client, "?state=flagged", "/evaluate/border/responses") == []
    assert ledger(client, "border") == "2 received → 0 excluded → 2 valid"


def test_a_person_can_flag_a_form_for_others(evaluator: FlaskClient) -> None:
    decide(evaluator, f"{LIST}/5", "flag form", reason="Is this the same office as form 6?")

    assert listed(evaluator, "?state=flagged") == sorted([5, *CONTRADICTING], reverse=True)
    assert "Is this the same office as form 6?" in row(evaluator, 5)
    assert ledger(evaluator) == "40 received → 2 excluded → 38 valid"


def test_what_was_undone_can_be_decided_again_by_a_judgement_of_its_own(
    client: FlaskClient, collection: Collection
) -> None:
    kept = keep(collection, trained="yes", applying="yes", expect_to_use="yes")
    address = f"/evaluate/border/responses/{kept.id}"
    by_rule = select(Judgement).where(Judgement.rule == "future-use-beside-present-use")
    rule = db.session.scalar(by_rule)
    twin = db.session.scalar(select(Judgement).where(Judgement.rule == "not-asked"))
    assert rule
    assert twin

    decide(client, address, "withdraw", twin.id, "One reason is enough here.")
    decide(client, address, "withdraw", rule.id, "They mean other skills than those.")
    assert answer_to(client.get(address).text, "expect_to_use").endswith("counts")
    page = words(decide(client, address, "renew", rule.id, "I was wrong, they are the same.").text)

    assert "Decided again, in your name." in page
    assert "invalid Invalid: I was wrong, they are the same." in answer_to(client.get(address).text, "expect_to_use")
    assert len(db.session.scalars(select(Judgement).where(Judgement.variable == "expect_to_use")).all()) == 3


@pytest.mark.parametrize("reason", ["", "too short", " short \u200b\u200b\u200b\u200b\u200b ", "x" * 501])
def test_without_a_proper_reason_nothing_is_done_and_nothing_typed_is_lost(evaluator: FlaskClient, reason: str) -> None:
    answer = decide(evaluator, f"{LIST}/1", "exclude form", reason=reason)

    assert answer.status_code == 422
    assert "Please say why, in 10 to 500 characters" in words(answer.text)
    field = re.search(r'<textarea id="exclude-form-reason"[^>]*>\n(.*?)</textarea>', answer.text, re.S)
    assert field
    assert field[1] == reason.strip(" \u200b")
    assert 'aria-invalid="true" aria-describedby="exclude-form-error"' in answer.text
    assert ledger(evaluator) == "40 received → 2 excluded → 38 valid"


def test_a_second_click_makes_no_second_judgement_and_says_so(evaluator: FlaskClient) -> None:
    page = evaluator.get(f"{LIST}/1").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "seen": hidden(page, "seen"), "do": "exclude form"}

    first, second = (evaluator.post(f"{LIST}/1/judge", data={**fields, "reason": WHY}) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Nothing was done: this form has been judged since you opened the page" in words(second.text)
    assert (
        len(db.session.scalars(select(Judgement).where(Judgement.response_id == 1, Judgement.reason == WHY)).all()) == 1
    )


def test_a_page_that_is_out_of_date_decides_nothing_and_keeps_the_reason(evaluator: FlaskClient) -> None:
    old = hidden(evaluator.get(f"{LIST}/1").text, "seen")
    decide(evaluator, f"{LIST}/1", "exclude answer", "gender")

    answer = decide(evaluator, f"{LIST}/1", "exclude form", seen=old)

    assert answer.status_code == 409
    assert WHY in re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text)
    assert ledger(evaluator) == "40 received → 2 excluded → 38 valid"


@pytest.mark.parametrize(
    ("number", "do", "about", "said"),
    [
        (39, "exclude form", "", "this form is excluded already"),
        (1, "include form", "", "this form is not excluded"),
        (1, "exclude answer", "nonsense", "this form gives no such answer"),
        (39, "exclude answer", "gender", "this form gives no such answer"),
        (1, "exclude answer", "name", "this form gives no such answer"),
        (1, "withdraw", "99999999999999999999", "this form has no such judgement"),
        (1, "withdraw", "x\0", "this form has no such judgement"),
    ],
)
def test_what_would_change_nothing_is_told(evaluator: FlaskClient, number: int, do: str, about: str, said: str) -> None:
    answer = decide(evaluator, f"{LIST}/{number}", do, about)

    assert answer.status_code == 409
    assert f"Nothing was done: {said}" in words(answer.text)
    assert ledger(evaluator) == "40 received → 2 excluded → 38 valid"


def test_the_same_is_not_withdrawn_or_renewed_twice(evaluator: FlaskClient) -> None:
    decide(evaluator, f"{LIST}/1", "exclude form")
    made = db.session.scalar(select(Judgement).where(Judgement.response_id == 1, Judgement.reason == WHY))
    assert made

    assert "the same stands already" in decide(evaluator, f"{LIST}/1", "renew", made.id).text
    decide(evaluator, f"{LIST}/1", "withdraw", made.id)
    assert "withdrawn already" in decide(evaluator, f"{LIST}/1", "withdraw", made.id).text


def test_a_judgement_of_another_form_is_not_touched_from_this_one(evaluator: FlaskClient) -> None:
    other = db.session.scalar(select(Judgement).where(Judgement.response_id == 39, Judgement.effect == "exclude form"))
    assert other

    answer = decide(evaluator, f"{LIST}/1", "withdraw", other.id, "Reaching for another form's.")

    assert answer.status_code == 409
    assert ledger(evaluator) == "40 received → 2 excluded → 38 valid"


def test_an_unknown_deed_or_one_without_a_token_is_refused(evaluator: FlaskClient) -> None:
    assert decide(evaluator, f"{LIST}/1", "delete form").status_code == 400
    assert evaluator.post(f"{LIST}/1/judge", data={"do": "exclude form", "reason": WHY}).status_code == 400


def test_every_decision_is_in_the_audit_log_with_its_reason(evaluator: FlaskClient) -> None:
    decide(evaluator, f"{LIST}/1", "exclude form")
    decide(evaluator, f"{LIST}/1", "include form")

    entries = db.session.scalars(select(LogEntry).where(LogEntry.about == "response 1").order_by(LogEntry.number))
    assert [(each.what, each.why) for each in entries] == [("exclude form", WHY), ("withdrew: exclude form", WHY)]
    assert list(audit_log.faults()) == []


# Who may --------------------------------------------------------------------------------------------------------------


def test_a_form_is_not_judged_through_another_collection(evaluator: FlaskClient, filled_app: Flask) -> None:
    page = evaluator.get(f"{LIST}/1").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "seen": hidden(page, "seen"), "do": "exclude form"}

    answers = [
        evaluator.post(f"/evaluate/demo/responses/{n}/judge", data={**fields, "reason": WHY}) for n in (1, 10**12)
    ]

    assert [each.status_code for each in answers] == [404, 404]
    assert evaluator.get("/evaluate/demo/responses/1").status_code == 404
    assert ledger(evaluator) == "40 received → 2 excluded → 38 valid"


def test_an_evaluator_for_one_country_lists_and_judges_its_forms_alone(
    filled_app: Flask, sign_in: Callable[..., User]
) -> None:
    client = filled_app.test_client()
    sign_in(client, "evaluator", country="myanmar")

    assert listed(client) == listed(client, "?country=myanmar") == [28, 27, 26]
    assert listed(client, "?country=thailand") == listed(client, "?country=none") == [28, 27, 26]
    assert "Not known and left out: thailand" in words(client.get(LIST + "?country=thailand").text)
    assert "Thailand" not in client.get(LIST).text
    page = client.get(f"{LIST}/26").text
    assert "Next form" not in page
    fields = {"csrf_token": hidden(page, "csrf_token"), "seen": "0.0", "do": "exclude form", "reason": WHY}
    assert client.post(f"{LIST}/1/judge", data=fields).status_code == 404
    assert decide(client, f"{LIST}/26", "exclude form").status_code == 200
    assert ledger(client) == "3 received → 1 excluded → 2 valid"
    assert client.post("/evaluate/mekong-2003/aside/1", data=fields).status_code == 403


def test_a_correction_from_another_country_is_not_led_to(
    app: Flask, collection: Collection, sign_in: Callable[..., User]
) -> None:
    client = app.test_client()
    sign_in(client, "evaluator", country="myanmar")
    corrected, theirs = (keep(collection, country=c, trained="yes") for c in ("myanmar", "thailand"))
    earlier, correcting = (keep(collection, country=c, trained="yes") for c in ("thailand", "myanmar"))
    for later, of in ((theirs, corrected), (correcting, earlier)):
        db.session.execute(update(Response).where(Response.id == later.id).values(supersedes_id=of.id))
    db.session.commit()

    for mine in (corrected, correcting):
        assert "correct" not in words(client.get(f"/evaluate/border/responses/{mine.id}").text)
        assert "correct" not in row(client, mine.id, "/evaluate/border/responses")


# From the results -----------------------------------------------------------------------------------------------------


def test_the_ledger_of_the_results_leads_to_the_forms_behind_it(evaluator: FlaskClient) -> None:
    html = evaluator.get("/evaluate/mekong-2003/?country=lao_pdr&country=myanmar").text
    links = {text: unescape(href) for href, text in re.findall(r'<a href="([^"]+)">([^<]+)</a>', html)}

    assert listed(evaluator, address=links["4 received"]) == [39, 28, 27, 26]
    assert listed(evaluator, address=links["1 excluded"]) == [39]
    assert listed(evaluator, address=links["3 valid"]) == [28, 27, 26]
    assert listed(evaluator, address=links["2 flagged"]) == [28, 26]
    assert links["39"] == f"{LIST}/39"


# Kept aside -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def late(collection: Collection) -> SetAside:
    """A form that came after closing."""
    collections.close(collection, "tester")
    db.session.commit()
    sent = {"name": ["A Name"], "objective": ["We came late"], "trained": ["yes"], "country": ["myanmar"]}
    intake.receive(collection, sent, submission="late-form", language="my", mode="web")
    found = db.session.scalar(select(SetAside))
    assert found
    return found


def take_in(client: FlaskClient, late: SetAside, reason: str = WHY) -> TestResponse:
    fields = {"csrf_token": hidden(client.get("/evaluate/border/aside").text, "csrf_token"), "reason": reason}
    return client.post(f"/evaluate/border/aside/{late.id}", data=fields, follow_redirects=True)


def test_what_was_kept_aside_is_taken_in_as_it_came(
    client: FlaskClient, collection: Collection, late: SetAside
) -> None:
    came = late.received_at

    answer = take_in(client, late)

    (kept,) = db.session.scalars(select(Response))
    assert f"Taken in as form {kept.id}" in words(answer.text)
    assert "Nothing is kept aside." in words(answer.text)
    assert (kept.received_at, kept.language, kept.mode, kept.country) == (came, "my", "web", "myanmar")
    assert ledger(client, "border") == "1 received → 0 excluded → 1 valid"
    page = words(client.get(f"/evaluate/border/responses/{kept.id}").text)
    assert "It had been kept aside and was taken in by" in page
    assert WHY in page
    assert "A Name" not in page
    assert db.session.scalars(select(SetAside)).all() == []
    assert db.session.scalar(select(LogEntry.why).where(LogEntry.what == intake.TOOK_IN)) == WHY
    assert differences(collection.id) == 0


def test_what_is_taken_in_is_judged_by_the_rules(client: FlaskClient, collection: Collection) -> None:
    collections.close(collection, "tester")
    db.session.commit()
    intake.receive(collection, {"country": ["myanmar"]}, submission="late-form", language="en")
    late = db.session.scalar(select(SetAside))
    assert late

    take_in(client, late)

    assert ledger(client, "border") == "1 received → 1 excluded → 0 valid"


def test_taking_in_needs_a_reason(client: FlaskClient, late: SetAside) -> None:
    answer = take_in(client, late, "short")

    assert answer.status_code == 422
    assert "Please say why, in 10 to 500 characters" in words(answer.text)
    assert re.search(r"<textarea[^>]*>\nshort</textarea>", answer.text)
    assert db.session.scalars(select(Response)).all() == []


def test_what_cannot_be_read_is_shown_and_stays_aside(client: FlaskClient, collection: Collection) -> None:
    collections.close(collection, "tester")
    db.session.commit()
    sent = {"trained_times": ["many"], "name": ["N" * 501], "date.year": ["46"], "comments": ["<script>x</script>"]}
    intake.receive(collection, sent, submission="late-form", language="en")
    late = db.session.scalar(select(SetAside))
    assert late

    answer = take_in(client, late)

    assert answer.status_code == 422
    page = words(answer.text)
    assert "It stays aside: some of it cannot be read, as marked here." in page
    assert "If yes, how many times? many Cannot be read: it is not a number." in page
    assert "2 Name Cannot be read: it is too long." in page
    assert "46 Cannot be read: the year has two digits." in page
    assert "NNN" not in page
    assert "<script>x" not in answer.text
    assert len(db.session.scalars(select(SetAside)).all()) == 1
    assert db.session.scalars(select(Response)).all() == []


def test_what_was_taken_in_is_not_taken_in_twice(client: FlaskClient, late: SetAside) -> None:
    take_in(client, late)
    fields = {"csrf_token": hidden(client.get("/evaluate/border/responses").text, "csrf_token"), "reason": WHY}

    again = client.post(f"/evaluate/border/aside/{late.id}", data=fields)

    assert again.status_code == 404
    assert "taken in already" in words(again.text)
    assert len(db.session.scalars(select(Response)).all()) == 1


def test_of_two_who_take_in_at_once_one_does(app: Flask, collection: Collection, late: SetAside) -> None:
    first = intake.take_in(collection, late, "one@example.org", WHY)
    second = intake.take_in(collection, late, "two@example.org", WHY)

    assert isinstance(first, intake.Kept)
    assert second is None
    assert [each.who for each in db.session.scalars(select(LogEntry).where(LogEntry.why == WHY))] == ["one@example.org"]


def test_what_came_again_after_reopening_is_not_kept_twice(
    client: FlaskClient, collection: Collection, late: SetAside
) -> None:
    collections.open_(collection, "tester")
    db.session.commit()
    outcome = intake.receive(collection, late.sent, submission=late.submission, language="my")
    assert isinstance(outcome, intake.Kept)

    answer = take_in(client, late)

    assert f"It was here already, as form {outcome.response.id}" in words(answer.text)
    assert len(db.session.scalars(select(Response)).all()) == 1
    assert db.session.scalars(select(SetAside)).all() == []


def test_other_content_under_a_known_identifier_is_taken_in_beside_it_and_flagged(
    client: FlaskClient, collection: Collection, late: SetAside
) -> None:
    collections.open_(collection, "tester")
    db.session.commit()
    intake.receive(collection, {"trained": ["no"]}, submission=late.submission, language="my")

    take_in(client, late)

    assert len(db.session.scalars(select(Response)).all()) == 2
    assert len(listed(client, "?state=flagged", "/evaluate/border/responses")) == 1


def test_a_submission_of_another_collection_is_not_taken_in(filled_app: Flask, evaluator: FlaskClient) -> None:
    demo = collections.find("demo")
    collections.close(demo, "tester")
    db.session.commit()
    intake.receive(demo, {"trained": ["no"]}, submission="late-form", language="en")
    late = db.session.scalar(select(SetAside))
    assert late
    fields = {"csrf_token": hidden(evaluator.get(LIST).text, "csrf_token"), "reason": WHY}

    assert evaluator.post(f"/evaluate/mekong-2003/aside/{late.id}", data=fields).status_code == 404
    assert evaluator.post(f"/evaluate/demo/aside/{10**12}", data=fields).status_code == 404
    assert len(db.session.scalars(select(SetAside)).all()) == 1


# Any sequence of decisions --------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["exclude form", "include form", "exclude answer", "withdraw", "renew", "flag form"]),
        st.integers(0, 2),
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_decided_and_undone_standing_is_what_a_rebuild_gives(
    evaluator: FlaskClient, filled_app: Flask, steps: list[tuple[str, int, int]]
) -> None:
    numbers, mekong = (1, 39, 40), collections.find("mekong-2003")
    variables = ["gender", "trained", "country", "activities.other"]
    for do, form, n in steps:
        number = numbers[form]
        about: object = variables[n % 4] if do == "exclude answer" else ""
        if do in ("withdraw", "renew"):
            judged = db.session.scalars(select(Judgement.id).where(Judgement.response_id == number)).all()
            about = judged[n % len(judged)] if judged else 0
        answer = decide(evaluator, f"{LIST}/{number}", do, about)
        assert answer.status_code in (200, 409)
    db.session.rollback()

    assert differences(mekong.id) == 0
    standing = select(Judgement.response_id).where(
        Judgement.effect == "exclude form", Judgement.withdrawn_at.is_(None), Judgement.collection_id == mekong.id
    )
    excluded = set(db.session.scalars(standing))
    assert set(listed(evaluator, "?state=excluded")) == excluded
    assert ledger(evaluator) == f"40 received → {len(excluded)} excluded → {40 - len(excluded)} valid"


def test_lists_decisions_and_what_was_aside_are_the_same_on_either_database(
    any_database: Flask, sign_in: Callable[..., User]
) -> None:
    from tests.conftest import open_collection

    border = open_collection()
    client = any_database.test_client()
    sign_in(client, "evaluator")
    kept = [keep(border, "my", country=c, trained="yes", gender="yes").id for c in ("myanmar", "thailand", "myanmar")]
    address = "/evaluate/border/responses"

    decide(client, f"{address}/{kept[0]}", "exclude form")
    decide(client, f"{address}/{kept[1]}", "exclude answer", "gender")

    for column in ("form", "state", "country", "language", "mode", "received", "dated"):
        assert sorted(listed(client, f"?sort={column}", address)) == kept
        assert "Form" in client.get(f"{address}/{kept[1]}?sort={column}&state=counts&from=2020-01-01").text
    assert listed(client, "?sort=country&order=up", address) == [kept[0], kept[2], kept[1]]
    assert listed(client, "?state=excluded", address) == [kept[0]]
    assert find(client, "x\0y").status_code == 422
    assert decide(client, f"{address}/{kept[1]}", "exclude form", reason="with a \0 in the reason").status_code == 200
    collections.close(border, "tester")
    db.session.commit()
    intake.receive(border, {"trained": ["no"]}, submission="late-form", language="en")
    late = db.session.scalar(select(SetAside))
    assert late
    assert "Taken in as form" in words(take_in(client, late).text)
    assert differences(border.id) == 0


# In a real browser ----------------------------------------------------------------------------------------------------


@pytest.mark.chromium
@pytest.mark.parametrize("width", [360, 1280])
def test_an_evaluator_finds_a_burmese_form_reads_it_excludes_it_and_undoes_that(
    browser: Any, server: str, sign_in_on: Callable[..., None], width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{server}/c/demo/my")
    page.fill("[name=objective]", BURMESE)
    page.check("[name=trained][value=yes]")
    page.click("button.send")
    page.wait_for_selector(".receipt")
    sign_in_on(page, server)

    page.goto(f"{server}/evaluate/demo/responses")
    page.click("text=Show only some forms")
    page.check("text=Burmese (1)")
    page.click("button:text-is('Show')")
    look(page, widths=(width,))
    page.click("tbody th a")
    assert page.locator(f"strong[lang=my]:text-is('{BURMESE}')").is_visible()
    font = page.evaluate("getComputedStyle(document.querySelector('strong[lang=my]')).fontFamily")
    assert font.startswith('"Survey Burmese"')
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    look(page, widths=(width,))

    page.reload()
    page.click("summary:text-is('Exclude this form')")
    page.fill("#exclude-form-reason", "Too short")
    page.click("button:text-is('Exclude this form')")
    assert "Please say why" in page.inner_text("#exclude-form-error")
    assert page.input_value("#exclude-form-reason") == "Too short"
    look(page, widths=(width,))
    page.fill("#exclude-form-reason", "It was typed in to try the form out.")
    page.click("button:text-is('Exclude this form')")
    assert "Form 41 is excluded" in page.inner_text("[role=status]")
    page.goto(f"{server}/evaluate/demo/")
    assert "1 received → 1 excluded → 0 valid" in page.inner_text("main")

    page.goto(f"{server}/evaluate/demo/responses?language=my&state=excluded")
    page.click("tbody th a")
    page.click("summary:text-is('Include this form again')")
    page.fill("#include-form-reason", "Somebody did mean it, it turns out.")
    page.click("button:text-is('Include this form again')")
    assert "Form 41 counts again" in page.inner_text("[role=status]")
    page.goto(f"{server}/evaluate/demo/")
    assert "1 received → 0 excluded → 1 valid" in page.inner_text("main")
    context.close()
