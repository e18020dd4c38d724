"""What every room of the door rests on: finding a workshop among the trainer's own, and messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, Response, abort, make_response, render_template
from sqlalchemy import select

from surveytool import access, appraising, workshops
from surveytool.appraisal_pictures import place
from surveytool.audit_log import REASON
from surveytool.models import Collection, Workshop, db

bp = Blueprint("train", __name__, url_prefix="/train")

#: The largest number that a database keeps as a number of a row.
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Head:
    """What stands at the top of every page about one workshop."""

    workshop: Workshop
    waves: Mapping[str, Collection]
    #: Said on every page that shows made-up answers.
    synthetic: str


@dataclass(frozen=True)
class MessagePage:
    """One thing to tell the trainer."""

    title: str
    text: str
    workshops: Sequence[Workshop] = field(default_factory=tuple)


def own() -> list[Workshop]:
    """List the trainer's own workshops, the newest first."""
    query = select(Workshop).where(Workshop.trainer_id == access.person().id)
    return list(db.session.scalars(query.order_by(Workshop.starts_on.desc(), Workshop.code)))


def found(code: str) -> Workshop:
    """Return one of the trainer's own workshops, or stop; another's looks like one that is not there."""
    workshop = workshops.by_code(code)
    if workshop is None or workshop.trainer_id != access.person().id:
        abort(message("Not found", f"You have no workshop called '{code}'. These are yours:"))
    return workshop


def wave_of(workshop: Workshop, wave: str) -> Collection:
    """Return one wave of a workshop, or stop."""
    waves = workshops.waves(workshop)
    return waves.get(wave) or abort(message("Not found", f"There is no wave '{wave}'. These are your workshops:"))


def message(title: str, text: str, status: int = 404) -> Response:
    """Return a page that says one thing, and which workshops there are."""
    return make_response(render_template("train/message.html", page=MessagePage(title, text, own())), status)


def head(workshop: Workshop) -> Head:
    """Return what stands at the top of every page about a workshop."""
    return Head(workshop, workshops.waves(workshop), workshops.synthetic_notice(workshop))


def countries() -> dict[str, str]:
    """Return the countries that the trainer's role covers, with their English names."""
    limits = [grant.country for grant in access.person().roles if grant.name == "trainer"]
    return {code: name for code, name in workshops.COUNTRIES.items() if "" in limits or code in limits}


def wrong_reason(reason: str) -> str:
    """Return what to say of a reason that is too short or too long, or ""."""
    least, most = REASON
    return "" if least <= len(reason) <= most else f"Please say why, in {least} to {most} characters; it is kept."


#: Words that the templates of appraisals use, at whatever door.
_WORDS = {
    "wave_names": workshops.WAVE_NAMES,
    "workshop_countries": workshops.COUNTRIES,
    "audience_names": workshops.AUDIENCE_NAMES,
    "appraisal_codes": appraising.CODES,
    "signed": appraising.signed,
    "p_shown": appraising.p_shown,
    "figure_place": place,
}
bp.record_once(lambda state: state.app.jinja_env.globals.update(_WORDS))
