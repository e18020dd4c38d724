"""What the list of forms asks of the database."""

import datetime
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, case, func, literal, or_, select

from surveytool.evaluate import listing
from surveytool.evaluate.common import LARGEST_ID
from surveytool.evaluate.responses.forms import Asked
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


def order(collection: Collection, asked: Asked) -> listing.Order:
    """Return the order a list was asked for."""
    how = form_states(collection.id)
    own = {
        "state": case((how["excluded"], 2), (how["flagged"], 1), else_=0),
        "dated": func.coalesce(Response.filled_on, literal(datetime.date.min, Date)),
    }
    return listing.order(collection, asked, own)


def listed(collection: Collection, asked: Asked, size: int) -> list[Any]:
    """Return the page of a list that was asked for."""
    chosen = asked.selection.applied(collection.id)
    return listing.page_of(chosen, order(collection, asked), asked.page, size, _LISTED)


def neighbours(collection: Collection, asked: Asked, response_id: int) -> tuple[int | None, int | None]:
    """Return the forms before and after one in a list, whether or not the list still shows that one."""
    chosen = asked.selection.applied(collection.id)
    return listing.neighbours(chosen, order(collection, asked), response_id)


def excluding(responses: Several[int]) -> dict[int, list[str]]:
    """Return the reasons for which forms are excluded, by form."""
    query = select(Judgement.response_id, Judgement.reason).where(
        Judgement.response_id.in_(responses), Judgement.withdrawn_at.is_(None), Judgement.effect == "exclude form"
    )
    found: dict[int, list[str]] = {}
    for response_id, reason in db.session.execute(query.order_by(Judgement.id)):
        found.setdefault(response_id or 0, []).append(reason)
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
