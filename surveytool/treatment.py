"""How returned persons were treated: the grid of steps, authorities and scales, and the figures that may be shown.

A figure is of the whole collection and of five people or more, and it grows by whole groups of so many: two looks, one
form apart, do not show what that form said. docs/privacy.md says what this guards against, and what not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.scales import summarise
from surveytool import tabulate
from surveytool.definitions import Questionnaire
from surveytool.models import Collection
from surveytool.small_cells import smallest_shown

#: The choice lists whose codes, joined to a step's name, name the items of the grid.
AUTHORITIES, SCALES = "authorities", "scales"
#: From this step of the scale on, people were mostly or entirely treated so.
WELL = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of authority at one step: the item of each scale, by the scale's code."""

    authority: str
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the return, with its authorities."""

    name: str
    letter: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What people said of one authority on one scale; nothing where there are too few to be shown."""

    #: How many people the figures are of, in whole groups; 0 where there are too few.
    people: int
    mean: float | None = None
    #: The share, from 0 to 1, of those who said mostly or entirely.
    well: float | None = None


@dataclass(frozen=True, slots=True)
class Appraisals:
    """The figures of one collection."""

    code: str
    title: str
    synthetic: str
    #: How many people a figure is of at least.
    smallest: int
    #: Forms that count.
    forms: int
    cells: Mapping[str, Cell]


def grid(q: Questionnaire) -> list[Step]:
    """Return the steps of a questionnaire that is such a grid, with the items of each authority."""
    lists = q.structure.get("choice_lists", {})
    authorities, scales = ([each["name"] for each in lists.get(name, ())] for name in (AUTHORITIES, SCALES))
    steps = []
    for section in q.sections:
        named = {a: {s: f"{section.name}_{a}_{s}" for s in scales} for a in authorities}
        rows = tuple(Row(a, items) for a, items in named.items() if all(item in q.items for item in items.values()))
        if rows:
            steps.append(Step(section.name, section.letter, rows))
    return steps


def appraisals(collection: Collection) -> Appraisals:
    """Return what may be shown of a collection that has been opened."""
    assert collection.version is not None
    q, smallest = collection.version.questionnaire, smallest_shown(collection)
    counted = tabulate.in_whole_groups(collection.id, smallest)
    scaled = [variable.name for variable in q.variables.values() if variable.item.scale]
    return Appraisals(
        code=collection.code,
        title=collection.title,
        synthetic=collection.synthetic,
        smallest=smallest,
        forms=tabulate.forms(collection.id).valid,
        cells={name: _cell(counted.get(name, {})) for name in scaled},
    )


def _cell(codes: Mapping[str, int], people: int | None = None) -> Cell:
    counts = {float(code): count for code, count in codes.items()}
    answers = sum(counts.values())
    if not answers:
        return Cell(0)
    well = sum(count for step, count in counts.items() if step >= WELL) / answers
    return Cell(answers if people is None else people, summarise(counts).mean, well)


def by_country(collections: Iterable[Collection], scale: str = "humanely") -> dict[str, Cell]:
    """Return how people were treated by all authorities together, by the country they returned to.

    Countries with too few people are left out. `mean` and `well` are of ratings, `people` counts those who rated.
    """
    chosen = [each for each in collections if smallest_shown(each)]
    if not chosen:
        return {}
    items = {
        row.items[scale]
        for each in chosen
        if each.version
        for step in grid(each.version.questionnaire)
        for row in step.rows
        if scale in row.items
    }
    smallest = max(map(smallest_shown, chosen))
    groups = tabulate.countries_in_whole_groups([each.id for each in chosen], items, smallest)
    return {country: _cell(group.codes, group.people) for country, group in sorted(groups.items()) if country}


def as_json(found: Appraisals) -> dict[str, Any]:
    """Return the figures as data."""
    return {
        "collection": found.code,
        "title": found.title,
        "synthetic": found.synthetic,
        "smallest_cell": found.smallest,
        "forms": found.forms,
        "items": {
            name: {"n": cell.people, "mean": cell.mean, "mostly_or_entirely": cell.well}
            if cell.people
            else {"n": f"fewer than {found.smallest}", "mean": None, "mostly_or_entirely": None}
            for name, cell in found.cells.items()
        },
    }
