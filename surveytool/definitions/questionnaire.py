"""What a questionnaire is made of: sections, items, choices, variables, rules, report lines.

These objects carry names, codes and rules, but no words for respondents: those are a `Wording`, one a language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from surveytool.definitions.conditions import EMPTY, FACTS, Condition, Given, holds, never, reduced, subjects

ITEM_TYPES = ("select_one", "select_multiple", "integer", "decimal", "text", "date", "linking_code")


@dataclass(frozen=True, slots=True)
class Choice:
    """One code of a choice list; `missing` says that choosing it is no answer in substance (N/A)."""

    name: str
    number: str = ""
    missing: str | None = None
    #: What a part of a linking code takes: number or letter.
    takes: str = ""


@dataclass(frozen=True)
class Item:
    """One question: what type of answer it takes, and when it is asked."""

    name: str
    number: str
    type: str
    choices: tuple[Choice, ...] = ()
    #: The name of the choice list, under which the wording of the choices stands.
    choice_list: str = ""
    relevant: Condition | None = None
    constraint: Condition | None = None
    #: Lowest and highest code of a rating scale.
    scale: tuple[int, int] | None = None
    identity: bool = False
    code_frame: str = ""
    unit: str = ""
    #: Lines of the writing field; 1 is a single line.
    rows: int = 1

    @property
    def stored(self) -> bool:
        """Whether it gives answer rows; what identifies and what links is kept apart."""
        return not self.identity and self.type != "linking_code"

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Every code that can be chosen, N/A included."""
        return tuple(choice.name for choice in self.choices)

    @cached_property
    def missing_codes(self) -> frozenset[str]:
        """The codes that mean "not applicable"."""
        return frozenset(choice.name for choice in self.choices if choice.missing)


@dataclass(frozen=True, slots=True)
class Variable:
    """What is stored of an item: one code, number, date or verbatim; one 0/1 for each choice of several."""

    name: str
    number: str
    item: Item
    choice: Choice | None = None

    @property
    def kind(self) -> str:
        """What sort of figure it gives: scale, yes_no, choice, number, date, coded or verbatim."""
        if self.choice or set(self.item.codes) - self.item.missing_codes == {"yes", "no"}:
            return "yes_no"
        if self.item.scale:
            return "scale"
        by_type = {"select_one": "choice", "integer": "number", "decimal": "number", "date": "date"}
        return by_type.get(self.item.type) or ("coded" if self.item.code_frame else "verbatim")


