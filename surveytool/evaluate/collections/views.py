"""The collections there are."""

from flask import render_template
from flask.typing import ResponseReturnValue

from surveytool import tabulate
from surveytool.evaluate.collections import pages
from surveytool.evaluate.common import bp, covered
from surveytool.tabulate import Filter


@bp.get("/")
def collections() -> ResponseReturnValue:
    """List the collections."""
    rows = [(each, tabulate.forms(each.id, Filter(countries or ()))) for each, countries in covered()]
    return render_template("evaluate/collections/collections.html", page=pages.ListPage(rows))
