"""The form's requests: show it, change its language, take it in, say that it came."""

import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any

import flask
from flask import abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from surveytool import intake, sealing
from surveytool.devices import read_device, read_seconds
from surveytool.inviting import form_of
from surveytool.judge import checks_that_hold
from surveytool.languages import LANGUAGES, pick_language
from surveytool.limits import JOIN_CODES, missed
from surveytool.models import Collection, Response, WordingRevision, db
from surveytool.models.base import writing
from surveytool.reading import STEERING, FieldError, read_form
from surveytool.rescue import MOST_FIELDS, SUBMISSION
from surveytool.respond.common import bp, long_date, notice, private
from surveytool.respond.form import queries
from surveytool.respond.form.forms import make_form
from surveytool.respond.form.pages import ChoicePage, FormPage, ThanksPage, grouped, message
from surveytool.respond.offline.pages import Offline, edition

log = logging.getLogger(__name__)

#: Stands for the submission identifier in a blank form that is kept ready.
PLACE = "00000000-0000-0000-0000-000000000000"


@bp.get("/c/<join_code>")
def choose(join_code: str) -> ResponseReturnValue:
    """Send a respondent to the form in the language that the browser asks for; on a shared tablet, let them choose."""
    collection = find(join_code)
    offered = collection.languages or tuple(LANGUAGES)
    if "kiosk" in request.args:
        return _not_open(collection) or _choice(collection)
    language = pick_language(request.headers.get("Accept-Language"), offered)
    answer = redirect(url_for("respond.form", join_code=collection.join_code, language=language))
    answer.headers["Vary"] = "Accept-Language"
    return answer


def _choice(collection: Collection) -> ResponseReturnValue:
    """Show the languages alone: where a shared tablet begins and returns to."""
    language = pick_language(request.headers.get("Accept-Language"), collection.languages)
    g.language = language
    page = ChoicePage(
        join_code=collection.join_code,
        language=LANGUAGES[language],
        languages=tuple(LANGUAGES[tag] for tag in collection.languages),
        title=collection.revision(language).wording["title"],
        offline=offline_part(collection, collection.revision(language)),
        demonstration=collection.synthetic == "demonstration",
    )
    return private(make_response(render_template("respond/form/choice.html", page=page)))


@bp.get("/c/<join_code>/<language>")
def form(join_code: str, language: str) -> ResponseReturnValue:
    """Show the form, empty; in the wording that the address names, for a form that was begun in an earlier one."""
    collection = find(join_code, language, begun="wording" in request.args)
    if told := _not_open(collection):
        return told
    html = _blank(collection, language).replace(PLACE, str(uuid.uuid4()))
    return private(make_response(html))


@bp.post("/c/<join_code>/<language>")
def send(join_code: str, language: str) -> ResponseReturnValue:
    """Take in a form; or show it in another language, or with one answer cleared, if that was asked for."""
    collection = find(join_code, language, begun=True)
    if not request.form or request.files or None in request.form:
        # No form of ours: even an empty one carries its identifier. Nobody gets a receipt for what was not read.
        abort(400)
    return take_in(collection, language)


def take_in(collection: Collection, language: str, corrected: Response | None = None) -> ResponseReturnValue:
    """Answer a form that was sent: a new one, or one that corrects another; or one to be shown again."""
    if len(request.form) > MOST_FIELDS:
        abort(413)
    sent = {name: values for name, values in request.form.lists() if name not in STEERING}
    if collection.version is None and ("switch" in request.form or "clear" in request.form):
        return _not_open(collection) or abort(404)
    if "switch" in request.form or "clear" in request.form:
        return _again(collection, language, sent, corrected)
    try:
        outcome = _receive(collection, language, sent, corrected)
    except Exception:
        # Whatever went wrong is ours, and the person must not lose a word by it.
        log.exception("a form could not be stored")
        db.session.rollback()
        return show(collection, language, sent, corrected, busy=True, status=503)
    if asks_for_data() and isinstance(outcome, intake.Refused):
        return _mistakes(collection, language, sent, outcome)
    answer = _answer(collection, language, sent, outcome, corrected)
    return told_to_device(_submission(sent), outcome, answer) if asks_for_data() else answer


#: What a device is told about a form it sent.
STATES = {intake.Kept: "kept", intake.Refused: "wrong", intake.Aside: "aside", intake.Withdrawn: "withdrawn"}


def asks_for_data() -> bool:
    """Say whether a script of ours asks, and not a browser for its user."""
    return bool(request.accept_mimetypes.best == "application/json")


def told_to_device(submission: str, outcome: intake.Outcome, answer: flask.Response | None = None) -> flask.Response:
    """Tell a device what became of a form, with the page to show; it names the form, as no other answer does."""
    told = {"submission": submission, "state": STATES[type(outcome)]}
    if isinstance(outcome, intake.Kept):
        told["receipt"] = grouped(outcome.response.receipt)
    if answer is not None:
        told["page"] = answer.get_data(as_text=True)
    return private(make_response(told, answer.status_code if answer else 200))


