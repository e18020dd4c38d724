"""The bundle of a frozen report: de-identified data, plan, settings and figures in one ZIP file, each part digested.

What is in it is enough to count every figure again, and no more: codes and kinds of missing, which decisions were in
force, codings. No name, and none of the words that people wrote. In place of its number a form has a key made for
this bundle alone; whoever has the database can tell by it which forms are gone since.
"""

import csv
import hashlib
import hmac
import io
import json
import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import not_, select, true

from surveytool import __version__
from surveytool.judge.standing import in_force
from surveytool.models import (
    Affiliation,
    Code,
    CodeFrame,
    Coding,
    Collection,
    Invitation,
    Judgement,
    Organisation,
    Response,
    Withdrawal,
    db,
)
from surveytool.models.base import Base
from surveytool.reporting import document
from surveytool.reporting.document import Document
from surveytool.reporting.figures import Figure
from surveytool.reporting.settings import Settings, from_data
from surveytool.tabulate import RECEIVED, unknown_of

#: Parts of a bundle; the manifest has the digest of each other part.
MANIFEST, FIGURES, REPORT, SETTINGS, QUESTIONNAIRE = (
    *("manifest.json", "figures.json", "report.json", "settings.json", "questionnaire.json"),
)
FORMS, ANSWERS, JUDGEMENTS, CODES, CODINGS = (
    *("data/forms.csv", "data/answers.csv", "data/judgements.csv", "data/codes.csv", "data/codings.csv"),
)
ORGANISATIONS, WITHDRAWALS, README = "data/organisations.csv", "data/withdrawals.csv", "README.txt"
PARTS = (
    *(README, SETTINGS, QUESTIONNAIRE, FIGURES, REPORT),
    *(FORMS, ANSWERS, JUDGEMENTS, CODES, CODINGS, ORGANISATIONS, WITHDRAWALS),
)
#: How cells of answers say that there is no code; codes never begin with a bracket.
MARKS = {
    "not_asked": "(not asked)",
    "not_applicable": "(not applicable)",
    "no_answer": "(no answer)",
    "value": "(answered)",
}
FORM_COLUMNS = ("form", "country", "language", "mode", "organisation")
#: How many rows are read from the database at a time, and the largest bundle that is opened, in bytes of one part.
BATCH, LARGEST = 2000, 1_000_000_000


class BundleError(ValueError):
    """A file is no bundle, or a part of it cannot be read; the message says so in one line."""


@dataclass(frozen=True)
class Bundle:
    """A bundle that was opened."""

    digest: str
    settings: Settings
    about: Mapping[str, Any]
    questionnaire: Mapping[str, Any]
    figures: Mapping[str, Figure]
    report: Mapping[str, Any]
    #: Parts that are not as they were when it was frozen, in words.
    faults: tuple[str, ...]
    read: Callable[[str], str]

    def rows(self, part: str) -> Iterator[list[str]]:
        """Yield the rows of one of its tables, without the head."""
        lines = csv.reader(io.StringIO(self.read(part), newline=""))
        next(lines, None)
        return lines

    def head(self, part: str) -> list[str]:
        """Return the head of one of its tables."""
        return next(csv.reader(io.StringIO(self.read(part), newline="")), [])

    def document(self) -> Document:
        """Return the report itself. Raises BundleError."""
        try:
            return document.from_data(self.report, self.figures)
        except (KeyError, TypeError, IndexError) as error:
            raise BundleError(f"{REPORT} is no report: {error}") from None


# Writing --------------------------------------------------------------------------------------------------------------


def keys(salt: str) -> Callable[[int], str]:
    """Return what gives a form its key in the bundle with this salt: a keyed digest that cannot be turned back."""
    secret = current_app.config["DIGEST_KEY"].encode()
    begun = hmac.new(secret, f"bundle {salt} ".encode(), hashlib.sha256)

    def key(response_id: int) -> str:
        whole = begun.copy()
        whole.update(str(response_id).encode())
        return whole.hexdigest()[:16]

    return key


def new_salt() -> str:
    """Return a salt for a new bundle."""
    return secrets.token_hex(8)


