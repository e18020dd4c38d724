"""A clerk types paper and e-mailed forms: begin, save, look once more, keep; scans of them and who may look."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from surveytool import collections, entries, scans
from surveytool.entries import About
from surveytool.evaluate.entry.forms import keys
from surveytool.models import Attachment, Collection, Entry, Identity, Judgement, LogEntry, Response, User, db

#: A paper of a Vietnamese partner, as the fields of the page have it.
PAPER = {
    "date": "19/5/2003",
    "name": "Trần Văn Thử",
    "organisation": "Hội Phụ nữ",
    "country": "viet_nam",
    "involved": "yes",
    "trained": "no",
    "training_useful": "3",
    "activities": ["prevention", "other"],
    "coordination_national": "2",
    "monitoring_tools.choice": "na",
    "retrafficking_rate": "yes",
    "acceptable_rate": "12,5",
}
NO_SUCH = "00000000-0000-0000-0000-000000000000"


class Clerk:
    """Somebody with a pile of papers: a browser without JavaScript, signed in."""

    def __init__(self, client: FlaskClient, user: User) -> None:
        self.client, self.user = client, user

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/evaluate/border{path}")

    def post(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        return self.client.post(f"/evaluate/border{path}", data=data or {})

    def begin(self, **about: str) -> str:
        """Begin a form; return its identifier."""
        answer = self.post("/entry", {"language": "vi", "mode": "paper", **about})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"].rsplit("/", 1)[1]

    def save(self, submission: str, fields: dict[str, Any], go: str = "later", **steering: str) -> TestResponse:
        return self.post(
            f"/entry/{submission}", {**self.hidden(f"/entry/{submission}"), **fields, "go": go, **steering}
        )

    def keep(self, submission: str) -> TestResponse:
        return self.post(f"/entry/{submission}/review", {**self.hidden(f"/entry/{submission}/review"), "keep": "1"})

    def hidden(self, path: str) -> dict[str, str]:
        page = self.get(path).text
        return dict(re.findall(r'<input type="hidden" name="(page_id|since)" value="([^"]*)"', page))

    def attach(self, path: str, *files: bytes) -> TestResponse:
        uploads = [FileStorage(io.BytesIO(content), f"private name {n}.jpg") for n, content in enumerate(files)]
        boundary, body = encode_multipart({"scan": uploads})
        kind = f"multipart/form-data; boundary={boundary}"
        return self.client.post(f"/evaluate/border{path}", data=body, content_type=kind)


@pytest.fixture
def hire(app: Flask, sign_in: Callable[..., User]) -> Callable[..., Clerk]:
    """Make a clerk, or somebody with another role, with a browser of their own."""
    app.config["WTF_CSRF_ENABLED"] = False

    def hired(*roles: str, **limits: Any) -> Clerk:
        client = app.test_client()
        return Clerk(client, sign_in(client, *(roles or ("clerk",)), **limits))

    return hired


@pytest.fixture
def clerk(collection: Collection, hire: Callable[..., Clerk]) -> Clerk:
    return hire()


def kept(submission: str) -> Response:
    return db.session.scalars(select(Response).where(Response.submission == submission)).one()


def held(response: Response) -> dict[str, tuple[str, str | None]]:
    """Return what a form holds: state and code or words, by variable."""
    return {each.variable: (each.state, each.code or each.text) for each in response.answers}


def log() -> list[tuple[str, str, str]]:
    """Return what people did on pages, by the audit log; the tests' collections are made by the tester."""
    on_pages = select(LogEntry).where(LogEntry.who.not_in(("tester", "rule"))).order_by(LogEntry.number)
    entries_ = db.session.scalars(on_pages)
    return [(each.what, each.about, each.why) for each in entries_]


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# Typing and keeping ---------------------------------------------------------------------------------------------------


