"""What each page of results shows: one frozen object a template; and its figures in words and pictures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.audit import FigureAudit
from analysis.shares import percent_shown
from surveytool import charts
from surveytool.as_of import Shown
from surveytool.definitions import Questionnaire, Wording
from surveytool.evaluate.common import MISSING, Chosen, Head, Part
from surveytool.evaluate.results.queries import Judged, Verbatim
from surveytool.languages import Language
from surveytool.results import ItemResult, Results, shown
from surveytool.tabulate import EVERYTHING, VALID, Filter
from surveytool.treatment import Appraisals, Step


@dataclass(frozen=True)
class TreatmentPage:
    """Figures about how people were treated, of several people each."""

    head: Head
    appraisals: Appraisals
    steps: Sequence[Step]
    english: Wording


@dataclass(frozen=True)
class ResultsPage:
    """Results of a collection, filtered or not."""

    head: Head
    results: Results
    exclusions: Sequence[Judged]
    flags: Sequence[Judged]
    #: How many of each are listed at most.
    listed: int
    part: Part
    #: English names of country codes.
    country_names: Mapping[str, str]
    figures: Mapping[str, charts.Figure]
    #: Which decisions they rest on.
    stand: Shown
    #: An item that was asked for and that the report does not have.
    sought: str = ""

    @property
    def where(self) -> Filter:
        """The filter of the forms shown."""
        return self.part.where

    @property
    def filtered(self) -> bool:
        """Whether only a part of the collection is shown."""
        return self.where != EVERYTHING

    @property
    def same(self) -> Mapping[str, Sequence[str]]:
        """What has to stand in an address for the same forms, beside countries and languages."""
        return further(self.part)

    @property
    def listable(self) -> bool:
        """Whether the list of forms, which shows them as they stand now, can show just those that are counted here."""
        return self.where.stand == VALID


@dataclass(frozen=True)
class VerbatimsPage:
    """The answers in words to one item, a page at a time."""

    head: Head
    number: str
    title: str
    label: str
    #: How many answers in words there are, of the forms that the page is about.
    answered: int
    verbatims: Sequence[Verbatim]
    where: Filter
    #: The place of the first shown among all.
    first: int
    page: int
    pages: int
    country_names: Mapping[str, str]
    stand: Shown
    #: Words that are searched for, and how many answers have them, or how many there are.
    search: str
    found: int
    part: Chosen

    @property
    def same(self) -> Mapping[str, Sequence[str]]:
        """What has to stand in an address for the same forms, beside countries and languages."""
        return further(self.part)


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
    #: The same of the words around the questions: buttons, notices, messages.
    interface_review: str
    received: int
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class QuestionnairePage:
    """What was asked: the state of each language, the corrections of the English, the rules."""

    head: Head
    questionnaire: Questionnaire
    english: Wording
    served: Sequence[Served]


def further(part: Chosen) -> dict[str, Sequence[str]]:
    """Return what of an address chooses forms and decisions, beside countries and languages."""
    return {name: values for name, values in part.kept.items() if name not in ("country", "language")}


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


def described(item: ItemResult) -> str:
    """Return what the picture of an item shows, for those who do not see it: people by answer, and n."""
    parts = [f"{people} {item.labels.get(code, code)}" for code, people in item.counts.items()]
    return f"people by answer: {', '.join(parts)}; n = {item.n}."


def found_number(sought: str, numbers: Sequence[str]) -> str:
    """Return the number of the report that was asked for, however it was typed; "" where there is none."""
    if not sought:
        return ""
    return next((number for number in numbers if number.casefold() == " ".join(sought.split()).casefold()), "")
