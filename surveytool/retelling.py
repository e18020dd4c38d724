"""One form in words: each question as it was put, what was given, what was sent, what stands now and why."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from surveytool.definitions import Item, Questionnaire, Variable, Wording
from surveytool.definitions.questionnaire import variables_of
from surveytool.judge.translating import Shown
from surveytool.models import Answer, Coding, Judgement, Response
from surveytool.reading import date_parts
from surveytool.text import INVISIBLE

#: What stands, in words.
STANDS: Mapping[str, str] = {
    "value": "counts",
    "invalid": "invalid",
    "excluded": "in an excluded form",
    "not_asked": "not asked",
    "not_applicable": "not applicable",
    "no_answer": "no answer",
}
#: How the year of a date was understood, in words.
ERAS: Mapping[str, str] = {
    "common": "",
    "marked common": "marked as common era",
    "marked buddhist": "marked Buddhist",
    "looks buddhist": "Buddhist by its size, confirmed by the sender",
}


@dataclass(frozen=True)
class Words:
    """Words as they were read on the form, and in English where that is another language."""

    own: str
    english: str = ""


@dataclass(frozen=True)
class ValueLine:
    """What a form holds for one variable."""

    variable: str
    #: The choice it is about, where several could be ticked.
    choice: Words | None
    given: Words
    #: The code that is stored, or "" where there is none.
    code: str
    #: Whether the answer is in the sender's own words.
    verbatim: bool
    stands: str
    #: Why it does not count, and cautions about it.
    reasons: Sequence[str]
    cautions: Sequence[str]
    codings: Sequence[tuple[Coding, str]]
    #: What it says in English, where it was translated.
    translation: Shown | None
    #: Whether it can be declared invalid: there is a value, and no judgement on just this answer stands.
    excludable: bool


@dataclass(frozen=True)
class ItemLine:
    """One question of a form."""

    number: str
    name: str
    question: Words
    values: Sequence[ValueLine]
    #: What was sent, where that is not what is kept: what it is, and its characters.
    sent: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class SectionLines:
    """The questions of one section."""

    title: Words
    items: Sequence[ItemLine]


@dataclass(frozen=True)
class Form:
    """All that is known about the answers of one form."""

    response: Response
    q: Questionnaire
    english: Wording
    states: Mapping[str, str]
    #: Standing judgements about this form, and about items of its collection.
    judgements: Sequence[Judgement]
    codings: Sequence[tuple[Coding, str]]
    #: Translations of its verbatims, by variable.
    translations: Mapping[str, Shown] = field(default_factory=dict)

    def sections(self) -> list[SectionLines]:
        """Return the form section by section; what identifies the sender, or links their forms, is left out."""
        held = {answer.variable: answer for answer in self.response.answers}
        found = []
        for section in self.q.sections:
            title = self._words(f"sections.{section.name}")
            items = [self._item(item, held) for item in section.items if item.stored]
            found.append(SectionLines(title, [each for each in items if each.values]))
        return found

    def _item(self, item: Item, held: Mapping[str, Answer]) -> ItemLine:
        answers = [(variable, held[variable.name]) for variable in variables_of(item) if variable.name in held]
        return ItemLine(
            number=item.number,
            name=item.name,
            question=self._words(f"items.{item.name}.label"),
            values=[self._value(item, variable, answer) for variable, answer in answers],
            sent=list(_otherwise_sent(item, self.response.sent, [answer for _, answer in answers])),
        )

    def _value(self, item: Item, variable: Variable, answer: Answer) -> ValueLine:
        about = [each for each in self.judgements if each.variable == variable.name]
        excluding = [each for each in about if each.effect in ("exclude answer", "exclude item")]
        return ValueLine(
            variable=variable.name,
            choice=self._choice(item, variable.choice.name) if variable.choice else None,
            given=self._given(item, answer, ticked=variable.choice is not None),
            code=answer.code or "",
            verbatim=answer.text is not None,
            stands=STANDS[self.states.get(variable.name, answer.state)],
            reasons=[_because(each) for each in excluding],
            cautions=[_because(each) for each in about if each.effect in ("caution", "flag")],
            codings=[(coding, label) for coding, label in self.codings if coding.variable == variable.name],
            translation=self.translations.get(variable.name),
            excludable=answer.state == "value" and not any(each.effect == "exclude answer" for each in excluding),
        )

    def _given(self, item: Item, answer: Answer, *, ticked: bool) -> Words:
        if item.type == "date" and answer.text is not None:
            era = ERAS.get(answer.understood or "", answer.understood or "")
            plain = answer.text == answer.date and not era
            return Words(answer.text, "" if plain else f"understood as {answer.date}{f', {era}' if era else ''}")
        if answer.text is not None:
            return Words(answer.text)
        if answer.state == "not_applicable":
            return self._choice(item, next(iter(item.missing_codes), ""))
        if answer.code is None:
            return Words("")
        if ticked:
            return Words("ticked" if answer.code == "1" else "not ticked")
        return self._choice(item, answer.code) if answer.code in item.codes else Words(answer.code)

    def _choice(self, item: Item, code: str) -> Words:
        return self._words(f"choices.{item.choice_list}.{code}")

    def _words(self, key: str) -> Words:
        english = self.english.strings.get(key, "")
        own = self.response.wording.wording.strings.get(key, english)
        return Words(own, english if english != own else "")


def _because(judgement: Judgement) -> str:
    about = " The whole item is judged so in this collection." if judgement.effect == "exclude item" else ""
    return f"{judgement.reason} ({maker(judgement)}){about}"


def maker(judgement: Judgement) -> str:
    """Return who made a judgement: a rule by its id, or a person."""
    if judgement.rule is None:
        return judgement.made_by
    again = "" if judgement.made_by == "rule" else f", made again by {judgement.made_by}"
    return f"rule {judgement.rule}{again}"


# What was sent ------------------------------------------------------------------------------------------------------


def _otherwise_sent(
    item: Item, sent: Mapping[str, Sequence[str]], answers: Sequence[Answer]
) -> Iterator[tuple[str, str]]:
    """Yield what was sent of an item where what is kept says less, or says it otherwise."""
    as_sent = _joined(sent.get(item.name, ()))
    if item.type == "date":
        parts = [_joined(sent.get(name, ())) for name in date_parts(item.name)]
        as_sent = as_sent or "/".join(part for part in parts if part)
    kept = _kept(item, answers)
    if as_sent != kept:
        yield "Sent as", visible(as_sent) or "nothing"
    boxes = _joined(sent.get(f"{item.name}.choice", ()))
    if boxes and any(answer.state != "not_applicable" for answer in answers):
        yield "Ticked as well", visible(boxes)


def _joined(values: Sequence[str]) -> str:
    """Return what came under one name; how browsers end a line says nothing."""
    return "\n".join(value.replace("\r\n", "\n") for value in values if value)


def _kept(item: Item, answers: Sequence[Answer]) -> str:
    """Return what would have been sent, had it been sent as it is kept."""
    if item.type == "select_multiple":
        ticked = {answer.variable for answer in answers if answer.code == "1"}
        return "\n".join(code for code in item.codes if f"{item.name}.{code}" in ticked)
    answer = answers[0] if answers else None
    if answer is None:
        return ""
    if answer.state == "not_applicable" and item.type == "select_one":
        return next(iter(item.missing_codes), "")
    return answer.text if answer.text is not None else answer.code or ""


def visible(text: str) -> str:
    """Return a text with the characters that nobody sees written as their code points."""
    hidden = rf"{INVISIBLE.pattern}|[\x00-\x08\x0b-\x1f\x7f-\x9f]|^[ \t]+|[ \t]+$"
    return re.sub(hidden, lambda m: "".join(f"⟨U+{ord(c):04X}⟩" for c in m[0]), text)
