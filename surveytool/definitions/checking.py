"""Everything that can be wrong with a questionnaire, found in one go: place, fault, remedy."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from surveytool.definitions import conditions
from surveytool.definitions.conditions import EMPTY, FACT_CODES, FACTS, Given
from surveytool.definitions.problems import Problem
from surveytool.definitions.questionnaire import ITEM_TYPES, Check, Item, Questionnaire, ReportLine, ReportPlan, Rule
from surveytool.definitions.wording import WHOLE_WORDS

#: Names that mean something else already: facts about a response, and fields and places of the form itself.
RESERVED: tuple[str, ...] = (
    *FACTS,
    *("submission", "switch", "clear", "receipt", "confirmed", "device", "queued"),
    *("survey", "questions", "alert", "too-large", "offline", "review"),
)
EFFECTS = ("exclude form", "exclude answer", "exclude item", "caution")
#: Where a questionnaire can be asked that is no survey of its own.
ASKED_IN = ("workshop", "case work")
#: Checks of linking codes, for which a questionnaire must ask.
LINKING_CHECKS = ("unknown_linking_code", "second_form_with_linking_code", "no_earlier_wave")
#: The named checks, with the parameters each must have and may have.
CHECKS: Mapping[str, tuple[set[str], set[str]]] = {
    "answered_though_not_asked": (set(), set()),
    "second_form_of_same_person": (set(), set()),
    "second_form_of_same_content": ({"least"}, set()),
    "straight_lined": ({"least"}, {"section"}),
    "answered_too_fast": ({"seconds"}, set()),
    "unknown_organisation": ({"item"}, set()),
    **{name: (set(), set()) for name in LINKING_CHECKS},
}
#: The effects of the checks that speak of answers; the others speak of whole forms, which they can only flag.
ANSWER_CHECKS = {"answered_though_not_asked": ("exclude answer", "flag")}
CHECK_PARAMETERS = {"least", "seconds", "section", "item"}
#: What the sentences of a report may quote.
FIGURES = (
    *("valid", "n", "missing", "yes", "no", "mean", "max", "sum", "lowest", "highest"),
    *("people", "mentions", "distinct"),
)

_KEYS: dict[str, tuple[set[str], set[str]]] = {  # place: (keys it must have, keys it may have)
    "questionnaire": (
        {"name", "version", "languages", "sections", *WHOLE_WORDS},
        {"source", "country", "person", "organisation", "corrections", "choice_lists", "rules", "checks"}
        | {"code_frames", "report", "report_plans", "asked_in", "smallest_cell", "filters"},
    ),
    "section": ({"name", "label", "items"}, {"letter", "anchors"}),
    "item": (
        {"name", "number", "type", "label"},
        {"hint", "choices", "relevant", "constraint", "constraint_message", "scale", "identity", "code_frame"}
        | {"unit", "rows"},
    ),
    "choice": ({"name", "label"}, {"number", "missing", "takes"}),
    "rule": ({"id", "effect", "reason"}, {"when", "items"}),
    "check": ({"id", "check", "effect", "reason"}, CHECK_PARAMETERS),
    "code frame": ({"label", "codes"}, set()),
    "code": ({"name"}, {"label", "parent"}),
    "report line": ({"number", "title", "sentence"}, {"tally", "quote"}),
    "report plan": ({"name", "title", "sections"}, set()),
    "report section": ({"title", "items"}, set()),
    "correction": ({"item", "printed", "now", "why"}, set()),
}


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _is_scale(value: Any) -> bool:
    return isinstance(value, list) and [type(n) for n in value] == [int, int] and value[0] < value[1]


#: Keys that take words, and those among them that may be left empty.
_WORDS = {"name", "number", "label", "hint", "id", "reason", "version", "constraint_message", "sentence", "title"}
_WORDS |= {"subtitle", "introduction", "closing", "printed", "now", "why", "item", "country", "person", "choices"}
_WORDS |= {"organisation"}
_WORDS |= {"section", "code_frame", "type", "effect", "check", "source", "letter", "unit", "missing", "parent", "tally"}
_WORDS |= {"takes", "anchors", "asked_in"}
_MAY_BE_EMPTY = {"source", "letter", "unit", "tally", "number"}

#: What other keys take: in words, and as a test.
_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "scale": ("two whole numbers, the lower first, as in [0, 4]", _is_scale),
    "smallest_cell": ("a whole number, 2 or more", lambda v: type(v) is int and v > 1),
    "rows": ("a whole number of lines", lambda v: type(v) is int and v > 0),
    "least": ("a whole number above 1", lambda v: type(v) is int and v > 1),
    "seconds": ("a whole number of seconds", lambda v: type(v) is int and v > 0),
    "identity": ("true or false", lambda v: isinstance(v, bool)),
    "quote": ("true or false", lambda v: isinstance(v, bool)),
    "languages": ("a list of language tags", _is_list_of_texts),
    "filters": ("a list of names of items", _is_list_of_texts),
    "choice_lists": ("each list under its name", lambda v: isinstance(v, dict)),
    "code_frames": ("each frame under its name", lambda v: isinstance(v, dict)),
    **{
        key: ("a list", lambda v: isinstance(v, list))
        for key in ("sections", "items", "codes", "rules", "checks", "report", "report_plans", "corrections")
    },
}


def _fits(key: str, value: Any) -> bool:
    """Whether a value is of the type its key takes."""
    if key in _WORDS:
        return isinstance(value, str) and (bool(value) or key in _MAY_BE_EMPTY)
    return key not in _TYPES or _TYPES[key][1](value)


# Shape: keys and types, so that the rest can rely on them ------------------------------------------------------------


def shape_problems(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with keys and types."""
    yield from _keys("questionnaire", "the questionnaire", raw)
    for section in _list(raw, "sections"):
        yield from _keys("section", f"section {_name(section)}", section)
        for item in _list(section, "items"):
            place = f"item {_name(item)}"
            yield from _keys("item", place, item)
            for key in ("relevant", "constraint"):
                if isinstance(item, dict) and key in item:
                    yield from _condition_shape(f"{place}, {key}", item[key])
    for key in ("choice_lists", "code_frames"):
        for name in _mapping(raw, key):
            if not isinstance(name, str):
                yield Problem("not-text", key, f"the name {name!r} is not text", f'Quote it: "{name}"')
    for name, choices in _mapping(raw, "choice_lists").items():
        if not isinstance(choices, list):
            yield Problem("wrong-type", f"choice list {name}", f"it is {choices!r:.200}", "Write a list of choices")
        for choice in choices if isinstance(choices, list) else ():
            yield from _keys("choice", f"choice list {name}, choice {_name(choice)}", choice)
    for rule in _list(raw, "rules"):
        place = f"rule {_name(rule, 'id')}"
        yield from _keys("rule", place, rule)
        if isinstance(rule, dict) and not _is_list_of_texts(rule.get("items", [])):
            yield Problem("wrong-type", place, f"items is {rule['items']!r}", "Write a list of names of items")
        if isinstance(rule, dict) and "when" in rule:
            yield from _condition_shape(f"{place}, when", rule["when"])
    for check in _list(raw, "checks"):
        yield from _keys("check", f"check {_name(check, 'id')}", check)
    for name, frame in _mapping(raw, "code_frames").items():
        yield from _keys("code frame", f"code frame {name}", frame)
        for code in _list(frame, "codes") if isinstance(frame, dict) else ():
            yield from _keys("code", f"code frame {name}, code {_name(code)}", code)
    for line in _list(raw, "report"):
        yield from _keys("report line", f"report line {_name(line, 'number')}", line)
    for plan in _list(raw, "report_plans"):
        place = f"report plan {_name(plan)}"
        yield from _keys("report plan", place, plan)
        for part in _list(plan, "sections") if isinstance(plan, dict) else ():
            yield from _keys("report section", f"{place}, section {_name(part, 'title')}", part)
            if isinstance(part, dict) and not _is_list_of_texts(part.get("items", [])):
                yield Problem("wrong-type", place, f"items is {part['items']!r:.200}", "Write a list of quoted numbers")
    for correction in _list(raw, "corrections"):
        yield from _keys("correction", f"correction of {_name(correction, 'item')}", correction)


