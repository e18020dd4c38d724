"""Groups compared, against published results and SciPy."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.groups import compare
from analysis.multiplicity import holm

# Dobson 1983, the plant growth data; R's documentation: kruskal.test(weight ~ group,
# data = PlantGrowth) gives 7.9882, df = 2, p = 0.01842.
PLANTS = {
    "ctrl": [4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
    "trt1": [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
    "trt2": [6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
}

# Beall 1942, Biometrika 32:243-262, the insect sprays (many ties); kruskal.test(count ~ spray,
# data = InsectSprays) gives 54.691, df = 5, p = 1.511e-10.
SPRAYS = {
    "A": [10, 7, 20, 14, 14, 12, 10, 23, 17, 20, 14, 13],
    "B": [11, 17, 21, 11, 16, 14, 17, 17, 19, 21, 7, 13],
    "C": [0, 1, 7, 2, 3, 1, 2, 1, 3, 0, 1, 4],
    "D": [3, 5, 12, 6, 4, 3, 5, 5, 5, 5, 2, 4],
    "E": [3, 5, 3, 5, 3, 6, 1, 1, 3, 2, 6, 4],
    "F": [11, 9, 15, 22, 15, 16, 13, 10, 26, 26, 24, 13],
}

ANSWERS = st.lists(st.integers(0, 4), min_size=5, max_size=15)


def counted(groups):
    """The counts of each group's answers."""
    return {name: dict(Counter(answers)) for name, answers in groups.items()}


@pytest.mark.parametrize(
    ("groups", "h", "df", "p"),
    [(PLANTS, 7.9882, 2, 0.01842), (SPRAYS, 54.691, 5, 1.511e-10)],
)
def test_kruskal_wallis_matches_published_results(groups, h, df, p):
    """The statistic, its degrees of freedom, the p value and epsilon squared."""
    result = compare(counted(groups))

    assert result.statistic == pytest.approx(h, rel=1e-5)
    assert result.df == df
    assert result.p_value == pytest.approx(p, rel=1e-3)
    assert result.effect_size == pytest.approx(h / (result.n - 1), rel=1e-5)


@given(st.lists(ANSWERS, min_size=2, max_size=5))
def test_kruskal_wallis_matches_scipy(answers):
    """SciPy's H with tie correction, and its chi-square at that H."""
    result = compare(counted({str(i): group for i, group in enumerate(answers)}))
    if len({answer for group in answers for answer in group}) == 1:
        assert result.statistic is None
        assert "same" in result.reasons["statistic"]
        return
    # SciPy's own p is that of an H with rounding error, which shows where H is 0 exactly.
    h = stats.kruskal(*answers).statistic
    p = stats.chi2.sf(result.statistic, len(answers) - 1)

    assert result.statistic == pytest.approx(h, abs=1e-9)
    assert result.p_value == pytest.approx(p, abs=1e-9)


@given(ANSWERS, ANSWERS)
def test_pairs_match_scipy(ours, theirs):
    """U of the first group, its asymptotic p with continuity correction, and Cliff's delta."""
    pair = compare(counted({"a": ours, "b": theirs})).pairs[0]
    expected = stats.mannwhitneyu(ours, theirs, use_continuity=True, method="asymptotic")
    higher = sum((x > y) - (x < y) for x in ours for y in theirs)

    assert pair.statistic == expected.statistic
    assert pair.effect_size == pytest.approx(higher / (len(ours) * len(theirs)), abs=1e-12)
    if len(set(ours + theirs)) > 1:
        assert pair.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    else:
        assert pair.p_value is None
        assert pair.p_holm is None
        assert set(pair.reasons) == {"p_value", "p_holm"}


def test_pairs_are_adjusted_by_holm_over_all_pairs():
    """Every two groups in the order given."""
    pairs = compare(counted(SPRAYS)).pairs

    assert [(pair.first, pair.second) for pair in pairs] == list(combinations("ABCDEF", 2))
    assert tuple(p.p_holm for p in pairs) == holm([p.p_value for p in pairs])


def test_empty_groups_are_left_out_first():
    """An empty group neither counts nor declines the comparison."""
    result = compare(counted(PLANTS) | {"none": {}, "zeros": {4.5: 0}})

    assert result.left_out == ("none", "zeros")
    assert result == compare(counted(PLANTS) | {"none": {}, "zeros": {}})
    assert result.statistic == compare(counted(PLANTS)).statistic
    assert result.sizes == {"ctrl": 10, "trt1": 10, "trt2": 10}


@pytest.mark.parametrize("n", range(1, 5))
def test_a_group_under_five_declines_the_whole(n):
    """The refusal is a sentence naming the group; no pair is tested either."""
    result = compare({"large": {0: 6, 4: 6}, "small": {2: n}})

    assert (result.statistic, result.df, result.p_value, result.effect_size) == (None,) * 4
    assert result.pairs == ()
    assert set(result.reasons) == {"statistic", "df", "p_value", "effect_size"}
    assert "small" in result.reasons["p_value"]


@pytest.mark.parametrize("groups", [{}, {"a": {}}, {"a": {1: 9}}, {"a": {1: 9}, "b": {}}])
def test_one_group_alone_is_not_compared(groups):
    """Fewer than two groups with answers: declined with a reason."""
    result = compare(groups, missing={"no_answer": 3}, base="valid forms")

    assert result.p_value is None
    assert "Fewer than two" in result.reasons["p_value"]
    assert (result.missing, result.base) == ({"no_answer": 3}, "valid forms")


@given(ANSWERS, ANSWERS)
def test_only_the_order_of_answers_counts(ours, theirs):
    """Recoding 0-4 by any rising rule changes nothing; swapping groups turns delta round."""
    plain = compare(counted({"a": ours, "b": theirs}))
    cubed = compare(counted({"a": [x**3 for x in ours], "b": [x**3 for x in theirs]}))
    swapped = compare(counted({"b": theirs, "a": ours}))

    assert plain == cubed
    assert swapped.pairs[0].effect_size == -plain.pairs[0].effect_size
    assert swapped.p_value == plain.p_value


def test_wrong_counts_are_refused():
    """Counts are whole and not negative."""
    with pytest.raises(ValueError, match="negative"):
        compare({"a": {1: -1}})
    with pytest.raises(TypeError):
        compare({"a": {"yes": 1}})
