"""Signs of politeness."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from surveytool import charts, politeness, tabulate
from surveytool.evaluate.common import bp, head, note, opened, part
from surveytool.evaluate.politeness import pages

bp.add_app_template_global(pages.of_answers)


@bp.get("/<code>/politeness", endpoint="politeness")
def signs(code: str) -> ResponseReturnValue:
    """Show what may be politeness rather than opinion, in the forms asked for and by group."""
    collection, _ = opened(code)
    chosen = part(collection)
    typed = request.args.get("by", "")
    dimensions = chosen.offered.dimensions
    by = typed if typed in dimensions else next(iter(dimensions))
    found = politeness.signs(collection, chosen.where, by, chosen.offered.groups(by))
    picture = charts.ranked(
        found.whole.yes_bands, {band: f"yes to {band}" for band in found.whole.yes_bands}, found.whole.yes.forms
    )
    page = pages.PolitenessPage(
        head=head(collection),
        part=chosen,
        forms=tabulate.forms(collection.id, chosen.where),
        found=found,
        by=by,
        dimensions=dimensions,
        figures={
            "figure-yes": charts.titled(
                picture, "Forms by their share of yes", note(collection, chosen.said), f"{code}-share-of-yes"
            )
        }
        if found.whole.yes.forms
        else {},
        wrong=[f"Forms cannot be grouped by “{typed[:60]}”."] if typed and typed not in dimensions else (),
    )
    return render_template("evaluate/politeness/politeness.html", page=page)
