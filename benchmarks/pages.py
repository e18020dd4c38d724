"""Measures pages over HTTP, each beside its own bare query: time on the clock, and processor time."""

import secrets
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select

from benchmarks import results, server
from benchmarks.figures import Figure
from surveytool import accounts
from surveytool.app import create_app
from surveytool.collections import find
from surveytool.models import Affiliation, Organisation, Response, db

ORGANISATIONS = 400
FLOOR_IS = "its bare queries"


@dataclass(frozen=True)
class Page:
    """One page: its address within the collection, and the queries it cannot do without; :id is the collection's.

    In the address {today} is the day and {form} one form; in the queries {scales}, {yes_no}, {coded} and {words} are
    names of variables, and :form is that form.
    """

    what: str
    path: str
    queries: Sequence[str]


def measure(folder: Path, repeats: int, pages: Sequence[Page], size: int) -> list[Figure]:
    """Measure pages on the instance of the results, which is filled with what it lacks."""
    instance = folder / "results"
    results.fill(instance, size)
    code = results.code_of(size)
    with create_app(instance).app_context():
        names = _prepare(code)
        password, reader = secrets.token_urlsafe(12), f"{secrets.token_hex(4)}@example.org"
        accounts.add(reader, ["evaluator"], "benchmark", password=password)
        db.session.commit()
        known = {"id": find(code).id, "form": _some_form(code)}
    with server.product(instance) as product, closing(sqlite3.connect(instance / "surveytool.db")) as connection:
        signed_in = product.sign_in(reader, password)
        figures = []
        for page in pages:
            address = page.path.format(today=time.strftime("%Y-%m-%d", time.gmtime()), form=known["form"])
            path = f"/evaluate/{code}/{address}"
            assert product.get(path, signed_in)[0].status == 200, path
            bare = [query.format(**names) for query in page.queries]
            figures.append(
                _figure(
                    f"page: {page.what}",
                    lambda path=path: product.get(path, signed_in),  # type: ignore[misc]
                    lambda bare=bare: [connection.execute(query, known).fetchall() for query in bare],  # type: ignore[misc]
                    product,
                    repeats,
                )
            )
    return figures


def _figure(
    what: str, page: Callable[[], object], floor: Callable[[], object], product: server.Server, repeats: int
) -> Figure:
    """Time a page and its floor by turns; the first of each is warm-up and is not counted."""
    taken: dict[str, list[tuple[float, float]]] = {"page": [], "floor": []}
    for _ in range(repeats + 1):
        taken["floor"].append(_taken(floor, time.thread_time))
        taken["page"].append(_taken(page, lambda: product.cpu_exactly() or 0.0))
    middle = {
        name: [1000 * statistics.median(each) for each in zip(*rounds[1:], strict=True)]
        for name, rounds in taken.items()
    }
    (wall, cpu), (floor_wall, floor_cpu) = middle["page"], middle["floor"]
    return Figure(what, wall, "ms", FLOOR_IS, floor_wall, cpu=cpu or None, floor_cpu=floor_cpu)


def _taken(run: Callable[[], object], clock: Callable[[], float]) -> tuple[float, float]:
    """Return the seconds something took, and the processor time by some clock."""
    started, worked = time.perf_counter(), clock()
    run()
    return time.perf_counter() - started, clock() - worked


def _some_form(code: str) -> int:
    """Return a form from the middle of a collection."""
    of = select(Response.id).where(Response.collection_id == find(code).id).order_by(Response.id)
    forms = db.session.scalars(of).all()
    return forms[len(forms) // 2]


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
    return {
        "scales": _listed(each.name for each in variables if each.kind == "scale"),
        "yes_no": _listed(each.name for each in variables if each.kind == "yes_no" and not each.choice),
        "coded": _listed(each.name for each in variables if each.kind == "coded"),
        "words": _listed(each.name for each in variables if each.item.type == "text"),
    }


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
