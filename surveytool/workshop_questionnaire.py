"""The capacity appraisal as one workshop asks it: the competencies it chose, its own ones, one way of linking.

Pure: from the shipped questionnaire to a structure and wordings that a workshop keeps, and its waves serve.
"""

import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from surveytool.definitions import DefinitionError, Problem, Questionnaire, Wording
from surveytool.definitions.checking import meaning_problems
from surveytool.definitions.loading import build
from surveytool.definitions.wording import ITEM_WORDS, WHOLE_WORDS
from surveytool.text import clean, fold

#: The shipped questionnaire, and its parts that a workshop chooses from.
NAME = "capacity_appraisal"
COMPETENCIES, LOOKING_BACK, YOU = "competencies", "looking_back", "you"
#: The item of each way of linking.
LINKING = {"cards": "card_code", "self": "own_code"}
#: Ends the names of the items that ask about the time before, looking back.
BEFORE = "_before"
#: Begins the names of competencies that are a workshop's own; none of the framework's begins so.
OWN = "own_"
LABEL_LIMIT = 200

#: What a workshop keeps: the structure, and the strings by language.
Snapshot = tuple[dict[str, Any], dict[str, dict[str, str]]]


def framework(questionnaire: Questionnaire) -> tuple[str, ...]:
    """Return the names of the competencies that the shipped questionnaire has, in its order."""
    return tuple(item.name for s in questionnaire.sections if s.name == COMPETENCIES for item in s.items)


def for_workshop(
    questionnaire: Questionnaire,
    wordings: Mapping[str, Wording],
    chosen: Sequence[str],
    own: Sequence[Mapping[str, Any]] = (),
    retrospective: bool = False,
    linking: str = "cards",
    languages: Sequence[str] = (),
) -> Snapshot:
    """Return the structure and the wordings of a workshop's appraisal.

    `chosen` names competencies of the framework; they keep its order. `own` are the workshop's own, each with a
    `label` by language, needed in the workshop's languages only; its name is made here. English always comes along,
    for staff, with an own competency's first label where it has none in English. Raises DefinitionError with everything
    that is wrong.
    """
    tags = tuple(tag for tag in wordings if tag in languages)
    problems = list(_problems(questionnaire, wordings, chosen, own, linking, languages))
    if problems:
        raise DefinitionError(problems)
    labels = {own_name(each["label"], tags): _labels(each["label"], tags) for each in own}
    structure = copy.deepcopy(dict(questionnaire.structure))
    structure["languages"] = list(dict.fromkeys(("en", *tags)))
    _choose_items(structure, chosen, list(labels), retrospective, linking)
    english = {name: label["en"] for name, label in labels.items()}
    structure["report"] = _report(questionnaire, _renumber(structure), english)
    if linking == "self":
        structure["checks"] = [each for each in structure["checks"] if each["check"] != "unknown_linking_code"]
    problems = list(meaning_problems(build(structure)))
    if problems:
        raise DefinitionError(problems)
    return structure, {tag: _strings(structure, wordings[tag], labels) for tag in structure["languages"]}


def own_name(label: Mapping[str, str], languages: Sequence[str]) -> str:
    """Return the name of an own competency: the same words make the same name, others another."""
    first = next(clean(label[tag]) for tag in languages if clean(label.get(tag, "")))
    return OWN + hashlib.sha256(fold(first).encode()).hexdigest()[:10]


def _problems(
    q: Questionnaire,
    wordings: Mapping[str, Wording],
    chosen: Sequence[str],
    own: Sequence[Mapping[str, Any]],
    linking: str,
    languages: Sequence[str],
) -> Iterator[Problem]:
    known = framework(q)
    for name in chosen:
        if name not in known:
            yield Problem("unknown-competency", name, "it is not in the framework", f"Use: {', '.join(known)}")
    if not chosen and not own:
        yield Problem("no-competency", "competencies", "none is chosen", "Choose one, or add one of your own")
    if linking not in LINKING:
        yield Problem("linking", "linking", f"'{linking}' is not known", f"Use one of: {', '.join(LINKING)}")
    for tag in languages:
        if tag not in wordings:
            yield Problem("language", "languages", f"it is not worded in '{tag}'", f"Use: {', '.join(wordings)}")
    if not languages:
        yield Problem("language", "languages", "none is chosen", "Choose at least one")
    yield from _own_problems(own, [tag for tag in languages if tag in wordings])


