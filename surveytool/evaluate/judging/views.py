"""One form: reading it, judging it with a reason, and who sent it for a reason."""

from collections.abc import Sequence
from dataclasses import replace

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, tabulate
from surveytool.audit_log import record
from surveytool.definitions import Questionnaire
from surveytool.evaluate.common import bp, country_names, covering, head, message, opened, wrong_reason
from surveytool.evaluate.judging import pages, queries
from surveytool.evaluate.judging.forms import DEEDS, Case, Deed, NotDone, carry_out
from surveytool.evaluate.responses.forms import asked
from surveytool.evaluate.responses.queries import Links, excluding, neighbours
from surveytool.evaluate.validation.queries import duplicates, flags
from surveytool.judge import affiliations
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Judgement, Response, db
from surveytool.models.base import writing
from surveytool.retelling import Form, maker
from surveytool.text import clean

#: Where scans of the paper are shown, when that part is there.
SCANS = "evaluate.attachments"

STALE = (
    "Nothing was done: this form has been judged since you opened the page, perhaps by you in a second click. "
    "Its state and history below are as they are now; if you still want to, decide again."
)


@bp.get("/<code>/responses/<int:response_id>")
def response(code: str, response_id: int) -> ResponseReturnValue:
    """Show one form: what was answered, what was judged; not who sent it."""
    return render_template("evaluate/judging/response.html", page=_response_page(code, response_id))


@bp.post("/<code>/responses/<int:response_id>")
def identity(code: str, response_id: int) -> ResponseReturnValue:
    """Show one form with who sent it, to someone who says why; the look is in the audit log."""
    page = _response_page(code, response_id)
    reason = clean(request.form.get("reason", ""))
    if words := wrong_reason(reason, "it goes into the audit log"):
        answer = render_template("evaluate/judging/response.html", page=replace(page, error=words, reason=reason))
        return make_response(answer, 422)
    with writing():
        record(access.person().email, "looked at an identity", f"response {response_id}", reason)
        db.session.commit()
    found = pages.identity_words(queries.identity(response_id), page.questionnaire, page.english)
    return render_template("evaluate/judging/response.html", page=replace(page, identity=found))


@bp.post("/<code>/responses/<int:response_id>/judge")
def judge_response(code: str, response_id: int) -> ResponseReturnValue:
    """Do one thing to one form, with a reason; it is on record and can be undone."""
    collection, q, response = _find(code, response_id)
    deed = Deed.sent(request.form)
    if deed.do not in DEEDS:
        abort(400)
    if wrong := wrong_reason(deed.reason, "it stays beside the decision and in the audit log"):
        return _not_done(code, response_id, deed, wrong, 422)
    try:
        with writing():
            queries.lock(response.id)
            judged = queries.judgements(response.id)
            if deed.seen != _seen(judged):
                raise NotDone(STALE)
            told = carry_out(Case(response, q, judged, deed, access.person().email))
            db.session.commit()
    except NotDone as fault:
        db.session.rollback()
        return _not_done(code, response_id, deed, str(fault), 409)
    flash(told)
    return redirect(url_for("evaluate.response", code=code, response_id=response_id, **asked(collection).parameters))


def _not_done(code: str, response_id: int, deed: Deed, fault: str, status: int) -> ResponseReturnValue:
    """Show the form again, with what was typed and why nothing was done."""
    page = replace(_response_page(code, response_id), deed=deed, deed_error=fault)
    return make_response(render_template("evaluate/judging/response.html", page=page), status)


# Putting the page together --------------------------------------------------------------------------------------------


def _find(code: str, response_id: int) -> tuple[Collection, Questionnaire, Response]:
    """Return one form that the person may see. Raises NotFound, for another's as for one that is not there."""
    collection, q = opened(code)
    found = queries.response(collection.id, response_id, covering()) or abort(
        message("Not found", f"The collection '{code}' has no form {response_id}. These are the collections:")
    )
    return collection, q, found


def _response_page(code: str, response_id: int) -> pages.ResponsePage:
    """Return the page of one form. Raises NotFound."""
    collection, q, found = _find(code, response_id)
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
        translations=queries.translations(found),
    )
    before, after = neighbours(collection, wanted, found.id)
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
        flags=flags(collection, [found.id])[found.id],
        tied=_tied(found, q),
        corrects=corrects,
        corrected_by=corrected_by,
        duplicates=duplicates(found.id, covering(), collection.id),
        taken_in=queries.taken_in(found.id),
        country=country_names(collection).get(found.country, "no country"),
        language=LANGUAGES[found.language].english,
        seen=_seen(judged),
        device=pages.device_words(found, collection.zone),
        scans=SCANS in current_app.view_functions,
    )


def _tied(response: Response, q: Questionnaire) -> pages.Tied | None:
    """Return which organisation a form is from, where the questionnaire asks and there is a register."""
    item = affiliations.item_of(q)
    if not item or not tabulate.has_register():
        return None
    said, affiliation = queries.organisation(response, item)
    return pages.tied(said, response.language, affiliation)


def _seen(judgements: Sequence[Judgement]) -> str:
    """Return what tells one state of a form's judgements from every later one: none is ever deleted."""
    return f"{len(judgements)}.{sum(each.withdrawn_at is not None for each in judgements)}"


def _related(response: Response) -> tuple[pages.Related | None, list[pages.Related]]:
    """Return the form that one corrects, and those that correct it."""
    corrected = [response.supersedes_id] if response.supersedes_id else []
    links = Links.of(response.collection_id, [response.id], corrected, covering())
    out = excluding(links.ids)
    related = {id_: pages.Related(id_, id_ in out) for id_ in links.ids}
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
