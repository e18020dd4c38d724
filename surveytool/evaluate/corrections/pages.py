"""What the pages of corrections show: one frozen object a template."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from surveytool.evaluate.common import Head
from surveytool.judge.corrections import Correction
from surveytool.judge.translating import Shown
from surveytool.languages import Language
from surveytool.retelling import STANDS, Form, ItemLine, ValueLine, Words


@dataclass(frozen=True)
class ListPage:
    """The corrections of a collection: those that wait, and those that were decided."""

    head: Head
    waiting: Sequence[Correction]
    decided: Sequence[Correction]
    country_names: Mapping[str, str]
    languages: Mapping[str, Language]
    #: The number before which there may be older ones, and the one before which these are; 0 for none.
    older: int
    before: int


@dataclass(frozen=True)
class AnswerLine:
    """What one version holds for one variable, in English; two versions may be in different languages."""

    number: str
    question: str
    #: What was chosen or written; "" where there is none.
    answer: str
    #: Whether the answer is in the sender's own words.
    verbatim: bool
    #: Why there is no answer; "" where there is one.
    note: str
    #: What it says in English, where it was translated.
    translation: Shown | None = None


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
    return [pair for pair in both if pair.differs], [pair for pair in both if not pair.differs]


def answer_lines(form: Form, names: Container[str] | None = None) -> list[AnswerLine]:
    """Return what a form holds, of some items or all, variable by variable in the order of the questionnaire."""
    items = [item for section in form.sections() for item in section.items if names is None or item.name in names]
    return [_line(item, value) for item in items for value in item.values]


def _line(item: ItemLine, value: ValueLine) -> AnswerLine:
    question = _english(item.question)
    if value.choice:
        question = f"{question} – {_english(value.choice)}"
    note = "" if value.stands == STANDS["value"] else value.stands
    return AnswerLine(item.number, question, _english(value.given), value.verbatim, note, value.translation)


def _english(words: Words) -> str:
    return words.english or words.own
