"""Paper forms typed in a real browser by keyboard alone: what is stored is what stands on the paper."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from surveytool.app import create_app
from surveytool.models import Entry, Identity, Response, db
from surveytool.serving import let_go
from tests.looking import look, open_details

pytestmark = pytest.mark.chromium


#: What stands on a paper, item by item: the keys to press where there is something to choose, the text where there is
#: a line to write on, "" where nothing was answered.
VIETNAMESE = [
    ("date", "19/5/2003"),
    ("name", "Trần Văn Thử"),
    ("organisation", "Hội Liên hiệp Phụ nữ"),
    ("position", "Cán bộ"),
    ("duty_station", "Lạng Sơn"),
    ("country", "5"),
    ("country_other", ""),
    ("involved", "y"),
    ("objective", "Phòng, chống mua bán người"),
    ("trained", "y"),
    ("trained_times", "3"),
    ("trained_by", "IOM"),
    ("training_useful", "4"),
    ("applying", "y"),
    ("applying_why_not", ""),
    ("expect_to_use", "y"),
    ("how_soon", "2"),
    ("conducive", "y"),
    ("conducive_explain", "Có hợp tác qua biên giới"),
    ("activities", "acd"),
    ("activities_other", ""),
    ("research_return", "n"),
    ("research_other", "y"),
    ("research_subject", "Lao động trẻ em"),
    ("research_date", "11/2001"),
    ("planning_tools", "Khung lô-gích"),
    ("monitoring_tools", "Báo cáo quý"),
    ("log_frame", "y"),
    ("pcm", "a"),
    ("evaluated", "y"),
    ("evaluated_when", "2002"),
    ("evaluated_by", "Tư vấn độc lập"),
    ("coordination_national", "3"),
    ("body_national", "Bộ Công an"),
    ("coordination_regional", "2"),
    ("body_regional", "UNIAP"),
    ("legal_framework", "2"),
    ("guidelines", "y"),
    ("guidelines_which", "Nghị định thư"),
    ("gender", "y"),
    ("improve", "Phối hợp giữa các nước"),
    ("prevention_important", "4"),
    ("prevention_effective", "1"),
    ("retrafficking_rate", "y"),
    ("acceptable_rate", "12,5"),
    ("comments", "Xin cảm ơn"),
    ("attended", "y"),
    ("meeting_useful", "3"),
    ("meeting_interesting", "0"),
]
VIETNAMESE_STORED = {
    "date": "2003-05-19",
    "organisation": "Hội Liên hiệp Phụ nữ",
    "country": "viet_nam",
    "country_other": "not_asked",
    "involved": "yes",
    "objective": "Phòng, chống mua bán người",
    "trained": "yes",
    "trained_times": "3",
    "trained_by": "IOM",
    "training_useful": "4",
    "applying": "yes",
    "applying_why_not": "not_asked",
    "expect_to_use": "yes",
    "how_soon": "2-3",
    "conducive": "yes",
    "conducive_explain": "Có hợp tác qua biên giới",
    "activities.orderly_return": "1",
    "activities.reintegration": "0",
    "activities.prevention": "1",
    "activities.protection": "1",
    "activities.legal_assistance": "0",
    "activities.other": "0",
    "activities_other": "not_asked",
    "research_return": "no",
    "research_other": "yes",
    "research_subject": "Lao động trẻ em",
    "research_date": "2001-11",
    "planning_tools": "Khung lô-gích",
    "monitoring_tools": "Báo cáo quý",
    "log_frame": "yes",
    "pcm": "not_applicable",
    "evaluated": "yes",
    "evaluated_when": "2002",
    "evaluated_by": "Tư vấn độc lập",
    "coordination_national": "3",
    "body_national": "Bộ Công an",
    "coordination_regional": "2",
    "body_regional": "UNIAP",
    "legal_framework": "2",
    "guidelines": "yes",
    "guidelines_which": "Nghị định thư",
    "gender": "yes",
    "improve": "Phối hợp giữa các nước",
    "prevention_important": "4",
    "prevention_effective": "1",
    "retrafficking_rate": "yes",
    "acceptable_rate": "12.5",
    "comments": "Xin cảm ơn",
    "attended": "yes",
    "meeting_useful": "3",
    "meeting_interesting": "0",
}
#: In Thai digits, with years of the Buddhist era, and with most follow-up questions left empty.
THAI = [
    ("date", "๑๙/๕/๒๕๔๖"),
    ("name", "สมมุติ ทดสอบ"),
    ("organisation", "มูลนิธิทดสอบ"),
    ("position", ""),
    ("duty_station", "เชียงราย"),
    ("country", "4"),
    ("country_other", ""),
    ("involved", "n"),
    ("objective", "ป้องกันการค้ามนุษย์"),
    ("trained", "y"),
    ("trained_times", "๑๒"),
    ("trained_by", ""),
    ("training_useful", "0"),
    ("applying", "n"),
    ("applying_why_not", "ไม่มีโอกาส"),
    ("expect_to_use", "y"),
    ("how_soon", "3"),
    ("conducive", ""),
    ("conducive_explain", ""),
    ("activities", ""),
    ("activities_other", ""),
    ("research_return", "y"),
    ("research_other", "y"),
    ("research_subject", "แรงงานเด็ก"),
    ("research_date", "๒๕๔๔"),
    ("planning_tools", "N/A"),
    ("monitoring_tools", "N/A"),
    ("log_frame", "a"),
    ("pcm", "n"),
    ("evaluated", "n"),
    ("evaluated_when", ""),
    ("evaluated_by", ""),
    ("coordination_national", "1"),
    ("body_national", "กรมพัฒนาสังคมและสวัสดิการ"),
    ("coordination_regional", ""),
    ("body_regional", ""),
    ("legal_framework", "3"),
    ("guidelines", "n"),
    ("guidelines_which", ""),
    ("gender", "y"),
    ("improve", ""),
    ("prevention_important", "4"),
    ("prevention_effective", "2"),
    ("retrafficking_rate", "n"),
    ("acceptable_rate", "๕"),
    ("comments", ""),
    ("attended", "n"),
    ("meeting_useful", ""),
    ("meeting_interesting", ""),
]
THAI_STORED = {
    "date": "2003-05-19",
    "organisation": "มูลนิธิทดสอบ",
    "country": "thailand",
    "country_other": "not_asked",
    "involved": "no",
    "objective": "ป้องกันการค้ามนุษย์",
    "trained": "yes",
    "trained_times": "12",
    "trained_by": "no_answer",
    "training_useful": "0",
    "applying": "no",
    "applying_why_not": "ไม่มีโอกาส",
    "expect_to_use": "yes",
    "how_soon": "4+",
    "conducive": "no_answer",
    "conducive_explain": "no_answer",
    # Nothing in the section was answered, so that nothing ticked says nothing.
    "activities.orderly_return": "no_answer",
    "activities.reintegration": "no_answer",
    "activities.prevention": "no_answer",
    "activities.protection": "no_answer",
    "activities.legal_assistance": "no_answer",
    "activities.other": "no_answer",
    "activities_other": "not_asked",
    "research_return": "yes",
    "research_other": "yes",
    "research_subject": "แรงงานเด็ก",
    "research_date": "2001",
    "planning_tools": "not_applicable",
    "monitoring_tools": "not_applicable",
    "log_frame": "not_applicable",
    "pcm": "no",
    "evaluated": "no",
    "evaluated_when": "not_asked",
    "evaluated_by": "not_asked",
    "coordination_national": "1",
    "body_national": "กรมพัฒนาสังคมและสวัสดิการ",
    "coordination_regional": "no_answer",
    "body_regional": "no_answer",
    "legal_framework": "3",
    "guidelines": "no",
    "guidelines_which": "not_asked",
    "gender": "yes",
    "improve": "no_answer",
    "prevention_important": "4",
    "prevention_effective": "2",
    "retrafficking_rate": "no",
    # It stands on the paper, so it is kept, and by rule it does not count.
    "acceptable_rate": "5",
    "comments": "no_answer",
    "attended": "no",
    "meeting_useful": "not_asked",
    "meeting_interesting": "not_asked",
}


class Typist:
    """Somebody at a keyboard, whose keystrokes are counted; the mouse is not touched."""

    def __init__(self, page: Any, server: str) -> None:
        self.page, self.server = page, server
        self.strokes = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.strokes += 1

    def write(self, text: str) -> None:
        # Letters that are on no keyboard of the test's are put in as an input method does.
        if text.isascii():
            self.page.keyboard.type(text)
        else:
            self.page.keyboard.insert_text(text)
        self.strokes += len(text)

    def at(self) -> str:
        """The item that the keyboard is at."""
        found: str = self.page.evaluate("document.activeElement.closest('[data-item]')?.dataset.item ?? ''")
        return found

    def type_item(self, item: str, answer: str) -> None:
        assert self.at() == item
        kind = self.page.get_attribute(f"#q-{item}", "data-kind")
        boxed = kind == "text" and self.page.locator(f"#q-{item} [type=checkbox]").count()
        if answer == "N/A":
            self.press("Tab", "a")
        elif kind == "one" and answer:
            self.press(answer)
        elif kind == "several":
            self.press(*answer, "Tab")
        else:
            self.write(answer)
            self.press(*(["Tab", "Tab"] if boxed else ["Tab"]))

    def type_all(self, paper: Sequence[tuple[str, str]]) -> None:
        for item, answer in paper:
            self.type_item(item, answer)

    def go(self) -> None:
        """Go on to the next page, and wait until it has put the keyboard where it belongs."""
        with self.page.expect_navigation():
            self.press("Enter")
        self.page.wait_for_selector("main :focus", state="attached")

    def begin(self, language: int, date: str, serial: str) -> None:
        """Begin a form from the desk: the language by its place in the list."""
        self.press(*["ArrowDown"] * language, "Tab", "Tab")
        self.write(date)
        self.press("Tab")
        self.write(serial)
        self.go()

    def saved(self) -> None:
        """Wait until everything typed is saved."""
        self.page.wait_for_selector("#typing[data-saved=yes]", timeout=20_000)


@pytest.fixture
def sit_down(browser: Any, server: str, sign_in_on: Callable[..., None]) -> Iterator[Callable[..., Typist]]:
    """Sign somebody in in a browser profile of their own, on whose pages nothing may go wrong."""
    contexts, faults = [], []

    def seated(role: str = "clerk") -> Typist:
        context = browser.new_context()
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        sign_in_on(page, server, role)
        return Typist(page, server)

    yield seated
    for context in contexts:
        context.close()
    # Refusals are what some of these tests are about.
    assert [each for each in faults if "Failed to load resource" not in each] == []


@pytest.fixture
def stored(server: str, tmp_path: Path) -> Iterator[Callable[[], Response]]:
    """Read the last form kept on the instance that is served."""
    app = create_app(tmp_path / "served")
    with app.app_context():
        yield lambda: db.session.scalars(select(Response).order_by(Response.id.desc()).limit(1)).one()
        let_go()


def held(response: Response) -> dict[str, str | None]:
    """Return what a form holds, by variable: the date, the words, the code, or why there is nothing."""
    return {
        each.variable: each.date or each.code or each.text if each.state == "value" else each.state
        for each in response.answers
    }


def test_a_vietnamese_paper_is_typed_by_keyboard_alone(
    sit_down: Callable[..., Typist], stored: Callable[[], Response]
) -> None:
    clerk = sit_down()
    assert clerk.page.url.endswith("/evaluate/demo/entry"), "signing in leads to the papers"

    clerk.begin(2, "19/5/2003", "0101")
    clerk.type_all(VIETNAMESE)
    assert clerk.page.evaluate("document.activeElement.id") == "end"
    clerk.go()
    clerk.press("Tab")
    clerk.go()

    assert re.search(r"Receipt code: \d{4} \d{4} \d{4} \d{4} \d\b", clerk.page.inner_text("main"))
    response = stored()
    assert (response.mode, response.language, response.typed_by) == ("paper", "vi", "clerk@example.org")
    assert (str(response.filled_on), response.serial) == ("2003-05-19", "0101")
    assert held(response) == VIETNAMESE_STORED
    identity = db.session.get_one(Identity, response.id).data["used"]
    assert identity == {"name": "Trần Văn Thử", "position": "Cán bộ", "duty_station": "Lạng Sơn"}
    letters = sum(len(answer) for _, answer in VIETNAMESE)
    assert clerk.strokes <= letters + len(VIETNAMESE) + 30, "one key for a choice, one to go on"


def test_a_thai_paper_is_begun_in_one_browser_and_finished_in_another(
    sit_down: Callable[..., Typist], stored: Callable[[], Response]
) -> None:
    clerk = sit_down()
    clerk.begin(1, "๑๙/๕/๒๕๔๖", "๐๑๐๒")
    # Asked back once: it is a year of the Buddhist era.
    assert "2546 looks like a year of the Buddhist era" in clerk.page.inner_text("main")
    clerk.page.focus("#serial")
    clerk.go()
    clerk.type_all(THAI[:20])
    clerk.saved()
    clerk.page.context.close()

    later = sit_down()
    later.page.focus(".begun a")
    later.go()
    # Where it goes on: after the last question that has something.
    assert later.at() == "conducive"
    later.type_all(THAI[17:])
    later.go()
    assert "2546 is 2003, 2544 is 2001: yes, years of the Buddhist era" in later.page.inner_text("main")
    later.go()
    later.press("Tab")
    later.go()

    response = stored()
    assert (response.mode, response.language) == ("paper", "th")
    assert (str(response.filled_on), response.serial) == ("2003-05-19", "0102")
    assert held(response) == THAI_STORED
    assert {each.text for each in response.answers if each.date} == {"๑๙/๕/๒๕๔๖", "๒๕๔๔"}
    assert db.session.scalars(select(Entry)).all() == []


def test_keys_work_whatever_script_the_keyboard_is_set_to(sit_down: Callable[..., Typist]) -> None:
    clerk = sit_down()
    clerk.begin(1, "", "")
    strike = """([key, code]) => document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true}))"""

    clerk.page.focus("#q-trained input")
    clerk.page.evaluate(strike, ["ั", "KeyY"])
    clerk.page.focus("#q-legal_framework input")
    clerk.page.evaluate(strike, ["๒", "Digit2"])

    assert clerk.page.is_checked('[name=trained][value="yes"]')
    assert clerk.page.is_checked('[name=legal_framework][value="2"]')
    assert clerk.at() == "guidelines"


def test_a_choice_is_changed_and_taken_away_by_keys(sit_down: Callable[..., Typist]) -> None:
    clerk = sit_down()
    clerk.begin(2, "", "")
    clerk.page.focus("#q-involved input")

    clerk.press("y")
    assert clerk.at() == "objective"
    clerk.press("Shift+Tab", "n")
    assert clerk.page.is_checked('[name=involved][value="no"]')
    clerk.press("Shift+Tab", "Backspace")
    assert clerk.page.locator("[name=involved]:checked").count() == 0
    assert clerk.at() == "involved"
    clerk.page.focus("#q-activities input")
    clerk.press("a", "f", "a")
    assert clerk.page.locator("[name=activities]:checked").evaluate_all("(all) => all.map((each) => each.value)") == [
        "other"
    ]
    clerk.press("Shift+Tab")
    assert clerk.at() == "conducive_explain"


def test_a_mouse_works_too(sit_down: Callable[..., Typist]) -> None:
    page = (clerk := sit_down()).page
    clerk.begin(2, "", "")

    for item, value in (
        ("trained", "no"),
        ("training_useful", "3"),
        ("applying", "yes"),
        ("pcm", "na"),
        ("gender", "no"),
    ):
        page.click(f"#q-{item} input[value='{value}']")

        assert page.is_checked(f"#q-{item} input[value='{value}']")
    page.click("#q-pcm button.clear")

    assert page.locator("[name=pcm]:checked").count() == 0


def test_what_was_not_asked_is_dimmed_and_can_be_typed(sit_down: Callable[..., Typist]) -> None:
    clerk = sit_down()
    clerk.begin(2, "", "")
    clerk.page.focus("#q-trained input")

    clerk.press("n")
    clerk.page.wait_for_selector("#q-training_useful.routed-past")
    clerk.press("7", "Tab", "Tab", "3")

    assert clerk.page.is_checked('[name=training_useful][value="3"]')
    clerk.page.focus("#q-trained input")
    clerk.press("y")
    clerk.page.wait_for_selector("#q-training_useful:not(.routed-past)")


def test_when_saving_fails_it_is_said_and_nothing_is_lost(sit_down: Callable[..., Typist]) -> None:
    clerk = sit_down()
    clerk.begin(2, "", "")
    address = clerk.page.url
    clerk.page.route("**/draft", lambda route: route.abort())

    clerk.page.focus("#f-organisation")
    clerk.write("Typed while the network was away")
    clerk.page.wait_for_selector("#unsaved:visible")
    assert "Not saved. The server cannot be reached." in clerk.page.inner_text("#unsaved")
    with clerk.page.expect_event("requestfailed"):
        clerk.page.click("#end")
    assert clerk.page.url == address, "the page is not left while it holds what is kept nowhere else"
    clerk.page.unroute("**/draft")
    clerk.saved()

    assert not clerk.page.is_visible("#unsaved")
    clerk.page.goto(address)
    assert clerk.page.input_value("#f-organisation") == "Typed while the network was away"


def test_who_was_signed_out_signs_in_elsewhere_and_saving_goes_on(
    sit_down: Callable[..., Typist], sign_in_on: Callable[..., None]
) -> None:
    clerk = sit_down()
    clerk.begin(2, "", "")
    second = clerk.page.context.new_page()
    second.goto(f"{clerk.server}/account")
    second.click("text=Sign out")

    clerk.page.focus("#f-organisation")
    clerk.write("Typed after being signed out")
    clerk.page.wait_for_selector("#unsaved:visible")
    assert "signed out" in clerk.page.inner_text("#unsaved")
    sign_in_on(second, clerk.server, "clerk")
    clerk.saved()

    clerk.page.reload()
    assert clerk.page.input_value("#f-organisation") == "Typed after being signed out"


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "#dde").save(out, "JPEG")
    return out.getvalue()


def test_every_page_is_accessible_and_no_wider_than_the_screen(sit_down: Callable[..., Typist]) -> None:
    clerk = sit_down()
    page = clerk.page

    def see(name: str) -> None:
        open_details(page)
        look(page, name)

    see("desk")
    for place, tag in enumerate(("en", "km", "my")):
        page.goto(f"{clerk.server}/evaluate/demo/entry")
        page.check(f"[name=language][value={tag}]")
        page.fill("#serial", str(place))
        page.click("main form.about button")
        page.fill("#f-trained_times", "many")
        page.check("[name=trained][value=no]")
        clerk.saved()
        see(f"typing {tag}")
    address = page.url
    page.click("button[value=scans] >> nth=0")
    page.set_input_files("#scan", {"name": "scan.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.click("main button:has-text('Attach')")
    page.locator("aside img").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.querySelector('aside img').naturalWidth") == 600
    see("typing beside a scan")
    for place in ("scans", "about", "give-up", "review"):
        page.goto(f"{address}/{place}")
        see(place)
    page.goto(address)
    page.fill("#f-trained_times", "")
    page.click("#end")
    page.click("button:has-text('Keep this form')")
    see("kept")
    page.click("text=Scans: 1")
    see("scans of a kept form")
    evaluator = sit_down("evaluator")
    address, page = page.url, evaluator.page
    page.goto(address)
    see("scans of a kept form, to an evaluator")
    page.goto(f"{clerk.server}/evaluate/demo/entry")
    see("desk of an evaluator, with what others began")
