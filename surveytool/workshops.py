"""Workshops: making one with its three waves, opening and closing them, cards with linking codes.

Every deed adds to the audit log who did it, in the caller's transaction.
"""

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import select

from surveytool import collections, linking, workshop_questionnaire
from surveytool.audit_log import record
from surveytool.collection_settings import BUDDHIST, YEARS, suggested_code
from surveytool.definitions import DefinitionError, load_questionnaire, load_wordings
from surveytool.definitions.loading import questionnaire_folder, read_raw
from surveytool.languages import LANGUAGES
from surveytool.models import AUDIENCES, WAVES, Collection, LinkingCard, User, Workshop, db
from surveytool.models.base import now
from surveytool.text import clean

QUESTIONNAIRE = "capacity_appraisal"
#: What the waves are called, and how their collections' codes end.
WAVE_NAMES = {"pre": "before", "post": "after", "follow-up": "follow-up"}
AUDIENCE_NAMES = {"government": "government", "ngo": "NGOs"}
#: The five countries of the project, by their codes.
COUNTRIES = {
    "cambodia": "Cambodia",
    "lao_pdr": "Lao PDR",
    "myanmar": "Myanmar",
    "thailand": "Thailand",
    "viet_nam": "Viet Nam",
}
#: The most characters of a workshop's code: its waves' codes are longer.
CODE_LIMIT = 28
#: The most characters of a title, a topic and a place.
TEXT_LIMIT = 200
#: The most competencies a workshop adds of its own, and the most characters of one.
MOST_OWN, OWN_LIMIT = 5, 120
#: The most cards printed at one time, and in all.
MOST_CARDS, MOST_CARDS_IN_ALL = 100, 500


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


def synthetic_notice(workshop: Workshop) -> str:
    """Return what to say of a workshop whose answers are nobody's, or ""."""
    if workshop.synthetic == "demonstration":
        return "Demonstration: whatever is entered here is for trying out."
    return "Synthetic data: these forms were made up. They are nobody's answers." if workshop.synthetic else ""


def find(code: str) -> Workshop:
    """Return a workshop by its code. Raises WorkshopError, naming those there are."""
    found = by_code(code)
    if found is None:
        codes = ", ".join(db.session.scalars(select(Workshop.code).order_by(Workshop.code))) or "none yet"
        raise WorkshopError(f"There is no workshop '{code}'. Workshops: {codes}.")
    return found


def by_code(code: str) -> Workshop | None:
    """Return a workshop by its code, or None."""
    if not code.isprintable():  # PostgreSQL cannot even be asked about a NUL
        return None
    return db.session.scalar(select(Workshop).where(Workshop.code == code))


def create(plan: Plan, who: str, *, trainer: User | None = None, code: str = "") -> Workshop:
    """Make a workshop with its three waves, none of them open. Raises WorkshopError with everything that is wrong."""
    plan = _cleaned(plan)
    faults = dict(_faults(plan))
    code = code.strip() or _free_code(plan)
    if fault := _fault_of_code(code):
        faults["code"] = fault
    if faults:
        raise WorkshopError(**faults)
    shipped = load_questionnaire(QUESTIONNAIRE)
    try:
        structure, wordings = workshop_questionnaire.for_workshop(
            shipped,
            load_wordings(questionnaire_folder(QUESTIONNAIRE), read_raw(QUESTIONNAIRE)),
            plan.competencies,
            own=[{"label": each} for each in plan.own],
            retrospective=plan.retrospective,
            linking=plan.linking,
            languages=plan.languages,
        )
    except DefinitionError as error:
        raise WorkshopError(competencies=" ".join(str(each) for each in error.problems)) from None
    assert plan.starts_on is not None
    workshop = Workshop(
        code=code,
        title=plan.title,
        topic=plan.topic,
        country=plan.country,
        place=plan.place,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on or plan.starts_on,
        languages=" ".join(plan.languages),
        audience=plan.audience,
        linking=plan.linking,
        retrospective=plan.retrospective,
        main=_main(plan),
        structure=structure,
        wordings=wordings,
        trainer_id=trainer.id if trainer else None,
        made_by=who,
        synthetic=plan.synthetic,
    )
    db.session.add(workshop)
    db.session.flush()
    for wave in WAVES:
        _make_wave(workshop, wave, who)
    record(who, "made a workshop", f"workshop {code}", f"{plan.country}, {plan.audience}, from {plan.starts_on}")
    return workshop


