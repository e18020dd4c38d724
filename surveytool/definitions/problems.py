"""What can be told of a faulty definition: place, fault, remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: a stable code for tests, where it is, what is wrong, how to mend it."""

    code: str
    place: str
    fault: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.fault}. {self.remedy}."


class DefinitionError(ValueError):
    """A questionnaire cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
