"""The command line, as a person and as a script use it."""

import json
import re
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import surveytool
from surveytool.cli import main
from surveytool.places import QUESTIONNAIRES

FIGURES = QUESTIONNAIRES / "partner_survey" / "published_2003.json"
Run = Callable[..., Result]


def _run(instance: Path) -> Run:
    def run(*args: str | Path) -> Result:
        # A fault of the program itself is raised here, not swallowed.
        return CliRunner().invoke(main, ["--instance", str(instance), *map(str, args)], catch_exceptions=False)

    return run


@pytest.fixture
def instance(filled_instance: Path, tmp_path: Path) -> Path:
    """The folder of an instance with the reconstruction (mekong-2003) and the open demo collection."""
    return Path(shutil.copytree(filled_instance, tmp_path / "instance"))


@pytest.fixture
def run(instance: Path) -> Run:
    """`surveytool --instance ...` on that folder."""
    return _run(instance)


@pytest.fixture
def run_anew(tmp_path: Path) -> Run:
    """`surveytool --instance ...` on a folder that does not exist yet."""
    return _run(tmp_path / "new" / "instance")


def _rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(query).fetchall()


# Help -----------------------------------------------------------------------------------------------------------------


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(_commands(main))


@pytest.mark.parametrize(
    "line",
    [
        "demo",
        "serve",
        "check",
        "collection create",
        "collection open",
        "collection close",
        "collection list",
        "results",
        "audit",
        "rebuild",
        "db upgrade",
    ],
)
def test_the_promised_commands_are_there(line: str) -> None:
    assert tuple(line.split()) in COMMANDS


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_says_what_a_command_does_with_an_example_that_parses(
    path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0
    # Click folds long lines; the text before it is whole.
    text = " ".join((COMMANDS[path].help or "").split())
    said, _, example = text.partition("Example: surveytool ")
    assert said.strip().endswith(".")
    assert "Example: surveytool" in shown.output

    # An example may name a file as seen from the checkout, or one that lies at hand.
    shutil.copytree(QUESTIONNAIRES, tmp_path / "questionnaires")
    shutil.copy(FIGURES, tmp_path)
    for name in ("report.zip", "tablet.surveyform"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    context = main.make_context("surveytool", shlex.split(example))
    command: click.Command = main
    while isinstance(command, click.Group):
        name, found, args = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None
        command, context = found, found.make_context(name, list(args), parent=context)


def test_the_version_is_the_package_version() -> None:
    assert surveytool.__version__ in CliRunner().invoke(main, ["--version"]).output


# Errors ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("results nowhere", "no collection 'nowhere'. Collections: demo, mekong-2003."),
        ("results draft", "never been opened"),
        ("rebuild nowhere", "no collection 'nowhere'"),
        ("collection open nowhere", "no collection 'nowhere'"),
        ("collection close nowhere", "no collection 'nowhere'"),
        ("collection close mekong-2003", "not open; it is closed"),
        ("collection close draft", "not open; it is draft"),
        ("collection create demo --questionnaire partner_survey --title T", "a collection 'demo' already"),
        ("collection create new --questionnaire nothing --title T", "no questionnaire 'nothing'. Questionnaires: "),
        ("collection create 'A b' --questionnaire partner_survey --title T", "small letters, digits and hyphens"),
        ("collection create new --questionnaire partner_survey --title ''", "title"),
        ("audit {figures} --collection nowhere", "no collection 'nowhere'"),
        ("audit {figures} --collection draft", "never been opened"),
        ("audit {text}", "cannot be read as published figures"),
        ("audit {binary}", "cannot be read as published figures"),
        ("audit {list}", "no list of 'figures'"),
        ("audit {nameless}", "id"),
        ("stamp nothing th", "nothing"),
        ("stamp partner_survey xx", "xx.yaml"),
        ("stamp partner_survey th no.such.string", "no.such.string"),
    ],
)
def test_an_error_is_one_clear_line(run: Run, tmp_path: Path, line: str, says: str) -> None:
    files = {
        "text": b"40 forms",
        "binary": b"\xff\xfe\x00\x01",
        "list": b"[1, 2]",
        "nameless": b'{"figures": [{"printed": "1"}]}',
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_bytes(content)
    paths = {name: tmp_path / f"{name}.json" for name in files} | {"figures": FIGURES}
    if "draft" in line:
        assert run("collection", "create", "draft", "--questionnaire", "partner_survey", "--title", "T").exit_code == 0

    result = run(*shlex.split(line.format(**paths)))

    assert result.exit_code != 0
    assert result.stderr.startswith("Error: ")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("resluts demo", "No such command 'resluts'"),
        ("results", "Missing argument 'CODE'"),
        ("results demo --format xml", "'xml' is not one of 'text', 'json'"),
        ("collection create new --title T", "Missing option '--questionnaire'"),
        ("audit nowhere.json", "'nowhere.json' does not exist"),
        ("serve --port many", "'many' is not a valid integer"),
    ],
)
def test_a_slip_in_the_command_is_named_in_the_last_line(run: Run, line: str, says: str) -> None:
    result = run(*shlex.split(line))

    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert says in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("file", ["surveytool.db", "secrets.json"])
