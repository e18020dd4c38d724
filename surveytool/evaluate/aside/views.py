"""What was kept aside: a person reads it, takes it in for a reason, or leaves it."""

from collections.abc import Mapping
from dataclasses import replace

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from surveytool import access, intake
from surveytool.definitions import Item, Questionnaire
from surveytool.evaluate.aside import pages, queries
from surveytool.evaluate.common import LISTED, bp, head, message, number, opened, wrong_reason
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, SetAside
from surveytool.reading import FieldError, date_parts, read_form
from surveytool.retelling import Words
from surveytool.text import clean

#: What is wrong with an answer that cannot be read, for staff.
FAULTS: Mapping[str, str] = {
    "constraint": "the number is out of its bounds",
    "looks_buddhist": "the year looks Buddhist, and the sender did not confirm it",
    "choice": "it is not one of the answers to choose from, or there are several",
    "too_long": "it is too long",
    "number": "it is not a number",
    "whole_number": "it is not a whole number",
    "two_digits": "the year has two digits",
    "implausible": "the year is implausible",
    "date": "it is not a date",
}


@bp.get("/<code>/aside")
def aside(code: str) -> ResponseReturnValue:
    """Show what could not be accepted and was kept aside, without who sent it."""
    collection, _ = opened(code)
    return render_template("evaluate/aside/aside.html", page=_page(collection))


@bp.post("/<code>/aside/<int:aside_id>")
def take_in(code: str, aside_id: int) -> ResponseReturnValue:
    """Take in one submission that was kept aside, for a reason that goes into the audit log."""
    collection, _ = opened(code)
    found = queries.one_aside(collection.id, aside_id)
    if found is None:
        return message("No longer aside", "This submission was taken in already, or was never here.", 404)
    why = clean(request.form.get("reason", ""))
    if wrong := wrong_reason(why, "it goes into the audit log"):
        return _again(collection, found, why, wrong)
    outcome = intake.take_in(collection, found, access.person().email, why)
    if isinstance(outcome, intake.Refused):
        return _again(collection, found, why, "It stays aside: some of it cannot be read, as marked here.")
    if outcome is None:
        return message("No longer aside", "Somebody else took it in at this moment.", 409)
    address = url_for("evaluate.response", code=code, response_id=outcome.response.id)
    words = "It was here already, as" if outcome.again else "Taken in as"
    flash(Markup('{} <a href="{}">form {}</a>.').format(words, address, outcome.response.id))
    return redirect(url_for("evaluate.aside", code=code))


def _again(collection: Collection, chosen: SetAside, why: str, error: str) -> ResponseReturnValue:
    """Show the list again, with what was typed and what is wrong at the submission it is about."""
    page = _page(collection)
    if chosen.id not in [each.id for each in page.submissions]:
        page = replace(page, submissions=[_submission(collection, chosen), *page.submissions])
    shown = [replace(each, why=why, error=error) if each.id == chosen.id else each for each in page.submissions]
    return make_response(render_template("evaluate/aside/aside.html", page=replace(page, submissions=shown)), 422)


def _page(collection: Collection) -> pages.AsidePage:
    after = number(request.args.get("before", ""))
    submissions = [_submission(collection, each) for each in queries.set_aside(collection.id, LISTED, after)]
    later = submissions[-1].id if len(submissions) == LISTED else 0
    return pages.AsidePage(head(collection), submissions, later, after)


def _submission(collection: Collection, aside: SetAside) -> pages.KeptAside:
    """Return a submission in words, question by question, with what in it cannot be read."""
    assert collection.version is not None
    q = collection.version.questionnaire
    faults = read_form(q, aside.sent, mode=aside.mode, wave=collection.wave, is_card=lambda code: True).errors
    lines = [_line(collection, aside, each, faults.get(each.name)) for each in q.items.values()]
    return pages.KeptAside(
        id=aside.id,
        received_at=aside.received_at,
        reason=aside.reason,
        language=aside.language,
        language_name=LANGUAGES[aside.language].english,
        mode=aside.mode,
        lines=[*[each for each in lines if each.values or each.fault], *_unknown(q, aside)],
    )


def _line(collection: Collection, aside: SetAside, item: Item, fault: FieldError | None) -> pages.AsideLine:
    """Return what was sent of one item; nothing of one that says who sent it, or links their forms."""
    english = collection.revision("en").wording
    own = collection.revision(intake.shown_language(collection, aside)).wording
    codes = {code: own.choice(item.choice_list, code) for code in item.codes}
    fields = (item.name, *date_parts(item.name), f"{item.name}.choice")
    sent = [] if not item.stored else [value for name in fields for value in aside.sent.get(name, ()) if value]
    words = FAULTS.get(fault.code, "it cannot be read") if fault else ""
    question = Words(own.label(item.name), english.label(item.name) if own is not english else "")
    return pages.AsideLine(question, item.number, [codes.get(value, value) for value in sent], words)


def _unknown(q: Questionnaire, aside: SetAside) -> list[pages.AsideLine]:
    """Return what came under names that the questionnaire does not have; it is kept as sent and read as nothing."""
    found = {name: v for name, v in aside.sent.items() if name.split(".")[0] not in q.items and any(v)}
    return [pages.AsideLine(Words(name), "", values, "") for name, values in found.items()]
