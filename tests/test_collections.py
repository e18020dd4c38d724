"""Running a collection: making, changing, opening and closing it, joining it, watching forms arrive."""

import datetime
import html
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from surveytool import collections, joining, tabulate
from surveytool.cli import main
from surveytool.collection_settings import CollectionError, Settings, suggested_code
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, LogEntry, Response, SignIn, User, db
from surveytool.models.base import now
from surveytool.tabulate import Filter
from tests.looking import look

SignInto = Callable[..., User]
NEW = "/evaluate/collections/new"


def token(client: FlaskClient, address: str = "/account") -> str:
    """Return the token that forms of a signed-in browser carry."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def filled_in(**changes: Any) -> dict[str, Any]:
    """Return a form for a new collection in which nothing is wrong, but for the changes."""
    fields = {
        "title": "Border meeting",
        "code": "border-2027",
        "questionnaire": "partner_survey",
        "place": "Mae Sot",
        "organiser": "The synthetic organiser",
        "starts_on": "2027-03-03",
        "ends_on": "2027-03-05",
        "offered": list(LANGUAGES),
        "identities_until": "2029-03-05",
    }
    return {**fields, **changes}


def send(client: FlaskClient, address: str, data: dict[str, Any]) -> TestResponse:
    return client.post(address, data={"csrf_token": token(client), **data})


def do(client: FlaskClient, code: str, deed: str, /, **data: Any) -> TestResponse:
    """Press a button on the page of a collection."""
    return send(client, f"/evaluate/{code}/collection", {"do": deed, **data})


def answer(client: FlaskClient, join_code: str, language: str = "en", **sent: str) -> TestResponse:
    """Send a form as a partner does."""
    sent = {"submission": f"{len(db.session.query(Response).all()):08}-0000", **sent}
    return client.post(f"/c/{join_code}/{language}", data=sent)


def beside(page: str, field: str) -> str:
    """Return what a page says is wrong with a field."""
    found = re.search(rf'id="{field}-error"[^>]*>(.*?)</', page, re.S)
    return html.unescape(" ".join(found[1].split())) if found else ""


def logged() -> list[tuple[str, str, str, str]]:
    """Return the audit log: who, what, about, why."""
    return [(e.who, e.what, e.about, e.why) for e in db.session.query(LogEntry).order_by(LogEntry.number)]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def evaluator(app: Flask, sign_in: SignInto) -> FlaskClient:
    """An evaluator's browser, signed in."""
    client = app.test_client()
    client.user = sign_in(client, "evaluator")  # type: ignore[attr-defined]
    return client


# Making one ----------------------------------------------------------------------------------------------------------


