"""Keeps `standing`: one statement derives it, for one response, an item or a whole collection."""

import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    and_,
    bindparam,
    case,
    delete,
    except_,
    exists,
    insert,
    null,
    or_,
    select,
    union_all,
)

from surveytool.models import Affiliation, Answer, Coding, Judgement, Response, Standing, db
from surveytool.models.base import Base

#: Records that are withdrawn rather than deleted.
Withdrawable = Judgement | Coding | Affiliation

_COLUMNS = ("response_id", "variable", "collection_id", "state", "code", "country", "language")


def in_force(of: type[Withdrawable], at: datetime.datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that a decision (a judgement, a coding …) was in force at a moment; None means now."""
    if at is None:
        return of.withdrawn_at.is_(None)
    return and_(of.made_at <= at, or_(of.withdrawn_at.is_(None), of.withdrawn_at > at))


def derived(at: datetime.datetime | None = None) -> Select[Any]:
    """Return the query that says what stands, or stood at a moment, from answers and judgements alone.

    An excluded form takes all its answers with it; an invalid answer loses its value; what was never a value
    (not asked, not applicable, no answer) stays what it was.
    """
    live = in_force(Judgement, at)
    form = exists().where(live, Judgement.effect == "exclude form", Judgement.response_id == Response.id)
    answer = exists().where(
        live,
        Judgement.variable == Answer.variable,
        or_(
            and_(Judgement.effect == "exclude answer", Judgement.response_id == Response.id),
            and_(Judgement.effect == "exclude item", Judgement.collection_id == Response.collection_id),
        ),
    )
    state = case((form, "excluded"), (and_(Answer.state == "value", answer), "invalid"), else_=Answer.state)
    stood = _rows(state, case((state == "value", Answer.code), else_=null()))
    return stood if at is None else stood.where(Response.received_at <= at)


class Differing(NamedTuple):
    """What stands now, and what stands otherwise under other decisions: three queries in the shape of `derived`."""

    #: What stands the same under those decisions.
    same: Select[Any]
    #: All else, as it stands now and as it stands under those decisions.
    now: Select[Any]
    then: Select[Any]

    def rows(self) -> Any:
        """Return the query of all that stands under those decisions."""
        return union_all(self.same, self.then)


def stood(collection_id: int, at: datetime.datetime) -> Differing | None:
    """Return what may have stood otherwise in a collection at a moment than it stands now; None if nothing did.

    Only forms and items that were judged since, and forms that came since, are derived anew; most of what stands now
    stood then, and is read from there.
    """
    judged, items = _excluding(collection_id, or_(Judgement.made_at > at, Judgement.withdrawn_at > at))
    came = select(Response.id).where(Response.collection_id == collection_id, Response.received_at > at)
    if not items and not any(db.session.execute(each.limit(1)).first() for each in (judged, came)):
        return None
    return _differing(collection_id, judged.union_all(came), items, derived(at).where(_any(judged, items)))


def as_received(collection_id: int) -> Differing:
    """Return what stands otherwise in a collection than it was sent, as if nobody had judged anything."""
    judged, items = _excluding(collection_id, in_force(Judgement))
    sent = _rows(Answer.state, Answer.code).where(_any(judged, items))
    return _differing(collection_id, judged, items, sent)


def _excluding(collection_id: int, which: ColumnElement[bool]) -> tuple[Select[Any], list[str]]:
    """Return the forms of which some judgements exclude something, and the items that they exclude."""
    of = (Judgement.collection_id == collection_id, Judgement.effect.startswith("exclude"), which)
    forms = select(Judgement.response_id).where(*of, Judgement.response_id.is_not(None))
    items = select(Judgement.variable).where(*of, Judgement.response_id.is_(None)).distinct()
    return forms, [str(each) for each in db.session.scalars(items)]


def _differing(collection_id: int, forms: Any, items: list[str], then: Select[Any]) -> Differing:
    mine = Response.collection_id == collection_id
    now = _rows(Standing.state, Standing.code, Standing).where(_any(forms, items, Standing))
    same = select(*(getattr(Standing, name) for name in _COLUMNS)).where(
        Standing.collection_id == collection_id, Standing.response_id.not_in(forms), Standing.variable.not_in(items)
    )
    return Differing(same, now.where(mine), then.where(mine))


def _any(forms: Any, items: list[str], of: type[Answer | Standing] = Answer) -> ColumnElement[bool]:
    """Return the condition that a row is of one of some forms or items; forms alone are found by their key."""
    in_form = Response.id.in_(forms)
    return or_(in_form, of.variable.in_(items)) if items else in_form


def _rows(state: Any, code: Any, of: type[Answer | Standing] = Answer) -> Select[Any]:
    """Return the rows of some table, form by form: of all that is here, forms are the few."""
    of_form = (Response.country, Response.language)
    values: tuple[Any, ...] = (Response.id, of.variable, Response.collection_id, state, code, *of_form)
    named = (value.label(name) for value, name in zip(values, _COLUMNS, strict=True))
    return select(*named).join(of, of.response_id == Response.id)


def write_new(response_id: int) -> None:
    """Write what stands of a response that has no standing rows yet."""
    db.session.execute(_write_one(), {"response": response_id})


@cache
def _write_one() -> Insert:
    """Return the statement that writes what stands of one response; making it takes longer than running it."""
    one = derived().where(Response.id == bindparam("response"))
    return insert(Base.metadata.tables["standing"]).from_select(_COLUMNS, one)


def rewrite(*, response_id: int | None = None, collection_id: int | None = None, variable: str | None = None) -> None:
    """Remake what stands of one response, or of one variable of a collection, in the transaction under way."""
    old, new = delete(Standing), derived()
    if response_id is not None:
        old, new = old.where(Standing.response_id == response_id), new.where(Response.id == response_id)
    if collection_id is not None:
        old = old.where(Standing.collection_id == collection_id)
        new = new.where(Response.collection_id == collection_id)
    if variable is not None:
        old, new = old.where(Standing.variable == variable), new.where(Answer.variable == variable)
    db.session.execute(old)
    db.session.execute(insert(Standing).from_select(_COLUMNS, new))


def rebuild(collection_id: int | None = None) -> int:
    """Remake what stands of a collection, or of all, and return how many rows differed from what was there."""
    changed = differences(collection_id)
    rewrite(collection_id=collection_id)
    db.session.flush()
    return changed


def differences(collection_id: int | None = None) -> int:
    """Return how many rows of `standing` are not what the records say; 0 when all is well. Changes nothing.

    The database compares, so that only what differs is read.
    """
    recorded, kept = derived(), select(*(getattr(Standing, name) for name in _COLUMNS))
    if collection_id is not None:
        recorded = recorded.where(Response.collection_id == collection_id)
        kept = kept.where(Standing.collection_id == collection_id)
    odd = [row[:2] for pair in ((recorded, kept), (kept, recorded)) for row in db.session.execute(except_(*pair))]
    return len(set(odd))
