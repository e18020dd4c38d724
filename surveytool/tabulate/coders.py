"""What several coders made of the same verbatims, counted: which codes they gave together, and apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, func, or_, select

from surveytool.models import BlindCoding, Coding, Response, Standing, db
from surveytool.tabulate.filters import EVERYTHING, Filter

#: What stands for a set without a code.
NO_CODE = "(no code)"
#: The codes one coder gave one verbatim, by id.
Codes = frozenset[int]


@dataclass(frozen=True, slots=True)
class Compared:
    """One verbatim that was coded openly and blind: what each made of it before it was settled."""

    response_id: int
    first: Codes
    #: By blind coder.
    blind: Mapping[str, Codes]
    settled: bool


@dataclass(frozen=True, slots=True)
class Coders:
    """All that was coded openly and blind of one variable, and what could not be compared."""

    compared: Sequence[Compared] = ()
    #: Verbatims that were coded blind and have no code from the first coder.
    uncoded: int = 0
    #: Verbatims whose first codes are by the blind coder: nothing can be compared.
    same_person: int = 0
    #: Verbatims that each coder coded blind.
    by_coder: Mapping[str, int] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether anybody gave an answer more than one code."""
        return any(len(given) > 1 for each in self.compared for given in (each.first, *each.blind.values()))

    def sets(self) -> dict[tuple[str, ...], int]:
        """Count verbatims by what was made of them: a name for each coder's set of codes, the first coder's first."""
        rows = ((each.first, *(each.blind[coder] for coder in sorted(each.blind))) for each in self.compared)
        return dict(Counter(tuple(map(name, row)) for row in rows))

    def given(self, code: int, coder: str) -> dict[str, dict[str, int]]:
        """Count, for one code, verbatims by whether the first coder gave it and whether a blind coder did."""
        table = {"given": {"given": 0, "not": 0}, "not": {"given": 0, "not": 0}}
        for each in self.compared:
            if coder in each.blind:
                first, second = ("given" if code in codes else "not" for codes in (each.first, each.blind[coder]))
                table[first][second] += 1
        return table

    def table(self, coder: str) -> dict[str, dict[str, int]]:
        """Count verbatims by the set of codes of the first coder and that of a blind one."""
        found: dict[str, dict[str, int]] = {}
        for each in self.compared:
            if coder in each.blind:
                row = found.setdefault(name(each.first), {})
                second = name(each.blind[coder])
                row[second] = row.get(second, 0) + 1
        return found


def name(codes: Codes) -> str:
    """Return the name of a set of codes."""
    return "+".join(map(str, sorted(codes))) or NO_CODE


def coders(collection_id: int, variable: str, where: Filter = EVERYTHING) -> Coders:
    """Read what was coded openly and blind of the verbatims that stand for a variable.

    Of a verbatim that was settled, the first coder's codes are those that stood right before.
    """
    standing = select(Standing.response_id).where(
        *where.on(Standing, collection_id), Standing.variable == variable, Standing.state == "value"
    )
    mine = (BlindCoding.variable == variable, BlindCoding.response_id.in_(standing), BlindCoding.withdrawn_at.is_(None))
    blind: dict[int, dict[str, set[int]]] = {}
    settled = set()
    query = select(BlindCoding.response_id, BlindCoding.coder, BlindCoding.code_id, BlindCoding.settled_at)
    for form, coder, code, at in db.session.execute(query.where(*mine)):
        given = blind.setdefault(form, {}).setdefault(coder, set())
        given.update([code] if code is not None else [])
        if at:
            settled.add(form)
    first = _first(variable, mine)
    return _compared(blind, settled, first)


def _first(variable: str, mine: tuple[object, ...]) -> dict[int, dict[int, str]]:
    """Return the codes the first coder had given each verbatim before it was settled, with who gave them."""
    moments = (
        select(BlindCoding.response_id, func.min(BlindCoding.settled_at).label("settled"))
        .where(*mine)  # type: ignore[arg-type]
        .group_by(BlindCoding.response_id)
        .subquery()
    )
    at = moments.c.settled
    then = or_(
        and_(at.is_(None), Coding.withdrawn_at.is_(None)),
        and_(Coding.made_at < at, or_(Coding.withdrawn_at.is_(None), Coding.withdrawn_at >= at)),
    )
    query = (
        select(Coding.response_id, Coding.code_id, Coding.made_by)
        .join(moments, moments.c.response_id == Coding.response_id)
        .join(Response, Response.id == Coding.response_id)
        .where(Coding.variable == variable, then)
    )
    found: dict[int, dict[int, str]] = {}
    for form, code, maker in db.session.execute(query):
        found.setdefault(form, {})[code] = maker.casefold()
    return found


def _compared(
    blind: Mapping[int, Mapping[str, set[int]]], settled: set[int], first: Mapping[int, Mapping[int, str]]
) -> Coders:
    compared, same = [], 0
    for form in sorted(blind.keys() & first.keys()):
        makers = set(first[form].values())
        others = {c: frozenset(given) for c, given in blind[form].items() if c[:120].casefold() not in makers}
        same += not others
        if others:
            compared.append(Compared(form, frozenset(first[form]), others, form in settled))
    by_coder = Counter(coder for coders in blind.values() for coder in coders)
    return Coders(compared, len(blind.keys() - first.keys()), same, by_coder)
