"""People translating verbatims: a translation stands beside the answer; it is approved, replaced or taken back.

Nothing is edited: who translates anew withdraws the translation before, which stays on record. A translation was made
from certain words; where other words stand now, as after a correction, it is stale and says so.
"""

import datetime
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Row, select

from surveytool.audit_log import record
from surveytool.models import Answer, Response, Translation, db
from surveytool.models.base import now
from surveytool.text import clean

#: How long a translation may be, and how many things are named in one statement at most.
LONGEST, BATCH = 20_000, 500
#: Said wherever a translation is quoted whose original has changed since.
OUT_OF_DATE = "translation out of date"
#: What a translation can be; "untranslated" where there is none. Each verbatim to translate is in one of these.
STATES = ("untranslated", "stale", "awaiting", "approved")
#: What each state is called.
STATE_WORDS: Mapping[str, str] = {
    "untranslated": "not translated",
    "stale": OUT_OF_DATE,
    "awaiting": "awaits a second reader",
    "approved": "approved",
}


class TranslatingError(ValueError):
    """What was asked cannot be done; the message says why in one line."""


class ChangedMeanwhile(TranslatingError):
    """Somebody else translated the answer, or its words changed, since it was looked at."""


class _Unasked:
    """Says that nobody asked whether somebody else was quicker."""


_UNASKED: Final = _Unasked()


@dataclass(frozen=True, slots=True)
class Shown:
    """The translation that is shown beside one answer."""

    id: int
    text: str
    made_by: str
    made_at: datetime.datetime
    approved_by: str | None
    approved_at: datetime.datetime | None
    #: Whether it was made from other words than stand there now.
    stale: bool
    #: The form it was made for: the answer's own, or an earlier version of it.
    made_for: int

    @property
    def state(self) -> str:
        """One of STATES."""
        return "stale" if self.stale else "approved" if self.approved_at else "awaiting"

    @property
    def words(self) -> str:
        """What its state is called."""
        return STATE_WORDS[self.state]

    @property
    def quoted(self) -> str:
        """The translation as it is quoted: one that is out of date says so."""
        return f"{self.text} [{OUT_OF_DATE}]" if self.stale else self.text


def source(words: str) -> str:
    """Return the digest of the words that a translation is made from."""
    return sha256(words.encode()).hexdigest()


# Deeds ----------------------------------------------------------------------------------------------------------------


def translate(
    response: Response,
    variable: str,
    text: str,
    by: str,
    *,
    language: str = "en",
    seen: int | None | _Unasked = _UNASKED,
) -> Translation:
    """Put a translation beside an answer; the one before is withdrawn and kept. Raises TranslatingError.

    `seen` is the id of the translation that was shown beside the answer when this one was written, None for none: if
    another is there by now, nothing is overwritten. The caller commits.
    """
    text = _fit(text)
    original = lock(response.id, variable)
    shown_now = shown(response.collection_id, variable, [response.id], language).get((response.id, variable))
    if not isinstance(seen, _Unasked) and seen != (shown_now.id if shown_now else None):
        who = f"{shown_now.made_by} translated it" if shown_now else "its translation was taken back"
        raise ChangedMeanwhile(f"Not saved: {who} since you opened the page.")
    before = _own(response.id, variable, language)
    if before and before.text == text and before.source == source(original):
        return before
    if before:
        before.withdrawn_by, before.withdrawn_at = by, now()
    made = Translation(response_id=response.id, variable=variable, language=language, text=text)
    made.source, made.made_by, made.made_at = source(original), by, now()
    db.session.add(made)
    db.session.flush()
    record(by, "translated an answer", _about(made), f"in place of translation {before.id}" if before else "")
    return made


