"""What the address of the queue asks for, and the decisions that are sent: on one form, or on those ticked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from surveytool import access
from surveytool.evaluate.common import LARGEST_ID, country_names, wrong_reason
from surveytool.intake import MODES
from surveytool.judge.kinds import KINDS, rules_by_kind
from surveytool.models import Collection
from surveytool.rejudging import questionnaire_with_new_rules
from surveytool.tabulate import Filter, Queue, Unknown, has_register
from surveytool.text import ascii_digits, clean

#: The columns the queue is sorted by, with their heads; by state, what is undecided comes first.
COLUMNS: Mapping[str, str] = {
    "state": "State",
    "form": "Form",
    "country": "Country",
    "language": "Language",
    "mode": "Came by",
    "received": "Received (UTC)",
    "seconds": "Seconds",
}
SHOWN: Mapping[str, str] = {"undecided": "undecided", "decided": "decided"}
DIRECTIONS = ("up", "down")
NO_COUNTRY = "none"
PARAMETERS = ("show", "kind", "country", "language", "mode", "sort", "order", "page", "beside")
DEEDS = ("keep", "exclude", "duplicate")
#: How many forms are decided at once at most.
AT_ONCE = 500


@dataclass(frozen=True)
class Asked:
    """The queue asked for; without anything in the address all of it, undecided forms first."""

    queue: Queue
    show: str = ""
    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    sort: str = "state"
    order: str = "up"
    page: int = 1
    #: What in the address is not known, and was left out.
    unknown: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether some forms are left out."""
        return bool(self.show or self.kinds or self.countries or self.languages or self.modes)

    @property
    def parameters(self) -> dict[str, Any]:
        """What has to stand in an address for the same queue, and nothing more."""
        found: dict[str, Any] = {
            "show": self.show,
            "kind": self.kinds,
            "country": self.countries,
            "language": self.languages,
            "mode": self.modes,
            "sort": self.sort if self.sort != "state" else "",
            "order": self.order if self.order != "up" else "",
            "page": self.page if self.page != 1 else 0,
        }
        return {name: value for name, value in found.items() if value}

    def on(self, page: int) -> dict[str, Any]:
        """Return what has to stand in the address of another page."""
        return replace(self, page=page).parameters

    def sorted_by(self, column: str) -> dict[str, Any]:
        """Return what has to stand in the address to sort by a column, the other way round where it is sorted so."""
        turned = column == self.sort and self.order == "up"
        return replace(self, sort=column, order="down" if turned else "up", page=1).parameters

    def direction(self, column: str) -> str:
        """Return how a column is sorted, as browsers tell those who do not see: ascending, descending or none."""
        if column != self.sort:
            return "none"
        return "ascending" if self.order == "up" else "descending"

    @property
    def selection(self) -> Queue:
        """The forms asked for, among those that the person may see."""
        countries = tuple("" if code == NO_COUNTRY else code for code in self.countries)
        where = Filter(countries or (access.countries() or ()), self.languages, self.modes)
        return replace(self.queue, where=where, kinds=self.kinds, show=self.show)


def queue_of(collection: Collection) -> Queue:
    """Return the whole queue of a collection, as far as the person may see it."""
    q = questionnaire_with_new_rules(collection)
    checks = [each for each in q.checks if each.check == "unknown_organisation"] if has_register() else []
    unknown = tuple(Unknown(each.id, each.item) for each in checks)
    return Queue(rules_by_kind(q), unknown, Filter(access.countries() or ()))


def asked(collection: Collection) -> Asked:
    """Read the address of the request."""
    unknown: list[str] = [name for name in request.args if name not in PARAMETERS]
    countries = [*country_names(collection), *([NO_COUNTRY] if access.countries() is None else [])]

    def chosen(name: str, known: Sequence[str]) -> tuple[str, ...]:
        given = [value for value in request.args.getlist(name) if value]
        unknown.extend(value for value in given if value not in known)
        return tuple(value for value in known if value in given)

    page = request.args.get("page", "1")
    if not (page.isascii() and page.isdecimal() and len(page) < 10 and int(page)):
        unknown.append(f"page {page}")
        page = "1"
    found = Asked(
        queue=queue_of(collection),
        show=(chosen("show", tuple(SHOWN)) or ("",))[0],
        kinds=chosen("kind", tuple(KINDS)),
        countries=chosen("country", countries),
        languages=chosen("language", [each.language for each in collection.wordings]),
        modes=chosen("mode", MODES),
        sort=(chosen("sort", tuple(COLUMNS)) or ("state",))[0],
        order=(chosen("order", DIRECTIONS) or ("up",))[0],
        page=int(page),
    )
    return replace(found, unknown=tuple(unknown))


# Decisions ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """A decision as it was sent: the deed, the forms with what each had been through when its page was made, why."""

    do: str = ""
    #: For each form, how many things had happened to it when the page was made that the decision was made on.
    stamps: Mapping[int, int] = field(default_factory=dict)
    #: The form that they are duplicates of, as typed.
    of: str = ""
    reason: str = ""
    #: Whether it was looked over: several forms are decided only then.
    confirmed: bool = False

    @classmethod
    def read(cls, fields: "MultiDict[str, str]") -> "Sent":
        """Read the fields of a request."""
        stamps: dict[int, int] = {}
        for each in ",".join(fields.getlist("form")).split(",")[: 4 * AT_ONCE]:
            id_, _, stamp = each.partition(":")
            if all(part.isascii() and part.isdecimal() and len(part) < 11 for part in (id_, stamp)):
                stamps[int(id_)] = int(stamp)
        known = {id_: stamp for id_, stamp in stamps.items() if id_ <= LARGEST_ID}
        of = ascii_digits(clean(fields.get("of", "")))[:20]
        return cls(fields.get("do", ""), known, of, clean(fields.get("reason", "")), "confirmed" in fields)

    @property
    def original(self) -> int | None:
        """The number of the form that they are duplicates of, where one was typed."""
        return int(self.of) if self.of.isascii() and self.of.isdecimal() and int(self.of) <= LARGEST_ID else None

    @property
    def packed(self) -> str:
        """The forms and their stamps in one field, since servers limit how many fields a request may have."""
        return ",".join(f"{id_}:{stamp}" for id_, stamp in self.stamps.items())

    def fault(self) -> str:
        """Return what is wrong with what was typed, or ""."""
        if self.do == "duplicate" and self.original is None:
            return "Please give the number of the form that it is a duplicate of."
        return wrong_reason(self.reason, "it stays beside the decision and in the audit log")
