"""What the page of long work shows."""

from dataclasses import dataclass

from surveytool.evaluate.common import Head
from surveytool.models import Task

#: What each kind of work does, in words.
KINDS = {
    "report": "Writing the report",
    "frozen report": "Writing the frozen report",
    "freeze report": "Freezing the report",
    "verify report": "Verifying the frozen report",
}


@dataclass(frozen=True)
class TaskPage:
    """How far a task is, or what came of it."""

    head: Head
    task: Task
    state: str

    @property
    def words(self) -> str:
        """What it does."""
        return KINDS.get(self.task.kind, self.task.kind)

    @property
    def percent(self) -> int | None:
        """How much is done; None before that is known."""
        return round(100 * self.task.done / self.task.steps) if self.task.steps else None
