"""Why a form is in the queue to be validated: the kinds of signals that rules, checks and people give."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, false, or_

from surveytool.definitions import Questionnaire
from surveytool.judge.corrections import CORRECTION
from surveytool.judge.judgements import RULE
from surveytool.models import Judgement

#: The kinds, and what each is called.
KINDS: Mapping[str, str] = {
    "excluded": "excluded by a rule",
    "duplicate": "second form of a person or of the same content",
    "straight": "the same mark throughout",
    "contradiction": "contradicts itself",
    "fast": "answered too fast",
    "organisation": "unknown organisation",
    "arrival": "how it arrived",
    "person": "flagged by a person",
    "other": "another rule",
    "correction": "a correction that waits",
}

_OF_CHECKS = {
    "second_form_of_same_person": "duplicate",
    "second_form_of_same_content": "duplicate",
    "straight_lined": "straight",
    "answered_too_fast": "fast",
    "unknown_organisation": "organisation",
}
_OF_EFFECTS = {"exclude form": "excluded", "caution": "contradiction"}


def rules_by_kind(q: Questionnaire) -> dict[str, list[str]]:
    """Return the ids of the rules and checks of a questionnaire that put a form into the queue, by kind."""
    found: dict[str, list[str]] = {}
    for rule in q.rules:
        if rule.effect in _OF_EFFECTS:
            found.setdefault(_OF_EFFECTS[rule.effect], []).append(rule.id)
    for check in q.checks:
        if check.effect == "flag":
            found.setdefault(_OF_CHECKS.get(check.check, "other"), []).append(check.id)
    return found


def signal() -> ColumnElement[bool]:
    """Return the condition that a judgement is a signal: it calls for a person's decision about a form."""
    return or_(Judgement.effect.in_(("flag", "caution")), and_(Judgement.effect == "exclude form", _of_rule()))


def _of_rule() -> ColumnElement[bool]:
    return and_(Judgement.rule.is_not(None), Judgement.rule != CORRECTION)


def is_signal(judgement: Judgement) -> bool:
    """Say whether a judgement calls for a person's decision about its form."""
    of_rule = judgement.rule is not None and judgement.rule != CORRECTION
    return judgement.effect in ("flag", "caution") or (judgement.effect == "exclude form" and of_rule)


def settles(judgement: Judgement) -> bool:
    """Say whether a judgement leaves a form out by decision, whatever rules say of it."""
    return judgement.effect == "exclude form" and judgement.rule is None


def of_kind(kind: str, rules: Mapping[str, list[str]]) -> ColumnElement[bool]:
    """Return the condition that a judgement is a signal of a kind."""
    if kind in ("arrival", "person"):
        by_rule = Judgement.made_by == RULE
        return and_(Judgement.effect == "flag", Judgement.rule.is_(None), by_rule if kind == "arrival" else ~by_rule)
    if kind == "other":
        known = [rule for ids in rules.values() for rule in ids] + [CORRECTION]
        return and_(signal(), Judgement.rule.is_not(None), Judgement.rule.not_in(known))
    ids = rules.get(kind, [])
    return and_(signal(), Judgement.rule.in_(ids)) if ids else false()


def kind_of(judgement: Judgement, rules: Mapping[str, list[str]]) -> str:
    """Return the kind of a signal."""
    if judgement.rule is None:
        return "arrival" if judgement.made_by == RULE else "person"
    return next((kind for kind, ids in rules.items() if judgement.rule in ids), "other")
