"""What a device asks for besides the form: scripts, the worker, how it is installed, its list, and sealed forms."""

from flask import abort, g, make_response, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from surveytool import rescue
from surveytool.languages import LANGUAGES, pick_language
from surveytool.models import db
from surveytool.respond.common import bp, private
from surveytool.respond.form.views import find, told_to_device
from surveytool.respond.offline.pages import (
    CODE,
    STATIC,
    DevicePage,
    device_words,
    edition,
    told_to_choice,
    told_to_scripts,
)
from surveytool.sealing import SealError

for words in (device_words, told_to_scripts, told_to_choice):
    bp.app_template_global()(words)

#: For a year: another edition has another address.
FOREVER = "public, max-age=31536000, immutable"


@bp.get("/c/code/<edition_asked>/<path:name>")
def code(edition_asked: str, name: str) -> ResponseReturnValue:
    """Give a script or style of the form; what asks for an earlier edition gets today's, and is not to keep it."""
    if name not in CODE:
        abort(404)
    answer = send_from_directory(STATIC, name)
    answer.headers["Cache-Control"] = FOREVER if edition_asked == edition() else "no-cache"
    return answer


@bp.get("/c/<any('worker', 'cache'):name>.js")
def worker(name: str) -> ResponseReturnValue:
    """Give the worker that keeps the form on a device; it may act for addresses below this one."""
    answer = send_from_directory(STATIC / "offline", f"{name}.js")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/c/<join_code>/<language>/form.webmanifest")
def manifest(join_code: str, language: str) -> ResponseReturnValue:
    """Say how the form is installed on a phone."""
    collection = find(join_code, language)
    if collection.version is None:
        abort(404)
    choice = url_for("respond.choose", join_code=collection.join_code)
    address = url_for("respond.form", join_code=collection.join_code, language=language)
    # A shared tablet stays one when it is opened from its home screen.
    own = {"id": f"{choice}?kiosk", "start_url": f"{choice}?kiosk"} if "kiosk" in request.args else {}
    said = {
        "name": collection.revision(language).wording["title"],
        "short_name": collection.revision(language).wording["title"][:30],
        "lang": language,
        "id": choice,
        "start_url": address,
        "scope": choice,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b5068",
        "icons": [
            {"src": url_for("static", filename=f"icons/{kind}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
            | ({"purpose": "maskable"} if kind == "maskable" else {})
            for kind, size in (("192", 192), ("512", 512), ("maskable", 512))
        ],
        **own,
    }
    answer = make_response(said)
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/c/device")
def device_choose() -> ResponseReturnValue:
    """Send somebody to the list of forms on their device, in the language that the browser asks for."""
    language = pick_language(request.headers.get("Accept-Language"), tuple(LANGUAGES))
    answer = redirect(url_for("respond.device", language=language))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@bp.get("/c/device/<language>")
def device(language: str) -> ResponseReturnValue:
    """Show the list of forms on a device; the server knows none of it."""
    if language not in LANGUAGES:
        abort(404)
    g.language = language
    page = DevicePage(LANGUAGES[language], edition())
    answer = make_response(render_template("respond/offline/device.html", page=page))
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.post("/c/<join_code>/sealed")
def send_sealed(join_code: str) -> ResponseReturnValue:
    """Take in a form that a shared tablet sealed."""
    collection = find(join_code)
    try:
        taken = rescue.take(request.get_data(), collection, live=True)
    except SealError as fault:
        return private(make_response({"state": "damaged", "fault": str(fault)}, 422))
    except Exception:
        db.session.rollback()
        return private(make_response({"state": "busy"}, 503))
    return told_to_device(taken.submission, taken.outcome)
