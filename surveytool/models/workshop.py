"""Workshops, the cards with linking codes handed out there, and decisions about whose forms belong together."""

import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Model, Moment, now

if TYPE_CHECKING:
    from surveytool.models.account import User

WAVES = ("pre", "post", "follow-up")
AUDIENCES = ("government", "ngo")


class Workshop(Model):
    """One training; each of its waves is a collection that names it."""

    __tablename__ = "workshops"
    __table_args__ = (
        CheckConstraint(f"audience IN ({', '.join(repr(audience) for audience in AUDIENCES)})", name="audience"),
        CheckConstraint("linking IN ('cards', 'self')", name="linking"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What staff call it, in addresses and commands.
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    topic: Mapped[str] = mapped_column(String(200), default="")
    #: The code of a country, as the questionnaires' country items have it.
    country: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_on: Mapped[datetime.date] = mapped_column(Date)
    ends_on: Mapped[datetime.date] = mapped_column(Date)
    #: Tags of its languages, separated by spaces.
    languages: Mapped[str] = mapped_column(String(60))
    audience: Mapped[str] = mapped_column(String(20))
    #: Whether people link their forms by a card handed out, or by a code they make of themselves.
    linking: Mapped[str] = mapped_column(String(10))
    #: Whether the wave after also asks what people could do before, looking back.
    retrospective: Mapped[bool] = mapped_column(default=False)
    #: The competency named beforehand as the one that matters most, or "" for the mean of all.
    main: Mapped[str] = mapped_column(String(80), default="")
    #: The questionnaire as this workshop asks it: the structure, and the words by language.
    structure: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    wordings: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON, deferred=True)
    #: Whose workshop it is; none where it was made from the command line.
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    made_by: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: "" for real answers; as a collection's otherwise.
    synthetic: Mapped[str] = mapped_column(String(20), default="")

    trainer: Mapped["User | None"] = relationship()


class LinkingCard(Model):
    """One linking code that was printed for a workshop; nothing says who got it."""

    __tablename__ = "linking_cards"
    __table_args__ = (UniqueConstraint("workshop_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshops.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(20))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)


class LinkDecision(Model):
    """A trainer's decision that two forms are one person's, or are not; withdrawn rather than deleted."""

    __tablename__ = "link_decisions"
    __table_args__ = (CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshops.id", ondelete="CASCADE"), index=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    joined: Mapped[bool]
    #: How alike their codes are, from 0 to 1, as it was shown when it was decided.
    score: Mapped[float | None]
    why: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    withdrawn_by: Mapped[str | None] = mapped_column(String(255))
    withdrawn_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    withdrawn_why: Mapped[str | None] = mapped_column(Text)
