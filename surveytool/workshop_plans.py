"""All that is said about a workshop when it is set up, and what of it makes no sense."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from surveytool.collection_settings import BUDDHIST, YEARS
from surveytool.definitions.loading import read_raw
from surveytool.languages import LANGUAGES
from surveytool.models import AUDIENCES
from surveytool.text import clean
from surveytool.workshop_questionnaire import COMPETENCIES, NAME

#: The five countries of the project, by their codes.
COUNTRIES = {
    "cambodia": "Cambodia",
    "lao_pdr": "Lao PDR",
    "myanmar": "Myanmar",
    "thailand": "Thailand",
    "viet_nam": "Viet Nam",
}
#: The most characters of a title, a topic and a place.
TEXT_LIMIT = 200
#: The most competencies a workshop adds of its own, and the most characters of one.
MOST_OWN, OWN_LIMIT = 5, 120


class WorkshopError(ValueError):
    """What was asked of a workshop cannot be done; `faults` says what is wrong with which setting."""

    def __init__(self, message: str = "", **faults: str):
        super().__init__(message or " ".join(faults.values()))
        self.faults: Mapping[str, str] = faults


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is said about a workshop when it is set up."""

    title: str
    country: str
    audience: str
    starts_on: datetime.date | None
    languages: tuple[str, ...]
    competencies: tuple[str, ...]
    ends_on: datetime.date | None = None
    place: str = ""
    topic: str = ""
    #: Competencies of its own, each worded in the languages of the workshop.
    own: tuple[Mapping[str, str], ...] = ()
    linking: str = "cards"
    retrospective: bool = False
    #: The competency named beforehand as the one that matters most, or "own 1"; "" is the mean of all.
    main: str = ""
    synthetic: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """What may be changed about a workshop at any time."""

    title: str
    topic: str = ""
    place: str = ""
    starts_on: datetime.date | None = None
    ends_on: datetime.date | None = None


def cleaned(plan: Plan) -> Plan:
    """Return a plan without spaces and empty lines that say nothing."""
    own = tuple({tag: one_line(words) for tag, words in each.items() if one_line(words)} for each in plan.own)
    return replace(
        plan,
        title=one_line(plan.title),
        place=one_line(plan.place),
        topic=one_line(plan.topic),
        languages=tuple(tag for tag in LANGUAGES if tag in plan.languages),
        own=tuple(each for each in own if each),
        ends_on=plan.ends_on or plan.starts_on,
    )


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(clean(text).split())


def faults(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a plan: the setting, and a sentence."""
    yield from faults_of_words(plan)
    if plan.country not in COUNTRIES:
        yield "country", f"Please choose the country: {', '.join(COUNTRIES)}."
    if plan.audience not in AUDIENCES:
        yield "audience", f"Please choose for whom it is: {' or '.join(AUDIENCES)}. Figures keep the two apart."
    if plan.linking not in ("cards", "self"):
        yield "linking", "Please choose how forms are linked: cards or self."
    if not plan.languages:
        yield "languages", "Please choose at least one language."
    yield from faults_of_dates(plan)
    yield from _faults_of_competencies(plan)


def faults_of_words(plan: Plan | Details) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with title, topic and place."""
    if not plan.title or len(plan.title) > TEXT_LIMIT:
        yield "title", f"A workshop needs a title of at most {TEXT_LIMIT} characters."
    for name in ("place", "topic"):
        if len(getattr(plan, name)) > TEXT_LIMIT:
            yield name, f"The {name} can have at most {TEXT_LIMIT} characters."


def faults_of_dates(plan: Plan | Details) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the first and the last day."""
    if plan.starts_on is None:
        yield "starts_on", "Please give the first day."
    for name in ("starts_on", "ends_on"):
        day = getattr(plan, name)
        if day and not YEARS[0] <= day.year <= YEARS[1]:
            common = day.year - BUDDHIST
            asked = f"; {day.year} B.E. is {common}" if YEARS[0] <= common <= YEARS[1] else ""
            yield name, f"Please check the year {day.year}{asked}. Years are those of the common era."
    if plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        yield "ends_on", f"It cannot end on {plan.ends_on}, before it starts on {plan.starts_on}."


def _faults_of_competencies(plan: Plan) -> Iterator[tuple[str, str]]:
    known = framework()
    unknown = [name for name in plan.competencies if name not in known]
    if unknown:
        yield "competencies", f"There is no competency '{unknown[0]}'. Competencies: {', '.join(known)}."
    elif not plan.competencies and not plan.own:
        yield "competencies", "Please choose at least one competency, or write one of your own."
    if len(plan.own) > MOST_OWN:
        yield "own", f"Please write at most {MOST_OWN} competencies of your own."
    for number, each in enumerate(plan.own, 1):
        lacking = [LANGUAGES[tag].english for tag in plan.languages if not each.get(tag)]
        if lacking:
            yield "own", f"Your competency {number} needs its wording in {', '.join(lacking)} too."
        if any(len(words) > OWN_LIMIT for words in each.values()):
            yield "own", f"Your competency {number} is too long: at most {OWN_LIMIT} characters."
    if plan.main and plan.main not in (*plan.competencies, *own_by_place(plan)):
        yield "main", f"The main competency, '{plan.main}', is not among those that are asked."


def own_by_place(plan: Plan) -> dict[str, Mapping[str, str]]:
    """Return the own competencies by what the form calls them: "own 1" and so on."""
    return {f"own {number}": each for number, each in enumerate(plan.own, 1)}


def framework() -> dict[str, str]:
    """Return the competencies shipped, with their English names."""
    sections = read_raw(NAME)["sections"]
    of = next(each["items"] for each in sections if each["name"] == COMPETENCIES)
    return {item["name"]: item["label"] for item in of}
