"""Commands for translating answers in words in a spreadsheet."""

from pathlib import Path

import click
from flask import Flask

from surveytool.cli.common import fail, main, opened, with_app


@main.group()
def translate() -> None:
    """Translate answers in words in a spreadsheet: take them out, fill in English, take them in.

    Example: surveytool translate export mekong-2003 answers.xlsx
    """


@translate.command("export")
@click.argument("collection")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to-do", is_flag=True, help="Only what is not translated, or is out of date.")
@with_app
def export_(app: Flask, collection: str, file: Path, to_do: bool) -> None:
    """Write the answers of a collection that are not in English into FILE: XLSX if it ends so, else CSV.

    Example: surveytool translate export mekong-2003 answers.xlsx --to-do
    """
    from surveytool import collections, translation_sheets
    from surveytool.audit_log import COMMAND_LINE, record
    from surveytool.models import db

    found = opened(collections.find(collection))
    record(COMMAND_LINE, "exported answers to translate", f"collection {found.id}")
    db.session.commit()
    try:
        translation_sheets.to_file(translation_sheets.rows(found, only_to_do=to_do), file)
    except OSError as error:
        fail(f"Cannot write {file}: {error.strerror or error}.")
    click.echo(
        f"The answers of '{collection}' are in {file}. Fill in the column 'translation'; leave 'check' as it is."
    )


@translate.command("import")
@click.argument("collection")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--by", default="", help="The account of who translated; nobody approves their own translations.")
@click.option(
    "--aside",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the lines that were kept aside: CSV or XLSX.",
)
@with_app
def import_(app: Flask, collection: str, file: Path, by: str, aside: Path | None) -> None:
    """Take in the translations that were filled in in FILE, CSV or XLSX; each then awaits a second reader.

    Lines whose original changed since, or that somebody else translated meanwhile, are kept aside: told line by line
    with what was typed, and, with --aside, written into a file. The command then exits with 1; the rest is saved.

    Example: surveytool translate import mekong-2003 answers.xlsx --by translator@example.org
    """
    from surveytool import accounts, collections, translation_sheets
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db
    from surveytool.models.base import writing

    found = opened(collections.find(collection))
    try:
        who = accounts.find(by).email if by else COMMAND_LINE
        content = file.read_bytes()
        with writing():
            done = translation_sheets.take_in(found, content, who)
            db.session.commit()
        if aside and done.aside:
            translation_sheets.to_file(translation_sheets.aside_rows(done), aside)
    except OSError as error:
        fail(f"Cannot use {error.filename or file}: {error.strerror or error}.")
    except translation_sheets.SheetError as fault:
        db.session.rollback()
        fail(f"Nothing was taken in. {fault}")
    click.echo(f"Translations saved: {done.saved}. Lines that change nothing: {done.unchanged}.")
    for each in done.aside:
        click.echo(f"Kept aside, line {each.line} (form {each.form}): {each.words} Typed: {each.typed}", err=True)
    if done.aside:
        where = f" They are in {aside}." if aside else ""
        fail(f"Lines kept aside: {len(done.aside)}.{where} Everything else was saved.")
