"""Several tests at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjust p values so that the whole family errs no more often than one test would.

    Parameters
    ----------
    p_values
        One entry a test; None for a test that was refused.

    Returns
    -------
    tuple
        The adjusted p values in the order given. Refused tests are not in the family:
        they stay None and do not make the others larger.

    Notes
    -----
    Formula: with p(1) ≤ … ≤ p(m), the adjusted p(i) is the largest of
    (m − j + 1) p(j) over j ≤ i, at most 1.
    Source: Holm 1979, Scand J Stat 6:65-70.

    Examples
    --------
    >>> holm([0.01, None, 0.04, 0.03])
    (0.03, None, 0.06, 0.06)
    """
    family = sorted((_checked(p), i) for i, p in enumerate(p_values) if p is not None)
    grown = accumulate((p * (len(family) - rank) for rank, (p, _) in enumerate(family)), max)
    adjusted = {i: min(1.0, p) for (_, i), p in zip(family, grown, strict=True)}
    return tuple(adjusted.get(i) for i in range(len(p_values)))


def _checked(p: float) -> float:
    if isinstance(p, bool) or not isinstance(p, (int, float)):
        raise TypeError(f"A p value must be a number or None, not {p!r}.")
    if math.isnan(p) or not 0 <= p <= 1:
        raise ValueError(f"A p value must lie between 0 and 1, and is {p!r}.")
    return float(p)
