"""A report as one HTML file that needs nothing else and prints well."""

import base64
from collections.abc import Mapping

from flask import render_template

from surveytool.languages import LANGUAGES
from surveytool.places import PACKAGE
from surveytool.reporting.document import Document


def numbers(document: Document) -> dict[str, int]:
    """Return the place of each figure in the list of sources, by its id."""
    return {figure: place for place, figure in enumerate(document.figures, 1)}


def english_name(tag: str) -> str:
    """Return what a language is called in English."""
    return LANGUAGES[tag].english if tag in LANGUAGES else tag


def file(document: Document, drawn: Mapping[str, bytes], note: str = "", frozen: str = "") -> bytes:
    """Return a report as HTML, with the pictures that were drawn; `note` is said at its beginning."""
    page = render_template(
        "reporting/file.html",
        document=document,
        numbers=numbers(document),
        styles=(PACKAGE / "static" / "report.css").read_text("utf-8") + _on_every_page(document.synthetic),
        drawn={name: f"data:image/png;base64,{base64.b64encode(png).decode()}" for name, png in drawn.items()},
        own_name=english_name,
        note=note,
        frozen=frozen,
    )
    return page.encode()


def _on_every_page(notice: str) -> str:
    """Return the style that prints a notice at the head of every page."""
    if not notice:
        return ""
    words = "".join(letter for letter in notice if letter not in '"\\<>\n')
    return f'@page {{ @top-center {{ content: "{words}"; font: bold 8pt sans-serif; color: #7a5c00; }} }}\n'
