"""The administrators' door: accounts and roles, the audit log; and everyone's own account."""

from surveytool.manage.views import bp

__all__ = ["bp"]
