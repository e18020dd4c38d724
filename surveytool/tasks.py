"""Long work in a thread of the server: how far it is can be seen from any page, and what came of it is kept for a day.

The row of a task is all that is known of it, so that any process can tell how far it is. While it is worked at, its
`seen_at` is renewed; one that was not renewed for a while has lost its worker, and can be started again.
"""

import datetime
import logging
import threading
import time
from collections.abc import Callable, Mapping
from collections.abc import Collection as Several
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import undefer

from surveytool.models import Task, db
from surveytool.models.base import now, writing

#: How often a worker shows that it lives, in seconds, and after how long without it counts as dead.
BEAT, DEAD_AFTER = 5.0, datetime.timedelta(minutes=1)
#: How many seconds lie at least between two notes of how far a task is.
TOLD_EVERY = 0.5
#: How long what came of a task is kept.
KEPT = datetime.timedelta(days=1)
#: How many are worked at at once in one process; the others wait their turn.
AT_ONCE = threading.Semaphore(1)


@dataclass(frozen=True)
class Done:
    """What came of a task: a file, or what to show."""

    result: Mapping[str, Any]
    content: bytes | None = None


#: Hears how many steps are done, of how many.
Tell = Callable[[int, int], None]
Work = Callable[[Task, Tell], Done]
#: What is done for each kind of task.
KINDS: dict[str, Work] = {}


class TaskError(RuntimeError):
    """Work that failed for a reason that who asked can understand; the message says it in one line."""


def kind(name: str) -> Callable[[Work], Work]:
    """Make a function the work of a kind of task."""

    def register(work: Work) -> Work:
        KINDS[name] = work
        return work

    return register


def start(name: str, collection_id: int | None, arguments: Mapping[str, Any], who: str) -> Task:
    """Begin long work and return its task at once; commits. What is a day old is removed along the way."""
    clean()
    with writing():
        task = Task(kind=name, collection_id=collection_id, arguments=dict(arguments), asked_by=who, seen_at=now())
        db.session.add(task)
        db.session.commit()
    _begin(task)
    return task


def again(task: Task) -> None:
    """Begin work anew that failed or whose worker died; commits."""
    with writing():
        task.asked_at = task.seen_at = now()
        task.done, task.steps, task.error, task.finished_at, task.result, task.content = 0, 0, "", None, None, None
        db.session.commit()
    _begin(task)


def state(task: Task) -> str:
    """Return "working", "done", "failed" or "dead" (its worker was not seen for long)."""
    if task.finished_at:
        return "failed" if task.error else "done"
    return "dead" if task.seen_at is None or now() - task.seen_at > DEAD_AFTER else "working"


def find(task_id: int, who: str, *, content: bool = False) -> Task | None:
    """Return a task of one person, fresh from the database, or None; with its file where that is asked for."""
    query = select(Task).where(Task.id == task_id, Task.asked_by == who)
    if content:
        query = query.options(undefer(Task.content))
    return db.session.scalar(query.execution_options(populate_existing=True))


def of(collection_id: int | None, who: str, kinds: Several[str]) -> list[Task]:
    """List one person's tasks of some kinds on a collection, or on none, the newest first."""
    mine = (Task.collection_id == collection_id, Task.asked_by == who, Task.kind.in_(kinds))
    query = select(Task).where(*mine, Task.asked_at > now() - KEPT)
    return list(db.session.scalars(query.order_by(Task.id.desc()).execution_options(populate_existing=True)))


def clean() -> None:
    """Remove the tasks that are older than a day, with their files; commits."""
    old = or_(Task.finished_at < now() - KEPT, Task.asked_at < now() - 2 * KEPT)
    with writing():
        db.session.execute(delete(Task).where(old))
        db.session.commit()


def _begin(task: Task) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    threading.Thread(target=_work, args=(app, task.id), name=f"task-{task.id}", daemon=True).start()


def _work(app: Flask, task_id: int) -> None:
    """Do the work of a task; whatever happens, its row says so in the end."""
    with app.app_context():
        stop = threading.Event()
        beating = threading.Thread(target=_beat, args=(app, task_id, stop), daemon=True)
        beating.start()
        try:
            with AT_ONCE:
                done = _done(app, task_id)
            _note(task_id, finished_at=now(), result=dict(done.result), content=done.content)
        except Exception as error:  # the thread has nobody above it: who asked must be told
            db.session.rollback()
            expected = isinstance(error, TaskError)
            if not expected:
                logging.getLogger(__name__).exception("Task %s failed", task_id)
            said = str(error) if expected else "Something went wrong here; it is in the server's log."
            _note(task_id, finished_at=now(), error=said)
        finally:
            stop.set()
            beating.join()
            db.session.remove()


def _done(app: Flask, task_id: int) -> Done:
    task = db.session.get(Task, task_id)
    if task is None:
        raise TaskError("It was given up meanwhile.")

    told = 0.0

    def tell(done: int, steps: int) -> None:
        nonlocal told
        if time.monotonic() - told > TOLD_EVERY or done in (0, steps):
            _note(task_id, done=done, steps=steps, seen_at=now())
            told = time.monotonic()

    # Pages are rendered outside a request: addresses do not matter, but templates want one.
    with app.test_request_context():
        return KINDS[task.kind](task, tell)


def _beat(app: Flask, task_id: int, stop: threading.Event) -> None:
    with app.app_context():
        while not stop.wait(BEAT):
            _note(task_id, seen_at=now())


def _note(task_id: int, **found: Any) -> None:
    """Write how a task stands, on a connection of its own: the work's reading goes on meanwhile."""
    with writing(), db.engine.begin() as connection:
        connection.execute(update(Task).where(Task.id == task_id).values(**found))
