"""A second coder codes blind; agreement has known values, and stays what it was when disagreements are settled."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from surveytool import collections, tabulate
from surveytool.judge import blind, coding
from surveytool.models import BlindCoding, Code, Coding, Collection, LogEntry, db
from surveytool.verbatims import answer_id
from tests.test_coding import BODY, WHY, code_id, fill, frame, send, tallies, units

PAGE = "/evaluate/border/coding/21a body"
BLIND, AGREEMENT = f"{PAGE}/blind", f"{PAGE}/agreement"

# Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability, part B: nominal data, two observers, no missing
# data. Twelve articles, two coders, five categories; alpha = 0.692.
BEN = "aabbdcccedda"
GERRY = "babbbccceddd"
CODES = {"a": "DSDW", "b": "IOM", "c": "Police", "d": "Maryknoll", "e": "Others"}
# Cohen's kappa of the same table, by hand: 9 of 12 agree; by chance (3·1 + 2·4 + 3·3 + 3·3 + 1·1)/144 = 30/144 do;
# (9/12 − 30/144)/(1 − 30/144) = 78/114 = 0.684. For code c alone: both 3, neither 9, so kappa is 1. For code b: both 2,
# first alone 0, second alone 2, neither 8: (10/12 − (2·4 + 10·8)/144)/(1 − 88/144) = 32/56 = 0.571.
ALPHA, KAPPA, KAPPA_B = "0.692", "0.684", "0.571"


def text_of(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


Two = tuple[FlaskClient, FlaskClient, str]


@pytest.fixture
def two(app: Flask, collection: Collection, sign_in: Callable[..., Any]) -> Two:
    """Twelve answers; the browsers of a first coder and of a second one, and the second one's address."""
    app.config["RATELIMIT_ENABLED"] = False
    countries = ("thailand", "cambodia", "lao_pdr")
    fill(collection, [(countries[n % 3], "en", f"Answer number {n}") for n in range(12)])
    first, second = app.test_client(), app.test_client()
    sign_in(first, "evaluator")
    return first, second, sign_in(second, "evaluator").email


def code(category: str) -> Code:
    return next(each for each in frame(collections.find("border")).codes if each.name == CODES[category])


def code_openly(by: str = "first@example.org") -> None:
    collection = collections.find("border")
    for unit, category in zip(units(collection), BEN, strict=True):
        coding.give(frame(collection), [unit], [code(category)], by)
    db.session.commit()


def code_blind(coder: str) -> None:
    collection = collections.find("border")
    for unit, category in zip(units(collection), GERRY, strict=True):
        blind.code(frame(collection), [unit], [code(category)], coder)
    db.session.commit()


def code_on_pages(first: FlaskClient, second: FlaskClient) -> None:
    """Code all answers in two browsers, those with the same code at once."""
    send(second, BLIND, do="begin", which="all")
    for browser, page, categories, do in ((first, PAGE, BEN, "give"), (second, BLIND, GERRY, "code")):
        for category in CODES:
            chosen = [answer_id(f"Answer number {n}") for n, each in enumerate(categories) if each == category]
            answer = send(browser, page, do=do, answer=chosen, code=code_id(CODES[category]))
            assert answer.status_code == 302, text_of(answer)


def test_the_page_of_who_codes_blind_has_nothing_of_the_first_coder(two: Two) -> None:
    first, second, _ = two
    send(second, BLIND, do="begin", which="all")
    second.get(BLIND)
    before = second.get(BLIND).text

    code_openly()

    assert re.sub(r'value="[^"]{60,}"', "", second.get(BLIND).text) == re.sub(r'value="[^"]{60,}"', "", before)
    assert "Not coded by you." in before
    send(second, BLIND, do="code", answer=answer_id("Answer number 0"), code=[code_id("IOM"), code_id("Police")])
    send(second, BLIND, do="none", answer=answer_id("Answer number 1"))
    said = text_of(second.get(BLIND))
    assert "coded: 2; not coded: 10." in said
    assert "You noted that no code applies." in said
    assert "Suggestion" not in said
    assert tabulate.named(1)[BODY, "thailand"].people == 4, "what is coded blind is in no tally"


