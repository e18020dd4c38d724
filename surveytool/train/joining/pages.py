"""What posters and sheets of cards show: one frozen object a template."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from surveytool.inviting import CardWords, Invitation
from surveytool.languages import Language
from surveytool.models import Collection
from surveytool.train.common import Head


@dataclass(frozen=True)
class PosterPage:
    """How to join one wave, for a wall: title, place and dates, QR code, address, every language of the workshop."""

    head: Head
    wave: str
    collection: Collection
    language: Language
    when: str
    invitations: Sequence[Invitation]
    address: str
    qr: Markup
    received: int
    base: str = ""
    base_error: str = ""
    unreachable: bool = False

    @property
    def synthetic(self) -> str:
        """What is said where answers are made up."""
        return self.head.synthetic

    @property
    def count_address(self) -> str:
        """Where the count is asked for."""
        return url_for("train.received", workshop=self.head.workshop.code, wave=self.wave)


@dataclass(frozen=True)
class CardsPage:
    """The cards of a workshop, to be printed and cut; and the form to make more."""

    head: Head
    codes: Sequence[str]
    words: Sequence[CardWords]
    error: str = ""
    number: str = "10"
