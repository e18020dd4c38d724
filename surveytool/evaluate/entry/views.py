"""Typing paper and e-mailed forms: begin, type, look once more, keep; go on with what was begun, or give it up."""

import datetime
import re
import uuid

from flask import Response as Answer
from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from surveytool import access, entries, intake
from surveytool.definitions import Given, Questionnaire
from surveytool.entries import About, ChangedElsewhereError, EntryError, takes_paper
from surveytool.evaluate.common import LISTED, bp, country_names, covered, head, message, opened, wrong_reason
from surveytool.evaluate.entry import pages, queries
from surveytool.evaluate.entry.forms import AboutForm, read_about
from surveytool.languages import LANGUAGES, Language
from surveytool.models import Collection, Entry, Response
from surveytool.reading import Form

bp.add_app_template_test(pages.is_picture, "picture")


@bp.get("/entry/")
def entry() -> ResponseReturnValue:
    """Choose the collection to type forms for; with one alone there is nothing to choose."""
    found = [each for each, _ in covered() if takes_paper(each)]
    found.sort(key=lambda each: each.state != "open")
    if len(found) == 1:
        return redirect(url_for("evaluate.desk", code=found[0].code))
    return render_template("evaluate/entry/choose.html", page=pages.ChoosePage(found))


# The desk -------------------------------------------------------------------------------------------------------------


@bp.get("/<code>/entry")
def desk(code: str) -> ResponseReturnValue:
    """Show where typing starts: a new form, those begun, those typed."""
    collection, q = _open_for_paper(code)
    return render_template("evaluate/entry/desk.html", page=_desk_page(collection, q, _asked_about(collection)))


@bp.post("/<code>/entry")
def begin(code: str) -> ResponseReturnValue:
    """Begin a form."""
    collection, q = _open_for_paper(code)
    form, about = read_about(request.form, _tags(collection))
    if about is None:
        page = _desk_page(collection, q, form)
        return make_response(render_template("evaluate/entry/desk.html", page=page), 422)
    begun = entries.begin(collection, access.person().email, about)
    return redirect(url_for("evaluate.type_form", code=code, submission=begun.submission))


def _asked_about(collection: Collection) -> AboutForm:
    """Return the form for the next paper, filled in as the address says: as the one before."""
    tags, mode = _tags(collection), request.args.get("mode", "")
    language = request.args.get("language", "")
    return AboutForm(
        language=language if language in tags else tags[0] if len(tags) == 1 else "",
        mode=mode if mode in entries.MODES else "paper",
    )


def _desk_page(
    collection: Collection, q: Questionnaire, form: AboutForm, refused: pages.Unreasoned | None = None
) -> pages.DeskPage:
    me = access.person().email
    begun = [pages.Begun(each, pages.filled(q, each)) for each in queries.entries(collection.id)]
    midnight = datetime.datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return pages.DeskPage(
        head=head(collection),
        form=form,
        languages=_languages(collection),
        mine=[each for each in begun if each.entry.clerk == me],
        others=[each for each in begun if each.entry.clerk != me and _oversees(collection)],
        typed=queries.typed_forms(collection.id, me, LISTED),
        today=queries.typed_since(collection.id, me, midnight),
        questions=len(q.items),
        refused=refused,
    )


def _oversees(collection: Collection) -> bool:
    """Say whether the person may see what others have begun: an evaluator for the whole of the collection."""
    return access.countries_as("evaluator", collection.id) is None and access.may("evaluate.take_over")


@bp.post("/<code>/entry/<submission>/take-over")
def take_over(code: str, submission: str) -> ResponseReturnValue:
    """Go on with a form that somebody else began, for a reason."""
    collection, q = _open_for_paper(code)
    found = queries.anyones_entry(collection.id, submission) if _oversees(collection) else None
    if found is None:
        abort(_no_such_form(collection))
    reason = request.form.get("reason", "").strip()
    if wrong := wrong_reason(reason, "it goes into the audit log"):
        page = _desk_page(collection, q, _asked_about(collection), pages.Unreasoned(submission, reason, wrong))
        return make_response(render_template("evaluate/entry/desk.html", page=page), 422)
    entries.take_over(found, access.person().email, reason)
    return redirect(url_for("evaluate.type_form", code=code, submission=submission))


# Typing ---------------------------------------------------------------------------------------------------------------


@bp.get("/<code>/entry/<submission>")
def type_form(code: str, submission: str) -> ResponseReturnValue:
    """Show the whole form, with what has been typed."""
    collection, q, found = _mine(code, submission)
    return render_template("evaluate/entry/type.html", page=_type_page(collection, q, found))