def test_a_paper_is_typed_looked_over_and_kept(clerk: Clerk) -> None:
    submission = clerk.begin(filled_on="19/5/2003", serial="0042")

    clerk.save(submission, PAPER)
    seen = text_of(clerk.get(f"/entry/{submission}/review").text)
    answer = clerk.keep(submission)

    response = kept(submission)
    found = held(response)
    assert "19/5/2003 – 19 May 2003" in seen
    assert "3 – " in seen
    assert "answered though not asked; it is kept, and by rule it does not count" in seen
    assert answer.headers["Location"].endswith(f"/entry/{submission}/kept")
    assert (response.mode, response.language, response.typed_by) == ("paper", "vi", clerk.user.email)
    assert (str(response.filled_on), response.serial, response.country) == ("2003-05-19", "0042", "viet_nam")
    assert found["date"] == ("value", "2003")
    assert found["training_useful"] == ("value", "3")
    assert found["trained_times"] == ("not_asked", None)
    assert found["monitoring_tools"] == ("not_applicable", None)
    assert found["acceptable_rate"] == ("value", "12.5")
    assert found["activities.prevention"] == ("value", "1")
    assert found["activities.protection"] == ("value", "0")
    assert db.session.scalars(select(Identity)).one().data["used"] == {"name": "Trần Văn Thử"}
    assert "training_useful" in {each.variable for each in db.session.scalars(select(Judgement))}
    assert db.session.scalars(select(Entry)).all() == []
    assert ("typed a form", f"response {response.id}", "paper") in log()
    assert response.receipt[:4] in clerk.get(f"/entry/{submission}/kept").text


def test_a_form_is_kept_once_however_often_the_button_is_pressed(clerk: Clerk) -> None:
    submission = clerk.begin()
    clerk.save(submission, PAPER)
    fields = {**clerk.hidden(f"/entry/{submission}/review"), "keep": "1"}

    answers = [clerk.post(f"/entry/{submission}/review", fields) for _ in range(3)]

    assert {each.headers["Location"] for each in answers} == {f"/evaluate/border/entry/{submission}/kept"}
    assert len(db.session.scalars(select(Response)).all()) == 1
    assert clerk.get(f"/entry/{submission}").headers["Location"].endswith("/kept"), "going back shows the receipt"


def test_what_was_typed_waits_for_the_clerk_at_any_computer(
    app: Flask, clerk: Clerk, sign_in: Callable[..., User]
) -> None:
    submission = clerk.begin(language="th", mode="e-mail")
    clerk.save(submission, {"organisation": "มูลนิธิ", "trained": "yes", "activities": ["prevention"]})
    with clerk.client.session_transaction() as session:
        signed_in = dict(session)
    elsewhere = app.test_client()
    with elsewhere.session_transaction() as session:
        session.update(signed_in)

    desk = elsewhere.get("/evaluate/border/entry").text
    page = elsewhere.get(f"/evaluate/border/entry/{submission}").text

    assert f"/evaluate/border/entry/{submission}" in desk
    assert re.search(r"\b3 of \d+ questions typed", text_of(desk))
    assert 'value="มูลนิธิ"' in page
    assert re.search(r'name="trained" value="yes"[^>]* checked', page)
    assert re.search(r'name="activities" value="prevention"[^>]* checked', page)


def test_every_question_stands_in_the_forms_language_with_its_keys(clerk: Clerk, collection: Collection) -> None:
    assert collection.version
    submission = clerk.begin(language="km")
    page = clerk.get(f"/entry/{submission}").text
    wording, q = collection.revision("km").wording, collection.version.questionnaire

    for item in q.items.values():
        assert f'<span lang="km">{wording.label(item.name)}' in page, item.name
        assert f'id="q-{item.name}"' in page, "nothing is left out for its routing"
    assert list(re.findall(r'id="q-([^"]+)"', page)) == list(q.items)
    assert keys(q.items["trained"]) == {"yes": "y", "no": "n"}
    assert keys(q.items["log_frame"]) == {"yes": "y", "no": "n", "na": "a"}
    assert list(keys(q.items["gender"]).values()) == ["y", "n"]
    assert list(keys(q.items["legal_framework"]).values()) == ["0", "1", "2", "3", "4"]
    assert list(keys(q.items["country"]).values()) == ["1", "2", "3", "4", "5", "6"]
    assert list(keys(q.items["activities"]).values()) == ["a", "b", "c", "d", "e", "f"]
    assert re.search(r'value="2" data-key="2"><kbd>2</kbd>', page)


