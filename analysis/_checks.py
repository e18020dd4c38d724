"""What every function of this package asks of its arguments."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

Number = int | float | Fraction | Decimal


def whole(value: object, what: str) -> int:
    """Return `value` as an int of at least 0, or say why it is not a count."""
    if isinstance(value, bool):
        raise TypeError(f"{what} must be a whole number, not {value!r}.")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{what} must be a whole number, not {value!r}.") from None
    if number < 0:
        raise ValueError(f"{what} must not be negative, and is {number}.")
    return number


def exact(value: object, what: str) -> Fraction:
    """Return a number as the exact fraction that people read in it.

    A float is taken at its shortest decimal (0.1 is one tenth), not at its binary value.
    """
    if isinstance(value, bool) or not isinstance(value, (Real, Decimal)):
        raise TypeError(f"{what} must be a number, not {value!r}.")
    if not math.isfinite(value):
        raise ValueError(f"{what} must be finite, and is {value!r}.")
    if isinstance(value, (Rational, Decimal)):
        return Fraction(value)
    return Fraction(repr(float(value)))


def by_code(counts: Mapping[Any, Any] | Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield code and count; where counts stand in a row without codes, their places from 0 on are the codes."""
    if isinstance(counts, Mapping):
        yield from counts.items()
    elif isinstance(counts, Iterable) and not isinstance(counts, str):
        yield from enumerate(counts)
    else:
        raise TypeError(f"Counts must be given by code, not as {counts!r}.")


def cells(table: Mapping[Any, Any] | Iterable[Any]) -> Iterator[tuple[Any, Any, int]]:
    """Yield row, column and count of a table of counts, as ``table[row][column]`` reads."""
    for row, counts in by_code(table):
        for column, people in by_code(counts):
            yield row, column, whole(people, f"The count of {row!r} and {column!r}")


def counted(counts: Mapping[float, int] | Iterable[int], what: str = "a code") -> dict[Fraction, int]:
    """Return counts keyed by exact value, ascending, without the values nobody gave."""
    people = {exact(code, what): whole(n, f"The count of {code!r}") for code, n in by_code(counts)}
    return {code: people[code] for code in sorted(people) if people[code]}


def passed(missing: Mapping[str, int] | None) -> dict[str, int]:
    """Return a copy of the missing counts, checked; none given is an empty mapping."""
    return {why: whole(n, f"The missing count {why!r}") for why, n in (missing or {}).items()}


def level_of(level: float) -> float:
    """Return a confidence level, which lies strictly between 0 and 1."""
    if not 0 < exact(level, "The level") < 1:
        raise ValueError(f"The level must lie between 0 and 1, and is {level!r}.")
    return float(level)


def whole_step(value: object) -> int:
    """Return the end of a scale, which is a whole number and may be negative."""
    step = exact(value, "The end of a scale")
    if step.denominator > 1:
        raise ValueError(f"The end of a scale must be a whole number, not {value!r}.")
    return int(step)
