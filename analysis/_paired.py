"""Tests and sizes of changes within people: what `prepost` is made of.

Changes come as counts, after − before, ascending and without empty ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from analysis._distributions import coin_at_most, normal_tail
from analysis._numbers import quantile, sd
from analysis.shares import wilson

EXACT_UP_TO: Final = 200
EXACT_AMONG: Final = 2_000
PRATT: Final = "Wilcoxon signed-rank, Pratt, sign-flip distribution given the ties, mid-p, two-sided"
PRATT_ASYMPTOTIC: Final = "Wilcoxon signed-rank, Pratt, asymptotic without continuity correction, two-sided"


@dataclass(frozen=True, slots=True)
class SignedRank:
    """T+ and T−, the p value (None when no one changed) and the method it comes from."""

    up: Fraction
    down: Fraction
    p_value: float | None
    method: str

    @property
    def rank_biserial(self) -> float | None:
        """Return (T+ − T−)/(T+ + T−), None when no one changed."""
        both = self.up + self.down
        return float((self.up - self.down) / both) if both else None


def signed_rank(changes: Mapping[Fraction, int]) -> SignedRank:
    """Return Pratt's signed-rank test: the unchanged are ranked, then left out of both sums.

    Exact given the ties up to 200 people who changed among 2,000 pairs; asymptotic beyond.
    """
    ranks = _doubled_midranks(changes)
    up = sum(ranks[abs(d)] * people for d, people in changes.items() if d > 0)
    down = sum(ranks[abs(d)] * people for d, people in changes.items() if d < 0)
    moved = Counter({ranks[abs(d)]: 0 for d in changes if d})
    for d, people in changes.items():
        if d:
            moved[ranks[abs(d)]] += people
    exact = moved.total() <= EXACT_UP_TO and sum(changes.values()) <= EXACT_AMONG
    p = None
    if moved:
        p = _sign_flip_p(moved, up, down) if exact else _asymptotic_p(moved, up, down)
    return SignedRank(Fraction(up, 2), Fraction(down, 2), p, PRATT if exact else PRATT_ASYMPTOTIC)


def _doubled_midranks(changes: Mapping[Fraction, int]) -> dict[Fraction, int]:
    """Return twice the mean rank of each size of change, which is a whole number."""
    sizes: Counter[Fraction] = Counter()
    for d, people in changes.items():
        sizes[abs(d)] += people
    ranks, below = {}, 0
    for size in sorted(sizes):
        ranks[size] = 2 * below + sizes[size] + 1
        below += sizes[size]
    return ranks


def _sign_flip_p(moved: Mapping[int, int], up: int, down: int) -> float:
    """Return P(|T+ − T−| is larger) + P(it is as large)/2, each change being up or down by a coin."""
    import numpy as np

    least = min(up, down)
    chance = np.zeros(least + 1)
    chance[0] = 1.0
    for rank, people in moved.items():
        for _ in range(people):
            flipped = chance / 2
            # Sums above the smaller of the two observed are never asked for, so they may fall away.
            flipped[rank:] += chance[: max(0, least + 1 - rank)] / 2
            chance = flipped
    beyond, there = float(chance[:-1].sum()), float(chance[-1])
    return _two_sided_mid_p(beyond, there, central=up == down)


def _two_sided_mid_p(beyond: float, there: float, *, central: bool) -> float:
    """Double a tail; at the very centre both tails meet in one value, which counts once."""
    return min(1.0, 2 * beyond + (there / 2 if central else there))


def _asymptotic_p(moved: Mapping[int, int], up: int, down: int) -> float:
    spread = math.sqrt(sum(rank * rank * people for rank, people in moved.items()))
    return min(1.0, 2 * normal_tail(abs(up - down) / spread))


def sign_test(rose: int, fell: int) -> float:
    """Return the exact two-sided binomial p value of those who rose against those who fell."""
    return min(1.0, 2 * coin_at_most(min(rose, fell), rose + fell))


def mcnemar_mid_p(rose: int, fell: int) -> float:
    """Return the two-sided mid-p value of McNemar's test on the people who changed."""
    least, n = min(rose, fell), rose + fell
    there = math.comb(n, least) / 2**n
    return _two_sided_mid_p(coin_at_most(least - 1, n), there, central=rose == fell)


def newcombe_interval(both: int, fell: int, rose: int, neither: int) -> tuple[float, float]:
    """Return the interval of the share after − the share before, by Newcombe's method 10."""
    n = both + fell + rose + neither
    before, after = _arms(both + fell, n), _arms(both + rose, n)
    phi = _phi(both, fell, rose, neither)
    change = (rose - fell) / n
    return change - _joined(after[0], before[1], phi), change + _joined(after[1], before[0], phi)


def _arms(k: int, n: int) -> tuple[float, float]:
    """Return how far Wilson's limits lie below and above the share."""
    share = wilson(k, n)
    assert share.low is not None and share.high is not None  # noqa: PT018
    return k / n - share.low, share.high - k / n


def _joined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _phi(both: int, fell: int, rose: int, neither: int) -> float:
    """Return the correlation of before and after, corrected towards 0 where it is positive."""
    n = both + fell + rose + neither
    margins = (both + fell) * (rose + neither) * (both + rose) * (fell + neither)
    if not margins:
        return 0.0
    product = Fraction(both * neither - fell * rose)
    if product > 0:
        product = max(Fraction(0), product - Fraction(n, 2))
    return float(product) / math.sqrt(margins)


def hodges_lehmann(changes: Mapping[Fraction, int]) -> Fraction | None:
    """Return the median of the averages of all two changes and of each with itself."""
    walsh: Counter[Fraction] = Counter()
    found = list(changes.items())
    for i, (d, people) in enumerate(found):
        walsh[d] += people * (people + 1) // 2
        for e, others in found[i + 1 :]:
            walsh[(d + e) / 2] += people * others
    return quantile({average: walsh[average] for average in sorted(walsh)}, Fraction(1, 2))


def hedges_g_av(before: Mapping[Fraction, int], after: Mapping[Fraction, int], change: Fraction) -> float | None:
    """Return J(n − 1) · mean change / √((sd₁² + sd₂²)/2), None without any spread."""
    sd1, sd2 = sd(before), sd(after)
    if sd1 is None or sd2 is None or not (sd1 or sd2):
        return None
    df = sum(before.values()) - 1
    return correction(df) * float(change) / math.sqrt((sd1 * sd1 + sd2 * sd2) / 2)


def correction(df: int) -> float:
    """Return Hedges' J(df) = Γ(df/2) / (√(df/2) Γ((df − 1)/2)), for at least 2 df."""
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)
