"""Forms that a clerk types from paper or e-mail: beginning, saving, handing over, giving up, keeping."""

import datetime
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.orm.exc import StaleDataError

from surveytool import intake
from surveytool.audit_log import record
from surveytool.definitions import Questionnaire
from surveytool.models import Attachment, Collection, Entry, Response, db
from surveytool.models.base import now, writing

MODES = ("paper", "e-mail")
#: The longest serial number.
SERIAL = 20
#: Under this key an entry notes which open page saved it last; no item's name begins with a point.
_PAGE = ".page"


class EntryError(ValueError):
    """A begun form cannot be saved or kept; the message says why in one line."""


class ChangedElsewhereError(EntryError):
    """The form was changed in another window since this page was opened."""


@dataclass(frozen=True, slots=True)
class About:
    """What a paper form or message says of itself: its language, how it came, its date, its serial number."""

    language: str
    mode: str
    filled_on: datetime.date | None = None
    serial: str = ""


def takes_paper(collection: Collection) -> bool:
    """Say whether forms may be typed: it was opened once, and its forms are not made up from published counts.

    Paper that was filled in in time may arrive after the collection closed. What case workers fill in has its own room.
    """
    if collection.version is None or collection.synthetic == "reconstruction":
        return False
    return collection.version.questionnaire.asked_in != "case work"


def begin(collection: Collection, clerk: str, about: About) -> Entry:
    """Begin a form. Raises EntryError where none can be typed."""
    if not takes_paper(collection):
        raise EntryError(f"No forms can be typed for '{collection.code}'.")
    entry = Entry(collection_id=collection.id, submission=str(uuid.uuid4()), clerk=clerk, sent={})
    _describe(entry, about)
    with writing():
        db.session.add(entry)
        db.session.commit()
    return entry


def describe(entry: Entry, about: About) -> None:
    """Correct what the paper says of itself."""
    with writing():
        _describe(entry, about)
        entry.changed_at = now()
        db.session.commit()


def _describe(entry: Entry, about: About) -> None:
    entry.language, entry.mode = about.language, about.mode
    entry.filled_on, entry.serial = about.filled_on, about.serial


def typed(entry: Entry) -> dict[str, list[str]]:
    """Return what has been typed so far, by field."""
    return {name: list(values) for name, values in entry.sent.items() if name != _PAGE}


def fields(q: Questionnaire) -> set[str]:
    """Return the names of all fields that a form can have."""
    return {f"{name}{part}" for name in q.items for part in ("", ".choice", ".confirmed")}


def save(entry: Entry, q: Questionnaire, sent: Mapping[str, Sequence[str]], page: str, since: str) -> None:
    """Keep what has been typed so far.

    `page` names the open page that saves, `since` the moment the form was last changed as that page knows it. Raises
    ChangedElsewhereError when another page changed the form meanwhile, so that an old window loses nothing, and
    EntryError when the form is no longer there.
    """
    if entry.sent.get(_PAGE) not in (None, page) and since != version(entry):
        raise ChangedElsewhereError("This form was changed in another window meanwhile.")
    known = fields(q)
    with writing():
        kept = {name: list(values) for name, values in sent.items() if name in known and any(values)}
        entry.sent = {**kept, _PAGE: page}
        entry.changed_at = now()
        try:
            db.session.commit()
        except StaleDataError:
            db.session.rollback()
            raise EntryError("This form was kept or given up meanwhile.") from None


def version(entry: Entry) -> str:
    """Return the moment of the last change, as pages carry it."""
    return entry.changed_at.isoformat(timespec="microseconds")


def confirm(entry: Entry, answers: Mapping[str, str]) -> None:
    """Note that what looked wrong stands so on the paper, by item: years of the Buddhist era, codes of no card."""
    with writing():
        entry.sent = {**entry.sent, **{f"{name}.confirmed": [typed] for name, typed in answers.items()}}
        entry.changed_at = now()
        db.session.commit()


def take_over(entry: Entry, who: str, why: str) -> None:
    """Let someone else go on with a begun form; it shows names, so it takes a reason."""
    with writing():
        record(who, "took over a begun form", f"entry {entry.id} of {entry.clerk}", why)
        entry.clerk = who
        db.session.commit()


def give_up(entry: Entry, who: str) -> None:
    """Delete a begun form with its scans."""
    with writing():
        record(who, "gave up a begun form", f"entry {entry.id}, collection {entry.collection_id}")
        db.session.execute(delete(Attachment).where(Attachment.entry_id == entry.id))
        db.session.execute(delete(Entry).where(Entry.id == entry.id))
        db.session.commit()


class _GoneError(Exception):
    """Another request kept the form, or gave it up, at this moment."""


def keep(collection: Collection, entry: Entry, who: str) -> intake.Kept | intake.Refused | intake.Aside | None:
    """Keep a typed form as a response, with its scans; the entry is gone in the same transaction.

    Returns None when another request was faster.
    """

    def along(response: Response) -> None:
        mine = update(Attachment).where(Attachment.entry_id == entry.id)
        db.session.execute(mine.values(entry_id=None, response_id=response.id))
        if not db.session.execute(delete(Entry).where(Entry.id == entry.id)).rowcount:  # type: ignore[attr-defined]
            raise _GoneError
        record(who, "typed a form", f"response {response.id}", entry.mode)

    sent = typed(entry)
    try:
        outcome = intake.receive(
            collection,
            sent,
            submission=entry.submission,
            language=entry.language,
            mode=entry.mode,
            filled_on=entry.filled_on,
            serial=entry.serial,
            typed_by=who,
            closed_too=True,
            along=along,
        )
    except _GoneError:
        db.session.rollback()
        return None
    # Kept a moment ago and withdrawn since: its sender was faster.
    return None if isinstance(outcome, intake.Withdrawn) else outcome


def is_submission(text: str) -> bool:
    """Say whether a part of an address can be the identifier of a form."""
    return re.fullmatch(r"[0-9a-f-]{36}", text) is not None
