"""Forms that come late, sealed or from a file: what the server answers to a device, and what an evaluator can do."""

import base64
import datetime
import io
import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from surveytool import collections, devices, identity_keys, sealing
from surveytool.cli import main
from surveytool.collection_settings import CollectionError, Settings
from surveytool.intake import CLOSED, CONFLICT, OTHER_VERSION, UNFINISHED, UNREADABLE
from surveytool.models import Collection, Judgement, Response, SetAside, WordingRevision, db

JSON = {"Accept": "application/json"}


def send(client: FlaskClient, fields: dict[str, str], submission: str = "", **query: str) -> TestResponse:
    """Send a form as the scripts of a device do."""
    data = {"submission": submission or str(uuid.uuid4()), **fields}
    return client.post("/c/border/en", data=data, headers=JSON, query_string=query)


def sealed(collection: Collection, submission: str = "", **other: Any) -> bytes:
    """Seal a form as a device does."""
    form = {
        "submission": submission or str(uuid.uuid4()),
        "language": "en",
        "fields": [["organisation", "Somewhere"], ["trained", "yes"], ["name", "Somebody"]],
        "device": {
            "clock": "2026-11-26T08:00:00Z",
            "zone": "Asia/Yangon",
            "language": "my",
            "seconds": 600,
            "ahead": 5,
        },
    }
    return sealing.seal(sealing.public_key(collection), other.pop("join_code", collection.join_code), form | other)


def kept() -> list[Response]:
    """List the forms that are stored."""
    return list(db.session.scalars(select(Response).order_by(Response.id)))


def aside() -> list[SetAside]:
    """List the forms that were kept aside."""
    return list(db.session.scalars(select(SetAside).order_by(SetAside.id)))


# What a device is told ------------------------------------------------------------------------------------------------


def test_a_device_is_told_of_its_own_form_and_of_no_other(client: FlaskClient, collection: Collection) -> None:
    submission = str(uuid.uuid4())

    first = send(client, {"organisation": "Somewhere"}, submission).json
    second = send(client, {"organisation": "Somewhere"}, submission).json

    assert first["submission"] == second["submission"] == submission
    assert first["state"] == second["state"] == "kept"
    assert first["receipt"] == second["receipt"]
    assert first["receipt"] in first["page"]
    assert len(kept()) == 1


def test_the_same_identifier_with_other_content_is_kept_too_and_flagged(
    client: FlaskClient, collection: Collection
) -> None:
    submission = str(uuid.uuid4())
    receipts = {send(client, {"organisation": name}, submission).json["receipt"] for name in ("Here", "There", "Here")}

    assert len(receipts) == len(kept()) == 2
    assert [each.reason for each in db.session.scalars(select(Judgement).where(Judgement.effect == "flag"))] == [
        CONFLICT
    ]


def test_a_device_is_told_what_cannot_be_read_while_somebody_is_there(
    client: FlaskClient, collection: Collection
) -> None:
    answer = send(client, {"trained": "yes", "trained_times": "many", "date.year": "2546"})

    assert answer.status_code == 422
    assert answer.json["errors"]["trained_times"] == "Please enter a number."
    assert answer.json["confirm"] == {"date": "2546"}
    assert kept() == aside() == []


def test_what_cannot_be_read_is_kept_aside_when_nobody_is_there_any_more(
    client: FlaskClient, collection: Collection
) -> None:
    form = {"trained": "yes", "trained_times": "many", "queued": "yes"}
    submission = str(uuid.uuid4())

    told = [send(client, form, submission).json["state"] for _ in range(2)]

    assert told == ["aside", "aside"]
    assert kept() == []
    assert [each.reason for each in aside()] == [UNREADABLE]
    assert aside()[0].sent == {"trained": ["yes"], "trained_times": ["many"]}


def test_a_form_from_a_queue_after_closing_is_kept_aside_and_the_device_told_in_its_language(
    client: FlaskClient, collection: Collection
) -> None:
    collections.close(collection, "tester")
    db.session.commit()

    data = {"submission": str(uuid.uuid4()), "organisation": "Somewhere"}
    answer = client.post("/c/border/th", data=data, headers=JSON)

    assert answer.status_code == 409
    assert answer.json["state"] == "aside"
    assert 'lang="th"' in answer.json["page"]
    assert [each.reason for each in aside()] == [CLOSED]


def test_a_browser_that_asks_for_a_page_gets_one(client: FlaskClient, collection: Collection) -> None:
    answer = client.post("/c/border/en", data={"submission": str(uuid.uuid4())}, headers={"Accept": "text/html,*/*"})

    assert answer.mimetype == "text/html"


