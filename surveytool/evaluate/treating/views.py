"""Entering appraisals of treatment: choose the collection, fill in the grid, get a receipt; nothing stays behind."""

import logging
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Response as Answer
from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, intake
from surveytool.audit_log import record
from surveytool.definitions import Questionnaire
from surveytool.evaluate.common import bp, covered, found, message, synthetic_notice
from surveytool.evaluate.treating import pages
from surveytool.evaluate.treating.forms import answers
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Response, db

log = logging.getLogger(__name__)

NOTHING = "Nothing has been entered yet: choose at least one answer."
CLOSED = "This collection was closed meanwhile, so the appraisal cannot be kept. What you entered is still here."
BUSY = "The appraisal could not be kept just now. What you entered is still here; please send it again."
NOT_MINE = "Your account is for returns to these countries alone. Please choose one of them."


@bp.get("/treatment")
def treating() -> ResponseReturnValue:
    """Choose the collection to enter appraisals for; with one alone there is nothing to choose."""
    mine = [each for each, _ in covered() if _takes(each) and each.state == "open"]
    if len(mine) == 1:
        return redirect(url_for("evaluate.treat", code=mine[0].code))
    return render_template("evaluate/treating/choose.html", page=pages.ChoosePage(mine))


@bp.get("/<code>/treatment")
def treat(code: str) -> ResponseReturnValue:
    """Show the grid, empty."""
    collection, q = _open(code)
    return render_template("evaluate/treating/treat.html", page=_page(collection, q, request.args.get("language", "")))


@bp.post("/<code>/treatment")
def keep_treatment(code: str) -> ResponseReturnValue:
    """Keep an appraisal; or show it in another language, or with what is wrong with it."""
    collection, q = _open(code, begun=True)
    sent = dict(request.form.lists())
    language = request.form.get("switch") or request.form.get("language", "")
    page = _page(collection, q, language, sent)
    if "switch" in request.form:
        return _shown(page, 200)
    if "clear" in request.form:
        left = {name: values for name, values in sent.items() if name != request.form["clear"]}
        return _shown(_page(collection, q, language, left), 200)
    given = answers(q, sent)
    if fault := _fault(collection, q, given):
        return _shown(_page(collection, q, language, sent, error=fault), 409 if fault == CLOSED else 422)
    return _keep(collection, page, given)


def _keep(collection: Collection, page: pages.TreatPage, given: Mapping[str, list[str]]) -> ResponseReturnValue:
    who = access.person().email

    def along(response: Response) -> None:
        record(who, "entered a treatment appraisal", f"response {response.id}")

    try:
        outcome = intake.receive(
            collection,
            given,
            submission=page.submission,
            language=page.language.tag,
            typed_by=who,
            along=along,
        )
    except Exception:
        # Whatever went wrong is ours, and nothing that was asked of the person may be lost by it.
        log.exception("an appraisal could not be stored")
        db.session.rollback()
        return _shown(replace(page, error=BUSY), 503)
    if isinstance(outcome, intake.Kept):
        receipt = " ".join(re.findall(r"\d{1,4}", outcome.response.receipt))
        kept = pages.KeptPage(collection, page.synthetic, receipt, page.language)
        return render_template("evaluate/treating/kept.html", page=kept)
    if isinstance(outcome, intake.Refused):
        errors = dict.fromkeys(outcome.errors, "This is none of the answers to choose from.")
        return _shown(replace(page, errors=errors), 422)
    if isinstance(outcome, intake.Aside):
        return _shown(replace(page, error=CLOSED), 409)
    return message("Withdrawn", "This appraisal was withdrawn, and nothing of it is kept.", 409, _way(collection))


def _fault(collection: Collection, q: Questionnaire, given: Mapping[str, Sequence[str]]) -> str:
    """Return what keeps an appraisal from being kept, or ""."""
    if collection.state != "open":
        return CLOSED
    mine, country = access.countries(), next(iter(given.get(q.country, ())), "")
    if mine is not None and country not in mine:
        return NOT_MINE
    return "" if any(any(values) for name, values in given.items() if name != q.country) else NOTHING


def _takes(collection: Collection) -> bool:
    """Say whether a collection asks what case workers fill in."""
    return collection.version is not None and collection.version.questionnaire.asked_in == "case work"


def _open(code: str, *, begun: bool = False) -> tuple[Collection, Questionnaire]:
    """Return a collection that takes appraisals, or stop with a page that says why it does not.

    One that was begun is shown again after closing, so that nothing entered is lost.
    """
    collection = found(code)
    if collection.version is None:
        abort(message("Not opened yet", f"The collection '{code}' has never been opened.", 409, _elsewhere()))
    if not _takes(collection):
        abort(message("No appraisals of treatment", f"'{code}' asks something else.", 404, _elsewhere()))
    if collection.state != "open" and not begun:
        abort(message("Closed", f"The collection '{code}' is closed: no appraisals are taken.", 409, _elsewhere()))
    return collection, collection.version.questionnaire


def _elsewhere() -> list[tuple[str, str]]:
    return [("Treatment appraisals", url_for("evaluate.treating"))]


def _way(collection: Collection) -> list[tuple[str, str]]:
    return [(f"Another appraisal for {collection.title}", url_for("evaluate.treat", code=collection.code))]


def _page(
    collection: Collection,
    q: Questionnaire,
    language: str,
    sent: Mapping[str, Sequence[str]] | None = None,
    error: str = "",
) -> pages.TreatPage:
    offered = collection.languages
    tag = language if language in offered else "en" if "en" in offered else offered[0]
    wording = collection.revision(tag).wording
    mine, countries = access.countries(), q.items[q.country] if q.country else None
    codes = countries.codes if countries else ()
    return pages.TreatPage(
        collection=collection,
        synthetic=synthetic_notice(collection),
        questionnaire=q,
        wording=wording,
        english=collection.revision("en").wording,
        language=LANGUAGES[tag],
        languages=[LANGUAGES[each] for each in offered],
        countries={c: wording.choice(countries.choice_list, c) for c in codes if mine is None or c in mine}
        if countries
        else {},
        submission=_submission(sent or {}),
        sent=sent or {},
        error=error,
    )


def _submission(sent: Mapping[str, Sequence[str]]) -> str:
    given = next(iter(sent.get("submission", ())), "")
    return given if re.fullmatch(r"[0-9a-f-]{36}", given) else str(uuid.uuid4())


def _shown(page: pages.TreatPage, status: int) -> Answer:
    return make_response(render_template("evaluate/treating/treat.html", page=page), status)
