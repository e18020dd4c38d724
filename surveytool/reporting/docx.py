"""A report as a Word document: real heading styles, repeated table heads, numbers that link to their sources.

The only module that knows python-docx. Tables are written as XML in one go: cell by cell, the library takes minutes
for the list of sources.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from docx import Document as new_docx
from docx.document import Document as Docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from surveytool.languages import LANGUAGES
from surveytool.reporting import document as model
from surveytool.reporting.document import Document, Picture, Quote, Ref, Table, Text, Words
from surveytool.reporting.html import english_name, numbers

#: The font of Latin letters, and of each script that Word calls complex, with the tag it knows the language by.
FONT = "Noto Sans"
SCRIPTS = {
    "th": ("Noto Sans Thai", "th-TH"),
    "lo": ("Noto Sans Lao", "lo-LA"),
    "km": ("Noto Sans Khmer", "km-KH"),
    "my": ("Noto Sans Myanmar", "my-MM"),
}
_STYLES = {"sentence": "Sentence", "question": "Question", "note": "Note", "caution": "Caution"}
#: What no XML file may hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PAGE_WIDTH = 9700  # twentieths of a point between the margins


def file(document: Document, drawn: Mapping[str, bytes], note: str = "", frozen: str = "") -> bytes:
    """Return a report as DOCX, with the pictures that were drawn; `note` is said at its beginning."""
    docx = new_docx()
    _set_up(docx, document)
    writer = _Writer(docx, document)
    writer.title(frozen)
    if note:
        writer.paragraph((note,), "Note")
    for block in document.blocks:
        writer.block(block, drawn)
    writer.sources()
    written = io.BytesIO()
    docx.save(written)
    return written.getvalue()


def _set_up(docx: Docx, document: Document) -> None:
    """Set page, styles and what stands on every page."""
    section = docx.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.95)
    section.top_margin = section.bottom_margin = Cm(2)
    core = docx.core_properties
    core.title, core.subject, core.author, core.comments = document.title, document.subtitle, "surveytool", ""
    core.language = "en"
    _styles(docx)
    head = section.header.paragraphs[0]
    head.text = document.synthetic or document.title
    head.style = docx.styles["Synthetic"] if document.synthetic else docx.styles["Header"]
    foot = section.footer.paragraphs[0]
    foot._p.getparent().replace(foot._p, parse_xml(_p(_field("PAGE") + _run(" / ") + _field("NUMPAGES"), "Footer")))


def _styles(docx: Docx) -> None:
    for name, size, bold in (
        ("Normal", 10, None),
        ("Title", 20, True),
        ("Heading 1", 15, True),
        ("Heading 2", 11.5, True),
    ):
        _font(docx.styles[name], size, bold)
    _font(docx.styles["Caption"], 9, False, RGBColor(0x4A, 0x4F, 0x55))
    for name in ("Caption", "Heading 1", "Heading 2"):
        docx.styles[name].paragraph_format.keep_with_next = True
    soft, amber = RGBColor(0x4A, 0x4F, 0x55), RGBColor(0x7A, 0x5C, 0x00)
    own = (("Sentence", 10, True, None), ("Question", 9.5, False, soft), ("Note", 9, False, soft))
    for name, size, bold, colour in (*own, ("Caution", 10, False, None), ("Synthetic", 9, True, amber)):
        style = docx.styles.add_style(name, 1)
        style.base_style = docx.styles["Normal"]
        _font(style, size, bold, colour)
        style.paragraph_format.space_after = Pt(3)
    docx.styles["Question"].paragraph_format.keep_with_next = True
    # Upright: slanted letters of Thai, Khmer and Burmese are hard to read.
    _font(docx.styles["Quote"], 10, False)
    docx.styles["Quote"].paragraph_format.left_indent = Cm(0.7)
    docx.styles["Quote"].paragraph_format.space_after = Pt(3)
    docx.styles["Caution"].paragraph_format.left_indent = Cm(0.5)
    for name, size in (("Cell", 9.5), ("Source", 7)):
        style = docx.styles.add_style(name, 1)
        style.base_style = docx.styles["Normal"]
        _font(style, size, None)
        style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(1)


def _font(style: Any, size: float, bold: bool | None, colour: RGBColor | None = None) -> None:
    style.font.name, style.font.size = FONT, Pt(size)
    if bold is not None:
        style.font.bold, style.font.italic = bold, False
    style.font.color.rgb = colour or RGBColor(0x1B, 0x1B, 0x1B)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for slot in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{slot}"), FONT)


class _Writer:
    """Writes blocks at the end of a document."""

    def __init__(self, docx: Docx, document: Document) -> None:
        self.docx, self.document, self.numbers = docx, document, numbers(document)
        self.end = docx.element.body.sectPr
        self.tables = 0

    def add(self, xml: str) -> None:
        self.end.addprevious(parse_xml(xml))

    def title(self, frozen: str) -> None:
        self.paragraph((self.document.title,), "Title")
        said = f"{self.document.subtitle}. Forms: {self.document.filtered}. Written {self.document.made_at}{frozen}."
        self.paragraph((said,), "Note")

    def paragraph(self, text: Text, style: str) -> None:
        self.add(_p(self.runs(text), style))

    def block(self, block: model.Block, drawn: Mapping[str, bytes]) -> None:
        if isinstance(block, model.Heading):
            self.paragraph(block.text, f"Heading {block.level}")
        elif isinstance(block, model.Paragraph):
            self.paragraph(block.text, _STYLES.get(block.style, "Normal"))
        elif isinstance(block, Table):
            self.table(block)
        elif isinstance(block, Picture):
            self.picture(block, drawn)
        else:
            self.quote(block)

    def table(self, table: Table) -> None:
        self.tables += 1
        caption = (
            _run("Table ") + _field("SEQ Table \\* ARABIC", str(self.tables)) + _run(". ") + self.runs(table.caption)
        )
        self.add(_p(caption, "Caption"))
        rows = (((self.runs(cell) for cell in row), "") for row in table.rows)
        self.add(_table([self.runs(cell) for cell in table.head], rows, _widths(table), table.numbers, "Cell"))
        self.add(_p(""))

    def picture(self, picture: Picture, drawn: Mapping[str, bytes]) -> None:
        if picture.name not in drawn:
            return
        paragraph = self.docx.add_paragraph(style="Normal")
        shape = paragraph.add_run().add_picture(io.BytesIO(drawn[picture.name]), width=Cm(16.5))
        shape._inline.docPr.set("descr", picture.says)
        self.end.addprevious(paragraph._p)

    def quote(self, quote: Quote) -> None:
        self.paragraph(("“", Words(quote.text, quote.language), "”"), "Quote")
        said = f"Translated from {english_name(quote.original_language)}. " if quote.original else ""
        said += f"[{quote.note}] " if quote.note else ""
        if quote.original:
            self.paragraph((f"{said}Original: ", Words(quote.original, quote.original_language)), "Note")
        elif said:
            self.paragraph((said,), "Note")

    def sources(self) -> None:
        """Write where each number comes from; the numbers in the text lead here."""
        self.add(_p('<w:r><w:br w:type="page"/></w:r>'))
        self.paragraph(("Sources of figures",), "Heading 1")
        said = f"What each number was counted from. The forms of the whole report: {self.document.filtered}."
        self.paragraph((said,), "Normal")
        head = ("Figure", "Value", "What was counted", "Item, variable", "Forms", "Base", "n")
        widths = (2100, 700, 2700, 1700, 1100, 1000, 400)
        self.add(_table([_run(word) for word in head], self._sources(), widths, (1, 6), "Source"))

    def _sources(self) -> Iterator[tuple[Iterable[str], str]]:
        for figure in self.document.figures.values():
            item = figure.counted or "–"
            n = "–" if figure.n is None else str(figure.n)
            cells = (figure.id, figure.shown, figure.words, item, figure.part or self.document.filtered, figure.base, n)
            yield [_run(cell) for cell in cells], f"f{self.numbers[figure.id]}"

    def runs(self, text: Text) -> str:
        return "".join(self.run(part) for part in text)

    def run(self, part: str | Ref | Words) -> str:
        if isinstance(part, Ref):
            shown = _run(self.document.figures[part.id].shown)
            return f'<w:hyperlink w:anchor="f{self.numbers[part.id]}" w:history="1">{shown}</w:hyperlink>'
        return _run(part) if isinstance(part, str) else _run(part.text, part.language)


def _p(runs: str, style: str = "Normal") -> str:
    name = style.replace(" ", "")
    return f'<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val="{name}"/></w:pPr>{runs}</w:p>'


def _run(text: str, language: str = "") -> str:
    """Return runs of text, one for each script: Word picks the font of complex scripts by a mark on the run."""
    return "".join(_one(words, tag, language) for tag, words in _by_script(text))


def _one(words: str, tag: str, language: str) -> str:
    words = _NOT_XML.sub("", words)
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in words.split("\n"))
    if tag:
        font, known_as = SCRIPTS[tag]
        slots = " ".join(f'w:{slot}="{font}"' for slot in ("ascii", "hAnsi", "eastAsia", "cs"))
        marks = f'<w:rFonts {slots}/><w:cs/><w:lang w:bidi="{known_as}"/>'
    else:
        marks = '<w:lang w:val="vi-VN"/>' if language == "vi" else ""
    return f"<w:r>{f'<w:rPr>{marks}</w:rPr>' if marks else ''}{lines}</w:r>"


def _by_script(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text in parts of one script each; spaces and signs stay with what they follow."""
    before = ""
    tags = []
    for letter in text:
        if letter.isalnum() or ord(letter) > 0x0E00:
            before = _script(letter)
        tags.append(before)
    for tag, part in groupby(zip(tags, text, strict=True), key=lambda pair: pair[0]):
        yield tag, "".join(letter for _, letter in part)


