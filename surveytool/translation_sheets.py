"""Answers to translate as a spreadsheet, for who works offline, and taking in one that was filled in.

A line goes back by form and item; its column `check` says which words and which translation it was written from. Where
either is another by now the line is kept aside with what was typed: nothing is overwritten unseen.
"""

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from flask import current_app

from surveytool import verbatims
from surveytool.filled_sheets import Line, SheetError, read
from surveytool.judge import translating
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Response, db
from surveytool.spreadsheets import Cell, fit, runs, to_one_file
from surveytool.tabulate import EVERYTHING, Filter
from surveytool.text import clean
from surveytool.verbatims import Translated

HEADER = (
    *("form", "item", "question", "language", "original", "translation", "state"),
    *("translated_by", "approved_by", "check"),
)
NEEDED = ("form", "item", "translation")
FORMATS = ("csv", "xlsx")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEET = "Translations"
#: How much of the digest of the original stands in a file.
DIGEST = 16


@dataclass(frozen=True)
class Aside:
    """One line that was not taken in: where it stands, what it is about, why not, and what was typed."""

    line: int
    form: int
    #: "" where the file names no item that there is.
    variable: str
    words: str
    typed: str
    #: The line as it was, to be written into a file of its own.
    cells: tuple[str, ...]


@dataclass
class TakenIn:
    """What became of a file: translations saved, lines that change nothing, lines kept aside."""

    saved: int = 0
    unchanged: int = 0
    aside: list[Aside] = field(default_factory=list)


# Out ------------------------------------------------------------------------------------------------------------------


def rows(collection: Collection, where: Filter = EVERYTHING, *, only_to_do: bool = False) -> Iterator[Sequence[Cell]]:
    """Yield the answers to translate, item by item, each with what it says in English so far."""
    assert collection.version is not None
    english = collection.revision("en").wording
    yield HEADER
    for variable in verbatims.open_items(collection.version.questionnaire):
        label = english.label(variable.item.name)
        for each in verbatims.translated(collection.id, [variable.name], where):
            if not only_to_do or each.state in ("untranslated", "stale"):
                yield _row(variable.number, label, each)


def _row(number: str, label: str, each: Translated) -> Sequence[Cell]:
    verbatim, shown = each.verbatim, each.shown
    made = (shown.text, translating.STATE_WORDS[each.state], shown.made_by) if shown else ("", "not translated", "")
    language = LANGUAGES[verbatim.language].english
    approved = (shown.approved_by or "") if shown else ""
    return (verbatim.response_id, number, label, language, verbatim.text, *made, approved, _check(each))


def _check(each: Translated) -> str:
    """Return what tells the words and the translation of now from all others; a letter keeps it from being a number."""
    return f"w{translating.source(each.verbatim.text)[:DIGEST]}.{each.shown.id if each.shown else 0}"


def to_file(sheet: Iterator[Sequence[Cell]], path: Path) -> None:
    """Write rows to a file: a workbook where its name ends in .xlsx, CSV otherwise. Raises OSError."""
    to_one_file(path, SHEET, sheet)


def file(collection: Collection, form: str, where: Filter, *, only_to_do: bool) -> IO[bytes]:
    """Return a spreadsheet to download; it is on the disk only while it is made."""
    with tempfile.TemporaryDirectory(prefix=".translations-", dir=current_app.instance_path) as folder:
        whole = Path(folder) / f"translations.{form}"
        to_file(rows(collection, where, only_to_do=only_to_do), whole)
        return io.BytesIO(whole.read_bytes())


# In -------------------------------------------------------------------------------------------------------------------


def take_in(collection: Collection, content: bytes, by: str, where: Filter = EVERYTHING) -> TakenIn:
    """Save the translations of a file, CSV or XLSX, that change something; the caller commits. Raises SheetError.

    Lines about words that changed since, or that somebody else translated meanwhile, are kept aside. What was written
    for a form that was corrected meanwhile is about the version that stands now.
    """
    assert collection.version is not None
    items = {each.number.casefold(): each for each in verbatims.open_items(collection.version.questionnaire)}
    standing = {
        (each.verbatim.response_id, each.verbatim.variable): each
        for each in verbatims.translated(collection.id, [each.name for each in items.values()], where)
    }
    later, done = translating.later_versions(collection.id), TakenIn()
    taken: dict[tuple[int, str], tuple[int, str]] = {}
    for line in read(content, NEEDED):
        typed = clean(line["translation"])
        if not typed:
            done.unchanged += 1
            continue
        variable = items.get(line["item"].casefold())
        name, form = variable.name if variable else "", _number(line["form"])
        while (form, name) not in standing and form in later:
            form = later[form]
        first, before = taken.setdefault((form, name), (line.number, typed))
        try:
            if before != typed:
                raise translating.TranslatingError(f"Line {first} translates the same answer otherwise.")
            _one(standing.get((form, name)), line, typed, by, done)
        except translating.TranslatingError as fault:
            cells = tuple(line[column] for column in HEADER)
            done.aside.append(Aside(line.number, form, name, str(fault), typed, cells))
    return done


def _one(now: Translated | None, line: Line, typed: str, by: str, done: TakenIn) -> None:
    """Save one line, unless it changes nothing. Raises TranslatingError."""
    if now is None:
        raise translating.TranslatingError("No answer in words to translate stands there (any more).")
    shown = now.shown
    if shown and _same(typed, shown.text) and not shown.stale:
        done.unchanged += 1
        return
    words, _, seen = line["check"].removeprefix("w").partition(".")
    if words:
        if words != translating.source(now.verbatim.text)[:DIGEST]:
            raise translating.ChangedMeanwhile("The original has changed since the file was written.")
        if shown and seen and seen != str(shown.id):
            raise translating.ChangedMeanwhile(f"{shown.made_by} translated it since the file was written.")
        if not shown and seen not in ("", "0"):
            raise translating.ChangedMeanwhile("Its translation was taken back since the file was written.")
    elif clean(fit(now.verbatim.text)) != clean(line["original"]) or shown:
        raise translating.ChangedMeanwhile(
            "The column “check” is empty, and the original is another or is translated already."
        )
    if shown and shown.stale and _same(typed, shown.text):
        # It came so, out of date, and nobody touched it.
        done.unchanged += 1
        return
    response = db.session.get_one(Response, now.verbatim.response_id)
    translating.translate(response, now.verbatim.variable, typed, by, seen=shown.id if shown else None)
    done.saved += 1


def _same(typed: str, text: str) -> bool:
    """Say whether a cell holds a translation; an apostrophe before what would be run is taken away in reading."""
    return typed == text or (text[:1] == "'" and typed == text[1:] and runs(typed))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def aside_rows(done: TakenIn) -> Iterator[Sequence[Cell]]:
    """Yield the lines that were kept aside, to be looked at and taken in again; why not stands behind each."""
    yield (*HEADER, "why")
    for each in done.aside:
        yield (*each.cells, f"{each.words}")


__all__ = ["HEADER", "Aside", "SheetError", "TakenIn", "aside_rows", "file", "rows", "take_in", "to_file"]
