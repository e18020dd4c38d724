"""Alpha and omega, by hand, by an independent computation, and what must hold."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import least_squares

from analysis import reliability
from analysis.reliability import cronbach_alpha, omega

PATIENT = settings(deadline=None, max_examples=60)

PEOPLE = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 4), min_size=k, max_size=k), min_size=2, max_size=20)
)


def tables(people):
    """The tables of every two items among people who answered all of them."""
    names = "abcdefgh"[: len(people[0])]
    found = {}
    for (i, a), (j, b) in combinations(enumerate(names), 2):
        table = found.setdefault((a, b), {})
        for answers in people:
            row = table.setdefault(answers[i], {})
            row[answers[j]] = row.get(answers[j], 0) + 1
    return found


def one_factor(loadings, people=60, seed=1):
    """Synthetic answers on 0-4 that one thing lies behind."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(people, 1))
    latent = 2 + factor * np.array(loadings) + rng.normal(size=(people, len(loadings))) * 0.8
    return np.clip(np.rint(latent), 0, 4).astype(int).tolist()


def test_alpha_worked_by_hand():
    """Variances 29/30 and 4/5, covariance 4/5: α = 2(1 − 53/101)."""
    found = cronbach_alpha({("a", "b"): {1: {1: 2, 2: 1}, 2: {2: 1}, 3: {3: 2}}}, 6)

    assert found.alpha == pytest.approx(2 * (1 - 53 / 101))
    assert (found.n, found.items, found.caution) == (6, ("a", "b"), reliability.SMALL)


@PATIENT
@given(PEOPLE)
def test_alpha_and_feldts_interval_match_an_independent_computation(people):
    """From the people themselves, with SciPy's F."""
    found = cronbach_alpha(tables(people), len(people))
    x = np.array(people, float)
    (n, k), total = x.shape, x.sum(axis=1).var(ddof=1)
    if total < 1e-9:
        assert (found.alpha, found.reasons["alpha"]) == (None, reliability.NO_SPREAD)
        return
    alpha = k / (k - 1) * (1 - x.var(axis=0, ddof=1).sum() / total)

    assert found.alpha == pytest.approx(alpha, abs=1e-9)
    assert found.alpha <= 1
    if found.ci95:
        f = stats.f(n - 1, (n - 1) * (k - 1))
        assert found.ci95 == pytest.approx(tuple(1 - (1 - alpha) * f.ppf([0.975, 0.025])), rel=1e-6, abs=1e-9)
        assert found.ci95[0] < found.ci95[1] <= 1
    else:
        assert found.reasons["ci95"] == reliability.NO_ERROR


@PATIENT
@given(PEOPLE, st.randoms())
def test_the_order_of_items_and_people_does_not_matter(people, random):
    plain = tables(people)
    turned = {}
    for (a, b), table in reversed(plain.items()):
        other = turned.setdefault((b, a), {})
        for x, row in table.items():
            for y, count in row.items():
                other.setdefault(y, {})[x] = count
    n = len(people)

    assert cronbach_alpha(plain, n).alpha == cronbach_alpha(turned, n).alpha
    assert cronbach_alpha(plain, n) == cronbach_alpha(tables(random.sample(people, n)), n)


def test_from_thirty_people_on_alpha_needs_no_caution():
    answers = one_factor([1, 1, 1], people=30)

    assert cronbach_alpha(tables(answers), 30).caution == ""
    assert cronbach_alpha(tables(answers[1:]), 29).caution == reliability.SMALL


def test_items_answered_by_all_alike_are_named_and_stay_in():
    people = [[1, 2, 3], [2, 2, 4], [0, 2, 1], [3, 2, 4]]
    found = cronbach_alpha(tables(people), 4)

    assert found.constant == ("b",)
    assert found.alpha == pytest.approx(
        1.5 * (1 - np.var(people, axis=0, ddof=1).sum() / np.var(np.sum(people, axis=1), ddof=1))
    )


@pytest.mark.parametrize(
    ("given_tables", "n", "why"),
    [
        ({}, 0, reliability.ONE_ITEM),
        ({("a", "b"): {}}, 0, reliability.FEW_PEOPLE.format(n=0)),
        ({("a", "b"): {1: {1: 1}}}, 1, reliability.FEW_PEOPLE.format(n=1)),
        ({("a", "b"): {1: {3: 1}, 3: {1: 1}}}, 2, reliability.NO_SPREAD),
    ],
)
def test_undefined_alpha_says_why(given_tables, n, why):
    found = cronbach_alpha(given_tables, n, missing={"incomplete": 4}, base="trained")

    assert (found.alpha, found.ci95, found.caution) == (None, None, "")
    assert set(found.reasons.values()) == {why}
    assert (found.missing, found.base) == ({"incomplete": 4}, "trained")


