"""What the pages of second coders show. The page for coding holds nothing of what the first coder made of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.agreement import Alpha, Kappa, cohen_kappa, krippendorff_alpha
from surveytool.definitions.questionnaire import Variable
from surveytool.evaluate.blind.forms import Begun, Sent, Settled
from surveytool.evaluate.coding.forms import Asked
from surveytool.evaluate.coding.pages import GroupLine, group_lines, ordered
from surveytool.evaluate.common import Head
from surveytool.judge.blind import Sample
from surveytool.judge.translating import Shown
from surveytool.models import Code, CodeFrame
from surveytool.tabulate import Coders, Worded
from surveytool.verbatims import Verbatim

#: How many groups of answers, and how many disagreements, a page shows.
GROUPS, DISAGREEMENTS = 50, 20


@dataclass(frozen=True)
class BlindPage:
    """The answers of a sample to be coded blind, with one's own codes alone."""

    head: Head
    variable: Variable
    label: str
    frame: CodeFrame | None
    codes: Sequence[tuple[Code, bool]]
    asked: Asked
    #: None before the coder drew one.
    sample: Sample | None
    #: Answers that stand, those of the sample, those left out since the coder coded them openly, those done.
    standing: int
    mine: int
    left_out: int
    done: int
    groups: Sequence[GroupLine]
    pages: int
    begun: Begun = Begun()
    sent: Sent = Sent()
    error: str = ""


@dataclass(frozen=True)
class CodeLine:
    """One code: how often both gave it, one alone, neither, and kappa."""

    code: Code
    both: int
    first: int
    second: int
    neither: int
    kappa: Kappa


@dataclass(frozen=True)
class Difference:
    """One answer that was coded in different ways, or that was settled."""

    form: int
    text: str
    language: str
    translations: Sequence[Shown]
    first: Sequence[Code]
    blind: Mapping[str, Sequence[Code]]
    settled: bool
    settled_by: str
    #: The codes that hold now.
    now: Sequence[Code]
    #: What tells that somebody else settled or coded it meanwhile.
    seen: str


@dataclass(frozen=True)
class AgreementPage:
    """How far coders agree on an item, and what is to be settled."""

    head: Head
    variable: Variable
    label: str
    frame: CodeFrame | None
    codes: Sequence[tuple[Code, bool]]
    coders: Coders
    samples: Sequence[Sample]
    alpha: Alpha
    #: The blind coder whose kappas are shown, and all there are.
    coder: str
    others: Sequence[str]
    #: Kappa over all codes, where every answer has one code or none.
    whole: Kappa | None
    lines: Sequence[CodeLine]
    differences: Sequence[Difference]
    #: How many there are to settle, and how many were settled.
    open: int
    settled: int
    #: Which are shown: "open" or "settled".
    which: str
    page: int
    pages: int
    sent: Settled = Settled()
    error: str = ""


def own_lines(
    found: Sequence[Verbatim],
    own: Mapping[int, set[int | None]],
    frame: CodeFrame | None,
    asked: Asked,
    country_names: Mapping[str, str],
    english: Mapping[str, Sequence[Shown]],
) -> list[GroupLine]:
    """Return the answers of a sample in groups of like ones, with the coder's own codes and no suggestion."""
    by_text: dict[str, list[Verbatim]] = {}
    for each in found:
        by_text.setdefault(each.text, []).append(each)
    worded = [_worded(text, those, own) for text, those in by_text.items()]
    lines = group_lines(worded, frame, asked, country_names, english)
    return [replace(line, answers=[replace(one, suggestions=()) for one in line.answers]) for line in lines]


def _worded(text: str, those: Sequence[Verbatim], own: Mapping[int, set[int | None]]) -> Worded:
    codes = Counter(code for each in those for code in own.get(each.response_id, ()) if code is not None)
    return Worded(
        text=text,
        people=len(those),
        countries=Counter(each.country for each in those),
        languages=Counter(each.language for each in those),
        codes=codes,
        coded=sum(each.response_id in own for each in those),
    )


def alpha(coders: Coders) -> Alpha:
    """Return Krippendorff's alpha over all coders, on sets of codes."""
    return krippendorff_alpha(coders.sets())


def whole_kappa(coders: Coders, coder: str) -> Kappa | None:
    """Return Cohen's kappa over all codes; None where an answer may have several, of which kappa knows nothing."""
    return None if coders.several or not coder else cohen_kappa(coders.table(coder))


def code_lines(coders: Coders, frame: CodeFrame | None, coder: str) -> list[CodeLine]:
    """Return kappa for each code that either coder gave: given or not given."""
    lines = []
    for code, _ in ordered(frame) if coder else ():
        table = coders.given(code.id, coder)
        both, first = table["given"]["given"], table["given"]["not"]
        second, neither = table["not"]["given"], table["not"]["not"]
        if both or first or second:
            lines.append(CodeLine(code, both, first, second, neither, cohen_kappa(table)))
    return lines


def agree(first: frozenset[int], blind: Mapping[str, frozenset[int]]) -> bool:
    """Say whether all coders made the same of an answer."""
    return all(codes == first for codes in blind.values())
