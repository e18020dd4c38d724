"""Changes the key that names are encrypted with: a new one first, everything encrypted anew, the old ones forgotten.

Every step may stop in the middle and be run again: a key is forgotten only when nothing is left under it.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from filelock import FileLock
from flask import Flask, current_app
from sqlalchemy import Column, LargeBinary, bindparam, select, type_coerce, update

from surveytool.audit_log import record
from surveytool.models import db
from surveytool.models.base import Base, Encrypted, EncryptedBytes, writing
from surveytool.settings import SECRETS_FILE, SettingsError, change_secret, new_identity_key, read_secret

#: How many rows are encrypted anew in one transaction; others can write between two.
BATCH = 100


def rotate(who: str) -> int:
    """Put a new key first and encrypt everything with it; the old one stays, for servers that do not know the new one.

    Goes on with a change that is under way instead of beginning another. Returns how many rows were encrypted anew.
    Raises SettingsError.
    """
    with _alone():
        keys = _keys()
        if len(keys) == 1:
            keys = [new_identity_key(), *keys]
            record(who, "began to change the identity key", f"key {name_of(keys[0])}", f"before: {name_of(keys[1])}")
            db.session.commit()
            _keep(keys)
        return encrypt_anew(keys)


def finish(who: str) -> int:
    """Encrypt what is still under an old key and forget the old keys; return how many rows that were.

    Raises SettingsError.
    """
    with _alone():
        keys = _keys()
        count = encrypt_anew(keys)
        if len(keys) > 1:
            record(who, "forgot old identity keys", f"key {name_of(keys[0])}", ", ".join(map(name_of, keys[1:])))
            db.session.commit()
            _keep(keys[:1])
            # What a server wrote under an old key since it was looked for, while that key is still at hand.
            count += encrypt_anew(keys)
        return count


def under_way() -> bool:
    """Say whether a change of keys was begun and not finished."""
    return len(_keys()) > 1


def name_of(key: str) -> str:
    """Return what a key is called in the audit log; the key cannot be found from it."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def take_up(app: Flask) -> None:
    """Let a running server read the keys again when their file has changed."""
    try:
        stamp = (Path(app.instance_path) / SECRETS_FILE).stat().st_mtime_ns
        if app.config.get("SECRETS_STAMP") != stamp:
            app.config.update(IDENTITY_KEYS=read_secret(Path(app.instance_path), "IDENTITY_KEYS"), SECRETS_STAMP=stamp)
    except (OSError, SettingsError):
        return  # the file is away for a moment; the keys that were read are still good


# Encrypting anew ------------------------------------------------------------------------------------------------------


def encrypted_columns() -> Iterator[Column[Any]]:
    """Yield every column that is encrypted: JSON that is, and bytes, which are nowhere kept in the clear."""
    for table in Base.metadata.sorted_tables:
        yield from (
            column for column in table.columns if isinstance(column.type, (Encrypted, EncryptedBytes, LargeBinary))
        )


def encrypt_anew(keys: Sequence[str]) -> int:
    """Encrypt with the first key whatever is under another; return how many rows that were. Commits as it goes."""
    every = MultiFernet([Fernet(key) for key in keys])
    return sum(_column_anew(column, Fernet(keys[0]), every) for column in encrypted_columns())


def _column_anew(column: Column[Any], first: Fernet, every: MultiFernet) -> int:
    (key,) = column.table.primary_key.columns
    ids = db.session.scalars(select(key).where(column.is_not(None)).order_by(key)).all()
    done = 0
    for start in range(0, len(ids), BATCH):
        with writing():
            done += sum(_row_anew(column, id_, first, every) for id_ in ids[start : start + BATCH])
            db.session.commit()
    return done


def _row_anew(column: Column[Any], id_: int, first: Fernet, every: MultiFernet) -> bool:
    (key,) = column.table.primary_key.columns
    stored = type_coerce(column, LargeBinary)
    token = db.session.scalar(select(stored).where(key == id_))
    if token is None or opens(first.decrypt, token):
        return False
    try:
        anew = every.rotate(token)
    except InvalidToken:
        place = f"Row {id_} of {column.table.name}"
        raise SettingsError(
            f"{place} can be read with none of the keys in {SECRETS_FILE}; restore the file it was written with."
        ) from None
    # Unless it was changed or erased in the meantime.
    same = update(column.table).where(key == id_, stored == token)
    done = db.session.execute(same.values({column.name: bindparam("anew", type_=LargeBinary)}), {"anew": anew})
    return bool(done.rowcount)  # type: ignore[attr-defined]


def opens(decrypt: Callable[[bytes], bytes], token: bytes) -> bool:
    """Say whether a key, or one of several, opens what was encrypted."""
    try:
        decrypt(token)
    except InvalidToken:
        return False
    return True


# The file -------------------------------------------------------------------------------------------------------------


def _alone() -> FileLock:
    return FileLock(Path(current_app.instance_path) / "identity-keys.lock")


def _keys() -> list[str]:
    """Return the keys as they are now; another process may have changed them since this one began."""
    found: list[str] = read_secret(Path(current_app.instance_path), "IDENTITY_KEYS")
    return found


def _keep(keys: Sequence[str]) -> None:
    change_secret(Path(current_app.instance_path), "IDENTITY_KEYS", list(keys))
    current_app.config["IDENTITY_KEYS"] = list(keys)