def _keys(kind: str, place: str, raw: Any) -> Iterator[Problem]:
    must, may = _KEYS[kind]
    if not isinstance(raw, Mapping):
        yield Problem("not-a-mapping", place, f"a {kind} is written as `key: value` pairs", "Write it so")
        return
    for key in sorted(must - raw.keys()):
        yield Problem(f"no-{key}", place, f"{key} is missing", f"Add `{key}:`")
    for key in sorted(str(key) for key in raw.keys() - must - may):
        yield Problem("unknown-key", place, f"'{key}' is not known", f"Use one of: {', '.join(sorted(must | may))}")
    for key in sorted((must | may) & raw.keys()):
        if _fits(key, raw[key]):
            continue
        if key in _WORDS:
            remedy = f'Quote it: `{key}: "{raw[key]}"`; an unquoted yes or no is read as true or false'
            yield Problem("not-text", place, f"{key} is not text but {raw[key]!r}", remedy)
        else:
            yield Problem("wrong-type", place, f"{key} is {raw[key]!r:.200}", f"Write {_TYPES[key][0]}")


def _condition_shape(place: str, condition: Any) -> Iterator[Problem]:
    if fault := conditions.shape_fault(condition):
        yield Problem("condition-shape", place, fault, "See docs/questionnaires.md for the vocabulary")


