"""The respondents' requests: show a form, change its language, take it in, say that it came."""

import json
import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, NotFound

from surveytool import intake, sharing
from surveytool.languages import LANGUAGES, Language, pick_language
from surveytool.models import Collection, db
from surveytool.reading import FieldError, read_form
from surveytool.respond import queries
from surveytool.respond.forms import make_form
from surveytool.respond.pages import FormPage, NoticePage, SharedPage, ThanksPage, message, table_words

bp = Blueprint("respond", __name__)
log = logging.getLogger(__name__)

#: Fields of the form that steer it and are no answers.
STEERING = ("submission", "switch", "clear")
#: Stands for the submission identifier in a blank form that is kept ready.
PLACE = "00000000-0000-0000-0000-000000000000"


def page_language() -> str:
    """Return the language of the page under way: its address says it, or else the browser's settings."""
    chosen = g.get("language")
    return chosen or pick_language(request.headers.get("Accept-Language"), tuple(LANGUAGES))


@bp.get("/c/<join_code>")
def choose(join_code: str) -> ResponseReturnValue:
    """Send a respondent to the form in the language that the browser asks for."""
    collection = _collection(join_code)
    offered = collection.languages or tuple(LANGUAGES)
    language = pick_language(request.headers.get("Accept-Language"), offered)
    answer = redirect(url_for("respond.form", join_code=collection.join_code, language=language))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@bp.get("/c/<join_code>/<language>")
def form(join_code: str, language: str) -> ResponseReturnValue:
    """Show the form, empty."""
    collection = _collection(join_code, language)
    if notice := _not_open(collection):
        return notice
    html = _blank(collection, language).replace(PLACE, str(uuid.uuid4()))
    return _private(make_response(html))


@bp.post("/c/<join_code>/<language>")
def send(join_code: str, language: str) -> ResponseReturnValue:
    """Take in a form; or show it in another language, or with one answer cleared, if that was asked for."""
    collection = _collection(join_code, language)
    if not request.form or request.files or None in request.form:
        # No form of ours: even an empty one carries its identifier. Nobody gets a receipt for what was not read.
        abort(400)
    sent = {name: values for name, values in request.form.lists() if name not in STEERING}
    if collection.state == "draft":
        return _not_open(collection) or abort(404)
    if "switch" in request.form or "clear" in request.form:
        return _again(collection, language, sent)
    try:
        outcome = intake.receive(collection, sent, submission=_submission(sent), language=language)
    except Exception:
        # Whatever went wrong is ours, and the person must not lose a word by it.
        log.exception("a form could not be stored")
        db.session.rollback()
        page = _page(_collection(join_code, language), language, sent, busy=True)
        return _private(make_response(render_template("respond/form.html", page=page), 503))
    return _answer(collection, language, sent, outcome)


def _again(collection: Collection, language: str, sent: Mapping[str, list[str]]) -> ResponseReturnValue:
    """Show the form again in a language, less an answer to be cleared; with its mistakes if it showed them before."""
    assert collection.version is not None
    kept = {name: values for name, values in sent.items() if name != request.form.get("clear")}
    errors: Mapping[str, FieldError] = {}
    if "checked" in request.args:
        # A year that was asked about and not yet answered for is asked about in the new language too.
        unconfirmed = {name: values for name, values in kept.items() if not name.endswith(".confirmed")}
        errors = read_form(collection.version.questionnaire, unconfirmed).errors
    page = _page(collection, language, kept, errors=errors)
    return _private(make_response(render_template("respond/form.html", page=page)))


