"""What is sent from the pages of second coders."""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from surveytool.evaluate.common import number
from surveytool.judge.blind import SEEDS
from surveytool.judge.coding import CodingError
from surveytool.text import ascii_digits, clean


@dataclass(frozen=True)
class Begun:
    """Which answers somebody wants to code blind: all, or some at random."""

    which: str = "all"
    size: str = ""
    seed: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "Begun":
        """Read what was sent."""
        size, seed = (ascii_digits(clean(sent.get(key, "")))[:20] for key in ("size", "seed"))
        return cls("some" if sent.get("which") == "some" else "all", size, seed)

    def numbers(self, drawn: int) -> tuple[int | None, int]:
        """Return how many answers (None: all) and the seed; a number drawn where none was typed. Raises CodingError."""
        if self.which == "all":
            return None, 0
        if not self.size.isdecimal():
            raise CodingError("Please say how many answers, as a whole number.")
        if self.seed and not self.seed.isdecimal():
            raise CodingError(f"A seed is a whole number from 0 to {SEEDS - 1}.")
        return int(self.size), int(self.seed) if self.seed else drawn


@dataclass(frozen=True)
class Sent:
    """Which answers a coder chose, and which codes; `none` says that no code applies."""

    answers: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()
    codes: frozenset[int] = frozenset()
    none: bool = False

    @property
    def wordings(self) -> frozenset[str]:
        """All distinct answers that were chosen, one by one or in groups."""
        return self.answers.union(*(ids.split() for ids in self.alike))

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> "Sent":
        """Read what was sent."""
        answers, alike = frozenset(sent.getlist("answer")), frozenset(sent.getlist("alike"))
        return cls(answers, alike, frozenset(map(number, sent.getlist("code"))), sent.get("do") == "none")


@dataclass(frozen=True)
class Settled:
    """How somebody settles a disagreement: whose codes hold, or others, and why."""

    form: int = 0
    #: "first", "other", or a blind coder.
    whose: str = ""
    codes: frozenset[int] = frozenset()
    reason: str = ""
    seen: str = ""

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> "Settled":
        """Read what was sent."""
        codes = frozenset(map(number, sent.getlist("code")))
        reason, seen = clean(sent.get("reason", "")), sent.get("seen", "")
        return cls(number(sent.get("form", "")), sent.get("whose", ""), codes, reason, seen)
