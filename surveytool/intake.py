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
from typing import Any

from flask import current_app
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from stdnum import damm

from surveytool.audit_log import record
from surveytool.definitions import Questionnaire
from surveytool.judge import affiliations, corrections
from surveytool.judge.judgements import flag, judge_by_rule, settle_later_waves
from surveytool.judge.standing import write_new
from surveytool.linking import check
from surveytool.models import Collection, Identity, LinkingCard, Response, SetAside, WordingRevision, db
from surveytool.models.base import Base, writing
from surveytool.reading import FieldError, Form, Sent, identifies, links, read_form
from surveytool.text import fold
from surveytool.withdrawals import was_withdrawn

#: How often storing is tried when others store under the same identifier at the same moment.
ATTEMPTS = 3
MODES = ("web", "paper", "e-mail", "ODK")

CONFLICT = "The same identifier came before with other answers; both forms are kept."
ZAWGYI_MARKED = "The Burmese text appears to be in the Zawgyi encoding; it is kept as sent."
ZAWGYI_CONVERTED = "The Burmese text was in the Zawgyi encoding and was converted to Unicode; the original is kept."
CLOSED = "The collection was closed when it arrived."
NOT_OPEN = "The collection was not open yet when it arrived."
UNREADABLE = "Some of it cannot be read, and it came from a device that nobody was at any more."
UNFINISHED = "It was left unfinished on a shared tablet."
OTHER_VERSION = "It was filled in in another version of the questionnaire than this collection asks."

