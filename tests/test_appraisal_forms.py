"""Trainees fill in their appraisal wave by wave: what each wave asks, linking codes, what is told, kept and flagged."""

import datetime
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from surveytool import collections, linking
from surveytool.app import create_app
from surveytool.definitions import DefinitionError, Wording, load_questionnaire, load_wordings
from surveytool.definitions.loading import build, questionnaire_folder, read_raw
from surveytool.models import (
    WAVES,
    Answer,
    Collection,
    Judgement,
    LinkingCard,
    Response,
    SetAside,
    Standing,
    User,
    Workshop,
    db,
)
from surveytool.workshop_questionnaire import BEFORE, LINKING, NAME, for_workshop, framework, own_name
from tests.conftest import _app_on, _settle

QUESTIONNAIRE = load_questionnaire(NAME)
WORDINGS = load_wordings(questionnaire_folder(NAME), read_raw(NAME))
LANGUAGES = ("en", "th", "vi", "lo", "km", "my")
CHOSEN = ("communicate", "referral")
OWN = {"label": {tag: f"Ride a bicycle ({tag})" for tag in LANGUAGES}}


def make_workshop(code: str = "battambang", linked_by: str = "cards", *, opened: tuple[str, ...] = WAVES) -> Workshop:
    """Make a workshop with a collection for each wave, some of them open."""
    structure, wordings = for_workshop(QUESTIONNAIRE, WORDINGS, CHOSEN, [OWN], True, linked_by, LANGUAGES)
    day = datetime.date(2026, 11, 2)
    workshop = Workshop(code=code, title="Case work", country="cambodia", starts_on=day, ends_on=day, made_by="tester")
    workshop.languages, workshop.audience, workshop.linking = " ".join(LANGUAGES), "ngo", linked_by
    workshop.structure, workshop.wordings = structure, wordings
    db.session.add(workshop)
    db.session.flush()
    for wave in WAVES:
        place = f"{code}-{wave}"
        asked = {"join_code": place, "offered": LANGUAGES, "workshop": workshop, "wave": wave}
        collection = collections.create(place, NAME, "Case work", **asked, who="tester")
        if wave in opened:
            collections.open_(collection, "tester")
    db.session.commit()
    return workshop


def add_card(workshop: Workshop) -> str:
    code = linking.new_code()
    db.session.add(LinkingCard(workshop_id=workshop.id, code=code))
    db.session.commit()
    return code


def send(
    client: FlaskClient, wave: str, language: str = "en", *, code: str = "battambang", **fields: Any
) -> TestResponse:
    """Send a form of a wave; a field with a dot in its name is written with two underscores."""
    answers = {name.replace("__", "."): value for name, value in fields.items()}
    answers.setdefault("submission", str(uuid.uuid4()))
    return client.post(f"/c/{code}-{wave}/{language}", data=answers)


def kept(wave: str | None = None) -> list[Response]:
    query = select(Response).join(Collection, Collection.id == Response.collection_id).order_by(Response.id)
    return list(db.session.scalars(query.where(Collection.wave == wave) if wave else query))


def flags(response: Response) -> set[str]:
    rules = db.session.scalars(
        select(Judgement.rule).where(
            Judgement.response_id == response.id, Judgement.effect == "flag", Judgement.withdrawn_at.is_(None)
        )
    )
    return {str(rule) for rule in rules}


