"""Scans and photos of forms: which files they may be, what is taken out of them, how they are kept."""

import io
from collections.abc import Sequence

from flask import Flask, request
from PIL import Image, ImageOps

from surveytool.models import Attachment, db
from surveytool.models.base import decrypted, encrypted

#: The largest file, how many a form may have, and the largest request that brings several.
LARGEST = 10 * 1024 * 1024
MOST = 20
LARGEST_REQUEST = 64 * 1024 * 1024
#: Larger pictures could exhaust the memory; a sheet of A4 at 600 dots per inch has 35 million.
PIXELS = 60_000_000

#: Kinds of files by what they are, with the ending of the name they are handed out under.
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/tiff": "tif",
    "application/pdf": "pdf",
}
#: Those that browsers show as pictures.
PICTURES = ("image/jpeg", "image/png", "image/webp")
#: The addresses that take scans.
UPLOADS = ("evaluate.add_scans", "evaluate.attach")


class ScanError(ValueError):
    """A file cannot be taken as a scan; the message says why in one line."""


def init_app(app: Flask) -> None:
    """Read larger requests where scans are attached; asked after the right to and before anything is read."""
    app.before_request(_read_more)


def _read_more() -> None:
    if request.endpoint in UPLOADS:
        request.max_content_length = LARGEST_REQUEST


def attached(
    files: Sequence[bytes], present: int, who: str, *, entry_id: int | None = None, response_id: int | None = None
) -> list[Attachment]:
    """Add scans to a begun form or to a response, all or none; the caller commits.

    `present` is how many it has. Raises ScanError, which says which of the files is at fault.
    """
    if present + len(files) > MOST:
        raise ScanError(f"A form can have {MOST} scans at most; it has {present}.")
    made = []
    for number, content in enumerate(files, 1):
        try:
            media_type, clean = prepared(content)
        except ScanError as error:
            raise ScanError(f"File {number} of {len(files)}: {error}") from None
        kept = Attachment(media_type=media_type, size=len(clean), added_by=who, content=encrypted(clean))
        kept.entry_id, kept.response_id = entry_id, response_id
        made.append(kept)
    db.session.add_all(made)
    return made


def content(scan: Attachment) -> bytes:
    """Return a scan as it was kept."""
    return decrypted(scan.content)


def prepared(content: bytes) -> tuple[str, bytes]:
    """Return what kind of file it is, by its content alone, and the file as it is kept. Raises ScanError.

    Photos are kept without what cameras write beside the picture: where and when it was taken, and with what. TIFF
    and PDF come from scanners and are kept as they are.
    """
    if not content:
        raise ScanError("The file is empty.")
    if len(content) > LARGEST:
        raise ScanError(f"The file is larger than {LARGEST // 1024 // 1024} MB.")
    if content.startswith(b"%PDF-"):
        return "application/pdf", content
    picture = _picture(content)
    if picture.format == "TIFF":
        return "image/tiff", content
    kind = "JPEG" if picture.format == "MPO" else picture.format or ""
    return f"image/{kind.lower()}", _bare(picture, kind)


def _picture(content: bytes) -> Image.Image:
    """Return a picture read to its last dot. Raises ScanError for what is none, or damaged, or too large."""
    too_many = ScanError("The picture has too many dots; scan it at 300 per inch.")
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "TIFF"))
        if picture.width * picture.height > PIXELS:
            raise too_many
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_many from None
    except ScanError:
        raise
    except (OSError, SyntaxError, ValueError):
        raise ScanError("This is no JPEG, PNG, WebP, TIFF or PDF file, or it is damaged.") from None
    return picture


def _bare(picture: Image.Image, kind: str) -> bytes:
    """Return a photo upright and without anything beside the picture."""
    out = io.BytesIO()
    if picture.format == "JPEG" and picture.getexif().get(ORIENTATION, 1) == 1:
        # What need not be turned keeps its own tables, and so its quality.
        picture.info.clear()
        picture.save(out, "JPEG", exif=b"", quality="keep")
        return out.getvalue()
    upright = ImageOps.exif_transpose(picture)
    upright.info = {"transparency": upright.info["transparency"]} if "transparency" in upright.info else {}
    upright.save(out, kind, exif=b"", quality=90)
    return out.getvalue()


#: The number of the field in which cameras say how they were held.
ORIENTATION = 0x0112
