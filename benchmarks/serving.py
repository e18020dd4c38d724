"""Measures the respondent's side: the form shown, the form stored, what a first view costs, what an idle server holds.

The floor of showing is a trivial Flask view under the same server. The floor of storing is SQLite alone: the rows that
one submission left, inserted again and again by hand into a copy of the same database, one durable commit each.
"""

import re
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlencode, urljoin

from benchmarks import generate, load, server
from benchmarks.figures import Figure
from surveytool.app import create_app
from surveytool.collections import find

CODE = "load"
LANGUAGE = "th"
#: What a phone's browser accepts over HTTPS.
ACCEPT = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": LANGUAGE}
FORM = {"Content-Type": "application/x-www-form-urlencoded", **ACCEPT}
#: Made-up forms sent in turn, each time by another person under another identifier.
DIFFERENT_FORMS = 500


def measure(folder: Path, seconds: float, repeats: int) -> list[Figure]:
    """Measure on a new instance in a folder; each figure and its floor by turns, so that both meet the same weather."""
    instance = folder / "serving"
    generate.make(instance, CODE, 0)
    bodies = _bodies(instance)
    with server.product(instance) as product, server.trivial() as trivial:
        idle = product.memory()
        first = _first_view(product)
        memory_floor = trivial.memory()
        shown, word = _by_turns(
            repeats,
            lambda: _loaded(product, _gets(f"/c/{CODE}/{LANGUAGE}"), seconds),
            lambda: _loaded(trivial, _gets("/"), seconds),
        )
        stored, bare = _by_turns(
            repeats,
            lambda: _loaded(product, _posts(f"/c/{CODE}/{LANGUAGE}", bodies), seconds),
            lambda: bare_inserts(instance / "surveytool.db", folder / "bare.db", seconds),
        )
        busy = product.memory()
    return [
        Figure.of_load("form shown (GET)", shown, "a trivial Flask view", word),
        Figure.of_load("form stored (POST)", stored, "bare SQLite insert, same rows, one after another", bare),
        Figure("server idle, before the first request", idle, "MiB", "the trivial server", memory_floor),
        Figure("server after the load", busy, "MiB", "the trivial server, idle", memory_floor),
        *first,
    ]


def _by_turns(repeats: int, *runs: Callable[[], load.Load]) -> list[load.Load]:
    """Run each in turn, several times over; return the medians of each."""
    rounds = [[run() for run in runs] for _ in range(repeats)]
    return [load.median(list(each)) for each in zip(*rounds, strict=True)]


def _loaded(up: server.Server, requests: Callable[[int], Iterator[load.Request]], seconds: float) -> load.Load:
    """Load a server, and note the processor time it took for a request."""
    before = up.cpu()
    found = load.run(up.port, requests, seconds)
    after = up.cpu()
    if before is None or after is None:
        return found
    return replace(found, cpu=1000 * (after - before) / max(1, found.sent))


def _gets(path: str) -> Callable[[int], Iterator[load.Request]]:
    def requests(worker: int) -> Iterator[load.Request]:
        while True:
            yield "GET", path, None, ACCEPT

    return requests


def _posts(path: str, bodies: list[str]) -> Callable[[int], Iterator[load.Request]]:
    def requests(worker: int) -> Iterator[load.Request]:
        for number in count(worker, load.CONCURRENCY):
            submission = uuid.uuid4()
            body = f"{bodies[number % len(bodies)]}&submission={submission}&name=Synthetic+person+{submission}"
            yield "POST", path, body.encode(), FORM

    return requests


def _bodies(instance: Path) -> list[str]:
    """Return made-up forms as a browser sends them, without the name, which is added when they are sent."""
    with create_app(instance).app_context():
        q = find(CODE).version.questionnaire
        made = [form.sent for form in islice(generate.forms(q, seed=2), DIFFERENT_FORMS)]
    return [urlencode({name: values for name, values in sent.items() if name != q.person}, doseq=True) for sent in made]


# The floor of storing -------------------------------------------------------------------------------------------------

#: Every table a submission writes to, the response first; how its rows name the response.
WRITTEN = {"responses": "id", "identities": "response_id", "answers": "response_id", "standing": "response_id"}


def bare_inserts(database: Path, scratch: Path, seconds: float) -> load.Load:
    """Insert one submission's rows over and over into a copy of the database; each is one durable transaction."""
    _copy(database, scratch)
    with closing(sqlite3.connect(scratch, isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        last = connection.execute("SELECT max(id) FROM responses").fetchone()[0]
        tables = [_rows(connection, table, key, last) for table, key in WRITTEN.items()]
        used = time.process_time()
        times = _insert(connection, tables, last, seconds)
        used = time.process_time() - used
    scratch.unlink()
    times.sort()
    p50, p99 = (1000 * load.quantile(times, share) for share in (0.50, 0.99))
    return load.Load(len(times) / seconds, p50, p99, sent=len(times), failed=0, cpu=1000 * used / len(times))


def _copy(database: Path, scratch: Path) -> None:
    scratch.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(scratch)) as target:
        source.backup(target)


def _rows(connection: sqlite3.Connection, table: str, key: str, response: int) -> tuple[str, list[dict]]:
    """Return the statement that inserts into a table, and the rows that a response has there."""
    found = connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (response,))
    names = [column[0] for column in found.description]
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
    return statement, [dict(zip(names, row, strict=True)) for row in found]


def _insert(connection: sqlite3.Connection, tables: list[tuple[str, list[dict]]], last: int, seconds: float) -> list:
    times = []
    end = time.perf_counter() + seconds
    for number in count(last + 1):
        before = time.perf_counter()
        if before >= end:
            return times
        connection.execute("BEGIN IMMEDIATE")
        unique = {"submission": str(uuid.uuid4()), "receipt": f"{number:017}"}
        for statement, rows in tables:
            own = {"id": number, **unique} if "INTO responses" in statement else {"response_id": number}
            connection.executemany(statement, [row | own for row in rows])
        connection.execute("COMMIT")
        times.append(time.perf_counter() - before)
    return times


# The first view -------------------------------------------------------------------------------------------------------


def _first_view(product: server.Server) -> list[Figure]:
    """Count what a browser that was never here fetches from the printed address on, compressed as it accepts."""
    answer, body = product.get(f"/c/{CODE}", ACCEPT)
    sizes = [len(body)]
    path = answer.headers["Location"]
    answer, body = product.get(path, ACCEPT)
    sizes.append(len(body))
    plain = product.get(path)[1].decode()
    for asset in _assets(plain, path):
        sizes.append(len(product.get(asset, ACCEPT)[1]))
    encoding = answer.headers.get("Content-Encoding", "not compressed")
    return [
        Figure(f"first view, compressed ({encoding}), without fonts", sum(sizes) / 1000, "kB", "the budget", 60),
        Figure("first view, requests, the redirect among them", len(sizes), "requests", "the budget", 14),
    ]


def _assets(html: str, page: str) -> list[str]:
    """Return the addresses of style sheets, scripts and pictures of a page."""
    found = re.findall(r"""<(?:link[^>]*?\shref|(?:script|img)[^>]*?\ssrc)="([^"]+)\"""", html)
    return list(dict.fromkeys(urljoin(page, address) for address in found if not address.startswith("data:")))
