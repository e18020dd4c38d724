"""The one way in: every submission is kept whole and counted, or answered with what is wrong; nothing is lost."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from surveytool import collections, intake, results, tabulate
from surveytool.definitions import Questionnaire, load_questionnaire
from surveytool.judge import standing
from surveytool.models import Answer, Collection, Identity, Judgement, Response, Standing, User, db
from surveytool.text import convert_zawgyi

PARTNER = load_questionnaire("partner_survey")


STATES = {"value", "not_asked", "not_applicable", "no_answer", "invalid", "excluded"}


def keep(collection: Collection, mode: str = "web", language: str = "en", **sent: str | list[str]) -> Response:
    """Take in a form that is good; a dot in a field's name is written as two underscores."""
    fields = {name.replace("__", "."): [value] if isinstance(value, str) else value for name, value in sent.items()}
    outcome = intake.receive(collection, fields, submission=str(uuid.uuid4()), language=language, mode=mode)
    assert isinstance(outcome, intake.Kept), outcome
    return outcome.response


def answer(response: Response, variable: str) -> Answer:
    found = db.session.get(Answer, (response.id, variable))
    assert found is not None
    return found


def stands(response: Response, variable: str) -> tuple[str, str | None]:
    """The state and code that count now."""
    query = select(Standing.state, Standing.code).where(
        Standing.response_id == response.id, Standing.variable == variable
    )
    state, code = db.session.execute(query).one()
    return state, code


def questionnaire(collection: Collection) -> Questionnaire:
    assert collection.version is not None
    return collection.version.questionnaire


def assert_counts_add_up(collection: Collection) -> None:
    """Each variable: received = answered + not asked + not applicable + no answer + invalid + in excluded forms."""
    for where in (tabulate.EVERYTHING, tabulate.Filter(countries=("thailand", "")), tabulate.Filter(languages=("km",))):
        forms = tabulate.forms(collection.id, where)
        assert forms.received == forms.excluded + forms.valid
        counted = tabulate.variables(collection.id, where)
        received = tabulate.variables(collection.id, replace(where, stand=tabulate.RECEIVED))
        if not forms.received:
            continue
        assert counted.keys() == received.keys() == questionnaire(collection).variables.keys()
        for name, variable in counted.items():
            assert variable.states.keys() <= STATES
            assert sum(variable.states.values()) == forms.received, name
            assert variable.states.get("excluded", 0) == forms.excluded, name
            assert sum(received[name].states.values()) == forms.received, name
            assert received[name].states.keys() <= STATES - {"invalid", "excluded"}
            if questionnaire(collection).variables[name].kind not in ("verbatim", "coded"):
                assert sum(variable.codes.values()) == variable.states.get("value", 0), name
    assert standing.differences(collection.id) == 0


