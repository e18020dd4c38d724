"""Case workers enter how returned persons were treated; nobody is shown what fewer than five people said."""

import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from surveytool import collections, exporting, sharing, tabulate, treatment
from surveytool.access import RULES
from surveytool.app import create_app
from surveytool.cli import main
from surveytool.definitions import load_questionnaire
from surveytool.models import Answer, Collection, LogEntry, Response, SetAside, User, db
from surveytool.results import collect
from surveytool.small_cells import SmallCellsError
from tests.conftest import _app_on, _settle
from tests.test_access import VALUES

NAME = "treatment_appraisal"
POLICE = "departure_police_humanely"


@pytest.fixture(scope="module")
def instance_of_returns(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with an open collection of treatment appraisals; copied, never used."""
    folder = Path(shutil.copytree(empty_instance, tmp_path_factory.mktemp("returns") / "instance"))
    with create_app(folder).app_context():
        made = collections.create("returns", NAME, "Returns of 2026", join_code="returns", who="tester")
        collections.open_(made, "tester")
        db.session.commit()
        _settle()
    return folder


@pytest.fixture
def app(instance_of_returns: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application on a copy of that instance."""
    yield from _app_on(Path(shutil.copytree(instance_of_returns, tmp_path / "instance")))


@pytest.fixture
def returns(app: Flask) -> Collection:
    """The open collection of treatment appraisals."""
    return collections.find("returns")


@pytest.fixture
def case_worker(client: FlaskClient, returns: Collection, sign_in: Callable[..., User]) -> FlaskClient:
    """A case worker's browser, signed in."""
    client.application.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, "case worker")
    return client


def evaluator(app: Flask, sign_in: Callable[..., User], **limits: Any) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    sign_in(browser, "evaluator", **limits)
    return browser


def enter(client: FlaskClient, **answers: Any) -> TestResponse:
    answers.setdefault("submission", str(uuid.uuid4()))
    answers = {name.replace("__", "."): value for name, value in answers.items()}
    return client.post("/evaluate/returns/treatment", data={"country": "cambodia"} | answers)


def states() -> dict[str, tuple[str, str | None]]:
    return {row.variable: (row.state, row.code) for row in db.session.scalars(select(Answer))}


# Entering -----------------------------------------------------------------------------------------------------------


def test_a_case_worker_comes_straight_to_the_one_open_collection(case_worker: FlaskClient) -> None:
    assert case_worker.get("/").headers["Location"] == "/evaluate/treatment"
    assert case_worker.get("/evaluate/treatment").headers["Location"] == "/evaluate/returns/treatment"
    page = case_worker.get("/evaluate/returns/treatment")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count('<fieldset class="authority">') == 3 * 7
    assert "<textarea" not in page.text
    assert 'type="text"' not in page.text


def test_the_grid_asks_in_the_language_of_the_person_and_english_stands_beside_it(case_worker: FlaskClient) -> None:
    submission = str(uuid.uuid4())
    data = {"submission": submission, POLICE: "3", "switch": "my"}
    page = case_worker.post("/evaluate/returns/treatment", data=data).text

    assert "ရဲတပ်ဖွဲ့" in page
    assert ">Police</small>" in page
    assert f'value="{submission}"' in page
    assert re.search(rf'name="{POLICE}" value="3" checked', page)


def test_an_appraisal_is_kept_once_under_a_receipt(case_worker: FlaskClient) -> None:
    submission = str(uuid.uuid4())
    answers = {"submission": submission, POLICE: "3", "departure_police_dignity": "0", "transit__ngo__none": "1"}
    pages = [enter(case_worker, **answers) for _ in range(2)]

    receipts = {re.findall(r"(?:\d{4} ){4}\d", page.text)[0].replace(" ", "") for page in pages}
    (response,) = db.session.scalars(select(Response)).all()
    assert receipts == {response.receipt}
    assert response.country == "cambodia"
    found = states()
    assert found[POLICE] == ("value", "3")
    assert found["departure_police_dignity"] == ("value", "0")
    assert found["transit_ngo_humanely"] == found["transit_ngo_dignity"] == ("not_applicable", None)
    assert found["destination_health_dignity"] == ("no_answer", None)
    logged = db.session.scalars(select(LogEntry.what)).all()
    assert logged.count("entered a treatment appraisal") == 1


def test_a_rating_says_more_than_no_contact_beside_it(case_worker: FlaskClient) -> None:
    enter(case_worker, departure__police__none="1", departure_police_humanely="2")

    assert states()[POLICE] == ("value", "2")
    assert states()["departure_police_dignity"] == ("no_answer", None)


