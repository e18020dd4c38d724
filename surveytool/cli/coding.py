"""Commands for coding answers in words in a spreadsheet."""

from pathlib import Path

import click
from flask import Flask

from surveytool.cli.common import fail, main, opened, with_app


@main.group()
def code() -> None:
    """Code answers in words in a spreadsheet: take them out, fill in codes, take them in.

    Example: surveytool code export mekong-2003 codes.csv
    """


@code.command("export")
@click.argument("collection")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def export_(app: Flask, collection: str, file: Path) -> None:
    """Write each distinct answer of a collection with its codes into FILE: XLSX if it ends so, else CSV.

    Example: surveytool code export mekong-2003 codes.xlsx
    """
    from surveytool import coding_sheets, collections
    from surveytool.audit_log import COMMAND_LINE, record
    from surveytool.models import db

    found = opened(collections.find(collection))
    record(COMMAND_LINE, "exported answers to code", f"collection {found.id}")
    db.session.commit()
    try:
        coding_sheets.to_file(found, file)
    except OSError as error:
        fail(f"Cannot write {file}: {error.strerror or error}.")
    click.echo(f"The answers of '{collection}' are in {file}. Fill in the column 'codes' with short names.")


@code.command("import")
@click.argument("collection")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def import_(app: Flask, collection: str, file: Path) -> None:
    """Give the answers of a collection the codes that stand in FILE, CSV or XLSX; none is taken away.

    Example: surveytool code import mekong-2003 codes.csv
    """
    from surveytool import coding_sheets, collections
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db
    from surveytool.models.base import writing

    found = opened(collections.find(collection))
    try:
        content = file.read_bytes()
    except OSError as error:
        fail(f"Cannot read {file}: {error.strerror}.")
    try:
        with writing():
            done = coding_sheets.take_in(found, content, COMMAND_LINE)
            db.session.commit()
    except coding_sheets.SheetError as fault:
        db.session.rollback()
        fail(f"Nothing was taken in. {fault}")
    gone = f" {done.gone} rows are about answers that no longer stand." if done.gone else ""
    click.echo(f"Codes given: {done.codings}.{gone}")
