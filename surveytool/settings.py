"""Every setting with its default and meaning; secrets are made on first use and kept in the instance folder."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the environment (with SURVEYTOOL_ before it), its default, what it means."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("INSTANCE", "instance", "The folder that holds the database and the secrets."),
    Setting("DATABASE_URL", "", "Where responses are kept; empty means SQLite in the instance folder."),
    Setting("PROXY_HOPS", "0", "How many reverse proxies stand before the server and set X-Forwarded headers."),
    Setting("HOSTS", "", "The names this server answers to, separated by commas; empty means any."),
    Setting("KEEP_IDENTITIES_MONTHS", "24", "How long names of a new collection are kept, from the day it is opened."),
    Setting("SMALLEST_CELL", "5", "Counts below this are withheld from whatever leaves the evaluation team (3 to 30)."),
    Setting("MAIL_SERVER", "", "The host that sends mail; empty means that administrators hand over links themselves."),
    Setting("MAIL_PORT", "587", "Its port."),
    Setting("MAIL_USERNAME", "", "The account there."),
    Setting("MAIL_PASSWORD", "", "Its password."),
    Setting("MAIL_SENDER", "", "The address mail comes from."),
)

#: The database of an instance that uses SQLite.
DATABASE = "surveytool.db"
#: What is secret about an instance.
SECRETS_FILE = "secrets.json"
#: No request is read beyond this size; a form with every answer at its longest, in any script, stays below.
MAX_CONTENT_LENGTH = 4 * 1024 * 1024


class SettingsError(ValueError):
    """The instance or its settings cannot be used; the message says what to do in one line."""


def setting(name: str) -> str:
    """Return a setting from the environment, or its default."""
    known = {each.name: each for each in SETTINGS}
    return os.environ.get(f"SURVEYTOOL_{name}") or known[name].default


def configuration(instance: Path) -> dict[str, Any]:
    """Return the application's configuration for an instance folder, which is made if it does not exist."""
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The instance folder {instance} cannot be made: {error.strerror}.") from None
    url = setting("DATABASE_URL") or f"sqlite:///{instance / DATABASE}"
    # PostgreSQL goes by its current driver, whichever of its common addresses is given.
    for old in ("postgres://", "postgresql://"):
        if url.startswith(old):
            url = "postgresql+psycopg://" + url.removeprefix(old)
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        # An error of the database must not write answers and names into the log.
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True},
        "MAX_CONTENT_LENGTH": MAX_CONTENT_LENGTH,
        "MAX_FORM_MEMORY_SIZE": MAX_CONTENT_LENGTH,
        "BABEL_DOMAIN": "public",
        "BABEL_TRANSLATION_DIRECTORIES": "../translations",
        "COMPRESS_MIN_SIZE": 500,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "PROXY_HOPS": _number("PROXY_HOPS", 0, 10),
        "KEEP_IDENTITIES_MONTHS": _number("KEEP_IDENTITIES_MONTHS", 1, 120),
        "SMALLEST_CELL": _number("SMALLEST_CELL", 3, 30),
        "TRUSTED_HOSTS": [host.strip() for host in setting("HOSTS").split(",") if host.strip()] or None,
        **_mail(),
        **_secrets(instance / SECRETS_FILE),
    }


