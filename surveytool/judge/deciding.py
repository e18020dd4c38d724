"""People deciding about forms that were flagged: keep, exclude, exclude as a duplicate; one form or many; and undoing.

A decision is all judgements that one person made, and all that the person withdrew, at one moment. No judgement is ever
changed or deleted, so a decision can be read back from its moment and undone; undoing is a decision like any other.
"""

import datetime
from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, or_, select

from surveytool.audit_log import record
from surveytool.judge.corrections import decides
from surveytool.judge.judgements import RULE
from surveytool.judge.kinds import is_signal, settles
from surveytool.judge.standing import rewrite
from surveytool.judge.versions import versions
from surveytool.models import Judgement, Response, db
from surveytool.models.base import now

#: How many ids are named in one statement at most, and how many an entry of the audit log lists.
BATCH, LISTED = 500, 20


class DecisionError(ValueError):
    """What was asked cannot be done; the message says why in one line."""


@dataclass(frozen=True)
class Event:
    """One thing that happened to a form: a judgement made, or withdrawn."""

    at: datetime.datetime
    by: str
    judgement: Judgement
    withdrawn: bool

    @property
    def why(self) -> str:
        """The reason that was given."""
        return (self.judgement.withdrawn_why or "") if self.withdrawn else self.judgement.reason


def events(judgements: Iterable[Judgement]) -> list[Event]:
    """Return what happened to a form, in order."""
    found = [(j.made_at, j.made_by, j, False) for j in judgements]
    found += [(j.withdrawn_at, j.withdrawn_by or "", j, True) for j in judgements if j.withdrawn_at]
    return [Event(*each) for each in sorted(found, key=lambda each: (each[0], each[3], each[2].id))]


def judged(responses: Several[int]) -> dict[int, list[Judgement]]:
    """Return all that was ever judged of some forms, in order, as it is now."""
    found: dict[int, list[Judgement]] = {id_: [] for id_ in responses}
    ids = sorted(found)
    for start in range(0, len(ids), BATCH):
        query = select(Judgement).where(Judgement.response_id.in_(ids[start : start + BATCH])).order_by(Judgement.id)
        for each in db.session.scalars(query.execution_options(populate_existing=True)):
            found[each.response_id or 0].append(each)
    return found


def lock(responses: Several[int]) -> None:
    """Wait until nobody else is judging some forms; to be called before reading what is judged of them."""
    ids = sorted(responses)
    for start in range(0, len(ids), BATCH):
        some = Response.id.in_(ids[start : start + BATCH])
        db.session.execute(select(Response.id).where(some).order_by(Response.id).with_for_update())


# Deciding -------------------------------------------------------------------------------------------------------------


@dataclass
class _Deed:
    """One decision under way: its moment, what it changed, and which forms have to be remade."""

    by: str
    why: str
    at: datetime.datetime = field(default_factory=now)
    forms: set[int] = field(default_factory=set)

    def make(self, judgement: Judgement) -> None:
        judgement.made_by, judgement.made_at = self.by, self.at
        db.session.add(judgement)
        self.forms.add(judgement.response_id or 0)

    def withdraw(self, judgement: Judgement) -> None:
        judgement.withdrawn_by, judgement.withdrawn_at, judgement.withdrawn_why = self.by, self.at, self.why
        self.forms.add(judgement.response_id or 0)

    def done(self, collection_id: int, what: str) -> int:
        """Remake what stands, tell the audit log, and return how many forms were decided."""
        db.session.flush()
        for id_ in sorted(self.forms):
            rewrite(response_id=id_)
        if self.forms:
            ids = sorted(self.forms)
            more = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
            listed = ", ".join(map(str, ids[:LISTED])) + more
            about = f"collection {collection_id}, responses {listed}, {self.at.isoformat()}"
            record(self.by, what, about, self.why)
        return len(self.forms)


def keep(forms: Sequence[Response], signals: Mapping[int, Several[Judgement]], by: str, why: str) -> int:
    """Withdraw the signals named of each form, so that it counts; return how many forms were kept.

    A signal that is only read off when it is shown comes as a judgement that is not stored; it is stored withdrawn.
    """
    deed = _Deed(by, why)
    for response in forms:
        for each in signals[response.id]:
            if each.id is None:
                each.collection_id, each.response_id, each.made_by = response.collection_id, response.id, RULE
                each.made_at = deed.at
                db.session.add(each)
            if each.withdrawn_at is None:
                deed.withdraw(each)
    return deed.done(forms[0].collection_id, "kept flagged forms") if forms else 0


def exclude(
    forms: Sequence[Response], known: Mapping[int, Sequence[Judgement]], by: str, why: str, of: Response | None = None
) -> int:
    """Let forms not count, as duplicates of another or as such; return how many were excluded. Raises DecisionError."""
    if of is not None:
        _check_original(forms, of)
    deed = _Deed(by, why)
    for response in forms:
        if any(settles(each) and each.withdrawn_at is None for each in known[response.id]):
            continue
        judgement = Judgement(response_id=response.id, collection_id=response.collection_id, effect="exclude form")
        judgement.reason, judgement.duplicate_of_id = why, of.id if of else None
        deed.make(judgement)
    what = "excluded duplicates" if of else "excluded flagged forms"
    return deed.done(forms[0].collection_id, what) if forms else 0