@bp.post("/<code>/entry/<submission>")
def save_form(code: str, submission: str) -> ResponseReturnValue:
    """Keep what has been typed, and go where the button says."""
    collection, q, found = _mine(code, submission)
    sent = {name: values for name, values in request.form.lists() if name != request.form.get("clear")}
    try:
        entries.save(found, q, sent, request.form.get("page_id", "")[:36], request.form.get("since", ""))
    except ChangedElsewhereError:
        return make_response(_changed_elsewhere(collection, q, found, sent), 409)
    except EntryError:
        abort(_no_such_form(collection))
    places = {"review": "evaluate.review", "about": "evaluate.about_form", "scans": "evaluate.entry_scans"}
    going = request.form.get("go", "")
    if going == "later":
        return redirect(url_for("evaluate.desk", code=code))
    here = f"q-{request.form['clear']}" if request.form.get("clear") in q.items else None
    address = places.get(going, "evaluate.type_form")
    return redirect(url_for(address, code=code, submission=submission, _anchor=here))


def _changed_elsewhere(collection: Collection, q: Questionnaire, found: Entry, sent: dict[str, list[str]]) -> str:
    """Return the page with what this window has; what the other window saved stays kept until this one saves."""
    here = Entry(submission=found.submission, language=found.language, mode=found.mode, changed_at=found.changed_at)
    here.serial, here.filled_on, here.sent = found.serial, found.filled_on, sent
    here.attachments = []
    page = _type_page(collection, q, here, changed_elsewhere=True)
    return render_template("evaluate/entry/type.html", page=page)


@bp.get("/<code>/entry/<submission>/draft")
@bp.post("/<code>/entry/<submission>/draft")
def draft(code: str, submission: str) -> ResponseReturnValue:
    """Save as the clerk types, and say what was not asked and what cannot be read; or hand out a new token."""
    collection, q, found = _mine(code, submission)
    if request.method == "GET":
        return {"token": generate_csrf()}
    try:
        sent = dict(request.form.lists())
        entries.save(found, q, sent, request.form.get("page_id", "")[:36], request.form.get("since", ""))
    except ChangedElsewhereError:
        return {"fault": "elsewhere"}, 409
    except EntryError:
        return {"fault": "gone"}, 404
    form = pages.as_read(q, found, collection)
    not_asked, errors = pages.draft_state(q, form, collection.revision("en").wording)
    return {"since": entries.version(found), "not_asked": not_asked, "errors": errors}


@bp.get("/<code>/entry/<submission>/about")
@bp.post("/<code>/entry/<submission>/about")
def about_form(code: str, submission: str) -> ResponseReturnValue:
    """Correct the language, how the form came, its date, its serial number."""
    collection, _, found = _mine(code, submission)
    form: AboutForm = AboutForm.of(About(found.language, found.mode, found.filled_on, found.serial))
    if request.method == "POST":
        form, about = read_about(request.form, _tags(collection))
        if about is not None:
            entries.describe(found, about)
            return redirect(url_for("evaluate.type_form", code=code, submission=submission))
    page = pages.AboutPage(head(collection), found, form, _languages(collection))
    return make_response(render_template("evaluate/entry/about.html", page=page), 422 if form.errors else 200)


def _type_page(
    collection: Collection, q: Questionnaire, found: Entry, changed_elsewhere: bool = False
) -> pages.TypePage:
    wording, english = collection.revision(found.language).wording, collection.revision("en").wording
    return pages.TypePage(
        head=head(collection),
        entry=found,
        language=LANGUAGES[found.language],
        wording=wording,
        sections=pages.sections(q, found, pages.as_read(q, found, collection), wording, english),
        twins=_twins(collection, found),
        page_id=str(uuid.uuid4()),
        changed_elsewhere=changed_elsewhere,
    )


def _twins(collection: Collection, found: Entry) -> list[pages.Twin]:
    """Return the other forms under the serial number, and whether the person may open each."""
    mine = _evaluated(collection)
    return [
        pages.Twin(each, mine is None or each.country in mine)
        for each in queries.of_serial(collection.id, found.serial)
    ]


def _evaluated(collection: Collection) -> tuple[str, ...] | None:
    """Return the countries whose forms the person sees one by one, as an evaluator: () for none, None for all."""
    return access.countries_as("evaluator", collection.id) if access.may("evaluate.response") else ()


# Once more, and keeping -----------------------------------------------------------------------------------------------


@bp.get("/<code>/entry/<submission>/review")
def review(code: str, submission: str) -> ResponseReturnValue:
    """Show the typed form once more, as it will be kept."""
    collection, q, found = _mine(code, submission)
    return render_template("evaluate/entry/review.html", page=_review_page(collection, q, found))


@bp.post("/<code>/entry/<submission>/review")
def keep(code: str, submission: str) -> ResponseReturnValue:
    """Keep the form; or note first that what looked wrong stands so on the paper."""
    collection, q = _open_for_paper(code)
    kept = url_for("evaluate.kept", code=code, submission=submission)
    found = queries.entry(collection.id, submission, access.person().email)
    if found is None and _kept_here(collection, submission):
        return redirect(kept)
    if found is None:
        abort(_no_such_form(collection))
    page = _review_page(collection, q, found)
    if "confirm" in request.form:
        entries.confirm(found, {name: year for name, (year, _) in page.years.items()} | dict(page.codes))
        return redirect(url_for("evaluate.review", code=code, submission=submission))
    if page.mistakes:
        return make_response(render_template("evaluate/entry/review.html", page=page), 422)
    if request.form.get("since") != entries.version(found):
        flash("The form was changed in another window meanwhile. This is how it is now; look at it once more.")
        return make_response(render_template("evaluate/entry/review.html", page=page), 409)
    outcome = entries.keep(collection, found, access.person().email)
    if isinstance(outcome, intake.Refused | intake.Aside):
        return make_response(render_template("evaluate/entry/review.html", page=page), 422)
    return redirect(kept)


