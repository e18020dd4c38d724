"""What the administrators' pages ask of the database."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from surveytool.models import Collection, Grant, LogEntry, User, db


def accounts() -> Sequence[User]:
    """List all accounts with their roles, by address."""
    loaded = select(User).options(selectinload(User.roles).joinedload(Grant.collection)).order_by(User.email)
    return db.session.scalars(loaded).all()


def account(id_: int) -> User | None:
    """Find an account by its number."""
    return db.session.get(User, id_)


def collections() -> Sequence[Collection]:
    """List all collections, by code."""
    return db.session.scalars(select(Collection).order_by(Collection.code)).all()


def entries(page: int, size: int, what: str = "") -> tuple[Sequence[LogEntry], bool]:
    """Return one page of the audit log, newest first, of one kind or of all, and whether there are older entries."""
    wanted = select(LogEntry).where(LogEntry.what == what) if what else select(LogEntry)
    shown = wanted.order_by(LogEntry.number.desc()).offset((page - 1) * size).limit(size + 1)
    found = db.session.scalars(shown).all()
    return found[:size], len(found) > size


def kinds() -> list[str]:
    """List what the audit log tells of."""
    return list(db.session.scalars(select(LogEntry.what).distinct().order_by(LogEntry.what)))