def test_an_evaluator_makes_a_collection_in_the_browser(any_database: Flask, sign_in: SignInto) -> None:
    client = any_database.test_client()
    user = sign_in(client, "evaluator")

    made = send(client, NEW, filled_in(offered=["en", "my", "th"]))

    assert made.status_code == 302
    assert made.headers["Location"] == "/evaluate/border-2027/collection"
    collection = collections.find("border-2027")
    assert Settings.of(collection) == Settings(
        title="Border meeting",
        questionnaire="partner_survey",
        place="Mae Sot",
        organiser="The synthetic organiser",
        starts_on=datetime.date(2027, 3, 3),
        ends_on=datetime.date(2027, 3, 5),
        offered=("en", "th", "my"),
        identities_until=datetime.date(2029, 3, 5),
    )
    assert collection.state == "draft"
    who, what, about, why = logged()[-1]
    assert (who, what, about) == (user.email, "made a collection", "collection border-2027")
    assert "place: Mae Sot" in why
    assert "Border meeting" in client.get("/evaluate/").text


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("title", "", "needs a title"),
        ("title", " \u200b ", "needs a title"),
        ("title", "x" * 201, "at most 200"),
        ("place", "x" * 201, "at most 200"),
        ("organiser", "x" * 201, "at most 200"),
        ("code", "Border 2027", "small letters, digits and hyphens"),
        ("code", "a\x00b", "small letters, digits and hyphens"),
        ("code", "x" * 40, "at most 39"),
        ("code", "taken", "There is a collection 'taken' already."),
        ("questionnaire", "nothing", "Not a valid choice"),
        ("starts_on", "3 March", "year-month-day, such as"),
        ("starts_on", "2570-03-03", "2570 B.E. is 2027"),
        ("starts_on", "0027-03-03", "check the year 27"),
        ("ends_on", "2027-03-02", "before it starts"),
        ("ends_on", "2027-02-30", "year-month-day, such as"),
        ("offered", [], "at least one language"),
        ("offered", ["xx"], "not a valid choice"),
        ("identities_until", "2020-01-01", "is past"),
        ("identities_until", "2027-03-04", "before the last day"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_typed_is_lost(
    evaluator: FlaskClient, field: str, typed: Any, says: str
) -> None:
    collections.create("taken", "partner_survey", "Taken", who="tester")
    db.session.commit()

    refused = send(evaluator, NEW, filled_in(**{field: typed}))

    assert refused.status_code == 422
    assert says in beside(refused.text, field)
    kept = {"title": "Border meeting", "place": "Mae Sot", "code": "border-2027", "ends_on": "2027-03-05"}
    for name, value in kept.items():
        if name != field:
            assert f'value="{value}"' in refused.text
    if isinstance(typed, str) and typed.isprintable() and field != "questionnaire":
        assert typed in refused.text
    assert db.session.query(Collection).count() == 1


def test_all_mistakes_are_told_at_once(evaluator: FlaskClient) -> None:
    wrong = filled_in(title="", code="A", ends_on="2026-01-01", identities_until="2000-01-01")

    page = send(evaluator, NEW, wrong).text

    assert all(beside(page, field) for field in ("title", "code", "ends_on", "identities_until"))


def test_a_database_refuses_nothing_that_the_form_lets_through(any_database: Flask, sign_in: SignInto) -> None:
    client = any_database.test_client()
    sign_in(client, "evaluator")

    made = send(client, NEW, filled_in(title="a\x00b\u202e <b>ပြည်</b>\r\nc", place="\x07", code=""))

    assert made.status_code == 302
    collection = db.session.query(Collection).one()
    assert (collection.title, collection.place) == ("ab <b>ပြည်</b> c", "")
    assert "ab &lt;b&gt;ပြည်&lt;/b&gt; c" in client.get(made.headers["Location"]).text


def test_two_evaluators_who_want_one_code_are_told_beside_it(
    any_database: Flask, sign_in: SignInto, monkeypatch: pytest.MonkeyPatch
) -> None:
    collections.create("border-2027", "partner_survey", "The other's", who="tester")
    db.session.commit()
    client = any_database.test_client()
    sign_in(client, "evaluator")
    # The other's collection is stored between the look and the writing.
    looks = iter(["", "There is a collection 'border-2027' already."])
    monkeypatch.setattr(collections, "_fault_of_code", lambda code: next(looks))

    refused = send(client, NEW, filled_in())

    assert refused.status_code == 422
    assert "already" in beside(refused.text, "code")


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Border meeting, Mae Sot 2027", "border-meeting-mae-sot-2027"),
        ("Cuộc họp Đà Nẵng", "cuoc-hop-da-nang"),
        ("Cross-border meeting on return and reintegration", "cross-border-meeting-on-return-and"),
        ("x" * 60, "x" * 39),
        ("ကိုးကား", ""),
    ],
)
def test_a_code_is_suggested_from_the_title(title: str, code: str) -> None:
    assert suggested_code(title) == code


def test_a_code_left_empty_is_made_from_the_title_and_is_free(evaluator: FlaskClient) -> None:
    for title in ("Border", "Border", "ชายแดน", "ชายแดน"):
        assert send(evaluator, NEW, filled_in(title=title, code="")).status_code == 302

    month = f"collection-{now():%Y-%m}"
    codes = {each.code for each in db.session.query(Collection)}
    assert codes == {"border", "border-2", month, f"{month}-2"}


def test_a_trial_says_that_it_is_one(evaluator: FlaskClient) -> None:
    send(evaluator, NEW, filled_in(trial="y"))
    do(evaluator, "border-2027", "open")

    collection = collections.find("border-2027")
    assert "This is a demonstration" in evaluator.get(f"/c/{collection.join_code}/en").text
    assert "Demonstration" in evaluator.get("/evaluate/border-2027/collection").text


