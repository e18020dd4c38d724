"""Code frames, their codes, and the codings of verbatims."""

import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Model, Moment, now


class CodeFrame(Model):
    """The codes that verbatims of a collection are sorted into."""

    __tablename__ = "code_frames"
    __table_args__ = (UniqueConstraint("collection_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    #: The name by which items of the questionnaire refer to it.
    name: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(200))

    codes: Mapped[list["Code"]] = relationship(order_by="Code.id", cascade="all, delete-orphan")


class Code(Model):
    """One entry of a code frame; under a parent it is counted there in tables, and by itself in concentration."""

    __tablename__ = "codes"
    __table_args__ = (UniqueConstraint("frame_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("code_frames.id"))
    name: Mapped[str] = mapped_column(String(120))
    label: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("codes.id"))


class Coding(Model):
    """One code given to one verbatim; a verbatim may have several."""

    __tablename__ = "codings"
    # What was coded, and how, is counted from this index alone.
    __table_args__ = (Index("ix_codings_response_variable", "response_id", "variable", "withdrawn_at", "code_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))
    variable: Mapped[str] = mapped_column(String(80))
    code_id: Mapped[int] = mapped_column(ForeignKey("codes.id"), index=True)
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    withdrawn_by: Mapped[str | None] = mapped_column(String(120))
    withdrawn_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    #: Why it was given and why taken, where the person said so.
    why: Mapped[str] = mapped_column(Text, default="")
    withdrawn_why: Mapped[str] = mapped_column(Text, default="")

    code: Mapped[Code] = relationship()


class BlindCoding(Model):
    """One code that a second coder gave to one verbatim without seeing the first's; it is in no tally."""

    __tablename__ = "blind_codings"
    __table_args__ = (Index("ix_blind_codings_response_variable", "response_id", "variable"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))
    variable: Mapped[str] = mapped_column(String(80))
    #: None: looked at, and no code applies.
    code_id: Mapped[int | None] = mapped_column(ForeignKey("codes.id"), index=True)
    coder: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: When the coder changed it, before the verbatim was settled.
    withdrawn_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    #: When a disagreement with the first coder was settled: agreement is about what stood before.
    settled_by: Mapped[str | None] = mapped_column(String(255))
    settled_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
