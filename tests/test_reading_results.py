"""Reading results: choosing forms, groups side by side, two items, organisations, signs of politeness, pictures.

What the pages say is held against the same figures counted here, form by form, and computed by SciPy.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from scipy import stats
from sqlalchemy import delete, select

from surveytool import choosing, collections, comparing, politeness, tabulate
from surveytool.cli import main
from surveytool.models import (
    Affiliation,
    Code,
    Coding,
    Collection,
    Invitation,
    Organisation,
    Response,
    Standing,
    User,
    db,
)
from surveytool.models.base import now
from surveytool.tabulate import RECEIVED, Filter
from tests.conftest import open_collection
from tests.test_intake import keep

ROOT = "/evaluate/mekong-2003/"
PAGES = ("", "compare", "compare?item=21a", "cross?rows=21a&columns=26", "by-organisation", "politeness", "pictures")
#: Organisations of the register: type, and whether a direct partner. Forms are given to them in turn.
REGISTER = (("government", True), ("ngo", False), ("ngo", True), ("ingo", False), ("un", True), ("government", False))


def no_register() -> None:
    """Forget the register and who is from where."""
    for table in (Affiliation, Invitation, Organisation):
        db.session.execute(delete(table))
    db.session.commit()


def register(collection: Collection) -> None:
    """Tie most forms of a collection to organisations of a register, in place of its own."""
    no_register()
    found = [
        Organisation(name=f"Synthetic organisation {n}", kind=kind, direct_partner=partner, country="thailand")
        for n, (kind, partner) in enumerate(REGISTER)
    ]
    db.session.add_all(found)
    db.session.flush()
    forms = db.session.scalars(select(Response.id).where(Response.collection_id == collection.id).order_by(Response.id))
    for n, form in enumerate(forms):
        if n % 9:
            of = found[n * n % 13 % len(found)]
            db.session.add(Affiliation(response_id=form, organisation_id=of.id, made_by="tester"))
    db.session.commit()


@pytest.fixture(scope="module")
def registered(shared_app: Flask) -> Iterator[Flask]:
    """The reconstruction, with a register; nothing is changed there afterwards."""
    register(collections.find("mekong-2003"))
    return shared_app


@pytest.fixture(scope="module")
def reader(registered: Flask, sign_in: Callable[..., User]) -> FlaskClient:
    """An evaluator's browser on it."""
    browser = registered.test_client()
    sign_in(browser, "evaluator")
    return browser


@pytest.fixture(scope="module")
def truth(registered: Flask) -> list[dict[str, Any]]:
    """Every form that counts: where it is from, and the answers that stand."""
    found: dict[int, dict[str, Any]] = {}
    collection = collections.find("mekong-2003")
    of = {a.response_id: a.organisation for a in db.session.scalars(select(Affiliation))}
    for row in db.session.scalars(select(Standing).where(Standing.collection_id == collection.id)):
        form = found.setdefault(row.response_id, {"answers": {}, "states": {}})
        form["states"][row.variable] = row.state
        if row.state == "value":
            form["answers"][row.variable] = row.code
    for response in db.session.scalars(select(Response).where(Response.collection_id == collection.id)):
        organisation = of.get(response.id)
        found[response.id] |= {
            "country": response.country,
            "language": response.language,
            "mode": response.mode,
            "organisation": organisation and organisation.id,
            "kind": organisation.kind if organisation else "",
            "partner": {True: "yes", False: "no"}[organisation.direct_partner] if organisation else "",
            "codes": {},
        }
    parents = {code.id: code.name for code in db.session.scalars(select(Code))}
    named = select(Coding.response_id, Coding.variable, Code.name, Code.parent_id).join(Code)
    for response_id, variable, code, parent in db.session.execute(named):
        found[response_id]["codes"].setdefault(variable, set()).add(parents.get(parent, code))
    return list(found.values())