def _check_original(forms: Sequence[Response], of: Response) -> None:
    if any(each.id == of.id for each in forms):
        raise DecisionError(f"Form {of.id} cannot be a duplicate of itself.")
    live = (Judgement.response_id == of.id, Judgement.effect == "exclude form", Judgement.withdrawn_at.is_(None))
    if db.session.execute(select(Judgement.id).where(*live).limit(1)).first():
        raise DecisionError(f"Form {of.id} does not count itself; choose the form that is to count.")
    if any(each.supersedes_id is not None or of.supersedes_id is not None for each in forms):
        same = {each.id for each in versions(of)}
        if found := next((each for each in forms if each.id in same), None):
            raise DecisionError(
                f"Forms {found.id} and {of.id} are versions of one form; that is decided under Corrections."
            )


# Decisions that were made, and undoing them ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """What one person decided at one moment, about one form or many."""

    at: datetime.datetime
    by: str
    made: Sequence[Judgement]
    withdrawn: Sequence[Judgement]

    @property
    def forms(self) -> list[int]:
        """The forms it is about."""
        return sorted({each.response_id for each in (*self.made, *self.withdrawn) if each.response_id})

    @property
    def why(self) -> str:
        """The reason that was given."""
        return self.withdrawn[0].withdrawn_why or "" if self.withdrawn else self.made[0].reason

    @property
    def what(self) -> str:
        """What was done, in a few words."""
        did = [f"made: {effect}" for effect in sorted({each.effect for each in self.made})]
        did += [f"withdrew: {effect}" for effect in sorted({each.effect for each in self.withdrawn})]
        return "; ".join(did)


def decisions(
    collection_id: int,
    countries: Sequence[str],
    limit: int,
    moment: datetime.datetime | None = None,
    by: str = "",
    before: datetime.datetime | None = None,
) -> list[Decision]:
    """List the last decisions of people about forms of a collection, newest first; or the one of a moment and person.

    With countries, only what they are about of those countries' forms. With `before`, those made earlier.
    """
    within: list[ColumnElement[bool]] = [Judgement.collection_id == collection_id, Judgement.response_id.is_not(None)]
    if countries:
        within.append(Judgement.response_id.in_(select(Response.id).where(Response.country.in_(countries))))
    moments = [moment] if moment else _moments(within, limit, before)
    made = and_(Judgement.made_at.in_(moments), Judgement.made_by != RULE)
    taken = and_(Judgement.withdrawn_at.in_(moments), Judgement.withdrawn_by != RULE)
    found: dict[tuple[datetime.datetime, str], tuple[list[Judgement], list[Judgement]]] = {}
    for each in db.session.scalars(select(Judgement).where(*within, or_(made, taken)).order_by(Judgement.id)):
        if decides(each):
            continue  # which version of a form counts is decided, and undone, in a place of its own
        if each.made_by != RULE and each.made_at in moments:
            found.setdefault((each.made_at, each.made_by), ([], []))[0].append(each)
        if each.withdrawn_at in moments and each.withdrawn_by not in (None, RULE):
            found.setdefault((each.withdrawn_at, each.withdrawn_by or ""), ([], []))[1].append(each)
    listed = [Decision(at, who, *both) for (at, who), both in found.items() if by in ("", who)]
    return sorted(listed, key=lambda each: each.at, reverse=True)[:limit]


def _moments(
    within: Sequence[ColumnElement[bool]], limit: int, before: datetime.datetime | None
) -> list[datetime.datetime]:
    found: set[datetime.datetime] = set()
    for column, who in ((Judgement.made_at, Judgement.made_by), (Judgement.withdrawn_at, Judgement.withdrawn_by)):
        query = select(column).where(*within, column.is_not(None), who != RULE).distinct()
        query = query.where(column < before) if before else query
        found |= set(db.session.scalars(query.order_by(column.desc()).limit(limit)))
    return sorted(found, reverse=True)[:limit]


def undo(decision: Decision, known: Mapping[int, Sequence[Judgement]], by: str, why: str) -> tuple[int, int]:
    """Bring each form of a decision back to what was judged of it before, unless somebody decided otherwise since.

    Returns how many forms were restored, and how many were left as they are.
    """
    deed, left = _Deed(by, why), 0
    for id_ in decision.forms:
        made = [each for each in decision.made if each.response_id == id_]
        withdrawn = [each for each in decision.withdrawn if each.response_id == id_]
        live = [each for each in known[id_] if each.withdrawn_at is None]
        if not _as_left(made, withdrawn, live):
            left += 1
            continue
        for each in made:
            deed.withdraw(each)
        for each in withdrawn:
            deed.make(_again(each))
    if deed.forms:
        deed.done(next(iter((*decision.made, *decision.withdrawn))).collection_id, "undid a decision on forms")
    return len(deed.forms), left


def _as_left(made: Sequence[Judgement], withdrawn: Sequence[Judgement], live: Sequence[Judgement]) -> bool:
    """Say whether a form still has what a decision made, and nothing like what it withdrew."""
    back = {_what(each) for each in withdrawn}
    return all(each.withdrawn_at is None for each in made) and not any(
        _what(each) in back for each in live if each not in made
    )


def _what(judgement: Judgement) -> tuple[str, str | None, str | None, str]:
    return judgement.effect, judgement.variable, judgement.rule, judgement.reason


def _again(judgement: Judgement) -> Judgement:
    """Return a judgement like one that was withdrawn, of the same rule and for the same reason."""
    return Judgement(
        collection_id=judgement.collection_id,
        response_id=judgement.response_id,
        variable=judgement.variable,
        effect=judgement.effect,
        duplicate_of_id=judgement.duplicate_of_id,
        reason=judgement.reason,
        rule=judgement.rule,
    )


def live_signals(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return the signals of a form that nobody has withdrawn."""
    return [each for each in judgements if each.withdrawn_at is None and is_signal(each)]
