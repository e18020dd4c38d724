"""Attacks, one subject a section: what a hostile respondent, stranger or colleague would try, and what comes of it."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from surveytool import collections, intake
from surveytool.access import RULES, is_staff
from surveytool.cli import main
from surveytool.models import ROLES, Collection, Grant, LogEntry, Response, User, db
from tests.conftest import PASSWORD, Serve
from tests.test_access import VALUES, token

#: What would run in an evaluator's browser if it were not escaped; each marks the window it runs in.
SCRIPTS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "' autofocus onfocus=window.pwned=1 x='",
    "</textarea><script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<a href=javascript:window.pwned=1>here</a>",
    "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "<!--<script>window.pwned=1//-->",
    "\u202e<script>window.pwned=1</script>",
)
SQL = (
    "' OR '1'='1",
    "'; DROP TABLE responses; --",
    "1 UNION SELECT password FROM users",
    "demo' AND (SELECT 1 FROM users WHERE 1=1)--",
    "%' OR 1=1 OR '%'='",
    "1); DELETE FROM audit_log; --",
    "\\'; SELECT pg_sleep(10); --",
    "demo\x00' OR 1=1",
)
LINES = ("a\r\nSet-Cookie: evil=1", "a\nLocation: https://evil.example", "a\u2028b", "a%0d%0aX-Evil: 1", "a\x85b\x0bc")
PATHS = (
    "../../secrets.json",
    "..%2f..%2fsecrets.json",
    "%2e%2e/%2e%2e/surveytool.db",
    "....//....//etc/passwd",
    "/etc/passwd",
    "..\\..\\secrets.json",
    "fonts/../../settings.py",
    "static/../app.py%00.css",
)


# What a hostile form holds ------------------------------------------------------------------------------------------


def hostile_form(payload: str, collection: Collection) -> Response:
    """Take in a form whose every free-text field and every name is the payload."""
    assert collection.version is not None
    q = collection.version.questionnaire
    sent = {item.name: [payload] for item in q.items.values() if item.type == "text"}
    sent |= {"country": ["thailand"], "trained": ["yes"], "activities": ["prevention"]}
    kept = intake.receive(collection, sent, submission=f"hostile-{abs(hash(payload))}", language="th")
    assert isinstance(kept, intake.Kept)
    return kept.response


@pytest.fixture
def attacked(filled_app: Flask) -> Flask:
    """The filled instance, whose demonstration holds a form for each script."""
    filled_app.config.update(RATELIMIT_ENABLED=False)
    for payload in SCRIPTS:
        hostile_form(payload, collections.find("demo"))
    return filled_app


class Markup(HTMLParser):
    """Reads a page as a browser does, and collects what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "script" and not values.get("src") and values.get("type") != "application/json":
            self.dangers.append(f"<{tag}>")
        self.dangers += [f"{tag} {name}" for name in values if name.startswith("on") or name in ("srcdoc", "style")]
        self.dangers += [f"{tag} {n}" for n, value in attrs if (value or "").strip().lower().startswith("javascript:")]
        if tag in ("iframe", "object", "embed", "base"):
            self.dangers.append(f"<{tag}>")


def dangers(page: str) -> list[str]:
    found = Markup()
    found.feed(page)
    return found.dangers


#: Asking for a code in the middle of signing in ends the sign-in there is.
SIGN_OUT = ("security.logout", "security.two_factor_token_validation")


