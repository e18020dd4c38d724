"""What each column of exported data means: its question, codes, labels, marks of missing answers, when it was asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveytool.definitions import Questionnaire, Variable, Wording
from surveytool.definitions.conditions import Condition
from surveytool.verbatims import frame_name

#: Written where no answer counts. Words and not numbers, so that nobody averages them by mistake.
MARKS = {
    "not_asked": "NOT ASKED",
    "not_applicable": "NOT APPLICABLE",
    "no_answer": "NO ANSWER",
    "invalid": "INVALID",
}
_MEANING = {
    "not_asked": "Missing: by the answers before it the question did not apply, so it was not asked.",
    "not_applicable": "Missing: the respondent chose N/A.",
    "no_answer": "Missing: asked and left empty.",
    "invalid": "Missing: an answer was given, and a rule or a person judged that it does not count; see Judgements.",
}
#: What stands on each row about the form itself.
FORM = {
    "": "The form's number, by which it is found again in surveytool.",
    ".state": "counts or excluded. Results are of the forms that count.",
    ".country": "Which country it is from, as answered.",
    ".language": "The language it was filled in in.",
    ".mode": "How it came: web, paper, e-mail or ODK.",
    ".wave": "pre, post or follow-up, where there are waves.",
    ".received": "When it was received, in UTC.",
    ".dated": "The date that a clerk found on the paper or the message.",
    ".typed": "yes: a clerk typed it in; no: the respondent sent it.",
    ".corrects": "The number of the earlier form that it corrects.",
    ".version": "The version of the questionnaire: its digest.",
    ".wording": "The revision of the wording in its language: its digest.",
    ".why": "Why it is excluded: the reasons of the judgements that stand.",
    ".flags": "What it is flagged for, for a person to look at. A flagged form counts until somebody excludes it.",
    ".organisation_registered": "The organisation of the register it is from, by a rule or a person; empty: unknown.",
    ".organisation_type": "The type of that organisation: government, ngo, ingo, un or other.",
    ".direct_partner": "Whether the project works with that organisation directly: yes or no.",
}
#: Of those, the first few are repeated on each row of the long shape.
FORM_IN_LONG = tuple(FORM)[:6]
#: What stands beside answers in words.
_TRANSLATION = {
    "translation": "The text in English, as a translator has it; empty where nobody translated it.",
    "translation_state": "approved by a second reader, awaiting one, or out of date: made from other words than stand.",
}
#: The other columns of the long shape.
LONG = {
    "item": "The item's number on the form.",
    "variable": "What the answer is stored under.",
    "state": "value, or what marks a missing answer.",
    "stands": "What counts: the code or label, number, date or text; or what marks a missing answer.",
    "given": "The code or number that was given, whatever was judged of it.",
    "label": "What that code is called.",
    "text": "What was written, or a date as typed, whatever was judged of it.",
    "date": "The date of the common era, as far as it was given.",
    "understood": "How the year of the date was understood.",
    "codes": "Codes given to the text by an evaluator, separated by '; '.",
    "judgements": "What was judged of the answer, withdrawn judgements included.",
    **_TRANSLATION,
}
_PARTS = {
    "typed": "The date as typed.",
    "understood": "How the year of the date was understood.",
    "codes": "Codes given to the text by an evaluator, separated by '; '. Empty where nobody coded it.",
    **_TRANSLATION,
}
#: What is among the answers that count, by kind of variable.
_BASES = {"yes_no": "answered yes or no", "number": "gave a number", "coded": "wrote an answer"}
COLUMNS = ("column", "item", "question", "question_en", "type", "scale", "asked", "base", "code", "label", "label_en")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the wide shape: a variable, or a part of what is known of it (typed, understood, codes)."""

    variable: Variable
    part: str = ""

    @property
    def name(self) -> str:
        """The column's name."""
        return f"{self.variable.name}.{self.part}" if self.part else self.variable.name


def columns(q: Questionnaire) -> list[Column]:
    """Return the columns of the wide shape that hold answers, in the order of the questionnaire."""
    return [Column(v, part) for v in q.variables.values() for part in ("", *_parts(v))]


def _parts(variable: Variable) -> tuple[str, ...]:
    if variable.item.type == "date":
        return ("typed", "understood")
    return ("codes", "translation", "translation_state") if variable.item.type == "text" else ()


