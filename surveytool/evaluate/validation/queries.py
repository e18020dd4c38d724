"""What the pages of validation ask of the database."""

from collections.abc import Collection as Several
from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from surveytool import tabulate
from surveytool.definitions import Questionnaire
from surveytool.evaluate import listing
from surveytool.evaluate.common import LARGEST_ID
from surveytool.evaluate.validation.forms import Asked
from surveytool.judge.checks import same_content
from surveytool.judge.deciding import judged, live_signals
from surveytool.models import Collection, Identity, Judgement, Response, SetAside, db
from surveytool.tabulate import Filter, Queue

#: How many other forms one is put beside at most.
OTHERS = 20
_LISTED = (
    *(Response.id, Response.country, Response.language, Response.mode, Response.received_at),
    *(Response.seconds, Response.serial),
)


def order(collection: Collection, asked: Asked) -> listing.Order:
    """Return the order the queue was asked for."""
    own = {
        "state": case((asked.selection.undecided(collection.id, asked.kinds), 0), else_=1),
        "seconds": func.coalesce(Response.seconds, LARGEST_ID),
    }
    return listing.order(collection, asked, own)


def in_order(collection: Collection, asked: Asked) -> Sequence[int]:
    """Return the forms of the queue on all its pages: their ids say how many there are, and which are on a page."""
    return listing.ids_in_order(asked.selection.applied(collection.id), order(collection, asked))


def listed(ids: Sequence[int]) -> list[Any]:
    """Return what is listed of some forms, in their order."""
    return listing.rows_of(ids, _LISTED)


def neighbours(collection: Collection, asked: Asked, response_id: int) -> tuple[int | None, int | None]:
    """Return the forms before and after one in the queue, whether or not the queue still shows that one."""
    chosen = asked.selection.applied(collection.id)
    return listing.neighbours(chosen, order(collection, asked), response_id)


def all_ids(collection_id: int, asked: Asked, limit: int) -> Sequence[int]:
    """Return the forms of the queue on all its pages, as far as they can be decided at once."""
    ids = select(Response.id).where(*asked.selection.applied(collection_id)).order_by(Response.id).limit(limit)
    return db.session.scalars(ids).all()


def forms(collection_id: int, ids: Several[int], where: Filter) -> list[Response]:
    """Return some forms of a collection, of those that a filter lets through, in order."""
    found: list[Response] = []
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        some = Response.id.in_(wanted[start : start + 500])
        found += db.session.scalars(select(Response).where(some, *where.on(Response, collection_id))).all()
    return sorted(found, key=lambda each: each.id)


def signals(q: Questionnaire, queue: Queue, collection_id: int, ids: Several[int]) -> dict[int, list[Judgement]]:
    """Return the signals in force of some forms, with those that are read off the register (not stored)."""
    known = judged(ids)
    found = {id_: live_signals(each) for id_, each in known.items()}
    reasons = {each.id: each.reason for each in q.checks}
    for each in queue.unknown:
        holding = set(db.session.scalars(select(Response.id).where(Response.id.in_(ids), each.holds())).all())
        for id_ in found:
            if id_ not in holding:
                found[id_] = [signal for signal in found[id_] if signal.rule != each.rule]
            elif not any(judgement.rule == each.rule for judgement in known[id_]):
                found[id_].append(
                    Judgement(response_id=id_, effect="flag", rule=each.rule, reason=reasons[each.rule], made_by="rule")
                )
    return found


def flags(collection: Collection, ids: Several[int]) -> dict[int, list[Judgement]]:
    """Return what flags some forms, undecided: signals in force that do not exclude a form."""
    assert collection.version is not None
    queue = Queue({}, tabulate.unknown_of(collection.id))
    found = signals(collection.version.questionnaire, queue, collection.id, ids)
    return {id_: [each for each in some if each.effect in tabulate.FLAGS] for id_, some in found.items()}


def alike(response: Response, where: Filter) -> list[int]:
    """Return the forms that may be the same as one: under the same name or identifier, or with the same answers."""
    own, other = aliased(Identity), aliased(Identity)
    namesakes = (
        select(other.response_id)
        .join(own, own.name_digest == other.name_digest)
        .where(own.response_id == response.id, other.response_id != response.id)
    )
    sent_as = response.submission.partition("#")[0]
    same = [Response.id.in_(namesakes), Response.submission == sent_as, Response.submission.startswith(f"{sent_as}#")]
    seen = select(Response.id).where(*where.on(Response, response.collection_id), Response.id != response.id)
    found = set(db.session.scalars(seen.where(or_(*same)).limit(OTHERS)).all())
    found |= set(db.session.scalars(seen.where(Response.id.in_(same_content(response)))).all())
    return sorted(found)


def duplicates(response_id: int, where: Filter, collection_id: int) -> list[int]:
    """Return the forms that are excluded as duplicates of one."""
    query = select(Judgement.response_id).join(Response, Response.id == Judgement.response_id)
    about = (Judgement.duplicate_of_id == response_id, Judgement.withdrawn_at.is_(None))
    return sorted({id_ or 0 for id_ in db.session.scalars(query.where(*about, *where.on(Response, collection_id)))})


def aside(collection_id: int, limit: int) -> list[Any]:
    """List what was kept aside, oldest first, without what was sent."""
    columns = (SetAside.id, SetAside.received_at, SetAside.mode, SetAside.language, SetAside.reason)
    query = select(*columns).where(SetAside.collection_id == collection_id).order_by(SetAside.id).limit(limit)
    return list(db.session.execute(query))
