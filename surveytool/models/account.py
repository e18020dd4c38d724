"""Accounts: who may sign in, which roles they have and where, and where they are signed in at this moment."""

import datetime
import secrets
from typing import Any

from flask_security import AsaList, RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from surveytool.models.base import Model, Moment, now
from surveytool.models.collection import Collection

ROLES = ("evaluator", "trainer", "clerk", "case worker", "translator", "administrator")


def new_uniquifier() -> str:
    """Return what names an account in sessions and links; a new one ends them all."""
    return secrets.token_hex(16)


class Grant(RoleMixin, Model):
    """One role of one account: everywhere, or in one collection, or for the forms of one country."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint(f"name IN ({', '.join(repr(role) for role in ROLES)})", name="role"),
        CheckConstraint("name != 'administrator' OR (collection_id IS NULL AND country = '')", name="administrator"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    #: The role; the library that signs people in wants it called so.
    name: Mapped[str] = mapped_column(String(20))
    #: The one collection it is limited to, if it is.
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"))
    #: The code of the one country it is limited to, or "".
    country: Mapped[str] = mapped_column(String(40), default="")

    collection: Mapped[Collection | None] = relationship()


class User(UserMixin, Model):
    """Someone with an account. Those who answer a questionnaire have none."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    #: Its argon2 hash; none until the invitation is taken up.
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=new_uniquifier)
    created_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    #: When a way back in was asked for and nobody has yet given one.
    asked_at: Mapped[datetime.datetime | None] = mapped_column(Moment)
    #: Whether the administrator wants a second factor of this person.
    second_factor: Mapped[bool] = mapped_column(default=False)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    #: Encrypted by the library with the instance's own key.
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    mf_recovery_codes: Mapped[Any] = mapped_column(MutableList.as_mutable(AsaList()), nullable=True)

    roles: Mapped[list[Grant]] = relationship(  # type: ignore[assignment]
        order_by="Grant.id", cascade="all, delete-orphan"
    )
    sign_ins: Mapped[list["SignIn"]] = relationship(order_by="SignIn.id", cascade="all, delete-orphan")

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Say whether signing in takes a second factor: the person set one up, or the administrator wants one."""
        return bool(tf_setup_methods) or self.second_factor, tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Say whether the second factor may not be given up."""
        return self.second_factor


class SignIn(Model):
    """One browser that is signed in, until it signs out, is ended, or is left alone for too long."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    #: Digest of the random word in the browser's session.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    #: What the browser says it is, for its owner to recognise.
    device: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
    seen_at: Mapped[datetime.datetime] = mapped_column(Moment, default=now)
