"""The corrections that partners sent: which wait, what each changes, and the decision on it."""

from dataclasses import replace

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access
from surveytool.audit_log import REASON
from surveytool.evaluate.common import LISTED, bp, country_names, covering, head, message, number, opened
from surveytool.evaluate.corrections import pages, queries
from surveytool.evaluate.judging.queries import judgements, translations
from surveytool.judge import corrections as deciding
from surveytool.judge.corrections import Correction, CorrectionError
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, db
from surveytool.models.base import writing
from surveytool.retelling import Form


@bp.get("/<code>/corrections")
def corrections(code: str) -> ResponseReturnValue:
    """List the corrections of a collection, those that wait first."""
    collection, _ = opened(code)
    before = number(request.args.get("before", ""))
    found, older = queries.corrections(collection.id, covering(), LISTED, before)
    page = pages.ListPage(
        head=head(collection),
        waiting=[each for each in queries.waiting(collection.id, covering()) if each.state == "waiting"],
        decided=[each for each in found if each.state != "waiting"],
        country_names=country_names(collection),
        languages=LANGUAGES,
        older=older,
        before=before,
    )
    return render_template("evaluate/corrections/corrections.html", page=page)


@bp.get("/<code>/corrections/<int:response_id>")
def correction(code: str, response_id: int) -> ResponseReturnValue:
    """Show a correction beside the version before it, without who sent it."""
    collection, found = _correction(code, response_id)
    return render_template("evaluate/corrections/correction.html", page=_page(collection, found))


@bp.post("/<code>/corrections/<int:response_id>")
def decide(code: str, response_id: int) -> ResponseReturnValue:
    """Accept a correction, refuse it, or take the decision back."""
    collection, found = _correction(code, response_id)
    decision, reason = request.form.get("decision", ""), " ".join(request.form.get("reason", "").split())
    if error := _fault(decision, reason):
        page = replace(_page(collection, found), reason=reason, error=error)
        return make_response(render_template("evaluate/corrections/correction.html", page=page), 422)
    try:
        with writing():
            _DECISIONS[decision](found.response, access.person().email, reason)
            db.session.commit()
    except CorrectionError as error:
        db.session.rollback()
        page = replace(_page(collection, found), reason=reason, error=str(error))
        return make_response(render_template("evaluate/corrections/correction.html", page=page), 409)
    flash(_TOLD[decision].format(n=response_id))
    if decision == "undo":
        return redirect(url_for("evaluate.correction", code=code, response_id=response_id))
    return redirect(url_for("evaluate.corrections", code=code))


_DECISIONS = {"accept": deciding.accept, "refuse": deciding.refuse, "undo": deciding.undo}
_TOLD = {
    "accept": "The correction, form {n}, is accepted and counts in place of the earlier version.",
    "refuse": "The correction, form {n}, is refused; the earlier version counts.",
    "undo": "The decision on form {n} is undone; the correction waits again.",
}


def _fault(decision: str, reason: str) -> str:
    """Return what is wrong with a decision, or ""."""
    if decision not in _DECISIONS:
        return "Please choose whether to accept or to refuse."
    if decision == "refuse" and len(reason) < REASON[0]:
        return f"Please say in at least {REASON[0]} characters why it is refused; the reason stays with the form."
    return f"Please shorten the reason to {REASON[1]} characters." if len(reason) > REASON[1] else ""


def _correction(code: str, response_id: int) -> tuple[Collection, Correction]:
    """Return a correction that the person may decide on. Raises NotFound for one that is not there."""
    collection, _ = opened(code)
    found = queries.one(collection.id, response_id, covering())
    if found is None:
        abort(
            message("Not found", f"The collection '{code}' has no correction {response_id}. These are the collections:")
        )
    return collection, found


def _page(collection: Collection, found: Correction) -> pages.CorrectionPage:
    assert collection.version is not None
    q, english = collection.version.questionnaire, collection.revision("en").wording
    lines = [
        pages.answer_lines(Form(each, q, english, {}, (), (), translations(each)))
        for each in (found.before, found.response)
    ]
    differing, same = pages.pairs(*lines)
    return pages.CorrectionPage(head(collection), found, differing, same, _excluded(found))


def _excluded(found: Correction) -> list[tuple[int, str]]:
    """Return what else excludes either version; what the decision is about stands on the page by itself."""
    return [
        (of.id, each.reason)
        for of in (found.before, found.response)
        for each in judgements(of.id)
        if each.effect == "exclude form" and each.withdrawn_at is None and not deciding.decides(each)
    ]
