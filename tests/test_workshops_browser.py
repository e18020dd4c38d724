"""A workshop from beginning to end in a real browser: set up, answered in four languages, paired, appraised."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.looking import look

pytestmark = pytest.mark.chromium

LANGUAGES = ("km", "th", "my", "en")
#: What twelve trainees answer before and after. The last comes late, the two before it leave.
BEFORE = (0, 1, 1, 2, 2, 3, 0, 1, 2, 1, 4)
AFTER = (2, 2, 3, 2, 4, 4, 1, 3, 2)
LATE = 3
WHY = "I know who mistyped it: they told me."


def set_up(page: Any) -> None:
    """Set a workshop up as a trainer does, on one page."""
    page.goto("/train/new")
    look(page)
    page.goto("/train/new")
    page.fill("[name=title]", "ការគ្រប់គ្រងករណី Poipet")
    page.fill("[name=starts_on]", "2026-05-04")
    page.select_option("[name=country]", "cambodia")
    page.check("[name=audience][value=government]")
    for tag in LANGUAGES:
        page.check(f"[name=languages][value={tag}]")
    for box in page.query_selector_all("[name=competencies]:checked"):
        if box.get_attribute("value") not in ("identify_victim", "referral"):
            box.uncheck()
    page.select_option("[name=main]", "identify_victim")
    page.fill("[name=cards]", "12")
    page.get_by_role("button", name="Set up the workshop").click()
    page.wait_for_selector("text=The three forms")


def answer(page: Any, join_code: str, number: int, code: str, able: int, *, wave: str, mistyped: bool = False) -> None:
    """Fill in one form as a trainee does; a code that is of no card is asked about once, and sent again."""
    page.goto(f"/c/{join_code}/{LANGUAGES[number % 4]}")
    page.fill("[name=card_code]", code)
    for name, value in (("identify_victim", able), ("referral", 2), *([("useful", 3)] if wave == "after" else [])):
        page.check(f"[name={name}][value='{value}']", force=True)
    for _ in range(1 + mistyped):
        page.click("button.send")
    page.wait_for_selector("p.receipt")


def decide(page: Any, about: str, words: str) -> None:
    """Give a reason and press one of the buttons beside it."""
    form = page.locator("form.decide-link", has=page.locator(f"[name=about][value='{about}']"))
    form.locator("[name=why]").fill(WHY)
    form.get_by_role("button", name=words).click()
    page.wait_for_selector("[role=status]")


def figures(page: Any, address: str) -> dict[str, str]:
    page.goto(address)
    terms = page.locator("dl.facts").first.locator("div").all_inner_texts()
    return dict(each.split("\n")[:2] for each in terms)


def test_twelve_trainees_in_four_languages_and_what_their_trainer_reads(
    browser: Any, server: str, sign_in_on: Callable[..., None]
) -> None:
    trainer = browser.new_context(base_url=server).new_page()
    trainee = browser.new_context(base_url=server, viewport={"width": 360, "height": 740}).new_page()
    sign_in_on(trainer, server, "trainer")
    set_up(trainer)
    here = trainer.url.removesuffix("/")
    codes = trainer.locator(".waves .code").all_inner_texts()
    trainer.goto(f"{here}/cards")
    cards = trainer.locator(".card-code").all_inner_texts()
    look(trainer)
    assert len(cards) == 12

    trainer.goto(here)
    trainer.click("text=Open the form before")
    for number, able in enumerate(BEFORE):
        answer(trainee, codes[0], number, cards[number], able, wave="before")
    trainer.goto(here)
    trainer.click("text=Close the form before")
    trainer.click("text=Open the form after")
    for number, able in enumerate(AFTER):
        slip = number in (1, 2)
        digits = cards[number].replace("-", "")
        # Two neighbours that differ change places.
        place = next(i for i in range(6) if digits[i] != digits[i + 1])
        swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        answer(trainee, codes[1], number, swapped if slip else digits, able, wave="after", mistyped=slip)
    answer(trainee, codes[1], 11, cards[11], LATE, wave="after")
    answer(trainee, codes[1], 0, cards[0], 4, wave="after")

    found = figures(trainer, f"{here}/appraisal")
    assert (found["People paired"], found["Only before"], found["Only after"]) == ("6", "5", "5")
    look(trainer)

    trainer.goto(f"{here}/links")
    look(trainer)
    for _ in range(2):
        about = trainer.locator("[name=about][value^=near-]").first.get_attribute("value")
        decide(trainer, about, "One person: join them")
    trainer.locator("summary", has_text="answered twice").click()
    # The later of the two is set aside.
    twice = [each.get_attribute("value") for each in trainer.locator("[name=about][value^=twice-]").all()]
    later = max(twice, key=lambda each: int(each.split("-")[1]))
    decide(trainer, later, "counts")

    found = figures(trainer, f"{here}/appraisal")
    assert (found["People paired"], found["Only before"], found["Only after"]) == ("9", "2", "1")
    told = trainer.locator(".told-first").inner_text()
    assert "Of the 9 people who answered before and after, 7 rose, 2 stayed and 0 fell" in told
    assert "the mean changed by +1.22, from 1.33 to 2.56" in told
    assert "Of the 11 who answered before, 2 are not among them." in told
    assert "under 10, only counts and mean change are shown, and no test" in told
    table = [re.sub(r"\s+", " ", row) for row in trainer.locator("#identify_victim .steps tbody tr").all_inner_texts()]
    assert table == ["0 · 1 1 · · 2", "1 · · 1 2 · 3", "2 · · 2 · 1 3", "3 · · · · 1 1", "4 · · · · · 0"]
    # On paper, which is narrower than the screen that they were drawn for, pictures are whole.
    trainer.wait_for_selector("#figure-means svg.main-svg")
    trainer.emulate_media(media="print")
    cut_off = """() => { document.querySelector("main").style.width = "20rem";
      const right = document.querySelector("#figure-means").getBoundingClientRect().right;
      return [...document.querySelectorAll("#figure-means svg.main-svg")].filter(
        (svg) => svg.getBoundingClientRect().right > right + 1).length; }"""
    assert trainer.evaluate(cut_off) == 0
    trainer.emulate_media(media="screen")
    trainer.goto(f"{here}/summary")
    look(trainer)
