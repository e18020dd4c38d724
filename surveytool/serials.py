"""The number of a printed form: made at random when it is printed, typed by a clerk who enters it.

Twelve digits, the last a check digit (Damm), which notices every single wrong digit and every swap of two neighbours.
The first is never 0, so that a spreadsheet keeps it whole. Digits alone: they are read and typed alike in every
language, on any keyboard. Nothing is stored when a form is printed, so nothing needs to be looked up to read one.
"""

import re
import secrets

from stdnum import damm

from surveytool.text import INVISIBLE, ascii_digits

LENGTH = 12


class UnreadSerial(ValueError):
    """What was typed is no number of a printed form; `why` is "length", "check" or "collection"."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(words)
        self.why = why


def new_serial() -> str:
    """Return a new number; that it was given before is about as likely as one grain found twice on a beach."""
    body = str(1 + secrets.randbelow(9)) + "".join(str(secrets.randbelow(10)) for _ in range(LENGTH - 2))
    return body + str(damm.calc_check_digit(body))


def new_serials(count: int) -> list[str]:
    """Return so many numbers, no two the same."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[new_serial()] = None
    return list(found)


def shown(serial: str) -> str:
    """Return a number as it is printed, in groups of four."""
    return " ".join(re.findall(r".{1,4}", serial))


def mark(join_code: str, serial: str) -> str:
    """Return what the QR code of a printed form says.

    It is no address: whoever scans it learns what is printed beside it, and nothing is opened or fetched.
    """
    return f"surveytool:{join_code}:{serial}"


def read_serial(text: str, join_code: str = "") -> str:
    """Return the number that a clerk typed, in any script's digits, with or without spaces and hyphens.

    A scanner that types for its owner sends the whole QR code; that is read too, and held against `join_code` where
    one is given. Raises UnreadSerial, whose words can be shown beside the field.
    """
    place, _, typed = text.strip().rpartition(":")
    if place and join_code and place != mark(join_code, "").rstrip(":"):
        raise UnreadSerial("collection", "This form belongs to another collection.")
    serial = re.sub(r"[\s\-\u2010-\u2015]", "", ascii_digits(INVISIBLE.sub("", typed)))
    if not re.fullmatch(rf"[1-9][0-9]{{{LENGTH - 1}}}", serial):
        raise UnreadSerial("length", f"A form number has {LENGTH} digits. Please look at it again.")
    if not damm.is_valid(serial):
        raise UnreadSerial("check", "This is no form number: one digit is wrong, or two are swapped.")
    return serial