def test_a_step_that_was_not_on_the_way_is_no_contact_with_all_its_authorities(case_worker: FlaskClient) -> None:
    enter(case_worker, **{POLICE: "2", "transit.none": "1", "departure.none": "1"})

    found = states()
    assert {found[name][0] for name in found if name.startswith("transit_")} == {"not_applicable"}
    assert found[POLICE] == ("value", "2")
    assert found["departure_police_dignity"] == ("no_answer", None)
    assert found["departure_ngo_dignity"] == ("not_applicable", None)
    assert found["destination_ngo_dignity"] == ("no_answer", None)


def test_names_and_words_that_are_sent_all_the_same_are_not_kept(case_worker: FlaskClient) -> None:
    enter(case_worker, **{POLICE: "1", "name": "Somebody", "departure_police_comment": "Sergeant So-and-so"})

    (response,) = db.session.scalars(select(Response)).all()
    assert set(response.sent) == {"country", POLICE}


@pytest.mark.parametrize(("value", "status"), [("5", 422), ("yes", 422), ("", 422)])
def test_what_cannot_be_kept_is_shown_again(case_worker: FlaskClient, value: str, status: int) -> None:
    page = enter(case_worker, **{POLICE: value, "departure_court_dignity": "4"} if value else {})

    assert page.status_code == status
    assert not db.session.scalars(select(Response)).all()
    assert 'value="cambodia" checked' in page.text


def test_a_case_worker_for_one_country_enters_its_returns_alone(
    app: Flask, returns: Collection, sign_in: Callable[..., User]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    sign_in(client, "case worker", country="myanmar")

    assert "Thailand" not in client.get("/evaluate/returns/treatment").text
    assert enter(client, **{POLICE: "1"}).status_code == 422
    assert enter(client, **{POLICE: "1", "country": "myanmar"}).status_code == 200


def test_after_closing_what_was_entered_is_shown_again_and_nothing_is_kept(case_worker: FlaskClient) -> None:
    collections.close(collections.find("returns"), "tester")
    db.session.commit()

    page = enter(case_worker, **{POLICE: "2"})
    assert page.status_code == 409
    assert re.search(rf'name="{POLICE}" value="2" checked', page.text)
    assert not db.session.scalars(select(Response)).all()
    assert not db.session.scalars(select(SetAside)).all()
    assert case_worker.get("/evaluate/returns/treatment").status_code == 409


def test_there_is_no_public_form_and_a_receipt_withdraws_but_shows_nothing(case_worker: FlaskClient) -> None:
    anyone = case_worker.application.test_client()
    enter(case_worker, **{POLICE: "4"})
    (response,) = db.session.scalars(select(Response)).all()

    for address in ("/c/returns", "/c/returns/en"):
        assert anyone.get(address).status_code == 404
    assert anyone.post("/c/returns/en", data={"submission": str(uuid.uuid4()), POLICE: "0"}).status_code == 404
    found = anyone.post("/r/en", data={"receipt": response.receipt})
    assert "/r/en/correct" not in found.text
    assert anyone.post("/r/en/correct", data={"receipt": response.receipt}).status_code == 404
    gone = anyone.post("/r/en/withdraw", data={"receipt": response.receipt, "confirmed": "1"})
    assert gone.status_code == 200
    assert not db.session.scalars(select(Response)).all()


# What is shown ------------------------------------------------------------------------------------------------------


def cell(page: str, authority: str, column: int) -> str:
    """Return a cell of the first table that has a line for an authority, without markup."""
    row = re.findall(rf'<th scope="row">{authority}</th>(.*?)</tr>', page, re.S)[0]
    return re.sub(r"<[^>]+>|\s+", " ", re.findall(r"<td>(.*?)</td>", row, re.S)[column]).strip()


def shown(client: FlaskClient) -> str:
    return re.sub(r"\s+", " ", cell(client.get("/evaluate/returns/").text, "Police", 0))


def test_a_figure_shows_from_five_people_on_and_grows_by_fives(
    app: Flask, case_worker: FlaskClient, sign_in: Callable[..., User]
) -> None:
    browser = evaluator(app, sign_in)
    seen = []
    for number, rating in enumerate("4444400000", 1):
        enter(case_worker, **{POLICE: rating, "departure_ngo_humanely": "2" if number <= 4 else ""})
        seen.append(shown(browser))

    assert seen == [*["fewer than 5"] * 4, *["4.00 , 100% n = 5"] * 5, "2.00 , 50% n = 10"]
    assert cell(browser.get("/evaluate/returns/").text, "NGO staff", 0) == "fewer than 5"
    # No filter is offered, and one in the address changes nothing.
    assert browser.get("/evaluate/returns/?country=cambodia").text == browser.get("/evaluate/returns/").text


def test_every_page_that_would_show_single_answers_is_refused_with_a_sentence(
    app: Flask, case_worker: FlaskClient, sign_in: Callable[..., User]
) -> None:
    """Whatever page is added later for a collection is refused too, unless it is marked as showing figures only."""
    for _ in range(6):
        enter(case_worker, **{POLICE: "4"})
    browser, refused = evaluator(app, sign_in), 0
    app.config["RATELIMIT_ENABLED"] = False
    for rule in app.url_map.iter_rules():
        if "code" not in rule.arguments or "evaluator" not in RULES[rule.endpoint].roles:
            continue
        if RULES[rule.endpoint].small_cells:
            continue
        values = {name: VALUES[name] for name in rule.arguments} | {"code": "returns"}
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **values)
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer = browser.open(address, method=method)
            assert answer.status_code == 403, address
            assert "figures about 5 people or more" in answer.text
            refused += 1

    assert refused > 30
    page = browser.get("/evaluate/returns/collection").text
    assert "/evaluate/returns/responses" not in page
    assert "/evaluate/returns/exports" not in page