def test_a_damaged_instance_is_said_to_be_one(run: Run, instance: Path, file: str) -> None:
    (instance / file).write_bytes(b"this is neither a database nor JSON" * 100)

    result = run("collection", "list")

    assert result.exit_code != 0
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


def test_a_database_that_does_not_answer_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYTOOL_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")

    for command in (["collection", "list"], ["db", "upgrade"]):
        result = run(*command)

        assert result.exit_code != 0
        assert result.stderr.startswith("Error: The database does not answer")
        assert result.stderr.count("\n") == 1


# Filling and collections ----------------------------------------------------------------------------------------------


def test_demo_fills_an_instance_once(run_anew: Run) -> None:
    first, second = run_anew("demo", "--no-serve"), run_anew("demo", "--no-serve")

    assert first.exit_code == second.exit_code == 0
    assert "Storing the 40 synthetic forms" in first.output
    assert "Storing" not in second.output
    assert run_anew("workshop", "list").output.count("(synthetic)") == 12
    listed = [line.split("\t")[:4] for line in run_anew("collection", "list").output.splitlines()]
    assert [row for row in listed if not row[0].endswith(("-before", "-after", "-follow-up"))] == [
        ["demo", "open", "demo", "0"],
        ["mekong-2003", "closed", _join_code(run_anew, "mekong-2003"), "40"],
        ["returns-example", "open", _join_code(run_anew, "returns-example"), "57"],
    ]


def test_demo_leaves_what_was_answered(run: Run, instance: Path) -> None:
    run("collection", "close", "demo")

    assert run("demo", "--no-serve").exit_code == 0

    assert _state(run, "demo") == "closed"
    surveys = "select id from collections where questionnaire_name = 'partner_survey'"
    of_surveys = f"select count(*) from responses where collection_id in ({surveys})"
    assert _rows(instance / "surveytool.db", of_surveys) == [(40,)]


def _listed(run: Run) -> dict[str, list[str]]:
    rows = [line.split("\t") for line in run("collection", "list").output.splitlines()]
    return {row[0]: row[1:] for row in rows}


def _state(run: Run, code: str) -> str:
    return _listed(run)[code][0]


def _join_code(run: Run, code: str) -> str:
    return _listed(run)[code][1]


def test_a_collection_is_made_opened_closed_and_opened_again(run_anew: Run) -> None:
    made = run_anew("collection", "create", "border-2026", "--questionnaire", "partner_survey", "--title", "Mae Sai")
    assert made.exit_code == 0
    code, (state, join_code, received, title) = next(iter(_listed(run_anew).items()))
    assert (code, state, received, title) == ("border-2026", "draft", "0", "Mae Sai")
    assert join_code in made.output

    opened = run_anew("collection", "open", "border-2026")
    assert opened.exit_code == 0
    assert f"/c/{join_code}" in opened.output
    assert _state(run_anew, "border-2026") == "open"

    assert run_anew("collection", "close", "border-2026").exit_code == 0
    assert _state(run_anew, "border-2026") == "closed"

    assert run_anew("collection", "open", "border-2026").exit_code == 0
    assert _listed(run_anew)["border-2026"] == ["open", join_code, "0", "Mae Sai"]


def test_join_codes_cannot_be_guessed_from_one_another(run_anew: Run) -> None:
    for number in range(5):
        run_anew("collection", "create", f"c{number}", "--questionnaire", "partner_survey", "--title", "T")

    codes = {row[1] for row in _listed(run_anew).values()}

    assert len(codes) == 5
    assert all(len(code) == 8 for code in codes)
    assert len({code[:3] for code in codes}) > 1


# Results --------------------------------------------------------------------------------------------------------------


def test_results_as_json_have_the_shape_that_scripts_rely_on(run: Run) -> None:
    result = run("results", "mekong-2003", "--format", "json")
    assert result.exit_code == 0
    results = json.loads(result.stdout)

    assert {name: results["forms"][name] for name in ("received", "excluded", "valid")} == {
        "received": 40,
        "excluded": 2,
        "valid": 38,
    }
    for number, item in results["items"].items():
        assert set(item["missing"]) == {"not_asked", "not_applicable", "no_answer", "invalid"}, number
        figures = {"n", "counts", "mean", "sd", "median", "ci95", "base"}
        assert isinstance(item["label"], str), number
        assert isinstance(item["kind"], str), number
        if "invalid" in item:
            assert item["invalid"], number
            assert not figures & set(item), number
        else:
            assert figures <= set(item), number
            assert item["ci95"] is None or item["ci95"][0] <= item["mean"] <= item["ci95"][1], number
    assert [number for number, item in results["items"].items() if "invalid" in item] == ["12", "12 how soon"]
    assert results["items"]["10"]["counts"] == {"0": 0, "1": 1, "2": 8, "3": 13, "4": 9}
    assert results["items"]["14a"]["counts"] == {"yes": 30, "no": 8}
    assert {"21b", "28 rate", "meeting useful"} <= set(results["items"])
    assert results["tallies"]["21a body"]["Thailand"]["DSDW"] == 3
    assert results["tallies"]["21b body"]["all"]["IOM"] == 5