def valid(truth: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The forms that are not excluded."""
    return [form for form in truth if "excluded" not in form["states"].values()]


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    """Return a page as text without tags, spaces folded."""
    answer = client.get(ROOT + address)
    assert answer.status_code == status, answer.text[:500]
    words = re.sub(r"<script.*?</script>|<style.*?</style>", " ", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())


def figures(client: FlaskClient, address: str) -> dict[str, Any]:
    """Return the pictures of a page as data."""
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', client.get(ROOT + address).text)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


# Choosing forms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "matches", "said"),
    [
        ("country=thailand&country=myanmar", lambda f: f["country"] in ("thailand", "myanmar"), "Myanmar or Thailand"),
        ("language=th", lambda f: f["language"] == "th", "in Thai"),
        ("mode=e-mail", lambda f: f["mode"] == "e-mail", "answered by e-mail"),
        ("kind=ngo&kind=un", lambda f: f["kind"] in ("ngo", "un"), "from NGOs or UN agencies"),
        ("partner=yes", lambda f: f["partner"] == "yes", "from direct partners"),
        ("partner=no", lambda f: f["partner"] == "no", "no direct partner"),
        (
            "answer=attended:yes",
            lambda f: f["answers"].get("attended") == "yes",
            "“Yes” to “Attendance at the meeting”",
        ),
        (
            "country=thailand&kind=ngo&answer=attended:yes&mode=paper",
            lambda f: f["country"] == "thailand" and f["kind"] == "ngo" and f["answers"].get("attended") == "yes",
            "from Thailand, answered on paper, from NGOs",
        ),
    ],
)
def test_results_are_of_the_forms_chosen_and_say_so_in_words_with_their_number(
    reader: FlaskClient, truth: list[dict[str, Any]], address: str, matches: Callable[[dict[str, Any]], bool], said: str
) -> None:
    received, counted = (sum(map(matches, forms)) for forms in (truth, valid(truth)))

    for place in ("", "compare", "politeness", "pictures"):
        words = page(reader, f"{place}?{address}")
        assert f"{received} of 40 received, {counted} valid" in words, place
        assert said in words, place


def test_what_is_not_known_is_left_out_of_the_choice_and_said(reader: FlaskClient) -> None:
    words = page(reader, "?country=nowhere&answer=attended:yes&answer=attended:no&kind=club")

    assert "nowhere, club, attended:no (only one answer of an item can be chosen)" in words
    assert "with the answer “Yes”" in words


def test_the_choice_of_forms_goes_along_to_every_way_of_reading(reader: FlaskClient) -> None:
    html = unescape(reader.get(f"{ROOT}?country=thailand&mode=paper&answer=attended:yes&as=valid").text)

    for place in ("compare", "cross", "by-organisation", "politeness", "pictures"):
        link = re.search(rf'href="{ROOT}{place}\?([^"]*)"', html)
        assert link, place
        assert {"country=thailand", "mode=paper", "answer=attended:yes", "as=valid"} <= set(link[1].split("&"))


def test_types_of_organisation_are_offered_once_the_register_has_organisations(
    evaluator: FlaskClient, reader: FlaskClient
) -> None:
    no_register()

    assert "Types of organisation" not in page(evaluator, "")
    assert "type of organisation" not in page(evaluator, "compare")
    assert "No form is tied to an organisation of the register yet" in page(evaluator, "by-organisation")
    assert "Types of organisation" in page(reader, "")
    assert "Forms cannot be grouped by “kind”" in page(evaluator, "compare?by=kind")


def test_who_may_see_one_country_reads_that_country_alone(registered: Flask, sign_in: Callable[..., User]) -> None:
    client = registered.test_client()
    sign_in(client, "evaluator", country="myanmar")

    assert "3 of 3 received, 3 valid" in page(client, "?country=thailand")
    for place in PAGES[1:-1]:  # the others quote questions and bodies that name it
        words = page(client, place)
        assert "3 of 3 received, 3 valid" in words, place
        assert "Thailand" not in words, place
        assert "Thailand" not in page(client, f"{place}{'&' if '?' in place else '?'}country=thailand&by=country")
    labels = figures(client, "pictures?country=thailand")["figure-flow-21a-body"]["data"][0]["node"]["label"]
    assert [label for label in labels if label.startswith(("Thailand", "Viet Nam"))] == []
    assert "Myanmar (3)" in labels


@pytest.mark.parametrize("place", PAGES[1:])
@pytest.mark.parametrize(
    "address", ["by=%00", "by=answer:", "item=%F0%9F%90%AC", "rows=25&columns=25", "words=xx", "item=25"]
)
def test_an_address_that_makes_no_sense_is_answered_plainly(reader: FlaskClient, place: str, address: str) -> None:
    joined = f"{ROOT}{place}{'&' if '?' in place else '?'}{address}"

    assert reader.get(joined).status_code in (200, 302)


# Items ----------------------------------------------------------------------------------------------------------------


def test_an_item_shows_its_distribution_before_its_average(reader: FlaskClient) -> None:
    section = reader.get(ROOT).text.split('id="item-21a"')[1].split("</section>")[0]

    assert (
        section.index("figure-21a")
        < section.index("<table>")
        < section.index('class="sentence"')
        < section.index("Mean")
    )


def test_an_item_is_jumped_to_by_its_number(reader: FlaskClient) -> None:
    answer = reader.get(f"{ROOT}?item=21A+Body&country=thailand")

    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?country=thailand#item-21a-body")
    assert "The report has no item “99”" in page(reader, "?item=99")
    assert 'href="#item-21a-body"' in reader.get(ROOT).text


# Groups ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["country", "language", "mode", "kind", "partner"])
def test_every_group_has_the_counts_of_its_forms(registered: Flask, truth: list[dict[str, Any]], by: str) -> None:
    collection = collections.find("mekong-2003")
    offered, questions = choosing.offered(collection), comparing.questions(collection)

    for number in ("21a", "9", "14a", "12 how soon", "9 times"):
        found = comparing.compare(collection, questions[number], by, Filter(), offered)
        variable = questions[number].variable
        for group in found.groups:
            forms = [form for form in valid(truth) if form[by] == group.code]
            expected = Counter(form["answers"][variable.name] for form in forms if variable.name in form["answers"])
            if variable.choice:
                expected = Counter({{"1": "yes", "0": "no"}[code]: n for code, n in expected.items()})
            assert {code: n for code, n in group.counts.items() if n} == dict(expected), (number, group.name)
            assert group.n == sum(expected.values())
            assert group.missing["no_answer"] == sum(form["states"][variable.name] == "no_answer" for form in forms)
        assert sum(group.n + group.excluded + sum(group.missing.values()) for group in found.groups) == 40


def test_a_small_group_declines_the_comparison_and_can_be_left_out(
    reader: FlaskClient, truth: list[dict[str, Any]]
) -> None:
    declined, compared = page(reader, "compare?item=21a"), page(reader, "compare?item=21a&small=out")
    groups = [
        [
            int(f["answers"]["coordination_national"])
            for f in valid(truth)
            if f["country"] == country and "coordination_national" in f["answers"]
        ]
        for country in ("thailand", "viet_nam")
    ]
    expected = stats.kruskal(*groups)
    u = stats.mannwhitneyu(*groups, method="asymptotic")

    assert "Not compared. A comparison needs 5 people in every group; fewer in: Cambodia, Myanmar." in declined
    assert "Compare the groups of 5 and more" in declined
    assert "Fewer than 10 answered in: Cambodia (1), Myanmar (3), Viet Nam (6)." in declined
    assert f"n = 26: Kruskal–Wallis H = {expected.statistic:.2f}, 1 df, p = {expected.pvalue:.3f}" in compared
    assert (
        f"Thailand, Viet Nam 20, 6 {2 * u.statistic / 120 - 1:.2f} {u.statistic:g} {u.pvalue:.3f} {u.pvalue:.3f}"
        in compared
    )
    assert "Shown and not compared: Cambodia (1), Myanmar (3)." in compared


def test_yes_no_items_are_compared_by_shares_and_their_differences(reader: FlaskClient) -> None:
    words = page(reader, "compare?item=18&by=language")

    assert "95 % intervals: Wilson." in words
    assert "Newcombe's 95 % interval" in words
    assert re.search(r"English, Thai \d+, \d+ [+−]?\d+ [+−]?\d+ to [+−]?\d+", words)


def test_coded_answers_are_tallied_group_by_group(
    registered: Flask, reader: FlaskClient, truth: list[dict[str, Any]]
) -> None:
    collection = collections.find("mekong-2003")
    question = comparing.questions(collection)["21a body"]
    found = comparing.compare(collection, question, "kind", Filter(), choosing.offered(collection))

    for group in found.groups:
        named = [
            f["codes"]["body_national"]
            for f in valid(truth)
            if f["kind"] == group.code and f["codes"].get("body_national")
        ]
        assert dict(group.counts) == dict(Counter(code for codes in named for code in codes))
        assert group.n == len(named)
    assert "Effective number" in page(reader, "compare?item=21a+body&by=kind")


def test_all_scale_items_stand_in_one_table_with_p_values_adjusted_over_the_items(
    registered: Flask, reader: FlaskClient
) -> None:
    collection = collections.find("mekong-2003")
    found = comparing.compare_scales(collection, "answer:attended", Filter(), choosing.offered(collection))
    tested = [each.overall.p_value for each in found if each.overall and each.overall.p_value is not None]

    assert len(found) == 8
    assert len(tested) > 2
    assert all(each.p_holm is None or each.p_holm >= each.overall.p_value for each in found if each.overall)
    assert "0 · 2 · 10 · 6 · 2 mean 2.40, n = 20" in page(reader, "compare")


# Two items ------------------------------------------------------------------------------------------------------------


def test_two_scales_are_counted_among_those_who_answered_both(reader: FlaskClient, truth: list[dict[str, Any]]) -> None:
    both = [
        (int(f["answers"]["coordination_national"]), int(f["answers"]["prevention_important"]))
        for f in valid(truth)
        if {"coordination_national", "prevention_important"} <= f["answers"].keys()
    ]
    expected = stats.spearmanr(both)
    words = page(reader, "cross?rows=21a&columns=26")

    assert f"Base: {len(both)} who answered both, of 38 valid forms." in words
    assert f"Spearman's rho = {expected.statistic:.2f}".replace("-", "-") in words
    assert f"p = {expected.pvalue:.3f}" in words


def test_every_form_is_counted_or_said_to_be_left_out(registered: Flask, truth: list[dict[str, Any]]) -> None:
    collection = collections.find("mekong-2003")
    questions = comparing.questions(collection)

    for rows, columns in (("18", "19"), ("21a body", "18"), ("21a body", "21b body"), ("14a", "6"), ("11", "21a")):
        found = comparing.cross(collection, questions[rows], questions[columns], Filter()).counted
        assert sum(found.states.values()) == 40
        sides = [questions[each].variable.name for each in (rows, columns)]
        given = [
            [_given(form, side, questions[n].kind) for side, n in zip(sides, (rows, columns), strict=True)]
            for form in valid(truth)
        ]
        both = [(a, b) for a, b in given if a and b]
        assert found.both == len(both)
        assert dict(found.cells) == dict(Counter((a, b) for one, other in both for a in one for b in other))
        assert dict(found.rows) == dict(Counter(a for one, _ in both for a in one))


def _given(form: dict[str, Any], variable: str, kind: str) -> set[str]:
    if kind == "coded":
        return (
            form["codes"].get(variable, set())
            if variable in form["states"] and form["states"][variable] == "value"
            else set()
        )
    return {form["answers"][variable]} if variable in form["answers"] else set()


def test_a_table_says_where_one_person_may_stand_in_several_cells_and_gives_no_measure(reader: FlaskClient) -> None:
    words = page(reader, "cross?rows=21a+body&columns=18")

    assert "one person may stand in several rows" in words
    assert "No measure is given" in words
    assert "What is left out" in words


def test_a_test_of_few_people_is_declined_with_its_reason(reader: FlaskClient) -> None:
    words = page(reader, "cross?rows=18&columns=19&country=viet_nam")

    assert "Too few people for a test" in words or "gave the same answer" in words


def test_an_item_is_not_put_against_itself_or_one_that_has_no_codes(reader: FlaskClient) -> None:
    assert "Item 21a cannot be put against itself." in page(reader, "cross?rows=21a&columns=21a")
    assert "Item “25” cannot be put in a table of two." in page(reader, "cross?rows=25")
    assert "The report has no item “99”." in page(reader, "compare?item=99")


# Organisations --------------------------------------------------------------------------------------------------------


def test_means_over_people_and_over_organisations_are_those_of_an_independent_computation(
    registered: Flask, reader: FlaskClient, truth: list[dict[str, Any]]
) -> None:
    collection = collections.find("mekong-2003")
    found = {each.question.number: each for each in comparing.per_organisation(collection, Filter())}

    for number, name in (("21a", "coordination_national"), ("26", "prevention_important")):
        people: dict[int, list[int]] = {}
        unknown = 0
        for form in valid(truth):
            if name in form["answers"] and form["organisation"]:
                people.setdefault(form["organisation"], []).append(int(form["answers"][name]))
            unknown += name in form["answers"] and not form["organisation"]
        everybody = np.concatenate([np.array(each, float) for each in people.values()])
        k, mean = len(people), everybody.mean()
        se = math.sqrt(k / (k - 1) * sum((sum(each) - len(each) * mean) ** 2 for each in people.values())) / len(
            everybody
        )
        own = stats.ttest_1samp([np.mean(each) for each in people.values()], 0).confidence_interval()
        half = stats.t.ppf(0.975, k - 1) * se
        result = found[number]
        assert result.unknown == unknown > 0
        assert result.figures.ci95 == pytest.approx((max(0, mean - half), min(4, mean + half)))
        assert result.figures.organisation_ci95 == pytest.approx((max(0, own.low), min(4, own.high)))
        assert result.figures.icc == pytest.approx(_icc(list(people.values())))
        assert result.n == result.figures.n + unknown
    words = page(reader, "by-organisation")
    assert "35 of 40 forms received are of a known organisation" in words
    assert "The other 5 are left out of the figures over organisations" in words


def _icc(groups: list[list[int]]) -> float:
    """By the F statistic of SciPy's analysis of variance: (F − 1)/(F − 1 + n₀)."""
    f = stats.f_oneway(*groups).statistic
    sizes = np.array([len(each) for each in groups])
    n0 = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(groups) - 1)
    return (f - 1) / (f - 1 + n0)


