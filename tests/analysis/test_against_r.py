"""What R computes, and what we compute: recorded by against_r/compare.R, so that no R is needed here."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from analysis.agreement import cohen_kappa
from analysis.clusters import organisation_mean
from analysis.groups import compare
from analysis.multiplicity import holm
from analysis.pooling import random_effects
from analysis.prepost import appraise
from analysis.reliability import cronbach_alpha, omega
from analysis.scales import summarise
from analysis.shares import clopper_pearson, wilson

R = json.loads((Path(__file__).parent / "against_r" / "recorded.json").read_text(encoding="utf-8"))


def close(theirs):
    """Equal to nine digits; 0 may be a hair off."""
    return pytest.approx(theirs, rel=1e-9, abs=1e-13)


def digits(theirs):
    """Equal to nine digits, however small, as p values may be."""
    return pytest.approx(theirs, rel=1e-9, abs=0)


@pytest.mark.parametrize("name", R["changes"])
def test_what_changed_is_what_r_says(name):
    """coin's Pratt with exact distribution as mid-p, the paired t interval, the sign test; the rest from formulas."""
    theirs = R["changes"][name]

    ours = appraise(theirs["table"])

    assert ours.n == theirs["n"]
    assert (ours.mean_change, ours.se, ours.ci95) == (
        close(theirs["mean_change"]),
        close(theirs["se"]),
        close(theirs["ci"]),
    )
    assert (ours.statistic, ours.effect_size) == (
        close(theirs["t_plus_by_hand"]),
        close(theirs["rank_biserial_by_hand"]),
    )
    assert (ours.hodges_lehmann, ours.g_av) == (close(theirs["hodges_lehmann_by_hand"]), close(theirs["g_av_by_hand"]))
    assert ours.sign_p_value == digits(theirs["sign_p"])
    assert ours.p_value == digits(_p(theirs["pratt"], "asymptotic" in ours.method, level=name == "level"))


def _p(pratt, asymptotic, level):
    if asymptotic:
        return pratt["asymptotic_p_by_hand"]
    # Where T+ = T-, coin takes P(as large) off once for each side, though it is one value; half of it is meant.
    return (1 + pratt["mid_p"]) / 2 if level else pratt["mid_p"]


def test_the_named_fallback_is_used_beyond_200_changes():
    """So that the comparison above covers both ways to p."""
    methods = {name: appraise(theirs["table"]).method for name, theirs in R["changes"].items()}

    assert [name for name, method in methods.items() if "asymptotic" in method] == ["beyond_200"]


@pytest.mark.parametrize("theirs", R["yes_no"])
def test_yes_no_items_are_what_r_says(theirs):
    """The exact McNemar test is R's binomial test; mid-p and Newcombe's interval are from formulas on R's limits."""
    ours = appraise(theirs["table"], scale=(0, 1))

    assert (ours.mean_change, ours.p_value) == (close(theirs["change"]), close(theirs["mid_p_by_hand"]))
    assert (ours.sign_p_value, ours.ci95) == (digits(theirs["exact_p"]), close(theirs["newcombe_by_hand"]))


def test_holm_is_p_adjust():
    """The refused test between them does not enlarge the family."""
    p, adjusted = R["holm"]["p"], R["holm"]["adjusted"]

    ours = holm([*p[:3], None, *p[3:]])

    assert ours[3] is None
    assert ours[:3] + ours[4:] == digits(tuple(adjusted))


@pytest.mark.parametrize("theirs", R["reliability"])
def test_reliability_is_what_r_says(theirs):
    """psych's raw alpha and Feldt interval; omega by our definition, computed in R from the covariances."""
    answers = theirs["answers"]
    tables = {(f"item {i}", f"item {j}"): _crossed(answers, i, j) for i, j in combinations(range(len(answers[0])), 2)}

    alpha, found = cronbach_alpha(tables, len(answers)), omega(tables, len(answers))

    assert (alpha.alpha, alpha.ci95) == (close(theirs["alpha"]), close(theirs["feldt"]))
    assert found.omega == close(theirs["omega_by_hand"])
    assert list(found.loadings.values()) == close(theirs["loadings_by_hand"])
    # Another definition, from correlations: near, and not the same.
    assert found.omega == pytest.approx(theirs["omega_psych_correlations"], abs=0.05)


