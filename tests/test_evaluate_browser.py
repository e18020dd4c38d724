"""The evaluator's pages in a real browser, on a desk and on a phone: readable by everyone, pictures drawn."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.looking import look, open_details

pytestmark = pytest.mark.chromium

PAGES = ["", "mekong-2003/", "mekong-2003/published", "mekong-2003/questionnaire", "mekong-2003/verbatims/21a body"]
PAGES += [
    "mekong-2003/?country=myanmar",
    "mekong-2003/aside",
    "mekong-2003/responses",
    "mekong-2003/responses/1",
    "demo/",
    "nothing/",
]


@pytest.fixture
def page(browser: Any, server: str, sign_in_on: Callable[..., None]) -> Any:
    """A page of a browser profile of its own, signed in as an evaluator, on which nothing may go wrong."""
    context = browser.new_context()
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    sign_in_on(page, server)
    yield page
    context.close()
    assert [fault for fault in faults if "404" not in fault] == []


def test_every_page_is_accessible_and_no_wider_than_the_screen(page: Any, server: str) -> None:
    for address in PAGES:
        page.goto(f"{server}/evaluate/{address}")
        open_details(page)
        look(page, address)


def test_pictures_are_drawn_when_they_come_into_view(page: Any, server: str) -> None:
    page.goto(f"{server}/evaluate/mekong-2003/")
    assert page.locator("#figure-26 svg").count() == 0

    page.locator("#item-26").scroll_into_view_if_needed()

    page.wait_for_selector("#figure-26 .main-svg")
    assert page.locator("#figure-26 .barlayer .point path").count() == 5
    assert "4 Extremely" in page.locator("#figure-26").inner_text()


def test_nothing_is_fetched_from_another_host(page: Any, server: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{server}/evaluate/mekong-2003/")
    page.wait_for_selector("#figure-6 .main-svg")

    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {server.split("/")[2]}