# Clocks ---------------------------------------------------------------------------------------------------------------


def test_clock_zone_and_language_of_the_device_travel_with_the_form(
    client: FlaskClient, collection: Collection, app: Flask
) -> None:
    ahead = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)
    said = {"clock": ahead.isoformat(), "zone": "Asia/Vientiane", "language": "lo-LA", "seconds": 754, "serial": "x"}

    send(client, {"organisation": "Somewhere", "device": json.dumps(said)})

    (form,) = kept()
    assert form.device is not None
    assert form.seconds == 754
    assert form.device["zone"] == "Asia/Vientiane"
    assert form.device["language"] == "lo-LA"
    assert abs(form.device["ahead"] - 7200) < 60
    assert "serial" not in form.device, "nothing is kept that was not asked for"


@pytest.mark.parametrize(
    "said", ["", "[]", "{", "9" * 5000, "[" * 5000, '{"clock": 3, "zone": "", "seconds": -1}', '{"seconds": 1e400}']
)
def test_a_device_that_says_nonsense_of_itself_loses_no_form(
    client: FlaskClient, collection: Collection, said: str
) -> None:
    assert send(client, {"organisation": "Somewhere", "device": said}).json["state"] == "kept"
    assert kept()[0].device is None
    assert kept()[0].seconds is None


def test_moments_are_kept_in_utc_and_shown_in_the_zone_of_the_collection(
    evaluator: FlaskClient, filled_app: Flask
) -> None:
    demo = collections.find("demo")
    collections.change(demo, Settings.of(demo).__class__(**{**_as_dict(Settings.of(demo)), "zone": "Asia/Yangon"}), "t")
    db.session.commit()
    said = json.dumps({"clock": "2026-11-26T08:00:00Z", "finished": "2026-11-26T08:00:00Z"})
    filled_app.test_client().post("/c/demo/en", data={"submission": str(uuid.uuid4()), "device": said}, headers=JSON)
    form = db.session.scalars(select(Response).where(Response.collection_id == demo.id)).one()

    page = evaluator.get(f"/evaluate/demo/responses/{form.id}").text

    assert form.received_at.tzinfo == datetime.UTC
    assert f"{devices.local(form.received_at, 'Asia/Yangon'):%H:%M} UTC+6:30" in page
    assert "26 November 2026, 14:30 UTC+6:30, by its clock" in page


def _as_dict(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in Settings.__slots__}


def test_settings_of_devices_are_checked(app: Flask, collection: Collection) -> None:
    wrong = {**_as_dict(Settings.of(collection)), "zone": "Asia/Nowhere", "on_idle": "burn", "idle_minutes": 0}

    with pytest.raises(CollectionError) as caught:
        collections.change(collection, Settings(**wrong), "tester")

    assert set(caught.value.faults) == {"zone", "on_idle", "idle_minutes"}


def test_an_evaluator_sets_zone_and_what_a_tablet_does_when_left_alone(evaluator: FlaskClient) -> None:
    page = evaluator.get("/evaluate/demo/collection").text
    token = page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    form = {"do": "save", "csrf_token": token, "title": "Demo", "offered": ["en", "th"], "zone": "Asia/Yangon"}

    evaluator.post("/evaluate/demo/collection", data=form | {"on_idle": "clear", "idle_minutes": "3"})

    demo = collections.find("demo")
    db.session.refresh(demo)
    assert (demo.zone, demo.on_idle, demo.idle_minutes) == ("Asia/Yangon", "clear", 3)
    assert '"onIdle":"clear","idleMinutes":3' in evaluator.get("/c/demo/en").text.replace("&#34;", '"')


# Wordings -------------------------------------------------------------------------------------------------------------


def renew_wording(collection: Collection) -> tuple[str, str]:
    """Serve a newer English wording; return the digests of the earlier and of the newer."""
    served = next(each for each in collection.wordings if each.language == "en")
    old = served.revision
    strings = {**old.strings, "title": "Another title"}
    served.revision = WordingRevision(
        version_id=old.version_id, language="en", digest="feed" * 4, strings=strings, review={}
    )
    db.session.commit()
    return old.digest, "feed" * 4


def test_a_form_begun_in_an_earlier_wording_is_shown_sent_and_kept_in_it(
    client: FlaskClient, collection: Collection
) -> None:
    before = client.get("/c/border/en").text
    old, new = renew_wording(collection)

    assert "Another title" in client.get("/c/border/en").text
    assert "Another title" not in client.get(f"/c/border/en?wording={old}").text
    assert f"wording={old}" in before
    for wording in (old, new, "unknown"):
        assert send(client, {"organisation": wording}, wording=wording).json["state"] == "kept"

    assert [each.wording.digest for each in kept()] == [old, new, new]


