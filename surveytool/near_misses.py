"""Codes that differ by one slip of the pen: suggestions, each with a score; never applied by themselves.

The score is the chance that two forms are one person's, given their codes: how likely the slip is, against how likely
anybody else would have a code so near (Fellegi & Sunter 1969, JASA 64:1183-1210), and given that nobody has two
partners: what has a better partner elsewhere is no rival (sums over all ways to pair, by passing messages: Huang &
Jebara 2009, arXiv:0908.1769). So a card's random digits give scores near 1, and codes people make of facts give less
where their facts are common or many people are left. The rates of slips are house estimates.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
#: How many other signs a digit, and a letter that names begin with, can be mistaken for.
OTHER_DIGITS, OTHER_LETTERS = 9, 20
#: How often each value of a fact is taken to have been given before anyone was asked: days are spread evenly, letters
#: and numbers of brothers and sisters are not, and what nobody can mean (day 73) is hardly ever given.
EXPECTED_DAY, EXPECTED, IMPOSSIBLE = 4.0, 1.0, 0.1
#: When passing messages has settled, and after how many rounds it stops in any case.
SETTLED, ROUNDS = 1e-9, 100
#: How often somebody answers the same form twice.
TWICE = 0.03
#: A suggestion is shown from this score on, and called likely from that.
SHOWN, LIKELY = 0.2, 0.6
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
    rarity = _Rarity([*units, *pairing.waiting])
    waves = [frozenset(form.wave for form in unit) for unit in units]
    of_waves = Counter(waves)
    odds: dict[tuple[int, int], float] = {}
    best: dict[tuple[int, int], NearMiss] = {}
    for a, b in _neighbours(units):
        if waves[a] & waves[b]:
            continue
        if any(frozenset((f.id, g.id)) in held for f in units[a] for g in units[b]):
            continue
        found = _likeliest(units[a], units[b], rarity)
        if found:
            odds[a, b], best[a, b] = found[0] * _before_looking(of_waves, waves[a], waves[b]), found[1]
    scored = (replace(best[pair], score=round(chance, 4)) for pair, chance in _chances(odds).items() if chance >= SHOWN)
    return tuple(sorted(scored, key=lambda each: (-each.score, each.first.id)))


def same_code_score(pairing: Pairing, first: Form, second: Form) -> float:
    """Return the chance that two forms that bear one code, in a group that waits, are one person's.

    Of one wave: that somebody answered twice, against that two people have one code. Of two waves: that, or else that
    of those who share the code this is the one.
    """
    code = first.code
    rarity = _Rarity([*(each.forms for each in pairing.people), *((form,) for form in pairing.alone), *pairing.waiting])
    strangers = max(0, rarity.people - 1) * rarity.of(code, {code})
    twice = TWICE / (TWICE + strangers)
    if first.wave == second.wave:
        return twice
    sharing = [form for group in pairing.waiting for form in group if form.code == code]
    most = max(sum(form.wave == each.wave for form in sharing) for each in (first, second))
    return twice + (1 - twice) / max(1, most)


def _chances(odds: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Return the chance of each pair, where each unit has one partner or none.

    A way to pair weighs the product of its odds. Exact where the pairs that might be make no ring; near it elsewhere.
    """
    weights: dict[int, dict[int, float]] = {}
    for (a, b), odd in odds.items():
        weights.setdefault(a, {})[b] = weights.setdefault(b, {})[a] = odd
    # What one says to another: how good a partner it is, given its other choices.
    said = {(a, b): odd for a, others in weights.items() for b, odd in others.items()}
    for _ in range(ROUNDS):
        heard = {a: sum(said[b, a] for b in others) for a, others in weights.items()}
        again = {(a, b): weights[a][b] / (1 + max(0.0, heard[a] - said[b, a])) for a, b in said}
        moved = max((abs(again[each] - said[each]) / (1 + again[each]) for each in again), default=0.0)
        said = again
        if moved < SETTLED:
            break
    heard = {a: sum(said[b, a] for b in others) for a, others in weights.items()}
    return {(a, b): said[b, a] / (1 + heard[a]) for a, b in odds}


def _before_looking(waves: Mapping[frozenset[str], int], a: frozenset[str], b: frozenset[str]) -> float:
    """Return the odds that two units are one person, before their codes are looked at.

    `waves` is how many units have forms of just which waves. Of those who lack a form of the other's wave, about half
    have one there under another code.
    """
    lack_a, lack_b = (sum(n for of, n in waves.items() if not of & each) for each in (a, b))
    return 0.5 / max(1, lack_a, lack_b)


class _Rarity:
    """How often a stranger's code would be this one, from the codes of the workshop themselves."""

    def __init__(self, units: Iterable[Sequence[Form]]):
        codes = [code for unit in units for code in sorted({form.code for form in unit if form.code})]
        self.people = len(codes)
        self.places: dict[int, Counter[str]] = {}
        for code in codes:
            for place, part in enumerate(code.split("-")):
                self.places.setdefault(place, Counter())[part] += 1

    def of(self, code: str, apart_from: Collection[str]) -> float:
        """Return the chance of a code: of a card's digits, or of the facts one by one.

        The codes looked at are left out of what others gave: that a fact is rare must not be hidden by its own.
        """
        parts = code.split("-")
        if len(parts) == 1:
            # The last digit of a card follows from the others.
            return float(10.0 ** -max(1, len(code) - 1))
        return prod(
            self._fact(place, part, [each.split("-") for each in apart_from]) for place, part in enumerate(parts)
        )

    def _fact(self, place: int, part: str, own: Sequence[Sequence[str]]) -> float:
        seen = self.places[place]
        others = self.people - len(own)
        given = seen[part] - sum(len(each) > place and each[place] == part for each in own)
        if not part.isdecimal():
            kinds = max(12, len(seen))
            return (given + EXPECTED) / (others + kinds * EXPECTED)
        values, each = (range(1, 32), EXPECTED_DAY) if place == 0 else (range(10), EXPECTED)
        return (given + (each if int(part) in values else IMPOSSIBLE)) / (others + len(values) * each)


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
    codes = {form.code for form in (*first, *second)}
    for a in first:
        for b in second:
            slip, chance = slip_between(a.code, b.code)
            if slip:
                # Either of the two may be the one that was meant.
                ratio = chance * (1 / rarity.of(a.code, codes) + 1 / rarity.of(b.code, codes)) / 2
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
        others = OTHER_DIGITS if x.isdecimal() else OTHER_LETTERS
        chance = SLIPS["one sign is another"] / len(a.replace("-", "")) / others * (LIKELIER if alike else 1)
        return "one sign is another", chance
    if len(places) == 2 and places[1] == places[0] + 1:
        i, j = places
        if a[i] == b[j] and a[j] == b[i]:
            return "two neighbours changed places", SLIPS["two neighbours changed places"] / (len(a) - 1)
    return "", 0.0
