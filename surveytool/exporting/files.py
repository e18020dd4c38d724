"""Exports as files: at a place somebody names, or as a download that is on the disk only while it is sent."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from flask import current_app

from surveytool.exporting.export import Exported, Wanted, export
from surveytool.exporting.sheets import DATA
from surveytool.models import Collection
from surveytool.spreadsheets import CsvBook, XlsxBook, beside, zipped

#: The media type of a workbook.
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def to_file(collection: Collection, wanted: Wanted, path: Path, who: str) -> Exported:
    """Write an export to a file; as CSV, codebook, judgements and notes to files beside it. Raises OSError.

    The files appear once everything is written; what fails leaves nothing behind.
    """
    with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as folder:
        whole = Path(folder) / path.name
        if wanted.form == "csv":
            done = export(collection, wanted, CsvBook(beside(whole, DATA)), who)
        else:
            book = XlsxBook(whole, Path(folder))
            done = export(collection, wanted, book, who)
            book.close()
        for part in Path(folder).iterdir():
            part.replace(path.parent / part.name)
    return done


def to_download(
    collection: Collection, wanted: Wanted, who: str, tell: Callable[[int], None] = lambda done: None
) -> IO[bytes]:
    """Return an export as an open file: a workbook, or a ZIP file of CSV files. It is gone when it is closed.

    `tell` hears how many forms are written.
    """
    folder = Path(current_app.instance_path)
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile(dir=folder))
        if wanted.form == "csv":
            with zipped(file, collection.code) as part:
                export(collection, wanted, CsvBook(part), who, tell)
        else:
            with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as rows:
                book = XlsxBook(file, Path(rows))
                export(collection, wanted, book, who, tell)
                book.close()
        file.seek(0)
        stack.pop_all()
        return file
