"""The ways in which a figure can have been computed, the straightforward one first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from analysis.conflicts import printed_cell
from analysis.evidence import COUNTS, OF_NUMBERS, Cell, Evidence, counted_as
from analysis.published import Figure, Published

BASE: Final = "other base"
CODING: Final = "other coding"
ROUNDING: Final = "other rounding"
VALID: Final = "valid forms"
RECEIVED: Final = "forms received"
WHOLE: Final = frozenset({"count", *COUNTS, *OF_NUMBERS})
DIVISORS: Final = ("n", "asked", "forms", "people")
YES_NO_SCALE: Final = (Fraction(0), Fraction(1))
OTHER_NUMBERING: Final = {Fraction(0): Fraction(1), Fraction(1): Fraction(-1)}


@dataclass(frozen=True, slots=True)
class Departure:
    """One step away from the straightforward definition: its kind, and what was done."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to compute a figure.

    Attributes
    ----------
    value
        What it comes to, exactly.
    working
        The sum that was done, such as 24/40; empty for a plain count.
    n, base
        The divisor if there is one, and what was counted.
    departures
        The steps away from the straightforward definition; none for that one itself.
    """

    value: Fraction
    working: str
    n: int | None
    base: str
    departures: tuple[Departure, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """The published figures, and what the responses say about each."""

    published: Published
    evidence: Mapping[str, Evidence]

    def readings(self, figure: Figure) -> list[Reading]:
        """Return the ways to compute a figure, the straightforward one first, each once.

        Empty when neither the responses nor the printed figures say enough.
        """
        if figure.statistic in WHOLE:
            found = self._whole(figure)
        elif figure.statistic == "mean":
            found = self._mean(figure)
        elif figure.statistic == "percent":
            found = self._percent(figure)
        elif self.counted(figure.id):
            found = self._stated(figure)
        else:
            return []
        return _each_once(found)

    def counted(self, name: str) -> str:
        """Return what was counted for a figure that no answers give, such as organisations, or ""."""
        return self.evidence[name].counted if name in self.evidence else ""

    def _stated(self, figure: Figure) -> Iterator[Reading]:
        evidence = self.evidence[figure.id]
        yield Reading(Fraction(evidence.valid.answered), "", None, evidence.counted)

    # Counts, and sums and ends of the numbers given

    def _whole(self, figure: Figure) -> Iterator[Reading]:
        evidence = self.evidence.get(figure.id)
        if evidence is None:
            yield from self._sum_of_parts(figure)
            return
        home, other = _home_first(figure, evidence)
        value = counted_as(figure.statistic, figure.code, evidence, home[1]) if home[1] else None
        if value is None:
            return
        yield Reading(value, "", None, home[0])
        elsewhere = counted_as(figure.statistic, figure.code, evidence, other[1]) if other[1] else None
        if elsewhere is not None:
            away = Departure(BASE, f"counted on the {other[0]}")
            yield Reading(elsewhere, "", None, other[0], (away,))

    def _sum_of_parts(self, figure: Figure) -> Iterator[Reading]:
        """A total as its printed parts give it, if all its sums give the same."""
        sums = [
            [self.published.number(part) for part in parts]
            for total, parts in self.published.sums
            if total == figure.id
        ]
        if len({sum(n for n in parts if n) for parts in sums if None not in parts}) != 1:
            return
        parts = next([n for n in parts if n is not None] for parts in sums if None not in parts)
        working = " + ".join(_plain(n) for n in parts)
        yield Reading(sum(parts, Fraction(0)), working, None, "the printed parts")

    # Means

    def _mean(self, figure: Figure) -> Iterator[Reading]:
        evidence, printed = self._evidence_of_mean(figure)
        if evidence is None:
            return
        source = "the printed counts" if printed else "answers on valid forms"
        yield from self._means(figure, evidence, source, Fraction(0))
        shift = _shift(figure)
        if figure.scale is None or shift is None:
            return
        away = Departure(CODING, _coding(figure.scale, shift))
        for reading in self._means(figure, evidence, source, shift):
            yield replace(reading, departures=(*reading.departures, away))

    def _evidence_of_mean(self, figure: Figure) -> tuple[Evidence | None, bool]:
        if figure.id in self.evidence:
            return self.evidence[figure.id], False
        cell = printed_cell(self.published, figure)
        return (Evidence(cell) if cell else None), True

    def _means(self, figure: Figure, evidence: Evidence, source: str, shift: Fraction) -> Iterator[Reading]:
        """The mean with every divisor; each code counts `shift` more than it stands for."""
        valid, received = evidence.valid, evidence.received
        total, n = _total(evidence, valid, shift), valid.answered
        if total is None or not n:
            return
        yield _quotient(total, n, source)
        everyone = Departure(BASE, "counted on all forms received")
        theirs = _total(evidence, received, shift) if received else None
        if received and theirs is not None and received.answered:
            yield _quotient(theirs, received.answered, "answers on forms received", everyone)
        for divisor, away in self._divisors(figure, valid, received):
            yield _quotient(total, divisor, source, away)
        if received and theirs is not None and received.all_forms:
            away = _all_of(received.all_forms, RECEIVED)
            yield _quotient(theirs, received.all_forms, RECEIVED, everyone, away)

    def _divisors(self, figure: Figure, valid: Cell | None, received: Cell | None) -> Iterator[tuple[int, Departure]]:
        """Everything else a sum can have been divided by, as the print suggests."""
        for of, cell, name in (("valid", valid, VALID), ("received", received, RECEIVED)):
            forms = cell.all_forms if cell else self.published.forms(of, figure.filter)
            if forms:
                yield forms, _all_of(forms, name)
        own = (self.published.figures[name] for name in (figure.n, figure.denominator) if name)
        for other in (*own, *self.published.beside(figure, DIVISORS)):
            n = self.published.whole(other.id)
            if n:
                yield n, Departure(BASE, f"divided by the {n} printed as {other.id}")
        if figure.column_head_n:
            n = figure.column_head_n
            yield n, Departure(BASE, f"divided by the {n} printed in the column's head")

    # Per cents

    def _percent(self, figure: Figure) -> Iterator[Reading]:
        own = list(self._own_ratio(figure))
        yield from own
        if figure.complement_of is not None:
            other = self.published.figures[figure.complement_of]
            away = Departure(BASE, f"taken as what is left of 100 after {other.id}")
            yield from self._complement(other, (away,) if own else ())

    def _own_ratio(self, figure: Figure) -> Iterator[Reading]:
        if figure.numerator is not None and figure.denominator is not None:
            yield from self._ratio(figure, figure.numerator, figure.denominator)

    def _ratio(self, figure: Figure, numerator: str, denominator: str) -> Iterator[Reading]:
        top, bottom = self._part(numerator), self._part(denominator)
        if top is None or bottom is None or not bottom.home:
            return
        behind = self._organisations_behind(numerator, denominator)
        mixed: tuple[Departure, ...] = ()
        if behind is not None:
            words = f"organisations behind {numerator} over {bottom.words}"
            yield _percentage(behind, bottom.home, words)
            mixed = (Departure(BASE, "people divided by organisations"),)
        yield _percentage(top.home, bottom.home, f"{top.words} over {bottom.words}", *mixed)
        everyone = Departure(BASE, "counted on all forms received")
        theirs = bottom.home if bottom.received is None else bottom.received
        if top.received is not None and theirs:
            yield _percentage(top.received, theirs, RECEIVED, everyone, *mixed)
        cells = self.evidence.get(numerator)
        valid, received = (cells.valid, cells.received) if cells else (None, None)
        for divisor, away in self._divisors(figure, valid, received):
            yield _percentage(top.home, Fraction(divisor), f"{top.words} over {divisor}", away)
        if received and received.all_forms and top.received is not None:
            away = _all_of(received.all_forms, RECEIVED)
            yield _percentage(top.received, Fraction(received.all_forms), RECEIVED, everyone, away)

    def _organisations_behind(self, numerator: str, denominator: str) -> Fraction | None:
        """Return the organisations behind the people of a share that is of organisations; None for any other."""
        if not self.counted(denominator) or self.counted(numerator) or numerator not in self.evidence:
            return None
        behind = self.evidence[numerator].valid.organisations
        code = self.published.figures[numerator].code
        return next((Fraction(n) for given, n in behind.items() if given == code), None)

    def _part(self, name: str) -> _Part | None:
        """Return a numerator or denominator as counted, or as printed where it cannot be."""
        figure = self.published.figures[name]
        if name in self.evidence and (figure.statistic in WHOLE or self.counted(name)):
            found = self._stated(figure) if self.counted(name) else self._whole(figure)
            values = {reading.base: reading.value for reading in found}
            if values:
                base, home = next(iter(values.items()))
                return _Part(home, values.get(RECEIVED), f"{name} ({base})")
        printed = self.published.number(name)
        return None if printed is None else _Part(printed, None, f"{name} (as printed)")

    def _complement(self, other: Figure, away: tuple[Departure, ...]) -> Iterator[Reading]:
        """What is left of 100 after another figure, as computed and as printed."""
        # By the other's own definition: two figures may each be the other's complement.
        computed = list(self._mean(other) if other.statistic == "mean" else self._own_ratio(other))
        for reading in computed:
            yield replace(
                reading,
                value=100 - reading.value,
                working=f"100 − {reading.working}",
                departures=(*away, *reading.departures),
            )
        printed = self.published.number(other.id)
        if printed is not None:
            cut = (Departure(ROUNDING, f"taken from {other.id} as printed"),) if computed else ()
            yield _left_of_100(printed, f"{other.id} (as printed)", *away, *cut)
        for twin in self.published.twins(other.id):
            number = self.published.number(twin)
            if number is not None and number != printed:
                instead = Departure(BASE, f"taken from {twin}, which speaks of the same thing")
                yield _left_of_100(number, f"{twin} (as printed)", *away, instead)


@dataclass(frozen=True, slots=True)
class _Part:
    """A numerator or denominator: its value, its value on all forms received, and its source."""

    home: Fraction
    received: Fraction | None
    words: str


def _home_first(figure: Figure, evidence: Evidence) -> tuple[tuple[str, Cell | None], tuple[str, Cell | None]]:
    valid, received = (VALID, evidence.valid), (RECEIVED, evidence.received)
    if figure.statistic == "forms" and figure.of == "received":
        return received, valid
    return valid, received


def _total(evidence: Evidence, cell: Cell, shift: Fraction) -> Fraction | None:
    numbers = evidence.numbers(cell)
    if numbers is None:
        return None
    return sum(((value + shift) * people for value, people in numbers.items()), Fraction(0))


def _shift(figure: Figure) -> Fraction | None:
    """How else the steps may have been numbered: from 1 instead of 0, or from 0 instead of 1."""
    if figure.scale is None or figure.in_percent:
        return None
    return OTHER_NUMBERING.get(figure.scale[0])


def _coding(scale: tuple[Fraction, Fraction], shift: Fraction) -> str:
    if scale == YES_NO_SCALE:
        return "coded no = 1, yes = 2"
    low, high = scale
    return f"coded on a scale from {_plain(low + shift)} to {_plain(high + shift)}"


def _all_of(forms: int, name: str) -> Departure:
    return Departure(BASE, f"divided by all {forms} {name}, missing answers included")


def _quotient(total: Fraction, n: int, base: str, *departures: Departure) -> Reading:
    return Reading(total / n, f"{_plain(total)}/{n}", n, base, departures)


def _percentage(top: Fraction, bottom: Fraction, base: str, *departures: Departure) -> Reading:
    n = int(bottom) if bottom.denominator == 1 else None
    working = f"100 × {_plain(top)}/{_plain(bottom)}"
    return Reading(100 * top / bottom, working, n, base, departures)


def _left_of_100(number: Fraction, base: str, *departures: Departure) -> Reading:
    return Reading(100 - number, f"100 − {_plain(number)}", None, base, departures)


def _plain(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"


def _each_once(readings: Iterable[Reading]) -> list[Reading]:
    """Order by departures, and drop a reading that does the same sum as an earlier one."""
    found: dict[str | Fraction, Reading] = {}
    for reading in sorted(readings, key=lambda reading: len(reading.departures)):
        found.setdefault(reading.working or reading.value, reading)
    return list(found.values())
