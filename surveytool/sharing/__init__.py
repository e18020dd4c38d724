"""What leaves the evaluation team: frozen tables without filters, protected jointly, behind links that end."""

from surveytool.sharing.links import Draft, SharingError, again, live, prepare, revoke, shares, store
from surveytool.sharing.reading import Line, Shown, Words, read

__all__ = [
    "Draft",
    "Line",
    "SharingError",
    "Shown",
    "Words",
    "again",
    "live",
    "prepare",
    "read",
    "revoke",
    "shares",
    "store",
]
