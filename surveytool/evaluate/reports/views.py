"""The report: read, taken away as a file, frozen; frozen ones read, taken away, verified, deleted."""

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, as_of, reporting, tabulate
from surveytool.audit_log import record
from surveytool.evaluate.common import asked_filter, bp, covering, head, message, opened, part
from surveytool.evaluate.long import begin, listed
from surveytool.evaluate.reports import forms, pages
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Report, db
from surveytool.models.base import writing
from surveytool.reporting import FORMATS, BundleError, Settings, files, frozen, working
from surveytool.reporting import pictures as drawing
from surveytool.reporting.html import english_name, numbers

#: Above this many forms, reports are written, frozen and verified as long work that can be left.
LARGE = 5000
#: Above this many the page does not write the report while somebody waits for it.
LIVE = 20_000


@bp.get("/<code>/report")
def report(code: str) -> ResponseReturnValue:
    """Show the report as it would be written now."""
    collection, _ = opened(code)
    return _report(collection)


@bp.post("/<code>/report/file")
def report_file(code: str) -> ResponseReturnValue:
    """Write the report as a file: at once, or as long work."""
    collection, _ = opened(code)
    settings, fault = _asked(collection)
    form = request.form.get("format", "")
    if form not in FORMATS:
        abort(400)
    if fault:
        return _report(collection, status=422)
    _tell("wrote a report", collection, f"{form}, as {settings.stand}, {settings.language}")
    drawn = _wants_pictures()
    if drawn or _is_large(collection):
        arguments = {"settings": settings.as_data(), "format": form, "pictures": drawn}
        return _begin(collection, working.WRITE, arguments)
    document = reporting.compose(collection, settings)
    return _sent(reporting.write(document, form, with_pictures=_pictures_asked()), f"{collection.code}-report")


@bp.post("/<code>/report/freeze")
def freeze_report(code: str) -> ResponseReturnValue:
    """Freeze the report: keep it with all that its figures can be counted from again."""
    collection, _ = opened(code)
    settings, fault = _asked(collection)
    title = request.form.get("title", "").strip()
    error = forms.title_fault(title)
    if fault or error:
        return _report(collection, status=422, error=error, title=title)
    if _is_large(collection):
        return _begin(collection, working.FREEZE, {"settings": settings.as_data(), "title": title})
    made = frozen.freeze(collection, settings, title, access.person().email)
    flash(f"Frozen as report {made.id}. Its figures stay as they are; they can be verified at any time.")
    return redirect(url_for("evaluate.frozen_report", code=code, report_id=made.id))


def _report(collection: Collection, *, status: int = 200, error: str = "", title: str = "") -> ResponseReturnValue:
    settings, fault = _asked(collection)
    document = reporting.compose(collection, settings) if _received(collection) <= LIVE else None
    q, english = collection.version.questionnaire, collection.revision("en").wording  # type: ignore[union-attr]
    page = pages.ReportPage(
        head=head(collection),
        document=document,
        numbers=numbers(document) if document else {},
        figures=pages.pictures(document, f"{collection.code}-report") if document else {},
        settings=settings,
        plans=reporting.plans(q, english),
        languages={each.language: LANGUAGES[each.language].english for each in collection.wordings},
        part=part(collection),
        stand=as_of.shown(settings.where.stand, collection.zone),
        fault=" ".join([fault, *_unknown(collection)]).strip(),
        asked=_query(),
        frozen=frozen.reports(collection) if access.may("evaluate.frozen_report") else (),
        tasks=listed("evaluate.report", collection),
        pictures=drawing.available(),
        install=drawing.INSTALL,
        error=error,
        title=title or collection.title,
    )
    return make_response(render_template("evaluate/reports/report.html", page=page, own_name=english_name), status)


def _asked(collection: Collection) -> tuple[Settings, str]:
    """Return what report the address asks for, and what is wrong with that."""
    assert collection.version is not None
    where, _ = asked_filter(collection)
    languages = tuple(each.language for each in collection.wordings)
    return forms.read(request.args, where, collection.version.questionnaire, languages)


def _unknown(collection: Collection) -> list[str]:
    _, unknown = asked_filter(collection)
    return [f"Not known and left out of the filter: {', '.join(unknown)}."] if unknown else []


def _query() -> dict[str, Any]:
    """Return what the address asks for, to be asked for again."""
    return {
        name: values for name, values in request.args.lists() if name not in ("code", "tour") and name.isidentifier()
    }


# Frozen ones ----------------------------------------------------------------------------------------------------------


@bp.get("/<code>/reports/<int:report_id>")
def frozen_report(code: str, report_id: int) -> ResponseReturnValue:
    """Show a frozen report."""
    collection, _ = opened(code)
    return _frozen(collection, _find(collection, report_id))


