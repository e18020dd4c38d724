"""Identities are erased when their time is over or when somebody asks; figures stay as they are."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from surveytool.cli import main

Run = Callable[..., Result]


@pytest.fixture
def folder(filled_instance: Path, tmp_path: Path) -> Path:
    """An instance of its own with the 40 synthetic forms."""
    return Path(shutil.copytree(filled_instance, tmp_path / "instance"))


@pytest.fixture
def run(folder: Path) -> Run:
    """The command line on that instance."""
    return lambda *args: CliRunner().invoke(main, ["--instance", str(folder), *args])


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "surveytool.db") as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


def items(run: Run) -> object:
    return json.loads(run("results", "mekong-2003", "--format", "json").stdout)["items"]


def test_an_identity_is_erased_by_its_receipt_and_no_figure_changes(folder: Path, run: Run) -> None:
    ((receipt,),) = rows(folder, "SELECT receipt FROM responses WHERE id = 7")
    before = items(run)
    typed = f"{str(receipt)[:4]} {str(receipt)[4:8]}-{str(receipt)[8:]}".translate(str.maketrans("0123", "๐๑๒๓"))

    assert run("erase", typed, "--reason", "Asked for it.").output == "The identity is erased.\n"

    assert rows(folder, "SELECT count(*) FROM identities") == [(39,)]
    assert rows(folder, "SELECT count(*) FROM identities WHERE response_id = 7") == [(0,)]
    assert items(run) == before
    last = "SELECT who, what, about, why FROM audit_log WHERE what LIKE 'erased%'"
    assert rows(folder, last) == [("command line", "erased an identity", "response 7", "Asked for it.")]
    assert "No identity was kept" in run("erase", typed, "--reason", "Again.").output


def test_a_mistyped_receipt_is_told_from_one_that_is_not_known(run: Run) -> None:
    slip, unknown = run("erase", "1" * 17, "--reason", "x"), run("erase", "0" * 17, "--reason", "x")

    assert slip.exit_code
    assert "the last one must fit" in slip.output
    assert unknown.exit_code
    assert "No form has this receipt code" in unknown.output


def test_identities_past_their_last_day_are_erased_and_those_within_it_stay(folder: Path, run: Run) -> None:
    run("collection", "keep-identities", "mekong-2003", "--until", "2004-12-31", "--reason", "End of the project.")

    assert "mekong-2003: 40 to erase, kept until 2004-12-31" in run("retention", "--dry-run").output
    assert rows(folder, "SELECT count(*) FROM identities") == [(40,)]
    assert "demo: no last day is set" in run("retention").output
    assert rows(folder, "SELECT count(*) FROM identities") == [(0,)]
    assert "mekong-2003: 0 erased" in run("retention").output
    assert run("audit-log", "verify").exit_code == 0


def test_identities_stay_up_to_and_on_their_last_day(folder: Path, run: Run) -> None:
    run("collection", "keep-identities", "mekong-2003", "--until", "2999-12-31", "--reason", "Long project.")

    assert "mekong-2003: 0 erased" in run("retention").output
    assert rows(folder, "SELECT count(*) FROM identities") == [(40,)]
