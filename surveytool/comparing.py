"""Counts to comparisons: groups on an item, two items against one another, people and their organisations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from analysis import association, clusters, scales, shares, tallies
from analysis import groups as grouping
from analysis.multiplicity import holm
from surveytool import tabulate
from surveytool.choosing import Offered
from surveytool.definitions import Variable
from surveytool.models import Collection
from surveytool.tabulate import Counted, Filter, Named

#: The kinds of variable whose answers can be counted in groups and against one another.
COMPARABLE = ("scale", "number", "yes_no", "choice", "coded")
#: Those that can stand in a table of two items: with few enough answers.
CROSSABLE = ("scale", "yes_no", "choice", "coded")
#: House rule: with fewer people one of them can move a figure far, and the page says so.
FEW = 10


@dataclass(frozen=True)
class Question:
    """A variable with its words: number, title, question as put, and what its codes are called."""

    variable: Variable
    title: str
    label: str
    labels: Mapping[str, str]

    @property
    def number(self) -> str:
        """What reports call it by."""
        return self.variable.number

    @property
    def kind(self) -> str:
        """What sort of figure it gives."""
        return self.variable.kind


def comparable(variable: Variable) -> bool:
    """Say whether groups can be compared on a variable."""
    return variable.kind in COMPARABLE


def questions(collection: Collection, language: str = "en") -> dict[str, Question]:
    """Return what the report of a collection lists, by number, worded in a language; titles are in English."""
    assert collection.version is not None
    q, wording = collection.version.questionnaire, collection.revision(language).wording
    frames = tabulate.code_labels(collection.id)
    found = {}
    for line in q.report:
        variable = q.numbered[line.number]
        item = variable.item
        label = wording.label(item.name)
        if variable.choice:
            label = f"{label} {wording.choice(item.choice_list, variable.choice.name)}"
            labels = {"yes": "Yes", "no": "No"}
        elif item.code_frame:
            labels = dict(frames.get(item.code_frame, {}))
        else:
            codes = [code for code in item.codes if code not in item.missing_codes]
            labels = {code: wording.choice(item.choice_list, code) for code in codes}
        found[line.number] = Question(variable, line.title, label, labels)
    return found


# Groups --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """What one group of people answered to an item."""

    code: str
    name: str
    #: People who answered, and by code; where answers are coded words, people who were given each code.
    n: int
    counts: Mapping[str, int]
    missing: Mapping[str, int]
    excluded: int
    #: The figures that its kind has.
    summary: scales.ScaleSummary | scales.Description | None = None
    share: shares.Share | None = None
    tally: tallies.Tally | None = None
    #: Answers in words that nobody has coded.
    uncoded: int = 0


@dataclass(frozen=True)
class Comparison:
    """Groups side by side on one item."""

    question: Question
    by: str
    groups: Sequence[Group]
    #: Codes in the order of the table.
    codes: Sequence[str]
    #: Names of the groups that were compared; the others are shown and not compared.
    compared: Sequence[str]
    overall: grouping.Comparison | None = None
    #: The p value of the whole comparison adjusted over all items of one table.
    p_holm: float | None = None
    differences: Sequence[tuple[str, str, shares.Difference]] = ()
    together: association.Association | None = None
    #: What has to be said of it, a sentence each.
    notes: Sequence[str] = ()

    @property
    def small(self) -> list[Group]:
        """The groups that a comparison is declined for."""
        return [group for group in self.groups if group.code and 0 < group.n < grouping.SMALLEST_GROUP]


def compare(
    collection: Collection, question: Question, by: str, where: Filter, offered: Offered, *, small: bool = True
) -> Comparison:
    """Compare groups on one item; without the small ones where that is asked for."""
    name = question.variable.name
    counted = tabulate.variables_by(collection.id, by, [name], where)
    named = tabulate.named_by(collection.id, by, name, where) if question.kind == "coded" else {}
    return _comparison(
        question, by, offered.groups(by), {c: v.get(name, Counted()) for c, v in counted.items()}, named, small
    )


def compare_scales(collection: Collection, by: str, where: Filter, offered: Offered) -> list[Comparison]:
    """Compare groups on every item with a scale; p values are adjusted over all the items that could be tested."""
    scaled = [question for question in questions(collection).values() if question.kind == "scale"]
    counted = tabulate.variables_by(collection.id, by, [question.variable.name for question in scaled], where)
    found = []
    for question in scaled:
        of = {code: each.get(question.variable.name, Counted()) for code, each in counted.items()}
        found.append(_comparison(question, by, offered.groups(by), of, {}, True, pairs=False))
    adjusted = holm([each.overall.p_value if each.overall else None for each in found])
    return [Comparison(**{**vars(each), "p_holm": p}) for each, p in zip(found, adjusted, strict=True)]


def _comparison(
    question: Question,
    by: str,
    names: Mapping[str, str],
    counted: Mapping[str, Counted],
    named: Mapping[str, Named],
    small: bool,
    pairs: bool = True,
) -> Comparison:
    order = [code for code in names if code in counted] + [code for code in counted if code not in names]
    found = [_group(question, code, names.get(code, code), counted[code], named.get(code, Named())) for code in order]
    if question.kind == "coded":
        total = {code: sum(group.counts.get(code, 0) for group in found) for group in found for code in group.counts}
        codes = sorted(total, key=lambda code: (code == "Others", -total[code], code))
    elif question.kind == "number":
        codes = sorted({code for group in found for code in group.counts}, key=float)
    else:
        codes = list(question.labels)
    taken = [each for each in found if each.code and each.n and (small or each.n >= grouping.SMALLEST_GROUP)]
    comparison = Comparison(question, by, found, codes, [each.name for each in taken])
    figures = _tests(question, taken, pairs)
    return Comparison(**{**vars(comparison), **figures, "notes": _notes(comparison, taken)})


def _group(question: Question, code: str, name: str, counted: Counted, named: Named) -> Group:
    missing = {kind: counted.states.get(kind, 0) for kind in ("not_asked", "not_applicable", "no_answer", "invalid")}
    answered = counted.states.get("value", 0)
    group = {"code": code, "name": name, "missing": missing, "excluded": counted.states.get("excluded", 0)}
    if question.kind == "coded":
        tally = tallies.tally(named.table, named.people, answered, base="people with a coded answer")
        return Group(**group, n=named.people, counts=named.table, tally=tally, uncoded=answered - named.people)  # type: ignore[arg-type]
    counts = _ordered(question, counted.codes)
    if question.kind == "scale":
        low, high = question.variable.item.scale or (0, 4)
        summary = scales.summarise({int(c): n for c, n in counts.items()}, (low, high), missing=missing)
        return Group(**group, n=answered, counts=counts, summary=summary)  # type: ignore[arg-type]
    if question.kind == "number":
        bounds = (0.0, 100.0) if question.variable.item.unit == "percent" else None
        described = scales.describe({float(c): n for c, n in counts.items()}, bounds=bounds, missing=missing)
        return Group(**group, n=answered, counts=counts, summary=described)  # type: ignore[arg-type]
    if question.kind == "yes_no":
        share = shares.wilson(counts.get("yes", 0), answered, missing=missing, base="answered yes or no")
        return Group(**group, n=answered, counts=counts, share=share)  # type: ignore[arg-type]
    return Group(**group, n=answered, counts=counts)  # type: ignore[arg-type]


def _ordered(question: Question, codes: Mapping[str, int]) -> dict[str, int]:
    """Return people by code, in the order of the list; a ticked box is a yes."""
    if question.variable.choice:
        return {"yes": codes.get("1", 0), "no": codes.get("0", 0)}
    if question.kind == "number":
        return dict(sorted(codes.items(), key=lambda pair: float(pair[0])))
    return {code: codes.get(code, 0) for code in question.labels}


def _tests(question: Question, taken: Sequence[Group], pairs: bool) -> dict[str, object]:
    """Return what compares the groups, by the kind of the item."""
    if question.kind in ("scale", "number"):
        counts = {each.name: {float(code): n for code, n in each.counts.items()} for each in taken}
        return {"overall": grouping.compare(counts, pairs=pairs)}
    if question.kind == "yes_no":
        differences = [
            (a.name, b.name, shares.difference((a.counts["yes"], a.n), (b.counts["yes"], b.n)))
            for a, b in combinations(taken, 2)
        ]
        return {
            "differences": differences,
            "together": association.cramers_v({each.name: each.counts for each in taken}),
        }
    if question.kind == "choice":
        return {"together": association.cramers_v({each.name: each.counts for each in taken})}
    return {}


def _notes(comparison: Comparison, taken: Sequence[Group]) -> list[str]:
    notes = []
    left = [each for each in comparison.groups if each.n and each not in taken]
    if left:
        named = ", ".join(f"{each.name} ({each.n})" for each in left)
        notes.append(f"Shown and not compared: {named}.")
    few = [each for each in taken if each.n < FEW]
    if few:
        named = ", ".join(f"{each.name} ({each.n})" for each in few)
        notes.append(f"Fewer than {FEW} answered in: {named}. There, one person can move a mean or a share far.")
    if comparison.question.kind == "coded":
        notes.append("One person may have named several, so the shares of a group can add up to more than 100 %.")
    return notes


# Two items -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crosstab:
    """Two items against one another."""

    rows: Question
    columns: Question
    row_codes: Sequence[str]
    column_codes: Sequence[str]
    counted: tabulate.Crossed
    #: None where one person may stand in several cells.
    together: association.Association | None

    @property
    def several(self) -> list[Question]:
        """The items of which one person may have given several codes."""
        return [question for question in (self.rows, self.columns) if question.kind == "coded"]


def cross(collection: Collection, rows: Question, columns: Question, where: Filter) -> Crosstab:
    """Count two items against one another, and say how far they go together."""
    one, other = (tabulate.Side(each.variable.name, each.kind == "coded") for each in (rows, columns))
    counted = tabulate.crossed(collection.id, one, other, where)
    return Crosstab(
        rows,
        columns,
        _listed(rows, counted.rows),
        _listed(columns, counted.columns),
        counted,
        _together(rows, columns, counted),
    )


def label_of(question: Question, code: str) -> str:
    """Return what a code of a table of two items is called."""
    if question.variable.choice:
        return {"1": "Yes", "0": "No"}.get(code, code)
    return question.labels.get(code, code)


def _listed(question: Question, people: Mapping[str, int]) -> list[str]:
    """Return the codes of one side in the order of the list; of coded words those given, most people first."""
    if question.kind == "coded":
        return sorted(
            (code for code in people if people[code]), key=lambda code: (code == "Others", -people[code], code)
        )
    return ["1", "0"] if question.variable.choice else list(question.labels)


def _together(rows: Question, columns: Question, counted: tabulate.Crossed) -> association.Association | None:
    """Return Spearman's rho where both are ordered and one is a scale, else Cramér's V; none for coded words."""
    kinds = {rows.kind, columns.kind}
    if "coded" in kinds:
        return None
    table: dict[str, dict[str, int]] = {}
    for (row, column), people in counted.cells.items():
        table.setdefault(row, {})[column] = people
    if "scale" in kinds and kinds <= {"scale", "yes_no"}:
        steps = {_step(row): {_step(column): n for column, n in cells.items()} for row, cells in table.items()}
        return association.spearman(steps)
    return association.cramers_v(table)


def _step(code: str) -> float:
    return {"yes": 1.0, "no": 0.0}.get(code) if code in ("yes", "no") else float(code)  # type: ignore[return-value]


# People and organisations --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PerOrganisation:
    """One item, over people and over the organisations they are of."""

    question: Question
    #: Everybody who answered, whether their organisation is known or not.
    n: int
    mean: float | None
    figures: clusters.OrganisationMean
    #: People whose organisation is not known; they are in `n` and `mean` alone.
    unknown: int
    reasons: Mapping[str, str] = field(default_factory=dict)


def per_organisation(collection: Collection, where: Filter) -> list[PerOrganisation]:
    """Return every scale and every yes/no item over people and over organisations of the register.

    People whose organisation is not known are left out of the figures over organisations: counting each as an
    organisation of its own would claim that they are independent, which is what is not known.
    """
    asked = [q for q in questions(collection).values() if q.kind in ("scale", "yes_no")]
    sums = tabulate.organisation_sums(collection.id, [question.variable.name for question in asked], where)
    found = []
    for question in asked:
        of = sums.get(question.variable.name, tabulate.Clustered())
        bounds = question.variable.item.scale or (0, 1)
        figures = clusters.organisation_mean(of.organisations, bounds=bounds, base="of a known organisation")
        n = figures.n + of.unknown[0]
        total = sum(each[1] for each in of.organisations) + of.unknown[1]
        found.append(PerOrganisation(question, n, total / n if n else None, figures, of.unknown[0], figures.reasons))
    return found
