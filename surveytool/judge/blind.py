"""A second coder sorts verbatims into codes without seeing the first's; disagreements are settled one by one.

Blind codings are in no tally. Agreement is about what stood before a disagreement was settled: settling changes the
codings that are tallied by a deed like any other, and marks the blind ones with its moment.
"""

import datetime
import random
import re
from collections.abc import Collection as Several
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from surveytool.audit_log import record
from surveytool.judge.coding import BATCH, CodingError, Unit, put
from surveytool.models import BlindCoding, Code, CodeFrame, Coding, LogEntry, Response, db
from surveytool.models.base import Base, now

#: What the audit log calls the beginning of blind coding; the sample is kept there.
BEGAN = "began to code blind"
SETTLED = "settled a disagreement"
#: The seeds there are.
SEEDS = 2**31


@dataclass(frozen=True)
class Sample:
    """Which answers to an item a coder codes blind: all, or some drawn at random, so that anyone can draw them again.

    Forms that came later than the sample was drawn are not in it.
    """

    coder: str
    at: datetime.datetime
    #: How many of how many, with which seed; None for all.
    size: int | None
    of: int
    seed: int | None
    #: The number of the last form among which it was drawn.
    last: int

    def drawn(self, forms: Iterable[int]) -> set[int]:
        """Return which of some forms are in the sample."""
        among = sorted(form for form in forms if form <= self.last)
        if self.size is None:
            return set(among)
        return set(sorted(among, key=lambda form: _ticket(self.seed or 0, form))[: self.size])


def _ticket(seed: int, form: int) -> tuple[float, int]:
    """Return the random number of a form; it does not depend on which other forms there are."""
    return random.Random(f"{seed}:{form}").random(), form


def begin(collection_id: int, variable: str, forms: Several[int], coder: str, size: int | None, seed: int) -> Sample:
    """Begin to code answers blind: all of some forms, or `size` drawn at random. Raises CodingError. Logged."""
    if not forms:
        raise CodingError("There is no answer to code.")
    if size is not None and not 1 <= size <= len(forms):
        raise CodingError(f"Choose from 1 to {len(forms)} answers.")
    if not 0 <= seed < SEEDS:
        raise CodingError(f"A seed is a whole number from 0 to {SEEDS - 1}.")
    drawn = f"{size} of {len(forms)}, seed {seed}" if size is not None else f"all {len(forms)}"
    record(coder, BEGAN, f"{_place(collection_id, variable)}: {drawn}, up to form {max(forms)}")
    return samples(collection_id, variable)[coder]


def samples(collection_id: int, variable: str) -> dict[str, Sample]:
    """Return the sample that each blind coder of an item drew last, from the audit log."""
    place = _place(collection_id, variable)
    query = select(LogEntry).where(LogEntry.what == BEGAN, LogEntry.about.startswith(f"{place}:", autoescape=True))
    found = {}
    for entry in db.session.scalars(query.order_by(LogEntry.number)):
        read = re.search(r": (?:all (\d+)|(\d+) of (\d+), seed (\d+)), up to form (\d+)$", entry.about)
        if read:
            size, seed = (int(read[2]), int(read[4])) if read[2] else (None, None)
            found[entry.who] = Sample(entry.who, entry.at, size, int(read[1] or read[3]), seed, int(read[5]))
    return found


