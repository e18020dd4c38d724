"""What the list of forms shows: one frozen object a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from surveytool.evaluate.common import Facet, Head, Option
from surveytool.evaluate.responses.forms import Asked


@dataclass(frozen=True)
class ListedForm:
    """One line of the list."""

    id: int
    serial: str
    country: str
    language: str
    mode: str
    received_at: datetime
    #: The date that the form itself bears, where it came on paper or by mail and a clerk found one.
    filled_on: date | None
    #: How many of the questions it answers.
    answered: int
    #: Why it does not count, and for what it is flagged.
    exclusions: Sequence[str]
    flags: Sequence[str]
    #: The earlier form it corrects, and later ones that correct it, as far as the person may see them.
    corrects: int | None
    corrected_by: Sequence[int]

    @property
    def state(self) -> str:
        """How it stands, in words."""
        return "excluded" if self.exclusions else "flagged; counts until decided" if self.flags else "counts"


@dataclass(frozen=True)
class ResponsesPage:
    """The forms of a collection, a page at a time."""

    head: Head
    asked: Asked
    rows: Sequence[ListedForm]
    #: Heads of the columns to sort by, by their names in the address.
    columns: Mapping[str, str]
    page: int
    pages: int
    first: int
    #: How many forms the list shows on all its pages, and how many came altogether.
    count: int
    received: int
    #: How many questions there are.
    items: int
    states: Sequence[Option]
    facets: Sequence[Facet]
    #: What was typed to find a form, what is wrong with it, and which forms it may mean.
    typed: str = ""
    error: str = ""
    found: Sequence[tuple[int, str]] = ()
