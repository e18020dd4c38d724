"""The GRIM test, against published examples and brute force."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.audit import grim
from analysis.rounding import HALF_EVEN, HALF_UP, TRUNCATION, printed


@pytest.mark.parametrize(
    ("mean", "n", "low", "high", "consistent"),
    [
        # Brown & Heathers 2017, Soc Psychol Pers Sci 8:363-369: 145/28 = 5.18, 146/28 = 5.21.
        ("5.19", 28, 1, 7, False),
        # The Economist, 18 June 2016, on the GRIM test: 49 people, 1 to 7.
        ("5.93", 49, 1, 7, False),
        # Wikipedia, "GRIM test": 20 throws of a die.
        ("3.48", 20, 1, 6, False),
        ("3.45", 20, 1, 6, True),
    ],
)
def test_worked_examples(mean, n, low, high, consistent):
    """Means that cannot come from so many whole answers."""
    assert grim(mean, n, low, high).consistent is consistent


@pytest.mark.parametrize(
    ("mean", "n", "consistent"),
    [
        # R package scrutiny, tests/testthat/test-grimmer-map.R, data set pigs5.
        ("7.22", 38, False), ("4.74", 31, True), ("5.23", 35, True), ("2.57", 30, True),
        ("6.77", 33, False), ("2.68", 34, True), ("7.01", 35, False), ("7.38", 32, True),
        ("3.14", 33, False), ("6.89", 37, True), ("5.00", 31, True), ("0.24", 34, True),
    ],
)  # fmt: skip
def test_scrutiny_agrees(mean, n, consistent):
    """The data set of flying pigs, with an open scale."""
    assert grim(mean, n, 0, None).consistent is consistent


@pytest.mark.parametrize("n", range(1, 61))
def test_brute_force_over_all_two_decimal_means(n):
    """Every string from 0.00 to 4.00 has just the sums that print so; n from 1 to 60."""
    sums: dict[str, set[int]] = {}
    cut: dict[str, set[int]] = {}
    for total in range(4 * n + 1):
        for way in (HALF_UP, HALF_EVEN):
            sums.setdefault(printed(Fraction(total, n), 2, way), set()).add(total)
        cut.setdefault(printed(Fraction(total, n), 2, TRUNCATION), set()).add(total)
    for hundredths in range(401):
        mean = f"{hundredths / 100:.2f}"
        result = grim(mean, n)
        expected = sums.get(mean) or cut.get(mean, set())
        assert set(result.sums) == expected, mean
        assert result.consistent is (mean in sums), mean
        assert (result.verdict == "truncated") is (mean not in sums and mean in cut), mean


def test_the_string_counts():
    """2.50 claims two decimals, 2.5 one; a decimal comma is a point."""
    assert grim("2.50", 25).consistent is False
    assert grim("2.5", 25).consistent is True
    assert list(grim("2,97", 31).sums) == [92]


def test_both_neighbours_are_named():
    """The reason for an impossible mean shows the sums on both sides."""
    assert grim("2.50", 25).reason == "No whole sum of 25 answers prints 2.50: 62/25 = 2.48 and 63/25 = 2.52."


def test_ties_print_both_ways():
    """0.125 prints 0.13 half up and 0.12 half even: both are consistent."""
    assert [grim(mean, 8).consistent for mean in ("0.12", "0.13")] == [True, True]


def test_truncation_is_a_verdict_of_its_own():
    """20/38 = 0.526 prints 0.52 only when cut off."""
    result = grim("0.52", 38, 0, 1)

    assert (result.consistent, result.verdict, list(result.sums), result.possible) == (False, "truncated", [20], True)


@pytest.mark.parametrize(("mean", "low", "high"), [("1.74", 0, 1), ("4.01", 0, 4), ("0.9", 1, 5), ("-0.1", 0, 4)])
def test_off_the_scale_is_out_of_range(mean, low, high):
    """A mean of answers lies between the scale's ends."""
    result = grim(mean, 31, low, high)

    assert (result.consistent, result.verdict, result.possible) == (False, "out of range", False)


@pytest.mark.parametrize("mean", ["0.00", "4.00", "0", "4"])
def test_the_ends_of_the_scale_are_possible(mean):
    """Everyone can have chosen the same end."""
    assert grim(mean, 7).consistent is True


def test_no_one_is_not_testable():
    """For n = 0 there is no verdict."""
    assert (grim("2.5", 0).consistent, grim("2.5", 0).verdict) == (None, "not testable")


@pytest.mark.parametrize(
    ("mean", "n", "verdict"),
    [("2.49", 99, "consistent"), ("2.50", 100, "no power"), ("3", 1, "no power"), ("2.5", 10, "no power")],
)
def test_power_ends_at_ten_to_the_decimals(mean, n, verdict):
    """From n = 10^decimals on every printed mean is possible. 247/99 = 2.4949."""
    assert grim(mean, n).verdict == verdict


def test_large_n_costs_nothing():
    """The sums are a range, not a list."""
    assert len(grim("3", 10**12).sums) == 10**12


@given(st.integers(0, 999), st.integers(1, 2000), st.integers(0, 3))
def test_no_power_means_always_possible(steps, n, decimals):
    """Whatever is printed on an open scale, n ≥ 10^decimals makes it possible."""
    mean = printed(Fraction(steps, 10**decimals), decimals)
    result = grim(mean, n, 0, None)

    if n >= 10**decimals:
        assert (result.verdict, result.consistent) == ("no power", True)


@given(st.integers(-400, 400), st.integers(1, 80))
def test_scales_through_zero(hundredths, n):
    """On a scale from -4 to 4 a mean and its negative are possible together."""
    mean = printed(Fraction(hundredths, 100), 2)
    mirrored = printed(Fraction(-hundredths, 100), 2)

    assert grim(mean, n, -4, 4).consistent == grim(mirrored, n, -4, 4).consistent


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((2.5, 25), TypeError),
        (("two", 25), ValueError),
        (("", 25), ValueError),
        (("2.5", -1), ValueError),
        (("2.5", 25.0), TypeError),
        (("2.5", True), TypeError),
        (("2.5", 25, 4, 0), ValueError),
        (("2.5", 25, 0, float("inf")), ValueError),
    ],
)
def test_wrong_arguments_are_refused(arguments, error):
    """The mean is a string, n a count, the scale rises and is finite."""
    with pytest.raises(error):
        grim(*arguments)
