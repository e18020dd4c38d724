"""Translating answers: beside the original, approved by a second reader, stale when the words change, never unseen."""

from typing import Any

import pytest
from flask import Flask

from surveytool import collections, intake
from surveytool.judge import translating
from surveytool.likeness import written_in
from surveytool.models import Collection, LogEntry, Response, Translation, db

BODY = "body_national"
WHY = "a reason that is long enough"
ANNA, BEN = "anna@example.org", "ben@example.org"

ANSWERS = [
    ("thailand", "th", "กรมพัฒนาสังคมและสวัสดิการ"),
    ("thailand", "th", "กรมพัฒนาสังคมและสวัสดิการ"),
    ("thailand", "th", "DSDW"),
    ("lao_pdr", "lo", "ສະຫະພັນແມ່ຍິງລາວ"),
    ("cambodia", "km", "ក្រសួងកិច្ចការនារី"),
    ("myanmar", "my", "ရဲတပ်ဖွဲ့"),
    ("viet_nam", "vi", "Hội Liên hiệp Phụ nữ"),
    ("myanmar", "en", "Ministry of Home Affairs"),
]


def send(collection: Collection, number: int, country: str, language: str, text: str, **more: Any) -> Response:
    sent = {"country": [country], "trained": ["yes"], BODY: [text]}
    name = f"translating-{number}"
    outcome = intake.receive(collection, sent, submission=name, language=language, mode="web", **more)
    assert isinstance(outcome, intake.Kept), outcome
    return outcome.response


def fill(collection: Collection) -> list[Response]:
    """Store a form for each answer."""
    forms = [send(collection, number, *answer) for number, answer in enumerate(ANSWERS)]
    db.session.commit()
    return forms


def one(forms: list[Response], place: int = 0) -> translating.Shown | None:
    form = forms[place]
    return translating.shown(form.collection_id, BODY, [form.id]).get((form.id, BODY))


# The record -----------------------------------------------------------------------------------------------------------


def test_a_translation_is_replaced_but_kept_approved_by_another_and_taken_back_on_both_databases(
    any_database: Flask,
) -> None:
    collection = collections.create("border", "partner_survey", "Border meeting", who="tester")
    collections.open_(collection, "tester")
    forms = fill(collection)

    first = translating.translate(forms[0], BODY, "Department of Social Development", ANNA)
    with pytest.raises(translating.TranslatingError, match="cannot approve"):
        translating.approve(first, ANNA.upper())
    translating.approve(first, BEN)
    shown = one(forms)
    assert shown
    assert (shown.text, shown.state, shown.approved_by) == ("Department of Social Development", "approved", BEN)

    second = translating.translate(forms[0], BODY, "Department of Social Development and Welfare", BEN)
    shown = one(forms)
    assert shown
    assert (shown.text, shown.state) == ("Department of Social Development and Welfare", "awaiting")
    assert [each.id for each in translating.history(forms[0], BODY)] == [first.id, second.id]
    with pytest.raises(translating.ChangedMeanwhile):
        translating.approve(first, BEN)

    translating.take_back(second, BEN, WHY)
    assert one(forms) is None
    assert [each.withdrawn_by for each in translating.history(forms[0], BODY)] == [BEN, BEN]
    logged = [entry.what for entry in db.session.query(LogEntry).order_by(LogEntry.number)]
    assert logged[-4:] == [
        "translated an answer",
        "approved a translation",
        "translated an answer",
        "took a translation back",
    ]


def test_who_comes_second_is_told_and_overwrites_nothing(collection: Collection) -> None:
    forms = fill(collection)
    translating.translate(forms[0], BODY, "first", ANNA, seen=None)

    with pytest.raises(translating.ChangedMeanwhile, match=ANNA):
        translating.translate(forms[0], BODY, "second", BEN, seen=None)

    shown = one(forms)
    assert shown
    assert shown.text == "first"


def test_a_correction_carries_the_translation_over_and_shows_it_stale_where_the_words_changed(
    collection: Collection,
) -> None:
    forms = fill(collection)
    made = translating.translate(forms[0], BODY, "Department", ANNA)
    translating.approve(made, BEN)
    same = send(collection, 100, *ANSWERS[0], supersedes=forms[0])
    other = send(collection, 101, "thailand", "th", "กรมการปกครอง", supersedes=same)

    shown = translating.shown(collection.id, [BODY], [forms[0].id, same.id, other.id])

    assert [shown[each.id, BODY].state for each in (forms[0], same, other)] == ["approved", "approved", "stale"]
    assert shown[other.id, BODY].words == "translation out of date"
    assert translating.shown(collection.id, BODY) == shown
    with pytest.raises(translating.TranslatingError, match="has changed"):
        translating.approve(db.session.get_one(Translation, made.id), "third@example.org", form=other)

    translating.translate(other, BODY, "Department of Provincial Administration", ANNA)
    assert translating.shown(collection.id, BODY)[other.id, BODY].state == "awaiting"
    assert translating.shown(collection.id, BODY)[forms[0].id, BODY].state == "approved"


@pytest.mark.parametrize(
    ("text", "language", "taken_for"),
    [
        ("กรมพัฒนาสังคม", "th", "th"),
        ("DSDW", "th", "en"),
        ("UNIAP และ IOM and others in Latin letters", "th", "th"),
        ("กรมพัฒนาสังคม", "en", "th"),
        ("Hội Phụ nữ", "en", "vi"),
        ("Hoi Phu nu", "vi", "vi"),
        ("Ministère", "en", "en"),
        ("ရဲတပ်ဖွဲ့", "my", "my"),
    ],
)
def test_an_answer_is_taken_to_be_in_the_language_of_its_form_or_of_its_script(
    text: str, language: str, taken_for: str
) -> None:
    assert written_in(text, language) == taken_for


def test_a_withdrawn_form_takes_its_translations_with_it(collection: Collection) -> None:
    from surveytool import withdrawals

    forms = fill(collection)
    translating.translate(forms[0], BODY, "Department", ANNA)
    db.session.commit()

    withdrawals.withdraw(forms[0], "tester", "asked")
    db.session.commit()

    assert db.session.query(Translation).count() == 0
    with pytest.raises(translating.TranslatingError, match="no such answer"):
        translating.lock(forms[0].id, BODY)
