"""A partner fills in the form with a browser without JavaScript: languages, follow-ups, mistakes, receipts."""

import io
import re
import threading
import unicodedata
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from stdnum import damm
from werkzeug.test import encode_multipart

from surveytool import collections, tabulate
from surveytool.languages import LANGUAGES
from surveytool.models import Answer, Collection, Identity, Judgement, Response, SetAside, db

TAGS = tuple(LANGUAGES)

DIGITS = {"th": "๐๑๒๓๔๕๖๗๘๙", "lo": "໐໑໒໓໔໕໖໗໘໙", "km": "០១២៣៤៥៦៧៨៩", "my": "၀၁၂၃၄၅၆၇၈၉", "shan": "႐႑႒႓႔႕႖႗႘႙"}

#: An answer to every field of the form, all of them good.
FULL = {
    "date.day": "19",
    "date.month": "5",
    "date.year": "2003",
    "name": "Nguyễn Thị Lá",
    "organisation": 'Save "the" <Children> & others',
    "position": "ฝ่ายช่างภาพ",
    "duty_station": "ຫຼວງພະບາງ",
    "country": "other",
    "country_other": "China",
    "involved": "yes",
    "objective": "ការពារ\nជនរងគ្រោះ",
    "trained": "yes",
    "trained_times": "៣",
    "trained_by": "IOM",
    "training_useful": "0",
    "applying": "no",
    "applying_why_not": "No occasion",
    "expect_to_use": "yes",
    "how_soon": "2-3",
    "conducive": "yes",
    "conducive_explain": "လူကုန်ကူးခံရသူများပြန်လည်ဝင်ဆံ့ရေး",
    "activities": ["orderly_return", "other"],
    "activities_other": "Shelter",
    "research_return": "no",
    "research_other": "yes",
    "research_subject": "Labour",
    "research_date.day": "",
    "research_date.month": "",
    "research_date.year": "2001",
    "planning_tools": "Log frame",
    "monitoring_tools.choice": "na",
    "log_frame": "na",
    "pcm": "no",
    "evaluated": "yes",
    "evaluated_when.day": "",
    "evaluated_when.month": "12",
    "evaluated_when.year": "พ.ศ. 2545",
    "evaluated_by": "A consultant",
    "coordination_national": "2",
    "body_national": "DSDW",
    "coordination_regional": "4",
    "body_regional": "UN-IAP",
    "legal_framework": "1",
    "guidelines": "yes",
    "guidelines_which": "MOU",
    "gender": "no",
    "improve": "More training",
    "prevention_important": "4",
    "prevention_effective": "3",
    "retrafficking_rate": "yes",
    "acceptable_rate": "30,5 %",
    "comments": "Good luck",
    "attended": "yes",
    "meeting_useful": "3",
    "meeting_interesting": "0",
}

#: A mistake of every kind: what is typed, beside which item it is told, and the English message.
MISTAKES = {
    "trained_times": ("many", "Please enter a number."),
    "acceptable_rate": ("150%", "Enter a percentage from 0 to 100."),
    "date.month": ("13", "Please enter a valid date."),
    "research_date.year": ("03", "Please write the year with four digits."),
    "evaluated_when.year": ("၁၃၆၅", "Please check the year."),
    "comments": ("ក" * 10_001, "This answer is too long. Please shorten it to at most 10000 characters."),
}


