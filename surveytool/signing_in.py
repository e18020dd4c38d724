"""Ties the library that signs people in to the accounts: its settings, its forms, what it tells the audit log."""

import base64
import hmac
from typing import Any

from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_limiter.util import get_remote_address
from flask_login import user_logged_in, user_logged_out
from flask_mailman import Mail
from flask_security import LoginForm, Security, SQLAlchemyUserDatastore, Totp
from flask_security.signals import (
    password_changed,
    password_reset,
    reset_password_instructions_sent,
    tf_disabled,
    tf_profile_changed,
)
from flask_wtf.csrf import CSRFProtect
from qrcode import QRCode
from qrcode.image.svg import SvgPathFillImage

from surveytool import accounts
from surveytool.accounts import SHORTEST_PASSWORD
from surveytool.audit_log import record
from surveytool.letters import Backend, Letters
from surveytool.limits import limiter
from surveytool.models import Grant, SignIn, User, db
from surveytool.models.base import now

csrf = CSRFProtect()

CONFIG = {
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_CHANGEABLE": True,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
    "SECURITY_PASSWORD_LENGTH_MIN": SHORTEST_PASSWORD,
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/login",
    "SECURITY_POST_CHANGE_VIEW": "/account",
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account",
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_TOTP_ISSUER": "surveytool",
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": ("The address or the password is not right. Please try again.", "error"),
    "SECURITY_MSG_PASSWORD_RESET_REQUEST": (
        "If there is an account with this address, a way back in is being prepared: by e-mail where this server sends "
        "mail, or by a one-time link from an administrator, who has been told.",
        "info",
    ),
    "SECURITY_EMAIL_HTML": False,
    "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": "A way back in to surveytool",
    "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": "Your password was set anew",
    "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": "Your password was changed",
    "WTF_CSRF_TIME_LIMIT": None,
}
#: Of the cookie, for which Flask has settings of its own: no script reads it, no other site's form sends it along.
COOKIE = {
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_NAME": "surveytool",
}


#: What the library says, in the words of the other pages.
SAID = {
    "INVALID_PASSWORD": "This is not your password. Please try again.",
    "PASSWORD_NOT_PROVIDED": "Please enter the password.",
    "PASSWORD_INVALID_LENGTH": "A password has at least %(length)s characters.",
    "PASSWORD_IS_THE_SAME": "This is the password you have; please choose another.",
    "RETYPE_PASSWORD_MISMATCH": "The two passwords are not the same.",
    "PASSWORD_CHANGE": "Your password is changed. Please sign in with it.",
    "PASSWORD_RESET_NO_LOGIN": "Your password is set. Please sign in with it.",
    "PASSWORD_RESET_EXPIRED": "This link was made more than %(within)s ago and has ended; please ask for another.",
    "INVALID_RESET_PASSWORD_TOKEN": "This link has ended: it was used, or a newer one was made. Please ask again.",
    "REAUTHENTICATION_REQUIRED": "Please enter your password once more.",
    "REAUTHENTICATION_SUCCESSFUL": "Thank you; please go on.",
    "TWO_FACTOR_INVALID_TOKEN": "This code was not right; each holds for half a minute only. Please try again.",
    "TWO_FACTOR_LOGIN_SUCCESSFUL": "You are signed in.",
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": "The second factor is set up and will be asked for at every sign-in. Now "
    "make recovery codes, for when the telephone is lost.",
    "TWO_FACTOR_DISABLED": "The second factor is given up: the password alone signs you in.",
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": "Please choose what to do.",
    "TWO_FACTOR_SETUP_EXPIRED": "This took longer than %(within)s; please begin again.",
    "TWO_FACTOR_PERMISSION_DENIED": "Please begin with your address and password.",
    "INVALID_RECOVERY_CODE": "This recovery code is not right, or was used before.",
    "NO_RECOVERY_CODES_SETUP": "There are no recovery codes yet.",
}
#: What goes out by mail, where the settings name a server that sends it.
MAILED = (
    "SECURITY_SEND_PASSWORD_RESET_EMAIL",
    "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL",
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL",
)


class Sessions(SecureCookieSessionInterface):
    """The session cookie; sent over TLS alone wherever it was given over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Say whether the browser may send the cookie over TLS only."""
        return request.is_secure


class SignInForm(LoginForm):
    """E-mail address and password; a browser is never remembered beyond its session."""

    remember = None


class SecondFactor(Totp):
    """Codes from an app on a telephone."""

    def generate_qrcode(self, username: str, totp: str) -> str:
        """Return the picture to scan, drawn in one piece: the library's shows seams between its squares."""
        code = QRCode(image_factory=SvgPathFillImage)
        code.add_data(self.get_totp_uri(username, totp))
        return "data:image/svg+xml;base64," + base64.b64encode(code.make_image().to_string()).decode()


