"""Long work that a person asked for and may leave: how far it is, and what came of it."""

import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import EncryptedBytes, Model, Moment, now


class Task(Model):
    """One piece of long work."""

    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What it does, such as "report".
    kind: Mapped[str] = mapped_column(String(40))
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"), index=True)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    asked_by: Mapped[str] = mapped_column(String(255))
    asked_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: How many steps are done, of how many.
    done: Mapped[int] = mapped_column(default=0)
    steps: Mapped[int] = mapped_column(default=0)
    #: When its worker was last seen at it; one not seen for long has died.
    seen_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    #: Why it failed, in one line for the person who asked; "" while it has not.
    error: Mapped[str] = mapped_column(Text, default="")
    #: What came of it: the name and kind of the file, or what to show.
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: The file, encrypted, since it may quote answers.
    content: Mapped[bytes | None] = mapped_column(EncryptedBytes, deferred=True)