def _main(plan: Plan) -> str:
    """Return the name of the main competency, which may be one of the workshop's own."""
    own = {name: workshop_questionnaire.own_name(each, plan.languages) for name, each in _own_by_place(plan).items()}
    return own.get(plan.main, plan.main)


def _own_by_place(plan: Plan) -> dict[str, Mapping[str, str]]:
    return {f"own {number}": each for number, each in enumerate(plan.own, 1)}


def _make_wave(workshop: Workshop, wave: str, who: str) -> None:
    wave_collection = collections.create(
        f"{workshop.code}-{WAVE_NAMES[wave]}",
        QUESTIONNAIRE,
        workshop.title,
        synthetic=workshop.synthetic,
        place=workshop.place,
        starts_on=workshop.starts_on,
        ends_on=workshop.ends_on,
        offered=tuple(workshop.languages.split()),
        workshop=workshop,
        wave=wave,
        who=who,
    )
    db.session.flush()
    assert wave_collection.workshop_id == workshop.id


def change(workshop: Workshop, details: Details, who: str) -> bool:
    """Change the details of a workshop and of its waves; return whether anything changed. Raises WorkshopError."""
    details = replace(
        details,
        title=_one_line(details.title),
        topic=_one_line(details.topic),
        place=_one_line(details.place),
        ends_on=details.ends_on or details.starts_on,
    )
    faults = {**dict(_faults_of_words(details)), **dict(_faults_of_dates(details))}
    if faults:
        raise WorkshopError(**faults)
    changed = [each.name for each in fields(Details) if getattr(workshop, each.name) != getattr(details, each.name)]
    for name in changed:
        setattr(workshop, name, getattr(details, name))
    for wave in waves(workshop).values() if changed else ():
        wave.title, wave.place = details.title, details.place
        wave.starts_on, wave.ends_on = details.starts_on, details.ends_on
    if changed:
        record(who, "changed a workshop", f"workshop {workshop.code}", ", ".join(changed))
        db.session.flush()
    return bool(changed)


def waves(workshop: Workshop) -> dict[str, Collection]:
    """Return the collections of a workshop by wave, in order."""
    found = db.session.scalars(select(Collection).where(Collection.workshop_id == workshop.id)).all()
    by_wave = {str(each.wave): each for each in found}
    return {wave: by_wave[wave] for wave in WAVES}


def open_wave(workshop: Workshop, wave: str, who: str) -> Collection:
    """Open a wave, or open it again. Raises WorkshopError."""
    chosen = _wave(workshop, wave)
    if chosen.state == "open":
        raise WorkshopError(f"The form {WAVE_NAMES[wave]} is open already.")
    collections.open_(chosen, who)
    return chosen


def close_wave(workshop: Workshop, wave: str, who: str) -> Collection:
    """Close a wave; what still arrives is kept aside. Raises WorkshopError."""
    chosen = _wave(workshop, wave)
    if chosen.state != "open":
        raise WorkshopError(f"The form {WAVE_NAMES[wave]} is not open.")
    collections.close(chosen, who)
    return chosen


def _wave(workshop: Workshop, wave: str) -> Collection:
    if wave not in WAVES:
        raise WorkshopError(f"'{wave}' is no wave; there are {', '.join(WAVES)}.")
    return waves(workshop)[wave]


# What it asks --------------------------------------------------------------------------------------------------------


def competencies(workshop: Workshop) -> tuple[str, ...]:
    """Return the names of the competencies that a workshop asks about, in order."""
    sections: Sequence[Mapping[str, Any]] = workshop.structure["sections"]
    of = next((each["items"] for each in sections if each["name"] == workshop_questionnaire.COMPETENCIES), ())
    return tuple(str(item["name"]) for item in of)


def labels(workshop: Workshop, language: str = "en") -> dict[str, str]:
    """Return what the competencies are called, in a language."""
    words = workshop.wordings.get(language) or workshop.wordings["en"]
    return {name: words[f"items.{name}.label"] for name in competencies(workshop)}


def framework() -> dict[str, str]:
    """Return the competencies shipped, with their English names."""
    english = load_wordings(questionnaire_folder(QUESTIONNAIRE), read_raw(QUESTIONNAIRE))["en"]
    return {name: english.label(name) for name in workshop_questionnaire.framework(load_questionnaire(QUESTIONNAIRE))}


