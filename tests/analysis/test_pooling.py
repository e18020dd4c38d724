"""Workshops pooled, against published results and an independent maximisation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

from analysis.pooling import FEWER_THAN_TWO, NO_VARIANCE, random_effects

# Colditz et al. 1994, the BCG vaccine trials: cases and others among the vaccinated, then among
# the controls. Log relative risks; R's metafor, rma(yi, vi, test = "knha"), prints tau^2 0.3132,
# I^2 92.22 per cent, Q(df = 12) 152.2330, estimate -0.7145, se 0.1808, interval -1.1084 to
# -0.3206, and predict(..., transf = exp) the prediction interval 0.14 to 1.76.
BCG = [
    (4, 119, 11, 128),
    (6, 300, 29, 274),
    (3, 228, 11, 209),
    (62, 13536, 248, 12619),
    (33, 5036, 47, 5761),
    (180, 1361, 372, 1079),
    (8, 2537, 10, 619),
    (505, 87886, 499, 87892),
    (29, 7470, 45, 7232),
    (17, 1699, 65, 1600),
    (186, 50448, 141, 27197),
    (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]
EFFECTS = [math.log(a / (a + b) / (c / (c + d))) for a, b, c, d in BCG]
VARIANCES = [1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) for a, b, c, d in BCG]

PATIENT = settings(deadline=None, max_examples=60)

WORKSHOPS = st.lists(
    st.tuples(st.floats(-4, 4).map(lambda x: round(x, 3)), st.floats(0.005, 2).map(lambda x: round(x, 3))),
    min_size=2,
    max_size=8,
)


def minus_restricted_log_likelihood(tau2, y, v):
    """Minus the logarithm of the restricted likelihood, from its matrix form."""
    sigma, ones = np.diag(np.array(v) + tau2), np.ones(len(y))
    inverse = np.linalg.inv(sigma)
    information = ones @ inverse @ ones
    residual = np.array(y) - (ones @ inverse @ np.array(y)) / information
    return 0.5 * (np.linalg.slogdet(sigma)[1] + math.log(information) + residual @ inverse @ residual)


def test_the_vaccine_trials_match_published_results():
    found = random_effects(EFFECTS, VARIANCES)

    assert (found.n, found.df) == (13, 12)
    assert found.tau2 == pytest.approx(0.3132, abs=5e-5)
    assert found.i2 == pytest.approx(0.9222, abs=5e-5)
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert found.estimate == pytest.approx(-0.7145, abs=5e-5)
    assert found.se == pytest.approx(0.1808, abs=5e-5)
    assert found.ci95 == pytest.approx((-1.1084, -0.3206), abs=5e-5)
    assert [math.exp(end) for end in found.prediction95] == pytest.approx([0.14, 1.76], abs=5e-3)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.q, 12))


@PATIENT
@given(WORKSHOPS)
def test_tau_squared_has_the_highest_restricted_likelihood(workshops):
    """No better one on a fine grid, nor by SciPy's minimiser."""
    y, v = zip(*workshops, strict=True)
    found = random_effects(y, v).tau2
    least = minus_restricted_log_likelihood(found, y, v)
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 100, 60)])
    bounded = minimize_scalar(minus_restricted_log_likelihood, (0, 1), args=(y, v), bounds=(0, 100), method="bounded")

    assert least <= min(minus_restricted_log_likelihood(tau2, y, v) for tau2 in grid) + 1e-8
    assert least <= bounded.fun + 1e-8


def test_equal_variances_worked_by_hand():
    """Effects 0.5, 1, 1.5 have variance 0.25; less the sampling variance, 0.2 lies between."""
    for method in ("REML", "DL"):
        found = random_effects([0.5, 1.0, 1.5], [0.05] * 3, method=method)

        assert found.tau2 == pytest.approx(0.2)
        assert found.i2 == pytest.approx(0.8)
        assert found.q == pytest.approx(10)
        assert found.se == pytest.approx(math.sqrt(0.25 / 3))
        half = stats.t.ppf(0.975, 2) * math.sqrt(0.25 / 3)
        assert found.ci95 == pytest.approx((1 - half, 1 + half))
        assert found.weights == pytest.approx((1 / 3,) * 3)


@PATIENT
@given(WORKSHOPS)
def test_dersimonian_and_laird_by_definition(workshops):
    """τ² from Q, and an I² that is (Q − df)/Q."""
    y, v = (np.array(each) for each in zip(*workshops, strict=True))
    found = random_effects(y.tolist(), v.tolist(), method="DL")
    a, df = 1 / v, len(y) - 1
    q = (a * (y - np.average(y, weights=a)) ** 2).sum()

    assert found.q == pytest.approx(q, abs=1e-9)
    assert found.tau2 == pytest.approx(max(0, (q - df) / (a.sum() - (a**2).sum() / a.sum())), abs=1e-9)
    assert found.i2 == pytest.approx(max(0, (q - df) / q) if q else 0, abs=1e-9)


@PATIENT
@given(WORKSHOPS)
def test_the_interval_is_never_narrower_than_the_plain_one(workshops):
    y, v = zip(*workshops, strict=True)
    found = random_effects(y, v)
    plain = 1 / math.sqrt(sum(1 / (each + found.tau2) for each in v))

    assert found.se >= plain * (1 - 1e-12)
    assert found.ci95[1] - found.ci95[0] >= 2 * 1.96 * plain
    assert found.prediction95[0] <= found.ci95[0] <= found.estimate <= found.ci95[1] <= found.prediction95[1]
    assert min(y) - 1e-9 <= found.estimate <= max(y) + 1e-9
    assert 0 <= found.i2 < 1
    assert sum(found.weights) == pytest.approx(1)


@PATIENT
@given(WORKSHOPS)
def test_order_and_direction_do_not_matter(workshops):
    y, v = zip(*workshops, strict=True)
    found, back = random_effects(y, v), random_effects(y[::-1], v[::-1])
    turned = random_effects([-each for each in y], v)

    assert (back.estimate, back.tau2, back.se) == pytest.approx((found.estimate, found.tau2, found.se), abs=1e-7)
    assert (-turned.estimate, turned.tau2, turned.se) == pytest.approx((found.estimate, found.tau2, found.se), abs=1e-7)


@pytest.mark.parametrize(("effects", "variances"), [([], []), ([0.4], [0.1])])
def test_fewer_than_two_workshops_are_not_pooled(effects, variances):
    found = random_effects(effects, variances, missing={"too_few_pairs": 1}, base="workshops with ten pairs")

    assert (found.n, found.estimate, found.ci95, found.weights) == (len(effects), None, None, ())
    assert found.reasons["estimate"] == found.reasons["prediction95"] == FEWER_THAN_TWO
    assert (found.missing, found.base) == ({"too_few_pairs": 1}, "workshops with ten pairs")


def test_a_workshop_without_variance_is_named():
    found = random_effects([1, 1, 2], [0.1, 0, 0.2])

    assert found.estimate is None
    assert found.reasons["estimate"] == NO_VARIANCE.format("2")


@pytest.mark.parametrize(
    ("effects", "variances", "options", "error"),
    [
        ([1], [1, 2], {}, ValueError),
        ([1, 2], [1, -1], {}, ValueError),
        ([1, math.nan], [1, 1], {}, ValueError),
        ([1, "2"], [1, 1], {}, TypeError),
        ([1, 2], [1, 1], {"method": "ML"}, ValueError),
    ],
)
def test_what_cannot_be_pooled_is_refused(effects, variances, options, error):
    with pytest.raises(error):
        random_effects(effects, variances, **options)
