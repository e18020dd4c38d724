"""Protects the counts of a share, together with everything shared earlier of the same collection."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.disclosure import Cell, Group, Protected, State, Sum, protect
from surveytool.definitions import Questionnaire
from surveytool.sharing.sums import System, system
from surveytool.sharing.tables import ALL, ANSWERED, MISSING, Counts, forms, group_of

NOW = "now "


@dataclass(frozen=True)
class Earlier:
    """What was shared earlier: all its counts, which of them were shown, and what was small then."""

    counts: Counts
    shown: frozenset[str]
    smallest: int


def protected(q: Questionnaire, counts: Counts, smallest: int, earlier: Sequence[Earlier] = ()) -> Protected:
    """Return which counts may be shown, so that neither they nor their differences from earlier ones tell a small one.

    Names in the answer are those of `counts`.
    """
    now = system(q, counts)
    cells = {NOW + each: _cell(each, now, now.states[each]) for each in now.counts}
    sums, groups = _renamed(now, NOW)
    for number, before in enumerate(earlier):
        then = system(q, before.counts)
        prefix = f"{number} "
        for each, state in then.states.items():
            seen: State = "shown" if each in before.shown else "hidden" if state == "open" else state
            cells[prefix + each] = _cell(each, then, seen, min(smallest, before.smallest))
        sums += _renamed(then, prefix)[0]
        _differences(cells, sums, groups, prefix, now, then)
    found = protect(cells, sums, smallest, groups=groups)
    return Protected(
        shown=_ours(found.shown),
        small=_ours(found.small),
        complementary=_ours(found.complementary),
        exposed=found.exposed,
        threshold=smallest,
        method=found.method,
        reasons=found.reasons,
    )


def _ours(names: frozenset[str]) -> frozenset[str]:
    return frozenset(each.removeprefix(NOW) for each in names)


def _renamed(s: System, prefix: str) -> tuple[list[Sum], list[Group]]:
    sums = [Sum(prefix + total, tuple(prefix + part for part in parts)) for total, parts in s.sums]
    return sums, [Group(size, tuple(prefix + each for each in members)) for size, members in s.groups]


def _cell(each: str, s: System, state: State, smallest: int = 0) -> Cell:
    return Cell(s.counts[each], state, _loss(each, s.counts[each]), _near(each), smallest)


def _near(each: str) -> str:
    return each.split("|")[1]


def _loss(each: str, count: int) -> float:
    """Return what is lost with a count: most with the base of all tables, least with how many gave no answer."""
    if each.endswith("|forms"):
        return 60.0 if group_of(each) == ALL else 20.0
    # A zero is what a reader would guess of a withheld count first, so it hides little.
    loss = 1 + math.log1p(count) if count else 6.0
    if each.split("|")[-1] in MISSING:
        loss *= 0.5
    elif each.endswith(f"|{ANSWERED}"):
        loss *= 2
    return loss * (3 if group_of(each) == ALL else 1)


def _differences(
    cells: dict[str, Cell], sums: list[Sum], groups: list[Group], prefix: str, now: System, then: System
) -> None:
    """Add what lies between two counts of the same, as a reader who subtracts them sees it."""
    between = f"{prefix}to {NOW}"
    common = [each for each in then.states if then.states[each] == "open" and each in now.states]
    for each in common:
        more = now.counts[each] - then.counts[each]
        cells[between + each] = Cell(abs(more), "hidden", near=_near(each))
        later, sooner = NOW + each, prefix + each
        sums.append(Sum(later, (sooner, between + each)) if more >= 0 else Sum(sooner, (later, between + each)))
    shared = dict.fromkeys(map(group_of, common))
    for group in shared:
        size = abs(now.counts[forms(group)] - then.counts[forms(group)])
        groups.append(Group(size, tuple(between + each for each in common if group_of(each) == group)))
    for each in common:
        parts = [group + each[len(ALL) :] for group in shared if group != ALL]
        if group_of(each) != ALL or not parts or any(between + part not in cells for part in parts):
            continue
        if cells[between + each].count == sum(cells[between + part].count for part in parts):
            sums.append(Sum(between + each, tuple(between + part for part in parts)))