def usable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a malformed definition can still be checked for its meaning, so that all faults show."""
    usable = {
        "name": "?",
        "version": "?",
        "languages": [],
        **{
            key: raw[key]
            for key in ("country", "person", "organisation", "filters", "asked_in", "smallest_cell")
            if key in raw and _fits(key, raw[key])
        },
    }
    usable["sections"] = [
        section | {"items": _usable_parts("item", _list(section, "items"))}
        for section in _usable_parts("section", _list(raw, "sections"))
    ]
    usable["choice_lists"] = {
        name: _usable_parts("choice", choices if isinstance(choices, list) else [])
        for name, choices in _mapping(raw, "choice_lists").items()
        if isinstance(name, str)
    }
    for key, kind in (("rules", "rule"), ("checks", "check"), ("report", "report line"), ("corrections", "correction")):
        usable[key] = _usable_parts(kind, _list(raw, key))
    usable["code_frames"] = {
        name: {"label": "?", "codes": _usable_parts("code", _list(frame, "codes"))}
        for name, frame in _mapping(raw, "code_frames").items()
        if isinstance(name, str)
    }
    return usable


def _usable_parts(kind: str, parts: list[Any]) -> list[dict[str, Any]]:
    """Return the parts that have names, without unknown keys and malformed conditions, missing words filled in."""
    must, may = _KEYS[kind]
    usable = []
    for part in parts:
        named = must & {"name", "number", "id"}
        if not isinstance(part, Mapping) or not all(_fits(key, part.get(key, "?")) for key in named):
            continue
        known = {key: value for key, value in part.items() if key in must | may and _fits(key, value)}
        for key in ("when", "relevant", "constraint"):
            if key in known and conditions.shape_fault(known[key]):
                del known[key]
        if kind == "rule" and not _is_list_of_texts(known.get("items", [])):
            del known["items"]
        usable.append(dict.fromkeys(must - {"items", "codes"}, "?") | known)
    return usable


def _list(raw: Any, key: str) -> list[Any]:
    value = raw.get(key) if isinstance(raw, Mapping) else None
    return value if isinstance(value, list) else []


def _mapping(raw: Any, key: str) -> dict[Any, Any]:
    value = raw.get(key) if isinstance(raw, Mapping) else None
    return value if isinstance(value, dict) else {}


def _name(raw: Any, key: str = "name") -> str:
    return repr(str(raw.get(key, "?"))) if isinstance(raw, Mapping) else repr(str(raw))


# Meaning: names that must exist, be unique, come earlier; rules that can fire ----------------------------------------


def meaning_problems(q: Questionnaire) -> Iterator[Problem]:
    """Yield names that do not exist, stand twice or come too late, and rules that can never fire."""
    yield from _duplicates(q)
    for name, choices in q.structure.get("choice_lists", {}).items():
        yield from _twice(f"choice list '{name}'", "choice name", [choice["name"] for choice in choices])
    if not q.items:
        yield Problem("no-items", "sections", "nothing is asked", "Add an item")
    earlier: set[str] = set(FACTS)
    for section in q.sections:
        if section.anchors not in ("", "once"):
            yield Problem(
                "unknown-anchors", f"section '{section.name}'", "anchors is not `once`", "Write once, or nothing"
            )
        for item in section.items:
            yield from _item_problems(q, item, earlier)
            earlier.add(item.name)
    for rule in q.rules:
        yield from _rule_problems(q, rule)
    yield from _other_problems(q)


def _duplicates(q: Questionnaire) -> Iterator[Problem]:
    items = [item for section in q.sections for item in section.items]
    names = [section.name for section in q.sections] + [item.name for item in items]
    yield from _twice("names of items and sections", "name", names)
    yield from _twice("numbers of items", "number", [item.number for item in items])
    yield from _twice("rules and checks", "id", [rule.id for rule in q.rules] + [check.id for check in q.checks])
    for frame in q.code_frames:
        yield from _twice(f"code frame '{frame.name}'", "code", [code.name for code in frame.codes])


def _twice(place: str, what: str, values: list[str]) -> Iterator[Problem]:
    for value, times in Counter(values).items():
        if times > 1:
            yield Problem("duplicate", place, f"the {what} '{value}' stands {times} times", "Rename all but one")


def _item_problems(q: Questionnaire, item: Item, earlier: set[str]) -> Iterator[Problem]:
    place = f"item '{item.name}'"
    if item.type not in ITEM_TYPES:
        yield Problem("unknown-type", place, f"'{item.type}' is no type", f"Use one of: {', '.join(ITEM_TYPES)}")
    if item.name in RESERVED or "." in item.name:
        yield Problem("bad-name", place, "this name cannot be used", f"Avoid dots and {', '.join(RESERVED)}")
    yield from _choice_problems(item, place)
    yield from _linking_problems(item, place)
    if item.code_frame and item.code_frame not in q.frames:
        yield Problem("unknown-frame", place, f"there is no code frame '{item.code_frame}'", "Add it to code_frames")
    if item.relevant:
        for name in sorted(conditions.subjects(item.relevant) - earlier):
            fault = f"its condition speaks of '{name}', which does not exist or is not asked before it"
            yield Problem("relevant-later", place, fault, "Name an item that is asked earlier")
        if conditions.subjects(item.relevant) <= earlier:
            yield from _condition_problems(q, f"{place}, relevant", item.relevant)
    if item.constraint:
        if conditions.subjects(item.constraint) != {item.name}:
            yield Problem("constraint-other", place, "its constraint speaks of another item", "Use a rule instead")
        else:
            yield from _condition_problems(q, f"{place}, constraint", item.constraint)


def _choice_problems(item: Item, place: str) -> Iterator[Problem]:
    if item.choice_list and not item.choices:
        yield Problem("unknown-list", place, f"there is no choice list '{item.choice_list}'", "Add it to choice_lists")
    if item.type.startswith("select") and not item.choice_list:
        yield Problem("no-choices", place, f"a {item.type} needs choices", "Add `choices:` with a choice list")
    if item.choices and item.type == "text" and any(not choice.missing for choice in item.choices):
        fault = "a text item may offer only choices that mean 'no answer applies'"
        yield Problem("text-choices", place, fault, "Give each choice `missing: not_applicable`")
    if item.choices and item.type in ("integer", "decimal", "date"):
        yield Problem("choices-unused", place, f"a {item.type} takes no choices", "Remove `choices:`")
    if item.scale and not _spans(item.scale, tuple(code for code in item.codes if code not in item.missing_codes)):
        fault = f"its scale {list(item.scale)} is not what its choices say"
        yield Problem("scale-codes", place, fault, "Let the codes be the whole numbers of the scale, lowest first")
    for choice in item.choices:
        if choice.missing not in (None, "not_applicable"):
            yield Problem("unknown-missing", place, f"missing: '{choice.missing}' is not known", "Use not_applicable")


def _linking_problems(item: Item, place: str) -> Iterator[Problem]:
    takes = {choice.takes for choice in item.choices}
    if item.type == "linking_code" and takes - {"number", "letter"}:
        yield Problem(
            "takes", place, "a part of a code takes a number or a letter", "Give each `takes:` one of the two"
        )
    if item.type == "linking_code" and item.identity:
        yield Problem("linking-identity", place, "a linking code says nobody's name", "Remove `identity:`")
    if item.type != "linking_code" and takes - {""}:
        yield Problem("takes", place, "only a part of a linking code takes something", "Remove `takes:`")


def _spans(scale: tuple[int, int], codes: tuple[str, ...]) -> bool:
    """Whether the codes are the whole numbers of a scale, lowest first."""
    low, high = scale
    return len(codes) == high - low + 1 and codes == tuple(str(n) for n in range(low, high + 1))


def _rule_problems(q: Questionnaire, rule: Rule) -> Iterator[Problem]:
    place = f"rule '{rule.id}'"
    if rule.effect not in EFFECTS:
        yield Problem("unknown-effect", place, f"'{rule.effect}' is no effect", f"Use one of: {', '.join(EFFECTS)}")
    for name in rule.items:
        if name not in q.items or not q.items[name].stored:
            yield Problem("unknown-item", place, f"'{name}' is no item that stores an answer", "Name one")
    if rule.effect in ("exclude answer", "exclude item") and not rule.items:
        yield Problem("no-items-named", place, f"'{rule.effect}' needs to know of which", "Add `items:`")
    if rule.effect == "exclude item" and rule.when:
        fault = "an item is excluded when every answer to it is invalid, on no other condition"
        yield Problem("when-unused", place, fault, "Remove `when:`")
    if rule.effect != "exclude item" and not rule.when:
        yield Problem("no-when", place, "when it applies is missing", "Add `when:`")
    if rule.when:
        yield from _condition_problems(q, f"{place}, when", rule.when)


def _condition_problems(q: Questionnaire, place: str, condition: conditions.Condition) -> Iterator[Problem]:
    """Report unknown names and codes, and a condition that no combination of answers can make true."""
    known = True
    sections = {section.name for section in q.sections}
    for word, (name, *operands) in conditions.atoms(condition):
        if name not in q.items and name not in FACTS and not (word == "answered" and name in sections):
            known = False
            yield Problem("unknown-item", place, f"there is no item '{name}'", "Name an item of this questionnaire")
        elif fault := _fact_fault(name, word, operands) or (
            _operand_fault(q.items[name], word, operands) if name in q.items else None
        ):
            known = False
            yield Problem("never", place, fault, "As it stands this can never be true; use a code of the item's list")
    if known and not conditions.satisfiable(condition, {n: _domain(q, n) for n in conditions.subjects(condition)}):
        yield Problem("never", place, "it contradicts itself", "As it stands this can never be true; mend it")


def _fact_fault(name: str, word: str, operands: list[Any]) -> str | None:
    """Return what is wrong with what a fact is compared with, or None."""
    if name not in FACT_CODES or word not in ("equals", "in"):
        return None
    codes = operands if word == "equals" else operands[0]
    unknown = [code for code in codes if code not in FACT_CODES[name]]
    return f"'{unknown[0]}' is no {name}; there are {', '.join(FACT_CODES[name])}" if unknown else None


def _operand_fault(item: Item, word: str, operands: list[Any]) -> str | None:
    if word in ("equals", "in"):
        codes = operands if word == "equals" else operands[0]
        unknown = [code for code in codes if code not in item.codes]
        return f"'{unknown[0]}' is not among the codes of '{item.name}'" if unknown else None
    if word == "between" and item.type not in ("integer", "decimal"):
        return f"'{item.name}' is not a number"
    return None


def _domain(q: Questionnaire, name: str) -> list[Given]:
    """Return answers of every kind that can be given to an item, or of a section or fact."""
    item = q.items.get(name)
    if item is None:
        return [EMPTY, Given(text="answered")] if name not in FACTS else [EMPTY, *_facts(q, name)]
    domain = [EMPTY, *(Given(codes=frozenset({code})) for code in item.codes)]
    if item.type == "select_multiple":
        domain.append(Given(codes=frozenset(item.codes)))
        domain += [Given(codes=frozenset(item.codes) - {code}) for code in item.codes]
    if item.type in ("integer", "decimal"):
        domain += [Given(number=number) for number in _interesting_numbers(q, name)]
    if item.type in ("text", "date", "linking_code"):
        domain.append(Given(text="answered"))
    return domain


def _facts(q: Questionnaire, name: str) -> list[Given]:
    """Return every value that any condition compares a fact with."""
    values = [value for _, (subject, *operands) in _every_atom(q) if subject == name for value in operands]
    flat = [code for value in values for code in (value if isinstance(value, list) else [value])]
    return [Given(codes=frozenset({str(code)})) for code in flat]


def _interesting_numbers(q: Questionnaire, name: str) -> set[float]:
    """Return every bound that any condition sets for a number, and the numbers beside it."""
    bounds = {float(b) for word, (n, *bs) in _every_atom(q) if n == name and word == "between" for b in bs}
    return {bound + step for bound in bounds for step in (-0.5, 0, 0.5)}


def _every_atom(q: Questionnaire) -> Iterator[tuple[str, list[Any]]]:
    for condition in [*(c for i in q.items.values() for c in (i.relevant, i.constraint)), *(r.when for r in q.rules)]:
        if condition:
            yield from conditions.atoms(condition)


def _other_problems(q: Questionnaire) -> Iterator[Problem]:
    if q.country and (q.country not in q.items or q.items[q.country].type != "select_one"):
        yield Problem(
            "country", "country", f"'{q.country}' is no select_one item", "Name the item that says the country"
        )
    if q.person and (q.person not in q.items or not q.items[q.person].identity):
        yield Problem("person", "person", f"'{q.person}' is no identity item", "Name the item that holds the name")
    if q.organisation and not q.names_organisation(q.organisation):
        remedy = "Name the item whose answer in words says the organisation"
        yield Problem("organisation", "organisation", f"'{q.organisation}' is no text item that is kept", remedy)
    if q.asked_in not in ("", *ASKED_IN):
        yield Problem("asked-in", "asked_in", f"'{q.asked_in}' is not known", f"Use one of: {', '.join(ASKED_IN)}")
    if q.smallest_cell and any(not item.stored for item in q.items.values()):
        fault = "answers that are shown of groups only bear neither names nor linking codes"
        yield Problem("smallest-cell", "smallest_cell", fault, "Remove the items that ask for them")
    for name in q.filters:
        if name not in q.items or q.items[name].type != "select_one" or q.items[name].identity:
            yield Problem("filter", "filters", f"'{name}' is no select_one item", "Name items with one answer each")
    yield from _twice("filters", "name", list(q.filters))
    linked = any(item.type == "linking_code" for item in q.items.values())
    for check in q.checks:
        if check.check in LINKING_CHECKS and not linked:
            fault = "no item asks for a linking code"
            yield Problem("no-linking", f"check '{check.id}'", fault, "Add an item of type linking_code")
        yield from _check_problems(q, check)
    for frame in q.code_frames:
        names = {code.name for code in frame.codes}
        for code in frame.codes:
            if code.parent and code.parent not in names:
                place = f"code frame '{frame.name}', code '{code.name}'"
                yield Problem("unknown-parent", place, f"there is no code '{code.parent}'", "Name a code of this frame")
    for line in q.report:
        yield from _report_problems(q, line)
    for plan in q.report_plans:
        yield from _plan_problems(q, plan)
    for correction in q.corrections:
        if correction["item"] not in q.items and correction["item"] not in {s.name for s in q.sections}:
            place = f"correction of '{correction['item']}'"
            yield Problem("unknown-item", place, "there is no such item or section", "Name one")


def _check_problems(q: Questionnaire, check: Check) -> Iterator[Problem]:
    place = f"check '{check.id}'"
    effects = ANSWER_CHECKS.get(check.check, ("flag",))
    if check.effect not in effects:
        fault = f"'{check.effect}' is no effect of this check"
        yield Problem("unknown-effect", place, fault, f"Use one of: {', '.join(effects)}")
    if check.check not in CHECKS:
        yield Problem("unknown-check", place, f"'{check.check}' is no check", f"Use one of: {', '.join(CHECKS)}")
        return
    must, may = CHECKS[check.check]
    given = {name for name in CHECK_PARAMETERS if getattr(check, name)}
    for name in sorted(must - given):
        yield Problem("no-parameter", place, f"{check.check} needs to know '{name}'", f"Add `{name}:`")
    for name in sorted(given - must - may):
        yield Problem("unknown-parameter", place, f"{check.check} takes no '{name}'", f"Remove `{name}:`")
    if check.section and check.section not in {section.name for section in q.sections}:
        yield Problem("unknown-section", place, f"there is no section '{check.section}'", "Name one")
    elif check.check == "straight_lined" and check.least > len(q.scale_items(check.section)):
        fault = f"there are only {len(q.scale_items(check.section))} items with a scale"
        yield Problem("never", place, fault, "As it stands this can never be true; lower `least`")
    if check.item and (check.item not in q.items or q.items[check.item].identity or q.items[check.item].type != "text"):
        yield Problem("unknown-item", place, f"'{check.item}' is no text item that stores an answer", "Name one")


def _report_problems(q: Questionnaire, line: ReportLine) -> Iterator[Problem]:
    place = f"report line '{line.number}'"
    if line.number not in q.numbered:
        yield Problem("unknown-number", place, "no variable has this number", "Use the number of an item that is kept")
    if line.tally not in ("", "all", "country"):
        yield Problem("unknown-tally", place, f"tally '{line.tally}' is not known", "Use all or country")
    try:
        line.sentence.format_map(dict.fromkeys(FIGURES, ""))
    except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
        yield Problem("unknown-figure", place, f"its sentence quotes {error}", f"Use: {', '.join(FIGURES)}")
    if line.quote and line.number in q.numbered and q.numbered[line.number].item.type != "text":
        yield Problem("not-in-words", place, "its answers are not in words", "Leave out `quote:`")


def _plan_problems(q: Questionnaire, plan: ReportPlan) -> Iterator[Problem]:
    place = f"report plan '{plan.name}'"
    if sum(each.name == plan.name for each in q.report_plans) > 1:
        yield Problem("name-twice", place, "two plans have this name", "Give each a name of its own")
    known, numbers = {line.number for line in q.report}, [n for part in plan.sections for n in part.items]
    for number in dict.fromkeys(numbers):
        if number not in known:
            yield Problem(
                "unknown-number", place, f"no report line has the number '{number}'", "Use one that has a line"
            )
        if numbers.count(number) > 1:
            yield Problem("number-twice", place, f"'{number}' stands there twice", "Leave one out")
