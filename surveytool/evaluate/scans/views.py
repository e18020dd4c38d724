"""Scans and photos of forms: attaching them while typing and after, and looking at one for a reason.

Names of uploaded files are not kept: they may hold a person's. A scan goes out as what it was found to be.
"""

from collections.abc import Sequence

from flask import Response as Answer
from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from surveytool import access, scans
from surveytool.audit_log import record
from surveytool.evaluate.common import MessagePage, bp, head, opened, wrong_reason
from surveytool.evaluate.scans import pages, queries
from surveytool.models import Attachment, Collection, Entry, db
from surveytool.models.base import writing
from surveytool.scans import ENDINGS, LARGEST, MOST, PICTURES, ScanError

# While typing ---------------------------------------------------------------------------------------------------------


@bp.get("/<code>/entry/<submission>/scans")
def entry_scans(code: str, submission: str) -> ResponseReturnValue:
    """Show the scans of a form that the person is typing."""
    collection, entry = _mine(code, submission)
    page = pages.EntryScansPage(head(collection), entry, queries.of_entry(entry.id))
    return render_template("evaluate/scans/entry.html", page=page)


@bp.post("/<code>/entry/<submission>/scans")
def add_scans(code: str, submission: str) -> ResponseReturnValue:
    """Attach scans to a form that the person is typing."""
    collection, entry = _mine(code, submission)
    present = queries.of_entry(entry.id)
    try:
        _attach(len(present), entry_id=entry.id)
    except ScanError as error:
        page = pages.EntryScansPage(head(collection), entry, present, str(error))
        return make_response(render_template("evaluate/scans/entry.html", page=page), 422)
    return redirect(url_for("evaluate.type_form", code=code, submission=submission))


@bp.get("/<code>/entry/<submission>/scans/<int:attachment_id>")
def entry_scan(code: str, submission: str, attachment_id: int) -> ResponseReturnValue:
    """Hand out a scan of a form that the person is typing."""
    _, entry = _mine(code, submission)
    return _file(*_one(queries.of_entry(entry.id), attachment_id))


@bp.post("/<code>/entry/<submission>/scans/<int:attachment_id>/remove")
def remove_scan(code: str, submission: str, attachment_id: int) -> ResponseReturnValue:
    """Take a scan away from a form that the person is typing."""
    _, entry = _mine(code, submission)
    number, found = _one(queries.of_entry(entry.id), attachment_id)
    with writing():
        db.session.delete(found)
        db.session.commit()
    flash(f"Scan {number} is removed.")
    return redirect(url_for("evaluate.entry_scans", code=code, submission=submission))


def _mine(code: str, submission: str) -> tuple[Collection, Entry]:
    """Return a form that the person is typing. Raises NotFound."""
    collection, _ = opened(code)
    entry = queries.entry(collection.id, submission, access.person().email)
    if entry is None:
        abort(_not_here())
    return collection, entry


# Afterwards -----------------------------------------------------------------------------------------------------------


@bp.get("/<code>/responses/<int:response_id>/scans")
def attachments(code: str, response_id: int) -> ResponseReturnValue:
    """List the scans of a form: that they are there, not what they show."""
    return render_template("evaluate/scans/response.html", page=_scans_page(code, response_id))


@bp.post("/<code>/responses/<int:response_id>/scans")
def attach(code: str, response_id: int) -> ResponseReturnValue:
    """Attach scans to a form that was kept before."""
    page = _scans_page(code, response_id)
    try:
        _attach(len(page.scans), response_id=response_id)
    except ScanError as error:
        page = _scans_page(code, response_id, error=str(error))
        return make_response(render_template("evaluate/scans/response.html", page=page), 422)
    flash("The scans are kept.")
    return redirect(url_for("evaluate.attachments", code=code, response_id=response_id))


@bp.post("/<code>/responses/<int:response_id>/scans/<int:attachment_id>")
def attachment(code: str, response_id: int, attachment_id: int) -> ResponseReturnValue:
    """Hand out a scan to someone who says why; the look is in the audit log."""
    page = _scans_page(code, response_id)
    number, found = _one(page.scans, attachment_id)
    reason = request.form.get("reason", "").strip()
    if wrong := wrong_reason(reason, "it goes into the audit log"):
        page = _scans_page(code, response_id, unreasoned=attachment_id, reason=reason, wrong=wrong)
        return make_response(render_template("evaluate/scans/response.html", page=page), 422)
    with writing():
        record(access.person().email, "looked at a scan", f"response {response_id}, scan {attachment_id}", reason)
        db.session.commit()
    return _file(number, found)


def _scans_page(
    code: str, response_id: int, *, error: str = "", unreasoned: int = 0, reason: str = "", wrong: str = ""
) -> pages.ScansPage:
    """Return the page of a form's scans. Raises NotFound for a form that the person neither typed nor may see."""
    collection, _ = opened(code)
    found = queries.response(collection.id, response_id)
    if found is None:
        abort(_not_here())
    countries = access.countries_as("evaluator", collection.id)
    sees = countries is None or found.country in countries
    if not sees and found.typed_by != access.person().email:
        abort(_not_here())
    listed = queries.of_response(found.id)
    return pages.ScansPage(head(collection), found, listed, sees, error, unreasoned, reason, wrong)


# Both -----------------------------------------------------------------------------------------------------------------


def _attach(present: int, *, entry_id: int | None = None, response_id: int | None = None) -> None:
    """Keep the files of the request. Raises ScanError."""
    # One byte more than is taken, so that what is too large is not read whole.
    files = [file.stream.read(LARGEST + 1) for file in request.files.getlist("scan")[: MOST + 1] if file.filename]
    if not files:
        raise ScanError("Choose a file first.")
    who = access.person().email
    added = scans.attached(files, present, who, entry_id=entry_id, response_id=response_id)
    with writing():
        if response_id is not None:
            record(who, "attached scans", f"response {response_id}", f"{len(added)} added")
        db.session.commit()


def _one(listed: Sequence[Attachment], attachment_id: int) -> tuple[int, Attachment]:
    """Return one of the scans listed and its number among them. Raises NotFound."""
    found = next((pair for pair in enumerate(listed, 1) if pair[1].id == attachment_id), None)
    return found or abort(_not_here())


def _file(number: int, found: Attachment) -> Answer:
    """Return a scan as what it was found to be, under a name that says nothing; `headers` lets it do nothing."""
    answer = make_response(scans.content(found))
    answer.mimetype = found.media_type
    how = "inline" if found.media_type in PICTURES else "attachment"
    answer.headers["Content-Disposition"] = f"{how}; filename=scan-{number}.{ENDINGS[found.media_type]}"
    return answer


def _not_here() -> Answer:
    """Return the page for what is not there, or is another's."""
    page = MessagePage("Not found", "There is no such form or scan, or it is not yours to see.")
    return make_response(render_template("evaluate/message.html", page=page), 404)


@bp.errorhandler(413)
def too_large(error: HTTPException) -> ResponseReturnValue:
    """Say that more was sent than is read."""
    text = f"Attach fewer files at a time; each may have {LARGEST // 1024 // 1024} MB. Go back and try again."
    page = MessagePage("What was sent is too large", text)
    return make_response(render_template("evaluate/message.html", page=page), 413)
