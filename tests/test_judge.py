"""Rules and people judging: what stands always follows from the records, and every judgement can be undone."""

import datetime
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from surveytool import collections, intake, judge, reconstruction, results, tabulate
from surveytool.definitions import load_questionnaire
from surveytool.judge import deciding, standing
from surveytool.models import Answer, Collection, Judgement, Response, Standing, db
from surveytool.models.base import now
from surveytool.reading import read_form

EVALUATOR = "Alice"

#: Six forms: two nearly empty or of one person, some with answers to what was not asked.
FORMS: list[dict[str, str]] = [
    {"country": "thailand", "trained": "yes", "training_useful": "4", "applying": "yes", "expect_to_use": "yes"},
    {"country": "thailand", "trained": "no", "applying": "no", "log_frame": "yes", "activities": "prevention"},
    {
        "country": "cambodia",
        "name": "Lá",
        "trained": "yes",
        "applying": "no",
        "expect_to_use": "yes",
        "how_soon": "0-1",
    },
    {"country": "myanmar", "name": "Lá", "pcm": "yes", "planning_tools": "PCM", "coordination_national": "2"},
    {"country": "viet_nam"},
    {"evaluated": "na", "planning_tools.choice": "na", "retrafficking_rate": "yes", "acceptable_rate": "30"},
]
VARIABLES = ("trained", "expect_to_use", "log_frame", "activities.prevention", "acceptable_rate", "country")


def keep(collection: Collection, sent: dict[str, str], mode: str = "web") -> Response:
    fields = {name: [value] for name, value in sent.items()}
    outcome = intake.receive(collection, fields, submission=str(uuid.uuid4()), language="en", mode=mode)
    assert isinstance(outcome, intake.Kept), outcome
    return outcome.response


def judgements(response: Response) -> set[tuple[str | None, str, str | None]]:
    """What is judged of a response and not withdrawn: rule, effect, variable."""
    query = select(Judgement).where(Judgement.response_id == response.id, Judgement.withdrawn_at.is_(None))
    return {(each.rule, each.effect, each.variable) for each in db.session.scalars(query)}


def state(response: Response, variable: str) -> str:
    found = db.session.get(Standing, (response.id, variable))
    assert found is not None
    db.session.refresh(found)
    return found.state


def counts(collection: Collection) -> Any:
    forms = tabulate.forms(collection.id)
    return (forms.received, forms.excluded, forms.valid), tabulate.variables(collection.id)


# Any sequence of judgements -----------------------------------------------------------------------------------------

#: One step: what is done, and numbers that choose to what.
STEPS = st.lists(
    st.tuples(st.sampled_from(["form", "answer", "item", "withdraw"]), st.integers(0, 5), st.integers(0, 5)),
    min_size=1,
    max_size=12,
)


def judged(collection: Collection, kept: list[Response], steps: list[tuple[str, int, int]]) -> list[Judgement]:
    """Carry out the steps; return the judgements made that were not withdrawn."""
    made: list[Judgement] = []
    for what, one, other in steps:
        if what == "form":
            made.append(judge.exclude_form(kept[one], EVALUATOR, "Not a partner."))
        elif what == "answer":
            made.append(judge.exclude_answer(kept[one], VARIABLES[other], EVALUATOR, "Misread."))
        elif what == "item":
            made.append(judge.exclude_item(collection.id, VARIABLES[other], EVALUATOR, "Badly worded."))
        elif made:
            judge.withdraw(made.pop(one % len(made)), EVALUATOR, "A mistake.")
    return made


