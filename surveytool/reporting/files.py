"""A report as a file to take away: HTML or DOCX, with pictures where they can be drawn, else a word on that."""

from collections.abc import Callable
from dataclasses import dataclass

from surveytool.reporting import docx, html, pictures
from surveytool.reporting.document import Document
from surveytool.reporting.pictures import PicturesError

#: Formats: the ending of the file, and its media type.
FORMATS = {
    "html": ("html", "text/html"),
    "docx": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}
_WRITE = {"html": html.file, "docx": docx.file}


@dataclass(frozen=True)
class File:
    """A report written in one format."""

    content: bytes
    media_type: str
    ending: str
    #: Why it has no pictures; "" where it has them, or there are none to draw.
    note: str = ""


def write(
    document: Document,
    form: str,
    *,
    with_pictures: bool = True,
    frozen: str = "",
    tell: Callable[[int, int], None] = lambda done, steps: None,
) -> File:
    """Return a report as a file. Raises KeyError for another format."""
    ending, media_type = FORMATS[form]
    wanted = document.pictures if with_pictures else []
    note, drawn = "", {}
    if wanted and not pictures.available():
        note = pictures.MISSING
    elif wanted:
        try:
            drawn = pictures.drawn(wanted, lambda done: tell(done, len(wanted)))
        except PicturesError as error:
            note = f"Pictures are left out. {error}"
    return File(_WRITE[form](document, drawn, note, frozen), media_type, ending, note)
