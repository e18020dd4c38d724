"""Results, verbatims, published figures beside recomputed ones, what was asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import as_of, charts, tabulate, treatment
from surveytool import audit as auditing
from surveytool.comparing import comparable
from surveytool.definitions import Questionnaire
from surveytool.definitions.loading import questionnaire_folder
from surveytool.definitions.wording import read_wording
from surveytool.evaluate.common import (
    LISTED,
    bp,
    chosen,
    country_names,
    covering,
    head,
    message,
    note,
    opened,
    review_words,
)
from surveytool.evaluate.common import part as common_part
from surveytool.evaluate.results import pages, queries
from surveytool.languages import LANGUAGES
from surveytool.models import Collection
from surveytool.reporting.pictures import of_item, of_tally
from surveytool.results import ALL, ItemResult, collect, plain, shown
from surveytool.text import clean
from surveytool.translations import catalog_review

VERBATIMS_A_PAGE = 50

for words in (pages.account, pages.percent, pages.interval, pages.labelled, pages.described, comparable, shown, plain):
    bp.add_app_template_global(words)


@bp.get("/plotly.min.js")
def plotly() -> ResponseReturnValue:
    """Serve the drawing library from this host."""
    return send_file(charts.plotly_js(), mimetype="text/javascript", max_age=86400)


@bp.get("/<code>/")
def results(code: str) -> ResponseReturnValue:
    """Show the results of a collection, or of the forms asked for; an item asked for by number is jumped to."""
    collection, q = opened(code)
    if q.smallest_cell:
        return _figures_only(collection, q)
    part = common_part(collection)
    where = part.where
    sought = request.args.get("item", "").strip()
    number = pages.found_number(sought, [line.number for line in q.report])
    if number:
        place = f"item-{number.replace(' ', '-')}"
        return redirect(url_for("evaluate.results", code=code, _anchor=place, **dict[str, Any](part.kept)))
    collected = collect(collection, where)
    page = pages.ResultsPage(
        head=head(collection),
        results=collected,
        exclusions=queries.judged_forms(collection.id, "exclude form", where, LISTED),
        flags=queries.judged_forms(collection.id, "flag", where, LISTED),
        listed=LISTED,
        part=part,
        country_names=country_names(collection),
        figures=_figures(collected.items, collection, part.said),
        sought=sought,
        stand=as_of.shown(where.stand, collection.zone),
    )
    return render_template("evaluate/results/results.html", page=page)


def _figures_only(collection: Collection, q: Questionnaire) -> ResponseReturnValue:
    """Show the figures of a collection whose small cells are shown to nobody."""
    if covering().countries:
        # One country's figures and all countries' would show the others' by subtraction.
        abort(message("Not by country", "These figures are shown of the whole collection only.", 403, []))
    english = collection.revision("en").wording
    page = pages.TreatmentPage(head(collection), treatment.appraisals(collection), treatment.grid(q), english)
    return render_template("evaluate/results/treatment.html", page=page)


@bp.get("/<code>/verbatims/<number>")
def verbatims(code: str, number: str) -> ResponseReturnValue:
    """Show the answers in words to one item."""
    collection, q = opened(code)
    part, variable = chosen(collection), q.numbered.get(number)
    titles = {line.number: line.title for line in q.report}
    if variable is None or variable.item.type != "text" or number not in titles:
        abort(message("Not found", f"Item {number} of '{code}' has no answers in words. These are the collections:"))
    where = part.where
    answered = sum(tabulate.answer_sizes(collection.id, variable.name, where).values())
    search = clean(request.args.get("search", ""))[:200]
    among = queries.matching(collection.id, variable.name, where, search) if search else None
    found = answered if among is None else len(among)
    last = max(1, -(-found // VERBATIMS_A_PAGE))
    page = min(last, max(1, request.args.get("page", 1, type=int) or 1))
    shown_page = pages.VerbatimsPage(
        head=head(collection),
        number=number,
        title=titles[number],
        label=collection.revision("en").wording.label(variable.item.name),
        answered=answered,
        verbatims=queries.verbatims(collection.id, variable.name, where, page, VERBATIMS_A_PAGE, among),
        where=where,
        first=(page - 1) * VERBATIMS_A_PAGE + 1,
        page=page,
        pages=last,
        country_names=country_names(collection),
        part=part,
        stand=as_of.shown(where.stand, collection.zone),
        search=search,
        found=found,
    )
    return render_template("evaluate/results/verbatims.html", page=shown_page)


@bp.get("/<code>/published")
def published(code: str) -> ResponseReturnValue:
    """Show published figures beside recomputed ones."""
    collection, _ = opened(code)
    figures = auditing.shipped_figures(collection.questionnaire_name)
    if figures is None:
        return message("No published figures", "Nothing was published that this collection could be compared with.")
    verdicts = auditing.audit(figures, collection)
    counts = {verdict: sum(each.verdict == verdict for each in verdicts) for verdict in auditing.VERDICTS}
    chosen = request.args.get("verdict", "")
    names = {
        str(each["id"]): f"“{each.get('item') or ''} {each['what']}”".replace("“ ", "“") for each in figures["figures"]
    }
    rows = [
        (figure, verdict, pages.spelled(verdict.explanation, names))
        for figure, verdict in zip(figures["figures"], verdicts, strict=True)
        if chosen in ("", verdict.verdict)
    ]
    page = pages.PublishedPage(head(collection), figures.get("source", ""), rows, counts, chosen)
    return render_template("evaluate/results/published.html", page=page)


@bp.get("/<code>/questionnaire")
def questionnaire(code: str) -> ResponseReturnValue:
    """Show what was asked: languages and their review, corrections of the English, rules."""
    collection, q = opened(code)
    received = tabulate.received_by(collection.id, "language", covering())
    served = [
        pages.Served(
            language=LANGUAGES[each.language],
            revision=each.revision.digest,
            review=review_words(each.revision.review),
            interface_review=review_words({"state": catalog_review(each.language)}),
            received=received.get(each.language, 0),
            notes=_translation_notes(collection, each.language),
        )
        for each in collection.wordings
    ]
    english = collection.revision("en").wording
    page = pages.QuestionnairePage(head(collection), q, english, served)
    return render_template("evaluate/results/questionnaire.html", page=page)


def _translation_notes(collection: Collection, language: str) -> tuple[str, ...]:
    """Return what the shipped translation asks a native reader to decide."""
    file: Path = questionnaire_folder(collection.questionnaire_name) / f"{language}.yaml"
    if language == "en" or not file.is_file():
        return ()
    return read_wording(file).notes


def _figures(items: Mapping[str, ItemResult], collection: Collection, said: str) -> dict[str, charts.Figure]:
    """Return the pictures of the page by the id of the place they are drawn in, with what they say when taken away."""
    found: dict[str, tuple[charts.Figure | None, str]] = {}
    for number, item in items.items():
        title = f"{number} {item.title}"
        found[f"figure-{number}"] = of_item(item), title
        for tally in item.tallies:
            where = f"{title}, {tally.where}" if tally.where != ALL else title
            found[f"figure-{number}-{tally.where}"] = of_tally(tally, item.labels), where
    places = {place.replace(" ", "-"): each for place, each in found.items()}
    return {
        place: charts.titled(
            figure, title, note(collection, said), f"{collection.code}-{place.removeprefix('figure-')}"
        )
        for place, (figure, title) in places.items()
        if figure
    }