@pytest.fixture(scope="module")
def workshops(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with two workshops, one of cards and one of own codes, all waves open; copied, never used."""
    folder = Path(shutil.copytree(empty_instance, tmp_path_factory.mktemp("workshops") / "instance"))
    with create_app(folder).app_context():
        make_workshop()
        make_workshop("hanoi", "self")
        _settle()
    return folder


@pytest.fixture
def app(workshops: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application on a copy of the instance with the workshops."""
    yield from _app_on(Path(shutil.copytree(workshops, tmp_path / "instance")))


@pytest.fixture
def workshop(app: Flask) -> Workshop:
    """The workshop of cards, whose three waves are open."""
    return db.session.scalars(select(Workshop).where(Workshop.code == "battambang")).one()


# What each wave asks ------------------------------------------------------------------------------------------------


ASKED: dict[str, set[str]] = {
    "pre": set(),
    "post": {"communicate_before", "referral_before", "useful", "expect_to_apply"},
    "follow-up": {"applied", "applied_which", "applied_why_not", "humane", "in_the_way"},
}


def test_a_wave_shows_its_own_questions_and_no_others(client: FlaskClient, workshop: Workshop) -> None:
    own = own_name(OWN["label"], LANGUAGES)
    for wave, asked in ASKED.items():
        html = client.get(f"/c/battambang-{wave}/km").text
        shown = set(re.findall(r'data-item="([^"]+)"', html))

        assert shown - {own, own + BEFORE} == {"card_code", *CHOSEN} | asked
        assert own in shown
        assert (own + BEFORE in shown) == (wave == "post")


def test_the_anchors_stand_once_above_their_questions(client: FlaskClient, workshop: Workshop) -> None:
    html = client.get("/c/battambang-pre/en").text

    assert html.count('<dl class="anchors">') == 1
    assert html.count('type="radio"') == 5 * (len(CHOSEN) + 1)
    assert html.index("Well enough to teach others</dd>") < html.index('name="communicate"')


def test_what_another_wave_asks_is_not_asked_of_this_one(client: FlaskClient, workshop: Workshop) -> None:
    card = add_card(workshop)
    assert send(client, "pre", card_code=card, communicate="1", useful="4").status_code == 200

    (response,) = kept()
    states = {row.variable: (row.state, row.code) for row in db.session.scalars(select(Answer))}
    assert response.wave == "pre"
    assert states["communicate"] == ("value", "1")
    assert states["referral"] == ("no_answer", None)
    assert states["communicate_before"] == ("not_asked", None)
    assert states["applied"] == ("not_asked", None)
    # What was sent although it was not asked is kept, and by rule it does not count.
    assert states["useful"] == ("value", "4")
    stands = db.session.scalar(select(Standing.state).where(Standing.variable == "useful"))
    assert stands == "invalid"


def test_a_form_is_of_the_country_of_its_workshop(client: FlaskClient, workshop: Workshop) -> None:
    send(client, "pre", communicate="1")

    assert kept()[0].country == "cambodia"
    assert db.session.scalars(select(Standing.country).distinct()).all() == ["cambodia"]


def test_an_empty_form_does_not_count_and_looking_back_alone_does(client: FlaskClient, workshop: Workshop) -> None:
    card = add_card(workshop)
    send(client, "post", card_code=card)
    send(client, "post", card_code=add_card(workshop), referral_before="2")

    excluded = db.session.scalars(select(Judgement.response_id).where(Judgement.effect == "exclude form")).all()
    assert excluded == [kept()[0].id]


# The code of a card -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["{0}-{1}", " {0} {1} ", "{0}{1}", "{0}–{1}"])
@pytest.mark.parametrize("digits", ["0123456789", "០១២៣៤៥៦៧៨៩", "၀၁၂၃၄၅၆၇၈၉", "๐๑๒๓๔๕๖๗๘๙", "໐໑໒໓໔໕໖໗໘໙"])
def test_a_code_is_the_same_however_it_is_typed(typed: str, digits: str) -> None:
    code = linking.new_code()
    written = typed.format(code[:3], code[3:]).translate({ord(str(n)): digit for n, digit in enumerate(digits)})

    assert linking.fold(written) == code
    assert linking.check(written)
    assert linking.shown(code) == f"{code[:3]}-{code[3:]}"


def test_one_slip_of_a_finger_never_makes_another_code() -> None:
    code = linking.new_code()
    slips = {code[:i] + digit + code[i + 1 :] for i in range(7) for digit in "0123456789"} - {code}
    swaps = {code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(6)} - {code}

    assert not any(map(linking.check, slips | swaps))


def test_the_codes_of_a_workshop_are_far_apart() -> None:
    taken: list[str] = []
    for _ in range(60):
        taken.append(linking.new_code(taken))

    apart = [sum(a != b for a, b in zip(x, y, strict=True)) for i, x in enumerate(taken) for y in taken[:i]]
    assert min(apart) >= linking.APART


def test_the_code_is_neither_an_answer_nor_shown_again(client: FlaskClient, workshop: Workshop) -> None:
    card = add_card(workshop)
    send(client, "pre", card_code=linking.shown(card), communicate="1")

    (response,) = kept()
    assert response.linking == card
    assert "card_code" not in response.sent
    assert not db.session.scalars(select(Answer).where(Answer.variable == "card_code")).all()


def test_a_mistyped_code_is_asked_about_once_and_then_kept_and_flagged(client: FlaskClient, workshop: Workshop) -> None:
    for language in LANGUAGES:
        _mistype(client, add_card(workshop), language)

    assert len(kept()) == len(LANGUAGES)


def _mistype(client: FlaskClient, card: str, language: str) -> None:
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    before = len(kept())
    asked = send(client, "pre", language, card_code=wrong, communicate="1")

    assert asked.status_code == 422
    assert f'lang="{language}"' in asked.text
    assert 'id="e-card_code"' in asked.text
    assert f'value="{wrong}"' in asked.text
    assert re.search(r'name="communicate" value="1" checked', asked.text)
    assert len(kept()) == before
    (confirmed,) = re.findall(r'name="card_code\.confirmed" value="([^"]+)"', asked.text)

    again = send(client, "pre", language, card_code=wrong, card_code__confirmed=confirmed, communicate="1")
    assert again.status_code == 200
    response = kept()[-1]
    assert response.linking == wrong
    assert flags(response) == {"unknown-code"}


def test_a_code_changed_after_the_question_is_asked_about_anew(client: FlaskClient, workshop: Workshop) -> None:
    add_card(workshop)

    assert send(client, "pre", card_code="1234560", card_code__confirmed="1234561", communicate="1").status_code == 422


def test_a_code_of_another_workshop_is_asked_about_and_flagged(client: FlaskClient, workshop: Workshop) -> None:
    foreign = add_card(make_workshop("vientiane"))

    assert send(client, "pre", card_code=foreign, communicate="1").status_code == 422
    send(client, "pre", card_code=foreign, card_code__confirmed=foreign, communicate="1")
    assert flags(kept()[0]) == {"unknown-code"}


def test_two_forms_of_a_wave_with_one_code_are_both_kept_the_later_flagged(
    client: FlaskClient, workshop: Workshop
) -> None:
    card = add_card(workshop)
    told = [send(client, "pre", "km", card_code=card, communicate=rating).text for rating in "13"]

    first, second = kept()
    received_before = "កម្រងសំណួរមួយដែលមានលេខកូដនេះ ត្រូវបានទទួលពីមុនមកហើយ។"
    assert [received_before in text for text in told] == [False, True]
    assert (flags(first), flags(second)) == (set(), {"code-twice"})


def test_an_after_without_a_before_is_kept_and_flagged(client: FlaskClient, workshop: Workshop) -> None:
    paired, alone = add_card(workshop), add_card(workshop)
    send(client, "pre", card_code=paired, communicate="1")
    told = [send(client, "post", card_code=code, communicate="3").text for code in (paired, alone, "")]
    send(client, "follow-up", card_code=alone, applied="yes")

    assert ["No earlier form with this code was found" in text for text in told] == [False, True, False]
    assert "Your answers are kept in any case" in told[1]

    assert [flags(response) for response in kept("post")] == [set(), {"no-earlier-wave"}, {"no-earlier-wave"}]
    # At follow-up either of the waves before will do.
    assert flags(kept("follow-up")[0]) == set()

    send(client, "pre", card_code=alone, communicate="2")

    came_late = kept("post")[1]
    assert [flags(response) for response in kept("post")] == [set(), set(), {"no-earlier-wave"}]
    (taken_back,) = db.session.query(Judgement).filter_by(response_id=came_late.id)
    assert taken_back.withdrawn_by == "rule"
    assert "came later" in taken_back.withdrawn_why


def test_a_form_without_a_code_is_kept(client: FlaskClient, workshop: Workshop) -> None:
    for _ in range(2):
        assert send(client, "pre", communicate="1").status_code == 200

    assert [(response.linking, flags(response)) for response in kept()] == [("", set()), ("", set())]


def test_a_correction_keeps_the_code_and_is_no_second_form(client: FlaskClient, workshop: Workshop) -> None:
    card = add_card(workshop)
    thanks = send(client, "pre", card_code=card, communicate="1").text
    receipt = re.findall(r'name="receipt" value="(\d+)"', thanks)[0]
    form = client.post("/r/en/correct", data={"receipt": receipt}).text
    submission = re.findall(r'name="submission" value="([^"]+)"', form)[0]
    client.post("/r/en/correct", data={"receipt": receipt, "submission": submission, "communicate": "2"})

    _, correction = kept()
    assert (correction.linking, correction.wave, flags(correction) & {"code-twice", "unknown-code"}) == (
        card,
        "pre",
        set(),
    )


# A code of one's own ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (("7", "មាលា", "សុខ", "៣", "កំពង់ចាម"), "07-ម-ស-03-ក"),
        (("07", "ម", "ស", "3 នាក់", "ក"), "07-ម-ស-03-ក"),
        # The vowel before the consonant is passed over, or kept where nothing else was typed.
        (("๒๑", "เมตตา", "ไพศาล", "0", "แพร่"), "21-ม-พ-00-พ"),
        (("21", "เ", "พ", "0", "พ"), "21-เ-พ-00-พ"),
        (("1", "ໂສມ", "ຄຳ", "2", "ວຽງຈັນ"), "01-ສ-ຄ-02-ວ"),
        # Typed with a digit zero for the letter that looks the same, and the reverse.
        (("၁၀", "၀င်း", "အောင်", "၁", "မန္တလေး"), "10-ဝ-အ-01-မ"),
        (("၁ဝ", "ဝင်း", "အ", "၁", "မ"), "10-ဝ-အ-01-မ"),
        (("30", "Ấn", "Bình", "1", "Đà Nẵng"), "30-a-b-01-đ"),
        (("30", " ân", "bình", "1", "đà nẵng"), "30-a-b-01-đ"),
        (("", "a", "", "", ""), "_-a-_-_-_"),
        (("", "", "", "", " "), ""),
    ],
)
def test_a_code_of_ones_own_is_the_same_in_every_wave(facts: tuple[str, ...], code: str) -> None:
    takes = ("number", "letter", "letter", "number", "letter")

    assert linking.own_code(zip(takes, facts, strict=True)) == code