def write(
    collection: Collection,
    settings: Settings,
    report: Document,
    salt: str,
    tell: Callable[[], None] = lambda: None,
) -> tuple[bytes, str]:
    """Return a bundle as a ZIP file, and its digest."""
    key = keys(salt)
    content = io.BytesIO()
    digests: dict[str, str] = {}
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as whole:
        for part, lines in _parts(collection, settings, report, salt, key):
            digest = hashlib.sha256()
            with whole.open(part, "w", force_zip64=True) as file:
                for line in lines:
                    file.write(line)
                    digest.update(line)
            digests[part] = digest.hexdigest()
            tell()
        manifest = _json({"sha256": digests})
        whole.writestr(MANIFEST, manifest)
    return content.getvalue(), hashlib.sha256(manifest).hexdigest()


def _parts(
    collection: Collection, settings: Settings, report: Document, salt: str, key: Callable[[int], str]
) -> Iterator[tuple[str, Iterable[bytes]]]:
    version = collection.version
    assert version is not None
    wordings = {
        tag: {"strings": dict(collection.revision(tag).strings), "review": collection.revision(tag).review}
        for tag in dict.fromkeys(("en", settings.language))
    }
    asked = {"version": version.version, "digest": version.digest, "structure": version.structure, "wordings": wordings}
    yield README, [_readme(collection, report).encode()]
    yield SETTINGS, [_json(settings.as_data() | {"about": _about(collection, report, salt)})]
    yield QUESTIONNAIRE, [_json(asked)]
    yield FIGURES, [_json([figure.as_data() for figure in report.figures.values()])]
    yield REPORT, [_json(document.as_data(report))]
    chosen = select(Response.id).where(*settings.where.on(Response, collection.id))
    names = list(version.questionnaire.variables)
    yield FORMS, _csv(_forms(chosen, settings, key))
    yield ANSWERS, _csv(_answers(chosen, names, key))
    yield JUDGEMENTS, _csv(_judgements(collection.id, chosen, settings, key))
    yield CODES, _csv(_codes(collection.id))
    yield CODINGS, _csv(_codings(chosen, settings, key))
    yield ORGANISATIONS, _csv(_organisations(collection.id, key))
    yield WITHDRAWALS, _csv(_withdrawals(collection.id))


