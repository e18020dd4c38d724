"""What is done to text in five scripts: cleaning, folding for comparison, digits, years and dates, Zawgyi.

Facts and their evidence: docs/languages.md. Invisible characters are written as escapes on purpose.
"""

import datetime
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
DIRECTION = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_ENDS = re.compile(rf"^(?:\s|{INVISIBLE.pattern})+|(?:\s|{INVISIBLE.pattern})+$")


def clean(text: str) -> str:
    """Return the text as it is used: NFC, without controls and direction marks, nothing invisible at the ends.

    An answer made only of spaces and zero-width characters (Khmer and Lao keyboards type U+200B) becomes "".
    """
    if text.isascii() and text.isprintable():  # most fields, codes and empty ones: nothing below would change them
        return text.strip()
    # Lone surrogates cannot be stored or sent as UTF-8; they come from damaged input only.
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = unicodedata.normalize("NFC", DIRECTION.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    return _ENDS.sub("", text)


def fold(text: str) -> str:
    """Return the key under which two spellings of one word meet; never shown, never stored over the answer."""
    s = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    # Burmese: digit zero typed for the letter wa, and the reverse inside numbers
    s = re.sub("\u1040(?=[\u1000-\u103f])|(?<=[\u1000-\u103f])\u1040(?![\u1040-\u1049])", "\u101d", s)
    s = _burmese_zeros(s)
    s = s.replace("\u1025\u103a", "\u1009\u103a")
    s = re.sub("[\u102d\u102f]{2,}", lambda m: "".join(sorted(m[0])), s)
    # Thai and Lao: sara am in any spelling and tone order; doubled sara e; Lao h + l
    s = _sara_am(s, "\u0e4d", "\u0e48-\u0e4b", "\u0e32", "\u0e33")
    s = _sara_am(s, "\u0ecd", "\u0ec8-\u0ecb", "\u0eb2", "\u0eb3")
    s = s.replace("\u0e40\u0e40", "\u0e41").replace("\u0ec0\u0ec0", "\u0ec1").replace("\u0eab\u0ebc", "\u0eab\u0ea5")
    # Khmer: split vowels, subscript da for ta, the two spellings of "give"
    s = s.replace("\u17c1\u17b8", "\u17be").replace("\u17c1\u17b6", "\u17c4")
    s = s.replace("\u17d2\u178a", "\u17d2\u178f").replace("\u17b2", "\u17b1")
    s = re.sub("[\u2010-\u2015\u2212]", "-", ascii_digits(s))
    return re.sub(r"\s+", " ", s).strip()


def _burmese_zeros(text: str) -> str:
    """Write a digit zero where the letter wa, which looks the same, was typed inside a Burmese number."""
    return re.sub("(?<=[\u1040-\u1049])\u101d+(?=[\u1040-\u1049]|$)", lambda m: "\u1040" * len(m[0]), text)


def _sara_am(text: str, mark: str, tones: str, aa: str, am: str) -> str:
    """Write the vowel am one way: as one character, after the tone mark."""
    pattern = f"{mark}*([{tones}]?){mark}*{aa}"
    return re.sub(pattern, lambda m: m[1] + (am if mark in m[0] else aa), text)


def ascii_digits(text: str) -> str:
    """Write every decimal digit of every script as 0-9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


# Numbers ---------------------------------------------------------------------------------------------------------


def read_number(text: str) -> float:
    """Read a small number typed in any script's digits, with a point or a comma as decimal sign, `%` allowed after it.

    The one separator is the decimal sign, whichever it is; two are refused, because 1.234,5 and 1,234.5 are not
    told apart by locale here. Raises ValueError for anything else.
    """
    s = re.sub(r"\s", "", INVISIBLE.sub("", ascii_digits(_burmese_zeros(clean(text)))))
    s = re.sub(r"[%٪]$", "", s).replace(",", ".").replace("\u2212", "-")
    if not re.fullmatch(r"[+-]?\d{1,12}(\.\d{1,6})?", s):
        raise ValueError(f"not a number: {text!r}")
    return float(s)


# Years and dates -------------------------------------------------------------------------------------------------

BUDDHIST = re.compile(r"พ\.?\s*ศ|ພ\.?\s*ສ|ព\.?\s*ស|\bB\.?\s*E\b", re.I)
COMMON = re.compile(r"ค\.?\s*ศ|ຄ\.?\s*ສ|គ\.?\s*ស|\b(?:A\.?D|C\.?E)\b", re.I)
BUDDHIST_OFFSET = 543


def four_digits(text: str) -> str:
    """Return the first run of exactly four digits in a text, as 0-9, or ""."""
    found = re.search(r"(?<!\d)\d{4}(?!\d)", ascii_digits(text))
    return found[0] if found else ""


class Year(NamedTuple):
    """A year of the common era (None when it could not be read) and how it was understood."""

    year: int | None
    understood: str


def read_year(text: str, today: datetime.date | None = None) -> Year:
    """Read a year written in any script, in the common or the Buddhist era.

    `understood` is "common", "marked common", "marked buddhist", "looks buddhist" (to be confirmed once),
    "two digits", "implausible" or "none". Only the first three pass without a question.
    """
    latest = (today or datetime.date.today()).year + 10
    digits = four_digits(text)
    if not digits:
        return Year(None, "two digits" if re.search(r"\d\d", text) else "none")
    year = int(digits)
    if COMMON.search(text):
        return Year(year, "marked common") if 1900 <= year <= latest else Year(None, "implausible")
    if BUDDHIST.search(text):
        common = year - BUDDHIST_OFFSET
        return Year(common, "marked buddhist") if 1900 <= common <= latest else Year(None, "implausible")
    if 1900 <= year <= latest:
        return Year(year, "common")
    if 1900 <= year - BUDDHIST_OFFSET <= latest:
        return Year(year - BUDDHIST_OFFSET, "looks buddhist")
    return Year(None, "implausible")


@dataclass(frozen=True, slots=True)
class Date:
    """A date as far as it was given: year of the common era, month and day or None."""

    year: int
    month: int | None
    day: int | None
    #: How the year was understood, as `read_year` says it.
    understood: str

    @property
    def precision(self) -> str:
        """Return "day", "month" or "year"."""
        return "day" if self.day else "month" if self.month else "year"

    def __str__(self) -> str:
        parts = [f"{self.year:04}"] + [f"{n:02}" for n in (self.month, self.day) if n]
        return "-".join(parts)


class UnreadDate(ValueError):
    """A date that could not be read; `why` is "date", or the `understood` of its year."""

    def __init__(self, why: str, year: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.year = year


def read_date(text: str, confirmed_buddhist: bool = False, today: datetime.date | None = None) -> Date:
    """Read a date typed as day, month, year (any separator), as month and year, or as a year alone.

    ISO order (2003-05-19) is recognised by its leading year. Raises UnreadDate, whose `why` says what to ask:
    an unmarked Buddhist year ("looks buddhist") is refused until `confirmed_buddhist`.
    """
    text = _burmese_zeros(text)
    year, understood = read_year(text, today)
    if understood == "looks buddhist" and not confirmed_buddhist:
        raise UnreadDate(understood, year)
    if year is None:
        raise UnreadDate(understood if understood != "none" else "date")
    numbers = re.findall(r"\d+", ascii_digits(text))
    place = next(i for i, digits in enumerate(numbers) if len(digits) == 4)
    others = numbers[:place] + numbers[place + 1 :]
    if len(others) > 2 or any(len(digits) > 2 for digits in others):
        raise UnreadDate("date")
    rest = [int(digits) for digits in others]
    if place:  # the day stands before the month everywhere in the region, unless the year leads
        rest.reverse()
    month, day = [*rest, None, None][:2]
    return _whole_date(year, month, day, understood)


def _whole_date(year: int, month: int | None, day: int | None, understood: str) -> Date:
    try:
        datetime.date(year, month or 1, day or 1)
    except ValueError:
        raise UnreadDate("date") from None
    if month == 0 or day == 0:
        raise UnreadDate("date")
    return Date(year, month, day, understood)


# Zawgyi ----------------------------------------------------------------------------------------------------------

ZAWGYI = 0.95


@cache
def _detector() -> Any:
    from myanmartools import ZawgyiDetector

    return ZawgyiDetector()


def zawgyi_probability(text: str) -> float:
    """Return how likely the Burmese in a text is Zawgyi-encoded, 0 to 1; 0 for a text without Burmese.

    Judge whole responses: single short words are unreliable.
    """
    if not re.search("[\u1000-\u109f]", text):
        return 0.0
    return max(0.0, float(_detector().get_zawgyi_probability(text)))


@cache
def _zawgyi_converter() -> Any:
    """Return ICU's own Zawgyi converter, or None where PyICU is not installed (an optional extra)."""
    try:
        from icu import Transliterator
    except ImportError:
        return None
    return Transliterator.createInstance("Zawgyi-my")


def convert_zawgyi(text: str) -> str | None:
    """Return the text in Unicode, or None where no converter is installed."""
    converter = _zawgyi_converter()
    return None if converter is None else str(converter.transliterate(text))
