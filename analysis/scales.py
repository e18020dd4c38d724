"""One item answered in numbers: the steps of a scale, or plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypedDict

from analysis import _numbers as numbers
from analysis._checks import counted, passed, whole_step
from analysis.shares import Share, wilson

NO_ONE: Final = "No one answered."
ONE: Final = "One answer has no spread; two are needed."
NO_SPREAD: Final = "All answers are the same, so they cannot say how far the mean may lie from it."


@dataclass(frozen=True, slots=True)
class ScaleSummary:
    """What people answered on a scale.

    Attributes
    ----------
    n, base
        People who answered, and in words what n counts.
    counts, scale
        People on every step of the scale, zeros included; the scale's ends.
    mean, sd, median, q1, q3
        None where undefined.
    modes
        The steps most people chose, ascending; empty for n = 0.
    top_two
        Share on the two highest steps, with Wilson's interval.
    ci95
        95 per cent interval of the mean, inside the scale.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    counts: Mapping[int, int]
    scale: tuple[int, int]
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    modes: tuple[int, ...]
    top_two: Share
    ci95: tuple[float, float] | None
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Description:
    """What people answered where the answer is a plain number.

    Attributes
    ----------
    n, base
        People who answered, and in words what n counts.
    sum, mean, sd, median, q1, q3, min, max
        The sum is 0 for n = 0; the others are None where undefined.
    ci95
        95 per cent interval of the mean, inside the bounds if any were given.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    sum: float
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    min: float | None
    max: float | None
    ci95: tuple[float, float] | None
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def summarise(
    counts: Mapping[float, int],
    scale: tuple[int, int] = (0, 4),
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answered",
) -> ScaleSummary:
    """Summarise the answers to one item on a scale of whole steps.

    Parameters
    ----------
    counts
        People by step. Zero is an answer like any other; steps nobody chose may be left out.
    scale
        Lowest and highest step.
    missing, base
        Passed through to the result; missing answers enter no figure.

    Returns
    -------
    ScaleSummary

    Notes
    -----
    Mean and sd treat the steps as equally far apart. The sd divides by n − 1.
    Quartiles and median: type 7 of Hyndman & Fan 1996, Am Stat 50:361-365, that is the
    order statistic at 1 + (n − 1)p, interpolated linearly.
    Interval of the mean: mean ± t(0.975, n − 1) · sd / √n, clipped to the scale; none for
    n < 2 or sd = 0. Top two: Wilson's interval.

    Examples
    --------
    >>> summarise({0: 2, 4: 2, 2: 1}).mean
    2.0
    """
    low, high = _checked_scale(scale)
    answers = counted(counts)
    _refuse_outside(answers, (low, high), whole=True)
    steps = {step: answers.get(Fraction(step), 0) for step in range(low, high + 1)}
    n = numbers.size(answers)
    highest_two = sum(list(steps.values())[-2:])
    return ScaleSummary(
        n=n,
        counts=steps,
        scale=(low, high),
        modes=_modes(steps),
        top_two=wilson(highest_two, n, missing=missing, base=base),
        missing=passed(missing),
        base=base,
        reasons=_reasons(answers),
        **_estimates(answers, (low, high)),
    )


def describe(
    counts: Mapping[float, int],
    *,
    bounds: tuple[float, float] | None = None,
    missing: Mapping[str, int] | None = None,
    base: str = "answered",
) -> Description:
    """Describe answers that are plain numbers: how many times, how many per cent.

    Parameters
    ----------
    counts
        People by number given. A float is taken at its shortest decimal.
    bounds
        Lowest and highest number possible, if there are any; the interval stays inside.
    missing, base
        Passed through to the result; missing answers enter no figure.

    Returns
    -------
    Description

    Notes
    -----
    Conventions as for `summarise`.

    Examples
    --------
    >>> d = describe({1: 10, 2: 3})
    >>> d.n, d.sum
    (13, 16.0)
    """
    limits = numbers.checked_bounds(bounds)
    answers = counted(counts, "A number given")
    _refuse_outside(answers, limits)
    return Description(
        n=numbers.size(answers),
        sum=float(numbers.total(answers)),
        min=float(min(answers)) if answers else None,
        max=float(max(answers)) if answers else None,
        missing=passed(missing),
        base=base,
        reasons=_reasons(answers) | ({} if answers else {"min": NO_ONE, "max": NO_ONE}),
        **_estimates(answers, limits),
    )


class _Estimates(TypedDict):
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    ci95: tuple[float, float] | None


def _estimates(answers: Mapping[Fraction, int], bounds: tuple[float, float]) -> _Estimates:
    return {
        "mean": _rounded_once(numbers.mean(answers)),
        "sd": numbers.sd(answers),
        "median": _rounded_once(numbers.quantile(answers, Fraction(1, 2))),
        "q1": _rounded_once(numbers.quantile(answers, Fraction(1, 4))),
        "q3": _rounded_once(numbers.quantile(answers, Fraction(3, 4))),
        "ci95": numbers.t_interval(answers, bounds),
    }


def _rounded_once(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _reasons(answers: Mapping[Fraction, int]) -> dict[str, str]:
    """Say why the estimates that are None are undefined."""
    if not answers:
        return dict.fromkeys(("mean", "sd", "median", "q1", "q3", "ci95"), NO_ONE)
    if numbers.size(answers) == 1:
        return {"sd": ONE, "ci95": ONE}
    return {"ci95": NO_SPREAD} if len(answers) == 1 else {}


def _modes(steps: Mapping[int, int]) -> tuple[int, ...]:
    most = max(steps.values())
    return tuple(step for step, people in steps.items() if people == most and people)


def _checked_scale(scale: tuple[int, int]) -> tuple[int, int]:
    low, high = (whole_step(end) for end in scale)
    if low >= high:
        raise ValueError(f"A scale must rise from its lowest to its highest step, not {scale!r}.")
    return low, high


def _refuse_outside(answers: Mapping[Fraction, int], bounds: tuple[float, float], whole: bool = False) -> None:
    low, high = bounds
    for answer in answers:
        if not low <= answer <= high or (whole and answer.denominator > 1):
            raise ValueError(f"{float(answer):g} does not lie on the scale from {low} to {high}.")