def test_a_form_of_another_version_of_the_questionnaire_is_kept_aside(
    client: FlaskClient, collection: Collection
) -> None:
    served = next(each for each in collection.wordings if each.language == "en").revision
    other = type(served.version)(name="partner_survey", version="0", digest="other", structure=served.version.structure)
    revision = WordingRevision(version=other, language="en", digest="beef" * 4, strings=served.strings, review={})
    db.session.add_all([other, revision])
    db.session.commit()

    assert send(client, {"organisation": "Somewhere"}, wording="beef" * 4).json["state"] == "aside"
    assert [each.reason for each in aside()] == [OTHER_VERSION]


# Sealed forms ---------------------------------------------------------------------------------------------------------


def test_a_sealed_form_is_taken_in_once_however_it_comes(client: FlaskClient, collection: Collection) -> None:
    submission = str(uuid.uuid4())
    file = sealed(collection, submission)
    assert b"Somewhere" not in file

    answers = [
        client.post("/c/border/sealed", data=content) for content in (file, file, sealed(collection, submission))
    ]
    fields = {"organisation": "Somewhere", "trained": "yes", "name": "Somebody"}
    direct = send(client, fields, submission)

    assert [answer.json["state"] for answer in answers] == ["kept"] * 3
    assert direct.json["receipt"] == answers[0].json["receipt"]
    (form,) = kept()
    assert form.seconds == 600
    assert "name" not in form.sent


def test_an_unfinished_form_from_a_shared_tablet_is_kept_aside(client: FlaskClient, collection: Collection) -> None:
    answer = client.post("/c/border/sealed", data=sealed(collection, unfinished=True))

    assert answer.json["state"] == "aside"
    assert [each.reason for each in aside()] == [UNFINISHED]


def hand_in(evaluator: FlaskClient, *files: tuple[str, bytes]) -> str:
    """Hand in files on the page for it; return what it says."""
    page = evaluator.get("/evaluate/demo/rescue").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"csrf_token": token, "files": [(io.BytesIO(content), name) for name, content in files]}
    return evaluator.post("/evaluate/demo/rescue", data=data).text


def test_files_are_handed_in_and_imported_once(evaluator: FlaskClient, filled_app: Flask) -> None:
    demo = collections.find("demo")
    files = [(f"{n}.surveyform", sealed(demo, str(uuid.uuid4()))) for n in range(3)]

    first, second = hand_in(evaluator, *files), hand_in(evaluator, *files)

    assert first.count("Taken in.") == 3
    assert second.count("It was here already.") == 3
    forms = db.session.scalars(select(Response).where(Response.collection_id == demo.id)).all()
    assert len(forms) == 3
    assert all(form.sent == {"organisation": ["Somewhere"], "trained": ["yes"]} for form in forms)
    assert all(form.device["ahead"] == 5 for form in forms if form.device)


def _damaged(file: bytes) -> dict[str, bytes]:
    lying = json.loads(file)
    content = bytearray(base64.b64decode(lying["content"]))
    content[3] ^= 1
    altered = json.dumps(lying | {"content": base64.b64encode(content).decode()}).encode()
    return {
        "cut short": file[:-40],
        "altered": altered,
        "without a key": json.dumps({**lying, "ephemeral": ""}).encode(),
        "newer": json.dumps(lying | {"version": 2}).encode(),
        "no form at all": b"\x89PNG\r\n",
        "empty": b"",
        "a list": b"[]",
    }


def test_damaged_and_foreign_files_are_told_and_stop_no_other(evaluator: FlaskClient, filled_app: Flask) -> None:
    demo, other = collections.find("demo"), collections.find("mekong-2003")
    whole = sealed(demo)
    files = {**_damaged(whole), "of another collection": sealed(other), "unknown": sealed(demo, join_code="zzzz")}

    told = hand_in(evaluator, *files.items(), ("whole", whole))

    assert told.count("Not taken in.") == len(files)
    assert "The file is cut short or altered." in told
    assert "This is no file that the form saved on a device." in told
    assert "It belongs to the collection &#39;mekong-2003&#39;" in told
    assert told.count("Taken in.") == 1


