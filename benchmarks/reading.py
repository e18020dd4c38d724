"""Measures the pages that read results at 10,000 responses, each beside the bare query on `standing` under it."""

import secrets
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert, select

from benchmarks import results, server
from benchmarks.figures import Figure
from surveytool import accounts
from surveytool.app import create_app
from surveytool.collections import find
from surveytool.models import Affiliation, Organisation, Response, db

SIZE = 10_000
ORGANISATIONS = 400
FLOOR_IS = "its bare query on standing"

_OF = "collection_id = (SELECT id FROM collections WHERE code = ?)"
_COUNT = f"SELECT variable, state, code, count(*) FROM standing WHERE {_OF} GROUP BY variable, state, code"
#: Each page, and the counts it cannot do without.
PAGES: dict[str, tuple[str, ...]] = {
    "": (_COUNT,),
    "compare?by=country": (
        f"SELECT country, variable, state, code, count(*) FROM standing WHERE {_OF} AND variable IN ({{scales}}) "
        "GROUP BY country, variable, state, code",
    ),
    "compare?item=21a&by=kind": (
        "SELECT kind, state, code, count(*) FROM standing LEFT JOIN affiliations USING (response_id) "
        f"LEFT JOIN organisations ON organisations.id = organisation_id WHERE standing.{_OF} "
        "AND variable = 'coordination_national' GROUP BY kind, state, code",
    ),
    "cross?rows=21a&columns=26": (
        "SELECT a.state, a.code, b.state, b.code, count(*) FROM standing a JOIN standing b USING (response_id) "
        f"WHERE a.{_OF} AND a.variable = 'coordination_national' AND b.variable = 'prevention_important' "
        "GROUP BY a.state, a.code, b.state, b.code",
    ),
    "by-organisation": (
        "SELECT variable, organisation_id, count(*), sum(code), sum(code * code) FROM standing "
        f"LEFT JOIN affiliations USING (response_id) WHERE standing.{_OF} AND state = 'value' "
        "AND variable IN ({scales}, {yes_no}) GROUP BY variable, organisation_id",
    ),
    "politeness?by=country": (
        f"SELECT country, response_id, variable, state, code FROM standing WHERE {_OF} "
        "AND variable IN ({scales}, {yes_no})",
        f"SELECT country, response_id, sum(state = 'no_answer'), count(*) FROM standing WHERE {_OF} "
        "GROUP BY country, response_id",
        _COUNT,
    ),
    "pictures": (_COUNT,),
}


def measure(folder: Path, repeats: int, size: int = SIZE) -> list[Figure]:
    """Measure on an instance in a folder, which is filled with what it lacks."""
    instance = folder / "results"
    results.fill(instance, size)
    code = results.code_of(size)
    with server.product(instance) as product, closing(sqlite3.connect(instance / "surveytool.db")) as connection:
        with create_app(instance).app_context():
            listed = _prepare(code)
            password, reader = secrets.token_urlsafe(12), f"{secrets.token_hex(4)}@example.org"
            accounts.add(reader, ["evaluator"], "benchmark", password=password)
            db.session.commit()
        signed_in = product.sign_in(reader, password)
        figures = []
        for address, queries in PAGES.items():
            path = f"/evaluate/{code}/{address}"
            assert product.get(path, signed_in)[0].status == 200
            bare = [query.format(**listed) for query in queries]
            runs: dict[str, Callable[[], object]] = {
                "floor": lambda bare=bare: [connection.execute(query, (code,)).fetchall() for query in bare],  # type: ignore[misc]
                "page": lambda path=path: product.get(path, signed_in),  # type: ignore[misc]
            }
            rounds = [{name: _seconds(run) for name, run in runs.items()} for _ in range(repeats + 1)]
            medians = {name: 1000 * statistics.median(each[name] for each in rounds[1:]) for name in runs}
            what = f"{address.split('&')[0] or 'results, item by item'} over HTTP, {size:,} responses"
            figures.append(Figure(what, medians["page"], "ms", FLOOR_IS, medians["floor"]))
    return figures


def _prepare(code: str) -> dict[str, str]:
    """Tie the forms to a register, unless a run before has; return names of variables as SQL lists them."""
    collection = find(code)
    assert collection.version is not None
    of = Response.collection_id == collection.id
    tied = select(Affiliation.id).join(Response, Response.id == Affiliation.response_id).where(of).limit(1)
    if db.session.scalar(tied) is None:
        kinds = ("government", "ngo", "ingo", "un")
        found = [
            Organisation(name=f"Synthetic organisation {n}", kind=kinds[n % 4], direct_partner=n % 3 == 0)
            for n in range(ORGANISATIONS)
        ]
        db.session.add_all(found)
        db.session.flush()
        rows = [
            {"response_id": form, "organisation_id": found[n % ORGANISATIONS].id, "made_by": "benchmark"}
            for n, form in enumerate(db.session.scalars(select(Response.id).where(of)))
        ]
        db.session.execute(insert(Affiliation), rows)
        db.session.commit()
    variables = collection.version.questionnaire.variables.values()
    scales = [each.name for each in variables if each.kind == "scale"]
    yes_no = [each.name for each in variables if each.kind == "yes_no" and not each.choice]
    return {"scales": _listed(scales), "yes_no": _listed(yes_no)}


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
