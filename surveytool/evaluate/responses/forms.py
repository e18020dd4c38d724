"""What the address of the list asks for: which forms, in which order, which page; the same again after a reload."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from surveytool import access
from surveytool.evaluate.common import country_names
from surveytool.intake import MODES
from surveytool.models import Collection
from surveytool.tabulate import FORM_STATES, Filter, Selection

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
DIRECTIONS = ("up", "down")
#: What stands in the address for forms that name no country.
NO_COUNTRY = "none"
PARAMETERS = ("state", "country", "language", "mode", "from", "to", "sort", "order", "page")


@dataclass(frozen=True)
class Asked:
    """The list asked for; without anything in the address all forms, the newest first."""

    states: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    since: datetime.date | None = None
    until: datetime.date | None = None
    #: The time zone that days are of.
    zone: str = "UTC"
    sort: str = "form"
    order: str = "down"
    page: int = 1
    #: What in the address is not known, and was left out.
    unknown: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether some forms are left out."""
        return bool(self.states or self.countries or self.languages or self.modes or self.since or self.until)

    @property
    def parameters(self) -> dict[str, Any]:
        """What has to stand in an address for the same list, and nothing more."""
        usual = Asked()
        found: dict[str, Any] = {
            "state": self.states,
            "country": self.countries,
            "language": self.languages,
            "mode": self.modes,
            "from": self.since and self.since.isoformat(),
            "to": self.until and self.until.isoformat(),
            "sort": self.sort if self.sort != usual.sort else "",
            "order": self.order if self.order != usual.order else "",
            "page": self.page if self.page != usual.page else 0,
        }
        return {name: value for name, value in found.items() if value}

    def on(self, page: int) -> dict[str, Any]:
        """Return what has to stand in the address of another page."""
        return replace(self, page=page).parameters

    def sorted_by(self, column: str) -> dict[str, Any]:
        """Return what has to stand in the address to sort by a column, the other way round where it is sorted so."""
        turned = column == self.sort and self.order == "down"
        return replace(self, sort=column, order="up" if turned else "down", page=1).parameters

    def direction(self, column: str) -> str:
        """Return how a column is sorted, as browsers tell those who do not see: ascending, descending or none."""
        if column != self.sort:
            return "none"
        return "ascending" if self.order == "up" else "descending"

    @property
    def selection(self) -> Selection:
        """The forms asked for, among those that the person may see."""
        countries = tuple("" if code == NO_COUNTRY else code for code in self.countries)
        where = Filter(countries or (access.countries() or ()), self.languages)
        return Selection(where, self.modes, self.states, self.since, self.until, self.zone)


def asked(collection: Collection) -> Asked:
    """Read the address of the request."""
    unknown: list[str] = [name for name in request.args if name not in PARAMETERS]
    countries = [*country_names(collection), *([NO_COUNTRY] if access.countries() is None else [])]

    def chosen(name: str, known: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        given = request.args.getlist(name)
        unknown.extend(value for value in given if value not in known)
        return tuple(value for value in known if value in given)

    def one(name: str, known: tuple[str, ...], usual: str) -> str:
        return (chosen(name, known) or (usual,))[0]

    found = Asked(
        states=chosen("state", FORM_STATES),
        countries=chosen("country", countries),
        languages=chosen("language", [each.language for each in collection.wordings]),
        modes=chosen("mode", MODES),
        since=_day("from", unknown),
        until=_day("to", unknown),
        zone=collection.zone,
        sort=one("sort", tuple(COLUMNS), "form"),
        order=one("order", DIRECTIONS, "down"),
        page=_page(unknown),
    )
    if found.since and found.until and found.since > found.until:
        unknown.append(f"received from {found.since} to {found.until}: the first day is after the last")
    return replace(found, unknown=tuple(unknown))


def _day(name: str, unknown: list[str]) -> datetime.date | None:
    """Return the day a parameter names, if it does."""
    typed = request.args.get(name, "").strip()
    try:
        return datetime.date.fromisoformat(typed) if typed else None
    except ValueError:
        unknown.append(f"{name} {typed}: please write days as 2003-05-19")
        return None


def _page(unknown: list[str]) -> int:
    typed = request.args.get("page", "1")
    if typed.isascii() and typed.isdecimal() and len(typed) < 10 and int(typed):
        return int(typed)
    unknown.append(f"page {typed}")
    return 1
