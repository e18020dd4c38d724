"""What the poster shows: one frozen object a template."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from surveytool.evaluate.common import Head
from surveytool.inviting import Invitation
from surveytool.languages import Language
from surveytool.models import Collection


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

    @property
    def collection(self) -> Collection:
        """What is joined."""
        return self.head.collection

    @property
    def synthetic(self) -> str:
        """What is said where answers are made up."""
        return self.head.synthetic

    @property
    def count_address(self) -> str:
        """Where the count is asked for."""
        return url_for("evaluate.received", code=self.head.collection.code)