class Page(HTMLParser):
    """A page as a browser without JavaScript has it: its words, its fields, its buttons, its mistakes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = ""
        #: What would be sent: (name, value) in the order of the page.
        self.sent: list[tuple[str, str]] = []
        #: The values each radio or checkbox field offers; of other fields, nothing.
        self.offered: dict[str, list[str]] = {}
        self.buttons: list[dict[str, str]] = []
        self.links: list[tuple[str, str]] = []
        self.scripts: list[dict[str, str]] = []
        self.assets: list[str] = []
        self.inline: list[str] = []
        self.hidden_items: list[str] = []
        #: Messages by item, and attributes by id.
        self.errors: dict[str, str] = {}
        self.ids: dict[str, dict[str, str]] = {}
        self.words: list[str] = []
        self.action = ""
        self._open: list[tuple[str, str]] = []
        self._area: tuple[str, list[str]] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag not in ("input", "meta", "link", "br", "img"):
            self._open.append((tag, at.get("id", "")))
        self.inline += [name for name in at if name.startswith("on") or name == "style"] + [tag] * (tag == "style")
        if "id" in at:
            assert at["id"] not in self.ids, f"two elements have the id {at['id']}"
            self.ids[at["id"]] = at
        if "data-item" in at and "hidden" in at:
            self.hidden_items.append(at["data-item"])
        match tag:
            case "html":
                self.lang = at["lang"]
            case "form":
                self.action = at["action"]
            case "input":
                self._input(at)
            case "textarea":
                self.offered[at["name"]] = []
                self._area = (at["name"], [])
            case "button":
                self.buttons.append(at)
            case "a":
                self.links.append((at.get("href", ""), at.get("lang", "")))
            case "script":
                self.scripts.append(at)
                self.assets += [at["src"]] if "src" in at else []
            case "link" if at.get("rel") == "stylesheet":
                self.assets.append(at["href"])

    def _input(self, at: dict[str, str]) -> None:
        kind, name = at.get("type", "text"), at["name"]
        self.offered.setdefault(name, [])
        if kind in ("radio", "checkbox"):
            self.offered[name].append(at["value"])
        if kind not in ("radio", "checkbox") or "checked" in at:
            self.sent.append((name, at.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)
            return
        self.words.append(data)
        for _, identifier in self._open:
            if identifier.startswith("e-"):
                self.errors[identifier[2:]] = self.errors.get(identifier[2:], "") + data

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "textarea" and self._area:
            name, parts = self._area
            # A browser leaves out the line break right after the tag.
            self.sent.append((name, "".join(parts).removeprefix("\r\n").removeprefix("\n")))
            self._area = None

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def values(self) -> dict[str, Any]:
        """What would be sent, field by field; of a field with several values, a list."""
        found: dict[str, Any] = {}
        for name, value in self.sent:
            value = value.replace("\r\n", "\n")
            found[name] = [*found[name], value] if isinstance(found.get(name), list) else value
            if name == "activities" and not isinstance(found[name], list):
                found[name] = [value]
        return found

    def filled(self) -> dict[str, Any]:
        """What is filled in, without the fields that are empty or steer the form."""
        return {name: value for name, value in self.values.items() if value and name not in ("submission", "switch")}

    @property
    def receipt(self) -> str:
        found = re.search(r"\d{4} \d{4} \d{4} \d{4} \d", self.text)
        assert found, self.text
        return found[0].replace(" ", "")


class Respondent:
    """Somebody with a browser that has no JavaScript."""

    def __init__(self, client: FlaskClient, asks_for: str = "") -> None:
        self.client = client
        self.headers = {"Accept-Language": asks_for} if asks_for else {}
        self.status = 0
        self.page: Page
        self.typed: dict[str, Any] = {}

    def _got(self, answer: Any) -> Page:
        self.status, self.page, self.typed = answer.status_code, Page(answer.get_data(as_text=True)), {}
        return self.page

    def open(self, address: str) -> Page:
        return self._got(self.client.get(address, headers=self.headers, follow_redirects=True))

    def fill(self, **answers: Any) -> "Respondent":
        """Type or choose; a dot in a field's name is written as two underscores."""
        for name, value in answers.items():
            field = name.replace("__", ".")
            assert field in self.page.offered, f"the page has no field {field}"
            if offered := self.page.offered[field]:
                assert set([value] if isinstance(value, str) else value) <= {*offered, ""}
            self.typed[field] = value
        return self

    def fill_all(self, answers: dict[str, Any]) -> "Respondent":
        return self.fill(**{name.replace(".", "__"): value for name, value in answers.items()})

    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, value in self.page.sent:
            if name not in self.typed:
                data.setdefault(name, []).append(value)
        return data | {name: value for name, value in self.typed.items() if value or not self.page.offered[name]}

    def send(self) -> Page:
        return self._got(self.client.post(self.page.action, data=self._data(), headers=self.headers))

    def press(self, name: str, value: str) -> Page:
        named = [button for button in self.page.buttons if button.get("name") == name and button["value"] == value]
        button = named[-1]  # the first of the switches is the one that Enter presses
        address = button.get("formaction", self.page.action)
        address = self.page.action + address if address.startswith("#") else address
        return self._got(self.client.post(address, data=self._data() | {name: value}, headers=self.headers))


@pytest.fixture
def respondent(client: FlaskClient, collection: Collection) -> Respondent:
    """A person with the form open in English, on an open collection."""
    person = Respondent(client)
    person.open("/c/border/en")
    return person


def responses() -> list[Response]:
    db.session.expire_all()
    return list(db.session.scalars(select(Response).order_by(Response.id)))


def answers(response: Response) -> dict[str, Answer]:
    return {answer.variable: answer for answer in response.answers}


def in_language(text: str, language: str) -> bool:
    """Whether a text is in a language: in its script, or (Vietnamese) with its letters."""
    if language == "en":
        return all(c.isascii() for c in text if c.isalpha())
    if blocks := LANGUAGES[language].blocks:
        return any(first <= ord(c) <= last for c in text for first, last in blocks)
    return any(0x300 <= ord(c) <= 0x36F or c in "đĐ" for c in unicodedata.normalize("NFD", text))


# Choosing a language --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("km-KH,en;q=0.9", "km"),
        ("lo-LA,th;q=0.9,en;q=0.8", "lo"),
        ("my-Qaag,en", "my"),
        ("bur", "my"),
        ("vi-VN", "vi"),
        ("th-TH,en", "th"),
        ("fr-FR", "en"),
        ("my-MM-t-my-s0-zawgyi;q=1", "my"),
        ("\xff;q=,;", "en"),
        ("", "en"),
    ],
)
def test_the_form_opens_in_the_language_the_browser_asks_for(
    client: FlaskClient, collection: Collection, header: str, language: str
) -> None:
    answer = client.get("/c/border", headers={"Accept-Language": header})

    assert answer.status_code == 302
    assert answer.location == f"/c/border/{language}"
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("language", TAGS)
def test_each_language_is_offered_in_its_own_name(client: FlaskClient, collection: Collection, language: str) -> None:
    page = Respondent(client).open(f"/c/border/{language}")

    assert page.lang == language
    switch = [button for button in page.buttons if button.get("name") == "switch" and "lang" in button]
    assert [(button["value"], button["lang"]) for button in switch] == [(tag, tag) for tag in TAGS]
    assert [button["value"] for button in switch if "aria-current" in button] == [language]
    assert all(LANGUAGES[tag].name in page.text for tag in TAGS)
    assert in_language(page.text.split(LANGUAGES["my"].name, 1)[1], language)


