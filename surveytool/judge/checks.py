"""Named checks: what no condition on the answers of one response can say. Definitions switch them on by name."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import aliased

from surveytool.definitions import Given, Questionnaire
from surveytool.definitions.questionnaire import variables_of
from surveytool.judge.versions import versions
from surveytool.linking import check
from surveytool.models import WAVES, Collection, Identity, LinkingCard, Response, db

#: A check yields the variables it speaks of, or None for the whole form.
CheckFunction = Callable[[Questionnaire, Response, Mapping[str, Given]], Iterator[str | None]]


def answered_though_not_asked(q: Questionnaire, response: Response, given: Mapping[str, Given]) -> Iterator[str | None]:
    """Yield every variable with a value where, by the routing, its item was not asked."""
    asked = q.asked(given)
    for item in q.items.values():
        answer = given.get(item.name)
        if item.name not in asked and item.stored and answer and answer.answered:
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


def unknown_linking_code(q: Questionnaire, response: Response, given: Mapping[str, Given]) -> Iterator[str | None]:
    """Yield the form when its linking code is of no card: of this workshop, or of any where there is no workshop."""
    workshop = _collection(response).workshop
    if not response.linking or (workshop and workshop.linking != "cards"):
        return
    if workshop is None:
        known = check(response.linking)
    else:
        cards = select(LinkingCard.id).where(LinkingCard.workshop_id == workshop.id)
        known = db.session.execute(cards.where(LinkingCard.code == response.linking)).first() is not None
    if not known:
        yield None


def second_form_with_linking_code(
    q: Questionnaire, response: Response, given: Mapping[str, Given]
) -> Iterator[str | None]:
    """Yield the form when another form of its wave bears the same linking code; its own other versions do not count."""
    same = [each.id for each in versions(response)] if response.supersedes_id else [response.id]
    others = select(Response.id).where(
        Response.collection_id == response.collection_id,
        Response.linking == response.linking,
        Response.id.not_in(same),
    )
    if response.linking and db.session.execute(others.limit(1)).first():
        yield None


def no_earlier_wave(q: Questionnaire, response: Response, given: Mapping[str, Given]) -> Iterator[str | None]:
    """Yield the form when no form of an earlier wave of the workshop bears its linking code, or when it has none."""
    collection = _collection(response)
    earlier = WAVES[: WAVES.index(collection.wave)] if collection.wave in WAVES else ()
    if not earlier:
        return
    found = (
        select(Response.id)
        .join(Collection, Collection.id == Response.collection_id)
        .where(
            Collection.workshop_id == collection.workshop_id,
            Collection.wave.in_(earlier),
            Response.linking == response.linking,
        )
    )
    if not response.linking or db.session.execute(found.limit(1)).first() is None:
        yield None


def _collection(response: Response) -> Collection:
    return db.session.get_one(Collection, response.collection_id)


CHECKS: dict[str, CheckFunction] = {
    "answered_though_not_asked": answered_though_not_asked,
    "second_form_of_same_person": second_form_of_same_person,
    "unknown_linking_code": unknown_linking_code,
    "second_form_with_linking_code": second_form_with_linking_code,
    "no_earlier_wave": no_earlier_wave,
}
