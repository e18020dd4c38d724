"""A mean where several people of one organisation answered, who are not independent of one another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from analysis._checks import Number, exact, passed, whole
from analysis._distributions import t_quantile
from analysis._numbers import checked_bounds

NO_ONE: Final = "No one answered."
ONE_ORGANISATION: Final = "All who answered are of one organisation."
NO_SPREAD: Final = "All answers are the same."
NEGATIVE: Final = "The estimated design effect is not above 0."
ROUNDING: Final = Fraction(1, 10**9)
ALONE: Final = "No organisation has more than one answer."


@dataclass(frozen=True, slots=True)
class OrganisationMean:
    """A mean over people and over organisations, and what their likeness costs.

    Attributes
    ----------
    n, organisations, base
        People, their organisations, and what n counts.
    mean, se, ci95
        The mean over people, its cluster-robust standard error, and the t interval with
        organisations − 1 df inside the bounds; None where undefined.
    organisation_mean, organisation_ci95
        The mean of the organisations' own means, each counting once, and its t interval.
    icc
        Intraclass correlation by one-way analysis of variance; below 0 where people of one
        organisation are less alike than people of different ones.
    design_effect, effective_n
        By how much likeness inflates the variance of the mean, and n divided by it.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    organisations: int
    mean: float | None
    se: float | None
    ci95: tuple[float, float] | None
    organisation_mean: float | None
    organisation_ci95: tuple[float, float] | None
    icc: float | None
    design_effect: float | None
    effective_n: float | None
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


@dataclass(slots=True)
class _Size:
    """The organisations of one size: how many, and what their sums and the squares of their sums come to."""

    organisations: int = 0
    total: int | Fraction = 0
    squares: int | Fraction = 0


def organisation_mean(
    organisations: Sequence[tuple[int, Number, Number]],
    *,
    bounds: tuple[Number, Number] | None = None,
    missing: Mapping[str, int] | None = None,
    base: str = "answered",
) -> OrganisationMean:
    """Mean over people and over organisations.

    Parameters
    ----------
    organisations
        For each organisation the people who answered, the sum of their answers and the sum
        of the squares; one without answers is left out.
    bounds
        Lowest and highest possible answer, inside which intervals stay; none is no limit.
    missing, base
        Passed through to the result.

    Returns
    -------
    OrganisationMean
        Intervals need two organisations and some spread; the intraclass correlation also
        needs an organisation with two answers.

    Notes
    -----
    Formula: SE² = [k/(k − 1)] Σₒ (sumₒ − nₒ·mean)² / N², k organisations of nₒ people.
    ICC = (MSB − MSW) / (MSB + (n₀ − 1) MSW), n₀ = (N − Σ nₒ²/N)/(k − 1).
    Design effect 1 + (Σ nₒ²/Σ nₒ − 1)·ICC.
    Sources: Liang & Zeger 1986, Biometrika 73:13-22 (with the factor k/(k − 1)); Donner &
    Koval 1980, Biometrics 36:19-25; Kish 1965, Survey Sampling, on design effects.

    Examples
    --------
    >>> m = organisation_mean([(2, 6, 18), (2, 2, 2), (1, 4, 16)], bounds=(0, 4))
    >>> m.mean, round(m.organisation_mean, 4), m.icc
    (2.4, 2.6667, 1.0)
    """
    limits = checked_bounds(bounds)
    sizes, squares = _by_size(organisations)
    n, k = sum(size * each.organisations for size, each in sizes.items()), _total(sizes, "organisations")
    if not n:
        return _nothing(passed(missing), base)
    mean = _total(sizes, "total") / n
    centre = sum((each.total / size for size, each in sizes.items()), Fraction(0)) / k
    se, own_se = _robust(sizes, mean, n), _of_means(sizes, centre)
    icc, why_no_icc = _icc(sizes, squares, mean, n)
    inflated = Fraction(_people_squared(sizes), n) - 1
    effect = 1 + inflated * (icc or 0) if icc is not None or not inflated else None
    no_interval = ONE_ORGANISATION if k == 1 else NO_SPREAD
    fields = {
        "se": (se, ONE_ORGANISATION),
        "ci95": (_interval(mean, se, k, limits), no_interval),
        "organisation_ci95": (_interval(centre, own_se, k, limits), no_interval),
        "icc": (icc, why_no_icc),
        "design_effect": (effect, why_no_icc),
        "effective_n": (n / effect if effect and effect > 0 else None, why_no_icc or NEGATIVE),
    }
    return OrganisationMean(
        n=n,
        organisations=k,
        mean=float(mean),
        organisation_mean=float(centre),
        missing=passed(missing),
        base=base,
        reasons={name: why for name, (value, why) in fields.items() if value is None},
        **{name: float(value) if isinstance(value, Fraction) else value for name, (value, _) in fields.items()},  # type: ignore[arg-type]
    )


