"""Which decisions results rest on (as received, as validated, as of a moment): read from text, and said in words."""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from surveytool.models.base import now
from surveytool.tabulate import RECEIVED, VALID

#: What stands in a form for a moment that another field names.
MOMENT = "moment"
HOW = "Write 'received', 'valid', or a day or moment such as 2026-11-26 or 2026-11-26T14:30."
_LAST = datetime.time.max

Stand = str | datetime.datetime


class StandError(ValueError):
    """What was typed names no decisions; the message says why in one line."""


def read(typed: str, zone: str) -> Stand:
    """Return what results rest on: a day alone means its end, in the zone of the collection. Raises StandError."""
    if typed in ("", VALID, RECEIVED):
        return typed or VALID
    try:
        found = datetime.datetime.fromisoformat(typed)
        day = datetime.date.fromisoformat(typed) if "T" not in typed and len(typed) <= 10 else None
        local = datetime.datetime.combine(day, _LAST) if day else found
        moment = (local if local.tzinfo else local.replace(tzinfo=_zone(zone))).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise StandError(f"'{typed[:40]}' is no such moment. {HOW}") from None
    if moment > _end_of_today(zone):
        raise StandError(f"{typed[:40]} has not come yet. {HOW}")
    return moment


def written(stand: Stand, zone: str) -> str:
    """Return what has to stand in an address or a command for the same; "" for what is usual."""
    if isinstance(stand, str):
        return "" if stand == VALID else stand
    local = stand.astimezone(_zone(zone))
    if local.time() == _LAST:
        return local.date().isoformat()
    return local.replace(tzinfo=None).isoformat(timespec="seconds" if local.second else "minutes")


def named(stand: Stand, zone: str) -> str:
    """Return what results rest on, in a few words."""
    if isinstance(stand, str):
        return "as received" if stand == RECEIVED else "as validated"
    local = stand.astimezone(_zone(zone))
    day = f"{local.day} {local:%B} {local.year}"
    when = f"the end of {day}" if local.time() == _LAST else f"{day}, {written(stand, zone).partition('T')[2]}"
    return f"as of {when} ({_zone(zone).key})"


def explained(stand: Stand, zone: str) -> str:
    """Return what that means, in a sentence."""
    if stand == RECEIVED:
        return "Everything that was sent counts: no form and no answer is left out, whoever judged it."
    if stand == VALID:
        return "What rules and evaluators decided is applied; what is flagged and not decided counts."
    when = named(stand, zone).removeprefix("as of ")
    return f"Only forms that had come by then count, by the decisions in force then: {when}."


@dataclass(frozen=True)
class Shown:
    """Which decisions a page rests on, as it says so and lets one choose."""

    #: As an address has it.
    as_: str
    named: str
    explained: str
    zone: str

    @property
    def typed(self) -> str:
        """The moment, as it was typed; "" where results rest on none."""
        return "" if self.as_ in (VALID, RECEIVED) else self.as_


def shown(stand: Stand, zone: str) -> Shown:
    """Return what a page says of the decisions it rests on."""
    as_ = written(stand, zone) or VALID
    return Shown(as_, named(stand, zone), explained(stand, zone), _zone(zone).key)


def _end_of_today(zone: str) -> datetime.datetime:
    return datetime.datetime.combine(now().astimezone(_zone(zone)), _LAST, _zone(zone))


def _zone(name: str) -> ZoneInfo:
    """Return a time zone; UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
