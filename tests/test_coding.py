"""Coding answers in words: like ones together in every script, codes given by people alone, deeds undone exactly."""

import csv
import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveytool import collections, intake, tabulate, verbatims
from surveytool.cli import main
from surveytool.judge import coding, exclude_form, translating
from surveytool.likeness import groups, key
from surveytool.models import Answer, Code, CodeFrame, Coding, Collection, LogEntry, Response, db
from surveytool.tabulate import Filter
from surveytool.text import fold
from surveytool.verbatims import answer_id

BODY = "body_national"
WHY = "a reason that is long enough"

# One body in each script and several spellings; all are public names of kinds of offices.
ALIKE = [
    [
        "DSDW",
        "D.S.D.W.",
        "dsdw ",
        "Dept. of Social Development & Welfare",
        "Department of Social Development and Welfare",
    ],
    ["กรมพัฒนาสังคมและสวัสดิการ", "กรม พัฒนาสังคมเเละสวัสดิการ"],
    ["ສະຫະພັນແມ່ຍິງລາວ", "ສະຫະພັນ ແມ່ຍິງລາວ"],
    ["ក្រសួងកិច្ចការនារី", "ក្រសួង\u200bកិច្ចការ\u200bនារី"],
    ["ရဲတပ်ဖွဲ့", "ရဲ တပ်ဖွဲ့"],
    ["Hội Liên hiệp Phụ nữ", "Hoi Lien hiep Phu nu"],
    ["UN-IAP", "UNIAP", "UN Inter-Agency Project (UN-IAP)"],
    ["Ministry of Interior", "Ministery of Interior"],
    ["World Vision"],
    ["World Vision Foundation of Thailand"],
    ["Office 1"],
    ["Office 2"],
    ["กรมการปกครอง"],
]


# Likeness -------------------------------------------------------------------------------------------------------------


def test_like_answers_of_every_script_stand_together_and_others_apart() -> None:
    found = groups(text for group in ALIKE for text in group)

    assert sorted(map(sorted, found)) == sorted(map(sorted, ALIKE))


def test_groups_do_not_depend_on_the_order_of_the_answers() -> None:
    texts = [text for group in ALIKE for text in group]

    assert groups(texts) == groups(reversed(texts)) == groups(texts + texts)


def test_no_answer_has_an_empty_key() -> None:
    for text in ("กรม", "ສປປ", "ក្រ", "ရဲ", "Công an", "?!", "—", "the"):
        assert key(text), text


@given(st.lists(st.text(max_size=12), max_size=20))
def test_every_text_whatever_it_is_stands_in_exactly_one_group(texts: list[str]) -> None:
    assert sorted(text for group in groups(texts) for text in group) == sorted(set(texts))


# Deeds ----------------------------------------------------------------------------------------------------------------


def fill(collection: Collection, answers: list[tuple[str, str, str]], variable: str = BODY) -> list[Response]:
    """Store a form for each answer: its country, its language, what was written."""
    kept = []
    for number, (country, language, text) in enumerate(answers):
        sent = {"country": [country], "trained": ["yes"], variable: [text]}
        outcome = intake.receive(
            collection, sent, submission=f"coding-{variable}-{number}", language=language, mode="web"
        )
        assert isinstance(outcome, intake.Kept)
        kept.append(outcome.response)
    db.session.commit()
    return kept


ANSWERS = [
    ("thailand", "en", "DSDW"),
    ("thailand", "en", "Dept. of Social Development & Welfare"),
    ("thailand", "th", "กรมพัฒนาสังคมและสวัสดิการ"),
    ("thailand", "th", "กรมพัฒนาสังคมและสวัสดิการ"),
    ("lao_pdr", "lo", "ສະຫະພັນແມ່ຍິງລາວ"),
    ("cambodia", "km", "ក្រសួងកិច្ចការនារី"),
    ("myanmar", "my", "ရဲတပ်ဖွဲ့"),
    ("myanmar", "en", "<script>alert(1)</script>"),
]


