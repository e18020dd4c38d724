"""Burmese answers in the Zawgyi encoding: noticed over the whole response, converted where ICU is installed."""

import sys
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from surveytool import text
from surveytool.models import Answer, Collection, Judgement, Response, db

#: "Myanmar, human trafficking, suppression" as a phone with a Zawgyi keyboard sends it, and what it says.
ZAWGYI = "ျမန္မာႏုိင္ငံ လူကုန္ကူးမႈ တိုက္ဖ်က္ေရး"
UNICODE = "မြန်မာနိုင်ငံ လူကုန်ကူးမှု တိုက်ဖျက်ရေး"


def send(client: FlaskClient, objective: str) -> tuple[Response, str]:
    client.post("/c/border/my", data={"submission": "5" * 8, "objective": objective, "gender": "yes"})
    response = db.session.query(Response).one()
    return response, db.session.get_one(Answer, (response.id, "objective")).text or ""


def flags() -> list[str]:
    return [judgement.reason for judgement in db.session.query(Judgement).filter_by(effect="flag")]


@pytest.fixture
def without_icu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where ICU is not installed: importing it fails."""
    text._zawgyi_converter.cache_clear()
    monkeypatch.setitem(sys.modules, "icu", None)
    yield
    text._zawgyi_converter.cache_clear()


@pytest.mark.icu
def test_zawgyi_is_converted_and_the_original_kept(client: FlaskClient, collection: Collection) -> None:
    response, used = send(client, ZAWGYI)

    assert used == UNICODE
    assert response.zawgyi == "converted"
    assert response.sent["objective"] == [ZAWGYI]
    assert "was converted to Unicode" in flags()[0]


@pytest.mark.icu
def test_unicode_burmese_is_not_touched_by_the_converter(client: FlaskClient, collection: Collection) -> None:
    response, used = send(client, UNICODE)

    assert used == UNICODE
    assert response.zawgyi == ""
    assert flags() == []


def test_without_icu_zawgyi_is_kept_as_sent_and_marked(
    client: FlaskClient, collection: Collection, without_icu: None
) -> None:
    response, used = send(client, ZAWGYI)

    assert used == ZAWGYI
    assert response.zawgyi == "marked"
    assert "appears to be in the Zawgyi encoding" in flags()[0]
