"""How far two items go together: two lists of codes, or two ordered scales."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from analysis._checks import exact, passed, whole
from analysis._distributions import chi_square_tail, normal_quantile, t_tail
from analysis._numbers import size

#: House rule: below this many people an association of two scales is given without a test and an interval.
SMALLEST_TESTED: Final = 10
#: House rule: below this many, no figure at all.
SMALLEST: Final = 5
NO_ONE: Final = "No one answered both."
ONE_CODE: Final = "All who answered both gave the same answer to one of them, so nothing can go together with it."
PERFECT: Final = "The two orders agree in every pair, and an interval by this method has no width."


@dataclass(frozen=True, slots=True)
class Association:
    """How far two items go together.

    Attributes
    ----------
    n, base
        People who answered both, and what n counts.
    estimate, effect_name
        The measure and its name.
    corrected
        Cramér's V without the part that chance alone gives a small table; None for scales.
    ci95
        95 per cent interval; None for Cramér's V.
    statistic, df, p_value, method
        The test, when there is one.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    estimate: float | None
    effect_name: str
    corrected: float | None
    ci95: tuple[float, float] | None
    statistic: float | None
    df: int | None
    p_value: float | None
    method: str
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def cramers_v(
    table: Mapping[str, Mapping[str, int]],
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answered both",
) -> Association:
    """Return how far two lists of codes without an order go together.

    Parameters
    ----------
    table
        People by code of the one and code of the other; each person stands in one cell.
    missing, base
        Passed through to the result.

    Returns
    -------
    Association
        Codes that nobody gave are left out first. No test where the chi-square distribution
        is a poor guide: an expected count under 1, or more than a fifth of them under 5.

    Notes
    -----
    Formula: V = √(χ² / (n · min(r − 1, c − 1))), χ² = Σ (observed − expected)² / expected,
    without continuity correction. V cannot be below 0, so chance alone lifts it, the more the
    fewer people and the more codes. Corrected: φ̃² = max(0, χ²/n − (r − 1)(c − 1)/(n − 1)),
    r̃ = r − (r − 1)²/(n − 1), c̃ alike, Ṽ = √(φ̃² / min(r̃ − 1, c̃ − 1)).
    Sources: Cramér 1946, Mathematical Methods of Statistics; Bergsma 2013, J Korean Stat Soc
    42:323-328 (the correction); Cochran 1954, Biometrics 10:417-451 (when to test).

    Examples
    --------
    >>> a = cramers_v({"yes": {"yes": 10, "no": 0}, "no": {"yes": 0, "no": 10}})
    >>> a.estimate, a.df
    (1.0, 1)
    """
    kept = _kept(table)
    columns = sorted({column for row in kept.values() for column in row})
    n = sum(sum(row.values()) for row in kept.values())
    declined = NO_ONE if not n else ONE_CODE if min(len(kept), len(columns)) < 2 else ""
    expected = {} if declined else _expected(kept, columns, n)
    square = sum(
        (Fraction((kept[row].get(column, 0) - e) ** 2) / e for (row, column), e in expected.items()), Fraction(0)
    )
    untested = declined or _why_untested(list(expected.values()))
    df = (len(kept) - 1) * (len(columns) - 1)
    no_interval = "Cramér's V is given without an interval."
    reasons = dict.fromkeys(("estimate", "corrected"), declined) if declined else {}
    if untested:
        reasons |= dict.fromkeys(("statistic", "df", "p_value"), untested)
    return Association(
        n=n,
        estimate=None if declined else math.sqrt(square / (n * (min(len(kept), len(columns)) - 1))),
        effect_name="Cramér's V",
        corrected=None if declined else _corrected(square, n, len(kept), len(columns)),
        ci95=None,
        statistic=None if untested else float(square),
        df=None if untested else df,
        p_value=None if untested else chi_square_tail(float(square), df),
        method="Pearson's chi-square, without continuity correction",
        missing=passed(missing),
        base=base,
        reasons=reasons | {"ci95": declined or no_interval},
    )


