"""Counts to results: every report item of a collection with its figures, its base, its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis import scales, shares, tallies
from analysis.rounding import printed
from surveytool import as_of, choosing, tabulate
from surveytool.definitions import Questionnaire, ReportLine, Variable, Wording
from surveytool.models import Collection
from surveytool.small_cells import refuse
from surveytool.tabulate import EVERYTHING, Counted, Filter, Forms, Named
from surveytool.verbatims import frame_name

MISSING = ("not_asked", "not_applicable", "no_answer", "invalid")
ALL = "all"
NO_ANSWERS = "no applicable answers"


@dataclass(frozen=True)
class Tally:
    """What one variable's verbatims name, among the respondents of one country or of all."""

    where: str
    #: Counts as tables show them, and what stands grouped under a code.
    table: Mapping[str, int]
    detail: Mapping[str, Mapping[str, int]]
    #: Concentration, computed on the codes as coded, without grouping.
    figures: tallies.Tally


@dataclass(frozen=True)
class ItemResult:
    """One line of the report: what was counted, of whom, and what follows from it."""

    number: str
    variable: Variable
    title: str
    #: The question as put, in English.
    label: str
    kind: str
    #: Valid forms considered, and how they divide: answered, the four kinds of missing.
    valid: int
    answered: int
    missing: Mapping[str, int]
    excluded: int
    #: People by code, every code of the list, in its order.
    counts: Mapping[str, int]
    #: What a code is called: {code: English label}.
    labels: Mapping[str, str]
    n: int
    base: str
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    ci95: tuple[float, float] | None = None
    lowest: float | None = None
    highest: float | None = None
    sum: float | None = None
    #: Why the item as a whole is invalid, if it is.
    invalid: str | None = None
    #: Why a figure is undefined, by its name.
    reasons: Mapping[str, str] = field(default_factory=dict)
    tallies: tuple[Tally, ...] = ()
    #: Cautions: reason, and how many valid forms it is about. They change no figure.
    cautions: Mapping[str, int] = field(default_factory=dict)
    #: Answers in words that nobody has coded yet.
    uncoded: int = 0
    sentence: str = ""

    @property
    def top(self) -> float | None:
        """The upper end of the item's scale, if it has one."""
        return self.variable.item.scale[1] if self.variable.item.scale else None


@dataclass(frozen=True)
class Results:
    """All results of a collection, or of the part of it that a filter chooses."""

    code: str
    title: str
    synthetic: str
    forms: Forms
    items: Mapping[str, ItemResult]
    #: Which decisions they rest on, as a command or an address has it.
    as_: str = tabulate.VALID
    #: The same in words.
    stand: str = "as validated"
    #: Which forms they are of; as typed in an address, and in words. Empty for all.
    chosen: Mapping[str, list[str]] = field(default_factory=dict)
    said: str = ""


def collect(collection: Collection, where: Filter = EVERYTHING, language: str = "en") -> Results:
    """Compute the results of a collection that has been opened, with questions and choices in a language.

    Raises KeyError for a language that it has no wording in, SmallCellsError where results are not for this.
    """
    refuse(collection)
    assert collection.version is not None, "a collection has results once it has been opened"
    q = collection.version.questionnaire
    counter = _Counter(
        q=q,
        english=collection.revision(language).wording,
        forms=tabulate.forms(collection.id, where),
        counted=tabulate.variables(collection.id, where),
        named=tabulate.named(collection.id, where),
        cautions=tabulate.cautions(collection.id, where),
        invalid=tabulate.invalid_items(collection.id, where),
        code_labels=tabulate.code_labels(collection.id),
    )
    items = {line.number: counter.item(line) for line in q.report}
    offers = choosing.offered(collection, organisations=where.organisations)
    said = "" if where == EVERYTHING else choosing.said(where, offers)
    return Results(
        code=collection.code,
        title=collection.title,
        synthetic=collection.synthetic,
        forms=counter.forms,
        items=items,
        chosen=choosing.written(where),
        said=said,
        as_=as_of.written(where.stand, collection.zone) or tabulate.VALID,
        stand=as_of.named(where.stand, collection.zone),
    )


