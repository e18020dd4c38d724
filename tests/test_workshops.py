"""Trainers set up workshops, decide whose forms belong together, read what changed; evaluators see them together."""

import datetime
import json
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from analysis.prepost import appraise as appraise_table
from surveytool import (
    appraisal_papers,
    appraisal_pictures,
    appraising,
    intake,
    ladder,
    links,
    workshop_changes,
    workshops,
)
from surveytool.access import RULES
from surveytool.cli import main
from surveytool.judge import exclude_form
from surveytool.models import Collection, Judgement, LinkDecision, LinkingCard, LogEntry, Response, User, Workshop, db
from surveytool.reporting import pictures
from surveytool.workshops import Plan, WorkshopError
from tests.test_access import VALUES

DAY = datetime.date(2026, 5, 4)
ASKED = ("identify_victim", "communicate")
PLAN = Plan(
    "Case work in Poipet", "cambodia", "government", DAY, ("km", "en"), ASKED, place="Poipet", topic="case work"
)
WHY = "She told me that she lost her card."


def make(app: Flask, trainer: User | None = None, plan: Plan = PLAN, *, code: str = "") -> Workshop:
    """Make a workshop whose three waves are open."""
    made = workshops.create(plan, "tester", trainer=trainer, code=code)
    for wave in ("pre", "post", "follow-up"):
        workshops.open_wave(made, wave, "tester")
    db.session.commit()
    return made


def send(workshop: Workshop, wave: str, code: str, **answers: str) -> Response:
    """Store one form of a wave, as someone does who says that their code is right."""
    sent = {name: [value] for name, value in answers.items()} | {"card_code": [code], "card_code.confirmed": [code]}
    number = db.session.query(Response).count()
    kept = intake.receive(workshops.waves(workshop)[wave], sent, submission=f"form-{number:06}", language="en")
    assert isinstance(kept, intake.Kept), kept
    return kept.response


def fill(workshop: Workshop, people: int = 12, *, lost: int = 0) -> list[str]:
    """Let some people rise by one on the first competency and stay on the second; return their codes."""
    codes = [card.code for card in workshops.add_cards(workshop, people + lost, "tester")]
    for number, code in enumerate(codes):
        before = number % 4
        send(workshop, "pre", code, identify_victim=str(before), communicate=str(before))
        if number < people:
            send(workshop, "post", code, identify_victim=str(before + 1), communicate=str(before), useful="4")
    return codes


@pytest.fixture
def trainer(app: Flask, sign_in: Callable[..., User]) -> tuple[FlaskClient, User]:
    """A trainer's browser, signed in, and the account."""
    client = app.test_client()
    return client, sign_in(client, "trainer")


def token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def post(client: FlaskClient, address: str, **fields: Any) -> Any:
    """Send a form with the token of the page it stands on."""
    return client.post(address, data={"csrf_token": token(client, address), **fields})


# Setting one up ------------------------------------------------------------------------------------------------------

NEW = {
    "title": "Case work in Poipet",
    "topic": "case work",
    "place": "ប៉ោយប៉ែត",
    "starts_on": "2026-05-04",
    "ends_on": "2026-05-07",
    "country": "cambodia",
    "audience": "government",
    "languages": ["km", "my"],
    "competencies": ["identify_victim", "referral"],
    "main": "own 2",
    "own-2-km": "សម្ភាសកុមាររងគ្រោះ",
    "own-2-my": "ကလေးသားကောင်ကို တွေ့ဆုံမေးမြန်းခြင်း",
    "linking": "cards",
    "cards": "12",
    "retrospective": "y",
}


