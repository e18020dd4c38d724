"""Shares and their intervals, against published tables and against statsmodels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.shares import clopper_pearson, difference, percent_shown, wilson

# Newcombe 1998, Stat Med 17:857-872, Table I: method 3 (score) and method 5 (exact), 4 decimals.
NEWCOMBE = [
    # k, n, Wilson low, high, Clopper-Pearson low, high
    (81, 263, 0.2553, 0.3662, 0.2527, 0.3676),
    (15, 148, 0.0624, 0.1605, 0.0578, 0.1617),
    (0, 20, 0.0000, 0.1611, 0.0000, 0.1684),
    (1, 29, 0.0061, 0.1718, 0.0009, 0.1776),
]

# statsmodels 0.15.0, proportion_confint(k, n, method="wilson") and (..., method="beta").
STATSMODELS: list[tuple[int, int, float, float, float, float]] = [
    (0, 1, 0.0, 0.793450685623, 0.0, 0.975),
    (1, 1, 0.206549314377, 1.0, 0.025, 1.0),
    (0, 2, 0.0, 0.657619772493, 0.0, 0.841886116992),
    (1, 2, 0.094531205734, 0.905468794266, 0.012579117093, 0.987420882907),
    (2, 2, 0.342380227507, 1.0, 0.158113883008, 1.0),
    (0, 12, 0.0, 0.242494006655, 0.0, 0.264648469397),
    (1, 12, 0.014865094405, 0.353879911141, 0.002107593232, 0.384796165151),
    (2, 12, 0.046965142184, 0.448030862253, 0.02086252546, 0.484137748686),
    (3, 12, 0.088941668394, 0.532305334934, 0.054860644528, 0.571858461878),
    (4, 12, 0.138120091091, 0.609377911127, 0.09924609115, 0.651124493581),
    (5, 12, 0.193260313659, 0.68048868745, 0.151652229808, 0.723330314318),
    (6, 12, 0.253781597634, 0.746218402366, 0.210944638239, 0.789055361761),
    (7, 12, 0.31951131255, 0.806739686341, 0.276669685682, 0.848347770192),
    (8, 12, 0.390622088873, 0.861879908909, 0.348875506419, 0.90075390885),
    (9, 12, 0.467694665066, 0.911058331606, 0.428141538122, 0.945139355472),
    (10, 12, 0.551969137747, 0.953034857816, 0.515862251314, 0.97913747454),
    (11, 12, 0.646120088859, 0.985134905595, 0.615203834849, 0.997892406768),
    (12, 12, 0.757505993345, 1.0, 0.735351530603, 1.0),
    (81, 263, 0.255288519878, 0.366209576983, 0.252736745585, 0.367621922601),
    (31, 38, 0.665811419289, 0.907782348148, 0.656738005689, 0.922573148161),
    (123456, 1000000, 0.122812696531, 0.124102196414, 0.12281184163, 0.124102340277),
]


@pytest.mark.parametrize(("k", "n", "w_low", "w_high", "c_low", "c_high"), NEWCOMBE)
def test_intervals_match_newcombes_table(k, n, w_low, w_high, c_low, c_high):
    """The four worked examples of Newcombe 1998."""
    score, exact = wilson(k, n), clopper_pearson(k, n)

    assert (round(score.low, 4), round(score.high, 4)) == (w_low, w_high)
    assert (round(exact.low, 4), round(exact.high, 4)) == (c_low, c_high)


@pytest.mark.parametrize(("k", "n", "w_low", "w_high", "c_low", "c_high"), STATSMODELS)
def test_intervals_match_statsmodels(k, n, w_low, w_high, c_low, c_high):
    """Every k of n = 1, 2, 12, and a large n."""
    assert wilson(k, n).ci95 == pytest.approx((w_low, w_high), abs=1e-9)
    assert clopper_pearson(k, n).ci95 == pytest.approx((c_low, c_high), abs=1e-9)


@pytest.mark.parametrize("k_n", [(k, n) for n in range(1, 13) for k in range(n + 1)])
def test_intervals_match_scipy_up_to_twelve_people(k_n):
    """The binomial test of SciPy gives the same limits for n = 1 to 12."""
    k, n = k_n
    result = stats.binomtest(k, n)

    for ours, method in ((wilson(k, n), "wilson"), (clopper_pearson(k, n), "exact")):
        theirs = result.proportion_ci(0.95, method)
        assert ours.ci95 == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_no_one_has_no_share(interval):
    """For n = 0 the share and its limits are None, each with a reason."""
    share = interval(0, 0)

    assert (share.share, share.low, share.high, share.ci95) == (None, None, None, None)
    assert set(share.reasons) == {"share", "low", "high"}


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
@given(n=st.integers(1, 10**6), data=st.data())
def test_limits_hold_the_share_and_never_leave_zero_to_one(interval, n, data):
    """The limits are exact at the ends and lie on both sides of the share."""
    k = data.draw(st.integers(0, n))
    share = interval(k, n)

    assert 0 <= share.low <= share.share <= share.high <= 1
    assert (share.low == 0) == (k == 0)
    assert (share.high == 1) == (k == n)


@given(n=st.integers(1, 1000), data=st.data())
def test_intervals_are_symmetric(n, data):
    """The interval of those who did not is the mirror image."""
    k = data.draw(st.integers(0, n))

    assert wilson(k, n).low == pytest.approx(1 - wilson(n - k, n).high, abs=1e-12)
    assert clopper_pearson(k, n).low == pytest.approx(1 - clopper_pearson(n - k, n).high, abs=1e-9)


def test_ci95_exists_only_at_the_level_of_95_per_cent():
    """Another level has limits, but they are not called ci95."""
    share = wilson(5, 10, level=0.9)

    assert share.ci95 is None
    assert share.low > wilson(5, 10).low


def test_base_and_missing_are_passed_through():
    """What n counts, and who is missing, travel with the number."""
    share = wilson(3, 10, missing={"no_answer": 2}, base="asked")

    assert (share.base, share.missing) == ("asked", {"no_answer": 2})


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((-1, 10), ValueError),
        ((11, 10), ValueError),
        ((1.0, 10), TypeError),
        ((True, 10), TypeError),
        (("1", 10), TypeError),
        ((1, 10, 1.0), ValueError),
        ((1, 10, float("nan")), ValueError),
    ],
)
@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_wrong_arguments_are_refused(interval, arguments, error):
    """Counts are whole and not negative, k is at most n, the level lies inside 0 to 1."""
    with pytest.raises(error):
        interval(*arguments)


def test_a_percentage_leads_from_ten_people():
    """Below ten people the counts lead."""
    assert [n for n in range(13) if percent_shown(n)] == [10, 11, 12]


# Newcombe 1998, Stat Med 17:873-890, Table II, method 10, without continuity correction.
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_the_difference_of_two_shares_has_newcombes_interval(first, second, low, high):
    """The examples published with the method."""
    found = difference(first, second)

    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)
    assert found.n == first[1] + second[1]


def test_without_people_there_is_no_difference():
    """None, with the reason."""
    assert difference((0, 0), (1, 2)).difference is None
    assert "no answers" in difference((0, 0), (1, 2)).reasons["difference"]
