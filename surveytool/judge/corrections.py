"""What becomes of a form's corrections: each waits, uncounted, until a person accepts or refuses it.

All of it is judgements: a rule's, "exclude form", lets a correction wait; the decision withdraws that one and excludes
the version that it goes against. So at most one version of a form counts, and every decision can be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from surveytool.audit_log import record
from surveytool.judge.judgements import RULE, exclude_form, withdraw
from surveytool.judge.versions import versions
from surveytool.models import Judgement, Response, db

#: The id of the rule that lets a correction wait.
CORRECTION = "correction"
WAITS = "A correction that waits for the evaluator's decision."
ACCEPTED, REFUSED = "Correction accepted.", "Correction refused: "
SUPERSEDED = "Superseded by its correction, form "
#: The states of a correction; "replaced" by a later correction before anybody decided.
STATES = ("waiting", "accepted", "refused", "replaced")


class CorrectionError(ValueError):
    """What was asked cannot be done with this correction; the message says why in one line."""


@dataclass(frozen=True)
class Correction:
    """One correction, the version it is put beside, and what became of it."""

    response: Response
    #: The version that counts, or would count, without it.
    before: Response
    #: One of STATES.
    state: str
    #: The judgement by which it waits or waited; who decided, when and why stand in its withdrawal.
    judgement: Judgement
    #: Whether it is the newest version of its form: only that can be decided, or its decision undone.
    newest: bool


def superseded_by(response_id: int) -> str:
    """Return the reason for which a version of a form does not count beside its correction."""
    return f"{SUPERSEDED}{response_id}."


def decides(judgement: Judgement) -> bool:
    """Say whether a judgement lets one version of a form stand aside for another; only decisions change such."""
    own = judgement.rule == CORRECTION or judgement.reason.startswith((SUPERSEDED, REFUSED))
    return own and judgement.effect == "exclude form"


def hold(response: Response) -> None:
    """Let a correction that has just come wait; an earlier one of its form that still waits is replaced by it."""
    for earlier in versions(response):
        judgement = waiting(earlier.id)
        if judgement and earlier.id != response.id:
            withdraw(judgement, RULE, superseded_by(response.id))
            exclude_form(earlier, RULE, superseded_by(response.id))
    _wait(response)


def _wait(response: Response) -> None:
    exclude_form(response, RULE, WAITS).rule = CORRECTION
    db.session.flush()


def waiting(response_id: int) -> Judgement | None:
    """Return the judgement by which a correction waits, if it does."""
    last = _last(response_id)
    return last if last and last.withdrawn_at is None else None


def _last(response_id: int) -> Judgement | None:
    query = select(Judgement).where(Judgement.response_id == response_id, Judgement.rule == CORRECTION)
    return db.session.scalars(query.order_by(Judgement.id.desc()).limit(1)).first()


def _state(response: Response) -> str:
    """Return what became of a version; "accepted" of the first one, which nobody had to accept."""
    judgement = _last(response.id)
    why = (judgement.withdrawn_why or "") if judgement else ACCEPTED
    if judgement and judgement.withdrawn_at is None:
        return "waiting"
    return "refused" if why.startswith(REFUSED) else "accepted" if why.startswith(ACCEPTED) else "replaced"


def correction(response: Response) -> Correction:
    """Return a correction with the version it is put beside. Raises CorrectionError for a form that corrects none."""
    judgement = _last(response.id)
    if response.supersedes_id is None or judgement is None:
        raise CorrectionError(f"Form {response.id} corrects no other form.")
    all_versions = versions(response)
    before = _before(response, all_versions)
    return Correction(response, before, _state(response), judgement, response.id == all_versions[-1].id)


def _before(response: Response, all_versions: Sequence[Response]) -> Response:
    """Return the last version before a correction that was sent first or accepted."""
    return [each for each in all_versions if each.id < response.id and _state(each) == "accepted"][-1]


def accept(response: Response, by: str, why: str = "") -> None:
    """Let a correction count in place of the version before it. The caller commits. Raises CorrectionError."""
    found = _newest(response, "waiting")
    withdraw(found.judgement, by, f"{ACCEPTED} {why}".strip())
    exclude_form(found.before, by, superseded_by(response.id))
    record(by, "accepted a correction", f"response {response.id}", why)


def refuse(response: Response, by: str, why: str) -> None:
    """Let a correction not count; the version before it stands. The caller commits. Raises CorrectionError."""
    found = _newest(response, "waiting")
    withdraw(found.judgement, by, REFUSED + why)
    exclude_form(response, by, REFUSED + why)
    record(by, "refused a correction", f"response {response.id}", why)


def undo(response: Response, by: str, why: str = "") -> None:
    """Take a decision back; the correction waits again. The caller commits. Raises CorrectionError."""
    found = _newest(response, "accepted", "refused")
    of, reason = (
        (found.before, superseded_by(response.id))
        if found.state == "accepted"
        else (response, found.judgement.withdrawn_why or "")
    )
    _wait(response)
    for judgement in db.session.scalars(
        select(Judgement).where(
            Judgement.response_id == of.id,
            Judgement.effect == "exclude form",
            Judgement.reason == reason,
            Judgement.withdrawn_at.is_(None),
        )
    ).all():
        withdraw(judgement, by, why or "The decision on the correction was undone.")
    record(by, "undid a decision on a correction", f"response {response.id}", why)


def _newest(response: Response, *states: str) -> Correction:
    """Return a correction that can be decided as asked. Raises CorrectionError."""
    found = correction(response)
    if found.state not in states:
        raise CorrectionError(f"This correction is {found.state} by now.")
    if not found.newest:
        raise CorrectionError("A newer correction of the same form has come; decide on that one.")
    return found