#: What the audit log calls a decision about what was kept aside.
TOOK_IN = "took in a form kept aside"
FOUND_AGAIN = "cleared a form that was here already"


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


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The form was withdrawn by who sent it; nothing is stored."""


Outcome = Kept | Refused | Aside | Withdrawn


def receive(
    collection: Collection,
    sent: Sent,
    *,
    submission: str,
    language: str,
    mode: str = "web",
    wave: str | None = None,
    received_at: datetime.datetime | None = None,
    supersedes: Response | None = None,
    filled_on: datetime.date | None = None,
    serial: str = "",
    typed_by: str = "",
    closed_too: bool = False,
    along: Callable[[Response], None] | None = None,
    commit: bool = True,
    wording: str = "",
    device: Mapping[str, Any] | None = None,
    seconds: int | None = None,
    unattended: bool = False,
    unfinished: bool = False,
) -> Outcome:
    """Take in one submission, in one transaction.

    The same `submission` identifier with the same content is stored once and answered the same each time; with other
    content both are kept, the later one flagged. Its wave is the collection's, unless it is given. A correction (of the
    form it `supersedes`) is kept after closing too, and waits for a person's decision. What is typed from paper says
    when the paper was filled in, its serial number and who typed it; paper that was filled in in time may arrive after
    closing (`closed_too`). `along` is called with the new response inside the transaction; whatever it raises undoes
    everything. Made-up forms are stored many at a time, and the caller commits (`commit`).

    `wording` is the digest of the wording it was filled in in, where that is known; `device` and `seconds` are what the
    device said of itself. `unattended` means that nobody is there to be asked again, so that what cannot be read is
    kept aside, as is what was left `unfinished`.
    """
    digest = digest_of_sent(sent)
    wave = wave or collection.wave
    said = dict(device) if device else None
    came = {"language": language, "mode": mode, "wording": wording[:16], "device": said, "seconds": seconds}
    earlier, taken = _stored(collection, submission, digest)
    if earlier:
        return Kept(earlier, again=True)
    if was_withdrawn(collection.id, _names(submission, digest)):
        return Withdrawn()
    late = collection.state == "closed" and (closed_too or supersedes is not None)
    if collection.version is None or not (collection.state == "open" or late):
        return _keep_aside(collection, sent, submission, digest, came)
    revision = _revision(collection, language, wording)
    if revision is None or unfinished:
        reason = UNFINISHED if unfinished else OTHER_VERSION
        return _keep_aside(collection, sent, submission, digest, came, reason)
    q = collection.version.questionnaire
    form = read_form(q, sent, mode=mode, wave=wave, is_card=card_test(collection))
    if form.errors and unattended:
        return _keep_aside(collection, sent, submission, digest, came, UNREADABLE)
    if form.errors:
        return Refused(form.errors)
    for _ in range(ATTEMPTS):
        response = Response(
            collection_id=collection.id,
            submission=f"{submission}#{digest[:16]}" if taken else submission,
            version_id=collection.version_id,
            wording_id=revision.id,
            language=language,
            mode=mode,
            wave=wave,
            device=said,
            seconds=seconds,
            received_at=received_at,
            filled_on=filled_on,
            serial=serial,
            typed_by=typed_by,
            receipt=new_receipt(),
            digest=digest,
            supersedes_id=supersedes.id if supersedes else None,
        )
        try:
            with writing():
                _keep(q, response, sent, form, conflict=taken)
                if along:
                    along(response)
                if commit:
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


def take_in(collection: Collection, aside: SetAside, by: str, why: str) -> Kept | Refused | None:
    """Let a person take in what was kept aside, as it came and with the time it came at, and judge it by rule.

    It is kept and no longer aside in one transaction, with the person's reason in the audit log. Refused, it stays
    aside; None means that somebody else took it in, or that it came again, at this very moment.
    """
    assert collection.version is not None, "what was never opened has nothing aside"
    q = collection.version.questionnaire
    language = shown_language(collection, aside)
    # Nobody can be asked back about a code that is of no card: it is kept as it came, and flagged.
    form = read_form(q, aside.sent, mode=aside.mode, wave=collection.wave, is_card=lambda code: True)
    if form.errors:
        return Refused(form.errors)
    try:
        with writing():
            # Whoever takes the row away is the one who takes the form in.
            taken_away = db.session.execute(delete(SetAside).where(SetAside.id == aside.id))
            if not taken_away.rowcount:  # type: ignore[attr-defined]
                db.session.rollback()
                return None
            earlier, taken = _stored(collection, aside.submission, aside.digest)
            response = earlier or Response(
                collection_id=collection.id,
                submission=f"{aside.submission}#{aside.digest[:16]}" if taken else aside.submission,
                version_id=collection.version_id,
                wording_id=(_revision(collection, language, aside.wording) or collection.revision(language)).id,
                language=language,
                mode=aside.mode,
                device=aside.device,
                seconds=aside.seconds,
                wave=collection.wave,
                received_at=aside.received_at,
                receipt=new_receipt(),
                digest=aside.digest,
            )
            if earlier is None:
                _keep(q, response, aside.sent, form, conflict=taken)
            record(by, TOOK_IN if earlier is None else FOUND_AGAIN, f"response {response.id}", why)
            db.session.commit()
    except IntegrityError:
        # It arrived once more just now, in a collection that was opened again.
        db.session.rollback()
        return None
    return Kept(response, again=earlier is not None)


def shown_language(collection: Collection, aside: SetAside) -> str:
    """Return the language that what was kept aside is shown and kept in.

    What came before the opening may name one that the collection has no words in; then it is English, which staff read.
    """
    served = {each.language for each in collection.wordings}
    return aside.language if aside.language in served else "en"


# Keeping --------------------------------------------------------------------------------------------------------------


def _keep(q: Questionnaire, response: Response, sent: Sent, form: Form, *, conflict: bool) -> None:
    """Add a response with its answers, identity, judgements and what stands; the caller commits."""
    response.country = _country(q, response, form)
    response.linking = form.linking or _linking_before(response)
    response.zawgyi = form.zawgyi
    response.sent = {name: list(values) for name, values in sent.items() if not _apart(q, name)}
    db.session.add(response)
    db.session.flush()
    # On the table itself: through the mapped class, rows would be sorted by which of their columns are empty, and sent
    # in dozens of statements.
    db.session.execute(
        insert(Base.metadata.tables["answers"]), [{**row, "response_id": response.id} for row in form.rows]
    )
    _keep_identity(q, response, form, sent)
    judge_by_rule(response, form.given)
    settle_later_waves(response)
    for true, reason in (
        (conflict, CONFLICT),
        (form.zawgyi == "marked", ZAWGYI_MARKED),
        (form.zawgyi == "converted", ZAWGYI_CONVERTED),
    ):
        if true:
            flag(response, "rule", reason)
    write_new(response.id)
    if response.supersedes_id is not None:
        corrections.hold(response)
    if item := affiliations.item_of(q):
        affiliations.affiliate(response, q, form.given[item].text)


def _apart(q: Questionnaire, name: str) -> bool:
    """Whether a field is kept apart from the answers, or not as it was sent: a word typed for its first letter."""
    return identifies(q, name) or links(q, name)


def _country(q: Questionnaire, response: Response, form: Form) -> str:
    """Return the country of a form: what it says itself, else that of its workshop."""
    if q.country:
        return next(iter(form.given[q.country].codes), "")
    workshop = db.session.get_one(Collection, response.collection_id).workshop
    return workshop.country if workshop else ""


def _linking_before(response: Response) -> str:
    """Return the linking code of the form that this one corrects: a correction keeps what it leaves empty."""
    earlier = db.session.get(Response, response.supersedes_id) if response.supersedes_id else None
    return earlier.linking if earlier else ""


def card_test(collection: Collection) -> Callable[[str], bool]:
    """Return what says whether a folded code is that of a card which may be used here.

    Where a workshop handed out cards, one of them; else any that a card can bear.
    """
    workshop = collection.workshop
    if workshop is None or workshop.linking != "cards":
        return check

    def of_workshop(code: str) -> bool:
        found = select(LinkingCard.id).where(LinkingCard.workshop_id == workshop.id, LinkingCard.code == code)
        return db.session.execute(found).first() is not None

    return of_workshop


def _keep_identity(q: Questionnaire, response: Response, form: Form, sent: Sent) -> None:
    as_sent = {name: "\n".join(values) for name, values in sent.items() if identifies(q, name) and any(values)}
    earlier = db.session.get(Identity, response.supersedes_id) if response.supersedes_id else None
    before = earlier.data if earlier else {"used": {}, "sent": {}}
    # A correction keeps what it leaves empty.
    used, as_sent = {**before["used"], **form.identity}, {**before["sent"], **as_sent}
    if used or as_sent:
        person = used.get(q.person, "")
        identity = Identity(
            response_id=response.id,
            data={"used": used, "sent": as_sent},
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
    names = _names(submission, digest)
    query = select(Response).where(Response.collection_id == collection.id, Response.submission.in_(names))
    found = db.session.scalars(query).all()
    return next((each for each in found if each.digest == digest), None), bool(found)


def _names(submission: str, digest: str) -> tuple[str, str]:
    """Return what a form may be stored under: its identifier, or that and its content where others came under it."""
    return submission, f"{submission}#{digest[:16]}"


def _revision(collection: Collection, language: str, digest: str) -> WordingRevision | None:
    """Return the wording that a form was filled in in: the one it names, else the one served now.

    None where it names one of another version of the questionnaire: its answers may mean something else.
    """
    served = collection.revision(language)
    if not digest or digest == served.digest:
        return served
    query = select(WordingRevision).where(WordingRevision.language == language, WordingRevision.digest == digest)
    found = db.session.scalars(query).all()
    mine = next((each for each in found if each.version_id == collection.version_id), None)
    # One that nobody knows was never served by this server; it says nothing about the version.
    return mine or (None if found else served)


def _keep_aside(
    collection: Collection, sent: Sent, submission: str, digest: str, came: Mapping[str, Any], reason: str = ""
) -> Aside:
    """Keep what cannot be accepted as it came, once however often it is sent."""
    reason = reason or (NOT_OPEN if collection.state == "draft" else CLOSED)
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
                reason=reason,
                sent=whole,
                **came,
            )
        )
        try:
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
    return Aside(reason)
