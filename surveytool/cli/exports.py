"""The command that takes responses away as data."""

from pathlib import Path
from typing import Any

import click
from flask import Flask

from surveytool.cli.common import fail, main, opened, with_app


@main.command()
@click.argument("code")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)
@click.option("--shape", type=click.Choice(["wide", "long"]), default="wide", show_default=True)
@click.option(
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; beside a CSV file, its codebook, judgements and notes.",
)
@click.option("--language", help="Labels instead of codes, and the codebook, in this language.")
@click.option("--values", type=click.Choice(["codes", "labels"]), help="Codes, or labels (default: labels in English).")
@click.option("--only", type=click.Choice(["valid"]), help="Leave out the forms that are excluded.")
@click.option("--country", "countries", multiple=True, help="Only forms from this country; can be given several times.")
@click.option("--with-identities", is_flag=True, help="Also who sent the forms; needs --reason.")
@click.option("--reason", default="", help="Why names are needed; it goes into the audit log.")
@with_app
def export(
    app: Flask,
    code: str,
    form: str,
    shape: str,
    output: Path,
    language: str | None,
    values: str | None,
    only: str | None,
    countries: tuple[str, ...],
    with_identities: bool,
    reason: str,
) -> None:
    """Write the responses of a collection into a file: a row for each form (wide), or for each answer (long).

    Codes unless a language is named. docs/exports.md says what the columns are.

    Example: surveytool export mekong-2003 --format xlsx --shape wide --output responses.xlsx
    """
    from surveytool import collections, exporting
    from surveytool.audit_log import COMMAND_LINE, REASON
    from surveytool.tabulate import Filter

    found = opened(collections.find(code))
    _check(found, language, countries)
    if with_identities or reason:
        low, high = REASON
        if not (with_identities and low <= len(reason.strip()) <= high):
            fail(f"Names are written with --with-identities and a --reason of {low} to {high} characters.")
    wanted = exporting.Wanted(
        form=form,
        shape=shape,
        values=values or ("labels" if language else "codes"),
        language=language or "en",
        only_valid=only == "valid",
        where=Filter(countries),
        identities=reason.strip(),
    )
    try:
        done = exporting.to_file(found, wanted, output, COMMAND_LINE)
    except OSError as error:
        fail(f"Cannot write {output}: {error.strerror}.")
    click.echo(f"{done.forms} forms of '{code}' are in {output}. SHA-256 of the data: {done.digest}")


def _check(collection: Any, language: str | None, countries: tuple[str, ...]) -> None:
    """End the command for a language or a country that the collection does not have."""
    q, languages = collection.version.questionnaire, [each.language for each in collection.wordings]
    if language and language not in languages:
        fail(f"'{collection.code}' has no wording in '{language}'. Languages: {', '.join(languages)}.")
    known = q.items[q.country].codes if q.country else ()
    if unknown := [each for each in countries if each not in known]:
        fail(f"'{collection.code}' does not ask about the country '{unknown[0]}'. Countries: {', '.join(known)}.")
