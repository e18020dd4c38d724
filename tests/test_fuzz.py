"""Odd requests to every address, as everyone: never an error of ours, never a trace of the program, never a name."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from surveytool import collections, sharing
from surveytool.models import ROLES, Entry, Response, User, db
from tests.conftest import _app_on, shutil
from tests.hostile import Planted, plant

#: The name of the one person on the instance; where it shows, an identity leaked.
NAME = "นางสาวระวังชื่อรั่วไหล"
#: Addresses that show names to someone who says why, or who is typing the paper on which they stand.
SHOWS_NAMES = {
    "evaluate.identity",
    *("evaluate.type_form", "evaluate.save_form", "evaluate.review", "evaluate.keep"),
}
#: What a program that failed says, and a person should never see.
TRACES = ("Traceback (most recent call last)", "sqlalchemy.exc", "werkzeug.debug", "jinja2.exceptions", 'File "/')

ODD = (
    *("", "0", "1", "2", "-1", "40", "2147483648", "9" * 40, "1e309", "NaN", "null", "true", "on", "demo", "en", "my"),
    *("mekong-2003", "border", "partner_survey", "trained", "yes", "prevention_important", "25", "21a", "csv", "xlsx"),
    *("' OR 1=1 --", '"; DROP TABLE responses; --', "{{7*7}}", "${7*7}", "%(x)s", "%s%n", "<script>alert(1)</script>"),
    *("../../etc/passwd", "..\\..\\x", "/etc/passwd", "//evil.example", "https://evil.example/", "javascript:alert(1)"),
    *("\x00", "a\x00b", "\r\nSet-Cookie: x=1", "\u202eabc", "\ud7ff", "𝒳" * 20, "ก" * 300, "=1+1", "@SUM(A1)", "-2.5"),
    *("၂ဝဝ၃", "๒๕๔๖", "2026-11-26", "2026-13-45", "1234 5678 9012 3456 7", "12345678901234567", "a" * 5000),
)

values = st.one_of(st.sampled_from(ODD), st.text(max_size=40))
names = st.one_of(
    st.sampled_from(
        ("csrf_token", "submission", "switch", "clear", "email", "password", "roles", "role", "do", "grant", "code")
        + ("reason", "page", "sort", "state", "country", "language", "verdict", "title", "receipt", "format", "shape")
        + ("trained", "name", "objective", "activities", "training_useful", "date.day", "date.year", "next", "file")
        + (
            "decision",
            "go",
            "keep",
            "confirm",
            "confirmed",
            "page_id",
            "since",
            "seen",
            "about",
            "form",
            "scan",
            "base",
        )
        + (
            "mode",
            "serial",
            "filled_on",
            "copies",
            "audience",
            "days",
            "by_country",
            "values",
            "which",
            "from",
            "order",
        )
    ),
    st.text(max_size=12),
)
pairs = st.lists(st.tuples(names, values), max_size=6)


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Return one request: who asks, for which endpoint, with which arguments, fields and headers."""
    return {
        "who": draw(st.sampled_from(("nobody", *ROLES))),
        "endpoint": draw(st.integers(0, 10**6)),
        "method": draw(st.sampled_from(("GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"))),
        "arguments": draw(st.lists(values, min_size=3, max_size=3)),
        "known": draw(st.booleans()),
        "query": draw(pairs),
        "fields": draw(st.one_of(pairs, st.binary(max_size=200))),
        "kind": draw(
            st.sampled_from(
                (None, None, "application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/\x7f")
            )
        ),
        "headers": draw(
            st.lists(
                st.tuples(
                    st.sampled_from(("Accept-Language", "Host", "Origin", "Cookie", "X-Forwarded-For", "Range")),
                    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
                ),
                max_size=2,
            )
        ),
    }


def known(where: Planted, endpoint: str) -> dict[str, str]:
    """Return arguments that lead to something that is there: a form, its correction, an entry, scans, a share."""
    return {name: str(value) for name, value in where.values(endpoint).items()}


def ask(ground: "Ground", client: FlaskClient, wanted: dict[str, Any]) -> tuple[str, TestResponse]:
    """Send a request; return the endpoint it was meant for, and the answer."""
    rules = sorted(ground.app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))
    rule = rules[wanted["endpoint"] % len(rules)]
    address, there = rule.rule, known(ground.there, rule.endpoint)
    for name, value in zip(sorted(rule.arguments), wanted["arguments"], strict=False):
        value = there.get(name, value) if wanted["known"] else value
        for converter in ("", "int:", "path:"):
            address = address.replace(f"<{converter}{name}>", quote(value, safe="", errors="replace"))
    fields = wanted["fields"]
    data = fields if isinstance(fields, bytes) else _by_name(fields)
    answer = client.open(
        address,
        method=wanted["method"],
        query_string=_by_name(wanted["query"]),
        data=data,
        content_type=wanted["kind"] if isinstance(data, bytes) or wanted["kind"] is None else None,
        headers=wanted["headers"],
    )
    return rule.endpoint, answer


def _by_name(pairs_: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs_:
        found.setdefault(name, []).append(value)
    return found


class Ground:
    """The application that is asked, and what there is to be found on it; made again when a request deleted it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.shared = sharing.prepare(collections.find("mekong-2003"), by_country=False)
        self.made = 0
        self.there = self.planted()

    def planted(self) -> Planted:
        """Make a collection with a form, a correction, a begun form, scans and a share."""
        self.made += 1
        return plant("Plain words", self.made, self.shared, name=NAME)

    def seat(self, client: FlaskClient, sign_in: Callable[..., User], role: str) -> None:
        """Sign somebody in, whose is the form that was begun."""
        user = sign_in(client, role)
        mine = db.select(Entry).where(Entry.submission == self.there.begun)
        begun, form = db.session.scalar(mine), db.session.get(Response, self.there.response_id)
        if begun is None or form is None:
            self.there = self.planted()
            begun = db.session.scalars(db.select(Entry).where(Entry.submission == self.there.begun)).one()
        begun.clerk = user.email
        db.session.commit()


@pytest.fixture(scope="module")
def ground(filled_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The filled instance with forms of every kind, all by someone whose name must not show."""
    folder = Path(shutil.copytree(filled_instance, tmp_path_factory.mktemp("fuzzed") / "instance"))
    for app in _app_on(folder):
        app.config.update(RATELIMIT_ENABLED=False, WTF_CSRF_ENABLED=False)
        yield Ground(app)


def _never_worse(examples: int) -> Callable[..., None]:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(wanted=requests())
    def never_worse(
        ground: Ground, sign_in: Callable[..., User], caplog: pytest.LogCaptureFixture, wanted: dict[str, Any]
    ) -> None:
        client = ground.app.test_client()
        if wanted["who"] != "nobody":
            ground.seat(client, sign_in, wanted["who"])
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger="surveytool"):
            endpoint, answer = ask(ground, client, wanted)
        # Downloads are no text; they are read as far as they can be.
        body = answer.get_data().decode("utf-8", "replace")
        answer.close()
        db.session.remove()

        assert answer.status_code < 500, (endpoint, answer.status_code)
        assert not [trace for trace in TRACES if trace in body], endpoint
        assert NAME not in body or endpoint in SHOWS_NAMES, endpoint
        assert NAME not in caplog.text
        assert "\n" not in str(answer.headers.get("Location", ""))

    return never_worse


test_odd_requests_get_plain_answers_and_no_names = _never_worse(250)
test_ten_thousand_odd_requests_get_plain_answers_and_no_names = pytest.mark.full(_never_worse(10_000))