def units(collection: Collection, variable: str = BODY) -> list[coding.Unit]:
    found = (
        db.session.query(Answer.response_id)
        .join(Response)
        .filter(Answer.variable == variable, Answer.text.is_not(None), Response.collection_id == collection.id)
    )
    return [coding.Unit(id_, variable) for (id_,) in found.order_by(Answer.response_id)]


def frame(collection: Collection, name: str = "bodies") -> CodeFrame:
    return db.session.query(CodeFrame).filter_by(collection_id=collection.id, name=name).one()


def tallies(collection: Collection) -> dict[Any, Any]:
    """Return everything that is counted of codings, on valid answers and on all received."""
    return {
        stand: {
            key: (dict(each.table), dict(each.leaves), {a: dict(b) for a, b in each.detail.items()}, each.people)
            for key, each in tabulate.named(collection.id, Filter(stand=stand)).items()
            if each.people
        }
        for stand in (tabulate.VALID, tabulate.RECEIVED)
    }


def test_merging_and_undoing_restores_tallies_exactly_on_both_databases(any_database: Flask) -> None:
    collection = collections.create("border", "partner_survey", "Border meeting", who="tester")
    collections.open_(collection, "tester")
    forms = fill(collection, ANSWERS)
    exclude_form(forms[1], "tester@example.org", WHY)
    bodies, answers = frame(collection), units(collection)
    dsdw, iom = (next(code for code in bodies.codes if code.name == name) for name in ("DSDW", "IOM"))
    coding.give(bodies, answers[:4], [dsdw], "tester@example.org")
    coding.give(bodies, answers[3:6], [iom], "tester@example.org")
    db.session.commit()
    before = tallies(collection)

    coding.merge(bodies, dsdw, iom, "tester@example.org", WHY)
    db.session.commit()
    assert tabulate.named(collection.id)[BODY, "thailand"].leaves == {"IOM": 3}
    deed = coding.deeds(bodies, 1)[0]
    assert len(deed.withdrawn) == 5
    undone = coding.undo(bodies, deed, "other@example.org", WHY)
    db.session.commit()

    assert undone == coding.Undone(4, 0)
    assert tallies(collection) == before
    again = coding.undo(bodies, coding.deeds(bodies, 1)[0], "other@example.org", WHY)
    assert again.restored == 4
    assert tabulate.named(collection.id)[BODY, "thailand"].leaves == {"IOM": 3}
    worded = tabulate.worded(collection.id, BODY)
    assert worded[0].text == "กรมพัฒนาสังคมและสวัสดิการ"
    assert (worded[0].people, worded[0].coded) == (2, 2)


def test_undoing_leaves_what_somebody_coded_otherwise_since(app: Flask, collection: Collection) -> None:
    fill(collection, ANSWERS[:2])
    bodies, answers = frame(collection), units(collection)
    dsdw, iom, police = (next(c for c in bodies.codes if c.name == name) for name in ("DSDW", "IOM", "Police"))
    coding.give(bodies, answers, [dsdw], "one")
    coding.merge(bodies, dsdw, iom, "one", WHY)
    merged = coding.deeds(bodies, 1)[0]
    coding.move(bodies, answers[:1], iom, police, "two", WHY)

    assert coding.undo(bodies, merged, "one", WHY) == coding.Undone(restored=1, left=1)
    assert tabulate.named(collection.id)[BODY, "thailand"].leaves == {"DSDW": 1, "Police": 1}


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["give", "take", "move", "merge", "group", "create", "rename", "undo"]),
        st.integers(0, 5),
        st.integers(0, 5),
        st.sets(st.integers(0, 7), min_size=1, max_size=4),
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DEEDS)
def test_undoing_any_deeds_in_reverse_gives_the_first_tallies(app: Flask, collection: Collection, asked: Any) -> None:
    if not units(collection):
        fill(collection, ANSWERS)
        coding.give(frame(collection), units(collection)[:5], frame(collection).codes[:2], "first")
        db.session.commit()
    before, by, undoing = tallies(collection), "tester", []
    bodies, answers = coding.locked(frame(collection)), units(collection)
    for number, (do, one, other, places) in enumerate(asked):
        code, to, some = bodies.codes[one], bodies.codes[other], [answers[place] for place in sorted(places)]
        newest = coding.deeds(bodies, 1)[0].moment
        parent, label = bodies.codes[one].parent_id, code.label
        try:
            if do == "give":
                coding.give(bodies, some, [code, to], by)
            elif do == "take":
                coding.take(bodies, some, [code, to], by, WHY)
            elif do == "move":
                coding.move(bodies, some, code, to, by, WHY)
            elif do == "merge":
                coding.merge(bodies, code, to, by, WHY)
            elif do == "undo":
                coding.undo(bodies, coding.deeds(bodies, 3)[-1], by, WHY)
            elif do == "group":
                coding.group(bodies, code, to, by)
                undoing.append(lambda code=code, was=parent: setattr(code, "parent_id", was))
            elif do == "create":
                coding.create(bodies, f"new {number}", "", by)
            else:
                coding.rename(bodies, code, f"other {number}", by)
                undoing.append(lambda code=code, was=label: coding.rename(bodies, code, was, by))
        except coding.CodingError:
            continue
        made = coding.deeds(bodies, 1)[0]
        if made.moment != newest:
            undoing.append(lambda made=made: coding.undo(bodies, made, by, WHY))

    for step in reversed(undoing):
        step()
        db.session.flush()

    assert tallies(collection) == before
    db.session.rollback()


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def evaluating(app: Flask, collection: Collection, sign_in: Callable[..., Any]) -> FlaskClient:
    """An evaluator's browser on the open collection, which holds one body in five scripts, not coded."""
    fill(collection, ANSWERS)
    browser = app.test_client()
    sign_in(browser, "evaluator")
    return browser


