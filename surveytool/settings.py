"""Every setting with its default and meaning; secrets are made on first use and kept in the instance folder."""

import json
import os
import secrets
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
)

#: No request is read beyond this size; a form with every answer at its longest, in any script, stays below.
MAX_CONTENT_LENGTH = 4 * 1024 * 1024


def setting(name: str) -> str:
    """Return a setting from the environment, or its default."""
    known = {each.name: each for each in SETTINGS}
    return os.environ.get(f"SURVEYTOOL_{name}") or known[name].default


def configuration(instance: Path) -> dict[str, Any]:
    """Return the application's configuration for an instance folder, which is made if it does not exist."""
    instance.mkdir(parents=True, exist_ok=True)
    url = setting("DATABASE_URL") or f"sqlite:///{instance / 'surveytool.db'}"
    # PostgreSQL goes by its current driver, whichever of its common addresses is given.
    for old in ("postgres://", "postgresql://"):
        if url.startswith(old):
            url = "postgresql+psycopg://" + url.removeprefix(old)
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        "MAX_CONTENT_LENGTH": MAX_CONTENT_LENGTH,
        "MAX_FORM_MEMORY_SIZE": MAX_CONTENT_LENGTH,
        "BABEL_DOMAIN": "public",
        "BABEL_TRANSLATION_DIRECTORIES": "../translations",
        "COMPRESS_MIN_SIZE": 500,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        **_secrets(instance / "secrets.json"),
    }


def _secrets(file: Path) -> dict[str, Any]:
    """Return the secrets of an instance, making them readable to nobody else on first use."""
    if not file.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(32),
            "DIGEST_KEY": secrets.token_urlsafe(32),
            "IDENTITY_KEYS": [Fernet.generate_key().decode()],
        }
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was first
            return _secrets(file)
        with os.fdopen(descriptor, "w") as out:
            json.dump(made, out)
    return json.loads(file.read_text())
