"""Every number that a report can show, with what it was counted from."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from analysis.shares import percent_shown
from surveytool.results import ALL, ItemResult, Results, Tally, plain, shown
from surveytool.tabulate import Arrivals, Partners, Reach

#: What statistics are called in the list of sources.
WORDS = {
    "n": "answers that figures are of",
    "count": "people who gave the answer",
    "percent": "per cent of n",
    "share": "share of yes, in per cent",
    "mean": "mean",
    "sd": "standard deviation",
    "median": "median",
    "ci95.low": "95 % interval, lower end",
    "ci95.high": "95 % interval, upper end",
    "lowest": "lowest number given",
    "highest": "highest number given",
    "sum": "sum of the numbers given",
    "answered": "forms with an answer",
    "not_asked": "forms in which it was not asked",
    "not_applicable": "forms that say not applicable",
    "no_answer": "forms without an answer",
    "invalid": "forms whose answer is invalid",
    "excluded": "excluded forms",
    "without": "valid forms that n leaves out",
    "caution": "forms a caution is about",
    "uncoded": "answers in words not coded yet",
    "people": "people who named at least one",
    "asked": "valid forms",
    "mentions": "mentions",
    "distinct": "different codes named",
    "most_named": "per cent of mentions of the most named",
    "effective_number": "effective number of codes named",
    "received": "forms received",
    "valid": "valid forms",
    "flagged": "valid forms flagged and not decided",
    "withdrawn": "forms withdrawn by who sent them",
    "reason": "forms excluded for this reason",
    "organisations": "organisations asked",
    "organisations_answered": "organisations that answered",
    "response_rate": "response rate, per cent of organisations",
    "affiliated": "valid forms from organisations that were asked",
    "unasked": "organisations that answered without having been asked",
    "unaffiliated": "valid forms whose organisation is not known",
    "direct_partners": "valid forms from direct partners",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report."""

    #: What it is called everywhere: item, part and statistic, such as "9.count.yes".
    id: str
    value: float
    #: As it is printed.
    shown: str
    statistic: str
    #: The item's number and the variable counted; "" for the ledger of forms.
    item: str = ""
    variable: str = ""
    #: The answer or code counted, or the reason.
    code: str = ""
    #: Of which part of the forms, beyond the filter of the whole report.
    part: str = ""
    base: str = ""
    #: How many the base counts.
    n: int | None = None

    @property
    def words(self) -> str:
        """What was counted."""
        return f"{WORDS[self.statistic]}: {self.code}" if self.code else WORDS[self.statistic]

    @property
    def counted(self) -> str:
        """The item and the variable it is of; "" for the ledger of forms."""
        same = self.item.replace(" ", "_") == self.variable
        return self.item if same or not self.variable else f"{self.item}, {self.variable}"

    def as_data(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        return asdict(self)


def of(
    results: Results,
    arrivals: Arrivals | None = None,
    countries: Mapping[str, str] | None = None,
    reach: Reach | None = None,
    partners: Partners | None = None,
) -> dict[str, Figure]:
    """Return every figure of a collection's results by its id; `countries` are codes by what results call them."""
    found = [*_ledger(results), *_arrivals(arrivals), *_organisations(reach, partners, results.forms.valid)]
    for item in results.items.values():
        found += _item(item, results, countries or {})
    return {figure.id: figure for figure in found}


def _organisations(reach: Reach | None, partners: Partners | None, valid: int) -> Iterator[Figure]:
    """Yield what rests on the register: organisations are divided by organisations, never respondents by them."""
    if reach is None or not reach.total.asked:
        return
    asked: dict[str, Any] = {"base": "organisations asked", "n": reach.total.asked}
    yield _count("organisations.asked", reach.total.asked, "organisations", base="organisations", n=None)
    yield _count("organisations.answered", reach.total.answered, "organisations_answered", **asked)
    rate = reach.total.rate or 0.0
    yield Figure("organisations.rate", rate, shown(100 * rate, 0), "response_rate", **asked)
    forms: dict[str, Any] = {"base": "valid forms", "n": valid}
    yield _count("organisations.respondents", reach.total.respondents, "affiliated", **forms)
    yield _count("organisations.unasked", reach.unasked, "unasked", base="organisations", n=None)
    yield _count("organisations.unknown", reach.unknown, "unaffiliated", **forms)
    if partners:
        yield _count("organisations.direct", partners.people.get(True, 0), "direct_partners", **forms)


def _ledger(results: Results) -> Iterator[Figure]:
    forms = results.forms
    for name in ("received", "excluded", "valid", "flagged", "withdrawn"):
        base = "forms withdrawn" if name == "withdrawn" else "forms received"
        yield _count(f"forms.{name}", getattr(forms, name), name, base=base, n=None)
    for number, (reason, n) in enumerate(forms.reasons.items(), 1):
        yield _count(f"forms.reason.{number}", n, "reason", code=reason, base="forms excluded", n=forms.excluded)


def _arrivals(arrivals: Arrivals | None) -> Iterator[Figure]:
    for column, by in arrivals.by.items() if arrivals else ():
        for key, forms in by.items():
            for name in ("received", "excluded", "valid"):
                place = f"forms.{column}.{key or 'none'}.{name}"
                yield _count(
                    place, getattr(forms, name), name, part=f"{column}: {key or 'not said'}", base="forms", n=None
                )


def _count(id_: str, value: int, statistic: str, **more: Any) -> Figure:
    return Figure(id_, value, str(value), statistic, **more)


def _item(item: ItemResult, results: Results, countries: Mapping[str, str]) -> Iterator[Figure]:
    """Yield the figures of one item: how the forms divide, what was answered, what follows from it."""
    yield from _divided(item, results.forms.received)
    if item.invalid:
        return
    maker = _Maker(item, "", item.base, item.n)
    yield maker.make("n", item.n)
    yield maker.make("without", item.valid - item.n)
    for code, people in item.counts.items():
        yield from maker.counted(code, people, item.labels.get(code, code))
    yield from _statistics(item, maker)
    yield from _named(item, countries)


def _divided(item: ItemResult, received: int) -> Iterator[Figure]:
    maker = _Maker(item, "", "forms received", received)
    yield maker.make("answered", item.answered)
    for kind, n in item.missing.items():
        yield maker.make(kind, n)
    yield maker.make("excluded", item.excluded)
    for number, (reason, n) in enumerate(item.cautions.items(), 1):
        yield maker.make("caution", n, key=f"caution.{number}", code=reason)
    if item.uncoded:
        yield maker.make("uncoded", item.uncoded)


def _statistics(item: ItemResult, maker: "_Maker") -> Iterator[Figure]:
    if not item.n:
        return
    if item.kind == "yes_no":
        scaled = {"share": item.mean, "ci95.low": item.ci95 and item.ci95[0], "ci95.high": item.ci95 and item.ci95[1]}
        for name, value in scaled.items():
            if value is not None:
                yield maker.make(name, value, shown(100 * value, 0))
        return
    low, high = item.ci95 or (None, None)
    rounded = {"mean": item.mean, "sd": item.sd, "ci95.low": low, "ci95.high": high}
    exact = {"median": item.median, "lowest": item.lowest, "highest": item.highest, "sum": item.sum}
    for name, value in (rounded | exact).items():
        if value is not None:
            yield maker.make(name, value, shown(value) if name in rounded else plain(value))


def _named(item: ItemResult, countries: Mapping[str, str]) -> Iterator[Figure]:
    if not item.tallies:
        return
    whole = _Maker(item, "", "valid forms", item.valid)
    yield whole.make("people", sum(tally.figures.n for tally in item.tallies))
    yield whole.make("mentions", sum(tally.figures.total for tally in item.tallies))
    yield whole.make("distinct", len({code for tally in item.tallies for code in tally.figures.mentions}))
    for tally in item.tallies:
        yield from _tally(item, tally, countries.get(tally.where, tally.where))


def _tally(item: ItemResult, tally: Tally, place: str) -> Iterator[Figure]:
    part = "" if tally.where == ALL else f"country: {tally.where}"
    f = tally.figures
    maker = _Maker(item, part, "people who named at least one", f.n, prefix=f"{place}.")
    yield maker.make("people", f.n)
    yield maker.make("asked", f.asked)
    yield maker.make("mentions", f.total)
    yield maker.make("distinct", f.distinct)
    if f.most_named_share is not None:
        yield maker.make("most_named", f.most_named_share, shown(100 * f.most_named_share, 0))
    if f.effective_number is not None:
        yield maker.make("effective_number", f.effective_number, shown(f.effective_number, 1))
    for code, people in tally.table.items():
        yield maker.make("count", people, key=f"count.{code}", code=item.labels.get(code, code))
        for below, n in tally.detail.get(code, {}).items():
            yield maker.make("count", n, key=f"count.{code}.{below}", code=f"{item.labels.get(code, code)}: {below}")


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the figures of one part of an item, which share item, part and base."""

    item: ItemResult
    part: str
    base: str
    n: int
    prefix: str = ""

    def make(self, statistic: str, value: float, text: str = "", *, key: str = "", code: str = "") -> Figure:
        return Figure(
            id=f"{self.item.number}.{self.prefix}{key or statistic}",
            value=value,
            shown=text or str(value),
            statistic=statistic,
            item=self.item.number,
            variable=self.item.variable.name,
            code=code,
            part=self.part,
            base=self.base,
            n=self.n,
        )

    def counted(self, code: str, people: int, label: str) -> Iterator[Figure]:
        yield self.make("count", people, key=f"count.{code}", code=label)
        if percent_shown(self.n):
            share = people / self.n
            yield self.make("percent", share, shown(100 * share, 0), key=f"percent.{code}", code=label)


def place_of(tally: Tally, countries: Mapping[str, str]) -> str:
    """Return the part of an id that says whose tally it is: "all", or the code of a country."""
    return countries.get(tally.where, tally.where)
