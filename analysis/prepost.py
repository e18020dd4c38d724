"""One item answered by the same people before and after a workshop."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from analysis import _numbers as numbers
from analysis._checks import cells as cells_of
from analysis._checks import counted, exact, passed, whole_step
from analysis._paired import (
    SignedRank,
    hedges_g_av,
    hodges_lehmann,
    mcnemar_mid_p,
    newcombe_interval,
    sign_test,
    signed_rank,
)

Counts = Mapping[float, int] | Sequence[int]
Table = Mapping[float, Counts] | Sequence[Counts]

YES_OR_NO: Final = (0, 1)
PAIRS_FOR_COUNTS: Final = 5
PAIRS_FOR_A_TEST: Final = 10
CHANGES_FOR_A_TEST: Final = 6
SAY_LOST_ABOVE: Final = Fraction(1, 5)
NO_TEST_ABOVE: Final = Fraction(1, 3)
DECIMALS: Final = 9

NO_PAIRS: Final = "No one answered both before and after."
FEW_PAIRS: Final = "Only {n} answered both before and after; under 5, only that number is shown."
NO_TEST_YET: Final = "{n} answered both before and after; under 10, only counts and mean change are shown, and no test."
FEW_CHANGES: Final = "A test needs 6 people who changed, and {moved} did."
TOO_MANY_LOST: Final = (
    "Of the {before} who answered before, {lost} did not answer after: more than a third, so no test."
)
MANY_LOST: Final = "Of the {before} who answered before, {lost} did not answer after: more than a fifth."
SAME_CHANGE: Final = "All changed alike, so they cannot say how far the mean change may lie from it."
NO_SPREAD: Final = "All answered alike before and all alike after, so a change has nothing to be measured by."
YES_NO: Final = "For a yes/no item the change of the share is the size of the effect."
NO_ONE_BEFORE: Final = "No one answered before."
NO_ONE_LOST: Final = "No one is lost."
NO_ONE_JOINED: Final = "No one joined."
FEW_LOST: Final = "No more than a fifth are lost, so the case that they did not change is not needed."

MEANS: Final = ("mean_before", "mean_after", "mean_change")
COUNTED: Final = ("rose", "stayed", "fell", "unchanged", "at_top", *MEANS)
TESTS: Final = ("statistic", "p_value", "sign_p_value")
SIZES: Final = ("effect_size", "g_av", "hodges_lehmann")
ESTIMATED: Final = ("se", "ci95", *SIZES)


@dataclass(frozen=True, slots=True)
class Attrition:
    """Who answered once only, and whether they were like the others.

    Attributes
    ----------
    n, base
        People who answered before, and what n counts.
    after, matched, lost, joined
        People who answered after; both times; before only; after only.
    share_lost
        Lost of all who answered before; None when no one did.
    mean_matched, mean_lost, mean_joined
        The mean before of the matched and of the lost, and the mean after of the joined.
        A page that others than the workshop's trainer read hides means of 1 to 4 people.
    caution
        The sentence to show with the result when more than a fifth are lost; else empty.
    change_if_unchanged, ci95_if_unchanged
        The mean change if the lost had not changed; only when more than a fifth are lost.
    reasons
        Why a field is None.
    """

    n: int
    after: int
    matched: int
    lost: int
    joined: int
    share_lost: float | None
    mean_matched: float | None
    mean_lost: float | None
    mean_joined: float | None
    caution: str
    change_if_unchanged: float | None
    ci95_if_unchanged: tuple[float, float] | None
    base: str
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Appraisal:
    """How people changed on one item.

    Attributes
    ----------
    n, base
        Pairs: people who answered both before and after; and what n counts.
    scale
        Lowest and highest step; (0, 1) for a yes/no item, yes being 1.
    before, after, changes
        Pairs by answer before, by answer after, and by change after − before; empty under 5.
    rose, stayed, fell, unchanged
        People by direction, and the share that stayed.
    at_top
        People already at the top before, who could not rise.
    mean_before, mean_after, mean_change
        Means over the pairs; for a yes/no item the shares of yes.
    se, ci95, ci_method
        Standard error of the mean change, the 95 per cent interval of the mean change, and
        the interval's name.
    statistic, p_value, method
        T+, or for a yes/no item the people who rose; the two-sided p value; the test's name.
    sign_p_value
        Exact sign test, which no recoding of the scale touches; for a yes/no item this is
        the exact McNemar test.
    effect_size, effect_name
        Matched-pairs rank-biserial, from −1 to 1; it ignores who stayed, so show `unchanged`
        beside it.
    g_av
        Hedges g by the average spread of before and after.
    hodges_lehmann
        The median of the averages of two changes.
    attrition
        Who answered once only.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    scale: tuple[int, int]
    before: Mapping[float, int]
    after: Mapping[float, int]
    changes: Mapping[float, int]
    rose: int | None
    stayed: int | None
    fell: int | None
    unchanged: float | None
    at_top: int | None
    mean_before: float | None
    mean_after: float | None
    mean_change: float | None
    se: float | None
    ci95: tuple[float, float] | None
    ci_method: str
    statistic: float | None
    p_value: float | None
    method: str
    sign_p_value: float | None
    effect_size: float | None
    effect_name: str
    g_av: float | None
    hodges_lehmann: float | None
    attrition: Attrition
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]

    @property
    def n_pairs(self) -> int:
        """The pairs, by the name that they have where workshops are appraised."""
        return self.n

    @property
    def rank_biserial(self) -> float | None:
        """The size of the effect, by its own name."""
        return self.effect_size


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The pairs, checked: their answers before and after, and their changes."""

    scale: tuple[int, int]
    cells: Mapping[tuple[Fraction, Fraction], int]
    before: Mapping[Fraction, int]
    after: Mapping[Fraction, int]
    changes: Mapping[Fraction, int]

    @property
    def n(self) -> int:
        return numbers.size(self.changes)

    @property
    def rose(self) -> int:
        return sum(people for change, people in self.changes.items() if change > 0)

    @property
    def fell(self) -> int:
        return sum(people for change, people in self.changes.items() if change < 0)

    @property
    def reach(self) -> tuple[float, float]:
        """Return the largest fall and the largest rise that the scale allows."""
        width = self.scale[1] - self.scale[0]
        return float(-width), float(width)


def appraise(
    table: Table,
    pre_only: Counts | None = None,
    post_only: Counts | None = None,
    *,
    scale: tuple[int, int] = (0, 4),
    missing: Mapping[str, int] | None = None,
    base: str = "answered before and after",
) -> Appraisal:
    """Appraise how the same people answered one item before and after.

    Parameters
    ----------
    table
        ``table[before][after]`` is how many people answered so: mappings, or rows of counts
        for the answers from 0 on. Answers are steps of the scale or scores between them,
        whose changes are rounded to nine decimals.
    pre_only, post_only
        People who answered only before, and only after, by their answer.
    scale
        Lowest and highest step; (0, 1) is a yes/no item, yes being 1.
    missing, base
        Passed through to the result.

    Returns
    -------
    Appraisal
        Under 5 pairs, their number only. From 5 to 9, counts and means. A test needs 10
        pairs, 6 people who changed, and no more than a third lost. These limits are house
        rules. Where no one of 10 or more changed, the effect is 0 and p is 1: there is
        nothing that chance would have to explain.

    Raises
    ------
    TypeError, ValueError
        For counts that are none, and answers off the scale.

    Notes
    -----
    Mean change: the differences' mean ± t(0.975, n − 1) · sd/√n, clipped to what the scale
    allows; it takes the steps as equally far apart.
    Test: Pratt's form of Wilcoxon's signed-rank. Absolute changes are ranked with the
    unchanged among them, ties at mean ranks; the unchanged then leave. T+ sums the ranks of
    those who rose. Each change being up or down by a coin, and the ranks as they are,
    p = P(|T+ − T−| larger than seen) + P(as large)/2. Beyond 200 people who changed, or
    2,000 pairs, z = (T+ − T−)/√Σr² without correction. For a yes/no item McNemar's test,
    mid-p in the same sense: 1 − P(as seen)/2 where as many rose as fell.
    Rank-biserial: (T+ − T−)/(T+ + T−), 0 where no one changed.
    Hedges g_av: J(n − 1) · mean change / √((sd₁² + sd₂²)/2),
    J(m) = Γ(m/2)/(√(m/2) Γ((m − 1)/2)).
    Hodges–Lehmann: median of (dᵢ + dⱼ)/2, i ≤ j, the unchanged included.
    Yes/no interval: Newcombe's method 10, from Wilson's limits of both shares with their
    correlation, corrected by n/2 where it is positive.
    Attrition: lost above a fifth is said; above a third there is no test.
    Sources: Pratt 1959, JASA 54:655-667; Lancaster 1961, JASA 56:223-234 (mid-p); Kerby 2014,
    Compr Psychol 3, 11.IT.3.1 (rank-biserial); Hedges 1981, J Educ Stat 6:107-128 (J);
    Fagerland, Lydersen & Laake 2013, BMC Med Res Methodol 13:91 (McNemar mid-p);
    Newcombe 1998, Stat Med 17:2635-2650.
    Beside R 4.2 (tests/analysis/against_r): p is ``midpvalue`` of coin's ``wilcoxsign_test`` in
    Pratt's form with the exact distribution, save where T+ = T−: there coin takes off the whole
    of P(as large), once for each side, and here half of it. Base R's ``wilcox.test`` drops the
    unchanged, and finds its pseudomedian otherwise where there are ties.

    Examples
    --------
    >>> a = appraise({1: {1: 2, 2: 4, 3: 2}, 2: {1: 1, 3: 3}}, {1: 2})
    >>> a.n, a.rose, a.stayed, a.fell, a.mean_change, a.statistic, round(a.p_value, 4)
    (12, 9, 2, 1, 0.8333333333333334, 68.5, 0.0098)
    """
    pairs = _paired(table, scale)
    lost, joined = _once(pre_only, pairs.scale), _once(post_only, pairs.scale)
    no_test = _no_test(pairs, numbers.size(lost))
    fields: dict[str, tuple[Any, str]] = {}
    few = _too_few(pairs.n)
    yes_no = pairs.scale == YES_OR_NO
    ranks = signed_rank(pairs.changes)
    fields |= _counts(pairs) if pairs.n >= PAIRS_FOR_COUNTS else dict.fromkeys(COUNTED, (None, few))
    if pairs.n >= PAIRS_FOR_A_TEST:
        fields |= _estimates(pairs, ranks, yes_no) | _tests(pairs, ranks, yes_no, no_test)
    else:
        fields |= dict.fromkeys((*ESTIMATED, *TESTS), (None, few))
    shown = pairs.n >= PAIRS_FOR_COUNTS
    return Appraisal(
        n=pairs.n,
        scale=pairs.scale,
        before=_floats(pairs.before) if shown else {},
        after=_floats(pairs.after) if shown else {},
        changes=_floats(pairs.changes) if shown else {},
        ci_method="Newcombe, paired, method 10" if yes_no else "paired t",
        method="McNemar, mid-p, two-sided" if yes_no else ranks.method,
        effect_name="matched-pairs rank-biserial",
        attrition=_attrition(pairs, lost, joined),
        missing=passed(missing),
        base=base,
        reasons=_why(fields),
        **_values(fields),
    )


def _paired(table: Table, scale: tuple[int, int]) -> _Pairs:
    low, high = (whole_step(end) for end in scale)
    if low >= high:
        raise ValueError(f"A scale must rise from its lowest to its highest step, not {scale!r}.")
    cells: dict[tuple[Fraction, Fraction], int] = {}
    for before, after, people in cells_of(table):
        cell = _answer(exact(before, "a code"), (low, high)), _answer(exact(after, "a code"), (low, high))
        cells[cell] = cells.get(cell, 0) + people
    return _pairs(cells, (low, high))


def _pairs(cells: Mapping[tuple[Fraction, Fraction], int], scale: tuple[int, int]) -> _Pairs:
    return _Pairs(
        scale=scale,
        cells=cells,
        before=_summed({cell: cell[0] for cell in cells}, cells),
        after=_summed({cell: cell[1] for cell in cells}, cells),
        # Rounded, so that equal changes between scores such as thirds are ties.
        changes=_summed({cell: round(cell[1] - cell[0], DECIMALS) for cell in cells}, cells),
    )


def _answer(value: Fraction, scale: tuple[int, int]) -> Fraction:
    """Return an answer that lies on the scale, or say that it does not."""
    low, high = scale
    if not low <= value <= high:
        raise ValueError(f"{float(value):g} does not lie on the scale from {low} to {high}.")
    if scale == YES_OR_NO and value.denominator > 1:
        raise ValueError(f"{float(value):g} is neither 0 nor 1, as an answer to a yes/no item must be.")
    return value


def _once(counts: Counts | None, scale: tuple[int, int]) -> dict[Fraction, int]:
    """Return the answers of those who answered once only."""
    return {_answer(value, scale): people for value, people in counted(counts or {}).items()}


def _summed(
    values: Mapping[tuple[Fraction, Fraction], Fraction], cells: Mapping[tuple[Fraction, Fraction], int]
) -> dict[Fraction, int]:
    """Return the people by value, ascending."""
    people: dict[Fraction, int] = {}
    for cell, value in values.items():
        people[value] = people.get(value, 0) + cells[cell]
    return {value: people[value] for value in sorted(people) if people[value]}


def _too_few(n: int) -> str:
    if not n:
        return NO_PAIRS
    return (FEW_PAIRS if n < PAIRS_FOR_COUNTS else NO_TEST_YET).format(n=n)


def _no_test(pairs: _Pairs, lost: int) -> str:
    """Say why there is no test of ten or more pairs, or nothing."""
    answered_before = pairs.n + lost
    if lost > NO_TEST_ABOVE * answered_before:
        return TOO_MANY_LOST.format(lost=lost, before=answered_before)
    moved = pairs.rose + pairs.fell
    return FEW_CHANGES.format(moved=moved) if 0 < moved < CHANGES_FOR_A_TEST else ""


def _counts(pairs: _Pairs) -> dict[str, tuple[Any, str]]:
    stayed = pairs.n - pairs.rose - pairs.fell
    return {
        "rose": (pairs.rose, ""),
        "stayed": (stayed, ""),
        "fell": (pairs.fell, ""),
        "unchanged": (stayed / pairs.n, ""),
        "at_top": (pairs.before.get(Fraction(pairs.scale[1]), 0), ""),
        "mean_before": (numbers.mean(pairs.before), ""),
        "mean_after": (numbers.mean(pairs.after), ""),
        "mean_change": (numbers.mean(pairs.changes), ""),
    }


def _estimates(pairs: _Pairs, ranks: SignedRank, yes_no: bool) -> dict[str, tuple[Any, str]]:
    spread = numbers.sd(pairs.changes)
    change = numbers.mean(pairs.changes)
    assert spread is not None and change is not None  # noqa: PT018
    g = None if yes_no else hedges_g_av(pairs.before, pairs.after, change)
    return {
        "se": (spread / math.sqrt(pairs.n), ""),
        "ci95": (_interval(pairs), SAME_CHANGE),
        "effect_size": (ranks.rank_biserial if pairs.rose + pairs.fell else 0.0, ""),
        "g_av": (g, YES_NO if yes_no else NO_SPREAD),
        "hodges_lehmann": (None if yes_no else hodges_lehmann(pairs.changes), YES_NO),
    }


def _interval(pairs: _Pairs) -> tuple[float, float] | None:
    """Return the interval of the mean change, for a yes/no item of the change of the share."""
    if pairs.scale != YES_OR_NO:
        return numbers.t_interval(pairs.changes, pairs.reach)
    yes, no = Fraction(1), Fraction(0)
    return newcombe_interval(
        pairs.cells.get((yes, yes), 0),
        pairs.cells.get((yes, no), 0),
        pairs.cells.get((no, yes), 0),
        pairs.cells.get((no, no), 0),
    )


def _tests(pairs: _Pairs, ranks: SignedRank, yes_no: bool, refused: str) -> dict[str, tuple[Any, str]]:
    if refused:
        return dict.fromkeys(TESTS, (None, refused))
    if not pairs.rose + pairs.fell:
        return {"statistic": (0.0, ""), "p_value": (1.0, ""), "sign_p_value": (1.0, "")}
    return {
        "statistic": (pairs.rose if yes_no else ranks.up, ""),
        "p_value": (mcnemar_mid_p(pairs.rose, pairs.fell) if yes_no else ranks.p_value, ""),
        "sign_p_value": (sign_test(pairs.rose, pairs.fell), ""),
    }


def _attrition(pairs: _Pairs, lost: Mapping[Fraction, int], joined: Mapping[Fraction, int]) -> Attrition:
    gone, new = numbers.size(lost), numbers.size(joined)
    before = pairs.n + gone
    few = _too_few(pairs.n) if pairs.n < PAIRS_FOR_COUNTS else ""
    many = gone > SAY_LOST_ABOVE * before
    case = many and not few
    still = _if_unchanged(pairs, lost)
    enough = case and pairs.n >= PAIRS_FOR_A_TEST
    not_needed = few or ("" if many else FEW_LOST)
    fields: dict[str, tuple[Any, str]] = {
        "share_lost": (Fraction(gone, before) if before else None, NO_ONE_BEFORE),
        "mean_matched": (None if few else numbers.mean(pairs.before), few),
        "mean_lost": (None if few else numbers.mean(lost), few or NO_ONE_LOST),
        "mean_joined": (None if few else numbers.mean(joined), few or NO_ONE_JOINED),
        "change_if_unchanged": (numbers.mean(still.changes) if case else None, not_needed),
        "ci95_if_unchanged": (
            _interval(still) if enough else None,
            not_needed or (SAME_CHANGE if enough else _too_few(pairs.n)),
        ),
    }
    return Attrition(
        n=before,
        after=pairs.n + new,
        matched=pairs.n,
        lost=gone,
        joined=new,
        caution=MANY_LOST.format(lost=gone, before=before) if many else "",
        base="answered before",
        reasons=_why(fields),
        **_values(fields),
    )


def _if_unchanged(pairs: _Pairs, lost: Mapping[Fraction, int]) -> _Pairs:
    """Return the pairs as if the lost had answered after just what they had answered before."""
    cells = dict(pairs.cells)
    for answer, people in lost.items():
        cells[answer, answer] = cells.get((answer, answer), 0) + people
    return _pairs(cells, pairs.scale)


def _values(fields: Mapping[str, tuple[Any, str]]) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, Fraction) else value for name, (value, _) in fields.items()}


def _why(fields: Mapping[str, tuple[Any, str]]) -> dict[str, str]:
    return {name: why for name, (value, why) in fields.items() if value is None}


def _floats(counts: Mapping[Fraction, int]) -> dict[float, int]:
    return {float(value): people for value, people in counts.items()}