def test_what_may_be_seen_shows_no_single_answer(
    app: Flask, case_worker: FlaskClient, sign_in: Callable[..., User]
) -> None:
    enter(case_worker, **{POLICE: "4"})
    browser = evaluator(app, sign_in)

    for place in ("", "collection", "counts", "questionnaire"):
        page = browser.get(f"/evaluate/returns/{place}")
        assert page.status_code == 200
        assert "4.00" not in page.text


def test_an_evaluator_of_one_country_sees_no_figures(
    app: Flask, returns: Collection, sign_in: Callable[..., User]
) -> None:
    page = evaluator(app, sign_in, country="myanmar").get("/evaluate/returns/")

    assert page.status_code == 403
    assert "whole collection only" in page.text


def test_no_other_way_leads_past_it(case_worker: FlaskClient, returns: Collection) -> None:
    for _ in range(6):
        enter(case_worker, **{POLICE: "4"})

    with pytest.raises(SmallCellsError, match="no data to take away"):
        collect(returns)
    with pytest.raises(SmallCellsError):
        tabulate.variables(returns.id)
    with pytest.raises(SmallCellsError):
        tabulate.forms(returns.id, tabulate.Filter(answers=((POLICE, "4"),)))
    with pytest.raises(SmallCellsError):
        sharing.prepare(returns, by_country=False)
    with pytest.raises(SmallCellsError):
        exporting.to_file(returns, exporting.Wanted(), Path("never-written.csv"), "tester")
    assert not Path("never-written.csv").exists()


def test_the_command_line_shows_the_same_figures_and_writes_no_answers(
    app: Flask, case_worker: FlaskClient, tmp_path: Path
) -> None:
    for rating in "444431":
        enter(case_worker, **{POLICE: rating})
    instance = ["--instance", app.instance_path]

    printed = CliRunner().invoke(main, [*instance, "results", "returns", "--format", "json"])
    figures = json.loads(printed.stdout)
    assert figures["items"][POLICE] == {"n": 5, "mean": 3.8, "mostly_or_entirely": 1.0}
    assert figures["items"]["transit_court_dignity"] == {"n": "fewer than 5", "mean": None, "mostly_or_entirely": None}
    for form in ("text", "csv"):
        assert "3.8" in CliRunner().invoke(main, [*instance, "results", "returns", "--format", form]).stdout
    file = tmp_path / "answers.csv"
    refused = CliRunner().invoke(main, [*instance, "export", "returns", "--output", str(file)])
    assert refused.exit_code == 1
    assert "no data to take away" in refused.stderr
    assert not file.exists()


def test_countries_are_told_apart_only_where_five_people_rated(case_worker: FlaskClient, returns: Collection) -> None:
    for country, people in (("cambodia", 7), ("myanmar", 4)):
        for _ in range(people):
            enter(case_worker, country=country, **{POLICE: "4", "transit_ngo_humanely": "2"})

    assert treatment.by_country([returns]) == {"cambodia": treatment.Cell(people=5, mean=3.0, well=0.5)}


def test_the_grid_has_every_item_of_the_questionnaire() -> None:
    q = load_questionnaire(NAME)
    items = {item for step in treatment.grid(q) for row in step.rows for item in row.items.values()}

    assert items == set(q.items) - {"country"}
    assert len(items) == 3 * 7 * 2
    assert not [item for item in q.items.values() if item.identity or item.type == "text"]
