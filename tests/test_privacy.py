"""What docs/privacy.md tells a data-protection officer is true."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from surveytool import accounts
from surveytool.cli import main
from surveytool.models import Collection, SignIn, User, db
from surveytool.models.base import Base, now
from surveytool.settings import setting

PRIVACY = (Path(__file__).parent.parent / "docs" / "privacy.md").read_text("utf-8")


def test_every_table_is_named_with_what_it_holds() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .+ \|$", PRIVACY, re.M)
    named = [name for row in rows for name in re.findall(r"\w+", row)]

    assert sorted(named) == sorted(Base.metadata.tables)


def test_every_encrypted_table_is_said_to_be_encrypted_and_no_other() -> None:
    from surveytool.identity_keys import encrypted_columns

    said = {
        name for row in re.findall(r"^\| .*\*\*encrypted\*\*.*$", PRIVACY, re.M) for name in re.findall(r"`(\w+)`", row)
    }

    assert said == {column.table.name for column in encrypted_columns()}


def test_every_command_it_gives_is_there_and_the_span_is_the_default() -> None:
    commands = set(re.findall(r"surveytool ((?:[a-z]+-)*[a-z]+(?: (?:rotate|finish|keep-identities))?)", PRIVACY))

    assert {"retention", "erase", "identity-keys rotate", "identity-keys finish"} <= commands
    for command in commands:
        result = CliRunner().invoke(main, [*command.split(), "--help"])
        assert result.exit_code == 0, command
    assert f"{setting('KEEP_IDENTITIES_MONTHS')} months (`SURVEYTOOL_KEEP_IDENTITIES_MONTHS`" in PRIVACY


def test_those_who_answer_get_no_cookie(client: FlaskClient, collection: Collection) -> None:
    form = {"submission": str(uuid.uuid4()), "trained": "yes"}
    answers = [
        client.get("/c/border"),
        client.get("/c/border/en"),
        client.post("/c/border/en", data={**form, "switch": "th"}),
        client.post("/c/border/en", data={**form, "year_established": "soon"}),
        client.post("/c/border/en", data=form),
        client.get("/c/nowhere"),
        client.get("/static/respond.css"),
    ]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers, answer.request.path
        answer.close()
    assert answers[4].status_code == 200


def test_no_address_of_a_device_is_stored(app: Flask, collection: Collection) -> None:
    client = app.test_client()
    caller = {"REMOTE_ADDR": "203.0.113.77"}
    client.get("/c/border/en", environ_base=caller)
    client.post("/c/border/en", data={"submission": str(uuid.uuid4()), "trained": "yes"}, environ_base=caller)
    client.post("/login", data={"email": "a@example.org", "password": "a wrong password"}, environ_base=caller)
    db.session.commit()

    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    for file in Path(app.instance_path).iterdir():
        assert b"203.0.113.77" not in file.read_bytes(), file.name


def test_sign_ins_left_alone_are_forgotten_at_the_next_one(app: Flask, sign_in: Callable[..., User]) -> None:
    user = sign_in(app.test_client(), "evaluator")
    (old,) = db.session.query(SignIn).filter_by(user_id=user.id)
    old.seen_at = now() - 2 * accounts.IDLE
    db.session.commit()

    accounts.start_sign_in(db.session.get_one(User, user.id), "another browser")
    db.session.commit()

    assert [each.device for each in db.session.query(SignIn)] == ["another browser"]


def test_recovery_codes_cannot_be_read_from_the_database(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    client = filled_app.test_client()
    user = sign_in(client, "evaluator")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/mf-recovery-codes").text)
    assert token
    page = client.post("/mf-recovery-codes", data={"csrf_token": token[1], "generate_new_codes": "1"}).text
    codes = re.findall(r"<li>([\w-]{8,})</li>", page)
    db.session.rollback()

    stored = db.session.execute(db.text("SELECT mf_recovery_codes FROM users WHERE id = :id"), {"id": user.id}).scalar()

    assert len(codes) == 8
    assert stored
    assert not any(code in str(stored) for code in codes)
    assert codes[0] in client.get("/mf-recovery-codes?show_codes=1").text
