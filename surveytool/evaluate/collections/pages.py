"""What the pages of collections show: one frozen object a template."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from surveytool.evaluate.collections.forms import NewForm, SettingsForm
from surveytool.evaluate.common import Head
from surveytool.intake import MODES
from surveytool.languages import LANGUAGES, Language
from surveytool.models import Collection
from surveytool.tabulate import Arrivals, Forms, Reach, Reached


@dataclass(frozen=True)
class ListPage:
    """All collections, with how many forms each has."""

    rows: Sequence[tuple[Collection, Forms]]


@dataclass(frozen=True)
class NewPage:
    """The form for a new collection."""

    form: NewForm
    #: What no field can show.
    error: str = ""


@dataclass(frozen=True)
class Group:
    """What has come by country, by language or by mode: a table."""

    name: str
    rows: Sequence[tuple[str, Forms]]
    #: Whether it can be said of what was kept aside.
    aside: bool


@dataclass(frozen=True)
class Counts:
    """What has come so far, and when that was so."""

    code: str
    state: str
    zone: str
    total: Forms
    groups: Sequence[Group]
    last: datetime.datetime | None
    at: datetime.datetime
    #: Whether the person sees the whole collection, and with it what was kept aside.
    whole: bool


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a decision: how much, in words, and where it is decided."""

    n: int
    words: str
    address: str


@dataclass(frozen=True)
class Stands:
    """Where a collection stands."""

    waiting: Sequence[Waiting]
    #: None while the register is empty.
    reach: Reach | None
    #: Tables of whom it reached: a heading, and rows with a name each.
    groups: Sequence[tuple[str, Sequence[tuple[str, Reached]]]]
    days: Mapping[datetime.date, int]
    zone: str
    respondents: int
    limited: bool

    @property
    def most(self) -> int:
        """The forms of the busiest day."""
        return max(self.days.values(), default=0)


@dataclass(frozen=True)
class Worded:
    """One language of a collection: whether it is offered, how far its wording was reviewed."""

    language: Language
    offered: bool
    review: str
    #: Whether the shipped wording differs from the one served.
    newer: bool = False


@dataclass(frozen=True)
class CollectionPage:
    """One collection: what it asks, how people join, what has come, its settings."""

    head: Head
    #: The questionnaire's English title and its version.
    asks: str
    version: str
    languages: Sequence[Worded]
    address: str
    qr: Markup
    #: None before the first opening.
    counts: Counts | None
    #: None before the first opening.
    stands: Stands | None
    #: None for those who may not change anything.
    form: SettingsForm | None
    #: The beginning of the address as typed, and what is wrong with it.
    base: str = ""
    base_error: str = ""
    #: Whether phones cannot open the address.
    unreachable: bool = False
    #: Why something that was asked was not done.
    error: str = ""

    @property
    def unreviewed(self) -> Sequence[Language]:
        """The languages offered that no native reader has reviewed."""
        return [each.language for each in self.languages if each.offered and each.review.startswith("machine")]

    @property
    def newer(self) -> Sequence[Language]:
        """The languages whose shipped wording differs from the one served."""
        return [each.language for each in self.languages if each.newer]


def groups(arrivals: Arrivals, countries: Mapping[str, str], offered: Sequence[str], *, whole: bool) -> list[Group]:
    """Return the three tables of what has come; who could come and has not yet has a row too."""
    came = {column: arrivals.by.get(column, {}) for column in ("country", "language", "mode")}
    unknown = {"": "no country given"} if "" in came["country"] else {}
    # A language that is no longer offered may have been, when someone began a form.
    languages = {tag: LANGUAGES[tag].english for tag in LANGUAGES if tag in offered or tag in came["language"]}
    modes = {mode: mode for mode in MODES if mode in came["mode"]} or {"web": "web"}
    return [
        Group("Country", _rows(came["country"], {**countries, **unknown}), False),
        Group("Language", _rows(came["language"], languages), whole),
        Group("Mode", _rows(came["mode"], modes), whole),
    ]


def _rows(came: Mapping[str, Forms], names: Mapping[str, str]) -> list[tuple[str, Forms]]:
    return [(name, came.get(key, Forms(0, 0, 0))) for key, name in names.items()]
