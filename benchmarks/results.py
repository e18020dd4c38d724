"""Measures the evaluator's side: the results of 40, 1,000 and 100,000 responses, computed and as a page.

The floor is SQLite alone, counting the same standing rows by variable, state and code.
"""

import secrets
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks import generate, server
from benchmarks.figures import Figure
from surveytool import accounts
from surveytool.app import create_app
from surveytool.collections import find
from surveytool.models import db
from surveytool.results import collect

SIZES = (40, 1_000, 100_000)
FLOOR_IS = "bare GROUP BY over the same rows"
COUNT = """
    SELECT variable, state, code, count(*) FROM standing
    WHERE collection_id = (SELECT id FROM collections WHERE code = ?)
    GROUP BY variable, state, code
"""


def measure(folder: Path, repeats: int, sizes: tuple[int, ...] = SIZES) -> list[Figure]:
    """Measure on an instance in a folder, which is filled with what it lacks."""
    instance = folder / "results"
    filled = {size: fill(instance, size) for size in sizes}
    figures = []
    with server.product(instance) as product:
        for size in sizes:
            figures += _of_size(instance, product, size, repeats)
    if seconds := filled[sizes[-1]]:
        what = f"storing the {sizes[-1]:,} generated responses"
        figures.append(Figure(what, seconds, "s", "nothing", 0))
    return figures


def fill(instance: Path, size: int) -> float:
    """Store generated responses, unless a run before has; return the seconds it took, or 0."""
    generate.prepare(instance)
    with closing(sqlite3.connect(instance / "surveytool.db")) as connection:
        known = "SELECT count(*) FROM responses JOIN collections ON collections.id = collection_id WHERE code = ?"
        if connection.execute(known, (code_of(size),)).fetchone()[0] == size:
            return 0.0
    return generate.make(instance, code_of(size), size)


def code_of(size: int) -> str:
    """Return the code of the collection of so many generated responses."""
    return f"generated-{size}"


def _of_size(instance: Path, product: server.Server, size: int, repeats: int) -> list[Figure]:
    """Time page, computation and floor by turns; the first of each is warm-up and is not counted."""
    path = f"/evaluate/{code_of(size)}/"
    with (
        closing(sqlite3.connect(instance / "surveytool.db")) as connection,
        create_app(instance).app_context(),
    ):
        collection = find(code_of(size))
        runs: dict[str, Callable[[], object]] = {
            "floor": lambda: connection.execute(COUNT, (code_of(size),)).fetchall(),
            "collect": lambda: collect(collection),
        }
        password = secrets.token_urlsafe(12)
        reader = f"{secrets.token_hex(4)}@example.org"
        accounts.add(reader, ["evaluator"], "benchmark", password=password)
        db.session.commit()
        signed_in = product.sign_in(reader, password)
        assert product.get(path, signed_in)[0].status == 200
        runs["page"] = lambda: product.get(path, signed_in)
        rounds = [{name: _seconds(run) for name, run in runs.items()} for _ in range(repeats + 1)]
    medians = {name: 1000 * statistics.median(each[name] for each in rounds[1:]) for name in runs}
    names = {"page": "results page over HTTP", "collect": "results computed"}
    return [
        Figure(f"{what}, {size:,} responses", medians[name], "ms", FLOOR_IS, medians["floor"])
        for name, what in names.items()
        if name in medians
    ]


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
