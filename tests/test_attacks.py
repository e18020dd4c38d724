"""Attacks, one subject a section: what a hostile respondent, stranger or colleague would try, and what comes of it."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from surveytool import intake
from surveytool.access import RULES, is_staff
from surveytool.models import ROLES, Grant, LogEntry, Response, User, db
from tests.conftest import PASSWORD
from tests.hostile import LINES, PATHS, SCRIPTS, SQL, Planted, dangers
from tests.test_access import VALUES, token

# What a stranger types ----------------------------------------------------------------------------------------------


#: Every address that reads words after its question mark, with the words it knows.
ASKED = {
    "/evaluate/demo/": ("country", "language", "page"),
    "/evaluate/demo/responses": ("state", "country", "language", "mode", "from", "to", "sort", "order", "page"),
    "/evaluate/demo/verbatims/25": ("country", "language", "page"),
    "/evaluate/demo/poster": ("base",),
    "/evaluate/demo/qr.png": ("base",),
    "/evaluate/demo/print": ("language", "copies"),
    "/evaluate/demo/print/form": ("language", "copies", "two_sides"),
    "/evaluate/demo/entry": ("language", "mode"),
    "/manage/log": ("what", "page"),
    "/login": ("next",),
}
#: Every form of a page that is not about something that must be there first, with its fields.
FILLED_IN = {
    "/c/demo/en": ("submission", "trained", "clear", "objective", "date.year", "date.confirmed"),
    "/r/en": ("receipt",),
    "/r/en/correct": ("receipt", "submission", "objective"),
    "/r/en/withdraw": ("receipt",),
    "/login": ("email", "password", "next"),
    "/manage/accounts": ("email", "roles", "collection", "country"),
    "/evaluate/demo/collection": ("do", "title", "place", "base"),
    "/evaluate/demo/responses/find": ("form",),
    "/evaluate/demo/entry": ("language", "mode", "filled_on", "filled_on.confirmed", "serial"),
    "/evaluate/demo/shares": ("audience", "days", "by_country", "do"),
    "/evaluate/demo/export": ("format", "shape", "values", "language", "which", "country"),
    "/evaluate/demo/export/identities": ("format", "shape", "country", "reason"),
}

#: The same of pages that take long to make; one word of each kind is tried on them, all with `-m full`.
SLOW_ASKED = {"/evaluate/mekong-2003/published": ("verdict",), "/evaluate/demo/collection": ("base",)}
SLOW_FILLED_IN = {
    "/reset": ("email", "next"),
    "/evaluate/collections/new": ("title", "code", "questionnaire", "place", "organiser", "starts_on", "offered"),
}
Fields = Mapping[str, tuple[str, ...]]
ODD = (*SQL, *LINES, *SCRIPTS, *PATHS)
FEW = (SQL[0], SQL[-1], LINES[0], SCRIPTS[0], SCRIPTS[3], PATHS[0])


def as_a_header(text: str) -> str:
    """Return as much of a text as a browser sends in a header."""
    return text.encode("latin-1", "replace").decode("latin-1").translate({ord(c): None for c in "\r\n\0"})


@pytest.mark.parametrize("payload", ODD)
def test_odd_words_in_addresses_and_fields_are_only_words(
    shared_app: Flask, sign_in: Callable[..., User], payload: str
) -> None:
    client = shared_app.test_client()
    sign_in(client, "evaluator", "administrator")

    is_only_words(client, payload, ASKED, FILLED_IN)


@pytest.mark.parametrize("payload", [*FEW, *(pytest.param(each, marks=pytest.mark.full) for each in ODD)])
def test_odd_words_are_only_words_on_slow_pages_too(
    shared_app: Flask, sign_in: Callable[..., User], payload: str
) -> None:
    client = shared_app.test_client()
    sign_in(client, "evaluator")

    is_only_words(client, payload, SLOW_ASKED, SLOW_FILLED_IN)


def is_only_words(client: FlaskClient, payload: str, asked: Fields, filled_in: Fields) -> None:
    """Try a text in every field of some pages: nothing fails, runs, is deleted, or stands in a header."""
    forms = db.session.scalar(db.select(db.func.count()).select_from(Response)) or 0
    good = {"csrf_token": token(client, "/account")}

    answers = [client.get(path, query_string=dict.fromkeys(names, payload)) for path, names in asked.items()]
    for path, names in filled_in.items():
        answers.append(client.post(path, data={**dict.fromkeys(names, payload), payload: payload, **good}))
    answers.append(client.get("/c/demo", headers={"Accept-Language": as_a_header(payload)}))

    for answer in answers:
        assert answer.status_code < 500, answer.request.path
        assert answer.mimetype != "text/html" or dangers(answer.text) == [], answer.request.path
        assert not {"evil", "X-Evil"} & {name for name, _ in answer.headers}
        assert "evil=" not in answer.headers.get("Set-Cookie", "")
        assert urlsplit(urljoin("http://localhost/", answer.headers.get("Location", "/"))).netloc == "localhost"
        answer.close()
    kept = db.session.scalar(db.select(db.func.count()).select_from(Response)) or 0
    assert kept >= forms, "nothing was deleted"


@pytest.mark.parametrize("path", PATHS)
def test_no_file_is_reached_by_its_path(shared_app: Flask, sign_in: Callable[..., User], path: str) -> None:
    client = shared_app.test_client()
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
def test_signing_in_leads_to_no_other_site(shared_app: Flask, where: str) -> None:
    client = shared_app.test_client()
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


def test_a_session_given_beforehand_is_worth_nothing_after_signing_in(shared_app: Flask) -> None:
    victim = shared_app.test_client()
    victim.get("/login")
    before = victim.get_cookie("surveytool")
    assert before is not None
    assert (before.same_site, before.http_only) == ("Lax", True)
    data = {"csrf_token": token(victim, "/login"), "email": "evaluator@example.org", "password": PASSWORD}
    fixed = victim.get_cookie("surveytool")
    assert victim.post("/login", data=data).status_code == 302

    thief = shared_app.test_client()
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
    shared_app: Flask, sign_in: Callable[..., User]
) -> None:
    client = shared_app.test_client()
    sign_in(client, *ROLES)
    before = db.session.scalar(db.select(db.func.count()).select_from(LogEntry))
    tried = 0
    for rule in shared_app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or not is_staff(rule.endpoint) or rule.endpoint not in RULES:
            continue
        with shared_app.test_request_context():
            address = shared_app.url_for(rule.endpoint, **{name: VALUES[name] for name in rule.arguments})
        for data in ({}, {"csrf_token": "forged"}, {"csrf_token": "", "do": "shut", "reason": "A good long reason."}):
            answer = client.post(address, data=data, headers={"Origin": "https://evil.example"})
            # The library's own pages show their form again; what matters is that nothing was done.
            assert answer.status_code in (200, 302, 400, 403, 422), (address, answer.status_code)
            tried += 1
    assert tried > 20
    assert db.session.scalar(db.select(db.func.count()).select_from(LogEntry)) == before


def test_fields_nobody_asked_for_change_nothing(shared_app: Flask, sign_in: Callable[..., User]) -> None:
    client = shared_app.test_client()
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
def test_oversized_and_damaged_bodies_get_a_plain_answer(shared_app: Flask, body: bytes, kind: str) -> None:
    client = shared_app.test_client()
    for address in ("/c/demo/en", "/login", "/evaluate/demo/responses/1"):
        answer = client.post(address, data=body, content_type=kind)
        assert answer.status_code in (200, 302, 400, 413, 422), (address, answer.status_code)
        assert "root:" not in answer.text


@pytest.mark.parametrize("host", ["[", "a b", "..", "a" * 300, "localhost:x", "\\", "<script>", "@", "ä.example"])
@pytest.mark.parametrize("path", ["/c/demo/en", "/login", "/evaluate/demo/", "/nothing"])
def test_a_host_that_is_none_gets_a_plain_answer(shared_app: Flask, host: str, path: str) -> None:
    answer = shared_app.test_client().get(path, headers={"Host": host})

    assert answer.status_code in (200, 302, 400, 404)
    assert dangers(answer.text) == []


def test_a_form_of_more_fields_than_any_questionnaire_has_is_not_kept(shared_app: Flask) -> None:
    client, forms = shared_app.test_client(), db.session.scalars(db.select(Response.id)).all()
    many = {f"field{number}": "1" for number in range(2001)}

    answer = client.post("/c/demo/en", data={"submission": "11111111-2222-3333-4444-777777777777", **many})

    assert answer.status_code == 413
    assert "too large to be accepted" in answer.text
    assert db.session.scalars(db.select(Response.id)).all() == forms


# What goes into logs and files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [*LINES, *SQL, "a" * 100_000])
def test_a_reason_cannot_look_like_another_entry_of_the_log(
    shared_app: Flask, sign_in: Callable[..., User], payload: str
) -> None:
    client = shared_app.test_client()
    sign_in(client, "evaluator")
    address = "/evaluate/mekong-2003/responses/1"
    reason = f"{payload} and a good reason"[:400]

    answer = client.post(address, data={"csrf_token": token(client, address), "reason": reason})

    assert answer.status_code == 200
    entry = db.session.scalars(db.select(LogEntry).order_by(LogEntry.number.desc())).first()
    assert entry is not None
    assert entry.what == "looked at an identity"
    assert entry.why.isprintable()


def test_no_reason_for_any_deed_looks_like_another_entry(
    hostile_app: Flask, planted: list[Planted], sign_in: Callable[..., User]
) -> None:
    hostile_app.config.update(WTF_CSRF_ENABLED=False)
    client = hostile_app.test_client()
    user = sign_in(client, "evaluator")

    for payload, where in zip(LINES, planted, strict=False):
        reason = {"reason": f"{payload} and a good reason", "decision": "refuse", "format": "csv"}
        form = f"responses/{where.response_id}"
        for path in (
            f"entry/{where.begun}/take-over",
            f"{form}/scans/{where.typed_scan}",
            form,
            f"corrections/{where.correction_id}",
            f"aside/{where.aside_id}",
            "export/identities",
        ):
            client.post(f"/evaluate/{where.code}/{path}", data=reason).close()

    mine = db.session.scalars(db.select(LogEntry).where(LogEntry.who == user.email)).all()
    assert {each.what for each in mine if "good reason" in each.why} >= {
        "took over a begun form",
        "looked at a scan",
        "looked at an identity",
        "refused a correction",
        intake.TOOK_IN,
        "exported identities",
    }
    assert [each.why for each in mine if not each.why.isprintable()] == []


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
