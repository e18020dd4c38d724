"""Results as data: the shape that scripts rely on, the accounts that must add up, the spreadsheet."""

import csv
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from surveytool import collections, results
from surveytool.cli import main

SCALE_ITEMS = {"10": 92, "21a": 70, "21b": 63, "22": 55, "26": 133, "27": 66, "meeting useful": 77}


@pytest.fixture
def data(filled_app: Flask) -> dict[str, dict]:
    """The results of the reconstruction as scripts get them."""
    return results.as_json(results.collect(collections.find("mekong-2003")))


def test_forms_are_counted(data: dict[str, dict]) -> None:
    assert {key: data["forms"][key] for key in ("received", "excluded", "valid")} == {
        "received": 40,
        "excluded": 2,
        "valid": 38,
    }


@pytest.mark.parametrize(("number", "total"), SCALE_ITEMS.items())
def test_a_scale_item_has_counts_n_and_a_mean_that_follows_from_them(
    data: dict[str, dict], number: str, total: int
) -> None:
    item = data["items"][number]

    assert item["kind"] == "scale"
    assert list(item["counts"]) == ["0", "1", "2", "3", "4"]
    assert sum(item["counts"].values()) == item["n"]
    assert item["mean"] == pytest.approx(total / item["n"], abs=1e-12)
    low, high = item["ci95"]
    assert 0 <= low < item["mean"] < high <= 4


@pytest.mark.parametrize(
    ("number", "yes", "no"),
    [("9", 31, 7), ("11", 30, 0), ("13", 33, 3), ("14a", 30, 8), ("17a", 10, 1), ("18", 24, 4), ("28", 17, 17)],
)
def test_a_yes_no_item_counts_yes_and_no(data: dict[str, dict], number: str, yes: int, no: int) -> None:
    item = data["items"][number]

    assert item["kind"] == "yes_no"
    assert item["counts"] == {"yes": yes, "no": no}
    assert item["n"] == yes + no
    assert item["mean"] == pytest.approx(yes / (yes + no), abs=1e-12)


def test_every_item_accounts_for_every_form(data: dict[str, dict], filled_app: Flask) -> None:
    collected = results.collect(collections.find("mekong-2003"))

    for item in collected.items.values():
        assert item.answered + sum(item.missing.values()) + item.excluded == 40, item.number
        assert set(data["items"][item.number]["missing"]) == {"not_asked", "not_applicable", "no_answer", "invalid"}


def test_an_invalid_item_has_its_reason_instead_of_figures(data: dict[str, dict]) -> None:
    for number in ("12", "12 how soon"):
        assert data["items"][number]["invalid"].startswith("Everyone who answered already uses the skills")
        assert not {"n", "counts", "mean", "sd", "median", "ci95"} & data["items"][number].keys()


def test_tallies_are_by_country_and_at_regional_level(data: dict[str, dict]) -> None:
    assert data["tallies"]["21a body"]["Thailand"] == {
        "DSDW": 3,
        "Bureau of Anti-Trafficking": 2,
        "Maryknoll": 2,
        "National Commission on Anti-trafficking": 1,
        "UN-IAP": 1,
        "Others": 5,
    }
    assert data["tallies"]["21a body"]["Viet Nam"] == {"Women Union": 4, "Police": 2, "IOM": 1}
    assert data["tallies"]["21a body"]["Cambodia"] == {}
    assert data["tallies"]["21b body"]["all"]["IOM"] == 5
    assert sum(data["tallies"]["21b body"]["all"].values()) == 15


def test_synthetic_results_say_so(data: dict[str, dict]) -> None:
    assert data["synthetic"] == "reconstruction"


def write_csv(app: Flask, file: Path) -> list[dict[str, str]]:
    arguments = ["--instance", app.instance_path, "results", "mekong-2003", "--format", "csv", "--output", str(file)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))


def test_the_spreadsheet_has_the_figures_of_the_page(filled_app: Flask, data: dict[str, dict], tmp_path: Path) -> None:
    rows = write_csv(filled_app, tmp_path / "results.csv")

    assert (tmp_path / "results.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert {row["item"] for row in rows} == set(data["items"])
    for row in rows:
        item = data["items"][row["item"]]
        if row["code"]:
            assert int(row["people"]) == item["counts"][row["code"]]
            assert row["mean"] == ("" if item["mean"] is None else repr(item["mean"]))
        assert row["synthetic"] == "reconstruction"


@pytest.mark.libreoffice
def test_another_program_opens_the_spreadsheet_and_reads_the_same(
    filled_app: Flask, libreoffice: str, tmp_path: Path
) -> None:
    rows = write_csv(filled_app, tmp_path / "results.csv")

    # 44,34,76: comma, double quote, UTF-8; the sheet goes through the office's own format and back.
    commands = (["ods", "results.csv"], ["csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true", "results.ods"])
    (tmp_path / "out").mkdir()
    for form, name in commands:
        source = tmp_path / name if name.endswith("csv") else tmp_path / "out" / name
        reading = ["--infilter=CSV:44,34,76"] if name.endswith("csv") else []
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        target = ["--convert-to", form, "--outdir", str(tmp_path / "out"), str(source)]
        subprocess.run(
            [libreoffice, profile, "--headless", *reading, *target], check=True, capture_output=True, timeout=120
        )
    back = list(csv.DictReader((tmp_path / "out" / "results.csv").read_text("utf-8-sig").splitlines()))

    for was, now in zip(rows, back, strict=True):
        for column in ("item", "title", "answer", "people", "base", "sentence"):
            assert now[column] == was[column]
