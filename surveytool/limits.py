"""Limits on failures: how often passwords and codes may be guessed from one place. What succeeds is never counted."""

from dataclasses import dataclass

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse
from werkzeug.exceptions import TooManyRequests

#: Counts failures in the memory of each process, the one piece of state that is not in the database.
limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="fixed-window")


class TooManyGuesses(TooManyRequests):
    """Codes that nobody gave out were tried too often from one address."""


@dataclass(frozen=True)
class Guesses:
    """A kind of code that can be guessed, and how many wrong ones are looked up for one address."""

    name: str
    limit: RateLimitItem


#: Whole rooms sit behind one address, and some misread what is printed; a code that is right is never held up.
JOIN_CODES = Guesses("join code", parse("60 per 15 minutes"))
#: Receipts open answers, so that after these even a right one has to wait.
RECEIPTS = Guesses("receipt", parse("10 per 15 minutes"))


def missed(what: Guesses) -> None:
    """Count a code that is not known against where the request comes from. Raises TooManyGuesses."""
    if not limiter.limiter.hit(what.limit, what.name, get_remote_address()):
        raise TooManyGuesses


def check(what: Guesses) -> None:
    """Let nobody go on who has guessed too often. Raises TooManyGuesses."""
    if not limiter.limiter.test(what.limit, what.name, get_remote_address()):
        raise TooManyGuesses
