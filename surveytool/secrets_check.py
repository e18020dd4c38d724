"""Ties the secrets of an instance to its database: with others, names could not be read, nor the audit log checked."""

import hashlib
import hmac
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from flask import Flask
from sqlalchemy import LargeBinary, select, type_coerce
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from surveytool import audit_log
from surveytool.identity_keys import opens
from surveytool.models import Fact, Identity, db
from surveytool.settings import SECRETS_FILE, SettingsError

#: The name of the fact that says which secrets a database belongs to.
FACT = "secrets"


def confirm(app: Flask) -> None:
    """Tie the secrets to a database that is up to date, or see that they are its own. Raises SettingsError."""
    try:
        known = _known()
        if known is None and _fit(app):
            known = _tie(app)
        if known != _digest(app) or not _fit(app):
            raise _not_its_own(app)
    finally:
        # Nothing that was only looked at keeps others from changing tables.
        db.session.rollback()


def check(app: Flask) -> None:
    """See that the secrets are the database's own, as far as there is one yet that answers. Raises SettingsError."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    try:
        known = _known()
    except SQLAlchemyError:
        return
    finally:
        db.session.remove()
        db.engine.dispose()
    if known is not None and known != _digest(app):
        raise _not_its_own(app)


def _known() -> str | None:
    return db.session.scalar(select(Fact.value).where(Fact.name == FACT))


def _tie(app: Flask) -> str | None:
    db.session.add(Fact(name=FACT, value=_digest(app)))
    try:
        db.session.commit()
    except IntegrityError:
        # Another process was faster.
        db.session.rollback()
    return _known()


def _digest(app: Flask) -> str:
    """Return a digest of the secrets that never change; neither can be found from it (HMAC-SHA-256, RFC 2104)."""
    message = f"the secrets of this database: {app.config['DIGEST_KEY']}"
    return hmac.new(app.config["AUDIT_KEY"].encode(), message.encode(), hashlib.sha256).hexdigest()


def _fit(app: Flask) -> bool:
    """Say whether the oldest name can be read, if there is one, and the audit log was begun with these secrets."""
    stored = select(type_coerce(Identity.__table__.c.data, LargeBinary)).order_by(Identity.response_id).limit(1)
    token = db.session.scalar(stored)
    keys = MultiFernet([Fernet(key) for key in app.config["IDENTITY_KEYS"]])
    return (token is None or opens(keys.decrypt, token)) and audit_log.begun_here()


def _not_its_own(app: Flask) -> SettingsError:
    file = Path(app.instance_path) / SECRETS_FILE
    if app.config["SECRETS_NEW"]:
        # Nothing was encrypted with them yet, and they must not be taken for the right ones.
        file.unlink(missing_ok=True)
    return SettingsError(
        f"{file} does not belong to this database, or is missing; restore the one it was made with: names cannot be "
        "read and the audit log cannot be checked without it."
    )
