"""The one way in for every submission of every mode: normalise, check, keep, judge by rule.

A submission is either kept whole, or answered with what is wrong beside each field, or kept aside for a person.
Nothing is required of a respondent, so an empty form is kept too; a rule excludes it.
"""

import datetime
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from stdnum import damm

from surveytool.definitions import Questionnaire
from surveytool.judge.judgements import flag, judge_by_rule
from surveytool.judge.standing import write_new
from surveytool.models import Collection, Identity, Response, SetAside, db
from surveytool.models.base import Base, writing
from surveytool.reading import FieldError, Form, Sent, identifies, read_form
from surveytool.text import fold

#: How often storing is tried when others store under the same identifier at the same moment.
ATTEMPTS = 3
MODES = ("web", "paper", "e-mail", "ODK")

CONFLICT = "The same identifier came before with other answers; both forms are kept."
ZAWGYI_MARKED = "The Burmese text appears to be in the Zawgyi encoding; it is kept as sent."
ZAWGYI_CONVERTED = "The Burmese text was in the Zawgyi encoding and was converted to Unicode; the original is kept."
CLOSED = "The collection was closed when it arrived."


@dataclass(frozen=True, slots=True)
class Kept:
    """The submission is stored; `again` when it had been before."""

    response: Response
    again: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Some answers could not be read; nothing is stored, everything is to be shown again."""

    errors: Mapping[str, FieldError]


@dataclass(frozen=True, slots=True)
class Aside:
    """The submission cannot count as it came, and is kept for a person to look at."""

    reason: str


def receive(
    collection: Collection,
    sent: Sent,
    *,
    submission: str,
    language: str,
    mode: str = "web",
    wave: str | None = None,
    received_at: datetime.datetime | None = None,
    filled_on: datetime.date | None = None,
    serial: str = "",
    typed_by: str = "",
    closed_too: bool = False,
    along: Callable[[Response], None] | None = None,
) -> Kept | Refused | Aside:
    """Take in one submission, in one transaction.

    The same `submission` identifier with the same content is stored once and answered the same each time; with other
    content both are kept, the later one flagged. What is typed from paper says when the paper was filled in, its
    serial number and who typed it; paper that was filled in in time may arrive after closing (`closed_too`). `along`
    is called with the new response inside the transaction; whatever it raises undoes everything.
    """
    digest = digest_of_sent(sent)
    earlier, taken = _stored(collection, submission, digest)
    if earlier:
        return Kept(earlier, again=True)
    if collection.version is None or collection.state not in ("open", "closed" if closed_too else "open"):
        return _keep_aside(collection, sent, submission, digest, language, mode)
    form = read_form(collection.version.questionnaire, sent, mode=mode, wave=wave)
    if form.errors:
        return Refused(form.errors)
    for _ in range(ATTEMPTS):
        response = Response(
            collection_id=collection.id,
            submission=f"{submission}#{digest[:16]}" if taken else submission,
            version_id=collection.version_id,
            wording_id=collection.revision(language).id,
            language=language,
            mode=mode,
            wave=wave,
            received_at=received_at,
            filled_on=filled_on,
            serial=serial,
            typed_by=typed_by,
            receipt=new_receipt(),
            digest=digest,
        )
        try:
            with writing():
                _keep(collection.version.questionnaire, response, sent, form, conflict=taken)
                if along:
                    along(response)
                db.session.commit()
        except IntegrityError:
            # Another request under this identifier was faster: with the same form, or with another.
            db.session.rollback()
            earlier, taken = _stored(collection, submission, digest)
            if earlier:
                return Kept(earlier, again=True)
        else:
            return Kept(response)
    raise RuntimeError("a form could not be stored beside others that arrive under its identifier")


# Keeping --------------------------------------------------------------------------------------------------------------


def _keep(q: Questionnaire, response: Response, sent: Sent, form: Form, *, conflict: bool) -> None:
    """Add a response with its answers, identity, judgements and what stands; the caller commits."""
    response.country = next(iter(form.given[q.country].codes), "") if q.country else ""
    response.zawgyi = form.zawgyi
    response.sent = {name: list(values) for name, values in sent.items() if not identifies(q, name)}
    db.session.add(response)
    db.session.flush()
    # On the table itself: through the mapped class, rows would be sorted by which of their columns are empty, and sent
    # in dozens of statements.
    db.session.execute(
        insert(Base.metadata.tables["answers"]), [{**row, "response_id": response.id} for row in form.rows]
    )
    _keep_identity(q, response, form, sent)
    judge_by_rule(response, form.given)
    for true, reason in (
        (conflict, CONFLICT),
        (form.zawgyi == "marked", ZAWGYI_MARKED),
        (form.zawgyi == "converted", ZAWGYI_CONVERTED),
    ):
        if true:
            flag(response, "rule", reason)
    write_new(response.id)


def _keep_identity(q: Questionnaire, response: Response, form: Form, sent: Sent) -> None:
    as_sent = {name: "\n".join(values) for name, values in sent.items() if identifies(q, name) and any(values)}
    if form.identity or as_sent:
        person = form.identity.get(q.person, "")
        identity = Identity(
            response_id=response.id,
            data={"used": dict(form.identity), "sent": as_sent},
            name_digest=person_digest(person) if person else None,
        )
        db.session.add(identity)
        db.session.flush()


def person_digest(name: str) -> str:
    """Return the keyed digest of a folded name, under which two spellings of one name meet."""
    return hmac.new(current_app.config["DIGEST_KEY"].encode(), fold(name).encode(), hashlib.sha256).hexdigest()


def digest_of_sent(sent: Sent) -> str:
    """Return the digest of a submission's content, in whatever order its fields came."""
    canonical = {name: list(values) for name, values in sent.items() if any(values)}
    return hmac.new(
        current_app.config["DIGEST_KEY"].encode(), json.dumps(canonical, sort_keys=True).encode(), hashlib.sha256
    ).hexdigest()


def new_receipt() -> str:
    """Return 16 random decimal digits and their check digit (Damm: finds every slip of one digit or swapped pair)."""
    digits = f"{secrets.randbelow(10**16):016}"
    return digits + damm.calc_check_digit(digits)


def _stored(collection: Collection, submission: str, digest: str) -> tuple[Response | None, bool]:
    """Return the response already stored with this identifier and content, and whether the identifier is taken."""
    names = (submission, f"{submission}#{digest[:16]}")
    query = select(Response).where(Response.collection_id == collection.id, Response.submission.in_(names))
    found = db.session.scalars(query).all()
    return next((each for each in found if each.digest == digest), None), bool(found)


def _keep_aside(collection: Collection, sent: Sent, submission: str, digest: str, language: str, mode: str) -> Aside:
    """Keep what came after closing, once however often it is sent."""
    known = select(SetAside.id).where(
        SetAside.collection_id == collection.id, SetAside.submission == submission, SetAside.digest == digest
    )
    if db.session.execute(known).first() is None:
        whole = {name: list(values) for name, values in sent.items()}
        db.session.add(
            SetAside(
                collection_id=collection.id,
                submission=submission,
                digest=digest,
                reason=CLOSED,
                language=language,
                mode=mode,
                sent=whole,
            )
        )
        try:
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
    return Aside(CLOSED)