@pytest.mark.parametrize("code", ["BORDER", "Border", "%20border%20"])
def test_a_join_code_may_be_typed_in_capitals(client: FlaskClient, collection: Collection, code: str) -> None:
    person = Respondent(client, "lo")

    assert person.open(f"/c/{code}").lang == "lo"
    assert person.status == 200


@pytest.mark.parametrize("language", TAGS)
def test_every_question_is_there_without_javascript(client: FlaskClient, collection: Collection, language: str) -> None:
    page = Respondent(client).open(f"/c/border/{language}")

    assert FULL.keys() <= page.offered.keys()
    assert page.hidden_items == []
    assert page.inline == []
    assert page.filled() == {}


# Changing the language, taking an answer back -------------------------------------------------------------------------


def test_changing_the_language_keeps_everything_typed(respondent: Respondent) -> None:
    submission = respondent.page.values["submission"]
    respondent.fill_all(FULL)

    for language in ("km", "my", "vi", "lo", "th", "en", "km"):
        page = respondent.press("switch", language)
        assert respondent.status == 200
        assert page.lang == language
        assert page.values["submission"] == submission
        assert page.filled() == {name: value for name, value in FULL.items() if value}
        assert page.errors == {}
    assert responses() == []

    respondent.send()
    (kept,) = responses()
    assert (kept.submission, kept.language) == (submission, "km")


@pytest.mark.parametrize("language", TAGS)
def test_changing_the_language_keeps_mistakes_too(respondent: Respondent, language: str) -> None:
    wrong = FULL | {name: typed for name, (typed, _) in MISTAKES.items()}
    respondent.fill_all(wrong).send()

    page = respondent.press("switch", language)

    assert page.filled() == {name: value for name, value in wrong.items() if value}


def test_a_touched_radio_can_be_cleared(respondent: Respondent) -> None:
    respondent.fill_all(FULL)
    submission = respondent.page.values["submission"]

    for name in ("training_useful", "country", "attended"):
        page = respondent.press("clear", name)
        assert name not in page.filled()
        assert page.values["submission"] == submission
    assert page.filled() == {
        name: value for name, value in FULL.items() if value and name not in ("training_useful", "country", "attended")
    }
    assert responses() == []


def test_every_radio_has_a_button_that_clears_it(respondent: Respondent) -> None:
    radios = {name for name, offered in respondent.page.offered.items() if offered} - {"activities"}
    radios = {name for name in radios if not name.endswith(".choice")}

    assert {b["value"] for b in respondent.page.buttons if b.get("name") == "clear"} == radios


def test_pressing_enter_in_a_field_sends_nothing(respondent: Respondent) -> None:
    first = next(button for button in respondent.page.buttons if button.get("type", "submit") == "submit")
    respondent.fill(organisation="IOM")

    answer = respondent.client.post(respondent.page.action, data=respondent._data() | {first["name"]: first["value"]})

    assert Page(answer.text).filled() == {"organisation": "IOM"}
    assert responses() == []


# Mistakes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TAGS)
def test_mistakes_are_told_beside_their_fields_with_everything_still_there(
    client: FlaskClient, collection: Collection, language: str
) -> None:
    person = Respondent(client)
    submission = person.open(f"/c/border/{language}").values["submission"]
    wrong = FULL | {name: typed for name, (typed, _) in MISTAKES.items()}

    page = person.fill_all(wrong).send()

    assert person.status == 422
    assert page.lang == language
    assert page.errors.keys() == {name.split(".")[0] for name in MISTAKES}
    for name, (_, english) in MISTAKES.items():
        item = name.split(".")[0]
        told = page.errors[item].strip()
        assert (told == english) == (language == "en")
        assert in_language(told, language)
        described = [at for at in page.ids.values() if f"e-{item}" in at.get("aria-describedby", "").split()]
        assert [at["aria-invalid"] for at in described] == ["true"]
        assert (f"#q-{item}", "") in page.links
    assert page.values["submission"] == submission
    assert page.filled() == {name: value for name, value in wrong.items() if value}
    assert responses() == []

    mended = {name: FULL[name] for name in MISTAKES}
    assert person.fill_all(mended).send().receipt
    assert len(responses()) == 1


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("trained_times", "0", "Please enter a whole number from 1 to 200."),
        ("trained_times", "201", "Please enter a whole number from 1 to 200."),
        ("trained_times", "2.5", "Please enter a whole number."),
        ("trained_times", "1.234,5", "Please enter a number."),
        ("trained_times", "²", "Please enter a number."),
        ("acceptable_rate", "-1", "Enter a percentage from 0 to 100."),
        ("acceptable_rate", "100.1", "Enter a percentage from 0 to 100."),
        ("acceptable_rate", "half", "Please enter a number."),
        ("date__day", "19", "Please enter a valid date."),
        ("date__month", "5", "Please enter a valid date."),
        ("date__year", "soon", "Please enter a valid date."),
        ("date__year", "46", "Please write the year with four digits."),
        ("date__year", "1365", "Please check the year."),
        ("date__year", "2003" * 2000, "Please enter a valid date."),
        ("name", "x" * 501, "This answer is too long. Please shorten it to at most 500 characters."),
    ],
)
def test_a_mistake_says_what_is_wanted(respondent: Respondent, field: str, typed: str, message: str) -> None:
    page = respondent.fill(**{field: typed}).send()

    assert respondent.status == 422
    (told,) = page.errors.values()
    assert told.strip() == message or (field == "date__year" and "year" in told)
    assert page.filled() == {field.replace("__", "."): typed}
    assert responses() == []