def everything_shown(app: Flask, client: FlaskClient, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the answer of every address that shows something, for a browser that is signed in."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if "GET" in (rule.methods or ()) and rule.endpoint in RULES and rule.endpoint not in SIGN_OUT:
            with app.test_request_context():
                address = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
            yield address, client.get(address)


def test_a_reader_of_markup_would_notice() -> None:
    assert dangers("<p>&lt;script&gt;</p><script type='application/json'>{}</script>") == []
    assert [dangers(f"<p>{payload}</p>") for payload in SCRIPTS[:7]].count([]) == 1, "one needs an attribute around it"
    assert dangers(f"<input value='{SCRIPTS[3]}'>")


def test_what_a_form_holds_runs_in_no_page_and_in_no_role(attacked: Flask, sign_in: Callable[..., User]) -> None:
    ids = list(db.session.scalars(db.select(Response.id).where(Response.collection_id == collections.find("demo").id)))
    seen = 0
    for role in ROLES:
        client = attacked.test_client()
        sign_in(client, role)
        for id_ in ids if role == "evaluator" else ids[:1]:
            for address, answer in everything_shown(attacked, client, {**VALUES, "response_id": id_}):
                if answer.mimetype == "text/html":
                    assert dangers(answer.text) == [], (role, address)
                    seen += "pwned" in answer.text
                answer.close()
    assert seen > len(SCRIPTS), "the payloads were on the pages that were looked at"


def test_a_name_that_is_a_script_runs_in_no_page(attacked: Flask, sign_in: Callable[..., User]) -> None:
    client = attacked.test_client()
    sign_in(client, "evaluator")
    ids = list(db.session.scalars(db.select(Response.id).where(Response.collection_id == collections.find("demo").id)))
    for id_ in ids:
        address = f"/evaluate/demo/responses/{id_}"
        shown = client.post(address, data={"csrf_token": token(client, address), "reason": f"To see. {SCRIPTS[0]}"})
        assert shown.status_code == 200
        assert dangers(shown.text) == []
    log = attacked.test_client()
    sign_in(log, "administrator")
    page = log.get("/manage/log").text
    assert dangers(page) == []
    assert "pwned" in page, "reasons are shown, and harmless"


@pytest.mark.chromium
def test_scripts_run_in_no_real_browser(filled_instance: Path, serve: Serve, browser: Any, sign_in_on: Any) -> None:
    def with_scripts(app: Flask) -> None:
        for payload in SCRIPTS:
            hostile_form(payload, collections.find("demo"))

    dialogs: list[str] = []
    with serve(filled_instance, with_scripts) as site, contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        sign_in_on(page, site)
        forms = [f"responses/{id_}" for id_ in range(41, 41 + len(SCRIPTS))]
        for path in ("", "responses", "verbatims/7", "verbatims/25", "questionnaire", *forms):
            page.goto(f"{site}/evaluate/demo/{path}")
            page.wait_for_load_state("networkidle")
            assert page.evaluate("window.pwned") is None, path
        assert "pwned" in page.inner_text("body"), "shown as words"
    assert dialogs == []


# What a stranger types ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [*SQL, *LINES, *SCRIPTS, *PATHS])
def test_odd_words_in_addresses_and_fields_are_only_words(
    filled_app: Flask, sign_in: Callable[..., User], payload: str
) -> None:
    filled_app.config.update(RATELIMIT_ENABLED=False)
    client = filled_app.test_client()
    sign_in(client, "evaluator", "administrator")
    forms = db.session.scalar(db.select(db.func.count()).select_from(Response))

    answers = [
        client.get("/evaluate/mekong-2003/", query_string={"country": payload, "language": payload, "page": payload}),
        client.get("/evaluate/mekong-2003/responses", query_string={"country": payload, "page": payload}),
        client.get("/evaluate/mekong-2003/published", query_string={"verdict": payload}),
        client.get("/manage/log", query_string={"what": payload, "page": payload}),
        client.get(
            "/c/demo/en",
            headers={
                "Accept-Language": payload.encode("latin-1", "replace")
                .decode("latin-1")
                .replace("\r", "")
                .replace("\n", "")
            },
        ),
        client.post("/c/demo/en", data={"submission": payload, "trained": payload, "clear": payload}),
        client.post("/c/demo/en", data={"submission": payload, "objective": payload, payload: payload}),
        client.post("/login", data={"email": payload, "password": payload, "next": payload}),
        client.post("/manage/accounts", data={"email": payload, "csrf_token": token(client, "/manage/accounts")}),
    ]

    for answer in answers:
        assert answer.status_code < 500
        assert answer.mimetype != "text/html" or dangers(answer.text) == []
        assert not {"evil", "X-Evil"} & {name for name, _ in answer.headers}
        assert "evil=" not in answer.headers.get("Set-Cookie", "")
    kept = db.session.scalar(db.select(db.func.count()).select_from(Response)) or 0
    assert kept >= (forms or 0), "nothing was deleted"
    assert "49" not in re.findall(r"\b49\b", answers[6].text) or "7 * 7" in payload


@pytest.mark.parametrize("path", PATHS)
def test_no_file_is_reached_by_its_path(filled_app: Flask, sign_in: Callable[..., User], path: str) -> None:
    client = filled_app.test_client()
    sign_in(client, *ROLES)

    for address in (f"/static/{path}", f"/evaluate/{path}", f"/c/{path}", f"/c/demo/{path}", f"/{path}"):
        answer = client.get(address)
        assert answer.status_code in (301, 302, 308, 400, 404, 405)
        assert "SECRET_KEY" not in answer.text
        answer.close()


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "/%09/evil.example",
        "javascript:x",
        "http://localhost@evil.example",
        "\t//evil.example",
        "///evil.example",
    ],
)
def test_signing_in_leads_to_no_other_site(filled_app: Flask, where: str) -> None:
    client = filled_app.test_client()
    data = {
        "csrf_token": token(client, "/login"),
        "email": "evaluator@example.org",
        "password": PASSWORD,
        "next": where,
    }

    answer = client.post("/login", query_string={"next": where}, data=data)

    assert answer.status_code in (200, 302)
    location = answer.headers.get("Location", "/")
    assert urlsplit(urljoin("http://localhost/", location.replace("\\", "/"))).netloc == "localhost"


