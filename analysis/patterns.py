"""How people fill in a form, whatever they think: one answer throughout, much agreeing, leaving out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from analysis._checks import passed, whole
from analysis._distributions import t_quantile
from analysis.shares import Share, wilson

#: House rule: one answer throughout says something only of forms that answer at least so many.
FEWEST_ANSWERS: Final = 4
NO_ONE: Final = "No form has such answers."
ONE_FORM: Final = "One form alone does not say how far forms differ."
NO_SPREAD: Final = "All forms are the same in this, so they cannot say how far the share may lie from it."

#: The answers of one form to some items, in the order asked; None where it has none.
Pattern = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Sameness:
    """Forms that give one answer throughout.

    Attributes
    ----------
    n, base
        Forms with enough answers, and what n counts.
    same
        Share of them that give one answer throughout, with Wilson's interval.
    nearly
        Forms among them that give one answer all but once.
    expected
        How many would give one answer throughout if every form answered each item
        independently, as often with each answer as all forms together did.
    runs
        Forms by their longest run of one answer, in the order asked, unanswered items skipped.
    too_few
        Forms with some answers, yet fewer than needed.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    same: Share
    nearly: int
    expected: float | None
    runs: Mapping[int, int]
    too_few: int
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def sameness(
    patterns: Mapping[Pattern, int],
    *,
    answer: str | None = None,
    fewest: int = FEWEST_ANSWERS,
    missing: Mapping[str, int] | None = None,
    base: str = "forms with enough answers",
) -> Sameness:
    """Count the forms that give one answer throughout (straight-lining).

    Parameters
    ----------
    patterns
        Forms by their answers to the items, in the order asked.
    answer
        Count this answer alone, such as yes; none means whichever it is.
    fewest
        Answers that a form needs to be looked at.
    missing, base
        Passed through to the result.

    Notes
    -----
    Formula: expected = Σ over forms Σ over answers a of Π over the items answered of p(item, a),
    p being the share of the item's answers that are a. Items that measure one thing are not
    independent of one another, so more than expected is not by itself careless answering.
    Source: on the measure and the longest run, Curran 2016, J Exp Soc Psychol 66:4-19.

    Examples
    --------
    >>> s = sameness({("3", "3", "3", "3"): 2, ("0", "1", "3", None): 1, ("1", "2", "3", "4"): 2})
    >>> s.n, s.same.k, s.too_few
    (4, 2, 1)
    """
    forms = _checked(patterns)
    # Read once for each pattern: the answers given, and how often the one looked for is among them.
    answers = [(p, [each for each in p if each is not None], m) for p, m in forms.items()]
    kept = [(p, given, _given(given, answer), m) for p, given, m in answers if len(given) >= fewest]
    n = sum(m for *_, m in kept)
    chances = _chances(_item_shares(forms), answer)
    return Sameness(
        n=n,
        same=wilson(sum(m for _, given, most, m in kept if most == len(given)), n, base=base),
        nearly=sum(m for _, given, most, m in kept if most == len(given) - 1),
        expected=sum(m * chances(p) for p, _, _, m in kept) if n else None,
        runs=_runs([(_longest_run(given, answer), m) for _, given, _, m in kept]),
        too_few=sum(m for _, given, m in answers if 0 < len(given) < fewest),
        missing=passed(missing),
        base=base,
        reasons={} if n else {"expected": NO_ONE},
    )


@dataclass(frozen=True, slots=True)
class ShareOfAnswers:
    """A share of answers, where each form gives several.

    Attributes
    ----------
    n, forms, base
        Answers, the forms that gave them, and what n counts.
    k, share, se, ci95
        Answers of the kind looked for, their share, its cluster-robust standard error, and the
        t interval with forms − 1 df, between 0 and 1.
    missing, reasons
        Missing counts as handed in; why a field is None.
    """

    n: int
    forms: int
    k: int
    share: float | None
    se: float | None
    ci95: tuple[float, float] | None
    missing: Mapping[str, int]
    base: str
    reasons: Mapping[str, str]