@pytest.mark.parametrize(
    "parts",
    [("31", "4", "2003"), ("29", "2", "2003"), ("0", "5", "2003"), ("9" * 20, "5", "2003"), ("²", "5", "2003")]
    + [("1", "9" * 5000, "2003"), ("1/2", "5", "2003"), ("a", "b", "2003"), ("19", "", "2003"), ("-1", "5", "2003")],
)
def test_a_day_that_does_not_exist_is_told(respondent: Respondent, parts: tuple[str, str, str]) -> None:
    page = respondent.fill(date__day=parts[0], date__month=parts[1], date__year=parts[2]).send()

    assert respondent.status == 422
    assert page.errors.keys() == {"date"}
    assert tuple(page.values[f"date.{part}"] for part in ("day", "month", "year")) == parts


def test_long_answers_are_kept_whole_however_they_are_encoded(respondent: Respondent) -> None:
    decomposed = "e\u0323\u0302" * 10_000
    respondent.fill(improve="ក" * 10_000, comments=decomposed).send()

    (kept,) = responses()
    assert answers(kept)["improve"].text == "ក" * 10_000
    assert answers(kept)["comments"].text == "\u1ec7" * 10_000


# Digits and years -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", DIGITS)
def test_digits_of_every_script_are_stored_as_numbers(respondent: Respondent, script: str) -> None:
    def written(number: str) -> str:
        return "".join(DIGITS[script][int(c)] if c.isdigit() else c for c in number)

    respondent.fill(
        trained="yes", trained_times=written("3"), retrafficking_rate="yes", acceptable_rate=written("30,5%")
    )
    respondent.fill(date__day=written("19"), date__month=written("5"), date__year=written("2003")).send()

    (kept,) = responses()
    stored = answers(kept)
    assert (stored["trained_times"].code, stored["acceptable_rate"].code) == ("3", "30.5")
    assert (stored["date"].code, stored["date"].date) == ("2003", "2003-05-19")
    assert kept.sent["trained_times"] == [written("3")]


@pytest.mark.parametrize("year", ["พ.ศ. 2546", "พ.ศ. ๒๕๔๖", "2546 พศ", "ພ.ສ. ໒໕໔໖", "ព.ស. ២៥៤៦", "B.E. 2546"])
def test_a_marked_buddhist_year_is_converted(respondent: Respondent, year: str) -> None:
    respondent.fill(date__day="19", date__month="5", date__year=year).send()

    (kept,) = responses()
    stored = answers(kept)["date"]
    assert (stored.code, stored.date, stored.understood) == ("2003", "2003-05-19", "marked buddhist")
    assert year in str(stored.text)


@pytest.mark.parametrize("language", TAGS)
@pytest.mark.parametrize("year", ["2546", "๒๕๔๖"])
def test_an_unmarked_buddhist_year_is_asked_back_once(
    client: FlaskClient, collection: Collection, language: str, year: str
) -> None:
    person = Respondent(client)
    person.open(f"/c/border/{language}")

    page = person.fill(date__year=year, organisation="IOM").send()
    assert person.status == 422
    assert page.errors.keys() == {"date"}
    assert "2546" in page.errors["date"]
    assert "2003" in page.errors["date"]
    assert in_language(page.errors["date"], language)
    assert page.values["date.year"] == year
    assert responses() == []

    person.send()
    assert person.status == 200
    (kept,) = responses()
    stored = answers(kept)["date"]
    assert (stored.code, stored.text, stored.understood) == ("2003", year, "looks buddhist")


def test_a_corrected_year_is_not_asked_back(respondent: Respondent) -> None:
    respondent.fill(date__year="2546").send()
    respondent.fill(date__year="2003").send()

    (kept,) = responses()
    assert answers(kept)["date"].understood == "common"


def test_another_buddhist_year_is_asked_back_anew(respondent: Respondent) -> None:
    respondent.fill(date__year="2546").send()

    page = respondent.fill(date__year="2545").send()

    assert respondent.status == 422
    assert "2545" in page.errors["date"]


