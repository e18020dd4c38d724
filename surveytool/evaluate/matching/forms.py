"""What is sent from the page where forms are matched to organisations, and what it is asked to show."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from surveytool.evaluate.common import number, read_moment
from surveytool.register import Entry, checked
from surveytool.text import clean

#: What can be done with answers.
DEEDS = ("assign", "name", "new", "take")
#: The deeds that change the register.
REGISTERING = ("name", "new")


@dataclass(frozen=True)
class Sent:
    """What an evaluator chose."""

    do: str = ""
    #: Distinct answers by their ids, and forms by their numbers.
    answers: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()
    forms: frozenset[int] = frozenset()
    organisation: int = 0
    reason: str = ""
    shown: datetime.datetime | None = None
    #: The fields of a new organisation.
    name: str = ""
    type: str = ""
    country: str = ""
    partner: str = ""

    @property
    def wordings(self) -> frozenset[str]:
        """All distinct answers that were chosen, one by one or in groups."""
        return self.answers.union(*(ids.split() for ids in self.alike))

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> "Sent":
        """Read what was sent; the button of a suggestion stands for one answer and one organisation."""
        shown = read_moment(sent.get("shown", ""))
        if "suggestion" in sent:
            answer, _, organisation = sent["suggestion"].partition(":")
            return cls("assign", frozenset([answer]), organisation=number(organisation), shown=shown)
        return cls(
            do=sent.get("do", ""),
            answers=frozenset(sent.getlist("answer")),
            alike=frozenset(sent.getlist("alike")),
            forms=frozenset(map(number, sent.getlist("form"))),
            organisation=number(sent.get("organisation", "")),
            reason=clean(sent.get("reason", "")),
            shown=shown,
            **{name: clean(sent.get(name, ""))[:1000] for name in ("name", "type", "country", "partner")},
        )

    def entry(self, names: list[str]) -> Entry:
        """Return the new organisation, with answers as its other names. Raises RegisterError."""
        return checked(
            self.name or (names[0] if names else ""), self.type, self.country, self.partner, "\n".join(names)
        )


@dataclass(frozen=True)
class Asked:
    """Which answers a page shows: those with unknown forms, or all."""

    everything: bool = False
    search: str = ""
    page: int = 1
    #: Whether they come in the order of their words; otherwise those of most unknown forms first.
    by_words: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "Asked":
        """Read the address."""
        everything, search = args.get("show") == "all", clean(args.get("search", ""))[:200]
        page, by_words = max(1, number(args.get("page", ""))), args.get("sort") == "words"
        kept = {"show": "all" if everything else "", "search": search, "sort": "words" if by_words else ""}
        kept["page"] = str(page) if page > 1 else ""
        return cls(everything, search, page, by_words, {name: value for name, value in kept.items() if value})
