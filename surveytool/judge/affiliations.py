"""Which organisation a form is from: said by a rule, where names are the same, and by people, whom no rule overrides.

An affiliation is withdrawn, never deleted or changed. The rule withdraws its own when a name is no longer in the
register; one of its own that a person withdrew it does not make again.
"""

import datetime
import unicodedata
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update

from surveytool.audit_log import record
from surveytool.definitions import DefinitionError, Questionnaire, load_questionnaire
from surveytool.judge.judgements import RULE
from surveytool.models import Affiliation, Answer, Collection, Response, db
from surveytool.models.base import Base, now
from surveytool.text import fold

#: The rule: the answer is, but for case, spaces and punctuation, a name that the register has for one organisation.
SAME_NAME = "same-name"
#: The rule: a correction that names the organisation as before stays with the one a person chose.
AS_BEFORE = "as-before"
#: What the audit log calls every change of the register; the last one says how old the names in memory are.
CHANGED_REGISTER = "changed the register"
#: How many things are named in one statement at most.
BATCH = 500


@lru_cache(65_536)
def key(text: str) -> str:
    """Return what two spellings of one name share: letters, marks and digits of any script, folded."""
    folded = fold(text)
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LMN") or folded


def item_of(q: Questionnaire) -> str:
    """Return the name of the item that says the organisation, or "".

    A collection that was opened before its questionnaire said so goes by what the shipped one says now.
    """
    named = q.organisation or _shipped_item(q.name)
    return named if q.names_organisation(named) else ""


@cache
def _shipped_item(questionnaire: str) -> str:
    try:
        return load_questionnaire(questionnaire).organisation
    except DefinitionError:
        return ""


# The names of the register --------------------------------------------------------------------------------------------


class Named(NamedTuple):
    """An organisation that has a name, and its country."""

    organisation_id: int
    country: str


@dataclass(frozen=True)
class Names:
    """All names of the register, by their keys."""

    by_key: Mapping[str, Sequence[Named]] = field(default_factory=dict)

    def find(self, answer: str, country: str) -> int | None:
        """Return the one organisation that an answer from a country names, or None where that is not certain.

        One of the form's own country comes before one that works in several. A form that names no country can be from
        any; an organisation of another country is never meant by the same name.
        """
        found = self.by_key.get(key(answer), ())
        for near in ([each for each in found if each.country == country], [each for each in found if not each.country]):
            if near:
                return near[0].organisation_id if len(near) == 1 else None
        return found[0].organisation_id if len(found) == 1 and not country else None


def names() -> Names:
    """Read the names of the register."""
    found: dict[str, set[Named]] = {}
    table = Base.metadata.tables["organisations"]
    for id_, name, country, others in db.session.execute(
        select(table.c.id, table.c.name, table.c.country, table.c.other_names)
    ):
        for each in (name, *others):
            found.setdefault(key(each), set()).add(Named(id_, country))
    return Names({each: sorted(named) for each, named in found.items()})


_kept: dict[str, tuple[tuple[int, int], Names]] = {}


def _names_now() -> Names | None:
    """Return the names of the register, read anew only after it changed; None while it is empty."""
    last, changed = db.session.execute(_state()).one()
    if last is None:
        return None
    state, place = (last, changed or 0), str(db.engine.url)
    if place not in _kept or _kept[place][0] != state:
        _kept[place] = (state, names())
    return _kept[place][1]


@cache
def _state() -> Any:
    """Return the query for the last organisation added and the last change; making it takes longer than running it."""
    organisations, log = (Base.metadata.tables[name].c for name in ("organisations", "audit_log"))
    last = select(organisations.id).order_by(organisations.id.desc()).limit(1)
    changed = select(log.number).where(log.what == CHANGED_REGISTER).order_by(log.number.desc()).limit(1)
    return select(last.scalar_subquery(), changed.scalar_subquery())


# By rule --------------------------------------------------------------------------------------------------------------


def affiliate(response: Response, q: Questionnaire, answer: str) -> None:
    """Say by rule which organisation a form that was just taken in is from; the caller commits."""
    known = _names_now()
    if known is None or not answer:
        return
    if response.supersedes_id is not None and (same := _as_before(response.supersedes_id, item_of(q), answer)):
        _insert([_row(response.id, same, RULE, now(), AS_BEFORE)])
    elif organisation_id := known.find(answer, response.country):
        _insert([_row(response.id, organisation_id, RULE, now(), SAME_NAME)])


def _as_before(earlier: int, item: str, answer: str) -> int | None:
    """Return the organisation a person chose for an earlier version of a form, if it still names the same."""
    query = (
        select(Affiliation.organisation_id, Answer.text)
        .join(Answer, Answer.response_id == Affiliation.response_id)
        .where(Affiliation.response_id == earlier, Affiliation.withdrawn_at.is_(None), Answer.variable == item)
        .where(Affiliation.rule.is_(None) | (Affiliation.rule == AS_BEFORE))
    )
    found = db.session.execute(query).first()
    return found[0] if found and key(found[1] or "") == key(answer) else None


