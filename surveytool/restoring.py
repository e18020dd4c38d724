"""Puts a backup back: into a database of its own first, where it is checked, and only then in the place of another."""

import datetime
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade as migrate
from sqlalchemy import Connection, Table, delete, insert, select, text, update

from surveytool import audit_log, backups, identities, verifying, withdrawals
from surveytool.app import create_app
from surveytool.audit_log import COMMAND_LINE, record
from surveytool.backups import BackupError, Manifest
from surveytool.identities import ERASED
from surveytool.models import LogEntry, Response, Withdrawal, db
from surveytool.models.base import now, writing
from surveytool.serving import let_go, upgrade
from surveytool.settings import DATABASE, SettingsError, write_secrets

#: What the database or the secrets that are replaced are kept under, beside them.
KEPT = "before-restore"


@dataclass(frozen=True)
class Restored:
    """What was put back, where the former state is kept (None: nothing was), what was forgotten since and is again."""

    manifest: Manifest
    former: Path | None
    withdrawn: int
    erased: int


@dataclass(frozen=True)
class _Forgotten:
    """What was withdrawn and erased on the instance since the backup was made, and must not come back with it."""

    #: Days of withdrawals by the digest of the form's identifier.
    withdrawn: Mapping[str, datetime.date]
    #: Responses whose identity was erased.
    erased: Sequence[int]


def restore(file: Path, instance: Path, *, secrets: Mapping[str, Any] | None = None) -> Restored:
    """Put a backup in the place of what an instance holds.

    What was withdrawn or erased by receipt on this instance since the backup was made is withdrawn or erased again.

    `secrets` are those of the instance it was made on, for a backup that was made without them; or else the ones in
    place serve. What was there is kept as a backup in the instance folder, unless nothing was. Raises BackupError, and
    then the instance is as it was.
    """
    with backups.opened(file) as (archive, manifest, within):
        chosen = within or secrets or _secrets_in_place(instance)
        if chosen is None or not manifest.is_sealed(str(chosen.get("AUDIT_KEY"))):
            fault = f"{file} holds no secrets, and those of this instance did not seal it or it was changed since"
            raise BackupError(f"{fault}; name the right ones with --secrets. Nothing was put back.")
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=instance) as folder:
            staged = _stage(archive, manifest, chosen, Path(folder))
            return _replace(staged, instance, chosen, manifest)


def _secrets_in_place(instance: Path) -> dict[str, Any] | None:
    file = instance / "secrets.json"
    return _app(instance).config if file.exists() else None


# A database of its own ------------------------------------------------------------------------------------------------


def _stage(archive: ZipFile, manifest: Manifest, secrets: Mapping[str, Any], folder: Path) -> Flask:
    """Return an application on a fresh database that holds the backup, brought up to date and found whole."""
    write_secrets(folder / "secrets.json", {name: secrets[name] for name in backups.SECRET_NAMES if name in secrets})
    app = _app(folder, SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / DATABASE}")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        try:
            if manifest.revision not in _revisions(app):
                raise BackupError(f"The backup was made by a newer version ({manifest.version}). Nothing was put back.")
            migrate(revision=manifest.revision)
            with db.engine.begin() as connection:
                _begin(connection)
                _fill(connection, lambda table: _rows_of(archive, manifest, table))
            upgrade(app)
            if fault := next(verifying.faults(), None):
                raise BackupError(f"What the backup holds is not whole: {fault} Nothing was put back.")
        finally:
            let_go()
    return app


def _revisions(app: Flask) -> set[str]:
    config = app.extensions["migrate"].migrate.get_config()
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _rows_of(archive: ZipFile, manifest: Manifest, table: Table) -> Iterator[dict[str, Any]]:
    if table.name not in manifest.tables:
        raise BackupError(f"The backup lacks the table '{table.name}'. Nothing was put back.")
    columns = manifest.tables[table.name].columns
    with archive.open(f"tables/{table.name}.jsonl") as lines:
        for line in lines:
            yield dict(zip(columns, map(backups.from_json, backups.read_line(line)), strict=True))


# In the place of the other --------------------------------------------------------------------------------------------


def _replace(staged: Flask, instance: Path, secrets: Mapping[str, Any], manifest: Manifest) -> Restored:
    """Copy a staged database over the instance's in one transaction."""
    secrets_file = instance / "secrets.json"
    wanted = {name: secrets[name] for name in backups.SECRET_NAMES if name in secrets}
    try:
        app = _app(instance)
    except SettingsError:
        # The secrets in place are missing or damaged, and with them the way in; the backup's are the way back.
        write_secrets(secrets_file, wanted)
        app = _app(instance)
    with app.app_context():
        try:
            migrate()
            former = _keep_former(instance)
            ended, forgotten = audit_log.head(), _forgotten(manifest)
            _copy(staged)
        finally:
            let_go()
    if {name: app.config[name] for name in wanted} != wanted:
        os.replace(secrets_file, secrets_file.with_name(f"secrets.json.{KEPT}"))
        write_secrets(secrets_file, wanted)
    withdrawn, erased = _finish(instance, manifest, ended, forgotten)
    return Restored(manifest, former, withdrawn, erased)


