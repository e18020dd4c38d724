"""Answers in words: distinct ones, and how they were coded."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select, true
from sqlalchemy.orm import aliased

from surveytool.judge.standing import in_force
from surveytool.models import Answer, Code, CodeFrame, Coding, Judgement, Response, Standing, db
from surveytool.tabulate.filters import EVERYTHING, RECEIVED, Filter, judged, standing
from surveytool.tabulate.reading import pairs


@dataclass(frozen=True, slots=True)
class Named:
    """How verbatims of one variable were coded: people by code, at table level and in detail."""

    #: People by code, codes with a parent counted under it.
    table: Mapping[str, int] = field(default_factory=dict)
    #: People by parent and code, where a code has one.
    detail: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: People by code, as coded.
    leaves: Mapping[str, int] = field(default_factory=dict)
    #: People with at least one code.
    people: int = 0


def named(collection_id: int, where: Filter = EVERYTHING, only: str = "") -> dict[tuple[str, str], Named]:
    """Count coded verbatims by variable (or of one only) and country. As received, codings count as they are now.

    The database counts how often each code was given, and of verbatims that were given several, which patterns there
    are: how many people were given just these. All else follows.
    """
    unit = (Coding.variable, Response.country)
    given = select(*unit).join(Response, Response.id == Coding.response_id)
    given = given.where(in_force(Coding, where.moment), *where.on(Response, collection_id))
    given = given.where(Coding.variable == only) if only else given
    stands = _stands(collection_id, where)
    counted: Counter[tuple[str, str, str]] = Counter()
    single = given.add_columns(Coding.code_id, func.count()).where(stands).group_by(*unit, Coding.code_id)
    for variable, country, code, people in db.session.execute(single):
        counted[variable, country, str(code)] = people
    for variable, country, pattern, people in db.session.execute(_several(given, stands, where)):
        counted[variable, country, pattern] = people
        for code in pattern.split(","):
            counted[variable, country, code] -= people
    codes = codes_of(collection_id)
    patterns: dict[tuple[str, str], list[tuple[set[tuple[str, str | None]], int]]] = {}
    for (variable, country, pattern), people in sorted(counted.items()):
        if people:
            these = {codes[int(each)] for each in pattern.split(",")}
            patterns.setdefault((variable, country), []).append((these, people))
    return {key: named_of(found) for key, found in patterns.items()}


def _several(given: Any, stands: ColumnElement[bool], where: Filter) -> Any:
    """Return the query that counts the patterns of verbatims that were given several codes; that is asked first."""
    other = aliased(Coding)
    same = and_(other.response_id == Coding.response_id, other.variable == Coding.variable, other.id != Coding.id)
    pattern = func.aggregate_strings(cast(Coding.code_id, String), ",").label("pattern")
    units = (
        given.add_columns(pattern)
        .where(select(other.id).where(same, in_force(other, where.moment)).exists(), stands)
        .group_by(Coding.response_id, Coding.variable, Response.country)
        .subquery()
    )
    by = (units.c.variable, units.c.country, units.c.pattern)
    return select(*by, func.count()).group_by(*by)


def _stands(collection_id: int, where: Filter) -> ColumnElement[bool]:
    """Return the condition that what was coded stands; of codings, with `Response` beside them."""
    if where.stand == RECEIVED:
        return true()
    what = standing(collection_id, where)
    same = and_(what.response_id == Coding.response_id, what.variable == Coding.variable)
    stands = select(what.response_id).where(same, what.state == "value").exists()
    if not where.moment:
        return stands
    # What stood then is derived form by form; where no judgement excluded anything, what was coded stood.
    about = (Judgement.collection_id == collection_id, judged(where), Judgement.effect.startswith("exclude"))
    forms = select(Judgement.response_id).where(*about, Judgement.response_id.is_not(None))
    items = select(Judgement.variable).where(*about, Judgement.response_id.is_(None))
    return or_(and_(Response.id.not_in(forms), Coding.variable.not_in(items)), stands)


@dataclass(frozen=True, slots=True)
class Worded:
    """One distinct answer in words to a variable: how many people gave it, where, and how it was coded."""

    text: str
    people: int
    countries: Mapping[str, int]
    languages: Mapping[str, int]
    #: People by the id of a code they were given.
    codes: Mapping[int, int]
    #: People with at least one code.
    coded: int


def worded(collection_id: int, variable: str, where: Filter = EVERYTHING) -> list[Worded]:
    """Count the distinct answers in words that stand for a variable, those of most people first."""
    standing = (*where.on(Standing, collection_id), Standing.variable == variable, Standing.state == "value")
    same = and_(Answer.response_id == Standing.response_id, Answer.variable == Standing.variable)
    coding = and_(
        Coding.response_id == Standing.response_id,
        Coding.variable == Standing.variable,
        Coding.withdrawn_at.is_(None),
    )
    given = (Answer.text, Standing.country, Standing.language)
    answers = select(*given, func.count()).select_from(Standing).join(Answer, same).where(*standing).group_by(*given)
    people = func.count(Standing.response_id.distinct())
    coded = select(Answer.text, people).select_from(Standing).join(Answer, same).join(Coding, coding).where(*standing)
    by_code = coded.add_columns(Coding.code_id).group_by(Answer.text, Coding.code_id)
    countries: dict[str, Counter[str]] = {}
    languages: dict[str, Counter[str]] = {}
    for text, country, language, n in db.session.execute(answers.where(Answer.text.is_not(None))):
        countries.setdefault(text or "", Counter())[country] += n
        languages.setdefault(text or "", Counter())[language] += n
    codes: dict[str, dict[int, int]] = {}
    for text, n, code in db.session.execute(by_code):
        codes.setdefault(text, {})[code] = n
    with_code = dict(pairs(coded.group_by(Answer.text)))
    found = [
        Worded(text, sum(by.values()), by, languages[text], codes.get(text, {}), with_code.get(text, 0))
        for text, by in countries.items()
    ]
    return sorted(found, key=lambda each: (-each.people, each.text))


def top_codes(collection_id: int) -> dict[str, list[str]]:
    """Return the codes of a collection that tables list, by frame: those that are not grouped under another."""
    query = select(CodeFrame.name, Code.name).join(Code, Code.frame_id == CodeFrame.id).order_by(Code.id)
    found: dict[str, list[str]] = {}
    chosen = query.where(CodeFrame.collection_id == collection_id, Code.parent_id.is_(None))
    for frame, name in db.session.execute(chosen):
        found.setdefault(frame, []).append(name)
    return found


def code_labels(collection_id: int) -> dict[str, dict[str, str]]:
    """Return what the codes of a collection are called now, by frame and name."""
    query = select(CodeFrame.name, Code.name, Code.label).join(Code, Code.frame_id == CodeFrame.id)
    found: dict[str, dict[str, str]] = {}
    for frame, name, label in db.session.execute(query.where(CodeFrame.collection_id == collection_id)):
        found.setdefault(frame, {})[name] = label
    return found


def named_of(patterns: list[tuple[set[tuple[str, str | None]], int]]) -> Named:
    """Add up patterns: sets of codes, each a name and its parent's, and how many people were given just these."""
    table: Counter[str] = Counter()
    leaves: Counter[str] = Counter()
    detail: dict[str, Counter[str]] = {}
    for given, people in patterns:
        for name, parent in given:
            leaves[name] += people
            if parent:
                detail.setdefault(parent, Counter())[name] += people
        for top in {parent or name for name, parent in given}:
            table[top] += people
    return Named(table, detail, leaves, sum(people for _, people in patterns))


def codes_of(collection_id: int) -> dict[int, tuple[str, str | None]]:
    """Return the name of each code of a collection, and its parent's."""
    parent = aliased(Code)
    query = (
        select(Code.id, Code.name, parent.name)
        .join(CodeFrame, CodeFrame.id == Code.frame_id)
        .outerjoin(parent, parent.id == Code.parent_id)
        .where(CodeFrame.collection_id == collection_id)
    )
    return {id_: (name, above) for id_, name, above in db.session.execute(query)}
