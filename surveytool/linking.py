"""Linking codes: what ties one person's waves together without a name. Codes of cards, and codes people make of facts.

Which facts, and why: docs/workshops.md. Nothing here knows a database.
"""

import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable

from stdnum import damm

from surveytool.text import INVISIBLE, ascii_digits, clean

#: A card's code: six random digits and their check digit. Digits, because every keyboard in the region has them and
#: nobody need change to Latin letters; the check digit finds every slip of one digit and every swapped pair.
DIGITS = 6
#: Codes of one workshop differ in at least so many places, so that one slip cannot turn one card into another.
APART = 3
#: Stands for a fact that was left empty.
UNKNOWN = "_"
#: Vowels of Thai and Lao that are written before the consonant they follow in speech.
_LEADING_VOWELS = "\u0e40-\u0e44\u0ec0-\u0ec4"
#: The Burmese letter and the digit that look the same, and are typed for one another.
WA, ZERO = "\u101d", "\u1040"


def new_code(taken: Collection[str] = ()) -> str:
    """Return a random code for a card, folded, that differs from the taken ones in several places."""
    while True:
        digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        code = digits + damm.calc_check_digit(digits)
        if all(_places_apart(code, other) >= APART for other in taken):
            return code


def _places_apart(first: str, second: str) -> int:
    return sum(a != b for a, b in zip(first, second, strict=False)) + abs(len(first) - len(second))


def check(code: str) -> bool:
    """Whether a code, as typed, is one that a card can bear."""
    folded = fold(code)
    return len(folded) == DIGITS + 1 and folded.isdecimal() and bool(damm.is_valid(folded))


def shown(code: str) -> str:
    """Return a card's code as it is printed: XXX-XXXX."""
    return f"{code[:3]}-{code[3:]}"


def fold(text: str) -> str:
    """Return a card's code as it is compared: digits of any script as 0-9, no case, no spaces, no hyphens."""
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", clean(text))).casefold()
    return re.sub(r"[\s\-\u2010-\u2015\u2212._/]+", "", ascii_digits(text.replace(WA, ZERO)))


def own_code(facts: Iterable[tuple[str, str]]) -> str:
    """Return the code made of facts about oneself, such as 07-ម-ស-03-ក; "" where none was given.

    Each fact comes with what it takes (number or letter). Raises ValueError where one that takes a number has none.
    """
    parts = [_number(text) if takes == "number" else first_letter(text) for takes, text in facts]
    return "-".join(part or UNKNOWN for part in parts) if any(parts) else ""


def _number(text: str) -> str:
    """Return a number with two digits, whatever script it was typed in and whatever word stands after it."""
    text = ascii_digits(INVISIBLE.sub("", clean(text)).replace(WA, ZERO))
    if not text:
        return ""
    found = re.fullmatch(r"(\d{1,2})\D*", text)
    if found is None:
        raise ValueError(f"not a number of one or two digits: {text!r}")
    return f"{int(found[1]):02}"


def first_letter(text: str) -> str:
    """Return the first letter of a word without its marks, in its own script; of Thai and Lao the first consonant.

    A vowel written before its consonant (the E of Thai and Lao) is passed over, since people differ in which of the
    two they call the first. Burmese and Khmer letters stand first already, their vowels and subscripts after them.
    """
    text = unicodedata.normalize("NFKD", INVISIBLE.sub("", clean(text)).replace(ZERO, WA).casefold())
    letters = [c for c in text if unicodedata.category(c).startswith("L")]
    spoken = [c for c in letters if not re.match(f"[{_LEADING_VOWELS}]", c)]
    return next(iter(spoken or letters), "")
