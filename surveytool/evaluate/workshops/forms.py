"""Which workshops the address asks for."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from surveytool.appraising import COMPOSITE
from surveytool.models import AUDIENCES, Workshop


@dataclass(frozen=True)
class Chosen:
    """Which workshops are shown; empty means all."""

    countries: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    topic: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    #: The competency compared, or the mean of all.
    of: str = COMPOSITE
    synthetic: bool = False

    def keeps(self, workshop: Workshop) -> bool:
        """Say whether a workshop is among those asked for."""
        return (
            (not self.countries or workshop.country in self.countries)
            and (not self.audiences or workshop.audience in self.audiences)
            and (not self.topic or workshop.topic == self.topic)
            and (self.since is None or workshop.starts_on >= self.since)
            and (self.until is None or workshop.starts_on <= self.until)
        )


def asked(countries: Sequence[str], competencies: Mapping[str, str], *, real: bool) -> tuple[Chosen, list[str]]:
    """Return what the address asks for, and what in it is not known; made-up workshops where there are no real ones."""
    unknown: list[str] = []
    known = {"country": tuple(countries), "audience": AUDIENCES}
    found = {}
    for name, codes in known.items():
        sent = request.args.getlist(name)
        unknown += [code for code in sent if code not in codes]
        found[name] = tuple(code for code in codes if code in sent)
    of = request.args.get("of", COMPOSITE)
    if of not in (COMPOSITE, *competencies):
        unknown.append(of)
        of = COMPOSITE
    since, until = (_day(name, unknown) for name in ("since", "until"))
    synthetic = "synthetic" in request.args or not real
    topic = request.args.get("topic", "")
    return Chosen(found["country"], found["audience"], topic, since, until, of, synthetic), unknown


def _day(name: str, unknown: list[str]) -> datetime.date | None:
    typed = request.args.get(name, "").strip()
    try:
        return datetime.date.fromisoformat(typed) if typed else None
    except ValueError:
        unknown.append(typed)
        return None
