"""What stays of a form that its sender withdrew: where and when, nothing of what it said."""

import datetime

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Model


class Withdrawal(Model):
    """One withdrawn form."""

    __tablename__ = "withdrawals"

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"), index=True)
    #: The code of the questionnaire's country item, or "".
    country: Mapped[str] = mapped_column(String(40), default="")
    #: The day it was withdrawn, in UTC.
    day: Mapped[datetime.date] = mapped_column(Date)
    #: Keyed digest of the random identifier it was sent under: a page sent again must not bring it back.
    submission_digest: Mapped[str] = mapped_column(String(64), index=True)