def spearman(
    table: Mapping[float, Mapping[float, int]],
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answered both",
) -> Association:
    """Return how far two ordered scales go together.

    Parameters
    ----------
    table
        People by answer on the one and answer on the other; only the order of answers counts.
    missing, base
        Passed through to the result.

    Returns
    -------
    Association
        Nothing under 5 people; under 10 the estimate alone.

    Notes
    -----
    Formula: Pearson's correlation of mid-ranks. Test: t = ρ √((n − 2)/(1 − ρ²)) with n − 2 df,
    two-sided. Interval: tanh(atanh ρ ± z √((1 + ρ²/2)/(n − 3))).
    Why this and not Goodman and Kruskal's gamma: two scales of five steps tie most pairs of
    people; gamma leaves tied pairs out and so grows the coarser the scales are, while here ties
    share their rank and everybody counts.
    Sources: Spearman 1904, Am J Psychol 15:72-101; Kendall & Gibbons 1990, Rank Correlation
    Methods (ties); Bonett & Wright 2000, Psychometrika 65:23-28 (the interval).

    Examples
    --------
    >>> a = spearman({1: {1: 2, 2: 1}, 2: {1: 1, 2: 2}})
    >>> round(a.estimate, 4), a.p_value
    (0.3333, None)
    """
    people = {
        (exact(one, "an answer"), exact(other, "an answer")): whole(n, "The count")
        for one, row in table.items()
        for other, n in row.items()
    }
    people = {pair: n for pair, n in people.items() if n}
    n = sum(people.values())
    rho = _correlation(people, n) if n >= SMALLEST else None
    reasons = _why_no_spearman(n, rho)
    tested = not reasons
    t = rho * math.sqrt((n - 2) / (1 - rho * rho)) if tested and rho is not None else None
    return Association(
        n=n,
        estimate=rho,
        effect_name="Spearman's rho",
        corrected=None,
        ci95=_fisher(rho, n) if tested and rho is not None else None,
        statistic=t,
        df=n - 2 if tested else None,
        p_value=None if t is None else min(1.0, 2 * t_tail(abs(t), n - 2)),
        method="Spearman's rho with mid-ranks, t approximation",
        missing=passed(missing),
        base=base,
        reasons={"corrected": "There is nothing to correct."} | reasons,
    )


def _kept(table: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return the table without the codes that nobody gave."""
    checked = {
        row: {column: whole(n, f"The count of {row!r} and {column!r}") for column, n in columns.items()}
        for row, columns in table.items()
    }
    kept = {row: {column: n for column, n in columns.items() if n} for row, columns in checked.items()}
    return {row: columns for row, columns in kept.items() if columns}


def _expected(kept: Mapping[str, Mapping[str, int]], columns: list[str], n: int) -> dict[tuple[str, str], Fraction]:
    whole_column = {column: sum(row.get(column, 0) for row in kept.values()) for column in columns}
    return {
        (row, column): Fraction(sum(counts.values()) * whole_column[column], n)
        for row, counts in kept.items()
        for column in columns
    }


def _why_untested(expected: list[Fraction]) -> str:
    small = sum(each < 5 for each in expected)
    if min(expected) < 1 or 5 * small > len(expected):
        return (
            f"Too few people for a test: {small} of the {len(expected)} cells would be expected to hold fewer than 5, "
            f"the smallest {float(min(expected)):.1f}."
        )
    return ""


def _corrected(square: Fraction, n: int, rows: int, columns: int) -> float:
    excess = max(Fraction(0), square / n - Fraction((rows - 1) * (columns - 1), n - 1))
    short = min(side - Fraction((side - 1) ** 2, n - 1) for side in (rows, columns)) - 1
    return min(1.0, math.sqrt(excess / short)) if short > 0 else 0.0


def _correlation(people: Mapping[tuple[Fraction, Fraction], int], n: int) -> float | None:
    """Return Pearson's correlation of mid-ranks, or None where one side has no spread."""
    sides: list[dict[Fraction, int]] = [{}, {}]
    for pair, count in people.items():
        for side, answer in zip(sides, pair, strict=True):
            side[answer] = side.get(answer, 0) + count
    ranks = [_centred_ranks(side) for side in sides]
    spread = [sum(side[a] * r[a] ** 2 for a in side) for side, r in zip(sides, ranks, strict=True)]
    if not all(spread):
        return None
    together = sum(count * ranks[0][one] * ranks[1][other] for (one, other), count in people.items())
    return max(-1.0, min(1.0, float(together) / math.sqrt(spread[0] * spread[1])))


def _centred_ranks(counts: Mapping[Fraction, int]) -> dict[Fraction, Fraction]:
    """Return the mean rank of each answer, less the mean of all ranks."""
    middle, ranks, below = Fraction(size(counts) + 1, 2), {}, 0
    for answer in sorted(counts):
        ranks[answer] = below + Fraction(counts[answer] + 1, 2) - middle
        below += counts[answer]
    return ranks


def _why_no_spearman(n: int, rho: float | None) -> dict[str, str]:
    tested = ("ci95", "statistic", "df", "p_value")
    if n < SMALLEST:
        why = NO_ONE if not n else f"Only {n} answered both; below {SMALLEST} no association is given."
        return dict.fromkeys(("estimate", *tested), why)
    if rho is None:
        return dict.fromkeys(("estimate", *tested), ONE_CODE)
    if n < SMALLEST_TESTED:
        return dict.fromkeys(tested, f"A test and an interval need {SMALLEST_TESTED} people who answered both.")
    return dict.fromkeys(tested, PERFECT) if abs(rho) >= 1 - 1e-12 else {}


def _fisher(rho: float, n: int) -> tuple[float, float]:
    half = normal_quantile(0.975) * math.sqrt((1 + rho * rho / 2) / (n - 3))
    return math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)
