"""What the page for taking responses away shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool.evaluate.common import Head, Option
from surveytool.evaluate.exports.forms import Choices
from surveytool.evaluate.long import Listed
from surveytool.tabulate import Forms


@dataclass(frozen=True)
class ExportsPage:
    """The choices there are, and those made."""

    head: Head
    #: How many forms there are to take away, of those that the person may see.
    forms: Forms
    #: What each language is called, by its tag.
    languages: Mapping[str, str]
    countries: Sequence[Option]
    #: Whether the person's role is limited to some countries.
    limited: bool
    choices: Choices
    #: Long work of the last day, and above how many forms data is taken away as such.
    tasks: Sequence[Listed]
    large: int
    #: What was sent and is not there.
    unknown: Sequence[str] = ()
    #: What is wrong with the reason for taking names away.
    error: str = ""