def test_the_command_line_sets_the_same_and_tells_the_log(app: Flask) -> None:
    line = (
        "collection create lao-2027 --questionnaire partner_survey --title Meeting --place Vientiane --organiser Us "
        "--starts-on 2027-03-03 --ends-on 2027-03-05 --language lo --language en --keep-identities-until 2029-01-01"
    )

    done = CliRunner().invoke(main, ["--instance", app.instance_path, *line.split()])

    assert done.exit_code == 0, done.output
    collection = collections.find("lao-2027")
    assert (collection.place, collection.offered, str(collection.ends_on)) == ("Vientiane", "en lo", "2027-03-05")
    assert logged()[-1][:3] == ("command line", "made a collection", "collection lao-2027")


def test_the_command_line_names_everything_that_is_wrong(app: Flask) -> None:
    line = (
        "collection create lao-2027 --questionnaire partner_survey --title M --language xx "
        "--starts-on 2027-03-03 --ends-on 2027-03-01"
    )

    done = CliRunner().invoke(main, ["--instance", app.instance_path, *line.split()])

    assert done.exit_code == 1
    assert "not worded in 'xx'" in done.output
    assert "before it starts" in done.output
    assert db.session.query(Collection).count() == 0


# Changing ------------------------------------------------------------------------------------------------------------


def test_settings_are_changed_later_and_the_log_has_before_and_after(
    evaluator: FlaskClient, collection: Collection
) -> None:
    saved = do(evaluator, "border", "save", **filled_in(title="Another title", offered=["en", "km"]))

    assert saved.status_code == 302
    db.session.refresh(collection)
    assert (collection.title, collection.offered, collection.code) == ("Another title", "en km", "border")
    why = logged()[-1][3]
    assert "title: Border meeting → Another title" in why
    assert "offered: all languages → en km" in why
    assert "starts on: none → 2027-03-03" in why


def test_saving_what_is_set_already_is_no_change(evaluator: FlaskClient, collection: Collection) -> None:
    do(evaluator, "border", "save", **filled_in())
    entries = len(logged())

    again = do(evaluator, "border", "save", **filled_in())

    assert again.status_code == 302
    assert len(logged()) == entries


def test_a_mistake_in_the_settings_is_told_beside_its_field(evaluator: FlaskClient, collection: Collection) -> None:
    for wrong in ({"ends_on": "2027-01-01"}, {"ends_on": "soon"}):
        refused = do(evaluator, "border", "save", **filled_in(place="Typed and kept", **wrong))

        assert refused.status_code == 422
        assert beside(refused.text, "ends_on")
        assert 'value="Typed and kept"' in refused.text
    db.session.refresh(collection)
    assert collection.place == ""


def test_a_last_day_for_names_that_has_passed_does_not_hinder_other_changes(
    evaluator: FlaskClient, collection: Collection
) -> None:
    collection.identities_until = datetime.date(2020, 1, 1)
    db.session.commit()
    form = filled_in(starts_on="", ends_on="", identities_until="2020-01-01")

    assert do(evaluator, "border", "save", **form).status_code == 302


def test_the_questionnaire_is_fixed_by_the_first_opening(app: Flask, collection: Collection) -> None:
    with pytest.raises(CollectionError, match="stays the same"):
        collections.change(collection, replace(Settings.of(collection), questionnaire="another"), "tester")

    draft = collections.create("draft", "partner_survey", "Draft", who="tester")
    with pytest.raises(CollectionError, match="no questionnaire 'another'"):
        collections.change(draft, replace(Settings.of(draft), questionnaire="another"), "tester")


def test_the_languages_offered_limit_the_form_and_its_switch_at_once(
    evaluator: FlaskClient, collection: Collection
) -> None:
    partner = evaluator.application.test_client()
    assert 'value="vi" lang="vi"' in partner.get("/c/border/en").text

    do(evaluator, "border", "save", **filled_in(offered=["en", "km"]))

    page = partner.get("/c/border/en").text
    assert re.findall(r'<button name="switch" value="(\w+)" lang', page) == ["en", "km"]
    assert partner.get("/c/border/vi").status_code == 404
    asked = partner.get("/c/border", headers={"Accept-Language": "vi, km;q=0.5"})
    assert asked.headers["Location"] == "/c/border/km"


