"""What the pages of forms show: one frozen object a template; answers in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from surveytool.definitions import Item, Questionnaire, Wording
from surveytool.definitions.questionnaire import variables_of
from surveytool.evaluate.common import MISSING, Head
from surveytool.models import Answer, Judgement, Response


@dataclass(frozen=True)
class ResponsesPage:
    """The forms of a collection, a page at a time."""

    head: Head
    #: Each form with the effects that stand about it.
    rows: Sequence[tuple[Response, tuple[str, ...]]]
    page: int
    pages: int
    count: int
    country_names: Mapping[str, str]


@dataclass(frozen=True)
class AnswerLine:
    """What a form holds for one variable, in words."""

    number: str
    question: str
    #: What was chosen or written; "" where there is none.
    answer: str
    #: Whether the answer is in the respondent's own words.
    verbatim: bool
    #: Why there is no answer, or why it does not count; "" where it counts.
    note: str


@dataclass(frozen=True)
class ResponsePage:
    """One form: what was answered and judged; who sent it only when asked for with a reason."""

    head: Head
    response: Response
    questionnaire: Questionnaire
    english: Wording
    lines: Sequence[AnswerLine]
    judgements: Sequence[Judgement]
    country: str
    #: What identifies the sender, question by question; None until it was asked for, empty when there is nothing.
    identity: Sequence[tuple[str, str]] | None = None
    error: str = ""
    reason: str = ""


def answer_lines(response: Response, states: Mapping[str, str], q: Questionnaire, english: Wording) -> list[AnswerLine]:
    """Return what a form holds, variable by variable in the order of the questionnaire."""
    numbers = {variable.name: number for number, variable in q.numbered.items()}
    held = {answer.variable: answer for answer in response.answers}
    lines = []
    for item in q.items.values():
        for variable in () if item.identity else variables_of(item):
            answer = held.get(variable.name)
            if answer is None:
                continue
            choice = variable.choice
            question = english.label(item.name)
            if choice:
                question = f"{question} – {english.choice(item.choice_list, choice.name)}"
            lines.append(
                AnswerLine(
                    number=numbers.get(variable.name, ""),
                    question=question,
                    answer=_answer_words(answer, item, english, bool(choice)),
                    verbatim=item.type == "text",
                    note=_NOTES.get(states.get(variable.name, answer.state), ""),
                )
            )
    return lines


def _answer_words(answer: Answer, item: Item, english: Wording, ticked: bool) -> str:
    if answer.text is not None:
        return answer.text
    if answer.code is None:
        return ""
    if ticked:
        return "yes" if answer.code == "1" else "no"
    label = english.choice(item.choice_list, answer.code) if answer.code in item.codes else ""
    return f"{answer.code} – {label}" if label and item.scale else label or answer.code


_NOTES = {**MISSING, "excluded": "in an excluded form"}


def identity_words(
    data: Mapping[str, Mapping[str, str]] | None, q: Questionnaire, english: Wording
) -> list[tuple[str, str]]:
    """Return what identifies the sender of a form: the question and what was written."""
    used = (data or {}).get("used", {})
    return [(english.label(name), text) for name, text in used.items() if text and name in q.items]


@dataclass(frozen=True)
class KeptAside:
    """One submission that could not be accepted: why, and what it says, without who sent it."""

    received_at: datetime
    reason: str
    language: str
    mode: str
    answers: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class AsidePage:
    """What was kept aside for a person to look at."""

    head: Head
    submissions: Sequence[KeptAside]
    #: How many are listed at most.
    listed: int
