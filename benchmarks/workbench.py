"""Measures the pages of the evaluator's workbench at 10,000 responses, each beside its own bare query.

To add a page: one line in `PAGES`, with the query that the page exists to answer.
"""

import secrets
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import results, server
from benchmarks.figures import Figure
from surveytool import accounts
from surveytool.app import create_app
from surveytool.models import db

SIZE = 10_000


@dataclass(frozen=True)
class Page:
    """One page: what it is called, its address within the collection, and its bare query; :id is the collection's."""

    what: str
    path: str
    query: str


#: What stands, counted; at a moment it has to be derived first, and so has the floor.
COUNT = "SELECT variable, state, code, count(*) FROM standing WHERE collection_id = :id GROUP BY variable, state, code"
ANSWERS = """
    SELECT a.variable, a.state, a.code, count(*) FROM answers a JOIN responses r ON r.id = a.response_id
    WHERE r.collection_id = :id GROUP BY a.variable, a.state, a.code
"""
DERIVED = """
    SELECT a.variable, CASE WHEN r.id IN (SELECT response_id FROM judgements
            WHERE collection_id = :id AND effect = 'exclude form' AND made_at <= '2100' AND withdrawn_at IS NULL)
        THEN 'excluded' WHEN (a.response_id, a.variable) IN (SELECT response_id, variable FROM judgements
            WHERE collection_id = :id AND effect = 'exclude answer' AND made_at <= '2100' AND withdrawn_at IS NULL)
        THEN 'invalid' ELSE a.state END AS state, a.code, count(*)
    FROM answers a JOIN responses r ON r.id = a.response_id WHERE r.collection_id = :id GROUP BY a.variable, 2, a.code
"""
FLAGGED = """
    SELECT r.id, r.country, r.language, r.mode, j.rule, j.effect
    FROM judgements j JOIN responses r ON r.id = j.response_id
    WHERE j.collection_id = :id AND j.withdrawn_at IS NULL AND j.effect IN ('flag', 'caution', 'exclude form')
    ORDER BY r.id
"""
LISTED = """
    SELECT r.id, r.country, r.language, r.mode, r.received_at, count(s.variable) FROM responses r
    JOIN standing s ON s.response_id = r.id AND s.state = 'value' WHERE r.collection_id = :id GROUP BY r.id
"""
JUDGED = "SELECT id, response_id, variable, effect, reason, made_by FROM judgements WHERE collection_id = :id"

PAGES = (
    Page("validation queue", "validation", FLAGGED),
    Page("validation queue, one kind", "validation?signal=contradiction&show=undecided", FLAGGED),
    Page("judgements", "judgements", JUDGED),
    Page("decisions", "decisions", JUDGED),
    Page("forms", "responses", LISTED),
    Page("results as validated", "", COUNT),
    Page("results as received", "?as=received", ANSWERS),
    Page("results as of today", "?as={today}", DERIVED),
)


def measure(folder: Path, repeats: int, size: int = SIZE) -> list[Figure]:
    """Measure on the instance of the results, which is filled with what it lacks."""
    instance = folder / "results"
    results.fill(instance, size)
    with server.product(instance) as product:
        return _pages(instance, product, results.code_of(size), repeats)


def _pages(instance: Path, product: server.Server, code: str, repeats: int) -> list[Figure]:
    """Time each page and its query by turns; the first of each is warm-up and is not counted."""
    figures = []
    with closing(sqlite3.connect(instance / "surveytool.db")) as connection:
        (id_,) = connection.execute("SELECT id FROM collections WHERE code = ?", (code,)).fetchone()
        signed_in = _reader(instance, product)
        for page in PAGES:
            path = f"/evaluate/{code}/{page.path.format(today=time.strftime('%Y-%m-%d', time.gmtime()))}"
            assert product.get(path, signed_in)[0].status == 200, path
            runs: dict[str, Callable[[], object]] = {
                "floor": lambda query=page.query: connection.execute(query, {"id": id_}).fetchall(),  # type: ignore[misc]
                "page": lambda path=path: product.get(path, signed_in),  # type: ignore[misc]
            }
            rounds = [{name: _seconds(run) for name, run in runs.items()} for _ in range(repeats + 1)]
            medians = {name: 1000 * statistics.median(each[name] for each in rounds[1:]) for name in runs}
            what = f"workbench: {page.what}"
            figures.append(Figure(what, medians["page"], "ms", "its bare query", medians["floor"]))
    return figures


def _reader(instance: Path, product: server.Server) -> str:
    """Make an evaluator and sign in."""
    with create_app(instance).app_context():
        password, reader = secrets.token_urlsafe(12), f"{secrets.token_hex(4)}@example.org"
        accounts.add(reader, ["evaluator"], "benchmark", password=password)
        db.session.commit()
    return product.sign_in(reader, password)


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