def test_a_trainer_sets_up_a_workshop_on_one_page(trainer: tuple[FlaskClient, User]) -> None:
    client, user = trainer

    answer = post(client, "/train/new", **NEW)

    made = db.session.query(Workshop).one()
    assert answer.headers["Location"] == f"/train/{made.code}/"
    assert (made.trainer_id, made.audience, made.languages) == (user.id, "government", "km my")
    labels = workshops.labels(made, "km")
    assert list(labels)[:2] == ["identify_victim", "referral"]
    assert labels[made.main] == "សម្ភាសកុមាររងគ្រោះ"
    assert len(workshops.cards(made)) == 12
    waves = workshops.waves(made)
    assert [each.code for each in waves.values()] == [f"{made.code}-{end}" for end in ("before", "after", "follow-up")]
    assert len({each.join_code for each in waves.values()}) == 3
    page = client.get(f"/train/{made.code}/").text
    assert page.count("Not open yet") == 3
    assert "12 cards" in page


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(trainer: tuple[FlaskClient, User]) -> None:
    client, _ = trainer
    wrong = NEW | {"title": "", "ends_on": "2569-05-04", "audience": "", "country": "france", "own-2-my": ""}

    answer = post(client, "/train/new", **wrong)

    assert answer.status_code == 422
    for said in ("needs a title", "2569 B.E. is 2026", "choose for whom", "choose the country", "wording in Burmese"):
        assert said in answer.text
    assert "សម្ភាសកុមាររងគ្រោះ" in answer.text
    assert 'value="ប៉ោយប៉ែត"' in answer.text
    assert db.session.query(Workshop).count() == 0


def test_a_workshop_needs_something_to_ask_and_a_main_competency_that_it_asks(app: Flask) -> None:
    for plan, said in (
        (Plan("T", "cambodia", "ngo", DAY, ("en",), ()), "at least one competency"),
        (Plan("T", "cambodia", "ngo", DAY, ("en",), ASKED, main="referral"), "not among those"),
        (Plan("T", "cambodia", "ngo", DAY, (), ASKED), "at least one language"),
        (Plan("T", "cambodia", "ngo", None, ("en",), ASKED), "first day"),
    ):
        with pytest.raises(WorkshopError, match=said):
            workshops.create(plan, "tester")


def test_another_trainers_workshop_looks_like_one_that_is_not_there(
    app: Flask, trainer: tuple[FlaskClient, User], sign_in: Callable[..., User]
) -> None:
    client, _ = trainer
    other = sign_in(app.test_client(), "trainer")
    theirs = make(app, other)

    for address in ("/", "/appraisal", "/links", "/cards", "/summary", "/summary.docx", "/pre/poster", "/pre/qr.png"):
        assert client.get(f"/train/{theirs.code}{address}").status_code == 404
    assert "Case work in Poipet" not in client.get("/train/").text
    assert client.get("/evaluate/workshops").status_code == 403


def test_a_trainer_limited_to_a_country_sets_up_workshops_there_alone(app: Flask, sign_in: Callable[..., User]) -> None:
    client = app.test_client()
    sign_in(client, "trainer", country="myanmar")

    assert "Cambodia" not in client.get("/train/new").text
    assert "does not cover this country" in post(client, "/train/new", **NEW).text


# Waves, posters, cards -----------------------------------------------------------------------------------------------


def test_waves_are_opened_and_closed_and_details_changed(app: Flask, trainer: tuple[FlaskClient, User]) -> None:
    client, user = trainer
    made = workshops.create(PLAN, user.email, trainer=user)
    db.session.commit()
    address = f"/train/{made.code}/"

    post(client, address, do="open pre")
    assert workshops.waves(made)["pre"].state == "open"
    assert "open already" in post(client, address, do="open pre").text
    post(client, address, do="close pre")
    assert workshops.waves(made)["pre"].state == "closed"
    assert post(client, address, do="close pre").status_code == 422
    assert post(client, address, do="open nowhere").status_code == 422
    assert post(client, address, do="dance").status_code == 400
    changed = {"title": "Case work, again", "starts_on": "2026-05-05", "ends_on": "2026-05-06"}
    post(client, address, do="save", **changed)
    assert workshops.waves(made)["pre"].title == "Case work, again"
    assert post(client, address, do="save", title="", starts_on="2026-05-05").status_code == 422
    deeds = [entry.what for entry in db.session.query(LogEntry).order_by(LogEntry.number)]
    assert {"made a workshop", "opened a collection", "closed a collection", "changed a workshop"} <= set(deeds)