ITEM = "/evaluate/border/coding/21a body"


def send(browser: FlaskClient, address: str = ITEM, **sent: Any) -> Any:
    """Send a form of a page, with the token that stands in it."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(address.split("?")[0]).text)
    assert token
    return browser.post(address, data={"csrf_token": token[1]} | sent)


def code_id(name: str) -> int:
    return db.session.query(Code.id).filter_by(name=name).order_by(Code.id).limit(1).scalar()


def codings() -> list[tuple[int, str]]:
    db.session.expire_all()
    found = db.session.query(Coding.response_id, Code.name).join(Code).filter(Coding.withdrawn_at.is_(None))
    return sorted((id_, name) for id_, name in found)


def test_the_page_shows_each_wording_once_in_its_language_with_people_and_countries(evaluating: FlaskClient) -> None:
    page = evaluating.get(ITEM).text

    assert page.count(">กรมพัฒนาสังคมและสวัสดิการ</span>") == 1
    for language, text in (("th", ANSWERS[2][2]), ("lo", ANSWERS[4][2]), ("km", ANSWERS[5][2]), ("my", ANSWERS[6][2])):
        assert f'<span class="words" lang="{language}">{text}</span>' in page
    assert "2 people (Thailand 2)" in page
    assert "Answers that stand: 8, in 7 different wordings. Coded: 0; not coded: 8." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_code_given_to_a_wording_is_given_to_all_its_forms_and_counted_at_once(evaluating: FlaskClient) -> None:
    answer = send(
        evaluating,
        f"{ITEM}?uncoded=1",
        do="give",
        answer=[answer_id("DSDW"), answer_id(ANSWERS[2][2])],
        code=[code_id("DSDW"), code_id("Others")],
    )

    assert answer.status_code == 302
    assert "uncoded=1" in answer.location
    assert len(codings()) == 6
    assert "not coded: 5" in evaluating.get(ITEM).text
    results = html.unescape(evaluating.get("/evaluate/border/").text)
    assert "5 answers in words are not coded yet." in results
    listed = evaluating.get("/evaluate/border/coding").text
    assert re.search(r'21a body</span>.*?<td class="n">8</td><td class="n">3</td><td class="n">5</td>', listed, re.S)


def test_a_suggestion_is_shown_and_given_only_by_a_person(evaluating: FlaskClient) -> None:
    page = evaluating.get(ITEM).text
    assert "Suggestion, not given: Department of Social Development and Welfare (DSDW) (its name reads alike)" in page
    assert codings() == []
    send(evaluating, do="give", answer=answer_id("DSDW"), code=code_id("Maryknoll"))

    assert "Suggestion, not given: Maryknoll (like answers coded so)" in evaluating.get(ITEM).text
    assert len(codings()) == 1
    send(evaluating, suggestion=f"{answer_id(ANSWERS[1][2])}:{code_id('DSDW')}")

    assert [name for _, name in codings()] == ["Maryknoll", "DSDW"]


def test_a_group_of_like_wordings_is_coded_in_one_deed(evaluating: FlaskClient) -> None:
    group = re.search(r'name="alike" value="([^"]+)"', evaluating.get(ITEM).text)
    assert group
    assert set(group[1].split()) == {answer_id("DSDW"), answer_id(ANSWERS[1][2])}

    send(evaluating, do="give", alike=group[1], code=code_id("DSDW"))

    assert [name for _, name in codings()] == ["DSDW", "DSDW"]
    assert evaluating.get(f"{ITEM}/history").text.count('name="moment"') == 1


def test_single_forms_are_coded_apart(evaluating: FlaskClient) -> None:
    form = units(collections.find("border"))[3].response_id

    send(evaluating, do="give", form=form, code=code_id("Police"))

    assert codings() == [(form, "Police")]
    assert "Police, 1 of 2" in evaluating.get(ITEM).text


def test_codes_are_taken_back_and_moved_only_for_a_reason_and_nothing_typed_is_lost(evaluating: FlaskClient) -> None:
    send(evaluating, do="give", answer=answer_id("DSDW"), code=code_id("Police"))
    sent = {"answer": answer_id("DSDW"), "before": code_id("Police"), "after": code_id("IOM")}

    refused = send(evaluating, do="move", reason="short", **sent)
    assert refused.status_code == 422
    assert "short</textarea>" in refused.text
    assert f'value="{answer_id("DSDW")}" checked' in refused.text
    send(evaluating, do="move", reason=WHY, **sent)
    assert [name for _, name in codings()] == ["IOM"]
    send(evaluating, do="take", reason=WHY, answer=answer_id("DSDW"), code=code_id("IOM"))

    assert codings() == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"do": "give"}, "Choose at least one answer."),
        ({"do": "give", "answer": answer_id("DSDW")}, "Choose at least one code."),
        ({"do": "give", "answer": "no such", "code": "999999999999999"}, "Choose at least one answer."),
        ({"do": "give", "form": "99999999999", "code": "x"}, "Choose at least one answer."),
        ({"do": "give", "answer": answer_id("DSDW"), "code": "2147483647"}, "Choose at least one code."),
        ({"suggestion": "nothing"}, "Choose at least one answer."),
        ({"do": "move", "answer": answer_id("DSDW"), "reason": WHY}, "Choose the code to move from"),
    ],
)
def test_what_cannot_be_done_is_said(evaluating: FlaskClient, sent: dict[str, str], said: str) -> None:
    answer = send(evaluating, **sent)

    assert answer.status_code == 422
    assert said in answer.text
    assert codings() == []


def test_answers_are_found_by_words_by_code_and_by_being_uncoded(evaluating: FlaskClient) -> None:
    send(evaluating, do="give", answer=answer_id("DSDW"), code=code_id("Police"))

    def shown(query: str) -> int:
        return evaluating.get(f"{ITEM}?{query}").text.count('class="wording"')

    assert shown("") == 7
    assert shown("uncoded=1") == 6
    assert shown("search=police") == 1
    assert shown("search=สวัสดิการ") == 1
    assert shown("search=nothing") == 0
    assert shown("page=99") == 7
    assert shown("search=%00&page=x") in (0, 7)


def test_answers_are_sorted_by_how_many_gave_them_or_by_their_words(evaluating: FlaskClient) -> None:
    def first_words(query: str) -> list[str]:
        """The words that stand first in each group of like answers, in order."""
        page = evaluating.get(f"{ITEM}?{query}").text
        return [
            fold(re.findall(r'class="words"[^>]*>([^<]*)<', group)[0]) for group in page.split('<div class="alike')[1:]
        ]

    by_people, by_words = first_words(""), first_words("sort=words")

    assert by_words == sorted(by_people)
    assert by_people != by_words
    assert 'option value="words" selected' in evaluating.get(f"{ITEM}?sort=words&uncoded=1").text


FRAME = f"{ITEM}/frame"


def test_a_code_is_made_renamed_and_grouped_and_results_call_it_so(evaluating: FlaskClient) -> None:
    assert send(evaluating, FRAME, do="create", name="ແມ່ຍິງ", label="Lao Women's Union").status_code == 302
    made = code_id("ແມ່ຍິງ")
    send(evaluating, do="give", answer=answer_id(ANSWERS[4][2]), code=made)
    send(evaluating, FRAME, do="rename", code=made, label="Women's Union of the Lao PDR")
    assert "Women's Union of the Lao PDR" in html.unescape(evaluating.get("/evaluate/border/").text)

    send(evaluating, FRAME, do="group", code=made, other=code_id("Others"))
    named = tabulate.named(collections.find("border").id)[BODY, "lao_pdr"]
    assert (dict(named.table), dict(named.leaves)) == ({"Others": 1}, {"ແມ່ຍິງ": 1})
    send(evaluating, FRAME, do="group", code=made, other="")
    assert dict(tabulate.named(collections.find("border").id)[BODY, "lao_pdr"].table) == {"ແມ່ຍິງ": 1}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"do": "create", "name": ""}, "short name"),
        ({"do": "create", "name": "dsdw"}, "There is a code"),
        ({"do": "create", "name": "x" * 121}, "short name"),
        ({"do": "rename", "code": "DSDW", "label": ""}, "what the code is called"),
        ({"do": "group", "code": "DSDW", "other": "DSDW"}, "under itself"),
        ({"do": "merge", "code": "DSDW", "other": ""}, "Choose the code to merge it into."),
        ({"do": "merge", "code": "DSDW", "other": "IOM", "reason": "short"}, "Please say why"),
        ({"do": "merge", "code": "DSDW", "other": "IOM", "reason": WHY}, "nothing to merge"),
    ],
)
def test_what_cannot_be_done_to_a_frame_is_said(evaluating: FlaskClient, sent: dict[str, str], said: str) -> None:
    ids = {key: code_id(sent[key]) for key in ("code", "other") if sent.get(key)}

    answer = send(evaluating, FRAME, **(sent | ids))

    assert answer.status_code == 422
    assert said in html.unescape(answer.text)


def test_an_item_without_a_frame_gets_one_with_its_first_code(evaluating: FlaskClient) -> None:
    fill(collections.find("border"), [("thailand", "th", "ป้องกันการค้ามนุษย์")], "objective")
    address = "/evaluate/border/coding/8"
    assert "There are no codes yet" in evaluating.get(address).text

    send(evaluating, f"{address}/frame", do="create", name="Prevention")
    send(evaluating, address, do="give", answer=answer_id("ป้องกันการค้ามนุษย์"), code=code_id("Prevention"))

    assert [name for _, name in codings()] == ["Prevention"]
    assert "Coded: 1; not coded: 0." in evaluating.get(address).text


def test_a_merge_is_undone_from_the_history_and_the_log_has_no_words(evaluating: FlaskClient) -> None:
    collection = collections.find("border")
    send(evaluating, do="give", answer=[answer_id("DSDW"), answer_id(ANSWERS[2][2])], code=code_id("DSDW"))
    send(evaluating, do="give", answer=answer_id(ANSWERS[6][2]), code=code_id("Police"))
    before = tallies(collection)
    send(evaluating, FRAME, do="merge", code=code_id("DSDW"), other=code_id("Police"), reason=WHY)
    history = f"{ITEM}/history"
    page = html.unescape(evaluating.get(history).text)
    assert "put “Police” in place of “Department of Social Development and Welfare (DSDW)”, 3 answers" in page
    moment = re.search(r'name="moment" value="([^"]+)"', page)
    assert moment

    refused = send(evaluating, history, moment=moment[1], reason="short")
    assert refused.status_code == 422
    assert "short</textarea>" in refused.text
    assert send(evaluating, history, moment=moment[1], reason=WHY).status_code == 302

    assert tallies(collection) == before
    entries = db.session.query(LogEntry).order_by(LogEntry.number).all()
    assert [each.what for each in entries][-4:] == [
        "gave codes to answers",
        "gave codes to answers",
        "merged codes",
        "undid a coding",
    ]
    written = " ".join(f"{each.about} {each.why}" for each in entries)
    assert not any(text in written for _, _, text in ANSWERS)
    for nothing in ("yesterday", "2003-04-03T09:00:00", "0001-01-01T00:00:00+14:00"):
        assert send(evaluating, history, moment=nothing, reason=WHY).status_code == 400
    assert send(evaluating, history, moment="2003-04-03T09:00:00+00:00", reason=WHY).status_code == 404


def test_an_evaluator_of_one_country_sees_and_codes_only_its_answers(
    app: Flask, evaluating: FlaskClient, sign_in: Callable[..., Any]
) -> None:
    collection = collections.find("border")
    limited = app.test_client()
    sign_in(limited, "evaluator", collection=collection, country="lao_pdr")
    send(evaluating, do="give", answer=answer_id("DSDW"), code=code_id("DSDW"))
    page = limited.get(ITEM).text
    assert ANSWERS[4][2] in page
    assert not any(
        text in html.unescape(page) for country, _, text in ANSWERS if country != "lao_pdr" and text != "DSDW"
    )
    assert page.count('class="wording"') == 1

    every = [answer_id(text) for _, _, text in ANSWERS]
    forms = [unit.response_id for unit in units(collection)]
    send(limited, do="give", answer=every, form=forms, code=code_id("Women Union"))

    assert [name for _, name in codings()].count("Women Union") == 1
    assert limited.get(FRAME).status_code == 200
    assert send(limited, FRAME, do="create", name="Mine").status_code == 403
    history = limited.get(f"{ITEM}/history").text
    assert "Women" in history
    assert history.count('name="moment"') == 1
    assert tabulate.named(collection.id, Filter(("thailand",)))[BODY, "thailand"].leaves == {"DSDW": 1}


def test_nobody_codes_without_the_token_of_the_page(evaluating: FlaskClient) -> None:
    sent = {"do": "give", "answer": answer_id("DSDW"), "code": code_id("DSDW")}

    assert evaluating.post(ITEM, data=sent).status_code == 400
    assert codings() == []


def test_yes_no_frames_stay_as_they_are(evaluating: FlaskClient) -> None:
    answer = send(evaluating, "/evaluate/border/coding/17a/frame", do="create", name="perhaps")

    assert answer.status_code == 422
    assert "its codes stay as they are" in answer.text


@pytest.mark.parametrize("number", ["21a body", "21b body", "23 reference", "17a"])
def test_the_reconstruction_is_wholly_coded(evaluator: FlaskClient, number: str) -> None:
    page = evaluator.get(f"/evaluate/mekong-2003/coding/{number}")

    assert page.status_code == 200
    assert "not coded: 0." in page.text
    assert "Not coded." not in page.text
    assert evaluator.get(f"/evaluate/mekong-2003/coding/{number}/history").status_code == 200


@pytest.mark.parametrize("number", ["1", "nothing", "26"])
def test_what_is_not_answered_in_words_is_not_coded(evaluator: FlaskClient, number: str) -> None:
    for page in ("", "/frame", "/history"):
        assert evaluator.get(f"/evaluate/mekong-2003/coding/{number}{page}").status_code == 404


# Spreadsheets ---------------------------------------------------------------------------------------------------------


def run(app: Flask, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--instance", app.instance_path, "code", *arguments])


def test_codes_filled_in_in_a_spreadsheet_are_given(app: Flask, collection: Collection, tmp_path: Path) -> None:
    fill(collection, [*ANSWERS, ("thailand", "en", "=1+1")])
    file = tmp_path / "codes.csv"
    done = run(app, "export", "border", str(file))
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [row["people"] for row in rows if row["words"] == ANSWERS[2][2]] == ["2"]
    assert "'=1+1" in {row["words"] for row in rows}
    coded = {ANSWERS[2][2]: "dsdw; Others", "'=1+1": "Police"}
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | {"codes": coded.get(row["words"], "")} for row in rows)

    assert "Codes given: 5." in run(app, "import", "border", str(file)).output
    assert [name for _, name in codings()] == ["DSDW", "Others", "DSDW", "Others", "Police"]
    assert "Codes given: 0." in run(app, "import", "border", str(file)).output


def test_codes_filled_in_in_a_workbook_are_given(app: Flask, collection: Collection, tmp_path: Path) -> None:
    forms = fill(collection, [*ANSWERS, ("thailand", "en", "=1+1")])
    translating.translate(forms[5], BODY, "Ministry of Women's Affairs", "translator@example.org")
    db.session.commit()
    file = tmp_path / "codes.xlsx"
    assert run(app, "export", "border", str(file)).exit_code == 0
    book = openpyxl.load_workbook(file)
    header, *rows = book.active.iter_rows()
    at = {cell.value: place for place, cell in enumerate(header)}
    english = {row[at["words"]].value: row[at["english"]].value for row in rows}
    assert english[ANSWERS[5][2]] == "Ministry of Women's Affairs"
    for row in rows:
        if row[at["words"]].value in (ANSWERS[2][2], "=1+1"):
            row[at["codes"]].value = "dsdw; Others"
    book.save(file)

    assert "Codes given: 6." in run(app, "import", "border", str(file)).output
    assert "Codes given: 0." in run(app, "import", "border", str(file)).output


def test_an_item_whose_frame_evaluators_made_is_tallied_in_results_and_exports(
    app: Flask, collection: Collection, evaluating: FlaskClient, tmp_path: Path
) -> None:
    assert collection.version is not None
    q = collection.version.questionnaire
    reported = {line.number for line in q.report}
    variable = next(v for v in verbatims.open_items(q) if not v.item.code_frame and v.number in reported)
    texts = ("To protect", "To train", "Both")
    fill(collection, [("thailand", "en", text) for text in texts], variable.name)
    page = f"/evaluate/border/coding/{variable.number}"
    for name in ("protect", "train"):
        send(evaluating, f"{page}/frame", do="create", name=name, label=f"To {name} people")
    send(evaluating, page, do="give", answer=[answer_id("To protect"), answer_id("Both")], code=code_id("protect"))

    done = CliRunner().invoke(main, ["--instance", app.instance_path, "results", "border", "--format", "json"])

    found = json.loads(done.output)
    assert found["items"][variable.number]["counts"] == {"protect": 2}
    assert found["tallies"][variable.number] == {"all": {"protect": 2}}
    said = html.unescape(re.sub(r"<[^>]+>", " ", evaluating.get("/evaluate/border/").text))
    assert re.search(r"To protect people\s+2", said)
    assert "1 answers in words are not coded yet." in said
    CliRunner().invoke(main, ["--instance", app.instance_path, "export", "border", "--output", str(tmp_path / "e.csv")])
    rows = list(csv.DictReader((tmp_path / "e.csv").read_text("utf-8-sig").splitlines()))
    assert [row[f"{variable.name}.codes"] for row in rows][-3:] == ["protect", "", "protect"]
    book = (tmp_path / "e-codebook.csv").read_text("utf-8-sig")
    assert "To train people" in book


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The spreadsheet is empty"),
        ("item,answer\n1,x\n", "must name the columns"),
        ("item,answer,codes\n21a body,x,No Such\n", "Line 2: there is no code “No Such”"),
        ("item,answer,codes\n26,x,IOM\n", "Line 2: there is no item “26”"),
        ('item,answer,codes\n"21a', "this is no CSV"),
        ("item,answer,codes\n8,x,IOM\n", "there is no code “IOM” for this item"),
    ],
)
def test_a_file_that_cannot_be_taken_in_changes_nothing(
    app: Flask, collection: Collection, tmp_path: Path, content: str, said: str
) -> None:
    fill(collection, ANSWERS[:1])
    file = tmp_path / "codes.csv"
    file.write_text(content, "utf-8")

    done = run(app, "import", "border", str(file))

    assert done.exit_code != 0
    assert said in done.output
    assert codings() == []
