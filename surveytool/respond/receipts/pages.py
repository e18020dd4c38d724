"""What the pages of receipts show: one frozen object a template."""

from dataclasses import dataclass

from surveytool.languages import LANGUAGES, Language


@dataclass(frozen=True)
class CodePage:
    """One field for the receipt code, with what was typed and what is wrong with it."""

    language: Language
    typed: str = ""
    error: str = ""
    #: Where a change of language goes.
    endpoint: str = "respond.find"
    languages: tuple[Language, ...] = tuple(LANGUAGES.values())


@dataclass(frozen=True)
class FoundPage:
    """A form that was found by its receipt: never its answers, never who sent it."""

    language: Language
    #: 17 digits, carried from page to page in fields, never in an address.
    receipt: str
    title: str
    survey: str
    #: The day it was received, in words.
    received: str
    #: What became of its last correction, in words; "" where there is none.
    correction: str
    #: Whether it can be corrected here; what a case worker entered is withdrawn and entered anew.
    correctable: bool = True
    endpoint: str = "respond.find"
    languages: tuple[Language, ...] = tuple(LANGUAGES.values())
