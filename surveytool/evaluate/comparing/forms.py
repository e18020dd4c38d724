"""What the address of a comparison asks for: which item, or two, and by what forms are grouped."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from surveytool.choosing import Offered
from surveytool.comparing import COMPARABLE, CROSSABLE, Question


@dataclass(frozen=True)
class Asked:
    """What was asked for, and what is wrong with it, a sentence each."""

    by: str
    question: Question | None
    #: Whether groups that are too small are left out of the comparison.
    without_small: bool
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crossed:
    """The two items that were asked for; None where none was, or none that can be."""

    rows: Question | None
    columns: Question | None
    wrong: tuple[str, ...] = ()


def asked(offered: Offered, questions: Mapping[str, Question]) -> Asked:
    """Read which item is compared, and by what; without either the first dimension, and all scales."""
    wrong: list[str] = []
    by = request.args.get("by", "")
    if by and by not in offered.dimensions:
        wrong.append(f"Forms cannot be grouped by “{by[:60]}”.")
    question = _question(request.args.get("item", ""), questions, COMPARABLE, "compared in groups", wrong)
    chosen = by if by in offered.dimensions else next(iter(offered.dimensions))
    return Asked(chosen, question, request.args.get("small") == "out", tuple(wrong))


def crossed(questions: Mapping[str, Question]) -> Crossed:
    """Read which two items are put against one another."""
    wrong: list[str] = []
    rows, columns = (
        _question(request.args.get(side, ""), questions, CROSSABLE, "put in a table of two", wrong)
        for side in ("rows", "columns")
    )
    if rows and columns and rows.number == columns.number:
        wrong.append(f"Item {rows.number} cannot be put against itself.")
        columns = None
    return Crossed(rows, columns, tuple(wrong))


def _question(
    number: str, questions: Mapping[str, Question], kinds: tuple[str, ...], how: str, wrong: list[str]
) -> Question | None:
    found = questions.get(number)
    if found and found.kind in kinds:
        return found
    if number:
        wrong.append(f"Item “{number[:60]}” cannot be {how}." if found else f"The report has no item “{number[:60]}”.")
    return None