def test_agreement_is_the_published_one_and_settling_changes_codes_but_not_agreement(two: Two) -> None:
    first, second, coder = two
    code_on_pages(first, second)

    def figures() -> str:
        said = text_of(first.get(AGREEMENT))
        return said[said.index("Krippendorff") : said.index("To settle: ")].strip().removesuffix("To settle").strip()

    before = figures()
    assert f"Krippendorff's alpha: {ALPHA}, n = 12 answers coded by both." in before
    assert f"Cohen's kappa over all codes, first coder and {coder}: {KAPPA}" in before
    assert re.search(rf"IOM 2 0 2 8 {KAPPA_B} ", before), before
    assert re.search(r"3 0 0 9 1\.000 1\.00 to 1\.00", before), before
    page = first.get(AGREEMENT).text
    assert "To settle: 3" in text_of(first.get(AGREEMENT))

    forms = [int(each) for each in re.findall(r'name="form" value="(\d+)"', page)]
    seen = re.findall(r'name="seen" value="(\w+)"', page)
    sent = {"form": forms[0], "seen": seen[0], "whose": coder}
    short = send(first, AGREEMENT, **sent, reason="no")
    assert short.status_code == 422
    assert "Please say why" in text_of(short)
    assert re.search(rf'value="{coder}" checked', short.text)
    assert send(first, AGREEMENT, **sent, reason=WHY).status_code == 302
    twice = send(second, AGREEMENT, **sent, reason=WHY)
    assert twice.status_code == 422
    assert "since you opened the page" in text_of(twice)
    send(first, AGREEMENT, form=forms[1], seen=seen[1], whose="first", reason=WHY)
    others = [code_id("Police"), code_id("Others")]
    send(first, AGREEMENT, form=forms[2], seen=seen[2], whose="other", code=others, reason=WHY)

    assert figures() == before
    assert "To settle: 0" in text_of(first.get(AGREEMENT))
    db.session.expire_all()
    now: dict[int, set[int]] = {}
    for each in db.session.query(Coding).filter(Coding.withdrawn_at.is_(None)):
        now.setdefault(each.response_id, set()).add(each.code_id)
    assert [now[form] for form in forms] == [{code_id("IOM")}, {code_id("Maryknoll")}, set(others)]
    changed = db.session.query(Coding).filter_by(response_id=forms[0]).order_by(Coding.id).all()
    assert [(each.why, each.withdrawn_why) for each in changed] == [("", WHY), (WHY, "")]
    history = text_of(first.get(f"{PAGE}/history"))
    assert f"Reason: {WHY}" in history
    settled = text_of(first.get(f"{AGREEMENT}?show=settled"))
    assert settled.count("Settled by") == 3
    late = send(second, BLIND, do="code", answer=answer_id("Answer number 0"), code=code_id("Police"))
    assert "This is settled already" in text_of(late)


def test_a_settlement_is_undone_in_the_history_and_agreement_stays(two: Two) -> None:
    first, second, coder = two
    code_openly()
    code_blind(coder)
    before, page = tallies(db.session.get_one(Collection, 1)), first.get(AGREEMENT).text
    form = re.findall(r'name="form" value="(\d+)"', page)[0]
    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    send(first, AGREEMENT, form=form, seen=seen, whose=coder, reason=WHY)
    assert tallies(db.session.get_one(Collection, 1)) != before

    moment = re.findall(r'name="moment" value="([^"]+)"', first.get(f"{PAGE}/history").text)[0]
    send(first, f"{PAGE}/history", moment=moment, reason=WHY)

    assert tallies(db.session.get_one(Collection, 1)) == before
    assert f"alpha: {ALPHA}" in text_of(first.get(AGREEMENT))


def test_nobody_is_their_own_second_coder(two: Two) -> None:
    first, second, coder = two
    send(first, PAGE, do="give", answer=answer_id("Answer number 3"), code=code_id("IOM"))

    send(first, BLIND, do="begin", which="all")
    said = text_of(first.get(BLIND))
    assert "Your answers: all 11" in said
    assert "Answer number 3" not in said
    unit = next(each for each in units(db.session.get_one(Collection, 1)) if each.response_id == 4)
    maker = db.session.query(Coding).one().made_by
    with pytest.raises(coding.CodingError, match="form 4"):
        blind.code(frame(db.session.get_one(Collection, 1)), [unit], [], maker)

    code_openly(maker)
    said = text_of(first.get(BLIND))
    assert "Left out, since you coded them openly: 11." in said
    everything = send(first, BLIND, do="begin", which="all")
    assert "You have coded all of these answers openly" in text_of(everything)


