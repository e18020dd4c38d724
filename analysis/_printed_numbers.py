"""A printed number as a string of digits: how much it says, and how finely."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from analysis._checks import Number
from analysis.rounding import HALF_EVEN, HALF_UP, printed

SHAPE: Final = re.compile(r"\s*([-−]?)(\d+)(?:[.,](\d+))?\s*%?\s*")


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """The value that was printed and the number of decimals it was printed with."""

    value: Fraction
    decimals: int

    def says(self, value: Number, *ways: str) -> bool:
        """Say whether a value prints so in one of the ways of rounding."""
        return any(Fraction(printed(value, self.decimals, way)) == self.value for way in ways)

    def rounds_from(self, value: Number) -> bool:
        """Say whether a value prints so when rounded half up or half even."""
        return self.says(value, HALF_UP, HALF_EVEN)


def read(text: str) -> PrintedNumber | None:
    """Read a printed number; a decimal comma is a point. None if the text is not one."""
    found = SHAPE.fullmatch(text)
    if not found:
        return None
    minus, whole, decimals = found[1], found[2], found[3] or ""
    size = Fraction(int(whole + decimals), 10 ** len(decimals))
    return PrintedNumber(-size if minus else size, len(decimals))
