"""Frozen reports: what was reported at one moment, with all that its figures can be counted from again."""

import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import EncryptedBytes, Model, Moment, now
from surveytool.models.collection import Collection


class Report(Model):
    """One frozen report; never computed again, only verified."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    #: What was chosen: filter, as received or valid or as of when, order.
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: Digest of the bundle's content.
    digest: Mapped[str] = mapped_column(String(64))
    #: De-identified data, plan and figures, as one ZIP file, encrypted.
    bundle: Mapped[bytes] = mapped_column(EncryptedBytes, deferred=True)

    collection: Mapped[Collection] = relationship()
