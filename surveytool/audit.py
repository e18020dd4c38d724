"""Published figures beside recomputed ones: gathers from the responses what each printed figure can be checked by."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis import audit as arithmetic
from analysis.audit import VERDICTS, Cell, Evidence, FigureAudit
from surveytool import tabulate
from surveytool.definitions import Variable
from surveytool.definitions.loading import questionnaire_folder
from surveytool.models import Collection
from surveytool.results import ItemResult, collect
from surveytool.tabulate import Counted, Filter, Named

__all__ = ["VERDICTS", "as_json", "audit", "has_shipped_figures", "read_figures", "shipped_figures"]


#: What published figures call that which rests on the register, and its codes.
REGISTER = "register"
PARTNER = {True: "direct partner", False: "no direct partner"}


def shipped_figures(questionnaire: str) -> dict[str, Any] | None:
    """Return the published figures that stand beside a questionnaire, or None."""
    found = _files(questionnaire)
    return json.loads(found[0].read_text("utf-8")) if found else None


def has_shipped_figures(questionnaire: str) -> bool:
    """Whether figures were published that stand beside a questionnaire."""
    return bool(_files(questionnaire))


def _files(questionnaire: str) -> list[Path]:
    return sorted(questionnaire_folder(questionnaire).glob("published_*.json"))


def read_figures(path: Path) -> dict[str, Any]:
    """Read a file of published figures. Raises ValueError in one line when it is no such file."""
    try:
        figures = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} cannot be read as published figures: {error}") from None
    if not isinstance(figures, dict) or not isinstance(figures.get("figures"), list):
        raise ValueError(f"{path} has no list of 'figures'; see docs/audit.md for the format.")
    return figures


def audit(published: Mapping[str, Any], collection: Collection | None = None) -> list[FigureAudit]:
    """Return a verdict for each published figure; without a collection, by arithmetic on the printed figures alone."""
    return arithmetic.audit(published, _Evidence(collection).gather(published) if collection else None)


def _divided_by(published: Mapping[str, Any]) -> frozenset[str]:
    """Return the figures that are only stated in words and divide what the register says of respondents.

    They are printed as numbers of organisations: what such a share is a share of is the register itself.
    """
    figures = {figure.get("id"): figure for figure in published["figures"] if isinstance(figure, dict)}
    shares = [each for each in figures.values() if each.get("statistic") == "percent"]
    divisors = {
        each.get("denominator") for each in shares if figures.get(each.get("numerator"), {}).get("item") == REGISTER
    }
    return frozenset(str(each) for each in divisors if figures.get(each, {}).get("statistic") == "statement")


class _Evidence:
    """Counts what the figures speak of; the same filter is counted once."""

    def __init__(self, collection: Collection) -> None:
        assert collection.version is not None
        self.collection = collection
        self.q = collection.version.questionnaire
        self._counted: dict[tuple[Filter, bool], dict[str, Counted]] = {}
        self._of_register: frozenset[str] = frozenset()
        self._named: dict[tuple[Filter, bool], dict[tuple[str, str], Named]] = {}
        self._items: dict[str, ItemResult] = dict(collect(collection).items)

    def gather(self, published: Mapping[str, Any]) -> dict[str, Evidence]:
        """Return the evidence for every figure that the responses, or the register, have any for."""
        self._of_register = _divided_by(published)
        found = {figure["id"]: self._of(figure) for figure in published["figures"] if isinstance(figure, dict)}
        return {name: evidence for name, evidence in found.items() if evidence}

    def _of(self, figure: Mapping[str, Any]) -> Evidence | None:
        where = self._filter(figure.get("filter") or {})
        if where is None:
            return None
        if figure.get("item") == REGISTER or figure.get("id") in self._of_register:
            return self._registered(figure, where)
        if figure.get("statistic") == "forms":
            forms = tabulate.forms(self.collection.id, where)
            return Evidence(valid=Cell(forms=forms.valid), received=Cell(forms=forms.received))
        if names := figure.get("any_of"):
            return self._union(figure, names, where)
        variable = self.q.numbered.get(figure.get("item") or "")
        if variable is None:
            return None
        return Evidence(
            valid=self._cell(variable, where, received=False),
            received=self._cell(variable, where, received=True),
            item_invalid=self._items[variable.number].invalid if variable.number in self._items else None,
        )

    def _registered(self, figure: Mapping[str, Any], where: Filter) -> Evidence | None:
        """Return who is a direct partner by the register; or how many organisations were asked."""
        asked = tabulate.reach(self.collection.id, where).total.asked
        if not asked:
            return None
        if figure.get("item") != REGISTER:
            return Evidence(valid=Cell(people=asked), counted="organisations asked, by the register")
        return Evidence(self._partners(where), self._partners(replace(where, stand=tabulate.RECEIVED)))

    def _partners(self, where: Filter) -> Cell:
        found = tabulate.partners(self.collection.id, where)
        return Cell(
            counts={word: found.people.get(partner, 0) for partner, word in PARTNER.items()},
            missing={"unknown organisation": found.unknown},
            organisations={word: found.organisations.get(partner, 0) for partner, word in PARTNER.items()},
        )

    def _filter(self, spoken: Mapping[str, str]) -> Filter | None:
        """Return the filter a figure names, by the English names of countries; None for one the data cannot apply."""
        if set(spoken) - {"country"}:
            return None
        if "country" not in spoken:
            return Filter()
        item = self.q.items[self.q.country]
        english = self.collection.revision("en").wording
        codes = tuple(c for c in item.codes if english.choice(item.choice_list, c) == spoken["country"])
        return Filter(countries=codes) if codes else None

    def _union(self, figure: Mapping[str, Any], numbers: list[str], where: Filter) -> Evidence | None:
        if any(number not in self.q.numbered for number in numbers):
            return None
        names = [self.q.numbered[number].name for number in numbers]
        code = str(figure.get("code", "yes"))
        stored = "1" if code == "yes" and self.q.numbered[numbers[0]].choice else code
        people = tabulate.any_of(self.collection.id, names, stored, where)
        forms = tabulate.forms(self.collection.id, where).valid
        return Evidence(valid=Cell(counts={code: people}, people=people, forms=forms))

    def _cell(self, variable: Variable, where: Filter, *, received: bool) -> Cell:
        key = (where, received)
        if key not in self._counted:
            asked = replace(where, stand=tabulate.RECEIVED) if received else where
            self._counted[key] = tabulate.variables(self.collection.id, asked)
            self._named[key] = tabulate.named(self.collection.id, asked)
        counted = self._counted[key].get(variable.name, Counted())
        states = {state: n for state, n in counted.states.items() if state not in ("value", "excluded")}
        if variable.item.code_frame:
            return self._coded_cell(variable, states, key)
        codes: dict[str | int | float, int] = dict(counted.codes.items())
        if variable.choice:
            codes = {"yes": codes.get("1", 0), "no": codes.get("0", 0)}
        return Cell(counts=codes, missing=states, people=counted.states.get("value", 0))

    def _coded_cell(self, variable: Variable, states: Mapping[str, int], key: tuple[Filter, bool]) -> Cell:
        parts = [named for (name, _), named in self._named[key].items() if name == variable.name]
        table: dict[str | int | float, int] = {}
        for part in parts:
            for code, n in part.table.items():
                table[code] = table.get(code, 0) + n
        return Cell(
            counts=table,
            missing=states,
            people=sum(part.people for part in parts),
            distinct=len({code for part in parts for code in part.leaves}),
        )


def as_json(verdict: FigureAudit) -> dict[str, Any]:
    """Return one figure's verdict in the shape that outside scripts rely on."""
    return {
        "id": verdict.id,
        "printed": verdict.printed,
        "recomputed": verdict.recomputed,
        "verdict": verdict.verdict,
        "possible": verdict.possible,
        "conflicts": list(verdict.conflicts),
        "explanation": verdict.explanation,
        "candidates": [
            {
                "recomputed": candidate.recomputed,
                "verdict": candidate.verdict,
                "departures": candidate.departures,
                "explanation": candidate.explanation,
            }
            for candidate in verdict.candidates
        ],
        "tried": verdict.tried,
    }