def init_app(app: Flask) -> None:
    """Register signing in, its limits and its record."""
    for name, value in CONFIG.items():
        app.config.setdefault(name, value)
    app.config.update(COOKIE)
    for name, words in SAID.items():
        app.config.setdefault(f"SECURITY_MSG_{name}", (words, "info"))
    app.config.setdefault("SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS", _recovery_keys(app))
    for name in MAILED:
        app.config[name] = bool(app.config.get("MAIL_SERVER"))
    app.session_interface = Sessions()
    csrf.init_app(app)
    if app.config.get("MAIL_SERVER"):
        app.config.setdefault("MAIL_BACKEND", Backend)
        Mail(app)
    datastore = SQLAlchemyUserDatastore(db, User, Grant)
    Security(app, datastore, login_form=SignInForm, mail_util_cls=Letters, totp_cls=SecondFactor)
    _limit_failures(app)
    limiter.init_app(app)
    for signal, tell in ((user_logged_in, _signed_in), (user_logged_out, _signed_out), *_TOLD):
        signal.connect(tell, app)


def _recovery_keys(app: Flask) -> list[bytes]:
    """Return what recovery codes are encrypted with: from each secret of second factors, newest first, one (HMAC)."""
    secrets = reversed(app.config["SECURITY_TOTP_SECRETS"].values())
    return [base64.urlsafe_b64encode(hmac.digest(each.encode(), b"recovery codes", "sha256")) for each in secrets]


def _limit_failures(app: Flask) -> None:
    """Limit how often passwords, codes and links can be tried; what succeeds is not counted."""
    limits = {
        "login": (("10 per 15 minutes", _address_and_account), ("100 per 15 minutes", get_remote_address)),
        "verify": (("10 per 15 minutes", get_remote_address),),
        "two_factor_token_validation": (("10 per 15 minutes", _half_signed_in),),
        "mf_recovery": (("10 per 15 minutes", _half_signed_in),),
        "forgot_password": (("10 per hour", get_remote_address),),
        "reset_password": (("20 per 15 minutes", get_remote_address),),
    }
    for view, several in limits.items():
        name = f"security.{view}"
        for limit, key in several:
            # Asking for a way back in never fails, so every asking counts.
            failed = None if view == "forgot_password" else _failed
            limited: Any = limiter.limit(limit, key_func=key, methods=["POST"], deduct_when=failed)
            app.view_functions[name] = limited(app.view_functions[name])


def _failed(answer: Any) -> bool:
    return bool(answer.status_code not in (301, 302, 303))


def _address_and_account() -> str:
    return f"{get_remote_address()} {request.form.get('email', '')[:255].strip().lower()}"


def _half_signed_in() -> str:
    """Who gave a password and now tries codes: the account, from wherever they come."""
    return str(session.get("tf_user_id") or get_remote_address())


# What the audit log is told ------------------------------------------------------------------------------------------


def _signed_in(app: Flask, user: User, **_: Any) -> None:
    session["sign_in"] = accounts.start_sign_in(user, _device(request))
    record(user.email, "signed in")
    db.session.commit()


def _signed_out(app: Flask, user: User, **_: Any) -> None:
    word = session.pop("sign_in", None)
    if word is not None and user.is_authenticated:
        found = db.session.query(SignIn).filter_by(digest=accounts.digest(str(word))).first()
        if found:
            db.session.delete(found)
        record(user.email, "signed out")
        db.session.commit()


def _device(of: Request) -> str:
    return of.user_agent.string[:200]


def _told(what: str, *, ends_sign_ins: bool = False) -> Any:
    def tell(app: Flask, user: User, **_: Any) -> None:
        if ends_sign_ins:
            accounts.end_sign_ins(user)
            user.asked_at = None
        record(user.email, what)
        db.session.commit()

    return tell


def _asked(app: Flask, user: User, **_: Any) -> None:
    """Let the administrators see that a way back in is wanted, where no mail brings it."""
    if not app.config.get("MAIL_SERVER"):
        user.asked_at = now()
    record(user.email, "asked for a way back in")
    db.session.commit()


_TOLD = (
    (reset_password_instructions_sent, _asked),
    (password_changed, _told("changed the password", ends_sign_ins=True)),
    (password_reset, _told("set a new password by a one-time link", ends_sign_ins=True)),
    (tf_profile_changed, _told("set up a second factor")),
    (tf_disabled, _told("gave up the second factor")),
)
