"""What the list of forms asks of the database."""

import datetime
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, func, literal, or_, select

from surveytool.evaluate.common import LARGEST_ID, country_names
from surveytool.evaluate.responses.forms import Asked
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Judgement, Response, db
from surveytool.tabulate import Filter, form_states

#: How many forms with one serial number are shown at most.
NAMESAKES = 20

#: What a list shows of a response; never what was sent, which is most of its bytes.
_LISTED = (
    Response.id,
    Response.country,
    Response.language,
    Response.mode,
    Response.received_at,
    Response.filled_on,
    Response.serial,
    Response.supersedes_id,
)


@dataclass(frozen=True)
class Order:
    """What the forms of a list are sorted by, and which way; forms that are equal in it follow by their number."""

    key: ColumnElement[Any]
    down: bool

    def by(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """Return the terms to sort by."""
        terms: list[ColumnElement[Any]] = [self.key, Response.id]  # type: ignore[list-item]
        return [term.desc() if self.down != backwards else term.asc() for term in terms]

    def after(self, key: Any, id_: int, *, backwards: bool = False) -> ColumnElement[bool]:
        """Return the condition on forms that come after one in this order."""
        if self.down != backwards:
            return or_(self.key < key, and_(self.key == key, Response.id < id_))
        return or_(self.key > key, and_(self.key == key, Response.id > id_))


def order(collection: Collection, asked: Asked) -> Order:
    """Return the order a list was asked for; countries and languages come in the order of their English names."""
    how = form_states(collection.id)
    names = country_names(collection)
    countries = sorted(names, key=names.__getitem__)
    languages = sorted(LANGUAGES, key=lambda tag: LANGUAGES[tag].english)
    keys: dict[str, Any] = {
        "form": Response.id,
        "state": case((how["excluded"], 2), (how["flagged"], 1), else_=0),
        "country": _place(Response.country, countries),
        "language": _place(Response.language, languages),
        "mode": Response.mode,
        "received": Response.received_at,
        "dated": func.coalesce(Response.filled_on, literal(datetime.date.min, Date)),
    }
    return Order(keys[asked.sort], asked.order == "down")


def _place(column: Any, values: Sequence[str]) -> ColumnElement[Any]:
    places = [(column == value, place) for place, value in enumerate(values)]
    return case(*places, else_=len(values)) if places else literal(0)


def listed(collection_id: int, asked: Asked, order: Order, page: int, size: int) -> list[Any]:
    """Return one page of a list of forms."""
    # The ids first: most can be sorted and skipped in an index, without reading the rows, which are wide.
    ids = select(Response.id).where(*asked.selection.applied(collection_id)).order_by(*order.by())
    page_of = db.session.scalars(ids.offset((page - 1) * size).limit(size)).all()
    rows = {row.id: row for row in db.session.execute(select(*_LISTED).where(Response.id.in_(page_of)))}
    return [rows[id_] for id_ in page_of if id_ in rows]


def neighbours(collection_id: int, asked: Asked, order: Order, response_id: int) -> tuple[int | None, int | None]:
    """Return the forms before and after one in a list, whether or not the list still shows that one."""
    key = db.session.scalar(select(order.key).where(Response.id == response_id))
    among = select(Response.id).where(*asked.selection.applied(collection_id))
    before, after = (
        db.session.scalar(
            among.where(order.after(key, response_id, backwards=backwards))
            .order_by(*order.by(backwards=backwards))
            .limit(1)
        )
        for backwards in (True, False)
    )
    return before, after


def standing_effects(responses: Several[int]) -> dict[int, dict[str, list[str]]]:
    """Return the reasons for which forms are excluded or flagged: {response: {effect: reasons}}."""
    query = (
        select(Judgement.response_id, Judgement.effect, Judgement.reason)
        .where(
            Judgement.response_id.in_(responses),
            Judgement.withdrawn_at.is_(None),
            Judgement.effect.in_(("exclude form", "flag")),
        )
        .order_by(Judgement.id)
    )
    found: dict[int, dict[str, list[str]]] = {}
    for response_id, effect, reason in db.session.execute(query):
        found.setdefault(response_id or 0, {}).setdefault(effect, []).append(reason)
    return found


@dataclass(frozen=True)
class Links:
    """Which forms correct which, as far as the person may see them."""

    #: Earlier forms that are corrected by the forms asked about.
    seen: frozenset[int]
    #: Later forms that correct the forms asked about: {earlier: [later]}.
    later: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, collection_id: int, responses: Several[int], corrected: Several[int], where: Filter) -> "Links":
        """Find the forms that correct some responses, and those that these correct."""
        mine = where.on(Response, collection_id)
        seen = select(Response.id).where(Response.id.in_(corrected), *mine)
        query = select(Response.supersedes_id, Response.id).where(Response.supersedes_id.in_(responses), *mine)
        later: dict[int, list[int]] = {}
        for earlier, id_ in db.session.execute(query.order_by(Response.id)):
            later.setdefault(earlier or 0, []).append(id_)
        return cls(frozenset(db.session.scalars(seen)) if corrected else frozenset(), later)

    @property
    def ids(self) -> set[int]:
        """All forms that are linked to those asked about."""
        return {*self.seen, *(id_ for ids in self.later.values() for id_ in ids)}


def by_receipt(collection_id: int, receipt: str, where: Filter) -> int | None:
    """Find the form that a receipt was given for."""
    chosen = where.on(Response, collection_id)
    return db.session.scalar(select(Response.id).where(Response.receipt == receipt, *chosen))


def by_number(collection_id: int, typed: str, where: Filter) -> list[tuple[int, str]]:
    """Find the forms with a number or a serial number: each with its serial number."""
    chosen = where.on(Response, collection_id)
    same: list[ColumnElement[bool]] = [Response.serial == typed]
    if typed.isdecimal() and int(typed) <= LARGEST_ID:
        same.append(Response.id == int(typed))
    query = select(Response.id, Response.serial).where(*chosen, or_(*same)).order_by(Response.id).limit(NAMESAKES)
    return [(id_, serial) for id_, serial in db.session.execute(query)]
