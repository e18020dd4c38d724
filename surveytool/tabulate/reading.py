"""Reads counts off the database."""

from typing import Any

from sqlalchemy import Select

from surveytool.models import db


def scalar(query: Select[Any]) -> int:
    """Return the one number that a query counts."""
    return int(db.session.scalar(query) or 0)


def pairs(query: Any) -> list[tuple[str, int]]:
    """Return what a query counts by one key."""
    return [(key, count) for key, count in db.session.execute(query)]
