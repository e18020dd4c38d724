"""The evaluator's requests: collections, results, verbatims, published figures, what was asked."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, Response, abort, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, charts, tabulate
from surveytool import audit as auditing
from surveytool.audit_log import record
from surveytool.definitions import Questionnaire
from surveytool.definitions.loading import questionnaire_folder
from surveytool.definitions.wording import read_wording
from surveytool.evaluate import pages, queries
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, db
from surveytool.models.base import writing
from surveytool.reading import identifies
from surveytool.results import ItemResult, collect, plain, shown
from surveytool.tabulate import Filter

bp = Blueprint("evaluate", __name__, url_prefix="/evaluate")

VERBATIMS_A_PAGE = 50
#: How many forms a list shows at most.
LISTED = 200
#: The shortest and the longest reason for a look at an identity.
REASON = (10, 500)

for words in (pages.account, pages.percent, pages.interval, pages.labelled, shown, plain):
    bp.add_app_template_global(words)


@bp.get("/")
def collections() -> ResponseReturnValue:
    """List the collections."""
    rows = [(each, tabulate.forms(each.id, Filter(countries or ()))) for each, countries in _covered()]
    return render_template("evaluate/collections.html", page=pages.ListPage(rows))


@bp.get("/plotly.min.js")
def plotly() -> ResponseReturnValue:
    """Serve the drawing library from this host."""
    return send_file(charts.plotly_js(), mimetype="text/javascript", max_age=86400)


@bp.get("/<code>/")
def results(code: str) -> ResponseReturnValue:
    """Show the results of a collection, or of the countries and languages asked for."""
    collection, _ = _opened(code)
    names = _country_names(collection)
    where, unknown = _filter(collection)
    collected = collect(collection, where)
    page = pages.ResultsPage(
        head=_head(collection),
        results=collected,
        exclusions=queries.judged_forms(collection.id, "exclude form", where, LISTED),
        flags=queries.judged_forms(collection.id, "flag", where, LISTED),
        listed=LISTED,
        countries=_options(names, tabulate.received_by(collection.id, "country"), where.countries),
        languages=_options(
            {tag: LANGUAGES[tag].english for tag in collection.languages},
            tabulate.received_by(collection.id, "language", _covering()),
            where.languages,
        ),
        where=where,
        unknown=unknown,
        country_names=names,
        figures=_figures(collected.items),
    )
    return render_template("evaluate/results.html", page=page)


@bp.get("/<code>/verbatims/<number>")
def verbatims(code: str, number: str) -> ResponseReturnValue:
    """Show the answers in words to one item."""
    collection, q = _opened(code)
    where, _ = _filter(collection)
    items = collect(collection, where).items
    variable = q.numbered.get(number)
    if variable is None or variable.item.type != "text" or number not in items:
        abort(_message("Not found", f"Item {number} of '{code}' has no answers in words. These are the collections:"))
    item = items[number]
    last = max(1, -(-item.answered // VERBATIMS_A_PAGE))
    page = min(last, max(1, request.args.get("page", 1, type=int) or 1))
    shown_page = pages.VerbatimsPage(
        head=_head(collection),
        item=item,
        verbatims=queries.verbatims(collection.id, variable.name, where, page, VERBATIMS_A_PAGE),
        where=where,
        first=(page - 1) * VERBATIMS_A_PAGE + 1,
        page=page,
        pages=last,
        country_names=_country_names(collection),
    )
    return render_template("evaluate/verbatims.html", page=shown_page)


@bp.get("/<code>/responses")
def responses(code: str) -> ResponseReturnValue:
    """List the forms of a collection, newest first, without who sent them."""
    collection, _ = _opened(code)
    where, _unknown = _filter(collection)
    count = tabulate.forms(collection.id, where).received
    last = max(1, -(-count // LISTED))
    page = min(last, max(1, request.args.get("page", 1, type=int) or 1))
    listed = queries.responses(collection.id, where, page, LISTED)
    shown_page = pages.ResponsesPage(_head(collection), listed, page, last, count, _country_names(collection))
    return render_template("evaluate/responses.html", page=shown_page)


@bp.get("/<code>/responses/<int:response_id>")
def response(code: str, response_id: int) -> ResponseReturnValue:
    """Show one form: what was answered, what was judged; not who sent it."""
    return render_template("evaluate/response.html", page=_response_page(code, response_id))


@bp.post("/<code>/responses/<int:response_id>")
def identity(code: str, response_id: int) -> ResponseReturnValue:
    """Show one form with who sent it, to someone who says why; the look is in the audit log."""
    page = _response_page(code, response_id)
    reason = request.form.get("reason", "").strip()
    if not REASON[0] <= len(reason) <= REASON[1]:
        words = f"Please say in {REASON[0]} to {REASON[1]} characters why you need to know; it goes into the audit log."
        return make_response(
            render_template("evaluate/response.html", page=replace(page, error=words, reason=reason)), 422
        )
    with writing():
        record(access.person().email, "looked at an identity", f"response {response_id}", reason)
        db.session.commit()
    found = pages.identity_words(queries.identity(response_id), page.questionnaire, page.english)
    return render_template("evaluate/response.html", page=replace(page, identity=found))


def _response_page(code: str, response_id: int) -> pages.ResponsePage:
    """Return the page of one form. Raises NotFound for one that is not there or that the person may not see."""
    collection, q = _opened(code)
    found = queries.response(collection.id, response_id, _covering()) or abort(
        _message("Not found", f"The collection '{code}' has no form {response_id}. These are the collections:")
    )
    return pages.ResponsePage(
        head=_head(collection),
        response=found,
        questionnaire=q,
        english=collection.revision("en").wording,
        lines=pages.answer_lines(found, queries.states(found.id), q, collection.revision("en").wording),
        judgements=queries.judgements(found.id),
        country=_country_names(collection).get(found.country, "no country"),
    )


@bp.get("/<code>/aside")
def aside(code: str) -> ResponseReturnValue:
    """Show what could not be accepted and was kept aside, without who sent it."""
    collection, q = _opened(code)
    submissions = [
        pages.KeptAside(
            received_at=each.received_at,
            reason=each.reason,
            language=each.language,
            mode=each.mode,
            answers={n: v for n, v in each.sent.items() if any(v) and not identifies(q, n)},
        )
        for each in queries.set_aside(collection.id, LISTED)
    ]
    return render_template("evaluate/aside.html", page=pages.AsidePage(_head(collection), submissions, LISTED))


@bp.get("/<code>/published")
def published(code: str) -> ResponseReturnValue:
    """Show published figures beside recomputed ones."""
    collection, _ = _opened(code)
    figures = auditing.shipped_figures(collection.questionnaire_name)
    if figures is None:
        return _message("No published figures", "Nothing was published that this collection could be compared with.")
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
    page = pages.PublishedPage(_head(collection), figures.get("source", ""), rows, counts, chosen)
    return render_template("evaluate/published.html", page=page)


@bp.get("/<code>/questionnaire")
def questionnaire(code: str) -> ResponseReturnValue:
    """Show what was asked: languages and their review, corrections of the English, rules."""
    collection, q = _opened(code)
    received = tabulate.received_by(collection.id, "language", _covering())
    served = [
        pages.Served(
            language=LANGUAGES[each.language],
            revision=each.revision.digest,
            review=pages.review_words(each.revision.review),
            received=received.get(each.language, 0),
            notes=_translation_notes(collection, each.language),
        )
        for each in collection.wordings
    ]
    english = collection.revision("en").wording
    page = pages.QuestionnairePage(_head(collection), q, english, served)
    return render_template("evaluate/questionnaire.html", page=page)


def _filter(collection: Collection) -> tuple[Filter, list[str]]:
    """Return the filter that the address asks for, and what in it is not known."""
    country, language = request.args.getlist("country"), request.args.getlist("language")
    countries, languages = tuple(_country_names(collection)), collection.languages
    chosen = tuple(c for c in countries if c in country), tuple(tag for tag in languages if tag in language)
    # Nothing chosen means all that one may see.
    chosen = chosen[0] or (access.countries() or ()), chosen[1]
    unknown = [c for c in country if c not in countries] + [tag for tag in language if tag not in languages]
    return Filter(*chosen), unknown


def _translation_notes(collection: Collection, language: str) -> tuple[str, ...]:
    """Return what the shipped translation asks a native reader to decide."""
    file: Path = questionnaire_folder(collection.questionnaire_name) / f"{language}.yaml"
    if language == "en" or not file.is_file():
        return ()
    return read_wording(file).notes


def _head(collection: Collection) -> pages.Head:
    # Figures were published of one occasion; beside another collection's they would only confuse.
    published = collection.synthetic == "reconstruction" and auditing.has_shipped_figures(collection.questionnaire_name)
    return pages.Head(collection, pages.synthetic_notice(collection), published)


def _country_names(collection: Collection) -> dict[str, str]:
    assert collection.version is not None
    q, english = collection.version.questionnaire, collection.revision("en").wording
    if not q.country:
        return {}
    item = q.items[q.country]
    mine = access.countries()
    return {c: english.choice(item.choice_list, c) for c in item.codes if mine is None or c in mine}


def _covering() -> Filter:
    """Return the filter of all that the person may see of the collection."""
    return Filter(access.countries() or ())


def _covered() -> list[tuple[Collection, tuple[str, ...] | None]]:
    """List the collections that the person may see, and of which countries (None: of all)."""
    mine = access.collections()
    found = queries.collections()
    return [(each, None if mine is None else mine[each.id]) for each in found if mine is None or each.id in mine]


def _options(names: dict[str, str], counts: dict[str, int], chosen: tuple[str, ...]) -> list[pages.Option]:
    return [pages.Option(code, name, counts.get(code, 0), code in chosen) for code, name in names.items()]


def _figures(items: Mapping[str, ItemResult]) -> dict[str, charts.Figure]:
    """Return the pictures of the page by the id of the place they are drawn in."""
    found: dict[str, charts.Figure | None] = {}
    for number, item in items.items():
        found[f"figure-{number}"] = pages.picture(item)
        for tally in item.tallies:
            found[f"figure-{number}-{tally.where}"] = pages.tally_picture(tally, item.labels)
    return {place.replace(" ", "-"): figure for place, figure in found.items() if figure}


def _opened(code: str) -> tuple[Collection, Questionnaire]:
    """Return a collection that has been opened and what it asks, or stop with a page that says where else to go."""
    collection = queries.by_code(code)
    if collection is None:
        abort(_message("Not found", f"There is no collection called '{code}'. These are the collections:"))
    if collection.version is None:
        text = f"The collection '{code}' has never been opened, so it has no results yet."
        abort(_message("Not opened yet", text, 409))
    return collection, collection.version.questionnaire


def _message(title: str, text: str, status: int = 404) -> Response:
    links = [(each.title, url_for("evaluate.results", code=each.code)) for each, _ in _covered()]
    page = pages.MessagePage(title, text, links)
    return make_response(render_template("evaluate/message.html", page=page), status)
