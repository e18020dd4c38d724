"""The closed vocabulary of conditions: equals, in, between, answered, all, any, not.

A condition is plain data: `{equals: [trained, "yes"]}`, `{all: [...]}`. Its truth has three values, as in Kleene's
logic: a comparison with an item that was left empty is unknown, and only what is certainly true holds.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

Condition = Mapping[str, Any]

COMPARISONS = ("equals", "in", "between")
CONNECTIVES = ("all", "any", "not")
VOCABULARY = (*COMPARISONS, "answered", *CONNECTIVES)

#: Subjects of a condition that are facts about the response, not items.
FACTS = ("wave", "mode")
#: What a fact can be, where that is settled: a workshop asks before, after, and again at follow-up.
FACT_CODES: Mapping[str, tuple[str, ...]] = {"wave": ("pre", "post", "follow-up")}

#: Beyond so many combinations of answers a condition is taken to be satisfiable without looking.
COMBINATIONS = 100_000


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for one item: the codes chosen, the number, or whether anything was written."""

    codes: frozenset[str] = frozenset()
    number: float | None = None
    text: str = ""

    @property
    def answered(self) -> bool:
        """Whether anything was given; a chosen N/A counts, an empty field does not."""
        return bool(self.codes) or self.number is not None or bool(self.text)


EMPTY = Given()
Answers = Mapping[str, Given]


def holds(condition: Condition | None, answers: Answers) -> bool:
    """Return whether a condition is certainly true of the answers; no condition always holds."""
    return condition is None or truth(condition, answers) is True


def truth(condition: Condition, answers: Answers) -> bool | None:
    """Return True, False, or None (unknown, because an item compared was left empty)."""
    ((word, what),) = condition.items()
    if word == "all":
        return _all([truth(part, answers) for part in what])
    if word == "any":
        return _negated(_all([_negated(truth(part, answers)) for part in what]))
    if word == "not":
        return _negated(truth(what, answers))
    if word == "answered":
        return answers.get(what, EMPTY).answered
    given = answers.get(what[0], EMPTY)
    if not given.answered:
        return None
    if word == "equals":
        return what[1] in given.codes
    if word == "in":
        return not given.codes.isdisjoint(what[1])
    return given.number is not None and what[1] <= given.number <= what[2]


def _all(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def reduced(condition: Condition, known: Answers) -> Condition | bool | None:
    """Return what is left of a condition once some of its subjects are known for good.

    A condition where it still depends on others; else its truth, as `truth` says it.
    """
    ((word, what),) = condition.items()
    if word == "not":
        inner = reduced(what, known)
        return {"not": inner} if isinstance(inner, Mapping) else _negated(inner)
    if word in ("all", "any"):
        return _reduced_list(word, what, [reduced(part, known) for part in what])
    subject = what if word == "answered" else what[0]
    return truth(condition, known) if subject in known else condition


def _reduced_list(word: str, whole: list[Condition], parts: list[Condition | bool | None]) -> Condition | bool | None:
    """Return what is left of several conditions: what decides alone decides, what adds nothing goes.

    What is unknown for good stays as it was written, beside what is still open: it keeps `all` from being true.
    """
    deciding = word == "any"
    if deciding in parts:
        return deciding
    if not any(isinstance(part, Mapping) for part in parts):
        return None if None in parts else not deciding
    left = [old if part is None else part for old, part in zip(whole, parts, strict=True) if part is not (not deciding)]
    return left[0] if len(left) == 1 else {word: left}


def never(condition: Condition | bool | None, known: Answers) -> bool:
    """Whether what is left of a condition can no longer be certainly true, because a part of it is unknown for good."""
    if not isinstance(condition, Mapping):
        return condition is not True
    return any(reduced(part, known) is None for part in condition.get("all", ()))


def atoms(condition: Condition) -> Iterator[tuple[str, list[Any]]]:
    """Yield every comparison as (word, [subject, operands...]), wherever it is nested."""
    ((word, what),) = condition.items()
    if word == "not":
        yield from atoms(what)
    elif word in CONNECTIVES:
        for part in what:
            yield from atoms(part)
    else:
        yield word, [what] if word == "answered" else list(what)


def subjects(condition: Condition | None) -> set[str]:
    """Return the names of the items, sections and facts that a condition speaks of."""
    return {operands[0] for _, operands in atoms(condition)} if condition else set()


def shape_fault(condition: Any) -> str | None:
    """Return what is wrong with the form of a condition, or None. Names and codes are checked elsewhere."""
    if not isinstance(condition, Mapping) or len(condition) != 1:
        return "a condition is one word with what it is about, such as {equals: [item, code]}"
    ((word, what),) = condition.items()
    if word not in VOCABULARY:
        return f"'{word}' is not a condition; use one of {', '.join(VOCABULARY)}"
    if word == "not":
        return shape_fault(what)
    if word in CONNECTIVES:
        if not isinstance(what, list) or not what:
            return f"'{word}' takes a list of conditions"
        return next((fault for part in what if (fault := shape_fault(part))), None)
    if word == "answered":
        return None if isinstance(what, str) else "'answered' takes the name of an item or section"
    return _comparison_fault(word, what)


def _comparison_fault(word: str, what: Any) -> str | None:
    forms = {"equals": "[item, code]", "in": "[item, [code, ...]]", "between": "[item, low, high]"}
    ok = isinstance(what, list) and len(what) == (3 if word == "between" else 2) and isinstance(what[0], str)
    if ok and word == "equals":
        ok = isinstance(what[1], str)
    elif ok and word == "in":
        ok = isinstance(what[1], list) and bool(what[1]) and all(isinstance(code, str) for code in what[1])
    elif ok:
        ok = all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in what[1:])
    return None if ok else f"'{word}' takes {forms[word]}; codes are quoted"


def satisfiable(condition: Condition, domains: Mapping[str, list[Given]]) -> bool:
    """Return whether any combination of answers makes a condition true.

    `domains` lists for each subject what can be given for it. Found by trying all combinations, so that every way of
    contradicting oneself is noticed, not only two equals on one item.
    """
    names = sorted(subjects(condition))
    size = 1
    for name in names:
        size *= len(domains[name])
    if size > COMBINATIONS:
        return True
    return any(
        holds(condition, dict(zip(names, combination, strict=True)))
        for combination in product(*(domains[name] for name in names))
    )
