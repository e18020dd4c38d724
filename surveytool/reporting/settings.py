"""What a report is of: as received or valid, which forms, which items in which order, in which language."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from surveytool import as_of
from surveytool.definitions import Questionnaire, ReportLine, Wording
from surveytool.tabulate import EVERYTHING, RECEIVED, VALID, Filter

#: How many answers in words are quoted of an item, and how many at most.
QUOTES, MOST_QUOTES = 3, 20
#: The plan that follows the form, with the headings of its sections; every questionnaire has it.
FORM_ORDER = "form"


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen for a report."""

    #: Which forms, and as of which decisions.
    where: Filter = EVERYTHING
    #: The name of a plan of the questionnaire, FORM_ORDER, or "" for the first there is.
    plan: str = ""
    #: These items alone, in this order, by number; empty means what the plan has.
    items: tuple[str, ...] = ()
    #: The language of questions and choices, and of the translations that are quoted.
    language: str = "en"
    #: How many answers in words are quoted of each item that is quoted at all.
    quotes: int = QUOTES

    @property
    def stand(self) -> str:
        """As valid, as received, or the moment in ISO 8601 that it is as of."""
        stand = self.where.stand
        return stand.isoformat() if isinstance(stand, datetime.datetime) else stand

    def as_data(self) -> dict[str, Any]:
        """Return the settings as plain data, for bundles and addresses of long work."""
        where = self.where
        return {
            "as": self.stand,
            "countries": list(where.countries),
            "languages": list(where.languages),
            "modes": list(where.modes),
            "kinds": list(where.kinds),
            "direct_partner": where.direct_partner,
            "organisations": list(where.organisations),
            "answers": [list(pair) for pair in where.answers],
            "plan": self.plan,
            "items": list(self.items),
            "language": self.language,
            "quotes": self.quotes,
        }


def from_data(data: Mapping[str, Any]) -> Settings:
    """Return settings from plain data. Raises KeyError or ValueError for data that are no settings."""
    where = Filter(
        countries=tuple(data["countries"]),
        languages=tuple(data["languages"]),
        modes=tuple(data["modes"]),
        kinds=tuple(data["kinds"]),
        direct_partner=data["direct_partner"],
        organisations=tuple(data["organisations"]),
        answers=tuple((str(variable), str(code)) for variable, code in data["answers"]),
        stand=_stand(data["as"]),
    )
    return Settings(where, data["plan"], tuple(data["items"]), data["language"], int(data["quotes"]))


def _stand(text: str) -> str | datetime.datetime:
    """Return which decisions are meant: valid, received, or a moment. Raises ValueError."""
    return text if text in (VALID, RECEIVED) else datetime.datetime.fromisoformat(text)


def as_words(stand: str | datetime.datetime, zone: str) -> str:
    """Return what figures rest on, in one sentence."""
    if stand == RECEIVED:
        return (
            "Figures are as received: of every form that came, whatever was judged of it since; no form and no answer "
            "is left out."
        )
    if isinstance(stand, datetime.datetime):
        return f"Figures are {as_of.named(stand, zone)}. {as_of.explained(stand, zone)}"
    return (
        "Figures are as validated: forms and answers that were excluded, by a rule or by a person, each with a reason, "
        "are not counted; nothing was deleted. Forms that are flagged and not decided count."
    )


def plans(q: Questionnaire, english: Wording) -> dict[str, str]:
    """Return the plans a report can follow, by name with what each is called; the first is the usual one."""
    return {plan.name: plan.title for plan in q.report_plans} | {FORM_ORDER: "In the order of the form"}


def sections(q: Questionnaire, settings: Settings, wording: Wording) -> list[tuple[str, list[ReportLine]]]:
    """Return the parts of the report: a heading ("" for none) and its lines, in order; empty parts are left out."""
    lines = {line.number: line for line in q.report}
    if settings.items:
        return [("", [lines[number] for number in settings.items if number in lines])]
    found = [(title, [lines[n] for n in numbers if n in lines]) for title, numbers in _parts(q, settings.plan, wording)]
    return [(title, part) for title, part in found if part]


def _parts(q: Questionnaire, name: str, wording: Wording) -> list[tuple[str, list[str]]]:
    planned = {plan.name: plan for plan in q.report_plans}
    plan = planned.get(name) or (q.report_plans[0] if q.report_plans and not name else None)
    if plan:
        return [(part.title, list(part.items)) for part in plan.sections]
    return [
        (
            " ".join(
                word for word in (f"{part.letter}." if part.letter else "", wording[f"sections.{part.name}"]) if word
            ),
            [v.number for v in q.variables.values() if any(v.item is item for item in part.items)],
        )
        for part in q.sections
    ]


def without_organisations(settings: Settings) -> Settings:
    """Return settings whose filter names no organisation: a bundle holds the chosen forms alone and no such ids."""
    return replace(settings, where=replace(settings.where, organisations=()))


def fault(q: Questionnaire, languages: tuple[str, ...], settings: Settings) -> str:
    """Return what cannot be reported, in one line that says what there is; "" when all can."""
    names = [plan.name for plan in q.report_plans] + [FORM_ORDER]
    if settings.plan and settings.plan not in names:
        return f"There is no plan '{settings.plan}'. Plans: {', '.join(names)}."
    if settings.language not in languages:
        return f"There is no wording in '{settings.language}'. Languages: {', '.join(languages)}."
    lines = [line.number for line in q.report]
    if unknown := [number for number in settings.items if number not in lines]:
        return f"The report has no item '{unknown[0]}'. Items: {', '.join(lines)}."
    if not 0 <= settings.quotes <= MOST_QUOTES:
        return f"From 0 to {MOST_QUOTES} answers can be quoted of each item."
    return ""