def test_mistakes_stand_beside_their_place_and_nothing_is_kept(clerk: Clerk) -> None:
    submission = clerk.begin()
    clerk.save(submission, {**PAPER, "trained_times": "many", "date": "39/5/2003"})

    page = clerk.get(f"/entry/{submission}/review").text
    answer = clerk.keep(submission)

    assert "2 answers cannot be kept as typed" in text_of(page)
    assert f'/entry/{submission}#q-trained_times">' in page
    assert answer.status_code == 422
    assert db.session.scalars(select(Response)).all() == []
    typing = clerk.get(f"/entry/{submission}").text
    assert re.search(r'id="e-trained_times">This is no number\.', typing)
    assert 'value="many"' in typing
    assert 'id="f-trained_times"' in typing


def test_years_of_the_buddhist_era_are_confirmed_once(clerk: Clerk) -> None:
    submission = clerk.begin(language="th")
    clerk.save(submission, {"date": "๑๙/๕/๒๕๔๖", "research_other": "yes", "research_date": "๒๕๔๔"})
    review = f"/entry/{submission}/review"

    asked = text_of(clerk.get(review).text)
    clerk.post(review, {"confirm": "1"})
    clerk.keep(submission)

    response = kept(submission)
    stored = {each.variable: (each.text, each.date, each.understood) for each in response.answers if each.date}
    assert "2546 is 2003, 2544 is 2001: yes, years of the Buddhist era" in asked
    assert stored == {
        "date": ("๑๙/๕/๒๕๔๖", "2003-05-19", "looks buddhist"),
        "research_date": ("๒๕๔๔", "2001", "looks buddhist"),
    }


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2546", "Write day, month and year"),
        ("31/2/2003", "This is no date"),
        ("1/1/03", "four digits"),
        ("1/1/2035", "has not come yet"),
        ("๑/๑/๒๕๔๖", "2546 looks like a year of the Buddhist era; it would be 2003"),
    ],
)
def test_a_date_on_the_form_that_is_none_is_said_beside_it(clerk: Clerk, typed: str, said: str) -> None:
    answer = clerk.post("/entry", {"language": "vi", "mode": "paper", "filled_on": typed, "serial": "7"})

    if typed == "2546":
        assert "2546 looks like" in answer.text
        answer = clerk.post(
            "/entry", {"language": "vi", "mode": "paper", "filled_on": typed, "filled_on.confirmed": "2546"}
        )
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text
    assert db.session.scalars(select(Entry)).all() == []


def test_a_buddhist_date_on_the_form_counts_once_confirmed(clerk: Clerk) -> None:
    submission = clerk.begin(filled_on="๑๙/๕/๒๕๔๖", **{"filled_on.confirmed": "2546"})

    assert str(db.session.scalars(select(Entry)).one().filled_on) == "2003-05-19"
    assert "19 May 2003" in clerk.get(f"/entry/{submission}").text


def test_language_mode_date_and_serial_can_be_corrected_and_nothing_is_lost(clerk: Clerk) -> None:
    submission = clerk.begin(language="vi")
    going = clerk.save(submission, {"organisation": "ອົງການ"}, go="about")
    assert going.headers["Location"].endswith("/about")

    wrong = clerk.post(f"/entry/{submission}/about", {"language": "xx", "mode": "fax"})
    clerk.post(f"/entry/{submission}/about", {"language": "lo", "mode": "e-mail", "serial": "๑๒"})

    assert wrong.status_code == 422
    entry = db.session.scalars(select(Entry)).one()
    assert (entry.language, entry.mode, entry.serial) == ("lo", "e-mail", "12")
    assert 'value="ອົງການ"' in clerk.get(f"/entry/{submission}").text


