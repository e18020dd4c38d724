"""Says whether an instance is whole: references, answers against what was asked, what stands, names, the audit log."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import exists, select

from surveytool import audit_log
from surveytool.definitions import Variable
from surveytool.definitions.questionnaire import variables_of
from surveytool.judge.standing import differences
from surveytool.models import Answer, Collection, QuestionnaireVersion, Response, db
from surveytool.models.base import Base, Encrypted, EncryptedBytes

#: How many rows are read at a time.
BATCH = 5000


def faults() -> Iterator[str]:
    """Yield what is wrong, a line each, with ids and names of tables and never an answer; nothing when all is whole."""
    yield from _broken_file()
    yield from _dangling()
    yield from _misfits()
    for collection in db.session.scalars(select(Collection).order_by(Collection.code)):
        if count := differences(collection.id):
            yield f"Collection '{collection.code}': {count} rows of what stands differ from the records; see rebuild."
    yield from _unreadable()
    yield from audit_log.faults()


def _broken_file() -> Iterator[str]:
    """Yield what SQLite finds wrong with its own file; PostgreSQL sees to its pages itself."""
    if db.engine.dialect.name == "sqlite":
        found = [row[0] for row in db.session.execute(db.text("PRAGMA integrity_check(10)"))]
        yield from (f"The database file is damaged: {line}" for line in found if line != "ok")


def _dangling() -> Iterator[str]:
    """Yield every reference to a row that is not there."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            parent = key.referred_table.alias()
            pairs = [(element.parent, parent.c[element.column.name]) for element in key.elements]
            there = exists().where(*(child == other for child, other in pairs))
            query = select(table).where(*(child.is_not(None) for child, _ in pairs), ~there).limit(1)
            if db.session.execute(query.with_only_columns(*table.primary_key.columns)).first():
                yield f"Table '{table.name}' refers to rows of '{key.referred_table.name}' that are not there."


def _misfits() -> Iterator[str]:
    """Yield every response whose answers do not fit the snapshot it answered."""
    asked = {version.id: _variables(version) for version in db.session.scalars(select(QuestionnaireVersion))}
    columns = (Answer.variable, Answer.state, Answer.code, Answer.text, Answer.date)
    query = (
        select(Response.id, Response.version_id, *columns)
        .outerjoin(Answer, Answer.response_id == Response.id)
        .order_by(Response.id)
        .execution_options(yield_per=BATCH)
    )
    with db.session.execute(query) as found:
        for (response_id, version_id), rows in groupby(found, key=lambda row: (row[0], row[1])):
            if problem := _misfit(asked[version_id], list(rows)):
                yield f"Response {response_id}: {problem}"


def _variables(version: QuestionnaireVersion) -> dict[str, Variable]:
    items = version.questionnaire.items.values()
    return {variable.name: variable for item in items if item.stored for variable in variables_of(item)}


def _misfit(asked: Mapping[str, Variable], rows: Sequence[Any]) -> str:
    """Return how the answers of one response do not fit what was asked, or ""."""
    held = {row.variable for row in rows} - {None}
    if held != asked.keys():
        odd = sorted(held ^ asked.keys())
        return f"has no row, or one too many, for '{odd[0]}' (and {len(odd) - 1} more)."
    wrong = next((row.variable for row in rows if not _fits(row, asked[row.variable])), None)
    return f"its answer '{wrong}' does not fit the question." if wrong else ""


def _fits(row: Any, variable: Variable) -> bool:
    item = variable.item
    if row.state != "value":
        return row.code is None and row.text is None and (row.state != "not_applicable" or bool(item.missing_codes))
    if variable.choice:
        return row.code in ("0", "1")
    if item.type == "select_one":
        return row.code in set(item.codes) - item.missing_codes
    if item.type in ("integer", "decimal"):
        return _is_number(row.code)
    if item.type == "date":
        return row.text is not None and str(row.date).startswith(str(row.code))
    return row.text is not None


def _is_number(code: str | None) -> bool:
    try:
        return Decimal(code or "").is_finite()
    except InvalidOperation:
        return False


def _unreadable() -> Iterator[str]:
    """Yield every table with encrypted values that the instance's keys cannot read."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, (Encrypted, EncryptedBytes))]
        if columns:
            try:
                with db.session.execute(select(*columns).execution_options(yield_per=BATCH)) as rows:
                    deque(rows, maxlen=0)
            except (InvalidToken, ValueError):
                yield f"Table '{table.name}' holds values that the keys of this instance cannot read."
