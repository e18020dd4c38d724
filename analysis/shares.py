"""A share of people, with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analysis._checks import level_of, passed, whole
from analysis._distributions import beta_quantile, normal_quantile

PERCENT_LEADS_FROM: Final = 10
NO_ONE: Final = "No one answered, so there is no share."


@dataclass(frozen=True, slots=True)
class Share:
    """k of n people, and how far the share may lie from it.

    Attributes
    ----------
    k, n
        People who gave the answer, and people counted in the base.
    share, low, high
        k / n and the limits of its interval, between 0 and 1; None for n = 0.
    level, method
        The confidence level and the name of the interval.
    missing, base, reasons
        Missing counts as handed in; what n counts; why a field is None.
    """

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]

    @property
    def ci95(self) -> tuple[float, float] | None:
        """The limits as a pair when the level is 95 per cent, else None."""
        if self.low is None or self.high is None or self.level != 0.95:
            return None
        return self.low, self.high


def wilson(
    k: int,
    n: int,
    level: float = 0.95,
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answered",
) -> Share:
    """Share with Wilson's score interval.

    Parameters
    ----------
    k, n
        People who gave the answer, of n people counted.
    level
        Confidence level, 0.95 unless told.
    missing, base
        Passed through to the result.

    Returns
    -------
    Share
        Limits exactly 0 at k = 0 and exactly 1 at k = n; none for n = 0.

    Notes
    -----
    Formula: (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n), z the normal quantile.
    Convention: no continuity correction.
    Sources: Wilson 1927, JASA 22:209-212; Newcombe 1998, Stat Med 17:857-872, method 3.

    Examples
    --------
    >>> s = wilson(81, 263)
    >>> round(s.low, 4), round(s.high, 4)
    (0.2553, 0.3662)
    """
    people, total, trust = _checked(k, n, level)
    limits = _wilson_limits(people, total, trust) if total else None
    return _share(people, total, trust, "Wilson score", limits, missing, base)


def clopper_pearson(
    k: int,
    n: int,
    level: float = 0.95,
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answered",
) -> Share:
    """Share with Clopper and Pearson's exact interval, never too narrow and often wide.

    Parameters
    ----------
    k, n, level, missing, base
        As for `wilson`.

    Returns
    -------
    Share
        Limits exactly 0 at k = 0 and exactly 1 at k = n; none for n = 0.

    Notes
    -----
    Formula: the lower limit is the α/2 quantile of Beta(k, n − k + 1), the upper the
    1 − α/2 quantile of Beta(k + 1, n − k).
    Source: Clopper & Pearson 1934, Biometrika 26:404-413.

    Examples
    --------
    >>> s = clopper_pearson(81, 263)
    >>> round(s.low, 4), round(s.high, 4)
    (0.2527, 0.3676)
    """
    people, total, trust = _checked(k, n, level)
    limits = _exact_limits(people, total, trust) if total else None
    return _share(people, total, trust, "Clopper-Pearson", limits, missing, base)


@dataclass(frozen=True, slots=True)
class Difference:
    """The share of one group less that of another, whose people are others.

    Attributes
    ----------
    n, n_first, n_second, base
        People of both groups and of each, and what n counts.
    difference, low, high
        First less second, from −1 to 1, and the limits of its 95 per cent interval; None without people.
    method, reasons
        The name of the interval; why a field is None.
    """

    n: int
    n_first: int
    n_second: int
    difference: float | None
    low: float | None
    high: float | None
    method: str
    base: str
    reasons: Mapping[str, str]


def difference(first: tuple[int, int], second: tuple[int, int], *, base: str = "answered") -> Difference:
    """Difference of two independent shares, with Newcombe's interval.

    Parameters
    ----------
    first, second
        Of each group, the people who gave the answer and the people counted.
    base
        Passed through to the result.

    Notes
    -----
    Formula: d − √((p₁ − l₁)² + (u₂ − p₂)²) to d + √((u₁ − p₁)² + (p₂ − l₂)²), l and u the limits
    of Wilson's intervals.
    Source: Newcombe 1998, Stat Med 17:873-890, method 10.

    Examples
    --------
    >>> d = difference((56, 70), (48, 80))
    >>> round(d.difference, 4), round(d.low, 4), round(d.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    one, other = wilson(*first), wilson(*second)
    counted = {"n": one.n + other.n, "n_first": one.n, "n_second": other.n, "base": base}
    method = "Newcombe, from Wilson score intervals"
    if one.share is None or other.share is None or one.ci95 is None or other.ci95 is None:
        reasons = dict.fromkeys(("difference", "low", "high"), "One of the groups has no answers.")
        return Difference(difference=None, low=None, high=None, method=method, reasons=reasons, **counted)  # type: ignore[arg-type]
    d = one.share - other.share
    below = math.hypot(one.share - one.ci95[0], other.ci95[1] - other.share)
    above = math.hypot(one.ci95[1] - one.share, other.share - other.ci95[0])
    return Difference(difference=d, low=d - below, high=d + above, method=method, reasons={}, **counted)  # type: ignore[arg-type]


def percent_shown(n: int) -> bool:
    """Say whether a percentage may lead, or must stand behind its counts.

    House rule: below n = 10 one person moves a percentage by more than ten points, so
    the counts lead and the percentage stands behind them.

    Examples
    --------
    >>> percent_shown(9), percent_shown(10)
    (False, True)
    """
    return whole(n, "n") >= PERCENT_LEADS_FROM


def _checked(k: int, n: int, level: float) -> tuple[int, int, float]:
    people, total = whole(k, "k"), whole(n, "n")
    if people > total:
        raise ValueError(f"k must not exceed n, and {people} is more than {total}.")
    return people, total, level_of(level)


def _wilson_limits(k: int, n: int, level: float) -> tuple[float, float]:
    z = normal_quantile((1 + level) / 2)
    middle = (k + z * z / 2) / (n + z * z)
    half = z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return (middle - half if k else 0.0), (middle + half if k < n else 1.0)


def _exact_limits(k: int, n: int, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low = beta_quantile(tail, k, n - k + 1) if k else 0.0
    high = beta_quantile(1 - tail, k + 1, n - k) if k < n else 1.0
    return low, high


def _share(
    k: int,
    n: int,
    level: float,
    method: str,
    limits: tuple[float, float] | None,
    missing: Mapping[str, int] | None,
    base: str,
) -> Share:
    low, high = limits or (None, None)
    return Share(
        k=k,
        n=n,
        share=k / n if n else None,
        low=low,
        high=high,
        level=level,
        method=method,
        missing=passed(missing),
        base=base,
        reasons={} if n else dict.fromkeys(("share", "low", "high"), NO_ONE),
    )
