"""Judgements: what rules and people decided about forms and answers, kept beside them and never in them."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Model, Moment, now

EFFECTS = ("exclude form", "exclude answer", "exclude item", "caution", "flag")


class Judgement(Model):
    """One decision: who, when, about what, to what effect and why; withdrawn rather than deleted."""

    __tablename__ = "judgements"
    __table_args__ = (
        CheckConstraint(
            "effect IN ('exclude form', 'exclude answer', 'exclude item', 'caution', 'flag')", name="effect"
        ),
        # An item is excluded for the whole collection; everything else is about one response.
        CheckConstraint("(effect = 'exclude item') = (response_id IS NULL)", name="about"),
        CheckConstraint("variable IS NOT NULL OR effect NOT IN ('exclude answer', 'exclude item')", name="of_what"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        # Results as of a moment, and what a person decided at once.
        Index("ix_judgements_collection_made", "collection_id", "made_at"),
        Index("ix_judgements_collection_effect", "collection_id", "effect"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    response_id: Mapped[int | None] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    #: The variable spoken of; none for a whole form.
    variable: Mapped[str | None] = mapped_column(String(80))
    effect: Mapped[str] = mapped_column(String(20))
    #: The form that this one is a duplicate of, where it is excluded for that.
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("responses.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    #: The id of the rule that made it; none when a person did.
    rule: Mapped[str | None] = mapped_column(String(80))
    #: The person who made it, or "rule".
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    withdrawn_by: Mapped[str | None] = mapped_column(String(120))
    withdrawn_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    withdrawn_why: Mapped[str | None] = mapped_column(Text)
