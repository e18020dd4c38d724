"""Signing in as a person sees it, in a real browser, on a telephone and on a desk."""

import base64
import hmac
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.looking import look

pytestmark = pytest.mark.chromium

PASSWORD = "a password for tests"


@pytest.fixture
def open_browser(browser: Any, server: str) -> Iterator[Callable[[], Any]]:
    """Open a browser of its own, on which no script may fail and nothing be kept back by the content policy."""
    contexts: list[Any] = []
    faults: list[str] = []

    def opened() -> Any:
        contexts.append(browser.new_context(base_url=server))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "status of 429" not in fault] == []


@pytest.fixture
def page(open_browser: Callable[[], Any]) -> Any:
    return open_browser()


def see(page: Any, heading: str) -> None:
    """See that a page is the one expected, fits a telephone and a desk, and can be used by everyone."""
    assert page.locator("h1").inner_text() == heading
    look(page, heading)


def give_password(page: Any, role: str = "evaluator", password: str = PASSWORD) -> None:
    page.goto("/login")
    page.get_by_label("E-mail address").fill(f"{role}@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Any) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")


def is_in(page: Any) -> bool:
    page.goto("/account")
    return page.locator("h1").inner_text() == "Your account"


def app_on_a_telephone(key: str) -> Callable[[], str]:
    """Return what an authenticator app shows for a key (RFC 6238: SHA-1, 6 digits, 30 seconds)."""
    secret = base64.b32decode(key.replace("-", ""))

    def code() -> str:
        mac = hmac.digest(secret, int(time.time() // 30).to_bytes(8), "sha1")
        start = mac[-1] & 15
        return f"{(int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF) % 10**6:06}"

    return code


def set_up_second_factor(page: Any) -> Callable[[], str]:
    """Set up the second factor from one's account; return the telephone."""
    page.goto("/account")
    page.get_by_role("link", name="Set up a second factor").click()
    see(page, "Second factor")
    page.get_by_role("button", name="Set up the app").click()
    see(page, "Second factor")
    picture = page.get_by_role("img")
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 0")
    telephone = app_on_a_telephone(page.locator("code").inner_text())
    page.get_by_label("Code").fill(telephone())
    page.get_by_role("button", name="Finish").click()
    return telephone


# Second factor --------------------------------------------------------------------------------------------------------


def test_a_second_factor_is_set_up_and_asked_for_at_the_next_sign_in(page: Any) -> None:
    page.goto("/login")
    see(page, "Sign in")
    give_password(page)
    telephone = set_up_second_factor(page)
    see(page, "Your account")
    assert "The second factor is set up" in page.get_by_role("status").inner_text()
    sign_out(page)

    give_password(page)
    see(page, "Second factor")
    page.get_by_label("Code").fill("12")
    page.get_by_role("button", name="Go on").click()
    see(page, "Second factor")
    field = page.get_by_label("Code")
    said = page.locator(f"#{field.get_attribute('aria-describedby')}").inner_text()
    assert "This code was not right" in said
    assert not is_in(page), "a password and a wrong code let nobody in"

    give_password(page)
    page.get_by_label("Code").fill(telephone())
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/evaluate/")
    assert is_in(page)


def test_a_wrong_code_while_setting_up_says_so_and_sets_nothing_up(page: Any) -> None:
    give_password(page)
    page.goto("/tf-setup")
    page.get_by_role("button", name="Set up the app").click()
    page.get_by_label("Code").fill("000")
    page.get_by_role("button", name="Finish").click()

    see(page, "Second factor")
    assert "This code was not right" in page.get_by_role("status").inner_text()
    sign_out(page)
    give_password(page)
    assert is_in(page)


def test_a_second_factor_can_be_given_up_again(page: Any) -> None:
    give_password(page)
    set_up_second_factor(page)
    page.get_by_role("link", name="Change the second factor").click()
    see(page, "Second factor")
    page.get_by_role("button", name="Give up the second factor").click()
    assert "given up" in page.get_by_role("status").inner_text()
    sign_out(page)

    give_password(page)

    assert is_in(page)


def test_a_recovery_code_lets_in_once_without_the_telephone(page: Any) -> None:
    give_password(page)
    set_up_second_factor(page)
    page.get_by_role("link", name="Recovery codes").click()
    see(page, "Recovery codes")
    page.get_by_role("button", name="Show the codes I have").click()
    assert "There are no recovery codes yet" in page.locator("main").inner_text()
    page.get_by_role("button", name="Make new codes").click()
    see(page, "Recovery codes")
    codes = page.locator(".codes li").all_inner_texts()
    assert len(set(codes)) == 8
    sign_out(page)

    for outcome in (True, False):
        give_password(page)
        page.get_by_role("link", name="Use a recovery code instead").click()
        see(page, "Use a recovery code")
        page.get_by_label("Recovery code").fill(codes[0])
        page.get_by_role("button", name="Go on").click()
        if outcome:
            page.wait_for_url("**/evaluate/")
            sign_out(page)

    see(page, "Use a recovery code")
    assert "was used before" in page.locator("main").inner_text()
    assert not is_in(page)


# Passwords ------------------------------------------------------------------------------------------------------------


def test_ten_wrong_passwords_lead_to_a_page_that_says_how_long_to_wait(page: Any) -> None:
    for _ in range(10):
        give_password(page, password="a wrong password")
        assert "not right" in page.get_by_role("alert").inner_text()
    see(page, "Sign in")

    give_password(page)

    see(page, "Too many tries")
    assert "wait a quarter of an hour" in page.locator("main").inner_text()
    assert not is_in(page)


def test_a_password_is_changed_and_the_old_one_is_over(page: Any) -> None:
    give_password(page)
    page.goto("/account")
    page.get_by_role("link", name="Change the password").click()
    see(page, "Change the password")

    def change(now: str, new: str, again: str) -> None:
        page.get_by_label("Your password now").fill(now)
        page.get_by_label("The new password", exact=True).fill(new)
        page.get_by_label("The new password again").fill(again)
        page.get_by_role("button", name="Change the password").click()

    for fields, says in (
        (("wrong password", "several plain words", "several plain words"), "not your password"),
        ((PASSWORD, "several plain words", "other plain words"), "not the same"),
        ((PASSWORD, "short", "short"), "at least 10 characters"),
    ):
        change(*fields)
        see(page, "Change the password")
        assert says in page.locator(".wrong").first.inner_text()
    change(PASSWORD, "several plain words", "several plain words")

    see(page, "Sign in")
    assert "Your password is changed" in page.get_by_role("status").inner_text()
    give_password(page)
    assert "not right" in page.get_by_role("alert").inner_text()
    give_password(page, password="several plain words")
    assert is_in(page)


def test_a_lost_password_is_set_anew_by_an_administrator_s_link(page: Any, open_browser: Callable[[], Any]) -> None:
    page.goto("/login")
    page.get_by_role("link", name="Forgotten the password?").click()
    see(page, "A way back in")
    page.get_by_label("E-mail address").fill("evaluator@example.org")
    page.get_by_role("button", name="Ask for a way back in").click()
    assert "from an administrator, who has been told" in page.get_by_role("status").inner_text()
    administrator = open_browser()
    give_password(administrator, "administrator")
    administrator.goto("/manage/accounts")
    asked = administrator.get_by_role("row").filter(has_text="asked for a way back in")
    asked.get_by_role("link").click()
    administrator.locator("button[name=do][value=link]").click()
    link = administrator.locator("#link").inner_text()

    page.goto(link)
    see(page, "Set your password")
    page.get_by_label("The new password", exact=True).fill("several plain words")
    page.get_by_label("The new password again").fill("other plain words")
    page.get_by_role("button", name="Set the password").click()
    see(page, "Set your password")
    assert "not the same" in page.locator(".wrong").inner_text()
    page.get_by_label("The new password", exact=True).fill("several plain words")
    page.get_by_label("The new password again").fill("several plain words")
    page.get_by_role("button", name="Set the password").click()

    see(page, "Sign in")
    assert "Please sign in with it" in page.get_by_role("status").inner_text()
    give_password(page, password="several plain words")
    assert is_in(page)
    again = open_browser()
    again.goto(link)
    assert again.locator("h1").inner_text() != "Set your password"
    assert "This link has ended" in again.locator("main").inner_text()


# Sign-ins -------------------------------------------------------------------------------------------------------------


def test_ending_a_sign_in_elsewhere_throws_that_browser_out_and_no_other(
    page: Any, open_browser: Callable[[], Any]
) -> None:
    elsewhere = open_browser()
    give_password(elsewhere)
    give_password(page)
    elsewhere.goto("/evaluate/mekong-2003/")
    page.goto("/account")
    see(page, "Your account")
    assert page.get_by_role("button", name="End", exact=True).count() == 1

    page.get_by_role("button", name="End", exact=True).click()

    assert "One sign-in was ended" in page.get_by_role("status").inner_text()
    elsewhere.get_by_role("link", name="All collections").click()
    see(elsewhere, "Sign in")
    assert is_in(page)
