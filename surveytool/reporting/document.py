"""What a report consists of, whatever file it becomes: headings, paragraphs, tables, pictures, quotations.

Numbers stand in the text as references to figures, so that each can lead to what it was counted from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from surveytool.reporting.figures import Figure


@dataclass(frozen=True, slots=True)
class Ref:
    """A number in a text, by the id of its figure."""

    id: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words in another language than the report's prose."""

    text: str
    language: str


#: A text: plain English, numbers, words in other languages.
Text = tuple[str | Ref | Words, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a part, level 2 an item."""

    kind: ClassVar[str] = "heading"
    level: int
    text: Text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: `style` is "", "sentence", "question", "note" or "caution"."""

    kind: ClassVar[str] = "paragraph"
    text: Text
    style: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; the first cell of a row says what the row is about."""

    kind: ClassVar[str] = "table"
    caption: Text
    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    #: Which columns hold numbers and stand to the right.
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as data for Plotly, and what it shows in words."""

    kind: ClassVar[str] = "picture"
    name: str
    drawing: Mapping[str, Any]
    says: str


@dataclass(frozen=True, slots=True)
class Quote:
    """An answer in words, quoted: in translation with the original offered, or in the original."""

    kind: ClassVar[str] = "quote"
    text: str
    language: str
    #: Said beside it: out of date, awaits a second reader, not translated.
    note: str = ""
    original: str = ""
    original_language: str = ""
    #: Of which form (its key in the bundle; "" where none is made) and of which variable.
    form: str = ""
    variable: str = ""


Block = Heading | Paragraph | Table | Picture | Quote


@dataclass(frozen=True)
class Document:
    """A report."""

    title: str
    subtitle: str
    #: Said on every page of a report on made-up answers.
    synthetic: str
    #: The language of questions and choices; the prose is English.
    language: str
    #: Which forms it is of, in words.
    filtered: str
    made_at: str
    blocks: tuple[Block, ...]
    #: Every figure it cites, by id, in the order of first mention.
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def pictures(self) -> list[Picture]:
        """Its pictures, in order."""
        return [block for block in self.blocks if isinstance(block, Picture)]


def texts(block: Block) -> Iterator[Text]:
    """Yield the texts of a block."""
    if isinstance(block, Heading | Paragraph):
        yield block.text
    elif isinstance(block, Table):
        yield block.caption
        yield from block.head
        for row in block.rows:
            yield from row


def cited(blocks: tuple[Block, ...], figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Return the figures that some blocks cite, in the order of first mention."""
    runs = (run for block in blocks for text in texts(block) for run in text)
    return {run.id: figures[run.id] for run in runs if isinstance(run, Ref)}


# As data, for bundles -------------------------------------------------------------------------------------------------


def as_data(document: Document) -> dict[str, Any]:
    """Return a report as plain data, its figures by id alone: their values stand beside it."""
    kept = {
        name: getattr(document, name) for name in ("title", "subtitle", "synthetic", "language", "filtered", "made_at")
    }
    return kept | {"blocks": [_block_data(block) for block in document.blocks]}


def from_data(data: Mapping[str, Any], figures: Mapping[str, Figure]) -> Document:
    """Return the report that `as_data` made data of. Raises KeyError or TypeError for other data."""
    kept = {name: str(data[name]) for name in ("title", "subtitle", "synthetic", "language", "filtered", "made_at")}
    blocks = tuple(_block(each) for each in data["blocks"])
    return Document(**kept, blocks=blocks, figures=cited(blocks, figures))


def _block_data(block: Block) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": block.kind}
    if isinstance(block, Heading):
        return data | {"level": block.level, "text": _text_data(block.text)}
    if isinstance(block, Paragraph):
        return data | {"style": block.style, "text": _text_data(block.text)}
    if isinstance(block, Table):
        rows = [[_text_data(cell) for cell in row] for row in block.rows]
        head = [_text_data(cell) for cell in block.head]
        return data | {"caption": _text_data(block.caption), "head": head, "rows": rows, "numbers": list(block.numbers)}
    names = ("name", "drawing", "says") if isinstance(block, Picture) else _QUOTED
    return data | {name: getattr(block, name) for name in names}


#: What bundles keep of a quotation: whose and of what, never the words, which are gone when who wrote them withdraws.
_QUOTED = ("form", "variable", "language")


def _block(data: Mapping[str, Any]) -> Block:
    kind = data["kind"]
    if kind == "heading":
        return Heading(data["level"], _text(data["text"]))
    if kind == "paragraph":
        return Paragraph(_text(data["text"]), data["style"])
    if kind == "table":
        rows = tuple(tuple(_text(cell) for cell in row) for row in data["rows"])
        head = tuple(_text(cell) for cell in data["head"])
        return Table(_text(data["caption"]), head, rows, tuple(data["numbers"]))
    if kind == "picture":
        return Picture(data["name"], data["drawing"], data["says"])
    return Quote("…", data["language"], form=data["form"], variable=data["variable"])


def _text_data(text: Text) -> list[Any]:
    return [
        {"figure": run.id} if isinstance(run, Ref) else [run.language, run.text] if isinstance(run, Words) else run
        for run in text
    ]


def _text(data: list[Any]) -> Text:
    return tuple(
        Ref(run["figure"]) if isinstance(run, dict) else Words(run[1], run[0]) if isinstance(run, list) else run
        for run in data
    )
