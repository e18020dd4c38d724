"""The 2003 reconstruction: forty made-up forms that have the counts that were printed."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from surveytool import collections, reconstruction
from surveytool.cli import main
from surveytool.models import Answer, Coding, Identity, Judgement, Response, db
from surveytool.places import QUESTIONNAIRES
from surveytool.results import as_json, collect

PUBLISHED = json.loads((QUESTIONNAIRES / "partner_survey" / "published_2003.json").read_text("utf-8"))
FIGURES = {figure["id"]: figure for figure in PUBLISHED["figures"]}


@pytest.fixture
def results(filled_app: Flask) -> dict[str, Any]:
    """The results of the reconstruction, as scripts read them."""
    return as_json(collect(collections.find(reconstruction.CODE)))


Answers = Mapping[str, tuple[str, str | None]]


def _forms() -> dict[int, Answers]:
    """State and code of every variable of every form, the forms in the order they came."""
    found: dict[int, dict[str, tuple[str, str | None]]] = {}
    rows = sa.select(Answer.response_id, Answer.variable, Answer.state, Answer.code).order_by(Answer.response_id)
    for response, variable, state, code in db.session.execute(rows):
        found.setdefault(response, {})[variable] = (state, code)
    return found


def _excluded() -> set[int]:
    return set(db.session.scalars(sa.select(Judgement.response_id).where(Judgement.effect == "exclude form")))


@pytest.fixture
def valid(filled_app: Flask) -> list[Answers]:
    """The valid forms: what each holds for every variable."""
    excluded = _excluded()
    return [answers for response, answers in _forms().items() if response not in excluded]


# The same every time --------------------------------------------------------------------------------------------------

STORE = """
import hashlib, json, sys
from surveytool import reconstruction
fields = lambda form: [form.country, form.language, form.mode, sorted(form.sent.items()), sorted(form.codes.items())]
print(hashlib.sha256(json.dumps([fields(form) for form in reconstruction.forms()]).encode()).hexdigest())
"""


def test_the_same_forms_come_out_every_time() -> None:
    assert reconstruction.forms() == reconstruction.forms()

    digests = {
        subprocess.run(
            [sys.executable, "-c", STORE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


# What was printed -----------------------------------------------------------------------------------------------------

# Printed figures that the printed figures themselves forbid, with what stands instead.
FORBIDDEN = {
    "s_protection": "31 in the synthesis, 32 in its own table",
    "s_prevention": "29 in the synthesis, 30 in its own table",
    "s_legal": "31 in the synthesis, 24 in its own table",
    "s_other": "13 in the synthesis, 14 in its own table",
    "s_q20_external": "1 in the synthesis, 2 in the details",
    "q28_na": "5 in its table, where 38 - 34 and the synthesis leave 4",
    "s_q28_rate_n": "14 in the synthesis, 17 in the details",
    "q21b_body_na": "13 is 38 - 25; of the 25 who rated 10 name no body",
}
# Statistics that are counts of people, forms, answers or mentions.
COUNTS = {"count", "n", "missing", "asked", "forms", "sum", "min", "max", "people", "mentions"}
COUNTED = [
    figure for figure in FIGURES.values() if figure["statistic"] in COUNTS and figure["item"] not in ("register", "17")
]


def _found(figure: Mapping[str, Any], results: Mapping[str, Any], valid: list[Answers]) -> float | None:
    """Return what the results have in the place of a printed figure."""
    if figure["statistic"] == "forms":
        return _forms_of(figure, results)
    if names := figure.get("any_of"):
        variables = {"14a": "activities.orderly_return", "14b": "activities.reintegration"}
        return sum(any(form[variables[name]] == ("value", "1") for name in names) for form in valid)
    item, tally = results["items"][figure["item"]], results["tallies"].get(figure["item"], {})
    table = tally.get(figure.get("filter", {}).get("country", "all"), {})
    numbers = {float(code): n for code, n in item["counts"].items()} if figure["statistic"] in NUMBERS else {}
    return {
        "count": lambda: (table or item["counts"])[figure["code"]],
        "n": lambda: item["n"],
        "asked": lambda: results["forms"]["valid"],
        "missing": lambda: _missing(figure, item, table),
        "sum": lambda: sum(code * n for code, n in numbers.items()),
        "min": lambda: min(code for code, n in numbers.items() if n),
        "max": lambda: max(code for code, n in numbers.items() if n),
        # One code a person, so that people and mentions are one number.
        "people": lambda: sum(table.values()),
        "mentions": lambda: sum(table.values()),
    }[figure["statistic"]]()


NUMBERS = ("sum", "min", "max")


def _missing(figure: Mapping[str, Any], item: Mapping[str, Any], table: Mapping[str, int]) -> int:
    """Return how many did not answer: of the valid forms, or (bodies by country) of those received from there."""
    if "filter" in figure:
        return RECEIVED[figure["filter"]["country"]] - sum(table.values())
    return sum(item["missing"].values())


RECEIVED = {"Thailand": 25, "Viet Nam": 9, "Myanmar": 3, "Cambodia": 2, "Lao PDR": 1}


def _forms_of(figure: Mapping[str, Any], results: Mapping[str, Any]) -> int:
    if "filter" not in figure:
        return int(results["forms"][figure["of"]])
    country = figure["filter"]["country"].lower().replace(" ", "_")
    return len(db.session.scalars(sa.select(Response.id).where(Response.country == country)).all())


def test_every_printed_count_that_can_be_met_is_met(results: dict[str, Any], valid: list[Answers]) -> None:
    found = {figure["id"]: _found(figure, results, valid) for figure in COUNTED}

    differing = {name for name, value in found.items() if value != float(FIGURES[name]["printed"])}
    assert differing == set(FORBIDDEN)
    assert len(found) > 130


@pytest.mark.parametrize(
    ("number", "printed", "decimals"),
    [
        ("10", 2.97, 2),
        ("11", 1.00, 2),
        ("21a", 2.33, 2),
        ("22", 1.72, 2),
        ("24", 0.79, 2),
        ("26", 3.5, 1),
        ("27", 1.89, 2),
        ("28", 0.5, 1),
        ("28 rate", 30, 0),
        ("meeting useful", 2.75, 2),
        ("meeting interesting", 2.75, 2),
    ],
)
def test_every_printed_mean_that_its_base_allows_is_met(
    results: dict[str, Any], number: str, printed: float, decimals: int
) -> None:
    assert abs(results["items"][number]["mean"] - printed) <= 0.5 * 10**-decimals + 1e-9


# Printed as averages over another base: the counts are met, so the mean of who answered differs.
@pytest.mark.parametrize(
    ("number", "yes", "no"),
    [
        ("9", 31, 7),
        ("13", 33, 3),
        ("14a", 30, 8),
        ("14b", 33, 5),
        ("14c", 30, 8),
        ("14d", 32, 6),
        ("14e", 24, 14),
        ("14f", 14, 24),
        ("15", 10, 26),
        ("16", 19, 17),
        ("17a", 10, 1),
        ("17b", 10, 1),
        ("18", 24, 4),
        ("19", 20, 5),
        ("20", 18, 8),
        ("23", 23, 8),
        ("24", 26, 7),
        ("28", 17, 17),
    ],
)
def test_yes_and_no_are_as_printed(results: dict[str, Any], number: str, yes: int, no: int) -> None:
    item = results["items"][number]

    assert item["counts"] == {"yes": yes, "no": no}
    assert item["n"] == yes + no
    assert item["n"] + sum(item["missing"].values()) == 38
    assert item["mean"] == pytest.approx(yes / (yes + no))


# What part of the count was forced, and what was chosen -------------------------------------------------------------


def test_two_forms_are_excluded_for_a_reason_and_hold_next_to_nothing(filled_app: Flask) -> None:
    excluded = _excluded()
    reasons = set(db.session.scalars(sa.select(Judgement.reason).where(Judgement.effect == "exclude form")))
    countries = set(db.session.scalars(sa.select(Response.country).where(Response.id.in_(excluded))))
    forms = _forms()

    assert len(excluded) == len(reasons) == 2
    assert "thailand" not in countries
    for response in excluded:
        answers = forms[response]
        assert not any(
            answers[name] == ("value", "yes") for name in ("research_other", "log_frame", "pcm", "evaluated")
        )
        assert not any(answers[name] == ("value", "1") for name in answers if name.startswith("activities."))


def test_forms_came_from_the_countries_printed_and_the_thai_and_myanmar_ones_were_at_the_meeting(
    filled_app: Flask,
) -> None:
    by_country = dict(db.session.execute(sa.select(Response.country, sa.func.count()).group_by(Response.country)).all())
    at_the_meeting = (
        sa.select(Response.country, sa.func.count())
        .join(Answer, Answer.response_id == Response.id)
        .where(Answer.variable == "attended", Answer.code == "yes")
        .group_by(Response.country)
    )

    # The tables of bodies are of the first four: 39 of the 40 received.
    assert by_country == {"thailand": 25, "viet_nam": 9, "myanmar": 3, "cambodia": 2, "lao_pdr": 1}
    assert dict(db.session.execute(at_the_meeting).all()) == {"thailand": 25, "myanmar": 3}


def test_who_leaves_a_tool_for_planning_out_leaves_one_for_monitoring_out(
    results: dict[str, Any], valid: list[Answers]
) -> None:
    states = Counter((form["planning_tools"][0], form["monitoring_tools"][0]) for form in valid)

    assert states == {("value", "value"): 11, ("not_applicable", "not_applicable"): 22, ("no_answer", "no_answer"): 5}
    for number in ("17a", "17b"):
        missing = results["items"][number]["missing"]
        assert (missing["not_applicable"], missing["no_answer"]) == (22, 5)


def test_fifteen_of_those_who_rated_regional_coordination_name_one_body_each(
    results: dict[str, Any], valid: list[Answers]
) -> None:
    rated = [form for form in valid if form["coordination_regional"][0] == "value"]
    named = [form for form in valid if form["body_regional"][0] == "value"]

    assert len(rated) == 25
    assert sum(int(form["coordination_regional"][1] or 0) for form in rated) in (62, 63)
    assert len(named) == 15
    assert all(form in rated for form in named)
    assert sum(results["tallies"]["21b body"]["all"].values()) == 15


def test_each_of_twenty_one_people_gives_one_reference(results: dict[str, Any], valid: list[Answers]) -> None:
    codings = sa.select(Coding.response_id).where(Coding.variable == "guidelines_which")
    codes = Counter(db.session.scalars(codings))

    assert len(codes) == 21
    assert set(codes.values()) == {1}
    assert sum(form["guidelines_which"][0] == "value" for form in valid) == 21
    assert sum(results["tallies"]["23 reference"]["all"].values()) == 21


def test_four_did_not_say_whether_a_rate_can_be_found_and_all_who_said_yes_gave_one(
    results: dict[str, Any], valid: list[Answers]
) -> None:
    assert sum(results["items"]["28"]["missing"].values()) == 4
    assert results["items"]["28 rate"]["n"] == 17
    assert all(
        form["acceptable_rate"][0] == "value" for form in valid if form["retrafficking_rate"] == ("value", "yes")
    )


def test_more_than_ten_bodies_are_named_at_national_level(filled_app: Flask) -> None:
    collection = collections.find(reconstruction.CODE)
    tallies = collect(collection).items["21a body"].tallies

    (thailand,) = (tally for tally in tallies if tally.where == "Thailand")
    assert len(thailand.detail["Others"]) >= 2
    assert sum(thailand.detail["Others"].values()) == 5
    assert len({code for tally in tallies for code in tally.figures.mentions}) > 10


def test_item_12_is_reported_as_invalid_with_the_reason(results: dict[str, Any], valid: list[Answers]) -> None:
    item = results["items"]["12"]

    # The paper form asked everyone, so there are answers; each stands beside a yes to item 11.
    answered = [form for form in valid if form["expect_to_use"][0] == "value"]
    assert answered
    assert all(form["applying"] == ("value", "yes") for form in answered)
    assert item["missing"]["invalid"] == len(answered)
    assert "already uses the skills" in item["invalid"]
    assert "n" not in item


def test_every_received_form_is_accounted_for_in_every_item(results: dict[str, Any]) -> None:
    for number, item in results["items"].items():
        answered = item.get("n", 0)
        if item["kind"] == "coded":
            answered = 38 - sum(item["missing"].values())
        assert answered + sum(item["missing"].values()) + item["in_excluded_forms"] == 40, number


# Nobody's answers -----------------------------------------------------------------------------------------------------


def test_nobody_in_it_is_real(filled_app: Flask) -> None:
    identities = db.session.scalars(sa.select(Identity)).all()

    assert len(identities) == 40
    assert all(identity.data["used"]["name"].startswith("Synthetic person ") for identity in identities)


@pytest.mark.parametrize("path", ["", "verbatims/25", "published", "questionnaire"])
def test_every_page_says_that_it_is_synthetic(evaluator: FlaskClient, path: str) -> None:
    answer = evaluator.get(f"/evaluate/mekong-2003/{path}")

    assert answer.status_code == 200
    assert "synthetic" in answer.text.lower()


def test_the_command_line_says_that_it_is_synthetic(filled_instance: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(filled_instance, tmp_path / "instance")
    run = ["--instance", str(folder), "results", reconstruction.CODE]

    assert CliRunner().invoke(main, run).output.startswith("SYNTHETIC DATA")
    assert json.loads(CliRunner().invoke(main, [*run, "--format", "json"]).output)["synthetic"] == "reconstruction"


def test_real_answers_are_not_called_synthetic(filled_app: Flask, evaluator: FlaskClient) -> None:
    collection = collections.create("real", "partner_survey", "Real answers", who="tester")
    collections.open_(collection, "tester")
    db.session.commit()

    assert as_json(collect(collection))["synthetic"] == ""
    assert "synthetic" not in evaluator.get("/evaluate/real/").text.lower()
