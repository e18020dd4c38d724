"""Distinct answers in words and their codes as a CSV file, and taking in one whose codes were filled in."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from surveytool import tabulate, verbatims
from surveytool.judge import coding
from surveytool.models import Code, CodeFrame, Collection
from surveytool.spreadsheets import csv_text

HEADER = ("item", "answer", "words", "people", "countries", "codes")
#: What stands between the codes of one answer.
BETWEEN = ";"
#: What a cell may hold at most; a verbatim is far shorter.
csv.field_size_limit(1_000_000)


class SheetError(ValueError):
    """A file that cannot be taken in; the message says why and in which line."""


@dataclass(frozen=True)
class TakenIn:
    """What became of a file: codings made, rows whose answer nobody gives any more."""

    codings: int
    gone: int


def text(collection: Collection) -> str:
    """Return the distinct answers of a collection that stand, with the short names of their codes, as CSV."""
    return csv_text([HEADER, *_rows(collection)])


def _rows(collection: Collection) -> Iterator[Sequence[object]]:
    assert collection.version is not None
    for variable in verbatims.open_items(collection.version.questionnaire):
        frame = verbatims.frame(collection, variable)
        names = {code.id: code.name for code in frame.codes} if frame else {}
        for each in tabulate.worded(collection.id, variable.name):
            countries = f"{BETWEEN} ".join(f"{country} {n}" for country, n in sorted(each.countries.items()))
            codes = f"{BETWEEN} ".join(names[id_] for id_ in sorted(each.codes) if id_ in names)
            yield variable.number, verbatims.answer_id(each.text), each.text, each.people, countries, codes


def take_in(collection: Collection, content: str, by: str) -> TakenIn:
    """Give the codes of a file to its answers, all or nothing; codes an answer has beside them stay.

    Answers go by the column `answer`, so that what a spreadsheet made of the words does not matter. Raises SheetError.
    """
    assert collection.version is not None
    numbers = {each.number: each for each in verbatims.open_items(collection.version.questionnaire)}
    made = gone = 0
    for number, rows in _by_item(content).items():
        if number not in numbers:
            raise SheetError(f"Line {rows[0][0]}: there is no item “{number}” that is answered in words.")
        variable = numbers[number]
        frame = verbatims.frame(collection, variable)
        units: dict[str, list[coding.Unit]] = {}
        for id_, words in verbatims.standing(collection.id, variable.name, tabulate.EVERYTHING):
            units.setdefault(verbatims.answer_id(words), []).append(coding.Unit(id_, variable.name))
        if frame:
            coding.locked(frame)
        gone += sum(answer not in units for _, answer, _ in rows)
        made += _give(frame, rows, units, by)
    return TakenIn(made, gone)


#: A row with codes: its line, the id of its answer, the short names of its codes.
Row = tuple[int, str, list[str]]


def _by_item(content: str) -> dict[str, list[Row]]:
    """Read the rows that have codes, by item."""
    try:
        reader = csv.DictReader(content.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
        if not {"item", "answer", "codes"} <= set(reader.fieldnames or ()):
            raise SheetError("The first line must name the columns item, answer and codes.")
        found: dict[str, list[Row]] = {}
        for row in reader:
            codes = [each.strip().removeprefix("'") for each in (row["codes"] or "").split(BETWEEN) if each.strip()]
            if codes:
                line: Row = (reader.line_num, (row["answer"] or "").strip(), codes)
                found.setdefault((row["item"] or "").strip(), []).append(line)
    except csv.Error as error:
        raise SheetError(f"This is not a CSV file with commas: {error}.") from None
    return found


def _give(frame: CodeFrame | None, rows: Sequence[Row], units: dict[str, list[coding.Unit]], by: str) -> int:
    """Give each code to all its answers, as one deed a code."""
    named = {code.name.casefold(): code for code in frame.codes} if frame else {}
    given: dict[str, list[coding.Unit]] = {}
    for line, answer, codes in rows:
        for name in codes:
            if name.casefold() not in named:
                raise SheetError(f"Line {line}: there is no code “{name}” for this item. Make it first.")
            given.setdefault(name.casefold(), []).extend(units.get(answer, ()))
    chosen: list[tuple[Code, list[coding.Unit]]] = [(named[name], found) for name, found in given.items()]
    return sum(coding.give(frame, found, [code], by) for code, found in chosen) if frame else 0
