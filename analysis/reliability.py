"""How far several items measure one thing, from the answers of those who answered all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Final

from analysis._checks import cells, exact, passed, whole
from analysis._distributions import f_quantile

Counts = Mapping[float, int] | Sequence[int]
Table = Mapping[float, Counts] | Sequence[Counts]
Tables = Mapping[tuple[str, str], Table]
Variances = Mapping[tuple[str, str], Fraction]

ONLY_WITH_INTERVAL_UNDER: Final = 30
ONE_ITEM: Final = "Reliability needs at least two items."
FEW_PEOPLE: Final = "Reliability needs at least two people who answered every item, and {n} did."
NO_SPREAD: Final = "All who answered every item have the same total, so there is nothing to tell apart."
NO_ERROR: Final = "Every item orders people alike without any error, so there is no interval."
SMALL: Final = "Fewer than 30 people answered every item: read alpha only with its interval."

FEW_ITEMS: Final = "One factor can be estimated from three items on."
FEW_FOR_OMEGA: Final = "Omega has no interval here, so it is given from 30 people who answered every item; {n} did."
CONSTANT: Final = "All gave one and the same answer to: {}."
NOT_SETTLED: Final = "The one-factor model does not settle on loadings for these items."
TOO_LARGE: Final = "The one-factor model does not fit: it explains more than all the variance of: {}."
OPPOSED: Final = "The items do not run in one direction on one factor; against the others runs: {}."

ROUNDS: Final = 2_000
SETTLED: Final = 1e-12
OMEGA: Final = "McDonald's omega total, one factor by unweighted least squares (minres) on covariances"


@dataclass(frozen=True, slots=True)
class Alpha:
    """Cronbach's alpha of a set of items.

    Attributes
    ----------
    n, base
        People who answered every item, and what n counts.
    items, constant
        The items' names, and those of them to which all gave one and the same answer.
    alpha
        At most 1; below 0 where items run against one another.
    ci95
        Feldt's interval, with this n.
    caution
        A sentence to show with alpha, or empty.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    items: tuple[str, ...]
    constant: tuple[str, ...]
    alpha: float | None
    ci95: tuple[float, float] | None
    caution: str
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Omega:
    """McDonald's omega of a set of items.

    Attributes
    ----------
    n, base
        People who answered every item, and what n counts.
    items
        The items' names.
    omega
        Between 0 and 1; None where one factor cannot be fitted, as the reason says.
    loadings
        Each item's loading on the factor, in its own units; empty where omega is None.
    method
        How the factor was estimated.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    items: tuple[str, ...]
    omega: float | None
    loadings: Mapping[str, float]
    method: str
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def cronbach_alpha(
    tables: Tables,
    n: int,
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answered every item",
) -> Alpha:
    """Cronbach's alpha from the tables of every two items.

    Parameters
    ----------
    tables
        ``tables[a, b][x][y]`` is how many gave x to item a and y to item b. Every two items
        stand once, and every table counts the same people: those who answered all items.
    n
        How many they are.
    missing, base
        Passed through to the result.

    Returns
    -------
    Alpha
        Undefined for fewer than two items or people, and where all have the same total.

    Raises
    ------
    ValueError
        When two items have no table or two, or tables do not count the same n people.

    Notes
    -----
    Formula: α = k/(k − 1) · (1 − Σ var(item)/var(total)), k items, variances with n − 1,
    var(total) being the sum of all variances and covariances. Raw, not standardised; items
    answered by all alike stay in.
    Interval: 1 − (1 − α)·F(0.975; n − 1, (n − 1)(k − 1)) to 1 − (1 − α)·F(0.025; the same).
    Sources: Cronbach 1951, Psychometrika 16:297-334; Feldt, Woodruff & Salih 1987,
    Appl Psychol Meas 11:93-103.
    Beside R 4.2: ``raw_alpha`` of psych's ``alpha``, and its ``alpha.ci``.

    Examples
    --------
    >>> a = cronbach_alpha({("a", "b"): {1: {1: 2, 2: 1}, 2: {2: 1}, 3: {3: 2}}}, 6)
    >>> a.n, round(a.alpha, 4)
    (6, 0.9505)
    """
    people = whole(n, "n")
    items, cov = _checked(tables, people)
    declined = _why_no_alpha(items, people, cov)
    alpha = None if declined else _alpha(items, cov)
    interval = _feldt(alpha, people, len(items)) if alpha is not None and alpha < 1 else None
    reasons = dict.fromkeys(("alpha", "ci95"), declined) if declined else {}
    return Alpha(
        n=people,
        items=items,
        constant=_constant(items, cov),
        alpha=None if alpha is None else float(alpha),
        ci95=interval,
        caution=SMALL if alpha is not None and people < ONLY_WITH_INTERVAL_UNDER else "",
        missing=passed(missing),
        base=base,
        reasons=reasons if declined or interval else {"ci95": NO_ERROR},
    )


def omega(
    tables: Tables,
    n: int,
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answered every item",
) -> Omega:
    """McDonald's omega from the tables of every two items, where one factor fits them.

    Parameters
    ----------
    tables, n, missing, base
        As for `cronbach_alpha`.

    Returns
    -------
    Omega
        Absent, with the reason, for fewer than three items or 30 people, and where one factor
        with loadings of one sign and no negative error variance cannot be fitted.

    Notes
    -----
    Formula: ω = (Σλ)² / ((Σλ)² + Σθ), λ the loadings and θ = variance − λ² the error
    variances of one factor. Estimator: the λ that make Σ (cov(i, j) − λᵢλⱼ)² over i < j least,
    found one loading at a time, which cannot make the sum larger. Covariances, not
    correlations; the denominator is the model's variance of the total.
    Sources: McDonald 1999, Test Theory: A Unified Treatment; Harman & Jones 1966,
    Psychometrika 31:351-368 (minres).
    Beside R 4.2: psych's ``omega`` takes correlations, and the observed variance of the total;
    its ``fa`` with ``covar = TRUE`` keeps error variances under a bound and so may stop short of
    the least sum. So the same definition is computed there by hand.

    Examples
    --------
    >>> both = {0: {0: 15, 1: 5}, 1: {0: 5, 1: 15}}
    >>> w = omega({("a", "b"): both, ("a", "c"): both, ("b", "c"): both}, 40)
    >>> round(w.omega, 4)
    0.75
    """
    people = whole(n, "n")
    items, cov = _checked(tables, people)
    loadings, why = _one_factor(items, people, cov)
    found = None if why else _omega(loadings, cov)
    return Omega(
        n=people,
        items=items,
        omega=found,
        loadings=loadings,
        method=OMEGA,
        missing=passed(missing),
        base=base,
        reasons={"omega": why} if why else {},
    )


def _checked(tables: Tables, n: int) -> tuple[tuple[str, ...], dict[tuple[str, str], Fraction]]:
    """Return the items and their variances and covariances, both ways round."""
    items = tuple(dict.fromkeys(item for pair in tables for item in pair))
    wanted = {frozenset(pair) for pair in combinations(items, 2)}
    if {frozenset(pair) for pair in tables} != wanted or len(tables) != len(wanted):
        raise ValueError("Every two items need one table.")
    margins: dict[str, dict[Fraction, int]] = {}
    cov: dict[tuple[str, str], Fraction] = {}
    for (a, b), table in tables.items():
        cells = _cells(table)
        for place, item in enumerate((a, b)):
            _same_people(item, margins, _margin(cells, place), n)
        cov[a, b] = cov[b, a] = _covariance(cells, n)
    for item, margin in margins.items():
        cov[item, item] = _covariance({(value, value): people for value, people in margin.items()}, n)
    return items, cov


def _cells(table: Table) -> dict[tuple[Fraction, Fraction], int]:
    return {(exact(x, "a code"), exact(y, "a code")): people for x, y, people in cells(table) if people}


def _margin(cells: Mapping[tuple[Fraction, Fraction], int], place: int) -> dict[Fraction, int]:
    margin: dict[Fraction, int] = {}
    for cell, people in cells.items():
        margin[cell[place]] = margin.get(cell[place], 0) + people
    return margin


def _same_people(item: str, margins: dict[str, dict[Fraction, int]], margin: dict[Fraction, int], n: int) -> None:
    if sum(margin.values()) != n or margins.setdefault(item, margin) != margin:
        raise ValueError(f"The tables of {item!r} do not count the answers of the same {n} people.")


def _covariance(cells: Mapping[tuple[Fraction, Fraction], int], n: int) -> Fraction:
    if n < 2:
        return Fraction(0)
    both = sum((x * y * people for (x, y), people in cells.items()), Fraction(0))
    first = sum((x * people for (x, _), people in cells.items()), Fraction(0))
    second = sum((y * people for (_, y), people in cells.items()), Fraction(0))
    return (both - first * second / n) / (n - 1)


def _constant(items: tuple[str, ...], cov: Variances) -> tuple[str, ...]:
    return tuple(item for item in items if not cov[item, item])


def _why_no_alpha(items: tuple[str, ...], n: int, cov: Variances) -> str:
    if len(items) < 2:
        return ONE_ITEM
    if n < 2:
        return FEW_PEOPLE.format(n=n)
    return "" if sum(cov.values()) else NO_SPREAD


def _alpha(items: tuple[str, ...], cov: Variances) -> Fraction:
    k = len(items)
    apart = sum((cov[item, item] for item in items), Fraction(0))
    return Fraction(k, k - 1) * (1 - apart / sum(cov.values(), Fraction(0)))


def _feldt(alpha: Fraction, n: int, k: int) -> tuple[float, float]:
    error, df = float(1 - alpha), (n - 1, (n - 1) * (k - 1))
    return 1 - error * f_quantile(0.975, *df), 1 - error * f_quantile(0.025, *df)


def _omega(loadings: Mapping[str, float], cov: Variances) -> float:
    common = math.fsum(loadings.values()) ** 2
    error = math.fsum(max(0.0, float(cov[item, item]) - load * load) for item, load in loadings.items())
    return common / (common + error)


def _one_factor(items: tuple[str, ...], n: int, cov: Variances) -> tuple[dict[str, float], str]:
    """Return the loadings, or none and the sentence that says why."""
    if why := _why_no_factor(items, n, cov):
        return {}, why
    loadings = _minres(items, {pair: float(value) for pair, value in cov.items()})
    why = NOT_SETTLED if loadings is None else _why_no_fit(loadings, cov)
    return (loadings, "") if loadings is not None and not why else ({}, why)


def _why_no_factor(items: tuple[str, ...], n: int, cov: Variances) -> str:
    if len(items) < 3:
        return FEW_ITEMS
    if n < ONLY_WITH_INTERVAL_UNDER:
        return FEW_FOR_OMEGA.format(n=n)
    constant = _constant(items, cov)
    return CONSTANT.format(", ".join(constant)) if constant else ""


def _why_no_fit(loadings: Mapping[str, float], cov: Variances) -> str:
    opposed = [item for item, load in loadings.items() if load <= 0]
    if opposed:
        return OPPOSED.format(", ".join(opposed))
    # A hair over all the variance is rounding; more is an impossible solution.
    large = [item for item, load in loadings.items() if load * load > float(cov[item, item]) * (1 + 1e-9)]
    return TOO_LARGE.format(", ".join(large)) if large else ""


def _minres(items: tuple[str, ...], cov: Mapping[tuple[str, str], float]) -> dict[str, float] | None:
    """Return the loadings that leave the least of the covariances, None if they do not settle."""
    spread = {item: math.sqrt(cov[item, item]) for item in items}
    loadings = dict(spread)
    for _ in range(ROUNDS):
        moved = 0.0
        for item in items:
            others = [other for other in items if other != item]
            weight = math.fsum(loadings[other] ** 2 for other in others)
            if not weight:
                return None
            new = math.fsum(cov[item, other] * loadings[other] for other in others) / weight
            moved = max(moved, abs(new - loadings[item]) / spread[item])
            loadings[item] = new
        if moved < SETTLED:
            return loadings if sum(loadings.values()) >= 0 else {item: -load for item, load in loadings.items()}
    return None
