"""Pictures in a real browser: drawn with the right letters, taken away as PNG and SVG, readable on a phone."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from surveytool import collections
from surveytool.models import Code, CodeFrame, db
from tests.conftest import Serve
from tests.looking import look, open_details
from tests.test_reading_results import register

pytestmark = pytest.mark.chromium

PAGES = ("compare?item=21a&by=kind", "cross?rows=21a&columns=26", "by-organisation", "politeness", "pictures?words=my")
#: Codes called by names in other scripts, as evaluators may: Burmese, Khmer, Lao and Thai.
NAMES = {
    "DSDW": "လူမှုဝန်ထမ်း၊ ကယ်ဆယ်ရေးနှင့် ပြန်လည်နေရာချထားရေးဝန်ကြီးဌာန",
    "Maryknoll": "គណៈកម្មាធិការជាតិប្រយុទ្ធប្រឆាំងអំពើជួញដូរមនុស្ស",
    "Police": "ກົມຕຳຫຼວດສະກັດກັ້ນການຄ້າມະນຸດ",
    "UN-IAP": "กรมพัฒนาสังคมและสวัสดิการ",
}


def prepare(app: Flask) -> None:
    """Tie forms to a register, and call some codes by names in other scripts."""
    collection = collections.find("mekong-2003")
    register(collection)
    of_bodies = select(Code).join(CodeFrame).where(CodeFrame.collection_id == collection.id, CodeFrame.name == "bodies")
    for code in db.session.scalars(of_bodies):
        code.label = NAMES.get(code.name, code.label)


@pytest.fixture
def page(browser: Any, serve: Serve, filled_instance: Path, sign_in_on: Callable[..., None]) -> Iterator[Any]:
    """A phone's page, signed in as an evaluator, on which nothing may go wrong."""
    with serve(filled_instance, prepare) as server:
        context = browser.new_context(
            viewport={"width": 360, "height": 800}, base_url=f"{server}/evaluate/mekong-2003/"
        )
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        sign_in_on(page, server)
        yield page
        context.close()
        assert faults == []


def saved(page: Any, place: str, form: str) -> tuple[str, bytes]:
    """Press the button under a picture; return the name of the file and what is in it."""
    with page.expect_download() as download:
        page.locator(f"#{place} + .save button", has_text=form).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def ink(png: bytes, top: float, bottom: float) -> int:
    """How many dark pixels a strip of a picture has, between two parts of its height."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    strip = picture.crop((0, int(top * picture.height), picture.width, int(bottom * picture.height)))
    return sum(strip.histogram()[:90])


def test_pictures_are_drawn_and_taken_away_in_every_script_and_pages_fit_a_phone(page: Any) -> None:
    page.goto("pictures?words=km")
    wording = page.locator("#scale-21a + .question").inner_text()
    name, svg = saved(page, "figure-21a", "SVG")
    text = svg.decode("utf-8")
    assert name == "mekong-2003-21a-km.svg"
    assert wording.replace(" ", "") in re.sub(r"<[^>]+>|\s", "", text)
    assert "n = 30" in text
    assert "Synthetic data" in text
    assert 'font-family: "Survey Khmer"' in text
    assert not re.search(r"(href|src)\s*[=:]\s*[\"']?https?:", text)

    # The first picture of all has its letters too: the title's rows are dark, not blank for want of a font.
    name, png = saved(page, "figure-21a", "PNG")
    assert name == "mekong-2003-21a-km.png"
    assert Image.open(io.BytesIO(png)).width == 1800
    assert ink(png, 0, 0.25) > 3000

    _, png = saved(page, "figure-flow-21a-body", "PNG")
    _, svg = saved(page, "figure-flow-21a-body", "SVG")
    whole = re.sub(r"<style.*?</style>|<[^>]+>|\s", "", svg.decode("utf-8"), flags=re.S)
    for label in NAMES.values():
        assert label.replace(" ", "") in whole
    assert "n=24" in whole
    assert ink(png, 0.15, 0.85) > 5000

    page.locator("#figure-scales").scroll_into_view_if_needed()
    page.wait_for_selector("#figure-scales .main-svg")
    assert page.locator("#figure-scales .barlayer .point path").count() > 30

    for address in PAGES:
        page.goto(address)
        open_details(page)
        look(page, address, widths=(360,))
