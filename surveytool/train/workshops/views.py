"""The trainer's workshops: making one, opening and closing its waves, watching forms arrive, changing its details."""

from dataclasses import replace

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError

from surveytool import access, links, tabulate, workshop_changes, workshops
from surveytool.collection_settings import shipped_languages
from surveytool.models import Workshop, db
from surveytool.models.base import now, writing
from surveytool.train.common import bp, countries, found, head, own
from surveytool.train.workshops import pages
from surveytool.train.workshops.forms import OWN_SLOTS, DetailsForm, WorkshopForm, own_of, own_sent, prefilled
from surveytool.workshop_plans import Plan, WorkshopError
from surveytool.workshops import QUESTIONNAIRE


@bp.get("/")
def list_workshops() -> ResponseReturnValue:
    """List the trainer's workshops."""
    rows = [(each, {wave: tabulate.forms(of.id).valid for wave, of in workshops.waves(each).items()}) for each in own()]
    ended = {each.id for each, _ in rows if workshop_changes.finished(each)}
    page = pages.ListPage([row for row in rows if row[0].id not in ended], [row for row in rows if row[0].id in ended])
    return render_template("train/workshops/workshops.html", page=page)


# Setting one up ------------------------------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
def new_workshop() -> ResponseReturnValue:
    """Show the form for a new workshop, which may be like another, or make it with its waves and cards."""
    worded = shipped_languages(QUESTIONNAIRE)
    copied = found(request.args["copy"]) if "copy" in request.args else None
    plan = replace(workshop_changes.plan_of(copied), starts_on=None, ends_on=None) if copied else None
    form = prefilled(plan) if plan else WorkshopForm()
    form.offer(countries(), worded, workshops.framework())
    own_words = own_sent(worded) if form.is_submitted() else own_of(plan) if plan else [{} for _ in range(OWN_SLOTS)]
    faults: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            with writing():
                made = _make(form, own_words)
                db.session.commit()
        except WorkshopError as wrong:
            db.session.rollback()
            faults = _beside(form, wrong)
        else:
            flash(f"The workshop '{made.title}' is made. Nobody can answer until you open the form before.")
            return redirect(url_for("train.workshop", workshop=made.code))
    page = pages.NewPage(form, worded, own_words, faults.pop("own", ""), " ".join(faults.values()), copied=copied)
    status = 422 if form.is_submitted() else 200
    return make_response(render_template("train/workshops/new.html", page=page), status)


@bp.route("/<workshop>/questions", methods=["GET", "POST"])
def change_questions(workshop: str) -> ResponseReturnValue:
    """Show what a workshop was set up with, or change it, as long as none of its forms was opened."""
    chosen = found(workshop)
    if why := workshop_changes.why_fixed(chosen):
        return make_response(_page(chosen, error=why), 409)
    worded, plan = shipped_languages(QUESTIONNAIRE), workshop_changes.plan_of(chosen)
    form = prefilled(plan)
    del form.cards
    form.offer(countries(), worded, workshops.framework())
    own_words = own_sent(worded) if form.is_submitted() else own_of(plan)
    faults: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            with writing():
                changed = workshop_changes.ask_otherwise(chosen, _asked(form, own_words), access.person().email)
                db.session.commit()
        except WorkshopError as wrong:
            db.session.rollback()
            faults = _beside(form, wrong)
        else:
            flash("What the workshop asks is changed." if changed else "Nothing was changed.")
            return redirect(url_for("train.workshop", workshop=chosen.code))
    error = " ".join(each for name, each in faults.items() if name != "own")
    page = pages.NewPage(form, worded, own_words, faults.get("own", ""), error, changed=chosen, head=head(chosen))
    status = 422 if form.is_submitted() else 200
    return make_response(render_template("train/workshops/new.html", page=page), status)


def _asked(form: WorkshopForm, own_words: list[dict[str, str]]) -> Plan:
    """Return what was filled in, as far as the person's role covers it."""
    plan = form.plan(own_words)
    if plan.country in workshops.COUNTRIES.keys() - countries().keys():
        raise WorkshopError(country="Your role does not cover this country; an administrator can change that.")
    return plan


def _make(form: WorkshopForm, own_words: list[dict[str, str]]) -> Workshop:
    plan, person = _asked(form, own_words), access.person()
    made = workshops.create(plan, person.email, trainer=person)
    if plan.linking == "cards" and form.cards.data:
        workshops.add_cards(made, form.cards.data, person.email)
    return made


