"""Takes in sealed forms: sent by a shared tablet, or saved to a file on a device and handed to an evaluator.

A form goes the same way as one sent: under the identifier the device gave it, so that it is stored once, however often
and by whatever ways it comes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveytool import intake
from surveytool.devices import read_device, read_seconds
from surveytool.models import Collection
from surveytool.reading import STEERING
from surveytool.sealing import Damaged, open_, read

#: What a device may call a form.
SUBMISSION = r"[0-9a-fA-F-]{8,64}"
#: The most fields of a form; no questionnaire has a fifth of that, and reading very many takes a server's time.
MOST_FIELDS = 2000


@dataclass(frozen=True)
class Taken:
    """What became of a sealed form."""

    submission: str
    outcome: intake.Outcome


def take(file: bytes, collection: Collection, *, live: bool) -> Taken:
    """Open a sealed form of a collection and take it in, in one transaction.

    `live` means that the device itself sends it at this moment. Nobody can be asked about what it says, so that what
    cannot be read is kept aside. Raises SealError.
    """
    said = open_(read(file), collection)
    submission, language, fields = said.get("submission"), said.get("language"), said.get("fields")
    served = {each.language for each in collection.wordings}
    if not isinstance(submission, str) or not re.fullmatch(SUBMISSION, submission) or language not in served:
        raise Damaged("The file does not say which form it is; it was not saved by the form of this server.")
    outcome = intake.receive(
        collection,
        _sent(fields),
        submission=submission,
        language=str(language),
        wave=collection.wave,
        wording=str(said.get("wording") or "")[:64],
        device=read_device(_mapping(said.get("device")), live=live),
        seconds=read_seconds(_mapping(said.get("device"))),
        unattended=True,
        unfinished=bool(said.get("unfinished")),
    )
    return Taken(submission, outcome)


def _mapping(given: Any) -> Mapping[str, Any] | None:
    return given if isinstance(given, Mapping) else None


def _sent(fields: Any) -> dict[str, list[str]]:
    """Return the fields of a form, as a browser would have sent them. Raises Damaged."""
    right = isinstance(fields, list) and len(fields) <= MOST_FIELDS
    if not right or not all(isinstance(pair, list) and len(pair) == 2 and all(map(_text, pair)) for pair in fields):
        raise Damaged("The answers in the file cannot be read; it was not saved by the form of this server.")
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        if name not in STEERING:
            sent.setdefault(name, []).append(value)
    return sent


def _text(value: Any) -> bool:
    return isinstance(value, str)


def response_id(outcome: intake.Outcome) -> int | None:
    """Return the number of the form that a sealed form became, or None."""
    return outcome.response.id if isinstance(outcome, intake.Kept) else None


def in_words(outcome: intake.Outcome) -> str:
    """Return what became of a sealed form, in words for staff."""
    if isinstance(outcome, intake.Kept):
        return "It was here already." if outcome.again else "Taken in."
    if isinstance(outcome, intake.Aside):
        return f"Kept aside. {outcome.reason}"
    return "Who sent it has withdrawn it; nothing of it was kept."
