"""What the pages of judgements ask of the database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from surveytool.evaluate.common import LARGEST_ID
from surveytool.evaluate.judgements.forms import Asked
from surveytool.models import Collection, Judgement, Response, db
from surveytool.tabulate import Filter


def judgements(collection_id: int, asked: Asked, where: Filter, size: int) -> Sequence[Judgement]:
    """Return one page of the judgements of a collection, and one more where there is a next page."""
    order = Judgement.id.asc() if asked.order == "up" else Judgement.id.desc()
    query = select(Judgement).where(*_chosen(collection_id, asked, where)).order_by(order)
    return db.session.scalars(query.offset((asked.page - 1) * size).limit(size + 1)).all()


def _chosen(collection_id: int, asked: Asked, where: Filter) -> list[ColumnElement[bool]]:
    chosen: list[Any] = [Judgement.collection_id == collection_id, _seen(where)]
    if asked.effects:
        chosen.append(Judgement.effect.in_(asked.effects))
    if asked.by:
        by_rule = Judgement.made_by == "rule"
        chosen.append(by_rule if asked.by == "rule" else ~by_rule)
    if asked.item:
        chosen.append(Judgement.variable == asked.item)
    if asked.state:
        standing = Judgement.withdrawn_at.is_(None)
        chosen.append(standing if asked.state == "force" else ~standing)
    return chosen


def _seen(where: Filter) -> ColumnElement[bool]:
    """Return the condition that a judgement is about a form that the person may see, or about no single form."""
    if not where.countries:
        return Judgement.id.is_not(None)
    mine = select(Response.id).where(Response.country.in_(where.countries))
    return or_(Judgement.response_id.is_(None), Judgement.response_id.in_(mine))


def one(collection_id: int, judgement_id: int, where: Filter) -> Judgement | None:
    """Find one judgement of a collection, as it is now."""
    if judgement_id > LARGEST_ID:
        return None
    query = select(Judgement).where(
        Judgement.id == judgement_id, Judgement.collection_id == collection_id, _seen(where)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def of_items(collection_id: int) -> Sequence[Judgement]:
    """List all that was ever judged of items of a collection as a whole, in order."""
    query = select(Judgement).where(Judgement.collection_id == collection_id, Judgement.effect == "exclude item")
    return db.session.scalars(query.order_by(Judgement.id).execution_options(populate_existing=True)).all()


def lock(collection_id: int) -> None:
    """Wait until nobody else judges items of a collection."""
    db.session.execute(select(Collection.id).where(Collection.id == collection_id).with_for_update())
