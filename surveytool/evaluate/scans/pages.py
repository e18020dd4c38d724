"""What the pages of scans show: one frozen object a template."""

from collections.abc import Sequence
from dataclasses import dataclass

from surveytool.evaluate.common import Head
from surveytool.models import Attachment, Entry, Response


@dataclass(frozen=True)
class EntryScansPage:
    """The scans of a form being typed."""

    head: Head
    entry: Entry
    scans: Sequence[Attachment]
    error: str = ""


@dataclass(frozen=True)
class ScansPage:
    """The scans of a form that was kept: that they are there; a look at one takes a reason."""

    head: Head
    response: Response
    scans: Sequence[Attachment]
    #: Whether the person may look, with a reason.
    may_look: bool
    error: str = ""
    #: The scan that was asked for without a good reason, the reason given, and what is wrong with it.
    unreasoned: int = 0
    reason: str = ""
    wrong: str = ""
