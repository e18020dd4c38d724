"""The few distribution functions that this package needs, by their statistical names."""

from __future__ import annotations

# SciPy carries no types; the second code keeps this line quiet where stubs are installed.
from scipy import special  # type: ignore[import-untyped, unused-ignore]


def normal_quantile(p: float) -> float:
    """Return z with P(Z ≤ z) = p."""
    return float(special.ndtri(p))


def normal_tail(z: float) -> float:
    """Return P(Z ≥ z)."""
    return float(special.ndtr(-z))


def t_quantile(p: float, df: int) -> float:
    """Return t with P(T ≤ t) = p for Student's t with df degrees of freedom."""
    return float(special.stdtrit(df, p))


def chi_square_tail(x: float, df: int) -> float:
    """Return P(X ≥ x) for chi-square with df degrees of freedom."""
    return float(special.chdtrc(df, x))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return x with P(X ≤ x) = p for the beta distribution with parameters a and b."""
    return float(special.betaincinv(a, b, p))