def _keep_former(instance: Path) -> Path | None:
    """Keep what is about to be replaced as a backup, unless there is nothing."""
    with db.engine.connect() as connection:
        held = any(connection.execute(select(table).limit(1)).first() for table in backups.tables(connection))
    if not held:
        return None
    file = instance / f"{KEPT}-{now():%Y%m%dT%H%M%S}.backup"
    backups.make(file)
    return file


def _copy(staged: Flask) -> None:
    """Put all rows of the staged database into the present one, in the place of what is there, or change nothing."""
    with staged.app_context():
        source = db.engine
    with writing(), db.engine.begin() as connection, source.connect() as reading:
        _begin(connection)
        for table in reversed(backups.tables(connection)):
            _empty(connection, table)
        held = {table.name: table for table in backups.tables(reading)}
        _fill(connection, lambda table: _rows_in(reading, held[table.name]))


def _rows_in(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    for row in connection.execute(backups.ordered(table)).yield_per(backups.BATCH).mappings():
        yield dict(row)


def _begin(connection: Connection) -> None:
    """Begin the transaction where Python's driver would wait until something is written; let references be late."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")


def _empty(connection: Connection, table: Table) -> None:
    for column in _to_itself(table):
        connection.execute(update(table).values({column: None}))
    connection.execute(delete(table))


def _fill(connection: Connection, rows_of: Any) -> None:
    """Put rows into every table, those referred to first; a row may refer to a later one of its own table."""
    for table in backups.tables(connection):
        own = _to_itself(table)
        later: list[dict[str, Any]] = []
        highest = 0
        rows = iter(rows_of(table))
        while batch := list(islice(rows, backups.BATCH)):
            later += [dict(row) for row in batch if any(row[name] is not None for name in own)]
            connection.execute(insert(table), [row | dict.fromkeys(own) for row in batch])
            highest = max(highest, *(row.get("id") or 0 for row in batch))
        for row in later:
            same = [column == row[column.name] for column in table.primary_key.columns]
            connection.execute(update(table).where(*same).values({name: row[name] for name in own}))
        _count_on(connection, table, highest)


def _to_itself(table: Table) -> list[str]:
    """Return the columns by which rows of a table refer to rows of the same table."""
    keys = [element for key in table.foreign_key_constraints for element in key.elements if key.referred_table is table]
    return [element.parent.name for element in keys]


def _count_on(connection: Connection, table: Table, highest: int) -> None:
    """Let PostgreSQL number new rows after those there are; SQLite does so by itself."""
    if connection.dialect.name == "postgresql" and "id" in table.columns and highest:
        sequence = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table.name}
        ).scalar_one()
        if sequence:
            connection.execute(text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})


def _forgotten(manifest: Manifest) -> _Forgotten:
    """Read what was forgotten since a backup was made; names erased only from a log that goes on from the backup's."""
    withdrawn = {each.submission_digest: each.day for each in db.session.scalars(select(Withdrawal))}
    then = db.session.get(LogEntry, manifest.audit_log["count"])
    if then is None or then.seal != manifest.audit_log["seal"]:
        return _Forgotten(withdrawn, ())
    since = select(LogEntry.about).where(LogEntry.number > then.number, LogEntry.what == ERASED)
    return _Forgotten(withdrawn, [int(about.split()[-1]) for about in db.session.scalars(since)])


def _finish(instance: Path, manifest: Manifest, ended: audit_log.Head, forgotten: _Forgotten) -> tuple[int, int]:
    """Forget again what was forgotten, and write into the log what was done; return how much was forgotten."""
    app = _app(instance)
    with app.app_context():
        try:
            with writing():
                why = f"made {manifest.made_at}; the log it replaced had {ended.count} entries, {ended.seal[:16]}"
                record(COMMAND_LINE, "restored a backup", "", why)
                counts = _withdraw_again(forgotten.withdrawn), _erase_again(forgotten.erased)
                db.session.commit()
            withdrawals.overwrite()
            return counts
        finally:
            let_go()


AGAIN = "It had been before the backup was restored."


def _withdraw_again(days: Mapping[str, datetime.date]) -> int:
    count = 0
    for response in db.session.scalars(select(Response).where(Response.supersedes_id.is_(None))) if days else ():
        digest = withdrawals.submission_digest(response.collection_id, response.submission)
        if digest in days and withdrawals.withdraw(response, COMMAND_LINE, AGAIN):
            tombstone = update(Withdrawal).where(Withdrawal.submission_digest == digest)
            db.session.execute(tombstone.values(day=days[digest]))
            count += 1
    return count


def _erase_again(ids: Sequence[int]) -> int:
    found = [response for id_ in ids if (response := db.session.get(Response, id_))]
    return sum(identities.erase(response, COMMAND_LINE, AGAIN) for response in found)


def _app(folder: Path, **overrides: Any) -> Flask:
    """Return an application whose secrets and database may not belong together: that is what is being mended."""
    return create_app(folder, SECRETS_CHECKED=False, **overrides)