def test_a_sample_is_drawn_with_a_seed_that_anybody_can_draw_again(two: Two) -> None:
    first, second, coder = two
    for browser in (first, second):
        assert send(browser, BLIND, do="begin", which="some", size="4", seed="2003").status_code == 302

    found = [re.findall(r"Answer number \d+", browser.get(BLIND).text) for browser in (first, second)]
    assert len(found[0]) == 4
    assert found[0] == found[1]
    assert "4 drawn at random of 12, with the seed 2003" in text_of(second.get(BLIND))
    logged = db.session.query(LogEntry).filter_by(what=blind.BEGAN, who=coder).one()
    assert logged.about == "collection 1, item body_national: 4 of 12, seed 2003, up to form 12"
    fill(db.session.get_one(Collection, 1), [("thailand", "en", "Answer number 99")])
    assert re.findall(r"Answer number \d+", second.get(BLIND).text) == found[1]

    for size, seed, wrong in (("", "", "how many answers"), ("40", "", "from 1 to"), ("4", "x", "A seed is")):
        answer = send(second, BLIND, do="begin", which="some", size=size, seed=seed)
        assert answer.status_code == 422
        assert wrong in text_of(answer)


def test_three_coders_several_codes_and_what_cannot_be_compared(
    two: Two, app: Flask, sign_in: Callable[..., Any], collection: Collection
) -> None:
    first, _, coder = two
    code_openly()
    third = app.test_client()
    other = sign_in(third, "evaluator", country="thailand").email
    code_blind(coder)
    send(third, BLIND, do="begin", which="all")
    assert "Your answers: all 4" in text_of(third.get(BLIND))
    send(third, BLIND, do="code", answer=answer_id("Answer number 0"), code=[code_id("IOM"), code_id("DSDW")])

    found = tabulate.coders(collection.id, BODY)
    assert found.by_coder == {coder: 12, other: 1}
    assert found.several
    both = f"{code_id('DSDW')}+{code_id('IOM')}"
    assert {codes: n for codes, n in found.sets().items() if len(codes) == 3} in (
        {(str(code_id("DSDW")), str(code_id("IOM")), both): 1},
        {(str(code_id("DSDW")), both, str(code_id("IOM"))): 1},
    )
    said = text_of(first.get(f"{AGREEMENT}?coder={other}"))
    assert "on sets of codes: coders agree on an answer when they gave it just the same codes" in said
    assert "Over 3 coders" in said
    assert "Cohen's kappa over all codes" not in said

    send(first, PAGE, do="take", answer=answer_id("Answer number 5"), code=code_id("Police"), reason=WHY)
    assert "1 answers that were coded blind have no code from the first coder" in text_of(first.get(AGREEMENT))


def test_merging_and_undoing_restores_tallies_though_answers_were_coded_blind(two: Two, collection: Collection) -> None:
    first, _, coder = two
    code_openly()
    code_blind(coder)
    bodies = frame(collection)
    iom, police = (next(each for each in bodies.codes if each.name == name) for name in ("IOM", "Police"))
    before, noted = tallies(collection), db.session.query(BlindCoding).count()

    coding.merge(bodies, iom, police, "tester", WHY)
    assert tallies(collection) != before
    coding.undo(bodies, coding.deeds(bodies, 1)[0], "tester", WHY)
    db.session.commit()

    assert tallies(collection) == before
    assert db.session.query(BlindCoding).count() == noted
    assert f"alpha: {ALPHA}" in text_of(first.get(AGREEMENT))


def test_nothing_chosen_and_nothing_there_is_answered_with_words(two: Two) -> None:
    first, second, _ = two
    send(second, BLIND, do="begin", which="all")
    for sent, wrong in (
        ({"do": "code", "code": code_id("IOM")}, "Choose at least one answer."),
        ({"do": "code", "answer": answer_id("Answer number 1")}, "Choose at least one code"),
        ({"do": "none", "answer": answer_id("Answer number 1"), "code": code_id("IOM")}, "not clear whether none"),
    ):
        answer = send(second, BLIND, **sent)
        assert answer.status_code == 422
        assert wrong in text_of(answer)
    assert "Nobody has coded answers to this item blind yet." in text_of(first.get(AGREEMENT))
    assert first.get("/evaluate/border/coding/7/agreement").status_code == 404
    token = re.search(r'name="csrf_token" value="([^"]+)"', second.get(BLIND).text)
    assert token
    assert second.post(AGREEMENT, data={"csrf_token": token[1], "form": "999", "whose": "first"}).status_code == 404


def test_agreement_without_anything_in_common_says_so_instead_of_a_figure(two: Two) -> None:
    first, second, _ = two
    send(second, BLIND, do="begin", which="all")
    send(second, BLIND, do="none", answer=answer_id("Answer number 0"))

    said = text_of(first.get(AGREEMENT))

    assert "Krippendorff's alpha: –, n = 0" in said
    assert "Nothing was coded by two people" in said
