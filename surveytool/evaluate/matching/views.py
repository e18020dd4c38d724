"""Matching forms to organisations, and saying which organisations a collection asked."""

from dataclasses import replace

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, register, tabulate
from surveytool.definitions import Questionnaire
from surveytool.evaluate.common import bp, country_names, covering, head, number, opened, wrong_reason
from surveytool.evaluate.matching import pages, queries
from surveytool.evaluate.matching.forms import DEEDS, REGISTERING, Asked, Sent
from surveytool.judge import affiliations
from surveytool.judge.coding import lock_collection
from surveytool.models import Collection, Organisation, db
from surveytool.models.base import now, writing
from surveytool.register import KIND_NAMES, RegisterError
from surveytool.spreadsheets import csv_text

#: Which of the organisations asked a list shows.
SHOWN = ("all", "silent", "answered")


@bp.get("/<code>/organisations")
def matching(code: str) -> ResponseReturnValue:
    """Show the answers that name organisations, like ones together, with the organisations they may mean."""
    return render_template("evaluate/matching/matching.html", page=_page(*opened(code)))


@bp.post("/<code>/organisations")
def match(code: str) -> ResponseReturnValue:
    """Assign the answers chosen to an organisation, make them names of one, add one, or take assignments back."""
    collection, q = opened(code)
    sent = Sent.of(request.form)
    if sent.do not in DEEDS:
        abort(400)
    if sent.do in REGISTERING and not access.may_make_collections():
        abort(403)
    try:
        with writing():
            told = _carry_out(collection, q, sent)
            db.session.commit()
    except RegisterError as wrong:
        db.session.rollback()
        marked = sent.do == "new" and "" not in wrong.faults
        error = "Nothing was done yet: please look at what is marked below." if marked else str(wrong)
        page = replace(_page(collection, q), sent=sent, error=error, faults=wrong.faults)
        return make_response(render_template("evaluate/matching/matching.html", page=page), 422)
    flash(told)
    kept = Asked.of(request.args).parameters
    return redirect(url_for("evaluate.matching", code=code, **kept, _anchor="answers"))


def _carry_out(collection: Collection, q: Questionnaire, sent: Sent) -> str:
    """Do what was asked with the answers chosen, and return what to say of it. Raises RegisterError."""
    who, everything = access.person().email, Asked.of(request.args).everything
    lock_collection(collection.id)
    item = affiliations.item_of(q)
    chosen = queries.chosen(queries.forms(collection.id, item, covering()), sent.wordings, sent.forms)
    if not chosen:
        raise _refused("Choose at least one answer.")
    ids = [form.id for form in chosen]
    if sent.shown and (other := affiliations.decided_since(ids, sent.shown, who)):
        said = f"{other} decided of some of these forms since this page was shown. Look again, then choose."
        raise _refused(said)
    if sent.do == "take":
        if wrong := wrong_reason(sent.reason, "it goes into the audit log"):
            raise RegisterError({"reason": wrong})
        return (
            f"Forms whose organisation is open again: {affiliations.take_back(collection.id, ids, who, sent.reason)}."
        )
    names = sorted({form.text for form in chosen if form.text})
    organisation, told = _organisation(sent, names, who), ""
    if sent.do == "name":
        told = f"Forms matched by these names: {register.call_also(organisation, names, who)}. "
        chosen = queries.chosen(queries.forms(collection.id, item, covering()), sent.wordings, sent.forms)
    # What is known already is not overwritten unseen.
    live = {form.id for form in chosen if not form.known or (everything and sent.do == "assign")}
    n = affiliations.assign(collection.id, live, organisation.id, who)
    return f"{told}Forms assigned to “{organisation.name}”: {n}."


def _organisation(sent: Sent, names: list[str], who: str) -> Organisation:
    """Return the organisation that was chosen, or the new one. Raises RegisterError."""
    if sent.do == "new":
        return register.add(sent.entry(names), who)
    found = db.session.get(Organisation, sent.organisation) if sent.organisation else None
    if found is None:
        raise _refused("Choose the organisation.")
    return found


def _refused(said: str) -> RegisterError:
    return RegisterError({"": said})


