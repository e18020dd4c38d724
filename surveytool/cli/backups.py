"""Commands that back an instance up, put it back, and say whether it is whole."""

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import DatabaseError

from surveytool.cli.common import fail, main, progress, with_app

FILE = click.Path(dir_okay=False, path_type=Path)
#: How many faults are listed.
LISTED = 50


@main.command()
@click.argument("file", type=FILE)
@click.option("--without-secrets", is_flag=True, help="Leave the keys out; names cannot be read without them.")
@with_app
def backup(app: Flask, file: Path, without_secrets: bool) -> None:
    """Write everything the instance keeps into FILE, while it is served. Whoever has FILE can read names.

    Example: surveytool backup 2026-11-26.backup
    """
    from surveytool import backups

    try:
        with progress("Writing the backup"):
            made = backups.make(file, with_secrets=not without_secrets)
    except backups.BackupError as error:
        fail(str(error))
    forms = made.tables["responses"].rows
    kept = "without the keys: keep secrets.json too" if without_secrets else "with the keys: keep it as safe as names"
    click.echo(f"{file} holds {forms} forms and {made.audit_log['count']} entries of the audit log, {kept}.")
    click.echo(f"Digest {made.digest}")


@main.command()
@click.argument("file", type=FILE)
@click.option("--secrets", type=FILE, help="The secrets.json it was made with, for a backup made without it.")
@click.pass_obj
def restore(instance: Path | None, file: Path, secrets: Path | None) -> None:
    """Put the backup FILE in the place of what the instance holds, once it is found whole.

    What was there is kept as a backup in the instance folder. Stop the server first, or start it again afterwards.

    Example: surveytool --instance /srv/survey restore 2026-11-26.backup
    """
    from surveytool.backups import BackupError
    from surveytool.restoring import restore as put_back
    from surveytool.settings import SettingsError, setting

    given = _read_secrets(secrets) if secrets else None
    try:
        with progress("Checking the backup and putting it back"):
            done = put_back(file, Path(instance or setting("INSTANCE")).absolute(), secrets=given)
    except (BackupError, SettingsError) as error:
        fail(str(error))
    except DatabaseError as error:
        fail(f"The database does not answer as it should, and is as it was: {error.orig}")
    if done.former:
        click.echo(f"What was there before is kept in {done.former}.")
    made = done.manifest
    click.echo(f"Put back: {made.tables['responses'].rows} forms, as they were on {made.made_at}.")
    if done.withdrawn or done.erased:
        again = "had been withdrawn or erased since, and are again"
        click.echo(f"{done.withdrawn} forms and {done.erased} names {again}.")
    click.echo(f"Digest {made.digest}")


def _read_secrets(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        fail(f"{file} cannot be read as a secrets.json.")
    return read if isinstance(read, dict) else {}


@main.command(name="verify")
@with_app
def verify_instance(app: Flask) -> None:
    """Say whether the instance is whole: references, answers, what stands, names, the audit log.

    Example: surveytool verify
    """
    from itertools import islice

    from surveytool import audit_log, tabulate, verifying
    from surveytool.models import Collection, db

    with progress("Checking the instance"):
        faults = list(islice(verifying.faults(), LISTED))
    for fault in faults:
        click.echo(fault)
    if faults:
        more = " or more" if len(faults) == LISTED else ""
        fail(f"The instance is not whole: {len(faults)}{more} faults, listed above.")
    forms = sum(tabulate.forms(id_).received for id_ in db.session.scalars(db.select(Collection.id)))
    click.echo(f"The instance is whole: {forms} forms, {audit_log.head().count} entries of the audit log.")
