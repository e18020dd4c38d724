"""A response and its answers, as they came. Neither is ever edited."""

import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Model, Moment, now
from surveytool.models.collection import Collection
from surveytool.models.questionnaire import QuestionnaireVersion, WordingRevision

#: What an answer row holds: a value, or one of three ways of having none.
STATES = ("value", "not_asked", "not_applicable", "no_answer")


class Response(Model):
    """One filled-in form."""

    __tablename__ = "responses"
    __table_args__ = (
        UniqueConstraint("collection_id", "submission"),
        # What the list of forms filters and counts by, without touching the table.
        Index("ix_responses_list", "collection_id", "country", "language", "mode", "received_at", "filled_on"),
        Index("ix_responses_linking", "collection_id", "linking"),
        # The corrections of a collection, without reading what was sent.
        Index("ix_responses_corrections", "collection_id", "supersedes_id"),
        # A withdrawn form's number is not given to another, which the audit log would take for it.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    #: The identifier made by the client: the same form sent twice carries the same one.
    submission: Mapped[str] = mapped_column(String(120))
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    wording_id: Mapped[int] = mapped_column(ForeignKey("wordings.id"))
    language: Mapped[str] = mapped_column(String(8))
    #: web, paper, e-mail or ODK.
    mode: Mapped[str] = mapped_column(String(10))
    #: pre, post or follow-up, where there are waves.
    wave: Mapped[str | None] = mapped_column(String(10))
    #: The code of the questionnaire's country item, or "".
    country: Mapped[str] = mapped_column(String(40), default="")
    #: The date on the paper or the message, where it came so and a clerk found one.
    filled_on: Mapped[datetime.date | None] = mapped_column(Date)
    #: The serial number printed on the paper form, or "".
    serial: Mapped[str] = mapped_column(String(20), default="")
    #: The account of who typed it in, or "" where the respondent sent it.
    typed_by: Mapped[str] = mapped_column(String(255), default="")
    #: The earlier form that this one corrects.
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("responses.id"), index=True)
    received_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: What the respondent can show: 16 digits and a check digit.
    receipt: Mapped[str] = mapped_column(String(17), unique=True)
    #: Digest of what was sent, to tell the same form again from another under the same identifier.
    digest: Mapped[str] = mapped_column(String(64))
    #: "" or "marked" (appears to be Zawgyi) or "converted" (was, and is Unicode now; `sent` has the original).
    zawgyi: Mapped[str] = mapped_column(String(10), default="")
    #: What ties one person's waves together: their linking code, folded, or "".
    linking: Mapped[str] = mapped_column(String(80), default="")
    #: How long the form was open on the device before it was sent, in seconds, where the device said so.
    seconds: Mapped[int | None]
    #: Clock, time zone and language of the device, where it said so.
    device: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What was sent, as sent, without what identifies a person.
    sent: Mapped[dict[str, Any]] = mapped_column(JSON)

    collection: Mapped[Collection] = relationship()
    version: Mapped[QuestionnaireVersion] = relationship()
    wording: Mapped[WordingRevision] = relationship()
    answers: Mapped[list["Answer"]] = relationship(cascade="all, delete-orphan")


class Answer(Model):
    """What a response holds for one variable: a value, or the reason why there is none."""

    __tablename__ = "answers"
    __table_args__ = (
        CheckConstraint("state IN ('value', 'not_asked', 'not_applicable', 'no_answer')", name="state"),
        CheckConstraint("(state = 'value') = (code IS NOT NULL OR text IS NOT NULL)", name="value_or_reason"),
    )

    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True)
    variable: Mapped[str] = mapped_column(String(80), primary_key=True)
    state: Mapped[str] = mapped_column(String(14))
    #: The code chosen, the number in its shortest form, or the year of a date.
    code: Mapped[str | None] = mapped_column(String(40))
    #: A verbatim, or a date as typed.
    text: Mapped[str | None] = mapped_column(Text)
    #: A date of the common era, as far as it was given: 2003, 2003-05 or 2003-05-19.
    date: Mapped[str | None] = mapped_column(String(10))
    #: How the year of a date was understood.
    understood: Mapped[str | None] = mapped_column(String(20))
