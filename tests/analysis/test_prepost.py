"""Before and after: worked examples, published figures, enumeration, SciPy, and what must hold."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis import prepost
from analysis._paired import PRATT, PRATT_ASYMPTOTIC, correction
from analysis.prepost import appraise

PATIENT = settings(deadline=None, max_examples=60)

STEP = st.integers(0, 4)
PAIRS = st.lists(st.tuples(STEP, STEP), max_size=30)
LOST = st.lists(STEP, max_size=12)


def table(pairs):
    """The people by answer before and after."""
    counted = {}
    for before, after in pairs:
        row = counted.setdefault(before, {})
        row[after] = row.get(after, 0) + 1
    return counted


def changed(*changes):
    """Pairs with these changes, of people who answered 4 or less before and after."""
    return table([(max(0, -d), max(0, -d) + d) for d in changes])


def enumerated(differences):
    """Pratt's T+ and mid-p by going through every assignment of signs."""
    differences = np.array(differences)
    # Doubled, ranks are whole, so that no sum is a hair off.
    ranks = (2 * stats.rankdata(np.abs(differences).round(9))).astype(int)
    up, moved = ranks[differences > 0].sum(), ranks[differences != 0]
    signs = np.array(list(product((1, -1), repeat=len(moved))))
    apart, seen = np.abs(signs @ moved), abs(2 * up - moved.sum())
    return up / 2, (apart > seen).mean() + (apart == seen).mean() / 2


def test_a_workshop_of_twelve_worked_by_hand():
    """Unchanged at ranks 1-2, one step at (3 + … + 10)/8 = 6.5, two steps at 11.5."""
    found = appraise({1: {1: 2, 2: 4, 3: 2}, 2: {1: 1, 3: 3}}, {1: 2}, {4: 1})

    assert (found.n, found.rose, found.stayed, found.fell) == (12, 9, 2, 1)
    assert (found.n_pairs, found.rank_biserial) == (found.n, found.effect_size)
    assert found.before == {1: 8, 2: 4}
    assert found.after == {1: 3, 2: 4, 3: 5}
    assert found.changes == {-1: 1, 0: 2, 1: 7, 2: 2}
    assert (found.mean_before, found.mean_after) == pytest.approx((16 / 12, 26 / 12))
    assert found.mean_change == pytest.approx(10 / 12)
    assert found.statistic == 7 * 6.5 + 2 * 11.5
    # T− is 6.5: below it 1 of 1024 assignments, at it the 8 people with one step; two tails.
    assert found.p_value == pytest.approx(2 / 1024 + 8 / 1024)
    assert found.method == PRATT
    assert found.effect_size == pytest.approx((68.5 - 6.5) / 75)
    assert found.unchanged == pytest.approx(2 / 12)
    # Nine up and one down of ten: (1 + 10) / 1024 in each tail.
    assert found.sign_p_value == pytest.approx(22 / 1024)
    # 78 averages: the unchanged, one step and two steps make 1 the middle one.
    assert found.hodges_lehmann == 1
    # Sums 10, squares 16: variance (16 − 100/12) / 11.
    assert found.se == pytest.approx(math.sqrt((16 - 100 / 12) / 11 / 12))
    assert found.ci95 == pytest.approx((10 / 12 - 2.200985 * found.se, 10 / 12 + 2.200985 * found.se), abs=1e-6)
    assert found.reasons == {}


@pytest.mark.parametrize(
    ("answers", "mid_p", "exact_p", "interval"),
    [
        # Bentur et al. 2009 as used by Fagerland, Lydersen & Laake 2013: one had it both times,
        # one only before, seven only after, twelve never. Their mid-p is 0.039, the exact 0.070.
        ((1, 1, 7, 12), 0.039, 0.070, None),
        # Cavo et al. 2012; the R package contingencytables, which goes with the same authors'
        # book, prints -0.0621 (-0.1186 to -0.0046) for before − after.
        ((59, 6, 16, 80), None, None, (0.0046, 0.1186)),
    ],
)
def test_yes_no_items_match_published_figures(answers, mid_p, exact_p, interval):
    """McNemar's mid-p and Newcombe's interval."""
    both, fell, rose, neither = answers
    found = appraise({1: {1: both, 0: fell}, 0: {1: rose, 0: neither}}, scale=(0, 1))

    assert found.method == "McNemar, mid-p, two-sided"
    assert found.ci_method == "Newcombe, paired, method 10"
    assert found.statistic == rose
    assert found.mean_change == pytest.approx((rose - fell) / sum(answers))
    if mid_p:
        assert found.p_value == pytest.approx(mid_p, abs=5e-4)
        assert found.sign_p_value == pytest.approx(exact_p, abs=5e-4)
    if interval:
        assert found.ci95 == pytest.approx(interval, abs=5e-5)
    assert (found.g_av, found.reasons["g_av"]) == (None, prepost.YES_NO)


