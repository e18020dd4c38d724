"""How long what says who sent a form is kept, and its erasing; no figure is touched by it.

That is: names, positions and duty stations; scans of forms, which show them; forms that a clerk has begun to type; and
the same fields of forms that were kept aside.
"""

import datetime
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from stdnum import damm

from surveytool.audit_log import record
from surveytool.definitions import Questionnaire, load_questionnaire
from surveytool.judge.versions import versions
from surveytool.models import Attachment, Collection, Entry, Identity, Response, SetAside, db
from surveytool.reading import Sent
from surveytool.text import fold

#: SQLite takes only so many values in one statement.
BATCH = 500
#: Stands where the digest of a form was: with the keys, a guessed name could be tried against it.
NO_DIGEST = "erased"


#: What the audit log says of one identity erased by receipt.
ERASED = "erased an identity"


class ReceiptError(ValueError):
    """A receipt code cannot be found; the message says why in one line."""


class UnknownReceipt(ReceiptError):
    """A receipt code is well formed and no form has it."""


@dataclass(frozen=True, slots=True)
class Due:
    """What says who sent something in one collection, if its last day has passed; nothing while it has not."""

    code: str
    until: datetime.date | None
    #: The responses that have an identity.
    identities: tuple[int, ...] = ()
    #: What was kept aside with fields that are no answers.
    aside: tuple[int, ...] = ()
    scans: tuple[int, ...] = ()
    #: Forms that a clerk has begun to type.
    entries: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to erase."""
        return bool(self.identities or self.aside or self.scans or self.entries)

    def __str__(self) -> str:
        """Say how much there is, in words."""
        counted = (
            (self.identities, "identity", "identities"),
            (self.aside, "form kept aside", "forms kept aside"),
            (self.scans, "scan", "scans"),
            (self.entries, "form begun by a clerk", "forms begun by clerks"),
        )
        return ", ".join(f"{len(ids)} {one if len(ids) == 1 else several}" for ids, one, several in counted)


def by_receipt(typed: str) -> Response:
    """Return the response of a receipt code, typed with or without spaces, in any script's digits.

    Raises ReceiptError for a slip of the pen (the check digit is wrong), UnknownReceipt for a code that is not known.
    """
    digits = fold(typed).replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) != 17 or not damm.is_valid(digits):
        raise ReceiptError("This is no receipt code: it has 17 digits, and the last one must fit the others.")
    found = db.session.scalar(select(Response).where(Response.receipt == digits))
    if found is None:
        raise UnknownReceipt("No form has this receipt code; it may have been withdrawn.")
    return found


def erase(response: Response, who: str, why: str) -> bool:
    """Erase who sent a form, with the digest of the name, its scans, and the same of every other version of it.

    Returns whether anything was kept. The caller commits.
    """
    erased = False
    for id_ in (each.id for each in versions(response)):
        scans = db.session.scalars(select(Attachment.id).where(Attachment.response_id == id_)).all()
        kept = db.session.scalar(select(Identity.response_id).where(Identity.response_id == id_)) is not None
        if kept or scans:
            _erase_of_responses([id_] if kept else [], scans)
            record(who, ERASED, f"response {id_}", why)
            erased = True
    return erased


def due(today: datetime.date) -> list[Due]:
    """Return every collection by code, with what its last day, if that has passed, leaves to be erased."""
    collections = db.session.scalars(select(Collection).order_by(Collection.code))
    return [_due(each, today) for each in collections]


def _due(collection: Collection, today: datetime.date) -> Due:
    until = collection.identities_until
    if until is None or until >= today:
        return Due(collection.code, until)
    responses = select(Response.id).where(Response.collection_id == collection.id)
    entries = select(Entry.id).where(Entry.collection_id == collection.id)
    scans = or_(Attachment.response_id.in_(responses), Attachment.entry_id.in_(entries))
    return Due(
        collection.code,
        until,
        tuple(db.session.scalars(select(Identity.response_id).where(Identity.response_id.in_(responses)))),
        tuple(each.id for each in _aside(collection) if _naming(collection, each.sent)),
        tuple(db.session.scalars(select(Attachment.id).where(scans))),
        tuple(db.session.scalars(entries)),
    )


def erase_due(each: Due, who: str) -> None:
    """Erase what the last day of a collection leaves to be erased. The caller commits."""
    if not each:
        return
    _erase_of_responses(each.identities, each.scans)
    for ids in _batches(each.entries):
        db.session.execute(delete(Entry).where(Entry.id.in_(ids)))
    collection = db.session.scalars(select(Collection).where(Collection.code == each.code)).one()
    for aside in _aside(collection):
        if aside.id in each.aside:
            naming = _naming(collection, aside.sent)
            aside.sent = {name: values for name, values in aside.sent.items() if name not in naming}
            # Two that differed by the name alone must stay apart.
            aside.digest = secrets.token_hex(32)
    db.session.flush()
    record(who, "erased identities", f"collection {each.code}", f"{each}; kept until {each.until}")


def _erase_of_responses(identities: Sequence[int], scans: Sequence[int]) -> None:
    for ids in _batches(scans):
        db.session.execute(delete(Attachment).where(Attachment.id.in_(ids)))
    for ids in _batches(identities):
        db.session.execute(delete(Identity).where(Identity.response_id.in_(ids)))
        db.session.execute(update(Response).where(Response.id.in_(ids)).values(digest=NO_DIGEST))
        # Identifiers that intake made from the digest, of conflicting and of damaged forms.
        made = or_(Response.submission.contains("#"), Response.submission.startswith("content-"))
        for response in db.session.scalars(select(Response).where(Response.id.in_(ids), made)):
            response.submission = f"{NO_DIGEST}-{secrets.token_hex(16)}"
    db.session.flush()


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _aside(collection: Collection) -> Iterator[SetAside]:
    return iter(db.session.scalars(select(SetAside).where(SetAside.collection_id == collection.id)))


def _naming(collection: Collection, sent: Sent) -> set[str]:
    """Return the fields of a submission that say who sent it, or may: whatever is not an answer to a known item."""
    q = _questionnaire(collection)
    items = {name: q.items.get(name.split(".")[0]) for name in sent}
    return {name for name, item in items.items() if item is None or item.identity}


def _questionnaire(collection: Collection) -> Questionnaire:
    version = collection.version
    return version.questionnaire if version else load_questionnaire(collection.questionnaire_name)


def keep_until(collection: Collection, until: datetime.date | None, who: str, why: str) -> None:
    """Set the last day on which identities of a collection are kept; None keeps them until they are erased by hand."""
    collection.identities_until = until
    record(who, "set how long identities are kept", f"collection {collection.code}", f"{until or 'no date'}: {why}")
