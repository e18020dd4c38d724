"""What a case worker fills in: the grid as sent, and the answers in it."""

from collections.abc import Mapping, Sequence

from surveytool.definitions import Questionnaire
from surveytool.treatment import Row, grid

#: The code of a scale that says that there was no contact.
NO_CONTACT = "na"


def no_contact_field(step: str, row: Row) -> str:
    """Return the name of the box that says that the person had nothing to do with an authority at a step."""
    return f"{step}.{row.authority}.none"


def skipped_field(step: str) -> str:
    """Return the name of the box that says that the person's way had no such step."""
    return f"{step}.none"


def answers(q: Questionnaire, sent: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the answers in what was sent: of the items alone, the boxes for no contact as answers to their items.

    Who ticked "no contact" and rated the authority all the same has said more by the rating.
    """
    given = {name: list(values) for name, values in sent.items() if name in q.items}
    for step in grid(q):
        for row in step.rows:
            boxes = skipped_field(step.name), no_contact_field(step.name, row)
            ticked = any(any(sent.get(box, ())) for box in boxes)
            if ticked and not any(any(given.get(item, ())) for item in row.items.values()):
                given |= {item: [NO_CONTACT] for item in row.items.values()}
    return given
