"""What may be shown of counts: small ones are not, and nobody works them out from the others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure import Cell, Group, Sum, bounds, protect


def table(*counts: int, total: bool = True):
    """Return one table: its total, its cells, and the sum that a reader knows."""
    cells = {"all": Cell(sum(counts), "open" if total else "hidden", loss=20)}
    cells |= {f"c{i}": Cell(n) for i, n in enumerate(counts)}
    return cells, [Sum("all", tuple(f"c{i}" for i in range(len(counts))))]


def square(rows: list[list[int]]):
    """Return a table of two directions: cells, totals of rows and columns, the total of all, and their sums."""
    cells, sums = {"all": Cell(sum(map(sum, rows)), loss=20)}, []
    for i, row in enumerate(rows):
        cells |= {f"r{i}": Cell(sum(row), loss=5)} | {f"r{i}c{j}": Cell(n) for j, n in enumerate(row)}
        sums.append(Sum(f"r{i}", tuple(f"r{i}c{j}" for j in range(len(row)))))
    for j in range(len(rows[0])):
        cells[f"c{j}"] = Cell(sum(row[j] for row in rows), loss=5)
        sums.append(Sum(f"c{j}", tuple(f"r{i}c{j}" for i in range(len(rows)))))
    sums.append(Sum("all", tuple(f"r{i}" for i in range(len(rows)))))
    sums.append(Sum("all", tuple(f"c{j}" for j in range(len(rows[0])))))
    return cells, sums


def assert_safe(cells, sums, found, threshold: int) -> None:
    """Nobody who knows all sums and what is shown finds a small count, or learns that it is small."""
    for name, cell in cells.items():
        if 0 < cell.count < threshold and cell.state in ("open", "hidden"):
            assert name not in found.shown
            low, high = bounds(cells, sums, found.shown, name)
            assert low < cell.count
            assert high is None or high - low >= threshold - 1e-6


def test_one_small_count_takes_one_other_with_it():
    """3 of 20 could be had as 20 - 8 - 9; with 8 withheld, both lie between 0 and 11."""
    cells, sums = table(3, 8, 9)

    found = protect(cells, sums, 5)

    assert (found.small, found.complementary) == ({"c0"}, {"c1"})
    assert bounds(cells, sums, found.shown, "c0") == (0, 11)
    assert found.exposed == frozenset()


def test_two_small_counts_whose_sum_is_small_are_not_enough():
    """1 and 2 add up to 3: each would lie between 0 and 3, and both would be known to be small."""
    cells, sums = table(1, 2, 12, 30)

    found = protect(cells, sums, 5)

    assert found.small == {"c0", "c1"}
    assert found.complementary == {"c2"}


def test_two_small_counts_hide_each_other_where_their_sum_is_not_small():
    cells, sums = table(4, 4, 12)

    found = protect(cells, sums, 5)

    assert (found.small, found.complementary) == ({"c0", "c1"}, frozenset())


def test_nothing_is_withheld_where_nothing_is_small():
    cells, sums = table(0, 5, 12)

    found = protect(cells, sums, 5)

    assert found.shown == cells.keys()


def test_in_two_directions_a_complement_needs_complements():
    """A small count needs another in its row, one in its column, and the corner that ties them."""
    cells, sums = square([[2, 20, 20], [20, 20, 20], [20, 20, 20]])

    found = protect(cells, sums, 5)

    assert found.small == {"r0c0"}
    assert len(found.complementary) == 3
    assert_safe(cells, sums, found, 5)


def test_a_total_that_is_never_shown_hides_what_it_is_the_sum_of():
    cells, sums = table(3, 8, total=False)

    found = protect(cells, sums, 5)

    assert found.shown == {"c1"}
    assert bounds(cells, sums, found.shown, "c0") == (0, None)


def test_all_about_a_small_group_is_withheld_its_unanimity_too():
    """Three people, all of whom said the same: neither the 3 nor the zeros may show."""
    cells, sums = table(3, 0, 0, 37)

    found = protect(cells, sums, 5, groups=[Group(3, ("c0", "c1", "c2"))])

    assert found.small == {"c0", "c1", "c2"}
    for name in ("c1", "c2"):
        high = bounds(cells, sums, found.shown, name)[1]
        assert high is None or high >= 1


def test_what_nobody_said_nobody_of_a_small_group_said():
    """That cannot be hidden, and tells nothing of the group."""
    cells = {"all": Cell(0), "here": Cell(0), "elsewhere": Cell(0)}

    found = protect(cells, [Sum("all", ("here", "elsewhere"))], 5, groups=[Group(3, ("here",))])

    assert (found.small, found.shown, found.exposed) == ({"here"}, {"all", "elsewhere"}, frozenset())


def test_a_count_that_grew_by_a_few_since_it_was_shown_is_withheld():
    cells = {"then": Cell(20, "shown"), "now": Cell(22), "other": Cell(30), "all": Cell(52)}
    cells["between"] = Cell(2, "hidden")
    sums = [Sum("now", ("then", "between")), Sum("all", ("now", "other"))]

    found = protect(cells, sums, 5)

    assert "now" not in found.shown
    assert_safe(cells, sums, found, 5)


def test_what_follows_from_things_shown_before_is_told_as_exposed():
    cells = {"all": Cell(23, "shown"), "c0": Cell(3), "c1": Cell(20, "shown")}

    found = protect(cells, [Sum("all", ("c0", "c1"))], 5)

    assert found.exposed == {"c0"}
    assert "c0" in found.reasons


def test_the_loss_decides_which_complement_goes():
    cells, sums = table(3, 10, 10)
    dear = cells | {"c1": Cell(10, loss=19)}
    cheap = cells | {"c1": Cell(10, loss=0.1)}

    assert protect(dear, sums, 5).complementary == {"c2"}
    assert protect(cheap, sums, 5).complementary == {"c1"}


@pytest.mark.parametrize(
    ("sums", "threshold", "message"),
    [
        ([Sum("all", ("c0",))], 5, "do not add up"),
        ([Sum("all", ("c0", "nothing"))], 5, "no count of the set"),
        ([], 1, "at least 2"),
    ],
)
def test_a_contradiction_is_refused(sums, threshold: int, message: str):
    with pytest.raises(ValueError, match=message):
        protect(table(3, 8)[0], sums, threshold)


counts = st.integers(0, 12)
squares = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(counts, min_size=width, max_size=width), min_size=2, max_size=4)
)


@settings(deadline=None, max_examples=60)
@given(rows=squares, threshold=st.integers(3, 7))
def test_no_small_count_of_any_table_can_be_worked_out(rows: list[list[int]], threshold: int):
    cells, sums = square(rows)

    found = protect(cells, sums, threshold)

    assert found.exposed == frozenset()
    assert_safe(cells, sums, found, threshold)
    assert found.shown | found.small | found.complementary == cells.keys()
    assert not found.small & found.complementary
    assert all(0 < cells[name].count < threshold for name in found.small)


@settings(deadline=None, max_examples=30)
@given(rows=squares)
def test_the_same_counts_give_the_same_answer_and_large_ones_are_left_alone(rows: list[list[int]]):
    cells, sums = square(rows)
    large, same = square([[n + 5 for n in row] for row in rows])

    assert protect(cells, sums, 5) == protect(cells, sums, 5)
    assert protect(large, same, 5).shown == large.keys()
