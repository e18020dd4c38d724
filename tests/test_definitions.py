"""Questionnaires as data: every fault is told, conditions have three truth values, routing opens follow-ups."""

import contextlib
import copy
import dataclasses
import datetime
import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surveytool.definitions import (
    DefinitionError,
    Given,
    Problem,
    Questionnaire,
    Wording,
    checking,
    conditions,
    load_questionnaire,
    loading,
    questionnaire_names,
    read_questionnaire,
)
from surveytool.definitions.wording import english_strings

MARKET = """
name: market
version: "1"
languages: [en]
title: Market survey
subtitle: Of people who sell
introduction: Kindly answer.
closing: Thank you.
country: country
person: who
corrections:
  - {item: stall, printed: "STAL", now: "stall", why: "Slip of spelling."}
choice_lists:
  yes_no: [{name: "yes", label: "Yes"}, {name: "no", label: "No"}]
  place: [{name: "cambodia", label: "Cambodia"}, {name: "other", label: "Other"}]
  goods: [{name: "fruit", number: "a", label: "Fruit"}, {name: "cloth", number: "b", label: "Cloth"}]
  scale: [{name: "0", label: "Bad"}, {name: "1", label: "Fair"}, {name: "2", label: "Good"}]
  na: [{name: "na", label: "Not applicable", missing: not_applicable}]
sections:
  - name: general
    letter: A
    label: General
    items:
      - {name: who, number: "1", type: text, identity: true, label: "Name"}
      - {name: country, number: "2", type: select_one, choices: place, label: "Country"}
  - name: trade
    label: Trade
    items:
      - {name: stall, number: "3", type: select_one, choices: yes_no, label: "Do you keep a stall?"}
      - {name: since, number: "3 since", type: date, relevant: {equals: [stall, "yes"]}, label: "Since when?"}
      - {name: goods, number: "4", type: select_multiple, choices: goods, hint: "Tick all.", label: "What do you sell?"}
      - {name: helpers, number: "5", type: integer, constraint: {between: [helpers, 0, 50]}, label: "How many help?"}
      - {name: tools, number: "6", type: text, choices: na, code_frame: tools, label: "Which tools?"}
      - {name: rating, number: "7", type: select_one, choices: scale, scale: [0, 2], label: "How is trade?"}
rules:
  - {id: empty, effect: exclude form, when: {not: {answered: trade}}, reason: "Nothing about trade."}
  - {id: doubtful, effect: caution, items: [rating], when: {equals: [stall, "no"]}, reason: "No stall."}
  - {id: nobody, effect: exclude item, items: [since], reason: "Nobody keeps a stall."}
checks:
  - {id: twice, check: second_form_of_same_person, effect: flag, reason: "Came before."}
  - {id: hasty, check: answered_too_fast, seconds: 30, effect: flag, reason: "In no time."}
code_frames:
  tools:
    label: Tools
    codes: [{name: scales}, {name: others, label: "Other tools"}, {name: knife, parent: others}]
report:
  - {number: "7", title: "Trade", sentence: "Rated {mean} by {n}."}
  - {number: "6", title: "Tools", tally: all, sentence: "{people} named {distinct}."}
report_plans:
  - {name: usual, title: "Usual", sections: [{title: "Trade", items: ["7", "6"]}]}
"""
PLAN = "report_plans:\n  - {{name: {name}, title: X, sections: [{{title: T, items: [{items}]}}]}}\n"


def market(old: str = "", new: str = "") -> Any:
    """The market questionnaire as data, with one thing written differently."""
    assert old in MARKET, old
    return yaml.safe_load(MARKET.replace(old, new, 1))


def problems_of(raw: Any) -> list[Problem]:
    with pytest.raises(DefinitionError) as refused:
        read_questionnaire(raw)
    return refused.value.problems


# Faults -------------------------------------------------------------------------------------------------------------

