"""What was named: shares of people, shares of mentions, and how spread out they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.shares import wilson
from analysis.tallies import tally

# Annex 4 of 2003, details 15b: 15 mentions of 9 bodies.
BODIES = {"IOM": 5, "SCF": 1, "UN-IAP": 2, "DSDW": 2, "WV": 1, "WVFT": 1, "Bureau": 1, "VN": 1, "UNICEF": 1}


def test_the_bodies_of_2003():
    """By hand: IOM has 5 of 15 mentions; 1/Σp² = 15²/(25 + 4 + 4 + 6) = 225/39."""
    result = tally(BODIES, people=13, asked=38)

    assert (result.n, result.total, result.distinct) == (13, 15, 9)
    assert (result.most_named, result.most_named_share) == (("IOM",), pytest.approx(1 / 3))
    assert result.effective_number == pytest.approx(225 / 39, abs=1e-12)
    assert result.per_person["IOM"].ci95 == wilson(5, 13).ci95
    assert result.per_mention["IOM"] == pytest.approx(5 / 15)
    assert result.named.share == 13 / 38
    assert result.named.base == "asked"


def test_effective_number_matches_laakso_and_taagepera():
    """Shares 0.7, 0.1, 0.1, 0.1 are as spread out as 1.92 equal ones (1/0.52)."""
    assert tally({"a": 7, "b": 1, "c": 1, "d": 1}, 10, 10).effective_number == pytest.approx(1 / 0.52)


def test_ties_are_all_most_named():
    """With a tie every code is named, and the share is that of one of them."""
    result = tally({"a": 2, "b": 0, "c": 2}, people=3, asked=3)

    assert (result.most_named, result.most_named_share, result.distinct) == (("a", "c"), 0.5, 2)


@pytest.mark.parametrize("mentions", [{}, {"a": 0}])
def test_nothing_named(mentions):
    """Nothing named is undefined with a reason, not zero."""
    result = tally(mentions, people=0, asked=4, missing={"no_answer": 4})

    assert (result.most_named, result.most_named_share, result.effective_number) == ((), None, None)
    assert set(result.reasons) == {"most_named_share", "effective_number"}
    assert result.per_mention == {}
    assert result.named.share == 0
    assert all(share.share is None for share in result.per_person.values())


def test_no_one_asked():
    """Without anyone asked there is no share of those asked."""
    assert tally({}, 0, 0).named.share is None


def test_more_mentions_than_people_is_no_share_of_people():
    """A group of codes can be named twice by one person; then it is no share of people."""
    share = tally({"Others": 5}, people=3, asked=9).per_person["Others"]

    assert share.share is None
    assert "more mentions than people" in share.reasons["share"]


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 50), min_size=1, max_size=8))
def test_shares_of_mentions_add_up(mentions):
    """Shares of mentions add up to 1; the effective number lies between 1 and the distinct."""
    people = max(mentions.values())
    result = tally(mentions, people, people)

    assert sum(result.per_mention.values()) == pytest.approx(1)
    assert 1 - 1e-9 <= result.effective_number <= result.distinct + 1e-9


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (({"a": -1}, 1, 1), ValueError),
        (({"a": 1.0}, 1, 1), TypeError),
        (({"a": 1}, 2, 3), ValueError),
        (({"a": 1}, 0, 3), ValueError),
        (({"a": 4}, 4, 3), ValueError),
    ],
)
def test_contradictions_are_refused(arguments, error):
    """More people than were asked, or than there are mentions, cannot be."""
    with pytest.raises(error):
        tally(*arguments)
