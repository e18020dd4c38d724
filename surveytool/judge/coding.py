"""People coding verbatims: giving codes, taking them back, moving, merging, undoing; and the code frame itself.

A deed is all codings that were made, and all that were withdrawn, at one moment in one code frame. No coding is ever
changed or deleted, so a deed can be read back from its moment and undone; undoing is a deed like any other.
"""

import datetime
from collections.abc import Collection as Several
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, insert, or_, select, update

from surveytool.audit_log import record
from surveytool.models import Code, CodeFrame, Coding, Collection, Response, db
from surveytool.models.base import Base, now

#: What fits into the columns.
NAME, LABEL, MAKER = 120, 200, 120
#: The codes of a frame that answers a question with yes or no, which figures are made of.
YES_NO = {"yes", "no"}
#: How many things are named in one statement at most.
BATCH = 500


class CodingError(ValueError):
    """What was asked cannot be done; the message says why in one line."""


class Unit(NamedTuple):
    """One verbatim: the answer to one variable on one form."""

    response_id: int
    variable: str


class Given(NamedTuple):
    """One code on one verbatim."""

    unit: Unit
    code_id: int


@dataclass(frozen=True)
class Deed:
    """What was done to codings at one moment; `made` and `withdrawn` may both hold a coding that was made anew."""

    moment: datetime.datetime
    by: str
    made: frozenset[Given]
    withdrawn: frozenset[Given]
    #: The reason that was given, or "".
    why: str = ""


@dataclass(frozen=True)
class Undone:
    """How many verbatims an undoing restored, and how many it left because somebody decided otherwise since."""

    restored: int
    left: int


# Codings --------------------------------------------------------------------------------------------------------------


def give(frame: CodeFrame, units: Iterable[Unit], codes: Several[Code], by: str, why: str = "") -> int:
    """Give codes to verbatims that do not have them; return how many codings were made."""
    _own(frame, codes)
    wanted = {Given(unit, code.id) for unit in units for code in codes}
    made = wanted - _live(frame, {given.unit for given in wanted}).keys()
    return _do(frame, made, {}, by, "gave codes to answers", why)


def take(frame: CodeFrame, units: Iterable[Unit], codes: Several[Code], by: str, why: str) -> int:
    """Take codes back from verbatims that have them; return how many codings were withdrawn."""
    _own(frame, codes)
    ids, units = {code.id for code in codes}, set(units)
    found = {given: id_ for given, id_ in _live(frame, units).items() if given.code_id in ids}
    return _do(frame, set(), found, by, "took codes from answers", why)


def move(frame: CodeFrame, units: Iterable[Unit], code: Code, to: Code, by: str, why: str) -> int:
    """Give verbatims another code in place of one they have, as when a code is split; return how many were moved."""
    _own(frame, (code, to))
    return _move(frame, _live(frame, set(units)), code, to, by, "moved answers to another code", why)


def merge(frame: CodeFrame, code: Code, into: Code, by: str, why: str) -> int:
    """Move every verbatim of a code to another; the empty code stays and can be used again. Raises CodingError."""
    _own(frame, (code, into))
    _open(frame)
    if any(each.parent_id == code.id for each in frame.codes):
        raise CodingError(f"Codes are grouped under “{code.label}”. Take them out of the group before merging it.")
    if not any(given.code_id == code.id for given in _live(frame)):
        raise CodingError(f"No answer is coded as “{code.label}”, so there is nothing to merge.")
    return _move(frame, _live(frame), code, into, by, "merged codes", why)


def _move(frame: CodeFrame, live: dict[Given, int], code: Code, to: Code, by: str, what: str, why: str) -> int:
    if code.id == to.id:
        raise CodingError("Choose two different codes.")
    moved = [given for given in live if given.code_id == code.id]
    made = {Given(given.unit, to.id) for given in moved}
    # A code that was there already is made anew, so that the deed says which verbatims it was about.
    withdrawn = {given: live[given] for given in [*moved, *made] if given in live}
    _do(frame, made, withdrawn, by, what, why)
    return len(moved)


def undo(frame: CodeFrame, deed: Deed, by: str, why: str) -> Undone:
    """Bring every verbatim of a deed back to the codes it had before, unless somebody decided otherwise since."""
    units = {given.unit for given in deed.made | deed.withdrawn}
    live = _live(frame, units)
    as_left = {unit for unit in units if _as_left(deed, unit, live.keys())}
    gone = {given: live[given] for given in deed.made - deed.withdrawn if given.unit in as_left}
    back = {given for given in deed.withdrawn - deed.made if given.unit in as_left}
    _do(frame, back, gone, by, "undid a coding", why, f" (done {deed.moment.isoformat()})")
    return Undone(len(as_left), len(units) - len(as_left))


