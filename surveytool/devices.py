"""What a device says of itself beside a form: its clock, time zone and language; and moments in a collection's zone."""

import datetime
import json
import zoneinfo
from collections.abc import Mapping
from functools import cache
from typing import Any

from surveytool.models.base import now

#: The longest time zone and language that are kept.
LONGEST = 60
#: A form that was open longer than this says nothing about filling it in.
LONGEST_OPEN = 30 * 24 * 3600
#: The zone of new collections: most of the countries that the survey is for keep its hours.
DEFAULT_ZONE = "Asia/Bangkok"


def read_device(given: str | Mapping[str, Any] | None, *, live: bool = True) -> dict[str, Any] | None:
    """Return what a device said of itself, as far as it makes sense; None for nothing.

    `live` means that it speaks at this moment, so that the server can say how far the device's clock is ahead.
    """
    try:
        said = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, Mapping):
        return None
    kept: dict[str, Any] = {}
    for name in ("clock", "finished"):
        if moment := _moment(said.get(name)):
            kept[name] = moment.isoformat(timespec="seconds")
    for name in ("zone", "language"):
        value = said.get(name)
        if isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable():
            kept[name] = value
    if live and "clock" in kept:
        kept["ahead"] = round((datetime.datetime.fromisoformat(kept["clock"]) - now()).total_seconds())
    elif isinstance(said.get("ahead"), int | float) and abs(said["ahead"]) < 10**10:
        kept["ahead"] = round(said["ahead"])
    return kept or None


def read_seconds(given: str | Mapping[str, Any] | None) -> int | None:
    """Return how long a form was open on the device, in seconds, as the device said; None where it makes no sense."""
    try:
        said = json.loads(given) if isinstance(given, str) else given
        seconds = said.get("seconds") if isinstance(said, Mapping) else None
        whole = int(seconds) if isinstance(seconds, int | float) else -1
    except (ValueError, OverflowError, RecursionError):
        return None
    return whole if 0 <= whole <= LONGEST_OPEN else None


def _moment(given: Any) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(given)
        return moment.astimezone(datetime.UTC) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


# Zones ----------------------------------------------------------------------------------------------------------------


@cache
def zones() -> tuple[str, ...]:
    """Return the time zones that a collection can have, by name."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC"))


def known_zone(zone: str) -> datetime.tzinfo:
    """Return a time zone; UTC where this machine does not know it."""
    try:
        return zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.UTC


def local(moment: datetime.datetime, zone: str) -> datetime.datetime:
    """Return a moment in a time zone."""
    return moment.astimezone(known_zone(zone))


def zone_words(moment: datetime.datetime) -> str:
    """Return what to write behind a moment: UTC, or how far its zone is from it, such as UTC+7."""
    offset = moment.utcoffset() or datetime.timedelta()
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return "UTC" if not minutes else f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
