"""What the page of rescued forms shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from surveytool.evaluate.common import Head


@dataclass(frozen=True)
class FileLine:
    """What became of one file."""

    name: str
    #: In words.
    told: str
    #: Whether the form in it is here now.
    here: bool
    #: The form it became, if it is one.
    response_id: int | None = None


@dataclass(frozen=True)
class RescuePage:
    """Where files are handed in, and what became of those that were."""

    head: Head
    files: Sequence[FileLine] = ()
    error: str = ""