def share_of_answers(
    forms: Mapping[tuple[int, int], int],
    *,
    missing: Mapping[str, int] | None = None,
    base: str = "answers",
) -> ShareOfAnswers:
    """Share of answers of one kind, where the answers of one form are not independent.

    Parameters
    ----------
    forms
        Forms by how many of their answers are of the kind, and how many answers they give.
    missing, base
        Passed through to the result.

    Notes
    -----
    Formula: p = Σk/Σm; SE² = [f/(f − 1)] Σ (k − p m)² / (Σm)², f the forms with answers. The same
    as `clusters.organisation_mean` of answers that are 1 or 0, each form an organisation.
    Source: Liang & Zeger 1986, Biometrika 73:13-22 (with the factor f/(f − 1)).

    Examples
    --------
    >>> s = share_of_answers({(2, 4): 1, (4, 4): 1})
    >>> s.share, s.n, s.forms
    (0.75, 8, 2)
    """
    kept = {pair: n for pair, n in _pairs(forms).items() if n and pair[1]}
    k = sum(pair[0] * n for pair, n in kept.items())
    m = sum(pair[1] * n for pair, n in kept.items())
    f = sum(kept.values())
    share = k / m if m else None
    se = None
    if share is not None and f > 1:
        squares = sum(n * (of_kind * m - k * answers) ** 2 for (of_kind, answers), n in kept.items())
        se = math.sqrt(f / (f - 1) * squares) / (m * m)
    return ShareOfAnswers(
        n=m,
        forms=f,
        k=k,
        share=share,
        se=se,
        ci95=_interval(share, se, f),
        missing=passed(missing),
        base=base,
        reasons=_reasons(f, se),
    )


def bands(forms: Mapping[tuple[int, int], int]) -> dict[str, int]:
    """Return how many forms have which share of their answers of one kind, in five bands and both ends.

    Examples
    --------
    >>> bands({(0, 3): 1, (1, 2): 2, (3, 3): 4})["all"]
    4
    """
    names = ("none", "up to a quarter", "up to a half", "up to three quarters", "more, not all", "all")
    found = dict.fromkeys(names, 0)
    for (k, m), n in _pairs(forms).items():
        if m:
            place = 0 if not k else 5 if k == m else min(4, -(-4 * k // m))
            found[names[place]] += n
    return found


def _pairs(forms: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    checked: dict[tuple[int, int], int] = {}
    for (k, m), n in forms.items():
        if whole(k, "The answers of the kind") > whole(m, "The answers"):
            raise ValueError(f"{k} of {m} answers cannot be.")
        checked[k, m] = whole(n, "The forms")
    return checked


def _checked(patterns: Mapping[Pattern, int]) -> dict[Pattern, int]:
    if len({len(pattern) for pattern in patterns}) > 1:
        raise ValueError("Every pattern must have an entry for each item.")
    return {pattern: whole(n, "The forms with a pattern") for pattern, n in patterns.items()}


def _given(given: list[str], answer: str | None) -> int:
    """Return how often a form gives one answer: the one asked for, or the one it gives most often."""
    return given.count(answer) if answer is not None else max(map(given.count, set(given)), default=0)


def _item_shares(forms: Mapping[Pattern, int]) -> list[dict[str, float]]:
    """Return the share of each answer, item by item."""
    counts: list[dict[str, int]] = [{} for _ in next(iter(forms), ())]
    for pattern, n in forms.items():
        for item, each in zip(counts, pattern):  # noqa: B905 - all are as long, which `_checked` has seen
            if each is not None:
                item[each] = item.get(each, 0) + n
    return [{each: n / sum(item.values()) for each, n in item.items() if n} for item in counts]


def _chances(shares: list[dict[str, float]], answer: str | None) -> Callable[[Pattern], float]:
    """Return the function that says how likely a form gives one answer throughout; it follows from what it answers."""
    known: dict[tuple[bool, ...], float] = {}

    def chance(pattern: Pattern) -> float:
        answered = tuple([each is not None for each in pattern])
        if answered not in known:
            items = [share for share, here in zip(shares, answered, strict=True) if here]
            any_ = {answer} if answer is not None else {each for item in items for each in item}
            known[answered] = sum(math.prod(item.get(each, 0.0) for item in items) for each in any_)
        return known[answered]

    return chance


def _runs(longest: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return forms by their longest run, from such runs and how many forms have each."""
    found: dict[int, int] = {}
    for length, n in longest:
        found[length] = found.get(length, 0) + n
    return {length: found[length] for length in sorted(found) if found[length]}


def _longest_run(given: list[str], answer: str | None) -> int:
    longest = run = 0
    before: str | None = None
    for each in given:
        run = run + 1 if each == before else 1
        before = each
        if answer is None or each == answer:
            longest = max(longest, run)
    return longest


def _interval(share: float | None, se: float | None, forms: int) -> tuple[float, float] | None:
    if share is None or not se:
        return None
    half = t_quantile(0.975, forms - 1) * se
    return max(0.0, share - half), min(1.0, share + half)


def _reasons(forms: int, se: float | None) -> dict[str, str]:
    if not forms:
        return dict.fromkeys(("share", "se", "ci95"), NO_ONE)
    if forms == 1:
        return dict.fromkeys(("se", "ci95"), ONE_FORM)
    return {} if se else {"ci95": NO_SPREAD}
