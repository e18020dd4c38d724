"""Means where colleagues answered: worked examples, an independent computation, and what must hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.clusters import ALONE, NO_ONE, NO_SPREAD, ONE_ORGANISATION, organisation_mean

ORGANISATIONS = [[3, 3, 2], [1, 0], [4], [2, 2, 3, 4], [0]]


def sums(organisations):
    return [(len(each), sum(each), sum(x * x for x in each)) for each in organisations]


def independently(organisations):
    """Compute the same by least squares on people: the sandwich estimator, and analysis of variance by groups."""
    people = np.concatenate([np.array(each, float) for each in organisations])
    group = np.repeat(np.arange(len(organisations)), [len(each) for each in organisations])
    n, k = len(people), len(organisations)
    mean = people.mean()
    scores = np.array([(people[group == g] - mean).sum() for g in range(k)])
    se = math.sqrt(k / (k - 1) * (scores @ scores)) / n
    half = stats.t.ppf(0.975, k - 1) * se
    sizes = np.bincount(group)
    means = np.array([people[group == g].mean() for g in range(k)])
    msb = (sizes * (means - mean) ** 2).sum() / (k - 1)
    msw = sum(((people[group == g] - means[g]) ** 2).sum() for g in range(k)) / (n - k)
    n0 = (n - (sizes**2).sum() / n) / (k - 1)
    icc = (msb - msw) / (msb + (n0 - 1) * msw)
    effect = 1 + ((sizes**2).sum() / sizes.sum() - 1) * icc
    return mean, se, (mean - half, mean + half), means.mean(), icc, effect


def test_the_figures_are_those_of_an_independent_computation():
    found = organisation_mean(sums(ORGANISATIONS))
    mean, se, ci95, own, icc, effect = independently(ORGANISATIONS)

    assert (found.n, found.organisations) == (11, 5)
    assert found.mean == pytest.approx(mean)
    assert found.se == pytest.approx(se)
    assert found.ci95 == pytest.approx(ci95)
    assert found.organisation_mean == pytest.approx(own)
    assert found.icc == pytest.approx(icc)
    assert found.design_effect == pytest.approx(effect)
    assert found.effective_n == pytest.approx(11 / effect)


def test_three_each_with_an_icc_of_a_fifth_make_a_design_effect_of_1_4():
    """The example of the statistics page: 1 + (3 − 1) · 0.2."""
    found = organisation_mean(sums([[0, 1, 2], [1, 2, 3], [0, 2, 4], [1, 1, 1]]))

    assert found.design_effect == pytest.approx(1 + 2 * found.icc)


def test_intervals_stay_on_the_scale():
    found = organisation_mean(sums([[4, 4], [4], [0]]), bounds=(0, 4))

    assert found.ci95[1] == 4
    assert found.ci95[0] >= 0


def test_one_person_an_organisation_has_no_likeness_and_no_design_effect():
    found = organisation_mean(sums([[1], [2], [4]]))

    assert (found.icc, found.reasons["icc"]) == (None, ALONE)
    assert (found.design_effect, found.effective_n) == (1, 3)
    assert found.se == pytest.approx(np.std([1, 2, 4], ddof=1) / math.sqrt(3))


@pytest.mark.parametrize(
    ("organisations", "why"),
    [([], NO_ONE), ([[]], NO_ONE), ([[1, 2, 3]], ONE_ORGANISATION), ([[2, 2], [2, 2]], NO_SPREAD)],
)
def test_what_is_undefined_says_why(organisations, why):
    found = organisation_mean(sums(organisations))

    assert found.ci95 is None
    assert found.reasons["ci95"] == why
    assert found.reasons["icc"] == why


@given(st.lists(st.lists(st.integers(0, 4), max_size=5), min_size=1, max_size=8))
def test_the_order_of_organisations_and_empty_ones_do_not_matter(organisations):
    one = organisation_mean(sums(organisations), bounds=(0, 4))
    other = organisation_mean(sums([*reversed(organisations), []]), bounds=(0, 4))

    assert one == other
    if one.icc is not None:
        assert one.icc <= 1
    if one.ci95:
        assert 0 <= one.ci95[0] <= one.mean <= one.ci95[1] <= 4


@pytest.mark.parametrize("bad", [(2, 5, 1), (0, 1, 1), (-1, 0, 0), (1, float("nan"), 1), ("2", 1, 1)])
def test_sums_that_no_answers_have_are_refused(bad):
    with pytest.raises((TypeError, ValueError)):
        organisation_mean([bad])
