"""The few distribution functions that this package needs, by their statistical names.

SciPy is loaded by the first call: a server that only takes in forms does without its 30 MiB.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _special() -> Any:
    # SciPy carries no types; the second code keeps this line quiet where stubs are installed.
    from scipy import special  # type: ignore[import-untyped, unused-ignore]

    return special


@cache
def normal_quantile(p: float) -> float:
    """Return z with P(Z ≤ z) = p."""
    return float(_special().ndtri(p))


def normal_tail(z: float) -> float:
    """Return P(Z ≥ z)."""
    return float(_special().ndtr(-z))


def t_quantile(p: float, df: int) -> float:
    """Return t with P(T ≤ t) = p for Student's t with df degrees of freedom."""
    return float(_special().stdtrit(df, p))


def t_tail(t: float, df: int) -> float:
    """Return P(T ≥ t) for Student's t with df degrees of freedom."""
    return float(_special().stdtr(df, -t))


def chi_square_tail(x: float, df: int) -> float:
    """Return P(X ≥ x) for chi-square with df degrees of freedom."""
    return float(_special().chdtrc(df, x))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return x with P(X ≤ x) = p for the beta distribution with parameters a and b."""
    return float(_special().betaincinv(a, b, p))


def f_quantile(p: float, df1: int, df2: int) -> float:
    """Return x with P(X ≤ x) = p for the F distribution with df1 and df2 degrees of freedom."""
    return float(_special().fdtri(df1, df2, p))


def coin_at_most(k: int, n: int) -> float:
    """Return P(X ≤ k) for the heads X of n fair coins; 0 below 0."""
    return float(_special().bdtr(k, n, 0.5)) if k >= 0 else 0.0
