"""Long work: how far it is, its file, starting again what failed. Everybody sees what they asked for themselves."""

from io import BytesIO

from flask import abort, make_response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, tasks
from surveytool.evaluate.common import LARGEST_ID, bp, head, message, opened
from surveytool.evaluate.reports.pages import VerifiedPage
from surveytool.evaluate.tasks.pages import TaskPage
from surveytool.models import Collection, Task
from surveytool.reporting import frozen

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
            page = VerifiedPage(head(collection), report, result["verified"])
            return render_template("evaluate/reports/verified.html", page=page)
    page_of_task = TaskPage(head(collection), found, state)
    return render_template("evaluate/tasks/task.html", page=page_of_task, look_again=LOOK_AGAIN)


@bp.get("/<code>/tasks/<int:task_id>/file")
def task_file(code: str, task_id: int) -> ResponseReturnValue:
    """Send the file that long work made."""
    collection, _ = opened(code)
    found = _find(collection, task_id, content=True)
    if found.content is None or found.result is None:
        abort(message("Not there", "This work has made no file, or not yet.", 404))
    name, media_type = found.result["name"], found.result["media_type"]
    return send_file(BytesIO(found.content), media_type, as_attachment=True, download_name=name)


@bp.post("/<code>/tasks/<int:task_id>")
def task_again(code: str, task_id: int) -> ResponseReturnValue:
    """Start work again that failed, or whose worker died."""
    collection, _ = opened(code)
    found = _find(collection, task_id)
    if tasks.state(found) in ("failed", "dead"):
        tasks.again(found)
    return redirect(url_for("evaluate.task", code=code, task_id=task_id))


def _find(collection: Collection, task_id: int, *, content: bool = False) -> Task:
    """Return a task of who is signed in, on a collection. Raises NotFound."""
    found = tasks.find(task_id, access.person().email, content=content) if task_id <= LARGEST_ID else None
    if found is None or found.collection_id != collection.id:
        words = "There is no such work, or it is more than a day old and was removed. These are the collections:"
        abort(make_response(message("Not found", words), 404))
    return found