def test_what_it_asks_is_changed_until_a_form_is_opened_and_copied_afterwards(
    app: Flask, trainer: tuple[FlaskClient, User]
) -> None:
    client, account = trainer
    post(client, "/train/new", **NEW)
    made = db.session.query(Workshop).one()
    here, questions = f"/train/{made.code}/", f"/train/{made.code}/questions"
    shown = client.get(questions).text
    assert "សម្ភាសកុមាររងគ្រោះ" in shown
    assert re.search(r'<option selected value="own 1">', shown)

    other = NEW | {"competencies": ["communicate"], "linking": "self", "main": "own 2"}
    wrong = post(client, questions, **other | {"country": "france"})
    right = post(client, questions, **other)
    db.session.expire_all()

    assert wrong.status_code == 422
    assert "choose the country" in wrong.text
    assert right.headers["Location"] == here
    assert list(workshops.labels(made))[:1] == ["communicate"]
    assert (made.linking, workshops.cards(made)) == ("self", [])
    assert made.main.startswith("own_")
    workshops.open_wave(made, "pre", "tester")
    db.session.commit()
    asks = app.test_client().get(f"/c/{workshops.waves(made)['pre'].join_code}/km").text
    assert "own_code.birth_day" in asks
    assert 'name="identify_victim"' not in asks
    for refused in (client.get(questions), client.get(here)):
        assert "is fixed since the form before was opened" in refused.text
        assert f"/train/new?copy={made.code}" in refused.text
    assert client.get(questions).status_code == 409
    copied = client.get(f"/train/new?copy={made.code}").text
    assert f"like {NEW['title']}" in copied
    assert "សម្ភាសកុមាររងគ្រោះ" in copied


def test_a_workshop_made_by_mistake_is_deleted_and_one_that_has_forms_is_finished(
    app: Flask, trainer: tuple[FlaskClient, User]
) -> None:
    client, account = trainer
    mistake, held = make(app, account, code="mistake"), make(app, account, code="held")
    workshops.add_cards(mistake, 3, "tester")
    fill(held, 6)

    unsure = post(client, "/train/mistake/", do="delete")
    sure = post(client, "/train/mistake/", do="delete", sure="yes")
    refused = post(client, "/train/held/", do="delete", sure="yes")

    assert "tick that you mean it" in unsure.text
    assert sure.headers["Location"] == "/train/"
    assert client.get("/train/mistake/").status_code == 404
    assert db.session.query(Collection).filter(Collection.code.like("mistake%")).count() == 0
    assert refused.status_code == 409
    assert "It has forms, so it is not deleted" in refused.text
    assert "Finished workshops" not in client.get("/train/").text
    post(client, "/train/held/", do="finish")
    assert "Finished workshops (1)" in client.get("/train/").text
    assert [each.state for each in workshops.waves(held).values()] == ["closed"] * 3
    post(client, "/train/held/", do="open follow-up")
    assert "Finished workshops" not in client.get("/train/").text


def test_posters_show_each_waves_own_code_in_the_workshops_languages(
    app: Flask, trainer: tuple[FlaskClient, User]
) -> None:
    client, user = trainer
    made = make(app, user)

    posters = {wave: client.get(f"/train/{made.code}/{wave}/poster").text for wave in ("pre", "post", "follow-up")}

    for wave, text in posters.items():
        assert f"/c/<wbr><strong>{workshops.waves(made)[wave].join_code}" in text
        assert 'lang="km"' in text
        assert 'lang="th"' not in text
    assert client.get(f"/train/{made.code}/pre/received").text == "0"
    assert client.get(f"/train/{made.code}/pre/qr.png").mimetype == "image/png"
    assert client.get(f"/train/{made.code}/pre/poster?base=not an address").status_code == 422
    assert client.get(f"/train/{made.code}/nowhere/poster").status_code == 404


def test_posters_and_forms_say_which_of_the_three_forms_they_are(app: Flask, trainer: tuple[FlaskClient, User]) -> None:
    client, account = trainer
    made = make(app, account, code="poipet")
    words = {
        "pre": "កម្រងសំណួរមុនសិក្ខាសាលា",
        "post": "កម្រងសំណួរក្រោយសិក្ខាសាលា",
        "follow-up": "កម្រងសំណួរតាមដាន ក្រោយសិក្ខាសាលាបានមួយរយៈពេល",
    }

    for wave, collection in workshops.waves(made).items():
        poster = client.get(f"/train/poipet/{wave}/poster").text
        form = app.test_client().get(f"/c/{collection.join_code}/km").text
        assert [said in poster for said in words.values()] == [said == words[wave] for said in words.values()]
        assert [said in form for said in words.values()] == [said == words[wave] for said in words.values()]


def test_a_workshop_with_its_cards_is_deleted_on_either_database(any_database: Flask) -> None:
    mistake = make(any_database, code="mistake")
    workshops.add_cards(mistake, 3, "tester")

    workshop_changes.delete(mistake, "tester")
    db.session.commit()

    assert [db.session.query(kept).count() for kept in (Collection, Workshop, LinkingCard)] == [0, 0, 0]