def test_trainees_without_cards_answer_five_short_questions(app: Flask, client: FlaskClient) -> None:
    html = client.get("/c/hanoi-pre/vi").text
    names = re.findall(r'name="(own_code\.\w+)"', html)
    assert len(names) == 5

    answers = dict(zip((name.replace(".", "__") for name in names), ("7", "Hoa", "Minh", "2", "Huế"), strict=True))
    assert send(client, "pre", "vi", code="hanoi", communicate="2", **answers).status_code == 200
    (response,) = kept()
    assert response.linking == "07-h-m-02-h"
    assert flags(response) == set()
    # A word typed for its first letter is not kept.
    assert not [name for name in response.sent if name.startswith("own_code")]


def test_a_number_that_is_none_is_asked_for_again(app: Flask, client: FlaskClient) -> None:
    asked = send(client, "pre", "vi", code="hanoi", own_code__birth_day="ngày bảy", communicate="2")
    assert asked.status_code == 422
    assert 'id="e-own_code"' in asked.text
    assert "ngày bảy" in asked.text


# A wave that is not open --------------------------------------------------------------------------------------------


def test_a_wave_that_is_not_open_says_so_in_the_trainees_language(app: Flask, client: FlaskClient) -> None:
    make_workshop("luang", opened=("pre",))
    for language in LANGUAGES:
        shown = client.get(f"/c/luang-post/{language}")
        sent = send(client, "post", language, code="luang", communicate="3")

        assert shown.status_code == sent.status_code == 409
        assert f'<html lang="{language}"' in shown.text
        titles = [re.findall(r"<h1>(.*?)</h1>", each.text)[0] for each in (shown, sent)]
        assert titles[0] == titles[1]
        assert (titles[0] == "This survey is not open yet.") == (language == "en")


