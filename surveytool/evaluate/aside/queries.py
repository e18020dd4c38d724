"""What the page of submissions kept aside asks of the database."""

from collections.abc import Sequence

from sqlalchemy import select

from surveytool.evaluate.common import LARGEST_ID
from surveytool.models import SetAside, db


def set_aside(collection_id: int, limit: int, after: int = 0) -> Sequence[SetAside]:
    """List what could not be accepted and was kept, oldest first; with `after`, what came after one of them."""
    query = select(SetAside).where(SetAside.collection_id == collection_id, SetAside.id > after)
    query = query.order_by(SetAside.id).limit(limit)
    return db.session.scalars(query).all()


def one_aside(collection_id: int, aside_id: int) -> SetAside | None:
    """Find one submission that was kept aside."""
    if aside_id > LARGEST_ID:
        return None
    query = select(SetAside).where(SetAside.collection_id == collection_id, SetAside.id == aside_id)
    return db.session.scalar(query)
