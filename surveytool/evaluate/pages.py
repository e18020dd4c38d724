"""What each of the evaluator's pages shows: one frozen object a template."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analysis.audit import FigureAudit
from analysis.shares import percent_shown
from surveytool import charts
from surveytool.definitions import Item, Questionnaire, Wording
from surveytool.definitions.questionnaire import variables_of
from surveytool.evaluate.queries import Judged, Verbatim
from surveytool.languages import Language
from surveytool.models import Answer, Collection, Judgement, Response
from surveytool.results import ItemResult, Results, Tally, shown
from surveytool.tabulate import Filter, Forms

#: What the kinds of missing are called.
MISSING = {
    "not_asked": "not asked",
    "not_applicable": "not applicable",
    "no_answer": "no answer",
    "invalid": "invalid",
}


@dataclass(frozen=True)
class Head:
    """What stands at the top of every page about one collection."""

    collection: Collection
    #: Said on every page that shows made-up answers.
    synthetic: str
    #: Whether figures were published that can be put beside these.
    published: bool


def synthetic_notice(collection: Collection) -> str:
    """Return what to say of a collection whose answers are nobody's, or ""."""
    return {
        "reconstruction": "Synthetic data: these forms were made up from published counts. They are nobody's answers.",
        "demonstration": "Demonstration: whatever is entered here is for trying out.",
    }.get(collection.synthetic, "Synthetic data: these forms were made up." if collection.synthetic else "")


@dataclass(frozen=True)
class ListPage:
    """All collections, with how many forms each has."""

    rows: Sequence[tuple[Collection, Forms]]


@dataclass(frozen=True)
class ResponsesPage:
    """The forms of a collection, a page at a time."""

    head: Head
    #: Each form with the effects that stand about it.
    rows: Sequence[tuple[Response, tuple[str, ...]]]
    page: int
    pages: int
    count: int
    country_names: Mapping[str, str]


@dataclass(frozen=True)
class AnswerLine:
    """What a form holds for one variable, in words."""

    number: str
    question: str
    #: What was chosen or written; "" where there is none.
    answer: str
    #: Whether the answer is in the respondent's own words.
    verbatim: bool
    #: Why there is no answer, or why it does not count; "" where it counts.
    note: str


@dataclass(frozen=True)
class ResponsePage:
    """One form: what was answered and judged; who sent it only when asked for with a reason."""

    head: Head
    response: Response
    questionnaire: Questionnaire
    english: Wording
    lines: Sequence[AnswerLine]
    judgements: Sequence[Judgement]
    country: str
    #: What identifies the sender, question by question; None until it was asked for, empty when there is nothing.
    identity: Sequence[tuple[str, str]] | None = None
    error: str = ""
    reason: str = ""


def answer_lines(response: Response, states: Mapping[str, str], q: Questionnaire, english: Wording) -> list[AnswerLine]:
    """Return what a form holds, variable by variable in the order of the questionnaire."""
    numbers = {variable.name: number for number, variable in q.numbered.items()}
    held = {answer.variable: answer for answer in response.answers}
    lines = []
    for item in q.items.values():
        for variable in () if item.identity else variables_of(item):
            answer = held.get(variable.name)
            if answer is None:
                continue
            choice = variable.choice
            question = english.label(item.name)
            if choice:
                question = f"{question} – {english.choice(item.choice_list, choice.name)}"
            lines.append(
                AnswerLine(
                    number=numbers.get(variable.name, ""),
                    question=question,
                    answer=_answer_words(answer, item, english, bool(choice)),
                    verbatim=item.type == "text",
                    note=_NOTES.get(states.get(variable.name, answer.state), ""),
                )
            )
    return lines


def _answer_words(answer: Answer, item: Item, english: Wording, ticked: bool) -> str:
    if answer.text is not None:
        return answer.text
    if answer.code is None:
        return ""
    if ticked:
        return "yes" if answer.code == "1" else "no"
    label = english.choice(item.choice_list, answer.code) if answer.code in item.codes else ""
    return f"{answer.code} – {label}" if label and item.scale else label or answer.code


_NOTES = {**MISSING, "excluded": "in an excluded form"}


def identity_words(
    data: Mapping[str, Mapping[str, str]] | None, q: Questionnaire, english: Wording
) -> list[tuple[str, str]]:
    """Return what identifies the sender of a form: the question and what was written."""
    used = (data or {}).get("used", {})
    return [(english.label(name), text) for name, text in used.items() if text and name in q.items]


