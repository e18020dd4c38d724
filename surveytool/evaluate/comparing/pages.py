"""What each page of comparisons shows: one frozen object a template; and its figures in words and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool import charts
from surveytool.comparing import Comparison, Crosstab, Group, PerOrganisation, Question
from surveytool.evaluate.common import MISSING, Head, Part
from surveytool.results import shown
from surveytool.tabulate import UNCODED, Affiliated, Forms

#: How a form may stand to one of two items.
STATES = {"value": "answered", **MISSING, UNCODED: "in words, not coded", "excluded": "in excluded forms"}


@dataclass(frozen=True)
class ComparePage:
    """Groups side by side: on one item, or on every item with a scale."""

    head: Head
    part: Part
    forms: Forms
    questions: Sequence[Question]
    by: str
    #: What forms can be grouped by: as the address has it, and in words.
    dimensions: Mapping[str, str]
    chosen: Question | None
    without_small: bool
    comparisons: Sequence[Comparison]
    #: Every group with the forms received, in order.
    groups: Mapping[str, int]
    figures: Mapping[str, charts.Figure]
    wrong: Sequence[str] = ()


@dataclass(frozen=True)
class CrossPage:
    """Two items against one another, or the choice of two."""

    head: Head
    part: Part
    forms: Forms
    questions: Sequence[Question]
    rows: Question | None
    columns: Question | None
    crosstab: Crosstab | None
    wrong: Sequence[str] = ()


@dataclass(frozen=True)
class ByOrganisationPage:
    """Every scale and yes/no item over people and over organisations."""

    head: Head
    part: Part
    forms: Forms
    affiliated: Affiliated
    items: Sequence[PerOrganisation]
    figures: Mapping[str, charts.Figure]


def p_value(p: float | None) -> str:
    """Return a p value as people read it."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else shown(p, 3)


def spread(ci: tuple[float, float] | None, decimals: int = 2, percent: bool = False) -> str:
    """Return an interval in words, or a dash."""
    if ci is None:
        return "–"
    low, high = (f"{shown(100 * end, 0)} %" if percent else shown(end, decimals) for end in ci)
    return f"{low} to {high}"


def points(difference: float | None) -> str:
    """Return the difference of two shares in percentage points, with its sign."""
    if difference is None:
        return "–"
    return f"{'+' if difference > 0 else ''}{shown(100 * difference, 0)}".replace("-", "−")


def states(crosstab: Crosstab) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return every form by its state on the rows and on the columns, in words, without states that no form is in."""
    present = [state for state in STATES if any(state in pair for pair, n in crosstab.counted.states.items() if n)]
    return [
        (STATES[row], [(STATES[column], crosstab.counted.states.get((row, column), 0)) for column in present])
        for row in present
    ]


def ladders(comparison: Comparison) -> charts.Figure | None:
    """Return the picture of groups side by side on a scale."""
    rows = {group.name: group.counts for group in comparison.groups if group.n}
    labels = comparison.question.labels
    return charts.ladders(rows, {code: f"{code} {labels[code]}" for code in comparison.codes}) if rows else None


def means(comparison: Comparison) -> charts.Figure | None:
    """Return the picture of the groups' means on a scale, or of the shares of yes, with intervals."""
    rows = {group.name: _point(group) for group in comparison.groups if group.n}
    if not rows or comparison.question.kind not in ("scale", "yes_no"):
        return None
    return charts.intervals(
        {name: point for name, point in rows.items() if point}, comparison.question.variable.item.scale or (0, 1)
    )


def _point(group: Group) -> tuple[float, tuple[float, float] | None, int] | None:
    if group.share and group.share.share is not None:
        return group.share.share, group.share.ci95, group.n
    if group.summary and group.summary.mean is not None:
        return group.summary.mean, group.summary.ci95, group.n
    return None
