"""Making, opening and closing collections, with the snapshots they serve."""

import calendar
import datetime
import hashlib
import json
import re
import secrets

from flask import current_app
from sqlalchemy import select

from surveytool.audit_log import record
from surveytool.definitions import load_questionnaire, load_wordings
from surveytool.definitions.loading import questionnaire_folder, questionnaire_names, read_raw
from surveytool.models import Code, CodeFrame, Collection, CollectionWording, QuestionnaireVersion, WordingRevision, db
from surveytool.models.base import now

TITLE_LIMIT = 200
#: Letters that are not mistaken for one another when read aloud or written by hand.
JOIN_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class CollectionError(ValueError):
    """What was asked of a collection cannot be done; the message says why in one line."""


def find(code: str) -> Collection:
    """Return a collection by the code staff use. Raises CollectionError, naming those there are."""
    collection = db.session.scalar(select(Collection).where(Collection.code == code))
    if collection is None:
        codes = ", ".join(db.session.scalars(select(Collection.code).order_by(Collection.code))) or "none yet"
        raise CollectionError(f"There is no collection '{code}'. Collections: {codes}.")
    return collection


def create(code: str, questionnaire: str, title: str, *, join_code: str = "", synthetic: str = "") -> Collection:
    """Make a collection that is not open yet. Raises CollectionError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,38}", code):
        raise CollectionError(f"'{code}' cannot be a code: use small letters, digits and hyphens, at most 39.")
    if not title.strip() or len(title) > TITLE_LIMIT:
        raise CollectionError(f"A collection needs a title of at most {TITLE_LIMIT} characters.")
    if questionnaire not in questionnaire_names():
        known = ", ".join(questionnaire_names())
        raise CollectionError(f"There is no questionnaire '{questionnaire}'. Questionnaires: {known}.")
    if db.session.scalar(select(Collection.id).where(Collection.code == code)):
        raise CollectionError(f"There is a collection '{code}' already.")
    collection = Collection(
        code=code,
        join_code=join_code or "".join(secrets.choice(JOIN_LETTERS) for _ in range(8)),
        title=title,
        questionnaire_name=questionnaire,
        synthetic=synthetic,
    )
    db.session.add(collection)
    db.session.flush()
    return collection


def open_(collection: Collection) -> None:
    """Open a collection, or open it again; takes up the newest wording of the version it asks.

    The first opening fixes the version: names, codes, routing and rules. Reopening keeps it, and takes a newer
    wording only while the shipped questionnaire is still that version.
    """
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


def close(collection: Collection) -> None:
    """Close an open collection; what still arrives is kept aside. Raises CollectionError."""
    if collection.state != "open":
        raise CollectionError(f"The collection '{collection.code}' is not open; it is {collection.state}.")
    collection.closed_at = now()
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


def _version(name: str) -> QuestionnaireVersion:
    """Return the snapshot of a shipped questionnaire, making it if it is new."""
    questionnaire = load_questionnaire(name)
    digest = hashlib.sha256(json.dumps(questionnaire.structure, sort_keys=True).encode()).hexdigest()[:16]
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