def _page(collection: Collection, q: Questionnaire) -> pages.MatchingPage:
    asked, names, item = Asked.of(request.args), country_names(collection), affiliations.item_of(q)
    shown, organisations = now(), register.organisations()
    found = tabulate.naming(collection.id, item, covering())
    lines = pages.grouped(found, organisations, asked) if item else []
    last = max(1, -(-len(lines) // pages.GROUPS))
    at = min(asked.page, last)
    unknown = sum(each.unknown for each in found)
    return pages.MatchingPage(
        head=head(collection),
        label=collection.revision("en").wording.label(item) if item else "",
        asked=replace(asked, page=at),
        groups=pages.group_lines(lines[(at - 1) * pages.GROUPS : at * pages.GROUPS], organisations, names),
        pages=last,
        unknown=unknown,
        known=sum(each.people for each in found) - unknown,
        nameless=_nameless(collection, item) if any(each.unknown for each in found if not each.text) else (),
        organisations=organisations,
        countries=register.country_names(),
        may_register=access.may_make_collections(),
        shown=shown,
    )


def _nameless(collection: Collection, item: str) -> list[int]:
    found = queries.forms(collection.id, item, covering())
    return [form.id for form in found if not form.text and not form.known][: queries.NAMELESS]


# Who was asked --------------------------------------------------------------------------------------------------------


@bp.get("/<code>/asked")
def asked(code: str) -> ResponseReturnValue:
    """List the organisations that were asked, and which have answered."""
    collection, _ = opened(code)
    return render_template("evaluate/matching/asked.html", page=_asked_page(collection, _show()))


@bp.get("/<code>/asked/file")
def asked_file(code: str) -> ResponseReturnValue:
    """Send that list as a spreadsheet."""
    collection, _ = opened(code)
    show = _show()
    page = _asked_page(collection, show)
    rows: list[tuple[object, ...]] = [("name", "type", "country", "direct partner", "other names", "valid forms")]
    for line in page.rows:
        o, partner = line.organisation, "yes" if line.organisation.direct_partner else "no"
        country = page.countries.get(o.country, o.country)
        rows.append((o.name, KIND_NAMES[o.kind], country, partner, "; ".join(o.other_names), line.forms))
    answer = Response("\ufeff" + csv_text(rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={code}-organisations-{show}.csv"
    return answer


@bp.post("/<code>/asked")
def change_asked(code: str) -> ResponseReturnValue:
    """Say which organisations were asked: the whole register, one more, or some fewer."""
    collection, _ = opened(code)
    deed, chosen = request.form.get("do"), set(map(number, request.form.getlist("organisation")))
    everyone = {each.id for each in register.organisations()}
    before = register.asked(collection.id) or everyone
    wanted = {"whole": set(), "add": before | chosen, "remove": before - chosen}.get(deed or "")
    if wanted is None or not chosen <= everyone | {0}:
        abort(400)
    if deed == "remove" and not wanted:
        flash("Nothing was changed: a collection asks at least one organisation, or the whole register.")
        return redirect(url_for("evaluate.asked", code=code))
    with writing():
        register.ask(collection, wanted - {0}, access.person().email)
        db.session.commit()
    flash("The whole register was asked." if deed == "whole" else f"Organisations asked: {len(wanted - {0})}.")
    return redirect(url_for("evaluate.asked", code=code))


def _show() -> str:
    show = request.args.get("show", "all")
    return show if show in SHOWN else "all"


def _asked_page(collection: Collection, show: str) -> pages.AskedPage:
    where, limits = covering(), access.countries()
    people, meant = tabulate.respondents(collection.id, where), register.asked(collection.id)
    everyone = register.organisations()
    here = [each for each in everyone if limits is None or each.country in limits]
    lines = [pages.AskedLine(each, people.get(each.id, 0)) for each in here if not meant or each.id in meant]
    answered = [line for line in lines if line.forms]
    wanted = {"all": lines, "silent": [line for line in lines if not line.forms], "answered": answered}
    return pages.AskedPage(
        head=head(collection),
        reach=tabulate.reach(collection.id, where),
        rows=wanted[show],
        show=show,
        countries=register.country_names(),
        others=[each for each in everyone if meant and each.id not in meant],
        may_change=limits is None,
        limited=limits is not None,
    )