@dataclass(frozen=True)
class _Counter:
    q: Questionnaire
    #: The words of questions and choices: English, unless another language was asked for.
    english: Wording
    forms: Forms
    counted: Mapping[str, Counted]
    named: Mapping[tuple[str, str], Named]
    cautions: Mapping[str, Mapping[str, int]]
    #: Why a person declared an item invalid as a whole, by variable.
    invalid: Mapping[str, str]
    #: What the codes of each frame are called now: evaluators rename and add codes.
    code_labels: Mapping[str, Mapping[str, str]]

    def item(self, line: ReportLine) -> ItemResult:
        variable = self.q.numbered[line.number]
        counted = self.counted.get(variable.name, Counted())
        found: dict[str, Any] = {
            "number": line.number,
            "variable": variable,
            "title": line.title,
            "label": self._question(variable),
            "kind": variable.kind,
            "valid": self.forms.valid,
            "answered": counted.states.get("value", 0),
            "missing": {kind: counted.states.get(kind, 0) for kind in MISSING},
            "excluded": counted.states.get("excluded", 0),
            "labels": self._labels(variable),
            "cautions": self.cautions.get(variable.name, {}),
        }
        found |= self._figures(variable, counted, found["missing"], line)
        if not found["n"] and found["missing"]["invalid"]:
            found["invalid"] = self._why_invalid(variable)
        result = ItemResult(**found)
        return ItemResult(**found | {"sentence": _sentence(line, result)})

    def _question(self, variable: Variable) -> str:
        label = self.english.label(variable.item.name)
        if variable.choice is None:
            return label
        return f"{label} {self.english.choice(variable.item.choice_list, variable.choice.name)}"

    def _labels(self, variable: Variable) -> dict[str, str]:
        if variable.choice:
            return {"yes": "Yes", "no": "No"}
        item = variable.item
        if item.type == "text":
            return dict(self.code_labels.get(frame_name(variable), {}))
        return {c: self.english.choice(item.choice_list, c) for c in item.codes if c not in item.missing_codes}

    def _figures(
        self, variable: Variable, counted: Counted, missing: Mapping[str, int], line: ReportLine
    ) -> dict[str, Any]:
        """Return counts, n, base and statistics, by the kind of variable."""
        answered = counted.states.get("value", 0)
        codes = counted.codes
        if variable.kind == "scale":
            low, high = variable.item.scale or (0, 4)
            summary = scales.summarise({int(c): n for c, n in codes.items()}, (low, high), missing=missing)
            return {"counts": {str(c): n for c, n in summary.counts.items()}, **_summary(summary, "answered")}
        if variable.kind == "yes_no":
            yes, no = (codes.get(c, 0) for c in (("1", "0") if variable.choice else ("yes", "no")))
            return _yes_no(yes, no, missing, "answered yes or no")
        if variable.kind == "number":
            bounds = (0.0, 100.0) if variable.item.unit == "percent" else None
            description = scales.describe({float(c): n for c, n in codes.items()}, bounds=bounds, missing=missing)
            ordered = dict(sorted(codes.items(), key=lambda pair: float(pair[0])))
            extremes = {"lowest": description.min, "highest": description.max, "sum": description.sum}
            return {"counts": ordered, **_summary(description, "gave a number"), **extremes}
        if variable.kind == "coded":
            return self._coded(variable, answered, missing, line)
        if variable.item.type == "text" and (whole := self._everywhere(variable.name)).people:
            # Evaluators made a code frame of their own for an item whose questionnaire has none.
            coded = {"counts": dict(whole.table), "tallies": (self._tally(variable.name, ALL, whole),)}
            return coded | {"n": answered, "base": "wrote an answer", "uncoded": answered - whole.people}
        ordered = {c: codes.get(c, 0) for c in variable.item.codes if c not in variable.item.missing_codes}
        return {"counts": ordered or dict(sorted(codes.items())), "n": answered, "base": "answered"}

    def _coded(self, variable: Variable, answered: int, missing: Mapping[str, int], line: ReportLine) -> dict[str, Any]:
        whole = self._everywhere(variable.name)
        found: dict[str, Any] = {"uncoded": answered - whole.people}
        frame = self.q.frames[variable.item.code_frame]
        if {code.name for code in frame.codes} == {"yes", "no"}:
            base = "wrote an answer that is coded"
            figures = _yes_no(whole.table.get("yes", 0), whole.table.get("no", 0), missing, base)
            return found | figures | {"kind": "yes_no"}
        found |= {"counts": dict(whole.table), "n": answered, "base": "wrote an answer"}
        if line.tally == "country":
            choices = self.q.items[self.q.country].codes
            found["tallies"] = tuple(
                self._tally(variable.name, country, self.named.get((variable.name, country), Named()))
                for country in choices
                if country != "other" or (variable.name, country) in self.named
            )
        elif line.tally:
            found["tallies"] = (self._tally(variable.name, ALL, whole),)
        return found

    def _everywhere(self, variable: str) -> Named:
        """Return the codings of a variable over all countries; a person stands in one country only."""
        parts = [named for (name, _), named in self.named.items() if name == variable]
        detail: dict[str, dict[str, int]] = {}
        for part in parts:
            for parent, below in part.detail.items():
                detail[parent] = _added([detail.get(parent, {}), below])
        return Named(
            table=_added([part.table for part in parts]),
            detail=detail,
            leaves=_added([part.leaves for part in parts]),
            people=sum(part.people for part in parts),
        )

    def _tally(self, variable: str, country: str, named: Named) -> Tally:
        where = ALL if country == ALL else self.english.choice(self.q.items[self.q.country].choice_list, country)
        asked = self.forms.valid if country == ALL else self._valid_forms(country)
        figures = tallies.tally(named.leaves, named.people, asked)
        table = dict(sorted(named.table.items(), key=lambda pair: (pair[0] == "Others", -pair[1], pair[0])))
        return Tally(where, table, named.detail, figures)

    def _valid_forms(self, country: str) -> int:
        return self.counted.get(self.q.country, Counted()).codes.get(country, 0)

    def _why_invalid(self, variable: Variable) -> str:
        """Return the reason why an item whose every answer is invalid is reported so."""
        if variable.name in self.invalid:
            return self.invalid[variable.name]
        for rule in self.q.rules:
            if rule.effect == "exclude item" and variable.item.name in rule.items:
                return rule.reason
        return "Every answer given was judged invalid."


