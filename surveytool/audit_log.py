"""Writes the audit log, each entry sealed over the one before it, and finds what was done to it since."""

import datetime
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import insert, select, update

from surveytool.models import LogEntry, LogHead, db
from surveytool.models.base import now

COMMAND_LINE = "command line"
#: What is longer is cut; ids and reasons are short.
LIMITS = {"who": 255, "what": 40, "about": 255, "why": 2000}
#: The shortest and the longest reason that a person gives for a deed.
REASON = (10, 500)


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries there are, and the last one's seal; written into backups and exports."""

    count: int
    seal: str


def record(who: str, what: str, about: str = "", why: str = "") -> None:
    """Add an entry, in the caller's transaction, which the caller commits.

    `what` is a verb phrase ("looked at identity"), `about` an id or code ("response 12"), `why` the reason a person
    gave. Answers and names never come here.
    """
    words = {"who": who, "what": what, "about": about, "why": why}
    words = {name: _one_line(text)[: LIMITS[name]] for name, text in words.items()}
    # The row is written first and read after: whoever comes second waits here, and then reads what the first one left.
    if not db.session.execute(update(LogHead).values(count=LogHead.count + 1)).rowcount:  # type: ignore[attr-defined]
        db.session.execute(insert(LogHead).values(id=1, count=1, seal=""))
    number, before = db.session.execute(select(LogHead.count, LogHead.seal)).one()
    at = now()
    seal = _seal(before, number, at, **words)
    db.session.execute(insert(LogEntry).values(number=number, at=at, seal=seal, **words))
    db.session.execute(update(LogHead).values(seal=seal))


def head() -> Head:
    """Return how many entries there are and the last seal; no entries and "" while nothing was ever done."""
    found = db.session.execute(select(LogHead.count, LogHead.seal)).first()
    return Head(*found) if found else Head(0, "")


def faults(known: Head | None = None) -> Iterator[str]:
    """Yield what is wrong with the log, in plain words; nothing when it is whole.

    `known` is a head written down earlier, in a backup or an export: the log must still have that entry, so that a
    log which was cut off at its end, head and all, is found out too.
    """
    before, number, reached = "", 0, None
    for entry in db.session.scalars(select(LogEntry).order_by(LogEntry.number).execution_options(yield_per=1000)):
        number += 1
        if entry.number != number:
            missing = (
                f"Entry {number} is" if entry.number == number + 1 else f"Entries {number} to {entry.number - 1} are"
            )
            yield f"{missing} missing."
            number = entry.number
            before = entry.seal
            continue
        expected = _seal(before, number, entry.at, who=entry.who, what=entry.what, about=entry.about, why=entry.why)
        if not hmac.compare_digest(expected, entry.seal):
            yield f"Entry {number} was changed, or stands in another's place."
        before = entry.seal
        if known and number == known.count:
            reached = before
    now_head = head()
    if (now_head.count, now_head.seal) != (number, before):
        yield f"The log ends at entry {number}, but {now_head.count} were written."
    if known and known.count and reached != known.seal:
        ends = f"ends at entry {number}" if number < known.count else f"has another entry {known.count}"
        yield f"The log {ends}; the earlier copy has entry {known.count} with the seal {known.seal[:12]}…"


def begun_here() -> bool:
    """Say whether the log is empty, or its first entry was sealed with this instance's key."""
    first = db.session.get(LogEntry, 1)
    if first is None:
        return True
    made = _seal("", 1, first.at, who=first.who, what=first.what, about=first.about, why=first.why)
    return hmac.compare_digest(made, first.seal)


def _seal(before: str, number: int, at: datetime.datetime, **words: str) -> str:
    """Return the HMAC over an entry and the seal before it (HMAC-SHA-256, RFC 2104, over canonical JSON)."""
    moment = at.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    message = json.dumps([before, number, moment, words], sort_keys=True, ensure_ascii=False)
    return hmac.new(current_app.config["AUDIT_KEY"].encode(), message.encode(), hashlib.sha256).hexdigest()


def _one_line(text: str) -> str:
    """Return the text on one line: a reason must not be able to look like another entry."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