def apply_rule() -> int:
    """Let the rule decide of every form anew, after the register changed; return how many it now affiliates otherwise.

    Forms of which a person decided stay as they are. The caller commits.
    """
    known, moment = names(), now()
    made: list[dict[str, Any]] = []
    gone: list[int] = []
    moved: set[int] = set()
    for collection in db.session.scalars(select(Collection).where(Collection.version_id.is_not(None))):
        assert collection.version is not None
        item = item_of(collection.version.questionnaire)
        for each in _undecided(collection.id, item) if item else ():
            wanted = known.find(each.text or "", each.country) if each.text else None
            if wanted == each.organisation_id:
                continue
            moved.add(each.id)
            if each.affiliation_id is not None:
                gone.append(each.affiliation_id)
            if wanted is not None:
                made.append(_row(each.id, wanted, RULE, moment, SAME_NAME))
    refused = _refused() if made else set()
    allowed = [row for row in made if (row["response_id"], row["organisation_id"]) not in refused]
    _withdraw(gone, RULE, moment)
    _insert(allowed)
    return len(moved) - (len(made) - len(allowed))


def _undecided(collection_id: int, item: str) -> Sequence[Any]:
    """List the forms of a collection of which no person decided, with their answer and what the rule made of it."""
    live = (Affiliation.response_id == Response.id) & Affiliation.withdrawn_at.is_(None)
    query = (
        select(
            Response.id,
            Response.country,
            Answer.text,
            Affiliation.id.label("affiliation_id"),
            Affiliation.organisation_id,
        )
        .join(Answer, (Answer.response_id == Response.id) & (Answer.variable == item))
        .outerjoin(Affiliation, live)
        .where(Response.collection_id == collection_id)
        .where(Affiliation.id.is_(None) | (Affiliation.rule == SAME_NAME))
    )
    return db.session.execute(query).all()


def _refused() -> set[tuple[int, int]]:
    """Return the forms and organisations that a person has parted: the rule does not bring them together again."""
    query = select(Affiliation.response_id, Affiliation.organisation_id)
    parted = query.where(Affiliation.withdrawn_by.is_not(None), Affiliation.withdrawn_by != RULE)
    return {(response_id, organisation_id) for response_id, organisation_id in db.session.execute(parted)}


# By people ------------------------------------------------------------------------------------------------------------


def assign(collection_id: int, responses: Several[int], organisation_id: int, by: str) -> int:
    """Say of forms that they are from an organisation, whatever was said before; return of how many that is new."""
    wanted, moment = set(responses), now()
    before = _standing(wanted)
    same = {each.response_id for each in before if each.organisation_id == organisation_id and each.rule is None}
    _withdraw([each.id for each in before if each.response_id not in same], by, moment)
    rows = [_row(id_, organisation_id, by, moment, None) for id_ in sorted(wanted - same)]
    _insert(rows)
    _tell(by, "assigned forms to an organisation", collection_id, [row["response_id"] for row in rows], organisation_id)
    return len(rows)


def take_back(collection_id: int, responses: Several[int], by: str, why: str) -> int:
    """Say of forms that it is not known which organisation they are from; return of how many that is new."""
    before = _standing(responses)
    _withdraw([each.id for each in before], by, now())
    _tell(by, "took forms from an organisation", collection_id, [each.response_id for each in before], why=why)
    return len(before)


def decided_since(responses: Several[int], moment: datetime.datetime, by: str) -> str:
    """Return who else decided of some forms since a moment, or ""."""
    for some in _batches(responses):
        mine = Affiliation.response_id.in_(some)
        made = select(Affiliation.made_by).where(mine, Affiliation.made_at > moment, Affiliation.made_by != by)
        gone = select(Affiliation.withdrawn_by).where(mine, Affiliation.withdrawn_at > moment)
        for query in (made, gone.where(Affiliation.withdrawn_by != by)):
            if found := db.session.scalar(query.limit(1)):
                return found
    return ""


def _tell(by: str, what: str, collection_id: int, ids: Sequence[int], organisation_id: int = 0, why: str = "") -> None:
    if ids:
        listed = ", ".join(map(str, ids[:10])) + (", …" if len(ids) > 10 else "")
        to = f", organisation {organisation_id}" if organisation_id else ""
        record(by, what, f"collection {collection_id}{to}: {len(ids)} forms ({listed})", why)


# Rows -----------------------------------------------------------------------------------------------------------------


def _standing(responses: Several[int]) -> list[Affiliation]:
    query = select(Affiliation).where(Affiliation.withdrawn_at.is_(None))
    found = (query.where(Affiliation.response_id.in_(some)) for some in _batches(responses))
    return [each for some in found for each in db.session.scalars(some)]


def _row(response_id: int, organisation_id: int, by: str, at: datetime.datetime, rule: str | None) -> dict[str, Any]:
    return {
        "response_id": response_id,
        "organisation_id": organisation_id,
        "rule": rule,
        "made_by": by,
        "made_at": at,
    }


def _insert(rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(Base.metadata.tables["affiliations"]), rows)


def _withdraw(ids: Iterable[int], by: str, at: datetime.datetime) -> None:
    for some in _batches(list(ids)):
        chosen = update(Affiliation).where(Affiliation.id.in_(some), Affiliation.withdrawn_at.is_(None))
        db.session.execute(chosen.values(withdrawn_by=by, withdrawn_at=at))


def _batches(ids: Several[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
