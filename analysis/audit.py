"""Published figures held against the responses and against one another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from analysis import published as publications
from analysis._printed_numbers import PrintedNumber
from analysis.conflicts import conflicts, grim_of_mean, sum_fails
from analysis.evidence import Cell, Evidence
from analysis.grim import Grim, grim
from analysis.published import Figure, Published
from analysis.readings import BASE, CODING, ROUNDING, Departure, Reading, Source
from analysis.rounding import HALF_EVEN, HALF_UP, TRUNCATION
from analysis.rounding import printed as print_as

__all__ = ["VERDICTS", "Candidate", "Cell", "Evidence", "FigureAudit", "Grim", "audit", "grim"]

REPRODUCED: Final = "reproduced"
IMPOSSIBLE: Final = "impossible"
NOT_REPRODUCED: Final = "not reproduced"
NOT_CHECKABLE: Final = "not checkable"
VERDICTS: Final = (REPRODUCED, ROUNDING, BASE, CODING, IMPOSSIBLE, NOT_REPRODUCED, NOT_CHECKABLE)

MORE_THAN: Final = "distinct, more than"
NOT_CAPPED: Final = ("mentions", "sum", "mean")
CUT_OFF: Final = Departure(ROUNDING, "cut off instead of rounded")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to compute the figure that prints as published, though not straightforwardly.

    Attributes
    ----------
    recomputed
        What it prints.
    verdict
        What the figure's verdict is if this is how it was computed.
    departures
        How many steps it lies from the straightforward definition.
    explanation
        The sum that was done, and the departures, in a sentence.
    """

    recomputed: str
    verdict: str
    departures: int
    explanation: str


@dataclass(frozen=True, slots=True)
class FigureAudit:
    """One published figure, and what became of it.

    Attributes
    ----------
    id, printed
        The figure, as published.
    recomputed, value, n, base
        The straightforward recomputation: as it would print, at full precision, its divisor
        if it has one, and what it was counted on. None where there is none.
    verdict
        One of `VERDICTS`.
    possible
        Whether whole answers can give it at its printed n; None where that cannot be asked.
    conflicts
        The figures it contradicts, seen from the print alone.
    explanation
        The verdict in a sentence.
    candidates, tried
        Every other way that prints so, the simplest first, and how many ways were tried.
        Among many divisors one always fits, so the number tried belongs to the finding.
    """

    id: str
    printed: str
    recomputed: str | None
    value: float | None
    n: int | None
    base: str
    verdict: str
    possible: bool | None
    conflicts: tuple[str, ...]
    explanation: str
    candidates: tuple[Candidate, ...]
    tried: int


