"""Posters of the three waves, their QR codes, how many forms have come, and cards with linking codes."""

from flask import Response, abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, inviting, joining, linking, tabulate, workshops
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Workshop, db
from surveytool.models.base import writing
from surveytool.text import ascii_digits
from surveytool.train.common import bp, found, head, message, wave_of
from surveytool.train.joining import pages
from surveytool.workshops import WorkshopError


@bp.get("/<workshop>/<wave>/poster")
def poster(workshop: str, wave: str) -> ResponseReturnValue:
    """Show how to join a wave, for a wall or a sheet of paper."""
    chosen = found(workshop)
    collection = wave_of(chosen, wave)
    base, typed, error = joining.base_asked()
    tags = chosen.languages.split()
    language = LANGUAGES["en" if "en" in tags else tags[0]]
    address = joining.address(collection, base)
    page = pages.PosterPage(
        head=head(chosen),
        wave=wave,
        collection=collection,
        language=language,
        when=inviting.when(chosen.starts_on, chosen.ends_on, language),
        invitations=inviting.invitations(tags, wave),
        address=address,
        qr=joining.qr_drawing(address),
        received=_received(collection),
        base=typed,
        base_error=error,
        unreachable=joining.reaches_this_machine_alone(base),
    )
    return make_response(render_template("train/joining/poster.html", page=page), 422 if error else 200)


@bp.get("/<workshop>/<wave>/received")
def received(workshop: str, wave: str) -> ResponseReturnValue:
    """Say how many forms have come, and nothing else: the poster asks for it by itself."""
    return Response(str(_received(wave_of(found(workshop), wave))), mimetype="text/plain")


@bp.get("/<workshop>/<wave>/qr.png")
def qr(workshop: str, wave: str) -> ResponseReturnValue:
    """Give the QR code as a picture, to be put into a letter."""
    collection = wave_of(found(workshop), wave)
    base, _, error = joining.base_asked()
    if error:
        abort(message("Not an address", error, 422))
    picture = joining.qr_picture(joining.address(collection, base))
    return send_file(picture, "image/png", as_attachment=True, download_name=f"{collection.code}-qr.png")


def _received(collection: Collection) -> int:
    return sum(tabulate.received_by(collection.id, "mode").values())


# Cards ---------------------------------------------------------------------------------------------------------------


@bp.get("/<workshop>/cards")
def cards(workshop: str) -> ResponseReturnValue:
    """Show the cards of a workshop, to be printed and cut."""
    return _sheet(found(workshop))


@bp.post("/<workshop>/cards")
def make_cards(workshop: str) -> ResponseReturnValue:
    """Make more cards."""
    chosen = found(workshop)
    typed = request.form.get("number", "")
    digits = ascii_digits(typed).strip()
    number = int(digits) if digits.isdecimal() and len(digits) < 5 else 0
    try:
        with writing():
            workshops.add_cards(chosen, number, access.person().email)
            db.session.commit()
    except WorkshopError as wrong:
        db.session.rollback()
        return _sheet(found(workshop), str(wrong), typed)
    flash(f"{number} cards were made.")
    return redirect(url_for("train.cards", workshop=chosen.code))


def _sheet(chosen: Workshop, error: str = "", number: str = "10") -> ResponseReturnValue:
    page = pages.CardsPage(
        head=head(chosen),
        codes=[linking.shown(card.code) for card in workshops.cards(chosen)],
        words=inviting.card_words(chosen.languages.split()),
        error=error,
        number=number,
    )
    return make_response(render_template("train/joining/cards.html", page=page), 422 if error else 200)
