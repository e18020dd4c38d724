"""The collections there are: making one, changing, opening and closing it, watching forms arrive."""

from collections.abc import Callable, Mapping

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from surveytool import access, joining, tabulate
from surveytool import collections as running
from surveytool.collection_settings import (
    CollectionError,
    Settings,
    offered_languages,
    shipped_languages,
    suggested_code,
)
from surveytool.definitions import load_wordings
from surveytool.definitions.loading import questionnaire_folder, questionnaire_names, read_raw
from surveytool.evaluate.collections import pages
from surveytool.evaluate.collections.forms import NewForm, SettingsForm
from surveytool.evaluate.collections.queries import stands
from surveytool.evaluate.common import (
    bp,
    country_names,
    covered,
    covering,
    found,
    head,
    review_words,
)
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, db
from surveytool.models.base import now, writing
from surveytool.tabulate import Arrivals, Filter


@bp.get("/")
def collections() -> ResponseReturnValue:
    """List the collections."""
    # The waves of workshops stand with their workshops.
    mine = [(each, countries) for each, countries in covered() if each.workshop_id is None]
    rows = [(each, tabulate.forms(each.id, Filter(countries or ()))) for each, countries in mine]
    return render_template("evaluate/collections/collections.html", page=pages.ListPage(rows))


# Making one ----------------------------------------------------------------------------------------------------------


@bp.route("/collections/new", methods=["GET", "POST"])
def new_collection() -> ResponseReturnValue:
    """Show the form for a new collection, or make it."""
    form = NewForm()
    form.ask("")
    known = [tag for tag in LANGUAGES if any(tag in shipped_languages(name) for name in questionnaire_names())]
    form.offer(known, None if form.is_submitted() else ())
    error = ""
    if form.validate_on_submit():
        try:
            with writing():
                made = _make(form)
                db.session.commit()
        except CollectionError as wrong:
            db.session.rollback()
            error = _beside(form, wrong)
        else:
            flash(f"The collection '{made.code}' is made. Nobody can answer until it is opened.")
            return redirect(url_for("evaluate.collection", code=made.code))
    page = pages.NewPage(form, error)
    status = 422 if form.is_submitted() else 200
    return make_response(render_template("evaluate/collections/new.html", page=page), status)


def _make(form: NewForm) -> Collection:
    settings = form.settings(form.questionnaire.data)
    languages = shipped_languages(settings.questionnaire)
    # Every language ticked means all that this questionnaire has, though another may have more.
    offered = () if set(languages) <= set(settings.offered) else settings.offered
    suggested = suggested_code(settings.title) or f"collection-{now():%Y-%m}"
    return running.create(
        (form.code.data or "").strip() or running.free_code(suggested),
        settings.questionnaire,
        settings.title,
        synthetic="demonstration" if form.trial.data else "",
        place=settings.place,
        organiser=settings.organiser,
        starts_on=settings.starts_on,
        ends_on=settings.ends_on,
        offered=offered,
        identities_until=settings.identities_until,
        zone=settings.zone,
        on_idle=settings.on_idle,
        idle_minutes=settings.idle_minutes,
        who=access.person().email,
    )


def _beside(form: Form, wrong: CollectionError) -> str:
    """Put each fault beside its field; return what has no field."""
    shown = {name: fault for name, fault in wrong.faults.items() if name in form}
    for name, fault in shown.items():
        form[name].errors = [*form[name].errors, fault]
    return "" if shown else str(wrong)


# One collection ------------------------------------------------------------------------------------------------------


@bp.get("/<code>/collection")
def collection(code: str) -> ResponseReturnValue:
    """Show one collection: what it asks, how people join, what has come, its settings."""
    return _page(found(code))


@bp.get("/<code>/counts")
def counts(code: str) -> ResponseReturnValue:
    """Show what has come and nothing around it: the page asks for it by itself."""
    chosen = found(code)
    came = tabulate.arrivals(chosen.id, covering())
    return render_template("evaluate/collections/_counts.html", counts=_counts(chosen, came))


@bp.post("/<code>/collection")
def change_collection(code: str) -> ResponseReturnValue:
    """Do one thing to a collection: save its settings, open it, close it."""
    chosen, deed = found(code), request.form.get("do", "")
    if deed == "save":
        return _save(chosen)
    if deed not in _DEEDS:
        abort(400)
    try:
        with writing():
            told = _DEEDS[deed](chosen, access.person().email)
            db.session.commit()
    except CollectionError as wrong:
        db.session.rollback()
        return _page(found(code), error=str(wrong))
    flash(told)
    return redirect(url_for("evaluate.collection", code=code))