def _answer(collection: Collection, language: str, sent: Mapping[str, list[str]], outcome: Any) -> ResponseReturnValue:
    if isinstance(outcome, intake.Refused):
        page = _page(collection, language, sent, errors=outcome.errors)
        return _private(make_response(render_template("respond/form.html", page=page), 422))
    if isinstance(outcome, intake.Aside):
        text = gettext(
            "This survey closed before your answers arrived. They have not been lost: they are kept aside, "
            "and the evaluation team will decide whether they can be counted."
        )
        return _notice(gettext("This survey is closed."), text, 409)
    receipt = outcome.response.receipt
    thanks = ThanksPage(
        join_code=collection.join_code,
        language=LANGUAGES[language],
        wording=collection.revision(language).wording,
        receipt=" ".join(re.findall(r"\d{1,4}", receipt)),
        demonstration=collection.synthetic == "demonstration",
    )
    return _private(make_response(render_template("respond/thanks.html", page=thanks)))


def _collection(join_code: str, language: str | None = None) -> Collection:
    """Return the collection of an address, and settle the page's language. Raises NotFound with a helpful page."""
    if language in LANGUAGES:
        g.language = language
    collection = queries.by_join_code(join_code)
    if collection is None or (language is not None and language not in (collection.languages or LANGUAGES)):
        g.collection = collection
        raise NotFound
    return collection


def _not_open(collection: Collection) -> ResponseReturnValue | None:
    """Return the page to show instead of a form that cannot be filled in, or None."""
    if collection.state == "draft":
        text = gettext("Please come back later, or ask the person who invited you.")
        return _notice(gettext("This survey is not open yet."), text, 409)
    if collection.state == "closed":
        text = gettext("If you have not sent your answers yet, please speak to the person who invited you.")
        return _notice(gettext("This survey is closed."), text, 410)
    return None


def _submission(sent: Mapping[str, list[str]]) -> str:
    """Return the identifier the form was sent under; a damaged one is replaced by one made from the content."""
    given = request.form.get("submission", "")
    return given if re.fullmatch(r"[0-9a-fA-F-]{8,64}", given) else "content-" + intake.digest_of_sent(sent)[:32]


#: Blank forms already rendered. All blank forms of one wording at one address are the same but for the identifier.
_blank_forms: dict[tuple[str, ...], str] = {}
BLANK_FORMS_KEPT = 256


def _blank(collection: Collection, language: str) -> str:
    """Return the empty form as HTML, with PLACE for its identifier."""
    assert collection.version is not None
    revision = collection.revision(language)
    key = (collection.join_code, collection.synthetic, language, collection.version.digest, revision.digest)
    if key not in _blank_forms:
        if len(_blank_forms) >= BLANK_FORMS_KEPT:
            _blank_forms.clear()
        page = _page(collection, language, {}, submission=PLACE)
        _blank_forms[key] = render_template("respond/form.html", page=page)
    return _blank_forms[key]


def _page(
    collection: Collection,
    language: str,
    sent: Mapping[str, list[str]],
    *,
    submission: str = "",
    errors: Mapping[str, FieldError] | None = None,
    busy: bool = False,
) -> FormPage:
    assert collection.version is not None
    q, wording = collection.version.questionnaire, collection.revision(language).wording
    errors = errors or {}
    return FormPage(
        join_code=collection.join_code,
        language=LANGUAGES[language],
        languages=tuple(LANGUAGES[tag] for tag in collection.languages),
        questionnaire=q,
        wording=wording,
        form=make_form(q, wording, sent),
        submission=submission or _submission(sent),
        errors={name: message(error, q.items[name], wording) for name, error in errors.items()},
        confirm=_years_to_confirm(sent, errors),
        busy=busy,
        demonstration=collection.synthetic == "demonstration",
    )


def _years_to_confirm(sent: Mapping[str, list[str]], errors: Mapping[str, FieldError]) -> dict[str, str]:
    """Return the Buddhist years to ask about, and those asked about before, so that none is asked about twice."""
    asked = {name.removesuffix(".confirmed"): v[-1] for name, v in sent.items() if name.endswith(".confirmed") and v}
    return asked | {n: str(e.params["typed"]) for n, e in errors.items() if e.code == "looks_buddhist"}