def _by_size(organisations: Sequence[tuple[int, Number, Number]]) -> tuple[dict[int, _Size], Fraction]:
    """Return the organisations that have answers by how many people they have, and the squares of all answers.

    All figures follow from these exactly, and sizes are few where organisations are many.
    """
    sizes: dict[int, _Size] = {}
    all_squares: int | Fraction = 0
    for number, (people, its_sum, its_squares) in enumerate(organisations, 1):
        n, total, squares = whole(people, "The people"), _exact(its_sum, "sum"), _exact(its_squares, "sum of squares")
        if squares * n < total**2 or (not n and (total or squares)):
            raise ValueError(
                f"Organisation {number}: no {people} answers have the sum {its_sum} and the sum of squares "
                f"{its_squares}."
            )
        if n:
            of = sizes.setdefault(n, _Size())
            of.organisations += 1
            of.total += total
            of.squares += total**2
            all_squares += squares
    for of in sizes.values():
        of.total, of.squares = Fraction(of.total), Fraction(of.squares)
    return sizes, Fraction(all_squares)


def _exact(value: Number, what: str) -> int | Fraction:
    """Return a number as it is where it is whole, which is many times as fast, else as an exact fraction."""
    return value if type(value) is int else exact(value, f"The {what}")


def _total(sizes: Mapping[int, _Size], what: str) -> Any:
    return sum(getattr(each, what) for each in sizes.values())


def _people_squared(sizes: Mapping[int, _Size]) -> int:
    return sum(size * size * each.organisations for size, each in sizes.items())


def _nothing(missing: Mapping[str, int], base: str) -> OrganisationMean:
    fields = ("mean", "se", "ci95", "organisation_mean", "organisation_ci95", "icc", "design_effect", "effective_n")
    empty: dict[str, None] = dict.fromkeys(fields)
    return OrganisationMean(
        n=0, organisations=0, missing=missing, base=base, reasons=dict.fromkeys(fields, NO_ONE), **empty
    )


def _robust(sizes: Mapping[int, _Size], mean: Fraction, n: int) -> float | None:
    k = _total(sizes, "organisations")
    if k < 2:
        return None
    # Σ (sum − size · mean)², multiplied out.
    crossed = sum(size * each.total for size, each in sizes.items())
    apart = _total(sizes, "squares") - 2 * mean * crossed + mean**2 * _people_squared(sizes)
    return math.sqrt(Fraction(k, k - 1) * apart) / n


def _of_means(sizes: Mapping[int, _Size], centre: Fraction) -> float | None:
    k = _total(sizes, "organisations")
    squared = sum((each.squares / size**2 for size, each in sizes.items()), Fraction(0))
    return math.sqrt((squared - k * centre**2) / (k * (k - 1))) if k > 1 else None


def _icc(sizes: Mapping[int, _Size], squares: Fraction, mean: Fraction, n: int) -> tuple[Fraction | None, str]:
    """Return the intraclass correlation, or None and why there is none."""
    k = _total(sizes, "organisations")
    if k < 2:
        return None, ONE_ORGANISATION
    if n == k:
        return None, ALONE
    of_means = sum((each.squares / size for size, each in sizes.items()), Fraction(0))
    between = (of_means - n * mean**2) / (k - 1)
    within = max(Fraction(0), squares - of_means) / (n - k)
    size = (n - Fraction(_people_squared(sizes), n)) / (k - 1)
    spread = between + (size - 1) * within
    return ((between - within) / spread, "") if spread else (None, NO_SPREAD)


def _interval(
    centre: Fraction, se: float | None, organisations: int, limits: tuple[float, float]
) -> tuple[float, float] | None:
    if not se:
        return None
    half = t_quantile(0.975, organisations - 1) * se
    return max(limits[0], float(centre) - half), min(limits[1], float(centre) + half)
