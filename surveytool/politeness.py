"""Counts to signs of politeness: one answer throughout, much agreeing, contradictions, what was left empty."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import eq
from typing import TypeVar

from analysis import patterns, shares
from surveytool import tabulate
from surveytool.comparing import Question, questions
from surveytool.definitions import Questionnaire, Rule
from surveytool.models import Collection
from surveytool.tabulate import Filter
from surveytool.tabulate.patterns import Pattern

K = TypeVar("K")


@dataclass(frozen=True)
class Signs:
    """What the forms of one group show."""

    #: One answer on all scale items that a form answers.
    straight: patterns.Sameness
    #: The highest step among all answers on scales.
    top: patterns.ShareOfAnswers
    #: Yes on all yes/no items that a form answers.
    all_yes: patterns.Sameness
    #: Yes among all answers to yes/no items, and forms by their own share of yes.
    yes: patterns.ShareOfAnswers
    yes_bands: Mapping[str, int]
    #: Items left empty among those asked: of those with ready answers, and of those to be answered in words.
    empty: patterns.ShareOfAnswers
    empty_bands: Mapping[str, int]
    wordless: patterns.ShareOfAnswers


@dataclass(frozen=True)
class Contradiction:
    """One rule that cautions, the forms it speaks of, and those it could have spoken of."""

    rule: Rule
    found: shares.Share
    #: Whom it could apply to: number and title of an item, and the answer given.
    claims: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class LeftEmpty:
    """One item: of those who were asked, who left it empty."""

    question: Question
    share: shares.Share


@dataclass(frozen=True)
class Politeness:
    """All signs of a collection, together and by group."""

    whole: Signs
    #: By name of the group; empty where forms are not grouped.
    groups: Mapping[str, Signs]
    scales: Sequence[Question]
    yes_no: Sequence[Question]
    contradictions: Sequence[Contradiction]
    items: Sequence[LeftEmpty]


def signs(collection: Collection, where: Filter, by: str = "", names: Mapping[str, str] | None = None) -> Politeness:
    """Return the signs of politeness in the valid forms, and group by group where forms are grouped."""
    assert collection.version is not None
    q = collection.version.questionnaire
    asked = questions(collection)
    scaled = [each for each in asked.values() if each.kind == "scale"]
    yes_no = [each for each in asked.values() if each.kind == "yes_no" and not each.variable.choice]
    closed, open_ = _items(q)
    ladders = tabulate.patterns(collection.id, [each.variable.name for each in scaled], where, by)
    sayings = tabulate.patterns(collection.id, [each.variable.name for each in yes_no], where, by)
    ready = tabulate.left_empty(collection.id, closed, where, by)
    worded = tabulate.left_empty(collection.id, open_, where, by)
    highest = [str((each.variable.item.scale or (0, 4))[1]) for each in scaled]
    present = {*ladders, *sayings, *ready, *worded}

    def group(code: str) -> Signs:
        return _signs(highest, ladders.get(code, {}), sayings.get(code, {}), ready.get(code, {}), worded.get(code, {}))

    return Politeness(
        whole=_signs(highest, _all(ladders), _all(sayings), _all(ready), _all(worded)),
        groups={name: group(code) for code, name in (names or {}).items() if code in present},
        scales=scaled,
        yes_no=yes_no,
        contradictions=_contradictions(collection, q, where, asked),
        items=_left_empty(collection, where, asked, closed + open_),
    )


def _items(q: Questionnaire) -> tuple[list[str], list[str]]:
    """Return one variable for each item, apart for those with ready answers and those to be answered in words."""
    first = {variable.item.name: variable for variable in reversed(q.variables.values())}
    kept = [first[name] for name in q.items if name in first]
    closed = [variable.name for variable in kept if variable.item.type != "text"]
    return closed, [variable.name for variable in kept if variable.item.type == "text"]


def _all(groups: Mapping[str, Mapping[K, int]]) -> dict[K, int]:
    """Return all groups as one."""
    total: Counter[K] = Counter()
    for group in groups.values():
        total.update(group)
    return dict(total)


def _signs(
    highest: Sequence[str],
    scaled: Mapping[Pattern, int],
    yes_no: Mapping[Pattern, int],
    closed: Mapping[tuple[int, int], int],
    open_: Mapping[tuple[int, int], int],
) -> Signs:
    yes = _of_kind(yes_no, ["yes"] * len(next(iter(yes_no), ())))
    return Signs(
        straight=patterns.sameness(scaled),
        top=patterns.share_of_answers(_of_kind(scaled, highest), base="answers on scales"),
        all_yes=patterns.sameness(yes_no, answer="yes"),
        yes=patterns.share_of_answers(yes, base="answers of yes or no"),
        yes_bands=patterns.bands(yes),
        empty=patterns.share_of_answers(closed, base="items asked, with ready answers"),
        empty_bands=patterns.bands(closed),
        wordless=patterns.share_of_answers(open_, base="items asked, to be answered in words"),
    )


def _of_kind(forms: Mapping[Pattern, int], wanted: Sequence[str]) -> dict[tuple[int, int], int]:
    """Return forms by how many of their answers are the ones wanted, and how many answers they give."""
    found: Counter[tuple[int, int]] = Counter()
    for pattern, n in forms.items():
        found[sum(map(eq, pattern, wanted)), len(pattern) - pattern.count(None)] += n
    return found


def _contradictions(
    collection: Collection, q: Questionnaire, where: Filter, asked: Mapping[str, Question]
) -> list[Contradiction]:
    found = tabulate.cautioned(collection.id, where)
    rules = [rule for rule in q.rules if rule.effect == "caution"]
    return [_contradiction(collection, q, rule, found.get(rule.id, 0), where, asked) for rule in rules]


def _contradiction(
    collection: Collection, q: Questionnaire, rule: Rule, forms: int, where: Filter, asked: Mapping[str, Question]
) -> Contradiction:
    """Return a rule with the forms it could apply to: those that give every answer its condition begins with."""
    claims = _claims(q, rule)
    base = tabulate.forms(collection.id, replace(where, answers=(*where.answers, *claims))).valid
    said = []
    for variable, code in claims:
        number = q.variables[variable].number
        question = asked.get(number)
        labels = question.labels if question else {}
        said.append((number, question.title if question else variable, labels.get(code, code)))
    # A form corrected by hand may carry a caution whose answers no longer stand.
    return Contradiction(rule, shares.wilson(min(forms, base), base, base="forms it could apply to"), said)


def _claims(q: Questionnaire, rule: Rule) -> list[tuple[str, str]]:
    """Return the answers that a condition asks for outright, as variable and code."""
    condition = rule.when or {}
    claims = []
    for part in condition.get("all", [condition]):
        if "equals" in part:
            name, code = part["equals"]
            if name in q.items:
                several = q.items[name].type == "select_multiple"
                claims.append((f"{name}.{code}", "1") if several else (name, code))
    return claims


def _left_empty(
    collection: Collection, where: Filter, asked: Mapping[str, Question], names: Sequence[str]
) -> list[LeftEmpty]:
    """Return the items by how many of those asked left them empty, most first."""
    counted = tabulate.variables(collection.id, where)
    found = []
    for question in asked.values():
        if question.variable.name in names:
            states = counted.get(question.variable.name, tabulate.Counted()).states
            empty = states.get("no_answer", 0)
            of = empty + sum(states.get(state, 0) for state in ("value", "not_applicable", "invalid"))
            found.append(LeftEmpty(question, shares.wilson(empty, of, base="were asked")))
    return sorted(found, key=lambda each: -(each.share.share or 0))
