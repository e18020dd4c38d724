"""Agreement of coders: worked examples, published values, and what must hold whatever was coded."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.agreement import NO_UNITS, ONE_CODE, cohen_kappa, krippendorff_alpha

# Fleiss, Cohen & Everitt 1969, their example in counts of 200 units: kappa 0.429.
FLEISS = {
    "psychotic": {"psychotic": 106, "neurotic": 10, "brain": 4},
    "neurotic": {"psychotic": 22, "neurotic": 28, "brain": 10},
    "brain": {"psychotic": 2, "neurotic": 12, "brain": 6},
}


def test_kappa_of_the_published_table():
    kappa = cohen_kappa(FLEISS)

    assert kappa.n == 200
    assert kappa.kappa == pytest.approx(0.429, abs=5e-4)


def test_the_interval_of_kappa_is_that_of_the_delta_method():
    """Independently: kappa's slope in each cell's share, found by numbers, and the multinomial's covariance."""
    shares = np.array([list(row.values()) for row in FLEISS.values()]) / 200

    def kappa_of(p):
        p = p.reshape(3, 3) / p.sum()
        expected = p.sum(0) @ p.sum(1)
        return (np.trace(p) - expected) / (1 - expected)

    p = shares.ravel()
    slopes = np.array([(kappa_of(p + d) - kappa_of(p - d)) / 2e-6 for d in np.eye(9) * 1e-6])
    variance = (p @ slopes**2 - (p @ slopes) ** 2) / 200
    found = cohen_kappa(FLEISS)

    assert (found.ci95[1] - found.ci95[0]) / 2 == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-4)


def test_kappa_by_hand():
    """70 % agree where chance gives 50 %."""
    kappa = cohen_kappa({"yes": {"yes": 20, "no": 5}, "no": {"yes": 10, "no": 15}})

    assert (kappa.observed, kappa.expected, kappa.kappa) == (0.7, 0.5, 0.4)


def test_complete_agreement_is_1_and_complete_disagreement_below_0():
    assert cohen_kappa({"a": {"a": 5}, "b": {"b": 5}}).kappa == 1
    assert cohen_kappa({"a": {"b": 5}, "b": {"a": 5}}).kappa == -1


def test_without_units_or_with_one_code_there_is_no_kappa():
    assert cohen_kappa({}).reasons["kappa"] == NO_UNITS
    one = cohen_kappa({"a": {"a": 7}})
    assert (one.kappa, one.observed, one.reasons["kappa"]) == (None, 1.0, ONE_CODE)


# Krippendorff's own example of nominal data: 4 observers, 12 units, with gaps; alpha 0.743.
KRIPPENDORFF = [
    *(("1", "1", "1"), ("2", "2", "3", "2"), ("3", "3", "3", "3"), ("3", "3", "3", "3"), ("2", "2", "2", "2")),
    *(("1", "2", "3", "4"), ("4", "4", "4", "4"), ("1", "1", "2", "1"), ("2", "2", "2", "2"), ("5", "5", "5")),
    *(("1", "1"), ("3",)),
]


def patterns(units):
    found: dict[tuple[str, ...], int] = {}
    for unit in units:
        found[unit] = found.get(unit, 0) + 1
    return found


def test_alpha_of_the_published_example():
    alpha = krippendorff_alpha(patterns(KRIPPENDORFF))

    assert (alpha.n, alpha.left_out, alpha.values) == (11, 1, 40)
    assert alpha.alpha == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_two_coders_by_hand():
    """12 codes, 7 a and 5 b; 2 of 12 disagree where chance gives 70 of 132."""
    alpha = krippendorff_alpha({("a", "a"): 3, ("b", "b"): 2, ("a", "b"): 1})

    assert alpha.observed == pytest.approx(2 / 12)
    assert alpha.expected == pytest.approx(70 / 132)
    assert alpha.alpha == pytest.approx(1 - (2 / 12) / (70 / 132))


def test_without_units_or_with_one_code_there_is_no_alpha():
    assert krippendorff_alpha({("a",): 4}).reasons["alpha"] == NO_UNITS
    assert krippendorff_alpha({("a", "a"): 4}).reasons["alpha"] == ONE_CODE


CODES = st.sampled_from("abc")
PATTERNS = st.dictionaries(st.lists(CODES, min_size=1, max_size=4).map(tuple), st.integers(0, 9), max_size=8)


@given(PATTERNS)
def test_alpha_depends_neither_on_who_coded_nor_on_the_names_of_codes(found):
    plain = krippendorff_alpha(found)
    turned: dict[tuple[str, ...], int] = {}
    for codes, count in found.items():
        other = tuple({"a": "x", "b": "y", "c": "z"}[code] for code in reversed(codes))
        turned[other] = turned.get(other, 0) + count

    assert krippendorff_alpha(turned) == plain
    assert plain.alpha is None or plain.alpha <= 1


@given(st.dictionaries(CODES, st.dictionaries(CODES, st.integers(0, 30), max_size=3), max_size=3))
def test_kappa_is_the_same_whoever_is_named_first(table):
    turned: dict[str, dict[str, int]] = {}
    for a, row in table.items():
        for b, count in row.items():
            turned.setdefault(b, {})[a] = count
    one, other = cohen_kappa(table), cohen_kappa(turned)

    assert one.kappa == other.kappa
    assert one.kappa is None or -1 <= one.kappa <= 1
    if one.ci95:
        assert one.ci95 == pytest.approx(other.ci95)
        assert one.ci95[0] <= one.kappa <= one.ci95[1]


@pytest.mark.parametrize("bad", [-1, 1.5, True, "3"])
def test_what_is_no_count_is_refused(bad):
    with pytest.raises((TypeError, ValueError)):
        cohen_kappa({"a": {"a": bad}})
    with pytest.raises((TypeError, ValueError)):
        krippendorff_alpha({("a", "a"): bad})
