"""Several workshops' results in one, allowing that the workshops differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from analysis._checks import Number, exact, passed
from analysis._distributions import chi_square_tail, t_quantile

FEWER_THAN_TWO: Final = "Fewer than two workshops have a result, so there is nothing to pool."
NO_VARIANCE: Final = "A result without sampling variance would count for all the others; see number: {}."
METHODS: Final = {
    "REML": "random effects, REML, Knapp-Hartung interval never narrower than the plain one",
    "DL": "random effects, DerSimonian-Laird, Knapp-Hartung interval never narrower than the plain one",
}
STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class Pooled:
    """The mean effect of several workshops, and how far the workshops differ.

    Attributes
    ----------
    n, base
        Workshops pooled, and what n counts.
    estimate, se, ci95
        The mean effect, its standard error as Knapp and Hartung estimate it (never below the
        plain one), and the t interval with n − 1 df.
    tau2, i2
        Variance between workshops, and the share it makes of all variance, by the estimator
        used, from 0 to 1.
    q, df, p_value
        Cochran's Q, n − 1, and its chi-square p value.
    prediction95
        Where the true effect of one more workshop of this kind would lie.
    weights
        The share each workshop has in the mean, in the order given.
    method
        The estimator and the interval by name.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    estimate: float | None
    se: float | None
    ci95: tuple[float, float] | None
    tau2: float | None
    i2: float | None
    q: float | None
    df: int | None
    p_value: float | None
    prediction95: tuple[float, float] | None
    weights: tuple[float, ...]
    method: str
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def random_effects(
    effects: Sequence[Number],
    variances: Sequence[Number],
    *,
    method: Literal["REML", "DL"] = "REML",
    missing: Mapping[str, int] | None = None,
    base: str = "workshops",
) -> Pooled:
    """Pool one effect a workshop.

    Parameters
    ----------
    effects, variances
        Each workshop's effect, such as its mean change, and the square of its standard error.
    method
        How the variance between workshops is estimated: "REML", or DerSimonian and Laird's
        "DL" on request.
    missing, base
        Passed through to the result.

    Returns
    -------
    Pooled
        Declined, with the reason, with fewer than two workshops or a variance of 0.

    Raises
    ------
    ValueError
        For a negative variance, not as many variances as effects, or an unknown method.

    Notes
    -----
    Formula: w = 1/(v + τ²), estimate μ = Σwy/Σw, plain SE² = 1/Σw. Knapp–Hartung SE² is
    that times max(1, Σw(y − μ)²/(k − 1)); the interval is μ ± t(0.975, k − 1) · SE, so it is
    never narrower than the plain one. REML: τ² ≥ 0 of the highest restricted likelihood.
    DL: τ² = max(0, (Q − (k − 1)) / (Σa − Σa²/Σa)), a = 1/v. Q = Σa(y − Σay/Σa)².
    I² = τ²/(τ² + s²), s² = (k − 1)Σa / ((Σa)² − Σa²); for DL this is (Q − (k − 1))/Q.
    Prediction: μ ± t(0.975, k − 1) · √(τ² + SE²), which follows the interval in its df and
    its SE; k − 2 df are in use elsewhere.
    Sources: Viechtbauer 2005, J Educ Behav Stat 30:261-293 (REML); DerSimonian & Laird 1986,
    Control Clin Trials 7:177-188; Knapp & Hartung 2003, Stat Med 22:2693-2710; Higgins &
    Thompson 2002, Stat Med 21:1539-1558 (I²); Higgins, Thompson & Spiegelhalter 2009,
    J R Stat Soc A 172:137-159 (prediction).
    Beside R 4.2: metafor's ``rma`` with ``test = "adhoc"`` ("knha" is Knapp and Hartung's without
    the safeguard, and may be narrower), its ``I2``, ``QE`` and, of ``predict``, ``pi.lb`` and ``pi.ub``.

    Examples
    --------
    >>> p = random_effects([0.5, 1.0, 1.5], [0.05, 0.05, 0.05])
    >>> p.n, round(p.estimate, 4), round(p.tau2, 4)
    (3, 1.0, 0.2)
    """
    if method not in METHODS:
        raise ValueError(f'The method must be "REML" or "DL", not {method!r}.')
    y, v = _checked(effects, variances)
    declined = _why_declined(v)
    if declined:
        return _nothing(len(y), declined, method, passed(missing), base)
    tau2 = _reml(y, v) if method == "REML" else _dersimonian_laird(y, v)
    mean, total = _weighted(y, v, tau2)
    df, q = len(y) - 1, _spread(y, v, 0.0)
    # Knapp and Hartung's own safeguard: results that happen to lie close do not shrink the interval.
    se = math.sqrt(max(1.0, _spread(y, v, tau2) / df) / total)
    t = t_quantile(0.975, df)
    reach = t * math.sqrt(tau2 + se * se)
    return Pooled(
        n=len(y),
        estimate=mean,
        se=se,
        ci95=(mean - t * se, mean + t * se),
        tau2=tau2,
        i2=tau2 / (tau2 + _typical(v)),
        q=q,
        df=df,
        p_value=chi_square_tail(q, df),
        prediction95=(mean - reach, mean + reach),
        weights=tuple(1 / (each + tau2) / total for each in v),
        method=METHODS[method],
        missing=passed(missing),
        base=base,
        reasons={},
    )