def _private(answer: Response) -> Response:
    """Let nothing of a page be kept: going back shows a blank form, to the next person on a shared phone too."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.app_template_filter("as_data")
def as_data(value: Any) -> str:
    """Return a value as JSON for a data attribute."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# What was shared ------------------------------------------------------------------------------------------------------


@bp.get("/s/<token>")
def shared(token: str) -> ResponseReturnValue:
    """Send a partner to the shared tables in the language that the browser asks for."""
    found = sharing.live(token)
    offered = _served(found.collection) if found else tuple(LANGUAGES)
    language = pick_language(request.headers.get("Accept-Language"), offered)
    answer = redirect(url_for("respond.shared_tables", token=token, language=language))
    answer.headers["Vary"] = "Accept-Language"
    return _unlisted(answer)


@bp.get("/s/<token>/<language>")
def shared_tables(token: str, language: str) -> ResponseReturnValue:
    """Show shared tables; a link that is unknown, revoked or past its end looks the same as any other of these."""
    g.language = language if language in LANGUAGES else None
    found = sharing.live(token)
    if found is None or language not in _served(found.collection):
        text = gettext("Please ask the person who gave it to you for a new one.")
        notice = _notice(gettext("This link has ended or is not known."), text, 404)
        return _unlisted(make_response(notice))
    collection = found.collection
    assert collection.version is not None
    wording = collection.revision(language).wording
    page = SharedPage(
        token=token,
        language=LANGUAGES[language],
        languages=tuple(LANGUAGES[tag] for tag in _served(collection)),
        title=collection.title,
        wording=wording,
        read=sharing.read(found.tables, collection.version.questionnaire, wording, table_words()),
        ends=found.expires_at.date().isoformat(),
        synthetic=bool(collection.synthetic),
    )
    return _unlisted(make_response(render_template("respond/shared.html", page=page)))


def _served(collection: Collection) -> tuple[str, ...]:
    """Return every language there is a wording in, offered to respondents or not."""
    return tuple(each.language for each in collection.wordings)


def _unlisted(answer: Any) -> Response:
    """Let nothing of a page be kept or found by search."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return _private(answer)


# When something is wrong ----------------------------------------------------------------------------------------------


def _notice(title: str, text: str, status: int, links: tuple[tuple[Language, str], ...] = ()) -> ResponseReturnValue:
    page = NoticePage(LANGUAGES[page_language()], title, text, links)
    return make_response(render_template("respond/notice.html", page=page), status)


@bp.app_errorhandler(404)
@bp.app_errorhandler(405)
def not_found(error: HTTPException) -> ResponseReturnValue:
    """Say that the address is not known, and offer the form's languages where only the language was wrong."""
    collection = g.get("collection")
    links = tuple(
        (LANGUAGES[tag], url_for("respond.form", join_code=collection.join_code, language=tag))
        for tag in (collection.languages if collection else ())
    )
    text = gettext("Please check the survey code you were given, or ask the person who gave it to you.")
    return _notice(gettext("We do not know this address."), text, error.code or 404, links)


@bp.app_errorhandler(413)
def too_large(error: HTTPException) -> ResponseReturnValue:
    """Say that more was sent than is read; the browser still has it."""
    text = gettext("Please shorten your longest answers and send again. Go back to find them as you wrote them.")
    return _notice(gettext("What you sent is too large to be accepted."), text, 413)


@bp.app_errorhandler(400)
def unreadable(error: HTTPException) -> ResponseReturnValue:
    """Say that the request was damaged."""
    return _notice(gettext("The form could not be read."), gettext("Please go back and send it again."), 400)


@bp.app_errorhandler(500)
def failed(error: Exception) -> ResponseReturnValue:
    """Say that the fault is ours."""
    db.session.rollback()
    text = gettext("We are sorry. Please go back, where your answers still are, and send them again in a few minutes.")
    return _notice(gettext("Something went wrong on our side."), text, 500)
