"""What every room of the door rests on: finding a collection within what the person may see, and messages."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request, url_for
from sqlalchemy import select

from surveytool import access, as_of, choosing, small_cells, tabulate
from surveytool import audit as auditing
from surveytool.audit_log import REASON
from surveytool.collections import synthetic_notice as synthetic_notice
from surveytool.definitions import Questionnaire
from surveytool.devices import local, zone_words
from surveytool.entries import takes_paper
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, db
from surveytool.tabulate import Filter
from surveytool.translations import review_words as review_words

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
    page = MessagePage(title, text, links or ways([each for each, _ in covered() if each.workshop_id is None]))
    return make_response(render_template("evaluate/message.html", page=page), status)


@bp.app_errorhandler(access.SmallCells)
def figures_only(error: access.SmallCells) -> Response:
    """Say that a collection shows figures of several people only, and where they are."""
    chosen = by_code(str((request.view_args or {})["code"]))
    assert chosen is not None, "the check before the request has found it"
    way = [(f"Results of {chosen.title}", url_for("evaluate.results", code=chosen.code))]
    return message("Figures only", small_cells.why(chosen), 403, way)


@bp.app_errorhandler(access.TrainersOwn)
def trainers_own(error: access.TrainersOwn) -> Response:
    """Say that trainees' answers are for the trainer of the workshop alone, and where its figures are."""
    chosen = by_code(str((request.view_args or {})["code"]))
    assert chosen is not None and chosen.workshop is not None, "the check before the request has found it"  # noqa: PT018
    smallest = current_app.config["SMALLEST_CELL"]
    way = [
        (f"What the workshop changed: {chosen.title}", url_for("evaluate.workshop", workshop=chosen.workshop.code)),
        (f"How many forms came: {chosen.code}", url_for("evaluate.collection", code=chosen.code)),
    ]
    return message("For the trainer of the workshop", small_cells.WHY_OF_WORKSHOP.format(smallest=smallest), 403, way)


def ways(collections: Iterable[Collection]) -> list[tuple[str, str]]:
    """Return the titles and addresses of collections: their pages for evaluators; for clerks, where forms are typed."""
    found = [(each, _own_page(each)) for each in collections]
    return [(each.title, url_for(page, code=each.code)) for each, page in found if page]


def _own_page(collection: Collection) -> str:
    """Return the page of a collection that the person works on, or ""."""
    mine = {role for role in ("evaluator", "clerk", "translator") if access.countries_as(role, collection.id) != ()}
    if "evaluator" in mine:
        return "evaluate.collection"
    if "translator" in mine and collection.version is not None:
        return "evaluate.translating"
    return "evaluate.desk" if takes_paper(collection) else ""


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
    names = choosing.country_names(collection.version.questionnaire, collection.revision("en").wording)
    mine = access.countries()
    return {code: name for code, name in names.items() if mine is None or code in mine}


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
    where, unknown = choosing.read(_offered(collection), request.args.to_dict(flat=False))
    # Nothing chosen means all that one may see.
    try:
        stand = as_of.read(asked_stand(), collection.zone)
    except as_of.StandError as error:
        stand = tabulate.VALID
        unknown.append(str(error).rstrip("."))
    if request.args.get("at", "").strip() and request.args.get("as") != as_of.MOMENT:
        unknown.append("the moment that was typed, since 'as of' was not chosen")
    return replace(where, countries=where.countries or (access.countries() or ()), stand=stand), unknown


def asked_stand() -> str:
    """Return which decisions the address asks for: `as`, or where that says so the moment in a field of its own."""
    typed = request.args.get("as", "")
    return request.args.get("at", "") if typed == as_of.MOMENT else typed


def same_stand(collection: Collection, where: Filter) -> dict[str, str]:
    """Return what has to stand in an address for results that rest on the same decisions."""
    found = as_of.written(where.stand, collection.zone)
    return {"as": found} if found else {}


def _offered(collection: Collection) -> choosing.Offered:
    return choosing.offered(collection, country_names(collection), asked_organisations())


def asked_organisations() -> set[int]:
    """Return the organisations that the address names, by id."""
    typed = request.args.getlist("organisation")
    return {int(each) for each in typed if each.isascii() and each.isdecimal() and int(each) <= LARGEST_ID}


@dataclass(frozen=True)
class Facet:
    """One thing that forms can be chosen by."""

    parameter: str
    title: str
    options: Sequence["Option"]
    #: Whether several can be chosen at once.
    several: bool = True


@dataclass(frozen=True)
class Chosen:
    """Which forms a page is about, as it says so."""

    where: Filter
    #: In words; "" when it is all forms as they stand now.
    said: str
    #: What was asked for in the address and is not known.
    unknown: Sequence[str]
    offered: choosing.Offered
    #: What has to stand in an address for the same forms and the same decisions.
    kept: Mapping[str, Sequence[str]]

    @property
    def listed(self) -> dict[str, Sequence[str]]:
        """What has to stand in the address of a list for the same forms; lists show them as they stand now."""
        return {name: values for name, values in self.kept.items() if name not in DECISIONS}