def test_what_comes_before_a_wave_opens_is_kept_aside_and_can_be_taken_in(app: Flask, client: FlaskClient) -> None:
    from surveytool import intake

    card = add_card(make_workshop("luang", opened=("pre",)))
    page = send(client, "post", code="luang", card_code=card, communicate="3")
    assert "not been lost" in page.text
    (aside,) = db.session.scalars(select(SetAside)).all()
    assert aside.reason == intake.NOT_OPEN

    post = collections.find("luang-post")
    collections.open_(post, "tester")
    db.session.commit()
    outcome = intake.take_in(post, aside, "tester", "It was sent a minute too early.")
    assert isinstance(outcome, intake.Kept)
    assert (outcome.response.wave, outcome.response.linking) == ("post", card)


def test_what_comes_after_a_wave_closed_is_kept_aside(client: FlaskClient, workshop: Workshop) -> None:
    collections.close(collections.find("battambang-pre"), "tester")
    db.session.commit()

    assert send(client, "pre", "km", card_code="1", communicate="3").status_code == 409
    assert not kept()
    assert len(db.session.scalars(select(SetAside)).all()) == 1


# The questionnaire of a workshop ------------------------------------------------------------------------------------


@pytest.mark.parametrize("linked_by", LINKING)
@pytest.mark.parametrize("retrospective", [True, False])
def test_a_workshop_asks_what_it_chose_in_the_order_of_the_framework(linked_by: str, retrospective: bool) -> None:
    structure, wordings = for_workshop(
        QUESTIONNAIRE, WORDINGS, ("referral", "communicate"), [OWN], retrospective, linked_by, ("km", "en")
    )
    q, own = build(structure), own_name(OWN["label"], ("en",))
    names = list(q.items)

    assert names[:4] == [LINKING[linked_by], "communicate", "referral", own]
    assert (own + BEFORE in names) == retrospective
    assert set(wordings) == {"en", "km"}
    assert wordings["km"][f"items.{own}.label"] == "Ride a bicycle (km)"
    for tag, strings in wordings.items():
        wording = Wording(tag, strings)
        assert all(wording.label(name) for name in names)
        assert all(wording.choice(item.choice_list, code) for item in q.items.values() for code in item.codes)
    assert [line.number for line in q.report] == list(q.numbered)