def test_a_serial_number_typed_twice_is_said_and_stops_nobody(clerk: Clerk) -> None:
    first = clerk.begin(serial="17")
    clerk.save(first, PAPER)
    clerk.keep(first)
    second = clerk.begin(serial="17")

    page = clerk.get(f"/entry/{second}").text
    clerk.save(second, {**PAPER, "name": "Lê Thị Khác"})

    assert "serial number 17 was typed before" in text_of(page)
    assert f"/evaluate/border/entry/{first}/kept" in page
    assert clerk.keep(second).status_code == 302
    assert len(db.session.scalars(select(Response)).all()) == 2


def test_an_old_window_does_not_overwrite_a_newer_one(clerk: Clerk) -> None:
    submission = clerk.begin()
    old = clerk.hidden(f"/entry/{submission}")
    clerk.save(submission, {"organisation": "From the other window"})

    refused = clerk.post(f"/entry/{submission}", {**old, "organisation": "From the old window", "go": "review"})
    again = dict(re.findall(r'name="(page_id|since)" value="([^"]*)"', refused.text))
    kept_there = entries.typed(db.session.scalars(select(Entry)).one())["organisation"]
    clerk.post(f"/entry/{submission}", {**again, "organisation": "From the old window"})

    assert refused.status_code == 409
    assert 'value="From the old window"' in refused.text
    assert kept_there == ["From the other window"]
    db.session.expire_all()
    assert entries.typed(db.session.scalars(select(Entry)).one())["organisation"] == ["From the old window"]


def test_the_draft_says_what_was_not_asked_and_what_cannot_be_read(clerk: Clerk) -> None:
    submission = clerk.begin()
    fields = {**clerk.hidden(f"/entry/{submission}"), "trained": "no", "trained_times": "x", "junk": "y"}

    told = clerk.post(f"/entry/{submission}/draft", fields).get_json()

    assert {"training_useful", "applying"} <= set(told["not_asked"])
    assert told["errors"] == {"trained_times": "This is no number."}
    assert set(entries.typed(db.session.scalars(select(Entry)).one())) == {"trained", "trained_times"}


def test_what_is_typed_is_encrypted(clerk: Clerk) -> None:
    clerk.save(clerk.begin(), {"name": "Trần Văn Thử"})

    raw = db.session.connection().exec_driver_sql("SELECT sent FROM entries").scalar_one()

    assert b"Tr" not in bytes(raw)[:4]
    assert "Trần Văn Thử".encode() not in bytes(raw)


def test_a_begun_form_is_given_up_after_asking(clerk: Clerk) -> None:
    submission = clerk.begin()
    clerk.save(submission, {"organisation": "X"})
    entry = db.session.scalars(select(Entry)).one()

    asked = clerk.get(f"/entry/{submission}/give-up").text
    clerk.post(f"/entry/{submission}/give-up")

    assert "1 question typed" in text_of(asked)
    assert db.session.scalars(select(Entry.id)).all() == []
    assert ("gave up a begun form", f"entry {entry.id}, collection {entry.collection_id}", "") in log()


def test_an_empty_form_is_kept_and_by_rule_does_not_count(clerk: Clerk) -> None:
    submission = clerk.begin()

    assert "Nothing was typed" in clerk.get(f"/entry/{submission}/review").text
    clerk.keep(submission)

    effects = db.session.scalars(select(Judgement.effect).where(Judgement.response_id == kept(submission).id)).all()
    assert effects == ["exclude form"]


# Which collections ----------------------------------------------------------------------------------------------------


def test_paper_that_comes_late_is_typed_though_the_collection_is_closed(clerk: Clerk, collection: Collection) -> None:
    collections.close(collection, "tester")
    db.session.commit()

    submission = clerk.begin()
    clerk.save(submission, PAPER)
    clerk.keep(submission)

    assert "This collection is closed" in clerk.get("/entry").text
    assert kept(submission).mode == "paper"


