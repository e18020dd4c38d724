"""Accounts: making them, giving and taking roles, one-time links, ending sign-ins; all of it told to the audit log."""

import datetime
import hashlib
import secrets
from collections.abc import Sequence

from email_validator import EmailNotValidError, validate_email
from flask import url_for
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from sqlalchemy import select

from surveytool.audit_log import record
from surveytool.models import ROLES, Collection, Grant, QuestionnaireVersion, SignIn, User, db
from surveytool.models.account import new_uniquifier
from surveytool.models.base import now

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
#: A sign-in that is not used for this long has ended.
IDLE = datetime.timedelta(hours=12)


class AccountError(ValueError):
    """What was asked of an account cannot be done; the message says why in one line."""


def find(email: str) -> User:
    """Return the account of an e-mail address. Raises AccountError."""
    user = db.session.scalar(select(User).where(User.email == _address(email)))
    if user is None:
        raise AccountError(f"There is no account '{email}'.")
    return user


def add(email: str, roles: Sequence[str], who: str, *, password: str | None = None) -> User:
    """Make an account with roles that hold everywhere; without a password it waits for its one-time link.

    Raises AccountError for an address that is none or has an account, an unknown role, or too short a password.
    """
    address = _address(email)
    if db.session.scalar(select(User.id).where(User.email == address)):
        raise AccountError(f"There is an account '{address}' already.")
    user = User(email=address, fs_uniquifier=new_uniquifier())
    if password is not None:
        user.password = hash_password(_long_enough(password))
    db.session.add(user)
    db.session.flush()
    record(who, "made an account", f"account {address}")
    for role in dict.fromkeys(roles):
        grant(user, role, who)
    return user


def grant(user: User, role: str, who: str, *, collection: Collection | None = None, country: str = "") -> Grant:
    """Give a role: everywhere, or in one collection, or for the forms of one country, or both. Raises AccountError."""
    if role not in ROLES:
        raise AccountError(f"There is no role '{role}'. Roles: {', '.join(ROLES)}.")
    if role == "administrator" and (collection or country):
        raise AccountError("An administrator looks after all accounts; the role cannot be limited.")
    if country and country not in country_codes():
        known = ", ".join(country_codes()) or "none until a collection was opened"
        raise AccountError(f"No questionnaire asks about a country '{country}'. Countries: {known}.")
    if any((g.name, g.collection, g.country) == (role, collection, country) for g in user.roles):
        raise AccountError(f"The account '{user.email}' has this role already.")
    given = Grant(name=role, collection=collection, country=country)
    user.roles.append(given)
    record(who, "gave a role", f"account {user.email}", words(given))
    return given


def take(user: User, given: Grant, who: str) -> None:
    """Take a role away. Raises AccountError when nobody could give roles afterwards."""
    if given.name == "administrator":
        _keep_an_administrator(user)
    user.roles.remove(given)
    record(who, "took a role", f"account {user.email}", words(given))


def country_codes() -> list[str]:
    """Return the codes of the countries that any opened collection asks about, by which a role can be limited."""
    asked = [version.questionnaire for version in db.session.scalars(select(QuestionnaireVersion))]
    return sorted({code for q in asked if q.country for code in q.items[q.country].codes})


def words(given: Grant) -> str:
    """Return a role and where it holds, in words."""
    where = [f"in '{given.collection.code}'"] if given.collection else []
    where += [f"for {given.country}"] if given.country else []
    return " ".join([given.name, *where])


def one_time_link(user: User, who: str) -> str:
    """Return the address at which the person sets a password; it works once, within a day, and ends older links."""
    # The library's link lives as long as the password it was made for; a new name ends the links before this one.
    user.fs_uniquifier = new_uniquifier()
    user.asked_at = None
    end_sign_ins(user)
    record(who, "made a one-time link", f"account {user.email}")
    db.session.flush()
    return url_for("security.reset_password", token=generate_reset_password_token(user), _external=True)


def set_password(user: User, password: str, who: str) -> None:
    """Set a password and end all sign-ins. Raises AccountError when it is too short."""
    user.password = hash_password(_long_enough(password))
    user.fs_uniquifier = new_uniquifier()
    end_sign_ins(user)
    record(who, "set a password", f"account {user.email}")


def require_second_factor(user: User, required: bool, who: str) -> None:
    """Want a second factor of a person, from the next sign-in on, or no longer."""
    if user.second_factor != required:
        user.second_factor = required
        record(who, "required a second factor" if required else "required no second factor", f"account {user.email}")


def forget_second_factor(user: User, who: str) -> None:
    """Let a person who lost the device sign in without it, and end all sign-ins; it can then be set up anew."""
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
    end_sign_ins(user)
    record(who, "forgot a second factor", f"account {user.email}")


def activate(user: User, active: bool, who: str) -> None:
    """Let a person in, or shut them out and end all their sign-ins. Raises AccountError for the last administrator."""
    if not active:
        _keep_an_administrator(user)
        end_sign_ins(user)
    user.active = active
    record(who, "opened an account" if active else "shut an account", f"account {user.email}")


def end_sign_ins(user: User, *, but: SignIn | None = None) -> int:
    """End a person's sign-ins, all or all but one; return how many there were."""
    ended = [each for each in user.sign_ins if each is not but]
    for each in ended:
        user.sign_ins.remove(each)
    return len(ended)


def start_sign_in(user: User, device: str) -> str:
    """Note that a browser is signed in, and forget those left alone; return the random word for its session."""
    word = secrets.token_urlsafe(24)
    for idle in [each for each in user.sign_ins if now() - each.seen_at > IDLE]:
        user.sign_ins.remove(idle)
    user.sign_ins.append(SignIn(digest=digest(word), device=device[:200], started_at=now(), seen_at=now()))
    return word


def digest(word: str) -> str:
    """Return under what a random word is kept, so that who reads the database cannot use it."""
    return hashlib.sha256(word.encode()).hexdigest()


def _keep_an_administrator(user: User) -> None:
    others = select(Grant.id).join(User, User.id == Grant.user_id)
    others = others.where(Grant.name == "administrator", User.active.is_(True), User.id != user.id)
    is_one = user.active and any(each.name == "administrator" for each in user.roles)
    if is_one and db.session.scalar(others.limit(1)) is None:
        raise AccountError(f"'{user.email}' is the only administrator; make another one first.")


def _address(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise AccountError(f"'{email}' is no e-mail address: {error}") from None


def _long_enough(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return password