def test_an_own_competency_needs_words_in_the_workshops_languages_only() -> None:
    own = [{"label": {"km": "ជិះកង់"}}]
    _, wordings = for_workshop(QUESTIONNAIRE, WORDINGS, (), own, False, "cards", ("km",))
    name = own_name(own[0]["label"], ("km",))
    assert wordings["en"][f"items.{name}.label"] == wordings["km"][f"items.{name}.label"] == "ជិះកង់"

    with pytest.raises(DefinitionError, match=r"its wording in 'lo' is missing"):
        for_workshop(QUESTIONNAIRE, WORDINGS, (), own, False, "cards", ("km", "lo"))


def test_own_competencies_never_collide() -> None:
    assert not [name for name in framework(QUESTIONNAIRE) if name.startswith("own_")]
    assert own_name({"en": "Follow up"}, ("en",)) != own_name({"en": "Refer"}, ("en",))
    with pytest.raises(DefinitionError, match="words of another"):
        for_workshop(QUESTIONNAIRE, WORDINGS, (), [OWN, OWN], False, "cards", ("en",))


def test_everything_wrong_with_a_choice_is_told_at_once() -> None:
    with pytest.raises(DefinitionError) as told:
        for_workshop(QUESTIONNAIRE, WORDINGS, ("flying",), [], False, "names", ("fr",))

    assert {problem.code for problem in told.value.problems} == {"unknown-competency", "linking", "language"}


