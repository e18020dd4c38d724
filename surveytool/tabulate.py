"""Responses to counts: the only SQL that aggregates. What leaves this module knows no person.

The statements keep to SQL that SQLite and PostgreSQL share.
"""

import datetime
from collections import Counter
from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, false, func, not_, or_, select
from sqlalchemy.orm import aliased

from surveytool.judge.corrections import CORRECTION
from surveytool.judge.standing import as_received, derived, in_force
from surveytool.models import (
    Affiliation,
    Answer,
    Code,
    CodeFrame,
    Coding,
    Judgement,
    Organisation,
    Response,
    SetAside,
    Standing,
    Withdrawal,
    db,
)

#: Which decisions results rest on: those in force now, or none. A moment in their place means those in force then.
VALID, RECEIVED = "valid", "received"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which responses are counted, and as of which decisions; empty means all, and as validated."""

    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    #: Kinds of organisation, as the register has them.
    kinds: tuple[str, ...] = ()
    direct_partner: bool | None = None
    #: Organisations of the register, by id.
    organisations: tuple[int, ...] = ()
    #: Variable and code: those who gave that answer, such as those who attended the meeting.
    answers: tuple[tuple[str, str], ...] = ()
    #: VALID, RECEIVED, or a moment in UTC.
    stand: str | datetime.datetime = VALID

    @property
    def moment(self) -> datetime.datetime | None:
        """The moment that results are as of; None for now."""
        return self.stand if isinstance(self.stand, datetime.datetime) else None

    def on(self, rows: Any, collection_id: int) -> list[ColumnElement[bool]]:
        """Return the conditions on rows of a collection: `Response`, `Standing`, or what `standing` returns."""
        conditions: list[ColumnElement[bool]] = [rows.collection_id == collection_id]
        if self.countries:
            conditions.append(rows.country.in_(self.countries))
        if self.languages:
            conditions.append(rows.language.in_(self.languages))
        response = rows.id if rows is Response else rows.response_id
        if self.moment and rows is Response:
            conditions.append(Response.received_at <= self.moment)
        if self.modes:
            sent = select(Response.id).where(Response.collection_id == collection_id, Response.mode.in_(self.modes))
            conditions.append(response.in_(sent))
        if self.kinds or self.organisations or self.direct_partner is not None:
            conditions.append(response.in_(self._affiliated()))
        for variable, code in self.answers:
            what = standing(collection_id, self)
            gave = select(what.response_id).where(
                what.collection_id == collection_id,
                what.variable == variable,
                what.state == "value",
                what.code == code,
            )
            conditions.append(response.in_(gave))
        return conditions

    def _affiliated(self) -> Select[Any]:
        """Return the responses from the organisations chosen."""
        of = select(Affiliation.response_id).join(Organisation).where(in_force(Affiliation, self.moment))
        if self.kinds:
            of = of.where(Organisation.kind.in_(self.kinds))
        if self.direct_partner is not None:
            of = of.where(Organisation.direct_partner.is_(self.direct_partner))
        if self.organisations:
            of = of.where(Organisation.id.in_(self.organisations))
        return of


def standing(collection_id: int, where: Filter) -> Any:
    """Return what has the columns of `Standing`: that table for results as they stand now, else a query."""
    if where.stand == VALID:
        return Standing
    rows = as_received() if where.stand == RECEIVED else derived(where.moment)
    return rows.where(Response.collection_id == collection_id).subquery().c


def judged(where: Filter) -> ColumnElement[bool]:
    """Return the condition that a judgement is in force, for results as a filter wants them."""
    return false() if where.stand == RECEIVED else in_force(Judgement, where.moment)


EVERYTHING = Filter()

#: How a form stands: it counts; it counts and is flagged, undecided; it is excluded. Every form is in one of these.
FORM_STATES = ("counts", "flagged", "excluded")


def form_states(collection_id: int) -> dict[str, ColumnElement[bool]]:
    """Return the condition on `Response` for each way a form of a collection can stand."""
    live = select(Judgement.response_id).where(
        Judgement.collection_id == collection_id, Judgement.response_id.is_not(None), Judgement.withdrawn_at.is_(None)
    )
    excluded = Response.id.in_(live.where(Judgement.effect == "exclude form"))
    flagged = Response.id.in_(live.where(Judgement.effect == "flag"))
    return {
        "counts": and_(not_(excluded), not_(flagged)),
        "flagged": and_(not_(excluded), flagged),
        "excluded": excluded,
    }


@dataclass(frozen=True, slots=True)
class Selection:
    """Which forms a list shows; empty means all."""

    where: Filter = EVERYTHING
    modes: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    #: First and last day of receipt, in UTC.
    since: datetime.date | None = None
    until: datetime.date | None = None

    def applied(self, collection_id: int) -> list[ColumnElement[bool]]:
        """Return the conditions on `Response`."""
        chosen = self.where.on(Response, collection_id)
        if self.modes:
            chosen.append(Response.mode.in_(self.modes))
        if self.states and set(self.states) != set(FORM_STATES):
            how = form_states(collection_id)
            chosen.append(or_(*(how[state] for state in self.states)))
        if self.since:
            chosen.append(Response.received_at >= _midnight(self.since))
        if self.until and self.until < datetime.date.max:
            chosen.append(Response.received_at < _midnight(self.until + datetime.timedelta(days=1)))
        return chosen


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


@dataclass(frozen=True, slots=True)
class Forms:
    """The ledger: how many forms came, how many are excluded and why, how many count."""

    received: int
    excluded: int
    valid: int
    #: Excluded forms by the reason given; a form with two reasons stands under both.
    reasons: Mapping[str, int] = field(default_factory=dict)
    #: Valid forms that a rule flagged and nobody has decided.
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


@dataclass(frozen=True, slots=True)
class Counted:
    """How many responses stand in each state of a variable, and how many gave each code."""

    states: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """How verbatims of one variable were coded: people by code, at table level and in detail."""

    #: People by code, codes with a parent counted under it.
    table: Mapping[str, int] = field(default_factory=dict)
    #: People by parent and code, where a code has one.
    detail: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: People by code, as coded.
    leaves: Mapping[str, int] = field(default_factory=dict)
    #: People with at least one code.
    people: int = 0


def forms(collection_id: int, where: Filter = EVERYTHING) -> Forms:
    """Count the forms of a collection."""
    chosen = where.on(Response, collection_id)
    received = _scalar(select(func.count()).select_from(Response).where(*chosen))
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
    flagged = decided.where(Judgement.effect == "flag", Response.id.not_in(excluded))
    out = _scalar(select(func.count()).select_from(excluded.distinct().subquery()))
    return Forms(
        received=received,
        excluded=out,
        valid=received - out,
        reasons=dict(_pairs(reasons)),
        flagged=_scalar(select(func.count()).select_from(flagged.distinct().subquery())),
        aside=_scalar(select(func.count()).select_from(SetAside).where(SetAside.collection_id == collection_id)),
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
    flagged = Response.id.in_(decided.where(Judgement.effect == "flag"))
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
    return _scalar(query.where(Withdrawal.country.in_(where.countries)) if where.countries else query)


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
    return _scalar(query)


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


def received_by(collection_id: int, column: str, where: Filter = EVERYTHING) -> dict[str, int]:
    """Count the forms received by country, by language or by mode."""
    by = {"country": Response.country, "language": Response.language, "mode": Response.mode}[column]
    chosen = where.on(Response, collection_id)
    query = select(by, func.count()).where(*chosen).group_by(by).order_by(by)
    return dict(_pairs(query))


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
    return _scalar(select(func.count()).select_from(Response).where(*selection.applied(collection_id)))


def answered(responses: Several[int], variables: Several[str]) -> dict[int, int]:
    """Count, for each of some responses, those of some variables that it gives a value to, as it was sent."""
    query = (
        select(Answer.response_id, func.count().label("n"))
        .where(Answer.response_id.in_(responses), Answer.state == "value", Answer.variable.in_(variables))
        .group_by(Answer.response_id)
    )
    return {row.response_id: row.n for row in db.session.execute(query)}


def variables(collection_id: int, where: Filter = EVERYTHING) -> dict[str, Counted]:
    """Count what stands, variable by variable."""
    what = standing(collection_id, where)
    by = (what.variable, what.state, what.code)
    query = select(*by, func.count()).where(*where.on(what, collection_id)).group_by(*by)
    return _counted(db.session.execute(query))


def variables_by_country(collection_id: int) -> dict[str, dict[str, Counted]]:
    """Count what stands, by country and variable, in one statement: its parts add up whatever arrives meanwhile."""
    by = (Standing.country, Standing.variable, Standing.state, Standing.code)
    query = select(*by, func.count()).where(Standing.collection_id == collection_id).group_by(*by)
    rows: dict[str, list[Any]] = {}
    for country, *row in db.session.execute(query):
        rows.setdefault(country, []).append(row)
    return {country: _counted(found) for country, found in rows.items()}


def _counted(rows: Iterable[Any]) -> dict[str, Counted]:
    states: dict[str, dict[str, int]] = {}
    codes: dict[str, dict[str, int]] = {}
    for variable, state, code, people in rows:
        by_state = states.setdefault(variable, {})
        by_state[state] = by_state.get(state, 0) + people
        if state == "value" and code is not None:
            codes.setdefault(variable, {})[code] = people
    return {variable: Counted(by_state, codes.get(variable, {})) for variable, by_state in states.items()}


def any_of(collection_id: int, names: list[str], code: str, where: Filter = EVERYTHING) -> int:
    """Count the people who gave a code in at least one of several variables."""
    what = standing(collection_id, where)
    query = select(func.count(what.response_id.distinct())).where(
        *where.on(what, collection_id), what.variable.in_(names), what.state == "value", what.code == code
    )
    return _scalar(query)


def named(collection_id: int, where: Filter = EVERYTHING) -> dict[tuple[str, str], Named]:
    """Count coded verbatims by variable and country. As received, codings count as they are now.

    The database counts patterns: how many people were given just these codes; all else follows from them.
    """
    pattern = func.aggregate_strings(cast(Coding.code_id, String), ",").label("pattern")
    units = (
        select(Coding.variable, Response.country, pattern)
        .join(Response, Response.id == Coding.response_id)
        .where(in_force(Coding, where.moment), *where.on(Response, collection_id))
        .group_by(Coding.response_id, Coding.variable, Response.country)
    )
    if where.stand != RECEIVED:
        what = standing(collection_id, where)
        same = and_(what.response_id == Coding.response_id, what.variable == Coding.variable)
        units = units.where(select(what.response_id).where(same, what.state == "value").exists())
    coded = units.subquery()
    by = (coded.c.variable, coded.c.country, coded.c.pattern)
    codes = _codes(collection_id)
    patterns: dict[tuple[str, str], list[tuple[set[tuple[str, str | None]], int]]] = {}
    for variable, country, ids, people in db.session.execute(select(*by, func.count()).group_by(*by)):
        given = {codes[int(each)] for each in ids.split(",")}
        patterns.setdefault((variable, country), []).append((given, people))
    return {key: _named(found) for key, found in patterns.items()}


@dataclass(frozen=True, slots=True)
class Worded:
    """One distinct answer in words to a variable: how many people gave it, where, and how it was coded."""

    text: str
    people: int
    countries: Mapping[str, int]
    languages: Mapping[str, int]
    #: People by the id of a code they were given.
    codes: Mapping[int, int]
    #: People with at least one code.
    coded: int


def worded(collection_id: int, variable: str, where: Filter = EVERYTHING) -> list[Worded]:
    """Count the distinct answers in words that stand for a variable, those of most people first."""
    standing = (*where.on(Standing, collection_id), Standing.variable == variable, Standing.state == "value")
    same = and_(Answer.response_id == Standing.response_id, Answer.variable == Standing.variable)
    coding = and_(
        Coding.response_id == Standing.response_id,
        Coding.variable == Standing.variable,
        Coding.withdrawn_at.is_(None),
    )
    given = (Answer.text, Standing.country, Standing.language)
    answers = select(*given, func.count()).select_from(Standing).join(Answer, same).where(*standing).group_by(*given)
    people = func.count(Standing.response_id.distinct())
    coded = select(Answer.text, people).select_from(Standing).join(Answer, same).join(Coding, coding).where(*standing)
    by_code = coded.add_columns(Coding.code_id).group_by(Answer.text, Coding.code_id)
    countries: dict[str, Counter[str]] = {}
    languages: dict[str, Counter[str]] = {}
    for text, country, language, n in db.session.execute(answers.where(Answer.text.is_not(None))):
        countries.setdefault(text or "", Counter())[country] += n
        languages.setdefault(text or "", Counter())[language] += n
    codes: dict[str, dict[int, int]] = {}
    for text, n, code in db.session.execute(by_code):
        codes.setdefault(text, {})[code] = n
    with_code = dict(_pairs(coded.group_by(Answer.text)))
    found = [
        Worded(text, sum(by.values()), by, languages[text], codes.get(text, {}), with_code.get(text, 0))
        for text, by in countries.items()
    ]
    return sorted(found, key=lambda each: (-each.people, each.text))


def top_codes(collection_id: int) -> dict[str, list[str]]:
    """Return the codes of a collection that tables list, by frame: those that are not grouped under another."""
    query = select(CodeFrame.name, Code.name).join(Code, Code.frame_id == CodeFrame.id).order_by(Code.id)
    found: dict[str, list[str]] = {}
    chosen = query.where(CodeFrame.collection_id == collection_id, Code.parent_id.is_(None))
    for frame, name in db.session.execute(chosen):
        found.setdefault(frame, []).append(name)
    return found


def code_labels(collection_id: int) -> dict[str, dict[str, str]]:
    """Return what the codes of a collection are called now, by frame and name."""
    query = select(CodeFrame.name, Code.name, Code.label).join(Code, Code.frame_id == CodeFrame.id)
    found: dict[str, dict[str, str]] = {}
    for frame, name, label in db.session.execute(query.where(CodeFrame.collection_id == collection_id)):
        found.setdefault(frame, {})[name] = label
    return found


def _named(patterns: list[tuple[set[tuple[str, str | None]], int]]) -> Named:
    """Add up patterns: sets of codes, each a name and its parent's, and how many people were given just these."""
    table: Counter[str] = Counter()
    leaves: Counter[str] = Counter()
    detail: dict[str, Counter[str]] = {}
    for given, people in patterns:
        for name, parent in given:
            leaves[name] += people
            if parent:
                detail.setdefault(parent, Counter())[name] += people
        for top in {parent or name for name, parent in given}:
            table[top] += people
    return Named(table, detail, leaves, sum(people for _, people in patterns))


def _codes(collection_id: int) -> dict[int, tuple[str, str | None]]:
    """Return the name of each code of a collection, and its parent's."""
    parent = aliased(Code)
    query = (
        select(Code.id, Code.name, parent.name)
        .join(CodeFrame, CodeFrame.id == Code.frame_id)
        .outerjoin(parent, parent.id == Code.parent_id)
        .where(CodeFrame.collection_id == collection_id)
    )
    return {id_: (name, above) for id_, name, above in db.session.execute(query)}


def _scalar(query: Select[Any]) -> int:
    return int(db.session.scalar(query) or 0)


def _pairs(query: Any) -> list[tuple[str, int]]:
    return [(key, count) for key, count in db.session.execute(query)]
