"""What the pages of validation show: one frozen object a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from surveytool.definitions import Questionnaire
from surveytool.definitions.conditions import subjects
from surveytool.evaluate.common import Facet, Head, Option
from surveytool.evaluate.corrections.pages import AnswerLine, Pair
from surveytool.evaluate.validation.forms import Asked, Sent
from surveytool.judge.deciding import Event
from surveytool.judge.kinds import KINDS, kind_of
from surveytool.models import Judgement, Response
from surveytool.retelling import maker


@dataclass(frozen=True)
class Signal:
    """One reason why a form is in the queue."""

    kind: str
    reason: str
    maker: str
    made_at: datetime | None

    @property
    def words(self) -> str:
        """What this kind is called."""
        return KINDS[self.kind]


@dataclass(frozen=True)
class QueueLine:
    """One form of the queue."""

    id: int
    serial: str
    country: str
    language: str
    mode: str
    received_at: datetime
    seconds: int | None
    signals: Sequence[Signal]
    #: Whether it is a correction, which is decided in another place.
    correction: bool
    undecided: bool
    #: What happened last to a form that was decided.
    last: Event | None
    stamp: int


@dataclass(frozen=True)
class QueuePage:
    """The forms that wait for a decision, and those decided, a page at a time."""

    head: Head
    asked: Asked
    rows: Sequence[QueueLine]
    columns: Mapping[str, str]
    page: int
    pages: int
    first: int
    #: How many forms the queue shows on all its pages; how many are undecided altogether, and of them count.
    count: int
    undecided: int
    counting: int
    shown: Sequence[Option]
    kinds: Sequence[Option]
    facets: Sequence[Facet]
    #: What was kept aside; those who may not see all of it are shown nothing.
    aside: Sequence[Any]
    language_names: Mapping[str, str]
    at_once: int
    error: str = ""


@dataclass(frozen=True)
class Beside:
    """What one signal is shown beside: the answers it speaks of."""

    signal: Signal
    lines: Sequence[AnswerLine]
    #: What is said beside them.
    note: str = ""


@dataclass(frozen=True)
class FormPage:
    """One form of the queue beside what flagged it, the decision, and its history."""

    head: Head
    asked: Asked
    response: Response
    country: str
    language: str
    before: int | None
    after: int | None
    undecided: bool
    correction: bool
    beside: Sequence[Beside]
    #: Other forms that may be the same, and the one that is shown beside this one, with what differs.
    others: Sequence[int]
    other: Response | None
    differing: Sequence[Pair]
    same: Sequence[Pair]
    events: Sequence[Event]
    #: The last decision of a person about this form, which can be undone.
    last: Event | None
    #: What excludes it now.
    exclusions: Sequence[Judgement]
    duplicate_of: Sequence[int]
    duplicates: Sequence[int]
    stamp: int
    sent: Sent = field(default_factory=Sent)
    error: str = ""
    #: What others did since the page was opened that a decision was made on.
    since: Sequence[Event] = ()


@dataclass(frozen=True)
class BulkLine:
    """One of several forms to be decided."""

    id: int
    signals: Sequence[Signal]
    #: Why it is left as it is; "" where it is decided with the others.
    left: str
    #: What others did since the queue was opened.
    since: Sequence[Event]


@dataclass(frozen=True)
class BulkPage:
    """Several forms that are about to be decided: how many, what will happen, the reason."""

    head: Head
    asked: Asked
    sent: Sent
    lines: Sequence[BulkLine]
    count: int
    #: Whether the forms are all that the queue shows, and the most that are decided at once.
    at_once: int
    error: str = ""


def signal(judgement: Judgement, rules: Mapping[str, list[str]]) -> Signal:
    """Return a signal in words."""
    return Signal(kind_of(judgement, rules), judgement.reason, maker(judgement), judgement.made_at)


def spoken_of(q: Questionnaire, judgement: Judgement) -> set[str] | None:
    """Return the items that a signal speaks of; None for all, and nothing where it speaks of no answer."""
    for rule in q.rules:
        if rule.id == judgement.rule:
            if rule.effect == "exclude form":
                return None
            named = set(rule.items) | (subjects(rule.when) if rule.when else set())
            inside = {item.name for section in q.sections if section.name in named for item in section.items}
            return (named & q.items.keys()) | inside
    for check in q.checks:
        if check.id == judgement.rule:
            scales = q.scale_items(check.section) if check.check == "straight_lined" else []
            return {item.name for item in scales} | ({check.item} - {""})
    variable = q.variables.get(judgement.variable or "")
    return {variable.item.name} if variable else set()


def note(q: Questionnaire, judgement: Judgement, response: Response) -> str:
    """Return what is said beside a signal that answers alone do not show."""
    check = next((each for each in q.checks if each.id == judgement.rule), None)
    if check and check.check == "answered_too_fast":
        return f"It was open for {response.seconds} seconds; less than {check.seconds} is flagged."
    return ""