def test_a_form_begun_in_a_language_that_is_no_longer_offered_is_not_lost(
    evaluator: FlaskClient, collection: Collection
) -> None:
    partner = evaluator.application.test_client()
    assert partner.get("/c/border/vi").status_code == 200
    do(evaluator, "border", "save", **filled_in(offered=["en"]))

    sent = answer(partner, "border", "vi", country="viet_nam")

    assert sent.status_code == 200
    assert db.session.query(Response).one().language == "vi"
    assert "Vietnamese" in words(evaluator.get("/evaluate/border/counts").text)


# Opening and closing -------------------------------------------------------------------------------------------------


def test_a_collection_is_opened_closed_and_opened_again(any_database: Flask, sign_in: SignInto) -> None:
    client, partner = any_database.test_client(), any_database.test_client()
    user = sign_in(client, "evaluator")
    send(client, NEW, filled_in())
    form = f"/c/{collections.find('border-2027').join_code}/en"
    seen = [partner.get(form).status_code]

    for deed in ("open", "close", "open"):
        assert do(client, "border-2027", deed).status_code == 302
        seen.append(partner.get(form).status_code)

    assert seen == [409, 200, 410, 200]
    about = "collection border-2027"
    deeds = [entry[:3] for entry in logged() if "collection" in entry[1]]
    assert deeds == [
        (user.email, what, about)
        for what in ("made a collection", "opened a collection", "closed a collection", "reopened a collection")
    ]


@pytest.mark.parametrize(
    ("code", "deed", "says"),
    [
        ("border", "open", "open already"),
        ("draft", "close", "not open; it is draft"),
        ("draft", "take up", "not open; it is draft"),
    ],
)
def test_what_cannot_be_done_now_is_said_on_the_page(
    evaluator: FlaskClient, collection: Collection, code: str, deed: str, says: str
) -> None:
    collections.create("draft", "partner_survey", "Draft", who="tester")
    db.session.commit()

    refused = do(evaluator, code, deed)

    assert refused.status_code == 422
    assert says in refused.text
    # The settings still show what is set, though the button's form did not carry them.
    assert f'value="{collections.find(code).title}"' in refused.text


def test_an_unknown_deed_is_refused(evaluator: FlaskClient, collection: Collection) -> None:
    assert do(evaluator, "border", "delete").status_code == 400


def test_each_button_says_what_it_will_do(evaluator: FlaskClient) -> None:
    send(evaluator, NEW, filled_in())
    page = "/evaluate/border-2027/collection"
    draft = words(evaluator.get(page).text)
    do(evaluator, "border-2027", "open")
    opened = words(evaluator.get(page).text)
    do(evaluator, "border-2027", "close")
    closed = words(evaluator.get(page).text)

    assert "It fixes what is asked" in draft
    assert "has not been reviewed by a native reader" in draft
    assert "Open the collection" in draft
    assert "kept aside and count only if a person decides so" in opened
    assert "Close the collection" in opened
    assert "What was kept aside stays aside" in closed
    assert "Open the collection again" in closed


