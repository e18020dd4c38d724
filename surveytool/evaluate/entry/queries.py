"""What the clerks' pages ask of the database."""

import datetime
from collections.abc import Sequence

from sqlalchemy import select

from surveytool.models import Attachment, Entry, Response, db


def entry(collection_id: int, submission: str, clerk: str) -> Entry | None:
    """Find a begun form of a collection among those of one clerk."""
    found = anyones_entry(collection_id, submission)
    return found if found is not None and found.clerk == clerk else None


def anyones_entry(collection_id: int, submission: str) -> Entry | None:
    """Find a begun form of a collection, whoever began it."""
    if not submission.isprintable():  # PostgreSQL cannot even be asked about a NUL
        return None
    return db.session.scalar(select(Entry).where(Entry.collection_id == collection_id, Entry.submission == submission))


def entries(collection_id: int) -> Sequence[Entry]:
    """List the begun forms of a collection, oldest first."""
    return db.session.scalars(select(Entry).where(Entry.collection_id == collection_id).order_by(Entry.id)).all()


def typed_forms(collection_id: int, clerk: str, limit: int) -> Sequence[Response]:
    """List the forms that a clerk typed for a collection, newest first."""
    mine = select(Response).where(Response.collection_id == collection_id, Response.typed_by == clerk)
    return db.session.scalars(mine.order_by(Response.id.desc()).limit(limit)).all()


def typed_since(collection_id: int, clerk: str, moment: datetime.datetime) -> int:
    """Return how many forms a clerk has typed for a collection since a moment."""
    mine = (Response.collection_id == collection_id, Response.typed_by == clerk, Response.received_at >= moment)
    return len(db.session.scalars(select(Response.id).where(*mine)).all())


def kept(collection_id: int, submission: str) -> Response | None:
    """Find the form that was kept under an identifier."""
    return db.session.scalar(
        select(Response).where(
            Response.collection_id == collection_id, Response.submission == submission, Response.typed_by != ""
        )
    )


def of_serial(collection_id: int, serial: str) -> Sequence[Response]:
    """List the forms of a collection that bear a serial number."""
    if not serial:
        return []
    same = select(Response).where(Response.collection_id == collection_id, Response.serial == serial)
    return db.session.scalars(same.order_by(Response.id)).all()


def scans_of(response_id: int) -> Sequence[int]:
    """List the scans of a form, by id."""
    return db.session.scalars(select(Attachment.id).where(Attachment.response_id == response_id)).all()