#: What is written otherwise, how, and the fault to be told: its code and what its place names.
FAULTS = [
    # Keys and types
    ("name: market\n", "", "no-name", "the questionnaire"),
    ("title: Market survey\n", "", "no-title", "the questionnaire"),
    ('version: "1"', "version: 1", "not-text", "the questionnaire"),
    ("title: Market survey", "title: yes", "not-text", "the questionnaire"),
    ("title: Market survey", "title:", "not-text", "the questionnaire"),
    ("closing: Thank you.", "closing: [Thank, you]", "not-text", "the questionnaire"),
    ("closing: Thank you.", "closing: Thank you.\nfooter: Bye.", "unknown-key", "the questionnaire"),
    ("languages: [en]", "languages: en", "wrong-type", "the questionnaire"),
    ("languages: [en]", "languages: [en, no]", "wrong-type", "the questionnaire"),
    ("letter: A", "letter: 1", "not-text", "section 'general'"),
    ("    label: General\n", "", "no-label", "section 'general'"),
    ('number: "3", ', "", "no-number", "item 'stall'"),
    ('number: "3",', "number: 3,", "not-text", "item 'stall'"),
    (', label: "Do you keep a stall?"', "", "no-label", "item 'stall'"),
    (', label: "Do you keep a stall?"', ', label: ""', "not-text", "item 'stall'"),
    ("name: stall, ", "name: stall, required: true, ", "unknown-key", "item 'stall'"),
    ("identity: true", "identity: perhaps", "wrong-type", "item 'who'"),
    ("scale: [0, 2]", 'scale: ["0", "2"]', "wrong-type", "item 'rating'"),
    ("type: integer,", "type: integer, rows: none,", "wrong-type", "item 'helpers'"),
    ("type: integer,", "type: integer, unit: yes,", "not-text", "item 'helpers'"),
    ("type: integer,", "type: integer, constraint_message: no,", "not-text", "item 'helpers'"),
    ("- {name: who,", "- who\n      - {name: who,", "not-a-mapping", "item 'who'"),
    ('{name: "no", label: "No"}', '{name: "no"}', "no-label", "choice list yes_no, choice 'no'"),
    ('{name: "yes", label: "Yes"}', '{name: yes, label: "Yes"}', "not-text", "choice list yes_no, choice 'True'"),
    ('{name: "yes", label: "Yes"}', '{name: "yes", label: Yes}', "not-text", "choice list yes_no, choice 'yes'"),
    ('label: "Fruit"}', 'label: "Fruit", colour: red}', "unknown-key", "choice list goods, choice 'fruit'"),
    ('reason: "Nothing about trade."', "why: nothing", "no-reason", "rule 'empty'"),
    ("items: [rating]", "items: rating", "wrong-type", "rule 'doubtful'"),
    ("effect: flag, ", "", "no-effect", "check 'twice'"),
    ("    label: Tools\n", "", "no-label", "code frame tools"),
    ("{name: scales}", "{label: Scales}", "no-name", "code frame tools"),
    ("{name: scales}", "{name: off}", "not-text", "code frame tools"),
    (', sentence: "Rated {mean} by {n}."', "", "no-sentence", "report line '7'"),
    ('title: "Trade"', "title: 7", "not-text", "report line '7'"),
    ('sentence: "Rated {mean} by {n}."', "sentence: 7", "not-text", "report line '7'"),
    ('why: "Slip of spelling."', "reason: slip", "no-why", "correction of 'stall'"),
    ('why: "Slip of spelling."', "why: 3", "not-text", "correction of 'stall'"),
    # Names and numbers
    ("name: since,", "name: stall,", "duplicate", "names of items and sections"),
    ("name: since,", "name: general,", "duplicate", "names of items and sections"),
    ('number: "3 since"', 'number: "3"', "duplicate", "numbers of items"),
    ('{name: "no", label: "No"}', '{name: "yes", label: "No"}', "duplicate", "choice list 'yes_no'"),
    ("id: doubtful", "id: empty", "duplicate", "rules and checks"),
    ("id: twice", "id: empty", "duplicate", "rules and checks"),
    ("{name: knife, parent: others}", "{name: scales}", "duplicate", "code frame 'tools'"),
    ("name: since,", "name: mode,", "bad-name", "item 'mode'"),
    ("name: since,", "name: stall.since,", "bad-name", "item 'stall.since'"),
    ("name: since,", "name: submission,", "bad-name", "item 'submission'"),
    ("name: since,", "name: switch,", "bad-name", "item 'switch'"),
    ("name: since,", "name: clear,", "bad-name", "item 'clear'"),
    ("country: country", "country: nowhere", "country", "country"),
    ("country: country", "country: helpers", "country", "country"),
    ("person: who", "person: nobody", "person", "person"),
    ("person: who", "person: tools", "person", "person"),
    ("person: who", "person: who\norganisation: who", "organisation", "organisation"),
    ("person: who", "person: who\norganisation: nobody", "organisation", "organisation"),
    ("person: who", "person: who\nfilters: stall", "wrong-type", "the questionnaire"),
    ("person: who", "person: who\nfilters: [nowhere]", "filter", "filters"),
    ("person: who", "person: who\nfilters: [helpers]", "filter", "filters"),
    ("person: who", "person: who\nfilters: [stall, stall]", "duplicate", "filters"),
    ("{item: stall,", "{item: stand,", "unknown-item", "correction of 'stand'"),
    # Items
    ("type: integer", "type: number", "unknown-type", "item 'helpers'"),
    ("choices: goods", "choices: wares", "unknown-list", "item 'goods'"),
    ("choices: goods, ", "", "no-choices", "item 'goods'"),
    ("choices: na", "choices: goods", "text-choices", "item 'tools'"),
    ("type: integer,", "type: integer, choices: scale,", "choices-unused", "item 'helpers'"),
    ("scale: [0, 2]", "scale: [0, 1000000000000]", "scale-codes", "item 'rating'"),
    ("scale: [0, 2]", "scale: [1, 3]", "scale-codes", "item 'rating'"),
    ("missing: not_applicable", "missing: refused", "unknown-missing", "item 'tools'"),
    ("code_frame: tools", "code_frame: instruments", "unknown-frame", "item 'tools'"),
    ("parent: others", "parent: blades", "unknown-parent", "code frame 'tools', code 'knife'"),
    # Linking codes, waves, and answers shown of groups only
    ("type: text, identity: true", "type: linking_code, identity: true", "linking-identity", "item 'who'"),
    ("type: integer,", "type: linking_code, choices: goods,", "takes", "item 'helpers'"),
    ('number: "a", label: "Fruit"', 'takes: number, label: "Fruit"', "takes", "item 'goods'"),
    ('number: "a", label: "Fruit"', 'takes: 1, label: "Fruit"', "not-text", "choice list goods, choice 'fruit'"),
    ("check: second_form_of_same_person", "check: no_earlier_wave", "no-linking", "check 'twice'"),
    ("letter: A", "anchors: twice", "unknown-anchors", "section 'general'"),
    ("country: country", "asked_in: meeting", "asked-in", "asked_in"),
    ("country: country", "smallest_cell: 1", "wrong-type", "the questionnaire"),
    ("country: country", "smallest_cell: 5", "smallest-cell", "smallest_cell"),
    ('{equals: [stall, "yes"]}', '{equals: [wave, "before"]}', "never", "item 'since', relevant"),
    ('{equals: [stall, "yes"]}', '{in: [wave, ["post", "after"]]}', "never", "item 'since', relevant"),
    # Conditions
    ('{equals: [stall, "yes"]}', '{is: [stall, "yes"]}', "condition-shape", "item 'since', relevant"),
    ('{equals: [stall, "yes"]}', "{equals: [stall, yes]}", "condition-shape", "item 'since', relevant"),
    ('{equals: [stall, "yes"]}', "{equals: stall}", "condition-shape", "item 'since', relevant"),
    ('{equals: [stall, "yes"]}', "{in: [stall, []]}", "condition-shape", "item 'since', relevant"),
    ('{equals: [stall, "yes"]}', "{all: []}", "condition-shape", "item 'since', relevant"),
    ('{equals: [stall, "yes"]}', "stall = yes", "condition-shape", "item 'since', relevant"),
    ("{between: [helpers, 0, 50]}", "{between: [helpers, zero, 50]}", "condition-shape", "item 'helpers', constraint"),
    ("{not: {answered: trade}}", "{not: [{answered: trade}]}", "condition-shape", "rule 'empty', when"),
    ('{equals: [stall, "yes"]}', '{equals: [stand, "yes"]}', "relevant-later", "item 'since'"),
    ('{equals: [stall, "yes"]}', '{equals: [goods, "fruit"]}', "relevant-later", "item 'since'"),
    ('{equals: [stall, "yes"]}', "{answered: since}", "relevant-later", "item 'since'"),
    ('{equals: [stall, "yes"]}', '{equals: [stall, "maybe"]}', "never", "item 'since', relevant"),
    ("{between: [helpers, 0, 50]}", "{between: [helpers, 50, 0]}", "never", "item 'helpers', constraint"),
    ("{between: [helpers, 0, 50]}", '{equals: [stall, "yes"]}', "constraint-other", "item 'helpers'"),
    ('{equals: [stall, "no"]}', '{equals: [stand, "no"]}', "unknown-item", "rule 'doubtful', when"),
    ('{equals: [stall, "no"]}', "{answered: [stall]}", "condition-shape", "rule 'doubtful', when"),
    ('{equals: [stall, "no"]}', '{equals: [stall, "na"]}', "never", "rule 'doubtful', when"),
    ('{equals: [stall, "no"]}', "{between: [stall, 0, 1]}", "never", "rule 'doubtful', when"),
    # Rules, checks, report
    ("effect: caution", "effect: warn", "unknown-effect", "rule 'doubtful'"),
    ("effect: flag", "effect: caution", "unknown-effect", "check 'twice'"),
    ("check: second_form_of_same_person", "check: straight_lining", "unknown-check", "check 'twice'"),
    ("check: answered_too_fast", "check: answered_though_not_asked", "unknown-parameter", "check 'hasty'"),
    ("seconds: 30, ", "", "no-parameter", "check 'hasty'"),
    ("seconds: 30", "seconds: soon", "wrong-type", "check 'hasty'"),
    ("answered_too_fast, seconds: 30", "straight_lined, least: 2", "never", "check 'hasty'"),
    ("answered_too_fast, seconds: 30", "straight_lined, least: 2, section: shop", "unknown-section", "check 'hasty'"),
    ("answered_too_fast, seconds: 30", "unknown_organisation, item: stall", "unknown-item", "check 'hasty'"),
    ("items: [rating]", "items: [ratings]", "unknown-item", "rule 'doubtful'"),
    ("items: [rating]", "items: [who]", "unknown-item", "rule 'doubtful'"),
    ("items: [since], ", "", "no-items-named", "rule 'nobody'"),
    ("items: [since],", "items: [since], when: {answered: since},", "when-unused", "rule 'nobody'"),
    ("when: {not: {answered: trade}}, ", "", "no-when", "rule 'empty'"),
    ('{number: "7",', '{number: "8",', "unknown-number", "report line '8'"),
    ('{number: "7",', '{number: "1",', "unknown-number", "report line '1'"),
    ("tally: all", "tally: region", "unknown-tally", "report line '6'"),
    ("Rated {mean} by {n}.", "Rated {average} by {n}.", "unknown-figure", "report line '7'"),
    ("Rated {mean} by {n}.", "Rated {mean by {n}.", "unknown-figure", "report line '7'"),
    ("Rated {mean} by {n}.", "Rated {} by {n}.", "unknown-figure", "report line '7'"),
    ("Rated {mean} by {n}.", "Rated {mean:.2f} by {n}.", "unknown-figure", "report line '7'"),
    ("Rated {mean} by {n}.", "Rated {mean.real} by {n}.", "unknown-figure", "report line '7'"),
    ("Rated {mean} by {n}.", "Rated {mean[low]} by {n}.", "unknown-figure", "report line '7'"),
    ('title: "Trade", sentence', 'title: "Trade", quote: true, sentence', "not-in-words", "report line '7'"),
    ("report_plans:\n", PLAN.format(name="usual", items='"7"'), "name-twice", "report plan 'usual'"),
    ("report_plans:\n", PLAN.format(name="odd", items='"7", "7"'), "number-twice", "report plan 'odd'"),
    ("report_plans:\n", PLAN.format(name="odd", items='"1"'), "unknown-number", "report plan 'odd'"),
    ("report_plans:\n", PLAN.format(name="odd", items="7"), "wrong-type", "report plan 'odd'"),
]


