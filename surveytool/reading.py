"""Reads a submission by its questionnaire: from what was sent to what was given, and to the rows that are kept.

Stores nothing. What cannot be read comes back as an error beside its item.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from surveytool.definitions import Given, Item, Questionnaire, holds
from surveytool.definitions.questionnaire import variables_of
from surveytool.linking import UNKNOWN, check, fold, own_code
from surveytool.text import (
    ZAWGYI,
    Date,
    UnreadDate,
    ascii_digits,
    clean,
    convert_zawgyi,
    four_digits,
    read_date,
    read_number,
    zawgyi_probability,
)

#: What a client sends: field name to one value or several.
Sent = Mapping[str, Sequence[str]]

#: Fields of the forms that steer them and are no answers.
STEERING = ("submission", "switch", "clear", "receipt", "confirmed", "device", "queued")

#: Longest verbatim and longest identity item, in characters. Khmer and Burmese take several for a visible letter.
LIMIT = 10_000
IDENTITY_LIMIT = 500
#: Longest linking code, folded.
LINKING_LIMIT = 80
#: How forms are sent by those who fill them in, who can be asked again.
ASKED_BACK = ("web", "ODK")


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one item's answer: a stable code, and what the message quotes."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """A submission as read: what was given for each item, the answer rows, and what could not be read."""

    given: Mapping[str, Given]
    rows: Sequence[Mapping[str, str | None]]
    errors: Mapping[str, FieldError]
    zawgyi: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)
    #: The linking code, folded, or "".
    linking: str = ""


def read_form(
    q: Questionnaire,
    sent: Sent,
    *,
    mode: str = "web",
    wave: str | None = None,
    is_card: Callable[[str], bool] = check,
    ask_back: bool = False,
) -> Form:
    """Read a submission by its questionnaire, without storing anything.

    `is_card` says whether a folded code can be that of a card; one that cannot is asked about once, of those who fill
    the form in themselves, and of whoever types it while the paper is at hand (`ask_back`).
    """
    asking = ask_back or mode in ASKED_BACK
    texts = {name: [clean(value) for value in values] for name, values in sent.items()}
    texts, zawgyi = _without_zawgyi(q, texts)
    given: dict[str, Given] = {"mode": Given(codes=frozenset({mode}))}
    if wave:
        given["wave"] = Given(codes=frozenset({wave}))
    dates: dict[str, Date] = {}
    errors: dict[str, FieldError] = {}
    for item in q.items.values():
        try:
            if item.type == "linking_code":
                given[item.name] = _read_code(item, texts, is_card if asking else None)
            else:
                given[item.name] = _read_item(item, texts, dates)
        except _Unreadable as unreadable:
            errors[item.name] = unreadable.error
    identity = {name: given[name].text for name, item in q.items.items() if item.identity and name in given}
    rows = [] if errors else _rows(q, given, dates)
    codes = (given[name].text for name, item in q.items.items() if item.type == "linking_code" and name in given)
    linking = next((code for code in codes if code), "")
    return Form(given, rows, errors, zawgyi, {name: text for name, text in identity.items() if text}, linking)


class _Unreadable(Exception):
    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.error = FieldError(code, params)


def date_parts(name: str) -> tuple[str, str, str]:
    """Return the names of the three fields of a date item."""
    return f"{name}.day", f"{name}.month", f"{name}.year"


def _read_item(item: Item, texts: Mapping[str, Sequence[str]], dates: dict[str, Date]) -> Given:
    """Return what was given for an item. Raises _Unreadable."""
    if item.type == "date":
        return _read_date(item, texts, dates)
    if item.type in ("select_one", "select_multiple"):
        return Given(codes=_codes(item, texts.get(item.name, ())))
    text = _single(texts, item.name)
    if item.type == "text":
        limit = IDENTITY_LIMIT if item.identity else LIMIT
        if len(text) > limit:
            raise _Unreadable("too_long", limit=limit)
        # N/A ticked beside a written answer: what was written says more.
        return Given(text=text) if text else Given(codes=_codes(item, texts.get(f"{item.name}.choice", ())))
    return _read_number(item, text)


def _read_code(item: Item, texts: Mapping[str, Sequence[str]], is_card: Callable[[str], bool] | None) -> Given:
    """Return the linking code, folded: from one field, or from one for each fact that it is made of."""
    typed = _single(texts, item.name)
    if item.choices:
        return Given(text=_own_code(item, texts, typed))
    code = fold(typed)
    if len(code) > LINKING_LIMIT:
        raise _Unreadable("too_long", limit=LINKING_LIMIT)
    confirmed = fold(_single(texts, f"{item.name}.confirmed"))
    if code and is_card and not is_card(code) and code != confirmed:
        raise _Unreadable("no_such_card", typed=code)
    return Given(text=code)


def _own_code(item: Item, texts: Mapping[str, Sequence[str]], typed: str) -> str:
    """Return the code made of facts about oneself; typed from paper, they may stand in one field, with hyphens."""
    facts = [_single(texts, name) for name in code_parts(item)]
    if typed and not any(facts):
        facts = [*("" if part == UNKNOWN else part for part in re.split(r"[-\s]+", typed)), *facts][: len(facts)]
    try:
        return own_code(zip((choice.takes for choice in item.choices), facts, strict=True))
    except ValueError:
        raise _Unreadable("number_in_code") from None


def code_parts(item: Item) -> list[str]:
    """Return the names of the fields that a code of one's own is made of."""
    return [f"{item.name}.{choice.name}" for choice in item.choices]


