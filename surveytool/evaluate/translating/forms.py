"""What is sent from the desk of translation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from surveytool.evaluate.common import number
from surveytool.judge.translating import STATES
from surveytool.languages import LANGUAGES
from surveytool.text import clean

#: What the answers of an item can be sorted by.
SORTS = ("form", "people", "words")


@dataclass(frozen=True)
class Asked:
    """Which of the answers a page shows."""

    states: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    search: str = ""
    sort: str = "form"
    page: int = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "Asked":
        """Read the address; what is not known in it is left out."""
        states = tuple(each for each in STATES if each in args.getlist("state"))
        countries = tuple(each[:40] for each in args.getlist("country") if each)
        languages = tuple(tag for tag in LANGUAGES if tag in args.getlist("language"))
        search, sort = clean(args.get("search", ""))[:200], args.get("sort", "")
        page = max(1, number(args.get("page", "")))
        sort = sort if sort in SORTS else SORTS[0]
        kept: dict[str, Any] = {"state": states, "country": countries, "language": languages, "search": search}
        kept |= {"sort": sort if sort != SORTS[0] else "", "page": page if page > 1 else ""}
        parameters = {key: value for key, value in kept.items() if value}
        return cls(states, countries, languages, search, sort, page, parameters)

    @property
    def filtered(self) -> bool:
        """Whether only a part of the answers is shown."""
        return bool(self.states or self.countries or self.languages or self.search)


@dataclass(frozen=True)
class RowSent:
    """One row of a page: the forms it is about, each with the translation that was shown, and what was typed."""

    #: Form and the id of the translation that was shown; 0 for none.
    seen: tuple[tuple[int, int], ...]
    text: str
    #: Whether it is for all of the forms, whose words are the same, or for the first alone.
    alike: bool
    #: Whether a translation that is out of date was found still right.
    still: bool
    approve: bool


def rows_sent(sent: MultiDict[str, str], most: int) -> list[RowSent]:
    """Read the rows of a page; one button takes over a translation of the same words for one row."""
    used, _, words = sent.get("use", "").partition(":")
    found = []
    for place in range(most):
        seen = [pair.partition(":") for pair in sent.get(f"forms-{place}", "").split()]
        pairs = tuple((number(form), number(shown)) for form, _, shown in seen)
        if not pairs:
            continue
        text = words if used == str(place) else sent.get(f"text-{place}", "")
        ticked = {name: f"{name}-{place}" in sent for name in ("alike", "still", "approve")}
        ticked["approve"] |= "approve-all" in sent and f"may-{place}" in sent
        found.append(RowSent(pairs, clean(text), **ticked))
    return found
