"""What the rooms of the door rest on: language and dates of a page, short notices, pages no device keeps, errors."""

import datetime
import json
from dataclasses import dataclass
from typing import Any

from babel.dates import format_date
from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import BadHost, HTTPException

from surveytool.languages import LANGUAGES, Language, pick_language
from surveytool.limits import TooManyGuesses
from surveytool.models import db

bp = Blueprint("respond", __name__)

#: Where letters write a day otherwise than Babel's data has it.
LONG = {"vi": "d 'tháng' M 'năm' y", "km": "d 'ខែ'MMMM 'ឆ្នាំ' y"}


def page_language() -> str:
    """Return the language of the page under way: its address says it, or else the browser's settings."""
    chosen = g.get("language")
    return chosen or pick_language(request.headers.get("Accept-Language"), tuple(LANGUAGES))


def private(answer: Response) -> Response:
    """Let nothing of a page be kept: going back shows a blank form, to the next person on a shared phone too."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


@dataclass(frozen=True)
class NoticePage:
    """One thing to tell, and perhaps where to go."""

    language: Language
    title: str
    text: str
    #: Addresses of the languages a form is served in.
    links: tuple[tuple[Language, str], ...] = ()
    #: One more place to go: its address, and what the way there is called.
    way: tuple[str, str] | None = None


def notice(
    title: str,
    text: str,
    status: int,
    *,
    links: tuple[tuple[Language, str], ...] = (),
    way: tuple[str, str] | None = None,
) -> Response:
    """Return a page that says one thing."""
    page = NoticePage(LANGUAGES[page_language()], title, text, links, way)
    return private(make_response(render_template("respond/notice.html", page=page), status))


def long_date(day: datetime.date, language: str) -> str:
    """Return a day in words, in the common era, as official letters write it."""
    return format_date(day, LONG.get(language, "long"), locale=language)


@bp.app_template_filter("as_data")
def as_data(value: Any) -> str:
    """Return a value as JSON for a data attribute."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# When something is wrong ----------------------------------------------------------------------------------------------


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
    if collection is None and "join_code" in (request.view_args or {}):
        code = gettext(
            "A survey code has letters and digits; the letters I, L, O and the digits 0 and 1 are never in it."
        )
        text = f"{text} {code}"
    return notice(gettext("We do not know this address."), text, error.code or 404, links=links)


@bp.app_errorhandler(TooManyGuesses)
def too_many(error: HTTPException) -> ResponseReturnValue:
    """Say that codes were guessed too often from this place; staff have a page of their own."""
    answer = notice(
        gettext("Too many unknown codes were tried from this connection."),
        gettext("Please wait 15 minutes and try again. Nothing that was sent is lost."),
        429,
    )
    answer.headers["Retry-After"] = "900"
    return answer


@bp.app_errorhandler(413)
def too_large(error: HTTPException) -> ResponseReturnValue:
    """Say that more was sent than is read; the browser still has it."""
    text = gettext("Please shorten your longest answers and send again. Go back to find them as you wrote them.")
    return notice(gettext("What you sent is too large to be accepted."), text, 413)


@bp.app_errorhandler(400)
def unreadable(error: HTTPException) -> ResponseReturnValue:
    """Say that the request was damaged."""
    return notice(gettext("The form could not be read."), gettext("Please go back and send it again."), 400)


@bp.app_errorhandler(BadHost)
def no_host(error: BadHost) -> Response:
    """Answer a request to a host whose name is none: pages have addresses in them, and none can be made for it."""
    return Response("The name of the server in this request cannot be read.", 400, mimetype="text/plain")


@bp.app_errorhandler(500)
def failed(error: Exception) -> ResponseReturnValue:
    """Say that the fault is ours."""
    db.session.rollback()
    text = gettext("We are sorry. Please go back, where your answers still are, and send them again in a few minutes.")
    return notice(gettext("Something went wrong on our side."), text, 500)