def test_nothing_is_typed_for_a_draft_or_for_made_up_forms(filled_app: Flask, sign_in: Callable[..., User]) -> None:
    filled_app.config["WTF_CSRF_ENABLED"] = False
    collections.create("later", "partner_survey", "Not yet", who="tester")
    db.session.commit()
    client = filled_app.test_client()
    sign_in(client, "clerk")

    statuses = [client.post(f"/evaluate/{code}/entry", data=ABOUT).status_code for code in ("later", "mekong-2003")]

    assert statuses == [409, 409]
    assert client.get("/evaluate/entry/").headers["Location"] == "/evaluate/demo/entry", "one alone needs no choosing"


ABOUT = {"language": "vi", "mode": "paper"}


def test_a_clerk_is_led_to_the_papers_after_signing_in(clerk: Clerk) -> None:
    assert clerk.client.get("/").headers["Location"] == "/evaluate/entry/"
    desk = clerk.client.get("/", follow_redirects=True).text
    assert "A new form" in desk
    assert "/evaluate/border/responses" not in desk
    assert clerk.get("/").status_code == 403, "results are not a clerk's"


def test_how_many_were_kept_today_is_said(clerk: Clerk, hire: Callable[..., Clerk]) -> None:
    for name in ("Một", "Hai"):
        submission = clerk.begin()
        clerk.save(submission, {**PAPER, "name": name})
        clerk.keep(submission)

    assert "Kept today: 2 ." in text_of(clerk.get("/entry").text)
    assert "Kept today: 0 ." in text_of(hire().get("/entry").text)


# Who may --------------------------------------------------------------------------------------------------------------


def test_another_clerks_form_looks_like_one_that_is_not_there(
    clerk: Clerk, hire: Callable[..., Clerk], collection: Collection
) -> None:
    submission = clerk.begin()
    clerk.save(submission, PAPER)
    clerk.attach(f"/entry/{submission}/scans", photo())
    scan = db.session.scalars(select(Attachment)).one().id
    paths = ["", "/review", "/about", "/give-up", "/draft", "/scans", f"/scans/{scan}", "/kept"]
    for stranger in (hire(), hire("evaluator"), hire("clerk", country="viet_nam")):
        for path in paths:
            assert stranger.get(f"/entry/{submission}{path}").status_code == 404, path
            assert stranger.get(f"/entry/{NO_SUCH}{path}").status_code == 404, path
        for path in ("", "/review", "/about", "/give-up", "/draft", "/scans", f"/scans/{scan}/remove"):
            assert stranger.post(f"/entry/{submission}{path}").status_code == 404, path
        assert submission not in stranger.get("/entry").text or stranger.user.roles[0].name == "evaluator"

    other = collections.create("other", "partner_survey", "Another meeting", who="tester")
    collections.open_(other, "tester")
    db.session.commit()
    for path in paths:
        assert clerk.client.get(f"/evaluate/other/entry/{submission}{path}").status_code == 404, path
    outsider = hire("clerk", collection=other)
    assert outsider.get("/entry").status_code == 404
    assert entries.typed(db.session.scalars(select(Entry)).one())["organisation"] == ["Hội Phụ nữ"]


def test_an_evaluator_goes_on_with_anothers_form_for_a_reason(clerk: Clerk, hire: Callable[..., Clerk]) -> None:
    submission = clerk.begin()
    clerk.save(submission, PAPER)
    evaluator, limited = hire("evaluator"), hire("evaluator", country="viet_nam")

    assert clerk.user.email in evaluator.get("/entry").text
    assert clerk.user.email not in limited.get("/entry").text
    refused = evaluator.post(f"/entry/{submission}/take-over", {"reason": "short"})
    assert refused.status_code == 422
    assert 'value="short"' in refused.text
    assert "Please say why, in 10 to 500 characters" in refused.text
    assert limited.post(f"/entry/{submission}/take-over", {"reason": "The clerk has left."}).status_code == 404
    assert hire().post(f"/entry/{submission}/take-over", {"reason": "The clerk has left."}).status_code == 403
    evaluator.post(f"/entry/{submission}/take-over", {"reason": "The clerk has left."})

    assert "Hội Phụ nữ" in evaluator.get(f"/entry/{submission}").text
    assert clerk.get(f"/entry/{submission}").status_code == 404
    assert [why for what, _, why in log() if what == "took over a begun form"] == ["The clerk has left."]


