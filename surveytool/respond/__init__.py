"""The door of partners: fill in a form in one's own language, get a receipt. No account, nothing required."""

from surveytool.respond.views import bp, page_language

__all__ = ["bp", "page_language"]
