"""Commands for accounts."""

import sys
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from surveytool.cli.common import main, with_app


@main.group()
def user() -> None:
    """Make accounts and look after them; administrators can do the same at /manage/accounts.

    Example: surveytool user list
    """


@user.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, help="A role; may be given several times.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_app
def add(app: Flask, email: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Make an account; without a password, print the one-time link at which the person sets one.

    Example: surveytool user add someone@example.org --role administrator
    """
    from surveytool import accounts
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    made = accounts.add(email, roles, COMMAND_LINE, password=password)
    link = None if password_stdin else _link(app, made)
    db.session.commit()
    click.echo(f"The account '{made.email}' is made: {', '.join(roles) or 'no role yet'}.")
    if link:
        click.echo(link)


@user.command()
@click.argument("email")
@with_app
def link(app: Flask, email: str) -> None:
    """Print a one-time link at which a person sets a new password; it ends their sign-ins.

    Example: surveytool user link someone@example.org
    """
    from surveytool import accounts
    from surveytool.models import db

    made = _link(app, accounts.find(email))
    db.session.commit()
    click.echo(made)


def _link(app: Flask, of: Any) -> str:
    """Return a one-time link; the command line does not know under which name the server is reached."""
    from surveytool import accounts
    from surveytool.audit_log import COMMAND_LINE

    host = (app.config["TRUSTED_HOSTS"] or ["SERVER"])[0]
    with app.test_request_context(base_url=f"https://{host}"):
        address = accounts.one_time_link(of, COMMAND_LINE)
    if host == "SERVER":
        return f"Open this once, within a day, after the server's address: {address.removeprefix('https://SERVER')}"
    return f"Open this once, within a day: {address}"


@user.command(name="list")
@with_app
def list_users(app: Flask) -> None:
    """List accounts and their roles.

    Example: surveytool user list
    """
    from surveytool import accounts
    from surveytool.models import User, db

    for each in db.session.scalars(select(User).order_by(User.email)):
        roles = ", ".join(accounts.words(grant) for grant in each.roles) or "no role"
        click.echo(f"{each.email}\t{'open' if each.active else 'shut'}\t{roles}")


@user.command()
@click.argument("email")
@click.argument("role")
@click.option("--collection", "code", help="Only in this collection.")
@click.option("--country", default="", help="Only for the forms of this country (its code in the questionnaire).")
@with_app
def grant(app: Flask, email: str, role: str, code: str | None, country: str) -> None:
    """Give an account a role, everywhere or within limits.

    Example: surveytool user grant someone@example.org evaluator --collection demo --country myanmar
    """
    from surveytool import accounts, collections
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    collection = collections.find(code) if code else None
    given = accounts.grant(accounts.find(email), role, COMMAND_LINE, collection=collection, country=country)
    db.session.commit()
    click.echo(f"'{email}' is now {accounts.words(given)}.")
