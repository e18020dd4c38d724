"""How far people who sorted the same answers into codes agree."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from analysis._checks import cells as cells_of
from analysis._checks import passed, whole
from analysis._distributions import normal_quantile

NO_UNITS: Final = "Nothing was coded by two people, so there is no agreement to speak of."
ONE_CODE: Final = "Only one code was ever given, so agreement by chance is certain and nothing can exceed it."


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa of two coders.

    Attributes
    ----------
    n, base
        Units coded by both, and what n counts.
    observed, expected
        The share of units given the same code, and the share expected by chance.
    kappa
        (observed − expected) / (1 − expected), at most 1; None where undefined.
    ci95
        Large-sample interval, cut at −1 and 1; None where undefined.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    observed: float | None
    expected: float | None
    kappa: float | None
    ci95: tuple[float, float] | None
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's alpha of any number of coders.

    Attributes
    ----------
    n, values, base
        Units coded by at least two, the codes given to them, and what n counts.
    left_out
        Units coded by one person alone, with which nothing can be compared.
    observed, expected
        Disagreement observed and expected by chance.
    alpha
        1 − observed / expected, at most 1; None where undefined.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    values: int
    left_out: int
    observed: float | None
    expected: float | None
    alpha: float | None
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def cohen_kappa(table: Mapping[str, Mapping[str, int]], *, missing: Mapping[str, int] | None = None) -> Kappa:
    """Agreement of two coders beyond chance, on codes without order.

    Parameters
    ----------
    table
        ``table[a][b]`` is how many units the first coder gave code a and the second code b.
    missing
        Passed through to the result.

    Returns
    -------
    Kappa
        Undefined with no units, and when both gave one and the same code throughout.

    Notes
    -----
    Formula: κ = (pₒ − pₑ)/(1 − pₑ), pₑ = Σ pᵢ₊ p₊ᵢ. Variance for the interval:
    [Σᵢ pᵢᵢ(1 − (pᵢ₊ + p₊ᵢ)(1 − κ))² + (1 − κ)² Σᵢ≠ⱼ pᵢⱼ(p₊ᵢ + pⱼ₊)² − (κ − pₑ(1 − κ))²] / [n(1 − pₑ)²].
    For answers that may have several codes, take each code by itself: given or not given.
    Sources: Cohen 1960, Educ Psychol Meas 20:37-46; Fleiss, Cohen & Everitt 1969,
    Psychol Bull 72:323-327.
    Beside R 4.2: psych's ``cohen.kappa``, unweighted, and its interval.

    Examples
    --------
    >>> k = cohen_kappa({"yes": {"yes": 20, "no": 5}, "no": {"yes": 10, "no": 15}})
    >>> k.n, k.observed, round(k.kappa, 4)
    (50, 0.7, 0.4)
    """
    cells = {(a, b): count for a, b, count in cells_of(table) if count}
    n, left = sum(cells.values()), passed(missing)
    if not n:
        return Kappa(0, None, None, None, None, left, _BASE, dict.fromkeys(("observed", *_CHANCE), NO_UNITS))
    first, second = _margins(cells)
    observed = Fraction(sum(count for (a, b), count in cells.items() if a == b), n)
    expected = Fraction(sum(first[code] * second[code] for code in first), n * n)
    if expected == 1:
        return Kappa(n, float(observed), 1.0, None, None, left, _BASE, dict.fromkeys(("kappa", "ci95"), ONE_CODE))
    kappa = (observed - expected) / (1 - expected)
    half = normal_quantile(0.975) * math.sqrt(_variance(cells, n, kappa, expected))
    interval = max(-1.0, float(kappa) - half), min(1.0, float(kappa) + half)
    return Kappa(n, float(observed), float(expected), float(kappa), interval, left, _BASE, {})


_BASE: Final = "units coded by both"
_CHANCE: Final = ("expected", "kappa", "ci95")


def _margins(cells: Mapping[tuple[str, str], int]) -> tuple[Counter[str], Counter[str]]:
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (a, b), count in cells.items():
        first[a] += count
        second[b] += count
    return first, second


def _variance(cells: Mapping[tuple[str, str], int], n: int, kappa: Fraction, expected: Fraction) -> float:
    first, second = _margins(cells)
    by_both = sum(
        Fraction(count, n) * (1 - Fraction(first[a] + second[a], n) * (1 - kappa)) ** 2
        for (a, b), count in cells.items()
        if a == b
    )
    by_one = sum(
        Fraction(count, n) * Fraction(second[a] + first[b], n) ** 2 for (a, b), count in cells.items() if a != b
    )
    spread = by_both + (1 - kappa) ** 2 * by_one - (kappa - expected * (1 - kappa)) ** 2
    # Exact arithmetic, so that a spread of nothing is 0 and never a hair below it.
    return float(max(Fraction(0), Fraction(spread)) / (n * (1 - expected) ** 2))


def krippendorff_alpha(patterns: Mapping[tuple[str, ...], int], *, missing: Mapping[str, int] | None = None) -> Alpha:
    """Agreement of any number of coders beyond chance, on codes without order.

    Parameters
    ----------
    patterns
        The codes given to one unit, one for each person who coded it and in any order, and
        how many units have just these. Who did not code a unit gives none.
    missing
        Passed through to the result.

    Returns
    -------
    Alpha
        Undefined without a unit coded twice, and when only one code was ever given.

    Notes
    -----
    Formula: α = 1 − Dₒ/Dₑ with Dₒ = (1/N) Σᵤ Σ_{c≠k} nᵤ꜀ nᵤₖ/(mᵤ − 1) and
    Dₑ = Σ_{c≠k} n꜀ nₖ / (N(N − 1)); nᵤ꜀ people gave unit u the code c, mᵤ coded it, N codes
    were given to units coded by two or more.
    Source: Krippendorff 2019, Content Analysis, 4th ed., ch. 12 (nominal data).

    Examples
    --------
    >>> a = krippendorff_alpha({("a", "a"): 3, ("b", "b"): 2, ("a", "b"): 1})
    >>> a.n, round(a.alpha, 4)
    (6, 0.6857)
    """
    units = {codes: whole(count, f"The count of {codes!r}") for codes, count in patterns.items()}
    compared = {codes: count for codes, count in units.items() if count and len(codes) > 1}
    n, gone = sum(compared.values()), passed(missing)
    left_out = sum(count for codes, count in units.items() if len(codes) == 1)
    given: Counter[str] = Counter()
    observed = Fraction(0)
    for codes, count in compared.items():
        of_unit = Counter(codes)
        for code, people in of_unit.items():
            given[code] += people * count
        observed += Fraction(count * _unlike(of_unit), len(codes) - 1)
    values = sum(given.values())
    if not n:
        return Alpha(
            0, 0, left_out, None, None, None, gone, _PAIRED, dict.fromkeys(("observed", "expected", "alpha"), NO_UNITS)
        )
    found, chance = observed / values, Fraction(_unlike(given), values * (values - 1))
    if not chance:
        return Alpha(n, values, left_out, float(found), 0.0, None, gone, _PAIRED, {"alpha": ONE_CODE})
    return Alpha(n, values, left_out, float(found), float(chance), float(1 - found / chance), gone, _PAIRED, {})


_PAIRED: Final = "units coded by at least two"


def _unlike(codes: Counter[str]) -> int:
    """Return how many ordered pairs of the codes differ."""
    total = sum(codes.values())
    return total * total - sum(people * people for people in codes.values())
