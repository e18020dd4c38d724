"""The poster of a collection, its QR code, and how many forms have come."""

from flask import Response, abort, make_response, render_template, send_file
from flask.typing import ResponseReturnValue

from surveytool import access, inviting, joining, tabulate
from surveytool.collection_settings import offered_languages
from surveytool.evaluate.common import bp, found, head, message
from surveytool.evaluate.poster import pages
from surveytool.languages import LANGUAGES
from surveytool.models import Collection


@bp.get("/<code>/poster")
def poster(code: str) -> ResponseReturnValue:
    """Show how to join, for a wall or a sheet of paper."""
    collection = found(code)
    base, typed, error = joining.base_asked()
    tags = offered_languages(collection)
    language = LANGUAGES["en" if "en" in tags else tags[0]]
    page = pages.PosterPage(
        head=head(collection),
        language=language,
        when=inviting.when(collection.starts_on, collection.ends_on, language),
        invitations=inviting.invitations(tags, collection.wave),
        address=joining.address(collection, base),
        qr=joining.qr_drawing(joining.address(collection, base)),
        received=_received(collection) if access.countries() is None else None,
        base=typed,
        base_error=error,
        unreachable=joining.reaches_this_machine_alone(base),
    )
    return make_response(render_template("evaluate/poster/poster.html", page=page), 422 if error else 200)


@bp.get("/<code>/received")
def received(code: str) -> ResponseReturnValue:
    """Say how many forms have come, and nothing else: the poster asks for it by itself."""
    return Response(str(_received(found(code))), mimetype="text/plain")


@bp.get("/<code>/qr.png")
def qr(code: str) -> ResponseReturnValue:
    """Give the QR code as a picture, to be put into a letter."""
    collection = found(code)
    base, _, error = joining.base_asked()
    if error:
        abort(message("Not an address", error, 422))
    picture = joining.qr_picture(joining.address(collection, base))
    return send_file(picture, "image/png", as_attachment=True, download_name=f"{collection.code}-qr.png")


def _received(collection: Collection) -> int:
    return sum(tabulate.received_by(collection.id, "mode").values())
