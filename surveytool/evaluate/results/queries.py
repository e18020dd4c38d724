"""What the pages of results ask of the database, beyond the counts of `tabulate`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from surveytool.judge import translating
from surveytool.judge.translating import Shown
from surveytool.likeness import written_in
from surveytool.models import Answer, Code, Coding, Judgement, Response, db
from surveytool.tabulate import Filter, judged, standing
from surveytool.text import fold
from surveytool.verbatims import standing as standing_words


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
    form = (Response.id, Response.country, Response.language, Response.mode, Response.received_at)
    query = (
        select(*form, Judgement.reason, Judgement.rule, Judgement.made_by)
        .join(Judgement, Response.id == Judgement.response_id)
        .where(
            *where.on(Response, collection_id),
            Judgement.collection_id == collection_id,
            Judgement.effect == effect,
            judged(where),
        )
        .order_by(Response.id)
        .limit(limit)
    )
    return [
        Judged(id_, country, language, mode, at, reason, f"rule {rule}" if rule else made_by)
        for id_, country, language, mode, at, reason, rule, made_by in db.session.execute(query)
    ]


@dataclass(frozen=True)
class Verbatim:
    """One answer in words, with what it was coded as."""

    response_id: int
    language: str
    country: str
    text: str
    codes: tuple[str, ...]
    #: The language it is taken to be in, and its translation.
    spoken: str
    shown: Shown | None


def matching(collection_id: int, variable: str, where: Filter, search: str) -> list[int]:
    """List the forms whose verbatims that stand have some words, in the original or in English."""
    shown, wanted = translating.shown(collection_id, variable), fold(search)
    found = []
    for id_, text in standing_words(collection_id, variable, where):
        english = shown.get((id_, variable))
        if wanted in fold(text) or (english and wanted in fold(english.text)):
            found.append(id_)
    return found


def verbatims(
    collection_id: int, variable: str, where: Filter, page: int, size: int, among: Sequence[int] | None = None
) -> list[Verbatim]:
    """Return one page of the verbatims that stand for a variable: of all forms, or of some."""
    what = standing(collection_id, where)
    query = (
        select(what.response_id, what.language, what.country, Answer.text)
        .join(Answer, (Answer.response_id == what.response_id) & (Answer.variable == what.variable))
        .where(*where.on(what, collection_id), what.variable == variable, what.state == "value")
        .order_by(what.response_id)
    )
    if among is None:
        query = query.offset((page - 1) * size).limit(size)
    else:
        query = query.where(what.response_id.in_(among[(page - 1) * size : page * size]))
    rows = db.session.execute(query).all()
    ids = [row.response_id for row in rows]
    codes, shown = _codes(ids, variable), translating.shown(collection_id, variable, ids)
    return [
        Verbatim(
            *(id_, language, country, text or "", tuple(codes.get(id_, ()))),
            *(written_in(text or "", language), shown.get((id_, variable))),
        )
        for id_, language, country, text in rows
    ]


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
