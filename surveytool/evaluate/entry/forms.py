"""What a clerk fills in: what the paper says of itself, and the questions with the keys that answer them."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase

from surveytool.definitions import Item, Wording
from surveytool.entries import MODES, SERIAL, About
from surveytool.reading import FieldError
from surveytool.text import UnreadDate, ascii_digits, clean, four_digits, read_date

# What the paper says of itself ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AboutForm:
    """Language, mode, date and serial number as typed, and what is wrong with them."""

    language: str = ""
    mode: str = "paper"
    date: str = ""
    serial: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    #: The year to confirm as one of the Buddhist era, as four digits.
    confirm: str = ""

    @classmethod
    def of(cls, about: About) -> "AboutForm":
        """Return the form that shows what is known."""
        date = f"{about.filled_on:%d/%m/%Y}" if about.filled_on else ""
        return cls(about.language, about.mode, date, about.serial)


def read_about(sent: Mapping[str, str], languages: Collection[str]) -> tuple[AboutForm, About | None]:
    """Return the form as typed, and what it says, or None where it cannot be read."""
    language, mode = sent.get("language", ""), sent.get("mode", "")
    date, serial = clean(sent.get("filled_on", "")), ascii_digits(clean(sent.get("serial", "")))
    errors, confirm, filled_on = {}, "", None
    if language not in languages:
        errors["language"] = "Choose the language that the form is written in."
    if mode not in MODES:
        errors["mode"] = "Choose how the form came."
    if len(serial) > SERIAL or not serial.isprintable():
        errors["serial"] = f"A serial number has {SERIAL} characters at most."
    if date:
        try:
            filled_on = _day(date, sent.get("filled_on.confirmed", ""))
        except UnreadDate as unread:
            errors["filled_on"] = date_message(unread.why, four_digits(date), unread.year)
            confirm = four_digits(date) if unread.why == "looks buddhist" else ""
    about = None if errors else About(language, mode, filled_on, serial)
    return AboutForm(language, mode, date, serial, errors, confirm), about


def _day(typed: str, confirmed: str) -> datetime.date:
    """Return a date that is known to the day and has come. Raises UnreadDate."""
    read = read_date(typed, confirmed_buddhist=bool(confirmed) and ascii_digits(confirmed) == four_digits(typed))
    if read.month is None or read.day is None:
        raise UnreadDate("part")
    found = datetime.date(read.year, read.month, read.day)
    if found > datetime.date.today() + datetime.timedelta(days=1):
        raise UnreadDate("future")
    return found


def date_message(why: str, typed: str, common: object) -> str:
    """Return what to tell a clerk about a date."""
    return {
        "looks buddhist": f"{typed} looks like a year of the Buddhist era; it would be {common} in the common era.",
        "two digits": "Write the year with four digits, as on the form; if it has only two there, ask an evaluator.",
        "implausible": "The year cannot be right. Look at the form again.",
        "part": "Write day, month and year; leave it empty where the form does not say all three.",
        "future": "This day has not come yet. Look at the form again.",
    }.get(why, "This is no date. Write day, month and year, such as 19/5/2003; month and year, or the year alone.")


# The questions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One answer to choose, with the key that chooses it."""

    value: str
    label: str
    #: In English, where the form is in another language.
    english: str
    key: str
    chosen: bool


@dataclass(frozen=True)
class Question:
    """One question as the clerk sees it."""

    item: Item
    label: str
    english: str
    hint: str
    choices: Sequence[Choice]
    #: What is typed in words, digits or as a date.
    text: str
    #: Whether it was asked, by the routing and what has been typed.
    asked: bool
    error: str
    #: The year confirmed as one of the Buddhist era, or "".
    confirmed: str = ""

    @property
    def kind(self) -> str:
        """Which keys it takes: "one" of several choices, "several", or "text"."""
        return {"select_one": "one", "select_multiple": "several"}.get(self.item.type, "text")


def question(
    item: Item,
    wording: Wording,
    english: Wording,
    typed: Mapping[str, Sequence[str]],
    asked: bool,
    error: FieldError | None,
) -> Question:
    """Return one question with what has been typed for it."""
    chosen = typed.get(f"{item.name}.choice" if item.type == "text" else item.name, ())
    label = wording.label(item.name)
    return Question(
        item=item,
        label=label,
        english=_unless_same(english.label(item.name), label),
        hint=_hint(item, wording),
        choices=[_choice(item, code, key, wording, english, code in chosen) for code, key in keys(item).items()],
        text="" if item.type.startswith("select") else "\n".join(typed.get(item.name, ())),
        asked=asked,
        error=message(error, item, english) if error else "",
        confirmed=next(iter(typed.get(f"{item.name}.confirmed", ())), ""),
    )


def _hint(item: Item, wording: Wording) -> str:
    """Return the help under a question; of a code in parts, what they are and how they are typed."""
    if item.type != "linking_code" or not item.choices:
        return wording.hint(item.name)
    parts = " – ".join(wording.choice(item.choice_list, code) for code in item.codes)
    return f"Type the parts with hyphens between them, and _ for one that is empty, such as 07-m-s-02-_: {parts}"


def _choice(item: Item, code: str, key: str, wording: Wording, english: Wording, chosen: bool) -> Choice:
    label = wording.choice(item.choice_list, code)
    return Choice(code, label, _unless_same(english.choice(item.choice_list, code), label), key, chosen)


def _unless_same(english: str, label: str) -> str:
    return "" if english == label else english


def keys(item: Item) -> dict[str, str]:
    """Return the key for each choice: 0 to 4 on a scale, y and n, a for N/A, else 1 to 9; letters where several may be.

    Choices beyond the ninth have none; they are reached with the arrow keys.
    """
    if item.type == "select_multiple":
        letters = dict(zip(item.codes, ascii_lowercase, strict=False))
        printed = {c.name: c.number for c in item.choices if len(c.number) == 1 and c.number in ascii_lowercase}
        return {code: (printed if len(printed) == len(item.codes) else letters).get(code, "") for code in item.codes}
    if item.type == "linking_code":
        return {}
    found, digits = {}, iter("123456789")
    plain = [code for code in item.codes if code not in item.missing_codes]
    for code in item.codes:
        if code in item.missing_codes:
            found[code] = "a"
        elif set(plain) == {"yes", "no"}:
            found[code] = code[0]
        else:
            found[code] = code if item.scale and len(code) == 1 else next(digits, "")
    return found


def message(error: FieldError, item: Item, english: Wording) -> str:
    """Return what to tell a clerk about one answer."""
    if error.code == "constraint":
        return english.constraint_message(item.name) or "This number cannot be right."
    if error.code in ("looks_buddhist", "two_digits", "implausible", "date"):
        typed, common = str(error.params.get("typed", "")), error.params.get("common")
        return date_message(error.code.replace("_", " "), typed, common)
    return {
        "number": "This is no number.",
        "number_in_code": "The day and the number of brothers and sisters are numbers of one or two digits.",
        "whole_number": "This must be a whole number, without point or comma.",
        "too_long": f"This is too long to be kept; {error.params.get('limit')} characters at most.",
        "no_such_card": f"“{error.params.get('typed')}” is not a code of a card of this workshop. Compare it with the "
        "paper; if it is written so there, say so when the form is looked over once more.",
        "choice": "This is none of the answers to choose from.",
    }[error.code]
