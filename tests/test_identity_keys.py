"""The key of names can be changed while the server runs, and stopped anywhere; secrets and database belong together."""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from cryptography.fernet import Fernet, InvalidToken
from flask import Flask

from surveytool import audit_log, collections, identity_keys, intake, secrets_check
from surveytool.app import create_app
from surveytool.cli import main
from surveytool.models import Attachment, Entry, Fact, Identity, LogEntry, Report, Response, SetAside, Share, Task, db
from surveytool.models.base import decrypted, encrypted, now
from surveytool.serving import let_go, upgrade
from surveytool.settings import SettingsError

NAME = "Daw Synthetic Person"
PICTURE = b"a picture of a name"
#: How many values are encrypted on the full instance.
ALL = 10


def secrets_of(app: Flask) -> Path:
    return Path(app.instance_path) / "secrets.json"


def keys_of(app: Flask) -> list[str]:
    found: list[str] = json.loads(secrets_of(app).read_text())["IDENTITY_KEYS"]
    return found


@pytest.fixture
def full(any_database: Flask) -> Flask:
    """An application with something in every column that is encrypted."""
    collection = collections.create("border", "partner_survey", "Border meeting", who="tester")
    collections.open_(collection, "tester")
    for n in range(3):
        add_form(n)
    collections.close(collection, "tester")
    intake.receive(collection, {"name": [NAME]}, submission="aside-00", language="en")
    entry = Entry(
        collection_id=collection.id, submission="entry-00", clerk="c@example.org", language="en", mode="paper"
    )
    entry.sent = {"name": [NAME]}
    attachment = Attachment(response_id=1, media_type="image/jpeg", size=19, added_by="c@example.org")
    attachment.content = encrypted(PICTURE)
    share = Share(collection_id=collection.id, digest="0" * 64, made_by="e@example.org", expires_at=now(), tables={})
    share.counts = {"26": [1, 2]}
    report = Report(collection_id=collection.id, title="", language="en", settings={}, made_by="e", digest="0" * 64)
    report.bundle = PICTURE
    task = Task(kind="report", arguments={}, asked_by="e@example.org", content=PICTURE)
    db.session.add_all([entry, attachment, share, report, task])
    db.session.commit()
    collections.open_(collection, "tester")
    db.session.commit()
    return any_database


def add_form(n: int) -> Response:
    collection = collections.find("border")
    kept = intake.receive(collection, {"name": [NAME], "trained": ["yes"]}, submission=f"form-{n:04}", language="en")
    assert isinstance(kept, intake.Kept)
    return kept.response


def tokens() -> list[bytes]:
    """Return everything that is encrypted, as the database has it."""
    found = []
    for column in identity_keys.encrypted_columns():
        found += db.session.scalars(sa.select(sa.type_coerce(column, sa.LargeBinary))).all()
    db.session.rollback()
    return found


def opened_by(key: str) -> int:
    return sum(identity_keys.opens(Fernet(key).decrypt, token) for token in tokens())


def can_be_read() -> bool:
    db.session.expire_all()
    read = [each.data["used"]["name"] for each in db.session.query(Identity)]
    read += [each.sent["name"][0] for kind in (SetAside, Entry) for each in db.session.query(kind)]
    pictures = [decrypted(each.content) for each in db.session.query(Attachment)]
    pictures += [each.bundle for each in db.session.query(Report)] + [each.content for each in db.session.query(Task)]
    shares = [each.counts for each in db.session.query(Share)]
    return set(read) == {NAME} and set(pictures) == {PICTURE} and shares == [{"26": [1, 2]}]


def test_every_encrypted_column_is_known() -> None:
    found = {str(column) for column in identity_keys.encrypted_columns()}

    assert found == {
        *("identities.data", "set_aside.sent", "entries.sent", "attachments.content", "shares.counts"),
        *("reports.bundle", "tasks.content", "collections.seal_private"),
    }


