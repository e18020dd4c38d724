"""Who may do what: every address, for every role and for nobody, against the table of docs/security.md."""

import base64
import hmac
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from surveytool import accounts, audit_log
from surveytool.access import RULES
from surveytool.app import create_app
from surveytool.models import ROLES, Collection, LogEntry, User, db
from surveytool.serving import let_go

SECURITY = Path(__file__).parent.parent / "docs" / "security.md"
VALUES = {
    "code": "demo",
    "join_code": "demo",
    "language": "en",
    "filename": "respond.css",
    "number": "25",
    "token": "none",
    "response_id": 1,
    "aside_id": 1,
    "account_id": 1,
    "submission": "00000000-0000-0000-0000-000000000000",
    "attachment_id": 1,
    "share_id": 1,
    "judgement_id": 1,
    "organisation_id": 1,
    "report_id": 1,
    "task_id": 1,
    "edition_asked": "none",
    "name": "worker",
    "workshop": "none",
    "wave": "pre",
    "country": "thailand",
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
        may = who == "anyone" or (
            role != "nobody" and (who == "any account" or role in who.split(",")[0].split(" or "))
        )
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

    other = collections.create("other", "partner_survey", "Another meeting", who="tester")
    collections.open_(other, "tester")
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


# Second factor and the way back in -----------------------------------------------------------------------------------


def app_on_a_telephone(key: str) -> Callable[[], str]:
    """Return what an authenticator app shows for a key (RFC 6238: SHA-1, 6 digits, 30 seconds)."""
    secret = base64.b32decode(key.replace("-", ""))

    def code() -> str:
        mac = hmac.digest(secret, int(time.time() // 30).to_bytes(8), "sha1")
        start = mac[-1] & 15
        return f"{(int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF) % 10**6:06}"

    return code


def set_up_second_factor(client: FlaskClient, address: str = "/tf-setup") -> Callable[[], str]:
    """Set up the second factor of whoever is signed in, or is signing in; return their telephone."""
    form = {"csrf_token": token(client, address), "setup": "authenticator"}
    page = client.post(address, data=form).text
    key = re.search(r"\b((?:[A-Z2-7]{4}-)+[A-Z2-7]{2,4})\b", page)
    confirm = re.search(r'action="(/tf-[^"]+)"[^>]*name="two_factor_verify_code_form"', page)
    assert key
    assert confirm
    telephone = app_on_a_telephone(key[1])
    answer = client.post(confirm[1], data={"csrf_token": form["csrf_token"], "code": telephone()})
    assert answer.status_code == 302
    return telephone


def half_signed_in(app: Flask) -> FlaskClient:
    """Return a browser in which the right password was given, and nothing more yet."""
    client = app.test_client()
    try_password(client, "a password for tests")
    assert client.get("/evaluate/").status_code == 302
    return client


def test_with_a_second_factor_the_password_alone_lets_nobody_in(filled_app: Flask) -> None:
    client = filled_app.test_client()
    try_password(client, "a password for tests")
    telephone = set_up_second_factor(client)
    later = half_signed_in(filled_app)

    form = {"csrf_token": token(later, "/tf-validate"), "code": telephone()}
    assert later.post("/tf-validate", data=form).status_code == 302

    assert later.get("/evaluate/").status_code == 200


def test_ten_wrong_codes_shut_the_door_though_the_next_one_is_right(filled_app: Flask) -> None:
    client = filled_app.test_client()
    try_password(client, "a password for tests")
    telephone = set_up_second_factor(client)
    guesser = half_signed_in(filled_app)
    form = {"csrf_token": token(guesser, "/tf-validate")}

    statuses = [guesser.post("/tf-validate", data={**form, "code": "12"}).status_code for _ in range(10)]

    assert statuses == [200] * 10
    assert guesser.post("/tf-validate", data={**form, "code": telephone()}).status_code == 429
    assert guesser.get("/evaluate/").status_code == 302


def test_a_recovery_code_lets_in_once_when_the_telephone_is_lost(filled_app: Flask) -> None:
    client = filled_app.test_client()
    try_password(client, "a password for tests")
    set_up_second_factor(client)
    form = {"csrf_token": token(client, "/mf-recovery-codes"), "generate_new_codes": "1"}
    page = client.post("/mf-recovery-codes", data=form).text
    codes = re.findall(r"<li[^>]*>\s*([\w-]{8,})\s*</li>", page)
    assert len(codes) == 8

    outcomes = []
    for _ in range(2):
        later = half_signed_in(filled_app)
        later.post("/mf-recovery", data={"csrf_token": token(later, "/mf-recovery"), "code": codes[0]})
        outcomes.append(later.get("/evaluate/").status_code)

    assert outcomes == [200, 302]


def test_a_wanted_second_factor_is_set_up_before_anything_else(filled_app: Flask) -> None:
    user = accounts.find("evaluator@example.org")
    accounts.require_second_factor(user, True, "test")
    db.session.commit()
    client = half_signed_in(filled_app)

    set_up_second_factor(client)

    assert client.get("/evaluate/").status_code == 200


def test_administrators_are_told_who_wants_a_way_back_in(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    lost, administrator = filled_app.test_client(), filled_app.test_client()
    sign_in(administrator, "administrator")

    said = []
    for email in ("clerk@example.org", "nobody@example.org"):
        data = {"csrf_token": token(lost, "/reset"), "email": email}
        said.append(re.sub(r'value="[^"]*"', "", lost.post("/reset", data=data).text))

    assert said[0] == said[1], "nobody learns who has an account"
    accounts_page = administrator.get("/manage/accounts").text
    assert accounts_page.count("asked for a way back in") == 1


def test_where_mail_is_sent_the_way_back_in_comes_by_mail(filled_app: Flask) -> None:
    mailed = {"MAIL_SERVER": "mail.example.org", "MAIL_BACKEND": "locmem", "MAIL_DEFAULT_SENDER": "survey@example.org"}
    app = create_app(filled_app.instance_path, TESTING=True, LOCAL=True, **mailed)
    lost = app.test_client()

    lost.post("/reset", data={"csrf_token": token(lost, "/reset"), "email": "clerk@example.org"})

    (letter,) = app.extensions["mailman"].outbox
    link = re.search(r"http://localhost(/reset/\S+)", letter.body)
    assert letter.to == ["clerk@example.org"]
    assert link
    assert lost.get(link[1]).status_code == 200
    with app.app_context():
        let_go()


def test_a_role_for_a_country_that_nobody_asks_about_is_refused(filled_app: Flask) -> None:
    user = accounts.find("clerk@example.org")

    with pytest.raises(accounts.AccountError, match="Countries: .*myanmar"):
        accounts.grant(user, "evaluator", "test", country="LA")
