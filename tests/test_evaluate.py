"""An evaluator opens the results: the ledger, the figures and their bases, verbatims, published beside recomputed."""

import json
import re
from collections.abc import Callable
from html import unescape

import plotly.graph_objects as go
import pytest
from flask import Flask
from flask.testing import FlaskClient

from surveytool import collections
from surveytool.app import create_app
from surveytool.models import Collection, User, db
from surveytool.serving import let_go

RESULTS = "/evaluate/mekong-2003/"


@pytest.fixture
def client(app: Flask, sign_in: Callable[..., User]) -> FlaskClient:
    """An evaluator's browser, signed in, on an application with nothing in it but what a test asks for."""
    browser = app.test_client()
    sign_in(browser, "evaluator")
    return browser


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    """Return a page as text without tags, spaces folded."""
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:500]
    words = re.sub(r"<script.*?</script>|<style.*?</style>", " ", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())


def item(client: FlaskClient, number: str, address: str = RESULTS) -> str:
    """Return one item of the results page as text."""
    html = client.get(address).text
    section = re.search(rf'<section class="item" id="item-{number.replace(" ", "-")}".*?</section>', html, re.S)
    assert section, f"item {number} is not on the page"
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", section[0])).split())


# The ledger -----------------------------------------------------------------------------------------------------------


def test_the_ledger_says_how_many_came_are_excluded_and_count(evaluator: FlaskClient) -> None:
    assert "40 received → 2 excluded → 38 valid" in page(evaluator, RESULTS)


def test_the_ledger_opens_to_the_reason_of_each_exclusion_and_who_decided(evaluator: FlaskClient) -> None:
    words = page(evaluator, RESULTS)

    assert "Nothing was answered beyond the general information of section A. rule nothing-beyond-general" in words
    assert "Nearly empty: beyond the general information it only announces another form. reconstruction" in words


def test_the_ledger_counts_what_was_kept_aside_and_leads_to_it_without_names(client: FlaskClient, app: Flask) -> None:
    collection = collections.create("closed", "partner_survey", "Closed", join_code="closed", who="tester")
    collections.open_(collection, "tester")
    collections.close(collection, "tester")
    db.session.commit()
    client.post("/c/closed/en", data={"submission": "1" * 8, "name": "A Name", "objective": "We came late"})

    assert "1 submissions were kept aside" in page(client, "/evaluate/closed/")
    words = page(client, "/evaluate/closed/aside")
    assert "We came late" in words
    assert "A Name" not in words


def test_a_second_form_of_one_person_is_flagged_in_the_ledger_and_counts(
    client: FlaskClient, collection: Collection
) -> None:
    for n, name in enumerate(("Somebody  Invented", "somebody invented")):
        client.post("/c/border/en", data={"submission": f"{n:08}", "name": name, "gender": "yes"})

    words = page(client, "/evaluate/border/")
    assert "2 received → 0 excluded → 2 valid" in words
    assert "Another form in this collection bears the same name. rule same-person" in words
    assert "Invented" not in words


# Figures and their bases ----------------------------------------------------------------------------------------------


def test_a_sentence_is_generated_from_the_figures(evaluator: FlaskClient) -> None:
    assert "31 of 38 respondents had received skills training over the past three years." in item(evaluator, "9")


def test_a_mean_stands_with_its_scale_n_and_interval(evaluator: FlaskClient) -> None:
    assert "Mean 2.97 on a scale from 0 to 4, n = 31; 95 % interval 2.66 to 3.27" in item(evaluator, "10")


def test_every_item_accounts_for_every_form_received(evaluator: FlaskClient) -> None:
    html = evaluator.get(RESULTS).text
    accounts = re.findall(r'<p class="missing">(.*?)</p>', html)

    assert len(accounts) == 51
    for account in accounts:
        *parts, total = [int(number) for number in re.findall(r"\b\d+\b", account)]
        assert sum(parts) == total == 40, account


def test_item_12_is_reported_invalid_with_its_reason_instead_of_a_figure(evaluator: FlaskClient) -> None:
    words = item(evaluator, "12")

    assert "Not reported: all 26 answers given are invalid. Everyone who answered already uses the skills" in words
    assert "Mean" not in words
    assert "%" not in words


def test_an_item_that_nobody_answered_stays_listed(evaluator: FlaskClient) -> None:
    assert "No applicable answers: none of the 38 valid forms answers this item." in item(evaluator, "11 why")


def test_below_ten_answers_counts_stand_without_per_cents(evaluator: FlaskClient) -> None:
    words = item(evaluator, "22", RESULTS + "?country=myanmar")

    assert "Below 10 no per cents are given." in words
    assert not re.search(r"\d+ %(?! interval)", words)