def test_a_better_translation_is_offered_and_taken_up_on_request(
    evaluator: FlaskClient, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "newer wording" not in evaluator.get("/evaluate/border/collection").text
    load = collections.load_wordings

    def better(*args: Any) -> Any:
        found = load(*args)
        strings = {**found["th"].strings, "title": "ชื่อที่ดีกว่า"}
        return {**found, "th": replace(found["th"], strings=strings)}

    monkeypatch.setattr(collections, "load_wordings", better)
    page = words(evaluator.get("/evaluate/border/collection").text)
    assert "A newer wording has been installed in Thai." in page

    do(evaluator, "border", "take up")

    assert "ชื่อที่ดีกว่า" in evaluator.get("/c/border/th").text
    assert "newer wording" not in evaluator.get("/evaluate/border/collection").text
    assert logged()[-1][1] == "took up the wording of a collection"


def test_a_draft_has_a_page_and_a_poster_and_its_results_say_that_there_are_none(evaluator: FlaskClient) -> None:
    send(evaluator, NEW, filled_in())

    page = evaluator.get("/evaluate/border-2027/collection")
    poster = evaluator.get("/evaluate/border-2027/poster")
    results = evaluator.get("/evaluate/border-2027/")

    assert "A draft: never opened." in words(page.text)
    assert "machine-drafted" in page.text
    assert "not open yet" in words(poster.text)
    assert results.status_code == 409
    assert 'href="/evaluate/border-2027/collection"' in results.text
    for room in ("responses", "questionnaire", "aside"):
        assert evaluator.get(f"/evaluate/border-2027/{room}").status_code == 409


# Counting ------------------------------------------------------------------------------------------------------------


def table(page: str, name: str) -> dict[str, list[int]]:
    """Return the counts of one table of the page, by the name of its row."""
    body = re.search(rf'<tbody data-part="{name}">(.*?)</tbody>', page, re.S)
    assert body
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', body[1], re.S)
    return {row: [int(n) for n in re.findall(r">(\d+)<", cells)] for row, cells in rows}


def test_forms_are_counted_by_country_language_and_mode(any_database: Flask, sign_in: SignInto) -> None:
    client, partner = any_database.test_client(), any_database.test_client()
    sign_in(client, "evaluator")
    collections.open_(
        collections.create("border", "partner_survey", "Border", join_code="border", who="tester"), "tester"
    )
    db.session.commit()
    answer(partner, "border", "th", country="thailand", trained="yes")
    answer(partner, "border", "th", country="thailand", trained="no")
    answer(partner, "border", "lo", country="lao_pdr", trained="yes")
    answer(partner, "border", "en")  # empty: excluded by rule
    do(client, "border", "close")
    answer(partner, "border", "km", country="cambodia")

    page = client.get("/evaluate/border/counts").text

    assert "4 received = 3 valid + 1 excluded." in words(page)
    assert "1 kept aside" in words(page)
    assert table(page, "Country") == {
        "Cambodia": [0, 0, 0, 0],
        "Lao PDR": [1, 1, 0, 0],
        "Myanmar": [0, 0, 0, 0],
        "Thailand": [2, 2, 0, 0],
        "Viet Nam": [0, 0, 0, 0],
        "Other": [0, 0, 0, 0],
        "no country given": [1, 0, 1, 0],
    }
    assert table(page, "Language")["Khmer"] == [0, 0, 0, 0, 1]
    assert table(page, "Language")["Thai"] == [2, 2, 0, 0, 0]
    assert table(page, "Mode") == {"web": [4, 3, 1, 0, 1]}


def test_what_is_counted_by_group_adds_up_to_what_is_counted_in_all(filled_app: Flask) -> None:
    collection = collections.find("mekong-2003")
    for where in (Filter(), Filter(countries=("thailand",)), Filter(languages=("en", "vi"))):
        came, whole = tabulate.arrivals(collection.id, where), tabulate.forms(collection.id, where)

        assert replace(came.total, reasons={}) == replace(whole, reasons={})
        for groups in came.by.values():
            assert sum(each.received for each in groups.values()) == whole.received
            assert sum(each.excluded for each in groups.values()) == whole.excluded
            assert sum(each.flagged for each in groups.values()) == whole.flagged
        modes = tabulate.received_by(collection.id, "mode", where)
        assert modes == {mode: each.received for mode, each in came.by["mode"].items()}


def test_a_page_that_refreshes_by_itself_keeps_no_sign_in_alive(evaluator: FlaskClient, collection: Collection) -> None:
    evaluator.get("/evaluate/")
    long_ago = now() - datetime.timedelta(hours=11)

    def seen_after(address: str) -> datetime.datetime:
        db.session.query(SignIn).update({"seen_at": long_ago})
        db.session.commit()
        assert evaluator.get(address).status_code == 200
        db.session.expire_all()
        return db.session.query(SignIn).one().seen_at

    assert seen_after("/evaluate/border/counts") == long_ago
    assert seen_after("/evaluate/border/received") == long_ago
    assert seen_after("/evaluate/border/collection") > long_ago


# Who may -------------------------------------------------------------------------------------------------------------


def test_only_an_evaluator_without_limits_makes_collections(
    app: Flask, collection: Collection, sign_in: SignInto
) -> None:
    for limits in ({"collection": collection}, {"country": "thailand"}):
        limited = app.test_client()
        sign_in(limited, "evaluator", **limits)

        assert limited.get(NEW).status_code == 403
        assert send(limited, NEW, filled_in()).status_code == 403
        assert "New collection" not in limited.get("/evaluate/").text
    assert db.session.query(Collection).count() == 1


def test_an_evaluator_of_one_collection_runs_it_and_no_other(
    app: Flask, collection: Collection, sign_in: SignInto
) -> None:
    collections.create("other", "partner_survey", "Another", who="tester")
    db.session.commit()
    limited = app.test_client()
    sign_in(limited, "evaluator", collection=collection)

    assert do(limited, "border", "close").status_code == 302
    for address in ("collection", "counts", "poster", "received", "qr.png"):
        assert limited.get(f"/evaluate/border/{address}").status_code == 200
        assert limited.get(f"/evaluate/other/{address}").status_code == 404
    assert do(limited, "other", "open").status_code == 404


def test_an_evaluator_of_one_country_watches_its_forms_and_changes_nothing(
    filled_app: Flask, sign_in: SignInto
) -> None:
    limited = filled_app.test_client()
    sign_in(limited, "evaluator", country="myanmar")

    page = limited.get("/evaluate/mekong-2003/collection").text

    assert "3 received = 3 valid + 0 excluded" in words(page)
    assert "kept aside" not in words(page).lower()
    assert set(table(page, "Country")) == {"Myanmar"}
    assert "Open the collection" not in page
    assert '<form method="post" action="/evaluate' not in page
    assert do(limited, "mekong-2003", "open").status_code == 403
    poster = limited.get("/evaluate/mekong-2003/poster")
    assert poster.status_code == 200
    assert "Forms received" not in poster.text
    assert limited.get("/evaluate/mekong-2003/received").status_code == 403


# Joining -------------------------------------------------------------------------------------------------------------


def read_qr(picture: bytes) -> list[str]:
    """Return what a camera reads from a picture."""
    return [each.text for each in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))]


