"""Every sum over the counts of a share that a reader can know, from the questionnaire and from the counts' own nature.

What nobody can be sure of is no sum here: a relation that does not hold in the counts is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.disclosure import Group, State, Sum
from surveytool.definitions import Questionnaire
from surveytool.definitions.conditions import Condition
from surveytool.sharing.tables import (
    ALL,
    ANSWERED,
    Counts,
    Table,
    forms,
    group_of,
    inside,
    name,
    named_in,
    tables,
    tables_of,
)


@dataclass
class System:
    """Counts with their states, and the sums and groups they stand in."""

    counts: dict[str, int]
    states: dict[str, State]
    sums: list[Sum] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def add(self, count: str, state: State, parts: Sequence[str]) -> str:
        """Add a count that is never shown: the sum of others."""
        self.counts[count] = sum(self.counts[part] for part in parts)
        self.states[count] = state
        self.sums.append(Sum(count, tuple(parts)))
        return count

    def equal(self, total: str, parts: Sequence[str]) -> bool:
        """Say that a count is the sum of others, if it is."""
        so = self.counts[total] == sum(self.counts[part] for part in parts)
        if so and tuple(parts) != (total,):
            self.sums.append(Sum(total, tuple(parts)))
        return so

    def at_least(self, total: str, parts: Sequence[str], rest: str) -> int:
        """Say that a count is no smaller than the sum of others, if so; return what is left over."""
        left = self.counts[total] - sum(self.counts[part] for part in parts)
        if left >= 0:
            self.counts[rest], self.states[rest] = left, "rest"
            self.sums.append(Sum(total, (*parts, rest)))
        return left


def system(q: Questionnaire, counts: Counts) -> System:
    """Return the sums over the counts of a share, and the groups of people that they speak of together."""
    states: dict[str, State] = {}
    for each in counts:
        states[each] = "rest" if each.endswith("+people") else "hidden" if group_of(each) == inside("") else "open"
    found = System(dict(counts), states)
    every = tables(q, named_in(counts))
    groups = list(dict.fromkeys(map(group_of, counts)))
    for group in groups:
        here = {table.variable.name: table for table in tables_of(q, every, group)}
        for table in here.values():
            _table(found, group, table)
        _routing(found, q, group, here)
        _one_item(found, group, here)
    _countries(found, q, [group for group in groups if group != ALL])
    return found


def _table(s: System, group: str, table: Table) -> None:
    """All forms divide into codes and kinds of missing; those who answered, and those asked, are sums as well."""
    v = table.variable.name
    cells = [name(group, v, code) for code in table.divided]
    codes = [name(group, v, code) for code in table.codes]
    named = [name(group, v, f"={code}") for code in table.named]
    s.sums.append(Sum(forms(group), tuple(cells)))
    answered = codes[0] if len(codes) == 1 else s.add(name(group, v, "+answered"), "hidden", codes)
    if "not_asked" in table.missing:
        s.add(name(group, v, "+asked"), "hidden", [each for each in cells if not each.endswith("|not_asked")])
    s.groups.append(Group(s.counts[answered], tuple(named if len(codes) == 1 else codes)))
    if named:
        _named(s, name(group, v, ""), answered, named)


def _named(s: System, stem: str, answered: str, named: Sequence[str]) -> None:
    """Nobody is under a code who did not answer; whoever was coded is under one code at least."""
    for each in named:
        s.at_least(answered, [each], f"{each}+rest")
    people = answered
    if s.at_least(answered, [f"{stem}+people"], f"{stem}+uncoded"):
        people = f"{stem}+people"
    mentions = s.add(f"{stem}+mentions", "rest", named)
    s.at_least(mentions, [people], f"{stem}+more")


def _routing(s: System, q: Questionnaire, group: str, here: Mapping[str, Table]) -> None:
    """Who was not asked did not give the answer that opens the question."""
    first: dict[str, str] = {}
    for variable, table in here.items():
        if "not_asked" not in table.missing:
            continue
        not_asked = name(group, variable, "not_asked")
        condition = table.variable.item.relevant
        s.equal(first.setdefault(repr(condition), not_asked), [not_asked])
        parents = _opening(q, condition or {}, group, here)
        if not parents:
            continue
        routed, rest = [*parents, not_asked], name(group, variable, "+routed")
        if s.equal(forms(group), routed):
            continue
        if s.at_least(forms(group), routed, rest) > 0:
            # The rest are answers that were judged invalid: the one that opened the question, or the one to it.
            invalid = {name(group, each.split("|")[1], "invalid") for each in parents} | {
                name(group, variable, "invalid")
            }
            bound = s.add(name(group, variable, "+invalid"), "rest", sorted(invalid))
            s.at_least(bound, [rest], name(group, variable, "+open"))


def _opening(q: Questionnaire, condition: Condition, group: str, here: Mapping[str, Table]) -> list[str]:
    """Return the counts of those whose answer opens a question; none where that is no plain sum of shown counts."""
    ((word, what),) = condition.items() or [("", "")]
    if word == "answered" and what in here:
        table = here[what]
        opening = [*table.codes, *(kind for kind in table.missing if kind == "not_applicable")]
        return [name(group, what, code) for code in opening]
    if word not in ("equals", "in"):
        return []
    subject, codes = what[0], [what[1]] if word == "equals" else list(what[1])
    if subject in here and set(codes) <= set(here[subject].codes) - {ANSWERED}:
        return [name(group, subject, code) for code in codes]
    # A choice of several is a variable of its own.
    choice = f"{subject}.{codes[0]}"
    return [name(group, choice, "1")] if len(codes) == 1 and choice in here else []


def _one_item(s: System, group: str, here: Mapping[str, Table]) -> None:
    """The variables of one item are missing together."""
    first: dict[str, str] = {}
    for variable, table in here.items():
        for kind in table.missing if table.variable.choice else ():
            same = name(group, variable, kind)
            s.equal(first.setdefault(f"{table.variable.item.name} {kind}", same), [same])


def _countries(s: System, q: Questionnaire, groups: Sequence[str]) -> None:
    """Countries add up to all, and a country's forms are those that name it."""
    if not groups:
        return
    for total in [each for each in s.counts if group_of(each) == ALL]:
        parts = [group + total[len(ALL) :] for group in groups]
        if all(part in s.counts for part in parts):
            s.equal(total, parts)
    for group in groups:
        s.groups.append(Group(s.counts[forms(group)], tuple(each for each in s.counts if group_of(each) == group)))
        country = group.removeprefix("in ") or "no_answer"
        if name(ALL, q.country, country) in s.counts:
            s.equal(name(ALL, q.country, country), [forms(group)])
