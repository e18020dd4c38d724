"""Named checks: what no condition on the answers of one response can say. Definitions switch them on by name."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import aliased

from surveytool.definitions import Given, Questionnaire
from surveytool.definitions.questionnaire import variables_of
from surveytool.judge.versions import versions
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
    """Yield the form when another form of the collection bears the same name; its own other versions do not count."""
    same = [each.id for each in versions(response)] if response.supersedes_id else [response.id]
    asked = {"response": response.id, "same": same, "collection": response.collection_id}
    if db.session.execute(_namesakes(), asked).first():
        yield None


@cache
def _namesakes() -> Select[Any]:
    """Return the statement that finds another form of the collection under the same name."""
    own, other = aliased(Identity), aliased(Identity)
    return (
        select(other.response_id)
        .join(own, own.name_digest == other.name_digest)
        .join(Response, Response.id == other.response_id)
        .where(
            own.response_id == bindparam("response"),
            other.response_id.not_in(bindparam("same", expanding=True)),
            Response.collection_id == bindparam("collection"),
        )
        .limit(1)
    )


CHECKS: dict[str, CheckFunction] = {
    "answered_though_not_asked": answered_though_not_asked,
    "second_form_of_same_person": second_form_of_same_person,
}
