"""What stands, variable by variable; refused of collections whose small cells are shown to nobody (SmallCellsError)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from surveytool.models import Standing, db
from surveytool.small_cells import refuse_by_id
from surveytool.tabulate.filters import EVERYTHING, Filter, differing, standing
from surveytool.tabulate.reading import scalar


@dataclass(frozen=True, slots=True)
class Counted:
    """How many responses stand in each state of a variable, and how many gave each code."""

    states: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)


def variables(collection_id: int, where: Filter = EVERYTHING) -> dict[str, Counted]:
    """Count what stands, variable by variable.

    Under other decisions than today's: what stands now, less what stood otherwise, and that as it stood. The database
    counts the whole from one index, and few rows stand otherwise.
    """
    found = Counter[tuple[str, str, str | None]]()
    other = differing(collection_id, where)
    parts: list[tuple[Any, int]] = [(Standing, 1)]
    if other:
        parts += [(other.now.subquery().c, -1), (other.then.subquery().c, 1)]
    for what, sign in parts:
        by = (what.variable, what.state, what.code)
        query = select(*by, func.count()).where(*where.on(what, collection_id)).group_by(*by)
        for *key, people in db.session.execute(query):
            found[tuple(key)] += sign * people
    return counted((*key, people) for key, people in found.items() if people)


def variables_by_country(collection_id: int) -> dict[str, dict[str, Counted]]:
    """Count what stands, by country and variable, in one statement: its parts add up whatever arrives meanwhile."""
    refuse_by_id(collection_id)
    by = (Standing.country, Standing.variable, Standing.state, Standing.code)
    query = select(*by, func.count()).where(Standing.collection_id == collection_id).group_by(*by)
    rows: dict[str, list[Any]] = {}
    for country, *row in db.session.execute(query):
        rows.setdefault(country, []).append(row)
    return {country: counted(found) for country, found in rows.items()}


def counted(rows: Iterable[Any]) -> dict[str, Counted]:
    """Return rows of variable, state, code and people as counts of each variable."""
    states: dict[str, dict[str, int]] = {}
    codes: dict[str, dict[str, int]] = {}
    for variable, state, code, people in rows:
        by_state = states.setdefault(variable, {})
        by_state[state] = by_state.get(state, 0) + people
        if state == "value" and code is not None:
            codes.setdefault(variable, {})[code] = people
    return {variable: Counted(by_state, codes.get(variable, {})) for variable, by_state in states.items()}


def any_of(collection_id: int, names: list[str], code: str, where: Filter = EVERYTHING) -> int:
    """Count the people who gave a code in at least one of several variables."""
    what = standing(collection_id, where)
    query = select(func.count(what.response_id.distinct())).where(
        *where.on(what, collection_id), what.variable.in_(names), what.state == "value", what.code == code
    )
    return scalar(query)