def _script(letter: str) -> str:
    for tag in SCRIPTS:
        if any(first <= ord(letter) <= last for first, last in LANGUAGES[tag].blocks):
            return tag
    return ""


def _field(code: str, shown: str = "1") -> str:
    return f'<w:fldSimple w:instr="{code}">{_run(shown)}</w:fldSimple>'


def _widths(table: Table) -> tuple[int, ...]:
    """Return the widths of columns: narrow for numbers, the rest shared by the words."""
    narrow = 1350
    words = len(table.head) - len(table.numbers)
    wide = min(5600, (_PAGE_WIDTH - narrow * len(table.numbers)) // max(1, words))
    return tuple(narrow if column in table.numbers else wide for column in range(len(table.head)))


def _table(
    head: list[str],
    rows: Iterable[tuple[Iterable[str], str]],
    widths: tuple[int, ...],
    right: tuple[int, ...],
    style: str,
) -> str:
    """Return a table whose head is repeated on every page; a row may have a bookmark for links to lead to."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    line = '<w:{} w:val="single" w:sz="4" w:space="0" w:color="C3C9CE"/>'
    borders = "".join(line.format(side) for side in ("top", "bottom", "insideH"))
    look = (
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
    )
    whole = [_row(head, widths, right, style, head=True)]
    whole += [_row(cells, widths, right, style, mark=mark) for cells, mark in rows]
    return f"<w:tbl {nsdecls('w')}><w:tblPr>{look}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(whole)}</w:tbl>"


def _row(
    cells: Iterable[str],
    widths: tuple[int, ...],
    right: tuple[int, ...],
    style: str,
    *,
    head: bool = False,
    mark: str = "",
) -> str:
    found = []
    for column, (runs, width) in enumerate(zip(cells, widths, strict=True)):
        side = '<w:jc w:val="right"/>' if column in right else ""
        if mark and not column:
            number = mark.removeprefix("f")
            runs = f'<w:bookmarkStart w:id="{number}" w:name="{mark}"/>{runs}<w:bookmarkEnd w:id="{number}"/>'
        bold = "<w:rPr><w:b/></w:rPr>" if head else ""
        if head:
            runs = runs.replace("<w:r>", f"<w:r>{bold}")
        paragraph = f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{side}</w:pPr>{runs}</w:p>'
        found.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{paragraph}</w:tc>')
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(found)}</w:tr>"
