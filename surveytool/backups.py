"""Backups: everything an instance keeps in one file, made while it is served, and put back only when it is whole.

The file is a ZIP: `manifest.json`, one `tables/NAME.jsonl` for each table (a JSON array for each row, values as the
database holds them, so that what is encrypted stays so) and, unless left out, `secrets.json`. It belongs to no
particular database: one made on SQLite can be put back on PostgreSQL.
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from flask import current_app
from sqlalchemy import JSON, Connection, MetaData, Select, Table, column, select, table

from surveytool import __version__
from surveytool.audit_log import COMMAND_LINE, record
from surveytool.models import LogHead, db
from surveytool.models.base import now, writing
from surveytool.settings import SECRETS as SETTINGS_SECRETS

FORMAT = 1
MANIFEST, SECRETS = "manifest.json", "secrets.json"
#: Holds which revision of the tables a database has; it is made by the migrations and not copied.
REVISION = "alembic_version"
#: What is put into a backup, and back from it.
SECRET_NAMES = tuple(SETTINGS_SECRETS)
#: How many rows are read and written at a time.
BATCH = 2000


class BackupError(ValueError):
    """A backup cannot be made or put back; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Part:
    """One table in a backup: its columns, how many rows, and the digest of their file."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself; `seal` is an HMAC over the rest with the instance's audit key."""

    made_at: str
    version: str
    #: The revision of the tables.
    revision: str
    #: How the audit log ended: {"count", "seal"}.
    audit_log: Mapping[str, Any]
    tables: Mapping[str, Part]
    #: Digest over the digests of all tables: two backups with one digest hold the same.
    digest: str
    format: int = FORMAT
    seal: str = ""

    def sealed(self, key: str) -> "Manifest":
        """Return the manifest with its seal."""
        return replace(self, seal=self._seal(key))

    def is_sealed(self, key: str) -> bool:
        """Say whether the manifest was sealed with a key and not changed since."""
        return hmac.compare_digest(self.seal, self._seal(key))

    def _seal(self, key: str) -> str:
        message = json.dumps(asdict(self) | {"seal": ""}, sort_keys=True)
        return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


# Making ---------------------------------------------------------------------------------------------------------------


def make(file: Path, *, with_secrets: bool = True) -> Manifest:
    """Write a backup, readable to its owner alone, whole or not at all, while others read and write.

    Raises BackupError.
    """
    with writing():
        record(COMMAND_LINE, "made a backup", "", "with secrets" if with_secrets else "without secrets")
        db.session.commit()
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with _private(draft) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            with _snapshot() as connection:
                manifest = _write_tables(archive, connection)
            if with_secrets:
                archive.writestr(SECRETS, json.dumps({name: current_app.config[name] for name in SECRET_NAMES}))
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        draft.replace(file)
    except OSError as error:
        raise BackupError(f"The backup {file} cannot be written: {error.strerror or error}.") from None
    finally:
        draft.unlink(missing_ok=True)
    return manifest


