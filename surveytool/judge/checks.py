"""Named checks: what no condition on the answers of one response can say. Definitions switch them on by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import aliased

from surveytool import linking
from surveytool.definitions import Given, Questionnaire
from surveytool.definitions.questionnaire import Check, variables_of
from surveytool.judge.versions import versions
from surveytool.models import WAVES, Answer, Collection, Identity, LinkingCard, Response, db

#: A check yields the variables it speaks of, or None for the whole form.
CheckFunction = Callable[[Questionnaire, Response, Mapping[str, Given], Check], Iterator[str | None]]

#: How many answers narrow a search for forms with the same content, and how many forms are then compared whole.
PROBES, COMPARED = 4, 20


def answered_though_not_asked(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
) -> Iterator[str | None]:
    """Yield every variable with a value where, by the routing, its item was not asked."""
    asked = q.asked(given)
    for item in q.items.values():
        answer = given.get(item.name)
        if item.name not in asked and item.stored and answer and answer.answered:
            yield from (variable.name for variable in variables_of(item))


def second_form_of_same_person(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
) -> Iterator[str | None]:
    """Yield the form when an earlier form of the collection bears the same name, other than its own versions."""
    asked = {"response": response.id, "same": _own(response), "collection": response.collection_id}
    if response.id and db.session.execute(_namesakes(), asked).first():
        yield None


@cache
def _namesakes() -> Select[Any]:
    """Return the statement that finds an earlier form of the collection under the same name."""
    own, other = aliased(Identity), aliased(Identity)
    return (
        select(other.response_id)
        .join(own, own.name_digest == other.name_digest)
        .join(Response, Response.id == other.response_id)
        .where(
            own.response_id == bindparam("response"),
            other.response_id < own.response_id,
            other.response_id.not_in(bindparam("same", expanding=True)),
            Response.collection_id == bindparam("collection"),
        )
        .limit(1)
    )


def _own(response: Response) -> list[int]:
    """Return the ids of all versions of a form."""
    return [each.id for each in versions(response)] if response.supersedes_id else [response.id]


def second_form_of_same_content(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
) -> Iterator[str | None]:
    """Yield the form when an earlier one has the same answers, all of them, and at least so many."""
    answered = [item for item in q.items.values() if not item.identity and given.get(item.name, Given()).answered]
    if response.id and len(answered) >= check.least and same_content(response, before=response.id):
        yield None


def same_content(response: Response, before: int | None = None) -> list[int]:
    """Return other forms of a collection, of the same country and language, whose answers are all the same.

    With `before`, only forms that came before that one.
    """
    own = _answers([response.id])[response.id]
    # The answers of which there are most different ones narrow the search best: numbers and dates, then marks.
    coded = [(variable, code) for variable, (_, code, _) in own.items() if code is not None]
    probes = sorted(coded, key=lambda each: (not each[1].isdecimal(), -len(each[1])))[:PROBES]
    query = select(Response.id).where(
        Response.collection_id == response.collection_id,
        Response.country == response.country,
        Response.language == response.language,
        Response.id.not_in(_own(response)),
    )
    for variable, code in probes:
        held = aliased(Answer)
        query = query.join(held, (held.response_id == Response.id) & (held.variable == variable))
        query = query.where(held.code == code)
    if before is not None:
        query = query.where(Response.id < before)
    alike = db.session.scalars(query.order_by(Response.id).limit(COMPARED)).all()
    return [id_ for id_, held in _answers(alike).items() if held == own]


def _answers(responses: Sequence[int]) -> dict[int, dict[str, tuple[str, str | None, str | None]]]:
    """Return what some forms hold, variable by variable: state, code and text."""
    found: dict[int, dict[str, tuple[str, str | None, str | None]]] = {id_: {} for id_ in responses}
    columns = (Answer.response_id, Answer.variable, Answer.state, Answer.code, Answer.text)
    query = select(*columns).where(Answer.response_id.in_(responses))
    for id_, variable, state, code, text in db.session.execute(query):
        found[id_][variable] = (state, code, text)
    return found


def straight_lined(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
) -> Iterator[str | None]:
    """Yield the form when it gives the same code on every scale item it answers, and answers at least so many."""
    marks = [given[item.name].codes for item in q.scale_items(check.section) if item.name in given]
    marks = [codes for codes in marks if codes]
    if len(marks) >= check.least and len(set(marks)) == 1:
        yield None


def answered_too_fast(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
) -> Iterator[str | None]:
    """Yield the form when its device said that it was open for less than so many seconds."""
    if response.seconds is not None and response.seconds < check.seconds:
        yield None


def unknown_organisation(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
) -> Iterator[str | None]:
    """Yield nothing: whether an organisation is known changes with the register, so it is read off when it is shown."""
    yield from ()


def unknown_linking_code(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
) -> Iterator[str | None]:
    """Yield the form when its linking code is of no card: of this workshop, or of any where there is no workshop."""
    workshop = _collection(response).workshop
    if not response.linking or (workshop and workshop.linking != "cards"):
        return
    if workshop is None:
        known = linking.check(response.linking)
    else:
        cards = select(LinkingCard.id).where(LinkingCard.workshop_id == workshop.id)
        known = db.session.execute(cards.where(LinkingCard.code == response.linking)).first() is not None
    if not known:
        yield None


def second_form_with_linking_code(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
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


def no_earlier_wave(
    q: Questionnaire, response: Response, given: Mapping[str, Given], check: Check
) -> Iterator[str | None]:
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
    "second_form_of_same_content": second_form_of_same_content,
    "straight_lined": straight_lined,
    "answered_too_fast": answered_too_fast,
    "unknown_organisation": unknown_organisation,
    "unknown_linking_code": unknown_linking_code,
    "second_form_with_linking_code": second_form_with_linking_code,
    "no_earlier_wave": no_earlier_wave,
}
