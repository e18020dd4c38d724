"""How long names, positions and duty stations are kept, and their erasing; no figure is touched by it."""

import datetime
from dataclasses import dataclass

from sqlalchemy import delete, select
from stdnum import damm

from surveytool.audit_log import record
from surveytool.judge.versions import versions
from surveytool.models import Collection, Identity, Response, db
from surveytool.text import fold


class ReceiptError(ValueError):
    """A receipt code cannot be found; the message says why in one line."""


class UnknownReceipt(ReceiptError):
    """A receipt code is well formed and no form has it."""


@dataclass(frozen=True, slots=True)
class Due:
    """The identities of one collection whose last day has passed."""

    code: str
    until: datetime.date | None
    #: The responses they came with; none while there is no last day or it has not passed.
    responses: tuple[int, ...]


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
    """Erase who sent a form, in every version, with the digest of the name; return whether anything was kept.

    The caller commits.
    """
    ids = [each.id for each in versions(response)]
    done = db.session.execute(delete(Identity).where(Identity.response_id.in_(ids)))
    erased = bool(done.rowcount)  # type: ignore[attr-defined]
    if erased:
        record(who, "erased an identity", f"response {response.id}", why)
    return erased


def due(today: datetime.date) -> list[Due]:
    """Return every collection with the identities whose last day has passed, by code."""
    found = []
    for collection in db.session.scalars(select(Collection).order_by(Collection.code)):
        until = collection.identities_until
        ids: tuple[int, ...] = ()
        if until is not None and until < today:
            kept = select(Identity.response_id).join(Response, Response.id == Identity.response_id)
            ids = tuple(db.session.scalars(kept.where(Response.collection_id == collection.id)))
        found.append(Due(collection.code, until, ids))
    return found


def erase_due(each: Due, who: str) -> int:
    """Erase the identities of a collection whose last day has passed; return how many. The caller commits."""
    for start in range(0, len(each.responses), BATCH):
        batch = each.responses[start : start + BATCH]
        db.session.execute(delete(Identity).where(Identity.response_id.in_(batch)))
    if each.responses:
        record(who, "erased identities", f"collection {each.code}", f"{len(each.responses)}, kept until {each.until}")
    return len(each.responses)


#: SQLite takes only so many values in one statement.
BATCH = 500


def keep_until(collection: Collection, until: datetime.date | None, who: str, why: str) -> None:
    """Set the last day on which identities of a collection are kept; None keeps them until they are erased by hand."""
    collection.identities_until = until
    record(who, "set how long identities are kept", f"collection {collection.code}", f"{until or 'no date'}: {why}")
