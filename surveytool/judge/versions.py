"""The versions of one form: what was sent first, and every correction of it."""

from sqlalchemy import select

from surveytool.models import Response, db


def versions(response: Response) -> list[Response]:
    """Return every version of the form that a response belongs to, the first one first."""
    first = response
    while first.supersedes_id is not None:
        first = db.session.get_one(Response, first.supersedes_id)
    found, newest = [first], [first.id]
    while newest:
        later = db.session.scalars(select(Response).where(Response.supersedes_id.in_(newest))).all()
        found += later
        newest = [each.id for each in later]
    return sorted(found, key=lambda each: each.id)
