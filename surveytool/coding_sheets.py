"""Distinct answers in words and their codes as a CSV file or a workbook, and taking in one that was filled in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from surveytool import tabulate, verbatims
from surveytool.filled_sheets import SheetError, read
from surveytool.judge import coding
from surveytool.models import Code, CodeFrame, Collection
from surveytool.spreadsheets import to_one_file

HEADER = ("item", "answer", "words", "english", "people", "countries", "codes")
NEEDED = ("item", "answer", "codes")
#: What stands between the codes of one answer.
BETWEEN = ";"
SHEET = "Codes"


@dataclass(frozen=True)
class TakenIn:
    """What became of a file: codings made, rows whose answer nobody gives any more."""

    codings: int
    gone: int


def to_file(collection: Collection, path: Path) -> None:
    """Write the distinct answers that stand, with the short names of their codes. Raises OSError."""
    to_one_file(path, SHEET, _rows(collection))


def _rows(collection: Collection) -> Iterator[Sequence[str | int]]:
    assert collection.version is not None
    yield HEADER
    for variable in verbatims.open_items(collection.version.questionnaire):
        frame = verbatims.frame(collection, variable)
        names = {code.id: code.name for code in frame.codes} if frame else {}
        english = verbatims.english(collection.id, variable.name, tabulate.EVERYTHING)
        for each in tabulate.worded(collection.id, variable.name):
            countries = f"{BETWEEN} ".join(f"{country} {n}" for country, n in sorted(each.countries.items()))
            codes = f"{BETWEEN} ".join(names[id_] for id_ in sorted(each.codes) if id_ in names)
            said = " / ".join(shown.quoted for shown in english.get(each.text, ()))
            about = (variable.number, verbatims.answer_id(each.text), each.text, said)
            yield (*about, each.people, countries, codes)


def take_in(collection: Collection, content: bytes, by: str) -> TakenIn:
    """Give the codes of a file, CSV or XLSX, to its answers, all or nothing; codes an answer has beside them stay.

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


def _by_item(content: bytes) -> dict[str, list[Row]]:
    """Read the rows that have codes, by item."""
    found: dict[str, list[Row]] = {}
    for line in read(content, NEEDED):
        codes = [each.strip().removeprefix("'") for each in line["codes"].split(BETWEEN) if each.strip()]
        if codes:
            found.setdefault(line["item"], []).append((line.number, line["answer"], codes))
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


__all__ = ["HEADER", "SheetError", "TakenIn", "take_in", "to_file"]