def test_a_clerk_for_one_country_keeps_forms_of_that_country_alone(
    collection: Collection, hire: Callable[..., Clerk]
) -> None:
    clerk = hire("clerk", country="myanmar")
    submission = clerk.begin()
    clerk.save(submission, PAPER)

    assert "Your account is for forms of Myanmar" in clerk.get(f"/entry/{submission}/review").text
    assert clerk.keep(submission).status_code == 422
    clerk.save(submission, {**PAPER, "country": "myanmar"})
    assert clerk.keep(submission).status_code == 302


def test_a_form_of_another_site_types_nothing(app: Flask, collection: Collection, sign_in: Callable[..., User]) -> None:
    client = app.test_client()
    sign_in(client, "clerk")

    assert client.post("/evaluate/border/entry", data=ABOUT).status_code == 400
    assert db.session.scalars(select(Entry)).all() == []


# Scans ----------------------------------------------------------------------------------------------------------------


def photo(kind: str = "JPEG", **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, kind, **how)
    return out.getvalue()


def located(kind: str = "JPEG") -> bytes:
    """Return a photo held upright that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of someone"
    exif.get_ifd(0x8825)[1] = "N"
    return photo(kind, exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_are_known_by_their_content(clerk: Clerk, kind: str) -> None:
    submission = clerk.begin()

    clerk.attach(f"/entry/{submission}/scans", photo(kind))

    scan = db.session.scalars(select(Attachment)).one()
    served = clerk.get(f"/entry/{submission}/scans/{scan.id}")
    assert scan.media_type == f"image/{kind.lower()}"
    assert served.mimetype == scan.media_type
    assert Image.open(io.BytesIO(served.data)).size == (60, 40)
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Cache-Control"] == "no-store"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert "private" not in served.headers["Content-Disposition"]
    how = "attachment" if kind == "TIFF" else "inline"
    assert served.headers["Content-Disposition"].startswith(f"{how}; filename=scan-1.")


def test_a_pdf_is_handed_out_to_be_opened_elsewhere(clerk: Clerk) -> None:
    submission = clerk.begin()
    clerk.attach(f"/entry/{submission}/scans", b"%PDF-1.7\nscanned\n%%EOF")

    scan = db.session.scalars(select(Attachment)).one()
    served = clerk.get(f"/entry/{submission}/scans/{scan.id}")

    assert served.mimetype == "application/pdf"
    assert served.headers["Content-Disposition"] == "attachment; filename=scan-1.pdf"


def bomb() -> bytes:
    """Return a small PNG file that says it is 30,000 dots wide and high."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><script>alert(1)</script>", "no JPEG, PNG, WebP, TIFF or PDF"),
        (b"", "The file is empty"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "no JPEG, PNG, WebP, TIFF or PDF"),
        (b"\xff\xd8\xff\xe0 only the beginning of a JPEG", "no JPEG, PNG, WebP, TIFF or PDF"),
        (photo()[:-200], "no JPEG, PNG, WebP, TIFF or PDF"),
        (b"%PDF-1.7\n" + bytes(scans.LARGEST), "larger than 10 MB"),
        (bomb(), "too many dots"),
    ],
    ids=["script", "empty", "gif", "header", "cut", "large", "bomb"],
)
def test_other_files_are_refused_with_the_reason(clerk: Clerk, content: bytes, said: str) -> None:
    submission = clerk.begin()

    answer = clerk.attach(f"/entry/{submission}/scans", photo(), content)

    assert answer.status_code == 422
    assert f"File 2 of 2: {said}" in text_of(answer.text) or said in text_of(answer.text)
    assert db.session.scalars(select(Attachment)).all() == [], "all or none"