def test_cards_are_made_printed_and_limited(app: Flask, trainer: tuple[FlaskClient, User]) -> None:
    client, user = trainer
    made = make(app, user)
    address = f"/train/{made.code}/cards"

    assert post(client, address, number="៣").status_code == 302
    for wrong in ("0", "101", "many", ""):
        assert post(client, address, number=wrong).status_code == 422

    codes = [card.code for card in workshops.cards(made)]
    sheet = client.get(address).text
    assert len(codes) == 3
    assert all(f"{code[:3]}-{code[3:]}" in sheet for code in codes)
    assert 'lang="km"' in sheet


# What changed --------------------------------------------------------------------------------------------------------


def test_the_appraisal_counts_person_by_person(any_database: Flask) -> None:
    made = make(any_database)
    fill(made, 12, lost=2)
    send(made, "post", "1111111", identify_victim="4", communicate="4")

    found = appraising.as_json(appraising.appraise(made))

    rose = found["competencies"]["identify_victim"]
    expected = appraise_table({0: {1: 3}, 1: {2: 3}, 2: {3: 3}, 3: {4: 3}}, {0: 1, 1: 1}, {4: 1})
    assert (rose["n_pairs"], rose["only_pre"], rose["only_post"]) == (12, 2, 1)
    assert (rose["rose"], rose["stayed"], rose["fell"]) == (12, 0, 0)
    assert rose["table"] == [[0, 3, 0, 0, 0], [0, 0, 3, 0, 0], [0, 0, 0, 3, 0], [0, 0, 0, 0, 3], [0, 0, 0, 0, 0]]
    assert (rose["mean_before"], rose["mean_after"], rose["mean_change"]) == (1.5, 2.5, 1)
    assert rose["wilcoxon"]["p_value"] == expected.p_value
    assert "Pratt" in rose["wilcoxon"]["method"]
    assert (rose["hodges_lehmann"], rose["rank_biserial"]) == (1, 1)
    stayed = found["competencies"]["communicate"]
    assert (stayed["mean_change"], stayed["wilcoxon"]["p_value"], stayed["rank_biserial"]) == (0, 1, 0)
    assert rose["p_adjusted"] == min(1, 2 * (expected.p_value or 0))
    assert "Of the 14 who answered before, 2 are not among them." in rose["note"]
    assert "cause" not in rose["note"]
    assert found["composite"]["mean_change"] == 0.5
    assert found["answers"]["useful"]["n"] == 12


def test_under_five_pairs_only_their_number_is_told_and_under_ten_no_test(app: Flask) -> None:
    made = make(app)
    fill(made, 4)
    few = appraising.as_json(appraising.appraise(made))["competencies"]["identify_victim"]
    assert (few["n_pairs"], few["rose"], few["mean_change"], few["table"]) == (4, None, None, None)
    assert few["note"] == "4 people are paired before and after; under 5, only that number is shown."

    fill(made, 3)
    more = appraising.as_json(appraising.appraise(made))["competencies"]["identify_victim"]
    assert (more["n_pairs"], more["rose"], more["mean_change"]) == (7, 7, 1)
    assert (more["ci95"], more["wilcoxon"]["p_value"], more["p_adjusted"]) == (None, None, None)


def test_where_more_than_a_third_are_lost_nothing_is_tested_and_more_than_a_fifth_is_said(app: Flask) -> None:
    made = make(app)
    fill(made, 12, lost=7)

    found = appraising.as_json(appraising.appraise(made))["competencies"]["identify_victim"]

    assert found["wilcoxon"]["p_value"] is None
    assert "more than a third, so no test" in found["note"]
    assert "If those had not changed, the mean would have changed by +0.63." in found["note"]


def test_excluded_forms_and_unmatched_people_change_no_paired_figure(app: Flask) -> None:
    made = make(app)
    codes = fill(made, 12)
    before = appraising.as_json(appraising.appraise(made))
    for number in range(5):
        send(made, "pre" if number % 2 else "post", f"99999{number}0", identify_victim="0", communicate="4")
    exclude_form(send(made, "post", codes[0], identify_victim="0", communicate="0"), "tester", "Sent for trying out.")
    db.session.commit()

    after = appraising.as_json(appraising.appraise(made))

    for name, one in before["competencies"].items():
        other = after["competencies"][name]
        for figure in ("n_pairs", "table", "rose", "mean_change", "ci95", "hodges_lehmann", "rank_biserial"):
            assert one[figure] == other[figure], (name, figure)
    assert after["competencies"]["communicate"]["only_pre"] == 2


