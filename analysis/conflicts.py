"""Which published figures contradict one another, seen from the print alone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from analysis import _numbers
from analysis._printed_numbers import PrintedNumber
from analysis.evidence import Cell, value_of
from analysis.grim import Grim, grim
from analysis.published import Figure, Published
from analysis.rounding import WAYS


def conflicts(published: Published) -> dict[str, tuple[str, ...]]:
    """Return for every figure the figures it contradicts, in the order of the file."""
    found: dict[str, set[str]] = {name: set() for name in published.figures}
    for first, second in _contradictions(published):
        if first != second:
            found[first].add(second)
            found[second].add(first)
    return {name: tuple(n for n in found if n in others) for name, others in found.items()}


def _contradictions(published: Published) -> Iterator[tuple[str, str]]:
    yield from _failing_sums(published)
    yield from _unlike_twins(published)
    for figure in published.figures.values():
        if figure.number is None:
            continue
        yield from _not_of_its_parts(published, figure, figure.number)
        yield from _not_the_complement(published, figure, figure.number)
        yield from _not_of_its_n(published, figure)
        yield from _not_of_its_counts(published, figure, figure.number)


def _failing_sums(published: Published) -> Iterator[tuple[str, str]]:
    for total, parts in published.sums:
        if sum_fails(published, total, parts):
            yield from ((total, part) for part in parts)


def sum_fails(published: Published, total: str, parts: tuple[str, ...]) -> bool:
    """Say whether the printed parts do not add up to the printed total."""
    numbers = [published.number(part) for part in parts]
    whole = published.number(total)
    return whole is not None and None not in numbers and sum(n for n in numbers if n) != whole


def _unlike_twins(published: Published) -> Iterator[tuple[str, str]]:
    for first, second in published.same:
        one, other = published.number(first), published.number(second)
        if one is not None and other is not None and one != other:
            yield first, second


def _not_of_its_parts(published: Published, figure: Figure, number: PrintedNumber) -> Iterator[tuple[str, str]]:
    """A per cent that its printed numerator and denominator do not give."""
    top, bottom = published.number(figure.numerator), published.number(figure.denominator)
    if figure.statistic != "percent" or top is None or not bottom:
        return
    if not number.says(100 * top / bottom, *WAYS):
        yield from ((figure.id, part) for part in (figure.numerator, figure.denominator) if part)


def _not_the_complement(published: Published, figure: Figure, number: PrintedNumber) -> Iterator[tuple[str, str]]:
    other = published.number(figure.complement_of)
    if figure.complement_of and other is not None and not number.says(100 - other, *WAYS):
        yield figure.id, figure.complement_of


def _not_of_its_n(published: Published, figure: Figure) -> Iterator[tuple[str, str]]:
    result = grim_of_mean(published, figure)
    if figure.n and result and result.possible is False:
        yield figure.id, figure.n


def grim_of_mean(published: Published, figure: Figure) -> Grim | None:
    """Return the GRIM test of a mean at its printed n, None where it does not apply."""
    n = published.whole(figure.n)
    if figure.statistic != "mean" or figure.number is None or n is None:
        return None
    low, high = figure.scale or (None, None)
    return grim(figure.printed, n, low, high)


def _not_of_its_counts(published: Published, figure: Figure, number: PrintedNumber) -> Iterator[tuple[str, str]]:
    """A mean that does not follow from the counts of every step printed beside it."""
    counts = printed_counts(published, figure)
    mean = _numbers.mean(_by_value(counts)) if counts else None
    if mean is not None and not number.says(mean, *WAYS):
        yield from ((figure.id, other) for other in counts)


def printed_counts(published: Published, figure: Figure) -> dict[str, tuple[Fraction, int]]:
    """Return the counts printed beside a mean for every step of its scale.

    By id of the count: the step it counts and the people printed. Empty unless all steps
    of the scale are printed once, in the same table, for the same item.
    """
    if figure.statistic != "mean" or figure.scale is None or figure.item is None:
        return {}
    found: dict[str, tuple[Fraction, int]] = {}
    for other in published.beside(figure, ["count"]):
        value, people = value_of(other.code), published.number(other.id)
        alike = (other.item, other.filter) == (figure.item, figure.filter)
        if alike and value is not None and people is not None and people.denominator == 1 and people >= 0:
            found[other.id] = value, int(people)
    return found if _all_steps(figure.scale, [value for value, _ in found.values()]) else {}


def _all_steps(scale: tuple[Fraction, Fraction], values: list[Fraction]) -> bool:
    low, high = scale
    steps = high - low + 1
    return len(values) == steps and sorted(values) == [low + step for step in range(int(steps))]


def _by_value(counts: dict[str, tuple[Fraction, int]]) -> dict[Fraction, int]:
    return {value: people for value, people in counts.values() if people}


def printed_cell(published: Published, figure: Figure) -> Cell | None:
    """Return what is printed beside a mean as if it had been counted, None if too little is."""
    counts = printed_counts(published, figure)
    if not counts:
        return None
    missing = [
        other
        for other in published.beside(figure, ["missing"])
        if (other.item, other.filter) == (figure.item, figure.filter)
    ]
    without = published.whole(missing[0].id) if missing else None
    return Cell(
        counts={str(value): people for value, people in counts.values()},
        missing={"no_answer": without or 0},
        forms=None if missing else published.forms("valid", figure.filter),
    )
