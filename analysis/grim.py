"""Whether a printed mean can come from whole answers at all: the GRIM test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from analysis._checks import Number, exact, whole
from analysis._printed_numbers import PrintedNumber, read
from analysis.rounding import HALF_EVEN, HALF_UP, TRUNCATION
from analysis.rounding import printed as print_as

CONSISTENT: Final = "consistent"
NO_POWER: Final = "no power"
TRUNCATED: Final = "truncated"
INCONSISTENT: Final = "inconsistent"
OUT_OF_RANGE: Final = "out of range"
NOT_TESTABLE: Final = "not testable"


@dataclass(frozen=True, slots=True)
class Grim:
    """Whether some whole sum over n prints so.

    Attributes
    ----------
    printed, n
        The mean as printed, and the people it is said to be of.
    consistent
        True when some whole sum prints so rounded half up or half even; None if untestable.
    verdict
        "consistent"; "no power" (consistent, as any value on the scale would be);
        "truncated" (only cutting off gives it); "inconsistent"; "out of range";
        "not testable".
    sums
        The whole sums that print so (when truncated, by cutting off).
    reason
        The verdict in a sentence.
    """

    printed: str
    n: int
    consistent: bool | None
    verdict: str
    sums: range
    reason: str

    @property
    def possible(self) -> bool | None:
        """Whether whole answers can give it at all, cutting off allowed."""
        return True if self.verdict == TRUNCATED else self.consistent


def grim(printed: str, n: int, low: Number | None = 0, high: Number | None = 4) -> Grim:
    """Test whether a printed mean of n whole answers is arithmetically possible.

    Parameters
    ----------
    printed
        The mean as printed. The string counts: "2.50" claims two decimals, "2.5" one. A
        decimal comma is read as a point.
    n
        People behind the mean.
    low, high
        The ends of the scale for one answer; None for an open end.

    Returns
    -------
    Grim

    Notes
    -----
    Consistent when some whole sum S with n·low ≤ S ≤ n·high has S/n printing so under
    half-up or half-even rounding. There is no power when n ≥ 10^decimals, because then
    every printed value has such a sum. The arithmetic is exact.
    Source: Brown & Heathers 2017, Soc Psychol Pers Sci 8:363-369.

    Examples
    --------
    >>> grim("2.50", 25).reason
    'No whole sum of 25 answers prints 2.50: 62/25 = 2.48 and 63/25 = 2.52.'
    >>> list(grim("2.50", 30).sums)
    [75]
    """
    people, number = whole(n, "n"), _number(printed)
    floor, ceiling = _scale(low, high)
    if not people:
        reason = "The mean is said to be of no one, so there is no sum to look for."
        return Grim(printed, 0, None, NOT_TESTABLE, range(0), reason)
    if _off_scale(number, floor, ceiling):
        reason = f"{printed} does not lie on the scale from {_end(low)} to {_end(high)}."
        return Grim(printed, people, False, OUT_OF_RANGE, range(0), reason)
    rounded = _sums(number, people, floor, ceiling, (HALF_UP, HALF_EVEN))
    if rounded:
        return _consistent(printed, number, people, rounded)
    cut = _sums(number, people, floor, ceiling, (TRUNCATION,))
    if cut:
        reason = f"{cut[0]}/{people} prints {printed} only when decimals are cut off."
        return Grim(printed, people, False, TRUNCATED, cut, reason)
    return Grim(printed, people, False, INCONSISTENT, range(0), _nearest(printed, number, people))


def _number(text: str) -> PrintedNumber:
    if not isinstance(text, str):
        raise TypeError(f"The printed mean must be a string, because 2.50 is not 2.5; not {text!r}.")
    number = read(text)
    if number is None:
        raise ValueError(f"The printed mean must be a number such as 2.50, not {text!r}.")
    return number


def _scale(low: Number | None, high: Number | None) -> tuple[Fraction | None, Fraction | None]:
    floor = None if low is None else exact(low, "The low end of the scale")
    ceiling = None if high is None else exact(high, "The high end of the scale")
    if floor is not None and ceiling is not None and floor > ceiling:
        raise ValueError(f"The scale's low end must not exceed its high end: {low!r} to {high!r}.")
    return floor, ceiling


def _end(end: Number | None) -> str:
    return "no limit" if end is None else f"{float(end):g}"


def _off_scale(number: PrintedNumber, floor: Fraction | None, ceiling: Fraction | None) -> bool:
    """Say whether not even the scale's end itself prints so far out."""
    below = floor is not None and number.value < floor and not number.says(floor, HALF_UP, HALF_EVEN, TRUNCATION)
    above = ceiling is not None and number.value > ceiling and not number.rounds_from(ceiling)
    return below or above


def _sums(
    number: PrintedNumber,
    n: int,
    floor: Fraction | None,
    ceiling: Fraction | None,
    ways: tuple[str, ...],
) -> range:
    """Return the whole sums over n that print so; they follow one another without a gap."""
    lowest, highest = _reach(number, ways)
    first = math.ceil(n * (lowest if floor is None else max(lowest, floor)))
    last = math.floor(n * (highest if ceiling is None else min(highest, ceiling)))
    # Only the two ends can fail: whether a tie prints so depends on the way of rounding.
    while first <= last and not number.says(Fraction(first, n), *ways):
        first += 1
    while last >= first and not number.says(Fraction(last, n), *ways):
        last -= 1
    return range(first, last + 1)


def _reach(number: PrintedNumber, ways: tuple[str, ...]) -> tuple[Fraction, Fraction]:
    """Return how low and how high a value can lie that prints so, ends included."""
    step = Fraction(1, 10**number.decimals)
    if TRUNCATION not in ways:
        return number.value - step / 2, number.value + step / 2
    below = step if number.value <= 0 else 0
    above = step if number.value >= 0 else 0
    return number.value - below, number.value + above


def _consistent(text: str, number: PrintedNumber, n: int, sums: range) -> Grim:
    if n < 10**number.decimals:
        return Grim(text, n, True, CONSISTENT, sums, f"{_quotient(sums[0], n, number)}.")
    reason = f"With {n} answers every value printed to {number.decimals} decimals has a whole sum."
    return Grim(text, n, True, NO_POWER, sums, reason)


def _nearest(text: str, number: PrintedNumber, n: int) -> str:
    below = math.floor(number.value * n)
    around = " and ".join(_quotient(total, n, number) for total in (below, below + 1))
    return f"No whole sum of {n} answers prints {text}: {around}."


def _quotient(total: int, n: int, number: PrintedNumber) -> str:
    return f"{total}/{n} = {print_as(Fraction(total, n), number.decimals)}"