def _own_problems(own: Sequence[Mapping[str, Any]], languages: Sequence[str]) -> Iterator[Problem]:
    names = []
    for number, each in enumerate(own, 1):
        place, label = f"own competency {number}", each.get("label", {})
        words = {tag: clean(label.get(tag, "")) for tag in languages}
        for tag, text in words.items():
            if not text or "\n" in text or len(text) > LABEL_LIMIT:
                fault = f"its wording in '{tag}' is " + ("missing" if not text else "more than a line, or too long")
                yield Problem("own-wording", place, fault, f"Write one line of at most {LABEL_LIMIT} characters")
        if any(words.values()):
            names.append(own_name(label, languages))
            if names[-1] in names[:-1]:
                yield Problem("own-twice", place, "it has the words of another", "Leave one of them out")


def _labels(label: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Return the label by language, with one for staff, who read English."""
    words = {tag: clean(label[tag]) for tag in languages}
    english = clean(label.get("en", "")) or next(iter(words.values()))
    return {"en": english} | words


def _choose_items(
    structure: dict[str, Any], chosen: Sequence[str], own: Sequence[str], retrospective: bool, linking: str
) -> None:
    """Keep of each section what the workshop asks, and add its own competencies."""
    asked = {YOU: {LINKING[linking]}, COMPETENCIES: set(chosen)}
    asked[LOOKING_BACK] = {name + BEFORE for name in chosen} if retrospective else set()
    for section in structure["sections"]:
        if section["name"] not in asked:
            continue
        pattern = section["items"][0]
        section["items"] = [item for item in section["items"] if item["name"] in asked[section["name"]]]
        if section["name"] == COMPETENCIES or (section["name"] == LOOKING_BACK and retrospective):
            ending = BEFORE if section["name"] == LOOKING_BACK else ""
            section["items"] += [pattern | {"name": name + ending} for name in own]
    structure["sections"] = [section for section in structure["sections"] if section["items"]]
    used = {item.get("choices") for section in structure["sections"] for item in section["items"]}
    structure["choice_lists"] = {name: list_ for name, list_ in structure["choice_lists"].items() if name in used}
    for rule in structure["rules"] if not retrospective else ():
        rule["when"] = _without(rule["when"], {"answered": LOOKING_BACK})


def _without(condition: Any, part: Mapping[str, str]) -> Any:
    """Return a condition without a part that speaks of a section which is not asked."""
    ((word, what),) = condition.items()
    if word == "not":
        return {word: _without(what, part)}
    return {word: [each for each in what if each != part]} if word in ("all", "any") else condition


def _renumber(structure: dict[str, Any]) -> dict[str, str]:
    """Number the questions from 1 on, as they stand, and return the number of each item by its name."""
    numbers: dict[str, str] = {}
    whole = 0
    for section in structure["sections"]:
        for item in section["items"] if section["name"] != YOU else ():
            rest = item["number"].partition(" ")[2]
            if section["name"] == LOOKING_BACK:
                item["number"] = f"{numbers[item['name'].removesuffix(BEFORE)]} before"
            else:
                whole += not rest
                item["number"] = f"{whole} {rest}".strip()
            numbers[item["name"]] = item["number"]
    return numbers


def _report(q: Questionnaire, numbers: Mapping[str, str], own: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the report lines of what is asked, under its new numbers, in the order of the form."""
    lines = {q.numbered[line["number"]].name: line for line in q.structure["report"]}
    first = framework(q)[0]
    for name, label in own.items():
        lines[name] = lines[first] | {"title": label}
        lines[name + BEFORE] = lines[first + BEFORE] | {"title": f"Looking back: {label}"}
    return [lines[name] | {"number": number} for name, number in numbers.items() if name in lines]


def _strings(structure: Mapping[str, Any], wording: Wording, own: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the strings of one language that the structure needs."""
    found = {key: wording[key] for key in WHOLE_WORDS}
    for section in structure["sections"]:
        found[f"sections.{section['name']}"] = wording[f"sections.{section['name']}"]
        for item in section["items"]:
            label = own.get(item["name"].removesuffix(BEFORE))
            if label:
                found[f"items.{item['name']}.label"] = label[wording.language]
            else:
                keys = (f"items.{item['name']}.{word}" for word in ITEM_WORDS)
                found |= {key: wording[key] for key in keys if key in wording.strings}
    for name, choices in structure["choice_lists"].items():
        found |= {key: wording[key] for key in (f"choices.{name}.{choice['name']}" for choice in choices)}
    return found
