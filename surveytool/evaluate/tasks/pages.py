"""What the page of long work shows."""

from dataclasses import dataclass

from surveytool.evaluate.common import Head
from surveytool.evaluate.long import KINDS, Kind
from surveytool.models import Task


@dataclass(frozen=True)
class TaskPage:
    """How far a task is, or what came of it."""

    #: None for work on no collection.
    head: Head | None
    task: Task
    state: str
    #: The address of this page, of its file, and of the page that it was asked for on.
    here: str
    file: str
    back: str

    @property
    def kind(self) -> Kind:
        """What it does."""
        return KINDS[self.task.kind]

    @property
    def zone(self) -> str:
        """The time zone that moments are said in."""
        return self.head.collection.zone if self.head else "UTC"

    @property
    def percent(self) -> int | None:
        """How much is done; None where that is not known."""
        return round(100 * self.task.done / self.task.steps) if self.task.steps > 1 else None
