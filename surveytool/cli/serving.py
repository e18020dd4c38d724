"""Commands that fill an instance for trying out, and that serve one."""

import click
from flask import Flask
from sqlalchemy import select

from surveytool.cli.common import fail, main, progress, with_app

PORT = click.IntRange(1, 65535)


@main.command()
@click.option("--port", default=8000, show_default=True, type=PORT, help="The port to serve on.")
@click.option("--no-serve", is_flag=True, help="Only fill the instance, do not serve.")
@with_app
def demo(app: Flask, port: int, no_serve: bool) -> None:
    """Fill an instance with the 2003 reconstruction, an open collection, synthetic workshops and returns; serve it.

    Example: surveytool --instance /tmp/demo demo --port 8001
    """
    from surveytool import collections, reconstruction
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import Collection, db

    have = set(db.session.scalars(select(Collection.code)))
    if reconstruction.CODE not in have:
        with progress("Storing the 40 synthetic forms of the 2003 reconstruction"):
            reconstruction.store()
    if "demo" not in have:
        title = "Regional partners survey (demonstration)"
        collection = collections.create(
            "demo", "partner_survey", title, join_code="demo", synthetic="demonstration", who=COMMAND_LINE
        )
        collections.open_(collection, COMMAND_LINE)
        db.session.commit()
    click.echo(f"The instance {app.instance_path} holds the collections 'mekong-2003' and 'demo'.")
    _demo_accounts()
    _demo_workshops()
    if not no_serve:
        _serve(app, "127.0.0.1", port)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to bind.")
@click.option("--port", default=8000, show_default=True, type=PORT, help="The port to serve on.")
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1, 256),
    help="How many requests are answered at one time.",
)
@with_app
def serve(app: Flask, host: str, port: int, threads: int) -> None:
    """Serve the forms and, to those with an account, everything else.

    Passwords and answers go over HTTPS, or over the loopback address of this machine. Bound to any other address
    without a proxy that speaks HTTPS, the forms alone are served. The address bound counts, not the caller's: behind a
    proxy every caller looks local. Say how many proxies there are with SURVEYTOOL_PROXY_HOPS.

    Example: surveytool serve --host 0.0.0.0 --port 8080
    """
    _serve(app, host, port, threads)


def _serve(app: Flask, host: str, port: int, threads: int = 8) -> None:
    from surveytool.serving import LOOPBACK, addresses, serve

    with app.app_context():
        lines = addresses(host, port)

    def say() -> None:
        for line in lines:
            click.echo(line)
        click.echo("Stop with Ctrl+C.")
        if host not in LOOPBACK and not app.config["PROXY_HOPS"]:
            click.echo("Over plain HTTP the forms alone are served; signing in needs HTTPS (docs/security.md).")

    try:
        serve(app.instance_path, host, port, threads, ready=say)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        fail(f"Cannot serve on {host}:{port}: {why}. Choose others with --host and --port.")


def _demo_accounts() -> None:
    """Make one account a role with random passwords and print them, unless there are accounts of people."""
    import secrets

    from surveytool import accounts
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import ROLES, User, db

    emails = {role: f"{role.replace(' ', '-')}@example.org" for role in ROLES}
    known = {user.email: user for user in db.session.scalars(select(User))}
    if known.keys() - set(emails.values()):
        click.echo("There are accounts of people here, so none is made; for a way in: surveytool user link EMAIL")
        return
    click.echo("Accounts for trying out (new passwords each time; sign in at /login):")
    for role, email in emails.items():
        password = secrets.token_urlsafe(9)
        if email in known:
            accounts.set_password(known[email], password, COMMAND_LINE)
        else:
            accounts.add(email, [role], COMMAND_LINE, password=password)
        click.echo(f"  {email:<27} {password}")
    db.session.commit()


def _demo_workshops() -> None:
    """Make what is not there yet of the synthetic workshops, for the demonstration's trainer, and of the appraisals."""
    from surveytool import example_returns, example_workshops
    from surveytool.models import User, db

    if not example_workshops.missing():
        return
    trainer = db.session.scalar(select(User).where(User.email == "trainer@example.org"))
    with progress("Storing a dozen synthetic workshops and the appraisals of returned people"):
        example_workshops.store(trainer)
        example_returns.store()
