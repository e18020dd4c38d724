"""Lists of forms, for every room that has one: which are chosen, their order, the page, what is beside a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from flask import request
from sqlalchemy import ColumnElement, and_, case, literal, or_, select

from surveytool import access, choosing, tabulate
from surveytool.evaluate.common import Facet, asked_organisations, country_names, covering, facets_of
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Response, db
from surveytool.tabulate import EVERYTHING, Filter

DIRECTIONS = ("up", "down")
#: What stands in the address for forms that name no country.
NO_COUNTRY = "none"


# What the address asks for --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ListAsked:
    """The list asked for: the same again after a reload, and when the address is passed on."""

    #: What a list is sorted by, and which way, when nothing is asked for.
    USUAL: ClassVar[tuple[str, str]]

    #: Which forms are chosen, without the limits of who looks.
    where: Filter = EVERYTHING
    sort: str = ""
    order: str = ""
    page: int = 1
    #: What in the address is not known, and was left out.
    unknown: tuple[str, ...] = ()

    @property
    def own(self) -> dict[str, Any]:
        """What chooses forms besides the filter, as the address has it."""
        return {}

    @property
    def filtered(self) -> bool:
        """Whether some forms are left out."""
        return self.where != EVERYTHING or any(self.own.values())

    @property
    def parameters(self) -> dict[str, Any]:
        """What has to stand in an address for the same list, and nothing more."""
        found: dict[str, Any] = dict(choosing.written(self.where))
        if self.where.countries:
            found["country"] = [code or NO_COUNTRY for code in self.where.countries]
        found |= self.own
        sort, order = self.USUAL
        found["sort"] = self.sort if self.sort != sort else ""
        found["order"] = self.order if self.order != order else ""
        found["page"] = self.page if self.page != 1 else 0
        return {name: value for name, value in found.items() if value}

    def on(self, page: int) -> dict[str, Any]:
        """Return what has to stand in the address of another page."""
        return replace(self, page=page).parameters

    def within(self, pages: int) -> Self:
        """Return the list on a page that it has; what was asked for beyond the last is said to be unknown."""
        if self.page <= pages:
            return self
        return replace(self, page=pages, unknown=(*self.unknown, f"page {self.page}; the last is {pages}"))

    def sorted_by(self, column: str) -> dict[str, Any]:
        """Return what has to stand in the address to sort by a column, the other way round where it is sorted so."""
        usual = self.USUAL[1]
        turned = column == self.sort and self.order == usual
        other = next(each for each in DIRECTIONS if each != usual)
        return replace(self, sort=column, order=other if turned else usual, page=1).parameters

    def direction(self, column: str) -> str:
        """Return how a column is sorted, as browsers tell those who do not see: ascending, descending or none."""
        if column != self.sort:
            return "none"
        return "ascending" if self.order == "up" else "descending"

    @property
    def covered(self) -> Filter:
        """The forms chosen, among those that the person may see."""
        return replace(self.where, countries=self.where.countries or (access.countries() or ()))


class Address:
    """Reads the address of a list; what is not known in it is gathered in `unknown` and left out."""

    def __init__(self, collection: Collection, own: Sequence[str]) -> None:
        """Read which forms are chosen; `own` are the parameters that the list has besides."""
        known = (*choosing.PARAMETERS, "sort", "order", "page", *own)
        self.unknown = [name for name in request.args if name not in known]
        typed = request.args.to_dict(flat=False)
        where, strange = choosing.read(offered(collection, asked_organisations()), typed)
        self.unknown += strange
        self.where = replace(where, countries=tuple("" if c == NO_COUNTRY else c for c in where.countries))

    def chosen(self, name: str, known: Sequence[str]) -> tuple[str, ...]:
        """Return the values of a parameter, in the order of those that are known."""
        given = [value for value in request.args.getlist(name) if value]
        self.unknown.extend(value for value in given if value not in known)
        return tuple(value for value in known if value in given)

    def one(self, name: str, known: Sequence[str], usual: str) -> str:
        """Return the value of a parameter, or what is usual."""
        return (self.chosen(name, known) or (usual,))[0]

    def page(self) -> int:
        """Return the number of the page."""
        typed = request.args.get("page", "1")
        if typed.isascii() and typed.isdecimal() and len(typed) < 10 and int(typed):
            return int(typed)
        self.unknown.append(f"page {typed}")
        return 1


def offered(collection: Collection, organisations: set[int]) -> choosing.Offered:
    """Return what the forms of a collection can be chosen by; those without a country too, for who may see all."""
    nowhere = {NO_COUNTRY: "no country"} if access.countries() is None else {}
    return choosing.offered(collection, country_names(collection) | nowhere, organisations)


def facets(collection: Collection, where: Filter) -> list[Facet]:
    """Return what a list can be chosen by, with the forms received that have each, of all that the person may see."""
    counted = tabulate.facets(collection.id, covering())
    here = {code or NO_COUNTRY: n for code, n in counted.countries.items()}
    known = set(tabulate.organisation_sizes(collection.id, covering())) | set(where.organisations)
    shown = replace(where, countries=tuple(code or NO_COUNTRY for code in where.countries))
    return facets_of(collection, shown, offered(collection, known), replace(counted, countries=here))


# Orders and pages -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """What the forms of a list are sorted by, and which way; forms that are equal in it follow by their number."""

    key: ColumnElement[Any]
    down: bool

    def by(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """Return the terms to sort by."""
        terms: list[ColumnElement[Any]] = [self.key, Response.id]  # type: ignore[list-item]
        return [term.desc() if self.down != backwards else term.asc() for term in terms]

    def after(self, key: Any, id_: int, *, backwards: bool = False) -> ColumnElement[bool]:
        """Return the condition on forms that come after one in this order."""
        if self.down != backwards:
            return or_(self.key < key, and_(self.key == key, Response.id < id_))
        return or_(self.key > key, and_(self.key == key, Response.id > id_))


def order(collection: Collection, asked: ListAsked, own: Mapping[str, Any]) -> Order:
    """Return the order a list was asked for; countries and languages come in the order of their English names.

    `own` are the columns that only this list is sorted by.
    """
    names = country_names(collection)
    languages = sorted(LANGUAGES, key=lambda tag: LANGUAGES[tag].english)
    keys: dict[str, Any] = {
        "form": Response.id,
        "country": _place(Response.country, sorted(names, key=names.__getitem__)),
        "language": _place(Response.language, languages),
        "mode": Response.mode,
        "received": Response.received_at,
    }
    return Order({**keys, **own}[asked.sort], asked.order == "down")


def _place(column: Any, values: Sequence[str]) -> ColumnElement[Any]:
    places = [(column == value, place) for place, value in enumerate(values)]
    return case(*places, else_=len(values)) if places else literal(0)


def page_of(
    chosen: Sequence[ColumnElement[bool]], order: Order, page: int, size: int, columns: Sequence[Any]
) -> list[Any]:
    """Return some columns of one page of a list: of the forms that conditions choose, in an order."""
    # The ids first: most can be sorted and skipped in an index, without reading the rows, which are wide.
    ids = select(Response.id).where(*chosen).order_by(*order.by())
    return rows_of(db.session.scalars(ids.offset((page - 1) * size).limit(size)).all(), columns)


def ids_in_order(chosen: Sequence[ColumnElement[bool]], order: Order) -> Sequence[int]:
    """Return the forms of a list on all its pages; sooner than counting and reading a page, where choosing is dear."""
    return db.session.scalars(select(Response.id).where(*chosen).order_by(*order.by())).all()


def rows_of(ids: Sequence[int], columns: Sequence[Any]) -> list[Any]:
    """Return some columns of some forms, in their order; the id must be among the columns."""
    rows = {row.id: row for row in db.session.execute(select(*columns).where(Response.id.in_(ids)))}
    return [rows[id_] for id_ in ids if id_ in rows]


def neighbours(chosen: Sequence[ColumnElement[bool]], order: Order, response_id: int) -> tuple[int | None, int | None]:
    """Return the forms before and after one in a list, whether or not the list still shows that one."""
    key = db.session.scalar(select(order.key).where(Response.id == response_id))
    among = select(Response.id).where(*chosen)
    before, after = (
        db.session.scalar(
            among.where(order.after(key, response_id, backwards=backwards))
            .order_by(*order.by(backwards=backwards))
            .limit(1)
        )
        for backwards in (True, False)
    )
    return before, after