@dataclass(frozen=True, slots=True)
class Section:
    """An ordered part of the form; `letter` is empty for a part the printed form does not letter."""

    name: str
    letter: str
    items: tuple[Item, ...]
    #: "once" where the items of one scale stand together under its anchors, which are not repeated.
    anchors: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A judgement to make wherever its condition holds; `items` are those it speaks of."""

    id: str
    effect: str
    reason: str
    when: Condition | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A named check of `surveytool/judge/checks.py`, switched on with its effect, reason and parameters."""

    id: str
    check: str
    effect: str
    reason: str
    #: How many answers have to be alike; how many seconds are too few.
    least: int = 0
    seconds: int = 0
    #: The section it looks at, "" for the whole form; the item it speaks of.
    section: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code frame; a parent groups others under it."""

    name: str
    label: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """The codes that verbatims are sorted into."""

    name: str
    label: str
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One figure of the report: of which variable, under which title, said in which sentence.

    `tally` is "all", or the word "country" to count what was named country by country. `quote` lets reports quote
    some of the answers in words.
    """

    number: str
    title: str
    sentence: str
    tally: str = ""
    quote: bool = False


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A part of a report under a heading: the numbers of its report lines, in order."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """One order in which the report can be written; what it does not name is left out."""

    name: str
    title: str
    sections: tuple[ReportSection, ...]


@dataclass(frozen=True)
class Questionnaire:
    """A questionnaire of one version, without its wording."""

    name: str
    version: str
    source: str
    languages: tuple[str, ...]
    sections: tuple[Section, ...]
    rules: tuple[Rule, ...] = ()
    checks: tuple[Check, ...] = ()
    code_frames: tuple[CodeFrame, ...] = ()
    report: tuple[ReportLine, ...] = ()
    report_plans: tuple[ReportPlan, ...] = ()
    corrections: tuple[Mapping[str, str], ...] = ()
    #: The item that says which country a response is from, the one that names the person, and the organisation's.
    country: str = ""
    person: str = ""
    organisation: str = ""
    #: "workshop" where it is asked in the waves of workshops alone, "case work" where case workers fill it in.
    asked_in: str = ""
    #: Answers about fewer than so many people are shown to nobody; 0 where evaluators see all.
    smallest_cell: int = 0
    #: Items by whose answers results may be filtered and compared, such as who attended the meeting.
    filters: tuple[str, ...] = ()
    #: The definition as data, without words for respondents: what a snapshot keeps.
    structure: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every item by its name, in the order asked."""
        return {item.name: item for section in self.sections for item in section.items}

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """Every variable by its name, in the order asked; items kept apart give none."""
        return {v.name: v for item in self.items.values() if item.stored for v in variables_of(item)}

    @cached_property
    def numbered(self) -> dict[str, Variable]:
        """Every variable by the number that reports call it by."""
        return {variable.number: variable for variable in self.variables.values()}

    @cached_property
    def frames(self) -> dict[str, CodeFrame]:
        """Every code frame by its name."""
        return {frame.name: frame for frame in self.code_frames}

    def names_organisation(self, name: str) -> bool:
        """Say whether an item can name the organisation: answered in words, and not kept apart as an identity."""
        item = self.items.get(name)
        return item is not None and item.type == "text" and not item.identity

    def scale_items(self, section: str = "") -> list[Item]:
        """Return the items answered on a rating scale, of one section or of the whole form."""
        return [i for each in self.sections if section in ("", each.name) for i in each.items if i.scale]

    def asked(self, given: Mapping[str, Given]) -> frozenset[str]:
        """Return the names of the items that were asked, by the routing rules and the answers given.

        An answer to an item that was itself not asked opens nothing.
        """
        effective = {fact: given[fact] for fact in FACTS if fact in given}
        for item in self.items.values():
            if holds(item.relevant, effective):
                effective[item.name] = given.get(item.name, EMPTY)
        return frozenset(effective)

    def as_asked(self, wave: str | None, mode: str = "web") -> "Questionnaire":
        """Return the questionnaire as one wave and mode ask it: without what is then never asked.

        For showing it; what was sent is read by the whole.
        """
        if not any(subjects(item.relevant) & set(FACTS) for item in self.items.values()):
            return self
        facts = {"wave": wave, "mode": mode}
        known = {fact: Given(codes=frozenset({value} if value else ())) for fact, value in facts.items()}
        sections = []
        for section in self.sections:
            items = []
            for item in section.items:
                left = reduced(item.relevant, known) if item.relevant else True
                if never(left, known):
                    known[item.name] = EMPTY
                else:
                    items.append(replace(item, relevant=left if isinstance(left, Mapping) else None))
            if items:
                sections.append(replace(section, items=tuple(items)))
        return replace(self, sections=tuple(sections))

    def with_sections(self, given: Mapping[str, Given]) -> dict[str, Given]:
        """Return the answers with one entry more for each section: answered when anything in it was."""
        whole = dict(given)
        for section in self.sections:
            anything = any(given.get(item.name, EMPTY).answered for item in section.items)
            whole[section.name] = Given(text="answered") if anything else EMPTY
        return whole


def variables_of(item: Item) -> list[Variable]:
    """Return the variables an item stores its answer in."""
    if item.type != "select_multiple":
        return [Variable(item.name, item.number, item)]
    return [
        Variable(f"{item.name}.{choice.name}", f"{item.number}{choice.number or ' ' + choice.name}", item, choice)
        for choice in item.choices
    ]
