"""The register of organisations: which there are, which a collection asked, and which one a form is from."""

import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Model, Moment, now

KINDS = ("government", "ngo", "ingo", "un", "other")


class Organisation(Model):
    """One organisation of the register."""

    __tablename__ = "organisations"
    __table_args__ = (
        UniqueConstraint("name", "country"),
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    #: The code of a country, as the questionnaire's country item has it, or "" for one that works in several.
    country: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(20))
    #: Whether the project works with it directly.
    direct_partner: Mapped[bool]
    #: What else it is called, in any script.
    other_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    added_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)


class Invitation(Model):
    """One organisation that a collection asked; a collection without any asked the whole register."""

    __tablename__ = "invitations"

    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)


class Affiliation(Model):
    """The decision that a form is from an organisation; withdrawn rather than deleted, at most one stands."""

    __tablename__ = "affiliations"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        # Which organisation a form is from now, from this index alone.
        Index("ix_affiliations_response_now", "response_id", "withdrawn_at", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    #: The id of the rule that made it; none when a person did.
    rule: Mapped[str | None] = mapped_column(String(80))
    made_by: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    withdrawn_by: Mapped[str | None] = mapped_column(String(255))
    withdrawn_at: Mapped[datetime.datetime | None] = mapped_column(Moment)

    organisation: Mapped[Organisation] = relationship()