# Cards ---------------------------------------------------------------------------------------------------------------


def cards(workshop: Workshop) -> list[LinkingCard]:
    """List the cards of a workshop, in the order they were made."""
    query = select(LinkingCard).where(LinkingCard.workshop_id == workshop.id).order_by(LinkingCard.id)
    return list(db.session.scalars(query))


def add_cards(workshop: Workshop, number: int, who: str) -> list[LinkingCard]:
    """Make cards with random codes that no other card of the workshop comes near. Raises WorkshopError."""
    if workshop.linking != "cards":
        raise WorkshopError("Participants of this workshop make their codes themselves, so there are no cards.")
    if not 1 <= number <= MOST_CARDS:
        raise WorkshopError(number=f"Please ask for 1 to {MOST_CARDS} cards at a time.")
    taken = [card.code for card in cards(workshop)]
    if len(taken) + number > MOST_CARDS_IN_ALL:
        raise WorkshopError(number=f"A workshop has at most {MOST_CARDS_IN_ALL} cards; it has {len(taken)}.")
    made = []
    for _ in range(number):
        code = linking.new_code(taken)
        taken.append(code)
        made.append(LinkingCard(workshop_id=workshop.id, code=code, made_at=now()))
    db.session.add_all(made)
    db.session.flush()
    record(who, "made linking cards", f"workshop {workshop.code}", f"{number} cards")
    return made


# What may be set -----------------------------------------------------------------------------------------------------


def _cleaned(plan: Plan) -> Plan:
    own = tuple({tag: _one_line(words) for tag, words in each.items() if _one_line(words)} for each in plan.own)
    return replace(
        plan,
        title=_one_line(plan.title),
        place=_one_line(plan.place),
        topic=_one_line(plan.topic),
        languages=tuple(tag for tag in LANGUAGES if tag in plan.languages),
        own=tuple(each for each in own if each),
        ends_on=plan.ends_on or plan.starts_on,
    )


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _faults(plan: Plan) -> Iterator[tuple[str, str]]:
    yield from _faults_of_words(plan)
    if plan.country not in COUNTRIES:
        yield "country", f"Please choose the country: {', '.join(COUNTRIES)}."
    if plan.audience not in AUDIENCES:
        yield "audience", f"Please choose for whom it is: {' or '.join(AUDIENCES)}. Figures keep the two apart."
    if plan.linking not in ("cards", "self"):
        yield "linking", "Please choose how forms are linked: cards or self."
    if not plan.languages:
        yield "languages", "Please choose at least one language."
    yield from _faults_of_dates(plan)
    yield from _faults_of_competencies(plan)


def _faults_of_words(plan: Plan | Details) -> Iterator[tuple[str, str]]:
    if not plan.title or len(plan.title) > TEXT_LIMIT:
        yield "title", f"A workshop needs a title of at most {TEXT_LIMIT} characters."
    for name in ("place", "topic"):
        if len(getattr(plan, name)) > TEXT_LIMIT:
            yield name, f"The {name} can have at most {TEXT_LIMIT} characters."


def _faults_of_dates(plan: Plan | Details) -> Iterator[tuple[str, str]]:
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
    if plan.main and plan.main not in (*plan.competencies, *_own_by_place(plan)):
        yield "main", f"The main competency, '{plan.main}', is not among those that are asked."


def _free_code(plan: Plan) -> str:
    month = f"{plan.starts_on:%Y-%m}" if plan.starts_on else "workshop"
    wanted = suggested_code(plan.title)[:CODE_LIMIT].strip("-") or f"workshop-{month}"
    taken = set(db.session.scalars(select(Workshop.code)))
    numbered = (wanted, *(f"{wanted[: CODE_LIMIT - 4].rstrip('-')}-{n}" for n in range(2, len(taken) + 3)))
    return next(code for code in numbered if code not in taken)


def _fault_of_code(code: str) -> str:
    if not re.fullmatch(f"[a-z0-9][a-z0-9-]{{0,{CODE_LIMIT - 1}}}", code):
        return f"'{code}' cannot be a code: use small letters, digits and hyphens, at most {CODE_LIMIT}."
    if code in RESERVED:
        return f"'{code}' cannot be a code: the addresses of pages use this word themselves."
    return f"There is a workshop '{code}' already." if by_code(code) else ""


#: Words that stand in addresses where a workshop's code does.
RESERVED = ("new", "country", "workshops")