def test_no_file_and_too_many_are_said(clerk: Clerk) -> None:
    submission = clerk.begin()
    path = f"/entry/{submission}/scans"

    assert "Choose a file first" in clerk.attach(path).text
    assert clerk.attach(path, *[photo()] * 19).status_code == 302
    assert "20 scans at most; it has 19" in clerk.attach(path, photo(), photo()).text


def test_large_requests_are_read_where_scans_are_attached_and_nowhere_else(clerk: Clerk) -> None:
    submission = clerk.begin()
    five = b"%PDF-1.7\n" + bytes(5 * 1024 * 1024)

    assert clerk.attach(f"/entry/{submission}/scans", five, five).status_code == 302
    elsewhere = clerk.post(f"/entry/{submission}", {"comments": "x" * 5 * 1024 * 1024})
    beyond = clerk.attach(f"/entry/{submission}/scans", *[b"%PDF-" + bytes(scans.LARGEST - 9)] * 7)

    assert elsewhere.status_code == 413
    assert beyond.status_code == 413
    assert "Attach fewer files at a time" in beyond.text


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_a_photo_was_taken_is_not_kept_and_it_stands_upright(kind: str) -> None:
    before = located(kind)
    assert Image.open(io.BytesIO(before)).getexif().get_ifd(0x8825)

    _, after = scans.prepared(before)

    picture = Image.open(io.BytesIO(after))
    assert dict(picture.getexif()) == {}
    assert b"Camera of someone" not in after
    assert picture.size == (40, 60)


def test_scans_go_with_the_form_and_are_encrypted(clerk: Clerk) -> None:
    submission = clerk.begin()
    clerk.attach(f"/entry/{submission}/scans", photo(), photo("PNG"))
    clerk.save(submission, PAPER)

    clerk.keep(submission)

    found = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [(each.entry_id, each.response_id) for each in found] == [(None, kept(submission).id)] * 2
    raw = db.session.connection().exec_driver_sql("SELECT content FROM attachments").scalars().all()
    assert not any(bytes(each).startswith((b"\xff\xd8", b"\x89PNG")) for each in raw)


def test_a_scan_attached_by_mistake_is_removed(clerk: Clerk) -> None:
    submission = clerk.begin()
    clerk.attach(f"/entry/{submission}/scans", photo())
    scan = db.session.scalars(select(Attachment)).one()

    clerk.post(f"/entry/{submission}/scans/{scan.id}/remove")

    assert db.session.scalars(select(Attachment.id)).all() == []


def test_giving_up_a_form_deletes_its_scans(clerk: Clerk) -> None:
    submission = clerk.begin()
    clerk.attach(f"/entry/{submission}/scans", photo())

    clerk.post(f"/entry/{submission}/give-up")

    assert db.session.scalars(select(Attachment.id)).all() == []


@pytest.fixture
def scanned(clerk: Clerk) -> tuple[Clerk, int, int]:
    """A kept form with a scan: who typed it, the form, the scan."""
    submission = clerk.begin()
    clerk.save(submission, PAPER)
    clerk.attach(f"/entry/{submission}/scans", photo())
    clerk.keep(submission)
    return clerk, kept(submission).id, db.session.scalars(select(Attachment.id)).one()


def test_a_look_at_a_scan_needs_a_reason_and_is_on_record(
    scanned: tuple[Clerk, int, int], hire: Callable[..., Clerk]
) -> None:
    _, form, scan = scanned
    evaluator = hire("evaluator")
    address = f"/responses/{form}/scans/{scan}"

    without = evaluator.post(address, {"reason": "why"})
    shown = evaluator.post(address, {"reason": "Item 21 cannot be right; the paper will tell."})

    assert without.status_code == 422
    assert 'value="why"' in without.text
    assert shown.mimetype == "image/jpeg"
    looks = [(about, why) for what, about, why in log() if what == "looked at a scan"]
    assert looks == [(f"response {form}, scan {scan}", "Item 21 cannot be right; the paper will tell.")]
    assert evaluator.get(address).status_code == 405


