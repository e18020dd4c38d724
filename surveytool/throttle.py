"""Limits on failures: wrong passwords, unknown join codes, unknown receipts. What succeeds is never counted.

Counters are kept in the memory of each process, the one piece of state that is not in the database.
"""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="fixed-window")

#: How many wrong guesses one address may make. Codes are random and long; this only keeps guessing slow and cheap.
JOIN_CODES = parse("60 per hour")
RECEIPTS = parse("20 per hour")


def too_many(limit: RateLimitItem, kind: str) -> bool:
    """Say whether the caller's address has used up its wrong guesses of a kind."""
    return not limiter.limiter.test(limit, kind, get_remote_address())


def failed(limit: RateLimitItem, kind: str) -> None:
    """Count a wrong guess of a kind against the caller's address."""
    limiter.limiter.hit(limit, kind, get_remote_address())
