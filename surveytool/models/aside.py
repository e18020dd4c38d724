"""What could not be accepted and was kept aside for a person to look at."""

import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Encrypted, Model, Moment, now


class SetAside(Model):
    """One submission kept aside, whole and encrypted, since it may hold names."""

    __tablename__ = "set_aside"
    # The same form sent twice is kept once; the digest tells another content under the same identifier.
    __table_args__ = (UniqueConstraint("collection_id", "submission", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    submission: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    mode: Mapped[str] = mapped_column(String(10))
    #: Digest of the wording it was filled in in, where it was known; and what the device said of itself.
    wording: Mapped[str] = mapped_column(String(16), default="")
    device: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    seconds: Mapped[int | None]
    received_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    sent: Mapped[dict[str, Any]] = mapped_column(Encrypted)