def test_the_market_survey_is_whole() -> None:
    questionnaire = read_questionnaire(market())

    assert list(questionnaire.items) == ["who", "country", "stall", "since", "goods", "helpers", "tools", "rating"]
    assert list(questionnaire.numbered) == ["2", "3", "3 since", "4a", "4b", "5", "6", "7"]


@pytest.mark.parametrize(
    ("old", "new", "code", "place"), FAULTS, ids=[f"{f[2]}: {f[1] or 'no ' + f[0]}" for f in FAULTS]
)
def test_a_fault_is_told_with_its_place_and_a_remedy(old: str, new: str, code: str, place: str) -> None:
    told = problems_of(market(old, new))

    assert any(problem.code == code and problem.place.startswith(place) for problem in told), told
    assert all(problem.place and problem.fault and problem.remedy for problem in told)


def test_every_fault_the_loader_knows_is_among_those_tested() -> None:
    sources = [file.read_text("utf-8") for file in Path(loading.__file__).parent.glob("*.py")]
    known = {code for source in sources for code in re.findall(r'Problem\(\s*"([a-z-]+)"', source)}

    assert len(known) > 25
    assert known - {"no-file", "yaml", "no-items", "language"} <= {code for _, _, code, _ in FAULTS}


def test_a_questionnaire_that_asks_nothing_is_refused() -> None:
    assert {"no-items"} <= {problem.code for problem in problems_of(market() | {"sections": []})}


