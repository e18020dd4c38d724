"""What the pages of scans ask of the database."""

from collections.abc import Sequence

from sqlalchemy import select

from surveytool.evaluate.common import LARGEST_ID
from surveytool.models import Attachment, Entry, Response, db


def entry(collection_id: int, submission: str, clerk: str) -> Entry | None:
    """Find a begun form of a collection among those of one clerk."""
    mine = (Entry.collection_id == collection_id, Entry.submission == submission, Entry.clerk == clerk)
    return db.session.scalar(select(Entry).where(*mine)) if submission.isprintable() else None


def response(collection_id: int, response_id: int) -> Response | None:
    """Find one form of a collection."""
    if response_id > LARGEST_ID:
        return None
    here = (Response.collection_id == collection_id, Response.id == response_id)
    return db.session.scalar(select(Response).where(*here))


def of_entry(entry_id: int) -> Sequence[Attachment]:
    """List the scans of a form being typed, in the order they were attached, without their content."""
    return db.session.scalars(select(Attachment).where(Attachment.entry_id == entry_id).order_by(Attachment.id)).all()


def of_response(response_id: int) -> Sequence[Attachment]:
    """List the scans of a kept form, in the order they were attached, without their content."""
    of_it = select(Attachment).where(Attachment.response_id == response_id)
    return db.session.scalars(of_it.order_by(Attachment.id)).all()