def _checked(effects: Sequence[Number], variances: Sequence[Number]) -> tuple[list[float], list[float]]:
    if len(effects) != len(variances):
        raise ValueError(f"Every effect needs its variance, and there are {len(effects)} and {len(variances)}.")
    y = [float(exact(each, "An effect")) for each in effects]
    v = [float(exact(each, "A variance")) for each in variances]
    if min(v, default=0.0) < 0:
        raise ValueError(f"A variance must not be negative, and one is {min(v)!r}.")
    return y, v


def _why_declined(v: Sequence[float]) -> str | None:
    if len(v) < 2:
        return FEWER_THAN_TWO
    without = [str(number) for number, each in enumerate(v, 1) if not each]
    return NO_VARIANCE.format(", ".join(without)) if without else None


def _nothing(n: int, why: str, method: str, missing: Mapping[str, int], base: str) -> Pooled:
    fields = ("estimate", "se", "ci95", "tau2", "i2", "q", "df", "p_value", "prediction95")
    empty: dict[str, None] = dict.fromkeys(fields)
    return Pooled(
        n=n,
        weights=(),
        method=METHODS[method],
        missing=missing,
        base=base,
        reasons=dict.fromkeys(fields, why),
        **empty,
    )


def _weighted(y: Sequence[float], v: Sequence[float], tau2: float) -> tuple[float, float]:
    """Return the weighted mean and the sum of the weights."""
    weights = [1 / (each + tau2) for each in v]
    total = math.fsum(weights)
    return math.fsum(w * effect for w, effect in zip(weights, y, strict=True)) / total, total


def _spread(y: Sequence[float], v: Sequence[float], tau2: float) -> float:
    """Return the weighted sum of squares about the weighted mean; with τ² = 0, Cochran's Q."""
    mean, _ = _weighted(y, v, tau2)
    return math.fsum((effect - mean) ** 2 / (each + tau2) for effect, each in zip(y, v, strict=True))


def _typical(v: Sequence[float]) -> float:
    """Return Higgins and Thompson's typical sampling variance."""
    weights = [1 / each for each in v]
    total = math.fsum(weights)
    return (len(v) - 1) * total / (total * total - math.fsum(w * w for w in weights))


def _dersimonian_laird(y: Sequence[float], v: Sequence[float]) -> float:
    weights = [1 / each for each in v]
    total = math.fsum(weights)
    scale = total - math.fsum(w * w for w in weights) / total
    return max(0.0, (_spread(y, v, 0.0) - (len(y) - 1)) / scale)


def _reml(y: Sequence[float], v: Sequence[float]) -> float:
    """Return the τ² of the highest restricted likelihood, looked for everywhere it can lie."""

    def likelihood(tau2: float) -> float:
        logs = math.fsum(math.log(each + tau2) for each in v)
        return -0.5 * (logs + math.log(_weighted(y, v, tau2)[1]) + _spread(y, v, tau2))

    def slope(tau2: float) -> float:
        mean, total = _weighted(y, v, tau2)
        squares = [1 / (each + tau2) ** 2 for each in v]
        apart = math.fsum(w2 * (effect - mean) ** 2 for w2, effect in zip(squares, y, strict=True))
        return apart + math.fsum(squares) / total - total

    furthest = (max(y) - min(y)) ** 2 + max(v)
    grid = [0.0, *(furthest * 10 ** (-10 * (1 - step / STEPS)) for step in range(STEPS + 1))]
    best = max(range(len(grid)), key=lambda place: likelihood(grid[place]))
    around = grid[max(0, best - 1) : best + 2]
    for low, high in pairwise(around):
        if slope(low) > 0 >= slope(high):
            return _falls_through_zero(slope, low, high)
    return grid[best]


def _falls_through_zero(slope: Callable[[float], float], low: float, high: float) -> float:
    """Halve the interval until floating point has nothing between its ends."""
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return high
