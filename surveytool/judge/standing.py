"""Keeps `standing`: one statement derives it, for one response, an item or a whole collection."""

from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, and_, bindparam, case, delete, except_, exists, insert, null, or_, select

from surveytool.models import Answer, Judgement, Response, Standing, db
from surveytool.models.base import Base


def derived() -> Select[Any]:
    """Return the query that says what stands, from answers and judgements alone.

    An excluded form takes all its answers with it; an invalid answer loses its value; what was never a value
    (not asked, not applicable, no answer) stays what it was.
    """
    live = Judgement.withdrawn_at.is_(None)
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
    return select(
        Response.id,
        Answer.variable,
        Response.collection_id,
        state,
        case((state == "value", Answer.code), else_=null()),
        Response.country,
        Response.language,
    ).join(Answer, Answer.response_id == Response.id)


_COLUMNS = ("response_id", "variable", "collection_id", "state", "code", "country", "language")


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
