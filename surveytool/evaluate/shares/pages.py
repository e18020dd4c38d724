"""What the pages of shares show: one frozen object a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from surveytool.devices import local
from surveytool.evaluate.common import MISSING, Head
from surveytool.evaluate.long import Listed
from surveytool.evaluate.shares.forms import ShareForm
from surveytool.models import Share
from surveytool.sharing import Draft, Read, Words

#: The staff's words for what stands in the tables.
WORDS = Words(
    all="All",
    yes="Yes",
    no="No",
    answered="Answered",
    mean="Mean",
    total="All forms",
    missing={kind: words.capitalize() for kind, words in MISSING.items()},
)


@dataclass(frozen=True)
class SharesPage:
    """The shares of a collection, the form to make one, and perhaps what it would show."""

    head: Head
    shares: Sequence[Share]
    form: ShareForm
    moment: datetime
    can_divide: bool
    tasks: Sequence[Listed]
    #: The long work that has worked the draft out, where it was such.
    found: int = 0
    error: str = ""
    draft: Draft | None = None
    read: Read | None = None


@dataclass(frozen=True)
class SharePage:
    """One share: its link while it is new, what it shows, how to end it."""

    head: Head
    share: Share
    read: Read
    form: ShareForm
    moment: datetime
    link: str = ""
    error: str = ""


def state(share: Share, moment: datetime, zone: str) -> str:
    """Return in words whether a link can be opened."""
    if share.revoked_at:
        return f"revoked on {local(share.revoked_at, zone):%-d %B %Y} by {share.revoked_by}"
    return "open" if share.expires_at > moment else "ended"
