"""The blank form on paper: what is chosen, what is printed in each language, its number, its instructions in words."""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from hypothesis import assume, given
from hypothesis import strategies as st

from surveytool import collections, paper, serials
from surveytool.definitions import load_questionnaire, load_wordings
from surveytool.definitions.loading import questionnaire_folder, read_raw
from surveytool.evaluate.printing.pages import Skip, skip
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, User, db
from tests.looking import look

A4 = (595.3, 841.9)
MM = 72 / 25.4

Q = load_questionnaire("partner_survey")
WORDINGS = load_wordings(questionnaire_folder("partner_survey"), read_raw("partner_survey"))


# The number of a form -----------------------------------------------------------------------------------------------

NUMBERS = st.builds(serials.new_serial)


@given(NUMBERS)
def test_a_number_is_read_as_it_is_printed(serial: str) -> None:
    assert serials.read_serial(serial) == serials.read_serial(serials.shown(serial)) == serial
    assert serials.read_serial(f" {serials.shown(serial).replace(' ', '-')} ") == serial
    assert len(serial) <= 20
    assert serial[0] != "0"


@given(NUMBERS, st.integers(0, serials.LENGTH - 1), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(serial: str, place: int, digit: str) -> None:
    assume(serial[place] != digit)
    with pytest.raises(serials.UnreadSerial):
        serials.read_serial(serial[:place] + digit + serial[place + 1 :])


@given(NUMBERS, st.integers(0, serials.LENGTH - 2))
def test_two_swapped_neighbours_are_noticed(serial: str, place: int) -> None:
    assume(serial[place] != serial[place + 1])
    with pytest.raises(serials.UnreadSerial):
        serials.read_serial(serial[:place] + serial[place + 1] + serial[place] + serial[place + 2 :])


@given(NUMBERS, st.integers(0, serials.LENGTH - 1))
def test_a_digit_too_few_or_too_many_is_noticed(serial: str, place: int) -> None:
    for slip in (serial[:place] + serial[place + 1 :], serial[:place] + serial[place] + serial[place:], ""):
        with pytest.raises(serials.UnreadSerial) as caught:
            serials.read_serial(slip)
        assert caught.value.why == "length"


@given(NUMBERS, st.sampled_from("๐໐០၀"))
def test_a_number_is_read_in_the_digits_of_any_keyboard(serial: str, zero: str) -> None:
    assert serials.read_serial("".join(chr(ord(zero) + int(digit)) for digit in serial)) == serial


def test_a_scanner_may_type_the_whole_code() -> None:
    serial = serials.new_serial()
    code = serials.mark("k7mq2x9p", serial)

    assert code == f"surveytool:k7mq2x9p:{serial}"
    assert serials.read_serial(code) == serials.read_serial(code, "k7mq2x9p") == serial
    with pytest.raises(serials.UnreadSerial) as caught:
        serials.read_serial(code, "another")
    assert caught.value.why == "collection"


def test_no_two_copies_have_one_number() -> None:
    assert len(set(serials.new_serials(2000))) == 2000


# Instructions in words ------------------------------------------------------------------------------------------------


def said(relevant: Any, language: str = "en") -> Skip | None:
    """Return what the printed form says of an item that is asked on a condition."""
    item = replace(Q.items["comments"], relevant=relevant)
    with force_locale(language):
        return skip(item, Q, WORDINGS[language])


def flat(told: Skip | None) -> Any:
    """Return an instruction as its sentence, or as [sentence, [conditions]]."""
    if told is None:
        return None
    return [told.sentence, [flat(each) for each in told.conditions]] if told.conditions else told.sentence


ONLY = "Answer this question only if "
SAID: list[tuple[Any, Any]] = [
    (None, None),
    ({"equals": ["trained", "yes"]}, ONLY + "you answered “Yes” to question 9."),
    ({"equals": ["activities", "other"]}, ONLY + "you answered “Other” to question 14."),
    ({"in": ["how_soon", ["4+"]]}, ONLY + "you answered “4 years or more” to question “If yes, how soon?”."),
    (
        {"in": ["legal_framework", ["3", "4"]]},
        ONLY + "you gave one of these answers to question 22: “Good”, “Very good”.",
    ),
    (
        {"equals": ["attended", "yes"]},
        ONLY + "you answered “Yes” to question “Did you attend the cross-border meeting?”.",
    ),
    ({"not": {"equals": ["country", "other"]}}, ONLY + "you gave another answer than “Other” to question 6."),
    ({"not": {"not": {"equals": ["trained", "yes"]}}}, ONLY + "you answered “Yes” to question 9."),
    ({"answered": "objective"}, ONLY + "you answered question 8."),
    ({"not": {"answered": "objective"}}, ONLY + "you left question 8 empty."),
    (
        {"between": ["trained_times", 2, 5]},
        [
            ONLY + "this is true:",
            ["The number you wrote in question “If yes, how many times?” is from 2 to 5."],
        ],
    ),
    (
        {"not": {"between": ["acceptable_rate", 0, 2.5]}},
        [
            ONLY + "this is true:",
            [
                "The number you wrote in question “If yes, what percentage of all returned persons being trafficked "
                "again would be acceptable?” is below 0 or above 2.5."
            ],
        ],
    ),
    (
        {"not": {"in": ["activities", ["prevention", "protection"]]}},
        [
            ONLY + "this is true:",
            [
                "You ticked something in question 14, but not “Prevention of trafficking”, "
                "“Protection of trafficked victims”."
            ],
        ],
    ),
    ({"answered": "training"}, [ONLY + "this is true:", ["You answered something in section B."]]),
    ({"not": {"answered": "meeting"}}, [ONLY + "this is true:", ["You left section “The meeting” empty."]]),
    (
        {"all": [{"equals": ["trained", "yes"]}, {"not": {"equals": ["applying", "yes"]}}]},
        [
            ONLY + "all of these are true:",
            ["You answered “Yes” to question 9.", "You gave another answer than “Yes” to question 11."],
        ],
    ),
    # Not (a or b) is neither a nor b.
    (
        {"not": {"any": [{"answered": "objective"}, {"answered": "comments"}]}},
        [ONLY + "all of these are true:", ["You left question 8 empty.", "You left question 29 empty."]],
    ),
    (
        {"any": [{"answered": "date"}, {"all": [{"equals": ["trained", "no"]}, {"answered": "name"}]}]},
        [
            ONLY + "at least one of these is true:",
            [
                "You answered question 1.",
                ["All of these are true:", ["You answered “No” to question 9.", "You answered question 2."]],
            ],
        ],
    ),
    (
        {"all": [{"all": [{"answered": "date"}, {"answered": "name"}]}, {"answered": "date"}]},
        [ONLY + "all of these are true:", ["You answered question 1.", "You answered question 2."]],
    ),
    ({"all": [{"answered": "date"}]}, ONLY + "you answered question 1."),
    # What is known of paper is not said.
    ({"equals": ["mode", "paper"]}, None),
    (
        {"all": [{"in": ["mode", ["paper", "web"]]}, {"equals": ["gender", "no"]}]},
        ONLY + "you answered “No” to question 24.",
    ),
    ({"any": [{"equals": ["mode", "web"]}, {"equals": ["gender", "no"]}]}, ONLY + "you answered “No” to question 24."),
    ({"not": {"equals": ["mode", "web"]}}, None),
    ({"any": [{"equals": ["mode", "paper"]}, {"equals": ["gender", "no"]}]}, None),
    # Only whoever hands the paper out knows which wave it is for.
    ({"equals": ["wave", "post"]}, ONLY + "the person who gave you this form says that it is for you."),
    (
        {"any": [{"equals": ["wave", "pre"]}, {"equals": ["gender", "no"]}]},
        [
            ONLY + "at least one of these is true:",
            [
                "The person who gave you this form says that this question is for you.",
                "You answered “No” to question 24.",
            ],
        ],
    ),
]


@pytest.mark.parametrize(("relevant", "words"), SAID, ids=[str(relevant) for relevant, _ in SAID])
def test_a_condition_is_said_in_whole_sentences(app: Flask, relevant: Any, words: Any) -> None:
    with app.test_request_context():
        assert flat(said(relevant)) == words


def sentences(told: Skip) -> Iterator[str]:
    yield told.sentence
    for each in told.conditions:
        yield from sentences(each)


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_every_instruction_is_said_in_every_language(app: Flask, language: str) -> None:
    blocks = LANGUAGES[language].blocks
    for relevant, _ in SAID:
        with app.test_request_context():
            told, english = said(relevant, language), said(relevant)
        assert (told is None) == (english is None)
        if told is None or english is None:
            continue
        assert len(list(sentences(told))) == len(list(sentences(english)))
        for sentence, was in zip(sentences(told), sentences(english), strict=True):
            assert sentence != was
            assert "%(" not in sentence
            if blocks:
                assert any(first <= ord(c) <= last for c in sentence for first, last in blocks), sentence


def test_an_item_that_paper_is_never_asked_is_not_printed(app: Flask) -> None:
    section = Q.sections[0]
    online = replace(section.items[0], relevant={"equals": ["mode", "web"]})

    printed = [
        item for group in paper.groups(replace(section, items=(online, *section.items[1:]))) for item in group.items
    ]

    assert printed == list(section.items[1:])


def test_what_stands_under_one_number_is_one_group() -> None:
    names = [[item.name for item in group.items] for section in Q.sections for group in paper.groups(section)]

    assert ["trained", "trained_times", "trained_by"] in names
    assert ["coordination_national", "body_national"] in names
    assert ["activities", "activities_other"] in names
    assert names[-3:] == [["attended"], ["meeting_useful"], ["meeting_interesting"]]


# Choosing what to print -----------------------------------------------------------------------------------------------


@pytest.fixture
def clerk(app: Flask, collection: Collection, sign_in: Callable[..., User]) -> FlaskClient:
    """A clerk's browser, signed in, on the open collection `border`."""
    browser = app.test_client()
    sign_in(browser, "clerk")
    return browser


def numbers(html: str) -> list[str]:
    return re.findall(r'data-serial="(\d+)"', html)


def test_a_clerk_prints_copies_each_with_a_number_of_its_own(clerk: FlaskClient) -> None:
    asked = clerk.get("/evaluate/border/print")
    shown = clerk.get("/evaluate/border/print/form?language=km&copies=30&two_sides=y")

    assert "ខ្មែរ (Khmer)" in asked.text
    assert shown.status_code == 200
    assert 'lang="km"' in shown.text
    assert len(set(numbers(shown.text))) == 30
    for serial in numbers(shown.text):
        assert serials.read_serial(serial) == serial
        # On top of it, and in the sentence on correcting and withdrawing.
        assert shown.text.count(serials.shown(serial)) == 2


def test_copies_printed_another_time_have_other_numbers(clerk: FlaskClient) -> None:
    address = "/evaluate/border/print/form?language=en&copies=5"

    assert not set(numbers(clerk.get(address).text)) & set(numbers(clerk.get(address).text))


@pytest.mark.parametrize("copies", ["", "0", "51", "-1", "many", "1e9", "2.5", "\x00"])
def test_an_impossible_number_of_copies_is_asked_for_again(clerk: FlaskClient, copies: str) -> None:
    answer = clerk.get("/evaluate/border/print/form", query_string={"language": "lo", "copies": copies})

    assert answer.status_code == 422
    assert "Please enter how many copies, from 1 to 50." in answer.text
    assert re.search(r'checked[^>]*value="lo"', answer.text), "what was chosen is still chosen"


def test_copies_may_be_typed_in_khmer_digits(clerk: FlaskClient) -> None:
    assert len(numbers(clerk.get("/evaluate/border/print/form?language=km&copies=៣").text)) == 3


@pytest.mark.parametrize("language", ["", "xx", "fr"])
def test_a_language_that_is_not_offered_is_asked_for_again(clerk: FlaskClient, language: str) -> None:
    answer = clerk.get("/evaluate/border/print/form", query_string={"language": language, "copies": "1"})

    assert answer.status_code == 422
    assert "Please choose one of these languages." in answer.text


def test_only_the_languages_a_collection_is_served_in_are_printed(clerk: FlaskClient, collection: Collection) -> None:
    collection.offered = "en th"
    db.session.commit()

    assert "Khmer" not in clerk.get("/evaluate/border/print").text
    assert clerk.get("/evaluate/border/print/form?language=th&copies=1").status_code == 200
    assert clerk.get("/evaluate/border/print/form?language=km&copies=1").status_code == 422


def test_a_closed_collection_is_printed_too(clerk: FlaskClient, collection: Collection) -> None:
    collections.close(collection, "tester")
    db.session.commit()

    assert "This collection is closed." in clerk.get("/evaluate/border/print").text
    assert clerk.get("/evaluate/border/print/form?language=en&copies=1").status_code == 200


def test_a_collection_never_opened_has_nothing_to_print(clerk: FlaskClient) -> None:
    collections.create("later", "partner_survey", "Next year's meeting", who="tester")
    db.session.commit()

    for address in ("/evaluate/later/print", "/evaluate/later/print/form?language=en&copies=1"):
        answer = clerk.get(address)
        assert answer.status_code == 409
        assert "there is no form to print yet" in answer.text


def test_the_notice_names_who_asks_where_that_is_known(clerk: FlaskClient, collection: Collection) -> None:
    address = "/evaluate/border/print/form?language=en&copies=1"
    assert "carried out by" not in clerk.get(address).text

    collection.organiser = "the <b>Ministry</b> & partners"
    db.session.commit()

    text = clerk.get(address).text
    assert "<b>Ministry" not in text
    assert "This survey is carried out by the <b>Ministry</b> & partners." in unescape(text)


def test_the_way_to_printing_stands_in_the_bar(evaluator: FlaskClient) -> None:
    assert 'href="/evaluate/demo/print"' in evaluator.get("/evaluate/demo/").text


def test_the_form_is_no_longer_than_its_policy_allows(clerk: FlaskClient) -> None:
    answer = clerk.get("/evaluate/border/print/form?language=my&copies=2")

    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?! type=\"module\" src)", answer.text)


