"""An evaluator validates: results by whichever decisions, the queue, deciding one form or many, undoing, history."""

import csv
import datetime
import io
import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from surveytool import collections, intake, rejudging, tabulate
from surveytool.cli import main
from surveytool.models import Affiliation, Collection, Judgement, LogEntry, Organisation, Response, User, db
from surveytool.tabulate import Filter
from tests.test_intake import keep

RESULTS = "/evaluate/mekong-2003/"
REASON = "Looked at beside the paper form."


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    """Return a page as text without tags, spaces folded."""
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:500]
    return words(answer.text)


def words(html: str) -> str:
    html = re.sub(r"<script.*?</script>|<style.*?</style>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# Results by whichever decisions ---------------------------------------------------------------------------------------


def test_results_are_shown_as_received_or_as_validated_and_say_which(evaluator: FlaskClient) -> None:
    valid, received = page(evaluator, RESULTS), page(evaluator, RESULTS + "?as=received")

    assert "Shown as validated." in valid
    assert "40 received → 2 excluded → 38 valid" in valid
    assert "Shown as received. Everything that was sent counts" in received
    assert "40 received → 0 excluded → 40 valid" in received
    assert "Not reported: all 26 answers given are invalid." not in received


def test_results_as_of_a_moment_are_those_that_were_shown_then(evaluator: FlaskClient, filled_app: Flask) -> None:
    collections.find("mekong-2003").zone = "Asia/Bangkok"
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    db.session.execute(db.update(Response).values(received_at=long_ago))
    db.session.commit()

    before = page(evaluator, RESULTS + "?as=moment&at=2020-01-01T07:00")
    assert "Shown as of 1 January 2020, 07:00 (Asia/Bangkok)." in before
    assert "40 received → 0 excluded → 40 valid" in before
    assert "0 received → 0 excluded → 0 valid" in page(evaluator, RESULTS + "?as=2020-01-01T06:59")
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date()
    now = page(evaluator, f"{RESULTS}?as={today}")
    assert f"Shown as of the end of {today.day} {today:%B} {today.year} (Asia/Bangkok)." in now
    assert "40 received → 2 excluded → 38 valid" in now


@pytest.mark.parametrize("typed", ["yesterday", "2003-13-01", "9999-12-31", "2100-01-01", "2026-11-26T99"])
def test_a_moment_that_is_none_or_has_not_come_is_said_and_left_out(evaluator: FlaskClient, typed: str) -> None:
    shown = page(evaluator, f"{RESULTS}?as={typed}")

    assert "Not known and left out of the filter: " in shown
    assert "Shown as validated." in shown
    assert "0 received" in page(evaluator, f"{RESULTS}?as=0001-01-02")


def test_the_answers_in_words_follow_the_decisions_that_results_are_shown_by(evaluator: FlaskClient) -> None:
    html = evaluator.get(RESULTS + "?as=received").text
    link = unescape(re.search(r'href="([^"]+/verbatims/21a[^"]*)"', html)[1])

    assert "as=received" in link
    assert "Shown as received." in page(evaluator, link)


def results(app: Flask, *options: str) -> str:
    done = CliRunner().invoke(main, ["--instance", app.instance_path, "results", "mekong-2003", *options])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_line_gives_results_by_whichever_decisions(filled_app: Flask) -> None:
    received = json.loads(results(filled_app, "--as", "received", "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(results(filled_app, "--as", "2003-01-01", "--format", "csv"))))

    assert (received["as"], received["forms"]["valid"]) == ("received", 40)
    assert json.loads(results(filled_app, "--format", "json"))["as"] == "valid"
    assert {(row["as"], row["received"]) for row in rows} == {("2003-01-01", "0")}
    assert "Shown as of 1 January 2003, 10:00 (UTC)." in results(filled_app, "--as", "2003-01-01T10:00")


def test_the_command_line_refuses_a_moment_that_is_none(filled_app: Flask) -> None:
    done = CliRunner().invoke(main, ["--instance", filled_app.instance_path, "results", "mekong-2003", "--as", "soon"])

    assert done.exit_code != 0
    assert "'soon' is no such moment. Write 'received', 'valid'" in done.output


# The queue ------------------------------------------------------------------------------------------------------------


# The queue ------------------------------------------------------------------------------------------------------------

QUEUE = "/evaluate/border/validation"


@pytest.fixture
def client(app: Flask, collection: Collection, sign_in: Callable[..., User]) -> FlaskClient:
    """An evaluator's browser, signed in, on an application with the open collection `border`."""
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    sign_in(browser, "evaluator")
    return browser


@pytest.fixture
def second(app: Flask, sign_in: Callable[..., User], client: FlaskClient) -> FlaskClient:
    """Another evaluator's browser."""
    browser = app.test_client()
    sign_in(browser, "evaluator")
    return browser


def send(collection: Collection, seconds: int | None = None, **sent: str) -> int:
    """Take in a form; its device may say how long it was open."""
    response = keep(collection, **{"country": "thailand", "gender": "yes", **sent})
    if seconds is not None:
        response.seconds = seconds
        db.session.commit()
    return response.id


def same_name(collection: Collection, n: int = 2) -> list[int]:
    """Take in forms of one person that differ in an answer: all but the first are flagged."""
    return [send(collection, name="Somebody Invented", trained_times=str(each + 1)) for each in range(n)]


def listed(client: FlaskClient, query: str = "") -> list[int]:
    """Return the forms that the queue lists, in its order."""
    answer = client.get(QUEUE + query)
    assert answer.status_code == 200, answer.text[:500]
    rows = re.findall(r'<th scope="row" data-label="Form">.*?>(\d+)</a>', answer.text, re.S)
    return [int(each) for each in rows]


def stamped(client: FlaskClient, *ids: int) -> list[str]:
    """Return the values of the boxes of some forms of the queue, or of the form's own page."""
    html = client.get(QUEUE).text
    boxes = {int(id_): value for value, id_ in re.findall(r'name="form" value="((\d+):\d+)"', html)}
    return [boxes[id_] for id_ in ids]


def decide(client: FlaskClient, id_: int, do: str, stamp: str = "", reason: str = REASON, **more: str) -> TestResponse:
    """Decide on one form as its page has it."""
    if not stamp:
        stamp = re.findall(r'name="form" value="(\d+:\d+)"', client.get(f"{QUEUE}/{id_}").text)[0]
    return client.post(f"{QUEUE}/{id_}", data={"do": do, "form": stamp, "reason": reason, **more})


def bulk(client: FlaskClient, do: str, boxes: list[str], query: str = "", **more: str) -> TestResponse:
    return client.post(f"{QUEUE}/decide{query}", data={"do": do, "form": boxes, **more})


def confirm(client: FlaskClient, preview: str, do: str, reason: str = REASON, **more: str) -> TestResponse:
    """Confirm what a preview shows."""
    packed = re.findall(r'name="form" value="([\d:,]+)"', preview)[0]
    return bulk(client, do, [packed], confirmed="1", reason=reason, **more)


def valid(collection: Collection) -> int:
    return tabulate.forms(collection.id).valid


def test_the_queue_lists_every_form_that_was_flagged_and_says_how_many_count(
    client: FlaskClient, collection: Collection
) -> None:
    _, again = same_name(collection)
    contradicting = send(collection, log_frame="yes")
    empty = keep(collection, country="thailand").id
    send(collection)

    assert set(listed(client)) == {again, contradicting, empty}
    text = page(client, QUEUE)
    assert "3 forms are flagged and undecided; 2 of them count as valid until somebody decides." in text
    for kind in ("excluded by a rule", "second form of a person or of the same content", "contradicts itself"):
        assert f"{kind} (1)" in text
    assert "Invented" not in text


def test_the_queue_is_filtered_sorted_and_paged_through_its_address(
    client: FlaskClient, collection: Collection
) -> None:
    first, flagged, late = same_name(collection, 3)
    other = send(collection, country="cambodia", log_frame="yes")
    decide(client, flagged, "keep")

    assert listed(client) == [late, other, flagged]
    assert listed(client, "?order=down") == [flagged, other, late]
    assert listed(client, "?show=undecided") == [late, other]
    assert listed(client, "?show=decided") == [flagged]
    assert listed(client, "?signal=contradiction") == [other]
    assert listed(client, "?country=cambodia&language=en&mode=web") == [other]
    assert listed(client, "?mode=paper") == []
    assert listed(client, "?sort=form&order=down") == [other, late, flagged]
    assert "Not known and left out: x, odd, page 0." in page(client, QUEUE + "?signal=odd&x=1&page=0")


def test_checks_flag_the_same_mark_throughout_and_the_same_content_and_haste(
    client: FlaskClient, collection: Collection
) -> None:
    marks = [item.name for item in collection.version.questionnaire.scale_items()]
    straight = send(collection, **dict.fromkeys(marks[:6], "4"))
    send(collection, **{name: str(n % 5) for n, name in enumerate(marks)})
    send(collection, **dict.fromkeys(marks[:4], "4"))
    answers = {"trained": "yes", "training_useful": "3", "applying": "yes", "log_frame": "no", "pcm": "no"}
    answers |= {"involved": "yes", "objective": "Safe return", "compatible_objectives": "1", "trained_times": "3"}
    original, same, other = (send(collection, **answers, conducive=each) for each in ("yes", "yes", "no"))

    assert listed(client, "?signal=straight") == [straight]
    assert listed(client, "?signal=duplicate") == [same]
    beside = page(client, f"{QUEUE}/{same}")
    assert f"with the same answers: form {original} ." in beside or f"with the same answers: form {original}." in beside
    assert "No answer differs." in beside
    assert "1 answer differs" in page(client, f"{QUEUE}/{same}?beside={other}")
    assert other not in listed(client)


def test_a_form_that_was_open_for_too_short_is_flagged_and_one_without_a_time_never(
    client: FlaskClient, collection: Collection
) -> None:
    hasty, slow, unknown = send(collection, 12), send(collection, 600), send(collection)
    assert rejudging.judge_again(collection, "tester") == 1

    assert listed(client, "?signal=fast") == [hasty]
    assert "It was open for 12 seconds; less than 60 is flagged." in page(client, f"{QUEUE}/{hasty}")
    assert not {slow, unknown} & set(listed(client))


def test_an_unknown_organisation_is_flagged_until_it_is_known_or_a_person_keeps_the_form(
    client: FlaskClient, collection: Collection
) -> None:
    named, kept = send(collection, organisation="A House of Return"), send(collection, organisation="Elsewhere")
    assert listed(client, "?signal=organisation") == []

    house = Organisation(name="House of Return", kind="ngo", direct_partner=True)
    db.session.add(house)
    db.session.commit()
    assert listed(client, "?signal=organisation&show=undecided") == [named, kept]
    assert "A House of Return" in page(client, f"{QUEUE}/{named}")

    decide(client, kept, "keep")
    assert listed(client, "?signal=organisation&show=undecided") == [named]
    db.session.add(Affiliation(response_id=named, organisation_id=house.id, made_by="tester"))
    db.session.commit()
    assert listed(client, "?signal=organisation&show=undecided") == []
    assert listed(client, "?signal=organisation&show=decided") == [kept]

    undo_last(client, kept)
    assert listed(client, "?signal=organisation&show=undecided") == [kept]


def test_flagged_and_undecided_is_one_figure_wherever_it_is_said(client: FlaskClient, collection: Collection) -> None:
    house = Organisation(name="House of Return", kind="ngo", direct_partner=True)
    db.session.add(house)
    db.session.commit()
    stranger, kept = send(collection, organisation="Elsewhere"), send(collection, organisation="Nowhere")
    contradicting = send(collection, organisation="House of Return", log_frame="yes", objective="Not of it")
    send(collection, organisation="House of Return")
    decide(client, kept, "keep")

    undecided = [contradicting, stranger]
    assert sorted(listed(client, "?show=undecided")) == sorted(undecided)
    assert "2 forms are flagged and undecided; 2 of them count" in page(client, QUEUE)
    assert "2 of the valid flagged and not decided." in page(client, "/evaluate/border/collection")
    assert "2 valid forms are flagged and not decided; they count." in page(client, "/evaluate/border/")
    forms = page(client, "/evaluate/border/responses?state=flagged")
    assert "counts (2) flagged, counts until decided (2) excluded (0)" in forms
    assert "Forms 1 to 2 of 2 that were chosen." in forms
    assert "flagged; counts until decided" in forms
    assert f"/responses/{stranger}" in client.get("/evaluate/border/responses?state=flagged").text
    assert tabulate.arrivals(collection.id).total.flagged == 2
    assert tabulate.forms(collection.id, Filter(stand=datetime.datetime.now(datetime.UTC))).flagged == 2
    assert tabulate.forms(collection.id, Filter(stand="received")).flagged == 0

    client.post("/evaluate/border/report/freeze", data={"title": "Frozen with two flags"})
    assert "of these flagged and not decided; they count 2" in page(client, "/evaluate/border/report")
    verified = words(client.post("/evaluate/border/reports/1/verify").text)
    assert "figures are what the data of the bundle says" in verified, verified

    told = page(client, f"/evaluate/border/responses/{stranger}")
    assert "Flagged: it counts until somebody decides" in told
    assert "Organisation not known ; the form says “ Elsewhere ”." in told
    db.session.add(Affiliation(response_id=stranger, organisation_id=house.id, made_by="tester"))
    db.session.commit()
    assert tabulate.forms(collection.id).flagged == 1
    assert "Organisation House of Return (by tester, " in page(client, f"/evaluate/border/responses/{stranger}")
    by_rule = page(client, f"/evaluate/border/responses/{contradicting}")
    assert "Organisation House of Return (by its name, by rule, " in by_rule


def test_lists_of_forms_and_the_queue_are_filtered_as_results_are(client: FlaskClient, collection: Collection) -> None:
    for name, kind, partner in (("House of Return", "ngo", True), ("Ministry", "government", False)):
        db.session.add(Organisation(name=name, kind=kind, direct_partner=partner))
    db.session.commit()
    attended = send(collection, organisation="House of Return", attended="yes", log_frame="yes", objective="Not of it")
    official = send(collection, organisation="Ministry", attended="no", log_frame="yes", objective="Not of it")
    unknown = send(collection, organisation="Elsewhere", attended="yes")
    ministry = db.session.scalars(db.select(Organisation.id).where(Organisation.name == "Ministry")).one()

    for query, expected in (
        ("kind=ngo", [attended]),
        ("partner=no", [official]),
        (f"organisation={ministry}", [official]),
        ("answer=attended:yes", [attended, unknown]),
        ("answer=attended:yes&kind=ngo&kind=government", [attended]),
    ):
        assert sorted(listed(client, f"?{query}")) == expected, query
        html = client.get(f"/evaluate/border/responses?{query}&sort=country").text
        assert sorted(map(int, re.findall(r'<th scope="row" data-label="Form"><div><a [^>]*>(\d+)', html))) == expected
        # The way to a form, to the other columns and back keeps what was chosen.
        assert all(part.replace(":", "%3A") in unescape(html.replace(":", "%3A")) for part in query.split("&"))
    html = client.get(f"/evaluate/border/responses?organisation={ministry}").text
    assert f'<option value="{ministry}" selected>Ministry (1)</option>' in html
    assert "Not known and left out: club, 999999." in page(client, QUEUE + "?organisation=999999&kind=club")


def undo_last(client: FlaskClient, id_: int, reason: str = REASON) -> TestResponse:
    """Undo the last decision about a form, from its page."""
    html = client.get(f"{QUEUE}/{id_}").text
    at, by = (re.findall(rf'name="{name}" value="([^"]+)"', html)[0] for name in ("at", "by"))
    data = {"at": at, "by": by, "response": str(id_), "reason": reason}
    return client.post("/evaluate/border/decisions/undo", data=data)


def test_a_contradiction_is_opened_beside_the_answers_that_it_speaks_of(
    client: FlaskClient, collection: Collection
) -> None:
    text = page(client, f"{QUEUE}/{send(collection, log_frame='yes', objective='Not of it')}")

    spoken_of = text.split("What it speaks of")[1].split("Beside another form")[0]
    assert "systematically use the logical framework? Yes" in spoken_of
    assert "What tools does your organisation use for project planning?" in spoken_of
    assert "Not of it" not in spoken_of


def test_what_was_kept_aside_and_corrections_that_wait_are_in_the_queue(
    client: FlaskClient, collection: Collection
) -> None:
    first = collections.find("border")
    form = db.session.get_one(Response, send(collection, trained="yes"))
    answers = {"country": ["thailand"], "trained": ["no"]}
    outcome = intake.receive(collection, answers, submission="c" * 8, language="en", supersedes=form)
    assert isinstance(outcome, intake.Kept)
    collections.close(first, "tester")
    db.session.commit()
    intake.receive(first, {"trained": ["yes"]}, submission="l" * 8, language="en")

    html = client.get(QUEUE).text
    assert "The collection was closed when it arrived." in html
    assert "/evaluate/border/aside#aside-" in html
    assert f"/evaluate/border/corrections/{outcome.response.id}" in html
    assert listed(client, "?signal=correction") == [outcome.response.id]
    refused = decide(client, outcome.response.id, "exclude", stamp=f"{outcome.response.id}:1")
    assert refused.status_code == 409
    assert "is decided under Corrections" in words(refused.text)


# Deciding on one form -------------------------------------------------------------------------------------------------


def test_keeping_a_form_withdraws_its_flags_and_goes_on_to_the_next(
    client: FlaskClient, collection: Collection
) -> None:
    _, flagged, later = same_name(collection, 3)

    answer = decide(client, flagged, "keep")

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/validation/{later}")
    assert tabulate.forms(collection.id).flagged == 1
    assert f"withdrew: flag : {REASON}" in page(client, f"{QUEUE}/{flagged}")
    assert valid(collection) == 3


def test_a_form_is_excluded_and_the_exclusion_undone(client: FlaskClient, collection: Collection) -> None:
    _, flagged = same_name(collection)
    decide(client, flagged, "exclude")
    assert valid(collection) == 1
    assert "Excluded: none of its answers counts" in page(client, f"{QUEUE}/{flagged}")

    assert undo_last(client, flagged).status_code == 302
    assert valid(collection) == 2
    assert listed(client, "?show=undecided") == [flagged]


def test_what_a_rule_excluded_is_kept_or_its_exclusion_confirmed(client: FlaskClient, collection: Collection) -> None:
    kept, confirmed = keep(collection, country="thailand").id, keep(collection, country="thailand").id
    assert valid(collection) == 0

    decide(client, kept, "keep")
    decide(client, confirmed, "exclude")

    assert valid(collection) == 1
    assert listed(client, "?show=undecided") == []


def test_a_form_is_excluded_as_a_duplicate_with_links_both_ways(client: FlaskClient, collection: Collection) -> None:
    original, copy = same_name(collection)
    assert re.search(rf'name="of"[^>]* value="{original}"', client.get(f"{QUEUE}/{copy}").text)

    decide(client, copy, "duplicate", of=str(original))

    assert valid(collection) == 1
    assert f"Excluded as a duplicate of form {original}" in page(client, f"{QUEUE}/{copy}")
    assert f"Excluded as duplicates of this one: form {copy}" in page(client, f"{QUEUE}/{original}")
    assert f"As a duplicate of form {original}" in page(client, f"/evaluate/border/responses/{copy}")
    assert f"Excluded as duplicates of this one: form {copy}" in page(client, f"/evaluate/border/responses/{original}")
    refused = decide(client, original, "duplicate", of=str(copy))
    assert refused.status_code == 409
    assert f"Form {copy} does not count itself" in words(refused.text)


@pytest.mark.parametrize(
    ("do", "more", "said"),
    [
        ("keep", {"reason": "short"}, "Please say why, in 10 to 500 characters"),
        ("duplicate", {"of": "none"}, "Please give the number of the form that it is a duplicate of."),
        ("duplicate", {"of": "99999999999"}, "Please give the number of the form that it is a duplicate of."),
        ("duplicate", {"of": "9999"}, "There is no form 9999 here."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client: FlaskClient, collection: Collection, do: str, more: dict[str, str], said: str
) -> None:
    _, flagged = same_name(collection)

    answer = decide(client, flagged, do, **{"reason": "A reason that is long enough.", **more})

    assert answer.status_code in (409, 422)
    assert said in words(answer.text)
    assert more.get("reason", "A reason that is long enough.") in answer.text
    assert tabulate.forms(collection.id).flagged == 1


def test_two_evaluators_on_one_form_the_second_is_told_and_decides_again_with_one_click(
    client: FlaskClient, second: FlaskClient, collection: Collection
) -> None:
    _, flagged = same_name(collection)
    (stamp,) = stamped(second, flagged)
    decide(client, flagged, "keep", reason="It is a cousin with the same name.")

    answer = decide(second, flagged, "exclude", stamp=stamp, reason="I take it for a duplicate.")

    assert answer.status_code == 409
    told = words(answer.text)
    assert "Nothing was written: since you opened this page, somebody decided on this form" in told
    since = told.split("Decided since you opened the page")[1].split("Decided: it counts")[0]
    assert "withdrew: flag : It is a cousin with the same name." in since
    assert "I take it for a duplicate." in answer.text
    assert valid(collection) == 2

    fresh = re.findall(r'name="form" value="(\d+:\d+)"', answer.text)[0]
    assert decide(second, flagged, "exclude", stamp=fresh, reason="I take it for a duplicate.").status_code == 302
    assert valid(collection) == 1


# Deciding on several --------------------------------------------------------------------------------------------------


def test_several_forms_are_decided_after_a_preview_and_undone_as_one(
    client: FlaskClient, collection: Collection
) -> None:
    _, *flagged = same_name(collection, 4)
    preview = bulk(client, "exclude", stamped(client, *flagged))
    assert "Exclude: 3 forms" in words(preview.text)
    assert valid(collection) == 4

    done = confirm(client, preview.text, "exclude")

    assert done.status_code == 302
    assert valid(collection) == 1
    text = page(client, "/evaluate/border/decisions")
    assert f"Made: exclude form; 3 forms: {', '.join(map(str, flagged))} ." in text or "3 forms: " in text
    assert undo_whole(client).status_code == 302
    assert valid(collection) == 4
    assert listed(client, "?show=undecided") == flagged


def undo_whole(client: FlaskClient) -> TestResponse:
    """Undo the newest decision as a whole."""
    html = client.get("/evaluate/border/decisions").text
    at, by = (re.findall(rf'name="{name}" value="([^"]+)"', html)[0] for name in ("at", "by"))
    return client.post("/evaluate/border/decisions/undo", data={"at": at, "by": by, "reason": REASON})


def test_undoing_leaves_the_forms_that_somebody_decided_otherwise_since(
    client: FlaskClient, second: FlaskClient, collection: Collection
) -> None:
    _, *flagged = same_name(collection, 3)
    confirm(client, bulk(client, "keep", stamped(client, *flagged)).text, "keep")
    data = {"do": "flag form", "about": "", "reason": "Looks odd to me, please look.", "seen": "1.1"}
    second.post(f"/evaluate/border/responses/{flagged[0]}/judge", data=data)
    kept = [each for each in db.session.scalars(db.select(Judgement)) if each.rule == "same-person"]
    again = Judgement(collection_id=collection.id, response_id=flagged[0], effect="flag", rule="same-person")
    again.reason, again.made_by = kept[0].reason, "somebody else"
    db.session.add(again)
    db.session.commit()

    undo_whole_of(client, 1)
    assert "1 form is as before. 1 was left: somebody decided otherwise since." in page(client, QUEUE)


def undo_whole_of(client: FlaskClient, place: int) -> None:
    html = client.get("/evaluate/border/decisions").text
    sections = [each for each in re.findall(r'<section class="item".*?</section>', html, re.S) if "2 forms" in each]
    at, by = (re.findall(rf'name="{name}" value="([^"]+)"', sections[0])[0] for name in ("at", "by"))
    client.post("/evaluate/border/decisions/undo", data={"at": at, "by": by, "reason": REASON})


def test_all_that_the_queue_shows_is_decided_at_once(client: FlaskClient, collection: Collection) -> None:
    same_name(collection, 3)
    contradicting = send(collection, log_frame="yes")

    preview = bulk(client, "keep", [], "?signal=duplicate", everything="1")

    assert "Keep: 2 forms" in words(preview.text)
    confirm(client, preview.text, "keep")
    assert listed(client, "?show=undecided") == [contradicting]


def test_keeping_forms_of_one_kind_leaves_their_other_flags(client: FlaskClient, collection: Collection) -> None:
    same_name(collection, 1)
    both = send(collection, name="Somebody Invented", log_frame="yes")
    preview = bulk(client, "keep", stamped(client, both), "?signal=contradiction")
    packed = re.findall(r'name="form" value="([\d:,]+)"', preview.text)[0]

    bulk(client, "keep", [packed], "?signal=contradiction", confirmed="1", reason=REASON)

    assert listed(client, "?show=undecided") == [both]
    assert listed(client, "?show=undecided&signal=contradiction") == []


def test_when_somebody_decided_on_one_of_several_nothing_is_written_and_deciding_again_is_one_click(
    client: FlaskClient, second: FlaskClient, collection: Collection
) -> None:
    _, one, two = same_name(collection, 3)
    preview = bulk(second, "exclude", stamped(second, one, two)).text
    decide(client, one, "keep", reason="It is a cousin with the same name.")

    answer = confirm(second, preview, "exclude", reason="All of them are copies.")

    assert answer.status_code == 409
    assert "Nothing was written, of none of the forms" in words(answer.text)
    assert "It is a cousin with the same name." in answer.text
    assert "All of them are copies." in answer.text
    assert valid(collection) == 3
    assert confirm(second, answer.text, "exclude", reason="All of them are copies.").status_code == 302
    assert valid(collection) == 1


def test_nothing_ticked_is_said(client: FlaskClient, collection: Collection) -> None:
    same_name(collection)

    answer = bulk(client, "keep", [])
    assert answer.status_code == 422
    assert "Please tick the forms to decide on." in answer.text


def test_an_evaluator_of_one_country_sees_and_decides_only_its_forms(
    app: Flask, client: FlaskClient, collection: Collection, sign_in: Callable[..., User]
) -> None:
    same_name(collection)
    send(collection, country="cambodia", name="Another Invented")
    mine = send(collection, country="cambodia", name="Another Invented", trained_times="3")
    theirs = listed(client, "?country=thailand")[0]
    boxes = stamped(client, mine, theirs)
    limited = app.test_client()
    sign_in(limited, "evaluator", country="cambodia")

    assert listed(limited) == [mine]
    assert limited.get(f"{QUEUE}/{theirs}").status_code == 404
    assert decide(limited, theirs, "keep", stamp=boxes[1]).status_code == 404
    assert "Keep: 1 form" in words(bulk(limited, "keep", boxes).text)
    assert decide(limited, mine, "duplicate", of=str(theirs)).status_code == 409


# Items, judgements, rules ---------------------------------------------------------------------------------------------

JUDGEMENTS = "/evaluate/border/judgements"


def declare_invalid(client: FlaskClient, item: str, stamp: str, reason: str = REASON) -> TestResponse:
    return client.post(f"{JUDGEMENTS}/item", data={"item": item, "stamp": stamp, "reason": reason})


def test_an_item_is_declared_invalid_for_the_whole_collection_and_back(
    client: FlaskClient, collection: Collection
) -> None:
    send(collection, trained="yes", trained_times="3")

    assert declare_invalid(client, "trained", "0", "Everyone misread this question.").status_code == 302
    text = page(client, "/evaluate/border/")
    assert "Not reported: all 1 answers given are invalid. Everyone misread this question." in text
    assert "All forms 9 Have you received skills training" in page(client, JUDGEMENTS + "?effect=exclude item")

    number = re.findall(r"judgements/(\d+)/withdraw", client.get(JUDGEMENTS + "?effect=exclude item").text)[0]
    assert client.post(f"{JUDGEMENTS}/{number}/withdraw", data={"reason": "short"}).status_code == 422
    assert client.post(f"{JUDGEMENTS}/{number}/withdraw", data={"reason": REASON}).status_code == 302
    assert "Everyone misread" not in page(client, "/evaluate/border/")
    again = client.post(f"{JUDGEMENTS}/{number}/withdraw", data={"reason": REASON})
    assert again.status_code == 409
    assert "somebody has withdrawn this judgement meanwhile" in again.text


def test_two_evaluators_on_items_the_second_is_told_first(
    client: FlaskClient, second: FlaskClient, collection: Collection
) -> None:
    declare_invalid(client, "trained", "0", "Everyone misread this question.")

    answer = declare_invalid(second, "applying", "0", "It follows from the other one.")

    assert answer.status_code == 409
    assert "somebody judged an item of this collection since you opened the page" in answer.text
    assert "It follows from the other one." in answer.text
    assert "Everyone misread this question." in answer.text
    assert declare_invalid(second, "applying", "1", "It follows from the other one.").status_code == 302


def test_judgements_are_listed_and_filtered_through_the_address(evaluator: FlaskClient) -> None:
    address = "/evaluate/mekong-2003/judgements"

    assert "by reconstruction" not in page(evaluator, address + "?by=rule")
    people = page(evaluator, address + "?by=person")
    assert "Form 40 exclude form Nearly empty" in people
    assert "No judgement is like that." in page(evaluator, address + "?state=withdrawn")
    assert page(evaluator, address + "?item=log_frame").count("caution Says the logical framework") > 5
    assert "Page 2" in page(evaluator, address + "?page=2")
    assert "Not known and left out: nonsense" in page(evaluator, address + "?effect=nonsense")


def test_the_rules_are_run_again_without_judging_what_a_person_withdrew(
    client: FlaskClient, collection: Collection
) -> None:
    _, kept = same_name(collection)
    decide(client, kept, "keep")
    hasty = send(collection, 12)
    assert "too-fast flag (changes no figure) Was open for less than a minute" in page(client, "/evaluate/border/rules")

    assert client.post("/evaluate/border/rules", data={"reason": ""}).status_code == 422
    client.post("/evaluate/border/rules", data={"reason": "Devices send their time now."})

    assert listed(client, "?show=undecided") == [hasty]
    assert "The rules find nothing" in page(client, "/evaluate/border/rules")
    entry = db.session.scalars(db.select(LogEntry).where(LogEntry.what == "ran the rules again")).one()
    assert entry.why == "Devices send their time now."


def test_a_collection_that_was_opened_with_fewer_rules_is_judged_by_those_gained_since(
    client: FlaskClient, collection: Collection, app: Flask
) -> None:
    structure = dict(collection.version.structure)
    structure["checks"] = [each for each in structure["checks"] if each["id"] != "straight-lined"]
    collection.version.structure, collection.version.digest = structure, "older"
    db.session.commit()
    marks = [item.name for item in collection.version.questionnaire.scale_items()]
    straight = send(collection, **dict.fromkeys(marks, "4"))
    assert listed(client) == []

    done = CliRunner().invoke(main, ["--instance", app.instance_path, "judge", "border", "--dry-run"])
    assert done.output.startswith("straight-lined\tflag\t1 forms")
    done = CliRunner().invoke(main, ["--instance", app.instance_path, "judge", "border"])
    assert "1 form was judged." in done.output
    assert listed(client, "?signal=straight") == [straight]