def test_the_follow_up_is_another_step_of_the_same_path(app: Flask) -> None:
    made = make(app)
    codes = fill(made, 6)
    for code in codes:
        send(made, "post", "", useful="3")
        send(made, "follow-up", code, identify_victim="4", communicate="4", applied="yes", humane="3")

    later = appraising.appraise(made, "pre", "follow-up")

    assert later.forms.pairs == 6
    assert later.changes[0].found.mean_after == 4
    assert {each.name: each.good for each in later.answers}["applied"] == 6


def test_looking_back_is_told_beside_the_change_and_never_pooled(app: Flask) -> None:
    made = make(app, plan=Plan("Looking back", "viet_nam", "ngo", DAY, ("en",), ("referral",), retrospective=True))
    for card in workshops.add_cards(made, 10, "tester"):
        send(made, "pre", card.code, referral="3")
        send(made, "post", card.code, referral="3", referral_before="1")

    found = appraising.as_json(appraising.appraise(made))["competencies"]["referral"]

    assert found["mean_change"] == 0
    assert found["retrospective"]["response_shift"] == -2
    assert found["retrospective"]["felt_change"] == 2
    assert "response shift" in found["retrospective"]["note"]


# Whose forms ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def mistyped(app: Flask, trainer: tuple[FlaskClient, User]) -> tuple[FlaskClient, Workshop, Response, Response]:
    """A trainer's workshop of twelve, and two forms more of one person whose code differs by one slip."""
    client, user = trainer
    made = make(app, user)
    fill(made, 12)
    first = send(made, "pre", "1234562", identify_victim="1", communicate="1")
    second = send(made, "post", "1234652", identify_victim="3", communicate="1")
    return client, made, first, second


def without_earlier(response: Response) -> list[tuple[str | None, str | None]]:
    """Who took back that a form has none before it, and why, judgement by judgement."""
    made = db.session.query(Judgement).filter_by(response_id=response.id, rule="no-earlier-wave").order_by(Judgement.id)
    return [(each.withdrawn_by, each.withdrawn_why) for each in made]


def paired(workshop: Workshop) -> int:
    return appraising.appraise(workshop).forms.pairs


def test_a_near_miss_is_joined_by_the_trainer_for_a_reason_and_can_be_taken_back(
    mistyped: tuple[FlaskClient, Workshop, Response, Response],
) -> None:
    client, made, first, second = mistyped
    address, pair = f"/train/{made.code}/links", {"first": first.id, "second": second.id}
    page = client.get(address).text
    assert "Two neighbours changed places" in page
    assert paired(made) == 12, "nothing is joined by itself"

    assert "Please say why" in post(client, address, do="join", why="yes", **pair).text
    assert paired(made) == 12
    assert post(client, address, do="join", why=WHY, **pair).status_code == 302
    assert paired(made) == 13
    (decision,) = db.session.query(LinkDecision).all()
    assert (decision.joined, decision.why) == (True, WHY)
    assert decision.score is not None
    assert decision.score > 0.9
    assert "decided already" in post(client, address, do="apart", why=WHY, **pair).text
    assert without_earlier(second) == [(decision.made_by, f"Joined with form {first.id}. {WHY}")]
    assert post(client, address, do="take back", first=decision.id, why="It was another person.").status_code == 302
    assert paired(made) == 12
    assert without_earlier(second)[1:] == [(None, None)], "it stands alone again"
    assert post(client, address, do="apart", why="It was another person.", **pair).status_code == 302
    assert "Two neighbours changed places" not in client.get(address).text
    log = [entry.what for entry in db.session.query(LogEntry).order_by(LogEntry.number)]
    deeds = [what for what in log if "flag" not in what]
    assert deeds[-3:] == ["joined two forms", "took a link decision back", "held two forms apart"]


