"""Sealing forms on a device so that only the server can read them, and opening what was sealed.

A collection has a key pair of its own (P-256). A device makes a key for each form, agrees on a secret with the public
half, and encrypts with AES-256-GCM; it cannot open again what it sealed. `static/offline/seal.js` does the same.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select, update

from surveytool.models import Collection, db

#: What a sealed form calls itself, and its version.
KIND = "surveytool sealed form"
VERSION = 1
#: No sealed form is read beyond this size: one with every answer at its longest stays below.
LARGEST = 6 * 1024 * 1024


class SealError(ValueError):
    """What was given cannot be opened; the message says why in one line."""


class NotSealed(SealError):
    """It is no sealed form at all."""


class Damaged(SealError):
    """It was a sealed form, and a part of it is missing or altered."""


@dataclass(frozen=True)
class Sealed:
    """A sealed form as it lies in a file: everything but what it says."""

    #: The join code of the collection it belongs to.
    join_code: str
    ephemeral: bytes
    nonce: bytes
    content: bytes


def public_key(collection: Collection) -> str:
    """Return the key that devices seal with, in base64; made when it is first asked for. The caller commits."""
    if not collection.seal_public:
        pair = ec.generate_private_key(ec.SECP256R1())
        private = {"private": format(pair.private_numbers().private_value, "x")}
        made = update(Collection).where(Collection.id == collection.id, Collection.seal_public == "")
        # Whoever is first makes the pair that stays.
        db.session.execute(made.values(seal_public=_text(_point(pair.public_key())), seal_private=private))
        db.session.refresh(collection, ["seal_public", "seal_private"])
    return collection.seal_public


def seal(key: str, join_code: str, what: Mapping[str, Any]) -> bytes:
    """Seal a form as a device does. Raises ValueError for a key that is none."""
    own = ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(key))
    nonce, ephemeral = os.urandom(12), _point(own.public_key())
    secret = _secret(own.exchange(ec.ECDH(), theirs), ephemeral)
    content = AESGCM(secret).encrypt(nonce, json.dumps(what).encode(), join_code.encode())
    lying = {
        "kind": KIND,
        "version": VERSION,
        "collection": join_code,
        "ephemeral": _text(ephemeral),
        "nonce": _text(nonce),
        "content": _text(content),
    }
    return json.dumps(lying).encode()


def read(file: bytes) -> Sealed:
    """Read a sealed form without opening it. Raises NotSealed and Damaged."""
    try:
        found = json.loads(file)
    except (UnicodeDecodeError, ValueError, RecursionError):
        # The beginning tells what it was, even where the end is missing.
        if KIND.encode() in file[:200]:
            raise Damaged("The file is cut short or altered. Please ask for it to be saved once more.") from None
        raise NotSealed("This is no file that the form saved on a device.") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise NotSealed("This is no file that the form saved on a device.")
    if found.get("version") != VERSION:
        raise SealError("The file was saved by a newer version of the form; bring this server up to date.")
    try:
        parts = {name: base64.b64decode(found[name], validate=True) for name in ("ephemeral", "nonce", "content")}
        return Sealed(join_code=str(found["collection"]), **parts)
    except (KeyError, TypeError, ValueError):
        raise Damaged("The file is cut short or altered. Please ask for it to be saved once more.") from None


def open_(sealed: Sealed, collection: Collection) -> dict[str, Any]:
    """Return what a device sealed for a collection. Raises Damaged."""
    private = (collection.seal_private or {}).get("private")
    damaged = Damaged("The file was altered, or sealed for a collection of another server with the same code.")
    if private is None or sealed.join_code != collection.join_code:
        raise damaged
    try:
        own = ec.derive_private_key(int(private, 16), ec.SECP256R1())
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sealed.ephemeral)
        secret = _secret(own.exchange(ec.ECDH(), theirs), sealed.ephemeral)
        plain = AESGCM(secret).decrypt(sealed.nonce, sealed.content, sealed.join_code.encode())
        opened = json.loads(plain)
    except (InvalidTag, ValueError, RecursionError):
        raise damaged from None
    if not isinstance(opened, dict):
        raise damaged
    return opened


def belongs_to(sealed: Sealed) -> Collection | None:
    """Return the collection that a sealed form says it is of, or None where there is none here."""
    if not sealed.join_code.isprintable():
        return None
    return db.session.scalar(select(Collection).where(Collection.join_code == sealed.join_code))


def _secret(shared: bytes, ephemeral: bytes) -> bytes:
    """Return the key for one form: what was agreed on, bound to the device's half of it."""
    return HKDF(hashes.SHA256(), 32, salt=ephemeral, info=KIND.encode()).derive(shared)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
