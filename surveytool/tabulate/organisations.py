"""Organisations: how many were asked and answered, how many respondents each has; unknown ones; forms by day."""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, Subquery, and_, cast, exists, func, not_, select

from surveytool.judge.standing import in_force
from surveytool.models import (
    Affiliation,
    Answer,
    Coding,
    Invitation,
    Judgement,
    Organisation,
    Response,
    Standing,
    db,
)
from surveytool.tabulate.filters import EVERYTHING, Filter, judged
from surveytool.tabulate.reading import scalar


@dataclass(frozen=True, slots=True)
class Reached:
    """Organisations asked, those of them that answered (at least one valid form), and the respondents these have.

    The rate divides organisations by organisations; respondents are never divided by organisations.
    """

    asked: int = 0
    answered: int = 0
    respondents: int = 0

    @property
    def rate(self) -> float | None:
        """Organisations that answered ÷ organisations asked."""
        return self.answered / self.asked if self.asked else None

    def __add__(self, other: "Reached") -> "Reached":
        both = self.asked + other.asked, self.answered + other.answered
        return Reached(*both, self.respondents + other.respondents)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a collection reached: in all, by kind, country and direct partner; and forms that stand outside of that."""

    total: Reached
    kinds: Mapping[str, Reached]
    countries: Mapping[str, Reached]
    partners: Mapping[bool, Reached]
    #: Organisations by how many respondents each has, of those asked that answered.
    sizes: Mapping[int, int]
    #: Organisations that answered without having been asked, and their respondents.
    unasked: int
    unasked_respondents: int
    #: Valid forms whose organisation is not known.
    unknown: int
    #: Whether particular organisations were asked, and not the whole register.
    invited: bool


def reach(collection_id: int, where: Filter = EVERYTHING) -> Reach:
    """Count the organisations that a collection asked and reached; of some countries, the organisations there."""
    invited = scalar(select(exists().where(Invitation.collection_id == collection_id))) > 0
    found = _respondents(collection_id, where).subquery()
    was_asked = _asked(collection_id) if invited else Organisation.id.is_not(None)
    by = (Organisation.kind, Organisation.country, Organisation.direct_partner, found.c.people, was_asked)
    query = select(*by, func.count()).outerjoin(found, found.c.organisation_id == Organisation.id).group_by(*by)
    if where.countries:
        query = query.where(Organisation.country.in_(where.countries))
    kinds: dict[str, Reached] = {}
    countries: dict[str, Reached] = {}
    partners: dict[bool, Reached] = {}
    sizes: Counter[int] = Counter()
    unasked = unasked_people = 0
    for kind, country, partner, people, meant, n in db.session.execute(query):
        if not meant:
            unasked, unasked_people = unasked + (n if people else 0), unasked_people + n * (people or 0)
            continue
        these = Reached(n, n if people else 0, n * (people or 0))
        kinds[kind] = kinds.get(kind, Reached()) + these
        countries[country] = countries.get(country, Reached()) + these
        partners[bool(partner)] = partners.get(bool(partner), Reached()) + these
        if people:
            sizes[people] += n
    total = sum(kinds.values(), Reached())
    unknown = unaffiliated(collection_id, where)
    return Reach(total, kinds, countries, partners, sizes, unasked, unasked_people, unknown, invited)


def respondents(collection_id: int, where: Filter = EVERYTHING) -> dict[int, int]:
    """Count the valid forms from each organisation, by its id."""
    rows = db.session.execute(_respondents(collection_id, where))
    return {row.organisation_id: row.people for row in rows}


def unaffiliated(collection_id: int, where: Filter = EVERYTHING) -> int:
    """Count the valid forms that nobody and no rule has affiliated."""
    live = select(Affiliation.response_id).where(in_force(Affiliation, where.moment))
    valid = _valid(collection_id, where)
    return scalar(select(func.count()).select_from(Response).where(*valid, Response.id.not_in(live)))


def _respondents(collection_id: int, where: Filter) -> Any:
    people = func.count().label("people")
    query: Any = select(Affiliation.organisation_id, people)
    return (
        query.join(Response, Response.id == Affiliation.response_id)
        .where(in_force(Affiliation, where.moment), *_valid(collection_id, where))
        .group_by(Affiliation.organisation_id)
    )


def _valid(collection_id: int, where: Filter) -> list[ColumnElement[bool]]:
    excluded = select(Judgement.response_id).where(
        Judgement.collection_id == collection_id,
        Judgement.response_id.is_not(None),
        Judgement.effect == "exclude form",
        judged(where),
    )
    return [*where.on(Response, collection_id), Response.id.not_in(excluded)]


def _asked(collection_id: int) -> ColumnElement[bool]:
    return exists().where(Invitation.collection_id == collection_id, Invitation.organisation_id == Organisation.id)


# Respondents by what their organisation is ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Partners:
    """Forms, and the organisations behind them, that are direct partners, that are not, and that are unknown."""

    people: Mapping[bool, int] = field(default_factory=dict)
    organisations: Mapping[bool, int] = field(default_factory=dict)
    unknown: int = 0


def partners(collection_id: int, where: Filter = EVERYTHING) -> Partners:
    """Count the forms from direct partners and from others, as validated, as received, or as of a moment."""
    found: Subquery = _respondents(collection_id, where).subquery()
    query = (
        select(Organisation.direct_partner, func.sum(found.c.people), func.count())
        .join(found, found.c.organisation_id == Organisation.id)
        .group_by(Organisation.direct_partner)
    )
    people, behind = {}, {}
    for partner, n, organisations in db.session.execute(query):
        people[bool(partner)], behind[bool(partner)] = int(n), organisations
    return Partners(people, behind, unaffiliated(collection_id, where))


# Answers that name an organisation ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Naming:
    """One distinct answer to which organisation a form is from: how many valid forms give it, where, who they are."""

    text: str
    people: int
    countries: Mapping[str, int]
    languages: Mapping[str, int]
    #: Forms by the organisation they were affiliated to, and by the rule that did it ("" for a person).
    organisations: Mapping[tuple[int, str], int]

    @property
    def unknown(self) -> int:
        """Forms that are not affiliated."""
        return self.people - sum(self.organisations.values())


def naming(collection_id: int, item: str, where: Filter = EVERYTHING) -> list[Naming]:
    """Count the distinct answers that name an organisation, those of most unknown forms first; "" where none is."""
    live = and_(Affiliation.response_id == Response.id, in_force(Affiliation, where.moment))
    by = (Answer.text, Response.country, Response.language, Affiliation.organisation_id, Affiliation.rule)
    query = (
        select(*by, func.count())
        .select_from(Response)
        .outerjoin(Answer, and_(Answer.response_id == Response.id, Answer.variable == item))
        .outerjoin(Affiliation, live)
        .where(*_valid(collection_id, where))
        .group_by(*by)
    )
    rows: dict[str, list[Any]] = {}
    for text, *row in db.session.execute(query):
        rows.setdefault(text or "", []).append(row)
    return sorted((_naming(text, found) for text, found in rows.items()), key=lambda n: (-n.unknown, -n.people, n.text))


def _naming(text: str, rows: Iterable[Sequence[Any]]) -> Naming:
    countries: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    organisations: Counter[tuple[int, str]] = Counter()
    for country, language, organisation_id, rule, n in rows:
        countries[country] += n
        languages[language] += n
        if organisation_id is not None:
            organisations[organisation_id, rule or ""] += n
    return Naming(text, sum(countries.values()), countries, languages, organisations)


# What waits, and when forms came --------------------------------------------------------------------------------------


def uncoded(collection_id: int, variables: Sequence[str], where: Filter = EVERYTHING) -> int:
    """Count the answers in words that stand for some variables and have no code."""
    if not variables:
        return 0
    code = select(Coding.id).where(
        Coding.response_id == Standing.response_id,
        Coding.variable == Standing.variable,
        Coding.withdrawn_at.is_(None),
    )
    words = (*where.on(Standing, collection_id), Standing.variable.in_(variables), Standing.state == "value")
    return scalar(select(func.count()).select_from(Standing).where(*words, not_(code.exists())))


def days(collection_id: int, zone: str, where: Filter = EVERYTHING) -> dict[datetime.date, int]:
    """Count the forms received by the day it was in a time zone; days without any between the first and last too.

    The database counts by the hour; by ten minutes or by one where a zone is not whole hours from UTC.
    """
    chosen = where.on(Response, collection_id)
    ends = db.session.execute(
        select(func.min(Response.received_at), func.max(Response.received_at)).where(*chosen)
    ).one()
    if ends[0] is None:
        return {}
    there = ZoneInfo(zone)
    apart = [int(at.astimezone(there).strftime("%z")[-2:]) for at in ends]
    # Both databases write a moment as 2003-04-03 09:30:00.
    length = 13 if not any(apart) else 15 if not any(minutes % 10 for minutes in apart) else 16
    part = func.substr(cast(Response.received_at, String), 1, length)
    found: Counter[datetime.date] = Counter()
    for text, n in db.session.execute(select(part, func.count()).where(*chosen).group_by(part)):
        at = datetime.datetime.fromisoformat(text + "2003-04-03 00:00:00"[length:]).replace(tzinfo=datetime.UTC)
        found[at.astimezone(there).date()] += n
    first, last = min(found), max(found)
    every = (first + datetime.timedelta(days=n) for n in range((last - first).days + 1))
    return {day: found[day] for day in every} if (last - first).days < 400 else dict(sorted(found.items()))
