"""The house stands as docs/architecture.md says: each layer imports only from those above it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOORS = {"respond", "evaluate", "train", "manage"}

#: The order of DESIGN, of the parts that there are.
DESIGN = ("definitions", "models", "judge", "intake", "tabulate", "charts", "respond", "cli")

AGGREGATES = {"count", "sum", "avg", "min", "max", "total", "group_concat", "string_agg", "array_agg"}


def layers() -> list[list[str]]:
    """Return the lines of the table of docs/architecture.md, each with the parts of surveytool that it names."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = text.split("```")[1]
    lines = re.findall(r"^surveytool/(\w+(?:, \w+)*)", table, re.M)
    return [line.split(", ") for line in lines]


def parts() -> dict[str, list[Path]]:
    """Return every part of surveytool, a module or a package, with its files."""
    found: dict[str, list[Path]] = {}
    for file in sorted((ROOT / "surveytool").rglob("*.py")):
        part = file.relative_to(ROOT / "surveytool").parts[0].removesuffix(".py")
        if part not in ("__init__", "migrations"):
            found.setdefault(part, []).append(file)
    return found


def imported(source: str) -> Iterator[str]:
    """Yield the full name of everything a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole way"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_ours(source: str) -> set[str]:
    """Return the parts of surveytool that a module imports."""
    names = {name.split(".")[1] for name in imported(source) if name.startswith("surveytool.")}
    return names - {"__version__"}


def foreign(source: str) -> set[str]:
    """Return the packages a module imports that are neither Python's own nor surveytool."""
    names = {name.split(".")[0] for name in imported(source)}
    return names - sys.stdlib_module_names - {"surveytool"}


def allowed(part: str) -> set[str]:
    """Return the parts that a part may import: those on lines above, those before it on its line, and itself.

    Doors stand on one line and never import one another.
    """
    may: set[str] = {part}
    for line in layers():
        if part in line:
            return may if part in DOORS else may | set(line[: line.index(part)])
        may |= set(line)
    raise AssertionError(f"docs/architecture.md does not say where {part} stands")


def test_the_table_has_the_order_of_the_design() -> None:
    order = [name for line in layers() for name in line]

    assert len(order) == len(set(order))
    assert sorted(DESIGN, key=order.index) == list(DESIGN)
    assert DOORS & parts().keys() == DOORS & set(order)
    assert len({n for n, line in enumerate(layers()) for name in line if name in DOORS}) == 1


def test_every_part_stands_in_the_table_and_everything_in_it_is_there() -> None:
    assert {name for line in layers() for name in line} == parts().keys()


@pytest.mark.parametrize("part", parts())
def test_a_part_imports_only_from_those_above_it(part: str) -> None:
    for file in parts()[part]:
        below = of_ours(file.read_text("utf-8")) - allowed(part)
        assert not below, f"{file.relative_to(ROOT)} imports {', '.join(sorted(below))}"


@pytest.mark.parametrize("file", sorted((ROOT / "analysis").rglob("*.py")), ids=lambda file: file.stem)
def test_the_analysis_knows_nothing_of_ours(file: Path) -> None:
    source = file.read_text("utf-8")

    assert not of_ours(source)
    assert foreign(source) <= {"analysis", "numpy", "scipy"}


#: What parts may import that is not Python's own; nothing is said of parts that are not listed.
PACKAGES = {
    "definitions": {"yaml"},
    "places": set(),
    "text": {"myanmartools", "icu"},
    "languages": {"werkzeug"},
    "reading": set(),
    "charts": {"plotly"},
    "results": {"analysis"},
    "audit": {"analysis"},
}


@pytest.mark.parametrize("part", PACKAGES)
def test_a_part_that_should_stay_simple_needs_no_other_packages(part: str) -> None:
    for file in parts()[part]:
        assert foreign(file.read_text("utf-8")) <= PACKAGES[part], file.name


def test_definitions_know_nothing_but_where_they_lie() -> None:
    for file in parts()["definitions"]:
        assert of_ours(file.read_text("utf-8")) <= {"definitions", "places"}, file.name


def test_charts_are_handed_their_words() -> None:
    for file in parts()["charts"]:
        assert not of_ours(file.read_text("utf-8"))


def test_only_charts_know_plotly() -> None:
    for part, files in parts().items():
        for file in files:
            source = file.read_text("utf-8")
            named = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
            assert part == "charts" or not ({"plotly"} & foreign(source) or "plotly" in named), file.name


def test_no_part_imports_by_a_name_made_at_run_time() -> None:
    for files in parts().values():
        for file in files:
            source = file.read_text("utf-8")
            assert "import_module" not in source, file.name
            assert "__import__" not in source, file.name


def aggregating(source: str) -> list[str]:
    """Return what in a module's SQL counts or adds up."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            of_func = isinstance(node.value, ast.Name) and node.value.id == "func" and node.attr in AGGREGATES
            if of_func or node.attr in ("group_by", "having"):
                found.append(f"{node.attr}, line {node.lineno}")
        elif isinstance(node, ast.Constant) and re.search(r"\b(GROUP BY|COUNT\(|SUM\(|AVG\()", str(node.value)):
            found.append(f"SQL, line {node.lineno}")
    return found


@pytest.mark.parametrize("part", parts())
def test_only_tabulate_aggregates(part: str) -> None:
    found = {file.name: aggregating(file.read_text("utf-8")) for file in parts()[part]}

    assert any(found.values()) == (part == "tabulate"), found


@pytest.mark.parametrize("door", sorted(DOORS & parts().keys()))
def test_doors_are_built_alike(door: str) -> None:
    """A door, or each room of a large one, has the same modules; what its rooms share stands beside them."""
    folder, templates = ROOT / "surveytool" / door, ROOT / "surveytool" / "templates" / door
    rooms = sorted(file.parent for file in folder.glob("*/__init__.py"))
    for room in rooms or [folder]:
        modules = {file.stem for file in room.glob("*.py")}
        assert {"__init__", "views", "pages"} <= modules, room
        assert modules <= {"__init__", "views", "forms", "queries", "pages"}, room
        assert list((templates / room.relative_to(folder)).glob("*.html")), room
    if rooms:
        assert {file.stem for file in folder.glob("*.py")} <= {"__init__", "common", "listing", "long"}


def test_a_wrong_import_would_be_noticed() -> None:
    late = "def view():\n    from surveytool.evaluate import pages\n    import surveytool.cli\n"

    assert of_ours(late) == {"evaluate", "cli"}
    assert of_ours(late) - allowed("respond") == {"evaluate", "cli"}
    assert of_ours("from surveytool import intake, __version__") - allowed("judge") == {"intake"}
    assert foreign("import numpy.linalg as la\nfrom flask import g\nimport json") == {"numpy", "flask"}
    assert aggregating("select(func.count()).group_by(Response.id)\ntext('SELECT COUNT(*) FROM responses')")
    assert not aggregating("names.count('x'); sum(numbers)")
