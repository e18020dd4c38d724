"""Making, changing, opening and closing collections, with the snapshots they serve.

Every deed adds to the audit log who did it, in the caller's transaction.
"""

import calendar
import datetime
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from surveytool import sealing
from surveytool.audit_log import record
from surveytool.collection_settings import CODE_LIMIT, Settings, checked, in_words
from surveytool.collection_settings import CollectionError as CollectionError
from surveytool.definitions import Wording, load_questionnaire, load_wordings
from surveytool.definitions.loading import questionnaire_folder, read_raw
from surveytool.devices import DEFAULT_ZONE
from surveytool.languages import LANGUAGES
from surveytool.models import (
    Code,
    CodeFrame,
    Collection,
    CollectionWording,
    QuestionnaireVersion,
    WordingRevision,
    Workshop,
    db,
)
from surveytool.models.base import now

#: Letters that are not mistaken for one another when read aloud or written by hand.
JOIN_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def find(code: str) -> Collection:
    """Return a collection by the code staff use. Raises CollectionError, naming those there are."""
    collection = db.session.scalar(select(Collection).where(Collection.code == code))
    if collection is None:
        codes = ", ".join(db.session.scalars(select(Collection.code).order_by(Collection.code))) or "none yet"
        raise CollectionError(f"There is no collection '{code}'. Collections: {codes}.")
    return collection


def synthetic_notice(collection: Collection) -> str:
    """Return what to say of a collection whose answers are nobody's, or ""."""
    return {
        "reconstruction": "Synthetic data: these forms were made up from published counts. They are nobody's answers.",
        "demonstration": "Demonstration: whatever is entered here is for trying out.",
    }.get(collection.synthetic, "Synthetic data: these forms were made up." if collection.synthetic else "")


def create(
    code: str,
    questionnaire: str,
    title: str,
    *,
    join_code: str = "",
    synthetic: str = "",
    place: str = "",
    organiser: str = "",
    starts_on: datetime.date | None = None,
    ends_on: datetime.date | None = None,
    offered: tuple[str, ...] = (),
    identities_until: datetime.date | None = None,
    zone: str = DEFAULT_ZONE,
    on_idle: str = "seal",
    idle_minutes: int = 10,
    workshop: Workshop | None = None,
    wave: str | None = None,
    who: str,
) -> Collection:
    """Make a collection that is not open yet. Raises CollectionError with everything that is wrong."""
    faults: dict[str, str] = {}
    settings = Settings(
        title,
        questionnaire,
        place=place,
        organiser=organiser,
        starts_on=starts_on,
        ends_on=ends_on,
        offered=offered,
        identities_until=identities_until,
        zone=zone,
        on_idle=on_idle,
        idle_minutes=idle_minutes,
    )
    try:
        settings = checked(settings)
    except CollectionError as error:
        faults |= error.faults
    if fault := _fault_of_code(code):
        faults["code"] = fault
    if faults:
        raise CollectionError(**faults)
    collection = Collection(code=code, join_code=join_code or _new_join_code(), synthetic=synthetic)
    collection.workshop, collection.wave = workshop, wave
    settings.put_on(collection)
    db.session.add(collection)
    try:
        db.session.flush()
    except IntegrityError:
        # Another request took the code at this moment, or the join code was given and is taken.
        db.session.rollback()
        raise CollectionError(code=_fault_of_code(code) or f"The join code '{join_code}' is taken.") from None
    record(who, "made a collection", f"collection {code}", in_words(settings))
    return collection


def change(collection: Collection, settings: Settings, who: str) -> bool:
    """Set something else about a collection; return whether anything changed.

    The questionnaire can be another one only before the first opening. Raises CollectionError with everything that
    is wrong.
    """
    before = Settings.of(collection)
    served = tuple(each.language for each in collection.wordings)
    settings = checked(settings, before, served)
    changes = in_words(settings, before)
    if changes:
        settings.put_on(collection)
        record(who, "changed a collection", f"collection {collection.code}", changes)
        db.session.flush()
    return bool(changes)


def open_(collection: Collection, who: str) -> None:
    """Open a collection, or open it again; takes up the newest wording of the version it asks.

    The first opening fixes the version: names, codes, routing and rules. Reopening keeps it, and takes a newer
    wording only while the shipped questionnaire is still that version.
    """
    deed = {"draft": "opened", "closed": "reopened", "open": "took up the wording of"}[collection.state]
    asked = _asked(collection)
    shipped = _version(asked)
    if collection.version is None:
        collection.version = shipped
        _start_code_frames(collection)
    if collection.version is shipped:
        _take_up_wordings(collection, asked)
    if collection.opened_at is None:
        collection.opened_at = now()
        _set_last_day(collection)
        db.session.flush()
        sealing.public_key(collection)
    collection.closed_at = None
    db.session.flush()
    revisions = " ".join(f"{each.language}:{each.revision.digest}" for each in collection.wordings)
    version = f"version {collection.version.version} ({collection.version.digest})"
    record(who, f"{deed} a collection", f"collection {collection.code}", f"{version}; {revisions}")


def close(collection: Collection, who: str) -> None:
    """Close an open collection; what still arrives is kept aside. Raises CollectionError."""
    if collection.state != "open":
        raise CollectionError(f"The collection '{collection.code}' is not open; it is {collection.state}.")
    collection.closed_at = now()
    record(who, "closed a collection", f"collection {collection.code}")
    db.session.flush()


def _set_last_day(collection: Collection) -> None:
    """Say how long the identities of a collection are kept, unless somebody has said so already."""
    assert collection.opened_at is not None
    if collection.identities_until is None:
        months = current_app.config["KEEP_IDENTITIES_MONTHS"]
        collection.identities_until = months_later(collection.opened_at.date(), months)
        why = f"{collection.identities_until}: {months} months after it was first opened"
        record("rule", "set how long identities are kept", f"collection {collection.code}", why)


