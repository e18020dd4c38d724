"""Codes that differ by one slip of the pen: suggestions, each with a score; never applied by themselves.

The score is the chance that two forms are one person's, given their codes: how likely the slip is, against how likely
anybody else would have a code so near. So a card's random digits give scores near 1, and codes people make of facts
give less where their facts are common or many people are left. The method is that of Fellegi and Sunter (1969, JASA
64:1183-1210); the rates of slips are house estimates.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

from surveytool.pairing import Form, Pairing

#: Slips, and how often each is the one that was made.
SLIPS = {
    "one sign is another": 0.4,
    "two neighbours changed places": 0.25,
    "one sign is missing": 0.2,
    "one fact is missing": 0.15,
}
#: Signs that are taken for one another in handwriting and on keyboards.
ALIKE = (
    "17",
    "38",
    "56",
    "08",
    "49",
    "27",
    "0o",
    "1li",
    "5s",
    "8b",
    "2z",
    "6b",
    "9g",
    "uv",
    "mn",
    "ດຄ",
    "กถภ",
    "ดคต",
    "พผ",
    "បច",
    "ខង",
    "ကဂ",
    "ထသ",
    "ပဗ",
)
#: How much likelier one of these is than any other sign.
LIKELIER = 3.0
#: A suggestion is shown from this score on, and called likely from that.
SHOWN, LIKELY = 0.2, 0.5
#: Stands for a fact that was left empty.
UNKNOWN = "_"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Two forms of different waves whose codes differ by one slip."""

    first: Form
    second: Form
    slip: str
    #: The chance that they are one person's, from 0 to 1.
    score: float

    @property
    def likely(self) -> bool:
        """Whether it is worth suggesting to join them."""
        return self.score >= LIKELY


def near_misses(pairing: Pairing, apart: Iterable[tuple[int, int]] = ()) -> tuple[NearMiss, ...]:
    """Return the pairs of forms that may be one person's, the likeliest first.

    Looked at are forms, and people made of several, that have no wave in common; what was decided to be apart is not
    suggested again. Forms that wait because their code stands twice are not guessed about.
    """
    held = {frozenset(pair) for pair in apart}
    units = [each.forms for each in pairing.people] + [(form,) for form in pairing.alone]
    rarity = _Rarity({form.code for form in pairing.forms if form.code})
    odds: dict[tuple[int, int], tuple[float, NearMiss]] = {}
    for a, b in _neighbours(units):
        if {f.wave for f in units[a]} & {f.wave for f in units[b]}:
            continue
        if any(frozenset((f.id, g.id)) in held for f in units[a] for g in units[b]):
            continue
        found = _likeliest(units[a], units[b], rarity)
        if found:
            odds[a, b] = found[0] * _before_looking(units, a, b), found[1]
    return tuple(sorted(_scored(odds), key=lambda each: (-each.score, each.first.id)))


def _scored(odds: Mapping[tuple[int, int], tuple[float, NearMiss]]) -> Iterator[NearMiss]:
    """Yield what is worth showing, each score against everything else that either side could be joined with."""
    rivals: dict[int, float] = {}
    for pair, (odd, _) in odds.items():
        for unit in pair:
            rivals[unit] = rivals.get(unit, 0.0) + odd
    for (a, b), (odd, found) in odds.items():
        score = odd / (1 + max(rivals[a], rivals[b]))
        if score >= SHOWN:
            yield NearMiss(found.first, found.second, found.slip, round(score, 4))


def _before_looking(units: Sequence[tuple[Form, ...]], a: int, b: int) -> float:
    """Return the odds that two units are one person, before their codes are looked at.

    Of those who lack a form of the other's wave, about half have one there under another code.
    """
    waves_a, waves_b = ({form.wave for form in units[each]} for each in (a, b))
    lack_b = sum(not waves_b & {form.wave for form in unit} for unit in units)
    lack_a = sum(not waves_a & {form.wave for form in unit} for unit in units)
    return 0.5 / max(1, lack_a, lack_b)


