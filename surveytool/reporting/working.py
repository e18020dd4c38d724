"""What long work on reports does: writing a file, freezing, verifying."""

from typing import Any

from surveytool import tasks
from surveytool.models import Collection, Task, db
from surveytool.reporting import files, frozen
from surveytool.reporting.bundle import BundleError, open_bundle
from surveytool.reporting.composing import compose
from surveytool.reporting.settings import Settings, from_data
from surveytool.reporting.verification import since, verify
from surveytool.tasks import Done, TaskError, Tell

WRITE, FREEZE, VERIFY, FROZEN_FILE = "report", "freeze report", "verify report", "frozen report"


@tasks.kind(WRITE)
def write(task: Task, tell: Tell) -> Done:
    """Write a report as a file."""
    collection, settings = _about(task)
    document = compose(collection, settings, tell=tell)
    pictures = bool(task.arguments["pictures"])
    file = files.write(document, task.arguments["format"], with_pictures=pictures, tell=tell)
    return _file(f"{collection.code}-report", file)


@tasks.kind(FROZEN_FILE)
def write_frozen(task: Task, tell: Tell) -> Done:
    """Write a frozen report as a file."""
    collection, _ = _about(task)
    report = frozen.find(collection, task.arguments["report_id"])
    if report is None:
        raise TaskError("This frozen report was deleted meanwhile.")
    document = frozen.document(report, collection)
    words = frozen.words(report)
    pictures = bool(task.arguments["pictures"])
    file = files.write(document, task.arguments["format"], with_pictures=pictures, frozen=words, tell=tell)
    return _file(f"{collection.code}-report-{report.id}", file)


@tasks.kind(FREEZE)
def freeze(task: Task, tell: Tell) -> Done:
    """Freeze a report."""
    collection, settings = _about(task)
    report = frozen.freeze(collection, settings, task.arguments["title"], task.asked_by, tell)
    return Done({"report_id": report.id})


@tasks.kind(VERIFY)
def verify_report(task: Task, tell: Tell) -> Done:
    """Verify a frozen report, and say what would be others today."""
    collection = db.session.get(Collection, task.collection_id)
    report = frozen.find(collection, task.arguments["report_id"]) if collection else None
    if collection is None or report is None:
        raise TaskError("This frozen report was deleted meanwhile.")
    tell(0, 2)
    try:
        return Done({"report_id": report.id, "verified": verified(report.bundle, report.digest, collection, tell)})
    except BundleError as error:
        raise TaskError(str(error)) from None


def verified(
    content: bytes, digest: str, collection: Collection, tell: Tell = lambda done, steps: None
) -> dict[str, Any]:
    """Return what came of verifying a bundle, as plain data. Raises BundleError."""
    bundle = open_bundle(content)
    verdict = verify(bundle)
    tell(1, 2)
    changed = since(bundle, collection)
    faults = list(verdict.faults)
    if verdict.digest != digest:
        faults.append("The bundle is not the one that was frozen: its digest differs from what was noted then.")
    return {
        "holds": not faults and not verdict.differing,
        "figures": verdict.figures,
        "faults": faults,
        "differing": [str(each) for each in verdict.differing],
        "withdrawn": [list(each) for each in changed.withdrawn],
        "added": changed.added,
        "changed": [[each.figure.id, each.figure.words, each.figure.shown, each.now] for each in changed.changed],
    }


def _about(task: Task) -> tuple[Collection, Settings]:
    collection = db.session.get(Collection, task.collection_id)
    if collection is None:
        raise TaskError("The collection is not there any more.")
    return collection, from_data(task.arguments["settings"])


def _file(name: str, file: files.File) -> Done:
    return Done({"name": f"{name}.{file.ending}", "media_type": file.media_type, "note": file.note}, file.content)
