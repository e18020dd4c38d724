"""Who was named, how often, and by how many: tallies of coded verbatims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analysis._checks import passed, whole
from analysis.shares import Share, wilson

NOTHING_NAMED: Final = "Nothing was named."
NAMED_TWICE: Final = "There are more mentions than people, so this is not a share of people."


@dataclass(frozen=True, slots=True)
class Tally:
    """What was named in answer to one open question.

    Attributes
    ----------
    n, base
        People who named at least one, and what n counts.
    asked
        People who were asked.
    mentions, total
        Mentions by code as handed in, and all of them together.
    named
        Share of those asked who named at least one, with Wilson's interval.
    per_person
        For each code, the share of the n people who named it, with Wilson's interval.
    per_mention
        For each code, its share of all mentions; empty when nothing was named. It has no
        interval: the mentions of one person are not independent.
    most_named, most_named_share
        The code named most often (all, when they tie) and the share of mentions of one of them.
    effective_number
        How many equally often named codes would be as spread out as these.
    distinct
        Codes named at least once.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    asked: int
    mentions: Mapping[str, int]
    total: int
    named: Share
    per_person: Mapping[str, Share]
    per_mention: Mapping[str, float]
    most_named: tuple[str, ...]
    most_named_share: float | None
    effective_number: float | None
    distinct: int
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def tally(
    mentions: Mapping[str, int],
    people: int,
    asked: int,
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "people who named at least one",
) -> Tally:
    """Tally what people named.

    Parameters
    ----------
    mentions
        Times each code was given. One person may name several codes.
    people
        People who named at least one.
    asked
        People who were asked.
    missing, base
        Passed through to the result.

    Returns
    -------
    Tally

    Notes
    -----
    Formula: effective number = 1 / Σp², p the share of mentions of each code.
    Source: Laakso & Taagepera 1979, Comp Polit Stud 12:3-27; the reciprocal of Simpson's
    index, Simpson 1949, Nature 163:688.

    Examples
    --------
    >>> t = tally({"IOM": 2, "Police": 1, "DSDW": 1}, people=3, asked=9)
    >>> t.most_named, t.most_named_share, round(t.effective_number, 3)
    (('IOM',), 0.5, 2.667)
    """
    times = {code: whole(k, f"The mentions of {code!r}") for code, k in mentions.items()}
    n, total = whole(people, "people"), sum(times.values())
    _refuse_contradictions(n, whole(asked, "asked"), total)
    most = max(times.values(), default=0)
    return Tally(
        n=n,
        asked=whole(asked, "asked"),
        mentions=times,
        total=total,
        named=wilson(n, asked, missing=missing, base="asked"),
        per_person={code: _of_people(k, n, base) for code, k in times.items()},
        per_mention={code: k / total for code, k in times.items()} if total else {},
        most_named=tuple(code for code, k in times.items() if k == most and k),
        most_named_share=most / total if total else None,
        effective_number=total**2 / sum(k * k for k in times.values()) if total else None,
        distinct=sum(k > 0 for k in times.values()),
        missing=passed(missing),
        base=base,
        reasons={} if total else dict.fromkeys(("most_named_share", "effective_number"), NOTHING_NAMED),
    )


def _refuse_contradictions(people: int, asked: int, total: int) -> None:
    if people > asked:
        raise ValueError(f"{people} people cannot have answered when {asked} were asked.")
    if people > total:
        raise ValueError(f"{people} people named at least one, yet there are {total} mentions.")
    if total and not people:
        raise ValueError(f"There are {total} mentions, yet no one named any.")


def _of_people(k: int, n: int, base: str) -> Share:
    """Return the share of people who named a code; none if someone was counted twice."""
    if k <= n:
        return wilson(k, n, base=base)
    reasons = dict.fromkeys(("share", "low", "high"), NAMED_TWICE)
    return Share(k, n, None, None, None, 0.95, "Wilson score", {}, base, reasons)
