"""Which answers in words a report quotes, in translation where there is one, with the original offered."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from sqlalchemy import select

from surveytool.judge import translating
from surveytool.models import Answer, Collection, Response, db
from surveytool.reporting.document import Quote
from surveytool.reporting.settings import Settings
from surveytool.tabulate import standing

UNTRANSLATED = "not translated"


class _Said(NamedTuple):
    response_id: int
    language: str
    text: str


def quotes(collection: Collection, variable: str, settings: Settings, key: Callable[[int], str]) -> list[Quote]:
    """Return the quotations of one item: the first answers of each language in turn, so that none is drowned out."""
    by_language = [list(_first(collection, variable, language, settings)) for language in _languages(collection)]
    in_turn = [said for turn in zip_longest(*by_language) for said in turn if said][: settings.quotes]
    return _quoted(collection, variable, settings, in_turn, key)


def again(collection: Collection, quote: Quote, response_id: int, settings: Settings) -> Quote:
    """Return a quotation of a frozen report with its words, read anew; without any where the answer has none now."""
    query = select(Response.language, Answer.text).join(Answer, Answer.response_id == Response.id)
    found = db.session.execute(query.where(Response.id == response_id, Answer.variable == quote.variable)).first()
    if found is None or not found.text:
        return quote
    said = _Said(response_id, found.language, found.text)
    return _quoted(collection, quote.variable, settings, [said], lambda _: quote.form)[0]


def _quoted(
    collection: Collection, variable: str, settings: Settings, every: Sequence[_Said], key: Callable[[int], str]
) -> list[Quote]:
    ids = [said.response_id for said in every]
    wanted = dict.fromkeys((settings.language, "en"))
    found = {tag: translating.shown(collection.id, variable, ids, tag) for tag in wanted}
    quotations = []
    for said in every:
        quote = _quote(said, [(tag, found[tag].get((said.response_id, variable))) for tag in wanted])
        quotations.append(replace(quote, form=key(said.response_id), variable=variable))
    return quotations


def _languages(collection: Collection) -> list[str]:
    return [served.language for served in collection.wordings]


def _first(collection: Collection, variable: str, language: str, settings: Settings) -> Iterator[_Said]:
    what = standing(collection.id, settings.where)
    query = (
        select(what.response_id, what.language, Answer.text)
        .join(Answer, (Answer.response_id == what.response_id) & (Answer.variable == what.variable))
        .where(*settings.where.on(what, collection.id), what.variable == variable, what.state == "value")
        .where(what.language == language)
        .order_by(what.response_id)
        .limit(settings.quotes)
    )
    return (_Said(*row) for row in db.session.execute(query) if row.text)


def _quote(said: _Said, translations: list[tuple[str, translating.Shown | None]]) -> Quote:
    if said.language == translations[0][0]:
        return Quote(said.text, said.language)
    for language, shown in translations:
        if said.language == language:
            break
        if shown:
            note = "" if shown.state == "approved" else shown.words
            return Quote(shown.text, language, note, said.text, said.language)
    # The prose is English, so that its readers need no translation of English words.
    return Quote(said.text, said.language, "" if said.language == "en" else UNTRANSLATED)
