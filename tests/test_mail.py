"""The way back in by mail, with a real SMTP server: over TLS, to a server that proves who it is, or not at all."""

import datetime
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from flask.testing import FlaskClient

from surveytool import accounts
from surveytool.app import create_app
from surveytool.models import User, db
from surveytool.serving import let_go


class MailServer:
    """Keeps what it is handed, with whether the line was encrypted."""

    def __init__(self) -> None:
        self.letters: list[tuple[Message, bool]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.letters.append((message_from_bytes(envelope.content), session.ssl is not None))
        return "250 OK"


def certificate_for(name: str, folder: Path) -> tuple[Path, Path]:
    """Make a certificate that vouches for itself; return its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day, today = datetime.timedelta(days=1), datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject_name=named, issuer_name=named, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - day)
        .not_valid_after(today + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files = folder / f"{name}.crt", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    return files


Serve = Callable[..., MailServer]


@pytest.fixture
def mail_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a server that mail may be sent through, with the settings naming it."""
    running: list[Controller] = []

    def start(name: str = "localhost", *, trusted: bool = True, **kwargs: object) -> MailServer:
        certificate, key = certificate_for(name, tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        kept = MailServer()
        options: dict[str, object] = {"tls_context": context, "require_starttls": True} | kwargs
        controller = Controller(kept, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        monkeypatch.setenv("SURVEYTOOL_MAIL_SERVER", "localhost")
        monkeypatch.setenv("SURVEYTOOL_MAIL_PORT", str(port))
        monkeypatch.setenv("SURVEYTOOL_MAIL_SENDER", "survey@example.org")
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        return kept

    yield start
    for controller in running:
        controller.stop()


def ask(filled_app: Flask, email: str = "clerk@example.org") -> tuple[Flask, FlaskClient, str]:
    """Ask for a way back in on an application with the settings of the moment; return what the page then says."""
    app = create_app(filled_app.instance_path, LOCAL=True)
    client = app.test_client()
    data = {"csrf_token": token(client, "/reset"), "email": email}
    said = client.post("/reset", data=data)
    assert said.status_code == 200
    return app, client, re.sub(r'value="[^"]*"', "", said.text)


def token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def closed(app: Flask) -> None:
    with app.app_context():
        let_go()


def asked(email: str = "clerk@example.org") -> bool:
    """Say whether the administrators are told that somebody wants a way back in."""
    db.session.rollback()
    return db.session.get_one(User, accounts.find(email).id, populate_existing=True).asked_at is not None


def test_the_link_comes_by_mail_over_tls_and_sets_a_password(filled_app: Flask, mail_server: Serve) -> None:
    server = mail_server()

    app, client, said = ask(filled_app)

    ((letter, encrypted),) = server.letters
    assert encrypted
    assert (letter["To"], letter["From"]) == ("clerk@example.org", "survey@example.org")
    assert letter["Subject"] == "A way back in to surveytool"
    assert letter.get_content_type() == "text/plain"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    link = re.search(r"http://localhost(/reset/\S+)", body.decode())
    assert link
    assert link[1] not in said
    words = {"password": "several plain words", "password_confirm": "several plain words"}
    answer = client.post(link[1], data={"csrf_token": token(client, link[1]), **words})
    assert answer.status_code == 302
    assert [each["Subject"] for each, _ in server.letters[1:]] == ["Your password was set anew"]
    assert not asked(), "the mail brings it; no administrator is needed"
    closed(app)


def test_a_server_that_wants_a_name_and_a_password_gets_them_over_tls_alone(
    filled_app: Flask, mail_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[bytes, bytes]] = []

    def let_in(*args: object) -> AuthResult:
        login = args[-1]
        given.append((login.login, login.password))  # type: ignore[attr-defined]
        return AuthResult(success=True)

    server = mail_server(authenticator=let_in, auth_required=True)
    monkeypatch.setenv("SURVEYTOOL_MAIL_USERNAME", "survey")
    monkeypatch.setenv("SURVEYTOOL_MAIL_PASSWORD", "a password for mail")

    app, _, _ = ask(filled_app)

    assert given == [(b"survey", b"a password for mail")]
    assert len(server.letters) == 1
    closed(app)


@pytest.mark.parametrize("fault", ["not trusted", "another's certificate", "no TLS", "nobody there"])
def test_where_mail_cannot_be_sent_safely_administrators_are_told_instead(
    filled_app: Flask, mail_server: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    kinds: dict[str, dict[str, object]] = {
        "not trusted": {"trusted": False},
        "another's certificate": {"name": "elsewhere.example"},
        "no TLS": {"tls_context": None, "require_starttls": False},
        "nobody there": {},
    }
    server = mail_server(**kinds[fault])
    if fault == "nobody there":
        monkeypatch.setenv("SURVEYTOOL_MAIL_PORT", "1")

    with caplog.at_level(logging.ERROR):
        app, _, said = ask(filled_app)
        other, _, said_of_nobody = ask(filled_app, "nobody@example.org")

    assert server.letters == []
    assert asked()
    assert said == said_of_nobody, "nobody learns who has an account"
    assert "Mail could not be sent" in caplog.text
    assert "clerk@example.org" not in caplog.text
    assert "/reset/" not in caplog.text
    closed(app)
    closed(other)