def test_results_in_words_begin_with_the_ledger_and_have_a_line_for_each_item(run: Run) -> None:
    lines = run("results", "mekong-2003").output.splitlines()
    items = json.loads(run("results", "mekong-2003", "--format", "json").stdout)["items"]

    assert lines[1] == "40 received, 2 excluded, 38 valid"
    assert [line.partition(":")[0] for line in lines[2:]] == list(items)
    assert "9: 31 of 38 respondents had received skills training over the past three years." in lines


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_collection_without_answers_has_results(run: Run, form: str) -> None:
    result = run("results", "demo", "--format", form)

    assert result.exit_code == 0
    if form == "json":
        items = json.loads(result.stdout)["items"]
        assert {item["n"] for item in items.values()} == {0}
        assert {item["mean"] for item in items.values()} == {None}


# The audit ------------------------------------------------------------------------------------------------------------

PROMISED = {"id", "printed", "recomputed", "verdict", "possible", "conflicts", "explanation"}


def _audit(run: Run, *args: str | Path) -> list[dict[str, Any]]:
    result = run("audit", *args, "--format", "json")
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_the_audit_says_one_thing_of_each_figure(run: Run) -> None:
    figures = json.loads(FIGURES.read_text("utf-8"))["figures"]

    with_answers = _audit(run, FIGURES, "--collection", "mekong-2003")
    alone = _audit(run, FIGURES)

    for verdicts in (with_answers, alone):
        assert [verdict["id"] for verdict in verdicts] == [figure["id"] for figure in figures]
        assert [verdict["printed"] for verdict in verdicts] == [figure["printed"] for figure in figures]
        assert all(set(verdict) >= PROMISED for verdict in verdicts)
    by_id = {verdict["id"]: verdict for verdict in with_answers}
    assert by_id["trained"]["verdict"] == "reproduced"
    assert by_id["trained"]["recomputed"] == "31"
    assert by_id["q23_mean"]["verdict"] == "other coding"
    assert "q14c_yes" in by_id["s_prevention"]["conflicts"]
    by_id = {verdict["id"]: verdict for verdict in alone}
    assert (by_id["trained"]["recomputed"], by_id["trained"]["verdict"]) == (None, "not checkable")
    assert by_id["q23_mean"]["verdict"] == "other coding"


def test_the_audit_in_words_has_a_line_for_each_figure(run: Run) -> None:
    result = run("audit", FIGURES, "--collection", "mekong-2003")

    assert result.exit_code == 0
    lines = [line.split("\t") for line in result.output.splitlines()]
    assert len(lines) == len(json.loads(FIGURES.read_text("utf-8"))["figures"])
    assert lines[0][:4] == ["forms_received", "40", "40", "reproduced"]