def _frozen(
    collection: Collection, found: Report, *, status: int = 200, error: str = "", reason: str = ""
) -> ResponseReturnValue:
    try:
        document = frozen.document(found, collection)
    except BundleError as wrong:
        return message("This report cannot be read", str(wrong), 409)
    page = pages.FrozenPage(
        head=head(collection),
        report=found,
        document=document,
        numbers=numbers(document),
        figures=pages.pictures(document, f"{collection.code}-report-{found.id}"),
        pictures=drawing.available(),
        install=drawing.INSTALL,
        error=error,
        reason=reason,
    )
    return make_response(render_template("evaluate/reports/frozen.html", page=page, own_name=english_name), status)


@bp.post("/<code>/reports/<int:report_id>/file")
def frozen_file(code: str, report_id: int) -> ResponseReturnValue:
    """Send a frozen report as a file, or its bundle."""
    collection, _ = opened(code)
    found, form = _find(collection, report_id), request.form.get("format", "")
    if form not in (*FORMATS, "bundle"):
        abort(400)
    _tell("took a frozen report away", collection, f"report {report_id}, {form}")
    name = f"{collection.code}-report-{report_id}"
    if form == "bundle":
        return send_file(BytesIO(found.bundle), "application/zip", as_attachment=True, download_name=f"{name}.zip")
    if _wants_pictures():
        arguments = {"settings": found.settings, "report_id": report_id, "format": form, "pictures": True}
        return _begin(collection, working.FROZEN_FILE, arguments)
    try:
        document = frozen.document(found, collection)
    except BundleError as wrong:
        return message("This report cannot be read", str(wrong), 409)
    file = files.write(document, form, with_pictures=_pictures_asked(), frozen=frozen.words(found))
    return _sent(file, name)


@bp.post("/<code>/reports/<int:report_id>/verify")
def verify_report(code: str, report_id: int) -> ResponseReturnValue:
    """Count every figure of a frozen report again, and say which would be others today."""
    collection, _ = opened(code)
    found = _find(collection, report_id)
    if _is_large(collection):
        return _begin(collection, working.VERIFY, {"report_id": report_id})
    try:
        verified = working.verified(found.bundle, found.digest, collection)
    except BundleError as wrong:
        return message("This report cannot be verified", str(wrong), 409)
    page = pages.VerifiedPage(head(collection), found, verified)
    return render_template("evaluate/reports/verified.html", page=page)


@bp.post("/<code>/reports/<int:report_id>/delete")
def delete_report(code: str, report_id: int) -> ResponseReturnValue:
    """Delete a frozen report with its bundle, for a reason."""
    collection, _ = opened(code)
    found, reason = _find(collection, report_id), request.form.get("reason", "").strip()
    if error := forms.reason_fault(reason):
        return _frozen(collection, found, status=422, error=error, reason=reason)
    frozen.give_up(found, access.person().email, reason)
    flash(f"The frozen report {report_id} is deleted, with its bundle.")
    return redirect(url_for("evaluate.report", code=code))


def _find(collection: Collection, report_id: int) -> Report:
    """Return a frozen report of a collection. Raises NotFound."""
    words = f"The collection '{collection.code}' has no frozen report {report_id}. These are the collections:"
    return (frozen.find(collection, report_id) if report_id < 2**31 else None) or abort(message("Not found", words))


# What they share ------------------------------------------------------------------------------------------------------


def _pictures_asked() -> bool:
    return request.form.get("pictures", "yes") == "yes"


def _wants_pictures() -> bool:
    """Whether pictures are to be drawn, which takes long."""
    return _pictures_asked() and drawing.available()


def _is_large(collection: Collection) -> bool:
    return _received(collection) > LARGE


def _received(collection: Collection) -> int:
    return sum(tabulate.received_by(collection.id, "mode", covering()).values())


def _begin(collection: Collection, kind: str, arguments: dict[str, Any]) -> ResponseReturnValue:
    """Begin long work and show how far it is."""
    back = url_for("evaluate.report", code=collection.code)
    back += f"?{urlencode(_query(), doseq=True)}" if _query() else ""
    return begin(kind, collection, arguments | {"back": back})


def _sent(file: reporting.File, name: str) -> ResponseReturnValue:
    named = f"{name}.{file.ending}"
    return send_file(BytesIO(file.content), file.media_type, as_attachment=True, download_name=named)


def _tell(what: str, collection: Collection, how: str) -> None:
    with writing():
        record(access.person().email, what, f"collection {collection.code}", how)
        db.session.commit()