def _mistakes(
    collection: Collection, language: str, sent: Mapping[str, list[str]], outcome: intake.Refused
) -> flask.Response:
    """Tell a device which answers could not be read, in the words that stand beside them."""
    assert collection.version is not None
    q, wording = collection.version.questionnaire, _worded(collection, language).wording
    errors = {name: outcome.errors[name] for name in q.items if name in outcome.errors}
    told = {
        "submission": _submission(sent),
        "state": "wrong",
        "told": gettext("Please look again at the answers marked below. Everything you wrote is still here."),
        "errors": {name: message(error, q.items[name], wording) for name, error in errors.items()},
        "confirm": _to_confirm(sent, errors),
    }
    return private(make_response(told, 422))


def _receive(
    collection: Collection, language: str, sent: Mapping[str, list[str]], corrected: Response | None
) -> intake.Outcome:
    if corrected is None:
        return intake.receive(
            collection,
            sent,
            submission=_submission(sent),
            language=language,
            wording=request.args.get("wording", "")[:64],
            device=read_device(request.form.get("device")),
            seconds=read_seconds(request.form.get("device")),
            unattended="queued" in request.form,
        )
    submission, wave = f"correction-{_submission(sent)}", corrected.wave
    return intake.receive(collection, sent, submission=submission, language=language, wave=wave, supersedes=corrected)


def _again(
    collection: Collection, language: str, sent: Mapping[str, list[str]], corrected: Response | None
) -> ResponseReturnValue:
    """Show the form again in a language, less an answer to be cleared; with its mistakes if it showed them before."""
    assert collection.version is not None
    kept = {name: values for name, values in sent.items() if name != request.form.get("clear")}
    errors: Mapping[str, FieldError] = {}
    if "checked" in request.args:
        # A year that was asked about and not yet answered for is asked about in the new language too.
        unconfirmed = {name: values for name, values in kept.items() if not name.endswith(".confirmed")}
        q, is_card = collection.version.questionnaire, intake.card_test(collection)
        errors = read_form(q, unconfirmed, wave=collection.wave, is_card=is_card).errors
    return show(collection, language, kept, corrected, errors=errors)


def _answer(
    collection: Collection,
    language: str,
    sent: Mapping[str, list[str]],
    outcome: intake.Outcome,
    corrected: Response | None,
) -> flask.Response:
    if isinstance(outcome, intake.Refused):
        return show(collection, language, sent, corrected, errors=outcome.errors, status=422)
    if isinstance(outcome, intake.Aside) and outcome.reason == intake.NOT_OPEN:
        text = gettext(
            "This survey was not open yet when your answers arrived. They have not been lost: they are kept aside, "
            "and the evaluation team will decide whether they can be counted."
        )
        return notice(gettext("This survey is not open yet."), text, 409)
    if isinstance(outcome, intake.Aside) and outcome.reason not in (intake.CLOSED, intake.NOT_OPEN):
        text = gettext(
            "The evaluation team will look at it and decide whether it can be counted. You need not send it again."
        )
        return notice(gettext("Your form has arrived and was kept aside."), text, 409)
    if isinstance(outcome, intake.Aside):
        text = gettext(
            "This survey closed before your answers arrived. They have not been lost: they are kept aside, "
            "and the evaluation team will decide whether they can be counted."
        )
        return notice(gettext("This survey is closed."), text, 409)
    if isinstance(outcome, intake.Withdrawn):
        text = gettext("Nothing of it was kept. If you want to take part again, please fill in a new form.")
        new = url_for("respond.form", join_code=collection.join_code, language=language)
        return notice(gettext("This form was withdrawn."), text, 409, way=(new, gettext("Fill in another form")))
    thanks = ThanksPage(
        join_code=collection.join_code,
        language=LANGUAGES[language],
        wording=collection.revision(language).wording,
        receipt=grouped(outcome.response.receipt),
        about_code=_about_code(outcome.response),
        correction=corrected is not None,
        demonstration=collection.synthetic == "demonstration",
    )
    return private(make_response(render_template("respond/form/thanks.html", page=thanks)))


def _about_code(response: Response) -> str:
    """Return what to tell a trainee whose code met no earlier form, or another of its wave; "" for any other."""
    held = checks_that_hold(response) if response.linking else set()
    if "second_form_with_linking_code" in held:
        return gettext("A form with this code was received before.")
    if "no_earlier_wave" in held:
        return gettext(
            "No earlier form with this code was found. "
            "If you fill in a form of this workshop for the first time, that is right."
        )
    return ""


def find(join_code: str, language: str | None = None, *, begun: bool = False) -> Collection:
    """Return the collection of an address, and settle the page's language.

    A form that was begun is taken in any language it is worded in: one that is no longer offered was, a moment ago.
    Raises NotFound, with a helpful page, and TooManyGuesses where too many codes that do not exist were asked for.
    """
    if language in LANGUAGES:
        g.language = language
    # Codes are read aloud and typed in groups.
    collection = queries.by_join_code(join_code) or queries.by_join_code(re.sub(r"[\s-]", "", join_code))
    if collection is None:
        missed(JOIN_CODES)
        raise NotFound
    if collection.version is not None and collection.version.questionnaire.asked_in == "case work":
        raise NotFound  # case workers have a room of their own for it
    if language is not None and language not in (_served(collection, begun) or LANGUAGES):
        g.collection = collection
        raise NotFound
    return collection


