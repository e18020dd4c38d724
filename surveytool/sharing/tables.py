"""What a share counts, table by table: people by code and kind of missing, overall and by country.

A count is known by its name, such as `all|trained|yes`: of whom, which variable, which code. Never a verbatim, never
a number or date as given: of those only how many answered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from surveytool import tabulate
from surveytool.definitions import Questionnaire, Variable
from surveytool.definitions.conditions import subjects
from surveytool.models import Collection
from surveytool.tabulate import Counted, Named

ALL = "all"
#: How many gave an answer that is not shown itself.
ANSWERED = "value"
MISSING = ("not_asked", "not_applicable", "no_answer", "invalid")

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Table:
    """What is counted of one variable."""

    variable: Variable
    #: Every code that says something, or ANSWERED alone.
    codes: tuple[str, ...]
    #: The kinds of missing that can occur; one that cannot would be a zero that everybody knows.
    missing: tuple[str, ...]
    #: Codes that verbatims were sorted into; a person may be under several.
    named: tuple[str, ...] = ()

    @property
    def divided(self) -> tuple[str, ...]:
        """The codes and kinds of missing that all forms divide into."""
        return self.codes + self.missing


def tables(q: Questionnaire, named: Mapping[str, Sequence[str]]) -> list[Table]:
    """Return the tables of a questionnaire's report, in its order; `named` are the codes of coded variables."""
    reported = dict.fromkeys(q.numbered[line.number].name for line in q.report)
    return [_table(q.variables[name], tuple(named.get(name, ()))) for name in reported]


def named_in(counts: Iterable[str]) -> dict[str, list[str]]:
    """Return the codes of coded variables that some counts are of, by variable."""
    found: dict[str, list[str]] = {}
    for each in counts:
        group, variable, *code = each.split("|")
        if group == ALL and code and code[0].startswith("="):
            found.setdefault(variable, []).append(code[0].removeprefix("="))
    return found


def _table(variable: Variable, named: tuple[str, ...]) -> Table:
    item = variable.item
    possible = {"not_asked": item.relevant is not None, "not_applicable": bool(item.missing_codes)}
    return Table(
        variable=variable,
        codes=_codes(variable),
        missing=tuple(kind for kind in MISSING if possible.get(kind, True)),
        named=named,
    )


def _codes(variable: Variable) -> tuple[str, ...]:
    if variable.choice:
        return ("1", "0")
    if variable.kind in ("scale", "yes_no", "choice"):
        return tuple(code for code in variable.item.codes if code not in variable.item.missing_codes)
    return (ANSWERED,)


def name(group: str, variable: str, code: str) -> str:
    """Return the name of a count."""
    return f"{group}|{variable}|{code}"


def forms(group: str) -> str:
    """Return the name of the count of valid forms."""
    return f"{group}|forms"


def inside(country: str) -> str:
    """Return the group of the forms of one country; "" are those that name none."""
    return f"in {country}"


def group_of(count: str) -> str:
    """Return of whom a count is."""
    return count.split("|")[0]


def tables_of(q: Questionnaire, every: list[Table], group: str) -> Iterator[Table]:
    """Yield the tables that say something about a group: of one country, not which country."""
    for table in every:
        item = table.variable.item
        if group == ALL or (item.name != q.country and q.country not in subjects(item.relevant)):
            yield table


def count(collection: Collection, q: Questionnaire, by_country: bool) -> dict[str, int]:
    """Return all counts of a collection by name, of the valid forms; by country too, if wanted."""
    parts = tabulate.variables_by_country(collection.id)
    coded = tabulate.named(collection.id)
    countries = [*q.items[q.country].codes, ""] if by_country and q.country else []
    groups = {ALL: list(parts)} | {inside(c): [c] for c in countries if c or "" in parts}
    frames = tabulate.top_codes(collection.id)
    every = tables(q, {v.name: frames.get(v.item.code_frame, ()) for v in q.variables.values()})
    found: dict[str, int] = {}
    for group, of in groups.items():
        found[forms(group)] = sum(_valid(parts.get(country, {})) for country in of)
        for table in tables_of(q, every, group):
            for country in of:
                variable = table.variable.name
                counted = parts.get(country, {}).get(variable, Counted())
                _add(found, group, table, counted, coded.get((variable, country), Named()))
    return found


def _valid(counted: Mapping[str, Counted]) -> int:
    """Return the valid forms: each has one row for every variable."""
    states = next(iter(counted.values()), Counted()).states
    return sum(n for state, n in states.items() if state != "excluded")


def _add(found: dict[str, int], group: str, table: Table, counted: Counted, coded: Named) -> None:
    numbers = {code: counted.codes.get(code, 0) for code in table.codes}
    if table.codes == (ANSWERED,):
        numbers = {ANSWERED: counted.states.get("value", 0)}
    numbers |= {kind: counted.states.get(kind, 0) for kind in table.missing}
    numbers |= {f"={code}": coded.table.get(code, 0) for code in table.named}
    if table.named:
        numbers["+people"] = coded.people
    for code, n in numbers.items():
        place = name(group, table.variable.name, code)
        found[place] = found.get(place, 0) + n