def _added(parts: list[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for code, count in part.items():
            total[code] = total.get(code, 0) + count
    return total


def _summary(summary: scales.ScaleSummary | scales.Description, base: str) -> dict[str, Any]:
    figures = {name: getattr(summary, name) for name in ("n", "mean", "sd", "median", "ci95", "reasons")}
    return figures | {"base": base}


def _yes_no(yes: int, no: int, missing: Mapping[str, int], base: str) -> dict[str, Any]:
    """Return the figures of a yes/no item: its mean is the share of yes, with Wilson's interval."""
    spread = scales.summarise({0: no, 1: yes}, (0, 1), missing=missing)
    share = shares.wilson(yes, yes + no, missing=missing)
    reasons = {**spread.reasons, **share.reasons}
    if share.ci95:
        reasons.pop("ci95", None)
    figures = {"mean": share.share, "sd": spread.sd, "median": spread.median, "ci95": share.ci95}
    return {"counts": {"yes": yes, "no": no}, "n": yes + no, "base": base, "reasons": reasons, **figures}


# In words -----------------------------------------------------------------------------------------------------------


def shown(value: float | None, decimals: int = 2) -> str:
    """Return a figure as people read it, rounded half up; a dash for one that is undefined."""
    return "–" if value is None else printed(value, decimals)


def plain(value: float | None) -> str:
    """Return a number without needless decimals."""
    return "–" if value is None else f"{value:.10g}"


def _sentence(line: ReportLine, result: ItemResult) -> str:
    """Return the item's figures as one plain English sentence."""
    template, figures = sentence_parts(line, result)
    return template.format(**figures)


def sentence_parts(line: ReportLine, result: ItemResult) -> tuple[str, dict[str, object]]:
    """Return the item's sentence with places for its figures, and the figures as they are shown there."""
    if result.invalid:
        template = "Not reported: all {invalid} answers given are invalid. {reason}"
        return template, {"invalid": result.missing["invalid"], "reason": result.invalid}
    if result.n == 0:
        template = f"{NO_ANSWERS[0].upper()}{NO_ANSWERS[1:]}: none of the {{valid}} valid forms answers this item."
        return template, {"valid": result.valid}
    named = result.tallies
    return line.sentence, {
        "valid": result.valid,
        "n": result.n,
        "missing": result.valid - result.n,
        "yes": result.counts.get("yes", 0),
        "no": result.counts.get("no", 0),
        "mean": shown(result.mean),
        "max": plain(result.top),
        "sum": plain(result.sum),
        "lowest": plain(result.lowest),
        "highest": plain(result.highest),
        "people": sum(tally.figures.n for tally in named),
        "mentions": sum(tally.figures.total for tally in named),
        "distinct": len({code for tally in named for code in tally.figures.mentions}),
    }


# As a table ---------------------------------------------------------------------------------------------------------

COLUMNS = (
    *("item", "title", "code", "answer", "people", "n", "base", "mean", "sd", "median", "ci95_low", "ci95_high"),
    *MISSING,
    *("in_excluded_forms", "received", "sentence"),
)


def as_rows(results: Results) -> list[dict[str, object]]:
    """Return results as a table: a row for each code of each item, what is true of the item repeated on each."""
    return [row for item in results.items.values() for row in _rows(item, results.forms.received)]


def _rows(item: ItemResult, received: int) -> list[dict[str, object]]:
    low, high = item.ci95 or (None, None)
    shared: dict[str, object] = {"item": item.number, "title": item.title, "n": item.n, "base": item.base}
    shared |= {
        "mean": item.mean,
        "sd": item.sd,
        "median": item.median,
        "ci95_low": low,
        "ci95_high": high,
        **item.missing,
    }
    shared |= {"in_excluded_forms": item.excluded, "received": received, "sentence": item.sentence}
    counts = {} if item.invalid else item.counts
    rows = [shared | {"code": c, "answer": item.labels.get(c, c), "people": n} for c, n in counts.items()]
    return rows or [shared | {"code": None, "answer": None, "people": None}]


# As data ------------------------------------------------------------------------------------------------------------


def as_json(results: Results) -> dict[str, Any]:
    """Return results in the shape that outside scripts rely on."""
    return {
        "collection": results.code,
        "title": results.title,
        "synthetic": results.synthetic,
        "as": results.as_,
        "as_words": results.stand,
        "filter": dict(results.chosen),
        "filter_words": results.said,
        "forms": {
            "received": results.forms.received,
            "excluded": results.forms.excluded,
            "valid": results.forms.valid,
            "reasons": dict(results.forms.reasons),
            "withdrawn": results.forms.withdrawn,
        },
        "items": {number: _item_json(item) for number, item in results.items.items()},
        "tallies": {
            number: {tally.where: dict(tally.table) for tally in item.tallies}
            for number, item in results.items.items()
            if item.tallies
        },
    }


def _item_json(item: ItemResult) -> dict[str, Any]:
    named = {
        "label": item.label,
        "kind": item.kind,
        "missing": dict(item.missing),
        "in_excluded_forms": item.excluded,
        "sentence": item.sentence,
    }
    if item.invalid:
        return named | {"invalid": item.invalid}
    return named | {
        "n": item.n,
        "counts": dict(item.counts),
        "mean": item.mean,
        "sd": item.sd,
        "median": item.median,
        "ci95": list(item.ci95) if item.ci95 else None,
        "base": item.base,
    }
