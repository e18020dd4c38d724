"""What the page of one form shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool.definitions import Questionnaire, Wording
from surveytool.evaluate.common import Head
from surveytool.evaluate.judging.forms import Deed
from surveytool.evaluate.responses.forms import Asked
from surveytool.models import Judgement, LogEntry, Response
from surveytool.retelling import SectionLines


@dataclass(frozen=True)
class HistoryLine:
    """One judgement of a form, and what can be done about it."""

    judgement: Judgement
    maker: str
    #: What it is about, in words: "" for the form, or the number of the item.
    about: str
    #: "withdraw", "renew", or "" where neither would change anything.
    deed: str


@dataclass(frozen=True)
class Related:
    """Another form that this one corrects, or that corrects it."""

    id: int
    #: Whether it is excluded.
    excluded: bool


@dataclass(frozen=True)
class ResponsePage:
    """One form: what was answered and judged; who sent it only when asked for with a reason."""

    head: Head
    asked: Asked
    response: Response
    questionnaire: Questionnaire
    english: Wording
    #: The forms before and after it in the list it was opened from.
    before: int | None
    after: int | None
    sections: Sequence[SectionLines]
    history: Sequence[HistoryLine]
    #: Standing judgements that exclude the form, and those that flag it.
    exclusions: Sequence[Judgement]
    flags: Sequence[Judgement]
    corrects: Related | None
    corrected_by: Sequence[Related]
    #: Forms that are excluded as duplicates of this one.
    duplicates: Sequence[int]
    taken_in: LogEntry | None
    country: str
    language: str
    #: What had been judged when this page was made.
    seen: str
    #: Whether scans of the paper can be looked at.
    scans: bool = False
    #: What identifies the sender, question by question; None until it was asked for, empty when there is nothing.
    identity: Sequence[tuple[str, str]] | None = None
    error: str = ""
    reason: str = ""
    #: A decision that was not carried out, and why not.
    deed: Deed | None = None
    deed_error: str = ""


def identity_words(
    data: Mapping[str, Mapping[str, str]] | None, q: Questionnaire, english: Wording
) -> list[tuple[str, str]]:
    """Return what identifies the sender of a form: the question and what was written."""
    used = (data or {}).get("used", {})
    return [(english.label(name), text) for name, text in used.items() if text and name in q.items]
