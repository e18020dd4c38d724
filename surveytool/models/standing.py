"""What counts now: one derived row for each variable of each response, remade whenever a judgement changes."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Model


class Standing(Model):
    """The state and code that count now, with what results are filtered by beside them."""

    __tablename__ = "standing"

    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True)
    variable: Mapped[str] = mapped_column(String(80), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    #: As of an answer, or invalid (judged so), or excluded (its form is).
    state: Mapped[str] = mapped_column(String(14))
    code: Mapped[str | None] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))

    # Results are counted from this index alone, without touching the table; who answered stands last, so that two
    # items, organisations and forms can be counted from it too. SQLite keeps the rows in the order of their key.
    __table_args__ = (
        Index("ix_standing_counts", "collection_id", "variable", "state", "code", "country", "language", "response_id"),
        {"sqlite_with_rowid": False},
    )