@pytest.mark.parametrize("size", [20, pytest.param(2_000, marks=pytest.mark.full)])
def test_what_stands_equals_a_rebuild_after_any_judgements_and_undoing_them_gives_the_first_counts(
    app: Flask, collection: Collection, size: int
) -> None:
    kept = [keep(collection, sent) for sent in FORMS]
    first = counts(collection)

    @settings(max_examples=size, derandomize=size < 1000, deadline=None, database=None)
    @given(STEPS, st.randoms(use_true_random=False))
    def property_(steps: list[tuple[str, int, int]], chance: random.Random) -> None:
        try:
            made = judged(collection, kept, steps)
            assert standing.differences(collection.id) == 0
            assert judge.rebuild(collection.id) == 0
            for variable in tabulate.variables(collection.id).values():
                assert sum(variable.states.values()) == len(FORMS)
            chance.shuffle(made)
            for judgement in made:
                judge.withdraw(judgement, EVALUATOR, "Undone.")
            assert counts(collection) == first
            assert standing.differences(collection.id) == 0
        finally:
            db.session.rollback()

    property_()

    assert counts(collection) == first


#: One decision: what is done, to which forms, and a number that chooses the rest.
DECISIONS = st.lists(
    st.tuples(
        st.sampled_from(["keep", "exclude", "duplicate", "flag", "answer", "item", "undo"]),
        st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=12,
)
Undo = Callable[[], Any]


def decided(collection: Collection, kept: list[Response], what: str, chosen: list[int], other: int) -> Undo | None:
    """Decide one thing, and return what undoes it; None where there was nothing to decide."""
    forms = [kept[each] for each in sorted(chosen)]
    known = deciding.judged([each.id for each in kept])
    if what in ("flag", "answer", "item"):
        # No two flags alike: one that is there again is left, and the first would not come back.
        nth = len(known[forms[0].id])
        judgement = {
            "flag": lambda: judge.flag(forms[0], EVALUATOR, f"Look again, {nth}."),
            "answer": lambda: judge.exclude_answer(forms[0], VARIABLES[other], EVALUATOR, "Misread."),
            "item": lambda: judge.exclude_item(collection.id, VARIABLES[other], EVALUATOR, "Badly worded."),
        }[what]()
        return lambda: judge.withdraw(judgement, EVALUATOR, "Undone.")
    try:
        if what == "keep":
            signals = {each.id: deciding.live_signals(known[each.id]) for each in forms}
            done = deciding.keep(forms, signals, EVALUATOR, "Looked at.")
        else:
            of = kept[other] if what == "duplicate" else None
            done = deciding.exclude(forms, known, EVALUATOR, "Left out.", of)
    except deciding.DecisionError:
        return None
    if not done:
        return None
    (decision, *_) = deciding.decisions(collection.id, (), 1)

    def undo() -> None:
        restored, left = deciding.undo(decision, deciding.judged(decision.forms), EVALUATOR, "Undone.")
        assert (restored, left) == (done, 0)

    return undo


def standing_rows(collection: Collection, at: datetime.datetime | None) -> set[tuple[Any, ...]]:
    """What stands now, or stood at a moment, row by row."""
    what = tabulate.standing(collection.id, tabulate.Filter(stand=at or tabulate.VALID))
    columns = (what.response_id, what.variable, what.state, what.code)
    return {tuple(row) for row in db.session.execute(select(*columns).where(what.collection_id == collection.id))}


@pytest.mark.parametrize("size", [12, pytest.param(1_000, marks=pytest.mark.full)])
def test_decisions_on_one_form_or_many_undone_in_any_order_give_back_the_first_figures(
    app: Flask, collection: Collection, size: int
) -> None:
    kept = [keep(collection, sent) for sent in FORMS]
    first, figures = counts(collection), results.as_json(results.collect(collection))["items"]

    @settings(max_examples=size, derandomize=size < 1000, deadline=None, database=None)
    @given(DECISIONS, st.randoms(use_true_random=False))
    def property_(steps: list[tuple[str, list[int], int]], chance: random.Random) -> None:
        try:
            undoing: list[Undo] = []
            then, stood = now(), standing_rows(collection, None)
            for place, (what, chosen, other) in enumerate(steps):
                if place == len(steps) // 2:
                    then, stood = now(), standing_rows(collection, None)
                if what != "undo":
                    undo = decided(collection, kept, what, chosen, other)
                    undoing += [undo] if undo else []
                elif undoing:
                    undoing.pop(other % len(undoing))()
                assert standing.differences(collection.id) == 0
            chance.shuffle(undoing)
            for undo in undoing:
                undo()
            assert counts(collection) == first
            assert standing.differences(collection.id) == 0
            assert standing_rows(collection, then) == stood
        finally:
            db.session.rollback()

    property_()

    assert results.as_json(results.collect(collection))["items"] == figures


@pytest.mark.parametrize("size", [10, pytest.param(500, marks=pytest.mark.full)])
def test_undoing_the_rules_too_gives_what_was_received(app: Flask, collection: Collection, size: int) -> None:
    kept = [keep(collection, sent) for sent in FORMS]
    received = tabulate.variables(collection.id, tabulate.Filter(stand=tabulate.RECEIVED))
    assert tabulate.variables(collection.id) != received

    @settings(max_examples=size, derandomize=size < 1000, deadline=None, database=None)
    @given(STEPS, st.randoms(use_true_random=False))
    def property_(steps: list[tuple[str, int, int]], chance: random.Random) -> None:
        try:
            judged(collection, kept, steps)
            standing_ones = list(db.session.scalars(select(Judgement).where(Judgement.withdrawn_at.is_(None))))
            chance.shuffle(standing_ones)
            for judgement in standing_ones:
                judge.withdraw(judgement, EVALUATOR, "Undone.")
            assert tabulate.variables(collection.id) == received
            assert tabulate.forms(collection.id).excluded == 0
            assert judge.rebuild(collection.id) == 0
        finally:
            db.session.rollback()

    property_()


def test_a_rebuild_mends_what_stands(collection: Collection) -> None:
    for sent in FORMS:
        keep(collection, sent)
    before = counts(collection)
    rows = list(db.session.scalars(select(Standing).where(Standing.variable == "trained")))
    rows[0].state, rows[0].code = "value", "no"
    db.session.delete(rows[1])
    db.session.flush()
    assert counts(collection) != before
    assert standing.differences(collection.id) == 2

    assert judge.rebuild() == 2

    assert counts(collection) == before
    assert judge.rebuild() == 0


def test_judgements_of_one_collection_do_not_touch_another(collection: Collection) -> None:
    elsewhere = collections.create("other", "partner_survey", "Other", who="tester")
    collections.open_(elsewhere, "tester")
    for sent in FORMS:
        keep(collection, sent)
        keep(elsewhere, sent)
    before = counts(elsewhere)

    judge.exclude_item(collection.id, "trained", EVALUATOR, "Badly worded.")
    judge.rebuild(collection.id)

    assert counts(elsewhere) == before
    assert tabulate.variables(collection.id)["trained"].states["invalid"] == 3


def test_judging_never_changes_what_was_sent(collection: Collection) -> None:
    response = keep(collection, FORMS[0])
    sent, before = dict(response.sent), {row.variable: (row.state, row.code, row.text) for row in response.answers}

    judge.exclude_form(response, EVALUATOR, "Not a partner.")
    judge.exclude_answer(response, "trained", EVALUATOR, "Misread.")
    judge.exclude_item(collection.id, "country", EVALUATOR, "Badly worded.")
    db.session.commit()
    db.session.expire_all()

    assert response.sent == sent
    assert {row.variable: (row.state, row.code, row.text) for row in db.session.scalars(select(Answer))} == before


def test_a_judgement_says_who_when_and_why_and_stays_when_it_is_withdrawn(collection: Collection) -> None:
    judgement = judge.exclude_form(keep(collection, FORMS[0]), EVALUATOR, "Not a partner.")
    judge.withdraw(judgement, "Bob", "It was one after all.")
    db.session.commit()
    db.session.expire_all()

    (kept,) = db.session.scalars(select(Judgement).where(Judgement.effect == "exclude form"))
    assert (kept.made_by, kept.reason, kept.rule) == (EVALUATOR, "Not a partner.", None)
    assert (kept.withdrawn_by, kept.withdrawn_why) == ("Bob", "It was one after all.")
    assert kept.withdrawn_at is not None
    assert kept.made_at <= kept.withdrawn_at


def test_two_reasons_to_exclude_a_form_are_both_to_be_withdrawn(collection: Collection) -> None:
    response = keep(collection, FORMS[0])
    first = judge.exclude_form(response, EVALUATOR, "Not a partner.")
    second = judge.exclude_form(response, "Bob", "Came too late.")

    forms = tabulate.forms(collection.id)
    assert (forms.excluded, forms.reasons) == (1, {"Not a partner.": 1, "Came too late.": 1})
    judge.withdraw(first, EVALUATOR, "It is.")
    assert tabulate.forms(collection.id).excluded == 1
    judge.withdraw(second, "Bob", "It did not.")
    assert tabulate.forms(collection.id).excluded == 0
    assert state(response, "trained") == "value"


def test_an_excluded_form_takes_its_answers_with_it_and_an_invalid_answer_its_value(
    collection: Collection,
) -> None:
    response = keep(collection, {"trained": "yes", "log_frame": "na"})

    judge.exclude_answer(response, "trained", EVALUATOR, "Misread.")
    judge.exclude_answer(response, "log_frame", EVALUATOR, "Misread.")
    judge.exclude_answer(response, "gender", EVALUATOR, "Misread.")
    states = [state(response, name) for name in ("trained", "log_frame", "gender", "how_soon")]
    assert states == ["invalid", "not_applicable", "no_answer", "not_asked"]

    judge.exclude_form(response, EVALUATOR, "Not a partner.")
    assert {row.state for row in db.session.scalars(select(Standing))} == {"excluded"}


# The rules of 2003, each with a small example -----------------------------------------------------------------------

#: Rule, a form, and what the rules say of it (effect and variable).
SCALES = [item.name for item in load_questionnaire("partner_survey").scale_items()]
RULES: list[tuple[str, dict[str, str], set[tuple[str, str | None]]]] = [
    ("nothing-beyond-general", {}, {("exclude form", None)}),
    ("nothing-beyond-general", {"country": "thailand", "objective": "Shelter"}, {("exclude form", None)}),
    ("nothing-beyond-general", {"trained": "no"}, set()),
    ("nothing-beyond-general", {"activities": "prevention"}, set()),
    ("nothing-beyond-general", {"research_return": "no"}, set()),
    ("nothing-beyond-general", {"planning_tools.choice": "na"}, set()),
    ("nothing-beyond-general", {"gender": "no"}, set()),
    ("nothing-beyond-general", {"comments": "Thank you"}, set()),
    ("nothing-beyond-general", {"attended": "no"}, set()),
    (
        "future-use-beside-present-use",
        {"trained": "yes", "applying": "yes", "expect_to_use": "yes", "how_soon": "0-1"},
        {("exclude answer", "expect_to_use"), ("exclude answer", "how_soon")},
    ),
    (
        "future-use-beside-present-use",
        {"trained": "yes", "applying": "yes", "expect_to_use": "no"},
        {("exclude answer", "expect_to_use")},
    ),
    ("future-use-beside-present-use", {"trained": "yes", "applying": "yes"}, set()),
    ("future-use-beside-present-use", {"trained": "yes", "applying": "no", "expect_to_use": "yes"}, set()),
    ("log-frame-without-tools", {"log_frame": "yes"}, {("caution", "log_frame")}),
    (
        "log-frame-without-tools",
        {"log_frame": "yes", "planning_tools.choice": "na", "monitoring_tools.choice": "na"},
        {("caution", "log_frame")},
    ),
    ("log-frame-without-tools", {"log_frame": "yes", "planning_tools": "PCM"}, set()),
    ("log-frame-without-tools", {"log_frame": "yes", "monitoring_tools": "Visits"}, set()),
    ("log-frame-without-tools", {"log_frame": "no"}, set()),
    ("log-frame-without-tools", {"log_frame": "na"}, set()),
    ("pcm-without-tools", {"pcm": "yes"}, {("caution", "pcm")}),
    ("pcm-without-tools", {"pcm": "yes", "planning_tools.choice": "na", "monitoring_tools": "Visits"}, set()),
    ("pcm-without-tools", {"pcm": "no"}, set()),
    ("straight-lined", dict.fromkeys(SCALES, "4"), {("flag", None)}),
    ("straight-lined", dict.fromkeys(SCALES[:4], "4"), set()),
    ("straight-lined", {**dict.fromkeys(SCALES, "4"), SCALES[2]: "3"}, set()),
    ("not-asked", {"trained": "no", "training_useful": "3"}, {("exclude answer", "training_useful")}),
    ("not-asked", {"training_useful": "3"}, {("exclude answer", "training_useful")}),
    ("not-asked", {"trained": "no", "applying": "no"}, {("exclude answer", "applying")}),
    ("not-asked", {"retrafficking_rate": "no", "acceptable_rate": "30"}, {("exclude answer", "acceptable_rate")}),
    ("not-asked", {"attended": "no", "meeting_useful": "0"}, {("exclude answer", "meeting_useful")}),
    ("not-asked", {"country": "thailand", "country_other": "Laos"}, {("exclude answer", "country_other")}),
    ("not-asked", {"retrafficking_rate": "yes", "acceptable_rate": "30"}, set()),
    ("not-asked", {"trained": "yes", "training_useful": "3", "applying": "no", "applying_why_not": "No time"}, set()),
]


@pytest.mark.parametrize(("rule", "sent", "said"), RULES)
def test_a_rule_of_2003_says_what_it_should(
    collection: Collection, rule: str, sent: dict[str, str], said: set[tuple[str, str | None]]
) -> None:
    response = keep(collection, sent)

    assert {(effect, variable) for by, effect, variable in judgements(response) if by == rule} == said
    for effect, variable in said:
        if effect == "exclude answer":
            assert variable is not None
            assert state(response, variable) in ("invalid", "excluded")
        if effect == "caution":
            assert variable is not None
            assert state(response, variable) == "value"
    excluded = any(effect == "exclude form" for _, effect, _ in judgements(response))
    assert tabulate.forms(collection.id).excluded == excluded


def test_every_rule_and_check_of_the_partner_survey_has_an_example(collection: Collection) -> None:
    assert collection.version is not None
    q = collection.version.questionnaire

    shown = {rule for rule, _, said in RULES if said} | {"future-use-of-no-one"}
    # These need other forms, a device, or the register: see below, and test_validation.
    shown |= {"same-person", "same-content", "too-fast", "unknown-organisation"}
    assert shown == {rule.id for rule in q.rules} | {check.id for check in q.checks}


def test_a_rules_judgement_carries_the_reason_in_words(collection: Collection) -> None:
    response = keep(collection, {})

    (judgement,) = db.session.scalars(select(Judgement).where(Judgement.response_id == response.id))
    assert (judgement.made_by, judgement.rule) == ("rule", "nothing-beyond-general")
    assert tabulate.forms(collection.id).reasons == {judgement.reason: 1}
    assert len(judgement.reason) > 20


def test_cautions_are_told_and_change_no_figure(collection: Collection) -> None:
    keep(collection, {"log_frame": "yes", "pcm": "yes"})
    keep(collection, {"log_frame": "yes", "planning_tools": "PCM"})

    cautions = tabulate.cautions(collection.id)
    assert {variable: sum(reasons.values()) for variable, reasons in cautions.items()} == {"log_frame": 1, "pcm": 1}
    assert tabulate.variables(collection.id)["log_frame"].codes == {"yes": 2}


def test_an_item_whose_every_answer_is_invalid_is_reported_invalid_with_the_reason(collection: Collection) -> None:
    for _ in range(2):
        keep(collection, {"trained": "yes", "applying": "yes", "expect_to_use": "yes"})

    item = results.collect(collection).items["12"]
    assert "already uses the skills" in str(item.invalid)
    assert item.missing["invalid"] == 2
    assert "mean" not in results.as_json(results.collect(collection))["items"]["12"]

    keep(collection, {"trained": "yes", "applying": "no", "expect_to_use": "yes"})
    item = results.collect(collection).items["12"]
    assert not item.invalid
    assert (item.n, item.counts["yes"]) == (1, 1)


def test_an_item_that_nobody_answered_has_no_applicable_answers(collection: Collection) -> None:
    keep(collection, {"trained": "yes", "applying": "yes"})

    item = results.collect(collection).items["12"]
    assert item.n == 0
    assert not item.invalid
    assert "no applicable answers" in item.sentence.lower()


def test_a_form_flagged_and_not_yet_decided_counts_as_valid(collection: Collection) -> None:
    keep(collection, {"name": "Lá", "gender": "yes"})
    second = keep(collection, {"name": "Lá", "gender": "no"})

    assert judgements(second) == {("same-person", "flag", None)}
    forms = tabulate.forms(collection.id)
    assert (forms.valid, forms.flagged) == (2, 1)
    assert tabulate.variables(collection.id)["gender"].codes == {"yes": 1, "no": 1}


@pytest.mark.parametrize(("rule", "sent"), [(rule, sent) for rule, sent, said in RULES if said])
def test_a_withdrawn_judgement_of_a_rule_is_not_made_again(
    collection: Collection, rule: str, sent: dict[str, str]
) -> None:
    response = keep(collection, sent)
    for judgement in db.session.scalars(select(Judgement).where(Judgement.rule == rule)).all():
        judge.withdraw(judgement, EVALUATOR, "I know this partner.")
    before = counts(collection)
    assert collection.version is not None
    given_ = read_form(collection.version.questionnaire, {name: [value] for name, value in sent.items()}).given

    again = judge.judge_by_rule(response, given_)

    assert again == 0
    assert rule not in {by for by, _, _ in judgements(response)}
    assert counts(collection) == before
    assert judge.rebuild(collection.id) == 0


def test_a_rule_judges_paper_as_it_judges_the_web(collection: Collection) -> None:
    sent = {"trained": "yes", "applying": "yes", "expect_to_use": "yes"}
    judged_ = [judgements(keep(collection, sent, mode)) for mode in intake.MODES]

    assert judged_ == [judged_[0]] * 4
    assert judged_[0]


# The reconstruction -------------------------------------------------------------------------------------------------


@pytest.fixture
def mekong(filled_app: Flask) -> Collection:
    return collections.find(reconstruction.CODE)


def test_the_ledger_of_2003_is_40_received_2_excluded_38_valid(mekong: Collection) -> None:
    forms = tabulate.forms(mekong.id)

    assert (forms.received, forms.excluded, forms.valid) == (40, 2, 38)
    assert sum(forms.reasons.values()) == 2
    assert judge.rebuild(mekong.id) == 0


def test_item_12_of_2003_is_reported_as_invalid_with_its_reason(mekong: Collection) -> None:
    item = results.as_json(results.collect(mekong))["items"]["12"]

    assert "invalid and irrelevant" in item["invalid"]
    assert not item.keys() & {"mean", "sd", "median", "ci95"}


@pytest.mark.parametrize(
    "change",
    [
        lambda responses: judge.exclude_form(responses[0], EVALUATOR, "Not a partner."),
        lambda responses: judge.exclude_answer(responses[0], "trained", EVALUATOR, "Misread."),
        lambda responses: judge.exclude_item(responses[0].collection_id, "trained", EVALUATOR, "Badly worded."),
    ],
)
def test_the_published_counts_come_back_when_a_judgement_is_withdrawn(
    mekong: Collection, change: Callable[[list[Response]], Judgement]
) -> None:
    responses = list(db.session.scalars(select(Response).where(Response.collection_id == mekong.id)))
    before = results.as_json(results.collect(mekong))

    judgement = change(responses)
    assert results.as_json(results.collect(mekong)) != before
    judge.withdraw(judgement, EVALUATOR, "Undone.")

    assert results.as_json(results.collect(mekong)) == before