def _beside(form: FlaskForm, wrong: WorkshopError) -> dict[str, str]:
    """Put each fault beside its field; return those that have none."""
    for name, fault in wrong.faults.items():
        if name in form:
            form[name].errors = [*form[name].errors, fault]
    left = {name: fault for name, fault in wrong.faults.items() if name not in form}
    return left if wrong.faults else {"": str(wrong)}


# One workshop --------------------------------------------------------------------------------------------------------


@bp.get("/<workshop>/")
def workshop(workshop: str) -> ResponseReturnValue:
    """Show one workshop: its waves, what has come, its cards, its details."""
    return _page(found(workshop))


@bp.get("/<workshop>/counts")
def counts(workshop: str) -> ResponseReturnValue:
    """Show what has come and nothing around it: the page asks for it by itself."""
    return render_template("train/workshops/_counts.html", counts=_counts(found(workshop)))


@bp.post("/<workshop>/")
def change_workshop(workshop: str) -> ResponseReturnValue:
    """Do one thing to a workshop: open or close a wave, save its details, finish it, or delete it."""
    chosen = found(workshop)
    deed, _, wave = request.form.get("do", "").partition(" ")
    if deed == "save":
        return _save(chosen)
    if deed in ("finish", "delete"):
        return _end(chosen, deed)
    if deed not in ("open", "close"):
        abort(400)
    do = workshops.open_wave if deed == "open" else workshops.close_wave
    try:
        with writing():
            do(chosen, wave, access.person().email)
            db.session.commit()
    except WorkshopError as wrong:
        db.session.rollback()
        return _page(found(workshop), error=str(wrong))
    name = workshops.WAVE_NAMES[wave]
    told = "is open: participants can send it" if deed == "open" else "is closed; what still arrives is kept aside"
    flash(f"The form {name} {told}.")
    return redirect(url_for("train.workshop", workshop=chosen.code))


def _save(chosen: Workshop) -> ResponseReturnValue:
    form = DetailsForm()
    told = "Nothing was saved yet: please look at what is marked below."
    if not form.validate_on_submit():
        return _page(chosen, form, error=told)
    try:
        with writing():
            changed = workshops.change(chosen, form.details(), access.person().email)
            db.session.commit()
    except WorkshopError as wrong:
        db.session.rollback()
        _beside(form, wrong)
        return _page(found(chosen.code), form, error=told)
    flash("The details are saved." if changed else "Nothing was changed.")
    return redirect(url_for("train.workshop", workshop=chosen.code))


def _end(chosen: Workshop, deed: str) -> ResponseReturnValue:
    """Finish a workshop, or delete one that has no forms, if the person says that they mean it."""
    title, who = chosen.title, access.person().email
    if deed == "delete" and "sure" not in request.form:
        return make_response(_page(chosen, error="Nothing is deleted: please tick that you mean it."), 422)
    try:
        with writing():
            (workshop_changes.delete if deed == "delete" else workshop_changes.finish)(chosen, who)
            db.session.commit()
    except WorkshopError as wrong:
        db.session.rollback()
        return make_response(_page(found(chosen.code), error=str(wrong)), 409)
    except IntegrityError:  # a form came at this very moment
        db.session.rollback()
        return make_response(_page(found(chosen.code), error=workshop_changes.CAME_MEANWHILE), 409)
    if deed == "finish":
        flash("The workshop is finished: all its forms are closed. Opening one takes it up again.")
        return redirect(url_for("train.workshop", workshop=chosen.code))
    flash(f"The workshop '{title}' is deleted.")
    return redirect(url_for("train.list_workshops"))


def _page(chosen: Workshop, form: DetailsForm | None = None, *, error: str = "") -> ResponseReturnValue:
    linked = links.linked(chosen)
    page = pages.WorkshopPage(
        head=head(chosen),
        counts=_counts(chosen, linked),
        cards=len(workshops.cards(chosen)),
        competencies=workshops.labels(chosen),
        form=form or DetailsForm(formdata=None, obj=chosen),
        error=error,
        waiting=len(linked.near) + len(linked.pairing.waiting),
        fixed=workshop_changes.why_fixed(chosen),
        kept=workshop_changes.why_kept(chosen),
        finished=workshop_changes.finished(chosen),
    )
    return make_response(render_template("train/workshops/workshop.html", page=page), 422 if error else 200)


def _counts(chosen: Workshop, linked: links.Linked | None = None) -> pages.Counts:
    pairing = linked.pairing if linked else links.pairing_of(chosen)
    waves = [pages.Wave(wave, of, tabulate.arrivals(of.id)) for wave, of in workshops.waves(chosen).items()]
    return pages.Counts(waves, len(pairing.pairs("pre", "post")), now())
