"""The command line: each command parses, calls, and says one sentence."""

import csv
import datetime
import io
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from surveytool import __version__

if TYPE_CHECKING:
    from surveytool.results import Results

F = TypeVar("F", bound=Callable[..., Any])


PORT = click.IntRange(1, 65535)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that holds the database and the secrets (default: instance, or SURVEYTOOL_INSTANCE).",
)
@click.pass_context
def main(context: click.Context, instance: Path | None) -> None:
    """Questionnaires in six languages; every response kept, every figure checkable.

    Example: surveytool demo
    """
    context.obj = instance


def _fail(message: str) -> NoReturn:
    raise click.ClickException(" ".join(message.split()))


def with_app(command: F) -> F:
    """Hand a command the application, in its context, with the database up to date; errors become one line."""

    @wraps(command)
    @click.pass_obj
    def wrapped(instance: Path | None, *args: Any, **kwargs: Any) -> Any:
        from surveytool.accounts import AccountError
        from surveytool.app import create_app
        from surveytool.collections import CollectionError
        from surveytool.serving import let_go, upgrade
        from surveytool.settings import SettingsError

        try:
            app = create_app(instance)
            with app.app_context():
                try:
                    upgrade(app)
                    return command(app, *args, **kwargs)
                finally:
                    let_go()
        except (AccountError, CollectionError, SettingsError) as error:
            _fail(str(error))
        except DatabaseError as error:
            _fail(f"The database does not answer as it should: {error.orig}")

    return wrapped  # type: ignore[return-value]


# Serving ------------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--port", default=8000, show_default=True, type=PORT, help="The port to serve on.")
@click.option("--no-serve", is_flag=True, help="Only fill the instance, do not serve.")
@with_app
def demo(app: Flask, port: int, no_serve: bool) -> None:
    """Fill an instance with the 2003 reconstruction and an open collection, and serve it.

    Example: surveytool --instance /tmp/demo demo --port 8001
    """
    from surveytool import collections, reconstruction
    from surveytool.models import Collection, db

    have = set(db.session.scalars(select(Collection.code)))
    if reconstruction.CODE not in have:
        with _progress("Storing the 40 synthetic forms of the 2003 reconstruction"):
            reconstruction.store()
    if "demo" not in have:
        title = "Regional partners survey (demonstration)"
        collection = collections.create("demo", "partner_survey", title, join_code="demo", synthetic="demonstration")
        collections.open_(collection)
        db.session.commit()
    click.echo(f"The instance {app.instance_path} holds the collections 'mekong-2003' and 'demo'.")
    _demo_accounts()
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
        _fail(f"Cannot serve on {host}:{port}: {why}. Choose others with --host and --port.")


@contextmanager
def _progress(what: str) -> Iterator[None]:
    """Say that something long is under way, with a dot a second on a terminal."""
    click.echo(f"{what} ...", nl=False)
    done = threading.Event()

    def dots() -> None:
        while not done.wait(1):
            click.echo(".", nl=False)

    ticking = threading.Thread(target=dots, daemon=True)
    if sys.stdout.isatty():
        ticking.start()
    started = time.monotonic()
    try:
        yield
    finally:
        done.set()
    click.echo(f" done in {time.monotonic() - started:.1f} s.")


# Checking -----------------------------------------------------------------------------------------------------------


