"""Running the rules again over the forms that came: what would be judged that never was, and judging so.

A collection keeps the rules it was opened with. Rules and checks that its questionnaire has gained since are run
too, as far as they speak of what the collection asked. What was judged once is not judged again, withdrawn or not.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import insert, select

from surveytool.audit_log import record
from surveytool.definitions import Questionnaire, load_questionnaire
from surveytool.definitions.conditions import FACTS, subjects
from surveytool.definitions.questionnaire import Check, Rule
from surveytool.judge import rewrite
from surveytool.judge.judgements import RULE, Verdict, verdicts
from surveytool.models import Collection, Judgement, Response, db
from surveytool.models.base import Base, writing
from surveytool.reading import read_form

BATCH = 200
#: Hears of how many forms it is known what the rules say.
Tell = Callable[[int], None]


@dataclass(frozen=True)
class Found:
    """What one rule or check would judge that it has not judged before: to what effect, why, of how many forms."""

    rule: str
    effect: str
    reason: str
    forms: int


def questionnaire_with_new_rules(collection: Collection) -> Questionnaire:
    """Return what a collection asks, with its own rules and those that its questionnaire has gained since."""
    assert collection.version is not None, "a collection has rules once it has been opened"
    own = collection.version.questionnaire
    shipped = _shipped(collection.questionnaire_name)
    if shipped is None:
        return own
    known = {each.id for each in own.rules} | {each.id for each in own.checks}
    rules = tuple(each for each in shipped.rules if each.id not in known and _rule_fits(own, each))
    checks = tuple(each for each in shipped.checks if each.id not in known and _check_fits(own, each))
    return replace(own, rules=own.rules + rules, checks=own.checks + checks)


@cache
def _shipped(name: str) -> Questionnaire | None:
    """Return a questionnaire as it is shipped now; None for one that is not shipped any more."""
    try:
        return load_questionnaire(name)
    except (OSError, ValueError):
        return None


def _rule_fits(q: Questionnaire, rule: Rule) -> bool:
    sections = {section.name for section in q.sections}
    return set(rule.items) | (subjects(rule.when) if rule.when else set()) <= {*q.items, *sections, *FACTS}


def _check_fits(q: Questionnaire, check: Check) -> bool:
    return {check.item} - {""} <= q.items.keys() and {check.section} - {""} <= {each.name for each in q.sections}


def preview(collection: Collection, tell: Tell = lambda done: None) -> list[Found]:
    """Return what running the rules again would judge, rule by rule; changes nothing."""
    forms: Counter[Verdict] = Counter()
    for batch in _batches(collection, tell):
        for found in batch.values():
            forms.update({_of_any_variable(verdict) for verdict in found})
    return [Found(each.rule, each.effect, each.reason, n) for each, n in sorted(forms.items(), key=lambda p: p[0].rule)]


def _of_any_variable(verdict: Verdict) -> Verdict:
    """Return what a rule says, of whatever variable."""
    return verdict._replace(variable=None)


def judge_again(collection: Collection, by: str, why: str = "", tell: Tell = lambda done: None) -> int:
    """Make the judgements that the rules call for and that were never made; return of how many forms. Commits."""
    total = 0
    for batch in _batches(collection, tell):
        with writing():
            # Read again while nobody else writes: an intake may have judged meanwhile.
            known = _known(list(batch))
            new = {id_: [v for v in found if (id_, v.rule, v.variable) not in known] for id_, found in batch.items()}
            rows = [_row(collection.id, id_, verdict) for id_, found in new.items() for verdict in found]
            if rows:
                db.session.execute(insert(Base.metadata.tables["judgements"]), rows)
            for id_, found in new.items():
                if any(verdict.effect.startswith("exclude") for verdict in found):
                    rewrite(response_id=id_)
            total += sum(bool(found) for found in new.values())
            db.session.commit()
    with writing():
        record(by, "ran the rules again", f"collection {collection.code}: {total} forms judged", why)
        db.session.commit()
    return total


def _row(collection_id: int, response_id: int, verdict: Verdict) -> dict[str, object]:
    return {"collection_id": collection_id, "response_id": response_id, "made_by": RULE, **verdict._asdict()}


def _batches(collection: Collection, tell: Tell) -> Iterator[dict[int, list[Verdict]]]:
    """Yield, some forms at a time, what the rules say of each that was never judged so."""
    q = questionnaire_with_new_rules(collection)
    last = done = 0
    while True:
        query = select(Response).where(Response.collection_id == collection.id, Response.id > last)
        forms = db.session.scalars(query.order_by(Response.id).limit(BATCH)).all()
        if not forms:
            return
        last = forms[-1].id
        known = _known([each.id for each in forms])
        found = {
            each.id: [v for v in _verdicts(q, each) if (each.id, v.rule, v.variable) not in known] for each in forms
        }
        yield {id_: new for id_, new in found.items() if new}
        done += len(forms)
        tell(done)


def _verdicts(q: Questionnaire, response: Response) -> list[Verdict]:
    given = read_form(q, response.sent, mode=response.mode, wave=response.wave).given
    return list(verdicts(q, response, given))


def _known(responses: Sequence[int]) -> set[tuple[int | None, str | None, str | None]]:
    query = select(Judgement.response_id, Judgement.rule, Judgement.variable)
    return {
        (id_, rule, variable)
        for id_, rule, variable in db.session.execute(query.where(Judgement.response_id.in_(responses)))
    }
