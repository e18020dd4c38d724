"""The ledger: forms received, excluded and why, flagged, kept aside; by country, language and mode."""

import datetime
from collections import Counter
from collections.abc import Collection as Several
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, func, select

from surveytool.judge.corrections import CORRECTION
from surveytool.judge.standing import in_force
from surveytool.models import (
    Answer,
    Judgement,
    Response,
    SetAside,
    Withdrawal,
    db,
)
from surveytool.tabulate.filters import EVERYTHING, Filter, Selection, judged, undecided
from surveytool.tabulate.reading import pairs, scalar


@dataclass(frozen=True, slots=True)
class Forms:
    """The ledger: how many forms came, how many are excluded and why, how many count."""

    received: int
    excluded: int
    valid: int
    #: Excluded forms by the reason given; a form with two reasons stands under both.
    reasons: Mapping[str, int] = field(default_factory=dict)
    #: Valid forms that are flagged, by a rule, a check or a person, and of which nobody has decided.
    flagged: int = 0
    #: Submissions that could not be accepted and wait for a person.
    aside: int = 0
    #: Forms that who sent them withdrew: deleted, and not among the received. Their language is not kept.
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What has come so far: in all, by the values of `country`, `language` and `mode`, and when the last form came."""

    total: Forms
    by: Mapping[str, Mapping[str, Forms]]
    last: datetime.datetime | None


def forms(collection_id: int, where: Filter = EVERYTHING) -> Forms:
    """Count the forms of a collection."""
    chosen = where.on(Response, collection_id)
    received = scalar(select(func.count()).select_from(Response).where(*chosen))
    about = (Judgement.collection_id == collection_id, judged(where))
    excluding = Judgement.effect == "exclude form"
    decided = select(Response.id).join(Judgement, Judgement.response_id == Response.id).where(*chosen, *about)
    excluded = decided.where(excluding)
    reasons = (
        select(Judgement.reason, func.count(Response.id.distinct()))
        .join(Response, Judgement.response_id == Response.id)
        .where(*chosen, *about, excluding)
        .group_by(Judgement.reason)
        .order_by(Judgement.reason)
    )
    flagged = select(Response.id).where(*chosen, undecided(where, collection_id), Response.id.not_in(excluded))
    out = scalar(select(func.count()).select_from(excluded.distinct().subquery()))
    return Forms(
        received=received,
        excluded=out,
        valid=received - out,
        reasons=dict(pairs(reasons)),
        flagged=scalar(select(func.count()).select_from(flagged.subquery())),
        aside=scalar(select(func.count()).select_from(SetAside).where(SetAside.collection_id == collection_id)),
        withdrawn=_withdrawn(collection_id, where),
    )


def arrivals(collection_id: int, where: Filter = EVERYTHING) -> Arrivals:
    """Count the forms of a collection by country, by language and by mode, for those who watch them arrive.

    What is kept aside has a language and a mode; its country is not known.
    """
    cells = (Response.country, Response.language, Response.mode)
    chosen = where.on(Response, collection_id)
    decided = select(Judgement.response_id).where(Judgement.collection_id == collection_id, judged(where))
    excluded = Response.id.in_(decided.where(Judgement.effect == "exclude form"))
    flagged = undecided(where, collection_id)
    counts: dict[str, dict[str, Counter[str]]] = {}

    def add(kind: str, *conditions: ColumnElement[bool]) -> None:
        for *keys, n in db.session.execute(select(*cells, func.count()).where(*chosen, *conditions).group_by(*cells)):
            for column, key in zip(("country", "language", "mode"), keys, strict=True):
                counts.setdefault(column, {}).setdefault(key, Counter())[kind] += n

    add("received")
    add("excluded", excluded)
    add("flagged", flagged, ~excluded)
    kept = (SetAside.language, SetAside.mode)
    waiting = select(*kept, func.count()).where(SetAside.collection_id == collection_id).group_by(*kept)
    for language, mode, n in db.session.execute(waiting):
        for column, key in (("language", language), ("mode", mode)):
            counts.setdefault(column, {}).setdefault(key, Counter())["aside"] += n
    by = {column: {key: _forms(found) for key, found in keys.items()} for column, keys in counts.items()}
    whole = sum((found for found in counts.get("mode", {}).values()), Counter[str]())
    last: datetime.datetime | None = db.session.scalar(select(func.max(Response.received_at)).where(*chosen))
    return Arrivals(_forms(whole), by, last)


def _forms(found: Counter[str]) -> Forms:
    received, excluded = found["received"], found["excluded"]
    return Forms(received, excluded, received - excluded, flagged=found["flagged"], aside=found["aside"])


def _withdrawn(collection_id: int, where: Filter) -> int:
    query = select(func.count()).select_from(Withdrawal).where(Withdrawal.collection_id == collection_id)
    return scalar(query.where(Withdrawal.country.in_(where.countries)) if where.countries else query)


def waiting_corrections(collection_id: int, where: Filter = EVERYTHING) -> int:
    """Count the corrections that wait for a decision."""
    query = (
        select(func.count())
        .select_from(Judgement)
        .join(Response, Response.id == Judgement.response_id)
        .where(
            Judgement.collection_id == collection_id,
            Judgement.rule == CORRECTION,
            Judgement.withdrawn_at.is_(None),
            *where.on(Response, collection_id),
        )
    )
    return scalar(query)


def cautions(collection_id: int, where: Filter = EVERYTHING) -> dict[str, dict[str, int]]:
    """Count, for each variable, the valid forms that a caution speaks of, by its reason."""
    excluded = select(Judgement.response_id).where(
        Judgement.collection_id == collection_id, Judgement.effect == "exclude form", judged(where)
    )
    query = (
        select(Judgement.variable, Judgement.reason, func.count(Judgement.response_id.distinct()))
        .join(Response, Response.id == Judgement.response_id)
        .where(
            Judgement.collection_id == collection_id,
            Judgement.effect == "caution",
            in_force(Judgement, where.moment),
            Response.id.not_in(excluded),
            *where.on(Response, collection_id),
        )
        .group_by(Judgement.variable, Judgement.reason)
    )
    found: dict[str, dict[str, int]] = {}
    for variable, reason, n in db.session.execute(query):
        found.setdefault(variable or "", {})[reason] = n
    return found


def invalid_items(collection_id: int, where: Filter = EVERYTHING) -> dict[str, str]:
    """Return why items are declared invalid as a whole, by variable."""
    query = select(Judgement.variable, Judgement.reason).where(
        Judgement.collection_id == collection_id, Judgement.effect == "exclude item", judged(where)
    )
    return {variable or "": reason for variable, reason in db.session.execute(query.order_by(Judgement.id))}


def received() -> int:
    """Count the forms received of all collections."""
    return scalar(select(func.count()).select_from(Response))


def received_by(collection_id: int, column: str, where: Filter = EVERYTHING) -> dict[str, int]:
    """Count the forms received by country, by language or by mode."""
    by = {"country": Response.country, "language": Response.language, "mode": Response.mode}[column]
    chosen = where.on(Response, collection_id)
    query = select(by, func.count()).where(*chosen).group_by(by).order_by(by)
    return dict(pairs(query))


@dataclass(frozen=True, slots=True)
class Facets:
    """The forms received by country, by language and by mode."""

    countries: Mapping[str, int]
    languages: Mapping[str, int]
    modes: Mapping[str, int]


def facets(collection_id: int, where: Filter = EVERYTHING) -> Facets:
    """Count the forms received by each thing a list is filtered by, in one reading of the table."""
    by = (Response.country, Response.language, Response.mode)
    chosen = where.on(Response, collection_id)
    found: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
    for *values, n in db.session.execute(select(*by, func.count()).where(*chosen).group_by(*by)):
        for counted, value in zip(found, values, strict=True):
            counted[value] += n
    return Facets(*found)


def selected(collection_id: int, selection: Selection) -> int:
    """Count the forms that a list shows, on all its pages."""
    return scalar(select(func.count()).select_from(Response).where(*selection.applied(collection_id)))


def answered(responses: Several[int], variables: Several[str]) -> dict[int, int]:
    """Count, for each of some responses, those of some variables that it gives a value to, as it was sent."""
    query = (
        select(Answer.response_id, func.count().label("n"))
        .where(Answer.response_id.in_(responses), Answer.state == "value", Answer.variable.in_(variables))
        .group_by(Answer.response_id)
    )
    return {row.response_id: row.n for row in db.session.execute(query)}