@main.command()
def check() -> None:
    """Check every questionnaire and every translation; exit 0 only when all are whole.

    Example: surveytool check
    """
    from surveytool.definitions import DefinitionError, load_questionnaire, questionnaire_names
    from surveytool.translations import catalog_problems, wording_problems

    problems = []
    for name in questionnaire_names():
        try:
            questionnaire = load_questionnaire(name)
            problems += [str(problem) for problem in wording_problems(name)]
        except DefinitionError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
        else:
            click.echo(f"{name}: {len(questionnaire.items)} items in {len(questionnaire.languages)} languages.")
    problems += [str(problem) for problem in catalog_problems()]
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        _fail(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found.")
    click.echo("Every questionnaire and translation is whole.")


@main.command()
@click.argument("questionnaire")
@click.argument("language")
@click.argument("keys", nargs=-1)
def stamp(questionnaire: str, language: str, keys: tuple[str, ...]) -> None:
    """Note that strings were translated from the English as it is now: the KEYS named, or all that are not stamped yet.

    Example: surveytool stamp partner_survey th items.trained.label
    """
    from surveytool.definitions import DefinitionError, load_questionnaire
    from surveytool.definitions.loading import questionnaire_folder, read_raw
    from surveytool.definitions.wording import english_strings, read_wording
    from surveytool.translations import stamp as write

    try:
        load_questionnaire(questionnaire)
        english = english_strings(read_raw(questionnaire))
        file = questionnaire_folder(questionnaire) / f"{language}.yaml"
        if language == "en" or not file.is_file():
            _fail(f"There is no translation file {file.name} of {questionnaire}.")
        made_from = read_wording(file).made_from
    except DefinitionError as error:
        _fail(str(error))
    if unknown := [key for key in keys if key not in made_from]:
        _fail(f"{file.name} has no string '{unknown[0]}'.")
    count = write(file, english, lambda key: key in keys if keys else not made_from.get(key))
    click.echo(f"{count} strings of {questionnaire}/{file.name} stamped.")


@main.command(name="compile")
def compile_() -> None:
    """Compile the catalogues of the interface's words after a .po file has changed.

    Example: surveytool compile
    """
    from surveytool.translations import compile_catalogs

    click.echo(f"{compile_catalogs()} catalogues compiled.")


# Collections --------------------------------------------------------------------------------------------------------


@main.group()
def collection() -> None:
    """Make, open, close and list collections.

    Example: surveytool collection list
    """


@collection.command(name="create")
@click.argument("code")
@click.option("--questionnaire", required=True, help="Which questionnaire it asks.")
@click.option("--title", required=True, help="What it is called.")
@with_app
def create_collection(app: Flask, code: str, questionnaire: str, title: str) -> None:
    """Make a collection that staff call CODE.

    Example: surveytool collection create border-2026 --questionnaire partner_survey --title "Border meeting 2026"
    """
    from surveytool import collections
    from surveytool.models import db

    made = collections.create(code, questionnaire, title)
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
    from surveytool.models import db

    found = collections.find(code)
    collections.open_(found)
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
    from surveytool.models import db

    collections.close(collections.find(code))
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


# Accounts -----------------------------------------------------------------------------------------------------------


def _demo_accounts() -> None:
    """Make one account a role with random passwords and print them, unless there are accounts of people."""
    import secrets

    from surveytool import accounts
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import ROLES, User, db

    emails = {role: f"{role.replace(' ', '-')}@example.org" for role in ROLES}
    known = {user.email: user for user in db.session.scalars(select(User))}
    if known.keys() - set(emails.values()):
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


# Identities ---------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("receipt")
@click.option("--reason", required=True, help="Why; it goes into the audit log.")
@with_app
def erase(app: Flask, receipt: str, reason: str) -> None:
    """Erase who sent the form of a receipt code: name, position, duty station. The answers and all figures stay.

    Example: surveytool erase "1234 5678 9012 3456 7" --reason "Asked by telephone on 3 May."
    """
    from surveytool import identities
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    try:
        done = identities.erase(identities.by_receipt(receipt), COMMAND_LINE, reason)
    except identities.ReceiptError as error:
        _fail(str(error))
    db.session.commit()
    click.echo("The identity is erased." if done else "No identity was kept with this form.")


@main.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be erased.")
@with_app
def retention(app: Flask, dry_run: bool) -> None:
    """Erase the identities of every collection whose last day has passed.

    Example: surveytool retention --dry-run
    """
    from surveytool import identities
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db
    from surveytool.models.base import now

    for each in identities.due(now().date()):
        count = len(each.responses) if dry_run else identities.erase_due(each, COMMAND_LINE)
        db.session.commit()
        if each.until is None:
            click.echo(f"{each.code}: no last day is set")
        else:
            click.echo(f"{each.code}: {count} {'to erase' if dry_run else 'erased'}, kept until {each.until}")


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


@main.group(name="audit-log")
def audit_log_group() -> None:
    """Check the audit log.

    Example: surveytool audit-log verify
    """


@audit_log_group.command()
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON export or backup note that holds the log's head as it was then.",
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
        _fail("The audit log is not whole.")
    head = audit_log.head()
    click.echo(f"The audit log is whole: {head.count} entries, the last sealed {head.seal[:16] or 'nothing yet'}.")


def _known_head(file: Path) -> Any:
    from surveytool.audit_log import Head

    try:
        noted = json.loads(file.read_text("utf-8"))["audit_log"]
        return Head(int(noted["count"]), str(noted["seal"]))
    except (OSError, ValueError, KeyError, TypeError):
        _fail(f"{file} does not say how the audit log ended; it needs 'audit_log' with 'count' and 'seal'.")


# Results ------------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("code")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead.")
@with_app
def results(app: Flask, code: str, form: str, output: Path | None) -> None:
    """Print the results of a collection; CSV opens in a spreadsheet (UTF-8 with its mark).

    Example: surveytool results mekong-2003 --format csv --output results.csv
    """
    from surveytool import collections
    from surveytool.audit_log import COMMAND_LINE, record
    from surveytool.models import db
    from surveytool.results import collect

    found = _opened(collections.find(code))
    record(COMMAND_LINE, "exported results", f"collection {code}", form)
    db.session.commit()
    written = _RESULT_FORMATS[form](collect(found))
    if output is None:
        click.echo(written, nl=not written.endswith("\n"))
        return
    try:
        output.write_text(written, "utf-8-sig" if form == "csv" else "utf-8", newline="")
    except OSError as error:
        _fail(f"Cannot write {output}: {error.strerror}.")
    click.echo(f"Results of '{code}' are in {output}.")


def _results_text(collected: "Results") -> str:
    forms = collected.forms
    lines = [f"SYNTHETIC DATA ({collected.synthetic}): nobody's real answers."] if collected.synthetic else []
    lines.append(f"{forms.received} received, {forms.excluded} excluded, {forms.valid} valid")
    return "\n".join(lines + [f"{item.number}: {item.sentence}" for item in collected.items.values()])


def _results_json(collected: "Results") -> str:
    from surveytool.results import as_json

    return json.dumps(as_json(collected) | {"audit_log": _log_head()}, ensure_ascii=False, indent=2)


def _log_head() -> dict[str, Any]:
    """Return how the audit log ends now; every export carries it, so that an end cut off later shows."""
    from dataclasses import asdict

    from surveytool import audit_log

    return asdict(audit_log.head())


def _results_csv(collected: "Results") -> str:
    from surveytool.results import COLUMNS, as_rows

    out = io.StringIO()
    head = _log_head()
    same = {"synthetic": collected.synthetic, "audit_log": f"{head['count']} {head['seal']}"}
    writer = csv.DictWriter(out, (*COLUMNS, *same))
    writer.writeheader()
    writer.writerows({**row, **same} for row in as_rows(collected))
    return out.getvalue()


_RESULT_FORMATS = {"text": _results_text, "json": _results_json, "csv": _results_csv}


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--collection", "code", help="Recompute the figures from this collection.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_app
def audit(app: Flask, file: Path, code: str | None, form: str) -> None:
    """Put published figures beside recomputed ones; without a collection, check them against one another alone.

    Example: surveytool audit published_2003.json --collection mekong-2003
    """
    from surveytool import audit as auditing
    from surveytool import collections

    found = _opened(collections.find(code)) if code else None
    try:
        verdicts = auditing.audit(auditing.read_figures(file), found)
    except ValueError as error:
        _fail(str(error))
    if form == "json":
        click.echo(json.dumps([auditing.as_json(verdict) for verdict in verdicts], ensure_ascii=False, indent=2))
        return
    for verdict in verdicts:
        recomputed = "–" if verdict.recomputed is None else verdict.recomputed
        click.echo(f"{verdict.id}\t{verdict.printed}\t{recomputed}\t{verdict.verdict}\t{verdict.explanation}")


def _opened(collection: Any) -> Any:
    if collection.version is None:
        _fail(f"The collection '{collection.code}' has never been opened, so it has no results.")
    return collection


@main.command()
@click.argument("code", required=False)
@with_app
def rebuild(app: Flask, code: str | None) -> None:
    """Remake what stands (the derived rows) from answers and judgements, of one collection or of all.

    Example: surveytool rebuild mekong-2003
    """
    from surveytool import collections, judge
    from surveytool.models import db

    chosen = collections.find(code).id if code else None
    with _progress("Rebuilding what stands"):
        changed = judge.rebuild(chosen)
        db.session.commit()
    words = {0: "Nothing differed.", 1: "1 row differed and is mended."}
    click.echo(words.get(changed, f"{changed} rows differed and are mended."))


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
        _fail(str(error))
    with app.app_context():
        try:
            done = upgrade(app)
        except DatabaseError as error:
            _fail(f"The database does not answer as it should: {error.orig}")
        finally:
            let_go()
    click.echo("The database was brought up to date." if done else "The database is up to date.")


if __name__ == "__main__":
    main()