@pytest.mark.parametrize(
    ("given_tables", "n"),
    [
        ({("a", "b"): {1: {1: 2}}}, 3),
        ({("a", "a"): {1: {1: 2}}}, 2),
        ({("a", "b"): {1: {1: 2}}, ("b", "a"): {1: {1: 2}}}, 2),
        ({("a", "b"): {1: {1: 2}}, ("b", "c"): {1: {1: 2}}}, 2),
        ({("a", "b"): {1: {1: 2}}, ("a", "c"): {2: {1: 2}}, ("b", "c"): {1: {1: 2}}}, 2),
        ({("a", "b"): {1: {1: -2}}}, 2),
    ],
)
def test_tables_that_are_not_of_the_same_people_are_refused(given_tables, n):
    with pytest.raises(ValueError, match="table|negative"):
        cronbach_alpha(given_tables, n)
    with pytest.raises(ValueError, match="table|negative"):
        omega(given_tables, n)


def test_omega_of_three_items_worked_by_hand():
    """With three items λₐ² = cov(a, b) cov(a, c) / cov(b, c) exactly."""
    people = one_factor([1.0, 0.8, 1.2])
    found = omega(tables(people), len(people))
    cov = np.cov(np.array(people).T)
    loads = [np.sqrt(cov[i, j] * cov[i, k] / cov[j, k]) for i, j, k in ((0, 1, 2), (1, 0, 2), (2, 0, 1))]
    error = sum(cov[i, i] - loads[i] ** 2 for i in range(3))

    assert list(found.loadings.values()) == pytest.approx(loads)
    assert found.omega == pytest.approx(sum(loads) ** 2 / (sum(loads) ** 2 + error))


@pytest.mark.parametrize("seed", range(5))
def test_omega_leaves_no_less_of_the_covariances_than_scipy_does(seed):
    """SciPy's least squares on the covariances of five items."""
    people = one_factor([0.9, 0.7, 1.1, 0.8, 1.0], people=120, seed=seed)
    found = omega(tables(people), 120)
    cov = np.cov(np.array(people).T)
    upper = np.triu_indices(5, 1)
    fit = least_squares(lambda load: (cov - np.outer(load, load))[upper], np.sqrt(np.diag(cov)), xtol=1e-14)

    assert list(found.loadings.values()) == pytest.approx(fit.x.tolist(), rel=1e-5)
    assert 0 < found.omega < 1
    assert found.reasons == {}


def test_equally_loaded_items_have_omega_and_alpha_alike():
    """Variance 1/4 and covariance 1/8 throughout (times 40/39): both are 0.75."""
    both = {0: {0: 15, 1: 5}, 1: {0: 5, 1: 15}}
    given_tables = dict.fromkeys(combinations("abc", 2), both)

    assert omega(given_tables, 40).omega == pytest.approx(0.75)
    assert cronbach_alpha(given_tables, 40).alpha == pytest.approx(0.75)


def test_omega_is_absent_with_a_reason_where_one_factor_does_not_fit():
    """Two items, few people, a constant item, an item the other way round, and too much explained."""
    people = one_factor([1, 1, 1, 1])
    two = [answers[:2] for answers in people]
    constant = [[*answers, 2] for answers in people]
    opposed = [[*answers[:3], 4 - answers[3]] for answers in people]
    # The third item hardly goes with the second, so that the first would have to explain too much.
    heywood = {
        ("a", "b"): {0: {0: 20}, 1: {0: 4, 1: 16}},
        ("a", "c"): {0: {0: 18, 1: 2}, 1: {0: 2, 1: 18}},
        ("b", "c"): {0: {0: 14, 1: 10}, 1: {0: 6, 1: 10}},
    }

    assert omega(tables(two), 60).reasons["omega"] == reliability.FEW_ITEMS
    assert "29 did" in omega(tables(people[:29]), 29).reasons["omega"]
    assert omega(tables(constant), 60).reasons["omega"] == reliability.CONSTANT.format("e")
    assert omega(tables(opposed), 60).reasons["omega"] == reliability.OPPOSED.format("d")
    assert omega(heywood, 40).reasons["omega"] == reliability.TOO_LARGE.format("a")
    assert omega(heywood, 40).loadings == {}


@PATIENT
@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=4), min_size=30, max_size=40))
def test_omega_lies_between_0_and_1_or_says_why_not(people):
    width = min(map(len, people))
    found = omega(tables([answers[:width] for answers in people]), len(people))

    if found.omega is None:
        assert found.reasons["omega"].endswith(".")
    else:
        assert 0 < found.omega <= 1


def test_items_without_any_common_thing_do_not_settle_or_do_not_fit():
    """Every combination of answers once: all covariances are 0."""
    people = [[a, b, c] for a in range(4) for b in range(4) for c in (0, 1)]

    assert omega(tables(people), 32).omega is None
