"""What the responses say about one published figure, as counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from analysis._checks import exact, whole

Code = str | int | float
YES_NO: Final[Mapping[object, Fraction]] = {"yes": Fraction(1), "no": Fraction(0)}


@dataclass(frozen=True, slots=True)
class Cell:
    """What was counted on one set of forms.

    Attributes
    ----------
    counts
        People by code ("yes", "MOU") or by number given (3, 12.5).
    missing
        People without a value, by reason.
    people
        People behind the counts; None when each gave one answer. Give it where one person
        can have several codes.
    forms
        Forms of the set; None when they are the people and the missing together.
    distinct
        Distinct codes, where some of them are groups; None to count the codes given.
    organisations
        Organisations behind the people who gave each code, where that was counted.
    """

    counts: Mapping[Code, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    people: int | None = None
    forms: int | None = None
    distinct: int | None = None
    organisations: Mapping[Code, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("counts", "missing", "organisations"):
            for key, people in getattr(self, name).items():
                whole(people, f"The count of {key!r}")
        for name in ("people", "forms", "distinct"):
            if getattr(self, name) is not None:
                whole(getattr(self, name), name)

    @property
    def mentions(self) -> int:
        """All codes given, together."""
        return sum(self.counts.values())

    @property
    def answered(self) -> int:
        """People who gave a value."""
        return self.mentions if self.people is None else self.people

    @property
    def asked(self) -> int:
        """People with a value and without."""
        return self.answered + sum(self.missing.values())

    @property
    def all_forms(self) -> int:
        """Forms of the set."""
        return self.asked if self.forms is None else self.forms


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was counted for one figure, on the valid forms and on all forms received.

    Attributes
    ----------
    valid, received
        The same item counted on the two sets of forms.
    values
        The number a code stands for, where it is not yes = 1, no = 0 or a number itself.
    item_invalid
        Why all answers to the item are invalid, where a rule says so.
    counted
        What was counted, where it is no answers, such as organisations; a number that is
        only stated in the print can be held against it.
    """

    valid: Cell = field(default_factory=Cell)
    received: Cell | None = None
    values: Mapping[Code, float] = field(default_factory=dict)
    item_invalid: str | None = None
    counted: str = ""

    def numbers(self, cell: Cell) -> dict[Fraction, int] | None:
        """Return the people by number given; None if a code that was given stands for none."""
        numbers: dict[Fraction, int] = {}
        for code, people in cell.counts.items():
            value = self._value(code) if people else Fraction(0)
            if value is None:
                return None
            numbers[value] = numbers.get(value, 0) + people
        return {value: people for value, people in numbers.items() if people}

    def _value(self, code: Code) -> Fraction | None:
        if code in self.values:
            return exact(self.values[code], f"The value of {code!r}")
        return value_of(code)


def value_of(code: object) -> Fraction | None:
    """Return the number a code stands for by itself, None if it stands for none."""
    if isinstance(code, bool) or not isinstance(code, (str, int, float)):
        return None
    try:
        return YES_NO[code] if code in YES_NO else Fraction(str(code))
    except (ValueError, ZeroDivisionError):
        return None


def counted_as(statistic: str, code: object, evidence: Evidence, cell: Cell) -> Fraction | None:
    """Return a figure that is a whole count, or a sum or end of the numbers given.

    None where the responses do not say: a count of no code, the lowest of no answers.
    """
    if statistic == "count":
        return None if code is None else Fraction(_people_giving(code, cell))
    if statistic in COUNTS:
        return Fraction(COUNTS[statistic](cell))
    numbers = evidence.numbers(cell)
    return None if numbers is None else OF_NUMBERS[statistic](numbers)


def _people_giving(code: object, cell: Cell) -> int:
    return sum(people for given, people in cell.counts.items() if _same_code(given, code))


def _same_code(given: object, code: object) -> bool:
    """Say whether two codes are one: the same text, or the same number written otherwise."""
    if str(given) == str(code):
        return True
    numbers = value_of(given), value_of(code)
    return None not in numbers and numbers[0] == numbers[1] and not {given, code} & set(YES_NO)


def _distinct(cell: Cell) -> int:
    return sum(n > 0 for n in cell.counts.values()) if cell.distinct is None else cell.distinct


def _sum(numbers: Mapping[Fraction, int]) -> Fraction:
    return sum((value * people for value, people in numbers.items()), Fraction(0))


COUNTS: Final[Mapping[str, Callable[[Cell], int]]] = {
    "forms": lambda cell: cell.all_forms,
    "n": lambda cell: cell.answered,
    "people": lambda cell: cell.answered,
    "missing": lambda cell: sum(cell.missing.values()),
    "asked": lambda cell: cell.asked,
    "mentions": lambda cell: cell.mentions,
    "distinct": _distinct,
    "distinct, more than": _distinct,
}

OF_NUMBERS: Final[Mapping[str, Callable[[Mapping[Fraction, int]], Fraction | None]]] = {
    "sum": _sum,
    "min": lambda numbers: min(numbers, default=None),
    "max": lambda numbers: max(numbers, default=None),
}