# Another's session, another's deeds ---------------------------------------------------------------------------------


def test_a_session_given_beforehand_is_worth_nothing_after_signing_in(filled_app: Flask) -> None:
    victim = filled_app.test_client()
    victim.get("/login")
    before = victim.get_cookie("surveytool")
    assert before is not None
    assert (before.same_site, before.http_only) == ("Lax", True)
    data = {"csrf_token": token(victim, "/login"), "email": "evaluator@example.org", "password": PASSWORD}
    fixed = victim.get_cookie("surveytool")
    assert victim.post("/login", data=data).status_code == 302

    thief = filled_app.test_client()
    for cookie in (before, fixed):
        assert cookie is not None
        thief.set_cookie("surveytool", cookie.value)
        assert thief.get("/evaluate/").status_code == 302

    stolen = victim.get_cookie("surveytool")
    assert stolen is not None
    victim.post("/logout", data={"csrf_token": token(victim, "/account")})
    thief.set_cookie("surveytool", stolen.value)
    assert thief.get("/evaluate/").status_code == 302, "a cookie is dead once its owner signed out"


def test_no_deed_of_someone_signed_in_is_done_without_the_page_s_own_token(
    filled_app: Flask, sign_in: Callable[..., User]
) -> None:
    client = filled_app.test_client()
    sign_in(client, *ROLES)
    before = db.session.scalar(db.select(db.func.count()).select_from(LogEntry))
    tried = 0
    for rule in filled_app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or not is_staff(rule.endpoint) or rule.endpoint not in RULES:
            continue
        with filled_app.test_request_context():
            address = filled_app.url_for(rule.endpoint, **{name: VALUES[name] for name in rule.arguments})
        for data in ({}, {"csrf_token": "forged"}, {"csrf_token": "", "do": "shut", "reason": "A good long reason."}):
            answer = client.post(address, data=data, headers={"Origin": "https://evil.example"})
            # The library's own pages show their form again; what matters is that nothing was done.
            assert answer.status_code in (200, 302, 400, 403, 422), (address, answer.status_code)
            tried += 1
    assert tried > 20
    assert db.session.scalar(db.select(db.func.count()).select_from(LogEntry)) == before


def test_another_collection_s_forms_cannot_be_reached_by_their_numbers(
    filled_app: Flask, sign_in: Callable[..., User]
) -> None:
    demo = collections.find("demo")
    own = hostile_form("hello", demo)
    client = filled_app.test_client()
    sign_in(client, "evaluator", collection=demo)

    assert client.get(f"/evaluate/demo/responses/{own.id}").status_code == 200
    for rule in filled_app.url_map.iter_rules():
        if "response_id" not in rule.arguments:
            continue
        for code in ("demo", "mekong-2003"):
            for id_ in (1, 7, 40):
                with filled_app.test_request_context():
                    address = filled_app.url_for(
                        rule.endpoint,
                        **{**VALUES, "code": code, "response_id": id_}
                        if len(rule.arguments) > 2
                        else {"code": code, "response_id": id_},
                    )
                for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                    data = {"csrf_token": token(client, "/account"), "reason": "A good long reason."}
                    answer = client.open(address, method=method, data=data if method == "POST" else None)
                    assert answer.status_code in (403, 404), (address, method, answer.status_code)