def test_all_faults_are_told_at_once() -> None:
    text = MARKET
    changes = [FAULTS[[fault[3] for fault in FAULTS].index(place)] for place in ("item 'stall'", "rule 'empty'")]
    changes += [
        fault for fault in FAULTS if fault[2] in ("unknown-list", "unknown-check", "unknown-tally", "scale-codes")
    ]
    changes = list({old: (old, new, code, place) for old, new, code, place in changes}.values())
    for old, new, _, _ in changes:
        assert old in text
        text = text.replace(old, new, 1)

    told = problems_of(yaml.safe_load(text))

    assert len(changes) >= 6
    assert {code for _, _, code, _ in changes} <= {problem.code for problem in told}


def test_one_fault_is_told_once() -> None:
    assert [problem.code for problem in problems_of(market("choices: goods", "choices: wares"))] == ["unknown-list"]
    assert [problem.code for problem in problems_of(market(', label: "Do you keep a stall?"', ""))] == ["no-label"]


def test_an_unquoted_yes_is_told_with_how_to_quote_it() -> None:
    (told,) = problems_of(market('{name: "yes", label: "Yes"}', '{name: yes, label: "Yes"}'))[:1]

    assert 'name: "' in told.remedy
    assert "quote" in told.remedy.lower()


@pytest.mark.parametrize(
    ("condition", "possible"),
    [
        ('{all: [{equals: [stall, "yes"]}, {equals: [stall, "no"]}]}', False),
        ('{all: [{equals: [goods, "fruit"]}, {equals: [goods, "cloth"]}]}', True),
        ('{all: [{equals: [goods, "fruit"]}, {not: {equals: [goods, "cloth"]}}]}', True),
        ('{all: [{in: [stall, ["yes", "no"]]}, {not: {equals: [stall, "yes"]}}]}', True),
        ('{not: {in: [stall, ["yes", "no"]]}}', False),
        ('{all: [{not: {answered: stall}}, {equals: [stall, "yes"]}]}', False),
        ('{any: [{not: {answered: stall}}, {equals: [stall, "yes"]}]}', True),
        ("{all: [{between: [helpers, 0, 3]}, {between: [helpers, 4, 9]}]}", False),
        ("{all: [{between: [helpers, 0, 3]}, {between: [helpers, 3, 9]}]}", True),
        ("{all: [{between: [helpers, 0, 9]}, {not: {between: [helpers, 0, 8]}}]}", True),
        ("{all: [{answered: trade}, {not: {answered: trade}}]}", False),
        ('{equals: [mode, "paper"]}', True),
        ('{in: [mode, ["paper", "e-mail"]]}', True),
        ('{all: [{equals: [mode, "paper"]}, {in: [mode, ["paper", "e-mail"]]}]}', True),
        ('{all: [{equals: [mode, "paper"]}, {equals: [mode, "web"]}]}', False),
        ('{in: [wave, ["pre", "post"]]}', True),
    ],
)
def test_a_rule_that_can_never_fire_is_told(condition: str, possible: bool) -> None:
    raw = market('{equals: [stall, "no"]}', condition)

    if possible:
        assert read_questionnaire(raw).rules[1].when == yaml.safe_load(condition)
    else:
        assert [problem.code for problem in problems_of(raw)] == ["never"]