def test_each_date_is_asked_back_for_itself(respondent: Respondent) -> None:
    page = respondent.fill(date__year="2546", research_date__year="2544", evaluated_when__year="2002").send()
    assert page.errors.keys() == {"date", "research_date"}

    respondent.send()
    (kept,) = responses()
    assert [answers(kept)[name].code for name in ("date", "research_date", "evaluated_when")] == [
        "2003",
        "2001",
        "2002",
    ]


def test_a_year_once_confirmed_is_not_asked_back_with_the_next_mistake(respondent: Respondent) -> None:
    page = respondent.fill(date__year="2546", trained_times="many").send()
    assert page.errors.keys() == {"date", "trained_times"}

    page = respondent.fill(trained_times="very many").send()
    assert page.errors.keys() == {"trained_times"}

    respondent.fill(trained_times="3").send()
    assert respondent.status == 200
    assert len(responses()) == 1


# Receipts and sending again -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TAGS)
def test_the_partner_gets_a_receipt_in_the_language_of_the_form(
    client: FlaskClient, collection: Collection, language: str
) -> None:
    person = Respondent(client)
    person.open(f"/c/border/{language}")

    page = person.fill(organisation="IOM").send()

    assert (person.status, page.lang) == (200, language)
    assert in_language(page.text, language)
    assert re.fullmatch(r"\d{17}", page.receipt)
    assert damm.is_valid(page.receipt)
    (kept,) = responses()
    assert kept.receipt == page.receipt
    assert "IOM" not in page.text


def test_a_slip_in_a_receipt_is_noticed(respondent: Respondent) -> None:
    receipt = respondent.send().receipt

    for place, digit in enumerate(receipt):
        for other in set("0123456789") - {digit}:
            assert not damm.is_valid(receipt[:place] + other + receipt[place + 1 :])
    for place in range(16):
        swapped = receipt[:place] + receipt[place + 1] + receipt[place] + receipt[place + 2 :]
        assert swapped == receipt or not damm.is_valid(swapped)


def test_the_same_form_sent_twice_is_stored_once(respondent: Respondent) -> None:
    form = respondent.fill_all(FULL)
    data, action = form._data(), form.page.action

    receipts = {Page(respondent.client.post(action, data=data).text).receipt for _ in range(3)}

    assert len(receipts) == len(responses()) == 1
    assert db.session.query(Judgement).where(Judgement.effect == "flag").count() == 0


def test_the_order_of_fields_and_the_language_do_not_make_another_form(respondent: Respondent) -> None:
    data = respondent.fill_all(FULL)._data()
    first = Page(respondent.client.post("/c/border/en", data=data).text).receipt

    again = respondent.client.post("/c/border/km", data=dict(reversed(data.items())))

    assert Page(again.text).receipt == first
    assert len(responses()) == 1


def test_other_answers_under_the_same_identifier_are_kept_beside_and_flagged(
    respondent: Respondent, collection: Collection
) -> None:
    data, action = respondent.fill(organisation="IOM", gender="yes")._data(), respondent.page.action
    other = data | {"organisation": "ILO"}

    first, second, second_again, first_again = (
        Page(respondent.client.post(action, data=each).text).receipt for each in (data, other, other, data)
    )

    assert first == first_again
    assert second == second_again
    assert first != second
    one, two = responses()
    assert [answers(each)["organisation"].text for each in (one, two)] == ["IOM", "ILO"]
    (flag,) = db.session.scalars(select(Judgement).where(Judgement.effect == "flag"))
    assert flag.response_id == two.id
    forms = tabulate.forms(collection.id)
    assert (forms.received, forms.valid, forms.flagged) == (2, 2, 1)  # flagged and not yet decided counts as valid


