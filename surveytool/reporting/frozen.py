"""Frozen reports: kept with their bundle, listed, read again, given up."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import undefer

from surveytool.audit_log import record
from surveytool.models import Collection, Report, Response, db
from surveytool.models.base import writing
from surveytool.reporting import bundle as bundles
from surveytool.reporting import quotes
from surveytool.reporting.composing import Tell, compose
from surveytool.reporting.document import Document, Quote
from surveytool.reporting.settings import Settings

#: How long a report's title may be.
TITLE = 200


def freeze(
    collection: Collection, settings: Settings, title: str, who: str, tell: Tell = lambda done, steps: None
) -> Report:
    """Write a report with its bundle and keep both; commits."""
    salt = bundles.new_salt()
    written = compose(collection, settings, tell=tell, key=bundles.keys(salt))
    content, digest = bundles.write(collection, settings, written, salt)
    return keep(collection, settings, title or collection.title, who, content, digest)


def keep(collection: Collection, settings: Settings, title: str, who: str, content: bytes, digest: str) -> Report:
    """Keep a bundle that was written; commits."""
    with writing():
        report = Report(collection_id=collection.id, title=title[:TITLE], language=settings.language, made_by=who)
        report.settings, report.digest, report.bundle = settings.as_data(), digest, content
        db.session.add(report)
        db.session.flush()
        record(who, "froze a report", f"collection {collection.code}, report {report.id}", f"SHA-256 {digest}")
        db.session.commit()
    return report


def reports(collection: Collection) -> Sequence[Report]:
    """List the frozen reports of a collection, the newest first."""
    query = select(Report).where(Report.collection_id == collection.id).order_by(Report.id.desc())
    return db.session.scalars(query).all()


def find(collection: Collection, report_id: int) -> Report | None:
    """Return a frozen report of a collection with its bundle, or None."""
    query = select(Report).where(Report.collection_id == collection.id, Report.id == report_id)
    return db.session.scalar(query.options(undefer(Report.bundle)))


def by_digest(digest: str) -> Report | None:
    """Return the frozen report that a bundle is of, or None."""
    return db.session.scalar(select(Report).where(Report.digest == digest).limit(1))


def give_up(report: Report, who: str, why: str) -> None:
    """Delete a frozen report with its bundle; commits."""
    with writing():
        record(who, "deleted a frozen report", f"report {report.id}", f"{why} SHA-256 {report.digest}")
        db.session.execute(delete(Report).where(Report.id == report.id))
        db.session.commit()


#: Said in place of quoted words whose form was withdrawn since.
WITHDRAWN = "withdrawn by who wrote it"


def document(report: Report, collection: Collection) -> Document:
    """Return a frozen report to read, with the words it quotes as they are kept now. Raises BundleError.

    A bundle holds no words: those of a form that was withdrawn since are gone, and the report says so.
    """
    bundle = bundles.open_bundle(report.bundle)
    found = bundle.document()
    if not any(isinstance(block, Quote) for block in found.blocks):
        return found
    key = bundles.keys(bundle.about["salt"])
    ids = db.session.scalars(select(Response.id).where(Response.collection_id == collection.id))
    here = {key(id_): id_ for id_ in ids}

    def worded(quote: Quote) -> Quote:
        if quote.form not in here:
            return replace(quote, note=WITHDRAWN)
        return quotes.again(collection, quote, here[quote.form], bundle.settings)

    blocks = tuple(worded(block) if isinstance(block, Quote) else block for block in found.blocks)
    return replace(found, blocks=blocks)


def words(report: Report) -> str:
    """Return that and by whom a report was frozen, to be said beside its date."""
    return f"; frozen as report {report.id} by {report.made_by}, SHA-256 {report.digest}"
