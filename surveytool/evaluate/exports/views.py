"""Taking responses away: the page of choices, the file, and the file with who sent the forms for a reason."""

from flask import make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from surveytool import access, exporting, tabulate
from surveytool.evaluate.common import bp, country_names, covering, head, opened, options
from surveytool.evaluate.exports import forms, pages
from surveytool.evaluate.long import begin, listed
from surveytool.languages import LANGUAGES
from surveytool.models import Collection
from surveytool.working import EXPORT, LARGE_EXPORT, wanted_as_data

TYPES = {"csv": ("zip", "application/zip"), "xlsx": ("xlsx", exporting.XLSX)}


@bp.get("/<code>/export")
def exports(code: str) -> ResponseReturnValue:
    """Show what can be taken away, and how."""
    collection, _ = opened(code)
    return render_template("evaluate/exports/exports.html", page=_page(collection, forms.Choices()))


@bp.post("/<code>/export")
def export(code: str) -> ResponseReturnValue:
    """Send the forms as data, without who sent them."""
    collection, _ = opened(code)
    choices, unknown = _chosen(collection)
    if unknown:
        return _again(_page(collection, choices, unknown=unknown))
    return _file(collection, choices, identities=False)


@bp.post("/<code>/export/identities")
def export_identities(code: str) -> ResponseReturnValue:
    """Send the forms as data with who sent them, to someone who says why; the deed is in the audit log."""
    collection, _ = opened(code)
    choices, unknown = _chosen(collection)
    error = forms.reason_fault(choices.reason)
    if unknown or error:
        return _again(_page(collection, choices, unknown=unknown, error=error))
    return _file(collection, choices, identities=True)


def _chosen(collection: Collection) -> tuple[forms.Choices, list[str]]:
    return forms.read(request.form, list(_languages(collection)), list(country_names(collection)))


def _languages(collection: Collection) -> dict[str, str]:
    """Return every language that the collection has words in, offered or not."""
    return {each.language: LANGUAGES[each.language].english for each in collection.wordings}


def _page(
    collection: Collection, choices: forms.Choices, unknown: list[str] | None = None, error: str = ""
) -> pages.ExportsPage:
    received = tabulate.received_by(collection.id, "country", covering())
    return pages.ExportsPage(
        head=head(collection),
        forms=tabulate.forms(collection.id, covering()),
        languages=_languages(collection),
        countries=options(country_names(collection), received, choices.countries),
        limited=access.countries() is not None,
        choices=choices,
        unknown=unknown or (),
        error=error,
        tasks=listed("evaluate.exports", collection),
        large=LARGE_EXPORT,
    )


def _again(page: pages.ExportsPage) -> ResponseReturnValue:
    return make_response(render_template("evaluate/exports/exports.html", page=page), 422)


def _file(collection: Collection, choices: forms.Choices, *, identities: bool) -> ResponseReturnValue:
    """Send the file, or write a large one as long work.

    It is made on the disk, sent piece by piece, and gone when it is sent. One with names is always made while somebody
    waits: long work would keep it for a day.
    """
    ending, media_type = TYPES[choices.format]
    wanted = choices.wanted(access.countries(), identities=identities)
    named = f"{collection.code}-{choices.shape}{'-with-names' if identities else ''}.{ending}"
    if not identities and tabulate.forms(collection.id, wanted.where).received > LARGE_EXPORT:
        about = {"wanted": wanted_as_data(wanted), "name": named, "media_type": media_type}
        return begin(EXPORT, collection, about)
    file = exporting.to_download(collection, wanted, access.person().email)
    return send_file(file, mimetype=media_type, as_attachment=True, download_name=named)
