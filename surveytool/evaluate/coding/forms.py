"""What is sent from the pages of coding."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from surveytool.evaluate.common import number
from surveytool.models import Code, CodeFrame
from surveytool.text import clean

#: What can be done with answers, and with the code frame.
ANSWER_DEEDS = ("give", "take", "move")
FRAME_DEEDS = ("create", "rename", "group", "merge")


@dataclass(frozen=True)
class Sent:
    """What an evaluator chose on the page of an item."""

    do: str = ""
    #: Distinct answers by their ids, whole groups by the ids in them, forms by their numbers, codes by theirs.
    answers: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()
    forms: frozenset[int] = frozenset()
    codes: frozenset[int] = frozenset()
    before: int = 0
    after: int = 0
    reason: str = ""

    @property
    def wordings(self) -> frozenset[str]:
        """All distinct answers that were chosen, one by one or in groups."""
        return self.answers.union(*(ids.split() for ids in self.alike))

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> "Sent":
        """Read what was sent; the button of a suggestion stands for one answer and one code."""
        if "suggestion" in sent:
            answer, _, code = sent["suggestion"].partition(":")
            return cls("give", frozenset([answer]), codes=frozenset([number(code)]))
        return cls(
            do=sent.get("do", ""),
            answers=frozenset(sent.getlist("answer")),
            alike=frozenset(sent.getlist("alike")),
            forms=frozenset(map(number, sent.getlist("form"))),
            codes=frozenset(map(number, sent.getlist("code"))),
            before=number(sent.get("before", "")),
            after=number(sent.get("after", "")),
            reason=clean(sent.get("reason", "")),
        )


@dataclass(frozen=True)
class FrameSent:
    """What an evaluator asked to change in a code frame."""

    do: str = ""
    code: int = 0
    other: int = 0
    name: str = ""
    label: str = ""
    reason: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "FrameSent":
        """Read what was sent."""
        name, label, reason = (" ".join(clean(sent.get(key, "")).split()) for key in ("name", "label", "reason"))
        code, other = (number(sent.get(key, "")) for key in ("code", "other"))
        return cls(sent.get("do", ""), code, other, name, label, reason)


@dataclass(frozen=True)
class Asked:
    """Which of the answers a page shows."""

    uncoded: bool = False
    search: str = ""
    page: int = 1
    #: Whether they come in the order of their words; otherwise those of most people first.
    by_words: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "Asked":
        """Read the address."""
        uncoded, search = bool(args.get("uncoded")), clean(args.get("search", ""))[:200]
        page, by_words = max(1, number(args.get("page", ""))), args.get("sort") == "words"
        kept = {"uncoded": "1" if uncoded else "", "search": search, "sort": "words" if by_words else ""}
        kept["page"] = str(page) if page > 1 else ""
        return cls(uncoded, search, page, by_words, {key: value for key, value in kept.items() if value})


def codes_of(frame: CodeFrame, ids: Iterable[int]) -> list[Code]:
    """Return the codes of a frame that were chosen."""
    wanted = set(ids)
    return [code for code in frame.codes if code.id in wanted]
