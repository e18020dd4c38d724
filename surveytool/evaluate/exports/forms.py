"""The form that says what is to be taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from surveytool.audit_log import REASON
from surveytool.exporting import FORMATS, SHAPES, VALUES, Wanted
from surveytool.tabulate import Filter

WHICH = ("all", "valid")


@dataclass(frozen=True)
class Choices:
    """What was chosen on the form; what was not chosen is as it first stands there."""

    format: str = "xlsx"
    shape: str = "wide"
    values: str = "codes"
    language: str = "en"
    which: str = "all"
    countries: tuple[str, ...] = ()
    reason: str = ""

    def wanted(self, mine: tuple[str, ...] | None, *, identities: bool) -> Wanted:
        """Return what is to be taken away, within the countries that the person may see (None: all)."""
        return Wanted(
            form=self.format,
            shape=self.shape,
            values=self.values,
            language=self.language,
            only_valid=self.which == "valid",
            where=Filter(self.countries or mine or ()),
            identities=self.reason if identities else "",
        )


def read(sent: MultiDict[str, str], languages: Sequence[str], countries: Sequence[str]) -> tuple[Choices, list[str]]:
    """Return what was chosen, and what was sent that this collection or the person does not have."""
    may: Mapping[str, Sequence[str]] = {
        "format": FORMATS,
        "shape": SHAPES,
        "values": VALUES,
        "language": languages,
        "which": WHICH,
    }
    chosen = {name: sent.get(name, "") for name in may if name in sent}
    unknown = [value for name, value in chosen.items() if value not in may[name]]
    unknown += [country for country in sent.getlist("country") if country not in countries]
    known = {name: value for name, value in chosen.items() if value in may[name]}
    asked = tuple(country for country in countries if country in sent.getlist("country"))
    return Choices(**known, countries=asked, reason=sent.get("reason", "").strip()), unknown


def reason_fault(reason: str) -> str:
    """Return what is wrong with a reason for taking names away, or ""."""
    low, high = REASON
    if low <= len(reason) <= high:
        return ""
    return f"Please say in {low} to {high} characters why you need the names; it goes into the audit log."