def test_someone_who_answered_twice_is_paired_once_a_form_is_set_aside(
    app: Flask, trainer: tuple[FlaskClient, User]
) -> None:
    client, user = trainer
    made = make(app, user)
    codes = fill(made, 12)
    again = send(made, "post", codes[0], identify_victim="4", communicate="4")
    first = next(form.id for form in links.forms(made) if form.wave == "post" and form.code == codes[0])
    address = f"/train/{made.code}/links"
    assert paired(made) == 11
    assert "answered twice" in client.get(address).text

    assert post(client, address, do="set aside", first=again.id, second=first, why=WHY).status_code == 302
    assert paired(made) == 12
    (judgement,) = db.session.query(Judgement).filter(Judgement.duplicate_of_id.is_not(None)).all()
    assert (judgement.response_id, judgement.duplicate_of_id) == (again.id, first)
    assert post(client, address, do="count again", first=judgement.id, why="They were two people.").status_code == 302
    assert paired(made) == 11


def test_what_cannot_be_decided_is_refused_in_words(
    mistyped: tuple[FlaskClient, Workshop, Response, Response], sign_in: Callable[..., User]
) -> None:
    client, made, first, _ = mistyped
    address = f"/train/{made.code}/links"
    same_wave = next(form.id for form in links.forms(made) if form.wave == "pre" and form.id != first.id)

    assert "set one of them aside" in post(client, address, do="join", first=first.id, second=same_wave, why=WHY).text
    assert "not two valid forms" in post(client, address, do="join", first=first.id, second=first.id, why=WHY).text
    assert "not two valid forms" in post(client, address, do="join", first=first.id, second=99999, why=WHY).text
    assert "no such decision" in post(client, address, do="take back", first=99999, why=WHY).text
    assert "no such form" in post(client, address, do="count again", first=99999, why=WHY).text
    for wrong in ({"first": "x"}, {"first": "9" * 30, "second": "1"}, {"first": first.id}):
        assert post(client, address, do="join", why=WHY, **wrong).status_code == 400


# Pages and documents -------------------------------------------------------------------------------------------------