def _as_left(deed: Deed, unit: Unit, live: Several[Given]) -> bool:
    """Say whether a verbatim still has what a deed gave it, and not what the deed took."""
    made = {given for given in deed.made if given.unit == unit}
    taken = {given for given in deed.withdrawn if given.unit == unit} - made
    return all(given in live for given in made) and not any(given in live for given in taken)


def deeds(
    frame: CodeFrame,
    limit: int,
    countries: Sequence[str] = (),
    moment: datetime.datetime | None = None,
    before: datetime.datetime | None = None,
) -> list[Deed]:
    """List the last deeds of a code frame, newest first, as far as they are about forms of some countries (or all).

    With a moment, only the deed of that moment; with `before`, those done earlier.
    """
    within = [Coding.code_id.in_([code.id for code in frame.codes]), Response.collection_id == frame.collection_id]
    if countries:
        within.append(Response.country.in_(countries))
    moments = [moment] if moment else _moments(within, limit, before)
    if not moments:
        return []
    query = (
        select(Coding)
        .join(Response, Response.id == Coding.response_id)
        .where(*within, or_(Coding.made_at.in_(moments), Coding.withdrawn_at.in_(moments)))
    )
    made: dict[datetime.datetime, set[Given]] = {each: set() for each in moments}
    withdrawn: dict[datetime.datetime, set[Given]] = {each: set() for each in moments}
    who: dict[datetime.datetime, str] = {}
    why: dict[datetime.datetime, str] = {}
    for each in db.session.scalars(query):
        given = Given(Unit(each.response_id, each.variable), each.code_id)
        if each.made_at in made:
            made[each.made_at].add(given)
            who[each.made_at] = each.made_by
            why[each.made_at] = each.why
        if each.withdrawn_at in withdrawn:
            withdrawn[each.withdrawn_at].add(given)
            who[each.withdrawn_at] = each.withdrawn_by or ""
            why[each.withdrawn_at] = each.withdrawn_why
    return [
        Deed(each, who[each], frozenset(made[each]), frozenset(withdrawn[each]), why[each])
        for each in moments
        if each in who
    ]


def _moments(
    within: list[ColumnElement[bool]], limit: int, before: datetime.datetime | None
) -> list[datetime.datetime]:
    found: set[datetime.datetime] = set()
    for column in (Coding.made_at, Coding.withdrawn_at):
        query = select(column).join(Response, Response.id == Coding.response_id).where(*within, column.is_not(None))
        query = query.where(column < before) if before else query
        found |= set(db.session.scalars(query.distinct().order_by(column.desc()).limit(limit)))
    return sorted(found, reverse=True)[:limit]


def live_ids(frame: CodeFrame, unit: Unit) -> list[int]:
    """Return the ids of the codings of a verbatim that stand."""
    return list(_live(frame, {unit}).values())


def live_codes(frame: CodeFrame, unit: Unit) -> set[int]:
    """Return the ids of the codes that a verbatim has."""
    return {given.code_id for given in _live(frame, {unit})}


def _live(frame: CodeFrame, units: Several[Unit] | None = None) -> dict[Given, int]:
    """Return the codings of a frame that stand, with the id of each: of some verbatims, or of all."""
    query = select(Coding.response_id, Coding.variable, Coding.code_id, Coding.id).where(
        Coding.withdrawn_at.is_(None), Coding.code_id.in_([code.id for code in frame.codes])
    )
    if units is None:
        rows = db.session.execute(query).all()
    else:
        ids = sorted({unit.response_id for unit in units})
        batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        rows = [row for batch in batches for row in db.session.execute(query.where(Coding.response_id.in_(batch)))]
    found = {Given(Unit(response_id, variable), code_id): id_ for response_id, variable, code_id, id_ in rows}
    return {given: id_ for given, id_ in found.items() if units is None or given.unit in units}


def put(frame: CodeFrame, unit: Unit, codes: Several[Code], by: str, what: str, why: str) -> int:
    """Let a verbatim have just these codes, as one deed; return how many codings were made or withdrawn."""
    _own(frame, codes)
    wanted, live = {Given(unit, code.id) for code in codes}, _live(frame, {unit})
    gone = {given: id_ for given, id_ in live.items() if given not in wanted}
    return _do(frame, wanted - live.keys(), gone, by, what, why)


