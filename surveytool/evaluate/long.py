"""Long work, for rooms that begin some: what each kind is, beginning it, and what of the last day a page lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, tasks
from surveytool.devices import local
from surveytool.evaluate.common import LARGEST_ID
from surveytool.models import Collection, Task
from surveytool.reporting import working as reports
from surveytool.working import EXPORT, PREVIEW, REGISTER, RULES, SHARE


@dataclass(frozen=True)
class Kind:
    """A kind of long work: what it does, and the page that it was asked for on and that lists it."""

    words: str
    endpoint: str
    page: str


KINDS: Mapping[str, Kind] = {
    reports.WRITE: Kind("Writing the report", "evaluate.report", "Report"),
    reports.FROZEN_FILE: Kind("Writing the frozen report", "evaluate.report", "Report"),
    reports.FREEZE: Kind("Freezing the report", "evaluate.report", "Report"),
    reports.VERIFY: Kind("Verifying the frozen report", "evaluate.report", "Report"),
    EXPORT: Kind("Writing the data to be taken away", "evaluate.exports", "Take data away"),
    SHARE: Kind("Working out what may be shared by country", "evaluate.shares", "Shares"),
    PREVIEW: Kind("Looking what the rules would judge", "evaluate.rules_again", "Run the rules again"),
    RULES: Kind("Running the rules again", "evaluate.rules_again", "Run the rules again"),
    REGISTER: Kind("Taking a spreadsheet into the register", "evaluate.import_register", "Take a spreadsheet in"),
}
#: What the states of long work are called where it is listed.
STATES = {"working": "under way", "done": "done", "failed": "failed", "dead": "stopped; it can be started again"}


@dataclass(frozen=True)
class Listed:
    """One piece of long work, as a page lists it."""

    words: str
    at: str
    state: str
    address: str


def begin(kind: str, collection: Collection | None, arguments: Mapping[str, Any]) -> ResponseReturnValue:
    """Begin long work and show how far it is; with it is kept of which countries the person may see the forms."""
    mine = access.countries() if collection else None
    kept = dict(arguments) | {"countries": None if mine is None else list(mine)}
    task = tasks.start(kind, collection.id if collection else None, kept, access.person().email)
    return redirect(address(task, collection))


def address(task: Task, collection: Collection | None) -> str:
    """Return where it is said how far long work is."""
    if collection is None:
        return url_for("evaluate.register_task", task_id=task.id)
    return url_for("evaluate.task", code=collection.code, task_id=task.id)


def listed(endpoint: str, collection: Collection | None) -> list[Listed]:
    """Return the long work of the last day that the person asked for on a page."""
    kinds = [name for name, kind in KINDS.items() if kind.endpoint == endpoint]
    found = tasks.of(collection.id if collection else None, access.person().email, kinds)
    zone = collection.zone if collection else "UTC"
    return [
        Listed(
            KINDS[each.kind].words,
            f"{local(each.asked_at, zone):%H:%M}",
            STATES[tasks.state(each)],
            address(each, collection),
        )
        for each in found
        if covers(each)
    ]


def finished(kind: str, collection: Collection, *, content: bool = False) -> Task | None:
    """Return the long work that the address names (`found`), if it is the person's, of a kind, and done."""
    typed = request.args.get("found", "") or request.form.get("found", "")
    if not (typed.isascii() and typed.isdecimal() and int(typed) <= LARGEST_ID):
        return None
    task = tasks.find(int(typed), access.person().email, content=content)
    mine = task is not None and task.collection_id == collection.id and task.kind == kind and covers(task)
    return task if task is not None and mine and tasks.state(task) == "done" else None


def covers(task: Task) -> bool:
    """Say whether the person may see by now all the forms that a task was about."""
    limits, then = access.countries() if task.collection_id else None, task.arguments.get("countries")
    return limits is None or (then is not None and set(then) <= set(limits))
