"""A collection: one occasion of asking, with its join code and the snapshots it serves."""

import datetime

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Model, Moment, now
from surveytool.models.questionnaire import QuestionnaireVersion, WordingRevision


class Collection(Model):
    """One occasion of asking: a meeting, an e-mailing, a workshop wave."""

    __tablename__ = "collections"

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

    version: Mapped[QuestionnaireVersion | None] = relationship()
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
        return {served.language: served.revision for served in self.wordings}[language]


class CollectionWording(Model):
    """Which revision of the wording a collection uses in a language."""

    __tablename__ = "collection_wordings"

    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    wording_id: Mapped[int] = mapped_column(ForeignKey("wordings.id"))
    #: The language's place in the questionnaire's order.
    position: Mapped[int]

    revision: Mapped[WordingRevision] = relationship()
