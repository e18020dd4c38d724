"""A questionnaire as it is printed: which items stand together, and what must be true for each to be answered.

On paper nothing is hidden, so a condition has to be said in words. Here it is only brought into a form that can be
said: no "not" around a group, nothing that is already known of paper. The words are the printing room's.
"""

import re
from dataclasses import dataclass
from typing import Any

from surveytool.definitions import Item, Section
from surveytool.definitions.conditions import Condition, Given, truth

#: Everything printed is answered on paper.
MODE = {"mode": Given(codes=frozenset({"paper"}))}


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that must be so (or, with `so` false, must not) before an item is answered."""

    word: str
    subject: str
    operands: tuple[Any, ...]
    so: bool = True


@dataclass(frozen=True, slots=True)
class Several:
    """Statements of which all, or any, must be so."""

    word: str
    parts: tuple["Statement | Several", ...]


Plain = Statement | Several


@dataclass(frozen=True, slots=True)
class Group:
    """Items that stand under one printed number and are kept on one page: 9, "9 times", "9 by whom"."""

    items: tuple[Item, ...]


def groups(section: Section) -> list[Group]:
    """Return the items of a section as they are printed, less those that paper is never asked."""
    found: list[list[Item]] = []
    for item in section.items:
        if plain(item.relevant) is False:
            continue
        if found and _belongs(item, printed_number(found[-1][0])):
            found[-1].append(item)
        else:
            found.append([item])
    return [Group(tuple(items)) for items in found]


def _belongs(item: Item, number: str) -> bool:
    """Say whether an item without a number of its own follows a numbered one: "9 times", or "14f other" after 14."""
    head = item.number.split(" ")[0]
    return bool(number) and not printed_number(item) and re.fullmatch(f"{re.escape(number)}[a-z]?", head) is not None


def printed_number(item: Item) -> str:
    """Return the number a question bears on the form; "" for one that only reports call by a name of several words."""
    return "" if " " in item.number else item.number


def plain(condition: Condition | None) -> Plain | bool:
    """Return a condition as statements; True where it always holds on paper, False where it never does.

    "Not" is moved inwards until it stands before single comparisons, which keeps the truth of all three values.
    """
    return True if condition is None else _plain(condition, so=True)


def _plain(condition: Condition, so: bool) -> Plain | bool:
    ((word, what),) = condition.items()
    if word == "not":
        return _plain(what, not so)
    if word in ("all", "any"):
        every = (word == "all") == so
        return _joined("all" if every else "any", [_plain(part, so) for part in what])
    operands = [what] if word == "answered" else list(what)
    if operands[0] == "mode":
        return (truth(condition, MODE) is True) == so
    return Statement(word, operands[0], tuple(operands[1:]), so)


def _joined(word: str, parts: list[Plain | bool]) -> Plain | bool:
    """Join parts, leaving out what is known, and lifting out groups of the same kind."""
    decisive = word == "any"
    if any(part is decisive for part in parts):
        return decisive
    open_ = [part for part in parts if not isinstance(part, bool)]
    unlike = tuple(dict.fromkeys(each for part in open_ for each in _flat(part, word)))
    if not unlike:
        return not decisive
    return unlike[0] if len(unlike) == 1 else Several(word, unlike)


def _flat(part: Plain, word: str) -> tuple[Plain, ...]:
    return part.parts if isinstance(part, Several) and part.word == word else (part,)