def _about(collection: Collection, report: Document, salt: str) -> dict[str, Any]:
    moment = {name: _iso(getattr(collection, name)) for name in ("starts_on", "ends_on", "opened_at", "closed_at")}
    return {
        "collection": collection.code,
        "title": collection.title,
        "organiser": collection.organiser,
        "place": collection.place,
        "synthetic": collection.synthetic,
        "questionnaire": collection.questionnaire_name,
        **moment,
        "made_at": report.made_at,
        "software": f"surveytool {__version__}",
        "salt": salt,
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _csv(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield rows as the bytes of a CSV file (UTF-8, comma, LF), many at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for number, row in enumerate(rows):
        writer.writerow(row)
        if number % BATCH == BATCH - 1:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _streamed(query: Any) -> Iterator[Any]:
    yield from db.session.execute(query, execution_options={"yield_per": BATCH})


def _forms(chosen: Any, settings: Settings, key: Callable[[int], str]) -> Iterator[Sequence[str]]:
    """Yield the forms by their keys, not in the order they came in."""
    yield FORM_COLUMNS
    from_where = {
        response_id: _organisation(organisation_id, key)
        for response_id, organisation_id in _streamed(
            select(Affiliation.response_id, Affiliation.organisation_id).where(
                in_force(Affiliation, settings.where.moment), Affiliation.response_id.in_(chosen)
            )
        )
    }
    query = select(Response.id, Response.country, Response.language, Response.mode).where(Response.id.in_(chosen))
    yield from sorted((key(id_), *about, from_where.get(id_, "")) for id_, *about in _streamed(query))


def _organisation(organisation_id: int, key: Callable[[int], str]) -> str:
    return key(-organisation_id)


_ANSWERS = Base.metadata.tables["answers"]


def _answers(chosen: Any, names: Sequence[str], key: Callable[[int], str]) -> Iterator[Sequence[str]]:
    """Yield a row for each form with a cell for each variable: the code that was sent, or why there is none."""
    yield ("form", *names)
    place = {name: number for number, name in enumerate(names, 1)}
    columns = (_ANSWERS.c.response_id, _ANSWERS.c.variable, _ANSWERS.c.state, _ANSWERS.c.code)
    query = select(*columns).where(_ANSWERS.c.response_id.in_(chosen)).order_by(_ANSWERS.c.response_id)
    row: list[str] = []
    before = None
    for response_id, variable, state, code in _streamed(query):
        if response_id != before:
            if row:
                yield row
            row, before = [key(response_id), *[""] * len(names)], response_id
        if variable in place:
            row[place[variable]] = code if state == "value" and code is not None else MARKS[state]
    if row:
        yield row


def _judgements(
    collection_id: int, chosen: Any, settings: Settings, key: Callable[[int], str]
) -> Iterator[Sequence[str]]:
    """Yield the decisions in force; the reason of a flag is not in the report, and may say more than it should.

    A flag that is read off the register stands here when a person decided about it: the register alone does not say.
    """
    yield ("form", "variable", "effect", "reason", "rule", "withdrawn")
    columns = (Judgement.response_id, Judgement.variable, Judgement.effect, Judgement.reason, Judgement.rule)
    mine = (Judgement.collection_id == collection_id, in_force(Judgement, settings.where.moment))
    about = (Judgement.response_id.is_(None)) | (Judgement.response_id.in_(chosen))
    for response_id, variable, effect, reason, rule in _streamed(select(*columns).where(*mine, about)):
        if settings.where.stand == RECEIVED and effect != "caution":
            continue
        said = "" if effect in ("flag", "exclude answer") else reason
        yield (key(response_id) if response_id else "", variable or "", effect, said, rule or "", "")
    at = settings.where.moment
    read_off = Judgement.rule.in_([each.rule for each in unknown_of(collection_id)])
    gone = (mine[0], about, read_off, not_(mine[1]), Judgement.made_at <= at if at else true())
    for response_id, variable, effect, _, rule in _streamed(select(*columns).where(*gone)):
        yield (key(response_id), variable or "", effect, "", rule, "yes")


def _codes(collection_id: int) -> Iterator[Sequence[str]]:
    yield ("frame", "code", "label", "parent")
    names = dict(_pairs(select(Code.id, Code.name).join(CodeFrame).where(CodeFrame.collection_id == collection_id)))
    query = (
        select(CodeFrame.name, Code.name, Code.label, Code.parent_id)
        .join(Code, Code.frame_id == CodeFrame.id)
        .where(CodeFrame.collection_id == collection_id)
        .order_by(Code.id)
    )
    for frame, name, label, parent in db.session.execute(query):
        yield (frame, name, label, names.get(parent, ""))


def _pairs(query: Any) -> Iterator[tuple[Any, Any]]:
    return ((first, second) for first, second in db.session.execute(query))


def _codings(chosen: Any, settings: Settings, key: Callable[[int], str]) -> Iterator[Sequence[str]]:
    yield ("form", "variable", "frame", "code")
    query = (
        select(Coding.response_id, Coding.variable, CodeFrame.name, Code.name)
        .join(Code, Code.id == Coding.code_id)
        .join(CodeFrame, CodeFrame.id == Code.frame_id)
        .where(in_force(Coding, settings.where.moment), Coding.response_id.in_(chosen))
    )
    yield from ((key(id_), *rest) for id_, *rest in _streamed(query))


def _organisations(collection_id: int, key: Callable[[int], str]) -> Iterator[Sequence[str]]:
    """Yield the organisations of the register without their names, and which were asked."""
    yield ("organisation", "kind", "country", "direct_partner", "invited")
    invited = set(
        db.session.scalars(select(Invitation.organisation_id).where(Invitation.collection_id == collection_id))
    )
    for each in db.session.scalars(select(Organisation).order_by(Organisation.id)):
        asked = "yes" if each.id in invited else "no"
        yield (_organisation(each.id, key), each.kind, each.country, "yes" if each.direct_partner else "no", asked)


def _withdrawals(collection_id: int) -> Iterator[Sequence[str]]:
    yield ("country", "day")
    query = select(Withdrawal.country, Withdrawal.day).where(Withdrawal.collection_id == collection_id)
    yield from ((country, day.isoformat()) for country, day in db.session.execute(query.order_by(Withdrawal.id)))


def _readme(collection: Collection, report: Document) -> str:
    synthetic = f"\n{report.synthetic}\n" if report.synthetic else ""
    return f"""The figures of a report, and what they were counted from.

Report:      {report.title}
Collection:  {collection.code}
Forms:       {report.filtered}
Frozen:      {report.made_at}
{synthetic}
To check it:

    surveytool report verify THIS-FILE.zip

counts every figure again from data/ and names each that differs; then the command fails. It also compares the SHA-256
of each part with manifest.json. With the database at hand it says which forms were withdrawn since, and which figures
would be others today.

manifest.json       SHA-256 of each other part; the digest of the bundle is the SHA-256 of this file
settings.json       what was chosen: as received or valid, filter, plan, language
questionnaire.json  what was asked (without routing of people: items, choices, rules), and the wording
figures.json        every number of the report: value, as printed, item, variable, code, part, base, n
report.json         the report itself, without the words it quotes; its numbers stand there by the ids of figures.json
data/forms.csv      a row for each form: a key made for this bundle, country, language, mode, organisation (a key)
data/answers.csv    a column for each variable: the code sent, or (not asked), (not applicable), (no answer),
                    (answered) for words and for what has no code
data/judgements.csv decisions in force: of a form, an answer, or (no form) an item of all; and flags that are read off
                    the register, which somebody withdrew
data/codes.csv      code frames; data/codings.csv which answers were given which codes
data/organisations.csv  kinds of organisations, without names; data/withdrawals.csv where and when forms were withdrawn

No names, and none of the words that people wrote. Single answers can still tell who gave them: keep this file as you
would keep the forms.
"""


# Reading --------------------------------------------------------------------------------------------------------------


def open_bundle(content: bytes) -> Bundle:
    """Open a bundle and compare its parts with the manifest. Raises BundleError."""
    try:
        whole = zipfile.ZipFile(io.BytesIO(content))
        names = set(whole.namelist())
    except (zipfile.BadZipFile, ValueError):
        raise BundleError("This is no bundle of a report: it is not a ZIP file.") from None
    if missing := [part for part in (MANIFEST, *PARTS) if part not in names]:
        raise BundleError(f"This is no bundle of a report, or a part is gone: {missing[0]} is missing.")
    if any(info.file_size > LARGEST for info in whole.infolist()):
        raise BundleError("A part of this file is larger than any report makes it.")

    def read(part: str) -> str:
        try:
            return whole.read(part).decode()
        except (zipfile.BadZipFile, UnicodeDecodeError, OSError, EOFError) as error:
            raise BundleError(f"{part} cannot be read: {error}") from None

    try:
        manifest = read(MANIFEST)
        settings = json.loads(read(SETTINGS))
        figures = [Figure(**each) for each in json.loads(read(FIGURES))]
        return Bundle(
            digest=hashlib.sha256(manifest.encode()).hexdigest(),
            settings=from_data(settings),
            about=settings["about"],
            questionnaire=json.loads(read(QUESTIONNAIRE)),
            figures={figure.id: figure for figure in figures},
            report=json.loads(read(REPORT)),
            faults=tuple(_faults(json.loads(manifest), whole)),
            read=read,
        )
    except (KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"This is no bundle of a report: {type(error).__name__}: {error}") from None


def _faults(manifest: Mapping[str, Any], whole: zipfile.ZipFile) -> Iterator[str]:
    for part in PARTS:
        digest = hashlib.sha256()
        with whole.open(part) as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        if manifest["sha256"].get(part) != digest.hexdigest():
            yield f"{part} is not as it was when the report was frozen: its SHA-256 differs."
