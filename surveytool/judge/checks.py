"""Named checks: what no condition on the answers of one response can say. Definitions switch them on by name."""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import select

from surveytool.definitions import Given, Questionnaire
from surveytool.definitions.questionnaire import variables_of
from surveytool.models import Identity, Response, db

#: A check yields the variables it speaks of, or None for the whole form.
CheckFunction = Callable[[Questionnaire, Response, Mapping[str, Given]], Iterator[str | None]]


def answered_though_not_asked(q: Questionnaire, response: Response, given: Mapping[str, Given]) -> Iterator[str | None]:
    """Yield every variable with a value where, by the routing, its item was not asked."""
    asked = q.asked(given)
    for item in q.items.values():
        answer = given.get(item.name)
        if item.name not in asked and not item.identity and answer and answer.answered:
            yield from (variable.name for variable in variables_of(item))


def second_form_of_same_person(
    q: Questionnaire, response: Response, given: Mapping[str, Given]
) -> Iterator[str | None]:
    """Yield the form when another form of the collection bears the same name."""
    own = db.session.get(Identity, response.id)
    if own is None or own.name_digest is None:
        return
    others = (
        select(Identity.response_id)
        .join(Response, Response.id == Identity.response_id)
        .where(
            Response.collection_id == response.collection_id,
            Identity.name_digest == own.name_digest,
            Identity.response_id != response.id,
        )
    )
    if db.session.execute(others.limit(1)).first():
        yield None


CHECKS: dict[str, CheckFunction] = {
    "answered_though_not_asked": answered_though_not_asked,
    "second_form_of_same_person": second_form_of_same_person,
}
