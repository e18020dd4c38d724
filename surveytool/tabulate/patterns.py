"""How forms are filled in: which answers stand together in one form, how many are left empty, which rules wonder."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, case, func, literal, select

from surveytool.judge.standing import in_force
from surveytool.models import Judgement, Response, db
from surveytool.tabulate.filters import EVERYTHING, Filter, judged, standing
from surveytool.tabulate.groups import members
from surveytool.tabulate.reading import pairs

#: The codes of one form for some variables, in their order; None where no answer stands.
Pattern = tuple[str | None, ...]


def patterns(
    collection_id: int, names: Sequence[str], where: Filter = EVERYTHING, by: str = ""
) -> dict[str, dict[Pattern, int]]:
    """Count the valid forms by what they answer to some variables, by group where forms are grouped, else under ""."""
    if not names:
        return {}
    what = standing(collection_id, where)
    answers = [
        func.max(case((and_(what.variable == name, what.state == "value"), what.code))).label(f"v{place}")
        for place, name in enumerate(names)
    ]
    forms = _of_valid(what, collection_id, names, where).add_columns(*answers).group_by(what.response_id).subquery()
    columns = [forms.c[f"v{place}"] for place in range(len(names))]
    found: dict[str, dict[Pattern, int]] = {}
    for group, *given, n in db.session.execute(_counted(collection_id, forms, columns, where, by)):
        found.setdefault(group or "", {})[tuple(given)] = n
    return found


def left_empty(
    collection_id: int, names: Sequence[str], where: Filter = EVERYTHING, by: str = ""
) -> dict[str, dict[tuple[int, int], int]]:
    """Count the valid forms by how many of some variables they left empty, and how many they were asked; by group."""
    what = standing(collection_id, where)
    empty = func.sum(case((what.state == "no_answer", 1), else_=0)).label("empty")
    asked = func.sum(case((what.state == "not_asked", 0), else_=1)).label("asked")
    forms = _of_valid(what, collection_id, names, where).add_columns(empty, asked).group_by(what.response_id).subquery()
    found: dict[str, dict[tuple[int, int], int]] = {}
    columns = [forms.c.empty, forms.c.asked]
    for group, none, of, n in db.session.execute(_counted(collection_id, forms, columns, where, by)):
        found.setdefault(group or "", {})[int(none), int(of)] = n
    return found


def _of_valid(what: Any, collection_id: int, names: Sequence[str], where: Filter) -> Any:
    chosen = (*where.on(what, collection_id), what.variable.in_(names), what.state != "excluded")
    return select(what.response_id).where(*chosen)


def _counted(collection_id: int, forms: Any, columns: Sequence[Any], where: Filter, by: str) -> Any:
    """Return the query that counts forms by some columns of them, and by group first."""
    if not by:
        return select(literal("").label("group"), *columns, func.count()).group_by(*columns)
    of = members(collection_id, by, where).subquery()
    joined = select(of.c.group, *columns, func.count()).select_from(forms)
    joined = joined.outerjoin(of, of.c.response_id == forms.c.response_id)
    return joined.group_by(of.c.group, *columns)


def cautioned(collection_id: int, where: Filter = EVERYTHING) -> dict[str, int]:
    """Count the valid forms that each rule cautions about."""
    excluded = select(Judgement.response_id).where(
        Judgement.collection_id == collection_id, Judgement.effect == "exclude form", judged(where)
    )
    query = (
        select(Judgement.rule, func.count(Judgement.response_id.distinct()))
        .join(Response, Response.id == Judgement.response_id)
        .where(
            Judgement.collection_id == collection_id,
            Judgement.effect == "caution",
            Judgement.rule.is_not(None),
            in_force(Judgement, where.moment),
            Response.id.not_in(excluded),
            *where.on(Response, collection_id),
        )
        .group_by(Judgement.rule)
    )
    return dict(pairs(query))