def code(frame: CodeFrame, units: Several[Unit], codes: Several[Code], coder: str) -> int:
    """Note which codes a coder gives verbatims without seeing the first's, or (no codes) that none applies.

    What the coder noted before is withdrawn and kept. Refused, answer by answer, to who gave them codes openly and for
    what is settled. Returns how many verbatims were coded. Raises CodingError.
    """
    if any(each.frame_id != frame.id for each in codes):
        raise CodingError("That code belongs to another code frame.")
    seen = coded_by(units, coder)
    if refused := [unit for unit in units if unit in seen]:
        listed = ", ".join(str(unit.response_id) for unit in sorted(refused)[:10])
        raise CodingError(f"You have coded these answers openly; somebody else has to code them blind: form {listed}.")
    before = [each for each in codings(units) if each.coder == coder]
    if any(each.settled_at for each in before):
        raise CodingError("This is settled already, so your codes stay as they were.")
    moment, ids = now(), sorted({each.id for each in codes})
    given: list[int | None] = [*ids] if ids else [None]
    for each in before:
        each.withdrawn_at = moment
    rows = [
        {"response_id": unit.response_id, "variable": unit.variable, "code_id": id_, "coder": coder, "made_at": moment}
        for unit in sorted(units)
        for id_ in given
    ]
    db.session.flush()
    if rows:
        db.session.execute(insert(Base.metadata.tables["blind_codings"]), rows)
        record(
            coder, "coded answers blind", f"collection {frame.collection_id}, frame {frame.id}: {len(units)} answers"
        )
    return len(units)


def settle(frame: CodeFrame, unit: Unit, codes: Several[Code], by: str, why: str) -> None:
    """Settle a disagreement: let a verbatim have just these codes, for a reason; the blind codings are marked.

    What was settled can be settled anew; agreement goes on being about what stood before the first time. Raises
    CodingError. The caller commits.
    """
    found, moment = codings([unit]), now()
    if not found:
        raise CodingError("Nobody has coded this answer blind.")
    unsettled = [each.id for each in found if each.settled_at is None]
    marked = update(BlindCoding).where(BlindCoding.id.in_(unsettled))
    db.session.execute(marked.values(settled_by=by, settled_at=moment))
    if not put(frame, unit, codes, by, SETTLED, why):
        about = f"collection {frame.collection_id}, frame {frame.id}, response {unit.response_id} {unit.variable}"
        record(by, SETTLED, f"{about}: nothing changed", why)


def codings(units: Several[Unit]) -> list[BlindCoding]:
    """List the blind codings of some verbatims that stand, in order."""
    query = select(BlindCoding).where(BlindCoding.withdrawn_at.is_(None)).order_by(BlindCoding.id)
    found: list[BlindCoding] = []
    for variable, batch in _batches(units):
        these = query.where(BlindCoding.variable == variable, BlindCoding.response_id.in_(batch))
        found += db.session.scalars(these.execution_options(populate_existing=True))
    return found


def of_coder(collection_id: int, variable: str, coder: str) -> dict[int, set[int | None]]:
    """Return the codes that one coder gave blind to answers to an item, by form; None where none applies."""
    query = (
        select(BlindCoding.response_id, BlindCoding.code_id)
        .join(Response, Response.id == BlindCoding.response_id)
        .where(Response.collection_id == collection_id, BlindCoding.variable == variable, BlindCoding.coder == coder)
        .where(BlindCoding.withdrawn_at.is_(None))
    )
    found: dict[int, set[int | None]] = {}
    for form, code_id in db.session.execute(query):
        found.setdefault(form, set()).add(code_id)
    return found


def coded_by(units: Several[Unit], coder: str, until: datetime.datetime | None = None) -> set[Unit]:
    """Return which verbatims a person ever gave a code openly, or had by a moment."""
    found = set()
    for variable, batch in _batches(units):
        query = select(Coding.response_id, Coding.made_by).where(
            Coding.variable == variable, Coding.response_id.in_(batch)
        )
        if until:
            query = query.where(Coding.made_at <= until)
        same = (form for form, maker in db.session.execute(query) if maker.casefold() == coder[:120].casefold())
        found |= {Unit(form, variable) for form in same}
    return found


def _batches(units: Several[Unit]) -> Iterable[tuple[str, list[int]]]:
    for variable in sorted({unit.variable for unit in units}):
        ids = sorted({unit.response_id for unit in units if unit.variable == variable})
        yield from ((variable, ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))


def _place(collection_id: int, variable: str) -> str:
    return f"collection {collection_id}, item {variable}"