# One row for each variable --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "variable", "state", "code"),
    [
        ({}, "trained", "no_answer", None),
        ({}, "trained_times", "not_asked", None),
        ({}, "activities.prevention", "no_answer", None),
        ({}, "planning_tools", "no_answer", None),
        ({"trained": "yes"}, "trained", "value", "yes"),
        ({"trained": "yes"}, "trained_times", "no_answer", None),
        ({"trained": "yes", "trained_times": "៣"}, "trained_times", "value", "3"),
        ({"trained": "no"}, "trained_times", "not_asked", None),
        ({"trained": "no", "trained_times": "3"}, "trained_times", "value", "3"),
        ({"trained": "yes", "training_useful": "0"}, "training_useful", "value", "0"),
        ({"trained": "yes", "applying": "no"}, "how_soon", "not_asked", None),
        ({"trained": "yes", "applying": "no", "expect_to_use": "yes"}, "how_soon", "no_answer", None),
        ({"log_frame": "na"}, "log_frame", "not_applicable", None),
        ({"evaluated": "na"}, "evaluated_by", "not_asked", None),
        ({"planning_tools.choice": "na"}, "planning_tools", "not_applicable", None),
        ({"planning_tools.choice": "na", "planning_tools": "PCM"}, "planning_tools", "value", None),
        ({"planning_tools.choice": "na", "planning_tools": " \u200b"}, "planning_tools", "not_applicable", None),
        ({"conducive": "yes"}, "activities.prevention", "value", "0"),
        ({"conducive_explain": "So"}, "activities.prevention", "value", "0"),
        ({"trained": "yes"}, "activities.prevention", "no_answer", None),
        ({"activities": "prevention"}, "activities.prevention", "value", "1"),
        ({"activities": "prevention"}, "activities.protection", "value", "0"),
        ({"activities": ["prevention", "protection"]}, "activities.protection", "value", "1"),
        ({"activities": ["prevention", "prevention"]}, "activities.prevention", "value", "1"),
        ({"activities": "other"}, "activities_other", "no_answer", None),
        ({"activities": "prevention"}, "activities_other", "not_asked", None),
        ({"date.year": "2003"}, "date", "value", "2003"),
        ({"date": "19/5/2003"}, "date", "value", "2003"),
        ({"retrafficking_rate": "yes", "acceptable_rate": "0"}, "acceptable_rate", "value", "0"),
        ({"retrafficking_rate": "yes", "acceptable_rate": "33.333"}, "acceptable_rate", "value", "33.333"),
        ({"retrafficking_rate": "yes", "acceptable_rate": "100,0 %"}, "acceptable_rate", "value", "100"),
        ({"organisation": " \u200b\u00a0"}, "organisation", "no_answer", None),
        ({"trained": ["", "yes"]}, "trained", "value", "yes"),
    ],
)
def test_a_variable_holds_a_value_or_why_there_is_none(
    collection: Collection, sent: dict[str, Any], variable: str, state: str, code: str | None
) -> None:
    row = answer(keep(collection, **sent), variable)

    assert (row.state, row.code) == (state, code)


@pytest.mark.parametrize("mode", intake.MODES)
def test_every_form_of_every_mode_has_a_row_for_each_variable(collection: Collection, mode: str) -> None:
    response = keep(collection, mode, trained="no", training_useful="3", country="thailand")

    assert {row.variable for row in response.answers} == questionnaire(collection).variables.keys()
    assert (response.mode, response.country) == (mode, "thailand")
    assert answer(response, "trained_times").state == "not_asked"  # decided by the routing, though paper printed it
    assert_counts_add_up(collection)


def test_what_was_sent_is_kept_beside_what_is_used(collection: Collection) -> None:
    typed = " \u200bVie\u0323\u0302t\r\nNam\u202e "
    response = keep(collection, improve=typed, trained="yes", trained_times=" ៣\u200b", unknown="kept too")

    assert response.sent == {
        "improve": [typed],
        "trained": ["yes"],
        "trained_times": [" ៣\u200b"],
        "unknown": ["kept too"],
    }
    assert answer(response, "improve").text == "Việt\nNam"
    assert answer(response, "trained_times").code == "3"


@pytest.mark.parametrize("spelling", ["Vi\u1ec7t", "Vie\u0323\u0302t", "Vie\u0302\u0323t", "Vi\u00ea\u0323t"])
def test_every_spelling_of_a_word_is_stored_as_one(collection: Collection, spelling: str) -> None:
    assert answer(keep(collection, organisation=spelling), "organisation").text == "Vi\u1ec7t"


@pytest.mark.parametrize(
    ("sent", "year", "date", "text", "understood"),
    [
        ({"date__year": "2003"}, "2003", "2003", "2003", "common"),
        ({"date__month": "5", "date__year": "2003"}, "2003", "2003-05", "5/2003", "common"),
        ({"date__day": "19", "date__month": "5", "date__year": "2003"}, "2003", "2003-05-19", "19/5/2003", "common"),
        (
            {"date__day": "๑๙", "date__month": "๕", "date__year": "พ.ศ. ๒๕๔๖"},
            "2003",
            "2003-05-19",
            "๑๙/๕/พ.ศ. ๒๕๔๖",
            "marked buddhist",
        ),
        ({"date": "2003-05-19"}, "2003", "2003-05-19", "2003-05-19", "common"),
        ({"date": "ค.ศ. 2003"}, "2003", "2003", "ค.ศ. 2003", "marked common"),
        ({"date__year": "2546", "date__confirmed": "2546"}, "2003", "2003", "2546", "looks buddhist"),
        ({"date__year": "๒๕๔๖", "date__confirmed": "2546"}, "2003", "2003", "๒๕๔๖", "looks buddhist"),
    ],
)
def test_a_date_is_kept_as_typed_with_its_year_and_how_it_was_understood(
    collection: Collection, sent: dict[str, str], year: str, date: str, text: str, understood: str
) -> None:
    row = answer(keep(collection, **sent), "date")

    assert (row.code, row.date, row.text, row.understood) == (year, date, text, understood)


