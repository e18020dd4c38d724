"""Making share links, giving the same tables under another link, ending links, and opening what is live."""

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import undefer

from surveytool import tabulate
from surveytool.accounts import digest
from surveytool.audit_log import record
from surveytool.models import Collection, Share, db
from surveytool.models.base import now
from surveytool.sharing.protection import Earlier, protected
from surveytool.sharing.tables import ALL, Counts, count, forms, group_of
from surveytool.small_cells import refuse

#: How many days a link may last.
DAYS = (1, 365)
AUDIENCE = 200


class SharingError(ValueError):
    """Nothing can be shared, or not so; the message says why in one line."""


@dataclass(frozen=True)
class Draft:
    """Protected tables, ready to be shared or looked at."""

    collection: Collection
    tables: dict[str, Any]
    #: The counts behind them, and how many are withheld for which reason.
    counts: dict[str, Any]
    #: The shares that it was protected against.
    against: tuple[int, ...]


def shares(collection: Collection) -> Sequence[Share]:
    """List the shares of a collection, newest first."""
    query = select(Share).where(Share.collection_id == collection.id).order_by(Share.id.desc())
    return db.session.scalars(query).all()


def live(token: str) -> Share | None:
    """Return the share that a link shows; None for one that is unknown, revoked or past its end, all alike."""
    query = select(Share).where(Share.digest == digest(token), Share.revoked_at.is_(None), Share.expires_at > now())
    return db.session.scalar(query.options(undefer(Share.tables)))


def prepare(collection: Collection, *, by_country: bool) -> Draft:
    """Return the tables of a collection, protected together with all that was shared of it. Raises SharingError.

    Takes seconds by country, and a minute or more beside earlier tables by country; nothing is written.
    """
    refuse(collection)
    assert collection.version is not None
    q, smallest = collection.version.questionnaire, int(current_app.config["SMALLEST_CELL"])
    if not q.report:
        raise SharingError("The questionnaire has no report, so there are no tables to share.")
    counts = count(collection, q, by_country)
    if counts[forms(ALL)] < smallest:
        raise SharingError(f"Fewer than {smallest} valid forms have come; nothing can be shared of so few.")
    earlier = _earlier(collection)
    for share in earlier.values():
        if share.counts["cells"] == counts:
            # The same counts protected in another way would tell more than either; so they are protected once.
            return Draft(collection, share.tables, share.counts, tuple(earlier))
        _refuse_few(share, counts, smallest)
    found = protected(q, counts, smallest, _distinct(earlier.values()))
    if found.exposed or not any("|forms" not in each for each in found.shown):
        raise SharingError(f"Too little could be shown. {SAME_AGAIN}" if earlier else "Too little could be shown.")
    tables = {
        "smallest": smallest,
        "at": now().date().isoformat(),
        "labels": tabulate.code_labels(collection.id),
        "cells": {each: n if each in found.shown else None for each, n in counts.items() if _is_shown(each)},
    }
    withheld = {"small": len(found.small), "complementary": len(found.complementary)}
    return Draft(collection, tables, {"cells": counts, **withheld}, tuple(earlier))


SAME_AGAIN = "Share the tables of the earlier link again, or wait until more forms have come."


def _is_shown(each: str) -> bool:
    """Say whether a count has a place in the tables: not how many were coded, nor those without a country."""
    return not each.endswith("+people") and group_of(each) != "in "


def _earlier(collection: Collection) -> dict[int, Share]:
    """Return all that was ever shared of a collection: who has seen it once may have kept it."""
    query = select(Share).where(Share.collection_id == collection.id).order_by(Share.id)
    found = db.session.scalars(query.options(undefer(Share.tables), undefer(Share.counts))).all()
    return {share.id: share for share in found}


def _distinct(earlier: Any) -> list[Earlier]:
    found: list[Earlier] = []
    for share in earlier:
        cells = share.tables["cells"]
        shown = frozenset(each for each, n in cells.items() if n is not None)
        each = Earlier(share.counts["cells"], shown, share.tables["smallest"])
        if each not in found:
            found.append(each)
    return found


def _refuse_few(share: Share, counts: Counts, smallest: int) -> None:
    """Refuse tables that differ from earlier ones by a handful of forms: subtracted, they would be those people's."""
    more = abs(counts[forms(ALL)] - share.counts["cells"][forms(ALL)])
    if 0 < more < smallest:
        day = share.made_at.strftime("%-d %B %Y")
        raise SharingError(f"Fewer than {smallest} forms lie between now and what was shared on {day}. {SAME_AGAIN}")


def is_current(draft: Draft, *, by_country: bool) -> bool:
    """Say whether a draft that was worked out some time ago is of the forms as they stand now."""
    assert draft.collection.version is not None
    return bool(count(draft.collection, draft.collection.version.questionnaire, by_country) == draft.counts["cells"])


def store(draft: Draft, *, audience: str, days: int, who: str) -> tuple[Share, str]:
    """Keep a share and return it with the random word of its link, which is kept nowhere. The caller commits.

    Raises SharingError when something else was shared since the draft was made.
    """
    collection = draft.collection
    # Two who share at one time take turns here, and the second sees what the first one shared.
    db.session.execute(select(Collection.id).where(Collection.id == collection.id).with_for_update())
    if tuple(db.session.scalars(select(Share.id).where(Share.collection_id == collection.id).order_by(Share.id))) != (
        draft.against
    ):
        raise SharingError("Something else was shared in the same moment. Please look at it, and try again.")
    token = secrets.token_urlsafe(24)
    share = Share(
        collection_id=collection.id,
        digest=digest(token),
        audience=audience,
        made_by=who,
        expires_at=now() + datetime.timedelta(days=days),
        tables=draft.tables,
        counts=draft.counts,
    )
    db.session.add(share)
    db.session.flush()
    record(who, "made a share", f"collection {collection.code}", f"share {share.id}, for {days} days")
    return share, token


def again(share: Share) -> Draft:
    """Return the tables of a share, to be given under another link."""
    against = db.session.scalars(select(Share.id).where(Share.collection_id == share.collection_id).order_by(Share.id))
    return Draft(share.collection, share.tables, share.counts, tuple(against))


def revoke(share: Share, who: str) -> None:
    """End a link at once. The caller commits. Raises SharingError for one that has been revoked."""
    if share.revoked_at is not None:
        raise SharingError("This link was revoked already.")
    share.revoked_by, share.revoked_at = who, now()
    record(who, "revoked a share", f"collection {share.collection.code}", f"share {share.id}")
