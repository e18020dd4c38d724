"""Counts every figure of a frozen report again: from its bundle alone, and beside it from the database as it is now."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select

from surveytool.judge.standing import rewrite
from surveytool.models import Collection, Response, db
from surveytool.models.base import Base, now
from surveytool.models.questionnaire import QuestionnaireVersion, WordingRevision
from surveytool.reporting import bundle as bundles
from surveytool.reporting.bundle import Bundle, BundleError
from surveytool.reporting.composing import compute
from surveytool.reporting.figures import Figure
from surveytool.reporting.settings import Settings
from surveytool.tabulate import VALID

#: Figures are equal that differ by less than rounding of floating-point numbers makes.
CLOSE = 1e-9
BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Differing:
    """One figure that is not what the report says."""

    figure: Figure
    #: As it would be printed now; None where it cannot be counted.
    now: str | None

    def __str__(self) -> str:
        """Say it in one line."""
        f = self.figure
        place = f" of {f.part}" if f.part else ""
        counted = "cannot be counted from the data" if self.now is None else f"is {self.now} by the data"
        return f"{f.id} ({f.words}{place}): {f.shown} in the report, {counted}"


@dataclass(frozen=True)
class Verdict:
    """What came of verifying a bundle."""

    digest: str
    #: How many figures were counted again.
    figures: int
    faults: tuple[str, ...]
    differing: tuple[Differing, ...]

    @property
    def holds(self) -> bool:
        """Whether every figure is what the data says, and no part was changed."""
        return not self.faults and not self.differing


@dataclass(frozen=True)
class Since:
    """How the database differs from what a report was frozen from."""

    #: Keys and countries of forms that are gone: withdrawn by who sent them.
    withdrawn: tuple[tuple[str, str], ...]
    #: How many forms are counted now that were not then.
    added: int
    #: Figures that would be others if the report were made today.
    changed: tuple[Differing, ...]


def verify(bundle: Bundle) -> Verdict:
    """Count every figure of a bundle again from its own data. Raises BundleError for data that cannot be read."""
    with _loaded(bundle) as (collection, settings):
        _, known = compute(collection, settings)
    faults = [*bundle.faults, *_unlisted(bundle)]
    return Verdict(bundle.digest, len(bundle.figures), tuple(faults), tuple(_differing(bundle.figures, known)))


def since(bundle: Bundle, collection: Collection) -> Since:
    """Return what has changed in the database since a report was frozen. Raises BundleError if it is another's."""
    key = bundles.keys(bundle.about["salt"])
    chosen = select(Response.id).where(*bundle.settings.where.on(Response, collection.id))
    here, everywhere = set(map(key, db.session.scalars(chosen))), set()
    for id_ in db.session.scalars(select(Response.id).where(Response.collection_id == collection.id)):
        everywhere.add(key(id_))
    then = {form: country for form, country, *_ in bundle.rows(bundles.FORMS)}
    if then and not then.keys() & everywhere and everywhere:
        raise BundleError(f"The forms of this bundle are not from this database's collection '{collection.code}'.")
    gone = tuple(sorted((form, country) for form, country in then.items() if form not in everywhere))
    _, known = compute(collection, bundle.settings)
    return Since(gone, len(here - then.keys()), tuple(_differing(bundle.figures, known)))


def _differing(figures: Mapping[str, Figure], known: Mapping[str, Figure]) -> Iterator[Differing]:
    for id_, figure in figures.items():
        counted = known.get(id_)
        if counted is None:
            yield Differing(figure, None)
        elif abs(counted.value - figure.value) > CLOSE * max(1, abs(counted.value)) or counted.shown != figure.shown:
            yield Differing(figure, counted.shown)
        elif (counted.n, counted.code) != (figure.n, figure.code):
            yield Differing(figure, f"{counted.shown} (base {counted.n}; {counted.code or counted.statistic})")


def _unlisted(bundle: Bundle) -> Iterator[str]:
    """Yield the numbers that the report cites and the list of figures does not have."""
    try:
        bundle.document()
    except BundleError as error:
        yield str(error)


# The data of a bundle as a database of its own ------------------------------------------------------------------------


@contextmanager
def _loaded(bundle: Bundle) -> Iterator[tuple[Collection, Settings]]:
    """Put a bundle's data into a database of its own, for as long as it is counted. Raises BundleError."""
    with tempfile.TemporaryDirectory(prefix="surveytool-bundle-") as folder:
        app = Flask("surveytool-bundle", instance_path=folder)
        app.config.update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{Path(folder) / 'bundle.sqlite'}", IDENTITY_KEYS=[])
        db.init_app(app)
        with app.app_context():
            try:
                db.create_all()
                collection = _load(bundle)
                where = replace(bundle.settings.where, organisations=())
                if where.moment:
                    where = replace(where, stand=VALID)  # the bundle holds what was in force at that moment
                yield collection, replace(bundle.settings, where=where)
            except (KeyError, ValueError, TypeError, IndexError) as error:
                if isinstance(error, BundleError):
                    raise
                raise BundleError(f"The data of this bundle cannot be read: {type(error).__name__}: {error}") from None
            finally:
                db.session.remove()
                db.engine.dispose()


