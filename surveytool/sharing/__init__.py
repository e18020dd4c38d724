"""What leaves the evaluation team: frozen tables without filters, protected jointly, behind links that end."""

from surveytool.sharing.links import (
    AUDIENCE,
    DAYS,
    Draft,
    SharingError,
    again,
    is_current,
    live,
    prepare,
    revoke,
    shares,
    store,
)
from surveytool.sharing.reading import Read, Words, read

__all__ = [
    "AUDIENCE",
    "DAYS",
    "Draft",
    "Read",
    "SharingError",
    "Words",
    "again",
    "is_current",
    "live",
    "prepare",
    "read",
    "revoke",
    "shares",
    "store",
]
