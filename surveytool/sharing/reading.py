"""Frozen tables in a reader's words: what stands in which line, under which head. Counts only what is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.scales import summarise
from surveytool.definitions import Questionnaire, Wording
from surveytool.sharing.tables import ALL, ANSWERED, Table, forms, inside, name, named_in, tables

#: What is withheld.
WITHHELD = None


@dataclass(frozen=True)
class Words:
    """The interface's words in the reader's language."""

    all: str
    yes: str
    no: str
    answered: str
    mean: str
    total: str
    #: By kind of missing.
    missing: Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """One line of a table: what it counts, and a number for each column; None is withheld."""

    label: str
    values: tuple[int | float | None, ...]
    #: "code", "answered", "mean", "missing", "total"; or "named", whose labels are the evaluation team's English.
    kind: str


@dataclass(frozen=True)
class Shown:
    """One table as it is read."""

    number: str
    question: str
    choice: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    #: Whether people may stand in several lines.
    several: bool
    scale: tuple[int, int] | None


@dataclass(frozen=True)
class Read:
    """A whole set as it is read."""

    smallest: int
    at: str
    #: The base of all tables; None is withheld.
    forms: int | None
    tables: tuple[Shown, ...]
    #: Countries about which nothing is shown.
    unshown: tuple[str, ...]

    @property
    def withholds(self) -> bool:
        """Whether anything in it is withheld."""
        return any(value is None for table in self.tables for line in table.lines for value in line.values)


def read(frozen: Mapping[str, Any], q: Questionnaire, wording: Wording, words: Words) -> Read:
    """Return a frozen set in words."""
    cells: Mapping[str, int | None] = frozen["cells"]
    names = _countries(cells, q, wording)
    told = {group: label for group, label in names.items() if _says_something(cells, group)}
    reader = _Reader(cells, q, wording, words, told, frozen["labels"])
    return Read(
        smallest=frozen["smallest"],
        at=frozen["at"],
        forms=cells[forms(ALL)],
        tables=tuple(reader.table(table) for table in tables(q, named_in(cells))),
        unshown=tuple(label for group, label in names.items() if group not in told),
    )


def _countries(cells: Mapping[str, int | None], q: Questionnaire, wording: Wording) -> dict[str, str]:
    """Return the countries of a set by group, but for those from which no form came."""
    item = q.items.get(q.country)
    codes = item.codes if item else ()
    return {
        inside(code): wording.choice(item.choice_list, code)
        for code in codes
        if item and cells.get(forms(inside(code)), 0) != 0
    }


def _says_something(cells: Mapping[str, int | None], group: str) -> bool:
    """Say whether a country's column is worth showing: whether it holds any number but zeros."""
    return any(n for each, n in cells.items() if each.startswith(f"{group}|"))


@dataclass(frozen=True)
class _Reader:
    cells: Mapping[str, int | None]
    q: Questionnaire
    wording: Wording
    words: Words
    countries: Mapping[str, str]
    #: What codes of verbatims were called when the tables were counted, by frame and name.
    labels: Mapping[str, Mapping[str, str]]

    def table(self, table: Table) -> Shown:
        variable = table.variable
        item = variable.item
        by_country = name(next(iter(self.countries), ""), variable.name, table.divided[0]) in self.cells
        groups = [ALL, *(self.countries if by_country else ())]
        lines = [self.line(code, self.label(table, code), table, groups) for code in self.codes(table)]
        lines += self.sums(table, groups)
        for kind in table.missing:
            lines.append(self.line(kind, self.words.missing[kind], table, groups, "missing"))
        lines.append(Line(self.words.total, tuple(self.cells[forms(group)] for group in groups), "total"))
        named = [self.line(f"={code}", self.frame_label(table, code), table, groups, "named") for code in table.named]
        # What nobody named is not listed.
        lines += [line for line in named if any(value != 0 for value in line.values)]
        return Shown(
            number=variable.number,
            question=self.wording.label(item.name),
            choice=self.wording.choice(item.choice_list, variable.choice.name) if variable.choice else "",
            columns=(self.words.all, *(self.countries[group] for group in groups[1:])),
            lines=tuple(lines),
            several=bool(table.named),
            scale=item.scale,
        )

    def codes(self, table: Table) -> Sequence[str]:
        """Return the codes that have a line; how many answered has one of its own."""
        return [code for code in table.codes if code != ANSWERED]

    def line(self, code: str, label: str, table: Table, groups: Sequence[str], kind: str = "code") -> Line:
        return Line(label, tuple(self.cells[name(group, table.variable.name, code)] for group in groups), kind)

    def sums(self, table: Table, groups: Sequence[str]) -> list[Line]:
        """Return how many answered and, of a scale, the mean; each only where it follows from what is shown."""
        answered: list[int | float | None] = []
        means: list[int | float | None] = []
        for group in groups:
            counts = {code: self.cells[name(group, table.variable.name, code)] for code in table.codes}
            whole = {code: n for code, n in counts.items() if n is not None}
            complete = len(whole) == len(counts)
            answered.append(sum(whole.values()) if complete else self.others(table, group))
            if table.variable.item.scale:
                scale = table.variable.item.scale
                means.append(summarise({int(c): n for c, n in whole.items()}, scale).mean if complete else WITHHELD)
        lines = [Line(self.words.answered, tuple(answered), "answered")]
        return [*lines, Line(self.words.mean, tuple(means), "mean")] if means else lines

    def others(self, table: Table, group: str) -> int | None:
        """Return how many are left when those who did not answer are taken off, where these are all shown."""
        off = [self.cells[name(group, table.variable.name, kind)] for kind in table.missing]
        all_, known = self.cells[forms(group)], [n for n in off if n is not None]
        return all_ - sum(known) if all_ is not None and len(known) == len(off) else WITHHELD

    def label(self, table: Table, code: str) -> str:
        if table.variable.choice:
            return self.words.yes if code == "1" else self.words.no
        item = table.variable.item
        label = self.wording.choice(item.choice_list, code)
        return f"{code} – {label}" if item.scale else label

    def frame_label(self, table: Table, code: str) -> str:
        return self.labels.get(table.variable.item.code_frame, {}).get(code, code)
