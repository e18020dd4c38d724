"""The door of partners: fill in a form in one's own language, get a receipt, and act on it. No account is needed."""

from surveytool.respond.common import bp, page_language
from surveytool.respond.form import views as _form  # noqa: F401
from surveytool.respond.offline import views as _offline  # noqa: F401
from surveytool.respond.receipts import views as _receipts  # noqa: F401
from surveytool.respond.shared import views as _shared  # noqa: F401

__all__ = ["bp", "page_language"]
