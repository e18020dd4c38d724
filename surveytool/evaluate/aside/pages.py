"""What the page of submissions kept aside shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from surveytool.evaluate.common import Head
from surveytool.retelling import Words


@dataclass(frozen=True)
class AsideLine:
    """One question of a submission kept aside: what was sent, and why that cannot be read."""

    question: Words
    number: str
    values: Sequence[str]
    fault: str


@dataclass(frozen=True)
class KeptAside:
    """One submission that could not be accepted: why, and what it says, without who sent it."""

    id: int
    received_at: datetime
    reason: str
    language: str
    language_name: str
    mode: str
    lines: Sequence[AsideLine]
    #: What was typed as the reason to take it in, and what is wrong with it or with the submission.
    why: str = ""
    error: str = ""


@dataclass(frozen=True)
class AsidePage:
    """What was kept aside for a person to look at."""

    head: Head
    submissions: Sequence[KeptAside]
    #: The last one listed, after which there may be more, and the one after which these are; 0 for none.
    older: int
    before: int
