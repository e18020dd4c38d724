"""An evaluator validates: results by whichever decisions, the queue, deciding one form or many, undoing, history."""

import csv
import datetime
import io
import json
import re
from html import unescape

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from surveytool import collections
from surveytool.cli import main
from surveytool.models import Response, db

RESULTS = "/evaluate/mekong-2003/"
REASON = "Looked at beside the paper form."


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    """Return a page as text without tags, spaces folded."""
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:500]
    return words(answer.text)


def words(html: str) -> str:
    html = re.sub(r"<script.*?</script>|<style.*?</style>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# Results by whichever decisions ---------------------------------------------------------------------------------------


def test_results_are_shown_as_received_or_as_validated_and_say_which(evaluator: FlaskClient) -> None:
    valid, received = page(evaluator, RESULTS), page(evaluator, RESULTS + "?as=received")

    assert "Shown as validated." in valid
    assert "40 received → 2 excluded → 38 valid" in valid
    assert "Shown as received. Everything that was sent counts" in received
    assert "40 received → 0 excluded → 40 valid" in received
    assert "Not reported: all 26 answers given are invalid." not in received


def test_results_as_of_a_moment_are_those_that_were_shown_then(evaluator: FlaskClient, filled_app: Flask) -> None:
    collections.find("mekong-2003").zone = "Asia/Bangkok"
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    db.session.execute(db.update(Response).values(received_at=long_ago))
    db.session.commit()

    before = page(evaluator, RESULTS + "?as=moment&at=2020-01-01T07:00")
    assert "Shown as of 1 January 2020, 07:00 (Asia/Bangkok)." in before
    assert "40 received → 0 excluded → 40 valid" in before
    assert "0 received → 0 excluded → 0 valid" in page(evaluator, RESULTS + "?as=2020-01-01T06:59")
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date()
    now = page(evaluator, f"{RESULTS}?as={today}")
    assert f"Shown as of the end of {today.day} {today:%B} {today.year} (Asia/Bangkok)." in now
    assert "40 received → 2 excluded → 38 valid" in now


@pytest.mark.parametrize("typed", ["yesterday", "2003-13-01", "9999-12-31", "2100-01-01", "2026-11-26T99"])
def test_a_moment_that_is_none_or_has_not_come_is_said_and_left_out(evaluator: FlaskClient, typed: str) -> None:
    shown = page(evaluator, f"{RESULTS}?as={typed}")

    assert "Not known and left out of the filter: " in shown
    assert "Shown as validated." in shown
    assert "0 received" in page(evaluator, f"{RESULTS}?as=0001-01-02")


def test_the_answers_in_words_follow_the_decisions_that_results_are_shown_by(evaluator: FlaskClient) -> None:
    html = evaluator.get(RESULTS + "?as=received").text
    link = unescape(re.search(r'href="([^"]+/verbatims/21a[^"]*)"', html)[1])

    assert "as=received" in link
    assert "Shown as received." in page(evaluator, link)


def results(app: Flask, *options: str) -> str:
    done = CliRunner().invoke(main, ["--instance", app.instance_path, "results", "mekong-2003", *options])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_line_gives_results_by_whichever_decisions(filled_app: Flask) -> None:
    received = json.loads(results(filled_app, "--as", "received", "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(results(filled_app, "--as", "2003-01-01", "--format", "csv"))))

    assert (received["as"], received["forms"]["valid"]) == ("received", 40)
    assert json.loads(results(filled_app, "--format", "json"))["as"] == "valid"
    assert {(row["as"], row["received"]) for row in rows} == {("2003-01-01", "0")}
    assert "Shown as of 1 January 2003, 10:00 (UTC)." in results(filled_app, "--as", "2003-01-01T10:00")


def test_the_command_line_refuses_a_moment_that_is_none(filled_app: Flask) -> None:
    done = CliRunner().invoke(main, ["--instance", filled_app.instance_path, "results", "mekong-2003", "--as", "soon"])

    assert done.exit_code != 0
    assert "'soon' is no such moment. Write 'received', 'valid'" in done.output


# The queue ------------------------------------------------------------------------------------------------------------