def _do(
    frame: CodeFrame, made: set[Given], withdrawn: dict[Given, int], by: str, what: str, why: str, log: str = ""
) -> int:
    """Make and withdraw codings as one deed, and log it; nothing is logged where there is nothing to do."""
    if not made and not withdrawn:
        return 0
    moment = now()
    ids, gone = sorted(withdrawn.values()), {"withdrawn_by": by[:MAKER], "withdrawn_at": moment, "withdrawn_why": why}
    for start in range(0, len(ids), BATCH):
        batch = Coding.id.in_(ids[start : start + BATCH])
        db.session.execute(update(Coding).where(batch).values(**gone))
    rows = [
        {"response_id": unit.response_id, "variable": unit.variable, "code_id": code_id}
        | {"made_by": by[:MAKER], "made_at": moment, "why": why}
        for unit, code_id in sorted(made)
    ]
    if rows:
        db.session.execute(insert(Base.metadata.tables["codings"]), rows)
    codes = sorted({given.code_id for given in made} | {given.code_id for given in withdrawn})
    record(
        by, what, f"{_place(frame)}, codes {_listed(codes)}: +{len(made)} -{len(ids)}, {moment.isoformat()}", why + log
    )
    return len(made) or len(ids)


# The code frame -------------------------------------------------------------------------------------------------------


def locked(frame: CodeFrame) -> CodeFrame:
    """Return a frame that nobody else codes in until this transaction ends (where the database has many writers)."""
    db.session.execute(select(CodeFrame.id).where(CodeFrame.id == frame.id).with_for_update())
    db.session.refresh(frame, ["codes"])
    return frame


def lock_collection(collection_id: int) -> None:
    """Wait until nobody else begins a code frame in a collection."""
    db.session.execute(select(Collection.id).where(Collection.id == collection_id).with_for_update())


def start_frame(collection_id: int, name: str, label: str, by: str) -> CodeFrame:
    """Make an empty code frame, for an item whose questionnaire suggests none."""
    frame = CodeFrame(collection_id=collection_id, name=name, label=label[:LABEL])
    db.session.add(frame)
    db.session.flush()
    record(by, "made a code frame", _place(frame))
    return frame


def create(frame: CodeFrame, name: str, label: str, by: str, parent: Code | None = None) -> Code:
    """Add a code; its name is for good, since exports and published figures go by it. Raises CodingError."""
    _open(frame)
    if not name or not name.isprintable() or len(name) > NAME:
        raise CodingError(f"Please give the code a short name of 1 to {NAME} characters.")
    if any(each.name.casefold() == name.casefold() for each in frame.codes):
        raise CodingError(f"There is a code “{name}” already.")
    code = Code(frame_id=frame.id, name=name, label=_label(label or name))
    _check_parent(frame, code, parent)
    code.parent_id = parent.id if parent else None
    frame.codes.append(code)
    db.session.flush()
    record(by, "made a code", f"{_place(frame)}, code {code.id}")
    return code


def rename(frame: CodeFrame, code: Code, label: str, by: str) -> None:
    """Change what a code is called; its short name stays. Raises CodingError."""
    _own(frame, (code,))
    code.label = _label(label)
    record(by, "renamed a code", f"{_place(frame)}, code {code.id}")


def group(frame: CodeFrame, code: Code, parent: Code | None, by: str) -> None:
    """Put a code under another, under which tables count it, or (None) take it out. Raises CodingError."""
    _own(frame, (code,))
    _open(frame)
    _check_parent(frame, code, parent)
    code.parent_id = parent.id if parent else None
    what, where = ("grouped a code", f" under {parent.id}") if parent else ("took a code out of its group", "")
    record(by, what, f"{_place(frame)}, code {code.id}{where}")


def _check_parent(frame: CodeFrame, code: Code, parent: Code | None) -> None:
    if parent is None:
        return
    _own(frame, (parent,))
    if parent is code:
        raise CodingError("A code cannot stand under itself.")
    if parent.parent_id is not None:
        raise CodingError(f"“{parent.label}” stands in a group itself; groups have one level.")
    if code.id is not None and any(each.parent_id == code.id for each in frame.codes):
        raise CodingError(f"Codes are grouped under “{code.label}”; groups have one level.")


def _own(frame: CodeFrame, codes: Iterable[Code]) -> None:
    if any(code.frame_id != frame.id for code in codes):
        raise CodingError("That code belongs to another code frame.")


def _open(frame: CodeFrame) -> None:
    if {code.name for code in frame.codes} == YES_NO:
        raise CodingError("This frame answers a question with yes or no; its codes stay as they are.")


def _label(label: str) -> str:
    if not 1 <= len(label) <= LABEL:
        raise CodingError(f"Please say what the code is called, in 1 to {LABEL} characters.")
    return label


def _place(frame: CodeFrame) -> str:
    return f"collection {frame.collection_id}, frame {frame.id}"


def _listed(ids: Sequence[int]) -> str:
    more = ", …" if len(ids) > 10 else ""
    return ", ".join(map(str, ids[:10])) + more
