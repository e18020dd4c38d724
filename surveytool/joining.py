"""Where a collection is joined: the address of its form, as text and as QR code."""

import ipaddress
import re
from io import BytesIO
from urllib.parse import urlsplit

import segno
from flask import request, url_for
from markupsafe import Markup

from surveytool.models import Collection

#: The longest beginning of an address that is taken.
LONGEST = 200
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class AddressError(ValueError):
    """What was typed is not the beginning of an address; the message says what is in one line."""


def read_base(typed: str) -> str:
    """Return the beginning of an address that phones use, such as https://survey.example.org; "" for nothing typed.

    A host without a scheme is taken as one of plain HTTP, as a browser does. Raises AddressError.
    """
    typed = typed.strip()
    if not typed:
        return ""
    given = typed if "://" in typed else f"http://{typed}"
    wrong = AddressError("Please write the beginning of an address alone, such as http://192.168.1.20:8000.")
    if len(given) > LONGEST or not given.isascii() or not given.isprintable() or " " in given or "\\" in given:
        raise wrong
    try:
        parts = urlsplit(given)
        host, port = parts.hostname or "", parts.port
        if not _HOST.fullmatch(host):
            host = f"[{ipaddress.IPv6Address(host)}]"
    except ValueError:
        raise wrong from None
    beyond = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or beyond:
        raise wrong
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def address(collection: Collection, base: str = "") -> str:
    """Return the address where a collection is joined, as this server is reached now or as `base` says."""
    if not base:
        return url_for("respond.choose", join_code=collection.join_code, _external=True)
    return base + url_for("respond.choose", join_code=collection.join_code)


def base_asked() -> tuple[str, str, str]:
    """Return the beginning that the address of the form is asked to have: as read, as typed, and what is wrong."""
    typed = request.args.get("base", "")
    try:
        return read_base(typed), typed, ""
    except AddressError as error:
        return "", typed, str(error)


def reaches_this_machine_alone(base: str = "") -> bool:
    """Say whether an address, or the one this server is reached at now, is of this machine: no phone can open it."""
    host = urlsplit(base or request.host_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def qr_drawing(text: str) -> Markup:
    """Return a text as a QR code, an SVG element as large as its place."""
    drawing: str = _code(text).svg_inline(omitsize=True, light="#fff")
    return Markup(drawing)  # noqa: S704 (squares and nothing else: the text itself is not in it)


def qr_picture(text: str) -> BytesIO:
    """Return a text as a QR code, a PNG large enough to be printed."""
    picture = BytesIO()
    _code(text).save(picture, kind="png", scale=20)
    picture.seek(0)
    return picture


def _code(text: str) -> segno.QRCode:
    # A quarter may be hidden by a thumb, a fold or a reflection.
    return segno.make_qr(text, error="q")
