"""The forms that came: the list, one form, who sent it for a reason, what was kept aside."""

from dataclasses import replace

from flask import abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from surveytool import access, tabulate
from surveytool.audit_log import record
from surveytool.evaluate.common import LISTED, asked_filter, bp, country_names, covering, head, message, opened
from surveytool.evaluate.responses import pages, queries
from surveytool.models import db
from surveytool.models.base import writing
from surveytool.reading import identifies

#: The shortest and the longest reason for a look at an identity.
REASON = (10, 500)


@bp.get("/<code>/responses")
def responses(code: str) -> ResponseReturnValue:
    """List the forms of a collection, newest first, without who sent them."""
    collection, _ = opened(code)
    where, _unknown = asked_filter(collection)
    count = tabulate.forms(collection.id, where).received
    last = max(1, -(-count // LISTED))
    page = min(last, max(1, request.args.get("page", 1, type=int) or 1))
    listed = queries.responses(collection.id, where, page, LISTED)
    shown_page = pages.ResponsesPage(head(collection), listed, page, last, count, country_names(collection))
    return render_template("evaluate/responses/responses.html", page=shown_page)


@bp.get("/<code>/responses/<int:response_id>")
def response(code: str, response_id: int) -> ResponseReturnValue:
    """Show one form: what was answered, what was judged; not who sent it."""
    return render_template("evaluate/responses/response.html", page=_response_page(code, response_id))


@bp.post("/<code>/responses/<int:response_id>")
def identity(code: str, response_id: int) -> ResponseReturnValue:
    """Show one form with who sent it, to someone who says why; the look is in the audit log."""
    page = _response_page(code, response_id)
    reason = request.form.get("reason", "").strip()
    if not REASON[0] <= len(reason) <= REASON[1]:
        words = f"Please say in {REASON[0]} to {REASON[1]} characters why you need to know; it goes into the audit log."
        return make_response(
            render_template("evaluate/responses/response.html", page=replace(page, error=words, reason=reason)), 422
        )
    with writing():
        record(access.person().email, "looked at an identity", f"response {response_id}", reason)
        db.session.commit()
    found = pages.identity_words(queries.identity(response_id), page.questionnaire, page.english)
    return render_template("evaluate/responses/response.html", page=replace(page, identity=found))


def _response_page(code: str, response_id: int) -> pages.ResponsePage:
    """Return the page of one form. Raises NotFound for one that is not there or that the person may not see."""
    collection, q = opened(code)
    found = queries.response(collection.id, response_id, covering()) or abort(
        message("Not found", f"The collection '{code}' has no form {response_id}. These are the collections:")
    )
    return pages.ResponsePage(
        head=head(collection),
        response=found,
        questionnaire=q,
        english=collection.revision("en").wording,
        lines=pages.answer_lines(found, queries.states(found.id), q, collection.revision("en").wording),
        judgements=queries.judgements(found.id),
        country=country_names(collection).get(found.country, "no country"),
    )


@bp.get("/<code>/aside")
def aside(code: str) -> ResponseReturnValue:
    """Show what could not be accepted and was kept aside, without who sent it."""
    collection, q = opened(code)
    submissions = [
        pages.KeptAside(
            received_at=each.received_at,
            reason=each.reason,
            language=each.language,
            mode=each.mode,
            answers={n: v for n, v in each.sent.items() if any(v) and not identifies(q, n)},
        )
        for each in queries.set_aside(collection.id, LISTED)
    ]
    return render_template("evaluate/responses/aside.html", page=pages.AsidePage(head(collection), submissions, LISTED))