def _load(bundle: Bundle) -> Collection:
    asked, about = bundle.questionnaire, bundle.about
    version = QuestionnaireVersion(
        name=about["questionnaire"], version=asked["version"], digest=asked["digest"], structure=asked["structure"]
    )
    collection = Collection(code=about["collection"], join_code="bundle", title=about["title"], version=version)
    collection.questionnaire_name, collection.synthetic = about["questionnaire"], about["synthetic"]
    db.session.add(collection)
    db.session.flush()
    for position, (tag, wording) in enumerate(asked["wordings"].items()):
        revision = WordingRevision(version=version, language=tag, digest=f"{position}-{bundle.digest[:8]}")
        revision.strings, revision.review = wording["strings"], wording["review"]
        db.session.add(revision)
        db.session.flush()
        served = {"language": tag, "wording_id": revision.id, "position": position}
        _insert("collection_wordings", [served | {"collection_id": collection.id}])
    _load_forms(bundle, collection, version.id, revision.id)
    rewrite(collection_id=collection.id)
    db.session.commit()
    db.session.refresh(collection)
    return collection


def _load_forms(bundle: Bundle, collection: Collection, version_id: int, wording_id: int) -> None:
    organisations = _load_organisations(bundle, collection.id)
    forms: dict[str, int] = {}
    rows, affiliations = [], []
    shared = {"collection_id": collection.id, "version_id": version_id, "wording_id": wording_id}
    for number, (key, country, language, mode, organisation) in enumerate(bundle.rows(bundles.FORMS), 1):
        forms[key] = number
        about = {"id": number, "country": country, "language": language, "mode": mode}
        rows.append(shared | about | {"submission": key, "receipt": str(number), "digest": "", "sent": {}})
        if organisation:
            said = {"response_id": number, "organisation_id": organisations[organisation], "made_by": "bundle"}
            affiliations.append(said)
    _insert("responses", rows)
    _insert("affiliations", affiliations)
    _insert_answers(_answers(bundle, forms))
    _insert("judgements", _judgements(bundle, forms, collection.id))
    codes = _load_codes(bundle, collection.id)
    codings = bundle.rows(bundles.CODINGS)
    _insert(
        "codings",
        (
            {"response_id": forms[form], "variable": variable, "code_id": codes[frame, code], "made_by": "bundle"}
            for form, variable, frame, code in codings
        ),
    )
    withdrawals = bundle.rows(bundles.WITHDRAWALS)
    gone = {"collection_id": collection.id, "submission_digest": ""}
    _insert("withdrawals", (gone | {"country": c, "day": date.fromisoformat(day)} for c, day in withdrawals))


def _answers(bundle: Bundle, forms: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    names = bundle.head(bundles.ANSWERS)[1:]
    held = {mark: (state, None, "" if state == "value" else None) for state, mark in bundles.MARKS.items()}
    for form, *cells in bundle.rows(bundles.ANSWERS):
        response_id = forms[form]
        for variable, cell in zip(names, cells, strict=True):
            if cell:
                yield (response_id, variable, *held.get(cell, ("value", cell, None)))


def _judgements(bundle: Bundle, forms: Mapping[str, int], collection_id: int) -> Iterator[dict[str, Any]]:
    for form, variable, effect, reason, rule, withdrawn in bundle.rows(bundles.JUDGEMENTS):
        about: dict[str, Any] = {"response_id": forms[form] if form else None, "variable": variable or None}
        about |= {"effect": effect}
        about |= {"withdrawn_at": now() if withdrawn else None, "withdrawn_by": "bundle" if withdrawn else None}
        yield about | {"collection_id": collection_id, "reason": reason, "rule": rule or None, "made_by": "bundle"}


def _load_codes(bundle: Bundle, collection_id: int) -> dict[tuple[str, str], int]:
    frames: dict[str, int] = {}
    codes: dict[tuple[str, str], int] = {}
    rows = []
    for number, (frame, name, label, parent) in enumerate(bundle.rows(bundles.CODES), 1):
        frames.setdefault(frame, len(frames) + 1)
        codes[frame, name] = number
        rows.append((number, frame, name, label, parent))
    _insert(
        "code_frames",
        ({"id": id_, "collection_id": collection_id, "name": name, "label": name} for name, id_ in frames.items()),
    )
    for of_a_parent in (False, True):  # a code's parent is there before it
        chosen = [row for row in rows if bool(row[4]) is of_a_parent]
        _insert(
            "codes",
            (
                {
                    "id": n,
                    "frame_id": frames[f],
                    "name": c,
                    "label": label,
                    "parent_id": codes.get((f, p)) if p else None,
                }
                for n, f, c, label, p in chosen
            ),
        )
    return codes


def _load_organisations(bundle: Bundle, collection_id: int) -> dict[str, int]:
    ids, rows, invited = {}, [], []
    for number, (key, kind, country, direct, asked) in enumerate(bundle.rows(bundles.ORGANISATIONS), 1):
        ids[key] = number
        about = {"id": number, "name": f"organisation {number}", "kind": kind, "country": country}
        rows.append(about | {"direct_partner": direct == "yes", "other_names": []})
        if asked == "yes":
            invited.append({"collection_id": collection_id, "organisation_id": number})
    _insert("organisations", rows)
    _insert("invitations", invited)
    return ids


def _insert(table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows into a table, many at a time."""
    batch: list[dict[str, Any]] = []
    statement = insert(Base.metadata.tables[table])
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            db.session.execute(statement, batch)
            batch = []
    if batch:
        db.session.execute(statement, batch)


def _insert_answers(rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert answers, of which there are millions, by the driver itself: it takes half the time."""
    connection = db.session.connection()
    columns = "response_id, variable, state, code, text"
    statement = f"INSERT INTO answers ({columns}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608 (constants)
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        connection.exec_driver_sql(statement, batch)
