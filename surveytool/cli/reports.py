"""Commands for reports: writing one, and verifying a frozen one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask import Flask

from surveytool.cli.common import fail, main, opened, with_app

if TYPE_CHECKING:
    from surveytool.reporting import Settings, Since, Verdict


class _WithDefault(click.Group):
    """A group whose first word may be a collection's code: then a report is written."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *context.help_option_names):
            args = ["write", *args]
        return super().parse_args(context, args)


@main.group(cls=_WithDefault)
def report() -> None:
    """Write the report of a collection (surveytool report CODE …), or verify a frozen one.

    Example: surveytool report mekong-2003 --format docx --output report.docx
    """


@report.command()
@click.argument("code")
@click.option("--format", "form", type=click.Choice(["html", "docx"]), default="html", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--as", "stand", default="valid", show_default=True, help="valid, received, or a day (2003-09-30).")
@click.option("--language", default="en", show_default=True, help="The language of questions and choices.")
@click.option("--plan", default="", help="Which order of the questionnaire; form follows the form.")
@click.option("--items", default="", help="Only these items, in this order, by number, separated by commas.")
@click.option("--country", "countries", multiple=True, help="Only forms from this country; can be given several times.")
@click.option("--quotes", default=3, show_default=True, help="How many answers in words are quoted of an item.")
@click.option("--no-pictures", is_flag=True, help="Leave the pictures out.")
@click.option("--freeze", type=click.Path(dir_okay=False, path_type=Path), help="Also freeze it: a bundle to verify.")
@with_app
def write(
    app: Flask,
    code: str,
    form: str,
    output: Path | None,
    stand: str,
    language: str,
    plan: str,
    items: str,
    countries: tuple[str, ...],
    quotes: int,
    no_pictures: bool,
    freeze: Path | None,
) -> None:
    """Write the report of a collection as HTML or DOCX; with --freeze also keep it, with a bundle that verifies it.

    Example: surveytool report mekong-2003 --format html --output report.html --freeze report.zip
    """
    from surveytool import collections, reporting
    from surveytool.audit_log import COMMAND_LINE, record
    from surveytool.models import db
    from surveytool.models.base import writing
    from surveytool.reporting import bundle, frozen

    if output is None and freeze is None:
        fail("Say where to write it: --output FILE, or --freeze BUNDLE.")
    found = opened(collections.find(code))
    settings = _settings(found, stand, language, plan, items, countries, quotes)
    salt = bundle.new_salt()
    document = reporting.compose(found, settings, key=bundle.keys(salt))
    if output:
        with app.test_request_context():
            file = reporting.write(document, form, with_pictures=not no_pictures)
        _save(output, file.content)
        with writing():
            record(COMMAND_LINE, "wrote a report", f"collection {code}", f"{form}, as {stand}, {language}")
            db.session.commit()
        click.echo(f"The report of '{code}' is in {output}: {len(document.figures)} figures, each with its source.")
        if file.note:
            click.echo(file.note)
    if freeze:
        content, digest = bundle.write(found, settings, document, salt)
        _save(freeze, content)
        kept = frozen.keep(found, settings, found.title, COMMAND_LINE, content, digest)
        click.echo(f"Frozen as report {kept.id}; its bundle is in {freeze}. SHA-256 of its manifest: {digest}")


def _settings(
    collection: Any, stand: str, language: str, plan: str, items: str, countries: tuple[str, ...], quotes: int
) -> "Settings":
    """Return what was asked for; end the command for what is not there."""
    from surveytool import as_of, reporting
    from surveytool.tabulate import Filter

    q = collection.version.questionnaire
    try:
        where = Filter(countries, stand=as_of.read(stand, collection.zone))
    except as_of.StandError as error:
        fail(str(error))
    known = q.items[q.country].codes if q.country else ()
    if unknown := [each for each in countries if each not in known]:
        fail(f"'{collection.code}' does not ask about the country '{unknown[0]}'. Countries: {', '.join(known)}.")
    chosen = tuple(each.strip() for each in items.split(",") if each.strip())
    settings = reporting.Settings(where, plan, chosen, language, quotes)
    if fault := reporting.fault(q, tuple(each.language for each in collection.wordings), settings):
        fail(fault)
    return settings


def _save(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        fail(f"Cannot write {path}: {error.strerror}.")


@report.command()
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--against", "code", help="The collection here to compare with (default: the one it is of, if here).")
@click.pass_context
def verify(context: click.Context, bundle: Path, code: str | None) -> None:
    """Count every figure of a frozen report again from its bundle; fails, naming the figure, when one differs.

    Where the collection is at hand, it also says which forms were withdrawn since, and which figures would be others
    today.

    Example: surveytool report verify report.zip
    """
    from surveytool.reporting import BundleError, open_bundle
    from surveytool.reporting import verify as recount

    try:
        found = open_bundle(bundle.read_bytes())
        verdict = recount(found)
    except BundleError as error:
        fail(str(error))
    except OSError as error:
        fail(f"Cannot read {bundle}: {error.strerror}.")
    _say(verdict)
    if code or _has_database(context.obj):
        context.invoke(_against, found=found, code=code)
    if not verdict.holds:
        context.exit(1)


def _say(verdict: "Verdict") -> None:
    for fault in verdict.faults:
        click.echo(fault, err=True)
    for each in verdict.differing:
        click.echo(f"DIFFERS {each}", err=True)
    if verdict.holds:
        click.echo(f"All {verdict.figures} figures are what the data of the bundle says; no part of it was changed.")
    else:
        click.echo(f"{len(verdict.differing)} of {verdict.figures} figures differ.", err=True)
    click.echo(f"SHA-256 of its manifest: {verdict.digest}")


def _has_database(instance: Path | None) -> bool:
    """Whether there is a database here already: verifying a bundle makes none."""
    from surveytool.settings import DATABASE, setting

    return bool(setting("DATABASE_URL")) or (Path(instance or setting("INSTANCE")) / DATABASE).is_file()


@with_app
def _against(app: Flask, *, found: Any, code: str | None) -> None:
    """Say what changed in the database since."""
    from sqlalchemy import select

    from surveytool import collections
    from surveytool.models import Collection, db
    from surveytool.reporting import BundleError, frozen, since

    wanted = code or found.about["collection"]
    here = collections.find(wanted) if code else db.session.scalar(select(Collection).where(Collection.code == wanted))
    if here is None or here.version is None:
        click.echo(f"The collection '{wanted}' is not in this database, so nothing can be said of it as it is today.")
        return
    kept = frozen.by_digest(found.digest)
    known = kept and f"It is report {kept.id}, frozen {kept.made_at:%Y-%m-%d} by {kept.made_by}."
    click.echo(known or "No report that was frozen here has this digest.")
    try:
        _say_since(since(found, here))
    except BundleError as error:
        if code:
            fail(str(error))
        click.echo(str(error))


def _say_since(changed: "Since") -> None:
    for form, country in changed.withdrawn:
        click.echo(f"WITHDRAWN since: form {form}{f' ({country})' if country else ''}")
    if changed.added:
        click.echo(f"{changed.added} forms are counted today that were not then.")
    for each in changed.changed:
        now = "could not be counted" if each.now is None else f"would be {each.now}"
        click.echo(f"TODAY {each.figure.id} ({each.figure.words}) {now}; the report has {each.figure.shown}")
    if not (changed.withdrawn or changed.added or changed.changed):
        click.echo("Made today, the report would have the same figures.")
