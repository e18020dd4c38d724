"""Reads a spreadsheet that a person filled in: CSV with commas, semicolons or tabs, or the first sheet of an XLSX."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from surveytool.spreadsheets import runs

#: What an XLSX file begins with; everything else is read as text.
_ZIP = b"PK\x03\x04"
#: Cells an XLSX may have at most, so that a small file cannot fill the memory.
_ROWS, _COLUMNS, _BYTES = 200_000, 200, 200 * 2**20


class SheetError(ValueError):
    """The spreadsheet cannot be taken in; the message says why, naming the line, in one line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as a spreadsheet program counts, and what stands under each column's name (folded)."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the text under a column, trimmed; "" where there is none."""
        return self.cells.get(column.casefold(), "")


def read(content: bytes, needed: Sequence[str]) -> list[Line]:
    """Return the rows below the first, which names the columns; empty rows are left out. Raises SheetError."""
    rows = _xlsx(content) if content.startswith(_ZIP) else _csv(content)
    header: list[str] = []
    found = []
    for number, row in rows:
        # What was written for spreadsheets has an apostrophe before what would be run as a formula; it is still there
        # in a workbook that a spreadsheet program made of a CSV file.
        texts = [(text[1:] if text[:1] == "'" and runs(text[1:]) else text).strip() for text in row]
        if not any(texts):
            continue
        if not header:
            header = [text.casefold() for text in texts]
            missing = [name for name in needed if name.casefold() not in header]
            if missing:
                raise SheetError(f"The first line must name the columns {', '.join(needed)}; not found: {missing[0]}.")
            twice = [name for name in header if name and header.count(name) > 1]
            if twice:
                raise SheetError(f"Two columns are called “{twice[0]}”.")
            continue
        found.append(Line(number, dict(zip(header, texts, strict=False))))
    if not header:
        raise SheetError("The spreadsheet is empty.")
    return found


def _csv(content: bytes) -> Iterable[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError("The file is neither an XLSX workbook nor text in UTF-8. Save it as one of these.") from None
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    at = 1
    try:
        for row in reader:
            yield at, row
            at = reader.line_num + 1
    except csv.Error as error:
        raise SheetError(f"Line {at}: this is no CSV ({error}).") from None


def _xlsx(content: bytes) -> Iterable[tuple[int, list[str]]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > _BYTES:
                raise SheetError("The workbook is too large.")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=_COLUMNS), 1):
            if number > _ROWS:
                raise SheetError(f"The workbook has more than {_ROWS:,} rows.")
            yield number, [_text(value) for value in row]
    except SheetError:
        raise
    except Exception as error:  # the library raises whatever its parts do on a damaged file
        raise SheetError(f"This workbook cannot be read ({type(error).__name__}).") from None


def _text(value: object) -> str:
    """Return a cell as a person sees it: whole numbers without decimals."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