def test_as_many_up_as_down_counts_the_middle_once():
    """Fagerland, Lydersen & Laake 2013: with equal discordant counts mid-p is 1 − P(as seen)/2."""
    even = appraise({1: {0: 4, 1: 3}, 0: {1: 4, 0: 3}}, scale=(0, 1))

    assert even.p_value == pytest.approx(1 - math.comb(8, 4) / 2**8 / 2)
    assert even.sign_p_value == 1
    assert even.effect_size == 0


@PATIENT
@given(st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_a_yes_no_item_ranked_gives_the_same_p_value(cells):
    """All changes are tied, so that Pratt's mid-p on a 0-4 item is McNemar's."""
    both, fell, rose, neither = cells
    pairs = {1: {1: both, 0: fell}, 0: {1: rose, 0: neither}}

    assert appraise(pairs, scale=(0, 1)).p_value == pytest.approx(appraise(pairs).p_value)


@PATIENT
@given(st.lists(STEP, min_size=4, max_size=4))
def test_newcombes_interval_lies_about_the_change_and_turns_with_it(cells):
    """Swapping before and after, or yes and no, turns it round."""
    both, fell, rose, neither = (10 * cell + 3 for cell in cells)
    found = appraise({1: {1: both, 0: fell}, 0: {1: rose, 0: neither}}, scale=(0, 1))
    back = appraise({1: {1: both, 0: rose}, 0: {1: fell, 0: neither}}, scale=(0, 1))
    no = appraise({0: {0: both, 1: fell}, 1: {0: rose, 1: neither}}, scale=(0, 1))

    assert -1 <= found.ci95[0] < found.mean_change < found.ci95[1] <= 1
    turned = pytest.approx((-found.ci95[1], -found.ci95[0]))
    assert back.ci95 == turned
    assert no.ci95 == turned


def test_newcombes_interval_without_correlation_is_that_of_two_separate_shares():
    """Nobody said yes before: the Wilson limits 0 and z²/(n + z²), squared and added."""
    found = appraise({0: {1: 4, 0: 16}}, scale=(0, 1))
    z2 = stats.norm.ppf(0.975) ** 2
    middle, half = (4 + z2 / 2) / (20 + z2), math.sqrt(z2 * (4 * 16 / 20 + z2 / 4)) / (20 + z2)

    assert found.p_value is None
    assert found.ci95[0] == pytest.approx(0.2 - math.hypot(0.2 - (middle - half), z2 / (20 + z2)))
    assert found.ci95[1] == pytest.approx(middle + half)


@PATIENT
@given(st.lists(st.integers(-4, 4), min_size=10, max_size=13).filter(lambda d: sum(map(bool, d)) >= 6))
def test_the_signed_rank_test_matches_enumeration(differences):
    """Every assignment of signs, with the ties and the unchanged as they are."""
    found = appraise(changed(*differences))
    up, p = enumerated(differences)

    assert found.statistic == up
    assert found.p_value == pytest.approx(p, abs=1e-12)


def test_untied_scores_match_scipys_exact_distribution():
    """Without ties or unchanged people, mid-p is SciPy's exact p less half the chance of T+ itself."""
    scores = [0.01, 0.12, -0.23, 0.34, 0.45, -0.56, 0.67, 0.78, 0.89, 1.0, 1.11, -1.22]
    found = appraise({2: {2 + d: 1 for d in scores}})
    at, next_to = (stats.wilcoxon(each, method="exact").pvalue for each in (scores, [*scores[:-1], -1.22]))
    below = stats.wilcoxon([*scores[1:], -0.01], method="exact").pvalue

    assert found.statistic == stats.wilcoxon(scores, alternative="greater", method="exact").statistic
    assert at == next_to
    # Turning the smallest change moves T+ by one, so that the two p values bracket the mid-p.
    assert found.p_value < at < below
    assert found.p_value == pytest.approx(enumerated(scores)[1], abs=1e-12)


def test_beyond_two_hundred_changes_the_named_fallback_matches_scipy():
    """Asymptotic Pratt without correction."""
    differences = [1] * 110 + [2] * 25 + [-1] * 60 + [-3] * 6 + [0] * 50
    found = appraise(changed(*differences))
    expected = stats.wilcoxon(differences, zero_method="pratt", correction=False, method="asymptotic")

    assert found.method == PRATT_ASYMPTOTIC
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert appraise(changed(*differences[1:])).method == PRATT
    assert appraise(changed(*differences[1:], *[0] * 2000)).method == PRATT_ASYMPTOTIC
    # One person less, and the exact mid-p is close by.
    assert appraise(changed(*differences[1:])).p_value == pytest.approx(expected.pvalue, rel=0.25)


@PATIENT
@given(st.lists(st.tuples(STEP, STEP), min_size=10, max_size=30))
def test_means_interval_and_sign_test_match_scipy(pairs):
    found = appraise(table(pairs))
    before, after = (np.array(each, float) for each in zip(*pairs, strict=True))
    up, down = int((after > before).sum()), int((after < before).sum())

    assert found.mean_change == pytest.approx((after - before).mean())
    if found.ci95:
        interval = stats.ttest_rel(after, before).confidence_interval()
        assert found.ci95 == pytest.approx((max(-4, interval.low), min(4, interval.high)))
    if found.sign_p_value is not None and up + down:
        assert found.sign_p_value == pytest.approx(stats.binomtest(up, up + down).pvalue)
    averages = [(a + b) / 2 for i, a in enumerate(after - before) for b in (after - before)[i:]]
    assert found.hodges_lehmann == pytest.approx(np.median(averages))
    spread = math.sqrt((before.var(ddof=1) + after.var(ddof=1)) / 2)
    if spread:
        n = len(pairs)
        j = math.gamma((n - 1) / 2) / (math.sqrt((n - 1) / 2) * math.gamma((n - 2) / 2))
        assert found.g_av == pytest.approx(j * (after - before).mean() / spread)


def test_the_correction_of_hedges_by_hand():
    """J(2) = Γ(1)/(1 · Γ(1/2)) = 1/√π, and J comes near 1 − 3/(4m − 1)."""
    assert correction(2) == pytest.approx(1 / math.sqrt(math.pi))
    assert correction(50) == pytest.approx(1 - 3 / 199, abs=1e-4)


def test_five_up_and_forty_unchanged_show_the_effect_and_who_stayed():
    """The rank-biserial is 1 whatever the number of unchanged, so their share stands beside it."""
    found = appraise(changed(*[1] * 5, *[0] * 40))

    assert (found.effect_size, found.unchanged) == (1, pytest.approx(40 / 45))
    assert found.reasons["p_value"] == "A test needs 6 people who changed, and 5 did."


def test_scores_that_are_equal_apart_from_binary_fractions_are_tied():
    """0.3 − 0.2 and 1.3 − 1.2 are one and the same change."""
    found = appraise({0.2: {0.3: 5}, 1.2: {1.3: 3}, 2.0: {1.9: 2}})

    assert found.changes == {-0.1: 2, 0.1: 8}
    assert len(appraise({1 / 3: {2 / 3: 6}, 2 / 3: {1: 6}, 5 / 3: {2: 1}}).changes) == 1


@pytest.mark.parametrize("n", range(5))
def test_under_five_pairs_only_their_number_is_shown(n):
    found = appraise({1: {2: n}}, {0: 1}, {3: 2})
    shown = (found.before, found.after, found.changes)

    assert (found.n, shown) == (n, ({}, {}, {}))
    for name in (*prepost.COUNTED, *prepost.ESTIMATED, *prepost.TESTS):
        assert getattr(found, name) is None
        assert found.reasons[name] == (prepost.FEW_PAIRS.format(n=n) if n else prepost.NO_PAIRS)
    attrition = found.attrition
    assert (attrition.n, attrition.after, attrition.lost, attrition.joined) == (n + 1, n + 2, 1, 2)
    assert (attrition.mean_matched, attrition.mean_lost, attrition.change_if_unchanged) == (None, None, None)


@pytest.mark.parametrize("n", range(5, 10))
def test_five_to_nine_pairs_show_counts_and_means_without_a_test(n):
    found = appraise({1: {2: n - 1, 1: 1}})

    assert (found.rose, found.stayed, found.fell) == (n - 1, 1, 0)
    assert found.mean_change == pytest.approx((n - 1) / n)
    for name in (*prepost.ESTIMATED, *prepost.TESTS):
        assert getattr(found, name) is None
        assert found.reasons[name].startswith(f"{n} answered both")


@pytest.mark.parametrize(("moved", "tested"), [(5, False), (6, True)])
def test_a_test_needs_six_who_changed(moved, tested):
    """Five all one way would give an exact p of 0.0625."""
    found = appraise({1: {2: moved, 1: 10}})

    assert (found.p_value is not None) == tested
    assert (found.sign_p_value is not None) == tested
    assert found.ci95 is not None


@pytest.mark.parametrize(
    ("lost", "cautioned", "tested"),
    [(0, False, True), (3, False, True), (4, True, True), (6, True, True), (7, True, False)],
)
def test_attrition_is_said_above_a_fifth_and_stops_the_test_above_a_third(lost, cautioned, tested):
    """Twelve pairs: 3 of 15 are a fifth, 6 of 18 a third."""
    found = appraise({1: {2: 9, 1: 3}}, {0: lost})

    assert bool(found.attrition.caution) == cautioned
    assert (found.attrition.change_if_unchanged is not None) == cautioned
    assert (found.p_value is not None) == tested
    if not tested:
        assert found.reasons["p_value"] == (
            "Of the 19 who answered before, 7 did not answer after: more than a third, so no test."
        )
        assert found.ci95 is not None


def test_the_lost_are_compared_and_taken_as_unchanged():
    """Ten pairs rise by one; five lost at 3 would bring the mean change from 1 to 10/15."""
    found = appraise({1: {2: 10}}, {3: 5}, {4: 2}).attrition

    assert (found.n, found.after, found.matched, found.lost, found.joined) == (15, 12, 10, 5, 2)
    assert found.share_lost == pytest.approx(1 / 3)
    assert (found.mean_matched, found.mean_lost, found.mean_joined) == (1, 3, 4)
    assert found.change_if_unchanged == pytest.approx(10 / 15)
    expected = stats.t.interval(0.95, 14, 10 / 15, np.std([1] * 10 + [0] * 5, ddof=1) / math.sqrt(15))
    assert found.ci95_if_unchanged == pytest.approx(expected)
    assert found.caution == "Of the 15 who answered before, 5 did not answer after: more than a fifth."


def test_on_a_yes_no_item_the_lost_are_taken_as_unchanged_too():
    """Of 4 lost who had said no and 1 yes: the pairs' table with them on its diagonal."""
    pairs = {1: {1: 4, 0: 1}, 0: {1: 8, 0: 2}}
    with_them = appraise({1: {1: 5, 0: 1}, 0: {1: 8, 0: 6}}, scale=(0, 1))
    found = appraise(pairs, {0: 4, 1: 1}, scale=(0, 1)).attrition

    assert found.change_if_unchanged == with_them.mean_change
    assert found.ci95_if_unchanged == with_them.ci95


def test_people_at_the_top_before_cannot_rise_and_are_counted():
    found = appraise({4: {4: 8}, 3: {4: 2}})

    assert (found.at_top, found.rose, found.stayed) == (8, 2, 8)


def test_when_no_one_changes_the_effect_is_nought_and_p_is_one():
    found = appraise({2: {2: 12}})

    assert (found.mean_change, found.se, found.hodges_lehmann) == (0, 0, 0)
    assert found.reasons["ci95"] == prepost.SAME_CHANGE
    assert (found.effect_size, found.statistic, found.p_value, found.sign_p_value) == (0, 0, 1, 1)
    assert found.reasons["g_av"] == prepost.NO_SPREAD


@PATIENT
@given(PAIRS, LOST)
def test_swapping_before_and_after_turns_the_signs_round(pairs, lost):
    there = appraise(table(pairs))
    back = appraise(table([(after, before) for before, after in pairs]))

    assert (there.rose, there.fell, there.stayed) == (back.fell, back.rose, back.stayed)
    assert (there.p_value, there.sign_p_value) == (back.p_value, back.sign_p_value)
    for name in ("mean_change", "effect_size", "g_av", "hodges_lehmann"):
        one, other = getattr(there, name), getattr(back, name)
        assert one is other is None or one == pytest.approx(-other)
    if there.ci95:
        assert there.ci95 == pytest.approx((-back.ci95[1], -back.ci95[0]))


@PATIENT
@given(PAIRS, LOST, LOST, st.sampled_from([(0, 4), (-1, 5)]))
def test_every_figure_is_within_bounds_or_says_why_not(pairs, lost, joined, scale):
    found = appraise(table(pairs), Counter(lost), Counter(joined), scale=scale)

    for result in (found, found.attrition):
        fields = {name for name in result.__slots__ if getattr(result, name) is None}
        assert fields == set(result.reasons)
        assert all(why.endswith(".") for why in result.reasons.values())
    assert found.p_value is None or 0 < found.p_value <= 1
    assert found.sign_p_value is None or 0 < found.sign_p_value <= 1
    assert found.effect_size is None or -1 <= found.effect_size <= 1
    if found.ci95:
        assert scale[0] - scale[1] <= found.ci95[0] <= found.mean_change <= found.ci95[1] <= scale[1] - scale[0]


@PATIENT
@given(PAIRS, LOST, st.randoms())
def test_the_order_of_people_and_empty_cells_do_not_matter(pairs, lost, random):
    shuffled = random.sample(pairs, len(pairs))
    padded = {4: {4: 0}} | table(shuffled) if not any(before == 4 for before, _ in pairs) else table(shuffled)

    assert appraise(table(pairs), Counter(lost)) == appraise(padded, {**Counter(lost), 2.5: 0})


@PATIENT
@given(PAIRS)
def test_moving_the_scale_changes_no_test(pairs):
    """0-4 and 1-5 are the same item."""
    there = appraise(table(pairs))
    moved = appraise(table([(before + 1, after + 1) for before, after in pairs]), scale=(1, 5))

    assert (there.p_value, there.statistic, there.ci95) == (moved.p_value, moved.statistic, moved.ci95)
    assert (there.g_av, there.hodges_lehmann) == (moved.g_av, moved.hodges_lehmann)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({1: {5: 1}}, ValueError),
        ({1: {2: -1}}, ValueError),
        ({1: {2: 1.5}}, TypeError),
        ({"yes": {"no": 1}}, TypeError),
    ],
)
def test_wrong_counts_are_refused(bad, error):
    with pytest.raises(error):
        appraise(bad)


def test_a_table_may_be_rows_of_counts():
    """Which ``table[before][after]`` reads just as well; what is no table is refused as that."""
    rows = [[0, 2, 0, 0, 0], [0, 2, 4, 2, 0], [0, 1, 0, 3, 0]]
    by_code = {before: dict(enumerate(row)) for before, row in enumerate(rows)}

    assert appraise(rows, [0, 2], [1]) == appraise(by_code, {1: 2}, {0: 1})
    with pytest.raises(TypeError, match="by code"):
        appraise([3, 4])


def test_wrong_scales_and_answers_are_refused():
    with pytest.raises(ValueError, match="rise"):
        appraise({}, scale=(4, 0))
    with pytest.raises(ValueError, match="yes/no"):
        appraise({0.5: {1: 1}}, scale=(0, 1))
    with pytest.raises(ValueError, match="scale"):
        appraise({}, {7: 1})


def test_what_is_missing_is_handed_on():
    found = appraise({1: {2: 5}}, missing={"no_answer": 2}, base="trained")

    assert (found.missing, found.base) == ({"no_answer": 2}, "trained")
