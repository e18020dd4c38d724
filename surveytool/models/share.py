"""Share links: tables frozen for readers outside the evaluation team, behind a random address."""

import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Model, Moment, now
from surveytool.models.collection import Collection


class Share(Model):
    """One link: what it shows never changes; it can be revoked, and expires."""

    __tablename__ = "shares"

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"), index=True)
    #: Digest of the random word in the address; the word itself is shown once, when the link is made.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    #: For whom it was made, and why.
    reason: Mapped[str] = mapped_column(String(500))
    #: The tables as readers see them, small cells already taken out.
    tables: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Counts below this were withheld.
    threshold: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime.datetime] = mapped_column(Moment)
    revoked_by: Mapped[str | None] = mapped_column(String(255))
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(Moment)

    collection: Mapped[Collection] = relationship()
