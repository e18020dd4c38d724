"""What was shared outside the evaluation team: frozen, protected tables behind a link that ends."""

import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Encrypted, Model, Moment, now
from surveytool.models.collection import Collection


class Share(Model):
    """One link, and the tables it shows; they are never computed again."""

    __tablename__ = "shares"

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"), index=True)
    #: Digest of the random word in its address, which is shown once and kept nowhere.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    #: For whom it was made, in the evaluator's words.
    audience: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime.datetime] = mapped_column(Moment)
    revoked_by: Mapped[str | None] = mapped_column(String(255))
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    #: What it shows: counts by item and code, those that are withheld marked so.
    tables: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    #: The counts behind it before protection, encrypted: later tables must not be subtracted from these.
    counts: Mapped[dict[str, Any]] = mapped_column(Encrypted, deferred=True)

    collection: Mapped[Collection] = relationship()
