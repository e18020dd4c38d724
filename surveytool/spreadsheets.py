"""Spreadsheet files, CSV and XLSX, written row by row, with one rule for what a cell may hold.

Numbers are written as numbers. Text stays text: what a spreadsheet would run as a formula is defused.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Protocol, TextIO

Cell = str | int | float | None

#: What one sheet of a workbook can hold: rows, and characters (UTF-16 units) in a cell.
ROWS, LONGEST = 1_048_576, 32_767
#: Said at the end of a text that a workbook cannot hold whole.
CUT = " … [cut here: too long for a cell; whole in the CSV]"
#: Separate cells and rows under the digest; neither can be in a cell.
UNIT, RECORD = "\x1f", "\x1e"

#: What spreadsheets take for the beginning of a formula, fullwidth signs and leading spaces included.
_FORMULA = re.compile("'*(?:[\t\r]|\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile("[+\\-]?[0-9]+(?:[.,][0-9]+)*%?")
#: What neither XML nor a database takes: controls other than tab and line feed, lone surrogates, non-characters.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def runs(text: str) -> bool:
    """Say whether a spreadsheet would try to compute a text instead of showing it; plain numbers are safe."""
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def defused(text: str) -> str:
    """Return a text as it stands in a CSV file: with an apostrophe before it where it would be run.

    It can be undone: take the apostrophe away wherever the rest would be run.
    """
    return f"'{text}" if runs(text) else text


def fit(text: str) -> str:
    """Return a text with what no file format takes made visible: controls as their pictures, the rest as U+FFFD."""
    return _UNFIT.sub(_picture, text.replace("\r\n", "\n"))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def _cut(text: str) -> str:
    """Return as much of a text as a cell of a workbook holds, and say that it was cut."""
    if len(text) <= LONGEST // 2 or len(text.encode("utf-16-le")) <= 2 * LONGEST:
        return text
    whole = text.encode("utf-16-le")[: 2 * (LONGEST - len(CUT))]
    return whole.decode("utf-16-le", "ignore") + CUT


def _csv_text(cell: Cell) -> str:
    """Return a cell as it stands in a CSV file."""
    if isinstance(cell, str):
        return defused(fit(cell))
    return "" if cell is None else repr(cell)


def _xlsx_text(text: str) -> tuple[str, bool, bool]:
    """Return a text as a cell of a workbook holds it; whether it would be run; whether it was cut."""
    whole = fit(text)
    kept = _cut(whole)
    return kept, runs(kept), kept != whole


# Codes, labels and marks come again and again; verbatims do not, and are not kept.
_SHORT = 40
_short_csv_text = lru_cache(4096, typed=True)(_csv_text)
_short_xlsx_text = lru_cache(4096)(_xlsx_text)


# Books: a file or several with a sheet for each subject ---------------------------------------------------------------


@dataclass
class Written:
    """One sheet as it was written: rows under the header, texts cut, and the digest over header and rows."""

    name: str
    rows: int = -1
    cut: int = 0
    _hash: Any = field(default_factory=hashlib.sha256, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal over the cells as they stand in the file."""
        return str(self._hash.hexdigest())

    def add(self, texts: Iterable[str]) -> None:
        """Take one more row into account."""
        self.rows += 1
        self._hash.update((UNIT.join(texts) + RECORD).encode())


class Book(Protocol):
    """Somewhere that sheets are written to, one after another."""

    def write(self, name: str, rows: Iterable[Sequence[Cell]]) -> Written:
        """Write one sheet; the first row is its header."""


class CsvBook:
    """A file for each sheet: UTF-8 with its mark, so that spreadsheets know it from older encodings."""

    def __init__(self, part: Callable[[str], TextIO]) -> None:
        self._part = part

    def write(self, name: str, rows: Iterable[Sequence[Cell]]) -> Written:
        """Write one sheet into a file of its own."""
        written = Written(name)
        with self._part(name) as file:
            writer = csv.writer(file)
            for row in rows:
                texts = [_csv_text(c) if isinstance(c, str) and len(c) > _SHORT else _short_csv_text(c) for c in row]
                writer.writerow(texts)
                written.add(texts)
        return written


class XlsxBook:
    """A workbook; its rows go to the disk as they come."""

    def __init__(self, file: Path | IO[bytes], folder: Path | None = None) -> None:
        # Loaded when a workbook is written: a server that only takes in forms does without.
        import xlsxwriter

        options = {"constant_memory": True, "tmpdir": str(folder) if folder else None}
        self._book = xlsxwriter.Workbook(str(file) if isinstance(file, Path) else file, options)
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._quoted = self._book.add_format({"quote_prefix": True})

    def write(self, name: str, rows: Iterable[Sequence[Cell]]) -> Written:
        """Write one sheet, and as many more under the same header as its rows need."""
        written, rest = Written(name), iter(rows)
        header = next(rest)
        written.add(self._row(self._sheet(name, header), 0, header, written))
        number, sheet, at = 1, self._book.worksheets()[-1], 0
        for row in rest:
            at += 1
            if at == ROWS:
                number, at = number + 1, 1
                sheet = self._sheet(f"{name} {number}", header)
                self._row(sheet, 0, header, written)
            written.add(self._row(sheet, at, row, written))
        return written

    def close(self) -> None:
        """Finish the file. Raises OSError."""
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from error

    def _sheet(self, name: str, header: Sequence[Cell]) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(header) - 1, 18 if len(header) > 12 else 36)
        sheet.set_row(0, None, self._bold)
        return sheet

    def _row(self, sheet: Any, at: int, row: Sequence[Cell], written: Written) -> list[str]:
        """Write one row, and return its cells as texts. Text is never written as a formula, a link or a number."""
        texts = []
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                text, formula, cut = _xlsx_text(cell) if len(cell) > _SHORT else _short_xlsx_text(cell)
                written.cut += cut
                texts.append(text)
                if text:
                    sheet.write_string(at, place, text, self._quoted if formula else None)
            elif cell is not None:
                texts.append(repr(cell))
                sheet.write_number(at, place, cell)
            else:
                texts.append("")
        return texts


# Places to write to ---------------------------------------------------------------------------------------------------


def beside(file: Path, main: str) -> Callable[[str], TextIO]:
    """Return what opens a CSV file for each sheet: the main one under its name, the others beside it."""

    def part(name: str) -> TextIO:
        path = file if name == main else file.with_name(f"{file.stem}-{name.lower()}.csv")
        return path.open("w", encoding="utf-8-sig", newline="")

    return part


def to_one_file(path: Path, name: str, rows: Iterable[Sequence[Cell]]) -> None:
    """Write one sheet to a file: a workbook where its name ends in .xlsx, CSV otherwise. Raises OSError."""
    if path.suffix.casefold() == ".xlsx":
        book = XlsxBook(path)
        book.write(name, rows)
        book.close()
    else:
        CsvBook(beside(path, name)).write(name, rows)


@contextmanager
def zipped(file: IO[bytes], stem: str) -> Iterator[Callable[[str], TextIO]]:
    """Give what opens a CSV file for each sheet inside one ZIP file."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:

        def part(name: str) -> TextIO:
            entry = archive.open(f"{stem}-{name.lower()}.csv", "w", force_zip64=True)
            return io.TextIOWrapper(entry, encoding="utf-8-sig", newline="")

        yield part


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return a short table as the text of a CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows([_csv_text(cell) for cell in row] for row in rows)
    return out.getvalue()
