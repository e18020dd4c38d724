"""The database handle, names for every constraint, and the column types that need care."""

import datetime
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, LargeBinary, MetaData, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class Base(DeclarativeBase):
    """The base of all tables; every key and check has a name, so that migrations can speak of it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# Nothing changes a row behind a request's back, so that what was read need not be read again after a commit.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


_one_writer = threading.Lock()


@contextmanager
def writing() -> Iterator[None]:
    """Let the threads of this process write one after another where the database takes one writer at a time.

    SQLite would make them sleep and try again, in growing steps and in no order; a lock wakes the next at once.
    """
    if db.engine.dialect.name == "sqlite":
        with _one_writer:
            yield
    else:
        yield


def now() -> datetime.datetime:
    """Return the present moment, in UTC."""
    return datetime.datetime.now(datetime.UTC)


class Moment(TypeDecorator[datetime.datetime]):
    """A moment in UTC; SQLite forgets time zones, so it is stored without and read back with one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Any) -> datetime.datetime | None:
        """Store the moment as UTC without its zone."""
        return value.astimezone(datetime.UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime.datetime | None, dialect: Any) -> datetime.datetime | None:
        """Read the moment back as UTC."""
        return value.replace(tzinfo=datetime.UTC) if value else None


class Encrypted(TypeDecorator[Any]):
    """JSON that is encrypted at rest with the application's identity keys (Fernet; the first key encrypts)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:
        """Encrypt what is stored."""
        return None if value is None else _fernet().encrypt(json.dumps(value, ensure_ascii=False).encode())

    def process_result_value(self, value: bytes | None, dialect: Any) -> Any:
        """Decrypt what was stored."""
        return None if value is None else json.loads(_fernet().decrypt(value))


class EncryptedBytes(TypeDecorator[bytes]):
    """Bytes that are encrypted at rest with the application's identity keys (Fernet; the first key encrypts)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Any) -> bytes | None:
        """Encrypt what is stored."""
        return None if value is None else encrypted(value)

    def process_result_value(self, value: bytes | None, dialect: Any) -> bytes | None:
        """Decrypt what was stored."""
        return None if value is None else decrypted(value)


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in current_app.config["IDENTITY_KEYS"]])


def encrypted(content: bytes) -> bytes:
    """Return bytes encrypted with the identity keys (Fernet; the first key encrypts)."""
    return _fernet().encrypt(content)


def decrypted(content: bytes) -> bytes:
    """Return what `encrypted` encrypted, under whichever of the keys."""
    return _fernet().decrypt(content)


@event.listens_for(Engine, "connect")
def _configure_sqlite(connection: Any, _record: Any) -> None:
    """Let an acknowledged form survive a crash, readers and the writer work side by side, what is erased be gone."""
    if not type(connection).__module__.startswith("sqlite3"):
        return
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
