"""How a number is printed: half up, half even, or cut off."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from analysis._checks import Number, exact, whole

HALF_UP: Final = "half up"
HALF_EVEN: Final = "half even"
TRUNCATION: Final = "truncation"
WAYS: Final = (HALF_UP, HALF_EVEN, TRUNCATION)


def printed(value: Number, decimals: int, how: str = HALF_UP) -> str:
    """Print a number with a fixed number of decimals.

    Parameters
    ----------
    value
        Any finite number. A float is read at its shortest decimal, as people read it;
        a Fraction or Decimal is taken exactly.
    decimals
        How many digits stand after the point, 0 or more.
    how
        "half up" (ties away from zero), "half even" (ties to the even digit) or
        "truncation" (the digits that do not fit are cut off).

    Returns
    -------
    str
        The number as printed. Zero never carries a minus sign.

    Notes
    -----
    Convention: the decimal value is rounded, not the binary one, so 2.175 prints 2.18
    although the nearest binary number lies below it.

    Examples
    --------
    >>> printed(2.175, 2), printed(2.165, 2, "half even"), printed(0.526, 2, "truncation")
    ('2.18', '2.16', '0.52')
    """
    places = whole(decimals, "The number of decimals")
    number = exact(value, "The value to print")
    steps = _steps(abs(number) * 10**places, how)
    digits = str(steps).rjust(places + 1, "0")
    sign = "-" if number < 0 and steps else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _steps(size: Fraction, how: str) -> int:
    """Round a size of at least 0 to a whole number of printed steps."""
    if how == HALF_UP:
        return int(size + Fraction(1, 2))
    if how == HALF_EVEN:
        return round(size)
    if how == TRUNCATION:
        return int(size)
    raise ValueError(f"The way of rounding must be one of {', '.join(WAYS)}, not {how!r}.")
