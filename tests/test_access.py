"""Who may do what: every address, for every role and for nobody, against the table of docs/security.md."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from surveytool import audit_log
from surveytool.access import RULES
from surveytool.models import ROLES, Collection, LogEntry, User, db

SECURITY = Path(__file__).parent.parent / "docs" / "security.md"
VALUES = {
    "code": "demo",
    "join_code": "demo",
    "language": "en",
    "filename": "respond.css",
    "number": "25",
    "token": "none",
    "response_id": 1,
    "account_id": 1,
}
#: What a refusal looks like: sent to sign in, or told that it is not one's own.
SIGN_IN, NOT_YOURS = "sign in", "not yours"


def table() -> dict[str, str]:
    """Return who may use each endpoint, as docs/security.md says it."""
    text = SECURITY.read_text("utf-8").split("## Who may use which address")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.+`) \| (.+) \|$", text, re.M)
    return {endpoint: who for names, who in rows for endpoint in re.findall(r"`([^`]+)`", names)}


def outcome(client: FlaskClient, app: Flask, endpoint: str) -> str:
    """Ask for an endpoint by each of its methods; return how it was refused, or "" when it was let through."""
    outcomes = set()
    for rule in app.url_map.iter_rules(endpoint):
        with app.test_request_context():
            address = app.url_for(endpoint, **{name: VALUES[name] for name in rule.arguments})
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer = client.open(address, method=method)
            answer.close()
            assert answer.status_code < 500, (address, answer.status_code)
            refused = answer.status_code == 302 and answer.headers["Location"].startswith("/login?next")
            refused = refused or (answer.status_code == 302 and answer.headers["Location"] == "/login")
            outcomes.add(SIGN_IN if refused else NOT_YOURS if answer.status_code == 403 else "")
    assert len(outcomes) == 1, (endpoint, outcomes)
    return outcomes.pop()


def test_every_address_is_in_the_table_and_in_the_code(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert table().keys() == endpoints & RULES.keys()
    assert endpoints - table().keys() == NEVER_SERVED


#: What the library that signs people in registers and this project has no use for: refused to everyone.
NEVER_SERVED = {"security.tf_select", "security.two_factor_rescue", "security.static"}


@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_every_address_lets_through_whom_the_table_says(
    filled_app: Flask, sign_in: Callable[..., User], role: str
) -> None:
    filled_app.config["RATELIMIT_ENABLED"] = False
    filled_app.config["WTF_CSRF_ENABLED"] = False
    expected, found = {}, {}
    for endpoint, who in sorted(table().items()):
        if endpoint == "security.logout":
            continue  # ends the sign-in that the rest of the walk needs; tried below
        client = filled_app.test_client()
        if role != "nobody":
            sign_in(client, role)
        may = who == "anyone" or (role != "nobody" and (who == "any account" or role == who.split(",")[0]))
        expected[endpoint] = "" if may else SIGN_IN if role == "nobody" else NOT_YOURS
        found[endpoint] = outcome(client, filled_app, endpoint)
        if who == "during sign-in":
            # The library asks for the password that was given a moment ago; without it, to the beginning.
            expected[endpoint] = SIGN_IN if role == "nobody" else found[endpoint]
            assert found[endpoint] in ("", SIGN_IN)

    assert found == expected


def test_what_is_in_no_table_is_refused_to_everyone(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    client = filled_app.test_client()
    sign_in(client, *ROLES)

    for address in ("/tf-select", "/tf-rescue"):
        assert client.get(address).status_code in (403, 404, 405)


# Limits of a role ----------------------------------------------------------------------------------------------------


def test_another_collection_looks_like_one_that_is_not_there(
    app: Flask, collection: Collection, sign_in: Callable[..., User]
) -> None:
    from surveytool import collections

    other = collections.create("other", "partner_survey", "Another meeting")
    collections.open_(other)
    db.session.commit()
    client = app.test_client()
    sign_in(client, "evaluator", collection=other)

    hidden, absent = client.get("/evaluate/border/"), client.get("/evaluate/nothing/")

    assert client.get("/evaluate/other/").status_code == 200
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text == absent.text
    assert "Border meeting" not in client.get("/evaluate/").text


def test_an_evaluator_for_one_country_sees_its_forms_alone(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    client = filled_app.test_client()
    sign_in(client, "evaluator", country="myanmar")

    page = client.get("/evaluate/mekong-2003/?country=thailand").text
    forms = client.get("/evaluate/mekong-2003/responses").text

    assert "3 received" in page
    assert "3 received" in forms
    assert "Thailand" not in forms
    assert client.get("/evaluate/mekong-2003/published").status_code == 403
    ids = set(map(int, re.findall(r"responses/(\d+)\"", forms)))
    for id_ in range(1, 41):
        expected = 200 if id_ in ids else 404
        assert client.get(f"/evaluate/mekong-2003/responses/{id_}").status_code == expected


# Signing in ----------------------------------------------------------------------------------------------------------


def token(client: FlaskClient, address: str) -> str:
    """Return the token of the form on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def try_password(client: FlaskClient, password: str, email: str = "evaluator@example.org") -> int:
    data = {"csrf_token": token(client, "/login"), "email": email, "password": password}
    return client.post("/login", data=data).status_code


