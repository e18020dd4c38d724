"""What the evaluator's pages ask of the database, beyond the counts of `tabulate`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from surveytool.models import Answer, Code, Coding, Collection, Identity, Judgement, Response, SetAside, Standing, db
from surveytool.tabulate import Filter


def by_code(code: str) -> Collection | None:
    """Find a collection by the code that staff use."""
    if not code.isprintable():  # PostgreSQL cannot even be asked about a NUL
        return None
    return db.session.scalar(select(Collection).where(Collection.code == code))


def collections() -> Sequence[Collection]:
    """List all collections, by code."""
    return db.session.scalars(select(Collection).order_by(Collection.code)).all()


@dataclass(frozen=True)
class Judged:
    """One form that a judgement speaks of, and why; never who sent it."""

    response_id: int
    country: str
    language: str
    mode: str
    received_at: datetime
    reason: str
    #: The rule's id, or the person who decided.
    by: str


def judged_forms(collection_id: int, effect: str, where: Filter, limit: int) -> list[Judged]:
    """List the forms that standing judgements of one effect speak of, with the reason of each, oldest first."""
    query = (
        select(Judgement, Response)
        .join(Response, Response.id == Judgement.response_id)
        .where(
            Response.collection_id == collection_id,
            Judgement.effect == effect,
            Judgement.withdrawn_at.is_(None),
            *where.applied(Response.country, Response.language),
        )
        .order_by(Response.id)
        .limit(limit)
    )
    return [
        Judged(r.id, r.country, r.language, r.mode, r.received_at, j.reason, _maker(j))
        for j, r in db.session.execute(query)
    ]


def _maker(judgement: Judgement) -> str:
    return f"rule {judgement.rule}" if judgement.rule else judgement.made_by


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


@dataclass(frozen=True)
class Verbatim:
    """One answer in words, with what it was coded as."""

    response_id: int
    language: str
    country: str
    text: str
    codes: tuple[str, ...]


def verbatims(collection_id: int, variable: str, where: Filter, page: int, size: int) -> list[Verbatim]:
    """Return one page of the verbatims that stand for a variable."""
    standing = (
        Standing.collection_id == collection_id,
        Standing.variable == variable,
        Standing.state == "value",
        *where.applied(Standing.country, Standing.language),
    )
    query = (
        select(Standing.response_id, Standing.language, Standing.country, Answer.text)
        .join(Answer, (Answer.response_id == Standing.response_id) & (Answer.variable == Standing.variable))
        .where(*standing)
        .order_by(Standing.response_id)
        .offset((page - 1) * size)
        .limit(size)
    )
    rows = db.session.execute(query).all()
    codes = _codes([row.response_id for row in rows], variable)
    return [Verbatim(id_, lang, country, text or "", tuple(codes.get(id_, ()))) for id_, lang, country, text in rows]


def _codes(responses: list[int], variable: str) -> dict[int, list[str]]:
    query = (
        select(Coding.response_id, Code.label)
        .join(Code, Code.id == Coding.code_id)
        .where(Coding.response_id.in_(responses), Coding.variable == variable, Coding.withdrawn_at.is_(None))
    )
    found: dict[int, list[str]] = {}
    for response, label in db.session.execute(query):
        found.setdefault(response, []).append(label)
    return found