# Signs of politeness --------------------------------------------------------------------------------------------------


def test_signs_of_politeness_are_counted_form_by_form(registered: Flask, truth: list[dict[str, Any]]) -> None:
    collection = collections.find("mekong-2003")
    found = politeness.signs(collection, Filter(), "country", choosing.offered(collection).groups("country"))
    scales = [question.variable.name for question in found.scales]
    yes_no = [question.variable.name for question in found.yes_no]
    forms = valid(truth)
    ladders = [[f["answers"][name] for name in scales if name in f["answers"]] for f in forms]
    sayings = [[f["answers"][name] for name in yes_no if name in f["answers"]] for f in forms]

    assert found.whole.straight.n == sum(len(each) >= 4 for each in ladders)
    assert found.whole.straight.same.k == sum(len(each) >= 4 and len(set(each)) == 1 for each in ladders)
    assert (found.whole.top.k, found.whole.top.n) == (sum(each.count("4") for each in ladders), sum(map(len, ladders)))
    assert (found.whole.yes.k, found.whole.yes.n) == (sum(e.count("yes") for e in sayings), sum(map(len, sayings)))
    assert sum(found.whole.yes_bands.values()) == sum(bool(each) for each in sayings)
    assert sum(group.yes.n for group in found.groups.values()) == found.whole.yes.n
    empty = sum(question.share.k for question in found.items)
    assert empty >= found.whole.empty.k + found.whole.wordless.k - 8 * len(forms)
    rules = {each.rule.id: each for each in found.contradictions}
    frame = rules["log-frame-without-tools"]
    assert frame.found.n == sum(f["answers"].get("log_frame") == "yes" for f in forms) == 24
    assert frame.found.k == sum(
        f["answers"].get("log_frame") == "yes" and not ({"planning_tools", "monitoring_tools"} & _written(f))
        for f in forms
    )


