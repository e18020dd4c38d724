"""A file of published figures: read, checked, and held against itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeGuard

from analysis import _printed_numbers
from analysis._printed_numbers import PrintedNumber

REFERENCES: Final = ("n", "numerator", "denominator", "complement_of")


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed figure; the fields are those of the file."""

    id: str
    printed: str
    number: PrintedNumber | None
    statistic: str
    item: str | None
    table: str | None
    code: object
    of: str
    filter: tuple[tuple[str, str], ...]
    scale: tuple[Fraction, Fraction] | None
    in_percent: bool
    n: str | None
    column_head_n: int | None
    numerator: str | None
    denominator: str | None
    complement_of: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """All figures by id, in order, with the sums and the pairs printed among them."""

    figures: Mapping[str, Figure]
    sums: Sequence[tuple[str, tuple[str, ...]]]
    same: Sequence[tuple[str, str]]

    def number(self, figure_id: str | None) -> Fraction | None:
        """Return the number a figure prints, None if it names no figure or prints no number."""
        figure = self.figures[figure_id] if figure_id is not None else None
        return figure.number.value if figure and figure.number else None

    def whole(self, figure_id: str | None) -> int | None:
        """Return the whole number of at least 1 that a figure prints, None if it does not."""
        number = self.number(figure_id)
        return int(number) if number is not None and number.denominator == 1 and number > 0 else None

    def forms(self, of: str, where: tuple[tuple[str, str], ...]) -> int | None:
        """Return how many forms are printed as received or valid, with the same filter."""
        for figure in self.figures.values():
            if (figure.statistic, figure.of, figure.filter) == ("forms", of, where):
                return self.whole(figure.id)
        return None

    def beside(self, figure: Figure, statistics: Iterable[str]) -> Iterator[Figure]:
        """Yield the figures of the given statistics printed in the same table."""
        for other in self.figures.values():
            in_table = other.table is not None and other.table == figure.table
            if in_table and other.id != figure.id and other.statistic in statistics:
                yield other

    def twins(self, figure_id: str) -> Iterator[str]:
        """Yield the figures that are said to speak of the same thing."""
        for first, second in self.same:
            if figure_id in (first, second):
                yield second if figure_id == first else first


def read(published: object) -> Published:
    """Read published figures as parsed from their file.

    Raises
    ------
    ValueError
        With every fault found: the place, the fault and its remedy, one a line.
    """
    faults = list(_faults(published))
    if faults:
        raise ValueError("The published figures cannot be read:\n" + "\n".join(faults))
    assert isinstance(published, Mapping)
    return Published(
        figures={entry["id"]: _figure(entry) for entry in published["figures"]},
        sums=[(entry["total"], tuple(entry["parts"])) for entry in published.get("sums") or ()],
        same=[(first, second) for first, second in published.get("same") or ()],
    )


def _figure(entry: Mapping[str, Any]) -> Figure:
    ends = entry.get("scale")
    return Figure(
        id=entry["id"],
        printed=entry["printed"],
        number=_printed_numbers.read(entry["printed"]),
        statistic=entry["statistic"],
        item=entry.get("item"),
        table=entry.get("table"),
        code=entry.get("code"),
        of=entry.get("of") or "valid",
        filter=tuple(sorted((str(k), str(v)) for k, v in (entry.get("filter") or {}).items())),
        scale=(Fraction(str(ends[0])), Fraction(str(ends[1]))) if ends else None,
        in_percent=entry.get("unit") == "percent" or entry["statistic"] == "percent",
        column_head_n=entry.get("column_head_n"),
        **{name: entry.get(name) for name in REFERENCES},
    )


def _faults(published: object) -> Iterator[str]:
    """Yield every fault as place, fault, remedy."""
    if not isinstance(published, Mapping) or not _is_list(published.get("figures")):
        yield "the file: has no list of figures; give a mapping with a list under 'figures'"
        return
    ids: set[str] = set()
    for place, entry in enumerate(published["figures"], start=1):
        yield from _figure_faults(f"figure {place}", entry, ids)
    for place, entry in enumerate(published["figures"], start=1):
        yield from _reference_faults(f"figure {place}", entry, ids)
    yield from _sum_faults(published.get("sums"), ids)
    yield from _same_faults(published.get("same"), ids)


def _figure_faults(place: str, entry: object, ids: set[str]) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"{place}: is not a mapping; give id, printed and statistic"
        return
    for name in ("id", "printed", "statistic"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            yield f"{place}: {name} is not a text; write it between quotation marks"
    given = entry.get("id")
    if _known(given, ids):
        yield f"{place}: the id {given!r} is used twice; give each figure its own"
    if isinstance(given, str):
        ids.add(given)
    yield from _detail_faults(place, entry)


def _detail_faults(place: str, entry: Mapping[str, Any]) -> Iterator[str]:
    if entry.get("scale") is not None and not _is_scale(entry["scale"]):
        yield f"{place}: the scale is not two rising numbers; write it as [0, 4]"
    head = entry.get("column_head_n")
    if head is not None and (isinstance(head, bool) or not isinstance(head, int) or head < 1):
        yield f"{place}: column_head_n is not a whole number above 0; write it as 30"
    if entry.get("filter") is not None and not isinstance(entry["filter"], Mapping):
        yield f"{place}: the filter is not a mapping; write it as item and value"
    for name in ("item", "table", "of"):
        if entry.get(name) is not None and not isinstance(entry[name], str):
            yield f"{place}: {name} is not a text; write it between quotation marks"


def _reference_faults(place: str, entry: object, ids: set[str]) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        return
    for name in REFERENCES:
        if entry.get(name) is not None and not _known(entry[name], ids):
            yield f"{place}: {name} names no figure ({entry[name]!r}); give the id of one in the file"
    if entry.get("complement_of") is not None and entry["complement_of"] == entry.get("id"):
        yield f"{place}: is the complement of itself; name the other figure"


def _sum_faults(sums: object, ids: set[str]) -> Iterator[str]:
    if not _is_list(sums):
        if sums is not None:
            yield "sums: is not a list; give mappings with total and parts"
        return
    for place, entry in enumerate(sums, start=1):
        if not isinstance(entry, Mapping) or not _is_list(entry.get("parts")) or not entry["parts"]:
            yield f"sum {place}: has no parts; give the total's id and a list of the parts' ids"
            continue
        for name in (entry.get("total"), *entry["parts"]):
            if not _known(name, ids):
                yield f"sum {place}: names no figure ({name!r}); give the id of one in the file"


def _same_faults(same: object, ids: set[str]) -> Iterator[str]:
    if not _is_list(same):
        if same is not None:
            yield "same: is not a list; give pairs of ids"
        return
    for place, pair in enumerate(same, start=1):
        if not _is_list(pair) or len(pair) != 2:
            yield f"pair {place}: is not a pair; give the ids of two figures"
            continue
        for name in pair:
            if not _known(name, ids):
                yield f"pair {place}: names no figure ({name!r}); give the id of one in the file"


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (list, tuple))


def _known(name: object, ids: set[str]) -> bool:
    return isinstance(name, str) and name in ids


def _is_scale(scale: object) -> bool:
    if not isinstance(scale, (list, tuple)) or len(scale) != 2:
        return False
    numbers = all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in scale)
    return numbers and float("-inf") < scale[0] < scale[1] < float("inf")
