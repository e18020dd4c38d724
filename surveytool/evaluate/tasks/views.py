"""Long work: how far it is, its file, starting again what failed. Everybody sees what they asked for themselves."""

from io import BytesIO

from flask import abort, make_response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, tasks
from surveytool.evaluate.common import LARGEST_ID, all_collections, bp, head, message, opened
from surveytool.evaluate.long import KINDS, covers, listed
from surveytool.evaluate.register.pages import imported
from surveytool.evaluate.reports.pages import VerifiedPage
from surveytool.evaluate.tasks.pages import TaskPage
from surveytool.models import Collection, Task
from surveytool.reporting import frozen
from surveytool.working import PREVIEW, REGISTER, SHARE

#: How often the page looks again, in seconds.
LOOK_AGAIN = 2


@bp.get("/<code>/tasks/<int:task_id>")
def task(code: str, task_id: int) -> ResponseReturnValue:
    """Show how far long work is; while it goes on, the page looks again by itself."""
    collection, _ = opened(code)
    found = _find(collection, task_id)
    state, result = tasks.state(found), found.result or {}
    if state == "done" and (report_id := result.get("report_id")):
        if "verified" not in result:
            return redirect(url_for("evaluate.frozen_report", code=code, report_id=report_id))
        if report := frozen.find(collection, report_id):
            verified = VerifiedPage(head(collection), report, result["verified"])
            return render_template("evaluate/reports/verified.html", page=verified)
    if state == "done" and found.kind in (SHARE, PREVIEW):
        return redirect(url_for(KINDS[found.kind].endpoint, code=code, found=task_id))
    page = TaskPage(
        head=head(collection),
        task=found,
        state=state,
        here=url_for("evaluate.task", code=code, task_id=task_id),
        file=url_for("evaluate.task_file", code=code, task_id=task_id),
        back=found.arguments.get("back") or url_for(KINDS[found.kind].endpoint, code=code),
    )
    return render_template("evaluate/tasks/task.html", page=page, look_again=LOOK_AGAIN)


@bp.get("/<code>/tasks/<int:task_id>/file")
def task_file(code: str, task_id: int) -> ResponseReturnValue:
    """Send the file that long work made."""
    collection, _ = opened(code)
    found = _find(collection, task_id, content=True)
    if found.content is None or not (found.result or {}).get("name"):
        abort(message("Not there", "This work has made no file, or not yet.", 404))
    assert found.result is not None
    name, media_type = found.result["name"], found.result["media_type"]
    return send_file(BytesIO(found.content), media_type, as_attachment=True, download_name=name)


@bp.post("/<code>/tasks/<int:task_id>")
def task_again(code: str, task_id: int) -> ResponseReturnValue:
    """Start work again that failed, or whose worker died."""
    collection, _ = opened(code)
    _begin_again(_find(collection, task_id))
    return redirect(url_for("evaluate.task", code=code, task_id=task_id))


# On no collection: the register ---------------------------------------------------------------------------------------


@bp.get("/register/import/<int:task_id>")
def register_task(task_id: int) -> ResponseReturnValue:
    """Show how far the taking in of a spreadsheet is, or what it did."""
    found = _find(None, task_id)
    if tasks.state(found) == "done":
        page = imported(found, all_collections(), listed("evaluate.import_register", None))
        return render_template("evaluate/register/import.html", page=page)
    here = url_for("evaluate.register_task", task_id=task_id)
    about = TaskPage(None, found, tasks.state(found), here, "", url_for("evaluate.import_register"))
    return render_template("evaluate/tasks/task.html", page=about, look_again=LOOK_AGAIN)


@bp.post("/register/import/<int:task_id>")
def register_task_again(task_id: int) -> ResponseReturnValue:
    """Start the taking in of a spreadsheet again that failed, or whose worker died."""
    _begin_again(_find(None, task_id))
    return redirect(url_for("evaluate.register_task", task_id=task_id))


def _begin_again(found: Task) -> None:
    if tasks.state(found) in ("failed", "dead"):
        tasks.again(found)


def _find(collection: Collection | None, task_id: int, *, content: bool = False) -> Task:
    """Return a task of who is signed in, on a collection or on none. Raises NotFound.

    What was made of more countries than the person may see by now is there no more.
    """
    found = tasks.find(task_id, access.person().email, content=content) if task_id <= LARGEST_ID else None
    known = found is not None and found.collection_id == (collection.id if collection else None)
    if found is None or not known or (found.kind == REGISTER) == (collection is not None) or not covers(found):
        words = (
            "There is no such work, or it was removed: it is more than a day old, or a form that its file may hold was "
            "withdrawn. These are the collections:"
        )
        abort(make_response(message("Not found", words), 404))
    return found