def _save(chosen: Collection) -> ResponseReturnValue:
    form = _form(chosen, sent=True)
    if not form.validate_on_submit():
        return _page(chosen, form, error="Nothing was saved yet: please look at the settings marked below.")
    try:
        with writing():
            named = form.questionnaire.data if "questionnaire" in form else chosen.questionnaire_name
            changed = running.change(chosen, form.settings(named), access.person().email)
            db.session.commit()
    except CollectionError as wrong:
        db.session.rollback()
        error = _beside(form, wrong) or "Nothing was saved yet: please look at the settings marked below."
        return _page(found(chosen.code), form, error=error)
    flash("The settings are saved." if changed else "Nothing was changed.")
    return redirect(url_for("evaluate.collection", code=chosen.code))


def _open(chosen: Collection, who: str) -> str:
    if chosen.state == "open":
        raise CollectionError(f"The collection '{chosen.code}' is open already.")
    running.open_(chosen, who)
    return "The collection is open: forms can be sent."


def _close(chosen: Collection, who: str) -> str:
    running.close(chosen, who)
    return "The collection is closed. What still arrives is kept aside."


def _take_up(chosen: Collection, who: str) -> str:
    if chosen.state != "open":
        raise CollectionError(f"The collection '{chosen.code}' is not open; it is {chosen.state}.")
    running.open_(chosen, who)
    return "The newest wording is served from now on."


_DEEDS: Mapping[str, Callable[[Collection, str], str]] = {"open": _open, "close": _close, "take up": _take_up}


def _form(chosen: Collection, *, sent: bool = False) -> SettingsForm:
    """Return the form of a collection's settings, holding what was sent or what is set."""
    settings = Settings.of(chosen)
    form = SettingsForm(obj=settings) if sent else SettingsForm(formdata=None, obj=settings)
    form.ask(None if chosen.version else settings.questionnaire)
    tags = [each.language for each in chosen.wordings] or shipped_languages(settings.questionnaire)
    form.offer(tags, None if sent else settings.offered)
    return form


def _page(chosen: Collection, form: SettingsForm | None = None, *, error: str = "") -> ResponseReturnValue:
    base, typed, base_error = joining.base_asked()
    address = joining.address(chosen, base)
    raw_title, version, languages = _asked(chosen)
    came = tabulate.arrivals(chosen.id, covering()) if chosen.version else None
    page = pages.CollectionPage(
        head=head(chosen),
        asks=raw_title,
        version=version,
        languages=languages,
        address=address,
        qr=joining.qr_drawing(address),
        counts=_counts(chosen, came) if came else None,
        stands=stands(chosen, came) if came else None,
        form=(form or _form(chosen)) if access.countries() is None else None,
        base=typed,
        base_error=base_error,
        unreachable=joining.reaches_this_machine_alone(base),
        error=error,
    )
    status = 422 if error or base_error else 200
    return make_response(render_template("evaluate/collections/collection.html", page=page), status)


def _asked(chosen: Collection) -> tuple[str, str, list[pages.Worded]]:
    """Return the title and version of what a collection asks, and its languages: as served, or as shipped before."""
    offered = offered_languages(chosen)
    if chosen.version is not None:
        newer = running.newer_wordings(chosen)
        served = [
            pages.Worded(
                LANGUAGES[w.language], w.language in offered, review_words(w.revision.review), w.language in newer
            )
            for w in chosen.wordings
        ]
        return chosen.revision("en").wording["title"], chosen.version.version, served
    raw = read_raw(chosen.questionnaire_name)
    wordings = load_wordings(questionnaire_folder(chosen.questionnaire_name), raw)
    shipped = [pages.Worded(LANGUAGES[tag], tag in offered, review_words(w.review)) for tag, w in wordings.items()]
    return raw["title"], raw["version"], shipped


def _counts(chosen: Collection, came: Arrivals) -> pages.Counts:
    whole = access.countries() is None
    return pages.Counts(
        code=chosen.code,
        state=chosen.state,
        zone=chosen.zone,
        total=came.total,
        groups=pages.groups(came, country_names(chosen), chosen.languages, whole=whole),
        last=came.last,
        at=now(),
        whole=whole,
    )
