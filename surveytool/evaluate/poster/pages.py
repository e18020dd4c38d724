"""What the poster shows: one frozen object a template."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import force_locale, format_date, gettext
from markupsafe import Markup

from surveytool.evaluate.common import Head
from surveytool.languages import LANGUAGES, Language


@dataclass(frozen=True)
class Invitation:
    """How to join, in one language."""

    language: Language
    how: str
    promise: str
    #: Labels of the number of forms and of the code.
    received: str
    code: str


@dataclass(frozen=True)
class PosterPage:
    """How to join a collection, for a wall: title, place and dates, QR code, address, every language offered."""

    head: Head
    #: The language of the dates and of the page.
    language: Language
    when: str
    invitations: Sequence[Invitation]
    address: str
    qr: Markup
    #: How many forms came; None for those who may not know of all of them.
    received: int | None
    #: The beginning of the address as typed, and what is wrong with it.
    base: str = ""
    base_error: str = ""
    #: Whether phones cannot open the address.
    unreachable: bool = False


def invitations(tags: Sequence[str]) -> list[Invitation]:
    """Return how to join, in each of the languages."""
    return [_invitation(LANGUAGES[tag]) for tag in tags]


def _invitation(language: Language) -> Invitation:
    with force_locale(language.tag):
        return Invitation(
            language=language,
            how=gettext("Scan this QR code with the camera of your phone, or open this address."),
            promise=gettext("You need no app and no account. You may leave any question empty."),
            received=gettext("Forms received"),
            code=gettext("Survey code"),
        )


def when(start: datetime.date | None, end: datetime.date | None, language: Language) -> str:
    """Return the days of a collection in a language, with the era where that is the custom."""
    # English without a country would be that of America.
    pattern = "d MMMM y" if language.tag == "en" else "long"
    with force_locale(language.tag):
        days = [format_date(day, pattern) for day in (start, end) if day]
    return " – ".join(dict.fromkeys(days))
