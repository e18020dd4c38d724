"""Coding in a real browser, on a desk and on a phone, without a mouse: readable, accessible, nothing off the screen."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from surveytool import collections, intake
from surveytool.judge import coding
from surveytool.models import CodeFrame, db
from tests.looking import look, open_details

pytestmark = pytest.mark.chromium

#: One kind of body in each script; the last is long and has nowhere to break.
ANSWERS = {
    "en": ["DSDW", "Dept. of Social Development & Welfare", "x" * 300],
    "th": ["กรมพัฒนาสังคมและสวัสดิการ", "กรมพัฒนาสังคมและสวัสดิการ", "กรม พัฒนาสังคมและสวัสดิการ"],
    "lo": ["ສະຫະພັນແມ່ຍິງລາວ"],
    "km": ["ក្រសួងកិច្ចការនារី"],
    "my": ["အမျိုးသမီးရေးရာ ဦးစီးဌာန"],
}


def prepare(app: Flask) -> None:
    """Store answers in five languages on the demonstration, one of them coded."""
    demo = collections.find("demo")
    number = 0
    for language, texts in ANSWERS.items():
        for text in texts:
            number += 1
            sent = {"country": ["thailand"], "body_national": [text], "coordination_national": ["3"]}
            kept = intake.receive(demo, sent, submission=f"coding-{number:08}", language=language, mode="web")
            assert isinstance(kept, intake.Kept)
            if number == 2:
                frame = db.session.query(CodeFrame).filter_by(collection_id=demo.id, name="bodies").one()
                coding.give(frame, [coding.Unit(kept.response.id, "body_national")], frame.codes[:1], "a test")


@pytest.fixture
def page(
    browser: Any, filled_instance: Path, serve: Callable[..., Any], sign_in_on: Callable[..., None]
) -> Iterator[Any]:
    """A page signed in as an evaluator, without JavaScript of its own to lean on, on answers in five scripts."""
    with serve(filled_instance, prepare) as server:
        context = browser.new_context(base_url=server)
        page = context.new_page()
        sign_in_on(page, server)
        yield page
        context.close()


def test_the_pages_are_accessible_and_no_wider_than_the_screen(page: Any) -> None:
    for address in ("", "/21a body", "/21a body/frame", "/21a body/history", "/8"):
        page.goto(f"/evaluate/demo/coding{address}")
        open_details(page)
        look(page, address)


def test_answers_are_coded_with_the_keyboard_alone(page: Any) -> None:
    page.goto("/evaluate/demo/coding/21a body?uncoded=1")
    page.locator("[name=code]").nth(1).focus()
    page.keyboard.press("Space")
    page.get_by_label(ANSWERS["lo"][0]).first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Give to the chosen answers").focus()
    page.keyboard.press("Enter")

    page.wait_for_selector("[role=status]")
    assert "Codes given: 1" in page.locator("[role=status]").inner_text()
    assert re.search(r"uncoded=1#a-", page.url)
    assert page.get_by_label(ANSWERS["lo"][0]).count() == 0