@contextmanager
def _private(file: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w+b") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """Yield a connection that sees the database as it is at one moment, whatever others write meanwhile."""
    db.session.rollback()
    postgresql = db.engine.dialect.name == "postgresql"
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if postgresql else {}
    with db.engine.connect().execution_options(**options) as connection:
        # Python's driver begins a transaction of SQLite's only before it writes; the snapshot is of the first read.
        connection.exec_driver_sql("SET TRANSACTION READ ONLY" if postgresql else "BEGIN")
        yield connection
        connection.rollback()


def _write_tables(archive: zipfile.ZipFile, connection: Connection) -> Manifest:
    revision = connection.execute(select(table(REVISION, column("version_num")))).scalar_one()
    parts = {each.name: _write_table(archive, connection, each) for each in tables(connection)}
    ended = connection.execute(select(LogHead.count, LogHead.seal)).one()
    return Manifest(
        made_at=now().isoformat(timespec="seconds"),
        version=__version__,
        revision=revision,
        audit_log={"count": ended[0], "seal": ended[1]},
        tables=parts,
        digest=_digest(parts),
    ).sealed(current_app.config["AUDIT_KEY"])


def _write_table(archive: zipfile.ZipFile, connection: Connection, of: Table) -> Part:
    sha256, count = hashlib.sha256(), 0
    with archive.open(f"tables/{of.name}.jsonl", "w", force_zip64=True) as out:
        for rows in connection.execute(ordered(of)).yield_per(BATCH).partitions():
            lines = "".join(json.dumps([_as_json(v) for v in row], ensure_ascii=False) + "\n" for row in rows).encode()
            out.write(lines)
            sha256.update(lines)
            count += len(rows)
    return Part(tuple(each.name for each in of.columns), count, sha256.hexdigest())


def ordered(of: Table) -> Select[Any]:
    """Return the query for all rows of a table, in the order of their keys."""
    return select(of).order_by(*of.primary_key.columns)


def tables(connection: Connection) -> list[Table]:
    """Return the tables as the database has them, those referred to first.

    Read from the database, not from the models: values come as they are held, and earlier revisions can be read.
    """
    found = MetaData()
    found.reflect(connection)
    held = [each for each in found.sorted_tables if each.name != REVISION]
    for each in held:
        for type_ in (each_column.type for each_column in each.columns):
            if isinstance(type_, JSON):
                type_.none_as_null = True
    return held


def _digest(parts: Mapping[str, Part]) -> str:
    """Return one digest over what is kept; the audit log, to which every backup adds an entry, has its own."""
    lines = [f"{name} {part.rows} {part.sha256}" for name, part in sorted(parts.items()) if name not in LOG]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


LOG = ("audit_log", "audit_log_head")


def _as_json(value: Any) -> Any:
    """Return a value for JSON; what JSON has no form for is marked with its kind."""
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime.datetime):
        return {"moment": value.isoformat(timespec="microseconds")}
    if isinstance(value, datetime.date):
        return {"date": value.isoformat()}
    return {"json": value} if isinstance(value, dict | list) else value


def read_line(line: bytes) -> list[Any]:
    """Return the values of one row as they stand in a backup."""
    values: list[Any] = json.loads(line)
    return values


def from_json(value: Any) -> Any:
    """Return what a value in a backup stands for."""
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    return _READ[kind](held)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "bytes": base64.b64decode,
    "moment": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "json": lambda held: held,
}


# Reading and checking -------------------------------------------------------------------------------------------------


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest, dict[str, Any] | None]]:
    """Yield a backup whose every part has been read and fits its digest: archive, manifest, secrets if it has them.

    Raises BackupError for a file that is none, is damaged or cut short, or is of a kind not known here.
    """
    try:
        archive = zipfile.ZipFile(file)
    except OSError as error:
        raise BackupError(f"The backup {file} cannot be read: {error.strerror or error}.") from None
    except zipfile.BadZipFile:
        raise BackupError(f"{file} is no backup of surveytool, or is cut short; nothing was put back.") from None
    with archive:
        try:
            manifest, secrets = _checked(archive)
        except BackupError:
            raise
        # Whatever is wrong with a file that anyone may have touched, it is not put back.
        except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError):
            raise BackupError(f"{file} is damaged; nothing was put back.") from None
        yield archive, manifest, secrets


def _checked(archive: zipfile.ZipFile) -> tuple[Manifest, dict[str, Any] | None]:
    manifest = _read_manifest(archive)
    _check_parts(archive, manifest)
    if SECRETS not in archive.namelist():
        return manifest, None
    secrets: dict[str, Any] = json.loads(archive.read(SECRETS))
    if not manifest.is_sealed(str(secrets.get("AUDIT_KEY"))):
        raise BackupError("The backup was changed after it was made; nothing was put back.")
    return manifest, secrets


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    read = json.loads(archive.read(MANIFEST))
    if read.get("format") != FORMAT:
        raise BackupError("The backup is of a format that this version does not know; nothing was put back.")
    parts = {name: Part(tuple(part["columns"]), part["rows"], part["sha256"]) for name, part in read["tables"].items()}
    return Manifest(**read | {"tables": parts})


def _check_parts(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    named = {f"tables/{name}.jsonl" for name in manifest.tables}
    if named != {name for name in archive.namelist() if name not in (MANIFEST, SECRETS)}:
        raise BackupError("The backup does not hold the tables it names; nothing was put back.")
    for name, part in manifest.tables.items():
        sha256, rows = hashlib.sha256(), 0
        with archive.open(f"tables/{name}.jsonl") as lines:
            for line in lines:
                sha256.update(line)
                rows += 1
        if (sha256.hexdigest(), rows) != (part.sha256, part.rows):
            raise BackupError(f"The table '{name}' in the backup is not as it was written; nothing was put back.")
    if manifest.digest != _digest(manifest.tables):
        raise BackupError("The backup's parts do not fit together; nothing was put back.")