def test_the_qr_code_says_the_address_of_the_form(evaluator: FlaskClient, collection: Collection) -> None:
    here = evaluator.get("/evaluate/border/qr.png")
    elsewhere = evaluator.get("/evaluate/border/qr.png?base=https://survey.example.org")

    assert here.mimetype == "image/png"
    assert read_qr(here.data) == ["http://localhost/c/border"]
    assert read_qr(elsewhere.data) == ["https://survey.example.org/c/border"]
    assert evaluator.get("/c/border").status_code == 302


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        ("https://survey.example.org", "https://survey.example.org"),
        ("HTTPS://Survey.Example.org/", "https://survey.example.org"),
        ("192.168.1.20:8000", "http://192.168.1.20:8000"),
        (" http://192.168.1.20 ", "http://192.168.1.20"),
        ("http://[2001:db8::1]:8000", "http://[2001:db8::1]:8000"),
    ],
)
def test_the_address_of_phones_is_read_as_a_browser_reads_it(typed: str, read: str) -> None:
    assert joining.read_base(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "javascript:alert(1)",
        "javascript://example.org/%0aalert(1)",
        "ftp://example.org",
        "https://survey.example.org/c/border",
        "https://survey.example.org?next=x",
        "https://survey.example.org#x",
        "https://someone:secret@example.org",
        "https://exa mple.org",
        "https://example.org:port",
        "https://example.org:99999",
        "https://exa<script>mple.org",
        'https://example.org"onmouseover=',
        "https://example.org\\@evil.example",
        "https://",
        "https://ตัวอย่าง.ไทย",
        "https://a\x00b",
        "x" * 300,
    ],
)
def test_what_is_no_beginning_of_an_address_is_told_beside_its_field(
    evaluator: FlaskClient, collection: Collection, typed: str
) -> None:
    for room in ("collection", "poster"):
        page = evaluator.get(f"/evaluate/border/{room}", query_string={"base": typed})

        assert page.status_code == 422
        assert "the beginning of an address alone" in beside(page.text, "base")
        assert 'href="javascript' not in page.text
        assert "<script>mple" not in page.text
    assert evaluator.get("/evaluate/border/qr.png", query_string={"base": typed}).status_code == 422


