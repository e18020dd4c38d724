"""Forms that came on paper or by e-mail: what a clerk has typed so far, and scans of what came."""

import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Encrypted, Model, Moment, now


class Entry(Model):
    """One form that a clerk has begun to type and not yet handed in; gone once it is kept as a response."""

    __tablename__ = "entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"), index=True)
    #: The identifier it will be kept under, so that it is kept once.
    submission: Mapped[str] = mapped_column(String(120), unique=True)
    #: The account of the clerk.
    clerk: Mapped[str] = mapped_column(String(255), index=True)
    language: Mapped[str] = mapped_column(String(8))
    #: paper or e-mail.
    mode: Mapped[str] = mapped_column(String(10))
    #: The date on the paper or the message, and the serial number printed on the paper, as far as they are known.
    filled_on: Mapped[datetime.date | None] = mapped_column(Date)
    serial: Mapped[str] = mapped_column(String(20), default="")
    started_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: What has been typed, by field; encrypted, since it may hold names.
    sent: Mapped[dict[str, Any]] = mapped_column(Encrypted)

    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id")


class Attachment(Model):
    """A scan or photo of a form. It shows handwriting and names, so it is kept, shown and erased as identities are."""

    __tablename__ = "attachments"
    # A scan belongs to a form being typed, or to the response it became.
    __table_args__ = (CheckConstraint("(entry_id IS NULL) != (response_id IS NULL)", name="of_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), index=True)
    response_id: Mapped[int | None] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    #: What kind of file it was found to be, such as image/jpeg; never what the browser called it.
    media_type: Mapped[str] = mapped_column(String(40))
    #: In bytes, before encryption.
    size: Mapped[int]
    added_by: Mapped[str] = mapped_column(String(255))
    added_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: The file, encrypted with the identity keys.
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
