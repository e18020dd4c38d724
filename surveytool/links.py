"""A workshop's forms, paired as linking codes and the trainer's decisions say; deciding, and taking decisions back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from surveytool.audit_log import record
from surveytool.judge import exclude_form, renew, withdraw
from surveytool.models import WAVES, Collection, Judgement, LinkDecision, Response, Workshop, db
from surveytool.models.base import now
from surveytool.near_misses import NearMiss, near_misses, same_code_score
from surveytool.pairing import Form, Pairing, pair

#: Why a second form of one person and wave does not count.
TWICE = "The same person answered twice; form {kept} counts. "

#: Why a form is no longer one that has none before it.
JOINED = "Joined with form {form}. "


class LinkError(ValueError):
    """What was asked of two forms cannot be done; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Linked:
    """How the forms of a workshop stand: whose they are, what may be joined, and what was decided."""

    pairing: Pairing
    near: tuple[NearMiss, ...]
    decisions: tuple[LinkDecision, ...]
    #: Judgements that set a second form of one person aside.
    set_aside: tuple[Judgement, ...] = ()


def pairing_of(workshop: Workshop) -> Pairing:
    """Return whose the valid forms of a workshop are."""
    return _pairing(forms(workshop), _in_force(workshop))


def linked(workshop: Workshop) -> Linked:
    """Return whose the valid forms are, near misses and decisions, for the trainer's page."""
    decisions = _in_force(workshop)
    found = _pairing(forms(workshop), decisions)
    apart = [(each.first_id, each.second_id) for each in decisions if not each.joined]
    every = select(LinkDecision).where(LinkDecision.workshop_id == workshop.id).order_by(LinkDecision.id)
    aside = (
        select(Judgement)
        .join(Collection, Collection.id == Judgement.collection_id)
        .where(Collection.workshop_id == workshop.id, Judgement.duplicate_of_id.is_not(None))
        .order_by(Judgement.id)
    )
    return Linked(found, near_misses(found, apart), tuple(db.session.scalars(every)), tuple(db.session.scalars(aside)))


def forms(workshop: Workshop) -> list[Form]:
    """Return the valid forms of a workshop with their linking codes; excluded and superseded ones are left out."""
    excluded = select(Judgement.response_id).where(
        Judgement.effect == "exclude form", Judgement.withdrawn_at.is_(None), Judgement.response_id.is_not(None)
    )
    query = (
        select(Response.id, Collection.wave, Response.linking)
        .join(Collection, Collection.id == Response.collection_id)
        .where(Collection.workshop_id == workshop.id, Response.id.not_in(excluded))
        .order_by(Response.id)
    )
    return [Form(id_, wave or "", code) for id_, wave, code in db.session.execute(query)]


def _pairing(found: Sequence[Form], decisions: Sequence[LinkDecision]) -> Pairing:
    ways: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for each in decisions:
        ways[0 if each.joined else 1].append((each.first_id, each.second_id))
    return pair(found, *ways)


def _in_force(workshop: Workshop) -> list[LinkDecision]:
    query = select(LinkDecision).where(LinkDecision.workshop_id == workshop.id, LinkDecision.withdrawn_at.is_(None))
    return list(db.session.scalars(query.order_by(LinkDecision.id)))


# Deciding ------------------------------------------------------------------------------------------------------------


