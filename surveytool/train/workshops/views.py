"""The trainer's workshops: making one, opening and closing its waves, watching forms arrive, changing its details."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from surveytool import access, links, tabulate, workshops
from surveytool.collection_settings import shipped_languages
from surveytool.models import Workshop, db
from surveytool.models.base import now, writing
from surveytool.train.common import bp, countries, found, head, own
from surveytool.train.workshops import pages
from surveytool.train.workshops.forms import OWN_SLOTS, DetailsForm, WorkshopForm, own_sent
from surveytool.workshops import QUESTIONNAIRE, WorkshopError


@bp.get("/")
def list_workshops() -> ResponseReturnValue:
    """List the trainer's workshops."""
    rows = [(each, {wave: tabulate.forms(of.id).valid for wave, of in workshops.waves(each).items()}) for each in own()]
    return render_template("train/workshops/workshops.html", page=pages.ListPage(rows))


# Setting one up ------------------------------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
def new_workshop() -> ResponseReturnValue:
    """Show the form for a new workshop, or make it with its waves and cards."""
    worded = shipped_languages(QUESTIONNAIRE)
    form = WorkshopForm()
    form.offer(countries(), worded, workshops.framework())
    own_words = own_sent(worded) if form.is_submitted() else [{} for _ in range(OWN_SLOTS)]
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
    page = pages.NewPage(form, worded, own_words, faults.pop("own", ""), " ".join(faults.values()))
    status = 422 if form.is_submitted() else 200
    return make_response(render_template("train/workshops/new.html", page=page), status)


def _make(form: WorkshopForm, own_words: list[dict[str, str]]) -> Workshop:
    plan, person = form.plan(own_words), access.person()
    if plan.country in workshops.COUNTRIES.keys() - countries().keys():
        raise WorkshopError(country="Your role does not cover this country; an administrator can change that.")
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
    """Do one thing to a workshop: open or close a wave, or save its details."""
    chosen = found(workshop)
    deed, _, wave = request.form.get("do", "").partition(" ")
    if deed == "save":
        return _save(chosen)
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
    )
    return make_response(render_template("train/workshops/workshop.html", page=page), 422 if error else 200)


def _counts(chosen: Workshop, linked: links.Linked | None = None) -> pages.Counts:
    pairing = linked.pairing if linked else links.pairing_of(chosen)
    waves = [pages.Wave(wave, of, tabulate.arrivals(of.id)) for wave, of in workshops.waves(chosen).items()]
    return pages.Counts(waves, len(pairing.pairs("pre", "post")), now())
