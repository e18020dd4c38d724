"""A collection: one occasion of asking, with its join code and the snapshots it serves."""

import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Encrypted, Model, Moment, now
from surveytool.models.questionnaire import QuestionnaireVersion, WordingRevision
from surveytool.models.workshop import WAVES, Workshop


class Collection(Model):
    """One occasion of asking: a meeting, an e-mailing, a workshop wave."""

    __tablename__ = "collections"
    __table_args__ = (
        UniqueConstraint("workshop_id", "wave"),
        CheckConstraint("(workshop_id IS NULL) = (wave IS NULL)", name="wave_of_workshop"),
        CheckConstraint(f"wave IN ({', '.join(repr(wave) for wave in WAVES)})", name="wave"),
        CheckConstraint("on_idle IN ('clear', 'seal')", name="on_idle"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What staff call it, in addresses and commands.
    code: Mapped[str] = mapped_column(String(40), unique=True)
    #: What is printed and spoken: the random word in the form's address.
    join_code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    #: Who asks, as respondents are told; "" until somebody says so.
    organiser: Mapped[str] = mapped_column(String(200), default="")
    #: Where and when people meet, if they do.
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_on: Mapped[datetime.date | None] = mapped_column(Date)
    ends_on: Mapped[datetime.date | None] = mapped_column(Date)
    #: Tags of the languages it is served in, separated by spaces; "" means all that the questionnaire has.
    offered: Mapped[str] = mapped_column(String(60), default="")
    #: The shipped questionnaire it asks.
    questionnaire_name: Mapped[str] = mapped_column(String(80))
    #: The snapshot served; set when it is first opened.
    version_id: Mapped[int | None] = mapped_column(ForeignKey("questionnaire_versions.id"))
    #: "" for real answers; "demonstration" for trying out; "reconstruction" for made-up forms.
    synthetic: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    opened_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    #: The last day on which names, positions and duty stations are kept; set when it is first opened.
    identities_until: Mapped[datetime.date | None] = mapped_column(Date)
    #: The time zone its moments are shown in, such as Asia/Bangkok.
    zone: Mapped[str] = mapped_column(String(40), default="UTC")
    #: What a shared tablet does with a form that is left alone for some minutes: clear it, or seal it.
    on_idle: Mapped[str] = mapped_column(String(10), default="seal")
    idle_minutes: Mapped[int] = mapped_column(default=10)
    #: The key that forms on a device are sealed with, and its secret half; "" and none until first opened.
    seal_public: Mapped[str] = mapped_column(Text, default="", deferred=True)
    seal_private: Mapped[dict[str, Any] | None] = mapped_column(Encrypted, deferred=True)
    #: The workshop it is a wave of, if it is.
    workshop_id: Mapped[int | None] = mapped_column(ForeignKey("workshops.id"), index=True)
    wave: Mapped[str | None] = mapped_column(String(10))

    version: Mapped[QuestionnaireVersion | None] = relationship()
    workshop: Mapped[Workshop | None] = relationship()
    wordings: Mapped[list["CollectionWording"]] = relationship(
        order_by="CollectionWording.position", cascade="all, delete-orphan"
    )

    @property
    def state(self) -> str:
        """Return "draft" (never opened), "open" or "closed"; derived from the dates."""
        if self.opened_at is None:
            return "draft"
        return "closed" if self.closed_at else "open"

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is served in, in the questionnaire's order."""
        chosen = self.offered.split()
        return tuple(served.language for served in self.wordings if not chosen or served.language in chosen)

    def revision(self, language: str) -> WordingRevision:
        """Return the wording in a language, offered or not: staff read English. Raises KeyError."""
        # Of one language alone: each that is looked at is read from the database.
        return {served.language: served for served in self.wordings}[language].revision


class CollectionWording(Model):
    """Which revision of the wording a collection uses in a language."""

    __tablename__ = "collection_wordings"

    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    wording_id: Mapped[int] = mapped_column(ForeignKey("wordings.id"))
    #: The language's place in the questionnaire's order.
    position: Mapped[int]

    revision: Mapped[WordingRevision] = relationship()