def form_columns(q: Questionnaire, names: Sequence[str] = tuple(FORM)) -> list[str]:
    """Return the names of the columns about the form, told apart from an item that is itself called form."""
    prefix = "form"
    while prefix in q.items:
        prefix = f"_{prefix}"
    return [prefix + name for name in names]


def labels(q: Questionnaire, variable: Variable, wording: Wording) -> dict[str, str]:
    """Return what each code of a variable is called; for a box that is ticked or not, the words for yes and no."""
    if variable.choice:
        found = _yes_no(q, wording)
        return {"1": found["yes"], "0": found["no"]}
    item = variable.item
    return {code: wording.choice(item.choice_list, code) for code in item.codes if code not in item.missing_codes}


def _yes_no(q: Questionnaire, wording: Wording) -> dict[str, str]:
    for item in q.items.values():
        if item.codes == ("yes", "no"):
            return {code: wording.choice(item.choice_list, code) for code in item.codes}
    return {"yes": "Yes", "no": "No"}


def question(variable: Variable, wording: Wording) -> str:
    """Return the question that a variable answers; of several boxes, with the box."""
    asked, choice = wording.label(variable.item.name), variable.choice
    return f"{asked} – {wording.choice(variable.item.choice_list, choice.name)}" if choice else asked


# As a sheet -----------------------------------------------------------------------------------------------------------


def rows(
    q: Questionnaire, wording: Wording, english: Wording, shape: str, frames: Mapping[str, Mapping[str, str]]
) -> Iterator[Sequence[str]]:
    """Yield the codebook: every column with its codes, one a row, what is true of the column repeated on each.

    `frames` has the labels of the codes that verbatims of the collection are sorted into, by code frame.
    """
    yield COLUMNS
    form = FORM if shape == "wide" else {name: FORM[name] for name in FORM_IN_LONG}
    about = dict(zip(form_columns(q, tuple(form)), form.values(), strict=True)) | (LONG if shape == "long" else {})
    for name, meaning in about.items():
        yield (name, "", meaning, meaning, "about the form" if name not in LONG else "column", *[""] * 6)
    for kind, mark in MARKS.items():
        yield ("(any answer)", "", "", "", "missing", "", "", "", mark, _MEANING[kind], _MEANING[kind])
    for column in columns(q):
        if shape == "wide" or column.part in ("", "codes"):
            yield from _column(q, column, wording, english, frames)


def _column(
    q: Questionnaire, column: Column, wording: Wording, english: Wording, frames: Mapping[str, Mapping[str, str]]
) -> Iterator[Sequence[str]]:
    variable, item = column.variable, column.variable.item
    asked = "always" if item.relevant is None else f"if {in_words(item.relevant, q, english)}"
    shared = [
        *(column.name, variable.number, question(variable, wording), question(variable, english)),
        *(item.type, "–".join(map(str, item.scale or ())), asked, _BASES.get(variable.kind, "answered")),
    ]
    if column.part:
        shared[2:5] = [_PARTS[column.part], _PARTS[column.part], f"part of {variable.name}"]
        found = frames.get(frame_name(variable), {}) if column.part == "codes" else {}
        here = english_too = found
    else:
        here, english_too = labels(q, variable, wording), labels(q, variable, english)
    for code in here or ("",):
        yield (*shared, code, here.get(code, ""), english_too.get(code, ""))


def in_words(condition: Condition, q: Questionnaire, english: Wording) -> str:
    """Return a condition as words, such as: item 9 is "Yes"."""
    ((word, what),) = condition.items()
    if word in ("all", "any"):
        parts = [in_words(part, q, english) for part in what]
        return f"({(' and ' if word == 'all' else ' or ').join(parts)})" if len(parts) > 1 else parts[0]
    if word == "not":
        return f"not ({in_words(what, q, english)})"
    if word == "answered":
        return f"{_subject(what, q)} is answered"
    if word == "between":
        return f"{_subject(what[0], q)} is from {what[1]} to {what[2]}"
    codes = [what[1]] if word == "equals" else what[1]
    return f"{_subject(what[0], q)} is {' or '.join(_quoted(what[0], code, q, english) for code in codes)}"


def _subject(name: str, q: Questionnaire) -> str:
    if name in q.items:
        return f"item {q.items[name].number}"
    return f"section {name}" if any(section.name == name for section in q.sections) else f"the {name}"


def _quoted(name: str, code: Any, q: Questionnaire, english: Wording) -> str:
    item = q.items.get(name)
    return f'"{english.choice(item.choice_list, code) if item and code in item.codes else code}"'
