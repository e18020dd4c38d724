"""What an evaluator decides about a form: the deed, what it is about, and the reason, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from surveytool.text import clean

#: The shortest and the longest reason for a deed or for a look at an identity.
REASON = (10, 500)
DEEDS = ("exclude form", "include form", "flag form", "exclude answer", "withdraw", "renew")


@dataclass(frozen=True)
class Deed:
    """One decision as it was sent."""

    do: str
    #: The judgement to withdraw or renew, by its id; or the variable whose answer is excluded; or "".
    about: str
    reason: str
    #: What had been judged when the page was made: a decision on a page that is out of date is not carried out.
    seen: str

    @classmethod
    def sent(cls, fields: Mapping[str, str]) -> "Deed":
        """Read the fields of a request."""
        do, about, seen = (fields.get(name, "")[:100] for name in ("do", "about", "seen"))
        return cls(do, about, clean(fields.get("reason", "")), seen)

    def is_this(self, do: str, about: object = "") -> bool:
        """Say whether this is the deed of one of the page's forms."""
        return (self.do, self.about) == (do, str(about))


def wrong_reason(reason: str, where: str) -> str:
    """Return what to say of a reason that is too short or too long, or ""."""
    least, most = REASON
    if least <= len(reason) <= most:
        return ""
    return f"Please say why, in {least} to {most} characters; {where}."
