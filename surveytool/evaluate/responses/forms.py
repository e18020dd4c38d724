"""What the address of the list asks for: which forms, in which order, which page; the same again after a reload."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flask import request

from surveytool.evaluate.listing import DIRECTIONS, Address, ListAsked
from surveytool.models import Collection
from surveytool.tabulate import FORM_STATES, Selection

#: The columns a list is sorted by, in its order, with their heads.
COLUMNS: Mapping[str, str] = {
    "form": "Form",
    "state": "State",
    "country": "Country",
    "language": "Language",
    "mode": "Came by",
    "received": "Received",
    "dated": "Date on the form",
}
#: What the states of a form are called.
STATES: Mapping[str, str] = {
    "counts": "counts",
    "flagged": "flagged, counts until decided",
    "excluded": "excluded",
}


@dataclass(frozen=True, kw_only=True)
class Asked(ListAsked):
    """The list asked for; without anything in the address all forms, the newest first."""

    USUAL: ClassVar[tuple[str, str]] = ("form", "down")

    states: tuple[str, ...] = ()
    since: datetime.date | None = None
    until: datetime.date | None = None
    #: The time zone that days are of.
    zone: str = "UTC"

    @property
    def own(self) -> dict[str, Any]:
        """What chooses forms besides the filter, as the address has it."""
        days = {"from": self.since, "to": self.until}
        return {"state": self.states} | {name: day and day.isoformat() for name, day in days.items()}

    @property
    def selection(self) -> Selection:
        """The forms asked for, among those that the person may see."""
        return Selection(self.covered, self.states, self.since, self.until, self.zone)


def asked(collection: Collection) -> Asked:
    """Read the address of the request."""
    address = Address(collection, ("state", "from", "to"))
    found = Asked(
        where=address.where,
        states=address.chosen("state", FORM_STATES),
        since=_day("from", address.unknown),
        until=_day("to", address.unknown),
        zone=collection.zone,
        sort=address.one("sort", tuple(COLUMNS), "form"),
        order=address.one("order", DIRECTIONS, "down"),
        page=address.page(),
    )
    if found.since and found.until and found.since > found.until:
        address.unknown.append(f"received from {found.since} to {found.until}: the first day is after the last")
    return replace(found, unknown=tuple(address.unknown))


def _day(name: str, unknown: list[str]) -> datetime.date | None:
    """Return the day a parameter names, if it does."""
    typed = request.args.get(name, "").strip()
    try:
        return datetime.date.fromisoformat(typed) if typed else None
    except ValueError:
        unknown.append(f"{name} {typed}: please write days as 2003-05-19")
        return None
