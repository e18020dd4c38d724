"""Groups compared, two items crossed, people and organisations."""

from flask import render_template
from flask.typing import ResponseReturnValue

from surveytool import charts, comparing, tabulate
from surveytool.comparing import COMPARABLE, CROSSABLE, Comparison, PerOrganisation
from surveytool.evaluate.common import Part, bp, head, note, opened, part
from surveytool.evaluate.comparing import forms, pages
from surveytool.models import Collection

for words in (pages.p_value, pages.spread, pages.points, pages.states, comparing.label_of):
    bp.add_app_template_global(words)


@bp.get("/<code>/compare")
def compare(code: str) -> ResponseReturnValue:
    """Show groups side by side: on the item asked for, or on every item with a scale."""
    collection, _ = opened(code)
    chosen, questions = part(collection), comparing.questions(collection)
    asked = forms.asked(chosen.offered, questions)
    if asked.question:
        small = not asked.without_small
        found = [comparing.compare(collection, asked.question, asked.by, chosen.where, chosen.offered, small=small)]
    else:
        found = comparing.compare_scales(collection, asked.by, chosen.where, chosen.offered)
    names = chosen.offered.groups(asked.by)
    sizes = tabulate.group_sizes(collection.id, asked.by, chosen.where)
    page = pages.ComparePage(
        head=head(collection),
        part=chosen,
        forms=tabulate.forms(collection.id, chosen.where),
        questions=[each for each in questions.values() if each.kind in COMPARABLE],
        by=asked.by,
        dimensions=chosen.offered.dimensions,
        chosen=asked.question,
        without_small=asked.without_small,
        comparisons=found,
        groups={name: sizes[code] for code, name in names.items() if sizes.get(code)},
        figures=_figures(collection, found[0], chosen, asked.by) if asked.question else {},
        wrong=asked.wrong,
    )
    return render_template("evaluate/comparing/compare.html", page=page)


def _figures(collection: Collection, comparison: Comparison, chosen: Part, by: str) -> dict[str, charts.Figure]:
    """Return the pictures of one comparison by their place: the distributions, and means or shares."""
    question = comparison.question
    title = f"{question.number} {question.title}, by {chosen.offered.dimensions[by]}"
    found = {
        "figure-groups": (pages.ladders(comparison) if question.kind == "scale" else None, "Answers"),
        "figure-means": (
            pages.means(comparison),
            "Means with 95 % intervals" if question.kind == "scale" else "Share of yes with 95 % intervals",
        ),
    }
    place = f"{collection.code}-{question.number}-by-{by}".replace(" ", "-").replace(":", "-")
    under = note(collection, chosen.said)
    return {
        name: charts.titled(figure, f"{title}. {what}", under, f"{place}-{name.removeprefix('figure-')}")
        for name, (figure, what) in found.items()
        if figure
    }


@bp.get("/<code>/cross")
def cross(code: str) -> ResponseReturnValue:
    """Show two items against one another."""
    collection, _ = opened(code)
    chosen, questions = part(collection), comparing.questions(collection)
    asked = forms.crossed(questions)
    found = (
        comparing.cross(collection, asked.rows, asked.columns, chosen.where) if asked.rows and asked.columns else None
    )
    page = pages.CrossPage(
        head=head(collection),
        part=chosen,
        forms=tabulate.forms(collection.id, chosen.where),
        questions=[each for each in questions.values() if each.kind in CROSSABLE],
        rows=asked.rows,
        columns=asked.columns,
        crosstab=found,
        wrong=asked.wrong,
    )
    return render_template("evaluate/comparing/cross.html", page=page)


@bp.get("/<code>/by-organisation")
def by_organisation(code: str) -> ResponseReturnValue:
    """Show items over people and over organisations."""
    collection, _ = opened(code)
    chosen = part(collection)
    items = comparing.per_organisation(collection, chosen.where)
    page = pages.ByOrganisationPage(
        head=head(collection),
        part=chosen,
        forms=tabulate.forms(collection.id, chosen.where),
        affiliated=tabulate.affiliated(collection.id, chosen.where),
        items=items,
        figures=_organisation_figures(collection, items, chosen),
    )
    return render_template("evaluate/comparing/by_organisation.html", page=page)


def _organisation_figures(
    collection: Collection, items: list[PerOrganisation], chosen: Part
) -> dict[str, charts.Figure]:
    """Return the picture of the scales' means over people, with the interval that minds who is of one organisation."""
    rows = {
        f"{each.question.number} {each.question.title}": (each.figures.mean, each.figures.ci95, each.figures.n)
        for each in items
        if each.question.kind == "scale" and each.figures.mean is not None
    }
    if not rows:
        return {}
    title = "Means over people of known organisations, with intervals that mind who is of one organisation"
    figure = charts.intervals(rows, (0, 4))
    return {
        "figure-organisations": charts.titled(
            figure, title, note(collection, chosen.said), f"{collection.code}-by-organisation"
        )
    }