# On paper, by a real browser ------------------------------------------------------------------------------------------


class Printed(NamedTuple):
    """A form as the browser prints it: the file, and what the page said before."""

    file: Path
    pdf: pdfium.PdfDocument
    serials: list[str]
    #: Of every page, blank ones too: which copy it is of, and the names of the items on it.
    sheets: list[tuple[str, list[str]]]
    page: Any


class Press:
    """A clerk's browser that prints forms of the demonstration."""

    def __init__(self, browser: Any, server: str, folder: Path, sign_in_on: Callable[..., None]) -> None:
        self.server, self.folder = server, folder
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.faults: list[str] = []
        self.page = self._page(self.context)
        sign_in_on(self.page, server, "clerk")
        self.plain = browser.new_context(java_script_enabled=False, storage_state=self.context.storage_state())

    def _page(self, context: Any) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda told: self.faults.append(told.text) if told.type == "error" else None)
        return page

    def pdf(self, language: str, copies: int = 2, script: bool = True) -> Printed:
        page = self.page if script else self.plain.new_page()
        page.goto(f"{self.server}/evaluate/demo/print/form?language={language}&copies={copies}&two_sides=y")
        if script:
            page.wait_for_selector("#print:visible")
        file = self.folder / f"{language}-{script}.pdf"
        page.pdf(path=file, prefer_css_page_size=True)
        sheets = [
            (
                sheet.locator("table").get_attribute("data-serial") if sheet.locator("table").count() else "",
                [item.get_attribute("data-item") for item in sheet.locator(".item").all()],
            )
            for sheet in page.locator(".sheet").all()
        ]
        shown = [table.get_attribute("data-serial") for table in page.locator("table.copy").all()]
        return Printed(file, pdfium.PdfDocument(file), list(dict.fromkeys(shown)), sheets, page)