def test_ten_wrong_passwords_shut_the_door_for_a_while(filled_app: Flask) -> None:
    client = filled_app.test_client()

    assert [try_password(client, "wrong password") for _ in range(10)] == [200] * 10
    assert try_password(client, "a password for tests") == 429
    assert try_password(client, "a password for tests", "administrator@example.org") == 302


def test_signing_in_and_out_is_in_the_audit_log(filled_app: Flask) -> None:
    client = filled_app.test_client()
    try_password(client, "a password for tests")
    assert client.get("/evaluate/").status_code == 200
    client.post("/logout", data={"csrf_token": token(client, "/account")})
    assert client.get("/evaluate/").status_code == 302

    last = [each.what for each in db.session.query(LogEntry).order_by(LogEntry.number)][-2:]
    assert last == ["signed in", "signed out"]
    assert list(audit_log.faults()) == []


def test_a_form_of_another_site_cannot_act_for_someone_signed_in(
    filled_app: Flask, sign_in: Callable[..., User]
) -> None:
    client = filled_app.test_client()
    sign_in(client, "administrator")

    answer = client.post(
        "/manage/accounts", data={"email": "new@example.org"}, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code in (400, 422)
    assert db.session.query(User).filter_by(email="new@example.org").first() is None


def test_an_invitation_sets_a_password_once(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    client = filled_app.test_client()
    sign_in(client, "administrator")
    form = {"csrf_token": token(client, "/manage/accounts"), "email": "new@example.org", "roles": "evaluator"}
    page = client.post("/manage/accounts", data=form).text
    found = re.search(r'<code id="link">http://localhost(.+?)</code>', page)
    assert found
    guest = filled_app.test_client()
    words = {"password": "several plain words", "password_confirm": "several plain words"}

    answer = guest.post(found[1], data={"csrf_token": token(guest, found[1]), **words})

    assert answer.status_code == 302
    assert try_password(filled_app.test_client(), "several plain words", "new@example.org") == 302
    assert guest.get(found[1]).status_code == 302, "the link works once"


def test_a_sign_in_that_was_ended_is_over(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    client = filled_app.test_client()
    user = sign_in(client, "evaluator")
    assert client.get("/evaluate/").status_code == 200

    kept = db.session.get_one(User, user.id)
    kept.sign_ins.clear()
    db.session.commit()

    assert client.get("/evaluate/").status_code == 302


# Who sent it ---------------------------------------------------------------------------------------------------------


def test_who_sent_a_form_is_shown_for_a_reason_and_the_look_is_on_record(
    filled_app: Flask, sign_in: Callable[..., User]
) -> None:
    client = filled_app.test_client()
    user = sign_in(client, "evaluator")
    address = "/evaluate/mekong-2003/responses/1"
    form = {"csrf_token": token(client, address)}

    assert "Synthetic person" not in client.get(address).text
    without = client.post(address, data=form)
    assert without.status_code == 422
    assert "Synthetic person" not in without.text

    shown = client.post(address, data={**form, "reason": "To ask about the answer to item 21."})

    assert "Synthetic person" in shown.text
    entry = db.session.query(LogEntry).order_by(LogEntry.number.desc()).first()
    assert entry is not None
    assert (entry.who, entry.what, entry.about) == (user.email, "looked at an identity", "response 1")
    assert entry.why == "To ask about the answer to item 21."
