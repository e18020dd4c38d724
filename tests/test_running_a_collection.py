"""A collection from its making to its data, through the doors that people use: an evaluator, a partner and a clerk."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from surveytool import collections
from surveytool.app import create_app
from surveytool.results import collect
from surveytool.serving import let_go
from tests.test_browser import PHONE, Partner
from tests.test_entry_browser import THAI, VIETNAMESE, Typist
from tests.test_exports import (
    MISSING,
    OFFICE,
    Sheets,
    as_dicts,
    check_figures,
    convert,
    digest_of,
    from_csv_plain,
    from_xlsx,
    notes,
)

pytestmark = [pytest.mark.chromium, pytest.mark.libreoffice]

CODE = "mae-sot"
#: What a partner writes in Lao on a telephone; the numbers are in Lao digits.
LAO = {
    "name": "ສົມມຸດ ທົດສອບ",
    "organisation": "ອົງການທົດສອບ",
    "objective": "ປ້ອງກັນການຄ້າມະນຸດ ແລະ ການສົ່ງກັບຢ່າງປອດໄພ",
    "trained_times": "໑໒",
    "improve": "ການປະສານງານລະຫວ່າງປະເທດ\nແລະ ການຝຶກອົບຮົມ",
}
LAO_CHOSEN = {"country": "lao_pdr", "trained": "yes", "training_useful": "3", "gender": "yes", "guidelines": "no"}
#: Answers in words that are followed into the data. Names are not among them.
TEXTS = ("organisation", "objective", "body_national", "improve", "research_subject")
#: Who runs the collection, and who types its papers.
PEOPLE = ("evaluator@example.org", "clerk@example.org")
NAMES = (LAO["name"], "Trần Văn Thử", "สมมุติ ทดสอบ")


@pytest.fixture
def somebody(browser: Any, server: str) -> Iterator[Callable[..., Any]]:
    """Give somebody a browser of their own, in which no script may fail."""
    contexts, faults = [], []

    def given(**settings: Any) -> Any:
        context = browser.new_context(**settings)
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        return page

    yield given
    for context in contexts:
        context.close()
    assert faults == []


def words(page: Any, place: str = "main") -> str:
    """Return what stands in one place of a page, or of a part of it."""
    return " ".join(page.locator(place).first.inner_text().split())


def make_and_open(page: Any, server: str) -> str:
    """Make a collection in the browser and open it; return the address partners are given."""
    page.goto(f"{server}/evaluate/")
    page.click("a[href='/evaluate/collections/new']")
    page.fill("[name=title]", "Border meeting, Mae Sot")
    page.fill("[name=code]", CODE)
    page.fill("[name=place]", "Mae Sot")
    page.fill("[name=starts_on]", "2027-03-03")
    page.fill("[name=ends_on]", "2027-03-05")
    page.click("text=Make the collection")
    page.wait_for_url(f"**/{CODE}/collection")
    page.click("text=Open the collection")
    page.wait_for_selector("text=Close the collection")
    return page.inner_text("p.address")


def fill_in_lao(partner: Partner, address: str) -> None:
    """Fill in and send the form as a partner does who was given its address, on a telephone 360 pixels wide."""
    partner.page.goto(address)
    assert partner.page.url.endswith("/lo"), "the language of the telephone"
    assert partner.too_wide(360) == []
    for name, value in LAO_CHOSEN.items():
        partner.choose(name, value)
    for name, text in LAO.items():
        partner.write(name, text)
    partner.send()
    assert re.search(r"\d{4} \d{4} \d{4} \d{4} \d\b", partner.page.inner_text(".receipt"))
    assert partner.too_wide(360) == []


def type_papers(clerk: Typist) -> None:
    """Type a Vietnamese and a Thai paper by keyboard alone; the Thai one in its digits and years of its era."""
    desk = f"{clerk.server}/evaluate/{CODE}/entry"
    clerk.page.goto(desk)
    clerk.begin(2, "19/5/2003", "0101")
    clerk.type_all(VIETNAMESE)
    clerk.go()
    clerk.press("Tab")
    clerk.go()
    assert "Receipt code:" in words(clerk.page)

    clerk.page.goto(desk)
    clerk.begin(1, "๑๙/๕/๒๕๔๖", "๐๑๐๒")
    assert "2546 looks like a year of the Buddhist era" in words(clerk.page)
    clerk.page.focus("#serial")
    clerk.go()
    clerk.page.wait_for_selector("#q-date :focus", state="attached")
    clerk.type_all(THAI)
    clerk.go()
    assert "2546 is 2003, 2544 is 2001: yes, years of the Buddhist era" in words(clerk.page)
    clerk.go()
    clerk.press("Tab")
    clerk.go()
    assert "Receipt code:" in words(clerk.page)


def listed(page: Any, server: str) -> dict[str, tuple[str, str, str]]:
    """Return what the list of forms says: language → address, state and how it came."""
    page.goto(f"{server}/evaluate/{CODE}/responses")
    found = {}
    for row in page.locator("table.cards tbody tr").all():
        language, state, mode = (words(row, f"[data-label='{label}']") for label in ("Language", "State", "Came by"))
        found[language] = (row.locator("th a").get_attribute("href"), state, mode)
    return found


def answer_to(page: Any, item: str) -> str:
    return words(page, f"#item-{item}")


def read_each(page: Any, server: str) -> None:
    """Find the three forms in the list, and read of each what was sent and what stands."""
    forms = listed(page, server)
    assert {language: (state, mode) for language, (_, state, mode) in forms.items()} == {
        "Lao": ("flagged; counts until decided", "web"),
        "Vietnamese": ("flagged; counts until decided", "paper"),
        "Thai": ("flagged; counts until decided", "paper"),
    }

    page.goto(server + forms["Lao"][0])
    assert f"{' '.join(LAO['objective'].split())} counts" in answer_to(page, "objective")
    assert "12 counts" in answer_to(page, "trained_times")
    assert "Sent as: ໑໒" in answer_to(page, "trained_times")
    assert not [name for name in NAMES if name in page.content()]

    page.goto(server + forms["Vietnamese"][0])
    assert "Phòng, chống mua bán người counts" in answer_to(page, "objective")
    assert "Typed in by clerk@example.org" in words(page)
    assert "Serial number 0101" in words(page)

    page.goto(server + forms["Thai"][0])
    assert "ป้องกันการค้ามนุษย์ counts" in answer_to(page, "objective")
    assert "๑๙/๕/๒๕๔๖ understood as 2003-05-19" in answer_to(page, "date")
    # It stands on the paper, and was not to be answered: kept, shown, and by rule not counted.
    assert "invalid" in answer_to(page, "acceptable_rate")
    assert "Sent as: ๕" in answer_to(page, "acceptable_rate")


def counted_by(page: Any, group: str) -> dict[str, int]:
    rows = page.locator(f"tbody[data-part={group}] tr").all()
    found = {words(row, "th"): int(row.locator("td").first.inner_text()) for row in rows}
    return {name: n for name, n in found.items() if n}


def see_counts(page: Any, server: str) -> None:
    page.goto(f"{server}/evaluate/{CODE}/collection")
    assert "3 received = 3 valid + 0 excluded" in words(page, "[data-part=total]")
    assert counted_by(page, "Country") == {"Lao PDR": 1, "Thailand": 1, "Viet Nam": 1}
    assert counted_by(page, "Language") == {"Lao": 1, "Thai": 1, "Vietnamese": 1}
    assert sorted(counted_by(page, "Mode").values()) == [1, 2]


def figures_shown(page: Any, server: str) -> dict[str, Counter[str]]:
    """Return every table of counts on the page of results: item → label → people."""
    page.goto(f"{server}/evaluate/{CODE}/")
    assert "3 received → 0 excluded → 3 valid" in words(page)
    found = {}
    for section in page.locator("section.item").all():
        rows = section.locator("[aria-label^='Counts of item'] tbody tr").all()
        if rows:
            # A scale has its code before the label.
            labels = [(words(row, "th").split(" · ")[-1], int(words(row, "td >> nth=0"))) for row in rows]
            found[words(section, "h3 .number")] = Counter({label: n for label, n in labels if n})
    return found


def figures_in(sheets: Sheets, numbers: Any) -> dict[str, Counter[str]]:
    """Count the same from a workbook with labels: item → label → people."""
    book = {str(row["item"]): str(row["column"]) for row in reversed(as_dicts(sheets["Codebook"]))}
    found = {}
    for number in numbers:
        # Dates are counted by their years.
        given = [re.sub(r"^(\d{4})-\d\d(-\d\d)?$", r"\1", str(row[book[number]])) for row in as_dicts(sheets["Data"])]
        found[number] = Counter(each for each in given if each not in MISSING)
    return found


def take_away(page: Any, server: str, folder: Path, values: str) -> Path:
    """Take the data away as a workbook, as the page offers it."""
    page.goto(f"{server}/evaluate/{CODE}/export")
    assert page.is_checked("[name=format][value=xlsx] >> nth=0")
    page.check(f"[name=values][value={values}] >> nth=0")
    with page.expect_download() as waiting:
        page.click("button:text-is('Take the data away')")
    assert waiting.value.suggested_filename == f"{CODE}-wide.xlsx"
    file = folder / f"{values}.xlsx"
    waiting.value.save_as(file)
    return file


def check_texts(rows: list[dict[str, Any]]) -> None:
    """Hold the texts in three scripts against what was written and typed."""
    by_language = {str(row["form.language"]): row for row in rows}
    assert set(by_language) == {"lo", "vi", "th"}
    for language, given in (("lo", LAO), ("vi", dict(VIETNAMESE)), ("th", dict(THAI))):
        for item in TEXTS:
            expected = given.get(item, "")
            if expected:
                assert by_language[language][item] == expected, (language, item)
    assert not [name for name in NAMES if name in str(rows)], "names are not taken away by default"


def check_log(page: Any, server: str) -> None:
    """Read in the audit log, as administrators see it, who did what."""
    page.goto(f"{server}/manage/log")
    assert "The chain is whole" in words(page)
    rows = [[words(cell, "xpath=.") for cell in row.locator("td").all()] for row in page.locator("tbody tr").all()]
    deeds: dict[str, list[str]] = {}
    for _when, who, what, about, _why in reversed(rows):
        deeds.setdefault(who, []).append(what)
        assert what == "signed in" or CODE in about or about.startswith("response ") or who not in PEOPLE
    made, typed = PEOPLE
    took = ["exported responses"] * 2
    assert deeds[made] == ["signed in", "made a collection", "opened a collection", *took]
    assert deeds[typed] == ["signed in", "typed a form", "typed a form"]
    assert not [text for text in (*NAMES, *LAO.values()) if text in page.content()], "deeds, never answers"


@contextmanager
def behind_the_pages(folder: Path) -> Iterator[None]:
    """Look at what is stored on the instance that is served."""
    app = create_app(folder)
    with app.app_context():
        yield
        let_go()


def test_a_collection_from_its_making_to_its_data(
    somebody: Callable[..., Any], server: str, sign_in_on: Callable[..., None], libreoffice: str, tmp_path: Path
) -> None:
    evaluator = somebody(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    sign_in_on(evaluator, server)
    address = make_and_open(evaluator, server)

    fill_in_lao(Partner(somebody(viewport=PHONE, locale="lo"), server), address)
    clerk = Typist(somebody(), server)
    sign_in_on(clerk.page, server, "clerk")
    type_papers(clerk)

    see_counts(evaluator, server)
    read_each(evaluator, server)
    shown = figures_shown(evaluator, server)
    assert len(shown) > 15
    files = {values: take_away(evaluator, server, tmp_path, values) for values in ("codes", "labels")}
    books = {values: from_xlsx(io.BytesIO(file.read_bytes())) for values, file in files.items()}
    assert figures_in(books["labels"], shown) == shown
    check_texts(as_dicts(books["codes"]["Data"]))
    assert digest_of(books["codes"]["Data"]) == notes(books["codes"])["Digest of Data"]

    convert(libreoffice, tmp_path, OFFICE, files["codes"])
    opened = [[str(cell) for cell in row] for row in from_csv_plain(tmp_path / "codes.csv")]
    check_texts(as_dicts([list(row) for row in opened]))

    for path in ("", "responses", "collection", "export", "corrections", "shares"):
        refused = clerk.page.goto(f"{server}/evaluate/{CODE}/{path}")
        assert refused.status == 403, path

    with behind_the_pages(tmp_path / "served"):
        expected = collect(collections.find(CODE))
    check_figures(books["codes"], "wide", "codes", expected)
    check_figures(books["labels"], "wide", "labels", expected)

    administrator = somebody()
    sign_in_on(administrator, server, "administrator")
    check_log(administrator, server)
