"""The guided first visit: its five steps on one page, and the strip that leads from one to the next."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from surveytool.evaluate.common import bp, head, message, opened
from surveytool.evaluate.tour import pages

bp.add_app_template_global(pages.visit, "visit")
bp.add_app_template_global(pages.is_shown, "can_be_visited")


@bp.get("/<code>/visit")
def visit(code: str) -> ResponseReturnValue:
    """Show the five steps of the guided visit; only of the reconstruction."""
    collection, _ = opened(code)
    if not pages.is_shown(collection):
        abort(
            message("No visit", "The guided visit goes through the reconstruction of 2003 alone, never real answers.")
        )
    steps = [(step, pages.address(collection, number)) for number, step in enumerate(pages.STEPS, 1)]
    return render_template("evaluate/tour/visit.html", page=pages.VisitPage(head(collection), steps))