def test_fields_nobody_asked_for_change_nothing(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    client = filled_app.test_client()
    me = sign_in(client, "clerk")
    grants = len(db.session.scalars(db.select(Grant)).all())
    extra = {
        "roles": "administrator",
        "role": "administrator",
        "is_admin": "1",
        "active": "1",
        "user_id": "1",
        "id": "1",
    }

    client.post("/account/sign-ins/end", data={"csrf_token": token(client, "/account"), **extra})
    client.post("/login", data=extra)
    sent = {
        "submission": "11111111-2222-3333-4444-555555555555",
        "id": "1",
        "collection_id": "1",
        "receipt": "1" * 17,
        "received_at": "2001-01-01",
        "mode": "paper",
        "typed_by": "x",
        "supersedes_id": "1",
        "trained": "yes",
    }
    assert client.post("/c/demo/en", data=sent).status_code == 200

    assert len(db.session.scalars(db.select(Grant)).all()) == grants
    assert {grant.name for grant in db.session.get_one(User, me.id).roles} == {"clerk"}
    kept = db.session.scalars(db.select(Response).order_by(Response.id.desc())).first()
    assert kept is not None
    assert (kept.mode, kept.typed_by, kept.supersedes_id, kept.collection.code) == ("web", "", None, "demo")
    assert kept.receipt != "1" * 17


# Too much, and damaged ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"x" * 5_000_000, "application/x-www-form-urlencoded"),
        (b"a=" + b"x" * 5_000_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % n for n in range(200_000)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00\xd8", "application/x-www-form-urlencoded"),
        (b"trained=%ff%fe&objective=%00%00&%00=%00", "application/x-www-form-urlencoded"),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n', "multipart/form-data; boundary=x"),
        (b"--x\r\n" * 5000, "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"{" * 100_000, "application/json"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "application/xml"),
        (b"a=1", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"a=1", "x" * 5000),
    ],
)
def test_oversized_and_damaged_bodies_get_a_plain_answer(filled_app: Flask, body: bytes, kind: str) -> None:
    client = filled_app.test_client()
    for address in ("/c/demo/en", "/login", "/evaluate/demo/responses/1"):
        answer = client.post(address, data=body, content_type=kind)
        assert answer.status_code in (200, 302, 400, 413, 422), (address, answer.status_code)
        assert "root:" not in answer.text


# What goes into logs and files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [*LINES, *SQL, "a" * 100_000])
def test_a_reason_cannot_look_like_another_entry_of_the_log(
    filled_app: Flask, sign_in: Callable[..., User], payload: str
) -> None:
    client = filled_app.test_client()
    sign_in(client, "evaluator")
    address = "/evaluate/mekong-2003/responses/1"
    reason = f"{payload} and a good reason"[:400]

    answer = client.post(address, data={"csrf_token": token(client, address), "reason": reason})

    assert answer.status_code == 200
    entry = db.session.scalars(db.select(LogEntry).order_by(LogEntry.number.desc())).first()
    assert entry is not None
    assert entry.what == "looked at an identity"
    assert entry.why.isprintable()


def test_answers_and_names_are_in_no_log_of_the_program(
    filled_app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(intake, "_keep", fails)
    client = filled_app.test_client()
    sent = {
        "submission": "11111111-2222-3333-4444-666666666666",
        "name": "A Name To Hide",
        "objective": "Words to hide",
    }

    assert client.post("/c/demo/en", data=sent).status_code == 503

    assert "the disk is full" in caplog.text
    assert "A Name To Hide" not in caplog.text
    assert "Words to hide" not in caplog.text


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_results_on_the_command_line_hold_no_names(attacked: Flask, form: str) -> None:
    said = CliRunner().invoke(main, ["--instance", attacked.instance_path, "results", "demo", "--format", form])

    assert said.exit_code == 0, said.output
    assert "pwned" not in said.stdout, "verbatims and names are not results"
    if form == "json":
        json.loads(said.stdout)
