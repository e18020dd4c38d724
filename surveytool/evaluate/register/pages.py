"""What the pages of the register show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from surveytool.evaluate.long import Listed
from surveytool.evaluate.register.forms import KIND_CHOICES, Asked, Written
from surveytool.models import Collection, Organisation, Task
from surveytool.register import COLUMNS, KIND_NAMES, Imported

#: How many organisations a page shows.
LISTED = 50


@dataclass(frozen=True)
class ListPage:
    """One page of the register."""

    asked: Asked
    rows: Sequence[Organisation]
    found: int
    registered: int
    pages: int
    countries: Mapping[str, str]
    notes: Sequence[str]
    may_change: bool
    kinds: Mapping[str, str] = field(default_factory=lambda: KIND_NAMES)


@dataclass(frozen=True)
class OrganisationPage:
    """One organisation of the register, or a new one."""

    written: Written
    countries: Mapping[str, str]
    may_change: bool
    organisation: Organisation | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    kinds: Sequence[tuple[str, str]] = KIND_CHOICES


@dataclass(frozen=True)
class ImportPage:
    """Taking a spreadsheet in: the form, what is wrong with the last one, or what it did."""

    collections: Sequence[Collection]
    collection: str = ""
    file: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    done: Imported | None = None
    tasks: Sequence[Listed] = ()
    columns: Sequence[str] = COLUMNS


def imported(task: Task, collections: Sequence[Collection], tasks: Sequence[Listed]) -> ImportPage:
    """Return what the taking in of a spreadsheet did, as long work."""
    done = Imported(**(task.result or {})["imported"])
    return ImportPage(collections, task.arguments["code"], task.arguments["file"], {}, done, tasks)
