"""What the pages of forms ask of the database."""

from collections.abc import Sequence

from sqlalchemy import select

from surveytool.models import Identity, Judgement, Response, SetAside, Standing, db
from surveytool.tabulate import Filter


def responses(collection_id: int, where: Filter, page: int, size: int) -> list[tuple[Response, tuple[str, ...]]]:
    """Return one page of the forms of a collection, newest first, each with the effects that stand about it."""
    chosen = [Response.collection_id == collection_id, *where.applied(Response.country, Response.language)]
    query = select(Response).where(*chosen).order_by(Response.id.desc()).offset((page - 1) * size).limit(size)
    found = db.session.scalars(query).all()
    standing = select(Judgement.response_id, Judgement.effect).where(
        Judgement.response_id.in_([each.id for each in found]),
        Judgement.withdrawn_at.is_(None),
        Judgement.effect.in_(("exclude form", "flag")),
    )
    effects: dict[int, set[str]] = {}
    for response_id, effect in db.session.execute(standing):
        effects.setdefault(response_id or 0, set()).add(effect)
    return [(each, tuple(sorted(effects.get(each.id, ())))) for each in found]


def response(collection_id: int, response_id: int, where: Filter) -> Response | None:
    """Find one form of a collection, among those that a filter lets through."""
    chosen = [Response.collection_id == collection_id, *where.applied(Response.country, Response.language)]
    if response_id > LARGEST_ID:
        return None
    return db.session.scalar(select(Response).where(Response.id == response_id, *chosen))


#: PostgreSQL's integers end here.
LARGEST_ID = 2**31 - 1


def states(response_id: int) -> dict[str, str]:
    """Return what stands for each variable of a form: its state."""
    query = select(Standing.variable, Standing.state).where(Standing.response_id == response_id)
    return {row.variable: row.state for row in db.session.execute(query)}


def judgements(response_id: int) -> Sequence[Judgement]:
    """List all that was ever judged about a form, in order."""
    query = select(Judgement).where(Judgement.response_id == response_id).order_by(Judgement.id)
    return db.session.scalars(query).all()


def identity(response_id: int) -> dict[str, dict[str, str]] | None:
    """Return who sent a form, as used and as sent; None when nothing was given or it was erased."""
    return db.session.scalar(select(Identity.data).where(Identity.response_id == response_id))


def set_aside(collection_id: int, limit: int) -> Sequence[SetAside]:
    """List what could not be accepted and was kept, oldest first."""
    query = select(SetAside).where(SetAside.collection_id == collection_id).order_by(SetAside.id).limit(limit)
    return db.session.scalars(query).all()