def test_intervals_are_captioned_as_what_they_are(evaluator: FlaskClient) -> None:
    assert "as if these respondents were a random sample, which they were not" in page(evaluator, RESULTS)


def test_cautions_are_shown_and_change_no_figure(evaluator: FlaskClient) -> None:
    words = item(evaluator, "18")

    assert "24 of 28 respondents" in words
    assert re.search(r"Caution, \d+ forms: Says the logical framework is used systematically, yet names no tool", words)


def test_coordinating_bodies_are_tallied_by_country_with_the_others_opened(evaluator: FlaskClient) -> None:
    words = item(evaluator, "21a body")

    assert "Thailand 14 of 25 valid forms name at least one; 14 mentions." in words
    assert "Department of Social Development and Welfare (DSDW) 3" in words
    assert "Others (Immigration Bureau 3, Provincial offices 2) 5" in words
    assert "Cambodia Nothing named that is coded; 2 valid forms." in words
    assert "11 different bodies" in words


def test_items_come_in_the_order_of_the_2003_annex(evaluator: FlaskClient) -> None:
    numbers = re.findall(r'<section class="item" id="item-([^"]+)"', evaluator.get(RESULTS).text)
    annex = ["9", "10", "11", "12", "13", "14a", "15", "16", "17a", "18", "19", "20", "21a", "21b", "22", "23", "24"]
    annex += ["26", "27", "28", "meeting-useful", "meeting-interesting"]

    assert [number for number in numbers if number in annex] == annex


# Filters --------------------------------------------------------------------------------------------------------------


def test_results_can_be_filtered_by_country_and_language(evaluator: FlaskClient) -> None:
    assert "25 received → 0 excluded → 25 valid" in page(evaluator, RESULTS + "?country=thailand")
    assert "9 received → 1 excluded → 8 valid" in page(evaluator, RESULTS + "?language=vi")
    assert "12 received → 1 excluded → 11 valid" in page(evaluator, RESULTS + "?country=myanmar&country=viet_nam")
    assert "0 received → 0 excluded → 0 valid" in page(evaluator, RESULTS + "?country=thailand&language=vi")


def test_an_unknown_filter_value_is_named_and_left_out(evaluator: FlaskClient) -> None:
    words = page(evaluator, RESULTS + "?country=atlantis")

    assert "Not known and left out of the filter: atlantis." in words
    assert "40 received" in words


def test_a_country_whose_only_form_is_excluded_lists_every_item(evaluator: FlaskClient) -> None:
    words = page(evaluator, RESULTS + "?country=lao_pdr")

    assert "1 received → 1 excluded → 0 valid" in words
    assert words.count("No applicable answers: none of the 0 valid forms") == 51


# Verbatims ------------------------------------------------------------------------------------------------------------


def test_verbatims_are_read_in_their_language_with_their_codes(evaluator: FlaskClient) -> None:
    html = evaluator.get(RESULTS + "verbatims/21a body").text

    assert '<blockquote lang="th">กรมพัฒนาสังคมและสวัสดิการ</blockquote>' in html
    assert "coded as Department of Social Development and Welfare (DSDW)" in html


def test_verbatims_are_escaped_wherever_they_are_shown(client: FlaskClient, collection: Collection) -> None:
    attack = "<script>alert(1)</script>"
    client.post("/c/border/en", data={"submission": "2" * 8, "comments": attack, "objective": attack})

    for address in ("/evaluate/border/", "/evaluate/border/verbatims/29", "/evaluate/border/verbatims/8"):
        assert attack not in client.get(address).text
    assert "<script>alert(1)</script>" in page(client, "/evaluate/border/verbatims/29")


def test_many_verbatims_come_a_page_at_a_time(client: FlaskClient, collection: Collection) -> None:
    for n in range(51):
        client.post("/c/border/en", data={"submission": f"{n:08}", "comments": f"remark {n}", "gender": "yes"})

    assert "Page 1 of 2" in page(client, "/evaluate/border/verbatims/29")
    assert "remark 50" in page(client, "/evaluate/border/verbatims/29?page=2")
    assert "Page 1 of 2" in page(client, "/evaluate/border/verbatims/29?page=nonsense")


# Published beside recomputed, and what was asked ----------------------------------------------------------------------


def test_published_figures_stand_beside_recomputed_ones(evaluator: FlaskClient) -> None:
    words = page(evaluator, RESULTS + "published")

    assert "14a mean details 8 · q14a_mean 0.75 0.79 other base" in words
    assert "23 mean details 17 · q23_mean 1.74 0.74 other coding" in words
    assert "21b mean details 15b · q21b_mean 2.50 2.52 impossible" in words