@dataclass(frozen=True)
class Part(Chosen):
    """The same, and what one can choose by."""

    facets: Sequence[Facet]
    #: Forms received that the person may see, whatever is chosen.
    received: int


def note(collection: Collection, said: str) -> str:
    """Return what stands under every picture that is taken away: of which forms it is, and whether they are made up."""
    parts = [collection.title, f"Valid forms {said}" if said else "Valid forms", synthetic_notice(collection)]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


#: What of an address says which decisions count.
DECISIONS = ("as", "at")


def chosen(collection: Collection) -> Chosen:
    """Return which forms of a collection the address asks for."""
    where, unknown = asked_filter(collection)
    offers = _offered(collection)
    typed = request.args.to_dict(flat=False)
    kept = {name: typed[name] for name in (*choosing.PARAMETERS, *DECISIONS) if any(typed.get(name, ()))}
    return Chosen(where, choosing.said(where, offers), unknown, offers, kept)


def part(collection: Collection) -> Part:
    """Return which forms of a collection the address asks for, and which can be."""
    asked = chosen(collection)
    counted = tabulate.facets(collection.id, covering())
    facets = facets_of(collection, asked.where, asked.offered, counted)
    return Part(**vars(asked), facets=facets, received=sum(counted.modes.values()))


def facets_of(collection: Collection, where: Filter, offers: choosing.Offered, counted: tabulate.Facets) -> list[Facet]:
    """Return what forms can be chosen by, with the forms received that have each, of all that the person may see."""
    mine = covering()
    partner = {True: ("yes",), False: ("no",), None: ()}[where.direct_partner]
    found = [
        Facet("country", "Countries", options(dict(offers.countries), dict(counted.countries), where.countries)),
        Facet("language", "Languages", options(dict(offers.languages), dict(counted.languages), where.languages)),
        Facet("mode", "Answered", options(dict(offers.modes), dict(counted.modes), where.modes)),
    ]
    if offers.kinds:
        kinds, partners = tabulate.register_sizes(collection.id, mine)
        found.append(Facet("kind", "Types of organisation", options(dict(offers.kinds), kinds, where.kinds)))
        found.append(Facet("partner", "Partners of the project", options(dict(offers.partner), partners, partner)))
    if offers.organisations:
        forms = {str(id_): n for id_, n in tabulate.organisation_sizes(collection.id, mine).items()}
        single = tuple(map(str, where.organisations))
        found.append(Facet("organisation", "Organisation", options(dict(offers.organisations), forms, single), False))
    for name, (title, labels) in offers.answers.items():
        sizes = tabulate.answer_sizes(collection.id, name, mine)
        codes = {f"{name}:{code}": label for code, label in labels.items()}
        given = tuple(f"{variable}:{code}" for variable, code in where.answers)
        counts = {f"{name}:{code}": sizes.get(code, 0) for code in labels}
        found.append(Facet("answer", title, options(codes, counts, given), several=False))
    return [facet for facet in found if facet.options]


def options(names: dict[str, str], counts: dict[str, int], chosen: tuple[str, ...]) -> list[Option]:
    """Return the values of a filter with the forms received that have each."""
    return [Option(code, name, counts.get(code, 0), code in chosen) for code, name in names.items()]


@bp.app_template_global()
def own_name(tag: str) -> str:
    """Return the name of a language in itself."""
    return LANGUAGES[tag].name


@bp.app_template_filter("moment")
def moment_words(at: datetime.datetime, zone: str, pattern: str = "%-d %B %Y, %H:%M", named: bool = True) -> str:
    """Return a moment in the time zone of a collection, with what that zone is; it is kept in UTC."""
    there = local(at, zone)
    return there.strftime(pattern) + (f" {zone_words(there)}" if named else "")


def wrong_reason(reason: str, where: str) -> str:
    """Return what to say of a reason that is too short or too long, or ""; `where` says what becomes of it."""
    least, most = REASON
    if least <= len(reason) <= most:
        return ""
    return f"Please say why, in {least} to {most} characters; {where}."


def number(text: str) -> int:
    """Return an id that was sent, or 0 for what cannot be one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= LARGEST_ID else 0


def read_moment(text: str) -> datetime.datetime | None:
    """Return the moment that a page has put into a field or an address, or None for what is none."""
    try:
        found = datetime.datetime.fromisoformat(text[:40])
        return found.astimezone(datetime.UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def by_code(code: str) -> Collection | None:
    """Find a collection by the code that staff use."""
    if not code.isprintable():  # PostgreSQL cannot even be asked about a NUL
        return None
    return db.session.scalar(select(Collection).where(Collection.code == code))


def all_collections() -> Sequence[Collection]:
    """List all collections, by code."""
    return db.session.scalars(select(Collection).order_by(Collection.code)).all()
