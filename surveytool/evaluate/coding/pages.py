"""What the pages of coding show."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from surveytool.definitions.questionnaire import Variable
from surveytool.evaluate.coding.forms import Asked, FrameSent, Sent
from surveytool.evaluate.common import Head
from surveytool.judge.coding import Deed
from surveytool.judge.translating import Shown
from surveytool.likeness import groups, script
from surveytool.models import Code, CodeFrame
from surveytool.tabulate import Named, Worded
from surveytool.text import fold
from surveytool.verbatims import answer_id

#: How many groups a page shows, and how many forms of one answer are listed.
GROUPS, FORMS = 50, 30


@dataclass(frozen=True)
class ItemLine:
    """One open item in the list: how many answered it and how many of these are coded."""

    number: str
    label: str
    answered: int
    coded: int


@dataclass(frozen=True)
class ListPage:
    """The open items of a collection."""

    head: Head
    items: Sequence[ItemLine]


@dataclass(frozen=True)
class Suggestion:
    """A code that an answer might be given, and why; it is shown, and never given by itself."""

    code: Code
    why: str


@dataclass(frozen=True)
class AnswerLine:
    """One distinct answer: who gave it, how it is coded, what is suggested."""

    id: str
    text: str
    language: str
    people: int
    countries: str
    coded: int
    codes: Sequence[tuple[Code, int]]
    suggestions: Sequence[Suggestion]
    #: The forms it stands on, where there are several.
    forms: Sequence[int] = ()
    #: What it says in English, as it was translated; each translation once.
    translations: Sequence[Shown] = ()


@dataclass(frozen=True)
class GroupLine:
    """Answers that are alike."""

    answers: Sequence[AnswerLine]
    people: int


@dataclass(frozen=True)
class ItemPage:
    """The distinct answers to one open item."""

    head: Head
    variable: Variable
    label: str
    frame: CodeFrame | None
    codes: Sequence[tuple[Code, bool]]
    asked: Asked
    groups: Sequence[GroupLine]
    found: int
    pages: int
    distinct: int
    answered: int
    coded: int
    #: Codings by country.
    tally: Mapping[str, Named]
    country_names: Mapping[str, str]
    whole: bool
    sent: Sent = Sent()
    error: str = ""

    @property
    def people(self) -> dict[str, int]:
        """The people of each code, over all countries, codes in a group counted once under it too."""
        found: dict[str, int] = {}
        for named in self.tally.values():
            for name, n in {**named.leaves, **named.table}.items():
                found[name] = found.get(name, 0) + n
        return found


@dataclass(frozen=True)
class DeedLine:
    """One deed in the history."""

    deed: Deed
    words: str
    people: int
    items: str


@dataclass(frozen=True)
class HistoryPage:
    """What was done to the codings of an item's code frame."""

    head: Head
    variable: Variable
    label: str
    frame: CodeFrame | None
    deeds: Sequence[DeedLine]
    #: The moment before which there may be older ones, and the one before which these are; None for none.
    older: datetime.datetime | None
    before: datetime.datetime | None
    error: str = ""
    #: The deed that was not undone, and the reason that was typed.
    failed: str = ""
    reason: str = ""


@dataclass(frozen=True)
class FramePage:
    """The code frame of an item."""

    head: Head
    variable: Variable
    label: str
    frame: CodeFrame | None
    codes: Sequence[tuple[Code, bool]]
    #: Items that share the frame.
    items: Sequence[str]
    people: Mapping[str, int]
    sent: FrameSent = FrameSent()
    error: str = ""


def ordered(frame: CodeFrame | None) -> list[tuple[Code, bool]]:
    """Return the codes of a frame, those of a group after it; with each, whether it stands under another."""
    codes = frame.codes if frame else []
    return [
        (each, each is not top)
        for top in codes
        if top.parent_id is None
        for each in [top, *(below for below in codes if below.parent_id == top.id)]
    ]


def group_lines(
    found: Sequence[Worded],
    frame: CodeFrame | None,
    asked: Asked,
    country_names: Mapping[str, str],
    english: Mapping[str, Sequence[Shown]] = MappingProxyType({}),
) -> list[GroupLine]:
    """Return the answers that were asked for in groups of like ones, in the order asked for.

    Codes are grouped with the answers by what they are called, so that an answer that reads like one is noticed.
    """
    codes = {code.id: code for code in frame.codes} if frame else {}
    called: dict[str, set[int]] = {}
    for code in codes.values():
        for words in (code.name, code.label):
            called.setdefault(words, set()).add(code.id)
    by_text = {each.text: each for each in found}
    lines = []
    for texts in groups([*by_text, *called]):
        members = sorted((by_text[text] for text in texts if text in by_text), key=lambda one: (-one.people, one.text))
        reads_like = {id_ for text in texts for id_ in called.get(text, ())}
        given = {id_ for one in members for id_ in one.codes}
        answers = [
            replace(_line(one, codes, given, reads_like, country_names), translations=english.get(one.text, ()))
            for one in members
            if _wanted(one, codes, asked, english.get(one.text, ()))
        ]
        if answers:
            lines.append(GroupLine(answers, sum(each.people for each in answers)))
    return sorted(lines, key=lambda line: (0 if asked.by_words else -line.people, fold(line.answers[0].text)))


def _wanted(one: Worded, codes: Mapping[int, Code], asked: Asked, english: Sequence[Shown]) -> bool:
    if asked.uncoded and one.coded >= one.people:
        return False
    names = (f"{codes[id_].name} {codes[id_].label}" for id_ in one.codes if id_ in codes)
    return fold(asked.search) in fold(" ".join([one.text, *(each.text for each in english), *names]))


def _line(
    one: Worded, codes: Mapping[int, Code], given: Iterable[int], reads_like: Iterable[int], names: Mapping[str, str]
) -> AnswerLine:
    language = max(sorted(one.languages), key=lambda tag: one.languages[tag])
    places = sorted(one.countries.items(), key=lambda pair: (-pair[1], pair[0]))
    suggested: list[Suggestion] = []
    if not one.coded:
        why = dict.fromkeys(reads_like, "its name reads alike")
        why |= dict.fromkeys(given, "like answers coded so")
        suggested = [Suggestion(codes[id_], why[id_]) for id_ in sorted(why) if id_ in codes]
    return AnswerLine(
        id=answer_id(one.text),
        text=one.text,
        language=script(one.text) or language,
        people=one.people,
        countries=", ".join(f"{names.get(country, 'no country')} {n}" for country, n in places),
        coded=one.coded,
        codes=[(codes[id_], n) for id_, n in sorted(one.codes.items()) if id_ in codes],
        suggestions=suggested,
    )


def deed_line(deed: Deed, frame: CodeFrame, numbers: Mapping[str, str]) -> DeedLine:
    """Return a deed in words."""
    labels = {code.id: code.label for code in frame.codes}
    made = _names({given.code_id for given in deed.made - deed.withdrawn}, labels)
    taken = _names({given.code_id for given in deed.withdrawn - deed.made}, labels)
    both = _names({given.code_id for given in deed.made}, labels)
    words = f"took back {taken}" if taken and not both else f"gave {made or both}"
    if taken and both:
        words = f"put {both} in place of {taken}"
    units = {given.unit for given in deed.made | deed.withdrawn}
    items = ", ".join(sorted({numbers.get(unit.variable, unit.variable) for unit in units}))
    return DeedLine(deed, words, len(units), items)


def _names(ids: Iterable[int], labels: Mapping[int, str]) -> str:
    return ", ".join(f"“{labels[id_]}”" for id_ in sorted(ids))
