"""Reading results: choosing forms, groups side by side, two items, organisations, signs of politeness, pictures."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

ROOT = "/evaluate/mekong-2003/"


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    """Return a page as text without tags, spaces folded."""
    answer = client.get(ROOT + address)
    assert answer.status_code == status, answer.text[:500]
    words = re.sub(r"<script.*?</script>|<style.*?</style>", " ", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())


@pytest.fixture(scope="module")
def reader(shared_app: Flask, sign_in) -> FlaskClient:
    """An evaluator's browser on the reconstruction; nothing is changed there."""
    browser = shared_app.test_client()
    sign_in(browser, "evaluator")
    return browser


@pytest.mark.parametrize("a", ["", "compare", "compare?item=21a", "compare?item=21a&small=out", "compare?item=18&by=language", "compare?item=9+times&by=mode", "compare?item=21a+body", "compare?item=6", "compare?by=answer:attended","cross", "cross?rows=21a&columns=21b", "cross?rows=21a+body&columns=18", "cross?rows=18&columns=19", "cross?rows=14a&columns=26", "by-organisation", "politeness", "politeness?by=language","pictures", "pictures?words=km","?item=21A"])
def test_smoke(reader, a):
    answer = reader.get(ROOT+a)

    assert answer.status_code in (200,302), answer.text[:3000]