@pytest.fixture
def press(browser: Any, server: str, tmp_path: Path, sign_in_on: Callable[..., None]) -> Iterator[Press]:
    made = Press(browser, server, tmp_path, sign_in_on)
    yield made
    made.context.close()
    made.plain.close()
    assert made.faults == []


def text_of(page: pdfium.PdfPage) -> str:
    return " ".join(page.get_textpage().get_text_bounded().split())


def codes_of(page: pdfium.PdfPage) -> list[str]:
    """Return what the QR codes of a page say, when it is scanned at 150 dots to the inch."""
    return [found.text for found in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_numpy())]


def undrawn(file: Path) -> int:
    """Return how many glyphs of a PDF are number 0 of their font: the box that is drawn when no font has a letter."""
    found = 0
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", file.read_bytes(), re.S):
        with suppress(zlib.error):  # pictures are packed in other ways
            for run in re.findall(rb"<([0-9A-Fa-f]+)> Tj", zlib.decompress(packed)):
                found += len(re.findall("0000", " ".join(re.findall("....", run.decode()))))
    return found


def edges(page: pdfium.PdfPage) -> tuple[float, float, float, float]:
    """Return how far the ink stays from the edges of a page, in millimetres: left, top, right, bottom."""
    dark = page.render(scale=2).to_numpy()[:, :, :3].min(axis=2) < 128
    rows, columns = dark.any(axis=1).nonzero()[0], dark.any(axis=0).nonzero()[0]
    height, width = dark.shape
    left, top, right, bottom = columns[0], rows[0], width - 1 - columns[-1], height - 1 - rows[-1]
    return tuple(float(each) / 2 / MM for each in (left, top, right, bottom))  # type: ignore[return-value]