# Zawgyi ---------------------------------------------------------------------------------------------------------------

ZAWGYI = "လူတိုင္းသည္ တူညီ လြတ္လပ္ေသာ ဂုဏ္သိကၡာျဖင့္ လည္းေကာင္း၊ တူညီလြတ္လပ္ေသာ အခြင့္အေရးမ်ားျဖင့္ လည္းေကာင္း"
UNICODE = "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ တူညီလွတ်လပ်သော အခွင့်အရေးများဖြင့် လည်းကောင်း"


def test_zawgyi_is_converted_or_marked_and_the_original_is_kept(collection: Collection) -> None:
    response = keep(collection, improve=ZAWGYI, comments="IOM", gender="yes")

    assert response.sent["improve"] == [ZAWGYI]
    converted = convert_zawgyi(ZAWGYI)
    assert response.zawgyi == ("marked" if converted is None else "converted")
    assert answer(response, "improve").text == (ZAWGYI if converted is None else UNICODE)
    (flag,) = db.session.scalars(select(Judgement).where(Judgement.effect == "flag"))
    assert "Zawgyi" in flag.reason
    assert stands(response, "improve")[0] == "value"


def test_zawgyi_is_noticed_over_all_the_text_of_a_response_together(collection: Collection) -> None:
    words = ZAWGYI.split()
    response = keep(collection, improve=words[0], comments=words[3], objective=words[5])

    assert response.zawgyi in ("marked", "converted")


@pytest.mark.parametrize(
    "texts",
    [
        {"improve": UNICODE, "comments": "ဘာသာစကား", "objective": "ရာထူး"},
        {"improve": "ၵူၼ်းတႆး မိူင်းတႆး လိၵ်ႈလၢႆး ၽႃႇသႃႇတႆး", "comments": "ပိူင်ပဵၼ်"},
        {"improve": "More training", "comments": "Thank you"},
        {"improve": "การส่งกลับ", "comments": "ຂອບໃຈ", "objective": "អរគុណ"},
        {},
    ],
)
def test_unicode_text_is_left_as_it_is_byte_for_byte(collection: Collection, texts: dict[str, str]) -> None:
    response = keep(collection, **texts)

    assert response.zawgyi == ""
    for name, text in texts.items():
        assert str(answer(response, name).text).encode() == text.encode()


# Who it was -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        "Nguyễn Thị Lá",
        "nguyễn thị lá",
        "Nguye\u0302\u0303n Thi\u0323 La\u0301",
        "Nguyễn  Thị\u200b Lá ",
        "NGUYỄN THỊ LÁ",
    ],
)
def test_a_second_form_of_one_person_is_flagged_and_counts(collection: Collection, spelling: str) -> None:
    keep(collection, name="Nguyễn Thị Lá", gender="yes")
    second = keep(collection, name=spelling, gender="no")

    (flag,) = db.session.scalars(select(Judgement).where(Judgement.rule == "same-person"))
    assert (flag.response_id, flag.effect) == (second.id, "flag")
    forms = tabulate.forms(collection.id)
    assert (forms.valid, forms.flagged) == (2, 1)


def test_other_people_and_other_collections_are_not_flagged(collection: Collection) -> None:
    elsewhere = collections.create("other", "partner_survey", "Other", who="tester")
    collections.open_(elsewhere, "tester")
    keep(collection, name="Nguyễn Thị Lá", gender="yes")
    keep(collection, name="Nguyễn Thị La", gender="yes")
    keep(collection, gender="yes")
    keep(collection, name="\u200b", gender="no")
    keep(elsewhere, name="Nguyễn Thị Lá", gender="yes")

    assert db.session.query(Judgement).count() == 0


