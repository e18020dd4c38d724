"""What report is asked for: all of it stands in the address, so that it survives a reload and can be passed on."""

from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from surveytool import reporting
from surveytool.audit_log import REASON
from surveytool.definitions import Questionnaire
from surveytool.reporting import Settings
from surveytool.reporting.frozen import TITLE
from surveytool.tabulate import Filter


def read(
    asked: MultiDict[str, str], where: Filter, q: Questionnaire, languages: tuple[str, ...]
) -> tuple[Settings, str]:
    """Return what report is asked for, and what is wrong with it ("" for nothing); what is wrong is left out."""
    faults = []
    settings = Settings(where)
    for change in _changes(asked):
        wanted = replace(settings, **change)
        fault = reporting.fault(q, languages, wanted)
        faults += [fault] if fault else []
        settings = settings if fault else wanted
    return settings, " ".join(faults)


def _changes(asked: MultiDict[str, str]) -> list[dict[str, Any]]:
    items = tuple(each.strip() for each in asked.get("items", "").split(",") if each.strip())
    quotes = asked.get("quotes", reporting.QUOTES, type=int)
    return [
        {"plan": asked.get("plan", "")},
        {"language": asked.get("in") or "en"},
        {"items": items},
        {"quotes": quotes},
    ]


def title_fault(title: str) -> str:
    """Return what is wrong with the title of a frozen report, or ""."""
    return "" if 1 <= len(title) <= TITLE else f"Please give it a title of 1 to {TITLE} characters."


def reason_fault(reason: str) -> str:
    """Return what is wrong with a reason for deleting a frozen report, or ""."""
    low, high = REASON
    return "" if low <= len(reason) <= high else f"Please say why, in {low} to {high} characters; nothing was deleted."