@pytest.mark.parametrize(
    ("served_at", "base", "warned"),
    [
        ("http://127.0.0.1:8000", "", True),
        ("http://localhost", "", True),
        ("https://survey.example.org", "", False),
        ("http://127.0.0.1:8000", "http://192.168.1.20:8000", False),
        ("http://127.0.0.1:8000", "http://127.0.0.2", True),
        ("http://127.0.0.1:8000", "http://[::1]:8000", True),
    ],
)
def test_an_address_that_phones_cannot_open_is_warned_of(
    app: Flask, collection: Collection, sign_in: SignInto, served_at: str, base: str, warned: bool
) -> None:
    client = app.test_client()
    sign_in(client, "evaluator")
    asked = {"base_url": served_at, "query_string": {"base": base}}
    with client.session_transaction() as session:
        kept = dict(session)
    with client.session_transaction(base_url=served_at) as session:
        session.update(kept)

    for room in ("collection", "poster"):
        page = client.get(f"/evaluate/border/{room}", **asked).text

        assert ("phones cannot open it" in words(page)) == warned
        assert f"{base or served_at}/c/" in words(page)


def test_the_poster_speaks_every_language_that_is_offered_and_no_other(
    evaluator: FlaskClient, collection: Collection
) -> None:
    do(evaluator, "border", "save", **filled_in(offered=["th", "my"]))

    page = evaluator.get("/evaluate/border/poster", headers={"Accept-Language": "km"}).text

    assert re.findall(r'<li lang="(\w+)">', page) == ["th", "my"]
    assert '<html lang="th"' in page
    assert "3 มีนาคม" in page
    assert "ค.ศ. 2027" in page
    assert "QR ကုဒ်" in words(page)
    assert "Survey code" not in page
    assert "Mae Sot" in page


def test_the_poster_tells_a_total_and_nothing_else(evaluator: FlaskClient, collection: Collection) -> None:
    for language in ("th", "lo"):
        answer(evaluator.application.test_client(), "border", language, country="thailand")

    page = evaluator.get("/evaluate/border/poster").text

    assert re.search(r"data-live=\"/evaluate/border/received\">2</strong>", page)
    assert "Thailand" not in page
    assert "valid" not in words(page)
    assert evaluator.get("/evaluate/border/received").text == "2"


