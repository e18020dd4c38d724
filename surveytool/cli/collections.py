"""Commands for collections."""

import datetime
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from surveytool.cli.common import main, with_app


@main.group()
def collection() -> None:
    """Make, open, close and list collections.

    Example: surveytool collection list
    """


def _day(option: str, meaning: str) -> Callable[[Any], Any]:
    """Return an option that takes a day."""
    return click.option(option, type=click.DateTime(["%Y-%m-%d"]), help=f"{meaning}, such as 2028-12-31.")


@collection.command(name="create")
@click.argument("code")
@click.option("--questionnaire", required=True, help="Which questionnaire it asks.")
@click.option("--title", required=True, help="What it is called.")
@click.option("--place", default="", help="Where people meet.")
@click.option("--organiser", default="", help="Who asks, as respondents are told.")
@_day("--starts-on", "The first day")
@_day("--ends-on", "The last day")
@click.option(
    "--language", "languages", multiple=True, help="A language to offer, such as th; repeat it. Default: all."
)
@_day("--keep-identities-until", "The last day on which names are kept")
@with_app
def create_collection(
    app: Flask,
    code: str,
    questionnaire: str,
    title: str,
    place: str,
    organiser: str,
    starts_on: datetime.datetime | None,
    ends_on: datetime.datetime | None,
    languages: tuple[str, ...],
    keep_identities_until: datetime.datetime | None,
) -> None:
    """Make a collection that staff call CODE.

    Example: surveytool collection create border-2026 --questionnaire partner_survey --title "Border meeting 2026"
    """
    from surveytool import collections
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    made = collections.create(
        code,
        questionnaire,
        title,
        place=place,
        organiser=organiser,
        starts_on=starts_on.date() if starts_on else None,
        ends_on=ends_on.date() if ends_on else None,
        offered=languages,
        identities_until=keep_identities_until.date() if keep_identities_until else None,
        who=COMMAND_LINE,
    )
    db.session.commit()
    click.echo(f"Collection '{code}' is made; open it with: surveytool collection open {code}")
    click.echo(f"Its join code will be: {made.join_code}")


@collection.command(name="open")
@click.argument("code")
@with_app
def open_collection(app: Flask, code: str) -> None:
    """Open a collection, or open it again, or let an open one take up a better translation.

    Example: surveytool collection open border-2026
    """
    from surveytool import collections
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    found = collections.find(code)
    collections.open_(found, COMMAND_LINE)
    db.session.commit()
    click.echo(f"Collection '{code}' is open at /c/{found.join_code}")


@collection.command(name="close")
@click.argument("code")
@with_app
def close_collection(app: Flask, code: str) -> None:
    """Close a collection; what still arrives is kept aside.

    Example: surveytool collection close border-2026
    """
    from surveytool import collections
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    collections.close(collections.find(code), COMMAND_LINE)
    db.session.commit()
    click.echo(f"Collection '{code}' is closed.")


@collection.command(name="list")
@with_app
def list_collections(app: Flask) -> None:
    """List the collections: code, state, join code, forms received, title.

    Example: surveytool collection list
    """
    from surveytool import tabulate
    from surveytool.models import Collection, db

    for each in db.session.scalars(select(Collection).order_by(Collection.code)):
        received = tabulate.forms(each.id).received
        click.echo(f"{each.code}\t{each.state}\t{each.join_code}\t{received}\t{each.title}")
