"""Which responses are counted, and as of which decisions."""

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select

from surveytool.devices import known_zone
from surveytool.judge.standing import Differing, as_received, in_force, stood
from surveytool.models import (
    Affiliation,
    Judgement,
    Organisation,
    Response,
    Standing,
)
from surveytool.small_cells import refuse_by_id
from surveytool.tabulate.flags import flagged

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
        """Return the conditions on rows of a collection: `Response`, `Standing`, or what `standing` returns.

        Raises SmallCellsError for answers, or by answers, of a collection whose small cells are shown to nobody.
        """
        if rows is not Response or self.answers:
            refuse_by_id(collection_id)
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
    other = differing(collection_id, where)
    return other.rows().subquery().c if other else Standing


def differing(collection_id: int, where: Filter) -> Differing | None:
    """Return what stands otherwise under the decisions that a filter wants; None if nothing does."""
    if where.stand == RECEIVED:
        return as_received(collection_id)
    return stood(collection_id, where.moment) if where.moment else None


def undecided(where: Filter, collection_id: int) -> ColumnElement[bool]:
    """Return the condition on `Response` that a form is flagged and undecided, for results as a filter wants them."""
    return false() if where.stand == RECEIVED else flagged(collection_id, where.moment)


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
    undecided = flagged(collection_id)
    return {
        "counts": and_(not_(excluded), not_(undecided)),
        "flagged": and_(not_(excluded), undecided),
        "excluded": excluded,
    }


@dataclass(frozen=True, slots=True)
class Selection:
    """Which forms a list shows; empty means all."""

    where: Filter = EVERYTHING
    states: tuple[str, ...] = ()
    #: First and last day of receipt, in a time zone.
    since: datetime.date | None = None
    until: datetime.date | None = None
    zone: str = "UTC"

    def applied(self, collection_id: int) -> list[ColumnElement[bool]]:
        """Return the conditions on `Response`."""
        chosen = self.where.on(Response, collection_id)
        if self.states and set(self.states) != set(FORM_STATES):
            how = form_states(collection_id)
            chosen.append(or_(*(how[state] for state in self.states)))
        if self.since:
            chosen.append(Response.received_at >= _midnight(self.since, self.zone))
        if self.until and self.until < datetime.date.max:
            chosen.append(Response.received_at < _midnight(self.until + datetime.timedelta(days=1), self.zone))
        return chosen


def _midnight(day: datetime.date, zone: str) -> datetime.datetime:
    midnight = datetime.datetime.combine(day, datetime.time(), known_zone(zone))
    # Around the first and the last year there is no such moment in UTC.
    return midnight if 1 < day.year < 9999 else midnight.replace(tzinfo=datetime.UTC)