def test_who_typed_a_form_may_attach_to_it_and_not_look_again(
    scanned: tuple[Clerk, int, int], hire: Callable[..., Clerk]
) -> None:
    clerk, form, scan = scanned
    address = f"/responses/{form}/scans"

    assert clerk.attach(address, photo("PNG")).status_code == 302
    assert "Only evaluators may look" in clerk.get(address).text
    assert clerk.post(f"{address}/{scan}", {"reason": "I would like to see it again."}).status_code == 403
    stranger = hire()
    assert stranger.get(address).status_code == 404
    assert stranger.attach(address, photo()).status_code == 404
    assert ("attached scans", f"response {form}", "1 added") in log()


def test_a_scan_is_reached_through_its_own_form_and_country_alone(
    scanned: tuple[Clerk, int, int], hire: Callable[..., Clerk], collection: Collection
) -> None:
    clerk, form, scan = scanned
    second = clerk.begin()
    clerk.save(second, {**PAPER, "name": "Lê Thị Khác"})
    clerk.keep(second)
    other = collections.create("other", "partner_survey", "Another meeting", who="tester")
    collections.open_(other, "tester")
    db.session.commit()
    evaluator, abroad = hire("evaluator"), hire("evaluator", country="thailand")
    reason = {"reason": "To see whether this can be done."}

    wrong_form = evaluator.post(f"/responses/{kept(second).id}/scans/{scan}", reason)
    wrong_collection = evaluator.client.post(f"/evaluate/other/responses/{form}/scans/{scan}", data=reason)
    mixed = hire("evaluator", "clerk", country="thailand")

    assert (wrong_form.status_code, wrong_collection.status_code) == (404, 404)
    for person in (abroad, mixed):
        assert person.post(f"/responses/{form}/scans/{scan}", reason).status_code == 404
        assert person.get(f"/responses/{form}/scans").status_code == 404
    assert [each for each in log() if each[0] == "looked at a scan"] == []


# Both databases -------------------------------------------------------------------------------------------------------


def open_border() -> Collection:
    collection = collections.create("border", "partner_survey", "Border meeting", who="tester")
    collections.open_(collection, "tester")
    db.session.commit()
    return collection


def test_on_both_databases_form_scans_and_entry_change_hands_at_once(any_database: Flask) -> None:
    collection = open_border()
    entry = entries.begin(collection, "clerk@example.org", About("vi", "paper", serial="9"))
    assert collection.version
    entries.save(entry, collection.version.questionnaire, {"organisation": ["Hội"]}, "page", "")
    scans.attached([photo()], 0, "clerk@example.org", entry_id=entry.id)
    db.session.commit()

    outcome = entries.keep(collection, entry, "clerk@example.org")

    assert outcome is not None
    response = db.session.scalars(select(Response)).one()
    assert (response.typed_by, response.serial) == ("clerk@example.org", "9")
    assert db.session.scalars(select(Attachment.response_id)).all() == [response.id]
    assert db.session.scalars(select(Entry.id)).all() == []
    assert [each[:2] for each in log()] == [("typed a form", f"response {response.id}")]


def test_on_both_databases_a_form_given_up_meanwhile_is_not_kept(any_database: Flask) -> None:
    collection = open_border()
    entry = entries.begin(collection, "clerk@example.org", About("vi", "paper"))
    with any_database.app_context():
        entries.give_up(db.session.get_one(Entry, entry.id), "clerk@example.org")

    assert entries.keep(collection, entry, "clerk@example.org") is None
    assert db.session.scalars(select(Response)).all() == []
    assert [each[0] for each in log()] == ["gave up a begun form"]