def test_a_double_tap_is_stored_once(app: Flask, respondent: Respondent) -> None:
    data, action = respondent.fill_all(FULL)._data(), respondent.page.action
    got: list[tuple[int, str]] = []
    together = threading.Barrier(4)

    def tap() -> None:
        together.wait()
        answer = app.test_client().post(action, data=data)
        got.append((answer.status_code, answer.text))

    taps = [threading.Thread(target=tap) for _ in range(4)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()

    assert [status for status, _ in got] == [200] * 4
    assert len({Page(text).receipt for _, text in got}) == len(responses()) == 1


@pytest.mark.parametrize("identifier", [None, "", "x", "../../etc", "0" * 65, "00000000\x00", "ไทย", "1' OR '1'='1"])
def test_a_damaged_identifier_loses_nothing(respondent: Respondent, identifier: str | None) -> None:
    data = respondent.fill(organisation="IOM")._data() | {"submission": identifier}
    data = {name: value for name, value in data.items() if value is not None}

    first, again = (respondent.client.post(respondent.page.action, data=data) for _ in range(2))

    assert Page(first.text).receipt == Page(again.text).receipt
    (kept,) = responses()
    assert answers(kept)["organisation"].text == "IOM"


# Collections that do not take answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TAGS)
def test_a_closed_collection_says_so_and_keeps_aside_what_still_comes(
    client: FlaskClient, collection: Collection, language: str
) -> None:
    person = Respondent(client)
    person.open(f"/c/border/{language}")
    data, action = person.fill_all(FULL)._data(), person.page.action
    collections.close(collection, "tester")
    db.session.commit()

    for _ in range(2):
        answer = client.post(action, data=data)
        assert answer.status_code == 409
        assert Page(answer.text).lang == language
        assert in_language(Page(answer.text).text, language)
    assert client.post(action, data=data | {"organisation": "ILO"}).status_code == 409

    assert responses() == []
    aside = list(db.session.scalars(select(SetAside).order_by(SetAside.id)))
    assert [each.sent["organisation"][0] for each in aside] == [FULL["organisation"], "ILO"]
    assert {name: values for name, values in aside[0].sent.items() if any(values)} == {
        name: [value] if isinstance(value, str) else value for name, value in FULL.items() if value
    }
    assert tabulate.forms(collection.id).aside == 2

    page = person.open(f"/c/border/{language}")
    assert person.status == 410
    assert in_language(page.text, language)


def test_a_form_that_came_before_the_closing_keeps_its_receipt(respondent: Respondent, collection: Collection) -> None:
    data, action = respondent.fill(organisation="IOM")._data(), respondent.page.action
    before = respondent.send().receipt
    collections.close(collection, "tester")
    db.session.commit()

    after = respondent.client.post(action, data=data)

    assert (after.status_code, Page(after.text).receipt) == (200, before)
    assert tabulate.forms(collection.id).aside == 0


def test_a_reopened_collection_takes_answers_again(respondent: Respondent, collection: Collection) -> None:
    collections.close(collection, "tester")
    collections.open_(collection, "tester")
    db.session.commit()

    assert respondent.fill(organisation="IOM").send().receipt


@pytest.mark.parametrize("language", TAGS)
def test_a_collection_that_is_not_open_yet_says_so(client: FlaskClient, app: Flask, language: str) -> None:
    collections.create("later", "partner_survey", "Later", join_code="later", who="tester")
    db.session.commit()
    person = Respondent(client, language)

    for address in ("/c/later", f"/c/later/{language}"):
        page = person.open(address)
        assert (person.status, page.lang) == (409, language)
        assert in_language(page.text, language)
    answer = client.post(f"/c/later/{language}", data={"organisation": "IOM"})
    assert answer.status_code == 409
    assert responses() == []


# Addresses that lead nowhere ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TAGS)
def test_an_unknown_code_gets_a_helpful_page_in_the_right_language(client: FlaskClient, language: str) -> None:
    for address, header in (
        (f"/c/nowhere/{language}", "fr"),
        ("/c/nowhere", language),
        ("/nowhere", language),
        ("/c", language),
    ):
        person = Respondent(client, header)
        page = person.open(address)
        assert (person.status, page.lang) == (404, language)
        assert in_language(page.text, language)
    answer = client.post(f"/c/nowhere/{language}", data=FULL)
    assert (answer.status_code, Page(answer.text).lang) == (404, language)


@pytest.mark.parametrize("asked", ["xx", "EN", "english", "kh", "%00", "km-KH"])
def test_an_unknown_language_offers_those_there_are(client: FlaskClient, collection: Collection, asked: str) -> None:
    person = Respondent(client, "lo")

    page = person.open(f"/c/border/{asked}")

    assert (person.status, page.lang) == (404, "lo")
    assert page.links == [(f"/c/border/{tag}", tag) for tag in TAGS]


@pytest.mark.parametrize(
    "address", ["/c/", "/c/border/en/more", "/c/%00", "/c/%00/en", "/c/" + "x" * 5000, "/c/..%2f..%2fetc"]
)
def test_a_strange_address_gets_a_page(any_database: Flask, address: str) -> None:
    answer = any_database.test_client().get(address)

    assert answer.status_code == 404
    assert Page(answer.text).text


ENCODINGS = ("application/x-www-form-urlencoded", "multipart/form-data")


def encoded(data: dict[str, Any], encoding: str) -> dict[str, Any]:
    """A body in one of the two encodings that browsers send forms in."""
    if encoding == "multipart/form-data":
        boundary, body = encode_multipart(data)
        return {"data": body, "content_type": f"{encoding}; boundary={boundary}"}
    return {"data": urlencode(data, doseq=True).encode(), "content_type": encoding}


# Bad input ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TAGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_more_than_can_be_read_is_told_and_can_be_shortened(
    client: FlaskClient, collection: Collection, language: str, encoding: str
) -> None:
    person = Respondent(client)
    person.open(f"/c/border/{language}")
    data = person.fill(organisation="IOM", improve="x")._data()

    too_long = "x" * client.application.config["MAX_CONTENT_LENGTH"]
    answer = client.post(person.page.action, **encoded(data | {"improve": too_long}, encoding))

    assert answer.status_code == 413
    assert Page(answer.text).lang == language
    assert in_language(Page(answer.text).text, language)
    assert responses() == []
    assert Page(client.post(person.page.action, **encoded(data, encoding)).text).receipt