def decide(workshop: Workshop, first_id: int, second_id: int, *, joined: bool, who: str, why: str) -> LinkDecision:
    """Decide that two forms of different waves are one person's, or are not. The caller commits. Raises LinkError."""
    known = {form.id: form for form in forms(workshop)}
    first, second = known.get(first_id), known.get(second_id)
    if first is None or second is None or first is second:
        raise LinkError("These are not two valid forms of this workshop.")
    decisions = _in_force(workshop)
    if any({each.first_id, each.second_id} == {first_id, second_id} for each in decisions):
        raise LinkError("That was decided already; take the decision back first.")
    if joined:
        _may_be_joined(first, second, known, decisions)
    pairing = _pairing(list(known.values()), decisions)
    near = {frozenset((each.first.id, each.second.id)): each.score for each in near_misses(pairing)}
    same = same_code_score(pairing, first, second) if first.code and first.code == second.code else None
    score = near.get(frozenset((first_id, second_id)), same)
    made = LinkDecision(
        workshop_id=workshop.id,
        first_id=first_id,
        second_id=second_id,
        joined=joined,
        score=score,
        why=why,
        made_by=who,
        made_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    about = f"workshop {workshop.code} responses {first_id} {second_id}"
    record(who, "joined two forms" if joined else "held two forms apart", about, why)
    if joined:
        _settle(first, second, who, why)
    return made


def _settle(first: Form, second: Form, who: str, why: str) -> None:
    """Take back that the later of two forms has none before it: it has the other now."""
    earlier, later = sorted((first, second), key=lambda form: WAVES.index(form.wave))
    for judgement in _without_earlier(later.id):
        if judgement.withdrawn_at is None:
            withdraw(judgement, who, f"{JOINED.format(form=earlier.id)}{why}")


def _unsettle(found: LinkDecision, who: str, why: str) -> None:
    """Say again of a form that it has none before it, once the decision is taken back that said otherwise."""
    for later, earlier in ((found.first_id, found.second_id), (found.second_id, found.first_id)):
        for judgement in _without_earlier(later):
            if (judgement.withdrawn_why or "").startswith(JOINED.format(form=earlier)):
                # Under the rule's name still, so that joining again settles it again.
                renew(judgement, who, f"{judgement.reason} {why}").rule = judgement.rule


def _without_earlier(response_id: int) -> list[Judgement]:
    """Return the judgements, in force or not, that a form has none before it."""
    response = db.session.get_one(Response, response_id)
    rules = [each.id for each in response.version.questionnaire.checks if each.check == "no_earlier_wave"]
    query = select(Judgement).where(Judgement.response_id == response_id, Judgement.rule.in_(rules))
    return list(db.session.scalars(query))


def _may_be_joined(first: Form, second: Form, known: dict[int, Form], decisions: Sequence[LinkDecision]) -> None:
    """Raise LinkError when joining two forms would give one person two forms of one wave."""
    if first.wave == second.wave:
        raise LinkError("Two forms of one wave are not joined: set one of them aside as a second form.")
    now_joined = [(each.first_id, each.second_id) for each in decisions if each.joined] + [(first.id, second.id)]
    of_person = {first.id, second.id}
    while grown := {i for a, b in now_joined if {a, b} & of_person for i in (a, b)} - of_person:
        of_person |= grown
    waves = [known[i].wave for i in of_person if i in known]
    if len(set(waves)) < len(waves):
        raise LinkError("That would give one person two forms of one wave, by what was decided before.")


def take_back(workshop: Workshop, decision_id: int, *, who: str, why: str) -> LinkDecision:
    """Take a decision back; it stays on record. The caller commits. Raises LinkError."""
    found = db.session.get(LinkDecision, decision_id)
    if found is None or found.workshop_id != workshop.id:
        raise LinkError("There is no such decision in this workshop.")
    if found.withdrawn_at is not None:
        raise LinkError("That decision was taken back already.")
    found.withdrawn_by, found.withdrawn_at, found.withdrawn_why = who, now(), why
    db.session.flush()
    record(who, "took a link decision back", f"workshop {workshop.code} decision {found.id}", why)
    if found.joined:
        _unsettle(found, who, why)
    return found


def set_aside(workshop: Workshop, second_id: int, kept_id: int, *, who: str, why: str) -> Judgement:
    """Let a second form of one person and wave not count beside the one kept. The caller commits. Raises LinkError."""
    known = {form.id: form for form in forms(workshop)}
    second, kept = known.get(second_id), known.get(kept_id)
    if second is None or kept is None or second is kept or second.wave != kept.wave:
        raise LinkError("These are not two valid forms of one wave of this workshop.")
    response = db.session.get_one(Response, second_id)
    made = exclude_form(response, who, TWICE.format(kept=kept_id) + why)
    made.duplicate_of_id = kept_id
    db.session.flush()
    return made


def count_again(workshop: Workshop, judgement_id: int, *, who: str, why: str) -> Judgement:
    """Let a form that was set aside as a second one count again. The caller commits. Raises LinkError."""
    found = db.session.get(Judgement, judgement_id)
    of = db.session.get(Collection, found.collection_id) if found else None
    if found is None or of is None or of.workshop_id != workshop.id or found.duplicate_of_id is None:
        raise LinkError("There is no such form set aside in this workshop.")
    if found.withdrawn_at is not None:
        raise LinkError("That form counts again already.")
    withdraw(found, who, why)
    return found
