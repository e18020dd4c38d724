"""What the form's pages ask of the database."""

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from surveytool.models import Collection, CollectionWording, WordingRevision, db


def by_join_code(code: str) -> Collection | None:
    """Find the collection whose printed or spoken code this is, however it is capitalised."""
    if not code.isprintable():  # PostgreSQL cannot even be asked about a NUL
        return None
    return db.session.execute(_by_join_code(), {"code": code.strip().lower()}).unique().scalar_one_or_none()


@cache
def _by_join_code() -> Select[Any]:
    """Return the statement that reads a collection with what serving it needs; made once, it is on every request."""
    served = joinedload(Collection.wordings).joinedload(CollectionWording.revision)
    asked = select(Collection).where(Collection.join_code == bindparam("code"))
    return asked.options(joinedload(Collection.version), served)


def wording(collection: Collection, language: str, digest: str) -> WordingRevision | None:
    """Find a wording, earlier or present, of the version that a collection asks."""
    query = select(WordingRevision).where(
        WordingRevision.version_id == collection.version_id,
        WordingRevision.language == language,
        WordingRevision.digest == digest,
    )
    return db.session.scalar(query)