def test_the_audit_works_for_figures_that_are_not_ours(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    figure = {"id": "mine", "item": "9", "printed": "30", "statistic": "count", "code": "yes", "table": "t"}
    own.write_text(json.dumps({"figures": [figure]}))

    (verdict,) = _audit(run, own, "--collection", "mekong-2003")

    assert verdict["id"] == "mine"
    assert verdict["recomputed"] == "31"
    assert verdict["verdict"] != "reproduced"


# Rebuilding and upgrading ---------------------------------------------------------------------------------------------


def test_a_rebuild_of_what_is_right_changes_nothing(run: Run) -> None:
    for args in (["rebuild"], ["rebuild", "mekong-2003"]):
        result = run(*args)

        assert result.exit_code == 0
        assert "Nothing differed." in result.output


def figures(run: Run) -> dict[str, Any]:
    """Return the results as data, without how the audit log ended, which every export says anew."""
    data: dict[str, Any] = json.loads(run("results", "mekong-2003", "--format", "json").stdout)
    assert data.pop("audit_log")["count"] > 0
    return data


@pytest.mark.parametrize(
    ("damage", "rows"),
    [
        ("delete from standing where variable = 'trained' and response_id in (1, 2, 3)", 3),
        ("update standing set state = 'no_answer', code = null where variable = 'trained' and response_id = 1", 1),
        ("delete from standing", None),
    ],
)
def test_a_rebuild_mends_what_stands_and_says_how_much(run: Run, instance: Path, damage: str, rows: int | None) -> None:
    before = figures(run)
    database = instance / "surveytool.db"
    count = _rows(database, "select count(*) from standing")[0][0]
    _rows(database, damage)
    assert figures(run) != before

    result = run("rebuild", "mekong-2003")

    assert re.search(rf"\b{rows or count} rows? differed", result.output)
    assert figures(run) == before
    assert "Nothing differed." in run("rebuild").output


def test_an_upgrade_makes_a_database_and_leaves_a_filled_one_as_it_is(run: Run, run_anew: Run) -> None:
    assert "was brought up to date" in run_anew("db", "upgrade").output
    assert "is up to date" in run_anew("db", "upgrade").output
    assert run_anew("collection", "list").output == ""

    before = figures(run)
    assert "is up to date" in run("db", "upgrade").output
    assert figures(run) == before


def test_the_instance_may_be_named_in_the_environment(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURVEYTOOL_INSTANCE", str(instance))

    result = CliRunner().invoke(main, ["collection", "list"])

    assert "mekong-2003" in result.output


def test_the_questionnaires_and_translations_are_whole(run: Run) -> None:
    result = run("check")

    assert result.output.splitlines()[-1] == "Every questionnaire and translation is whole."
    assert result.exit_code == 0


# Serving --------------------------------------------------------------------------------------------------------------


@contextmanager
def _serving(instance: Path, *args: str) -> Iterator[tuple[str, list[str]]]:
    """Serve as a process of its own; yields the address and what was printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-u", "-m", "surveytool.cli", "--instance", str(instance), *args, "--port", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line.strip())
            if "Ctrl+C" in line:
                break
        yield f"http://127.0.0.1:{port}", printed
        process.terminate()


def _status(address: str, **headers: str) -> int:
    asked = urllib.request.Request(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


EVALUATOR_PAGES = ["/evaluate/", "/evaluate/mekong-2003/", "/evaluate/mekong-2003/published", "/evaluate/plotly.min.js"]


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["serve"], 200),
        (["serve", "--host", "localhost"], 200),
        (["serve", "--host", "0.0.0.0"], 421),
        (["demo"], 200),
    ],
)
def test_over_plain_http_people_sign_in_only_on_the_loopback_address(
    instance: Path, args: list[str], status: int
) -> None:
    with _serving(instance, *args) as (address, printed):
        # Who is not signed in is sent to where one signs in, if that is to be had over this line.
        statuses = {path: _status(address + path) for path in EVALUATOR_PAGES}
        form = _status(f"{address}/c/demo/th")

    assert statuses == dict.fromkeys(EVALUATOR_PAGES, status)
    assert form == 200
    assert any("/c/demo" in line for line in printed)
    assert any("/evaluate/" in line for line in printed) == (status == 200)


def test_behind_a_proxy_people_sign_in_only_where_the_proxy_speaks_https(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEYTOOL_PROXY_HOPS", "1")
    monkeypatch.setenv("SURVEYTOOL_HOSTS", "survey.example.org,127.0.0.1")
    with _serving(instance, "serve") as (address, printed):
        plain = _status(f"{address}/login", X_Forwarded_Proto="http")
        safe = _status(f"{address}/login", X_Forwarded_Proto="https")
        form = _status(f"{address}/c/demo/th", X_Forwarded_Proto="http")

    assert (plain, safe, form) == (421, 200, 200)
    assert any(line.endswith("https://survey.example.org/login") for line in printed)


def test_without_a_proxy_nobody_is_believed_who_says_that_the_line_is_safe(instance: Path) -> None:
    with _serving(instance, "serve", "--host", "0.0.0.0") as (address, _):
        assert _status(f"{address}/login", X_Forwarded_Proto="https") == 421


def test_the_addresses_that_demo_prints_open(instance: Path) -> None:
    with _serving(instance, "demo") as (_, printed):
        addresses = [word for line in printed for word in line.split() if word.startswith("http://")]
        statuses = {address: _status(address) for address in addresses}

    # The page to sign in on, the open form, three collections' results and the workshops, which ask to sign in first.
    assert len(statuses) == 6
    assert set(statuses.values()) == {200}


def _fails_to_serve(instance: Path, port: str) -> str:
    """Return what is said on the error output when nothing can be served."""
    command = [sys.executable, "-m", "surveytool.cli", "--instance", str(instance), "serve", "--port", port]
    # Serving after all would end in a timeout.
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_in_use_is_one_line(instance: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        said = _fails_to_serve(instance, str(taken.getsockname()[1]))

    assert said.startswith("Error: Cannot serve on 127.0.0.1")
    assert "--port" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_cannot_be_is_refused(instance: Path, port: str) -> None:
    assert _fails_to_serve(instance, port).splitlines()[-1].startswith("Error: ")
