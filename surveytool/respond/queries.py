"""What the respondents' pages ask of the database."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from surveytool.models import Collection, CollectionWording, db


def by_join_code(code: str) -> Collection | None:
    """Find the collection whose printed or spoken code this is, however it is capitalised."""
    if not code.isprintable():  # PostgreSQL cannot even be asked about a NUL
        return None
    query = (
        select(Collection)
        .where(Collection.join_code == code.strip().lower())
        .options(selectinload(Collection.wordings).joinedload(CollectionWording.revision))
        .options(joinedload(Collection.version))
    )
    return db.session.scalar(query)
