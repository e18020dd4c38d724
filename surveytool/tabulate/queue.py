"""The forms that wait to be validated, or were: which rules, checks and people call for a decision, and how many."""

from collections.abc import Collection as Several
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, not_, or_, select

from surveytool.judge.corrections import CORRECTION
from surveytool.judge.kinds import KINDS, of_kind, signal
from surveytool.models import Judgement, Response, db
from surveytool.tabulate.filters import EVERYTHING, Filter, form_states
from surveytool.tabulate.flags import Unknown
from surveytool.tabulate.reading import pairs

#: What a queue shows: what nobody has decided, what somebody has, or both.
UNDECIDED, DECIDED = "undecided", "decided"


@dataclass(frozen=True, slots=True)
class Queue:
    """Which forms of the queue are shown; empty means all."""

    #: The ids of the rules that give each kind of signal, and the checks that are read off the register.
    rules: Mapping[str, list[str]]
    unknown: tuple[Unknown, ...] = ()
    where: Filter = EVERYTHING
    kinds: tuple[str, ...] = ()
    #: UNDECIDED, DECIDED, or "" for both.
    show: str = ""

    def applied(self, collection_id: int) -> list[ColumnElement[bool]]:
        """Return the conditions on `Response`."""
        kinds = self.kinds or tuple(KINDS)
        undecided = self.undecided(collection_id, kinds)
        if self.show == UNDECIDED:
            how: ColumnElement[bool] = undecided
        else:
            how = Response.id.in_(self._signals(collection_id, kinds, live=False))
            if "organisation" in kinds and self.unknown:
                how = or_(how, *self._read_off(collection_id))
            if "correction" in kinds:
                how = or_(how, _waiting(collection_id))
            # Decided of these kinds is what has no signal of them any more, or is left out whatever they say.
            how = and_(how, not_(undecided)) if self.show == DECIDED else how
        return [*self.where.on(Response, collection_id), how]

    def undecided(self, collection_id: int, kinds: Several[str] = ()) -> ColumnElement[bool]:
        """Return the condition that a signal of a form, of some kinds or any, waits for a decision."""
        kinds = kinds or tuple(KINDS)
        live = Response.id.in_(self._signals(collection_id, kinds, live=True))
        read_off = self._read_off(collection_id) if "organisation" in kinds else []
        calling = and_(or_(live, *read_off), not_(_settled(collection_id)))
        return or_(calling, _waiting(collection_id)) if "correction" in kinds else calling

    def _signals(self, collection_id: int, kinds: Several[str], *, live: bool) -> Select[Any]:
        """Return the forms that stored signals of some kinds speak of, those in force or all that ever were."""
        about = (Judgement.collection_id == collection_id, Judgement.response_id.is_not(None))
        found = select(Judgement.response_id).where(*about, or_(false(), *self._of(kinds, collection_id)))
        return found.where(Judgement.withdrawn_at.is_(None)) if live else found

    def _of(self, kinds: Several[str], collection_id: int) -> list[ColumnElement[bool]]:
        """Return the condition on judgements for each kind; one read off the register counts while it holds there."""
        if set(kinds) == set(KINDS):
            read_off = [each.rule for each in self.unknown]
            found = [and_(signal(), or_(Judgement.rule.is_(None), Judgement.rule.not_in(read_off)))]
        else:
            found = [of_kind(kind, self.rules) for kind in kinds if kind not in ("organisation", "correction")]
        if "organisation" in kinds:
            for each in self.unknown:
                still = select(Response.id).where(Response.collection_id == collection_id, each.holds())
                found.append(and_(signal(), Judgement.rule == each.rule, Judgement.response_id.in_(still)))
        return found

    def _read_off(self, collection_id: int) -> list[ColumnElement[bool]]:
        """Return the conditions of checks that no judgement was stored of: such a one says what was decided."""
        return [
            and_(
                each.holds(),
                not_(
                    select(Judgement.id)
                    .where(Judgement.response_id == Response.id, Judgement.rule == each.rule)
                    .exists()
                ),
            )
            for each in self.unknown
        ]


def _settled(collection_id: int) -> ColumnElement[bool]:
    """Return the condition that a person left a form out, or a later correction replaced it."""
    live = (Judgement.collection_id == collection_id, Judgement.withdrawn_at.is_(None))
    out = select(Judgement.response_id).where(*live, Judgement.effect == "exclude form", Judgement.rule.is_(None))
    return Response.id.in_(out)


def _waiting(collection_id: int) -> ColumnElement[bool]:
    """Return the condition that a form is a correction that waits for its decision."""
    live = (Judgement.collection_id == collection_id, Judgement.withdrawn_at.is_(None))
    waits = select(Judgement.response_id).where(*live, Judgement.effect == "exclude form", Judgement.rule == CORRECTION)
    return Response.id.in_(waits)


@dataclass(frozen=True, slots=True)
class Undecided:
    """The forms of a queue that wait for a decision."""

    forms: int
    #: Those of them that count as valid meanwhile.
    counting: int
    #: By kind of signal; a form with signals of two kinds stands under both.
    kinds: Mapping[str, int]


def undecided(collection_id: int, queue: Queue) -> Undecided:
    """Count the undecided forms of a collection, whatever of them a queue shows."""
    where = queue.where.on(Response, collection_id)
    read_off = ("organisation", "correction") if queue.unknown else ("correction",)
    # What waits for one reason waits: the others are asked of the few that do.
    of = [not_(form_states(collection_id)["excluded"]), *(queue.undecided(collection_id, (kind,)) for kind in read_off)]
    counts = (func.count(case((each, Response.id))) for each in of)
    query = select(func.count(), *counts).select_from(Response).where(*where, queue.undecided(collection_id))
    forms, counting, *others = db.session.execute(query).one()
    kinds = _stored_kinds(collection_id, queue, where) | dict(zip(read_off, others, strict=True))
    return Undecided(forms, counting, kinds)


def _stored_kinds(collection_id: int, queue: Queue, where: list[ColumnElement[bool]]) -> dict[str, int]:
    """Count the undecided forms by the kinds that judgements are stored of."""
    stored = [kind for kind in KINDS if kind not in ("organisation", "correction")]
    kind = case(*((of_kind(each, queue.rules), each) for each in stored))
    by_kind = (
        select(kind, func.count(Judgement.response_id.distinct()))
        .join(Response, Response.id == Judgement.response_id)
        .where(
            Judgement.collection_id == collection_id,
            Judgement.withdrawn_at.is_(None),
            signal(),
            not_(_settled(collection_id)),
            *where,
        )
        .group_by(kind)
    )
    return {name: n for name, n in pairs(by_kind) if name}


def stamps(responses: Several[int]) -> dict[int, int]:
    """Count what happened to some forms, judgements made and withdrawn: a later count tells that more has."""
    query = (
        select(Judgement.response_id, func.count() + func.count(Judgement.withdrawn_at))
        .where(Judgement.response_id.in_(responses))
        .group_by(Judgement.response_id)
    )
    return dict.fromkeys(responses, 0) | {row[0] or 0: row[1] for row in db.session.execute(query)}