def test_after_a_finished_change_the_old_key_opens_nothing(full: Flask) -> None:
    (old,) = keys_of(full)
    assert opened_by(old) == len(tokens()) == ALL

    assert identity_keys.rotate("test") == ALL
    assert identity_keys.finish("test") == 0

    (new,) = keys_of(full)
    assert new != old
    assert (opened_by(old), opened_by(new)) == (0, ALL)
    assert can_be_read()
    assert stat.S_IMODE(secrets_of(full).stat().st_mode) == 0o600
    told = db.session.query(LogEntry).filter(LogEntry.what.contains("identity key")).order_by(LogEntry.number).all()
    assert [each.what for each in told] == ["began to change the identity key", "forgot old identity keys"]
    assert not any(key in each.about + each.why for each in told for key in (old, new))
    assert list(audit_log.faults()) == []


def test_what_a_server_writes_with_the_old_key_in_between_is_not_lost(full: Flask) -> None:
    (old,) = keys_of(full)
    identity_keys.rotate("test")
    full.config["IDENTITY_KEYS"] = [old]
    add_form(9)
    full.config["IDENTITY_KEYS"] = keys_of(full)
    assert opened_by(old) == 1

    assert identity_keys.finish("test") == 1

    assert opened_by(old) == 0
    assert can_be_read()


