"""Commands for the audit log."""

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask

from surveytool.cli.common import fail, main, with_app


@main.group(name="audit-log")
def audit_log_group() -> None:
    """Check the audit log.

    Example: surveytool audit-log verify
    """


@audit_log_group.command()
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A backup, or a JSON export: it holds the log's head as it was then.",
)
@with_app
def verify(app: Flask, against: Path | None) -> None:
    """Say whether the log is whole: nothing changed, nothing missing, no end cut off since an export was made.

    Example: surveytool audit-log verify
    """
    from surveytool import audit_log

    known = _known_head(against) if against else None
    faults = list(audit_log.faults(known))
    for fault in faults:
        click.echo(fault)
    if faults:
        fail("The audit log is not whole.")
    head = audit_log.head()
    click.echo(f"The audit log is whole: {head.count} entries, the last sealed {head.seal[:16] or 'nothing yet'}.")


def _known_head(file: Path) -> Any:
    import zipfile

    from surveytool.audit_log import Head
    from surveytool.backups import MANIFEST

    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as backup:
                written = backup.read(MANIFEST).decode()
        else:
            written = file.read_text("utf-8")
        noted = json.loads(written)["audit_log"]
        return Head(int(noted["count"]), str(noted["seal"]))
    except (OSError, ValueError, KeyError, TypeError):
        fail(f"{file} does not say how the audit log ended; it needs 'audit_log' with 'count' and 'seal'.")
