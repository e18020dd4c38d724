"""What the pages of forms show: one frozen object a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from surveytool.definitions import Questionnaire, Wording
from surveytool.evaluate.common import Head, Option
from surveytool.evaluate.responses.asking import Asked
from surveytool.evaluate.responses.forms import Deed
from surveytool.evaluate.responses.lines import SectionLines, Words
from surveytool.models import Judgement, LogEntry, Response


@dataclass(frozen=True)
class ListedForm:
    """One line of the list."""

    id: int
    serial: str
    country: str
    language: str
    mode: str
    received_at: datetime
    #: The date that the form itself bears, where it came on paper or by mail and a clerk found one.
    filled_on: date | None
    #: How many of the questions it answers.
    answered: int
    #: Why it does not count, and for what it is flagged.
    exclusions: Sequence[str]
    flags: Sequence[str]
    #: The earlier form it corrects, and later ones that correct it, as far as the person may see them.
    corrects: int | None
    corrected_by: Sequence[int]
    #: Whether both a form and its correction count, so that somebody has to decide.
    correction_waits: bool

    @property
    def state(self) -> str:
        """How it stands, in words."""
        return "excluded" if self.exclusions else "flagged; counts until decided" if self.flags else "counts"


@dataclass(frozen=True)
class ResponsesPage:
    """The forms of a collection, a page at a time."""

    head: Head
    asked: Asked
    rows: Sequence[ListedForm]
    #: Heads of the columns to sort by, by their names in the address.
    columns: Mapping[str, str]
    page: int
    pages: int
    first: int
    #: How many forms the list shows on all its pages, and how many came altogether.
    count: int
    received: int
    #: How many questions there are.
    items: int
    states: Sequence[Option]
    countries: Sequence[Option]
    languages: Sequence[Option]
    modes: Sequence[Option]
    #: What was typed to find a form, what is wrong with it, and which forms it may mean.
    typed: str = ""
    error: str = ""
    found: Sequence[tuple[int, str]] = ()


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
    taken_in: LogEntry | None
    country: str
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
    #: How many are listed at most.
    listed: int
