"""Commands for the register of organisations."""

from pathlib import Path

import click
from flask import Flask

from surveytool.cli.common import fail, main, with_app


@main.group()
def register() -> None:
    """Keep the register of organisations in a spreadsheet: take it in, write it out.

    Example: surveytool register import partners.xlsx --collection mekong-2003
    """


@register.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--collection", "code", metavar="CODE", help="Just these organisations are those this collection asked.")
@with_app
def import_(app: Flask, file: Path, code: str | None) -> None:
    """Add and change the organisations of a spreadsheet, CSV or XLSX; all or none, and none is taken away.

    Its columns: name, type (government, NGO, INGO, UN, other), country, direct partner (yes or no), other names
    (separated by ; or |).

    Example: surveytool register import partners.xlsx --collection mekong-2003
    """
    from surveytool import collections
    from surveytool import register as registers
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db
    from surveytool.models.base import writing

    try:
        content = file.read_bytes()
    except OSError as error:
        fail(f"Cannot read {file}: {error.strerror}.")
    collection = collections.find(code) if code else None
    try:
        with writing():
            done = registers.take_in(content, COMMAND_LINE, collection)
            db.session.commit()
    except registers.RegisterError as wrong:
        db.session.rollback()
        for place, fault in wrong.faults.items():
            click.echo(f"{place[:1].upper()}{place[1:]}: {fault}", err=True)
        fail(f"Nothing was taken in: {len(wrong.faults)} to be mended.")
    for name in done.added:
        click.echo(f"Added {name}.")
    for name, what in done.changed.items():
        click.echo(f"Changed {name}: {', '.join(what)}.")
    for note in done.notes:
        click.echo(f"Note: {note}")
    click.echo(str(done))


@register.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def export(app: Flask, file: Path) -> None:
    """Write the register into a FILE, CSV or (named .xlsx) a workbook, as `import` takes it in.

    Example: surveytool register export partners.xlsx
    """
    from surveytool import register as registers
    from surveytool.spreadsheets import XlsxBook, csv_text

    try:
        if file.suffix.lower() == ".xlsx":
            book = XlsxBook(file)
            count = book.write("Register", registers.rows()).rows
            book.close()
        else:
            rows = list(registers.rows())
            file.write_text(csv_text(rows), "utf-8-sig", newline="")
            count = len(rows) - 1
    except OSError as error:
        fail(f"Cannot write {file}: {error.strerror}.")
    click.echo(f"The register, {count} organisations, is in {file}.")