# Files --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of questionnaires of our own, with the market survey in it."""
    monkeypatch.setattr(loading, "QUESTIONNAIRES", tmp_path)
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "questionnaire.yaml").write_text(MARKET, "utf-8")
    return tmp_path


def test_a_questionnaire_is_read_from_its_folder(shelf: Path) -> None:
    assert questionnaire_names() == ["market"]
    assert load_questionnaire("market").name == "market"


def test_an_unknown_questionnaire_is_told_with_those_there_are(shelf: Path) -> None:
    with pytest.raises(DefinitionError, match="market") as refused:
        load_questionnaire("bazaar")

    assert [problem.code for problem in refused.value.problems] == ["no-file"]


@pytest.mark.parametrize(
    "content",
    [
        b"name: [market",
        b"name: market\n\tversion: 1",
        b"name: caf\xe9",
        b"name: \x00",
        b"version: 2003-13-45",
        b"version: !!int many",
        b"version: !!python/object:os.system {}",
        b"",
        b"- a list",
        b"just text",
        MARKET.replace(
            "  place:", '  yes_no: [{name: "yes", label: "Aye"}, {name: "no", label: "Nay"}]\n  place:'
        ).encode(),
        MARKET.replace("title: Market survey", "title: Market survey\ntitle: Bazaar survey", 1).encode(),
    ],
    ids=["open bracket", "tab", "latin-1", "NUL", "no such day", "no number", "object", "empty", "list", "text"]
    + ["one choice list twice", "one key twice"],
)
def test_a_damaged_file_is_told_as_a_fault(shelf: Path, content: bytes) -> None:
    (shelf / "market" / "questionnaire.yaml").write_bytes(content)

    with pytest.raises(DefinitionError):
        load_questionnaire("market")


# Any value anywhere -------------------------------------------------------------------------------------------------

