"""What every answer tells the browser, how cookies travel, what no request can do: on every page there is."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from surveytool import access
from surveytool.app import create_app
from surveytool.headers import CHARTS, HEADERS
from surveytool.models import ROLES, User
from surveytool.serving import let_go

#: A page of each kind: of respondents, of signing in, of each door; found, not found, refused, not a page.
PAGES = ["/c/demo", "/c/demo/en", "/c/nowhere", "/login", "/reset", "/account", "/evaluate/", "/evaluate/mekong-2003/"]
PAGES += ["/evaluate/nothing/", "/manage/accounts", "/manage/log", "/static/respond.css", "/nowhere", "/tf-select"]


@pytest.fixture
def everyone(filled_app: Flask, sign_in: Callable[..., User]) -> FlaskClient:
    """A browser that may see every page."""
    browser = filled_app.test_client()
    sign_in(browser, *ROLES)
    return browser


def directives(answer: TestResponse) -> dict[str, str]:
    policy = answer.headers["Content-Security-Policy"]
    return dict(each.strip().split(" ", 1) for each in policy.split(";"))


@pytest.mark.parametrize("address", PAGES)
def test_every_answer_carries_the_policies(everyone: FlaskClient, address: str) -> None:
    with everyone.get(address) as answer:
        policy = directives(answer)
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == policy["connect-src"] == "'self'"
        assert not any("unsafe" in value for name, value in policy.items() if name != "style-src")
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        for device in ("camera", "microphone", "geolocation"):
            assert f"{device}=()" in answer.headers["Permissions-Policy"]
        assert all(name in answer.headers for name in HEADERS)


def test_inline_style_is_allowed_on_pages_with_charts_alone(everyone: FlaskClient) -> None:
    assert "'unsafe-inline'" in directives(everyone.get("/evaluate/mekong-2003/"))["style-src"]
    for address in PAGES:
        if address != "/evaluate/mekong-2003/":
            with everyone.get(address) as answer:
                assert directives(answer)["style-src"] == "'self'", address
    assert all(endpoint in access.RULES for endpoint in CHARTS)


def test_no_template_has_script_or_handlers_of_its_own() -> None:
    """The policy would keep them from running; a page that needs them would be broken."""
    templates = list((Path(access.__file__).parent / "templates").rglob("*.html"))
    assert len(templates) > 20
    for file in templates:
        text = file.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*\b(src=|type=\"application/json\"))", text), file.name
        assert not re.search(r"\son(click|load|submit|change|input)=", text), file.name


@pytest.mark.parametrize("address", ["/c/demo/en", "/login", "/account"])
def test_over_tls_the_browser_is_told_to_stay_there_and_otherwise_not(everyone: FlaskClient, address: str) -> None:
    secure = everyone.get(address, base_url="https://localhost")
    clear = everyone.get(address)

    age = re.match(r"max-age=(\d+)", secure.headers["Strict-Transport-Security"])
    assert age
    assert int(age[1]) >= 180 * 24 * 3600
    assert "Strict-Transport-Security" not in clear.headers


def test_tls_counts_as_the_proxy_reports_it_only_where_there_is_one(
    filled_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "survey.example"}
    alone = filled_app.test_client().get("/login", headers=reported)
    monkeypatch.setenv("SURVEYTOOL_PROXY_HOPS", "1")
    behind = create_app(filled_app.instance_path, TESTING=True)

    answer = behind.test_client().get("/login", headers=reported)

    assert "Strict-Transport-Security" not in alone.headers
    assert "Strict-Transport-Security" in answer.headers
    assert "Secure" in answer.headers["Set-Cookie"]
    with behind.app_context():
        let_go()


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", False)])
def test_the_cookie_stays_with_this_site_and_out_of_scripts(filled_app: Flask, scheme: str, secure: bool) -> None:
    answer = filled_app.test_client().get("/login", base_url=f"{scheme}://localhost")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    parts = [part.strip() for part in cookie.split(";")]
    assert parts[0].startswith("surveytool=")
    assert "HttpOnly" in parts
    assert "SameSite=Lax" in parts
    assert ("Secure" in parts) == secure
    assert not any(part.startswith(("Domain", "Expires", "Max-Age")) for part in parts), "it ends with the browser"
    # Over TLS a form counts as ours only if it says which page it was sent from.
    assert "no-referrer" not in answer.text + answer.headers["Referrer-Policy"]


# Forms that act for someone signed in ---------------------------------------------------------------------------------


def posts(app: Flask) -> list[tuple[str, dict[str, object]]]:
    """Return every address that takes a form of someone with an account."""
    found = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    staff = [rule for rule in found if access.is_staff(rule.endpoint) and rule.endpoint in access.RULES]
    return [(rule.endpoint, dict.fromkeys(rule.arguments)) for rule in staff]


VALUES = {"code": "mekong-2003", "response_id": 1, "account_id": 1, "token": "none"}


def test_every_form_of_someone_signed_in_needs_its_token(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    filled_app.config["RATELIMIT_ENABLED"] = False
    tried = posts(filled_app)
    assert len(tried) > 8
    for endpoint, arguments in tried:
        client = filled_app.test_client()
        sign_in(client, *ROLES)
        with filled_app.test_request_context():
            address = filled_app.url_for(endpoint, **{name: VALUES.get(name, 1) for name in arguments})
        for data in ({}, {"csrf_token": "a guess"}):
            answer = client.post(address, data=data)
            # Signing in and the way back in are for those who are not signed in; the library sends others on.
            sent_on = answer.status_code == 302 and endpoint.startswith("security.")
            assert answer.status_code == 400 or sent_on, (endpoint, answer.status_code)


def test_signing_in_needs_its_token_too(filled_app: Flask) -> None:
    client = filled_app.test_client()

    client.post("/login", data={"email": "evaluator@example.org", "password": "a password for tests"})

    assert client.get("/account").status_code == 302


def test_every_form_on_a_page_of_staff_carries_the_token(everyone: FlaskClient) -> None:
    pages = ["/account", "/evaluate/mekong-2003/responses/1", "/manage/accounts", "/manage/accounts/1", "/change"]
    pages += ["/tf-setup", "/mf-recovery-codes", "/verify"]
    seen = 0
    for address in pages:
        for form in re.findall(r"<form\b.*?</form>", everyone.get(address).text, re.S):
            if re.search(r'<form[^>]*method="post"', form):
                seen += 1
                assert 'name="csrf_token"' in form, (address, form)
    assert seen > 15


# Sizes ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/c/demo/en", "/login", "/manage/accounts"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_no_request_is_read_beyond_the_limit(everyone: FlaskClient, address: str, kind: str) -> None:
    limit = everyone.application.config["MAX_CONTENT_LENGTH"]
    if kind == "multipart/form-data":
        kind += "; boundary=x"
        body = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n' + b"y" * limit + b"\r\n--x--\r\n"
    else:
        body = b"email=" + b"y" * limit

    answer = everyone.post(address, data=body, content_type=kind)

    assert answer.status_code == 413