def test_very_many_fields_are_no_reason_to_fail(respondent: Respondent) -> None:
    data = respondent.fill(organisation="IOM")._data() | {f"field{n}": str(n) for n in range(3000)}

    for encoding in ENCODINGS:
        answer = respondent.client.post(respondent.page.action, **encoded(data, encoding))
        assert answer.status_code in (200, 413)
        assert Page(answer.text).text


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("trained", "perhaps"),
        ("trained", "Yes"),
        ("country", "'; DROP TABLE responses; --"),
        ("training_useful", "5"),
        ("training_useful", "-1"),
        ("training_useful", "៣"),
        ("activities", "smuggling"),
        ("log_frame", "<script>alert(1)</script>"),
        ("planning_tools.choice", "yes"),
        ("trained", ["yes", "no"]),
        ("activities", ["orderly_return", "smuggling"]),
    ],
)
def test_a_tampered_code_is_told_beside_its_question(respondent: Respondent, field: str, sent: Any) -> None:
    data = respondent.fill(organisation="IOM")._data() | {field: sent}

    answer = respondent.client.post(respondent.page.action, data=data)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.errors.keys() == {field.split(".")[0]}
    assert "not one of the answers to choose from" in page.errors[field.split(".")[0]]
    assert page.values["organisation"] == "IOM"
    assert [script.get("src") for script in page.scripts] == [script.get("src") for script in respondent.page.scripts]
    assert responses() == []


def test_what_is_typed_is_never_taken_for_the_page(respondent: Respondent) -> None:
    nasty = "\"><script>alert(1)</script><textarea></form> &amp; ' {{ 7 * 7 }} %(x)s"
    typed = {"organisation": nasty, "improve": nasty, "name": nasty, "trained_times": nasty, "date.year": nasty}

    page = respondent.fill_all(typed).send()

    assert respondent.status == 422
    assert page.filled() == typed
    assert [each.get("src") for each in page.scripts] == [each.get("src") for each in respondent.page.scripts]


def test_a_field_sent_twice_is_kept_whole(respondent: Respondent) -> None:
    data = respondent._data() | {"improve": ["first", "second"], "trained": ["yes", "yes"]}

    assert Page(respondent.client.post(respondent.page.action, data=data).text).receipt

    (kept,) = responses()
    assert kept.sent["improve"] == ["first", "second"]
    assert answers(kept)["improve"].text == "first\nsecond"
    assert answers(kept)["trained"].code == "yes"


def test_a_field_sent_twice_is_shown_whole_beside_a_mistake(respondent: Respondent) -> None:
    data = respondent._data() | {"improve": ["first", "second"], "trained_times": "many"}

    page = Page(respondent.client.post(respondent.page.action, data=data).text)

    assert page.errors.keys() == {"trained_times"}
    assert "first" in page.values["improve"]
    assert "second" in page.values["improve"]


