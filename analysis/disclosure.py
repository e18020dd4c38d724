"""Which counts may leave the house: small ones are withheld, and others with them, until no sum gives one back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from analysis._checks import whole

if TYPE_CHECKING:
    from scipy.optimize import Bounds
    from scipy.sparse import csr_array

#: What a reader has of a count: it may be shown; it was shown before; it is never shown and must stay unknown; it is
#: never shown and tells nothing (what is left over when one count cannot exceed another).
State = Literal["open", "shown", "hidden", "rest"]

#: Below this a shift that the solver returns is none.
NOTHING = 1e-6


@cache
def _scipy() -> SimpleNamespace:
    """Return what is used of SciPy; loaded by the first call, since a server that only takes in forms does without."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import block_diag, csr_array, eye_array, hstack

    return SimpleNamespace(
        milp=milp,
        LinearConstraint=LinearConstraint,
        Bounds=Bounds,
        block_diag=block_diag,
        csr_array=csr_array,
        eye_array=eye_array,
        hstack=hstack,
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One count, and what becomes of it.

    Attributes
    ----------
    count
        People.
    state
        "open" if it may be shown, "shown" if readers have it already, "hidden" if it is never shown and must not be
        worked out where it is small, "rest" if it is never shown and tells nothing.
    loss
        What is lost when it is withheld, beside what is lost with others; 0 stands for its count and one more.
    near
        The table it stands in: complements are looked for there first.
    smallest
        Its own threshold, where it differs from that of the set; 0 means that it does not.
    """

    count: int
    state: State = "open"
    loss: float = 0.0
    near: str = ""
    smallest: int = 0

    @property
    def weight(self) -> float:
        """What is lost when it is withheld."""
        return self.loss or 1.0 + self.count


class Sum(NamedTuple):
    """What a reader knows of the counts: one is the sum of others."""

    total: str
    parts: tuple[str, ...]


class Group(NamedTuple):
    """People who are spoken of together: how many they are, and every count about them."""

    size: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Protected:
    """What may be shown, and what is withheld for which reason.

    Attributes
    ----------
    shown
        Counts that may be shown as they are.
    small
        Withheld because they are small or about a small group.
    complementary
        Withheld because one of those could be worked out with them.
    exposed
        Small counts that a reader can work out whatever is withheld; nothing of the set may be shown then.
    threshold, method, reasons
        What counts as small; how complements were found; why something could not be protected, by its name.
    """

    shown: frozenset[str]
    small: frozenset[str]
    complementary: frozenset[str]
    exposed: frozenset[str]
    threshold: int
    method: str
    reasons: Mapping[str, str]


METHOD = "cell suppression, complements by linear programming"
EXPOSED = "It follows from what is known already."


def protect(
    cells: Mapping[str, Cell], sums: Sequence[Sum], threshold: int, *, groups: Sequence[Group] = ()
) -> Protected:
    """Withhold small counts, and what else is needed so that nobody works them out.

    Parameters
    ----------
    cells
        Every count by its name: those to show, those shown before, and those never shown that a reader can reason
        about.
    sums
        Every sum that a reader can know. One count that cannot exceed another is written as a sum with a "rest".
    threshold
        Counts from 1 to threshold - 1 are small.
    groups
        People spoken of together; where they are fewer than the threshold, all about them is withheld, what nobody
        said too.

    Returns
    -------
    Protected

    Raises
    ------
    ValueError
        If a sum does not hold, names a count that is not there, or the threshold is below 2.

    Notes
    -----
    A reader who knows every sum and what is shown can say of each withheld count between which bounds it lies. Of
    each small count these bounds lie at least the threshold apart, and the lower one below the count: the reader
    neither finds it nor learns that it is small. What nobody said in a small group may not be certain, unless it
    follows from what nobody said in a larger one.

    Complements are found one small count after the other, from the largest: the shifts of all counts that keep every
    sum, move that count far enough and cost the least loss are the solution of a linear program; shown counts that
    move are withheld. What was found for one count often holds for others, which is then not solved again; and what
    holds without withholding more is looked for for many at once. A
    solution in fractions is solved again in whole people. The order is fixed, so the same counts always give the
    same answer; the total loss need not be the least possible.

    Source: Hundepool et al. 2012, Statistical Disclosure Control, Wiley, chapter 4; the search one count at a time
    is Kelly, Golden & Assad 1992, Networks 22:397-417.

    Examples
    --------
    >>> table = {"all": Cell(20), "yes": Cell(3), "no": Cell(8), "no answer": Cell(9)}
    >>> found = protect(table, [Sum("all", ("yes", "no", "no answer"))], 5)
    >>> sorted(found.small), sorted(found.complementary), sorted(found.shown)
    (['yes'], ['no'], ['all', 'no answer'])
    """
    _refuse(cells, sums, threshold)
    needs = _needs(cells, sums, threshold, groups)
    small = {name for name in needs if cells[name].state == "open"} | _of_small_groups(cells, threshold, groups)
    search = _Search(cells, sums, needs, small)
    search.sweep()
    for name in sorted(needs, key=lambda each: (-cells[each].count, each)):
        search.protect(name)
    open_ = {name for name, cell in cells.items() if cell.state == "open"}
    return Protected(
        shown=frozenset(search.open),
        small=frozenset(small),
        complementary=frozenset(open_ - search.open - small),
        exposed=frozenset(search.exposed),
        threshold=threshold,
        method=METHOD,
        reasons=dict.fromkeys(sorted(search.exposed), EXPOSED),
    )


def bounds(
    cells: Mapping[str, Cell], sums: Sequence[Sum], shown: Iterable[str], name: str
) -> tuple[float, float | None]:
    """Return between which bounds a reader can say that a count lies; None is no upper bound.

    Parameters
    ----------
    cells, sums
        As for `protect`.
    shown
        Names of the counts the reader has; those in the state "shown" are had in any case.
    name
        The count asked about.

    Notes
    -----
    Two linear programs over all counts that are not shown, which are at least 0.
    """
    known = set(shown) | {each for each, cell in cells.items() if cell.state == "shown"}
    place = {each: i for i, each in enumerate(cells)}
    matrix = _matrix(sums, place)
    counts = np.array([cell.count for cell in cells.values()], float)
    low = np.array([cell.count if each in known else 0 for each, cell in cells.items()], float)
    high = np.array([cell.count if each in known else np.inf for each, cell in cells.items()])
    found: list[float | None] = []
    for sign in (1, -1):
        cost = np.zeros(len(counts))
        cost[place[name]] = sign
        solved = _scipy().milp(
            cost, constraints=_scipy().LinearConstraint(matrix, 0, 0), bounds=_scipy().Bounds(low, high)
        )
        found.append(float(solved.x[place[name]]) if solved.x is not None else None)
    return found[0] or 0.0, found[1]


def _refuse(cells: Mapping[str, Cell], sums: Sequence[Sum], threshold: int) -> None:
    if whole(threshold, "The threshold") < 2:
        raise ValueError(f"The threshold must be at least 2, and is {threshold}.")
    for cell in cells.values():
        whole(cell.count, "A count")
    for total, parts in sums:
        unknown = {total, *parts} - cells.keys()
        if unknown:
            raise ValueError(f"The sum of {total!r} names {sorted(unknown)[0]!r}, which is no count of the set.")
        if cells[total].count != sum(cells[part].count for part in parts):
            raise ValueError(f"The parts of {total!r} do not add up to its {cells[total].count}.")


class _Need(NamedTuple):
    """How far apart the bounds of a count must lie, and how far below it the lower one."""

    width: int
    below: int


def _needs(cells: Mapping[str, Cell], sums: Sequence[Sum], threshold: int, groups: Sequence[Group]) -> dict[str, _Need]:
    """Return what has to be protected: small counts, and what nobody said in a small group."""
    found = {}
    for name, cell in cells.items():
        smallest = cell.smallest or threshold
        if cell.state in ("open", "hidden") and 0 < cell.count < smallest:
            found[name] = _Need(smallest, 1)
    small = [set(group.members) for group in groups if 0 < group.size < threshold]
    for members in small:
        # What nobody in a larger group said, nobody in the small one said either; that cannot be hidden.
        certain = {p for total, parts in sums if not cells[total].count and total not in members for p in parts}
        for name in members - certain - found.keys():
            if cells[name].state in ("open", "hidden"):
                found[name] = _Need(1, 0) if not cells[name].count else _Need(threshold, 1)
    return found


def _of_small_groups(cells: Mapping[str, Cell], threshold: int, groups: Sequence[Group]) -> set[str]:
    """Return all that is withheld about small groups, whether it can be hidden or not."""
    small = {name for group in groups if 0 < group.size < threshold for name in group.members}
    return {name for name in small if cells[name].state == "open"}


def _matrix(sums: Iterable[Sum], place: Mapping[str, int]) -> csr_array:
    """Return the sums as rows: parts less total, of the counts that have a place."""
    rows, columns, values = [], [], []
    for row, (total, parts) in enumerate(sums):
        for name, value in [(total, -1.0), *((part, 1.0) for part in parts)]:
            if name in place:
                rows.append(row)
                columns.append(place[name])
                values.append(value)
    height = max(rows, default=0) + 1
    return _scipy().csr_array((values, (rows, columns)), shape=(height, len(place)))


Shifts = npt.NDArray[np.float64]


class _Program(NamedTuple):
    """A linear program: what moving costs, the sums to keep, how far apart two shifts of one count must lie."""

    cost: Shifts
    rules: csr_array
    apart: csr_array
    width: int
    limits: Bounds
    #: From the program's variables to shifts of the counts.
    shift: csr_array


class _Search:
    """What is still shown, and how far each count is known to be able to move."""

    def __init__(
        self, cells: Mapping[str, Cell], sums: Sequence[Sum], needs: Mapping[str, _Need], withheld: set[str]
    ) -> None:
        self.cells, self.needs = cells, needs
        self.open = {name for name, cell in cells.items() if cell.state == "open"} - withheld
        self.exposed: set[str] = set()
        self.low = {name: cell.count for name, cell in cells.items()}
        self.high = dict(self.low)
        self.free = [name for name, cell in cells.items() if cell.state != "shown"]
        self.sums = sums
        self.by_table: dict[str, list[str]] = {}
        self.of_cell: dict[str, list[int]] = {}
        for name in self.free:
            self.by_table.setdefault(cells[name].near, []).append(name)
        for row, (total, parts) in enumerate(sums):
            for name in (total, *parts):
                self.of_cell.setdefault(name, []).append(row)

    def protect(self, name: str) -> None:
        """Withhold what is needed so that a count can move far enough."""
        if self._is_safe(name):
            return
        for moving in (self.by_table[self.cells[name].near], self.free):
            shifts = self._in_whole_people(name, moving)
            if shifts is not None:
                self._take(*self._fewest(name, moving, shifts))
                if moving is self.free:
                    # What had to be looked for far away has set much free.
                    self.sweep()
                return
        self.exposed.add(name)

    def sweep(self) -> None:
        """Note how far many counts can move at once while nothing more is withheld, as long as it finds new ones."""
        moving = [name for name in self.free if name not in self.open]
        place = {each: i for i, each in enumerate(moving)}
        rules = _scipy().LinearConstraint(_matrix(self.sums, place), 0, 0)
        counts = np.array([self.cells[each].count for each in moving], float)
        while unsafe := [name for name in self.needs if not self._is_safe(name)]:
            wanted, highest = np.zeros(len(moving)), np.full(len(moving), np.inf)
            for name in unsafe:
                wanted[place[name]], highest[place[name]] = 1, self.needs[name].width
            for sign in (-1, 1):
                solved = _scipy().milp(
                    sign * wanted,
                    integrality=np.ones(len(moving)),
                    bounds=_scipy().Bounds(-counts, highest),
                    constraints=rules,
                    options={"mip_rel_gap": 0.1},
                )
                if solved.x is not None:
                    self._take(moving, np.round(solved.x)[np.newaxis])
            if sum(not self._is_safe(name) for name in unsafe) > 0.9 * len(unsafe):
                return

    def _fewest(self, name: str, moving: Sequence[str], shifts: Shifts) -> tuple[Sequence[str], Shifts]:
        """Return shifts that move as few shown counts as can be: each in turn stays, the dearest first, if it may."""
        moved = {moving[i] for i in map(int, np.flatnonzero(shifts.any(axis=0)))} & self.open
        dear = sorted(moved, key=lambda each: (-self.cells[each].weight, each))
        for each in dear if len(dear) > 1 else ():
            still = self.open - moved | {each}
            fewer = [other for other in moving if other not in still]
            found = self._in_whole_people(name, fewer)
            if found is not None:
                moving, shifts, moved = fewer, found, moved - {each}
        return moving, shifts

    def _in_whole_people(self, name: str, moving: Sequence[str]) -> Shifts | None:
        shifts = self._cheapest(name, moving, whole_people=False)
        if shifts is not None and np.any(np.abs(shifts - np.round(shifts)) > NOTHING):
            shifts = self._cheapest(name, moving, whole_people=True)
        return None if shifts is None else np.round(shifts)

    def _is_safe(self, name: str) -> bool:
        need = self.needs[name]
        count, low, high = self.cells[name].count, self.low[name], self.high[name]
        return high - low >= need.width and count - low >= need.below

    def _cheapest(self, name: str, moving: Sequence[str], *, whole_people: bool) -> Shifts | None:
        """Return two shifts of the moving counts that keep all sums and set one count's bounds far enough apart.

        The first row moves it up, the second down. None when there are none.
        """
        program = self._program(name, moving)
        size = program.rules.shape[1]
        solved = _scipy().milp(
            program.cost,
            integrality=np.full(size, int(whole_people)),
            bounds=program.limits,
            constraints=[
                _scipy().LinearConstraint(program.rules, 0, 0),
                _scipy().LinearConstraint(program.apart, program.width, np.inf),
            ],
        )
        if solved.x is None:
            return None
        half = size // 2
        return np.vstack([program.shift @ solved.x[:half], program.shift @ solved.x[half:]])

    def _program(self, name: str, moving: Sequence[str]) -> _Program:
        """Return the program whose solution is the two cheapest shifts.

        Its variables are, for the shift up and again for the shift down, one for each moving count and one more for
        each that is shown: what moves at a cost is split in a part up and a part down, each at least 0.
        """
        place = {each: i for i, each in enumerate(moving)}
        rows = sorted({row for each in moving for row in self.of_cell.get(each, ())})
        counts = np.array([self.cells[each].count for each in moving], float)
        loss = np.array([self.cells[each].weight for each in moving])
        is_shown = np.array([each in self.open for each in moving])
        shown = np.flatnonzero(is_shown)
        n, more, need = len(moving), len(shown), self.needs[name]
        down = _scipy().csr_array((np.full(more, -1.0), (shown, np.arange(more))), shape=(n, more))
        shift = _scipy().csr_array(_scipy().hstack([_scipy().eye_array(n), down]))
        sums = _matrix([self.sums[row] for row in rows], place) @ shift
        apart = _scipy().csr_array(
            ([1.0, -1.0], ([0, 0], [place[name], n + more + place[name]])), shape=(1, 2 * (n + more))
        )
        lowest = np.concatenate([np.where(is_shown, 0, -counts), np.zeros(more)])
        highest = np.concatenate([np.full(n, np.inf), counts[shown]])
        below = highest.copy()
        below[place[name]] = -need.below
        return _Program(
            cost=np.tile(np.concatenate([np.where(is_shown, loss, 0), loss[shown]]), 2),
            rules=_scipy().csr_array(_scipy().block_diag([sums, sums])),
            apart=apart,
            width=need.width,
            limits=_scipy().Bounds(np.tile(lowest, 2), np.concatenate([highest, below])),
            shift=shift,
        )

    def _take(self, moving: Sequence[str], shifts: Shifts) -> None:
        """Withhold what moves, and note how far everything can."""
        downs, ups = shifts.min(axis=0), shifts.max(axis=0)
        for i in map(int, np.flatnonzero(shifts.any(axis=0))):
            name = moving[i]
            self.open.discard(name)
            self.low[name] = min(self.low[name], self.cells[name].count + int(downs[i]))
            self.high[name] = max(self.high[name], self.cells[name].count + int(ups[i]))
