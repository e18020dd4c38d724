"""The audit log: who did what, when and why; ids and reasons, never answers. Rows are only ever added."""

import datetime

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Model, Moment


class LogEntry(Model):
    """One deed. Each entry's seal is made over itself and the seal before it."""

    __tablename__ = "audit_log"

    #: 1, 2, 3 … without a gap.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime.datetime] = mapped_column(Moment)
    #: The account's e-mail address, "rule", or "command line".
    who: Mapped[str] = mapped_column(String(255))
    what: Mapped[str] = mapped_column(String(40), index=True)
    #: What it was done to, by id or code, such as "response 12" or "collection demo".
    about: Mapped[str] = mapped_column(String(255))
    why: Mapped[str] = mapped_column(Text)
    seal: Mapped[str] = mapped_column(String(64))


class LogHead(Model):
    """How many entries there are and the last seal; its one row is also what writers wait for one another at."""

    __tablename__ = "audit_log_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))
