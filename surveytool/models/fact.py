"""Facts about the instance itself, by name."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from surveytool.models.base import Model


class Fact(Model):
    """One fact, such as which secrets this database was made with (a digest of them)."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