def _written(form: dict[str, Any]) -> set[str]:
    return {name for name, state in form["states"].items() if state == "value"}


def test_the_page_of_signs_says_what_they_are_of_and_what_they_cannot_show(reader: FlaskClient) -> None:
    words = page(reader, "politeness?by=language")

    assert "0 of 37 forms give one answer on all the scale items they answer" in words
    assert "Were every answer given independently" in words
    assert "No figure on this page shows that anybody did" in words
    assert "19 24" in words
    assert "item 18 “Logical framework”: Yes" in words


# Pictures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["", "compare?item=21a", "compare?item=18", "by-organisation", "politeness", "pictures", "pictures?words=my"],
)
def test_every_picture_is_a_figure_that_plotly_accepts_with_title_n_and_whether_it_is_synthetic(
    reader: FlaskClient, address: str
) -> None:
    found = figures(reader, address)
    html = reader.get(ROOT + address).text

    assert found
    for place, figure in found.items():
        go.Figure(figure)
        meta = figure["layout"]["meta"]
        assert meta["title"]
        assert "Synthetic data" in meta["note"]
        assert "n\u00a0=\u00a0" in json.dumps(figure, ensure_ascii=False) or "n = " in json.dumps(figure)
        label = re.search(rf'id="{place}" role="img" aria-label="([^"]*)"', html)
        assert label, place
        assert "n = " in label[1] or "with n" in label[1], place


