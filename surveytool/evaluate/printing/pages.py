"""What is printed: the questionnaire with room to write, and the conditions of its items said in whole sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

import segno
from flask_babel import gettext
from markupsafe import Markup

from surveytool import paper, serials
from surveytool.definitions import Item, Questionnaire, Section, Wording
from surveytool.evaluate.common import Head
from surveytool.evaluate.printing.forms import PrintForm
from surveytool.inviting import form_of
from surveytool.languages import Language
from surveytool.models import Collection
from surveytool.paper import Plain, Several, Statement


@dataclass(frozen=True)
class AskPage:
    """The choice of what to print."""

    head: Head
    form: PrintForm


@dataclass(frozen=True)
class Copy:
    """One printed form: its number as kept and as printed, and the QR code that says it."""

    serial: str
    shown: str
    qr: Markup


@dataclass(frozen=True)
class Skip:
    """When an item is to be answered: a whole sentence, and perhaps a list of what it speaks of."""

    sentence: str
    conditions: tuple["Skip", ...] = ()


@dataclass(frozen=True)
class PrintedPage:
    """The form in one language, as many times as asked for."""

    collection: Collection
    language: Language
    questionnaire: Questionnaire
    wording: Wording
    copies: tuple[Copy, ...]
    two_sides: bool
    #: Sections with their groups of items, as printed.
    sections: tuple[tuple[Section, tuple[paper.Group, ...]], ...]
    #: When each item is to be answered, by name; nothing is said of those that everyone answers.
    skips: Mapping[str, Skip]
    #: Whether anything asked says who answers.
    identity: bool
    #: Which of a workshop's three forms it is, in words; "" for no workshop's.
    which: str


def printed_page(collection: Collection, language: Language, copies: int, two_sides: bool) -> PrintedPage:
    """Return what to print, from the snapshots that a collection serves."""
    assert collection.version is not None
    q, wording = collection.version.questionnaire, collection.revision(language.tag).wording
    if collection.wave:
        q = q.as_asked(collection.wave, "paper")
    sections = tuple((section, tuple(paper.groups(section))) for section in q.sections)
    return PrintedPage(
        collection=collection,
        language=language,
        questionnaire=q,
        wording=wording,
        copies=tuple(_copy(collection, serial) for serial in serials.new_serials(copies)),
        two_sides=two_sides,
        sections=tuple((section, found) for section, found in sections if found),
        skips={item.name: found for item in q.items.values() if (found := skip(item, q, wording))},
        identity=any(item.identity for item in q.items.values()),
        which=form_of(collection.wave),
    )


def _copy(collection: Collection, serial: str) -> Copy:
    # Level Q: a quarter of it may be smudged or folded, and it is still read.
    code = segno.make(serials.mark(collection.join_code, serial), error="q", micro=False)
    drawn = code.svg_inline(border=4, omitsize=True)
    return Copy(serial, serials.shown(serial), Markup(drawn))  # noqa: S704 - a path of numbers; no text is in it


# Conditions in words --------------------------------------------------------------------------------------------------


def skip(item: Item, q: Questionnaire, wording: Wording) -> Skip | None:
    """Return when an item is to be answered, in the language of the request; None where everyone answers it."""
    condition = paper.plain(item.relevant)
    if isinstance(condition, bool):
        return None
    words = Words(q, wording)
    if isinstance(condition, Several):
        lead = {
            "all": gettext("Answer this question only if all of these are true:"),
            "any": gettext("Answer this question only if at least one of these is true:"),
        }[condition.word]
        return Skip(lead, tuple(words.part(each) for each in condition.parts))
    sentence = words.sentence(condition)
    if sentence:
        return Skip(sentence)
    return Skip(gettext("Answer this question only if this is true:"), (Skip(words.statement(condition)),))


@dataclass(frozen=True)
class Words:
    """Says conditions on the items of a questionnaire in one language: about each, one whole sentence."""

    q: Questionnaire
    wording: Wording

    def part(self, condition: Plain) -> Skip:
        """Return one entry of a list of conditions."""
        if isinstance(condition, Statement):
            return Skip(self.statement(condition))
        lead = {
            "all": gettext("All of these are true:"),
            "any": gettext("At least one of these is true:"),
        }[condition.word]
        return Skip(lead, tuple(self.part(each) for each in condition.parts))

    def sentence(self, statement: Statement) -> str:
        """Return the instruction for the commonest conditions, or ""."""
        kind = self._kind(statement)
        question, answers = self._question(statement), self._answers(statement)
        if kind == "equals":
            return gettext(
                "Answer this question only if you answered %(answer)s to question %(question)s.",
                answer=answers,
                question=question,
            )
        if kind == "in":
            return gettext(
                "Answer this question only if you gave one of these answers to question %(question)s: %(answers)s.",
                answers=answers,
                question=question,
            )
        if kind == "other":
            return gettext(
                "Answer this question only if you gave another answer than %(answers)s to question %(question)s.",
                answers=answers,
                question=question,
            )
        if kind == "answered":
            return gettext("Answer this question only if you answered question %(question)s.", question=question)
        if kind == "empty":
            return gettext("Answer this question only if you left question %(question)s empty.", question=question)
        if kind == "told":
            return gettext("Answer this question only if the person who gave you this form says that it is for you.")
        return ""

    def statement(self, statement: Statement) -> str:
        """Return a condition as a sentence of its own, for a list."""
        kind = self._kind(statement)
        question, answers = self._question(statement), self._answers(statement)
        numbers = {"low": _number(statement, 0), "high": _number(statement, 1)}
        sentences = {
            "equals": gettext("You answered %(answer)s to question %(question)s.", answer=answers, question=question),
            "in": gettext(
                "You gave one of these answers to question %(question)s: %(answers)s.",
                answers=answers,
                question=question,
            ),
            "other": gettext(
                "You gave another answer than %(answers)s to question %(question)s.",
                answers=answers,
                question=question,
            ),
            "unticked": gettext(
                "You ticked something in question %(question)s, but not %(answers)s.",
                answers=answers,
                question=question,
            ),
            "between": gettext(
                "The number you wrote in question %(question)s is from %(low)s to %(high)s.",
                question=question,
                **numbers,
            ),
            "outside": gettext(
                "The number you wrote in question %(question)s is below %(low)s or above %(high)s.",
                question=question,
                **numbers,
            ),
            "answered": gettext("You answered question %(question)s.", question=question),
            "empty": gettext("You left question %(question)s empty.", question=question),
            "section": gettext("You answered something in section %(section)s.", section=question),
            "empty_section": gettext("You left section %(section)s empty.", section=question),
            "told": gettext("The person who gave you this form says that this question is for you."),
        }
        return sentences[kind]

    def _kind(self, statement: Statement) -> str:
        """Return which sentence a statement takes."""
        if statement.subject == "wave":  # paper cannot know; whoever hands it out does
            return "told"
        item = self.q.items.get(statement.subject)
        if statement.word == "answered":
            kinds = ("answered", "empty") if item else ("section", "empty_section")
        elif statement.word == "between":
            kinds = ("between", "outside")
        else:
            several = item is not None and item.type == "select_multiple"
            # One code of many: "in" with a single code says the same as "equals".
            one = len(_codes(statement)) == 1
            kinds = ("equals" if one else "in", "unticked" if several else "other")
        return kinds[0] if statement.so else kinds[1]

    def _question(self, statement: Statement) -> str:
        """Return how a question or section is called: by its printed number or letter, else by its words."""
        item = self.q.items.get(statement.subject)
        if item is not None:
            return paper.printed_number(item) or quoted(self.wording.label(item.name))
        section = next((each for each in self.q.sections if each.name == statement.subject), None)
        if section is None:
            return statement.subject
        return section.letter or quoted(self.wording[f"sections.{section.name}"])

    def _answers(self, statement: Statement) -> str:
        item = self.q.items.get(statement.subject)
        if item is None or statement.word not in ("equals", "in"):
            return ""
        return ", ".join(quoted(self.wording.choice(item.choice_list, code)) for code in _codes(statement))


def quoted(text: str) -> str:
    """Return words in the language's quotation marks."""
    return gettext("“%(text)s”", text=text)


def _codes(statement: Statement) -> list[str]:
    if statement.word == "equals":
        return [str(statement.operands[0])]
    return [str(code) for code in statement.operands[0]] if statement.word == "in" else []


def _number(statement: Statement, place: int) -> str:
    return f"{statement.operands[place]:g}" if statement.word == "between" else ""
