"""What a workshop changed; whose forms belong together, decided by its trainer; a summary to print or take away."""

from io import BytesIO

from flask import abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, appraisal_papers, appraising, links
from surveytool.appraisal_pictures import pictures
from surveytool.audit_log import record
from surveytool.links import LinkError
from surveytool.models import WAVES, Workshop, db
from surveytool.models.base import writing
from surveytool.text import clean
from surveytool.train.appraisal import pages
from surveytool.train.common import LARGEST_ID, bp, found, head, wrong_reason


def asked_waves() -> tuple[str, str]:
    """Return the two waves that the address asks to be put beside each other; before and after otherwise."""
    first, second = request.args.get("from", "pre"), request.args.get("to", "post")
    known = first in WAVES and second in WAVES and WAVES.index(first) < WAVES.index(second)
    return (first, second) if known else ("pre", "post")


@bp.get("/<workshop>/appraisal")
def appraisal(workshop: str) -> ResponseReturnValue:
    """Show what changed between two waves, competency by competency."""
    chosen = found(workshop)
    appraised, linked = appraising.appraise(chosen, *asked_waves()), links.linked(chosen)
    waiting = len(linked.near) + len(linked.pairing.waiting)
    page = pages.AppraisalPage(head(chosen), appraised, pictures(appraised), waiting)
    return render_template("train/appraisal/appraisal.html", page=page)


@bp.get("/<workshop>/summary")
def summary(workshop: str) -> ResponseReturnValue:
    """Show what changed on one page, to be printed."""
    chosen = found(workshop)
    page = pages.SummaryPage(head(chosen), appraising.appraise(chosen, *asked_waves()))
    return render_template("train/appraisal/summary.html", page=page)


@bp.get("/<workshop>/summary.docx")
def summary_document(workshop: str) -> ResponseReturnValue:
    """Send the summary as a document; the deed is in the audit log."""
    chosen = found(workshop)
    appraised = appraising.appraise(chosen, *asked_waves())
    document = appraisal_papers.docx(appraised, with_pictures=appraisal_papers.with_pictures(request.args))
    with writing():
        record(access.person().email, "exported an appraisal", f"workshop {chosen.code}", "docx")
        db.session.commit()
    name = f"{chosen.code}-appraisal.docx"
    return send_file(BytesIO(document), appraisal_papers.DOCX, as_attachment=True, download_name=name)


# Whose forms belong together -----------------------------------------------------------------------------------------


@bp.get("/<workshop>/links")
def show_links(workshop: str) -> ResponseReturnValue:
    """Show near misses, codes that stand twice, forms alone, and what was decided."""
    return _links(found(workshop))


@bp.post("/<workshop>/links")
def decide_links(workshop: str) -> ResponseReturnValue:
    """Join two forms, hold them apart, set a second one aside, or take any of that back."""
    chosen = found(workshop)
    deed, why = request.form.get("do", ""), clean(request.form.get("why", ""))
    numbers = [_number(name) for name in ("first", "second")]
    if deed not in _TOLD or numbers[0] is None or (numbers[1] is None and deed not in ("take back", "count again")):
        abort(400)
    about = request.form.get("about", "")
    if error := wrong_reason(why):
        return _links(chosen, pages.Sent(about, why, error))
    try:
        with writing():
            _carry_out(chosen, deed, numbers[0], numbers[1] or 0, why)
            db.session.commit()
    except LinkError as fault:
        db.session.rollback()
        return _links(found(workshop), pages.Sent(about, why, str(fault)))
    flash(_TOLD[deed])
    return redirect(url_for("train.show_links", workshop=chosen.code))


_TOLD = {
    "join": "The two forms are one person's now. You can take that back below.",
    "apart": "The two forms are held apart now. You can take that back below.",
    "set aside": "The second form does not count any more. You can take that back below.",
    "take back": "The decision is taken back; it stays on record.",
    "count again": "The form counts again; what was decided stays on record.",
}


def _carry_out(chosen: Workshop, deed: str, first: int, second: int, why: str) -> None:
    who = access.person().email
    if deed in ("join", "apart"):
        links.decide(chosen, first, second, joined=deed == "join", who=who, why=why)
    elif deed == "set aside":
        links.set_aside(chosen, first, second, who=who, why=why)
    elif deed == "take back":
        links.take_back(chosen, first, who=who, why=why)
    else:
        links.count_again(chosen, first, who=who, why=why)


def _number(name: str) -> int | None:
    typed = request.form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and 0 < int(typed[:12]) <= LARGEST_ID else None


def _links(chosen: Workshop, sent: pages.Sent | None = None) -> ResponseReturnValue:
    linked = links.linked(chosen)
    known = {form.id: form for form in linked.pairing.forms}
    page = pages.LinksPage(head(chosen), linked, known, sent or pages.Sent())
    return make_response(render_template("train/appraisal/links.html", page=page), 422 if sent else 200)
