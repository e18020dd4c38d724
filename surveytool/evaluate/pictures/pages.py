"""What the page of pictures shows, and the pictures: all scales at once, each in the words of a language, flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool import charts
from surveytool.comparing import Question
from surveytool.evaluate.common import Head, Part
from surveytool.tabulate import Counted, Forms, Named

#: A flow leads to so many of what is named most; the others stand together.
MOST_NAMED = 12
OTHERS = "\x00others"


@dataclass(frozen=True)
class Scale:
    """People by step of one scale item."""

    question: Question
    counts: Mapping[str, int]

    @property
    def n(self) -> int:
        """People who answered."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Flow:
    """People by country and by what they name in answer to one item."""

    question: Question
    #: People by country and code.
    links: Mapping[tuple[str, str], int]
    countries: Mapping[str, str]
    #: What is named, most people first; the rare ones together.
    named: Mapping[str, str]
    #: People who name at least one, by country.
    people: Mapping[str, int]

    @property
    def n(self) -> int:
        """People who name at least one."""
        return sum(self.people.values())


@dataclass(frozen=True)
class PicturesPage:
    """Pictures over several items, worded in one language of the collection."""

    head: Head
    part: Part
    forms: Forms
    scales: Sequence[Scale]
    flows: Sequence[Flow]
    figures: Mapping[str, charts.Figure]
    #: The language of the words in the pictures, and those there are.
    language: str
    languages: Mapping[str, str]
    wrong: Sequence[str] = ()


def scale(question: Question, counted: Mapping[str, Counted]) -> Scale:
    """Return people by step, every step of the scale."""
    codes = counted.get(question.variable.name, Counted()).codes
    return Scale(question, {code: codes.get(code, 0) for code in question.labels})


def flow(question: Question, named: Mapping[str, Named], countries: Mapping[str, str]) -> Flow:
    """Return the flow from countries to what is named; what is named rarely stands together, as do its countries."""
    present = {code: countries.get(code, "No country given") for code in [*countries, ""] if code in named}
    total: dict[str, int] = {}
    for each in named.values():
        for code, people in each.table.items():
            total[code] = total.get(code, 0) + people
    ordered = sorted(total, key=lambda code: (code == "Others", -total[code], code))
    kept = ordered if len(ordered) <= MOST_NAMED + 1 else ordered[:MOST_NAMED]
    names = {code: question.labels.get(code, code) for code in kept}
    if len(kept) < len(ordered):
        names[OTHERS] = f"{len(ordered) - len(kept)} others, named less often"
    links: dict[tuple[str, str], int] = {}
    for country, each in named.items():
        for code in ordered:
            place = (country, code if code in kept else OTHERS)
            if people := each.table.get(code, 0):
                links[place] = links.get(place, 0) + people
    return Flow(question, links, present, names, {code: named[code].people for code in present})


def all_scales(scales: Sequence[Scale]) -> charts.Figure | None:
    """Return the picture of all scale items: a bar for each, in shares of those who answered it."""
    rows = {_named(each.question): each.counts for each in scales if each.n}
    if not rows:
        return None
    codes = max((list(each.counts) for each in scales if each.n), key=len)
    ends = {codes[0]: f"{codes[0]} (lowest)", codes[-1]: f"{codes[-1]} (highest)"}
    return charts.ladders(rows, {code: ends.get(code, code) for code in codes})


def one_scale(each: Scale) -> charts.Figure:
    """Return the picture of one scale item, its steps named."""
    return charts.diverging(each.counts, each.question.labels)


def _named(question: Question) -> str:
    return f"{question.number} {question.title}"
