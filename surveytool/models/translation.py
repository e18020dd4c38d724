"""Translations of answers in words: added beside the answer, approved by a second reader, replaced but never edited."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Model, Moment, now


class Translation(Model):
    """One translation of one verbatim, made from the words that `source` is the digest of."""

    __tablename__ = "translations"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved"),
        Index("ix_translations_response_variable", "response_id", "variable"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))
    variable: Mapped[str] = mapped_column(String(80))
    #: The language translated into.
    language: Mapped[str] = mapped_column(String(8), default="en")
    text: Mapped[str] = mapped_column(Text)
    #: Digest of the words it was made from: when these are others, it is stale.
    source: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: The second reader, never who made it.
    approved_by: Mapped[str | None] = mapped_column(String(255))
    approved_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    #: Replaced by another, or taken back.
    withdrawn_by: Mapped[str | None] = mapped_column(String(255))
    withdrawn_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
