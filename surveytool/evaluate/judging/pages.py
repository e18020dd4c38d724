"""What the page of one form shows."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool.definitions import Questionnaire, Wording
from surveytool.devices import local, zone_words
from surveytool.evaluate.common import Head
from surveytool.evaluate.judging.forms import Deed
from surveytool.evaluate.responses.forms import Asked
from surveytool.judge.affiliations import AS_BEFORE, SAME_NAME
from surveytool.likeness import written_in
from surveytool.models import Affiliation, Judgement, LogEntry, Organisation, Response
from surveytool.retelling import SectionLines


@dataclass(frozen=True)
class HistoryLine:
    """One judgement of a form, and what can be done about it."""

    judgement: Judgement
    maker: str
    #: What it is about, in words: "" for the form, or the number of the item.
    about: str
    #: "withdraw", "renew", or "" where neither would change anything.
    deed: str


@dataclass(frozen=True)
class Related:
    """Another form that this one corrects, or that corrects it."""

    id: int
    #: Whether it is excluded.
    excluded: bool


@dataclass(frozen=True)
class Tied:
    """Which organisation of the register a form is from, as far as anybody knows, and how that is known."""

    #: What the form says; "" where it names none.
    said: str
    #: The language that it is taken to be in.
    language: str
    #: None where nobody knows.
    organisation: Organisation | None = None
    how: str = ""
    made_at: datetime.datetime | None = None


def tied(said: str, language: str, affiliation: Affiliation | None) -> Tied:
    """Return which organisation a form is from, in words."""
    language = written_in(said, language)
    if affiliation is None:
        return Tied(said, language)
    rules = {SAME_NAME: "by its name, by rule", AS_BEFORE: "by rule: a person said so of the version before it"}
    how = rules.get(affiliation.rule or "", f"by {affiliation.made_by}")
    return Tied(said, language, affiliation.organisation, how, affiliation.made_at)


@dataclass(frozen=True)
class ResponsePage:
    """One form: what was answered and judged; who sent it only when asked for with a reason."""

    head: Head
    asked: Asked
    response: Response
    questionnaire: Questionnaire
    english: Wording
    #: The forms before and after it in the list it was opened from.
    before: int | None
    after: int | None
    sections: Sequence[SectionLines]
    history: Sequence[HistoryLine]
    #: Standing judgements that exclude the form, and those that flag it.
    exclusions: Sequence[Judgement]
    flags: Sequence[Judgement]
    #: None where the questionnaire asks for no organisation, or there is no register.
    tied: Tied | None
    corrects: Related | None
    corrected_by: Sequence[Related]
    #: Forms that are excluded as duplicates of this one.
    duplicates: Sequence[int]
    taken_in: LogEntry | None
    country: str
    language: str
    #: What had been judged when this page was made.
    seen: str
    #: What the device said of itself: what it is called, and what was said.
    device: Sequence[tuple[str, str]] = ()
    #: Whether scans of the paper can be looked at.
    scans: bool = False
    #: What identifies the sender, question by question; None until it was asked for, empty when there is nothing.
    identity: Sequence[tuple[str, str]] | None = None
    error: str = ""
    reason: str = ""
    #: A decision that was not carried out, and why not.
    deed: Deed | None = None
    deed_error: str = ""


def device_words(response: Response, zone: str) -> list[tuple[str, str]]:
    """Return what the device of a form said of itself, in words."""
    said = response.device or {}
    lines = []
    if "finished" in said:
        finished = local(datetime.datetime.fromisoformat(said["finished"]), zone)
        lines.append(("Finished on the device", f"{finished:%-d %B %Y, %H:%M} {zone_words(finished)}, by its clock"))
    if "ahead" in said:
        lines.append(("Clock of the device", _ahead(said["ahead"])))
    if names := [said[name] for name in ("zone", "language") if name in said]:
        lines.append(("Device set to", ", ".join(names)))
    if response.seconds is not None:
        lines.append(("Open on the device for", f"{response.seconds // 60} min {response.seconds % 60} s"))
    return lines


#: A difference that sending alone can make.
RIGHT_WITHIN = 60


def _ahead(seconds: int) -> str:
    if abs(seconds) <= RIGHT_WITHIN:
        return "right within a minute"
    minutes = round(abs(seconds) / 60)
    days, rest = divmod(minutes, 24 * 60)
    parts = [f"{days} d"] * bool(days) + [f"{rest // 60} h"] * bool(rest // 60) + [f"{rest % 60} min"]
    return f"{' '.join(parts)} {'ahead of' if seconds > 0 else 'behind'} the server"


def identity_words(
    data: Mapping[str, Mapping[str, str]] | None, q: Questionnaire, english: Wording
) -> list[tuple[str, str]]:
    """Return what identifies the sender of a form: the question and what was written."""
    used = (data or {}).get("used", {})
    return [(english.label(name), text) for name, text in used.items() if text and name in q.items]
