"""Workshops after they were set up: asking otherwise, copying, deleting one made by mistake, finishing.

Every deed adds to the audit log who did it, in the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import delete as deletion
from sqlalchemy import select

from surveytool import collections
from surveytool.audit_log import record
from surveytool.models import (
    Code,
    CodeFrame,
    Collection,
    CollectionWording,
    Entry,
    Judgement,
    LinkingCard,
    Report,
    Response,
    SetAside,
    Share,
    Withdrawal,
    Workshop,
    db,
)
from surveytool.models.base import now
from surveytool.workshop_plans import Plan, WorkshopError
from surveytool.workshop_questionnaire import OWN
from surveytool.workshops import WAVE_NAMES, competencies, put, waves

OPENED = (
    "What it asks is fixed since the form {wave} was opened: forms that are out or came would not match. Copy the "
    "workshop, change the copy, and delete this one while it has no forms."
)
HAS_FORMS = (
    "It has {what}, so it is not deleted: what came is kept. It can be finished; then it stands apart in the list."
)
CAME_MEANWHILE = "A form came at this very moment, so the workshop is not deleted."
#: What hangs on a wave and keeps its workshop from being deleted, in words.
KEPT = (
    (Response, "forms"),
    (SetAside, "forms kept aside"),
    (Withdrawal, "a record of forms that were withdrawn"),
    (Entry, "forms being typed from paper"),
    (Report, "frozen reports"),
    (Share, "shares"),
    (Judgement, "decisions about it"),
)


def plan_of(workshop: Workshop) -> Plan:
    """Return a workshop as it was set up, to be changed or to set up another like it."""
    asked, tags = competencies(workshop), tuple(workshop.languages.split())
    own = [name for name in asked if name.startswith(OWN)]
    return Plan(
        title=workshop.title,
        country=workshop.country,
        audience=workshop.audience,
        starts_on=workshop.starts_on,
        ends_on=workshop.ends_on,
        languages=tags,
        competencies=tuple(name for name in asked if name not in own),
        place=workshop.place,
        topic=workshop.topic,
        own=tuple({tag: workshop.wordings[tag][f"items.{name}.label"] for tag in tags} for name in own),
        linking=workshop.linking,
        retrospective=workshop.retrospective,
        main=f"own {own.index(workshop.main) + 1}" if workshop.main in own else workshop.main,
        synthetic=workshop.synthetic,
    )


def why_fixed(workshop: Workshop) -> str:
    """Say why what a workshop asks can no longer be changed; "" while it can."""
    opened = next((wave for wave, each in waves(workshop).items() if each.version_id is not None), None)
    return OPENED.format(wave=WAVE_NAMES[opened]) if opened else ""


def ask_otherwise(workshop: Workshop, plan: Plan, who: str) -> bool:
    """Put another plan on a workshop that was never opened; return whether anything changed. Raises WorkshopError."""
    if why := why_fixed(workshop):
        raise WorkshopError(why)
    before, linked_by = plan_of(workshop), workshop.linking
    put(plan, workshop)
    after = plan_of(workshop)
    changed = [each.name for each in fields(Plan) if getattr(before, each.name) != getattr(after, each.name)]
    if not changed:
        return False
    for wave in waves(workshop).values():
        wave.title, wave.place, wave.synthetic = workshop.title, workshop.place, workshop.synthetic
        wave.starts_on, wave.ends_on = workshop.starts_on, workshop.ends_on
        wave.offered = workshop.languages
    if linked_by == "cards" != workshop.linking:
        db.session.execute(deletion(LinkingCard).where(LinkingCard.workshop_id == workshop.id))
    db.session.flush()
    record(who, "changed a workshop", f"workshop {workshop.code}", ", ".join(changed))
    return True


def why_kept(workshop: Workshop) -> str:
    """Say why a workshop cannot be deleted; "" where it can."""
    ids = _ids(workshop)
    for model, words in KEPT:
        if db.session.scalar(select(model.id).where(model.collection_id.in_(ids)).limit(1)) is not None:
            return HAS_FORMS.format(what=words)
    return ""


def delete(workshop: Workshop, who: str) -> None:
    """Delete a workshop that has no forms, with its waves and cards. Raises WorkshopError."""
    if why := why_kept(workshop):
        raise WorkshopError(why)
    ids = _ids(workshop)
    about = f"workshop {workshop.code}"
    frames = select(CodeFrame.id).where(CodeFrame.collection_id.in_(ids))
    # Codes of a frame have others above them; what is above goes last.
    db.session.execute(deletion(Code).where(Code.frame_id.in_(frames), Code.parent_id.is_not(None)))
    db.session.execute(deletion(Code).where(Code.frame_id.in_(frames)))
    for model in (CodeFrame, CollectionWording):
        db.session.execute(deletion(model).where(model.collection_id.in_(ids)))
    db.session.execute(deletion(Collection).where(Collection.id.in_(ids)))
    db.session.execute(deletion(LinkingCard).where(LinkingCard.workshop_id == workshop.id))
    db.session.execute(deletion(Workshop).where(Workshop.id == workshop.id))
    db.session.expire_all()
    record(who, "deleted a workshop", about, "it had no forms")


def finish(workshop: Workshop, who: str) -> None:
    """Close every form of a workshop; opening any of them takes it up again. Raises WorkshopError."""
    if finished(workshop):
        raise WorkshopError("The workshop is finished already.")
    for wave in waves(workshop).values():
        if wave.state == "open":
            collections.close(wave, who)
        # Of one that was never opened, this says that it will not be.
        wave.closed_at = wave.closed_at or now()
    db.session.flush()
    record(who, "finished a workshop", f"workshop {workshop.code}")


def finished(workshop: Workshop) -> bool:
    """Say whether no form of a workshop is open or still to be opened."""
    return all(wave.closed_at is not None for wave in waves(workshop).values())


def _ids(workshop: Workshop) -> Sequence[int]:
    return [wave.id for wave in waves(workshop).values()]