def _served(collection: Collection, begun: bool) -> tuple[str, ...]:
    return tuple(each.language for each in collection.wordings) if begun else collection.languages


def _not_open(collection: Collection) -> ResponseReturnValue | None:
    """Return the page to show instead of a form that cannot be filled in, or None."""
    if collection.state == "draft":
        text = gettext("Please come back later, or ask the person who invited you.")
        return notice(gettext("This survey is not open yet."), text, 409)
    if collection.state == "closed":
        text = gettext("If you have not sent your answers yet, please speak to the person who invited you.")
        receipts = url_for("respond.receipt_choose"), gettext("Correct or withdraw a form you sent")
        return notice(gettext("This survey is closed."), text, 410, way=receipts)
    return None


def _submission(sent: Mapping[str, list[str]]) -> str:
    """Return the identifier the form was sent under; a damaged one is replaced by one made from the content."""
    given = request.form.get("submission", "")
    return given if re.fullmatch(SUBMISSION, given) else "content-" + intake.digest_of_sent(sent)[:32]


#: Blank forms already rendered. All blank forms of one wording at one address are the same but for the identifier.
_blank_forms: dict[tuple[str, ...], str] = {}
BLANK_FORMS_KEPT = 256


def _blank(collection: Collection, language: str) -> str:
    """Return the empty form as HTML, with PLACE for its identifier."""
    assert collection.version is not None
    revision = _worded(collection, language)
    key = (
        *(collection.join_code, collection.synthetic, collection.organiser, str(collection.identities_until)),
        *(" ".join(collection.languages), language, collection.version.digest, revision.digest, collection.wave or ""),
        *(collection.on_idle, str(collection.idle_minutes)),
    )
    if key not in _blank_forms:
        if len(_blank_forms) >= BLANK_FORMS_KEPT:
            _blank_forms.clear()
        page = _page(collection, language, {}, submission=PLACE)
        _blank_forms[key] = render_template("respond/form/form.html", page=page)
    return _blank_forms[key]


def show(
    collection: Collection,
    language: str,
    sent: Mapping[str, list[str]],
    corrected: Response | None = None,
    *,
    status: int = 200,
    **settings: Any,
) -> flask.Response:
    """Show a form with what was typed, or a correction with what stood."""
    page = _page(collection, language, sent, corrected=corrected, **settings)
    return private(make_response(render_template("respond/form/form.html", page=page), status))


def _page(
    collection: Collection,
    language: str,
    sent: Mapping[str, list[str]],
    *,
    submission: str = "",
    corrected: Response | None = None,
    errors: Mapping[str, FieldError] | None = None,
    busy: bool = False,
) -> FormPage:
    assert collection.version is not None
    revision = _worded(collection, language)
    q = collection.version.questionnaire.as_asked(collection.wave)
    wording = revision.wording
    errors = errors or {}
    return FormPage(
        join_code=collection.join_code,
        language=LANGUAGES[language],
        languages=tuple(LANGUAGES[tag] for tag in collection.languages),
        questionnaire=q,
        wording=wording,
        form=make_form(q, wording, sent),
        submission=submission or _submission(sent),
        which=form_of(collection.wave),
        organiser=collection.organiser,
        until=long_date(collection.identities_until, language) if collection.identities_until else "",
        corrects=corrected.receipt if corrected else "",
        errors={name: message(error, q.items[name], wording) for name, error in errors.items() if name in q.items},
        confirm=_to_confirm(sent, errors),
        busy=busy,
        blank=not sent,
        demonstration=collection.synthetic == "demonstration",
        offline=None if corrected else offline_part(collection, revision),
    )


def _worded(collection: Collection, language: str) -> WordingRevision:
    """Return the wording to show: the one that the address names, if this version was ever served in it."""
    named, served = request.args.get("wording", ""), collection.revision(language)
    if not named or named == served.digest or not named.isprintable():
        return served
    return queries.wording(collection, language, named) or served


def offline_part(collection: Collection, revision: WordingRevision) -> Offline:
    """Return what the form needs to work without a connection."""
    with writing():
        key = sealing.public_key(collection)
        db.session.commit()
    return Offline(
        wording=revision.digest,
        key=key,
        edition=edition(),
        on_idle=collection.on_idle,
        idle_minutes=collection.idle_minutes,
    )


#: What is asked about once: sending it again unchanged confirms it.
CONFIRMED = ("looks_buddhist", "no_such_card")


def _to_confirm(sent: Mapping[str, list[str]], errors: Mapping[str, FieldError]) -> dict[str, str]:
    """Return the years and codes to ask about, and those asked about before, so that none is asked about twice."""
    asked = {name.removesuffix(".confirmed"): v[-1] for name, v in sent.items() if name.endswith(".confirmed") and v}
    return asked | {n: str(e.params["typed"]) for n, e in errors.items() if e.code in CONFIRMED}
