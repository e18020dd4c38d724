"""Forms of two waves, person by person, to counts: how many went from one answer to another. No code leaves here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, Integer, Select, and_, cast, column, false, func, or_, select, values
from sqlalchemy.orm import aliased

from surveytool.models import Standing, db

#: `table[before][after]` is how many people answered so.
Table = dict[float, dict[float, int]]
#: Pairs of forms: a person's earlier and later one.
Pairs = Sequence[tuple[int, int]]

#: How many pairs one statement is told of; databases limit how much they are told at once.
AT_ONCE = 5_000


def steps(pairs: Pairs, names: Iterable[str]) -> dict[str, Table]:
    """Count, for each item of a scale, the people who went from one code to another."""
    found: dict[str, Table] = {name: {} for name in names}
    first, second = aliased(Standing), aliased(Standing)
    for some in _chunks(pairs):
        of = _listed(some)
        by = (first.variable, first.code, second.code)
        query = (
            _answered(of, first, second)
            .where(first.variable == second.variable, first.variable.in_(found))
            .with_only_columns(*by, func.count())
            .group_by(*by)
        )
        for name, before, after, people in db.session.execute(query):
            _add(found[name], int(before or 0), int(after or 0), people)
    return found


def pairs_crossed(pairs: Pairs, earlier: str, later: str) -> dict[str, dict[str, int]]:
    """Count the people by what they answered to one item first and to another one later."""
    found: dict[str, dict[str, int]] = {}
    first, second = aliased(Standing), aliased(Standing)
    for some in _chunks(pairs):
        by = (first.code, second.code)
        query = (
            _answered(_listed(some), first, second)
            .where(first.variable == earlier, second.variable == later)
            .with_only_columns(*by, func.count())
            .group_by(*by)
        )
        for before, after, people in db.session.execute(query):
            row = found.setdefault(str(before), {})
            row[str(after)] = row.get(str(after), 0) + people
    return found


def looking_back(pairs: Pairs, names: Mapping[str, str]) -> dict[str, dict[tuple[int, int, int], int]]:
    """Count the people by what they answered before, what they later said they could do then, and after.

    `names` gives, for each item, the one that asks it again looking back. Counted are those who answered all three.
    """
    found: dict[str, dict[tuple[int, int, int], int]] = {name: {} for name in names}
    backward = {then: name for name, then in names.items()}
    before, then, after = aliased(Standing), aliased(Standing), aliased(Standing)
    for some in _chunks(pairs):
        of = _listed(some)
        by = (then.variable, before.code, then.code, after.code)
        same = [and_(then.variable == back, before.variable == name) for back, name in backward.items()]
        query = (
            _answered(of, before, after)
            .join(then, and_(then.response_id == of.c.second, then.state == "value"))
            .where(before.variable == after.variable, _any(same))
            .with_only_columns(*by, func.count())
            .group_by(*by)
        )
        for variable, one, two, three, people in db.session.execute(query):
            cell = (int(one or 0), int(two or 0), int(three or 0))
            table = found[backward[variable]]
            table[cell] = table.get(cell, 0) + people
    return found


def sums(pairs: Pairs, names: Sequence[str]) -> Table:
    """Count the people by the sum of a scale before and after: those who answered every item both times."""
    found: Table = {}
    for some in _chunks(pairs):
        of = _listed(some)
        first, second = _complete(names).subquery("earlier"), _complete(names).subquery("later")
        by = (first.c.total, second.c.total)
        query = (
            select(*by, func.count())
            .select_from(of)
            .join(first, first.c.response_id == of.c.first)
            .join(second, second.c.response_id == of.c.second)
            .group_by(*by)
        )
        for before, after, people in db.session.execute(query):
            _add(found, int(before), int(after), people)
    return found


def sums_once(collection_id: int, names: Sequence[str]) -> dict[float, int]:
    """Count the people of one wave by the sum of a scale: those who answered every item."""
    each = _complete(names, collection_id).subquery()
    query = select(each.c.total, func.count()).group_by(each.c.total)
    return {int(total): people for total, people in db.session.execute(query)}


def item_pairs(collection_id: int, names: Sequence[str]) -> tuple[dict[tuple[str, str], Table], int]:
    """Count, for every two items of a scale, who answered what to both, among those who answered every item.

    Returns the tables and how many those people are.
    """
    whole = _complete(names, collection_id).subquery()
    a, b = aliased(Standing), aliased(Standing)
    by = (a.variable, b.variable, a.code, b.code)
    query = (
        select(*by, func.count())
        .select_from(whole)
        .join(a, and_(a.response_id == whole.c.response_id, a.variable.in_(names)))
        .join(b, and_(b.response_id == a.response_id, b.variable.in_(names), a.variable < b.variable))
        .group_by(*by)
    )
    tables: dict[tuple[str, str], Table] = {}
    for one, other, x, y, people in db.session.execute(query):
        _add(tables.setdefault((one, other), {}), int(x or 0), int(y or 0), people)
    n = next((sum(map(sum, (row.values() for row in table.values()))) for table in tables.values()), 0)
    return tables, n


def _complete(names: Sequence[str], collection_id: int | None = None) -> Any:
    """Return each form that answers every item of a scale, with the sum."""
    query: Any = (
        select(Standing.response_id, func.sum(cast(Standing.code, Integer)).label("total"))
        .where(Standing.state == "value", Standing.variable.in_(names))
        .group_by(Standing.response_id)
        .having(func.count() == len(names))
    )
    return query if collection_id is None else query.where(Standing.collection_id == collection_id)


def _answered(of: CTE, first: Any, second: Any) -> Select[Any]:
    """Return what both forms of each pair answer."""
    return (
        select(first.code, second.code)
        .select_from(of)
        .join(first, and_(first.response_id == of.c.first, first.state == "value"))
        .join(second, and_(second.response_id == of.c.second, second.state == "value"))
    )


def _listed(pairs: Pairs) -> CTE:
    """Return pairs of forms as a table of the statement."""
    return values(column("first", Integer), column("second", Integer)).data(list(pairs)).cte("paired")


def _chunks(pairs: Pairs) -> list[Pairs]:
    return [pairs[i : i + AT_ONCE] for i in range(0, len(pairs), AT_ONCE)]


def _any(conditions: Sequence[Any]) -> Any:
    return or_(false(), *conditions)


def _add(table: Table, before: float, after: float, people: int) -> None:
    row = table.setdefault(before, {})
    row[after] = row.get(after, 0) + people
