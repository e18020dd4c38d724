"""What the pages of judgements show: one frozen object a template."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from surveytool.evaluate.common import Head, Option
from surveytool.evaluate.judgements.forms import Asked
from surveytool.evaluate.long import Listed
from surveytool.judge.deciding import Decision
from surveytool.models import Judgement
from surveytool.rejudging import Found


@dataclass(frozen=True)
class Line:
    """One judgement: what it is about, who made it."""

    judgement: Judgement
    about: str
    maker: str
    #: Whether it can be withdrawn here.
    withdrawable: bool


@dataclass(frozen=True)
class Typed:
    """What was typed into one of the page's forms, and why nothing was done."""

    #: The judgement it is about, or the variable.
    about: str = ""
    reason: str = ""
    error: str = ""


@dataclass(frozen=True)
class JudgementsPage:
    """The judgements of a collection, newest first, a page at a time."""

    head: Head
    asked: Asked
    rows: Sequence[Line]
    more: bool
    effects: Sequence[Option]
    by: Sequence[Option]
    states: Sequence[Option]
    #: Every variable by its name: its number and question.
    items: Mapping[str, str]
    #: What had happened to items as a whole when the page was made.
    stamp: int
    withdraw: Typed = field(default_factory=Typed)
    exclude: Typed = field(default_factory=Typed)


@dataclass(frozen=True)
class DecisionsPage:
    """What people decided about forms, newest first."""

    head: Head
    decisions: Sequence[Decision]
    #: How many forms of a decision are named.
    named: int
    #: The moment before which there may be older ones, and the one before which these are; None for none.
    older: datetime.datetime | None
    before: datetime.datetime | None
    typed: Typed = field(default_factory=Typed)


@dataclass(frozen=True)
class RulesPage:
    """What running the rules again would judge."""

    head: Head
    #: None where there are so many forms that it is looked for only when asked for.
    found: Sequence[Found] | None
    tasks: Sequence[Listed] = ()
    typed: Typed = field(default_factory=Typed)
