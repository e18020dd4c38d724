"""What the page of shared tables shows, and the words of its tables."""

from dataclasses import dataclass

from flask_babel import gettext

from surveytool.definitions import Wording
from surveytool.languages import Language
from surveytool.sharing import Read, Words


@dataclass(frozen=True)
class SharedPage:
    """Frozen tables, as a partner with the link reads them."""

    token: str
    language: Language
    languages: tuple[Language, ...]
    #: What the evaluators call the occasion.
    title: str
    wording: Wording
    read: Read
    #: The day of the counting, and the last day of the link, in words.
    counted: str
    ends: str
    synthetic: bool


def table_words() -> Words:
    """Return the words of shared tables, in the language of the request."""
    return Words(
        all=gettext("All"),
        yes=gettext("Yes"),
        no=gettext("No"),
        answered=gettext("Answered"),
        mean=gettext("Mean"),
        total=gettext("All forms"),
        missing={
            "not_asked": gettext("Not asked"),
            "not_applicable": gettext("Not applicable (N/A)"),
            "no_answer": gettext("No answer"),
            "invalid": gettext("Invalid answer"),
        },
    )
