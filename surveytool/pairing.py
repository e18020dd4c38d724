"""Whose forms belong together: the rules by which linking codes and a trainer's decisions make people of forms.

Nothing here knows a database, and nothing is joined by likeness: that only suggests (`near_misses`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

#: The order of the waves.
ORDER = ("pre", "post", "follow-up")


@dataclass(frozen=True, slots=True)
class Form:
    """One valid form of a wave: its number, its wave and its linking code, folded; "" for none."""

    id: int
    wave: str
    code: str


@dataclass(frozen=True, slots=True)
class Person:
    """Forms of different waves that are one person's."""

    forms: tuple[Form, ...]
    #: Whether a trainer's decision ties any of them.
    decided: bool = False

    @property
    def by_wave(self) -> Mapping[str, Form]:
        """The forms by wave."""
        return {form.wave: form for form in self.forms}


@dataclass(frozen=True, slots=True)
class Pairing:
    """Every valid form of a workshop, in exactly one place.

    A form stands in a person (with forms of other waves), alone, without a code, or in a group that waits: its code
    stands on several forms of one wave, or decisions contradict the codes, so that nobody can say whose it is.
    """

    people: tuple[Person, ...]
    alone: tuple[Form, ...]
    without_code: tuple[Form, ...]
    waiting: tuple[tuple[Form, ...], ...]

    def pairs(self, first: str, second: str) -> tuple[tuple[int, int], ...]:
        """Return the forms of two waves that are one person's, as pairs of numbers."""
        found = [(each.by_wave.get(first), each.by_wave.get(second)) for each in self.people]
        return tuple((a.id, b.id) for a, b in found if a and b)

    def unpaired(self, wave: str, other: str) -> tuple[Form, ...]:
        """Return the forms of a wave that have none of another wave beside them, for whatever reason."""
        with_it = {form.id for each in self.people if other in each.by_wave for form in each.forms}
        return tuple(form for form in self.forms if form.wave == wave and form.id not in with_it)

    @property
    def forms(self) -> tuple[Form, ...]:
        """Every form."""
        of_people = [form for each in self.people for form in each.forms]
        waiting = [form for group in self.waiting for form in group]
        return (*of_people, *self.alone, *self.without_code, *waiting)


@dataclass(frozen=True)
class _Ties:
    """What ties forms: equal codes of different waves, and decisions; what was decided to be apart."""

    forms: Mapping[int, Form]
    joined: frozenset[frozenset[int]]
    apart: frozenset[frozenset[int]]
    coded: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def by_code(self, among: Collection[int]) -> Iterator[tuple[int, int]]:
        """Yield the pairs of different waves that bear one code and are not held apart."""
        for ids in self.coded.values():
            for a, b in combinations([i for i in ids if i in among], 2):
                if self.forms[a].wave != self.forms[b].wave and frozenset((a, b)) not in self.apart:
                    yield a, b

    def by_decision(self, among: Collection[int]) -> Iterator[tuple[int, int]]:
        """Yield the pairs that a trainer joined."""
        for pair in self.joined:
            a, b = sorted(pair)
            if a in among and b in among:
                yield a, b

    def one_person(self, group: Iterable[int]) -> bool:
        """Say whether forms can be one person's: one a wave, and none held apart."""
        ids = list(group)
        waves = [self.forms[i].wave for i in ids]
        return len(set(waves)) == len(waves) and not any(frozenset(p) in self.apart for p in combinations(ids, 2))


def pair(
    forms: Iterable[Form],
    joined: Iterable[tuple[int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
) -> Pairing:
    """Make people of the valid forms of one workshop.

    Forms of different waves that bear one code are one person's, and so are those that a trainer joined, unless that
    would give a person two forms of one wave or two that were decided to be apart. Then decisions alone hold, and what
    they leave is looked at again; what is still not clear waits and is paired with nothing.
    """
    known = {form.id: form for form in forms}
    coded: dict[str, list[int]] = {}
    for form in known.values():
        if form.code:
            coded.setdefault(form.code, []).append(form.id)
    ties = _Ties(known, _pairs(joined, known), _pairs(apart, known), coded)
    people, left = _clear(ties, set(known))
    alone = [known[i] for i in sorted(left)]
    waiting = _waiting(ties, alone)
    in_groups = {form.id for group in waiting for form in group}
    alone = [form for form in alone if form.id not in in_groups]
    return Pairing(
        people=tuple(sorted(people, key=lambda each: each.forms[0].id)),
        alone=tuple(form for form in alone if form.code),
        without_code=tuple(form for form in alone if not form.code),
        waiting=waiting,
    )


def _pairs(ids: Iterable[tuple[int, int]], known: Mapping[int, Form]) -> frozenset[frozenset[int]]:
    """Return pairs of forms that are there; decisions on forms that no longer count say nothing."""
    return frozenset(frozenset(pair) for pair in ids if set(pair) <= known.keys())


def _clear(ties: _Ties, ids: set[int]) -> tuple[list[Person], set[int]]:
    """Return the people that are clear, and the forms that are left."""
    people, left = [], set(ids)
    # First with codes and decisions; then, of what was not clear, with decisions alone; then codes of what is left.
    for tied in (_both, _Ties.by_decision, _Ties.by_code):
        for group in groups(left, tied(ties, left)):
            if len(group) > 1 and ties.one_person(group):
                decided = any(set(pair) <= set(group) for pair in ties.joined)
                people.append(Person(tuple(sorted((ties.forms[i] for i in group), key=_place)), decided))
                left -= set(group)
    return people, left


def _both(ties: _Ties, among: Collection[int]) -> list[tuple[int, int]]:
    return [*ties.by_code(among), *ties.by_decision(among)]


def _place(form: Form) -> tuple[int, int]:
    return ORDER.index(form.wave), form.id


def _waiting(ties: _Ties, left: Sequence[Form]) -> tuple[tuple[Form, ...], ...]:
    """Return the groups that nobody has cleared: one code on several forms of a wave, or a contradiction."""
    among = {form.id for form in left}
    edges = _both(ties, among)
    for ids in ties.coded.values():
        here = [i for i in ids if i in among]
        edges += [
            (a, b)
            for a, b in combinations(here, 2)
            if ties.forms[a].wave == ties.forms[b].wave and frozenset((a, b)) not in ties.apart
        ]
    found = (tuple(sorted((ties.forms[i] for i in group), key=_place)) for group in groups(among, edges))
    return tuple(sorted((group for group in found if len(group) > 1), key=lambda group: group[0].id))


def groups(ids: Iterable[int], edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the connected groups of a graph, each ascending."""
    head = {i: i for i in ids}

    def top(i: int) -> int:
        while head[i] != i:
            head[i] = head[head[i]]
            i = head[i]
        return i

    for a, b in edges:
        head[top(a)] = top(b)
    found: dict[int, list[int]] = {}
    for i in sorted(head):
        found.setdefault(top(i), []).append(i)
    return sorted(found.values())