def test_the_pages_and_the_document_show_what_changed(
    app: Flask, trainer: tuple[FlaskClient, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, user = trainer
    made = make(app, user)
    fill(made, 12, lost=2)

    page = client.get(f"/train/{made.code}/appraisal").text
    summary = client.get(f"/train/{made.code}/summary").text
    monkeypatch.setattr(pictures, "available", lambda: False)
    document = client.get(f"/train/{made.code}/summary.docx").data

    figures = json.loads(re.search(r'id="figures">(.+?)</script>', page, re.S)[1])  # type: ignore[index]
    assert {"figure-means", "figure-people", "figure-identify_victim"} <= figures.keys()
    colours = {bars["marker"]["color"] for bars in figures["figure-identify_victim"]["data"]}
    assert len(colours) == 2, "before and after are told apart"
    assert not any(card.code in page for card in workshops.cards(made)), "no code stands on the page"
    words = zipfile.ZipFile(BytesIO(document)).read("word/document.xml").decode()
    for text in (page, summary, words):
        assert "12 rose, 0 stayed and 0 fell" in text
        assert "why they did is not shown" in text
    assert "pip install 'surveytool[pictures]'" in words
    bare = client.get(f"/train/{made.code}/summary.docx?pictures=no").data
    assert "surveytool[pictures]" not in zipfile.ZipFile(BytesIO(bare)).read("word/document.xml").decode()
    assert client.get(f"/train/{made.code}/appraisal?from=post&to=pre").status_code == 200


@pytest.mark.full
@pytest.mark.chromium
@pytest.mark.pictures
def test_the_documents_have_the_pictures_of_the_pages(app: Flask) -> None:
    made = make(app)
    fill(made, 12)
    found = appraising.appraise(made)
    country = ladder.country_page("cambodia", [made], synthetic=False)

    shown = [
        docx.Document(BytesIO(each)) for each in (appraisal_papers.docx(found), appraisal_papers.country_docx(country))
    ]

    assert [len(each.inline_shapes) for each in shown] == [len(appraisal_pictures.pictures(found)), 1]
    assert len(appraisal_pictures.pictures(found)) == 2 + len(ASKED)


# The evaluator -------------------------------------------------------------------------------------------------------


def test_evaluators_see_workshops_without_counts_of_few_people(
    app: Flask, trainer: tuple[FlaskClient, User], sign_in: Callable[..., User]
) -> None:
    made = make(app, trainer[1])
    fill(made, 10)
    for card in workshops.add_cards(made, 2, "tester"):
        send(made, "pre", card.code, identify_victim="4", communicate="3")
        send(made, "post", card.code, identify_victim="1", communicate="3")
    client = app.test_client()
    sign_in(client, "evaluator")

    mine = trainer[0].get(f"/train/{made.code}/appraisal").text
    theirs = client.get(f"/evaluate/workshops/{made.code}").text

    assert "10 rose, 0 stayed and 2 fell" in mine
    assert "2 fell" not in theirs
    assert "the mean changed by +0.33" in theirs
    hidden = appraising.protected(appraising.appraise(made), 5)
    assert (hidden.changes[0].found.rose, hidden.changes[0].table) == (None, None)
    # From T+ and the rank-biserial the ranks of those who changed follow, and from these how many stayed.
    assert (hidden.changes[0].found.statistic, hidden.changes[0].found.effect_size) == (None, None)
    assert hidden.changes[0].found.p_value is not None
    assert hidden.changes[1].found.stayed == 12
    assert hidden.composite.steps == ()


def test_workshops_are_pooled_for_each_audience_apart(
    app: Flask, sign_in: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, audience in enumerate(("government", "government", "government", "ngo")):
        plan = Plan(f"Workshop {number}", "cambodia", audience, DAY, ("en",), ASKED, topic="case work")
        made = make(app, plan=plan)
        codes = [card.code for card in workshops.add_cards(made, 10, "tester")]
        for place, code in enumerate(codes):
            send(made, "pre", code, identify_victim="1", communicate="1")
            send(made, "post", code, identify_victim=str(1 + (place + number) % 3), communicate="2")
    client = app.test_client()
    sign_in(client, "evaluator")

    government, ngo = ladder.pools(ladder.lines(ladder.every_workshop(synthetic=False)))
    page = client.get("/evaluate/workshops").text
    country = client.get("/evaluate/workshops/country/cambodia").text

    assert (government.pooled.n, ngo.pooled.estimate) == (3, None)
    assert government.pooled.tau2 is not None
    assert "Over 3 workshops for government with 30 people paired" in page
    assert "nothing to pool" in page
    assert client.get("/evaluate/workshops?country=thailand").text.count("Workshop 0") == 0
    assert "Not known" in client.get("/evaluate/workshops?country=france&since=yesterday").text
    for rung in ("Trained", "Found it useful", "Can do it", "Applies it", "treated humanely"):
        assert rung in country
    monkeypatch.setattr(pictures, "available", lambda: False)
    document = client.get("/evaluate/workshops/country/cambodia/page.docx").data
    assert "Can do it" in zipfile.ZipFile(BytesIO(document)).read("word/document.xml").decode()


def test_an_evaluator_for_one_country_sees_its_workshops_alone(app: Flask, sign_in: Callable[..., User]) -> None:
    made = make(app)
    client = app.test_client()
    sign_in(client, "evaluator", country="thailand")

    assert "Case work in Poipet" not in client.get("/evaluate/workshops").text
    assert client.get(f"/evaluate/workshops/{made.code}").status_code == 404
    assert client.get("/evaluate/workshops/country/cambodia").status_code == 404
    assert client.get("/evaluate/workshops/country/thailand").status_code == 200


# The command line ----------------------------------------------------------------------------------------------------


def test_workshops_on_the_command_line(empty_instance: Path, tmp_path: Path) -> None:
    import shutil

    folder = shutil.copytree(empty_instance, tmp_path / "instance")

    def run(*args: str) -> Any:
        return CliRunner().invoke(main, ["--instance", str(folder), "workshop", *args], catch_exceptions=False)

    new = ("--title", "Case work", "--country", "cambodia", "--audience", "ngo", "--starts-on", "2026-05-04")
    assert "is made" in run("create", "poipet", *new, "--language", "km", "--competency", "referral").output
    assert "is open at /c/" in run("open", "poipet", "pre").output
    assert run("open", "poipet", "pre").exit_code == 1
    assert "is closed" in run("close", "poipet", "pre").output
    assert len(run("cards", "poipet", "--number", "3").output.split()) == 3
    assert run("list").output.startswith("poipet\tcambodia\tngo\t2026-05-04\t0\t0\t0\tCase work")
    found = json.loads(run("appraise", "poipet", "--format", "json").output)
    assert set(found["competencies"]["referral"]) >= {
        *("n_pairs", "only_pre", "only_post", "table", "rose", "stayed", "fell", "mean_before", "mean_after"),
        *("mean_change", "ci95", "hodges_lehmann", "wilcoxon", "p_adjusted", "rank_biserial", "note"),
    }
    assert found["competencies"]["referral"]["n_pairs"] == 0
    assert "Nobody is paired" in run("appraise", "poipet").output
    assert "Say where" in run("appraise", "poipet", "--format", "docx").output
    assert (
        run("appraise", "poipet", "--format", "docx", "--no-pictures", "--output", str(tmp_path / "a.docx")).exit_code
        == 0
    )
    assert run("appraise", "nowhere").exit_code == 1
    assert run("create", *new, "--language", "xx").exit_code == 1
    assert "is fixed since" in run("change", "poipet", "--topic", "referral").output
    assert "is made like" in run("copy", "poipet", "again", "--starts-on", "2026-09-07").output
    assert "is changed" in run("change", "again", "--competency", "communicate", "--main", "communicate").output
    assert "is finished" in run("finish", "poipet").output
    assert "is deleted" in run("delete", "again").output
    assert run("delete", "again").exit_code == 1


# Who sees the waves of a workshop ------------------------------------------------------------------------------------


def test_trainees_forms_and_small_counts_are_for_the_trainer_of_the_workshop_alone(
    app: Flask, trainer: tuple[FlaskClient, User], sign_in: Callable[..., User]
) -> None:
    """Whatever page is added later for a collection is refused too, unless it is marked as showing no answers."""
    workshop = make(app, trainer[1], code="poipet")
    fill(workshop, 6)
    app.config |= {"RATELIMIT_ENABLED": False, "WTF_CSRF_ENABLED": False}
    evaluator, other = app.test_client(), app.test_client()
    sign_in(evaluator, "evaluator")
    sign_in(other, "trainer")
    refused = 0
    for rule in app.url_map.iter_rules():
        if "code" not in rule.arguments or "evaluator" not in RULES[rule.endpoint].roles or RULES[rule.endpoint].waves:
            continue
        values = {name: VALUES[name] for name in rule.arguments} | {"code": "poipet-before", "number": "1"}
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **values)
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer = evaluator.open(address, method=method)
            assert answer.status_code == 403, address
            assert "only the trainer of the workshop sees them" in answer.text
            refused += 1

    assert refused > 60
    for place in ("", "responses", "export", "validation", "collection"):
        assert other.get(f"/evaluate/poipet-before/{place}").status_code == 403
        assert trainer[0].get(f"/evaluate/poipet-before/{place}").status_code == 200
    page = evaluator.get("/evaluate/poipet-before/collection").text
    assert "/evaluate/poipet-before/responses" not in page
    assert "/evaluate/workshops/poipet" in page
    assert evaluator.get("/evaluate/workshops/poipet").status_code == 200


def test_a_trainer_looks_at_the_forms_of_their_workshop_and_takes_in_what_came_late(
    app: Flask, trainer: tuple[FlaskClient, User]
) -> None:
    client, account = trainer
    workshop = make(app, account, code="poipet")
    codes = fill(workshop, 6)
    before = workshops.waves(workshop)["pre"]
    workshops.close_wave(workshop, "pre", "tester")
    sent = {"identify_victim": ["4"], "card_code": [codes[0]]}
    late = intake.receive(before, sent, submission="late", language="en")

    page = client.get("/train/poipet/").text
    kept_aside = client.get("/evaluate/poipet-before/aside").text

    assert isinstance(late, intake.Aside)
    assert "/evaluate/poipet-before/aside" in page
    assert "closed when it arrived" in kept_aside
    assert client.get("/evaluate/poipet-before/responses").status_code == 200
    assert client.get("/evaluate/").status_code == 403


@pytest.mark.parametrize("role", ["clerk", "translator"])
def test_who_types_or_translates_goes_on_doing_so(app: Flask, sign_in: Callable[..., User], role: str) -> None:
    workshop = make(app, code="poipet")
    fill(workshop, 6)
    client = app.test_client()
    sign_in(client, role)

    place = {"clerk": "entry", "translator": "translating"}[role]

    assert client.get(f"/evaluate/poipet-before/{place}").status_code == 200
    assert client.get("/evaluate/poipet-before/responses").status_code == 403
