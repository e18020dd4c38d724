"""Commands that change the key names are encrypted with."""

import click
from flask import Flask

from surveytool.cli.common import main, progress, with_app


@main.group(name="identity-keys")
def identity_keys_group() -> None:
    """Change the key that names, scans and forms kept aside are encrypted with.

    Example: surveytool identity-keys rotate
    """


@identity_keys_group.command()
@with_app
def rotate(app: Flask) -> None:
    """Make a new key and encrypt everything with it; the old key stays until `finish`. Can be run again if stopped.

    Example: surveytool identity-keys rotate
    """
    from surveytool import identity_keys
    from surveytool.audit_log import COMMAND_LINE

    begun = identity_keys.under_way()
    with progress("Going on with the change that was begun" if begun else "Encrypting with a new key"):
        count = identity_keys.rotate(COMMAND_LINE)
    click.echo(
        f"{_rows(count)} encrypted anew. The old key still opens what servers write until they know the new one."
    )
    click.echo("Back up secrets.json, restart the servers, then run: surveytool identity-keys finish")


@identity_keys_group.command()
@with_app
def finish(app: Flask) -> None:
    """Encrypt what is still under an old key, and forget the old keys. Servers must have been restarted before.

    Example: surveytool identity-keys finish
    """
    from surveytool import identity_keys
    from surveytool.audit_log import COMMAND_LINE

    begun = identity_keys.under_way()
    with progress("Looking for what is under an old key"):
        count = identity_keys.finish(COMMAND_LINE)
    if not begun:
        click.echo("There is one key and everything is under it; there is nothing to finish.")
        return
    click.echo(f"{_rows(count)} encrypted anew; the old keys are forgotten. Back up secrets.json.")
    click.echo("Backups made before still need the secrets.json of their time.")


def _rows(count: int) -> str:
    return "1 row was" if count == 1 else f"{count} rows were"