CLIPPED = """() => [...document.querySelectorAll("main *")].filter((each) =>
  !each.closest("svg") && !each.matches(".ruler") && getComputedStyle(each).display !== "inline" &&
  (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1) && each.clientWidth
).map((each) => each.outerHTML.slice(0, 120))"""

OWN = {"th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Myanmar"}
#: The scripts that are hardest to print, and English, always; the others are printed with `-m full` too.
PRINTED = [each if each in ("en", "km", "my") else pytest.param(each, marks=pytest.mark.full) for each in LANGUAGES]


@pytest.mark.chromium
@pytest.mark.parametrize("language", PRINTED)
def test_a_printed_form_is_whole(press: Press, language: str) -> None:
    printed = press.pdf(language)
    pages = list(printed.pdf)

    assert undrawn(printed.file) == 0
    # What the page calls a sheet is exactly one page of paper, so no question on it is split.
    assert len(pages) == len(printed.sheets)
    assert 2 * 5 <= len(pages) <= 2 * 10
    assert all(page.get_size() == pytest.approx(A4, abs=1) for page in pages)
    assert [name for serial, items in printed.sheets for name in items if serial == printed.serials[0]] == list(Q.items)
    per_copy = sum(serial == printed.serials[0] for serial, _ in printed.sheets)
    for number, (page, (serial, items)) in enumerate(zip(pages, printed.sheets, strict=True)):
        if not serial:
            # Only the back of a copy's last sheet is blank.
            assert (text_of(page), number % 2) == ("", 1)
            continue
        assert items
        assert codes_of(page) == [f"surveytool:demo:{serial}"]
        assert text_of(page).count(serials.shown(serial)) >= 1
        assert min(edges(page)) > 9, (number, edges(page))
        nth = sum(other == serial for other, _ in printed.sheets[: number + 1])
        first = printed.page.locator(".sheet").nth(number).locator(".page").inner_text()
        assert re.findall(r"\d+", first) == [str(nth), str(per_copy)]
    # The second copy begins on a new sheet of paper.
    assert printed.sheets.index(next(each for each in printed.sheets if each[0] == printed.serials[1])) % 2 == 0


