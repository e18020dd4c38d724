"""An appraisal, and a country's ladder, as a document for a word processor."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from surveytool import appraisal_pictures, workshops
from surveytool.appraising import COMPOSITE, Appraisal, Change, p_shown, signed
from surveytool.reporting import pictures
from surveytool.reporting.document import Picture
from surveytool.results import shown
from surveytool.text import clean

if TYPE_CHECKING:
    from docx.document import Document

    from surveytool.ladder import CountryPage

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Fonts that word processors in the region have for the scripts of titles and places.
FONT = "Noto Sans"
SYNTHETIC = "SYNTHETIC DATA: these answers are made up. They are nobody's."


def with_pictures(asked: Mapping[str, str]) -> bool:
    """Say whether an address asks for pictures: unless it says no, since drawing them takes some seconds."""
    return asked.get("pictures") != "no"


def docx(found: Appraisal, *, with_pictures: bool = True) -> bytes:
    """Return the summary of a workshop as DOCX: one page, and the pictures of its appraisal after it."""
    document, w = _new(found.workshop.title, bool(found.workshop.synthetic)), found.workshop
    _paragraph(document, _about(found))
    for sentence in found.sentences:
        _paragraph(document, sentence)
    forms, names = found.forms, workshops.WAVE_NAMES
    _paragraph(
        document,
        f"Forms: {forms.first} {names[found.first]}, {forms.second} {names[found.second]}; {forms.pairs} people "
        f"paired, {forms.only_first} only {names[found.first]}, {forms.only_second} only {names[found.second]}.",
    )
    head = ("Competency", "Pairs", "Before", "After", "Change (95 %)", "Rose / stayed / fell", "p", "p adjusted")
    rows = [_row(change, w.main or COMPOSITE) for change in (*found.changes, found.composite)]
    _table(document, head, rows)
    for each in found.answers:
        if each.n:
            share = f", {each.good} of them {'yes' if each.mean is None else '3 or 4'}" if each.good is not None else ""
            mean = f"; mean {shown(each.mean)} of 4" if each.mean is not None else ""
            _paragraph(document, f"{each.label} {each.n} answered{share}{mean}.")
    _paragraph(document, "Counted person by person, by linking codes without names. How each figure is made is written")
    document.paragraphs[-1].add_run(" in docs/appraisal.md of surveytool.")
    if with_pictures:
        _add_pictures(document, appraisal_pictures.pictures(found))
    return _bytes(document)


def _about(found: Appraisal) -> str:
    w = found.workshop
    days = f"{w.starts_on:%-d %B %Y}" + (f" to {w.ends_on:%-d %B %Y}" if w.ends_on != w.starts_on else "")
    place = ", ".join(part for part in (w.place, workshops.COUNTRIES.get(w.country, w.country)) if part)
    audience = f"for {workshops.AUDIENCE_NAMES[w.audience]}"
    return "; ".join(part for part in (place, days, audience, w.topic) if part) + "."


def _row(change: Change, main: str) -> tuple[str, ...]:
    found = change.found
    interval = f" ({signed(found.ci95[0])} to {signed(found.ci95[1])})" if found.ci95 else ""
    directions = "–" if found.rose is None else f"{found.rose} / {found.stayed} / {found.fell}"
    return (
        change.label + (" (named beforehand)" if change.name == main else ""),
        str(found.n),
        shown(found.mean_before),
        shown(found.mean_after),
        signed(found.mean_change) + interval,
        directions,
        p_shown(found.p_value),
        p_shown(change.p_adjusted),
    )


def country_docx(page: "CountryPage", *, with_pictures: bool = True) -> bytes:
    """Return a country's page, with the capacity ladder and the pictures, as DOCX."""
    document = _new(f"Capacity in {page.name}", page.synthetic)
    _paragraph(document, "The capacity ladder: each rung with how many it was counted from, and where.")
    rungs = [(rung.name, line.source, str(line.n), line.figure) for rung in page.rungs for line in rung.lines]
    _table(document, ("Rung", "Source", "n", "Figure"), rungs)
    _paragraph(document, "Figures of different sources are of different people and are not pooled.")
    rows = [
        (
            f"{each.workshop.title}, {each.workshop.starts_on}",
            workshops.AUDIENCE_NAMES[each.workshop.audience],
            str(each.change.found.n),
            signed(each.change.found.mean_change),
            each.interval or each.why,
        )
        for each in page.lines
    ]
    _table(document, ("Workshop", "For", "Pairs", "Mean change", "95 % interval"), rows)
    for sentence in page.sentences:
        _paragraph(document, sentence)
    if with_pictures:
        _add_pictures(document, appraisal_pictures.forests(page.pools))
    return _bytes(document)


def _add_pictures(document: "Document", figures: appraisal_pictures.Pictures) -> None:
    """Add the pictures that the page has, or say why there are none."""
    from docx.shared import Cm

    if not figures:
        return
    if not pictures.available():
        _paragraph(document, pictures.MISSING)
        return
    wanted = [Picture(name, figure, figure["layout"]["meta"]["title"]) for name, figure in figures.items()]
    try:
        drawn = pictures.drawn(wanted)
    except pictures.PicturesError as error:
        _paragraph(document, f"Pictures are left out. {error}")
        return
    document.add_page_break()
    for picture in wanted:
        document.add_heading(_plain(picture.says), level=2)
        document.add_picture(BytesIO(drawn[picture.name]), width=Cm(17.4))
        document.inline_shapes[-1]._inline.docPr.set("descr", _plain(picture.says))
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        _paragraph(document, picture.drawing["layout"]["meta"]["note"])


# A document ----------------------------------------------------------------------------------------------------------


def _new(title: str, synthetic: bool) -> "Document":
    from docx import Document
    from docx.shared import Cm, Pt

    document = Document()
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.8)
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(9.5)
    style.paragraph_format.space_after = Pt(3)
    document.core_properties.title = _plain(title)
    document.core_properties.author = "surveytool"
    document.add_heading(_plain(title), level=1)
    if synthetic:
        document.add_paragraph().add_run(SYNTHETIC).bold = True
    return document


def _paragraph(document: "Document", text: str) -> None:
    document.add_paragraph(_plain(text))


def _table(document: "Document", head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Add a table whose first column is the widest, since it holds names; the page is 17.4 cm wide."""
    from docx.shared import Cm, Pt

    table = document.add_table(rows=1, cols=len(head))
    table.style = "Light Grid Accent 1"
    for cell, words in zip(table.rows[0].cells, head, strict=True):
        cell.text = words
    for row in rows:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = _plain(words)
    table.autofit = False
    widths = [5.0, *([12.4 / (len(head) - 1)] * (len(head) - 1))]
    # Some word processors go by the columns, others by the cells.
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for line in table.rows:
        for cell, width in zip(line.cells, widths, strict=True):
            cell.width = Cm(width)
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(8)
    document.add_paragraph()


def _plain(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return clean(text)


def _bytes(document: "Document") -> bytes:
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()