@dataclass(frozen=True)
class Option:
    """One value of a filter, with the forms received that have it."""

    code: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class ResultsPage:
    """Results of a collection, filtered or not."""

    head: Head
    results: Results
    exclusions: Sequence[Judged]
    flags: Sequence[Judged]
    #: How many of each are listed at most.
    listed: int
    countries: Sequence[Option]
    languages: Sequence[Option]
    where: Filter
    #: What was asked for in the address and is not known.
    unknown: Sequence[str]
    #: English names of country codes.
    country_names: Mapping[str, str]
    figures: Mapping[str, charts.Figure]

    @property
    def filtered(self) -> bool:
        """Whether only a part of the collection is shown."""
        return bool(self.where.countries or self.where.languages)


@dataclass(frozen=True)
class VerbatimsPage:
    """The answers in words to one item, a page at a time."""

    head: Head
    item: ItemResult
    verbatims: Sequence[Verbatim]
    where: Filter
    #: The place of the first shown among all.
    first: int
    page: int
    pages: int
    country_names: Mapping[str, str]


@dataclass(frozen=True)
class KeptAside:
    """One submission that could not be accepted: why, and what it says, without who sent it."""

    received_at: datetime
    reason: str
    language: str
    mode: str
    answers: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class AsidePage:
    """What was kept aside for a person to look at."""

    head: Head
    submissions: Sequence[KeptAside]
    #: How many are listed at most.
    listed: int


@dataclass(frozen=True)
class PublishedPage:
    """Published figures beside recomputed ones."""

    head: Head
    source: str
    #: The figure, its verdict, and the explanation with figures called by what they are.
    rows: Sequence[tuple[Mapping[str, object], FigureAudit, str]]
    #: How many figures have each verdict, in the order of severity.
    verdicts: Mapping[str, int]
    chosen: str


@dataclass(frozen=True)
class Served:
    """One language of a collection: how far its wording was reviewed, and how many answered in it."""

    language: Language
    revision: str
    review: str
    received: int
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class QuestionnairePage:
    """What was asked: the state of each language, the corrections of the English, the rules."""

    head: Head
    questionnaire: Questionnaire
    english: Wording
    served: Sequence[Served]


@dataclass(frozen=True)
class MessagePage:
    """One thing to tell the evaluator."""

    title: str
    text: str
    links: Sequence[tuple[str, str]] = field(default_factory=tuple)


# In words -----------------------------------------------------------------------------------------------------------


def account(item: ItemResult) -> str:
    """Return how the forms received divide for an item, as a sum: what was answered, what is missing and why."""
    parts = [f"{item.answered} answered"]
    parts += [f"{item.missing[kind]} {words}" for kind, words in MISSING.items() if item.missing[kind]]
    parts += [f"{item.excluded} in excluded forms"] if item.excluded else []
    return " + ".join(parts)


def percent(count: int, n: int) -> str:
    """Return a count's per cent of n, or "" where n is too small for per cents to lead."""
    return f"{shown(100 * count / n, 0)} %" if percent_shown(n) else ""


def labelled(codes: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return codes by what they are called, as a list in words."""
    return ", ".join(labels.get(code, code) for code in codes)


def interval(item: ItemResult) -> str:
    """Return an item's 95 % interval in words: of the mean, or of the share that said yes."""
    if item.ci95 is None:
        return ""
    low, high = item.ci95
    if item.kind == "yes_no":
        return f"{shown(100 * low, 0)} % to {shown(100 * high, 0)} %"
    return f"{shown(low)} to {shown(high)}"


def spelled(explanation: str, names: Mapping[str, str]) -> str:
    """Return an explanation with the ids of figures replaced by what the figures are."""
    known = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True))
    return (
        re.sub(rf"(?<![\w-])({known})(?![\w-])", lambda found: names[found[1]], explanation) if known else explanation
    )


def review_words(review: Mapping[str, object]) -> str:
    """Return a language's state of review in words; only what is on record is said."""
    state = str(review.get("state") or "unknown")
    if state == "source":
        return "source text"
    if state == "machine-drafted":
        return "machine-drafted; awaits a native reader's review"
    by = f" by {review['by']}" if review.get("by") else ""
    return f"{state}{by}"


# In pictures --------------------------------------------------------------------------------------------------------


def picture(item: ItemResult) -> charts.Figure | None:
    """Return the picture of an item's counts, or None where there is nothing to draw."""
    if item.invalid or not any(item.counts.values()):
        return None
    if item.kind == "scale":
        return charts.diverging(item.counts, item.labels)
    if item.kind == "yes_no":
        return charts.divided(item.counts, {"yes": "Yes", "no": "No"} | dict(item.labels))
    if item.kind in ("number", "date"):
        return charts.columns(item.counts)
    return charts.ranked(item.counts, item.labels) if item.kind == "choice" else None


def tally_picture(tally: Tally, labels: Mapping[str, str]) -> charts.Figure | None:
    """Return the picture of one tally, or None where nothing was named."""
    return charts.ranked(tally.table, labels) if tally.table else None
