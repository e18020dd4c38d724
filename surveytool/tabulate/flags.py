"""Which forms are flagged and undecided: by a judgement in force, or as from an organisation the register lacks."""

import datetime
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from surveytool.judge.standing import in_force
from surveytool.models import Affiliation, Answer, Collection, Judgement, Organisation, Response, Standing, db

#: The effects of judgements that call for a person's decision about a form that counts meanwhile.
FLAGS = ("flag", "caution")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A check that is read off the register: its id, and the item that names the organisation."""

    rule: str
    item: str

    def holds(self, at: datetime.datetime | None = None) -> ColumnElement[bool]:
        """Return the condition that a form names an organisation of which nobody knows what it is in the register.

        While the register is empty, no organisation is unknown: see `has_register`.
        """
        # What stands now is found sooner than what was sent; most forms are known, and need not be looked up at all.
        rows = Standing if at is None else Answer
        named = select(rows.response_id).where(
            rows.response_id == Response.id, rows.variable == self.item, rows.state == "value"
        )
        known = select(Affiliation.response_id).where(in_force(Affiliation, at))
        return and_(Response.id.not_in(known), named.exists())


def has_register() -> bool:
    """Say whether there is a register of organisations at all."""
    return db.session.execute(select(Organisation.id).limit(1)).first() is not None


def unknown_of(collection_id: int) -> tuple[Unknown, ...]:
    """Return the checks of a collection that are read off the register; none while that is empty.

    They are those it was opened with, so that a frozen report counts the same flags whatever is shipped later.
    """
    collection = db.session.get(Collection, collection_id)
    if collection is None or collection.version is None or not has_register():
        return ()
    checks = collection.version.questionnaire.checks
    return tuple(Unknown(each.id, each.item) for each in checks if each.check == "unknown_organisation")


def flagged(collection_id: int, at: datetime.datetime | None = None) -> ColumnElement[bool]:
    """Return the condition on `Response` that a form is flagged and nobody decided, now or at a moment.

    An excluded form can hold it too. What is read off the register is stored as a judgement only once a person
    decided about it, and holds no longer than the organisation is unknown.
    """
    unknown = unknown_of(collection_id)
    about = (Judgement.collection_id == collection_id, Judgement.response_id.is_not(None))
    stored = select(Judgement.response_id).where(*about, Judgement.effect.in_(FLAGS), in_force(Judgement, at))
    if unknown:
        read_off = [each.rule for each in unknown]
        stored = stored.where(or_(Judgement.rule.is_(None), Judgement.rule.not_in(read_off)))
    return or_(Response.id.in_(stored), *(_read_off(collection_id, each, at) for each in unknown))


def _read_off(collection_id: int, check: Unknown, at: datetime.datetime | None) -> ColumnElement[bool]:
    """Return the condition that a check read off the register flags a form, and nobody has decided about that."""
    about = (Judgement.collection_id == collection_id, Judgement.rule == check.rule, Judgement.response_id.is_not(None))
    decided = select(Judgement.response_id).where(*about)
    if at is not None:
        decided = decided.where(Judgement.made_at <= at)
    live = decided.where(in_force(Judgement, at))
    return and_(or_(Response.id.not_in(decided), Response.id.in_(live)), check.holds(at))
