"""What the page of one form asks of the database."""

from collections.abc import Sequence

from sqlalchemy import select

from surveytool.evaluate.common import LARGEST_ID
from surveytool.intake import TOOK_IN
from surveytool.judge import translating
from surveytool.judge.translating import Shown
from surveytool.models import Affiliation, Answer, Code, Coding, Identity, Judgement, LogEntry, Response, Standing, db
from surveytool.tabulate import Filter


def response(collection_id: int, response_id: int, where: Filter) -> Response | None:
    """Find one form of a collection, among those that a filter lets through."""
    chosen = where.on(Response, collection_id)
    if response_id > LARGEST_ID:
        return None
    return db.session.scalar(select(Response).where(Response.id == response_id, *chosen))


def lock(response_id: int) -> None:
    """Wait until nobody else is judging a form; to be called before reading what is judged of it."""
    db.session.execute(select(Response.id).where(Response.id == response_id).with_for_update())


def states(response_id: int) -> dict[str, str]:
    """Return what stands for each variable of a form: its state."""
    query = select(Standing.variable, Standing.state).where(Standing.response_id == response_id)
    return {row.variable: row.state for row in db.session.execute(query)}


def judgements(response_id: int) -> Sequence[Judgement]:
    """List all that was ever judged about a form, in order, as it is now."""
    query = select(Judgement).where(Judgement.response_id == response_id).order_by(Judgement.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def item_judgements(collection_id: int) -> Sequence[Judgement]:
    """List what stands about items of a collection as a whole."""
    query = select(Judgement).where(
        Judgement.collection_id == collection_id,
        Judgement.effect == "exclude item",
        Judgement.withdrawn_at.is_(None),
    )
    return db.session.scalars(query.order_by(Judgement.id)).all()


def codings(response_id: int) -> Sequence[tuple[Coding, str]]:
    """List the codes that were ever given to the verbatims of a form, with what each is called."""
    query = select(Coding, Code.label).join(Code, Code.id == Coding.code_id).where(Coding.response_id == response_id)
    return [(coding, label) for coding, label in db.session.execute(query.order_by(Coding.id))]


def translations(response: Response) -> dict[str, Shown]:
    """Return the translations of a form's verbatims, by variable."""
    found = translating.shown(response.collection_id, None, [response.id])
    return {variable: shown for (_, variable), shown in found.items()}


def organisation(response: Response, item: str) -> tuple[str, Affiliation | None]:
    """Return what a form says its organisation is, and which one of the register that stands for, if anybody knows."""
    said = select(Answer.text).where(Answer.response_id == response.id, Answer.variable == item)
    tied = select(Affiliation).where(Affiliation.response_id == response.id, Affiliation.withdrawn_at.is_(None))
    return db.session.scalar(said) or "", db.session.scalar(tied)


def taken_in(response_id: int) -> LogEntry | None:
    """Find who took a form in that had been kept aside, and why."""
    query = select(LogEntry).where(LogEntry.what == TOOK_IN, LogEntry.about == f"response {response_id}")
    return db.session.scalars(query.limit(1)).first()


def identity(response_id: int) -> dict[str, dict[str, str]] | None:
    """Return who sent a form, as used and as sent; None when nothing was given or it was erased."""
    return db.session.scalar(select(Identity.data).where(Identity.response_id == response_id))
