"""What the pages of corrections ask of the database."""

from collections.abc import Sequence

from sqlalchemy import select

from surveytool.judge.corrections import CORRECTION, Correction, CorrectionError, correction
from surveytool.judge.versions import versions
from surveytool.models import Judgement, Response, db
from surveytool.tabulate import Filter

#: PostgreSQL's integers end here.
LARGEST_ID = 2**31 - 1


def corrections(collection_id: int, where: Filter, limit: int, before: int = 0) -> tuple[list[Correction], int]:
    """List the newest corrections of a collection whose every version a filter lets through, newest first.

    With `before`, those of forms with a lower number. Also returns the number before which there may be more, or 0.
    """
    query = select(Response).where(Response.supersedes_id.is_not(None), *where.on(Response, collection_id))
    query = query.where(Response.id < before) if before else query
    found = db.session.scalars(query.order_by(Response.id.desc()).limit(limit)).all()
    listed = [correction(each) for each in found if _covered(versions(each), where)]
    return listed, found[-1].id if len(found) == limit else 0


def waiting(collection_id: int, where: Filter) -> list[Correction]:
    """List all corrections that wait for a decision, oldest first."""
    live = (Judgement.collection_id == collection_id, Judgement.rule == CORRECTION, Judgement.withdrawn_at.is_(None))
    query = select(Response).where(Response.id.in_(select(Judgement.response_id).where(*live)))
    found = db.session.scalars(query.where(*where.on(Response, collection_id)).order_by(Response.id)).all()
    return [correction(each) for each in found if _covered(versions(each), where)]


def one(collection_id: int, response_id: int, where: Filter) -> Correction | None:
    """Find one correction of a collection, if a filter lets every version of its form through."""
    if response_id > LARGEST_ID:
        return None
    query = select(Response).where(Response.id == response_id, Response.collection_id == collection_id)
    found = db.session.scalars(query).first()
    if found is None or not _covered(versions(found), where):
        return None
    try:
        return correction(found)
    except CorrectionError:
        return None


def _covered(all_versions: Sequence[Response], where: Filter) -> bool:
    """Say whether all versions are within the countries: a decision changes what counts in each of them."""
    return not where.countries or all(each.country in where.countries for each in all_versions)
