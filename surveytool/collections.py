"""Making, changing, opening and closing collections, with the snapshots they serve.

Every deed adds to the audit log who did it, in the caller's transaction.
"""

import calendar
import datetime
import hashlib
import json
import re
import secrets

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from surveytool.audit_log import record
from surveytool.collection_settings import CODE_LIMIT, Settings, checked, in_words
from surveytool.collection_settings import CollectionError as CollectionError
from surveytool.definitions import load_questionnaire, load_wordings
from surveytool.definitions.loading import questionnaire_folder, read_raw
from surveytool.models import Code, CodeFrame, Collection, CollectionWording, QuestionnaireVersion, WordingRevision, db
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
    who: str,
) -> Collection:
    """Make a collection that is not open yet. Raises CollectionError with everything that is wrong."""
    faults: dict[str, str] = {}
    settings = Settings(title, questionnaire, place, organiser, starts_on, ends_on, offered, identities_until)
    try:
        settings = checked(settings)
    except CollectionError as error:
        faults |= error.faults
    if fault := _fault_of_code(code):
        faults["code"] = fault
    if faults:
        raise CollectionError(**faults)
    collection = Collection(code=code, join_code=join_code or _new_join_code(), synthetic=synthetic)
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
    shipped = _version(collection.questionnaire_name)
    if collection.version is None:
        collection.version = shipped
        _start_code_frames(collection)
    if collection.version is shipped:
        _take_up_wordings(collection)
    if collection.opened_at is None:
        collection.opened_at = now()
        _set_last_day(collection)
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
    if collection.version is None or collection.version.digest != _digest(collection.questionnaire_name):
        return ()
    name = collection.version.name
    served = {each.language: each.revision.digest for each in collection.wordings}
    shipped = load_wordings(questionnaire_folder(name), read_raw(name))
    return tuple(tag for tag, wording in shipped.items() if served.get(tag) != wording.digest)


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
RESERVED = ("collections", "entry", "register", "translating")


def _taken(code: str) -> str:
    return f"There is a collection '{code}' already."


def _new_join_code() -> str:
    return "".join(secrets.choice(JOIN_LETTERS) for _ in range(8))


def _digest(name: str) -> str:
    """Return the digest of a shipped questionnaire's structure."""
    structure = load_questionnaire(name).structure
    return hashlib.sha256(json.dumps(structure, sort_keys=True).encode()).hexdigest()[:16]


def _version(name: str) -> QuestionnaireVersion:
    """Return the snapshot of a shipped questionnaire, making it if it is new."""
    questionnaire = load_questionnaire(name)
    digest = _digest(name)
    query = select(QuestionnaireVersion).where(QuestionnaireVersion.name == name, QuestionnaireVersion.digest == digest)
    version = db.session.scalar(query)
    if version is None:
        structure = dict(questionnaire.structure)
        version = QuestionnaireVersion(name=name, version=questionnaire.version, digest=digest, structure=structure)
        db.session.add(version)
        db.session.flush()
    return version


def _take_up_wordings(collection: Collection) -> None:
    """Serve the shipped wording in every language, as revisions in the database."""
    version = collection.version
    assert version is not None
    raw = read_raw(version.name)
    served = {each.language: each for each in collection.wordings}
    for position, (language, wording) in enumerate(load_wordings(questionnaire_folder(version.name), raw).items()):
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
