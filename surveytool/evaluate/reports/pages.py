"""What the pages of reports show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveytool import as_of, charts
from surveytool.evaluate.common import Head, Part
from surveytool.evaluate.long import Listed
from surveytool.models import Report
from surveytool.reporting import Document, Settings


@dataclass(frozen=True)
class ReportPage:
    """The report as it would be written now, and the choices there are."""

    head: Head
    #: None where there are so many forms that it is written only when asked for.
    document: Document | None
    #: The place of each figure in the list of sources.
    numbers: Mapping[str, int]
    figures: Mapping[str, charts.Figure]
    settings: Settings
    #: Orders, and languages, by name with what each is called.
    plans: Mapping[str, str]
    languages: Mapping[str, str]
    #: What forms can be chosen by, and which decisions the figures rest on.
    part: Part
    stand: as_of.Shown
    #: What was asked for in the address and is not there.
    fault: str
    #: What was asked for, as the address has it.
    asked: Mapping[str, Any]
    frozen: Sequence[Report]
    tasks: Sequence[Listed]
    #: Whether pictures can be drawn into files here, and how they can be made so.
    pictures: bool
    install: str
    #: What is wrong with the title of a report to be frozen, and what was typed.
    error: str = ""
    title: str = ""


@dataclass(frozen=True)
class FrozenPage:
    """A frozen report."""

    head: Head
    report: Report
    document: Document
    numbers: Mapping[str, int]
    figures: Mapping[str, charts.Figure]
    pictures: bool
    install: str
    #: What is wrong with the reason for deleting it, and what was typed.
    error: str = ""
    reason: str = ""


@dataclass(frozen=True)
class VerifiedPage:
    """What came of verifying a frozen report."""

    head: Head
    report: Report
    found: Mapping[str, Any]


def pictures(document: Document, name: str) -> dict[str, charts.Figure]:
    """Return the pictures of a report by the id of the place they are drawn in, with what they say when taken away."""
    parts = [document.title, f"Forms: {document.filtered}", f"Written {document.made_at}", document.synthetic]
    note = ". ".join(part.rstrip(".") for part in parts if part) + "."
    return {
        f"picture-{each.name}": charts.titled(dict(each.drawing), each.says, note, f"{name}-{each.name}")
        for each in document.pictures
    }
