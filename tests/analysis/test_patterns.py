"""How forms are filled in: worked by hand, against the cluster-robust mean, and what must hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.clusters import organisation_mean
from analysis.patterns import NO_ONE, NO_SPREAD, ONE_FORM, bands, sameness, share_of_answers

PATTERNS = st.dictionaries(st.tuples(*[st.sampled_from([None, "0", "1", "2"])] * 5), st.integers(1, 4), max_size=8)
FORMS = st.dictionaries(
    st.integers(0, 6).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m))), st.integers(1, 5), max_size=8
)


def test_one_answer_throughout_is_counted_among_forms_with_enough_answers():
    found = sameness(
        {
            ("3", "3", "3", "3", "3"): 2,
            ("3", "3", None, "3", "3"): 1,
            ("3", "3", "3", "3", "1"): 1,
            ("0", "1", "1", "2", "4"): 5,
            ("3", "3", "3", None, None): 7,
            (None, None, None, None, None): 3,
        }
    )

    assert (found.n, found.same.k, found.nearly, found.too_few) == (9, 3, 1, 7)
    assert found.runs == {2: 5, 4: 2, 5: 2}


def test_what_chance_would_give_by_hand():
    """Two items answered a and b half the time each: half of the 4 forms would give one answer twice."""
    even = {("a", "a"): 2, ("a", "b"): 0, ("b", "b"): 2}

    assert sameness(even, fewest=2).expected == pytest.approx(2)
    assert sameness(even, fewest=2, answer="a").expected == pytest.approx(1)


def test_a_run_of_one_answer_is_of_that_answer_alone():
    found = sameness({("no", "no", "no", "yes", "yes"): 1}, answer="yes")

    assert (found.same.k, found.runs) == (0, {2: 1})


@given(PATTERNS)
def test_sameness_adds_up(patterns):
    found = sameness(patterns, fewest=2)

    assert sum(found.runs.values()) == found.n
    assert found.same.k + found.nearly <= found.n
    if found.n:
        assert 0 <= found.expected <= found.n + 1e-9
    else:
        assert found.reasons["expected"] == NO_ONE


@given(FORMS)
def test_a_share_of_answers_is_the_cluster_robust_mean_of_forms(forms):
    found = share_of_answers(forms)
    clusters = [(m, k, k) for (k, m), n in forms.items() for _ in range(n)]
    expected = organisation_mean(clusters, bounds=(0, 1))

    assert (found.n, found.forms) == (expected.n, expected.organisations)
    assert found.share == (None if expected.mean is None else pytest.approx(expected.mean))
    assert found.ci95 == (None if expected.ci95 is None else pytest.approx(expected.ci95, abs=1e-9))
    assert sum(bands(forms).values()) == found.forms


def test_what_is_undefined_says_why():
    assert share_of_answers({}).reasons["share"] == NO_ONE
    assert share_of_answers({(1, 2): 1}).reasons["ci95"] == ONE_FORM
    assert share_of_answers({(1, 2): 3}).reasons["ci95"] == NO_SPREAD
    with pytest.raises(ValueError, match="cannot be"):
        share_of_answers({(3, 2): 1})


def test_bands_keep_both_ends_apart():
    found = bands({(0, 4): 1, (1, 4): 2, (2, 4): 3, (3, 4): 4, (7, 8): 5, (4, 4): 6})

    assert list(found.values()) == [1, 2, 3, 4, 5, 6]