def audit(published: Mapping[str, object], evidence: Mapping[str, Evidence] | None = None) -> list[FigureAudit]:
    """Hold every published figure against the responses and against the other figures.

    Parameters
    ----------
    published
        The file of published figures, as parsed: figures, sums, same.
    evidence
        What the responses say, by figure id. A figure without it is checked only as far as
        the printed figures alone decide.

    Returns
    -------
    list of FigureAudit
        One a figure, in the order of the file.

    Raises
    ------
    ValueError
        If the file is malformed, with every fault.

    Notes
    -----
    The verdict is the first that holds of `VERDICTS`. When the straightforward definition
    does not print so, departures from it are searched: another base (all forms received,
    missing answers in the divisor, an n printed in the same table or the column's head),
    another coding (steps numbered from 1), decimals cut off, and combinations of them. Ways
    with fewer departures come first; of those with several, the kind is that of the first
    in the order base, coding, rounding.

    Examples
    --------
    >>> figure = {"id": "m", "printed": "2.50", "statistic": "mean", "n": "n", "scale": [0, 4]}
    >>> count = {"id": "n", "printed": "25", "statistic": "n"}
    >>> [result.verdict for result in audit({"figures": [figure, count]})]
    ['impossible', 'not checkable']
    """
    read = publications.read(published)
    source, against = Source(read, evidence or {}), conflicts(read)
    return [_audited(source, figure, against[figure.id]) for figure in read.figures.values()]


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the search gave for one figure."""

    verdict: str
    explanation: str
    straight: Reading | None = None
    recomputed: str | None = None
    candidates: tuple[Candidate, ...] = ()
    tried: int = 0


def _audited(source: Source, figure: Figure, against: tuple[str, ...]) -> FigureAudit:
    possible, why_not = _possible(source, figure)
    finding = _finding(source, figure, why_not if possible is False else None)
    straight = finding.straight
    return FigureAudit(
        id=figure.id,
        printed=figure.printed,
        recomputed=finding.recomputed,
        value=float(straight.value) if straight else None,
        n=straight.n if straight else None,
        base=straight.base if straight else "",
        verdict=finding.verdict,
        possible=possible,
        conflicts=against,
        explanation=finding.explanation,
        candidates=finding.candidates,
        tried=finding.tried,
    )


# The verdict


def _finding(source: Source, figure: Figure, impossible: str | None) -> _Finding:
    if figure.statistic == "statement" and not source.counted(figure.id):
        return _Finding(NOT_CHECKABLE, "It is a statement that no count of answers can check.")
    if figure.statistic == "invalid item":
        return _invalid_item(source.evidence.get(figure.id))
    if figure.number is None:
        return _Finding(NOT_CHECKABLE, f"It prints no number ({figure.printed}).")
    readings = source.readings(figure)
    if readings:
        return _searched(source, figure, figure.number, readings, impossible)
    if impossible:
        return _Finding(IMPOSSIBLE, impossible)
    reason = "Neither the responses nor the figures printed with it say what it was computed from."
    return _Finding(NOT_CHECKABLE, reason)


def _invalid_item(evidence: Evidence | None) -> _Finding:
    if evidence is None:
        return _Finding(NOT_CHECKABLE, "Nothing was counted for this item.")
    if evidence.item_invalid is None:
        return _Finding(NOT_REPRODUCED, "No rule makes all answers to this item invalid.")
    return _Finding(
        REPRODUCED, _sentence("The item is invalid", evidence.item_invalid), recomputed=evidence.item_invalid
    )


def _searched(
    source: Source,
    figure: Figure,
    number: PrintedNumber,
    readings: list[Reading],
    impossible: str | None,
) -> _Finding:
    straight = readings[0]
    shown = _as_printed(figure, number, straight)
    if _fits(figure, number, straight):
        explanation = _sentence(_told(straight, shown, f"from {straight.base}:"))
        return _Finding(REPRODUCED, explanation, straight, shown)
    tries = list(_tries(number, readings))
    candidates = tuple(_ranked(figure, number, tries))
    recount = _told(straight, shown, f"the plain definition, from {straight.base}, gives")
    if candidates:
        best = candidates[0]
        explanation = _sentence(best.explanation.rstrip("."), recount, _how_many(candidates, tries))
        return _Finding(best.verdict, explanation, straight, shown, candidates, len(tries))
    verdict = IMPOSSIBLE if impossible else NOT_REPRODUCED
    parts = (*_why_impossible(figure, readings, impossible), recount)
    others = f"other readings tried: {len(tries)}, of which print so: 0" if tries else ""
    explanation = _sentence(*parts, *_failing_sums(source.published, figure), others)
    return _Finding(verdict, explanation, straight, shown, (), len(tries))


def _fits(figure: Figure, number: PrintedNumber, reading: Reading) -> bool:
    if figure.statistic == MORE_THAN:
        return reading.value > number.value
    return number.rounds_from(reading.value)


def _tries(number: PrintedNumber, readings: list[Reading]) -> Iterator[tuple[Reading, str]]:
    """Yield every reading but the straightforward one, rounded, and cut off if that differs."""
    for reading in readings:
        if reading.departures:
            yield reading, HALF_UP
        if (reading.value * 10**number.decimals).denominator > 1:
            yield reading, TRUNCATION


def _ranked(figure: Figure, number: PrintedNumber, tries: list[tuple[Reading, str]]) -> list[Candidate]:
    """Return the tries that print as published, the simplest first."""
    fitting = []
    for reading, way in tries:
        cut = way == TRUNCATION
        if cut and number.says(reading.value, TRUNCATION) and not _fits(figure, number, reading):
            fitting.append(_candidate(number, reading, (*reading.departures, CUT_OFF)))
        elif not cut and _fits(figure, number, reading):
            fitting.append(_candidate(number, reading, reading.departures))
    return sorted(fitting, key=lambda found: (found.departures, VERDICTS.index(found.verdict)))


def _candidate(number: PrintedNumber, reading: Reading, departures: tuple[Departure, ...]) -> Candidate:
    kinds = {departure.kind for departure in departures}
    way = TRUNCATION if CUT_OFF in departures else HALF_UP
    shown = print_as(reading.value, number.decimals, way)
    words = ", ".join(departure.words for departure in departures)
    return Candidate(
        recomputed=shown,
        verdict=next(kind for kind in (BASE, CODING, ROUNDING) if kind in kinds),
        departures=len(departures),
        explanation=_sentence(_told(reading, shown, f"{words}:")),
    )


def _as_printed(figure: Figure, number: PrintedNumber, reading: Reading) -> str:
    """Print a recomputed value as the figure prints its own, half even only if that fits."""
    rounded = print_as(reading.value, number.decimals)
    if figure.statistic == MORE_THAN or number.says(reading.value, HALF_UP):
        return rounded
    even = number.says(reading.value, HALF_EVEN)
    return print_as(reading.value, number.decimals, HALF_EVEN) if even else rounded


# The sentences


def _told(reading: Reading, shown: str, words: str) -> str:
    return f"{words} {reading.working} = {shown}" if reading.working else f"{words} {shown}"


def _sentence(*parts: str) -> str:
    text = "; ".join(part.rstrip(".") for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}."


def _how_many(candidates: tuple[Candidate, ...], tries: list[tuple[Reading, str]]) -> str:
    return f"other readings tried: {len(tries)}, of which print so: {len(candidates)}"


def _why_impossible(figure: Figure, readings: list[Reading], impossible: str | None) -> Iterator[str]:
    if not impossible:
        return
    yield impossible
    for reading in readings:
        if figure.column_head_n and reading.n == figure.column_head_n:
            shown = f"{float(reading.value):.4g}"
            yield f"the n in the column's head does not give it either, {reading.working} = {shown}"
            return


def _failing_sums(published: Published, figure: Figure) -> Iterator[str]:
    """Say which printed sums with this figure as a part do not add up."""
    for total, parts in published.sums:
        if figure.id in parts and sum_fails(published, total, parts):
            printed = [published.figures[part].printed for part in parts]
            added = sum(published.number(part) or Fraction(0) for part in parts)
            said = published.figures[total].printed
            yield f"{' + '.join(printed)} is {float(added):g}, printed as {said} ({total})"


# Whether it is possible at all


def _possible(source: Source, figure: Figure) -> tuple[bool | None, str]:
    """Return whether whole answers can give the figure at its printed n, and a reason."""
    if figure.statistic == "percent" and figure.number is not None:
        return _possible_percent(source.published, figure, figure.number)
    result = None if _fractions_answered(source, figure) else grim_of_mean(source.published, figure)
    return (result.possible, result.reason) if result else (None, "")


def _fractions_answered(source: Source, figure: Figure) -> bool:
    """Say whether anyone answered in fractions, so that sums need not be whole."""
    evidence = source.evidence.get(figure.id)
    numbers = evidence.numbers(evidence.valid) if evidence else None
    return any(value.denominator > 1 for value in numbers or ())


def _possible_percent(published: Published, figure: Figure, number: PrintedNumber) -> tuple[bool | None, str]:
    n = published.whole(figure.denominator)
    if n is None:
        return None, ""
    top = published.figures[figure.numerator] if figure.numerator else None
    most = None if top and top.statistic in NOT_CAPPED else n
    below = math.floor(number.value * n / 100)
    around = [k for k in (below, below + 1) if k >= 0 and (most is None or k <= most)]
    if any(number.says(Fraction(100 * k, n), HALF_UP, HALF_EVEN, TRUNCATION) for k in around):
        return True, ""
    nearest = " and ".join(f"100 × {k}/{n} = {print_as(Fraction(100 * k, n), number.decimals)}" for k in around)
    return False, f"No whole number of {n} gives {figure.printed} per cent: {nearest}."
