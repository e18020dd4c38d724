"""One item in numbers: counts against the expanded lists, and what small n cannot say."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.scales import describe, summarise

STEPS = st.dictionaries(st.integers(0, 4), st.integers(0, 40), max_size=5)
NUMBERS = st.dictionaries(st.integers(-200, 200).map(lambda x: x / 4), st.integers(0, 20), max_size=8)


def expanded(counts):
    """One entry a person."""
    return [code for code, people in counts.items() for _ in range(people)]


def test_zero_is_an_answer():
    """0, 0, 4, 4, 2 gives 2.00, and missing answers change only their own count."""
    counts = {0: 2, 4: 2, 2: 1}

    assert summarise(counts).mean == 2.0
    with_missing = summarise(counts, missing={"not_applicable": 7})
    assert (with_missing.mean, with_missing.n) == (2.0, 5)
    assert with_missing.missing == {"not_applicable": 7}


def test_every_step_is_listed():
    """Steps nobody chose stand with a zero."""
    assert summarise({4: 1}).counts == {0: 0, 1: 0, 2: 0, 3: 0, 4: 1}


@pytest.mark.parametrize("n", range(13))
def test_small_n_against_scipy(n):
    """For n = 0 to 12: no spread below two people, otherwise SciPy's t interval, clipped."""
    answers = ([4, 4, 3, 0, 2, 4, 1, 3, 3, 4, 2, 0])[:n]
    result = summarise({step: answers.count(step) for step in range(5)})

    assert result.n == n
    if n < 2:
        assert result.sd is None
        assert result.ci95 is None
        assert {"sd", "ci95"} <= set(result.reasons)
    else:
        assert result.sd == pytest.approx(statistics.stdev(answers), abs=1e-9)
    if n >= 2 and len(set(answers)) > 1:
        t = stats.t.interval(0.95, n - 1, np.mean(answers), stats.sem(answers))
        assert result.ci95 == pytest.approx((max(0, t[0]), min(4, t[1])), abs=1e-9)


def test_no_one_is_undefined_with_reasons():
    """For n = 0 nothing is 0 or NaN: it is None, and the reasons name each field."""
    result = summarise({})
    none = [f for f in ("mean", "sd", "median", "q1", "q3", "ci95") if getattr(result, f) is None]

    assert none == ["mean", "sd", "median", "q1", "q3", "ci95"]
    assert set(result.reasons) == set(none)
    assert (result.modes, result.top_two.share) == ((), None)


def test_everyone_alike_has_no_interval():
    """With sd = 0 the interval is refused, and the reason says why."""
    result = summarise({3: 12})

    assert (result.sd, result.ci95) == (0.0, None)
    assert "same" in result.reasons["ci95"]


def test_top_two_is_the_share_on_the_two_highest_steps():
    """statsmodels 0.15.0, proportion_confint(21, 30, method="wilson"): 0.5212 to 0.8334."""
    result = summarise({0: 2, 2: 7, 3: 12, 4: 9})

    assert (result.top_two.k, result.top_two.n) == (21, 30)
    assert result.top_two.ci95 == pytest.approx((0.5212, 0.8334), abs=5e-5)


def test_modes_are_all_ascending():
    """Ties are all named."""
    assert summarise({4: 3, 1: 3, 2: 1}).modes == (1, 4)


def test_quartiles_are_type_seven():
    """By hand, at 1 + 5p of 0, 1, 1, 2, 3, 4: places 2.25, 3.5 and 4.75 (Hyndman & Fan 1996)."""
    result = summarise({0: 1, 1: 2, 2: 1, 3: 1, 4: 1})

    assert (result.q1, result.median, result.q3) == (1.0, 1.5, 2.75)


