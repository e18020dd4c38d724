"""Reads a questionnaire file and builds the questionnaire, or reports everything that is wrong with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surveytool.definitions.checking import meaning_problems, shape_problems, usable
from surveytool.definitions.problems import DefinitionError, Problem
from surveytool.definitions.questionnaire import (
    Check,
    Choice,
    Code,
    CodeFrame,
    Item,
    Questionnaire,
    ReportLine,
    ReportPlan,
    ReportSection,
    Rule,
    Section,
)
from surveytool.definitions.wording import without_words
from surveytool.definitions.yaml_file import read_yaml
from surveytool.places import QUESTIONNAIRES


def questionnaire_folder(name: str) -> Path:
    """Return the folder of a shipped questionnaire, wherever the package is installed."""
    return QUESTIONNAIRES / name


def questionnaire_names() -> list[str]:
    """Return the names of the questionnaires shipped."""
    return sorted(file.parent.name for file in QUESTIONNAIRES.glob("*/questionnaire.yaml"))


def read_raw(name: str) -> Any:
    """Return the questionnaire file of a shipped questionnaire as data. Raises DefinitionError."""
    file = questionnaire_folder(name) / "questionnaire.yaml"
    if not file.is_file():
        known = ", ".join(questionnaire_names())
        raise DefinitionError([Problem("no-file", name, "there is no such questionnaire", f"Use one of: {known}")])
    return read_yaml(file)


def load_questionnaire(name: str) -> Questionnaire:
    """Return a shipped questionnaire by name. Raises DefinitionError with every problem it has."""
    return read_questionnaire(read_raw(name))


def read_questionnaire(raw: Mapping[str, Any]) -> Questionnaire:
    """Build a questionnaire from a definition with its English words. Raises DefinitionError."""
    problems = list(shape_problems(raw))
    if not isinstance(raw, Mapping):
        raise DefinitionError(problems)
    questionnaire = build(without_words(usable(raw) if problems else raw))
    problems += meaning_problems(questionnaire)
    if problems:
        raise DefinitionError(problems)
    return questionnaire


def build(structure: Mapping[str, Any]) -> Questionnaire:
    """Build a questionnaire from a structure that has been checked, such as a snapshot."""
    lists = {
        name: tuple(Choice(**choice) for choice in choices)
        for name, choices in structure.get("choice_lists", {}).items()
    }
    return Questionnaire(
        name=structure["name"],
        version=structure["version"],
        source=structure.get("source", ""),
        languages=tuple(structure["languages"]),
        sections=tuple(
            Section(
                s["name"], s.get("letter", ""), tuple(_item(item, lists) for item in s["items"]), s.get("anchors", "")
            )
            for s in structure["sections"]
        ),
        rules=tuple(Rule(**rule | {"items": tuple(rule.get("items", ()))}) for rule in structure.get("rules", ())),
        checks=tuple(Check(**check) for check in structure.get("checks", ())),
        code_frames=tuple(_frame(name, f) for name, f in structure.get("code_frames", {}).items()),
        report=tuple(ReportLine(**line) for line in structure.get("report", ())),
        report_plans=tuple(_plan(plan) for plan in structure.get("report_plans", ())),
        corrections=tuple(structure.get("corrections", ())),
        country=structure.get("country", ""),
        person=structure.get("person", ""),
        organisation=structure.get("organisation", ""),
        asked_in=structure.get("asked_in", ""),
        smallest_cell=structure.get("smallest_cell", 0),
        filters=tuple(structure.get("filters", ())),
        structure=structure,
    )


def _item(raw: Mapping[str, Any], lists: Mapping[str, tuple[Choice, ...]]) -> Item:
    fields = {key: value for key, value in raw.items() if key != "choices"}
    if "scale" in fields:
        fields["scale"] = tuple(fields["scale"])
    choice_list = raw.get("choices", "")
    return Item(**fields, choices=lists.get(choice_list, ()), choice_list=choice_list)


def _frame(name: str, raw: Mapping[str, Any]) -> CodeFrame:
    codes = tuple(Code(c["name"], c.get("label") or c["name"], c.get("parent")) for c in raw["codes"])
    return CodeFrame(name, raw["label"], codes)


def _plan(raw: Mapping[str, Any]) -> ReportPlan:
    sections = tuple(ReportSection(part["title"], tuple(part["items"])) for part in raw["sections"])
    return ReportPlan(raw["name"], raw["title"], sections)