@pytest.mark.parametrize(
    "content",
    [
        {"fields": "x"},
        {"fields": [["a"]]},
        {"fields": [["a", 1]]},
        {"fields": [["a", "b"]] * 3000},
        {"language": "xx"},
        {"language": None},
        {"submission": "no"},
    ],
)
def test_a_sealed_form_that_makes_no_sense_is_refused(
    client: FlaskClient, collection: Collection, content: dict[str, Any]
) -> None:
    answer = client.post("/c/border/sealed", data=sealed(collection, **content))

    assert answer.status_code == 422
    assert answer.json["state"] == "damaged"
    assert kept() == []


def test_files_are_taken_in_on_the_command_line(app: Flask, collection: Collection, tmp_path: Path) -> None:
    (tmp_path / "whole.surveyform").write_bytes(sealed(collection))
    (tmp_path / "cut.surveyform").write_bytes(sealed(collection)[:-10])
    files = [str(tmp_path / name) for name in ("whole.surveyform", "cut.surveyform", "whole.surveyform")]

    done = CliRunner().invoke(main, ["--instance", app.instance_path, "rescue", "border", *files])

    assert done.exit_code == 1
    assert "whole.surveyform: Taken in." in done.output
    assert "whole.surveyform: It was here already." in done.output
    assert "cut.surveyform: Not taken in." in done.output
    assert len(kept()) == 1


def test_the_secret_half_of_the_seal_is_encrypted_and_turns_with_the_keys(
    app: Flask, client: FlaskClient, collection: Collection
) -> None:
    file = sealed(collection)
    raw = db.session.execute(db.text("SELECT seal_private FROM collections")).scalar_one()
    assert raw.startswith(b"gAAAA")

    identity_keys.rotate("tester")
    identity_keys.finish("tester")
    db.session.expire_all()

    assert db.session.execute(db.text("SELECT seal_private FROM collections")).scalar_one() != raw
    assert client.post("/c/border/sealed", data=file).json["state"] == "kept"


# Joining and installing -----------------------------------------------------------------------------------------------


def headers(client: FlaskClient, address: str) -> Any:
    """Return the headers of an answer, read to its end."""
    with client.get(address, buffered=True) as answer:
        return answer.headers


def test_a_wrong_code_helps_and_reveals_no_survey(client: FlaskClient, collection: Collection) -> None:
    page = client.get("/c/b0rder").text

    assert "the letters I, L, O and the digits 0 and 1 are never in it" in page
    assert "border" not in page.replace("b0rder", "")
    assert client.get("/c/BOR-DER").headers["Location"] == "/c/border/en", "as it is read aloud"


def test_the_form_can_be_installed(client: FlaskClient, collection: Collection) -> None:
    manifest = json.loads(client.get("/c/border/km/form.webmanifest").data)

    assert manifest["start_url"] == "/c/border/km"
    assert manifest["lang"] == "km"
    (shared,) = re.findall(r'<link rel="manifest" href="([^"]+)"', client.get("/c/border?kiosk").text)
    assert json.loads(client.get(shared).data)["start_url"] == "/c/border?kiosk"
    for icon in manifest["icons"]:
        assert headers(client, icon["src"])["Content-Type"] == "image/png"


def test_the_scripts_of_an_edition_are_kept_for_good_and_of_an_earlier_one_not(
    client: FlaskClient, collection: Collection
) -> None:
    page = client.get("/c/border/en").text
    address = re.search(r'<script type="module"[^>]* src="([^"]+)"', page)[1]  # type: ignore[index]

    assert "immutable" in headers(client, address)["Cache-Control"]
    assert headers(client, "/c/code/old/offline/form.js")["Cache-Control"] == "no-cache"
    assert client.get("/c/code/old/evaluate.js").status_code == 404


def test_nothing_of_a_shared_tablet_is_to_be_kept_by_a_browser(client: FlaskClient, collection: Collection) -> None:
    for address in ("/c/border?kiosk", "/c/border/en?kiosk"):
        assert client.get(address).headers["Cache-Control"] == "no-store"


def test_thirty_phones_behind_one_address_are_all_let_in(client: FlaskClient, collection: Collection) -> None:
    for _ in range(30):
        assert client.get("/c/border/en").status_code == 200
        assert send(client, {"organisation": "Somewhere"}).json["state"] == "kept"

    assert len(kept()) == 30


@pytest.mark.usefixtures("collection")
def test_a_country_limited_evaluator_hands_in_no_files(app: Flask, sign_in: Callable[..., Any]) -> None:
    browser = app.test_client()
    sign_in(browser, "evaluator", country="lao_pdr")

    assert browser.get("/evaluate/border/rescue").status_code == 403
