"""Answers in words as they stand, to be coded: which items, which code frame, what a distinct answer is called."""

from collections.abc import Collection as Several
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from surveytool import tabulate
from surveytool.definitions import Questionnaire
from surveytool.definitions.questionnaire import Variable
from surveytool.judge import translating
from surveytool.judge.coding import Unit
from surveytool.judge.translating import Shown
from surveytool.likeness import written_in
from surveytool.models import Answer, CodeFrame, Collection, db
from surveytool.tabulate import Filter


def open_items(q: Questionnaire) -> list[Variable]:
    """Return the items that are answered in words, in the order asked."""
    return [variable for variable in q.variables.values() if variable.item.type == "text"]


def frame_name(variable: Variable) -> str:
    """Return the name of the code frame of an item; one that the questionnaire gives none has one of its own."""
    return variable.item.code_frame or f"item {variable.name}"


def frame(collection: Collection, variable: Variable) -> CodeFrame | None:
    """Return the code frame of an item, or None where nobody has begun one."""
    query = select(CodeFrame).where(CodeFrame.collection_id == collection.id, CodeFrame.name == frame_name(variable))
    return db.session.scalar(query)


def answer_id(text: str) -> str:
    """Return what a distinct answer is called in addresses and forms, in place of its words."""
    return sha256(text.encode()).hexdigest()[:20]


def standing(collection_id: int, variable: str, where: Filter) -> list[tuple[int, str]]:
    """List the answers in words that stand for a variable: the form's number and the text."""
    what = tabulate.standing(collection_id, where)
    query = (
        select(what.response_id, Answer.text)
        .join(Answer, (Answer.response_id == what.response_id) & (Answer.variable == what.variable))
        .where(*where.on(what, collection_id), what.variable == variable, what.state == "value")
        .where(Answer.text.is_not(None))
        .order_by(what.response_id)
    )
    return [(response_id, text or "") for response_id, text in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """One answer in words that stands: on which form, from where, and in which language it is taken to be."""

    response_id: int
    variable: str
    country: str
    text: str
    language: str


def spoken(collection_id: int, variables: Several[str], where: Filter) -> list[Verbatim]:
    """List the answers in words that stand, each with the language it is taken to be in, in the order of the forms."""
    return [
        Verbatim(response_id, variable, country, text, written_in(text, form_language))
        for response_id, variable, country, text, form_language in _words(collection_id, variables, where)
    ]


def _words(collection_id: int, variables: Several[str], where: Filter) -> Iterable[Any]:
    what = tabulate.standing(collection_id, where)
    query = (
        select(what.response_id, what.variable, what.country, Answer.text, what.language)
        .join(Answer, (Answer.response_id == what.response_id) & (Answer.variable == what.variable))
        .where(*where.on(what, collection_id), what.variable.in_(variables), what.state == "value")
        .where(Answer.text.is_not(None))
        .order_by(what.response_id)
    )
    return db.session.execute(query)


def progress(collection_id: int, variables: Several[str], where: Filter, into: str = "en") -> dict[str, dict[str, int]]:
    """Return for each variable how many of its answers to translate are in each state."""
    made = translating.made_from(collection_id, variables)
    counts = {variable: dict.fromkeys(translating.STATES, 0) for variable in variables}
    for form, variable, _, text, language in _words(collection_id, variables, where):
        if written_in(text, language) != into:
            one = made.get((form, variable))
            stale = one is not None and one.source != translating.source(text)
            counts[variable][
                "untranslated" if one is None else "stale" if stale else "approved" if one.approved_at else "awaiting"
            ] += 1
    return counts


def to_translate(collection_id: int, variables: Several[str], where: Filter, into: str = "en") -> list[Verbatim]:
    """List the answers in words that stand and are not in a language already, in the order of the forms."""
    return [each for each in spoken(collection_id, variables, where) if each.language != into]


@dataclass(frozen=True, slots=True)
class Translated:
    """One verbatim and the translation that is shown beside it, if there is one."""

    verbatim: Verbatim
    shown: Shown | None

    @property
    def state(self) -> str:
        """One of `translating.STATES`."""
        return self.shown.state if self.shown else "untranslated"


def translated(collection_id: int, variables: Several[str], where: Filter) -> list[Translated]:
    """List the answers in words that stand and are not in English, each with its translation."""
    found = translating.shown(collection_id, variables)
    wanted = to_translate(collection_id, variables, where)
    return [Translated(each, found.get((each.response_id, each.variable))) for each in wanted]


def english(collection_id: int, variable: str, where: Filter) -> dict[str, list[Shown]]:
    """Return what distinct answers say in English: every wording that was translated, each translation once."""
    shown, found = translating.shown(collection_id, variable), dict[str, dict[str, Shown]]()
    for form, text in standing(collection_id, variable, where) if shown else ():
        if one := shown.get((form, variable)):
            found.setdefault(text, {}).setdefault(one.text, one)
    return {text: list(each.values()) for text, each in found.items()}


def words_of(response_ids: Several[int], variable: str) -> dict[int, str]:
    """Return the words of some forms' answers, whether or not they stand."""
    query = select(Answer.response_id, Answer.text).where(
        Answer.response_id.in_(response_ids), Answer.variable == variable, Answer.text.is_not(None)
    )
    return {response_id: text or "" for response_id, text in db.session.execute(query)}


def chosen(collection_id: int, variable: str, where: Filter, answers: Several[str], forms: Several[int]) -> list[Unit]:
    """Return the verbatims that were chosen: all with one of some texts, and those of single forms."""
    found = standing(collection_id, variable, where) if answers or forms else []
    return [Unit(id_, variable) for id_, text in found if id_ in forms or answer_id(text) in answers]
