"""What the address of the queue asks for, and the decisions that are sent: on one form, or on those ticked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from werkzeug.datastructures import MultiDict

from surveytool import access, tabulate
from surveytool.evaluate.common import LARGEST_ID, wrong_reason
from surveytool.evaluate.listing import DIRECTIONS, Address, ListAsked
from surveytool.judge.kinds import KINDS, rules_by_kind
from surveytool.models import Collection
from surveytool.rejudging import questionnaire_with_new_rules
from surveytool.tabulate import Filter, Queue
from surveytool.text import ascii_digits, clean

#: The columns the queue is sorted by, with their heads; by state, what is undecided comes first.
COLUMNS: Mapping[str, str] = {
    "state": "State",
    "form": "Form",
    "country": "Country",
    "language": "Language",
    "mode": "Came by",
    "received": "Received",
    "seconds": "Seconds",
}
SHOWN: Mapping[str, str] = {"undecided": "undecided", "decided": "decided"}
DEEDS = ("keep", "exclude", "duplicate")
#: How many forms are decided at once at most.
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Asked(ListAsked):
    """The queue asked for; without anything in the address all of it, undecided forms first."""

    USUAL: ClassVar[tuple[str, str]] = ("state", "up")

    queue: Queue
    show: str = ""
    #: The kinds of signals; in the address they are called so, since types of organisation are kinds there.
    kinds: tuple[str, ...] = ()

    @property
    def own(self) -> dict[str, Any]:
        """What chooses forms besides the filter, as the address has it."""
        return {"show": self.show, "signal": self.kinds}

    @property
    def selection(self) -> Queue:
        """The forms asked for, among those that the person may see."""
        return replace(self.queue, where=self.covered, kinds=self.kinds, show=self.show)


def queue_of(collection: Collection) -> Queue:
    """Return the whole queue of a collection, as far as the person may see it."""
    q = questionnaire_with_new_rules(collection)
    return Queue(rules_by_kind(q), tabulate.unknown_of(collection.id), Filter(access.countries() or ()))


def asked(collection: Collection) -> Asked:
    """Read the address of the request."""
    address = Address(collection, ("show", "signal", "beside"))
    found = Asked(
        queue=queue_of(collection),
        where=address.where,
        show=address.one("show", tuple(SHOWN), ""),
        kinds=address.chosen("signal", tuple(KINDS)),
        sort=address.one("sort", tuple(COLUMNS), "state"),
        order=address.one("order", DIRECTIONS, "up"),
        page=address.page(),
    )
    return replace(found, unknown=tuple(address.unknown))


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
