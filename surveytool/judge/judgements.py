"""Making and withdrawing judgements, by rule and by people."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import insert, select

from surveytool.audit_log import record
from surveytool.definitions import Given, Questionnaire, holds
from surveytool.definitions.questionnaire import variables_of
from surveytool.judge.checks import CHECKS
from surveytool.judge.standing import rewrite
from surveytool.models import WAVES, Collection, Judgement, Response, db
from surveytool.models.base import Base, now

RULE = "rule"
EARLIER_CAME = "A form of the wave {wave} with this linking code came later: form {form}."


class Verdict(NamedTuple):
    """What a rule says of a response: of one variable, or (None) of the whole form."""

    rule: str
    effect: str
    variable: str | None
    reason: str


def verdicts(q: Questionnaire, response: Response, given: Mapping[str, Given]) -> Iterator[Verdict]:
    """Yield what the rules and named checks of a questionnaire say of one response."""
    whole = q.with_sections(given)
    for rule in q.rules:
        if rule.effect != "exclude item" and holds(rule.when, whole):
            for variable in _spoken_of(q, rule.items, given, rule.effect) if rule.items else (None,):
                yield Verdict(rule.id, rule.effect, variable, rule.reason)
    for check in q.checks:
        for variable in CHECKS[check.check](q, response, given, check):
            yield Verdict(check.id, check.effect, variable, check.reason)


def _spoken_of(q: Questionnaire, names: Iterable[str], given: Mapping[str, Given], effect: str) -> Iterator[str]:
    """Yield the variables of the items a rule names; an answer can be excluded only where there is one."""
    for name in names:
        if effect != "exclude answer" or (name in given and given[name].answered):
            yield from (variable.name for variable in variables_of(q.items[name]))


def judge_by_rule(response: Response, given: Mapping[str, Given]) -> int:
    """Record what the rules say of a response, and return how many judgements were made.

    A rule's judgement that was ever made is not made again.
    """
    q = response.version.questionnaire
    found = list(verdicts(q, response, given))
    made = select(Judgement.rule, Judgement.variable).where(Judgement.response_id == response.id)
    known = {tuple(row) for row in db.session.execute(made)} if found else set()
    rows = [
        {
            "collection_id": response.collection_id,
            "response_id": response.id,
            "variable": verdict.variable,
            "effect": verdict.effect,
            "reason": verdict.reason,
            "rule": verdict.rule,
            "made_by": RULE,
        }
        for verdict in found
        if (verdict.rule, verdict.variable) not in known
    ]
    if rows:
        db.session.execute(insert(Base.metadata.tables["judgements"]), rows)
    return len(rows)


def checks_that_hold(response: Response) -> set[str]:
    """Return the named checks whose judgement on a form is in force."""
    made = select(Judgement.rule).where(Judgement.response_id == response.id, Judgement.withdrawn_at.is_(None))
    rules = set(db.session.scalars(made))
    return {each.check for each in response.version.questionnaire.checks if each.id in rules}


def settle_later_waves(response: Response) -> None:
    """Take back, as the rule, that a form of a later wave has none before it: this one came after it.

    The judgements stay on record.
    """
    collection = db.session.get_one(Collection, response.collection_id)
    later = WAVES[WAVES.index(collection.wave) + 1 :] if collection.wave in WAVES else ()
    rules = {each.id for each in response.version.questionnaire.checks if each.check == "no_earlier_wave"}
    if not later or not response.linking or not rules:
        return
    held = (
        select(Judgement)
        .join(Response, Response.id == Judgement.response_id)
        .join(Collection, Collection.id == Response.collection_id)
        .where(
            Collection.workshop_id == collection.workshop_id,
            Collection.wave.in_(later),
            Response.linking == response.linking,
            Judgement.rule.in_(rules),
            Judgement.withdrawn_at.is_(None),
        )
    )
    for judgement in db.session.scalars(held).all():
        withdraw(judgement, RULE, EARLIER_CAME.format(wave=collection.wave, form=response.id))


def exclude_form(response: Response, by: str, reason: str) -> Judgement:
    """Let a whole form not count."""
    return _record(Judgement(response_id=response.id, effect="exclude form"), response.collection_id, by, reason)


def exclude_answer(response: Response, variable: str, by: str, reason: str) -> Judgement:
    """Declare one answer invalid."""
    judgement = Judgement(response_id=response.id, variable=variable, effect="exclude answer")
    return _record(judgement, response.collection_id, by, reason)


def exclude_item(collection_id: int, variable: str, by: str, reason: str) -> Judgement:
    """Declare every answer to an item of a collection invalid."""
    return _record(Judgement(variable=variable, effect="exclude item"), collection_id, by, reason)


def flag(response: Response, by: str, reason: str) -> Judgement:
    """Mark a form for a person to look at; it counts until somebody decides otherwise."""
    return _record(Judgement(response_id=response.id, effect="flag"), response.collection_id, by, reason)


def _record(judgement: Judgement, collection_id: int, by: str, reason: str) -> Judgement:
    judgement.collection_id, judgement.made_by, judgement.reason = collection_id, by, reason
    db.session.add(judgement)
    db.session.flush()
    _restand(judgement)
    _tell(judgement, by, judgement.effect, reason)
    return judgement


def _tell(judgement: Judgement, by: str, what: str, why: str) -> None:
    """Write what a person decided into the audit log; a rule's reasons stand with the rule."""
    if by != RULE:
        about = (
            f"response {judgement.response_id}" if judgement.response_id else f"collection {judgement.collection_id}"
        )
        record(by, what, f"{about} {judgement.variable}" if judgement.variable else about, why)


def withdraw(judgement: Judgement, by: str, why: str) -> None:
    """Take a judgement back; it stays on record. One withdrawn before stays withdrawn as it was."""
    if judgement.withdrawn_at is not None:
        return
    judgement.withdrawn_by, judgement.withdrawn_at, judgement.withdrawn_why = by, now(), why
    db.session.flush()
    _restand(judgement)
    _tell(judgement, by, f"withdrew: {judgement.effect}", why)


def renew(judgement: Judgement, by: str, reason: str) -> Judgement:
    """Decide again, in a person's name, what was decided and withdrawn; both stay on record."""
    again = Judgement(response_id=judgement.response_id, variable=judgement.variable, effect=judgement.effect)
    return _record(again, judgement.collection_id, by, reason)


def _restand(judgement: Judgement) -> None:
    if judgement.effect == "exclude item":
        rewrite(collection_id=judgement.collection_id, variable=judgement.variable)
    elif judgement.effect.startswith("exclude"):
        rewrite(response_id=judgement.response_id, variable=judgement.variable)
