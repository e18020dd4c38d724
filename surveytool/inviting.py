"""How to join, in words: what posters and cards with linking codes say in each language."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import force_locale, format_date, gettext

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
    #: Which of a workshop's three forms it is; "" elsewhere.
    form: str = ""


@dataclass(frozen=True)
class CardWords:
    """What a card with a linking code says, in one language."""

    language: Language
    yours: str
    keep: str


def invitations(tags: Sequence[str], wave: str | None = None) -> list[Invitation]:
    """Return how to join, in each of the languages."""
    return [_invitation(LANGUAGES[tag], wave) for tag in tags]


def form_of(wave: str | None) -> str:
    """Return which of a workshop's three forms it is, in the language of the request; "" for no workshop's."""
    return {
        "pre": gettext("Form before the workshop"),
        "post": gettext("Form after the workshop"),
        "follow-up": gettext("Follow-up form, some time after the workshop"),
    }.get(wave or "", "")


def _invitation(language: Language, wave: str | None) -> Invitation:
    with force_locale(language.tag):
        return Invitation(
            language=language,
            how=gettext("Scan this QR code with the camera of your phone, or open this address."),
            promise=gettext("You need no app and no account. You may leave any question empty."),
            received=gettext("Forms received"),
            code=gettext("Survey code"),
            form=form_of(wave),
        )


def card_words(tags: Sequence[str]) -> list[CardWords]:
    """Return what a card says, in each of the languages."""
    found = []
    for tag in tags:
        with force_locale(tag):
            keep = gettext("Keep this card. You will need this code each time. It has no name.")
            found.append(CardWords(LANGUAGES[tag], gettext("Your code"), keep))
    return found


def when(start: datetime.date | None, end: datetime.date | None, language: Language) -> str:
    """Return the days of a collection in a language, with the era where that is the custom."""
    # English without a country would be that of America.
    pattern = "d MMMM y" if language.tag == "en" else "long"
    with force_locale(language.tag):
        days = [format_date(day, pattern) for day in (start, end) if day]
    return " – ".join(dict.fromkeys(days))