def test_pictures_are_in_the_words_of_the_language_chosen(reader: FlaskClient) -> None:
    collection = collections.find("mekong-2003")
    wording = collection.revision("km").wording
    picture = figures(reader, "pictures?words=km")["figure-21a"]

    assert [bar["name"] for bar in picture["data"]][0] == f"0 {wording.choice('coordination', '0')}"
    assert picture["layout"]["meta"]["title"].endswith(wording.label("coordination_national"))


def test_a_flow_leads_every_person_from_their_country_to_what_they_name(
    reader: FlaskClient, truth: list[dict[str, Any]]
) -> None:
    sankey = figures(reader, "pictures")["figure-flow-21a-body"]["data"][0]
    named = [f for f in valid(truth) if f["codes"].get("body_national")]

    assert sum(sankey["link"]["value"]) == sum(len(f["codes"]["body_national"]) for f in named)
    assert (
        f"Viet Nam ({sum(len(f['codes']['body_national']) for f in named if f['country'] == 'viet_nam')})"
        in sankey["node"]["label"]
    )


# As of, and on every database -----------------------------------------------------------------------------------------


def test_all_that_is_counted_holds_on_every_database_and_for_all_decisions(any_database: Flask) -> None:
    collection = open_collection("border", join_code="border")
    for n in range(6):
        keep(
            collection,
            mode="paper" if n % 2 else "web",
            language="km",
            country="thailand",
            trained="yes",
            training_useful=str(n % 5),
            attended="yes" if n < 4 else "no",
            body_national="The police",
            log_frame="yes",
        )
    db.session.commit()
    register(collection)
    code = db.session.scalar(select(Code).where(Code.name == "Police"))
    forms = db.session.scalars(select(Response.id).order_by(Response.id)).all()
    assert code
    db.session.add_all(
        Coding(response_id=form, variable="body_national", code_id=code.id, made_by="tester") for form in forms[:3]
    )
    db.session.commit()
    questions, offered = comparing.questions(collection), choosing.offered(collection)

    for where in (Filter(), Filter(stand=RECEIVED), Filter(stand=now()), Filter(answers=(("attended", "yes"),))):
        received = 4 if where.answers else 6
        for by in ("language", "mode", "partner", "answer:attended"):
            assert sum(tabulate.group_sizes(collection.id, by, where).values()) == received
            found = comparing.compare(collection, questions["10"], by, where, offered)
            assert sum(group.n for group in found.groups) == received
            assert (
                sum(g.n for g in comparing.compare(collection, questions["21a body"], by, where, offered).groups) == 3
            )
            assert politeness.signs(collection, where, by, offered.groups(by)).whole.top.n == received
        crossed = comparing.cross(collection, questions["21a body"], questions["10"], where).counted
        assert crossed.both == 3
        assert crossed.states["uncoded", "value"] == received - 3
        assert tabulate.affiliated(collection.id, where).unknown == 1
        assert {each.question.number: each.unknown for each in comparing.per_organisation(collection, where)}["10"] == 1


# The command line -----------------------------------------------------------------------------------------------------


def test_results_of_the_forms_chosen_on_the_command_line_say_which_they_are(filled_app: Flask) -> None:
    no_register()

    def run(*words: str) -> Any:
        return CliRunner().invoke(main, ["--instance", filled_app.instance_path, "results", "mekong-2003", *words])

    chosen = run("--country", "thailand", "--mode", "paper", "--answer", "attended=yes", "--format", "json")
    data = json.loads(chosen.stdout)
    assert data["filter"] == {"country": ["thailand"], "mode": ["paper"], "answer": ["attended:yes"]}
    assert data["filter_words"].startswith("from Thailand, answered on paper, with the answer “Yes”")
    assert data["forms"]["received"] == 25
    assert "Forms in Thai:" in run("--language", "th").stdout

    for wrong, said in (
        (("--country", "nowhere"), "Not known: nowhere. There are countries cambodia, lao_pdr"),
        (("--answer", "attended"), "Not known: attended."),
        (("--partner",), "The register has no organisations yet"),
    ):
        refused = run(*wrong)
        assert refused.exit_code == 1
        assert said in refused.output