def _single(texts: Mapping[str, Sequence[str]], name: str) -> str:
    """Return the one value of a field; a field sent twice by a damaged client is read whole, not dropped."""
    return "\n".join(value for value in texts.get(name, ()) if value)


def _codes(item: Item, values: Sequence[str]) -> frozenset[str]:
    chosen = frozenset(value for value in values if value)
    unknown = sorted(chosen - set(item.codes))
    if unknown or (item.type == "select_one" and len(chosen) > 1):
        raise _Unreadable("choice", given=(unknown or sorted(chosen))[0][:80])
    return chosen


def _read_number(item: Item, text: str) -> Given:
    if not text:
        return Given()
    try:
        number = read_number(text)
    except ValueError:
        raise _Unreadable("number") from None
    # 1,000 in a field for whole numbers may be a thousand or one; it is asked for again.
    if item.type == "integer" and any(sign in text for sign in ".,"):
        raise _Unreadable("whole_number")
    given = Given(number=number)
    if not holds(item.constraint, {item.name: given}):
        raise _Unreadable("constraint")
    return given


def _read_date(item: Item, texts: Mapping[str, Sequence[str]], dates: dict[str, Date]) -> Given:
    """Read a date from one field, or from three; an unmarked Buddhist year has to be confirmed once."""
    typed = _single(texts, item.name)
    parts = [_single(texts, name) for name in date_parts(item.name)]
    if not typed and not any(parts):
        return Given()
    if not typed:
        typed = _joined(*parts)
    confirmed = ascii_digits(_single(texts, f"{item.name}.confirmed"))
    try:
        date = read_date(typed, confirmed_buddhist=bool(confirmed) and confirmed == four_digits(typed))
    except UnreadDate as unread:
        raise _Unreadable(unread.why.replace(" ", "_"), typed=four_digits(typed), common=unread.year) from None
    dates[item.name] = date
    return Given(text=typed)


def _joined(day: str, month: str, year: str) -> str:
    """Join three fields as typed; a day without its month says nothing, so it is no date."""
    if (day and not month) or ((day or month) and not year):
        raise _Unreadable("date")
    if any(part and not ascii_digits(part).isdecimal() for part in (day, month)):
        raise _Unreadable("date")
    return "/".join(part for part in (day, month, year) if part)


def _without_zawgyi(q: Questionnaire, texts: dict[str, list[str]]) -> tuple[dict[str, list[str]], str]:
    """Convert Zawgyi where the whole response is in it; judged over all its text, since single words deceive."""
    names = [item.name for item in q.items.values() if item.type == "text"]
    names += [name for item in q.items.values() if item.type == "linking_code" for name in code_parts(item)]
    pooled = "\n".join(value for name in names for value in texts.get(name, ()))
    if zawgyi_probability(pooled) <= ZAWGYI:
        return texts, ""
    converted = convert_zawgyi(pooled)
    if converted is None:
        return texts, "marked"
    if converted == pooled:
        return texts, ""
    changed = {name: [clean(convert_zawgyi(v) or v) for v in texts[name]] for name in names if name in texts}
    return texts | changed, "converted"


def identifies(q: Questionnaire, name: str) -> bool:
    """Whether a field of the form says who sent it."""
    item = q.items.get(name.split(".")[0])
    return item is not None and item.identity


def links(q: Questionnaire, name: str) -> bool:
    """Whether a field of the form is part of a linking code."""
    item = q.items.get(name.split(".")[0])
    return item is not None and item.type == "linking_code"


# Rows: one for each variable ------------------------------------------------------------------------------------------


def _rows(q: Questionnaire, given: Mapping[str, Given], dates: Mapping[str, Date]) -> list[dict[str, str | None]]:
    """Return one row for each variable: a value, or why there is none."""
    asked = q.asked(given)
    sections = q.with_sections(given)
    rows = []
    for section in q.sections:
        for item in section.items:
            if item.stored:
                anything = sections[section.name].answered
                rows += _item_rows(item, given[item.name], item.name in asked, anything, dates.get(item.name))
    return rows


def _item_rows(
    item: Item, given: Given, asked: bool, section_answered: bool, date: Date | None
) -> list[dict[str, str | None]]:
    blank = {"state": "no_answer" if asked else "not_asked", "code": None, "text": None, "date": None}
    blank |= {"understood": None}
    if item.type == "select_multiple":
        # Nothing ticked means "none of these" once anything in the section was answered.
        filled = given.answered or (asked and section_answered)
        return [
            blank
            | {"variable": v.name}
            | ({"state": "value", "code": "1" if v.choice.name in given.codes else "0"} if filled and v.choice else {})
            for v in variables_of(item)
        ]
    return [{**blank, "variable": item.name, **_value(item, given, asked, date)}]


def _value(item: Item, given: Given, asked: bool, date: Date | None) -> dict[str, str | None]:
    """Return what an answer row holds where something was given, or nothing."""
    if given.codes & item.missing_codes:
        return {"state": "not_applicable" if asked else "not_asked"}
    if date:
        stored = {"code": str(date.year), "date": str(date), "understood": date.understood}
        return {"state": "value", "text": given.text, **stored}
    if given.number is not None:
        return {"state": "value", "code": f"{given.number:.10g}"}
    if given.codes:
        return {"state": "value", "code": next(iter(given.codes))}
    return {"state": "value", "text": given.text} if given.text else {}