SHIPPED = loading.read_raw("partner_survey")


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every node of a definition."""
    yield path
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, below in parts:
        yield from places(below, (*path, key))


#: All that YAML can hold, and what is nearly right.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**15),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.just(datetime.date(2003, 5, 19)),
    st.just({"a"}),
    st.sampled_from(["yes", "text", "trained", "{", "{n", "{yes.real}", "{yes[a]}", "{0}", "{n!z}", "exclude item"]),
)
NEARLY = st.sampled_from(
    [
        {"name": "a"},
        {"equals": ["trained", "yes"]},
        {"equals": [["trained"], "yes"]},
        {"in": ["trained", [["yes"]]]},
        {"all": [1]},
        {"not": None},
        {"answered": ["trained"]},
        {"between": ["acceptable_rate", float("nan"), 1]},
        {"list": [{"name": "a", "label": "A"}]},
        [("name", "a")],
    ]
)
VALUES = st.recursive(
    SCALARS | NEARLY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.none() | st.integers(), inner),
    max_leaves=4,
)
CHANGES = st.sampled_from(["replace", "remove", "double"])


def changed(path: tuple[Any, ...], change: str, value: Any) -> Any:
    """The partner survey with one node replaced, removed, or given twice."""
    if not path:
        return value
    root = node = copy.copy(SHIPPED)
    for key in path[:-1]:
        node[key] = copy.copy(node[key])
        node = node[key]
    if change == "replace":
        node[path[-1]] = value
    elif change == "remove":
        del node[path[-1]]
    elif isinstance(node, list):
        node.append(node[path[-1]])
    return root


sizes = pytest.mark.parametrize("size", [150, pytest.param(10_000, marks=pytest.mark.full)])


def examples(size: int) -> settings:
    return settings(max_examples=size, derandomize=size < 1000, deadline=None, database=None)


@sizes
def test_any_value_anywhere_is_either_meant_or_told(size: int) -> None:
    @examples(size)
    @given(st.sampled_from(list(places(SHIPPED))), CHANGES, VALUES)
    @example((), "replace", None)
    @example(("sections", 0, "items"), "replace", "x")
    @example(("sections", 1, "items"), "replace", None)
    @example(("choice_lists",), "replace", None)
    @example(("code_frames",), "replace", 3)
    @example(("rules",), "replace", "x")
    @example(("rules",), "replace", None)
    @example(("checks",), "replace", "x")
    @example(("checks",), "replace", None)
    @example(("report",), "replace", "x")
    @example(("report",), "replace", None)
    @example(("corrections",), "replace", "x")
    @example(("corrections",), "replace", None)
    @example(("country",), "replace", ["country"])
    @example(("person",), "replace", {})
    @example(("title",), "replace", True)
    @example(("report", 0, "sentence"), "replace", 3)
    @example(("report", 0, "title"), "replace", None)
    @example(("corrections", 0, "why"), "replace", {1: 2})
    @example(("sections", 1, "letter"), "replace", 7)
    @example(("sections", 1, "items", 1, "constraint", "between", 2), "replace", float("inf"))
    def property_(path: tuple[Any, ...], change: str, value: Any) -> None:
        try:
            questionnaire = read_questionnaire(changed(path, change, value))
        except DefinitionError:
            return
        assert_usable(questionnaire, changed(path, change, value))

    property_()


def assert_usable(q: Questionnaire, raw: Any) -> None:
    """A definition that was accepted can be served: all its words are text, and it can be kept as it is."""
    assert all(isinstance(text, str) and text for text in english_strings(raw).values())
    assert json.loads(json.dumps(q.structure, allow_nan=False)) == q.structure
    assert all(
        isinstance(line.title, str) and line.sentence.format_map(dict.fromkeys(checking.FIGURES, ""))
        for line in q.report
    )
    for item in q.items.values():
        assert isinstance(item.unit, str)
        assert item.type in ("text", "date", "integer", "decimal") or item.codes
    assert all(isinstance(text, str) for correction in q.corrections for text in correction.values())
    q.asked({})
    assert q.numbered


@pytest.mark.parametrize("size", [25, pytest.param(2_000, marks=pytest.mark.full)])
def test_any_damage_to_the_file_is_told_or_harmless(shelf: Path, size: int) -> None:
    whole = MARKET.encode()
    file = shelf / "market" / "questionnaire.yaml"

    @examples(size)
    @given(
        st.integers(0, len(whole)), st.integers(0, 30), st.binary(max_size=4) | st.sampled_from([b"{", b": ", b"\n"])
    )
    def property_(start: int, length: int, instead: bytes) -> None:
        file.write_bytes(whole[:start] + instead + whole[start + length :])
        with contextlib.suppress(DefinitionError):
            load_questionnaire("market")

    property_()


# Conditions ---------------------------------------------------------------------------------------------------------

STALL, NO_STALL = Given(codes=frozenset({"yes"})), Given(codes=frozenset({"no"}))


@pytest.mark.parametrize(
    ("condition", "given_", "value"),
    [
        ('{equals: [stall, "yes"]}', STALL, True),
        ('{equals: [stall, "yes"]}', NO_STALL, False),
        ('{equals: [stall, "yes"]}', Given(), None),
        ('{in: [stall, ["yes", "perhaps"]]}', STALL, True),
        ('{in: [stall, ["perhaps"]]}', STALL, False),
        ('{in: [stall, ["perhaps"]]}', Given(), None),
        ('{equals: [stall, "yes"]}', Given(codes=frozenset({"yes", "no"})), True),
        ("{between: [stall, 0, 5]}", Given(number=0), True),
        ("{between: [stall, 0, 5]}", Given(number=5), True),
        ("{between: [stall, 0, 5]}", Given(number=5.5), False),
        ("{between: [stall, 0, 5]}", Given(), None),
        ("{between: [stall, 0, 5]}", STALL, False),
        ("{answered: stall}", STALL, True),
        ("{answered: stall}", Given(number=0), True),
        ("{answered: stall}", Given(text="a"), True),
        ("{answered: stall}", Given(), False),
        ('{equals: [stall, "yes"]}', Given(text="yes"), False),
    ],
)
def test_a_comparison_with_an_empty_answer_is_unknown(condition: str, given_: Given, value: bool | None) -> None:
    assert conditions.truth(yaml.safe_load(condition), {"stall": given_}) is value


#: A condition for each truth value, of answers in which only `a` was answered, with "yes".
TRUTHS: dict[bool | None, Any] = {
    True: {"equals": ["a", "yes"]},
    False: {"equals": ["a", "no"]},
    None: {"equals": ["b", "yes"]},
}


@pytest.mark.parametrize(("one", "other"), list(product(TRUTHS, TRUTHS)))
def test_unknown_spreads_unless_the_rest_decides(one: bool | None, other: bool | None) -> None:
    answers = {"a": STALL}
    order: list[bool | None] = [False, None, True]
    parts = [TRUTHS[one], TRUTHS[other]]

    assert conditions.truth({"all": parts}, answers) is min(one, other, key=order.index)
    assert conditions.truth({"any": parts}, answers) is max(one, other, key=order.index)
    assert conditions.truth({"not": parts[0]}, answers) is order[2 - order.index(one)]
    assert conditions.holds({"all": parts}, answers) is (one is True and other is True)


@pytest.mark.parametrize(("one", "other"), list(product([*TRUTHS, "open"], repeat=2)))
@pytest.mark.parametrize("word", ["all", "any"])
def test_what_is_left_of_a_condition_has_the_truth_of_the_whole(word: str, one: Any, other: Any) -> None:
    known = {"a": STALL, "b": Given()}
    parts = TRUTHS | {"open": {"equals": ["c", "yes"]}}
    for whole in ({word: [parts[one], parts[other]]}, {"not": {word: [parts[other], {"not": parts[one]}]}}):
        left = conditions.reduced(whole, known)
        for c in (Given(), STALL, Given(codes=frozenset({"no"}))):
            expected = conditions.truth(whole, known | {"c": c})
            assert (conditions.truth(left, {"c": c}) if isinstance(left, dict) else left) is expected
            assert not (conditions.never(left, known) and expected is True)


def test_no_condition_always_holds_and_an_unknown_one_does_not() -> None:
    assert conditions.holds(None, {})
    assert not conditions.holds({"equals": ["stall", "yes"]}, {})
    assert not conditions.holds({"not": {"equals": ["stall", "yes"]}}, {})


# Routing ------------------------------------------------------------------------------------------------------------

PARTNER = load_questionnaire("partner_survey")
FOLLOW_UPS = {name for name, item in PARTNER.items.items() if item.relevant}


def chosen(**codes: str) -> dict[str, Given]:
    return {name: Given(codes=frozenset({code})) for name, code in codes.items()}


@pytest.mark.parametrize(
    ("answers", "opened"),
    [
        ({}, set()),
        ({"trained": "no"}, set()),
        ({"trained": "yes"}, {"trained_times", "trained_by", "training_useful", "applying"}),
        (
            {"trained": "yes", "applying": "no"},
            {"trained_times", "trained_by", "training_useful", "applying", "applying_why_not", "expect_to_use"},
        ),
        (
            {"trained": "yes", "applying": "no", "expect_to_use": "yes"},
            {
                "trained_times",
                "trained_by",
                "training_useful",
                "applying",
                "applying_why_not",
                "expect_to_use",
                "how_soon",
            },
        ),
        (
            {"trained": "yes", "applying": "yes", "expect_to_use": "yes"},
            {"trained_times", "trained_by", "training_useful", "applying"},
        ),
        ({"trained": "no", "applying": "no", "expect_to_use": "yes"}, set()),
        ({"applying": "no"}, set()),
        ({"country": "other"}, {"country_other"}),
        ({"country": "thailand"}, set()),
        ({"activities": "other"}, {"activities_other"}),
        ({"research_other": "yes"}, {"research_subject", "research_date"}),
        ({"evaluated": "yes"}, {"evaluated_when", "evaluated_by"}),
        ({"evaluated": "na"}, set()),
        ({"guidelines": "yes"}, {"guidelines_which"}),
        ({"retrafficking_rate": "yes"}, {"acceptable_rate"}),
        ({"retrafficking_rate": "no"}, set()),
        ({"attended": "yes"}, {"meeting_useful", "meeting_interesting"}),
    ],
)
def test_follow_ups_are_asked_only_after_the_answers_that_open_them(answers: dict[str, str], opened: set[str]) -> None:
    assert PARTNER.asked(chosen(**answers)) & FOLLOW_UPS == opened


GIVENS = st.fixed_dictionaries(
    {},
    optional={
        name: st.frozensets(st.sampled_from(item.codes), max_size=2).map(lambda codes: Given(codes=codes))
        if item.codes
        else st.sampled_from([Given(), Given(text="x"), Given(number=1)])
        for name, item in PARTNER.items.items()
    },
)


@pytest.mark.parametrize("size", [100, pytest.param(5_000, marks=pytest.mark.full)])
def test_an_answer_to_what_was_not_asked_changes_nothing_that_is_asked(size: int) -> None:
    @examples(size)
    @given(GIVENS)
    def property_(answers: dict[str, Given]) -> None:
        asked = PARTNER.asked(answers)
        assert asked >= PARTNER.items.keys() - FOLLOW_UPS
        assert PARTNER.asked({name: given_ for name, given_ in answers.items() if name in asked}) == asked

    property_()


WAVES = {
    "first": {"equals": ["wave", "pre"]},
    "later": {"in": ["wave", ["post", "follow-up"]]},
    "why": {"all": [{"equals": ["wave", "post"]}, {"equals": ["stall", "no"]}]},
    "which": {"equals": ["later", "yes"]},
}


@pytest.mark.parametrize(
    ("wave", "shown"),
    [
        ("pre", {"first"}),
        ("post", {"later", "why", "which"}),
        ("follow-up", {"later", "which"}),
        (None, set()),
    ],
)
def test_a_wave_shows_only_what_it_asks(wave: str | None, shown: set[str]) -> None:
    """A question of another wave is not shown, nor one that only its answer could open."""
    raw = market()
    raw["sections"].append(
        {
            "name": "waves",
            "label": "Waves",
            "items": [
                {"name": name, "number": name, "type": "select_one", "choices": "yes_no", "label": name}
                | {"relevant": when}
                for name, when in WAVES.items()
            ],
        }
    )
    whole = read_questionnaire(raw)
    asked = whole.as_asked(wave)

    assert asked.items.keys() & WAVES.keys() == shown
    assert asked.items.keys() - WAVES.keys() == whole.items.keys() - WAVES.keys()
    assert ("waves" in {section.name for section in asked.sections}) == bool(shown)
    if "why" in shown:
        assert asked.items["why"].relevant == {"equals": ["stall", "no"]}
        assert asked.items["later"].relevant is None


def test_what_waves_do_not_touch_is_shown_as_it_is() -> None:
    assert PARTNER.as_asked("post") is PARTNER


# What is shipped ----------------------------------------------------------------------------------------------------


def test_the_partner_survey_asks_all_of_the_2003_form() -> None:
    numbers = [item.number for item in PARTNER.items.values()]
    parts = "6 other,9 times,9 by whom,11 why,12 how soon,13 explain,14f other,16 subject,16 date,20 when,20 by whom"
    parts += ",21a body,21b body,23 reference,28 rate,meeting attended,meeting useful,meeting interesting"

    whole = [number for number in numbers if " " not in number]
    assert whole == [str(n) for n in range(1, 17)] + ["17a", "17b", "18", "19", "20", "21a", "21b"] + [
        str(n) for n in range(22, 30)
    ]
    assert set(parts.split(",")) == set(numbers) - set(whole)
    assert [section.letter for section in PARTNER.sections] == ["A", "B", "C", "D", "E", "F", "G", ""]
    assert [v.number for v in PARTNER.variables.values() if v.choice] == [f"14{letter}" for letter in "abcdef"]


def test_each_choice_list_has_the_order_of_the_questionnaire_in_every_language() -> None:
    assert PARTNER.items["country"].codes == ("cambodia", "lao_pdr", "myanmar", "thailand", "viet_nam", "other")
    for item in PARTNER.items.values():
        if item.scale:
            assert item.codes == ("0", "1", "2", "3", "4")


def test_not_applicable_is_offered_where_the_printed_form_offers_it() -> None:
    offering = {item.number for item in PARTNER.items.values() if item.missing_codes}

    assert offering == {"17a", "17b", "18", "19", "20"}


def test_nothing_is_required_of_a_respondent() -> None:
    assert not any("required" in item for section in SHIPPED["sections"] for item in section["items"])
    assert PARTNER.asked({}) >= PARTNER.items.keys() - FOLLOW_UPS


def test_every_mended_word_of_the_printed_form_is_listed() -> None:
    corrected = {correction["item"] for correction in PARTNER.corrections}

    assert {"general", "expect_to_use", "coordination_national", "coordination_regional"} <= corrected
    assert {"retrafficking_rate", "acceptable_rate", "conducive"} <= corrected


def test_a_version_fixes_everything_but_the_words() -> None:
    kept = json.loads(json.dumps(PARTNER.structure))
    again = loading.build(kept)

    assert dataclasses.replace(again, structure=PARTNER.structure) == PARTNER
    shown = {text for text in english_strings(SHIPPED).values() if len(text) > 30}
    fixed = json.dumps({key: kept[key] for key in ("sections", "choice_lists", "rules", "checks")}, ensure_ascii=False)
    assert not [text for text in shown if text in fixed]


def test_a_revision_of_the_wording_does_not_depend_on_who_has_read_it() -> None:
    drafted = Wording("th", {"title": "ก"}, review={"state": "machine-drafted"})

    assert dataclasses.replace(drafted, review={"state": "reviewed"}).digest == drafted.digest
    assert dataclasses.replace(drafted, strings={"title": "ข"}).digest != drafted.digest
