"""Sends mail over a line whose other end is checked; where it cannot be sent, administrators are told instead."""

import logging
import smtplib
import ssl
from typing import Any

from flask_mailman.backends.smtp import EmailBackend
from flask_security import MailUtil

from surveytool.models.base import now

log = logging.getLogger(__name__)


class CheckedLine(smtplib.SMTP):
    """SMTP that goes on in TLS only with a server whose certificate is good for its name."""

    def starttls(self, **given: Any) -> tuple[int, bytes]:  # type: ignore[override]
        """Begin TLS; without a context of the caller's, Python's own would take any certificate."""
        return super().starttls(context=given.get("context") or ssl.create_default_context())


class Backend(EmailBackend):  # type: ignore[misc]
    """What sends mail; a link that sets a password must not be read on the way."""

    connection_class = CheckedLine


class Letters(MailUtil):
    """The letters of the library that signs people in."""

    def send_mail(self, template: str, *args: Any, **context: Any) -> None:
        """Send a letter; whether that failed is told to the log and, for a way back in, to the administrators.

        The person at the browser reads the same either way: nobody learns who has an account.
        """
        try:
            super().send_mail(template, *args, **context)
        except OSError as error:
            # Neither addresses nor links: only what kind of mistake it was.
            log.error("Mail could not be sent: %s %s", type(error).__name__, error.strerror or "")
            if template.endswith("reset_instructions"):
                context["user"].asked_at = now()
