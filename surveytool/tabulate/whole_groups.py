"""Counts that grow by whole groups only, so that two looks, one form apart, do not show what that form said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from surveytool.models import Standing, db


@dataclass(frozen=True, slots=True)
class Group:
    """People counted in whole groups, and their answers by code."""

    people: int
    codes: Mapping[str, int] = field(default_factory=dict)


def in_whole_groups(collection_id: int, size: int) -> dict[str, dict[str, int]]:
    """Count what stands by variable and code: of each variable, in order of arrival, up to the last whole group."""
    of = (Standing.collection_id == collection_id, Standing.state == "value", Standing.code.is_not(None))
    answers = select(Standing.variable, Standing.code, Standing.response_id).where(*of)
    kept = _whole(answers, "variable", size)
    query = select(kept.c.variable, kept.c.code, func.count()).group_by(kept.c.variable, kept.c.code)
    found: dict[str, dict[str, int]] = {}
    for variable, code, people in db.session.execute(query):
        found.setdefault(variable, {})[code] = people
    return found


def countries_in_whole_groups(collection_ids: Iterable[int], variables: Iterable[str], size: int) -> dict[str, Group]:
    """Count by country the people who answered any of some variables, up to the last whole group, and their answers."""
    of = (
        Standing.collection_id.in_(list(collection_ids)),
        Standing.variable.in_(list(variables)),
        Standing.state == "value",
        Standing.code.is_not(None),
    )
    kept = _whole(select(Standing.country, Standing.response_id).where(*of).distinct(), "country", size)
    people = select(kept.c.country, func.count()).group_by(kept.c.country)
    answers = (
        select(kept.c.country, Standing.code, func.count())
        .join(kept, kept.c.response_id == Standing.response_id)
        .where(*of)
        .group_by(kept.c.country, Standing.code)
    )
    codes: dict[str, dict[str, int]] = {}
    for country, code, count in db.session.execute(answers):
        codes.setdefault(country, {})[str(code)] = count
    return {country: Group(count, codes[country]) for country, count in db.session.execute(people)}


def _whole(rows: Any, by: str, size: int) -> Any:
    """Return the rows, in order of arrival by one of their columns, up to the last whole group of some size."""
    all_ = rows.subquery()
    group = all_.c[by]
    place = func.row_number().over(partition_by=group, order_by=all_.c.response_id).label("place")
    count = func.count().over(partition_by=group).label("of")
    placed = select(*all_.c, place, count).subquery()
    return select(*placed.c).where(placed.c.place <= placed.c.of - placed.c.of % size).subquery()