def approve(translation: Translation, by: str, form: Response | None = None) -> None:
    """Approve a translation as its second reader. Raises TranslatingError. The caller commits.

    `form` is the form beside whose answer it was read, where that is a later version of the one it was made for.
    """
    original = lock(form.id if form else translation.response_id, translation.variable)
    db.session.refresh(translation)
    _still_there(translation)
    if translation.made_by.casefold() == by.casefold():
        raise TranslatingError("Whoever translated an answer cannot approve it; a second reader can.")
    if translation.source != source(original):
        raise TranslatingError("The original has changed since; it must be translated anew first.")
    if translation.approved_at:
        raise TranslatingError(f"{translation.approved_by} has approved it already.")
    translation.approved_by, translation.approved_at = by, now()
    record(by, "approved a translation", _about(translation))


def disapprove(translation: Translation, by: str, why: str) -> None:
    """Take an approval back; who had approved stays in the audit log. Raises TranslatingError. The caller commits."""
    lock(translation.response_id, translation.variable)
    db.session.refresh(translation)
    _still_there(translation)
    if not translation.approved_at:
        raise TranslatingError("Nobody has approved it.")
    before = translation.approved_by
    translation.approved_by = translation.approved_at = None
    record(by, "took back an approval", f"{_about(translation)}, approved by {before}", why)


def take_back(translation: Translation, by: str, why: str = "") -> None:
    """Withdraw a translation; it stays on record. Raises TranslatingError. The caller commits."""
    lock(translation.response_id, translation.variable)
    db.session.refresh(translation)
    _still_there(translation)
    translation.withdrawn_by, translation.withdrawn_at = by, now()
    record(by, "took a translation back", _about(translation), why)


def lock(response_id: int, variable: str) -> str:
    """Wait until nobody else translates this form, and return the words of an answer. Raises TranslatingError."""
    db.session.execute(select(Response.id).where(Response.id == response_id).with_for_update())
    here = (Answer.response_id == response_id, Answer.variable == variable)
    text = db.session.scalar(select(Answer.text).where(*here))
    if not text:
        raise TranslatingError("There is no such answer in words; it may have been withdrawn.")
    return text


def _fit(text: str) -> str:
    text = clean(text)
    if not 1 <= len(text) <= LONGEST:
        raise TranslatingError(f"A translation has 1 to {LONGEST} characters.")
    return text


def _own(response_id: int, variable: str, language: str) -> Translation | None:
    """Return the translation that stands for just this form, not for an earlier version."""
    query = select(Translation).where(
        Translation.response_id == response_id,
        Translation.variable == variable,
        Translation.language == language,
        Translation.withdrawn_at.is_(None),
    )
    return db.session.scalar(query.order_by(Translation.id.desc()).limit(1))


def _still_there(translation: Translation) -> None:
    if translation.withdrawn_at:
        raise ChangedMeanwhile("This translation was replaced or taken back since you opened the page.")


def _about(translation: Translation) -> str:
    return f"response {translation.response_id} {translation.variable}, translation {translation.id}"


#: What is read of a translation to show it.
_READ = ("id", "response_id", "variable", "text", "source", "made_by", "made_at", "approved_by", "approved_at")


# Reading --------------------------------------------------------------------------------------------------------------


def shown(
    collection_id: int,
    variables: str | Several[str] | None,
    response_ids: Several[int] | None = None,
    language: str = "en",
) -> Mapping[tuple[int, str], Shown]:
    """Return what is shown beside answers, by form and variable: of some variables and forms, or (None) of all.

    A corrected form that has no translation of its own shows that of its last earlier version.
    """
    names = {variables} if isinstance(variables, str) else None if variables is None else set(variables)
    wanted = None if response_ids is None else set(response_ids)
    found = _nearest(collection_id, names, wanted, language, _READ)
    words = _digests(collection_id, found)
    return {key: _shown(each, key, words) for key, each in found.items() if key in words}


