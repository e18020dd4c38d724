"""Commands for results, published figures, and what stands."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask import Flask

from surveytool.cli.common import fail, main, opened, progress, with_app

if TYPE_CHECKING:
    from surveytool.models import Collection
    from surveytool.results import Results
    from surveytool.tabulate import Filter


@main.command()
@click.argument("code")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead.")
@click.option(
    "--as",
    "stand",
    default="valid",
    show_default=True,
    metavar="received|valid|YYYY-MM-DD[THH:MM]",
    help="Which decisions count: none, those that stand now, or those in force at a moment in the collection's zone.",
)
@click.option("--country", multiple=True, help="Forms from this country alone, by its code; several may be given.")
@click.option("--language", multiple=True, help="Forms in this language alone; several may be given.")
@click.option("--mode", multiple=True, help="Forms that came this way alone: web, paper, e-mail, ODK.")
@click.option("--type", "kind", multiple=True, help="Forms from this type of organisation: government, ngo, ingo, un.")
@click.option("--partner/--no-partner", default=None, help="Forms from direct partners, or from others.")
@click.option("--answer", multiple=True, metavar="ITEM=CODE", help="Forms with this answer, as in attended=yes.")
@with_app
def results(app: Flask, code: str, form: str, output: Path | None, stand: str, **typed: Any) -> None:
    """Print the results of a collection; CSV opens in a spreadsheet (UTF-8 with its mark).

    Example: surveytool results mekong-2003 --country thailand --answer attended=yes --format json
    """
    from surveytool import as_of, collections
    from surveytool.audit_log import COMMAND_LINE, record
    from surveytool.models import db
    from surveytool.results import collect
    from surveytool.small_cells import smallest_shown
    from surveytool.tabulate import EVERYTHING

    found = opened(collections.find(code))
    where = _chosen(found, typed)
    try:
        where = replace(where, stand=as_of.read(stand, found.zone))
    except as_of.StandError as error:
        fail(str(error))
    if smallest_shown(found) and where != EVERYTHING:
        fail("Of this collection figures are shown of all forms together, as they stand now: no choice of forms.")
    record(COMMAND_LINE, "exported results", f"collection {code}", f"{form}, {as_of.named(where.stand, found.zone)}")
    db.session.commit()
    written = _figures_only(found, form) if smallest_shown(found) else _RESULT_FORMATS[form](collect(found, where))
    if output is None:
        click.echo(written, nl=not written.endswith("\n"))
        return
    try:
        output.write_text(written, "utf-8-sig" if form == "csv" else "utf-8", newline="")
    except OSError as error:
        fail(f"Cannot write {output}: {error.strerror}.")
    click.echo(f"Results of '{code}' are in {output}.")


def _chosen(collection: "Collection", typed: dict[str, Any]) -> "Filter":
    """Return the filter that was typed; end the command where something in it is not known, saying what there is."""
    from surveytool import choosing

    partner = {True: ["yes"], False: ["no"], None: []}[typed["partner"]]
    answers = [each.replace("=", ":", 1) for each in typed["answer"]]
    offered = choosing.offered(collection)
    if (typed["kind"] or partner) and not offered.kinds:
        fail("The register has no organisations yet, so forms cannot be chosen by them.")
    where, unknown = choosing.read(offered, {**typed, "partner": partner, "answer": answers})
    if unknown:
        fail(f"Not known: {', '.join(unknown)}. {choosing.available(offered)}")
    return where


def _figures_only(found: Any, form: str) -> str:
    """Return the figures of a collection whose small cells are shown to nobody."""
    from surveytool.spreadsheets import csv_text
    from surveytool.treatment import appraisals, as_json

    figures = as_json(appraisals(found))
    if form == "json":
        return json.dumps(figures | {"audit_log": _log_head()}, ensure_ascii=False, indent=2)
    columns = ("item", "n", "mean", "mostly_or_entirely")
    rows = [(name, *cell.values()) for name, cell in figures["items"].items()]
    if form == "csv":
        return csv_text([(*columns, "synthetic"), *((*row, found.synthetic) for row in rows)])
    lines = [f"SYNTHETIC DATA ({found.synthetic}): nobody's real answers."] if found.synthetic else []
    lines += [f"{figures['forms']} appraisals count; figures are of {figures['smallest_cell']} people or more."]
    return "\n".join(lines + ["\t".join("–" if cell is None else str(cell) for cell in row) for row in rows])


def _results_text(collected: "Results") -> str:
    forms = collected.forms
    lines = [f"SYNTHETIC DATA ({collected.synthetic}): nobody's real answers."] if collected.synthetic else []
    if collected.said:
        lines.append(f"Forms {collected.said}:")
    lines.append(f"{forms.received} received, {forms.excluded} excluded, {forms.valid} valid")
    if collected.as_ != "valid":
        lines.append(f"Shown {collected.stand}.")
    if forms.withdrawn:
        lines.append(f"{forms.withdrawn} withdrawn by who sent them, not among the received")
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
    from surveytool.spreadsheets import csv_text

    head = _log_head()
    log = f"{head['count']} {head['seal']}"
    same = {"synthetic": collected.synthetic, "audit_log": log, "as": collected.as_, "filter": collected.said}
    rows = [{**row, **same} for row in as_rows(collected)]
    return csv_text([(*COLUMNS, *same), *([row[name] for name in (*COLUMNS, *same)] for row in rows)])


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

    found = opened(collections.find(code)) if code else None
    try:
        verdicts = auditing.audit(auditing.read_figures(file), found)
    except ValueError as error:
        fail(str(error))
    if form == "json":
        click.echo(json.dumps([auditing.as_json(verdict) for verdict in verdicts], ensure_ascii=False, indent=2))
        return
    for verdict in verdicts:
        recomputed = "–" if verdict.recomputed is None else verdict.recomputed
        click.echo(f"{verdict.id}\t{verdict.printed}\t{recomputed}\t{verdict.verdict}\t{verdict.explanation}")


@main.command(name="judge")
@click.argument("code")
@click.option("--dry-run", is_flag=True, help="Only say what would be judged.")
@click.option("--reason", default="", help="Why; it goes into the audit log.")
@with_app
def judge_again(app: Flask, code: str, dry_run: bool, reason: str) -> None:
    """Run the rules again over the forms of a collection; what was judged once, withdrawn or not, is not judged again.

    Example: surveytool judge mekong-2003 --dry-run
    """
    from surveytool import collections, rejudging
    from surveytool.audit_log import COMMAND_LINE

    found = opened(collections.find(code))
    if dry_run:
        for each in rejudging.preview(found):
            click.echo(f"{each.rule}\t{each.effect}\t{each.forms} forms\t{each.reason}")
        return
    with progress("Running the rules again"):
        n = rejudging.judge_again(found, COMMAND_LINE, reason)
    click.echo({0: "The rules found nothing new.", 1: "1 form was judged."}.get(n, f"{n} forms were judged."))


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
    with progress("Rebuilding what stands"):
        changed = judge.rebuild(chosen)
        db.session.commit()
    words = {0: "Nothing differed.", 1: "1 row differed and is mended."}
    click.echo(words.get(changed, f"{changed} rows differed and are mended."))
