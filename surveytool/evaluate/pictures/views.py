"""Pictures over several items, in the words of any language of the collection."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from surveytool import charts, comparing, tabulate
from surveytool.evaluate.common import Part, bp, head, note, opened, part
from surveytool.evaluate.pictures import pages
from surveytool.languages import LANGUAGES
from surveytool.models import Collection


@bp.get("/<code>/pictures", endpoint="pictures")
def show(code: str) -> ResponseReturnValue:
    """Show all scale items in one picture, each by itself, and flows from countries to what is named."""
    collection, q = opened(code)
    chosen = part(collection)
    typed = request.args.get("words", "")
    language = typed if typed in collection.languages else "en"
    asked = comparing.questions(collection, language)
    counted = tabulate.variables(collection.id, chosen.where)
    scales = [pages.scale(each, counted) for each in asked.values() if each.kind == "scale"]
    flows = _flows(collection, asked, chosen) if q.country else []
    page = pages.PicturesPage(
        head=head(collection),
        part=chosen,
        forms=tabulate.forms(collection.id, chosen.where),
        scales=scales,
        flows=flows,
        figures=_figures(collection, scales, flows, chosen, language),
        language=language,
        languages={tag: LANGUAGES[tag].english for tag in collection.languages},
        wrong=[f"There are no words in “{typed[:20]}”."] if typed and typed != language else (),
    )
    return render_template("evaluate/pictures/pictures.html", page=page)


def _flows(collection: Collection, asked: dict[str, comparing.Question], chosen: Part) -> list[pages.Flow]:
    """Return the flow of each item whose answers in words were coded with more than yes and no."""
    countries = chosen.offered.groups("country")
    named = tabulate.named(collection.id, chosen.where)
    found = []
    for question in asked.values():
        if question.kind == "coded" and not set(question.labels) <= {"yes", "no"}:
            by_country = {c: each for (name, c), each in named.items() if name == question.variable.name}
            if by_country:
                found.append(pages.flow(question, by_country, countries))
    return found


def _figures(
    collection: Collection, scales: list[pages.Scale], flows: list[pages.Flow], chosen: Part, language: str
) -> dict[str, charts.Figure]:
    """Return the pictures by the place they are drawn in, with what they say when taken away."""
    under, code = note(collection, chosen.said), collection.code
    found: dict[str, charts.Figure] = {}
    if whole := pages.all_scales(scales):
        title = (
            "All items with a scale: answers from the lowest to the highest step, each bar centred on its middle step"
        )
        found["figure-scales"] = charts.titled(whole, title, under, f"{code}-scales")
    for each in scales:
        if each.n:
            number = each.question.number.replace(" ", "-")
            title = f"{each.question.number} {each.question.label}"
            file = f"{code}-{number}-{language}"
            found[f"figure-{number}"] = charts.titled(pages.one_scale(each), title, under, file)
    for flow in flows:
        number = flow.question.number.replace(" ", "-")
        title = f"{flow.question.number} {flow.question.title}: from country to what is named, in people"
        figure = charts.flow(flow.links, flow.countries, flow.named, flow.n)
        several = (
            f"n = {flow.n} people who name at least one. Who names several flows to each and counts in each bracket."
        )
        found[f"figure-flow-{number}"] = charts.titled(figure, title, f"{several} {under}", f"{code}-{number}-flow")
    return found