def test_a_change_that_stops_anywhere_can_be_run_again(full: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power fails after each row in turn, and once more when everything is done but nothing forgotten."""
    (old,) = keys_of(full)
    monkeypatch.setattr(identity_keys, "BATCH", 1)
    steps = 0
    whole = identity_keys._row_anew

    def until_the_power_fails(*args: object) -> bool:
        nonlocal steps
        steps -= 1
        if steps < 0:
            raise KeyboardInterrupt
        return whole(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(identity_keys, "_row_anew", until_the_power_fails)
    for survived in range(ALL):
        for command in (identity_keys.rotate, identity_keys.finish):
            steps = survived
            with pytest.raises(KeyboardInterrupt):
                command("test")
            db.session.rollback()
            full.config["IDENTITY_KEYS"] = keys_of(full)
            assert old in keys_of(full)
            assert len(keys_of(full)) == 2, "no further key is made"
            assert can_be_read()
    steps = ALL
    identity_keys.rotate("test")

    steps = 2 * ALL
    identity_keys.finish("test")

    assert old not in keys_of(full)
    assert opened_by(old) == 0
    assert can_be_read()


def test_nothing_is_forgotten_when_the_file_of_secrets_cannot_be_written(
    full: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = keys_of(full)

    def no_room(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("surveytool.settings._draft", no_room)
    with pytest.raises(OSError, match="no room"):
        identity_keys.rotate("test")

    assert keys_of(full) == [old]
    assert opened_by(old) == ALL
    assert can_be_read()


def test_a_row_that_no_key_opens_is_named_and_no_key_forgotten(full: Flask) -> None:
    strange = Fernet(Fernet.generate_key()).encrypt(b"{}")
    broken = sa.update(SetAside.__table__).values(sent=sa.bindparam("strange", type_=sa.LargeBinary))
    db.session.execute(broken, {"strange": strange})
    db.session.commit()
    with pytest.raises(SettingsError, match=r"Row 1 of set_aside can be read with none of the keys"):
        identity_keys.rotate("test")
    db.session.rollback()

    with pytest.raises(SettingsError, match=r"Row 1 of set_aside"):
        identity_keys.finish("test")

    assert len(keys_of(full)) == 2


def test_a_running_server_takes_up_a_new_key_by_itself(full: Flask) -> None:
    client = full.test_client()
    client.get("/login")
    running, old = full.config["IDENTITY_KEYS"], keys_of(full)
    identity_keys.rotate("test")
    full.config["IDENTITY_KEYS"] = running
    with pytest.raises(InvalidToken):
        can_be_read()
    db.session.rollback()

    client.get("/login")

    assert full.config["IDENTITY_KEYS"] == keys_of(full) != old
    assert can_be_read()


def test_the_commands_say_what_to_do_next(filled_instance: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(filled_instance, tmp_path / "instance"))

    def run(*args: str) -> str:
        return CliRunner().invoke(main, ["--instance", str(folder), *args], catch_exceptions=False).output

    assert "nothing to finish" in run("identity-keys", "finish")
    first = run("identity-keys", "rotate")
    assert "42 rows were encrypted anew" in first
    assert "restart the servers, then run: surveytool identity-keys finish" in first
    again = run("identity-keys", "rotate")
    assert "Going on with the change that was begun" in again
    assert "0 rows were encrypted anew" in again
    assert "the old keys are forgotten" in run("identity-keys", "finish")
    assert len(json.loads((folder / "secrets.json").read_text())["IDENTITY_KEYS"]) == 1
    assert "is whole" in run("audit-log", "verify")


# Secrets and database belong together ---------------------------------------------------------------------------------


def another(app: Flask) -> Callable[..., Flask]:
    """Return what makes the application anew on the same database, as a command or a server does when it starts."""
    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    return lambda **config: create_app(app.instance_path, SQLALCHEMY_DATABASE_URI=uri, **config)


def upgraded(app: Flask) -> None:
    with app.app_context():
        try:
            upgrade(app)
        finally:
            let_go()


def test_a_database_remembers_its_secrets(full: Flask) -> None:
    kept = db.session.get_one(Fact, secrets_check.FACT).value
    read = json.loads(secrets_of(full).read_text())

    assert len(kept) == 64
    assert not any(read[name] in kept for name in ("DIGEST_KEY", "AUDIT_KEY"))
    upgraded(another(full)())


@pytest.mark.parametrize("name", ["DIGEST_KEY", "AUDIT_KEY"])
def test_with_another_s_secrets_nothing_starts(full: Flask, name: str) -> None:
    read = json.loads(secrets_of(full).read_text())
    secrets_of(full).write_text(json.dumps(read | {name: "another secret that is long enough " * 2}))

    with pytest.raises(SettingsError, match="restore the one it was made with"):
        another(full)()
    with pytest.raises(SettingsError, match="restore the one it was made with"):
        upgraded(another(full)(TESTING=True))

    secrets_of(full).write_text(json.dumps(read))
    upgraded(another(full)())


def test_secrets_of_before_a_change_of_keys_are_found_out(full: Flask) -> None:
    before = secrets_of(full).read_text()
    identity_keys.rotate("test")
    identity_keys.finish("test")
    secrets_of(full).write_text(before)

    with pytest.raises(SettingsError, match="names cannot be read"):
        upgraded(another(full)())


def test_missing_secrets_are_not_made_anew_beside_a_database(full: Flask) -> None:
    kept = secrets_of(full).read_text()
    secrets_of(full).unlink()
    for _ in range(2):
        with pytest.raises(SettingsError, match="restore"):
            another(full)()
        assert not secrets_of(full).exists(), "what was made on the way is not left to be taken for the right one"

    secrets_of(full).write_text(kept)
    upgraded(another(full)())
    assert can_be_read()


def test_a_database_of_an_earlier_version_takes_only_secrets_that_fit_it(full: Flask) -> None:
    kept = secrets_of(full).read_text()
    db.session.delete(db.session.get_one(Fact, secrets_check.FACT))
    db.session.commit()
    names = ("IDENTITY_KEYS", "AUDIT_KEY")
    for name, value in zip(
        names, ([Fernet.generate_key().decode()], "another secret that is long enough"), strict=True
    ):
        secrets_of(full).write_text(json.dumps(json.loads(kept) | {name: value}))
        with pytest.raises(SettingsError, match="restore"):
            upgraded(another(full)())

    secrets_of(full).write_text(kept)
    upgraded(another(full)())

    db.session.rollback()
    assert db.session.get(Fact, secrets_check.FACT) is not None


def test_commands_say_it_in_one_line(filled_instance: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(filled_instance, tmp_path / "instance"))
    create_app(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "secrets.json", folder / "secrets.json")

    for command in (["collection", "list"], ["db", "upgrade"], ["serve", "--port", "1"]):
        result = CliRunner().invoke(main, ["--instance", str(folder), *command])

        assert result.exit_code == 1
        assert result.output.count("\n") == 1
        assert "does not belong to this database" in result.output

    (folder / "secrets.json").unlink()
    for command in (["collection", "list"], ["db", "upgrade"], ["serve", "--port", "1"]):
        result = CliRunner().invoke(main, ["--instance", str(folder), *command])

        assert result.exit_code == 1
        assert "is missing beside a database; restore it from a backup" in result.output
    assert not (folder / "secrets.json").exists()