def test_unknown_fields_are_kept_as_sent(respondent: Respondent) -> None:
    respondent.client.post(respondent.page.action, data=respondent._data() | {"favourite": "mango", "__proto__": "x"})

    (kept,) = responses()
    assert kept.sent["favourite"] == ["mango"]
    assert kept.sent["__proto__"] == ["x"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_form_may_come_in_either_encoding(respondent: Respondent, encoding: str) -> None:
    data = respondent.fill_all(FULL)._data()

    respondent.client.post(respondent.page.action, **encoded(data, encoding))

    (kept,) = responses()
    assert answers(kept)["conducive_explain"].text == FULL["conducive_explain"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"organisation": "Ridgeway"}', "application/json"),
        (b'["Ridgeway"]', "application/json"),
        (b"organisation=Ridgeway", "text/plain"),
        (b"organisation=Ridgeway", ""),
        (b"<organisation>Ridgeway</organisation>", "application/xml"),
        (b"\x00\xff Ridgeway", "application/octet-stream"),
        (b"Ridgeway", "multipart/form-data"),
        (b"--x\r\nRidgeway", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\nRidgeway\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_a_body_that_is_no_form_is_never_acknowledged_and_lost(respondent: Respondent, body: bytes, kind: str) -> None:
    answer = respondent.client.post(respondent.page.action, data=body, content_type=kind)

    assert answer.status_code < 500
    assert Page(answer.text).text
    kept = "Ridgeway" in str([response.sent for response in responses()])
    assert kept or answer.status_code >= 400
    assert kept or responses() == []


def test_a_file_in_a_field_is_never_acknowledged_and_lost(respondent: Respondent) -> None:
    data = respondent._data() | {"improve": (io.BytesIO(b"Ridgeway"), "answer.txt")}

    answer = respondent.client.post(respondent.page.action, data=data, content_type="multipart/form-data")

    assert answer.status_code < 500
    kept = "Ridgeway" in str([response.sent for response in responses()])
    assert kept or answer.status_code >= 400
    assert kept or responses() == []


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_get_a_page(respondent: Respondent, method: str) -> None:
    answer = getattr(respondent.client, method)("/c/border/en", data=FULL)

    assert answer.status_code == 405
    assert Page(answer.text).text
    assert responses() == []


@pytest.mark.parametrize(
    "body", [b"%", b"%00=%00", b"organisation=%ff%fe", b"=&=&&&", b"a" * 100_000, b"\xff=\xfe", b"name"]
)
def test_damaged_bytes_are_kept_or_told(respondent: Respondent, body: bytes) -> None:
    answer = respondent.client.post(respondent.page.action, data=body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code in (200, 400, 422)
    assert len(responses()) == (answer.status_code == 200)


@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "\ufffe\uffff", "😀" * 100, "\u202e\u200b"])
def test_strange_characters_are_kept_on_any_database(any_database: Flask, typed: str) -> None:
    collection = collections.create("border", "partner_survey", "Border", join_code="border", who="tester")
    collections.open_(collection, "tester")
    db.session.commit()
    fields = ("organisation", "improve", "name", "country_other", "unknown", "submission")

    answer = any_database.test_client().post("/c/border/en", data=dict.fromkeys(fields, typed))

    assert answer.status_code == 200
    (kept,) = responses()
    assert kept.sent["improve"] == [typed]


# Who has answered -----------------------------------------------------------------------------------------------------


def test_who_has_answered_is_kept_apart_and_encrypted(app: Flask, respondent: Respondent) -> None:
    respondent.fill_all(FULL).send()

    (kept,) = responses()
    assert not kept.sent.keys() & {"name", "position", "duty_station"}
    assert not answers(kept).keys() & {"name", "position", "duty_station"}
    identity = db.session.get(Identity, kept.id)
    assert identity is not None
    assert identity.data["used"] == {name: FULL[name] for name in ("name", "position", "duty_station")}
    on_disk = b"".join(file.read_bytes() for file in Path(app.instance_path).glob("surveytool.db*"))
    assert str(FULL["improve"]).encode() in on_disk
    for name in ("name", "position", "duty_station"):
        assert str(FULL[name]).encode() not in on_disk
        assert str(FULL[name]).encode("unicode_escape") not in on_disk


def test_an_answer_set_aside_is_encrypted(app: Flask, respondent: Respondent, collection: Collection) -> None:
    collections.close(collection, "tester")
    db.session.commit()

    respondent.fill(name="Ridgeway", organisation="Ridgeway").send()

    on_disk = b"".join(file.read_bytes() for file in Path(app.instance_path).glob("surveytool.db*"))
    assert b"Ridgeway" not in on_disk


def test_a_shared_tablet_keeps_nothing_after_a_form_is_confirmed(client: FlaskClient, respondent: Respondent) -> None:
    confirmed = client.post(respondent.page.action, data=respondent.fill_all(FULL)._data())

    assert confirmed.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in confirmed.headers
    assert not [
        value for value in FULL.values() if isinstance(value, str) and len(value) > 8 and value in confirmed.text
    ]
    assert Respondent(client).open("/c/border/en").filled() == {}


def test_each_blank_form_has_an_identifier_of_its_own(client: FlaskClient, collection: Collection) -> None:
    identifiers = {Respondent(client).open("/c/border/en").values["submission"] for _ in range(5)}

    assert len(identifiers) == 5


def test_an_empty_form_is_accepted_and_excluded_by_rule(respondent: Respondent, collection: Collection) -> None:
    assert respondent.send().receipt

    forms = tabulate.forms(collection.id)
    assert (forms.received, forms.excluded, forms.valid) == (1, 1, 0)


def test_a_form_changed_while_it_was_open_elsewhere_is_kept(respondent: Respondent, collection: Collection) -> None:
    """An open collection may take up a better translation while somebody fills in the old one."""
    collections.open_(collection, "tester")
    db.session.commit()

    assert respondent.fill_all(FULL).send().receipt


# What the first view weighs -------------------------------------------------------------------------------------------


def assets(client: FlaskClient, address: str) -> Iterator[tuple[str, int]]:
    """Yield every address the first view loads but fonts, with what comes over the wire."""
    waiting, seen = [address], set()
    while waiting:
        asked = waiting.pop()
        if asked in seen:
            continue
        seen.add(asked)
        with client.get(asked, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status_code == 200, asked
            # Files are streamed, and come by deflate to whoever takes that, as browsers do.
            packed = "Content-Encoding" in answer.headers
            yield asked, len(answer.data if packed else zlib.compress(answer.data))
        with client.get(asked) as answer:
            plain = answer.get_data(as_text=True)
        if asked == address:
            waiting += Page(plain).assets
        elif asked.split("?")[0].endswith((".css", ".js")):
            named = re.findall(r"""(?:@import\s+["']?|url\(\s*["']?|from\s+["'])(?:\./)?([^"')\s]+)""", plain)
            waiting += [asked.rsplit("/", 1)[0] + "/" + each for each in named if ".woff2" not in each]


@pytest.mark.parametrize("language", TAGS)
def test_the_first_view_is_light(client: FlaskClient, collection: Collection, language: str) -> None:
    loaded = dict(assets(client, f"/c/border/{language}"))

    assert any(".css" in each for each in loaded)
    assert any(".js" in each for each in loaded)
    # With what the form needs to work without a connection.
    assert len(loaded) <= 13
    assert sum(loaded.values()) <= 60_000, loaded


@pytest.mark.parametrize("language", TAGS)
def test_nothing_is_loaded_from_elsewhere(client: FlaskClient, collection: Collection, language: str) -> None:
    for address, _ in assets(client, f"/c/border/{language}"):
        assert address.startswith("/")
        with client.get(address) as answer:
            assert not re.search(r"""(?:src|href|url\()\s*=?\s*["']?(?:https?:)?//""", answer.get_data(as_text=True))
