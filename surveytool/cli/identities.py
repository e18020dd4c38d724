"""Commands that erase who sent a form or withdraw it whole, and say how long identities are kept."""

import datetime

import click
from flask import Flask

from surveytool.cli.collections import collection
from surveytool.cli.common import fail, main, with_app

ASKED = "Asked for by the person concerned."


@main.command()
@click.argument("receipt")
@click.option("--answers", is_flag=True, help="Withdraw the whole form, answers too. This cannot be undone.")
@click.option("--reason", default=ASKED, show_default=True, help="Why; it goes into the audit log.")
@with_app
def erase(app: Flask, receipt: str, answers: bool, reason: str) -> None:
    """Erase who sent the form of a receipt code: name, position, duty station, scans. Answers and figures stay.

    With --answers the whole form is withdrawn, as its sender can do with the code: answers, codings, judgements, every
    correction of it. That changes figures.

    Example: surveytool erase "1234 5678 9012 3456 7" --reason "Asked by telephone on 3 May."
    """
    from surveytool import identities, withdrawals
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    try:
        response = identities.by_receipt(receipt)
    except identities.ReceiptError as error:
        fail(str(error))
    if answers:
        count = withdrawals.withdraw(response, COMMAND_LINE, reason)
        db.session.commit()
        withdrawals.overwrite()
        click.echo(f"The form is withdrawn{'' if count == 1 else f', with {count} versions of it'}.")
        return
    done = identities.erase(response, COMMAND_LINE, reason)
    db.session.commit()
    click.echo("The identity is erased." if done else "No identity was kept with this form.")


@main.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be erased.")
@with_app
def retention(app: Flask, dry_run: bool) -> None:
    """Erase the identities of every collection whose last day has passed, with scans and what was kept aside.

    Example: surveytool retention --dry-run
    """
    from surveytool import identities
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db
    from surveytool.models.base import now, writing

    for each in identities.due(now().date()):
        if not dry_run:
            with writing():
                identities.erase_due(each, COMMAND_LINE)
                db.session.commit()
        if each.until is None:
            click.echo(f"{each.code}: no last day is set")
        else:
            click.echo(f"{each.code}: {each} {'to erase' if dry_run else 'erased'}; kept until {each.until}")


@collection.command(name="keep-identities")
@click.argument("code")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day, such as 2028-12-31.")
@click.option("--reason", required=True, help="Why; it goes into the audit log.")
@with_app
def keep_identities(app: Flask, code: str, until: datetime.datetime, reason: str) -> None:
    """Set the last day on which names, positions and duty stations of a collection are kept.

    Example: surveytool collection keep-identities demo --until 2028-12-31 --reason "End of the project."
    """
    from surveytool import collections, identities
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    identities.keep_until(collections.find(code), until.date(), COMMAND_LINE, reason)
    db.session.commit()
    click.echo(f"Identities of '{code}' are kept until {until.date()}.")
