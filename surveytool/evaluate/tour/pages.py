"""The guided first visit: five steps through the reconstruction of 2003, ending at the report.

The step stands in the address (`?tour=2`), so that leaving the visit is going anywhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from surveytool.evaluate.common import Head
from surveytool.models import Collection


@dataclass(frozen=True)
class Step:
    """One step: which page it shows, and what to look at there."""

    endpoint: str
    title: str
    says: str
    #: What the address asks for beside the collection.
    asks: tuple[tuple[str, Any], ...] = ()


STEPS = (
    Step(
        "evaluate.results",
        "Results, each with its base",
        "Forty forms came in 2003. Every figure below says how many people it is of; what is missing is divided by "
        "why. Open the first line to see how the 40 received become 38 valid.",
    ),
    Step(
        "evaluate.responses",
        "Two forms that do not count",
        "Nothing is deleted: these two forms are excluded by judgements, each with a reason, and can be taken back. "
        "An item can be invalid too: item 12 was answered by people it was not put to.",
        (("state", "excluded"),),
    ),
    Step(
        "evaluate.coding_item",
        "Who coordinates? Words become counts",
        "Thirty forms named a coordinating body in their own words and scripts. Here each distinct answer has the code "
        "that was given to it; tallies count codes, never raw words.",
        (("number", "21a body"),),
    ),
    Step(
        "evaluate.published",
        "Published beside recomputed",
        "Every figure that was printed in 2003, beside what the forms say, with a verdict: some cannot have come "
        "out of any 38 forms.",
    ),
    Step(
        "evaluate.report",
        "The report",
        "The annex, written from the forms: each number leads to what it was counted from. Take it as DOCX or HTML, or "
        "freeze it, so that anyone can count its figures again.",
    ),
)


@dataclass(frozen=True)
class Visit:
    """Where the visitor is."""

    number: int
    step: Step
    #: The pages before and after; "" at either end.
    before: str
    after: str
    #: This page without the visit.
    leave: str


def address(collection: Collection, number: int) -> str:
    """Return the address of a step."""
    step = STEPS[number - 1]
    return url_for(step.endpoint, code=collection.code, tour=number, **dict(step.asks))


def is_shown(collection: Collection) -> bool:
    """Whether a collection can be visited: only the reconstruction, never real answers."""
    return collection.synthetic == "reconstruction" and collection.version is not None


def visit(head: Head | None) -> Visit | None:
    """Return where the visitor is, by the address; None when this is no visit."""
    number = request.args.get("tour", 0, type=int)
    if head is None or not 1 <= number <= len(STEPS) or not is_shown(head.collection):
        return None
    collection, step = head.collection, STEPS[number - 1]
    asked = {name: values for name, values in request.args.lists() if name != "tour" and name.isidentifier()}
    return Visit(
        number=number,
        step=step,
        before=address(collection, number - 1) if number > 1 else "",
        after=address(collection, number + 1) if number < len(STEPS) else "",
        leave=url_for(request.endpoint or step.endpoint, **asked | (request.view_args or {})),
    )


@dataclass(frozen=True)
class VisitPage:
    """The five steps, each with its address."""

    head: Head
    steps: Sequence[tuple[Step, str]]