def test_identity_is_kept_only_where_it_was_given(collection: Collection) -> None:
    keep(collection, gender="yes")
    given_ = keep(collection, name=" Lá ", position="\u200b", gender="yes")

    (identity,) = db.session.scalars(select(Identity))
    assert identity.response_id == given_.id
    assert identity.data["used"] == {"name": "Lá"}
    assert identity.data["sent"] == {"name": " Lá ", "position": "\u200b"}


# Refused, whole -------------------------------------------------------------------------------------------------------


def test_a_refused_form_leaves_nothing_behind(collection: Collection) -> None:
    sent = {"name": ["Lá"], "improve": ["More"], "trained": ["perhaps"], "trained_times": ["many"], "date.year": ["46"]}

    outcome = intake.receive(collection, sent, submission="00000000", language="en")

    assert isinstance(outcome, intake.Refused)
    assert {name: error.code for name, error in outcome.errors.items()} == {
        "date": "two_digits",
        "trained": "choice",
        "trained_times": "number",
    }
    for table in (Response, Answer, Identity, Judgement, Standing):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


# Any submission -------------------------------------------------------------------------------------------------------


def good_values() -> Mapping[str, st.SearchStrategy[list[bytes]]]:
    """For each field of the partner survey, what a respondent may well send."""
    text = st.sampled_from(["", "IOM", "ขอบคุณ", "ຂອບໃຈ", "អរគុណ\u200b", "ကျေးဇူး", ZAWGYI, "Vie\u0323\u0302t", "a\r\nb"])
    fields: dict[str, st.SearchStrategy[str]] = {}
    for item in PARTNER.items.values():
        if item.type.startswith("select"):
            fields[item.name] = st.sampled_from(["", *item.codes])
        elif item.type == "date":
            fields |= dict.fromkeys((f"{item.name}.year",), st.sampled_from(["", "2003", "พ.ศ. 2546", "២០០៣"]))
        elif item.type in ("integer", "decimal"):
            fields[item.name] = st.sampled_from(["", "1", "៣", "20 %" if item.unit else "20", "99"])
        else:
            fields[item.name] = text
            if item.choices:
                fields[f"{item.name}.choice"] = st.sampled_from(["", *item.codes])
    encoded = {name: value.map(lambda v: [v.encode()]) for name, value in fields.items()}
    codes = st.sampled_from([code.encode() for code in PARTNER.items["activities"].codes])
    return encoded | {"activities": st.lists(codes, max_size=3)}


GOOD = good_values()
JUNK = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=12).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from(
        [
            b"\x00",
            b"\xff\xfe",
            b"9" * 30,
            b"-1",
            b"nan",
            b"1e9",
            b"2546",
            b"46",
            b"31",
            b"\xc2\xb2",
            b"yes",
            b"na",
            b"0",
            b"<p>",
        ]
        + [
            b"99999999999999999999/2003",
            b"x" * 10_001,
            "၁\u101d".encode(),
            "๐".encode(),
            b"1/2/3/2003",
            b"0000",
            b"no\x00",
        ]
    ),
)
FIELDS = [*GOOD, *(f"{name}.{part}" for name in ("date", "research_date") for part in ("day", "month", "confirmed"))]
FIELDS += ["date", "evaluated_when", "trained.choice", "name.x", "activities.prevention", "unknown", "", "a b&c=d"]
SPOILT = st.dictionaries(st.sampled_from(FIELDS), st.lists(JUNK, min_size=1, max_size=2), max_size=4)
SUBMISSIONS = st.builds(lambda good, spoilt: good | spoilt, st.fixed_dictionaries({}, optional=GOOD), SPOILT)
LANGUAGES = st.sampled_from(["en", "th", "vi", "lo", "km", "my"])


def body(fields: Mapping[str, list[bytes]], submission: str) -> bytes:
    pairs = [(name.encode(), value) for name, values in fields.items() for value in values]
    pairs.append((b"submission", submission.encode()))
    return "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in pairs).encode()


