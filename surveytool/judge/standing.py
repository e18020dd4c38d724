"""Keeps `standing`: one statement derives it, for one response, an item or a whole collection."""

import datetime
from functools import cache
from typing import Any

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


def stood(collection_id: int, at: datetime.datetime) -> Any | None:
    """Return the query that says what stood in a collection at a moment, in the shape of `derived`; None if as now.

    Only forms and items that were judged since, and forms that came since, are derived anew; most of what stands now
    stood then, and is read from there.
    """
    since = or_(Judgement.made_at > at, Judgement.withdrawn_at > at)
    judged = select(Judgement.response_id).where(
        Judgement.collection_id == collection_id,
        Judgement.response_id.is_not(None),
        Judgement.effect.startswith("exclude"),
        since,
    )
    of_items = select(Judgement.variable).where(
        Judgement.collection_id == collection_id, Judgement.effect == "exclude item", since
    )
    came = select(Response.id).where(Response.collection_id == collection_id, Response.received_at > at)
    items = list(db.session.scalars(of_items.distinct()))
    if not items and not any(db.session.execute(each.limit(1)).first() for each in (judged, came)):
        return None
    same = select(*(getattr(Standing, name) for name in _COLUMNS)).where(
        Standing.collection_id == collection_id,
        Standing.response_id.not_in(judged.union_all(came)),
        Standing.variable.not_in(items),
    )
    again = derived(at).where(
        Response.collection_id == collection_id, or_(Response.id.in_(judged), Answer.variable.in_(items))
    )
    return union_all(same, again)


def as_received() -> Select[Any]:
    """Return the query that says what was sent, in the shape of `derived`, as if nobody had judged anything."""
    return _rows(Answer.state, Answer.code)


def _rows(state: Any, code: Any) -> Select[Any]:
    of_form = (Response.country, Response.language)
    values: tuple[Any, ...] = (Response.id, Answer.variable, Response.collection_id, state, code, *of_form)
    named = (value.label(name) for value, name in zip(values, _COLUMNS, strict=True))
    return select(*named).join(Answer, Answer.response_id == Response.id)


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