@pytest.mark.chromium
@pytest.mark.parametrize("language", PRINTED)
def test_nothing_printed_is_wider_or_taller_than_its_place(press: Press, language: str) -> None:
    page = press.pdf(language, 1).page

    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 1047})  # what @page leaves of A4, in the browser's pixels
    assert page.evaluate(CLIPPED) == []


@pytest.mark.chromium
@pytest.mark.parametrize("language", OWN)
def test_the_project_s_own_font_is_printed(press: Press, language: str) -> None:
    page = press.pdf(language, 1).page
    client = page.context.new_cdp_session(page)
    client.send("DOM.enable")
    client.send("CSS.enable")
    root = client.send("DOM.getDocument")["root"]["nodeId"]
    found = client.send("DOM.querySelectorAll", {"nodeId": root, "selector": "h1, h2, .label, .answer, .skip p"})
    fonts = [
        font
        for node in found["nodeIds"]
        for font in client.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    ]

    assert {font["familyName"] for font in fonts if font["isCustomFont"]} == {f"Noto Sans {OWN[language]}"}
    assert not [font for font in fonts if OWN[language] in font["familyName"] and not font["isCustomFont"]]


@pytest.mark.chromium
def test_a_character_that_no_font_has_would_be_noticed(press: Press) -> None:
    page = press.pdf("en", 1).page

    page.locator("h1").evaluate("(heading) => { heading.textContent = 'A\\u{10fff0}B\\ue123'; }")
    page.pdf(path=press.folder / "spoilt.pdf", prefer_css_page_size=True)

    assert undrawn(press.folder / "spoilt.pdf") == 2


@pytest.mark.chromium
def test_without_javascript_questions_are_whole_and_every_page_says_what_it_is(press: Press) -> None:
    printed = press.pdf("en", script=False)
    pages = list(printed.pdf)
    texts = [text_of(page) for page in pages]

    assert [re.findall(r"\d+ / \d+", text) for text in texts] == [
        [f"{n} / {len(pages)}"] for n in range(1, len(pages) + 1)
    ]
    said = [codes_of(page) for page in pages]
    assert {code for found in said for code in found} == {serials.mark("demo", each) for each in printed.serials}
    assert all(len(found) == 1 for found in said)
    half = texts[: len(pages) // 2]
    for section in Q.sections:
        for group in paper.groups(section):
            labels = [" ".join(WORDINGS["en"].label(item.name).split()) for item in group.items]
            together = [text for text in half if all(label in text for label in labels)]
            assert together, labels


@pytest.mark.chromium
def test_the_page_to_print_from_is_accessible_and_prints(press: Press, server: str) -> None:
    page = press.page
    for address in ("print", "print/form?language=my&copies=1", "print/form?language=en&copies=1"):
        page.goto(f"{server}/evaluate/demo/{address}")
        look(page, address)

    page.evaluate("window.print = () => { window.asked = true; }")
    page.click("#print")

    assert page.evaluate("window.asked") is True
