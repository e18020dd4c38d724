"""Answers added up organisation by organisation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Integer, and_, case, cast, func, select

from surveytool.judge.standing import in_force
from surveytool.models import Affiliation, Response, db
from surveytool.tabulate.filters import EVERYTHING, Filter, standing

#: People, the sum of their answers, and the sum of the squares.
Sums = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Clustered:
    """The answers to one variable by organisation, and those of people whose organisation is not known."""

    organisations: Sequence[Sums] = field(default_factory=tuple)
    unknown: Sums = (0, 0, 0)


def organisation_sums(collection_id: int, names: Sequence[str], where: Filter = EVERYTHING) -> dict[str, Clustered]:
    """Add up whole-number answers by organisation of the register; yes is 1 and no is 0."""
    what = standing(collection_id, where)
    value = case((what.code == "yes", 1), (what.code == "no", 0), else_=cast(what.code, Integer))
    of = and_(Affiliation.response_id == what.response_id, in_force(Affiliation, where.moment))
    query = (
        select(what.variable, Affiliation.organisation_id, func.count(), func.sum(value), func.sum(value * value))
        .outerjoin(Affiliation, of)
        .where(*where.on(what, collection_id), what.variable.in_(names), what.state == "value")
        .group_by(what.variable, Affiliation.organisation_id)
        .order_by(what.variable, Affiliation.organisation_id)
    )
    known: dict[str, list[Sums]] = {}
    unknown: dict[str, Sums] = {}
    for variable, organisation, n, total, squares in db.session.execute(query):
        if organisation is None:
            unknown[variable] = (n, int(total), int(squares))
        else:
            known.setdefault(variable, []).append((n, int(total), int(squares)))
    return {name: Clustered(tuple(known.get(name, ())), unknown.get(name, (0, 0, 0))) for name in {*known, *unknown}}


@dataclass(frozen=True, slots=True)
class Affiliated:
    """How the forms that a filter chooses stand to the register."""

    #: Forms of a known organisation, forms of none that is known, and how many organisations there are among them.
    known: int
    unknown: int
    organisations: int
    #: Organisations by how many of these forms they sent.
    sizes: Mapping[int, int]


def affiliated(collection_id: int, where: Filter = EVERYTHING) -> Affiliated:
    """Count the forms received by whether their organisation is known, and the organisations by their forms."""
    chosen = where.on(Response, collection_id)
    each = (
        select(Affiliation.organisation_id, func.count().label("forms"))
        .join(Response, Response.id == Affiliation.response_id)
        .where(in_force(Affiliation, where.moment), *chosen)
        .group_by(Affiliation.organisation_id)
        .subquery()
    )
    query = select(each.c.forms, func.count()).group_by(each.c.forms).order_by(each.c.forms)
    sizes = {int(forms): n for forms, n in db.session.execute(query)}
    known = sum(forms * n for forms, n in sizes.items())
    received = db.session.scalar(select(func.count()).select_from(Response).where(*chosen)) or 0
    return Affiliated(known, received - known, sum(sizes.values()), sizes)
