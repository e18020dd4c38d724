"""Exact arithmetic on counted numbers: sums, squares, order statistics, the t interval."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate

from analysis._checks import Number, exact
from analysis._distributions import t_quantile


def size(counts: Mapping[Fraction, int]) -> int:
    """Return how many people were counted."""
    return sum(counts.values())


def total(counts: Mapping[Fraction, int]) -> Fraction:
    """Return the sum of all numbers given."""
    return sum((value * people for value, people in counts.items()), Fraction(0))


def mean(counts: Mapping[Fraction, int]) -> Fraction | None:
    """Return the mean, None for no one."""
    return total(counts) / size(counts) if counts else None


def sd(counts: Mapping[Fraction, int]) -> float | None:
    """Return the standard deviation with n − 1, None for fewer than two people."""
    n = size(counts)
    if n < 2:
        return None
    squares = sum((value * value * people for value, people in counts.items()), Fraction(0))
    return math.sqrt((squares - total(counts) ** 2 / n) / (n - 1))


def quantile(counts: Mapping[Fraction, int], p: Fraction) -> Fraction | None:
    """Return the quantile of type 7 (Hyndman & Fan 1996); counts must ascend by value."""
    if not counts:
        return None
    values, reached = list(counts), list(accumulate(counts.values()))
    place = (reached[-1] - 1) * p
    rank = int(place)
    below = values[bisect_right(reached, rank)]
    above = values[bisect_right(reached, min(rank + 1, reached[-1] - 1))]
    return below + (place - rank) * (above - below)


def t_interval(counts: Mapping[Fraction, int], bounds: tuple[float, float]) -> tuple[float, float] | None:
    """Return the 95 per cent t interval of the mean inside the bounds, None without spread."""
    centre, spread, n = mean(counts), sd(counts), size(counts)
    if centre is None or not spread:
        return None
    half = t_quantile(0.975, n - 1) * spread / math.sqrt(n)
    low, high = bounds
    return max(float(low), float(centre) - half), min(float(high), float(centre) + half)


def checked_bounds(bounds: tuple[Number, Number] | None) -> tuple[float, float]:
    """Return lowest and highest possible number; none given is no limit."""
    if bounds is None:
        return -math.inf, math.inf
    low, high = (exact(end, "A bound") for end in bounds)
    if low > high:
        raise ValueError(f"The lower bound must not exceed the upper, as in {bounds!r}.")
    return float(low), float(high)
