"""Puts the page of one form together, for all views that answer with it."""

from collections.abc import Sequence

from flask import abort, current_app

from surveytool.definitions import Questionnaire
from surveytool.evaluate.common import country_names, covering, head, message, opened
from surveytool.evaluate.responses import pages, queries
from surveytool.evaluate.responses.asking import asked
from surveytool.evaluate.responses.lines import Form, maker
from surveytool.models import Collection, Judgement, Response

#: Where scans of the paper are shown, when that part is there.
SCANS = "evaluate.attachments"


def find(code: str, response_id: int) -> tuple[Collection, Questionnaire, Response]:
    """Return one form that the person may see. Raises NotFound, for another's as for one that is not there."""
    collection, q = opened(code)
    found = queries.response(collection.id, response_id, covering()) or abort(
        message("Not found", f"The collection '{code}' has no form {response_id}. These are the collections:")
    )
    return collection, q, found


def response_page(code: str, response_id: int) -> pages.ResponsePage:
    """Return the page of one form. Raises NotFound."""
    collection, q, found = find(code, response_id)
    wanted, english = asked(collection), collection.revision("en").wording
    judged = queries.judgements(found.id)
    standing = [each for each in judged if each.withdrawn_at is None]
    form = Form(
        response=found,
        q=q,
        english=english,
        states=queries.states(found.id),
        judgements=[*standing, *queries.item_judgements(collection.id)],
        codings=queries.codings(found.id),
    )
    before, after = queries.neighbours(collection.id, wanted, queries.order(collection, wanted), found.id)
    corrects, corrected_by = _related(found)
    return pages.ResponsePage(
        head=head(collection),
        asked=wanted,
        response=found,
        questionnaire=q,
        english=english,
        before=before,
        after=after,
        sections=form.sections(),
        history=_history(judged, q),
        exclusions=[each for each in standing if each.effect == "exclude form"],
        flags=[each for each in standing if each.effect == "flag"],
        corrects=corrects,
        corrected_by=corrected_by,
        taken_in=queries.taken_in(found.id),
        country=country_names(collection).get(found.country, "no country"),
        seen=seen(judged),
        scans=SCANS in current_app.view_functions,
    )


def seen(judgements: Sequence[Judgement]) -> str:
    """Return what tells one state of a form's judgements from every later one: none is ever deleted."""
    return f"{len(judgements)}.{sum(each.withdrawn_at is not None for each in judgements)}"


def _related(response: Response) -> tuple[pages.Related | None, list[pages.Related]]:
    """Return the form that one corrects, and those that correct it."""
    links = queries.Links.of([response.id], [response.supersedes_id] if response.supersedes_id else [], covering())
    effects = queries.standing_effects(links.ids)
    related = {id_: pages.Related(id_, "exclude form" in effects.get(id_, {})) for id_ in links.ids}
    return related.get(response.supersedes_id or 0), [related[id_] for id_ in links.later.get(response.id, ())]


def _history(judged: Sequence[Judgement], q: Questionnaire) -> list[pages.HistoryLine]:
    """Return all that was ever judged, in order; what was withdrawn can be decided again unless the like stands."""
    standing = {(each.effect, each.variable) for each in judged if each.withdrawn_at is None}
    last = {(each.effect, each.variable): each.id for each in judged}
    lines = []
    for each in judged:
        what = (each.effect, each.variable)
        again = "renew" if what not in standing and last[what] == each.id else ""
        about = f"item {q.variables[each.variable].number}" if each.variable in q.variables else each.variable or ""
        deed = "withdraw" if each.withdrawn_at is None else again
        lines.append(pages.HistoryLine(each, maker(each), about, deed))
    return lines
