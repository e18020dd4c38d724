"""Questionnaires as data: what is asked, when, by which rules, in which words.

Standard library and YAML only; nothing here knows a database or a web request.
"""

from surveytool.definitions.conditions import Given, holds
from surveytool.definitions.loading import load_questionnaire, questionnaire_names, read_questionnaire
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
    Variable,
)
from surveytool.definitions.wording import Wording, digest_of, load_wordings

__all__ = [
    "Check",
    "Choice",
    "Code",
    "CodeFrame",
    "DefinitionError",
    "Given",
    "Item",
    "Problem",
    "Questionnaire",
    "ReportLine",
    "ReportPlan",
    "ReportSection",
    "Rule",
    "Section",
    "Variable",
    "Wording",
    "digest_of",
    "holds",
    "load_questionnaire",
    "load_wordings",
    "questionnaire_names",
    "read_questionnaire",
]
