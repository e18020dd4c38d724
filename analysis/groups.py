"""Groups of people compared on one ordered item."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Final

from analysis._checks import counted, passed
from analysis._distributions import chi_square_tail, normal_tail
from analysis._numbers import size
from analysis.multiplicity import holm

SMALLEST_GROUP: Final = 5
OVERALL: Final = ("statistic", "df", "p_value", "effect_size")
ALL_THE_SAME: Final = "All answers are the same, so there are no ranks to compare."


@dataclass(frozen=True, slots=True)
class Pair:
    """Two of the groups compared with one another.

    Attributes
    ----------
    first, second, n_first, n_second, n, base
        The groups, their people, the people of both, and what n counts.
    statistic
        Mann–Whitney U of the first group: pairs of people in which the first group's
        answer is the higher, ties counting half.
    p_value, p_holm
        Two-sided, and adjusted over all the pairs; None where undefined.
    effect_size, effect_name
        Cliff's delta, from −1 (all of the first group lower) to 1.
    reasons
        Why a field is None.
    """

    first: str
    second: str
    n: int
    n_first: int
    n_second: int
    statistic: float
    p_value: float | None
    p_holm: float | None
    effect_size: float
    effect_name: str
    base: str
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All the groups compared at once, and each pair of them.

    Attributes
    ----------
    n, base
        People in the groups compared, and what n counts.
    sizes, left_out
        People by group; the empty groups, which were left out first.
    statistic, df, p_value, method
        Kruskal–Wallis H with tie correction, groups − 1, and the chi-square p value.
    effect_size, effect_name
        Epsilon squared, H / (n − 1).
    pairs
        Every two groups in the order given; empty when the comparison was declined.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    sizes: Mapping[str, int]
    left_out: tuple[str, ...]
    statistic: float | None
    df: int | None
    p_value: float | None
    effect_size: float | None
    effect_name: str
    method: str
    pairs: tuple[Pair, ...]
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def compare(
    groups: Mapping[str, Mapping[float, int]],
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answered",
    pairs: bool = True,
) -> Comparison:
    """Compare independent groups on an ordered item.

    Parameters
    ----------
    groups
        For each group by name, the people by answer; only the order of answers counts.
    missing, base
        Passed through to the result.
    pairs
        Whether each pair is compared too; the whole comparison is the same either way.

    Returns
    -------
    Comparison
        Declined, with the reason, with fewer than two groups or any group under 5.

    Notes
    -----
    Formula: H = [12 / (N(N + 1)) Σ R²/n − 3(N + 1)] / [1 − Σ(t³ − t)/(N³ − N)], R the rank
    sum of a group and t the size of a tie; p from chi-square with groups − 1 df.
    Pairs: U by the normal approximation with tie correction and 0.5 continuity correction,
    two-sided; Cliff's delta (U₁ − U₂)/(n₁n₂); Holm over the pairs.
    Sources: Kruskal & Wallis 1952, JASA 47:583-621; Mann & Whitney 1947, Ann Math Stat
    18:50-60; Tomczak & Tomczak 2014, Trends Sport Sci 21:19-25 (epsilon squared);
    Cliff 1993, Psychol Bull 114:494-509; Holm 1979, Scand J Stat 6:65-70.

    Examples
    --------
    >>> c = compare({"a": {1: 3, 2: 3}, "b": {2: 3, 3: 3}})
    >>> c.df, c.pairs[0].effect_size
    (1, -0.75)
    """
    answers = {name: counted(counts) for name, counts in groups.items()}
    kept = {name: counts for name, counts in answers.items() if counts}
    declined = _why_declined(kept)
    h = None if declined else _kruskal_wallis(kept.values())
    n, df = sum(map(size, kept.values())), len(kept) - 1
    return Comparison(
        n=n,
        sizes={name: size(counts) for name, counts in kept.items()},
        left_out=tuple(name for name in answers if name not in kept),
        statistic=h,
        df=None if declined else df,
        p_value=None if h is None else chi_square_tail(h, df),
        effect_size=None if h is None else h / (n - 1),
        effect_name="epsilon squared",
        method="Kruskal-Wallis, tie correction, chi-square",
        pairs=_pairs(kept, base) if pairs and not declined else (),
        missing=passed(missing),
        base=base,
        reasons=_reasons(declined, h),
    )


def _why_declined(kept: Mapping[str, Mapping[Fraction, int]]) -> str | None:
    if len(kept) < 2:
        return "Fewer than two groups have answers, so there is nothing to compare."
    small = [name for name, counts in kept.items() if size(counts) < SMALLEST_GROUP]
    if small:
        return f"A comparison needs {SMALLEST_GROUP} people in every group; fewer in: {', '.join(small)}."
    return None


def _reasons(declined: str | None, h: float | None) -> dict[str, str]:
    if declined:
        return dict.fromkeys(OVERALL, declined)
    return dict.fromkeys(("statistic", "p_value", "effect_size"), ALL_THE_SAME) if h is None else {}


def _together(groups: Iterable[Mapping[Fraction, int]]) -> dict[Fraction, int]:
    """Return the counts of all groups in one, ascending by answer."""
    together: dict[Fraction, int] = {}
    for counts in groups:
        for answer, people in counts.items():
            together[answer] = together.get(answer, 0) + people
    return {answer: together[answer] for answer in sorted(together)}


def _midranks(together: Mapping[Fraction, int]) -> dict[Fraction, Fraction]:
    """Return the mean rank of each answer, the lowest rank being 1."""
    ranks, below = {}, 0
    for answer, people in together.items():
        ranks[answer] = below + Fraction(people + 1, 2)
        below += people
    return ranks


def _tie_correction(together: Mapping[Fraction, int]) -> Fraction:
    """Return 1 − Σ(t³ − t)/(N³ − N): 1 without ties, 0 when all answers are the same."""
    n = size(together)
    return 1 - Fraction(sum(t**3 - t for t in together.values()), n**3 - n)


def _kruskal_wallis(groups: Iterable[Mapping[Fraction, int]]) -> float | None:
    groups = list(groups)
    together = _together(groups)
    ranks, n, correction = _midranks(together), size(together), _tie_correction(together)
    if not correction:
        return None
    squares = sum(_rank_sum(counts, ranks) ** 2 / size(counts) for counts in groups)
    return float((Fraction(12, n * (n + 1)) * squares - 3 * (n + 1)) / correction)


def _rank_sum(counts: Mapping[Fraction, int], ranks: Mapping[Fraction, Fraction]) -> Fraction:
    return sum((ranks[answer] * people for answer, people in counts.items()), Fraction(0))


def _pairs(kept: Mapping[str, Mapping[Fraction, int]], base: str) -> tuple[Pair, ...]:
    pairs = [_pair(a, kept[a], b, kept[b], base) for a, b in combinations(kept, 2)]
    adjusted = holm([pair.p_value for pair in pairs])
    return tuple(replace(pair, p_holm=p) for pair, p in zip(pairs, adjusted, strict=True))


def _pair(
    first: str,
    ours: Mapping[Fraction, int],
    second: str,
    theirs: Mapping[Fraction, int],
    base: str,
) -> Pair:
    together = _together([ours, theirs])
    n1, n2 = size(ours), size(theirs)
    u = _rank_sum(ours, _midranks(together)) - Fraction(n1 * (n1 + 1), 2)
    p = _mann_whitney_p(u, n1, n2, _tie_correction(together))
    return Pair(
        first=first,
        second=second,
        n=n1 + n2,
        n_first=n1,
        n_second=n2,
        statistic=float(u),
        p_value=p,
        p_holm=None,
        effect_size=float(2 * u / (n1 * n2) - 1),
        effect_name="Cliff's delta",
        base=base,
        reasons={} if p is not None else dict.fromkeys(("p_value", "p_holm"), ALL_THE_SAME),
    )


def _mann_whitney_p(u: Fraction, n1: int, n2: int, correction: Fraction) -> float | None:
    """Return the two-sided normal p value, None when all answers are the same."""
    if not correction:
        return None
    distance = abs(u - Fraction(n1 * n2, 2)) - Fraction(1, 2)
    spread = math.sqrt(Fraction(n1 * n2 * (n1 + n2 + 1), 12) * correction)
    return min(1.0, 2 * normal_tail(float(distance) / spread))