class _Rarity:
    """How often a stranger's code would be this one, from the codes of the workshop themselves."""

    def __init__(self, codes: Iterable[str]):
        self.codes = sorted(codes)
        self.places: dict[int, Counter[str]] = {}
        for code in self.codes:
            for place, part in enumerate(code.split("-")):
                self.places.setdefault(place, Counter())[part] += 1

    def of(self, code: str) -> float:
        """Return the chance of a code: of a card's digits, or of the facts one by one."""
        parts = code.split("-")
        if len(parts) == 1:
            # The last digit of a card follows from the others.
            return float(10.0 ** -max(1, len(code) - 1))
        return prod(self._fact(place, part) for place, part in enumerate(parts))

    def _fact(self, place: int, part: str) -> float:
        seen = self.places.get(place, Counter())
        kinds = 31 if part.isdecimal() and place == 0 else 12
        return (seen[part] + 1) / (seen.total() + kinds)


def _neighbours(units: Sequence[tuple[Form, ...]]) -> set[tuple[int, int]]:
    """Return the pairs of units with codes one slip apart: they share what is left when one sign is taken out."""
    left: dict[str, set[int]] = {}
    for number, unit in enumerate(units):
        for code in {form.code for form in unit}:
            for each in _shortened(code):
                left.setdefault(each, set()).add(number)
    return {pair for numbers in left.values() for pair in combinations(sorted(numbers), 2)}


def _shortened(code: str) -> set[str]:
    parts = code.split("-")
    one_fact_less = {"-".join([*parts[:i], UNKNOWN, *parts[i + 1 :]]) for i in range(len(parts)) if len(parts) > 1}
    return {code} | one_fact_less | {code[:i] + code[i + 1 :] for i in range(len(code))}


def _likeliest(first: Sequence[Form], second: Sequence[Form], rarity: _Rarity) -> tuple[float, NearMiss] | None:
    """Return the best of the forms of two units, with how much likelier its slip is than a stranger's code."""
    found = []
    for a in first:
        for b in second:
            slip, chance = slip_between(a.code, b.code)
            if slip:
                ratio = chance / min(rarity.of(a.code), rarity.of(b.code))
                found.append((ratio, NearMiss(a, b, slip, 0.0)))
    return max(found, key=lambda each: each[0], default=None)


def slip_between(a: str, b: str) -> tuple[str, float]:
    """Return the one slip that makes one code of the other, and the chance of just this slip; "" when there is none."""
    if not a or not b or a == b:
        return "", 0.0
    facts = _fact_missing(a, b)
    if facts:
        return "one fact is missing", SLIPS["one fact is missing"] / facts
    if len(a) == len(b):
        return _changed(a, b)
    short, long = sorted((a, b), key=len)
    if len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long))):
        return "one sign is missing", SLIPS["one sign is missing"] / len(long)
    return "", 0.0


def _fact_missing(a: str, b: str) -> int:
    """Return of how many facts two codes are, when one lacks just one of them; else 0."""
    one, other = a.split("-"), b.split("-")
    if len(one) != len(other) or len(one) == 1:
        return 0
    unlike = [(x, y) for x, y in zip(one, other, strict=True) if x != y]
    return len(one) if len(unlike) == 1 and UNKNOWN in unlike[0] else 0


def _changed(a: str, b: str) -> tuple[str, float]:
    places = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if len(places) == 1:
        x, y = a[places[0]], b[places[0]]
        alike = any(x in group and y in group for group in ALIKE)
        chance = SLIPS["one sign is another"] / len(a) / 10 * (LIKELIER if alike else 1)
        return "one sign is another", chance
    if len(places) == 2 and places[1] == places[0] + 1:
        i, j = places
        if a[i] == b[j] and a[j] == b[i]:
            return "two neighbours changed places", SLIPS["two neighbours changed places"] / (len(a) - 1)
    return "", 0.0
