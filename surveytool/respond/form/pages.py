"""What the form's pages show: one frozen object a template."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import gettext
from wtforms.form import BaseForm

from surveytool.definitions import Item, Questionnaire, Section, Wording
from surveytool.languages import Language
from surveytool.reading import FieldError
from surveytool.respond.offline.pages import Offline


@dataclass(frozen=True)
class FormPage:
    """The questionnaire in one language, empty or with what was typed and what is wrong with it."""

    join_code: str
    language: Language
    languages: tuple[Language, ...]
    questionnaire: Questionnaire
    wording: Wording
    form: BaseForm
    #: The identifier this form is sent under, kept across a change of language and mistakes.
    submission: str
    #: Which of a workshop's three forms it is, in words; "" elsewhere.
    which: str = ""
    #: Who asks; "" where nobody has said so.
    organiser: str = ""
    #: The last day on which names are kept, in words; "" where none is set.
    until: str = ""
    #: The receipt of the form that this one corrects; "" for a new form.
    corrects: str = ""
    #: Messages by item name, in the reader's language.
    errors: Mapping[str, str] = field(default_factory=dict)
    #: What to confirm by sending it again: item name to the year, or the code of a card, as typed.
    confirm: Mapping[str, str] = field(default_factory=dict)
    #: Whether the server could not store the form just now.
    busy: bool = False
    #: Whether it came without answers.
    blank: bool = True
    demonstration: bool = False
    #: What it needs to work without a connection; None for a correction, which is for the moment alone.
    offline: Offline | None = None

    @property
    def asks_identity(self) -> bool:
        """Whether any question asks who answers."""
        return any(item.identity for item in self.questionnaire.items.values())

    @property
    def briefly(self) -> bool:
        """Whether the notice is kept short: trainees fill the form in where it was explained to them."""
        return self.questionnaire.asked_in == "workshop"

    def groups(self, section: Section) -> list[list[Item]]:
        """Return the items of a section as they stand: those of one scale together, where its anchors stand once."""
        found: list[list[Item]] = []
        for item in section.items:
            if found and section.anchors and item.scale and item.choice_list == found[-1][0].choice_list:
                found[-1].append(item)
            else:
                found.append([item])
        return found

    def address(self, language: str, *, again: bool = False) -> str:
        """Return where the form is sent in a language; or where it is shown again, with its mistakes."""
        checked = 1 if again and self.errors else None
        if self.corrects:
            return url_for("respond.correct", language=language, checked=checked)
        # In another language it is the wording of today.
        wording = self.offline.wording if self.offline and language == self.language.tag else None
        return url_for("respond.send", join_code=self.join_code, language=language, checked=checked, wording=wording)


@dataclass(frozen=True)
class ChoicePage:
    """The languages to choose from, where a shared tablet begins."""

    join_code: str
    language: Language
    languages: tuple[Language, ...]
    #: What the questionnaire is called, in the language of the tablet.
    title: str
    offline: Offline
    demonstration: bool = False


@dataclass(frozen=True)
class ThanksPage:
    """The answers are kept; this is the receipt."""

    join_code: str
    language: Language
    wording: Wording
    #: 17 digits in groups of four, the last the check digit.
    receipt: str
    #: What seems to be wrong with the linking code, in the language of the request; "" where nothing does.
    about_code: str = ""
    #: Whether the form corrects an earlier one, and waits for a decision.
    correction: bool = False
    demonstration: bool = False


def grouped(receipt: str) -> str:
    """Return a receipt code as it is shown and written down: in groups of four."""
    return " ".join(re.findall(r"\d{1,4}", receipt))


def message(error: FieldError, item: Item, wording: Wording) -> str:
    """Return what to tell a respondent about one answer, in the language of the request."""
    params = error.params
    if error.code == "constraint":
        return wording.constraint_message(item.name) or gettext("Please enter a number.")
    if error.code == "looks_buddhist":
        return gettext(
            "The year %(typed)s is %(common)s in the Christian era, if you counted in the Buddhist Era. "
            "If that is right, just send the form again. If not, please correct the year.",
            typed=params["typed"],
            common=params["common"],
        )
    if error.code == "no_such_card":
        return gettext(
            "“%(typed)s” is not a code of a card of this workshop. Please compare it with your card. "
            "If it is right, just send the form again.",
            typed=params["typed"],
        )
    if error.code == "choice":
        return gettext(
            "“%(given)s” is not one of the answers to choose from. Please choose again.", given=params["given"]
        )
    if error.code == "too_long":
        return gettext(
            "This answer is too long. Please shorten it to at most %(limit)s characters.", limit=params["limit"]
        )
    return {
        "number": gettext("Please enter a number."),
        "number_in_code": gettext("Please enter a number."),
        "whole_number": gettext("Please enter a whole number."),
        "two_digits": gettext("Please write the year with four digits."),
        "implausible": gettext("Please check the year."),
        "date": gettext("Please enter a valid date."),
    }[error.code]