def _crossed(answers, i, j):
    table = {}
    for each in answers:
        table.setdefault(each[i], Counter())[each[j]] += 1
    return table


@pytest.mark.parametrize("theirs", R["pooling"])
@pytest.mark.parametrize("method", ["REML", "DL"])
def test_workshops_together_are_what_metafor_says(theirs, method):
    """Its test "adhoc": Knapp and Hartung's interval, never narrower than the plain one."""
    ours, expected = random_effects(theirs["effects"], theirs["variances"], method=method), theirs[method]

    assert (ours.estimate, ours.se, ours.ci95) == tuple(close(expected[name]) for name in ("estimate", "se", "ci"))
    assert (ours.tau2, ours.i2) == (close(expected["tau2"]), close(expected["i2"]))
    assert (ours.q, ours.p_value) == (close(expected["q"]), close(expected["q_p"]))
    assert ours.prediction95 == close(expected["prediction"])
    assert ours.weights == close(expected["weights"])


@pytest.mark.parametrize("theirs", R["groups"])
def test_groups_are_compared_as_r_compares_them(theirs):
    """kruskal.test, wilcox.test with its continuity correction, and p.adjust."""
    ours = compare(theirs["counts"])

    assert (ours.statistic, ours.df, ours.p_value) == (close(theirs["h"]), theirs["df"], close(theirs["p"]))
    assert [(pair.statistic, pair.p_value, pair.effect_size, pair.p_holm) for pair in ours.pairs] == [
        (close(pair["u"]), close(pair["p"]), close(pair["delta_by_hand"]), close(adjusted))
        for pair, adjusted in zip(theirs["pairs"], theirs["holm"], strict=True)
    ]


@pytest.mark.parametrize("theirs", R["shares"])
def test_intervals_of_shares_are_those_of_r(theirs):
    """prop.test without correction, and binom.test."""
    k, n = theirs["k"], theirs["n"]

    assert wilson(k, n).ci95 == close(theirs["wilson"])
    assert clopper_pearson(k, n).ci95 == close(theirs["clopper_pearson"])


@pytest.mark.parametrize("theirs", R["organisations"])
def test_means_over_organisations_are_what_r_says(theirs):
    """sandwich's vcovCL, HC0 with its factor for few clusters; the intraclass correlation from R's anova."""
    sums = [(len(each), sum(each), sum(answer * answer for answer in each)) for each in theirs["answers"]]

    ours = organisation_mean(sums)

    assert (ours.mean, ours.se, ours.ci95) == (close(theirs["mean"]), close(theirs["se"]), close(theirs["ci"]))
    assert ours.organisation_mean == close(theirs["organisation_mean"])
    assert ours.organisation_ci95 == close(theirs["organisation_ci"])
    assert (ours.icc, ours.design_effect) == (close(theirs["icc_by_hand"]), close(theirs["design_effect_by_hand"]))


@pytest.mark.parametrize("theirs", R["kappa"])
def test_kappa_and_its_interval_are_those_of_psych(theirs):
    """Fleiss, Cohen and Everitt's variance; both cut the interval at 1."""
    ours = cohen_kappa(theirs["table"])

    assert (ours.kappa, ours.ci95) == (close(theirs["kappa"]), close(theirs["ci_psych"]))


@pytest.mark.parametrize("theirs", R["scales"])
def test_an_item_is_summarised_as_r_does(theirs):
    """Quartiles of type 7, and t.test's interval, here kept inside the scale."""
    ours = summarise(theirs["counts"])
    low, high = theirs["ci"]

    assert (ours.mean, ours.sd) == (close(theirs["mean"]), close(theirs["sd"]))
    assert (ours.q1, ours.median, ours.q3) == close(tuple(theirs["quartiles"]))
    assert ours.ci95 == close((max(0.0, low), min(4.0, high)))