@given(STEPS)
def test_counts_give_what_the_expanded_list_gives(counts):
    """The mean, sd and quartiles are those of one number a person, and stay on the scale."""
    people, result = expanded(counts), summarise(counts)

    assert result.n == len(people)
    if people:
        assert result.mean == pytest.approx(np.mean(people), abs=1e-9)
        expected = np.quantile(people, [0.25, 0.5, 0.75])
        assert (result.q1, result.median, result.q3) == pytest.approx(expected, abs=1e-9)
        assert min(people) <= result.q1 <= result.median <= result.q3 <= max(people)
        assert list(result.modes) == sorted(statistics.multimode(people))
    if len(people) > 1:
        assert result.sd == pytest.approx(statistics.stdev(people), abs=1e-9)


@given(STEPS)
def test_the_interval_never_leaves_the_scale(counts):
    """The interval holds the mean and lies between 0 and 4."""
    result = summarise(counts)
    if result.ci95:
        assert 0 <= result.ci95[0] <= result.mean <= result.ci95[1] <= 4


@given(STEPS)
def test_the_order_of_the_counts_does_not_matter(counts):
    """A mapping has no order that counts."""
    assert summarise(counts) == summarise(dict(reversed(counts.items())))


def test_a_million_people_cost_nothing():
    """The sd of 0 and 1 in equal parts is √(n/(n − 1))/2, also for two million people."""
    result = summarise({0: 10**6, 1: 10**6}, scale=(0, 1))

    assert result.mean == 0.5
    assert result.sd == pytest.approx((2e6 / (2e6 - 1)) ** 0.5 / 2, abs=1e-12)
    # statsmodels 0.15.0: DescrStatsW([0, 1], weights=[1e6, 1e6]).tconfint_mean()
    assert result.ci95 == pytest.approx((0.499307047495, 0.500692952505), abs=1e-9)


@given(NUMBERS)
def test_describe_gives_what_the_expanded_list_gives(counts):
    """Plain numbers, decimals and negatives included."""
    people, result = expanded(counts), describe(counts)

    assert result.n == len(people)
    assert result.sum == pytest.approx(sum(people), abs=1e-9)
    if people:
        assert (result.min, result.max) == (min(people), max(people))
        assert result.mean == pytest.approx(np.mean(people), abs=1e-9)
        assert (result.q1, result.q3) == pytest.approx(np.quantile(people, [0.25, 0.75]), abs=1e-9)
    if len(set(people)) > 1:
        t = stats.t.interval(0.95, len(people) - 1, np.mean(people), stats.sem(people))
        assert result.ci95 == pytest.approx(t, abs=1e-7)


def test_decimals_are_read_as_written():
    """Three times 0.1 is 0.3, not 0.30000000000000004."""
    assert describe({0.1: 3}).sum == 0.3


def test_describe_clips_to_its_bounds():
    """A rate of failure stays between 0 and 100 per cent."""
    result = describe({0: 1, 100: 2}, bounds=(0, 100))

    assert result.ci95 == (0.0, 100.0)


def test_describe_no_one():
    """Nobody's numbers add up to nothing, and the rest is undefined with a reason."""
    result = describe({})

    assert (result.n, result.sum, result.mean, result.min, result.max) == (0, 0.0, None, None, None)
    assert {"mean", "min", "max", "ci95"} <= set(result.reasons)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (({0: -1},), ValueError),
        (({0: 1.5},), TypeError),
        (({0: True},), TypeError),
        (({5: 1},), ValueError),
        (({1.5: 1},), ValueError),
        (({"3": 1},), TypeError),
        (({float("nan"): 1},), ValueError),
        (({1: 1}, (4, 0)), ValueError),
        (({1: 1}, (0.5, 4)), ValueError),
    ],
)
def test_summarise_refuses_wrong_arguments(arguments, error):
    """Counts are whole and not negative, codes are steps of the scale."""
    with pytest.raises(error):
        summarise(*arguments)


@pytest.mark.parametrize(
    ("counts", "bounds", "error"),
    [
        ({101: 1}, (0, 100), ValueError),
        ({1: 1}, (5, 0), ValueError),
        ({"1": 1}, None, TypeError),
        ({1: -2}, None, ValueError),
    ],
)
def test_describe_refuses_wrong_arguments(counts, bounds, error):
    """Numbers lie inside the bounds, which rise."""
    with pytest.raises(error):
        describe(counts, bounds=bounds)