def test_published_figures_can_be_shown_by_verdict(evaluator: FlaskClient) -> None:
    words = page(evaluator, RESULTS + "published?verdict=other+coding")

    assert "q23_mean" in words
    assert "q14a_mean 0.75" not in words


def test_the_evaluator_sees_how_far_each_translation_was_reviewed(evaluator: FlaskClient) -> None:
    words = page(evaluator, RESULTS + "questionnaire")

    # Of the questions, and of the words around them, in the five languages that were translated.
    assert words.count("machine-drafted; awaits a native reader's review") == 10
    assert words.count("source text") == 2
    assert "CONDUCTIVE TO conducive to" in words


@pytest.mark.parametrize("address", [RESULTS, RESULTS + "published", RESULTS + "questionnaire", RESULTS + "aside"])
def test_every_page_with_the_reconstruction_says_that_it_is_synthetic(evaluator: FlaskClient, address: str) -> None:
    assert "Synthetic data: these forms were made up from published counts." in page(evaluator, address)


# Pictures -------------------------------------------------------------------------------------------------------------


def figures(client: FlaskClient, address: str = RESULTS) -> dict[str, dict[str, object]]:
    data = re.search(r'<script type="application/json" id="figures">(.*?)</script>', client.get(address).text, re.S)
    assert data
    return json.loads(data[1])


def test_every_picture_is_a_figure_that_plotly_accepts(evaluator: FlaskClient) -> None:
    drawn = figures(evaluator)

    assert len(drawn) > 30
    for figure in drawn.values():
        go.Figure(figure)


def test_a_scale_is_drawn_as_a_bar_that_diverges_from_its_middle(evaluator: FlaskClient) -> None:
    segments = figures(evaluator)["figure-21a"]["data"]
    assert isinstance(segments, list)

    assert [(each["base"][0], each["x"][0]) for each in segments] == [(-11, 1), (-10, 4), (-6, 12), (6, 10), (16, 3)]
    assert segments[0]["name"] == "0 Non-existent"


def test_each_picture_has_a_place_with_its_n_in_words(evaluator: FlaskClient) -> None:
    html = evaluator.get(RESULTS).text

    for place in figures(evaluator):
        assert f'id="{place}" role="img" aria-label="' in html
    assert re.search(r'id="figure-10" role="img" aria-label="[^"]*n = 31\."', html)


def test_the_drawing_library_comes_from_this_server(evaluator: FlaskClient) -> None:
    with evaluator.get("/evaluate/plotly.min.js") as answer:
        assert answer.status_code == 200
        assert b"plotly.js" in answer.data[:200]


# Who may come in, and what is not there -------------------------------------------------------------------------------


def test_over_plain_http_beyond_this_machine_there_are_forms_alone(filled_app: Flask) -> None:
    public = create_app(filled_app.instance_path, TESTING=True)
    visitor = public.test_client()

    assert visitor.get(RESULTS).status_code == 421
    assert "Only over a safe line" in visitor.get("/login").text
    assert visitor.get("/c/demo/en").status_code == 200
    assert visitor.get("/login", base_url="https://localhost").status_code == 200
    with public.app_context():
        let_go()


@pytest.mark.parametrize(
    "address", ["/evaluate/none/", RESULTS + "verbatims/10", RESULTS + "verbatims/2", RESULTS + "verbatims/99"]
)
def test_what_is_not_there_gets_a_page_that_names_what_is(evaluator: FlaskClient, address: str) -> None:
    words = page(evaluator, address, status=404)

    assert "Regional partners survey 2003 (synthetic reconstruction)" in words


def test_a_collection_never_opened_says_so(client: FlaskClient, app: Flask) -> None:
    collections.create("later", "partner_survey", "Later", who="tester")
    db.session.commit()

    assert "has never been opened" in page(client, "/evaluate/later/", status=409)
    assert "Later" in page(client, "/evaluate/")


def test_an_empty_collection_shows_every_item_without_a_figure(client: FlaskClient, collection: Collection) -> None:
    words = page(client, "/evaluate/border/")

    assert "0 received → 0 excluded → 0 valid" in words
    assert words.count("No applicable answers") == 51


def test_scripts_run_only_from_this_server(evaluator: FlaskClient) -> None:
    for address in (RESULTS, "/c/demo/en"):
        policy = evaluator.get(address).headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "default-src 'none'" in policy
    assert "unsafe-inline" not in evaluator.get("/c/demo/en").headers["Content-Security-Policy"]
