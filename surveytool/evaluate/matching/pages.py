"""What the pages of matching show."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from surveytool.evaluate.common import Head
from surveytool.evaluate.matching.forms import Asked, Sent
from surveytool.judge.affiliations import SAME_NAME, key
from surveytool.likeness import groups, script
from surveytool.models import Organisation
from surveytool.register import KIND_NAMES
from surveytool.tabulate import Naming, Reach
from surveytool.text import fold
from surveytool.verbatims import answer_id

#: How many groups a page shows, and how many suggestions an answer has at most.
GROUPS, SUGGESTED = 50, 4


@dataclass(frozen=True)
class Suggestion:
    """An organisation that an answer might mean, and why; it is shown, and never assigned by itself."""

    organisation: Organisation
    why: str


@dataclass(frozen=True)
class AnswerLine:
    """One distinct answer: who gave it, which organisation it was taken for, what is suggested."""

    id: str
    text: str
    language: str
    people: int
    unknown: int
    countries: str
    #: Organisation, by whom ("by its name" or "by a person"), and how many forms.
    taken_for: Sequence[tuple[Organisation, str, int]]
    suggestions: Sequence[Suggestion]


@dataclass(frozen=True)
class GroupLine:
    """Answers that are alike."""

    answers: Sequence[AnswerLine]
    people: int


@dataclass(frozen=True)
class MatchingPage:
    """The answers that name organisations, those that are not known first."""

    head: Head
    #: What the question asks; "" where the questionnaire does not say which it is.
    label: str
    asked: Asked
    groups: Sequence[GroupLine]
    pages: int
    unknown: int
    known: int
    #: Forms that name no organisation and are not affiliated.
    nameless: Sequence[int]
    organisations: Sequence[Organisation]
    countries: Mapping[str, str]
    may_register: bool
    shown: datetime.datetime
    sent: Sent = Sent()
    error: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=lambda: KIND_NAMES)


@dataclass(frozen=True)
class AskedLine:
    """One organisation that was asked, and how many valid forms came from it."""

    organisation: Organisation
    forms: int


@dataclass(frozen=True)
class AskedPage:
    """Which organisations a collection asked, and which have answered."""

    head: Head
    reach: Reach
    rows: Sequence[AskedLine]
    show: str
    countries: Mapping[str, str]
    #: Organisations of the register that were not asked.
    others: Sequence[Organisation]
    may_change: bool
    limited: bool
    kinds: Mapping[str, str] = field(default_factory=lambda: KIND_NAMES)


def grouped(
    found: Sequence[Naming], organisations: Sequence[Organisation], asked: Asked
) -> list[tuple[list[Naming], frozenset[int]]]:
    """Return the answers asked for in groups of like ones, each with the organisations whose names are alike too."""
    called: dict[str, set[int]] = {}
    for each in organisations:
        for name in (each.name, *each.other_names):
            called.setdefault(name, set()).add(each.id)
    names = {each.id: each.name for each in organisations}
    wanted = {each.text: each for each in found if each.text and _wanted(each, names, asked)}
    lines = []
    for texts in _alike(tuple(sorted({*(each.text for each in found if each.text), *called}))) if wanted else ():
        members = sorted((wanted[text] for text in texts if text in wanted), key=lambda n: (-n.unknown, n.text))
        if members:
            lines.append((members, frozenset(id_ for text in texts for id_ in called.get(text, ()))))
    most = 0 if asked.by_words else -1
    return sorted(lines, key=lambda line: (most * sum(n.unknown for n in line[0]), fold(line[0][0].text)))


@lru_cache(4)
def _alike(texts: tuple[str, ...]) -> list[list[str]]:
    """Group texts by likeness; remembered, since what is grouped changes only as forms come and names are added."""
    return groups(texts)


def _wanted(one: Naming, names: Mapping[int, str], asked: Asked) -> bool:
    if not asked.everything and not one.unknown:
        return False
    taken = (names.get(id_, "") for id_, _ in one.organisations)
    return not asked.search or fold(asked.search) in fold(" ".join([one.text, *taken]))


def group_lines(
    some: Iterable[tuple[Sequence[Naming], Iterable[int]]],
    organisations: Sequence[Organisation],
    names: Mapping[str, str],
) -> list[GroupLine]:
    """Return groups of answers as they are shown, each answer with the organisations it might mean."""
    by_id = {each.id: each for each in organisations}
    same: dict[str, set[int]] = {}
    for each in organisations:
        for name in (each.name, *each.other_names):
            same.setdefault(key(name), set()).add(each.id)
    lines = []
    for members, alike in some:
        answers = [_line(each, by_id, same.get(key(each.text), set()), alike, members, names) for each in members]
        lines.append(GroupLine(answers, sum(each.people for each in answers)))
    return lines


def _line(
    one: Naming,
    by_id: Mapping[int, Organisation],
    same: Iterable[int],
    alike: Iterable[int],
    members: Sequence[Naming],
    names: Mapping[str, str],
) -> AnswerLine:
    places = sorted(one.countries.items(), key=lambda pair: (-pair[1], pair[0]))
    language = max(sorted(one.languages), key=lambda tag: one.languages[tag])
    why: dict[int, str] = {}
    if one.unknown:
        why = dict.fromkeys(alike, "its name is alike")
        why |= dict.fromkeys(
            (id_ for each in members for id_, _ in each.organisations), "like answers were assigned to it"
        )
        why |= dict.fromkeys(same, "the same name, of another country or of several organisations")
    return AnswerLine(
        id=answer_id(one.text),
        text=one.text,
        language=script(one.text) or language,
        people=one.people,
        unknown=one.unknown,
        countries=", ".join(f"{names.get(code, 'no country')} {n}" for code, n in places),
        taken_for=[
            (by_id[id_], "by its name" if rule == SAME_NAME else "by a person", n)
            for (id_, rule), n in sorted(one.organisations.items())
            if id_ in by_id
        ],
        suggestions=[Suggestion(by_id[id_], why[id_]) for id_ in sorted(why) if id_ in by_id][:SUGGESTED],
    )
