"""What the pages of workshops show: one frozen object a template."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool.languages import LANGUAGES, Language
from surveytool.models import Collection, Workshop
from surveytool.tabulate import Arrivals
from surveytool.train.common import Head
from surveytool.train.workshops.forms import DetailsForm, WorkshopForm, own_name


@dataclass(frozen=True)
class ListPage:
    """The trainer's workshops, with the valid forms of each wave; apart, those that are finished."""

    rows: Sequence[tuple[Workshop, Mapping[str, int]]]
    finished: Sequence[tuple[Workshop, Mapping[str, int]]]


@dataclass(frozen=True)
class NewPage:
    """The form for a new workshop, or for what another asks as long as nobody was asked."""

    form: WorkshopForm
    worded: Sequence[str]
    own: Sequence[Mapping[str, str]]
    #: What is wrong with own competencies, and what no field can show.
    own_error: str = ""
    error: str = ""
    #: The workshop that is changed, or copied.
    changed: Workshop | None = None
    copied: Workshop | None = None
    head: Head | None = None

    def language(self, tag: str) -> Language:
        """Return a language by its tag."""
        return LANGUAGES[tag]

    def own_name(self, number: int, tag: str) -> str:
        """Return the name of the field for an own competency in one language."""
        return own_name(number, tag)


@dataclass(frozen=True)
class Wave:
    """One wave: where it is joined, and what has come."""

    wave: str
    collection: Collection
    came: Arrivals


@dataclass(frozen=True)
class Counts:
    """What has come so far, wave by wave, and when that was so."""

    waves: Sequence[Wave]
    pairs: int
    at: datetime.datetime


@dataclass(frozen=True)
class WorkshopPage:
    """One workshop: its waves, what has come, its cards, what it asks, its details."""

    head: Head
    counts: Counts
    cards: int
    competencies: Mapping[str, str]
    form: DetailsForm
    error: str = ""
    #: Near misses and codes that stand twice: what waits for the trainer.
    waiting: int = 0
    #: Why what it asks cannot be changed, and why it cannot be deleted; "" where it can.
    fixed: str = ""
    kept: str = ""
    finished: bool = False
