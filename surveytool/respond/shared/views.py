"""Shared tables, in the reader's language, for whoever has the link."""

import datetime
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from surveytool import sharing
from surveytool.languages import LANGUAGES, pick_language
from surveytool.models import Collection
from surveytool.respond.common import bp, long_date, notice, private
from surveytool.respond.shared.pages import SharedPage, table_words


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
        return _unlisted(notice(gettext("This link has ended or is not known."), text, 404))
    collection = found.collection
    assert collection.version is not None
    wording = collection.revision(language).wording
    read = sharing.read(found.tables, collection.version.questionnaire, wording, table_words())
    page = SharedPage(
        token=token,
        language=LANGUAGES[language],
        languages=tuple(LANGUAGES[tag] for tag in _served(collection)),
        title=collection.title,
        wording=wording,
        read=read,
        counted=long_date(datetime.date.fromisoformat(read.at), language),
        ends=long_date(found.expires_at.date(), language),
        synthetic=bool(collection.synthetic),
    )
    return _unlisted(make_response(render_template("respond/shared/shared.html", page=page)))


def _served(collection: Collection) -> tuple[str, ...]:
    """Return every language there is a wording in, offered to respondents or not."""
    return tuple(each.language for each in collection.wordings)


def _unlisted(answer: Any) -> Response:
    """Let nothing of a page be kept or found by search."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return private(answer)
