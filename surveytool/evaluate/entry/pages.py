"""What the clerks' pages show: one frozen object a template; and a typed form in words, as it will be kept."""

from calendar import month_name
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool.definitions import Given, Item, Questionnaire, Wording
from surveytool.entries import typed, version
from surveytool.evaluate.common import Head
from surveytool.evaluate.entry.forms import AboutForm, Question, message, question
from surveytool.intake import card_test
from surveytool.languages import Language
from surveytool.models import Attachment, Collection, Entry, Response
from surveytool.reading import Form, read_form
from surveytool.scans import PICTURES
from surveytool.text import Date, UnreadDate, read_date


@dataclass(frozen=True)
class ChoosePage:
    """The collections that the clerk may type for, open ones first."""

    collections: Sequence[Collection]


@dataclass(frozen=True)
class Begun:
    """A form begun and not finished."""

    entry: Entry
    #: How many questions have something typed.
    typed: int


@dataclass(frozen=True)
class Unreasoned:
    """A form of somebody else's that was not handed over: the reason as typed, and what is wrong with it."""

    submission: str
    reason: str
    error: str


@dataclass(frozen=True)
class DeskPage:
    """Where typing starts: a new form, those begun, those typed."""

    head: Head
    form: AboutForm
    languages: Sequence[Language]
    mine: Sequence[Begun]
    #: Begun by others; for evaluators alone.
    others: Sequence[Begun]
    typed: Sequence[Response]
    today: int
    questions: int
    #: What was asked of others' begun forms and refused.
    refused: Unreasoned | None = None

    @property
    def names(self) -> dict[str, str]:
        """The languages' English names, by tag."""
        return {each.tag: each.english for each in self.languages}


@dataclass(frozen=True)
class Twin:
    """Another form of the collection under the same serial number."""

    response: Response
    #: Whether the person may open its page.
    shown: bool


@dataclass(frozen=True)
class TypePage:
    """The whole form, to be typed."""

    head: Head
    entry: Entry
    language: Language
    wording: Wording
    #: The letter and title of each section, with its questions.
    sections: Sequence[tuple[str, str, Sequence[Question]]]
    twins: Sequence[Twin]
    #: Names this open page when it saves.
    page_id: str
    #: Whether another window changed the form since this page was opened.
    changed_elsewhere: bool = False

    @property
    def since(self) -> str:
        """When the form was last changed, as this page knows it."""
        return version(self.entry)


@dataclass(frozen=True)
class AboutPage:
    """Language, mode, date and serial number, to be corrected."""

    head: Head
    entry: Entry
    form: AboutForm
    languages: Sequence[Language]


@dataclass(frozen=True)
class Line:
    """One question as it will be kept."""

    item: Item
    label: str
    english: str
    #: As it will be kept, or as typed where that cannot be read.
    answer: str
    #: Whether the answer is in the words of the form.
    verbatim: bool
    #: Why there is no answer, or why it will not count.
    note: str
    error: str


@dataclass(frozen=True)
class ReviewPage:
    """The typed form once more, before it is kept."""

    head: Head
    entry: Entry
    language: Language
    lines: Sequence[Line]
    twins: Sequence[Twin]
    #: Years that look Buddhist: item name to (as typed, in the common era).
    years: Mapping[str, tuple[str, str]]
    #: Codes that are of no card of the workshop, as typed, by item.
    codes: Mapping[str, str]
    zawgyi: str = ""

    @property
    def since(self) -> str:
        """When the form was last changed: what was looked at is what is kept."""
        return version(self.entry)

    @property
    def mistakes(self) -> Sequence[Line]:
        """The questions whose answers cannot be kept as they are."""
        return [line for line in self.lines if line.error]

    @property
    def empty(self) -> bool:
        """Whether nothing at all was typed."""
        return not any(line.answer or line.error for line in self.lines)


@dataclass(frozen=True)
class KeptPage:
    """The form is kept: its receipt code, and the next one."""

    head: Head
    response: Response
    language: Language
    receipt: str
    scans: int
    form: AboutForm
    languages: Sequence[Language]


@dataclass(frozen=True)
class GiveUpPage:
    """Asks once more before a begun form is deleted."""

    head: Head
    entry: Entry
    typed: int
    language: Language


