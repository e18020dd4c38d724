"""The command that takes in forms saved to files on a device."""

from pathlib import Path

import click
from flask import Flask

from surveytool.cli.common import fail, main, opened, with_app


@main.command()
@click.argument("collection")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_app
def rescue(app: Flask, collection: str, files: tuple[Path, ...]) -> None:
    """Take in forms that were saved to FILES on a device because they could not be sent.

    A form is stored once, however often it comes. Each file is read on its own; the exit code is 1 if one was not
    taken in.

    Example: surveytool rescue border-2026 tablet.surveyform
    """
    from surveytool import collections, sealing
    from surveytool import rescue as rescuing
    from surveytool.audit_log import COMMAND_LINE, record
    from surveytool.models import db

    found = opened(collections.find(collection))
    failed = 0
    for file in files:
        try:
            sealed = sealing.read(file.read_bytes())
            other = sealing.belongs_to(sealed)
            if sealed.join_code != found.join_code:
                where = f"the collection '{other.code}'" if other else f"the survey code '{sealed.join_code[:40]}'"
                raise sealing.SealError(f"It belongs to {where}.")
            words = rescuing.in_words(rescuing.take(file.read_bytes(), found, live=False).outcome)
        except sealing.SealError as fault:
            failed += 1
            words = f"Not taken in. {fault}"
        click.echo(f"{file.name}: {words}")
    told = f"{len(files) - failed} of {len(files)} files"
    record(COMMAND_LINE, "took in forms from files", f"collection {found.code}", told)
    db.session.commit()
    if failed:
        fail(f"{failed} of {len(files)} files were not taken in; keep them.")
