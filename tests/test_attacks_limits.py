"""What a colleague with limits would try: what is of another collection or country, by every address; and uploads."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select, update
from werkzeug.routing import Rule

from surveytool import collections, exporting
from surveytool.access import RULES
from surveytool.models import Entry, LogEntry, Share, User, db
from surveytool.sharing import Draft
from tests.hostile import LINES, PATHS, Planted, cells_of, picture, plant
from tests.test_access import token

#: Arguments that name one thing of a collection.
THINGS = {"response_id", "aside_id", "share_id", "submission", "attachment_id"}
#: What comes with every deed, so that nothing but the limit stands in its way.
DEED = {"reason": "A good long reason.", "do": "exclude form", "decision": "accept", "go": "later", "keep": "1"}


def own(client: FlaskClient, sign_in: Callable[..., User], where: Planted, **limits: Any) -> None:
    """Sign somebody in for a collection or a country, whose begun form it is."""
    user = sign_in(client, "evaluator", "clerk", **limits)
    db.session.execute(update(Entry).where(Entry.submission == where.begun).values(clerk=user.email))
    db.session.commit()


def addresses(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Yield every address of a collection, with each of its methods."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if "code" in rule.arguments and rule.endpoint in RULES:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method


def asked(app: Flask, client: FlaskClient, rule: Rule, method: str, values: dict[str, Any]) -> tuple[int, str]:
    with app.test_request_context():
        address = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
    with client.open(address, method=method, data=DEED if method == "POST" else None) as answer:
        return answer.status_code, answer.text if answer.mimetype == "text/html" else ""


def log_entries() -> int:
    return len(db.session.scalars(select(LogEntry.number)).all())


def test_nothing_of_another_collection_is_reached_by_any_address(
    hostile_app: Flask, planted: list[Planted], sign_in: Callable[..., User]
) -> None:
    hostile_app.config.update(WTF_CSRF_ENABLED=False)
    mine, theirs = planted[0], planted[1]
    client = hostile_app.test_client()
    own(client, sign_in, mine, collection=collections.find(mine.code))
    before, tried, reached = log_entries(), 0, 0

    for rule, method in addresses(hostile_app):
        foreign = theirs.values(rule.endpoint)
        mixed = [{**mine.values(rule.endpoint), thing: foreign[thing]} for thing in THINGS & set(rule.arguments)]
        for values in (foreign, *mixed):
            status, page = asked(hostile_app, client, rule, method, values)
            assert status in (403, 404), (rule.rule, method, status, values)
            assert str(escape(theirs.payload)) not in page, rule.rule
            tried += 1
        if method == "GET":
            reached += asked(hostile_app, client, rule, method, mine.values(rule.endpoint))[0] == 200
    assert tried > 70
    assert reached > 25, "one's own is there"
    assert log_entries() == before, "nothing was done"


def test_nothing_of_another_country_is_reached_by_any_address(
    hostile_app: Flask, planted: list[Planted], sign_in: Callable[..., User]
) -> None:
    hostile_app.config.update(WTF_CSRF_ENABLED=False)
    marker = "Words of a form from Thailand"
    share = db.session.get_one(Share, planted[0].share_id)
    where = plant(marker, 99, Draft(share.collection, share.tables, share.counts, ()))
    collection = collections.find(where.code)
    collection.title, collection.place, collection.organiser = "Border", "", ""
    db.session.commit()
    client = hostile_app.test_client()
    sign_in(client, "evaluator", country="myanmar")

    for rule, method in addresses(hostile_app):
        if "export" in rule.rule and method == "POST":
            continue
        status, page = asked(hostile_app, client, rule, method, where.values(rule.endpoint))
        assert marker not in page, rule.rule
        if THINGS & set(rule.arguments):
            assert status in (403, 404), (rule.rule, method, status)
    for typed in (where.receipt, marker[:20], str(where.response_id)):
        found = client.post(f"/evaluate/{where.code}/responses/find", data={"form": typed})
        assert found.status_code == 422, typed
    for path in ("export", "export/identities"):
        for form in exporting.FORMATS:
            with client.post(f"/evaluate/{where.code}/{path}", data={**DEED, "format": form}) as answer:
                assert answer.status_code == 200
                assert not [cell for cell, _ in cells_of(answer.data) if marker in cell]


def test_no_download_holds_a_name_unless_it_is_asked_for(shared_app: Flask, sign_in: Callable[..., User]) -> None:
    client = shared_app.test_client()
    sign_in(client, "evaluator")
    good = {"csrf_token": token(client, "/account"), **DEED}
    for path, expected in (("export", 0), ("export/identities", 40)):
        for form in exporting.FORMATS:
            with client.post(f"/evaluate/mekong-2003/{path}", data={**good, "format": form}) as answer:
                names = [cell for cell, _ in cells_of(answer.data) if cell.startswith("Synthetic person")]
            assert len(names) == expected, (path, form)


def test_what_an_uploaded_file_is_called_leads_nowhere_and_is_not_kept(
    hostile_app: Flask, planted: list[Planted], sign_in: Callable[..., User]
) -> None:
    hostile_app.config.update(WTF_CSRF_ENABLED=False)
    client, where = hostile_app.test_client(), planted[0]
    own(client, sign_in, where)
    folder = Path(hostile_app.instance_path)
    before = {each.name for each in folder.rglob("*")} | {each.name for each in folder.parent.iterdir()}
    names = [*PATHS, *LINES, "scan.php\x00.png", "secret name.png", "x" * 5000, "scan.html"]
    place = f"/evaluate/{where.code}/entry/{where.begun}/scans"

    for name in names:
        sent = {"scan": (io.BytesIO(picture()), name)}
        answer = client.post(place, data=sent, content_type="multipart/form-data")
        assert answer.status_code in (302, 422), (name, answer.status_code)

    page = client.get(place).text
    scans = re.findall(rf'{place}/(\d+)"', page)
    assert len(scans) >= len(names) - 4
    assert not [name for name in names if name[:30] in page]
    for scan in set(scans):
        with client.get(f"{place}/{scan}") as answer:
            assert re.fullmatch(r"inline; filename=scan-\d+\.png", answer.headers["Content-Disposition"])
            assert answer.mimetype == "image/png"
    after = {each.name for each in folder.rglob("*")} | {each.name for each in folder.parent.iterdir()}
    assert after - before <= {"surveytool.db-wal", "surveytool.db-shm"}