def months_later(day: datetime.date, months: int) -> datetime.date:
    """Return the same day some months later, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def newer_wordings(collection: Collection) -> tuple[str, ...]:
    """Return the languages whose shipped wording differs from the one served and would be taken up by opening."""
    if collection.version is None:
        return ()
    asked = _asked(collection)
    if collection.version.digest != asked.digest:
        return ()
    served = {each.language: each.revision.digest for each in collection.wordings}
    return tuple(tag for tag, wording in asked.wordings.items() if served.get(tag) != wording.digest)


def free_code(wanted: str) -> str:
    """Return a code like the wanted one that no collection has."""
    taken = {*RESERVED, *db.session.scalars(select(Collection.code))}
    numbered = (wanted, *(f"{wanted[: CODE_LIMIT - 4].rstrip('-')}-{n}" for n in range(2, len(taken) + 3)))
    return next(code for code in numbered if code not in taken)


def _fault_of_code(code: str) -> str:
    """Return what is wrong with a code for a new collection, or ""."""
    if not re.fullmatch(f"[a-z0-9][a-z0-9-]{{0,{CODE_LIMIT - 1}}}", code):
        return f"'{code}' cannot be a code: use small letters, digits and hyphens, at most {CODE_LIMIT}."
    if code in RESERVED:
        return f"'{code}' cannot be a code: the addresses of the evaluators' pages use this word themselves."
    return _taken(code) if db.session.scalar(select(Collection.id).where(Collection.code == code)) else ""


#: Words that stand in addresses where a collection's code does.
RESERVED = ("collections", "entry", "register", "translating", "treatment", "workshops")


def _taken(code: str) -> str:
    return f"There is a collection '{code}' already."


def _new_join_code() -> str:
    return "".join(secrets.choice(JOIN_LETTERS) for _ in range(8))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a collection would ask if it were opened now: the shipped questionnaire, or its workshop's own."""

    structure: Mapping[str, Any]
    wordings: Mapping[str, Wording]

    @property
    def digest(self) -> str:
        """The digest of the structure."""
        return hashlib.sha256(json.dumps(dict(self.structure), sort_keys=True).encode()).hexdigest()[:16]


def _asked(collection: Collection) -> _Asked:
    """Return what a collection asks; the wave of a workshop asks what was kept with the workshop."""
    name, workshop = collection.questionnaire_name, collection.workshop
    shipped = _shipped(load_wordings, name, _state_of_files(name))
    if workshop is None:
        return shipped
    review = {tag: wording.review for tag, wording in shipped.wordings.items()}
    tags = sorted(workshop.wordings, key=lambda tag: list(LANGUAGES).index(tag))
    wordings = {tag: Wording(tag, workshop.wordings[tag], review=review.get(tag, {})) for tag in tags}
    return _Asked(workshop.structure, wordings)


@lru_cache(16)
def _shipped(load: Callable[..., Mapping[str, Wording]], name: str, _state: tuple[tuple[str, int, int], ...]) -> _Asked:
    """Return a shipped questionnaire; reading its files takes a second."""
    return _Asked(load_questionnaire(name).structure, load(questionnaire_folder(name), read_raw(name)))


def _state_of_files(name: str) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file of a shipped questionnaire does."""
    files = ((file.name, file.stat()) for file in sorted(questionnaire_folder(name).glob("*.yaml")))
    return tuple((named, found.st_mtime_ns, found.st_size) for named, found in files)


def _version(asked: _Asked) -> QuestionnaireVersion:
    """Return the snapshot of what is asked, making it if it is new."""
    name, digest = asked.structure["name"], asked.digest
    query = select(QuestionnaireVersion).where(QuestionnaireVersion.name == name, QuestionnaireVersion.digest == digest)
    version = db.session.scalar(query)
    if version is None:
        structure = dict(asked.structure)
        version = QuestionnaireVersion(name=name, version=str(structure["version"]), digest=digest, structure=structure)
        db.session.add(version)
        db.session.flush()
    return version


def _take_up_wordings(collection: Collection, asked: _Asked) -> None:
    """Serve the wording in every language, as revisions in the database."""
    version = collection.version
    assert version is not None
    served = {each.language: each for each in collection.wordings}
    for position, (language, wording) in enumerate(asked.wordings.items()):
        query = select(WordingRevision).where(
            WordingRevision.version_id == version.id,
            WordingRevision.language == language,
            WordingRevision.digest == wording.digest,
        )
        revision = db.session.scalar(query)
        if revision is None:
            revision = WordingRevision(
                version=version, language=language, digest=wording.digest, strings=dict(wording.strings), review={}
            )
            db.session.add(revision)
        revision.review = dict(wording.review)
        if language in served:
            served[language].revision = revision
        else:
            collection.wordings.append(CollectionWording(language=language, revision=revision, position=position))


def _start_code_frames(collection: Collection) -> None:
    """Give a collection the code frames its questionnaire suggests; it may add its own codes to them."""
    assert collection.version is not None
    for frame in collection.version.questionnaire.code_frames:
        kept = CodeFrame(collection_id=collection.id, name=frame.name, label=frame.label)
        kept.codes = [Code(name=code.name, label=code.label) for code in frame.codes]
        db.session.add(kept)
        db.session.flush()
        ids = {code.name: code.id for code in kept.codes}
        for code, row in zip(frame.codes, kept.codes, strict=True):
            row.parent_id = ids.get(code.parent) if code.parent else None
