"""Which group each form belongs to, and what stands group by group."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, and_, case, cast, func, select

from surveytool.judge.standing import in_force
from surveytool.models import Affiliation, Coding, Organisation, Response, db
from surveytool.tabulate.answers import Counted, counted
from surveytool.tabulate.filters import EVERYTHING, RECEIVED, Filter, standing
from surveytool.tabulate.ledger import received_by
from surveytool.tabulate.reading import pairs, scalar
from surveytool.tabulate.words import Named, codes_of, named_of

#: What forms can be grouped by, beside an answer.
BY = ("country", "language", "mode", "kind", "partner")
#: What stands before the variable where forms are grouped by an answer.
ANSWER = "answer:"


def members(collection_id: int, by: str, where: Filter = EVERYTHING) -> Any:
    """Return the query for the group of each form: columns `response_id` and `group`; some forms may have no row."""
    if by in ("kind", "partner"):
        partner = case((Organisation.direct_partner.is_(True), "yes"), else_="no")
        group = Organisation.kind if by == "kind" else partner
        of = select(Affiliation.response_id, group.label("group")).join(Organisation)
        return of.join(Response, Response.id == Affiliation.response_id).where(
            Response.collection_id == collection_id, in_force(Affiliation, where.moment)
        )
    if by.startswith(ANSWER):
        what = standing(collection_id, where)
        gave = (what.collection_id == collection_id, what.variable == by.removeprefix(ANSWER), what.state == "value")
        return select(what.response_id, what.code.label("group")).where(*gave)
    column = {"country": Response.country, "language": Response.language, "mode": Response.mode}[by]
    return select(Response.id.label("response_id"), column.label("group")).where(
        Response.collection_id == collection_id
    )


def register_sizes(collection_id: int, where: Filter = EVERYTHING) -> tuple[dict[str, int], dict[str, int]]:
    """Count the forms received by kind of organisation, and by whether it is a direct partner, in one reading."""
    by = (Organisation.kind, Organisation.direct_partner)
    query = select(*by, func.count()).select_from(Affiliation).join(Organisation)
    query = query.join(Response, Response.id == Affiliation.response_id)
    query = query.where(in_force(Affiliation, where.moment), *where.on(Response, collection_id)).group_by(*by)
    kinds, partners = Counter[str](), Counter[str]()
    for kind, partner, n in db.session.execute(query):
        kinds[kind] += n
        partners["yes" if partner else "no"] += n
    return dict(kinds), dict(partners)


def organisation_sizes(collection_id: int, where: Filter = EVERYTHING) -> dict[int, int]:
    """Count the forms received by organisation of the register."""
    query = select(Affiliation.organisation_id, func.count()).join(Response, Response.id == Affiliation.response_id)
    query = query.where(in_force(Affiliation, where.moment), *where.on(Response, collection_id))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Affiliation.organisation_id))}


def answer_sizes(collection_id: int, variable: str, where: Filter = EVERYTHING) -> dict[str, int]:
    """Count the forms by the answer to one variable that counts, from `standing` alone."""
    what = standing(collection_id, where)
    chosen = (*where.on(what, collection_id), what.variable == variable, what.state == "value")
    return dict(pairs(select(what.code, func.count()).where(*chosen).group_by(what.code)))


def group_sizes(collection_id: int, by: str, where: Filter = EVERYTHING) -> dict[str, int]:
    """Count the forms received by group; "" is of no group."""
    if by in ("country", "language", "mode"):
        return received_by(collection_id, by, where)
    if by in ("kind", "partner"):
        known = register_sizes(collection_id, where)[by == "partner"]
        received = scalar(select(func.count()).select_from(Response).where(*where.on(Response, collection_id)))
        unknown = received - sum(known.values())
        return {"": unknown, **known} if unknown else known
    of = members(collection_id, by, where).subquery()
    group = func.coalesce(of.c.group, "")
    query = select(group, func.count()).select_from(Response).outerjoin(of, of.c.response_id == Response.id)
    return dict(pairs(query.where(*where.on(Response, collection_id)).group_by(group)))


def variables_by(
    collection_id: int, by: str, names: Sequence[str], where: Filter = EVERYTHING
) -> dict[str, dict[str, Counted]]:
    """Count what stands of some variables, by group and variable; "" is the group of forms that are in none."""
    what = standing(collection_id, where)
    chosen = (*where.on(what, collection_id), what.variable.in_(names))
    if by in ("country", "language"):
        group = getattr(what, by)
        query = select(group, what.variable, what.state, what.code, func.count()).where(*chosen)
    else:
        of = members(collection_id, by, where).subquery()
        group = func.coalesce(of.c.group, "")
        query = select(group, what.variable, what.state, what.code, func.count()).where(*chosen)
        query = query.outerjoin(of, of.c.response_id == what.response_id)
    rows: dict[str, list[Any]] = {}
    for found, *row in db.session.execute(query.group_by(group, what.variable, what.state, what.code)):
        rows.setdefault(found, []).append(row)
    return {found: counted(each) for found, each in rows.items()}


def named_by(collection_id: int, by: str, variable: str, where: Filter = EVERYTHING) -> dict[str, Named]:
    """Count how the verbatims of one variable were coded, by group; "" is the group of forms that are in none."""
    of = members(collection_id, by, where).subquery()
    units = coded_units(collection_id, variable, where).subquery()
    group = func.coalesce(of.c.group, "")
    query = (
        select(group, units.c.pattern, func.count())
        .select_from(units)
        .outerjoin(of, of.c.response_id == units.c.response_id)
        .group_by(group, units.c.pattern)
    )
    codes = codes_of(collection_id)
    patterns: dict[str, list[tuple[set[tuple[str, str | None]], int]]] = {}
    for found, ids, people in db.session.execute(query):
        patterns.setdefault(found, []).append(({codes[int(each)] for each in ids.split(",")}, people))
    return {found: named_of(each) for found, each in patterns.items()}


def coded_units(collection_id: int, variable: str, where: Filter) -> Any:
    """Return the query for the codes of each verbatim that stands: `response_id` and `pattern`, ids with commas."""
    pattern = func.aggregate_strings(cast(Coding.code_id, String), ",").label("pattern")
    units = (
        select(Coding.response_id, pattern)
        .join(Response, Response.id == Coding.response_id)
        .where(in_force(Coding, where.moment), Coding.variable == variable, *where.on(Response, collection_id))
        .group_by(Coding.response_id)
    )
    if where.stand == RECEIVED:
        return units
    what = standing(collection_id, where)
    same = and_(what.response_id == Coding.response_id, what.variable == Coding.variable)
    return units.where(select(what.response_id).where(same, what.state == "value").exists())
