"""Holm's adjustment, against statsmodels and by its definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.multiplicity import holm

P = st.floats(0, 1)


@pytest.mark.parametrize(
    ("raw", "adjusted"),
    [
        # statsmodels 0.15.0: multipletests([0.01, 0.02, 0.03, 0.04, 0.05], method="holm")[1]
        ((0.01, 0.02, 0.03, 0.04, 0.05), (0.05, 0.08, 0.09, 0.09, 0.09)),
        # Worked by hand from Holm 1979: 4 × 0.005, 3 × 0.01, 2 × 0.03, then max(0.06, 0.04).
        ((0.01, 0.04, 0.03, 0.005), (0.03, 0.06, 0.06, 0.02)),
        ((0.6, 0.5), (1.0, 1.0)),
        ((0.03,), (0.03,)),
        ((), ()),
    ],
)
def test_holm_matches_worked_examples(raw, adjusted):
    """The step-down values, in the order given."""
    assert holm(raw) == pytest.approx(adjusted, abs=1e-12)


def test_refused_tests_are_not_in_the_family():
    """A refused test stays None and does not make the others larger."""
    assert holm([0.01, None, 0.04]) == pytest.approx([0.02, None, 0.04])
    assert holm([None, None]) == (None, None)


@given(st.lists(P, max_size=12))
def test_adjusted_values_keep_the_order_and_never_shrink(raw):
    """Adjusted p values are at least the raw ones, at most 1, in the same order."""
    adjusted = holm(raw)

    assert all(p <= q + 1e-15 and q <= 1 for p, q in zip(raw, adjusted, strict=True))
    by_raw = [q for _, q in sorted(zip(raw, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)


@given(st.lists(P, min_size=1, max_size=8), st.randoms())
def test_the_order_of_the_tests_does_not_matter(raw, random):
    """Shuffling the tests shuffles the adjusted values alike."""
    order = list(range(len(raw)))
    random.shuffle(order)

    assert holm([raw[i] for i in order]) == tuple(holm(raw)[i] for i in order)


@pytest.mark.parametrize(
    ("p", "error"),
    [(-0.1, ValueError), (1.1, ValueError), (float("nan"), ValueError), ("0.5", TypeError), (True, TypeError)],
)
def test_what_is_no_p_value_is_refused(p, error):
    """A p value is a number from 0 to 1."""
    with pytest.raises(error):
        holm([0.5, p])
