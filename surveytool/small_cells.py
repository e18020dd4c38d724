"""Collections whose small cells are shown to nobody, not even evaluators: which they are, what is refused of them."""

from surveytool.collection_settings import CollectionError
from surveytool.models import Collection, db

WHY = (
    "This collection asks how returned persons were treated. Its answers are shown only as figures about {smallest} "
    "people or more, of the whole collection: no single forms, no filters, no data to take away."
)

WHY_OF_WORKSHOP = (
    "This is one form of a workshop. Among so few people, single forms and small counts show who answered what, so "
    "only the trainer of the workshop sees them. Evaluators see what the workshop changed, with counts of fewer than "
    "{smallest} people withheld, and how many forms came: no single forms, no answers in words, no data to take away."
)


class SmallCellsError(CollectionError):
    """What was asked would show answers of fewer people than may be shown."""


def smallest_shown(collection: Collection) -> int:
    """Return how many people a figure must be about to be shown; 0 where evaluators see all."""
    return collection.version.questionnaire.smallest_cell if collection.version else 0


def why(collection: Collection) -> str:
    """Return the sentence that says what is not shown."""
    return WHY.format(smallest=smallest_shown(collection))


def refuse(collection: Collection) -> None:
    """Let a collection through whose answers evaluators may see. Raises SmallCellsError for any other."""
    if smallest_shown(collection):
        raise SmallCellsError(why(collection))


def refuse_by_id(collection_id: int) -> None:
    """Let a collection through by its number, as `refuse` does. Raises SmallCellsError."""
    collection = db.session.get(Collection, collection_id)
    if collection is not None:
        refuse(collection)
