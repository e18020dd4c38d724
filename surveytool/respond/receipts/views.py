"""With a receipt code: find one's form, correct it, withdraw it. The code travels in fields, never in an address."""

import datetime
import uuid

import flask
from flask import abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from surveytool import identities, withdrawals
from surveytool.identities import ReceiptError, UnknownReceipt
from surveytool.judge import corrections
from surveytool.judge.versions import versions
from surveytool.languages import LANGUAGES, pick_language
from surveytool.limits import RECEIPTS, check, missed
from surveytool.models import Response, db
from surveytool.models.base import writing
from surveytool.respond.common import bp, long_date, notice, private
from surveytool.respond.form.views import show, take_in
from surveytool.respond.receipts.forms import fields_of
from surveytool.respond.receipts.pages import CodePage, FoundPage

#: The time of the region: the day that people wrote on their calendar when they sent a form.
REGION = datetime.timezone(datetime.timedelta(hours=7))


@bp.get("/r")
def receipt_choose() -> ResponseReturnValue:
    """Send somebody with a receipt to the page in the language that the browser asks for."""
    language = pick_language(request.headers.get("Accept-Language"), tuple(LANGUAGES))
    answer = redirect(url_for("respond.receipt", language=language))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@bp.get("/r/<language>")
def receipt(language: str) -> ResponseReturnValue:
    """Ask for the receipt code."""
    _settle(language)
    return _ask()


@bp.post("/r/<language>")
def find(language: str) -> ResponseReturnValue:
    """Show the form that a receipt code belongs to, and what can be done with it."""
    _settle(language)
    if "switch" in request.form:
        return _ask(request.form.get("receipt", ""))
    page = _found_page(_found(), "respond.find")
    return private(make_response(render_template("respond/receipts/found.html", page=page)))


@bp.route("/r/<language>/correct", methods=["GET", "POST"])
def correct(language: str) -> ResponseReturnValue:
    """Show a form as it stands, to be corrected; take in the correction."""
    _settle(language)
    if request.method == "GET":
        return redirect(url_for("respond.receipt", language=language))
    last = versions(_found())[-1]
    collection = last.collection
    if last.version.questionnaire.asked_in == "case work":
        abort(404)
    if language not in collection.languages:
        language = g.language = last.language if last.language in collection.languages else collection.languages[0]
    if "submission" not in request.form:
        return show(collection, language, fields_of(last), last, submission=str(uuid.uuid4()))
    return take_in(collection, language, last)


@bp.route("/r/<language>/withdraw", methods=["GET", "POST"])
def withdraw(language: str) -> ResponseReturnValue:
    """Say what withdrawing a form deletes; delete it once that is confirmed. Nobody else has a say in it."""
    _settle(language)
    if request.method == "GET":
        return redirect(url_for("respond.receipt", language=language))
    response = _found()
    if "confirmed" not in request.form:
        page = _found_page(response, "respond.withdraw")
        return private(make_response(render_template("respond/receipts/withdraw.html", page=page)))
    with writing():
        withdrawals.withdraw(response, withdrawals.RESPONDENT, withdrawals.BY_RECEIPT)
        db.session.commit()
    withdrawals.overwrite()
    text = gettext("Your form has been deleted, with everything that was in it. The receipt code is no longer valid.")
    return notice(gettext("Your form was withdrawn."), text, 200)


def _settle(language: str) -> None:
    """Settle the page's language. Raises NotFound for one that there is not."""
    if language not in LANGUAGES:
        abort(404)
    g.language = language


def _found() -> Response:
    """Return the form of the receipt code that was sent, or stop with the page that asks for it again."""
    typed = request.form.get("receipt", "")
    check(RECEIPTS)
    try:
        return identities.by_receipt(typed)
    except UnknownReceipt:
        missed(RECEIPTS)
        abort(_ask(typed, gettext("We do not know this receipt code. The form may have been withdrawn.")))
    except ReceiptError:
        fault = gettext("Please check the code: it has 17 digits, and one of them may be wrong or missing.")
        abort(_ask(typed, fault))


def _ask(typed: str = "", error: str = "") -> flask.Response:
    page = CodePage(LANGUAGES[g.language], typed[:100], error)
    return private(make_response(render_template("respond/receipts/code.html", page=page), 422 if error else 200))


def _found_page(response: Response, endpoint: str) -> FoundPage:
    collection = response.collection
    words = g.language if g.language in collection.languages else response.language
    all_versions = versions(response)
    return FoundPage(
        language=LANGUAGES[g.language],
        receipt=response.receipt,
        title=collection.title,
        survey=collection.revision(words).wording["title"],
        received=long_date(all_versions[0].received_at.astimezone(REGION).date(), g.language),
        correction=_became_of(all_versions[-1]),
        correctable=response.version.questionnaire.asked_in != "case work",
        endpoint=endpoint,
    )


def _became_of(last: Response) -> str:
    """Return what became of the last correction of a form, in words for who sent it."""
    if last.supersedes_id is None:
        return ""
    return {
        "waiting": gettext("Your correction was received and waits for the evaluation team’s decision."),
        "accepted": gettext("Your correction was accepted."),
        "refused": gettext("Your correction was not accepted; your earlier answers count."),
    }.get(corrections.correction(last).state, "")
