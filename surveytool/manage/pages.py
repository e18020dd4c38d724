"""What each of the administrators' pages shows: one frozen object a template."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from surveytool.accounts import words
from surveytool.manage.forms import AccountForm, GrantForm
from surveytool.models import Grant, LogEntry, SignIn, User


@dataclass(frozen=True)
class AccountsPage:
    """All accounts, and the form for one more."""

    accounts: Sequence[User]
    form: AccountForm


@dataclass(frozen=True)
class AccountPage:
    """One account: its roles, how it signs in, what can be done about it."""

    account: User
    form: GrantForm
    #: Shown once, right after it was made.
    link: str = ""
    error: str = ""

    def role(self, grant: Grant) -> str:
        """Return a role and where it holds, in words."""
        return words(grant)


@dataclass(frozen=True)
class MinePage:
    """One's own account: roles, sign-ins, password, second factor."""

    account: User
    sign_ins: Sequence[SignIn]
    #: The sign-in of the browser that looks.
    this: SignIn

    def role(self, grant: Grant) -> str:
        """Return a role and where it holds, in words."""
        return words(grant)


@dataclass(frozen=True)
class LogPage:
    """The audit log, a page at a time, and whether it is whole."""

    entries: Sequence[LogEntry]
    page: int
    older: bool
    kinds: Sequence[str]
    kind: str
    faults: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class MessagePage:
    """One thing to tell, and perhaps where to go."""

    title: str
    text: str
