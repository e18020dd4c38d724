"""What matching asks of the database: the forms behind answers."""

from collections.abc import Collection as Several
from typing import NamedTuple

from sqlalchemy import and_, select

from surveytool.models import Affiliation, Answer, Response, db
from surveytool.tabulate import Filter
from surveytool.verbatims import answer_id

#: How many forms that name no organisation are listed.
NAMELESS = 100


class Form(NamedTuple):
    """A form, what it says its organisation is, and whether anybody or any rule has said which one that is."""

    id: int
    text: str
    known: bool


def forms(collection_id: int, item: str, where: Filter) -> list[Form]:
    """List the forms of a collection, excluded ones too."""
    live = and_(Affiliation.response_id == Response.id, Affiliation.withdrawn_at.is_(None))
    query = (
        select(Response.id, Answer.text, Affiliation.id)
        .outerjoin(Answer, and_(Answer.response_id == Response.id, Answer.variable == item))
        .outerjoin(Affiliation, live)
        .where(*where.on(Response, collection_id))
        .order_by(Response.id)
    )
    return [Form(id_, text or "", known is not None) for id_, text, known in db.session.execute(query)]


def chosen(found: list[Form], answers: Several[str], ids: Several[int]) -> list[Form]:
    """Return those of some forms that give one of some answers, and single ones."""
    wanted = {text for text in {form.text for form in found if form.text} if answer_id(text) in answers}
    return [form for form in found if form.id in ids or form.text in wanted]