# In a real browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def page(browser: Any, server: str, sign_in_on: Callable[..., None]) -> Any:
    """An evaluator's page, signed in, on which no script may fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    sign_in_on(page, server)
    yield page
    context.close()
    assert faults == []


def made_in(page: Any, server: str) -> None:
    """Make a collection in the browser and open it."""
    page.goto(f"{server}{NEW}")
    page.fill("[name=title]", "Border meeting, Mae Sot")
    assert page.input_value("[name=code]") == "border-meeting-mae-sot"
    page.fill("[name=code]", "mae-sot")
    page.fill("[name=title]", "Border meeting at မြဝတီ")
    assert page.input_value("[name=code]") == "mae-sot"
    page.fill("[name=place]", "Mae Sot")
    page.fill("[name=starts_on]", "2027-03-03")
    page.fill("[name=ends_on]", "2027-03-05")
    page.click("text=Make the collection")
    page.wait_for_url("**/mae-sot/collection")
    page.click("text=Open the collection")
    page.wait_for_selector("text=Close the collection")


@pytest.mark.chromium
def test_counts_change_by_themselves_when_a_partner_sends_a_form(page: Any, server: str, browser: Any) -> None:
    made_in(page, server)
    row = page.locator("tbody[data-part=Country] tr", has_text="Lao PDR").locator("td").first
    wide = page.locator(".wide[aria-label='By country']")
    assert row.inner_text() == "0"
    join = page.locator(".address a").inner_text()
    page.fill("[name=place]", "typed and not saved yet")
    wide.focus()

    telephone = browser.new_context(locale="lo-LA")
    partner = telephone.new_page()
    partner.goto(join)
    assert partner.url.endswith("/lo")
    partner.check("[name=country][value=lao_pdr]")
    partner.click("button.send")
    partner.wait_for_selector(".receipt")
    telephone.close()

    page.wait_for_selector("[data-part=total]:has-text('1 received')")
    assert row.inner_text() == "1"
    assert wide.evaluate("each => each === document.activeElement")
    assert page.input_value("[name=place]") == "typed and not saved yet"


@pytest.mark.chromium
def test_a_server_that_is_not_reached_and_a_sign_in_that_ended_are_told(page: Any, server: str) -> None:
    made_in(page, server)
    page.route("**/counts", lambda route: route.abort())
    page.wait_for_selector("[data-live-lost]", state="visible")
    assert "The server is not reached" in page.locator("[data-live-lost]").inner_text()

    page.unroute("**/counts")
    page.wait_for_selector("[data-live-well]", state="visible")
    assert not page.is_visible("[data-live-lost]")

    page.context.clear_cookies()
    page.wait_for_selector("[data-live-out]", state="visible")


@pytest.mark.chromium
def test_nothing_is_asked_for_while_nobody_can_see_the_page(page: Any, server: str) -> None:
    made_in(page, server)
    page.clock.install()
    page.reload()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")

    page.clock.run_for(60_000)
    assert asked == []

    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(100)
    page.wait_for_selector("[data-live-well]", state="visible")
    assert [url.rsplit("/", 1)[1] for url in asked] == ["counts"]


@pytest.mark.chromium
def test_the_qr_code_on_screen_and_on_the_wall_is_read_by_a_camera(page: Any, server: str) -> None:
    made_in(page, server)
    join = page.locator(".address a").inner_text()
    assert read_qr(page.locator(".qr").screenshot()) == [join]

    page.click("text=Page to project or to print")
    page.wait_for_url("**/poster")
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert read_qr(page.screenshot()) == [join]

    page.fill("[name=base]", "https://survey.example.org")
    page.click("text=Use this address")
    page.wait_for_url("**base=*")
    assert page.locator(".address").inner_text().startswith("https://survey.example.org/c/")
    assert read_qr(page.screenshot()) == [page.locator(".address").inner_text()]
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080, "the whole poster is on the wall"


@pytest.mark.chromium
def test_the_poster_fits_one_sheet_with_all_its_fonts_and_no_count(page: Any, server: str) -> None:
    made_in(page, server)
    page.fill("#settings ~ form [name=title]", "A long title of a meeting " * 7)
    page.fill("#settings ~ form [name=place]", "A long name of a place " * 8)
    page.fill("#settings ~ form [name=organiser]", "A long name of an organisation " * 6)
    page.click("text=Save the settings")
    page.wait_for_selector("text=The settings are saved.")
    fetched: list[str] = []
    page.on("response", lambda response: fetched.append(response.url.rsplit("/", 1)[1]))
    page.goto(f"{server}/evaluate/mae-sot/poster")
    page.wait_for_load_state("networkidle")

    sheet = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))

    assert len(sheet) == 1
    text = sheet[0].get_textpage().get_text_bounded()
    assert "Forms received" not in text
    assert "For the evaluator" not in text
    assert "Scan this QR code" in text
    assert "NotoSansMyanmar-Regular.woff2" in fetched


@pytest.mark.chromium
def test_the_pages_are_accessible_and_no_wider_than_the_screen(page: Any, server: str) -> None:
    made_in(page, server)
    for address in (
        NEW,
        "/evaluate/mae-sot/collection",
        "/evaluate/mae-sot/collection?base=nothing at all",
        "/evaluate/mekong-2003/collection",
        "/evaluate/mae-sot/poster",
        "/evaluate/mae-sot/poster?base=http://192.168.1.20",
        "/evaluate/mekong-2003/poster",
    ):
        page.goto(f"{server}{address}")
        look(page, address)


def test_a_code_is_no_word_of_the_evaluators_addresses(app: Flask) -> None:
    first = {rule.rule.split("/")[2] for rule in app.url_map.iter_rules() if rule.rule.startswith("/evaluate/")}
    words = {word for word in first if re.fullmatch(r"[a-z0-9][a-z0-9-]*", word)}
    assert words == set(collections.RESERVED)

    for word in words:
        with pytest.raises(collections.CollectionError, match="cannot be a code"):
            collections.create(word, "partner_survey", "A title", who="tester")
