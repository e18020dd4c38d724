"""Commands for the database."""

from pathlib import Path

import click
from sqlalchemy.exc import DatabaseError

from surveytool.cli.common import fail, main


@main.group()
def db() -> None:
    """Look after the database.

    Example: surveytool db upgrade
    """


@db.command(name="upgrade")
@click.pass_obj
def upgrade_db(instance: Path | None) -> None:
    """Bring the database to the newest tables. Every other command does so by itself.

    Example: surveytool db upgrade
    """
    from surveytool.app import create_app
    from surveytool.serving import let_go, upgrade
    from surveytool.settings import SettingsError

    try:
        app = create_app(instance)
    except SettingsError as error:
        fail(str(error))
    with app.app_context():
        try:
            done = upgrade(app)
        except SettingsError as error:
            fail(str(error))
        except DatabaseError as error:
            fail(f"The database does not answer as it should: {error.orig}")
        finally:
            let_go()
    click.echo("The database was brought up to date." if done else "The database is up to date.")
