"""All workshops together with a forest plot, one of them with small counts withheld, and the ladder of a country."""

from io import BytesIO

from flask import abort, current_app, g, render_template, request, send_file
from flask.typing import ResponseReturnValue

from surveytool import access, appraisal_papers, appraising, ladder, tabulate, workshops
from surveytool.appraisal_pictures import forests, pictures
from surveytool.audit_log import record
from surveytool.evaluate.common import bp, message
from surveytool.evaluate.workshops import forms, pages
from surveytool.models import Workshop, db
from surveytool.models.base import writing


@bp.get("/workshops", endpoint="workshops")
def overview() -> ResponseReturnValue:
    """Show the workshops asked for, pooled, government and NGO apart."""
    real, made_up = (_covered(synthetic=each) for each in (False, True))
    labels = workshops.framework()
    countries = _countries()
    chosen, unknown = forms.asked(tuple(countries), labels, real=bool(real) or not made_up)
    mine = made_up if chosen.synthetic else real
    shown = [each for each in mine if chosen.keeps(each)]
    pools = ladder.pools(ladder.lines(shown, chosen.of))
    page = pages.OverviewPage(
        chosen=chosen,
        unknown=unknown,
        pools=pools,
        figures=forests(pools),
        countries=countries,
        topics=sorted({each.topic for each in mine if each.topic}),
        competencies=labels,
        valid={each.id: _valid(each) for each in shown},
        application=ladder.application(shown),
        both=bool(real and made_up),
    )
    return render_template("evaluate/workshops/workshops.html", page=page)


@bp.get("/workshops/<workshop>")
def workshop(workshop: str) -> ResponseReturnValue:
    """Show what one workshop changed, with small counts withheld: only its trainer sees those."""
    found = _protected(_found(workshop))
    smallest = current_app.config["SMALLEST_CELL"]
    page = pages.WorkshopPage(found, pictures(found), workshops.synthetic_notice(found.workshop), smallest)
    return render_template("evaluate/workshops/workshop.html", page=page)


@bp.get("/workshops/<workshop>/summary.docx")
def workshop_document(workshop: str) -> ResponseReturnValue:
    """Send the summary of a workshop as a document, with small counts withheld."""
    found = _protected(_found(workshop))
    _record("exported an appraisal", f"workshop {found.workshop.code}")
    document = appraisal_papers.docx(found, with_pictures=appraisal_papers.with_pictures(request.args))
    return _document(document, f"{found.workshop.code}-appraisal.docx")


@bp.get("/workshops/country/<country>")
def country(country: str) -> ResponseReturnValue:
    """Show the capacity ladder of a country, and its workshops."""
    found = _country(country)
    page = pages.LadderPage(found, forests(found.pools), current_app.config["SMALLEST_CELL"])
    return render_template("evaluate/workshops/country.html", page=page)


@bp.get("/workshops/country/<country>/page.docx")
def country_document(country: str) -> ResponseReturnValue:
    """Send a country's page as a document."""
    found = _country(country)
    _record("exported a country page", f"country {country}")
    document = appraisal_papers.country_docx(found, with_pictures=appraisal_papers.with_pictures(request.args))
    return _document(document, f"{country}-capacity.docx")


def _country(country: str) -> ladder.CountryPage:
    if country not in _countries():
        abort(message("Not found", f"There is no country '{country}'. These are the collections:"))
    real = _covered(synthetic=False)
    synthetic = "synthetic" in request.args or not real
    chosen = _covered(synthetic=True) if synthetic else real
    return ladder.country_page(country, chosen, synthetic=synthetic)


def _found(code: str) -> Workshop:
    """Return a workshop that the person's role covers, or stop."""
    chosen = workshops.by_code(code)
    if chosen is None or not _covers(chosen):
        abort(message("Not found", f"There is no workshop called '{code}'. These are the collections:"))
    return chosen


def _covered(*, synthetic: bool) -> list[Workshop]:
    return [each for each in ladder.every_workshop(synthetic=synthetic) if _covers(each)]


def _covers(chosen: Workshop) -> bool:
    """Say whether an evaluator's role holds for a workshop: everywhere, in its country, or for one of its waves."""
    waves = {None, *(each.id for each in workshops.waves(chosen).values())}
    return any(each.country in ("", chosen.country) and each.collection_id in waves for each in g.grants)


def _countries() -> dict[str, str]:
    """Return the countries that the person's roles cover."""
    limits = {each.country for each in g.grants}
    return {code: name for code, name in workshops.COUNTRIES.items() if "" in limits or code in limits}


def _valid(chosen: Workshop) -> dict[str, int]:
    return {wave: tabulate.forms(each.id).valid for wave, each in workshops.waves(chosen).items()}


def _protected(chosen: Workshop) -> appraising.Appraisal:
    return appraising.protected(appraising.appraise(chosen), current_app.config["SMALLEST_CELL"])


def _record(what: str, about: str) -> None:
    with writing():
        record(access.person().email, what, about, "docx")
        db.session.commit()


def _document(content: bytes, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(content), appraisal_papers.DOCX, as_attachment=True, download_name=name)
