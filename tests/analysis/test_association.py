"""How far two items go together: worked by hand, against SciPy, and what must hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats.contingency import association

from analysis.association import NO_ONE, ONE_CODE, cramers_v, spearman

CELLS = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(1, 6), min_size=1)


def table_of(cells):
    """The cells as rows of columns."""
    table = {}
    for (row, column), n in cells.items():
        table.setdefault(row, {})[column] = n
    return table


def named(cells):
    """The same with codes that are words."""
    return {str(row): {str(column): n for column, n in columns.items()} for row, columns in table_of(cells).items()}


def test_cramers_v_by_hand():
    """χ² of [[30, 10], [15, 25]]: 80 (30·25 − 10·15)² / (40·40·45·35)."""
    found = cramers_v({"a": {"x": 30, "y": 10}, "b": {"x": 15, "y": 25}})
    square = 80 * (30 * 25 - 10 * 15) ** 2 / (40 * 40 * 45 * 35)

    assert (found.n, found.df) == (80, 1)
    assert found.statistic == pytest.approx(square)
    assert found.estimate == pytest.approx(math.sqrt(square / 80))
    assert found.p_value == pytest.approx(stats.chi2.sf(square, 1))
    # Bergsma: φ̃² = χ²/80 − 1/79, and 2 − 1/79 in place of both 2s.
    assert found.corrected == pytest.approx(math.sqrt((square / 80 - 1 / 79) / (1 - 1 / 79)))


@given(CELLS)
def test_cramers_v_and_its_test_are_scipys(cells):
    found = cramers_v(named(cells))
    rows, columns = (sorted({pair[side] for pair in cells}) for side in (0, 1))
    grid = np.array([[cells.get((row, column), 0) for column in columns] for row in rows])

    assert found.n == grid.sum()
    if min(grid.shape) < 2:
        assert (found.estimate, found.reasons["estimate"]) == (None, ONE_CODE)
        return
    assert found.estimate == pytest.approx(association(grid, method="cramer"), abs=1e-12)
    assert 0 <= found.corrected <= 1
    expected = stats.contingency.expected_freq(grid)
    if found.p_value is None:
        assert expected.min() < 1 or (expected < 5).mean() > 0.2
        assert "Too few people" in found.reasons["p_value"]
    else:
        test = stats.chi2_contingency(grid, correction=False)
        assert found.statistic == pytest.approx(test.statistic, abs=1e-9)
        assert found.p_value == pytest.approx(test.pvalue, abs=1e-9)


@given(CELLS)
def test_spearman_is_scipys(cells):
    found = spearman(table_of(cells))
    people = [pair for pair, n in cells.items() for _ in range(n)]
    one, other = zip(*people, strict=True)

    assert found.n == len(people)
    if found.estimate is None:
        assert len(people) < 5 or len(set(one)) == 1 or len(set(other)) == 1
        return
    expected = stats.spearmanr(one, other)
    assert found.estimate == pytest.approx(expected.statistic, abs=1e-12)
    if found.p_value is not None:
        assert len(people) >= 10
        assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)
        assert -1 <= found.ci95[0] <= found.estimate <= found.ci95[1] <= 1


def test_the_interval_of_spearmans_rho_by_hand():
    """tanh(atanh 0.6 ± 1.96 √(1.18/7)) for the ranks 1 to 10 with ρ = 0.6."""
    order = [4, 2, 1, 5, 3, 6, 10, 9, 8, 7]
    rho = 1 - 6 * sum((i - each) ** 2 for i, each in enumerate(order, 1)) / (10 * 99)
    found = spearman({i: {each: 1} for i, each in enumerate(order, 1)})
    half = stats.norm.ppf(0.975) * math.sqrt((1 + rho**2 / 2) / 7)

    assert found.estimate == pytest.approx(rho)
    assert found.ci95 == pytest.approx((math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)))


def test_few_people_are_told_why_there_is_no_figure():
    assert spearman({}).reasons["estimate"] == NO_ONE
    assert "Only 4" in spearman({1: {1: 2}, 2: {2: 2}}).reasons["estimate"]
    assert "need 10 people" in spearman({1: {1: 3}, 2: {2: 2, 1: 1}}).reasons["p_value"]
    assert spearman({1: {1: 6}, 2: {2: 6}}).p_value is None  # ±1: the approximation has nothing to say
    assert cramers_v({}).reasons["estimate"] == NO_ONE


@pytest.mark.parametrize("bad", [{"a": {"x": -1}}, {"a": {"x": 1.5}}, {"a": {"x": True}}])
def test_what_is_no_count_is_refused(bad):
    with pytest.raises((TypeError, ValueError)):
        cramers_v(bad)
