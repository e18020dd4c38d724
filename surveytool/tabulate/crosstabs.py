"""Two variables counted against one another."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, literal, select

from surveytool.models import db
from surveytool.tabulate.filters import EVERYTHING, Filter, standing
from surveytool.tabulate.groups import coded_units
from surveytool.tabulate.words import codes_of

#: The state of an answer in words that nobody has coded yet.
UNCODED = "uncoded"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a variable, and whether its answers are words that were coded."""

    variable: str
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Crossed:
    """Two variables counted against one another, among those who answered both."""

    #: People by code of the rows and code of the columns. Where answers are coded words a person may stand in several.
    cells: Mapping[tuple[str, str], int]
    #: People with each code of the one, and of the other, among those who answered both.
    rows: Mapping[str, int]
    columns: Mapping[str, int]
    #: People who answered both.
    both: int
    #: Every form by its state on the rows and on the columns.
    states: Mapping[tuple[str, str], int]


def crossed(collection_id: int, rows: Side, columns: Side, where: Filter = EVERYTHING) -> Crossed:
    """Count two variables against one another. A code with a parent counts as its parent, as tables show it."""
    one = _side(collection_id, rows, where)
    other = _side(collection_id, columns, where)
    by = (one.c.state, one.c.key, other.c.state, other.c.key)
    query = select(*by, func.count()).join(other, one.c.response_id == other.c.response_id).group_by(*by)
    codes = codes_of(collection_id) if rows.coded or columns.coded else {}
    cells, of_rows, of_columns = Counter[tuple[str, str]](), Counter[str](), Counter[str]()
    states: Counter[tuple[str, str]] = Counter()
    for state, key, other_state, other_key, people in db.session.execute(query):
        here, mine = _codes(state, key, rows.coded, codes)
        there, theirs = _codes(other_state, other_key, columns.coded, codes)
        states[here, there] += people
        if here == there == "value":
            of_rows.update(dict.fromkeys(mine, people))
            of_columns.update(dict.fromkeys(theirs, people))
            cells.update(dict.fromkeys(((a, b) for a in mine for b in theirs), people))
    return Crossed(cells, of_rows, of_columns, states["value", "value"], states)


def _side(collection_id: int, side: Side, where: Filter) -> Any:
    """Return state and key of each form for one variable; the key is its code, or the ids of its codes."""
    what = standing(collection_id, where)
    chosen = (*where.on(what, collection_id), what.variable == side.variable)
    if not side.coded:
        return select(what.response_id, what.state, what.code.label("key")).where(*chosen).subquery()
    units = coded_units(collection_id, side.variable, where).subquery()
    same = and_(units.c.response_id == what.response_id, literal(True))
    key = units.c.pattern.label("key")
    return select(what.response_id, what.state, key).outerjoin(units, same).where(*chosen).subquery()


def _codes(
    state: str, key: str | None, coded: bool, codes: Mapping[int, tuple[str, str | None]]
) -> tuple[str, frozenset[str]]:
    """Return how a form stands on one side, and the codes it gives there."""
    if state != "value":
        return state, frozenset()
    if not coded:
        return state, frozenset([key or ""])
    if not key:
        return UNCODED, frozenset()
    return state, frozenset(parent or name for name, parent in (codes[int(each)] for each in key.split(",")))
