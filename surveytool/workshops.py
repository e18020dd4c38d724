"""Workshops: making one with its three waves, opening and closing them, cards with linking codes.

Every deed adds to the audit log who did it, in the caller's transaction.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import select

from surveytool import collections, linking, workshop_questionnaire
from surveytool.audit_log import record
from surveytool.collection_settings import suggested_code
from surveytool.definitions import DefinitionError, load_questionnaire, load_wordings
from surveytool.definitions.loading import questionnaire_folder, read_raw
from surveytool.models import WAVES, Collection, LinkingCard, User, Workshop, db
from surveytool.models.base import now
from surveytool.workshop_plans import COUNTRIES as COUNTRIES
from surveytool.workshop_plans import OWN_LIMIT as OWN_LIMIT
from surveytool.workshop_plans import Details as Details
from surveytool.workshop_plans import Plan as Plan
from surveytool.workshop_plans import WorkshopError as WorkshopError
from surveytool.workshop_plans import cleaned, faults, faults_of_dates, faults_of_words, one_line, own_by_place
from surveytool.workshop_plans import framework as framework

QUESTIONNAIRE = "capacity_appraisal"
#: What the waves are called, and how their collections' codes end.
WAVE_NAMES = {"pre": "before", "post": "after", "follow-up": "follow-up"}
AUDIENCE_NAMES = {"government": "government", "ngo": "NGOs"}
#: The most characters of a workshop's code: its waves' codes are longer.
CODE_LIMIT = 28
#: The most cards printed at one time, and in all.
MOST_CARDS, MOST_CARDS_IN_ALL = 100, 500


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
    code = code.strip() or _free_code(plan)
    fault = _fault_of_code(code)
    workshop = Workshop(code=code, trainer_id=trainer.id if trainer else None, made_by=who)
    put(plan, workshop, **({"code": fault} if fault else {}))
    db.session.add(workshop)
    db.session.flush()
    for wave in WAVES:
        _make_wave(workshop, wave, who)
    told = f"{workshop.country}, {workshop.audience}, from {workshop.starts_on}"
    record(who, "made a workshop", f"workshop {code}", told)
    return workshop


def put(plan: Plan, workshop: Workshop, **wrong: str) -> None:
    """Put a plan on a workshop. Raises WorkshopError with everything that is wrong, and what was found wrong before."""
    plan = cleaned(plan)
    if found := {**dict(faults(plan)), **wrong}:
        raise WorkshopError(**found)
    assert plan.starts_on is not None
    structure, wordings = _asked(plan)
    workshop.title, workshop.topic, workshop.place = plan.title, plan.topic, plan.place
    workshop.country, workshop.audience, workshop.synthetic = plan.country, plan.audience, plan.synthetic
    workshop.starts_on, workshop.ends_on = plan.starts_on, plan.ends_on or plan.starts_on
    workshop.languages, workshop.linking = " ".join(plan.languages), plan.linking
    workshop.retrospective, workshop.main = plan.retrospective, _main(plan)
    workshop.structure, workshop.wordings = structure, wordings


def _asked(plan: Plan) -> workshop_questionnaire.Snapshot:
    """Return what a plan asks, to be kept with the workshop."""
    try:
        return workshop_questionnaire.for_workshop(
            load_questionnaire(QUESTIONNAIRE),
            load_wordings(questionnaire_folder(QUESTIONNAIRE), read_raw(QUESTIONNAIRE)),
            plan.competencies,
            own=[{"label": each} for each in plan.own],
            retrospective=plan.retrospective,
            linking=plan.linking,
            languages=plan.languages,
        )
    except DefinitionError as error:
        raise WorkshopError(competencies=" ".join(str(each) for each in error.problems)) from None


def _main(plan: Plan) -> str:
    """Return the name of the main competency, which may be one of the workshop's own."""
    own = {name: workshop_questionnaire.own_name(each, plan.languages) for name, each in own_by_place(plan).items()}
    return own.get(plan.main, plan.main)


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
        title=one_line(details.title),
        topic=one_line(details.topic),
        place=one_line(details.place),
        ends_on=details.ends_on or details.starts_on,
    )
    wrong = {**dict(faults_of_words(details)), **dict(faults_of_dates(details))}
    if wrong:
        raise WorkshopError(**wrong)
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


# Codes ---------------------------------------------------------------------------------------------------------------


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
