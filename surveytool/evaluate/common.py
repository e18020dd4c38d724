"""What every room of the door rests on: finding a collection within what the person may see, and messages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from sqlalchemy import select

from surveytool import access, small_cells, tabulate
from surveytool import audit as auditing
from surveytool.audit_log import REASON
from surveytool.definitions import Questionnaire
from surveytool.entries import takes_paper
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, db
from surveytool.tabulate import Filter

bp = Blueprint("evaluate", __name__, url_prefix="/evaluate")


#: PostgreSQL's integers end here.
LARGEST_ID = 2**31 - 1

#: How many forms a list shows at most.
LISTED = 200


#: What the kinds of missing are called.
MISSING = {
    "not_asked": "not asked",
    "not_applicable": "not applicable",
    "no_answer": "no answer",
    "invalid": "invalid",
}


@dataclass(frozen=True)
class Head:
    """What stands at the top of every page about one collection."""

    collection: Collection
    #: Said on every page that shows made-up answers.
    synthetic: str
    #: Whether figures were published that can be put beside these.
    published: bool
    #: Corrections that wait for a decision.
    waiting: int = 0
    #: Whether forms can be typed for it.
    typed: bool = False


def synthetic_notice(collection: Collection) -> str:
    """Return what to say of a collection whose answers are nobody's, or ""."""
    return {
        "reconstruction": "Synthetic data: these forms were made up from published counts. They are nobody's answers.",
        "demonstration": "Demonstration: whatever is entered here is for trying out.",
    }.get(collection.synthetic, "Synthetic data: these forms were made up." if collection.synthetic else "")


@dataclass(frozen=True)
class MessagePage:
    """One thing to tell the evaluator."""

    title: str
    text: str
    links: Sequence[tuple[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True)
class Option:
    """One value of a filter, with the forms received that have it."""

    code: str
    label: str
    count: int
    chosen: bool


def found(code: str) -> Collection:
    """Return a collection, opened or not, or stop with a page that says which there are."""
    text = f"There is no collection called '{code}'. These are the collections:"
    return by_code(code) or abort(message("Not found", text))


def opened(code: str) -> tuple[Collection, Questionnaire]:
    """Return a collection that has been opened and what it asks, or stop with a page that says where else to go."""
    collection = found(code)
    if collection.version is None:
        text = f"The collection '{code}' has never been opened, so it has no forms and no results yet."
        abort(message("Not opened yet", text, 409, ways([collection])))
    return collection, collection.version.questionnaire


def message(title: str, text: str, status: int = 404, links: Sequence[tuple[str, str]] = ()) -> Response:
    """Return a page that says one thing, and where else to go: to the collections there are, if nothing is said."""
    page = MessagePage(title, text, links or ways([each for each, _ in covered()]))
    return make_response(render_template("evaluate/message.html", page=page), status)


@bp.app_errorhandler(access.SmallCells)
def figures_only(error: access.SmallCells) -> Response:
    """Say that a collection shows figures of several people only, and where they are."""
    chosen = by_code(str((request.view_args or {})["code"]))
    assert chosen is not None, "the check before the request has found it"
    way = [(f"Results of {chosen.title}", url_for("evaluate.results", code=chosen.code))]
    return message("Figures only", small_cells.why(chosen), 403, way)


def ways(collections: Iterable[Collection]) -> list[tuple[str, str]]:
    """Return the titles and addresses of collections: their pages for evaluators; for clerks, where forms are typed."""
    pages = [(each, access.countries_as("evaluator", each.id) != ()) for each in collections]
    return [
        (each.title, url_for("evaluate.collection" if mine else "evaluate.desk", code=each.code))
        for each, mine in pages
        if mine or takes_paper(each)
    ]


def head(collection: Collection) -> Head:
    """Return what stands at the top of every page about a collection."""
    # Figures were published of one occasion; beside another collection's they would only confuse.
    published = collection.synthetic == "reconstruction" and auditing.has_shipped_figures(collection.questionnaire_name)
    waiting = tabulate.waiting_corrections(collection.id, covering())
    return Head(collection, synthetic_notice(collection), published, waiting, takes_paper(collection))


def country_names(collection: Collection) -> dict[str, str]:
    """Return the English names of the countries the person may see, by code; none before the first opening."""
    if collection.version is None:
        return {}
    q, english = collection.version.questionnaire, collection.revision("en").wording
    if not q.country:
        return {}
    item = q.items[q.country]
    mine = access.countries()
    return {c: english.choice(item.choice_list, c) for c in item.codes if mine is None or c in mine}


def covering() -> Filter:
    """Return the filter of all that the person may see of the collection."""
    return Filter(access.countries() or ())


def covered() -> list[tuple[Collection, tuple[str, ...] | None]]:
    """List the collections that the person may see, and of which countries (None: of all)."""
    mine = access.collections()
    found = all_collections()
    return [(each, None if mine is None else mine[each.id]) for each in found if mine is None or each.id in mine]


def asked_filter(collection: Collection) -> tuple[Filter, list[str]]:
    """Return the filter that the address asks for, and what in it is not known."""
    country, language = request.args.getlist("country"), request.args.getlist("language")
    countries, languages = tuple(country_names(collection)), collection.languages
    chosen = tuple(c for c in countries if c in country), tuple(tag for tag in languages if tag in language)
    # Nothing chosen means all that one may see.
    chosen = chosen[0] or (access.countries() or ()), chosen[1]
    unknown = [c for c in country if c not in countries] + [tag for tag in language if tag not in languages]
    return Filter(*chosen), unknown


def options(names: dict[str, str], counts: dict[str, int], chosen: tuple[str, ...]) -> list[Option]:
    """Return the values of a filter with the forms received that have each."""
    return [Option(code, name, counts.get(code, 0), code in chosen) for code, name in names.items()]


def review_words(review: Mapping[str, object]) -> str:
    """Return a language's state of review in words; only what is on record is said."""
    state = str(review.get("state") or "unknown")
    if state == "source":
        return "source text"
    if state == "machine-drafted":
        return "machine-drafted; awaits a native reader's review"
    by = f" by {review['by']}" if review.get("by") else ""
    return f"{state}{by}"


@bp.app_template_global()
def own_name(tag: str) -> str:
    """Return the name of a language in itself."""
    return LANGUAGES[tag].name


def wrong_reason(reason: str, where: str) -> str:
    """Return what to say of a reason that is too short or too long, or ""; `where` says what becomes of it."""
    least, most = REASON
    if least <= len(reason) <= most:
        return ""
    return f"Please say why, in {least} to {most} characters; {where}."


def by_code(code: str) -> Collection | None:
    """Find a collection by the code that staff use."""
    if not code.isprintable():  # PostgreSQL cannot even be asked about a NUL
        return None
    return db.session.scalar(select(Collection).where(Collection.code == code))


def all_collections() -> Sequence[Collection]:
    """List all collections, by code."""
    return db.session.scalars(select(Collection).order_by(Collection.code)).all()
