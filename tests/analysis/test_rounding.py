"""How numbers are printed."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.rounding import HALF_EVEN, HALF_UP, TRUNCATION, printed


@pytest.mark.parametrize(
    ("value", "decimals", "how", "expected"),
    [
        (2.175, 2, HALF_UP, "2.18"),  # the binary number lies below 2.175
        (1.005, 2, HALF_UP, "1.01"),
        (2.5, 0, HALF_UP, "3"),
        (2.5, 0, HALF_EVEN, "2"),
        (0.475, 2, HALF_EVEN, "0.48"),
        (Fraction(20, 38), 2, TRUNCATION, "0.52"),
        (Fraction(20, 38), 2, HALF_UP, "0.53"),
        (Decimal("0.125"), 2, HALF_EVEN, "0.12"),
        (-2.5, 0, HALF_UP, "-3"),
        (-0.001, 2, HALF_UP, "0.00"),
        (0, 3, HALF_UP, "0.000"),
        (3.5, 2, HALF_UP, "3.50"),
        (1e-7, 3, HALF_UP, "0.000"),
        (10**20, 1, HALF_UP, "100000000000000000000.0"),
        (np.float64(2.175), 2, HALF_UP, "2.18"),
        (np.int64(7), 1, HALF_UP, "7.0"),
    ],
)
def test_numbers_print_as_people_read_them(value, decimals, how, expected):
    """Ties and trailing zeros, each way of rounding."""
    assert printed(value, decimals, how) == expected


@given(
    st.decimals(-1000, 1000, allow_nan=False, places=4),
    st.integers(0, 5),
    st.sampled_from([(HALF_UP, ROUND_HALF_UP), (HALF_EVEN, ROUND_HALF_EVEN), (TRUNCATION, ROUND_DOWN)]),
)
def test_printing_matches_the_decimal_module(value, decimals, way):
    """The standard library's decimal rounding gives the same number."""
    how, rounding = way
    expected = value.quantize(Decimal(1).scaleb(-decimals), rounding)

    assert Decimal(printed(value, decimals, how)) == expected


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((float("nan"), 2), ValueError),
        ((float("inf"), 2), ValueError),
        ((1, -1), ValueError),
        ((1, 2, "up"), ValueError),
        (("1", 2), TypeError),
        ((True, 2), TypeError),
        ((1, 1.5), TypeError),
    ],
)
def test_wrong_arguments_are_refused(arguments, error):
    """Only finite numbers print, with a whole number of decimals, in a known way."""
    with pytest.raises(error):
        printed(*arguments)
