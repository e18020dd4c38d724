"""A form withdrawn by who sent it: deleted for good, with every version of it; a tombstone stays.

The tombstone says which collection, which country, which day. It also has a keyed digest of the random identifier under
which the form was first sent, so that the same page sent again does not bring it back. One is enough for a form with
corrections: those come in by the receipt of a form that is there, and then there is none.
"""

import hashlib
import hmac
from collections.abc import Iterable

from flask import current_app
from sqlalchemy import delete, select

from surveytool.audit_log import record
from surveytool.judge.versions import versions
from surveytool.models import Response, SetAside, Task, Withdrawal, db
from surveytool.models.base import now

#: Who acts in the audit log when the holder of a receipt does.
RESPONDENT = "respondent"
BY_RECEIPT = "Asked for with its receipt code."


def withdraw(response: Response, who: str, why: str) -> int:
    """Delete a form with every version of it, and all that hangs on them; return how many versions there were.

    The database deletes answers, identities, judgements, codings, scans and what stands along with each response.
    Nothing is done twice: a form that somebody else has withdrawn at this moment counts once. The caller commits, and
    then calls `overwrite`.
    """
    found, collection = versions(response), response.collection
    deleted = sum(_delete(each) for each in reversed(found))  # a version refers to the one before it
    if not deleted:
        return 0
    names = [each.submission for each in found]
    kept_aside = SetAside.collection_id == collection.id, SetAside.submission.in_(names)
    db.session.execute(delete(SetAside).where(*kept_aside))
    # Files of long work, made within the last day, may hold what it said.
    db.session.execute(delete(Task).where(Task.collection_id == collection.id, Task.content.is_not(None)))
    tombstone = Withdrawal(
        collection_id=collection.id,
        country=found[0].country,
        day=now().date(),
        submission_digest=submission_digest(collection.id, found[0].submission),
    )
    db.session.add(tombstone)
    record(who, "withdrew a form", f"collection {collection.code}", why)
    return deleted


def _delete(response: Response) -> int:
    done = db.session.execute(delete(Response).where(Response.id == response.id))
    return int(done.rowcount)  # type: ignore[attr-defined]


def overwrite() -> None:
    """Let nothing of what was deleted stay in SQLite's journal; to be called at once after the commit.

    PostgreSQL clears its pages by itself, later (autovacuum).
    """
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def was_withdrawn(collection_id: int, submissions: Iterable[str]) -> bool:
    """Say whether a form sent under one of some identifiers was withdrawn."""
    digests = [submission_digest(collection_id, each) for each in submissions]
    query = select(Withdrawal.id).where(
        Withdrawal.collection_id == collection_id, Withdrawal.submission_digest.in_(digests)
    )
    return db.session.execute(query.limit(1)).first() is not None


def submission_digest(collection_id: int, submission: str) -> str:
    """Return the keyed digest of an identifier, which cannot be turned back into it."""
    message = f"submission {collection_id} {submission}".encode()
    return hmac.new(current_app.config["DIGEST_KEY"].encode(), message, hashlib.sha256).hexdigest()
