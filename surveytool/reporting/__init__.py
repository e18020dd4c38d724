"""The report of a collection: written in the order of a plan, every number with its source; frozen and verified."""

from surveytool.reporting.bundle import Bundle, BundleError, open_bundle
from surveytool.reporting.composing import compose, compute
from surveytool.reporting.document import Document
from surveytool.reporting.figures import Figure
from surveytool.reporting.files import FORMATS, File, write
from surveytool.reporting.settings import (
    FORM_ORDER,
    MOST_QUOTES,
    QUOTES,
    Settings,
    as_words,
    fault,
    from_data,
    plans,
)
from surveytool.reporting.verification import Differing, Since, Verdict, since, verify

__all__ = [
    "FORMATS",
    "FORM_ORDER",
    "MOST_QUOTES",
    "QUOTES",
    "Bundle",
    "BundleError",
    "Differing",
    "Document",
    "Figure",
    "File",
    "Settings",
    "Since",
    "Verdict",
    "as_words",
    "compose",
    "compute",
    "fault",
    "from_data",
    "open_bundle",
    "plans",
    "since",
    "verify",
    "write",
]