def made_from(collection_id: int, variables: Several[str], language: str = "en") -> dict[tuple[int, str], Row[Any]]:
    """Return of each translation in a collection only its `source` and `approved_at`, which say its state."""
    return _nearest(collection_id, set(variables), None, language, ("response_id", "variable", "source", "approved_at"))


def _nearest(
    collection_id: int, names: set[str] | None, wanted: set[int] | None, language: str, columns: Sequence[str]
) -> dict[tuple[int, str], Row[Any]]:
    """Return the translation of each answer, or that of the last earlier version of its form."""
    before = _earlier(collection_id)
    corrected = before.keys() if wanted is None else before.keys() & wanted
    chains = {id_: [id_, *_chain(id_, before)] for id_ in corrected}
    among = None if wanted is None else wanted.union(*chains.values())
    by_form: dict[int, dict[str, Row[Any]]] = {}
    for each in _standing(collection_id, names, among, language, columns):
        by_form.setdefault(each.response_id, {})[each.variable] = each
    found = {
        (form, name): each
        for form, of in by_form.items()
        if wanted is None or form in wanted
        for name, each in of.items()
    }
    for form, versions in chains.items():
        for version in reversed(versions):
            found |= {(form, name): each for name, each in by_form.get(version, {}).items()}
    return found


def history(response: Response, variable: str, language: str = "en") -> list[Translation]:
    """List every translation ever made of an answer and of its earlier versions, in order."""
    ids = [response.id, *_chain(response.id, _earlier(response.collection_id))]
    query = select(Translation).where(
        Translation.response_id.in_(ids), Translation.variable == variable, Translation.language == language
    )
    return list(db.session.scalars(query.order_by(Translation.id).execution_options(populate_existing=True)))


def later_versions(collection_id: int) -> dict[int, int]:
    """Return the form that corrects each corrected form, the last one where there are several."""
    return {earlier: id_ for id_, earlier in sorted(_earlier(collection_id).items())}


def _shown(each: Row[Any], key: tuple[int, str], words: Mapping[tuple[int, str], str]) -> Shown:
    approved = (each.approved_by, each.approved_at)
    return Shown(each.id, each.text, each.made_by, each.made_at, *approved, each.source != words[key], each.response_id)


def _earlier(collection_id: int) -> dict[int, int]:
    """Return which form each corrected form corrects."""
    query = select(Response.id, Response.supersedes_id).where(
        Response.collection_id == collection_id, Response.supersedes_id.is_not(None)
    )
    return {id_: earlier for id_, earlier in db.session.execute(query) if earlier is not None}


def _chain(id_: int, before: Mapping[int, int]) -> Iterator[int]:
    """Yield the earlier versions of a form, the last one first."""
    while id_ in before:
        id_ = before[id_]
        yield id_


def _standing(
    collection_id: int,
    names: Several[str] | None,
    among: Several[int] | None,
    language: str,
    columns: Sequence[str],
) -> Iterator[Row[Any]]:
    query = (
        select(*(getattr(Translation, name) for name in columns))
        .join(Response, Response.id == Translation.response_id)
        .where(
            Response.collection_id == collection_id,
            Translation.language == language,
            Translation.withdrawn_at.is_(None),
        )
        .order_by(Translation.id)
    )
    if names is not None:
        query = query.where(Translation.variable.in_(names))
    if among is None:
        yield from db.session.execute(query)
        return
    for batch in _batches(among):
        yield from db.session.execute(query.where(Translation.response_id.in_(batch)))


def _digests(collection_id: int, keys: Several[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Return the digest of the words of each of some answers; those that are gone have none."""
    found = {}
    for batch in _batches({id_ for id_, _ in keys}):
        query = select(Answer.response_id, Answer.variable, Answer.text).where(
            Answer.response_id.in_(batch), Answer.text.is_not(None), Answer.variable.in_({name for _, name in keys})
        )
        found.update({(id_, name): source(text or "") for id_, name, text in db.session.execute(query)})
    return {key: found[key] for key in keys if key in found}


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
