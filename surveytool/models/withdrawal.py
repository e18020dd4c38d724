"""What stays of a form that its sender withdrew: that there was one, of which collection and country, on which day."""

import datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Model


class Withdrawal(Model):
    """The tombstone of one response; nothing in it leads back to a person or an answer."""

    __tablename__ = "withdrawals"
    __table_args__ = (Index("ix_withdrawals_submission", "collection_id", "submission_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    country: Mapped[str] = mapped_column(String(40))
    day: Mapped[datetime.date] = mapped_column(Date)
    #: Keyed digest of the random identifier it was sent under, so that a copy that a telephone sends late is not
    #: stored anew.
    submission_digest: Mapped[str] = mapped_column(String(64))