def _review_page(collection: Collection, q: Questionnaire, found: Entry) -> pages.ReviewPage:
    wording, english = collection.revision(found.language).wording, collection.revision("en").wording
    form = pages.as_read(q, found, collection)
    buddhist = {name: error for name, error in form.errors.items() if error.code == "looks_buddhist"}
    return pages.ReviewPage(
        head=head(collection),
        entry=found,
        language=LANGUAGES[found.language],
        lines=pages.lines(q, found, form, wording, english, _not_mine(collection, q, form)),
        twins=_twins(collection, found),
        years={n: (str(e.params["typed"]), str(e.params["common"])) for n, e in buddhist.items()},
        codes={n: str(e.params["typed"]) for n, e in form.errors.items() if e.code == "no_such_card"},
        zawgyi=form.zawgyi,
    )


def _not_mine(collection: Collection, q: Questionnaire, form: Form) -> dict[str, str]:
    """Return what is wrong when the form is of a country that the person's role does not cover."""
    mine, given = access.countries(), form.given.get(q.country, Given())
    if mine is None or not given.codes or given.codes <= set(mine):
        return {}
    names = ", ".join(country_names(collection).values())
    return {q.country: f"Your account is for forms of {names}. Save this one for later and tell an evaluator."}


@bp.get("/<code>/entry/<submission>/kept")
def kept(code: str, submission: str) -> ResponseReturnValue:
    """Show the receipt of a form that was typed, and begin the next."""
    collection, _ = _open_for_paper(code)
    response = _kept_here(collection, submission) or abort(_no_such_form(collection))
    page = pages.KeptPage(
        head=head(collection),
        response=response,
        language=LANGUAGES[response.language],
        receipt=" ".join(re.findall(r"\d{1,4}", response.receipt)),
        scans=len(queries.scans_of(response.id)),
        form=AboutForm(response.language, response.mode),
        languages=_languages(collection),
    )
    return render_template("evaluate/entry/kept.html", page=page)


def _kept_here(collection: Collection, submission: str) -> Response | None:
    """Return the form kept under an identifier, if the person typed it or sees its country's forms."""
    response = queries.kept(collection.id, submission) if entries.is_submission(submission) else None
    mine = _evaluated(collection)
    if response is None or response.typed_by == access.person().email or mine is None or response.country in mine:
        return response
    return None


@bp.get("/<code>/entry/<submission>/give-up")
@bp.post("/<code>/entry/<submission>/give-up")
def give_up(code: str, submission: str) -> ResponseReturnValue:
    """Ask once more, and delete a begun form with its scans."""
    collection, q, found = _mine(code, submission)
    if request.method == "POST":
        entries.give_up(found, access.person().email)
        flash("The begun form is deleted.")
        return redirect(url_for("evaluate.desk", code=code))
    page = pages.GiveUpPage(head(collection), found, pages.filled(q, found), LANGUAGES[found.language])
    return render_template("evaluate/entry/give_up.html", page=page)


# Finding --------------------------------------------------------------------------------------------------------------


def _open_for_paper(code: str) -> tuple[Collection, Questionnaire]:
    """Return a collection that takes typed forms, and what it asks, or stop with a page that says why not."""
    collection, q = opened(code)
    if not takes_paper(collection):
        text = "Its forms were made up from published counts; typed ones would change them."
        abort(message(f"No forms are typed for '{code}'", text, 409))
    # Of a workshop, what its wave asks is what was printed.
    return collection, q.as_asked(collection.wave, "paper") if collection.wave else q


def _mine(code: str, submission: str) -> tuple[Collection, Questionnaire, Entry]:
    """Return a form that the person has begun. Raises NotFound for another's, as for one that is not there."""
    collection, q = _open_for_paper(code)
    found = queries.entry(collection.id, submission, access.person().email)
    if found is None:
        if request.method == "GET" and _kept_here(collection, submission):
            abort(redirect(url_for("evaluate.kept", code=code, submission=submission)))
        abort(_no_such_form(collection))
    return collection, q, found


def _no_such_form(collection: Collection) -> Answer:
    page = pages.ChoosePage([collection])
    return make_response(render_template("evaluate/entry/no_such_form.html", page=page), 404)


def _tags(collection: Collection) -> tuple[str, ...]:
    """Return the languages a paper may be in: all there are, offered on the web or not."""
    return tuple(served.language for served in collection.wordings)


def _languages(collection: Collection) -> list[Language]:
    return [LANGUAGES[tag] for tag in _tags(collection)]