def is_picture(scan: Attachment) -> bool:
    """Say whether browsers show a scan as a picture."""
    return scan.media_type in PICTURES


# The form, to be typed ------------------------------------------------------------------------------------------------


def as_read(q: Questionnaire, entry: Entry, collection: Collection) -> Form:
    """Return what has been typed as it is read, asking back about what can be looked up on the paper."""
    return read_form(q, typed(entry), mode=entry.mode, is_card=card_test(collection), ask_back=True)


def sections(
    q: Questionnaire, entry: Entry, form: Form, wording: Wording, english: Wording
) -> list[tuple[str, str, list[Question]]]:
    """Return every section with its questions and what has been typed."""
    sent = typed(entry)
    asked = q.asked(form.given)
    return [
        (
            section.letter,
            wording[f"sections.{section.name}"],
            [question(i, wording, english, sent, i.name in asked, form.errors.get(i.name)) for i in section.items],
        )
        for section in q.sections
    ]


def draft_state(q: Questionnaire, form: Form, english: Wording) -> tuple[list[str], dict[str, str]]:
    """Return which items were not asked by what has been typed, and what is wrong, by item."""
    asked = q.asked(form.given)
    errors = {name: message(error, q.items[name], english) for name, error in form.errors.items()}
    return [name for name in q.items if name not in asked], errors


def filled(q: Questionnaire, entry: Entry) -> int:
    """Return how many questions have something typed."""
    sent = typed(entry)
    return len([name for name in q.items if any(sent.get(name, ())) or any(sent.get(f"{name}.choice", ()))])


# The form, as it will be kept -----------------------------------------------------------------------------------------

NOT_ASKED = "answered though not asked"
#: Added where the questionnaire has the rule that says so.
NOT_COUNTED = "; it is kept, and by rule it does not count"


def lines(
    q: Questionnaire, entry: Entry, form: Form, wording: Wording, english: Wording, faults: Mapping[str, str]
) -> list[Line]:
    """Return every question with the answer as it will be kept, or as typed where that cannot be read.

    `faults` are added to what cannot be read.
    """
    sent = typed(entry)
    asked, parts = q.asked(form.given), q.with_sections(form.given)
    ruled = any(check.check == "answered_though_not_asked" for check in q.checks)
    found = []
    for section in q.sections:
        for item in section.items:
            given = form.given.get(item.name, Given())
            error = form.errors.get(item.name)
            label = wording.label(item.name)
            found.append(
                Line(
                    item=item,
                    label=label,
                    english="" if english.label(item.name) == label else english.label(item.name),
                    answer="\n".join(sent.get(item.name, ())) if error else _answer(item, given, wording),
                    verbatim=bool(given.text) and item.type == "text",
                    note="" if error else _note(item, given, item.name in asked, parts[section.name].answered, ruled),
                    error=message(error, item, english) if error else faults.get(item.name, ""),
                )
            )
    return found


def _answer(item: Item, given: Given, wording: Wording) -> str:
    if item.type == "date" and given.text:
        return f"{given.text} – {_understood(given.text)}"
    if given.text:
        return given.text
    if given.number is not None:
        return f"{given.number:.10g}{' %' if item.unit == 'percent' else f' {item.unit}' if item.unit else ''}"
    words = [wording.choice(item.choice_list, code) for code in item.codes if code in given.codes]
    if item.scale and words:
        return f"{next(iter(given.codes))} – {words[0]}"
    return "; ".join(words)


def _understood(text: str) -> str:
    try:
        date = read_date(text, confirmed_buddhist=True)
    except UnreadDate:
        return ""
    return f"{_in_words(date)}{' (Buddhist era)' if 'buddhist' in date.understood else ''}"


def _in_words(date: Date) -> str:
    parts = [str(date.day or ""), month_name[date.month or 0], str(date.year)]
    return " ".join(part for part in parts if part)


def _note(item: Item, given: Given, asked: bool, section_answered: bool, ruled: bool) -> str:
    if given.answered:
        return "" if asked or item.identity else NOT_ASKED + (NOT_COUNTED if ruled else "")
    if not asked:
        return "not asked"
    return "none of these" if item.type == "select_multiple" and section_answered else "no answer"
