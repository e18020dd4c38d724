"""Who sent a response: kept apart, encrypted, erasable without touching a figure."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Encrypted, Model


class Identity(Model):
    """The identity items of one response."""

    __tablename__ = "identities"

    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True)
    #: Name, position, duty station: as used, and as sent.
    data: Mapped[dict[str, dict[str, str]]] = mapped_column(Encrypted)
    #: Keyed digest of the folded name, by which a second form of one person is noticed.
    name_digest: Mapped[str | None] = mapped_column(String(64), index=True)
