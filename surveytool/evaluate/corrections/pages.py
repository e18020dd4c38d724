"""What the pages of corrections show: one frozen object a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool.evaluate.common import Head
from surveytool.evaluate.responses.pages import AnswerLine
from surveytool.judge.corrections import Correction


@dataclass(frozen=True)
class ListPage:
    """The corrections of a collection: those that wait, and those that were decided."""

    head: Head
    waiting: Sequence[Correction]
    decided: Sequence[Correction]
    country_names: Mapping[str, str]
    #: How many are listed at most.
    listed: int


@dataclass(frozen=True)
class Pair:
    """One variable in the earlier version and in the correction, in words."""

    before: AnswerLine
    after: AnswerLine

    @property
    def differs(self) -> bool:
        """Whether the answer, or the reason why there is none, is another."""
        return (self.before.answer, self.before.note) != (self.after.answer, self.after.note)


@dataclass(frozen=True)
class CorrectionPage:
    """One correction beside the version before it; never who sent it."""

    head: Head
    correction: Correction
    differing: Sequence[Pair]
    same: Sequence[Pair]
    #: What else excludes the correction or the earlier version, whatever is decided: (form, reason).
    excluded: Sequence[tuple[int, str]]
    #: What was typed, and what is wrong with it.
    reason: str = ""
    error: str = ""


def pairs(before: Sequence[AnswerLine], after: Sequence[AnswerLine]) -> tuple[list[Pair], list[Pair]]:
    """Return the variables in which two versions differ, and those in which they do not; both ask the same."""
    both = [Pair(*lines) for lines in zip(before, after, strict=True)]
    differing = [
        pair for pair in both if (pair.before.answer, pair.before.note) != (pair.after.answer, pair.after.note)
    ]
    return differing, [pair for pair in both if pair not in differing]