@pytest.mark.parametrize("size", [30, pytest.param(10_000, marks=pytest.mark.full)])
def test_any_submission_is_kept_and_counted_or_answered_with_what_is_wrong(
    client: FlaskClient, collection: Collection, size: int, sign_in: Callable[..., User]
) -> None:
    received = 0
    seen = set()

    def send(fields: Mapping[str, list[bytes]], language: str, submission: str) -> tuple[int, str]:
        got = client.post(
            f"/c/border/{language}", data=body(fields, submission), content_type="application/x-www-form-urlencoded"
        )
        return got.status_code, got.text

    @settings(max_examples=size, derandomize=size < 1000, deadline=None, database=None)
    @given(SUBMISSIONS, LANGUAGES)
    def property_(fields: Mapping[str, list[bytes]], language: str) -> None:
        nonlocal received
        submission = str(uuid.uuid4())
        status, text = send(fields, language, submission)
        assert status in (200, 422), text
        seen.add(status)
        if status == 200:
            received += 1
            (receipt,) = re.findall(r"\d{4} \d{4} \d{4} \d{4} \d", text)
            again = send(fields, language, submission)
            assert receipt in again[1]
            kept = db.session.scalars(select(Response).where(Response.submission == submission)).one()
            assert {row.variable for row in kept.answers} == PARTNER.variables.keys()
        else:
            assert re.findall(r'id="e-[a-z_]+"', text)
        assert db.session.scalar(select(func.count()).select_from(Response)) == received
        if received % (size // 20 or 1) == 0:
            assert_counts_add_up(collection)
            db.session.expunge_all()

    property_()

    assert seen == {200, 422}
    collection = db.session.scalars(select(Collection)).one()
    assert tabulate.forms(collection.id).received == received
    assert_counts_add_up(collection)
    json.dumps(results.as_json(results.collect(collection)), allow_nan=False)
    sign_in(client, "evaluator")
    with client.get("/evaluate/border/") as page:
        assert page.status_code == 200


@pytest.mark.parametrize("size", [20, pytest.param(2_000, marks=pytest.mark.full)])
def test_any_submission_is_shown_again_in_another_language(
    client: FlaskClient, collection: Collection, size: int
) -> None:
    @settings(max_examples=size, derandomize=size < 1000, deadline=None, database=None)
    @given(SUBMISSIONS, LANGUAGES)
    def property_(fields: Mapping[str, list[bytes]], language: str) -> None:
        submission = str(uuid.uuid4())
        sent = body({**fields, "switch": [language.encode()]}, submission)

        got = client.post(f"/c/border/{language}", data=sent, content_type="application/x-www-form-urlencoded")

        assert got.status_code == 200
        assert f'lang="{language}"' in got.text
        assert submission in got.text
        assert db.session.scalar(select(func.count()).select_from(Response)) == 0

    property_()


@pytest.mark.parametrize("size", [20, pytest.param(2_000, marks=pytest.mark.full)])
def test_any_submission_of_any_mode_is_kept_on_paper_too(app: Flask, collection: Collection, size: int) -> None:
    @settings(max_examples=size, derandomize=size < 1000, deadline=None, database=None)
    @given(SUBMISSIONS, st.sampled_from(intake.MODES), st.sampled_from([None, "pre", "post"]))
    def property_(fields: Mapping[str, list[bytes]], mode: str, wave: str | None) -> None:
        sent = {name: [value.decode("utf-8", "replace") for value in values] for name, values in fields.items()}
        outcome = intake.receive(collection, sent, submission=str(uuid.uuid4()), language="en", mode=mode, wave=wave)
        assert isinstance(outcome, intake.Kept | intake.Refused)
        if isinstance(outcome, intake.Refused):
            assert outcome.errors

    property_()

    assert_counts_add_up(collection)


def test_a_collection_closed_while_forms_arrive_loses_none(collection: Collection) -> None:
    keep(collection, gender="yes")
    collections.close(collection, "tester")
    outcome = intake.receive(collection, {"gender": ["no"]}, submission="11111111", language="en")

    assert isinstance(outcome, intake.Aside)
    forms = tabulate.forms(collection.id)
    assert (forms.received, forms.aside) == (1, 1)
    assert_counts_add_up(collection)
