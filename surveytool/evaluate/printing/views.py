"""Choosing what to print, and the form to be printed."""

from flask import abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from surveytool.evaluate.common import bp, found, head, message
from surveytool.evaluate.printing import pages
from surveytool.evaluate.printing.forms import PrintForm, print_form
from surveytool.languages import LANGUAGES
from surveytool.models import Collection


@bp.get("/<code>/print")
def printing(code: str) -> ResponseReturnValue:
    """Ask what to print."""
    collection = _collection(code)
    return _ask(collection, print_form(_names(collection)))


@bp.get("/<code>/print/form")
def printed(code: str) -> ResponseReturnValue:
    """Show the form as it is printed, so many times, each time with a number of its own."""
    collection = _collection(code)
    form = print_form(_names(collection), request.args)
    if not request.args or not form.validate():
        return make_response(_ask(collection, form), 422 if request.args else 200)
    language = str(form.language.data)
    with force_locale(language):
        page = pages.printed_page(collection, LANGUAGES[language], form.copies.data or 1, bool(form.two_sides.data))
        return render_template("evaluate/printing/form.html", page=page)


def _ask(collection: Collection, form: PrintForm) -> str:
    page = pages.AskPage(head(collection), form)
    return render_template("evaluate/printing/ask.html", page=page)


def _names(collection: Collection) -> dict[str, str]:
    """Return the languages a collection is served in, each named in itself and in English."""
    served = (LANGUAGES[tag] for tag in collection.languages)
    return {each.tag: each.name if each.name == each.english else f"{each.name} ({each.english})" for each in served}


def _collection(code: str) -> Collection:
    """Return a collection that has something to print, or stop with a page that says why it has not."""
    collection = found(code)
    if collection.version is None:
        text = (
            f"The collection '{code}' has never been opened. What it asks, and in which words, is fixed when it is "
            "first opened, so there is no form to print yet. Open it first."
        )
        abort(message("Nothing to print yet", text, 409))
    return collection
