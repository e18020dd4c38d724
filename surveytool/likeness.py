"""Which answers in words are alike: keys under which spellings of one name meet, and groups of like answers.

Nothing here changes or codes an answer; a group is only what is shown together. Letters of every script count, so a
name in Thai, Lao, Khmer or Burmese has a key as good as one in Latin letters.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from surveytool.text import fold

#: How like two keys of one script must be to stand together, 0 to 100, and how long at least.
LIKE, SHORTEST = 86, 5
#: Keys are compared in blocks of so many with all others, so that thousands fit into memory.
BLOCK = 500

#: What is written short, and what it stands for.
SHORT = {
    "dept": "department",
    "dep": "department",
    "gov": "government",
    "govt": "government",
    "min": "ministry",
    "org": "organisation",
    "organization": "organisation",
    "natl": "national",
    "nat": "national",
    "intl": "international",
    "int": "international",
    "comm": "committee",
    "assn": "association",
    "assoc": "association",
    "univ": "university",
    "dev": "development",
    "prov": "provincial",
    "centre": "center",
    "programme": "program",
}
#: Words that a name is the same without, and that give no initial.
SMALL = frozenset(["a", "an", "and", "at", "for", "in", "of", "on", "the", "to", "by"])

#: The languages whose scripts have a block of their own.
BLOCKS = (
    ("th", "\u0e00", "\u0e7f"),
    ("lo", "\u0e80", "\u0eff"),
    ("my", "\u1000", "\u109f"),
    ("km", "\u1780", "\u17ff"),
    ("my", "\uaa60", "\uaa7f"),
)
#: The same by language.
SCRIPTS = {tag: tuple((first, last) for of, first, last in BLOCKS if of == tag) for tag, _, _ in BLOCKS}
#: Letters that of the six languages Vietnamese alone has.
_VIETNAMESE = re.compile("[\u0103\u0111\u01a1\u01b0\u1ea0-\u1ef9]", re.IGNORECASE)


def script(text: str) -> str:
    """Return th, lo, km or my for a text mostly in that language's script, "" for any other."""
    found = [tag for c in text for tag, first, last in BLOCKS if first <= c <= last]
    letters = sum(c.isalpha() or unicodedata.category(c)[0] == "M" for c in text)
    tag = max(sorted(set(found)), key=found.count, default="")
    return tag if 2 * found.count(tag) >= max(1, letters) else ""


@lru_cache(65_536)
def written_in(text: str, language: str) -> str:
    """Return the language an answer on a form in some language is taken to be in.

    Whole texts in another script are in that script's language. What has nothing of the form's own script is taken
    for English, as names in Latin letters on a Thai form are.
    """
    if any(first <= c <= last for first, last in SCRIPTS.get(language, ()) for c in text):
        return language
    if not text.isascii() and (own := script(text) or ("vi" if _VIETNAMESE.search(text) else "")):
        return own
    return "en" if language in SCRIPTS else language


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: folded, written out, without dots, points and small words."""
    s = fold(text).replace("&", " and ")
    s = re.sub("['\u2019\u2018`\u00b4]", "", s)
    # D.S.D.W. is DSDW; any other dot ends a word.
    s = re.sub(r"(?<!\w)(?:\w\.){2,}(?:\w(?!\w))?", lambda found: found[0].replace(".", ""), s)
    s = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in _plain_latin(s))
    return tuple(SHORT.get(word, word) for word in s.split() if word not in SMALL)


def _plain_latin(text: str) -> str:
    """Return the text without marks on Latin letters: Vietnamese is often typed without them. Other scripts stay."""
    parts = unicodedata.normalize("NFD", text.replace("\u0111", "d"))
    marked = "".join(c for before, c in pairwise("\0" + parts) if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", marked)


def key(text: str) -> str:
    """Return the key of an answer: its words run together, and all of the text where it has no words."""
    return "".join(words(text)) or fold(text)


def initials(text: str) -> str:
    """Return the initials of a name of three words or more in Latin letters, or ""."""
    found = words(text)
    return "".join(word[0] for word in found) if len(found) > 2 and "".join(found).isascii() else ""


def names(text: str) -> tuple[str, ...]:
    """Return the keys of all names an answer gives a body: its own, and an abbreviation it has in brackets."""
    inside = re.findall(r"\(([^()]*)\)", text)
    short = [each for each in inside if re.fullmatch(r"[A-Z][A-Z.\- ]{1,11}", each.strip())]
    if not short:
        return (key(text),)
    without = re.sub(r"\([^()]*\)", " ", text).strip()
    return tuple(dict.fromkeys([key(text), *map(key, [without, *short] if without else short)]))


def groups(texts: Iterable[str]) -> list[list[str]]:
    """Return the texts in groups of like ones, each text once; the same groups whatever order they came in."""
    ordered = sorted(set(texts))
    group = _Groups(len(ordered))
    by_name: dict[str, int] = {}
    for place, text in enumerate(ordered):
        for name in names(text):
            group.join(by_name.setdefault(name, place), place)
    _by_initials(ordered, by_name, group)
    _by_likeness(ordered, group)
    found: dict[int, list[str]] = {}
    for place, text in enumerate(ordered):
        found.setdefault(group.of(place), []).append(text)
    return list(found.values())


def _by_initials(texts: Sequence[str], by_name: Mapping[str, int], group: "_Groups") -> None:
    for place, text in enumerate(texts):
        for each in (text, re.sub(r"\([^()]*\)", " ", text)):
            short = initials(each)
            if short in by_name:
                group.join(by_name[short], place)


def _by_likeness(texts: Sequence[str], group: "_Groups") -> None:
    """Join what differs in little: within a script, in keys long enough, with the same numbers in them."""
    # Loaded when answers are coded: a server that only takes in forms does without.
    import numpy as np
    from rapidfuzz import fuzz, process

    alike: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    keys = ["".join(sorted(words(text))) if script(text) == "" else key(text) for text in texts]
    for place, text in enumerate(texts):
        if len(keys[place]) >= SHORTEST:
            alike.setdefault((script(text), tuple(re.findall(r"\d+", keys[place]))), []).append(place)
    for places in alike.values():
        compared = [keys[place] for place in places]
        for start in range(0, len(places), BLOCK):
            scores = process.cdist(
                compared[start : start + BLOCK], compared, scorer=fuzz.ratio, score_cutoff=LIKE, dtype=np.uint8
            )
            for one, other in zip(*np.nonzero(scores), strict=True):
                group.join(places[start + int(one)], places[int(other)])


class _Groups:
    """Disjoint sets of places; the lowest place speaks for its set."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def of(self, place: int) -> int:
        """Return the place that speaks for another's set."""
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def join(self, one: int, other: int) -> None:
        """Make one set of two."""
        low, high = sorted((self.of(one), self.of(other)))
        self._above[high] = low
