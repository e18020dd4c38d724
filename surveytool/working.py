"""What long work does besides reports: taking data away, working a share out, rules run again, a register imported."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from surveytool import exporting, register, rejudging, sharing, tabulate, tasks
from surveytool.exporting import Wanted
from surveytool.models import Collection, Task, db
from surveytool.models.base import writing
from surveytool.register import Entry, RegisterError
from surveytool.sharing import Draft, SharingError
from surveytool.tabulate import Filter
from surveytool.tasks import Done, TaskError, Tell

EXPORT, SHARE, PREVIEW, RULES, REGISTER = (
    *("export", "work out a share", "preview rules", "run rules", "import register"),
)
#: Above this many forms it takes some seconds to take them away, to run the rules over them, and to match them to a
#: register that was imported (of all collections): then it is long work.
LARGE_EXPORT, LARGE_RULES, LARGE_REGISTER = 1000, 300, 5000


def wanted_as_data(wanted: Wanted) -> dict[str, Any]:
    """Return what is to be taken away as a task keeps it. Names are never taken away so: no task keeps any."""
    assert not wanted.identities, "who sent the forms is kept in one place only"
    data = asdict(wanted)
    return data | {"where": {"countries": list(wanted.where.countries)}}


@tasks.kind(EXPORT)
def export(task: Task, tell: Tell) -> Done:
    """Write responses as a file."""
    collection, data = _collection(task), dict(task.arguments["wanted"])
    wanted = Wanted(**data | {"where": Filter(tuple(data["where"]["countries"]))})
    steps = tabulate.forms(collection.id, wanted.where)
    whole = steps.valid if wanted.only_valid else steps.received
    with exporting.to_download(collection, wanted, task.asked_by, lambda done: tell(done, whole)) as file:
        content = file.read()
    return Done({"name": task.arguments["name"], "media_type": task.arguments["media_type"]}, content)


@tasks.kind(SHARE)
def share(task: Task, tell: Tell) -> Done:
    """Work out what tables by country may show; nothing is shared yet."""
    collection = _collection(task)
    tell(0, 1)
    try:
        draft = sharing.prepare(collection, by_country=True)
    except SharingError as error:
        raise TaskError(str(error)) from None
    kept = {"tables": draft.tables, "counts": draft.counts, "against": list(draft.against)}
    return Done({"share": task.arguments["fields"]}, json.dumps(kept).encode())


def draft(task: Task, collection: Collection) -> Draft | None:
    """Return the tables that long work has worked out of a collection, or None where it has not."""
    if task.kind != SHARE or task.collection_id != collection.id or tasks.state(task) != "done" or not task.content:
        return None
    kept = json.loads(task.content)
    return Draft(collection, kept["tables"], kept["counts"], tuple(kept["against"]))


@tasks.kind(PREVIEW)
def preview(task: Task, tell: Tell) -> Done:
    """Say what running the rules again would judge; nothing is judged."""
    collection = _collection(task)
    whole = tabulate.forms(collection.id).received
    found = rejudging.preview(collection, lambda done: tell(done, whole))
    return Done({"rules": [asdict(each) for each in found]})


@tasks.kind(RULES)
def rules(task: Task, tell: Tell) -> Done:
    """Run the rules again. Started again after its worker died, it goes on where that had come to."""
    collection = _collection(task)
    whole = tabulate.forms(collection.id).received
    n = rejudging.judge_again(collection, task.asked_by, task.arguments["reason"], lambda done: tell(done, whole))
    return Done({"said": judged_words(n)})


def judged_words(n: int) -> str:
    """Say of how many forms the rules judged something."""
    return {0: "The rules found nothing new.", 1: "1 form was judged."}.get(n, f"{n} forms were judged.")


@tasks.kind(REGISTER)
def take_in(task: Task, tell: Tell) -> Done:
    """Take a spreadsheet of organisations in, which was read and found right before."""
    asked = task.arguments["collection"]
    collection = db.session.get(Collection, asked) if asked else None
    tell(0, 1)
    try:
        with writing():
            done = register.take_in_entries(entries(task.arguments["entries"]), task.asked_by, collection)
            db.session.commit()
    except RegisterError as wrong:
        raise TaskError(str(wrong)) from None
    return Done({"imported": asdict(done)})


def entries(data: Sequence[Sequence[Any]]) -> list[Entry]:
    """Return organisations from what a task keeps of them."""
    return [Entry(name, kind, country, partner, tuple(others)) for name, kind, country, partner, others in data]


def _collection(task: Task) -> Collection:
    found = db.session.get(Collection, task.collection_id)
    if found is None:
        raise TaskError("The collection is not there any more.")
    return found