# On paper -----------------------------------------------------------------------------------------------------------


def test_paper_prints_what_its_wave_asks_and_is_typed_with_its_code(
    app: Flask, client: FlaskClient, sign_in: Callable[..., User]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, "clerk")
    printed = client.get("/evaluate/hanoi-post/print/form?language=km&copies=1").text
    assert "កម្រងសំណួរក្រោយសិក្ខាសាលា" in printed, "says which of the three forms it is"
    assert set(re.findall(r'data-item="([^"]+)"', printed)) >= {
        "own_code",
        "communicate",
        "communicate_before",
        "useful",
    }
    assert "applied" not in re.findall(r'data-item="([^"]+)"', printed)

    begun = client.post("/evaluate/hanoi-post/entry", data={"language": "km", "mode": "paper"}).headers["Location"]
    assert "in_the_way" not in client.get(begun).text
    typed = {"own_code": "៧-ម-ស-3-_", "communicate": "2", "communicate_before": "1", "page_id": "p", "go": "review"}
    client.post(begun, data=typed)
    review = client.get(f"{begun}/review").text
    assert "07-ម-ស-03-_" in review
    since = re.findall(r'name="since" value="([^"]+)"', review)[0]
    client.post(f"{begun}/review", data={"since": since, "keep": "1"})

    (response,) = kept("post")
    assert (response.linking, response.mode, response.wave) == ("07-ម-ស-03-_", "paper", "post")
    assert flags(response) == {"no-earlier-wave"}


def test_a_clerk_is_asked_back_about_a_code_of_no_card_and_what_was_typed_stays(
    app: Flask, client: FlaskClient, workshop: Workshop, sign_in: Callable[..., User]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, "clerk")
    card = add_card(workshop)
    mistyped = card[:-1] + str((int(card[-1]) + 1) % 10)
    begun = client.post("/evaluate/battambang-pre/entry", data={"language": "km", "mode": "paper"}).headers["Location"]
    typed = {"card_code": mistyped, "communicate": "2", "page_id": "p", "go": "review"}
    asked = f"“{mistyped}” is not a code of a card of this workshop"

    client.post(begun, data=typed)
    page, review = client.get(begun).text, client.get(f"{begun}/review").text

    assert asked in page
    assert f'value="{mistyped}"' in page
    assert asked in review
    assert "the code stands so on the paper" in review
    assert 'name="keep"' not in review
    client.post(f"{begun}/review", data={"confirm": "1"})
    # Another wrong code is asked about again; the right one, or the same one once confirmed, is not.
    for code, asks in ((mistyped[::-1], True), (card, False), (mistyped, False)):
        client.post(begun, data=typed | {"card_code": code, "card_code.confirmed": mistyped})
        assert ("is not a code of a card" in client.get(f"{begun}/review").text) is asks
    since = re.findall(r'name="since" value="([^"]+)"', client.get(f"{begun}/review").text)[0]
    client.post(f"{begun}/review", data={"since": since, "keep": "1"})

    (response,) = kept("pre")
    assert (response.linking, flags(response)) == (mistyped, {"unknown-code"})