def _mail() -> dict[str, Any]:
    """Return how mail is sent, or nothing. Raises SettingsError."""
    if not setting("MAIL_SERVER"):
        return {}
    if not setting("MAIL_SENDER"):
        raise SettingsError("SURVEYTOOL_MAIL_SERVER is set; SURVEYTOOL_MAIL_SENDER must say from which address.")
    return {
        "MAIL_SERVER": setting("MAIL_SERVER"),
        "MAIL_PORT": _number("MAIL_PORT", 1, 65535),
        "MAIL_USE_TLS": True,
        "MAIL_USERNAME": setting("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": setting("MAIL_PASSWORD") or None,
        "MAIL_TIMEOUT": 20,
        "MAIL_DEFAULT_SENDER": setting("MAIL_SENDER"),
    }


def _number(name: str, low: int, high: int) -> int:
    given = setting(name)
    if not given.isascii() or not given.isdigit() or not low <= int(given) <= high:
        raise SettingsError(f"SURVEYTOOL_{name} is '{given}'; it must be a whole number from {low} to {high}.")
    return int(given)


def _secrets(file: Path) -> dict[str, Any]:
    """Return the secrets of an instance, making them readable to nobody else on first use. Raises SettingsError."""
    made = False
    try:
        # Looked for first: another process may be making both at this moment, the secrets before the database.
        has_database = (file.parent / DATABASE).exists()
        if not file.exists():
            if has_database:
                fault = f"{file} is missing beside a database"
                raise SettingsError(f"{fault}; restore it from a backup: names cannot be read without it.")
            made = _make_secrets(file)
        read = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"The secrets in {file} cannot be read or made: {error.strerror}.") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        read = None
    if not isinstance(read, dict) or any(not _is_secret(read.get(name)) for name in FIRST_SECRETS):
        raise SettingsError(f"The secrets in {file} are damaged; restore the file: names cannot be read without it.")
    if read.keys() < SECRETS.keys():
        # An instance of an earlier version; the secrets it has stay as they are.
        read = {name: make() for name, make in SECRETS.items()} | read
        write_secrets(file, read)
    if any(not _is_secret(read[name]) for name in SECRETS):
        raise SettingsError(f"A secret in {file} is empty or too short to keep anything secret; restore the file.")
    return {name: read[name] for name in SECRETS} | {"SECRETS_NEW": made}


def read_secret(instance: Path, name: str) -> Any:
    """Return a secret of an instance as its file has it now. Raises SettingsError."""
    return _secrets(instance / SECRETS_FILE)[name]


def change_secret(instance: Path, name: str, value: Any) -> None:
    """Change one secret of an instance, for good or not at all. Raises SettingsError."""
    read = _secrets(instance / SECRETS_FILE)
    write_secrets(instance / SECRETS_FILE, {each: read[each] for each in SECRETS} | {name: value})


def _random() -> str:
    return secrets.token_urlsafe(32)


def new_identity_key() -> str:
    """Return a new key for names (Fernet)."""
    return Fernet.generate_key().decode()


#: What signs sessions and links; tells two names apart without showing them; encrypts names (the first key does);
#: seals the audit log; goes into password hashes; encrypts second factors.
SECRETS: Mapping[str, Callable[[], Any]] = {
    "SECRET_KEY": _random,
    "DIGEST_KEY": _random,
    "IDENTITY_KEYS": lambda: [new_identity_key()],
    "AUDIT_KEY": _random,
    "SECURITY_PASSWORD_SALT": _random,
    "SECURITY_TOTP_SECRETS": lambda: {"1": _random()},
}
#: Those that every instance has had from the beginning.
FIRST_SECRETS = ("SECRET_KEY", "DIGEST_KEY", "IDENTITY_KEYS")
#: Fewer characters than this can be guessed.
SHORTEST_SECRET = 32


def _is_secret(value: Any) -> bool:
    """Say whether a secret, or each of several, is long enough and not one character over and over."""
    if isinstance(value, str):
        return len(value) >= SHORTEST_SECRET and len(set(value)) > 4
    several = list(value.values()) if isinstance(value, dict) else value
    return bool(several) and isinstance(several, list) and all(_is_secret(each) for each in several)


def _make_secrets(file: Path) -> bool:
    """Make the secrets, unless another process was faster; return whether these are the ones that stay."""
    draft = _draft(file, {name: make() for name, make in SECRETS.items()})
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def write_secrets(file: Path, secrets_: Mapping[str, Any]) -> None:
    """Replace the secrets of an instance, whole or not at all, and so that no failure of power undoes it."""
    _draft(file, secrets_).replace(file)
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _draft(file: Path, secrets_: Mapping[str, Any]) -> Path:
    """Write secrets whole under another name: another process never reads half a file, and the first one made stays."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(dict(secrets_), out)
        out.flush()
        os.fsync(out.fileno())
    return draft
