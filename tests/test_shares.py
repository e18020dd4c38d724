"""Shares: frozen tables for partners behind links that end; and an attack on them that knows nothing of the protection.

The attack reads the public page as a partner does, knows the questionnaire, writes down every sum it can think of, and
asks of each withheld number which whole numbers of people it may be.
"""

import html
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array
from sqlalchemy import select

from surveytool import collections, results, tabulate
from surveytool.definitions import Questionnaire
from surveytool.judge import coding
from surveytool.models import CodeFrame, Collection, LogEntry, Share, User, db
from surveytool.models.base import now
from surveytool.tabulate import Filter
from tests.test_report import finished

SMALLEST = 5

# The attack ----------------------------------------------------------------------------------------------------------

#: Which page, table, line and column a number stands in.
Place = tuple[int, str, str, str]


@dataclass
class Attack:
    """Everything a reader knows: numbers, and sums of numbers that are 0 or at least 0."""

    known: dict[Place, int] = field(default_factory=dict)
    unknown: dict[Place, None] = field(default_factory=dict)
    sums: list[tuple[list[tuple[int, Place]], bool]] = field(default_factory=list)

    def see(self, place: Place, number: int | None) -> None:
        if number is None:
            self.unknown[place] = None
        else:
            self.known[place] = number

    def equal(self, total: Place, parts: list[Place]) -> None:
        self.sums.append(([(-1, total), *((1, part) for part in parts)], True))

    def no_more(self, parts: list[Place], *than: Place) -> None:
        self.sums.append(([*((1, each) for each in than), *((-1, part) for part in parts)], False))

    def solve(self, goal: Place) -> tuple[int, int | None]:
        """Return the smallest and the largest whole number a withheld one may be."""
        found = [self._extreme(goal, sign) for sign in (1, -1)]
        assert found[0] is not None, "what a reader knows contradicts itself"
        return found[0], found[1]

    def _extreme(self, goal: Place, sign: int) -> int | None:
        at, rows, low, high = self._rows
        cost = np.zeros(len(at))
        cost[at[goal]] = sign
        solved = milp(
            cost, integrality=np.ones(len(at)), constraints=LinearConstraint(rows, low, high), bounds=Bounds(0, np.inf)
        )
        return round(solved.x[at[goal]]) if solved.status == 0 else None

    @property
    def _rows(self):  # noqa: ANN202
        if not hasattr(self, "_made"):
            at = {place: i for i, place in enumerate(self.unknown)}
            rows = lil_array((len(self.sums) or 1, len(at)))
            low, high = np.zeros(len(self.sums) or 1), np.zeros(len(self.sums) or 1)
            for i, (terms, exact) in enumerate(self.sums):
                fixed = 0
                for sign, place in terms:
                    if place in self.known:
                        fixed += sign * self.known[place]
                    else:
                        rows[i, at[place]] += sign
                low[i], high[i] = -fixed, -fixed if exact else np.inf
            self._made = at, rows.tocsr(), low, high
        return self._made


@dataclass(frozen=True)
class Row:
    kind: str
    label: str
    numbers: dict[str, int | None]


def parsed(page: str) -> Iterator[tuple[str, list[str], list[Row]]]:
    """Yield every table of a page: the number of its item, its columns, its rows of counts."""
    for section in re.findall(r'<section class="shared".*?</section>', page, re.S):
        number = html.unescape(re.search(r'data-item="(.*?)"', section)[1])
        columns = [html.unescape(each) for each in re.findall(r'<th scope="col" class="n">(.*?)</th>', section)]
        rows = []
        for kind, cells in re.findall(r'<tr class="(\w+)">(.*?)</tr>', section, re.S):
            label = html.unescape(re.search(r"<th[^>]*>(.*?)</th>", cells)[1])
            shown = re.findall(r'<td class="n">(.*?)</td>', cells)
            if kind not in ("several", "mean"):
                numbers = [None if each == "*" else int(each) for each in shown]
                rows.append(Row(kind, label, dict(zip(columns, numbers, strict=True))))
        yield number, columns, rows


def attack(pages: list[str], q: Questionnaire, truths: list["Truth"]) -> Attack:
    """Write down all that readers of one or more pages of a collection know, with luck in every guess.

    Where a relation need not hold, this reader assumes it whenever it happens to be true.
    """
    found = Attack()
    read = []
    for number, page in enumerate(pages):
        read.append(_one_page(found, number, page, q, truths[number]))
    for earlier in range(len(pages)):
        for later in range(earlier + 1, len(pages)):
            _growth(found, earlier, later, read, truths)
    return found


def _one_page(a: Attack, page: int, text: str, q: Questionnaire, truth: "Truth") -> set[tuple[str, str, str]]:
    hidden = re.search(r"Not shown separately: (.*?)\.</p>", text)
    left_out = [*(html.unescape(hidden[1]).split(", ") if hidden else []), "no country"]
    seen: dict[str, tuple[list[str], list[Row]]] = {number: (c, rows) for number, c, rows in parsed(text)}
    by_country = any(len(columns) > 1 for columns, _ in seen.values()) or hidden
    places: set[tuple[str, str, str]] = set()

    def at(number: str, label: str, column: str) -> Place:
        return (page, number, label, column)

    for number, (columns, rows) in seen.items():
        divided = [each.label for each in rows if each.kind in ("code", "missing")]
        codes = [each.label for each in rows if each.kind == "code"]
        named = [each.label for each in rows if each.kind == "named"]
        whole = (
            bool(by_country)
            and (len(columns) > 1 or not re.match("6", number))
            and "country" not in repr(q.numbered[number].item.relevant)
            and number != "6"
        )
        everyone = [*columns, *(left_out if whole and len(columns) > 1 else [])]
        for column in everyone:
            for row in rows:
                place = at(number, row.label, column)
                a.see(place, row.numbers.get(column))
                places.add((number, row.label, column))
            answered, total = at(number, "Answered", column), at(number, "All forms", column)
            if codes:
                a.equal(answered, [at(number, each, column) for each in codes])
            else:
                divided = ["Answered", *[each for each in divided if each != "Answered"]]
            a.equal(total, [at(number, each, column) for each in divided])
            # All tables of a column are of the same forms.
            a.see((page, "", "forms", column), a.known.get(total))
            a.equal(total, [(page, "", "forms", column)])
            for each in named:
                a.no_more([at(number, each, column)], answered)
            if named and truth.coded(number, column):
                a.no_more([answered], (page, number, "mentions", column))
                a.see((page, number, "mentions", column), None)
                a.equal((page, number, "mentions", column), [at(number, each, column) for each in named])
        if len(everyone) > 1:
            for row in rows:
                a.equal(at(number, row.label, "All"), [at(number, row.label, each) for each in everyone[1:]])
        _routing(a, q, page, number, seen, everyone, truth)
    if by_country:
        for row in seen["6"][1]:
            if row.kind == "code" and (page, "", "forms", row.label) in a.unknown.keys() | a.known.keys():
                a.equal((page, "6", row.label, "All"), [(page, "", "forms", row.label)])
    choices = [number for number in seen if q.numbered[number].choice]
    for number in choices[1:]:
        for label in ("No answer", "Answered"):
            for column in seen[number][0]:
                a.equal(at(number, label, column), [at(choices[0], label, column)])
    return places


def _routing(a: Attack, q: Questionnaire, page: int, number: str, seen, columns: list[str], truth: "Truth") -> None:
    """Those who were not asked are those who did not give the answer that opens the question."""
    condition = q.numbered[number].item.relevant
    if not condition or "equals" not in condition:
        return
    parent, code = condition["equals"]
    by_name = {v.name: n for n, v in q.numbered.items()}
    if parent in by_name:
        opener = by_name[parent]
        label = next(
            row.label for row in seen[opener][1] if row.kind == "code" and truth.is_code(opener, row.label, code)
        )
    else:
        opener, label = by_name[f"{parent}.{code}"], "Yes"
    for column in columns:
        if column not in seen[opener][0] and column in seen[opener][0][:1]:
            continue
        places = [(page, opener, label, column), (page, number, "Not asked", column)]
        if not all(place in a.known or place in a.unknown for place in places):
            continue
        forms = (page, "", "forms", column)
        if truth.number(opener, label, column) + truth.number(number, "Not asked", column) == truth.forms(column):
            a.equal(forms, places)
        else:
            a.no_more(places, forms)
            judged = [(page, each, "Invalid answer", column) for each in (opener, number)]
            if all(each in a.known or each in a.unknown for each in judged):
                a.no_more([forms], *places, *judged)


def _growth(a: Attack, earlier: int, later: int, read: list[set[tuple[str, str, str]]], truths: list["Truth"]) -> None:
    """What was counted only grows, as a reader thinks; where it is so, the thought is right."""
    for number, label, column in read[earlier] & read[later]:
        if truths[earlier].number(number, label, column) <= truths[later].number(number, label, column):
            a.no_more([(earlier, number, label, column)], (later, number, label, column))


class Truth:
    """The true numbers behind a page, counted by other code than the page's."""

    def __init__(self, collection: Collection) -> None:
        self.q = collection.version.questionnaire
        english = collection.revision("en").wording
        countries = self.q.items["country"]
        where = {english.choice(countries.choice_list, code): Filter((code,)) for code in countries.codes}
        where |= {"All": tabulate.EVERYTHING, "no country": Filter(("",))}
        self.results = {label: results.collect(collection, each).items for label, each in where.items()}
        self.valid = {label: tabulate.forms(collection.id, each).valid for label, each in where.items()}
        self.named: dict[tuple[str, str], tabulate.Named] = {}
        for label, each in where.items():
            for (variable, _), found in tabulate.named(collection.id, each).items():
                before = self.named.get((variable, label), tabulate.Named())
                table = {c: before.table.get(c, 0) + found.table.get(c, 0) for c in {*before.table, *found.table}}
                self.named[(variable, label)] = tabulate.Named(table, people=before.people + found.people)

    def forms(self, column: str) -> int:
        return self.valid[column]

    def coded(self, number: str, column: str) -> bool:
        named = self.named.get((self.q.numbered[number].name, column), tabulate.Named())
        return named.people == self.results[column][number].answered

    def is_code(self, number: str, label: str, code: str) -> bool:
        return label.split(" – ")[-1] == self.results["All"][number].labels.get(code)

    def number(self, number: str, label: str, column: str) -> int:
        item = self.results[column][number]
        kinds = {
            "Not asked": "not_asked",
            "Not applicable (N/A)": "not_applicable",
            "No answer": "no_answer",
            "Invalid answer": "invalid",
        }
        if label in kinds:
            return item.missing[kinds[label]]
        if label in ("Answered", "All forms"):
            return item.answered if label == "Answered" else self.valid[column]
        variable = self.q.numbered[number]
        if variable.item.code_frame:
            frame = self.q.frames[variable.item.code_frame].codes
            code = next(each.name for each in frame if each.label == label)
            return self.named.get((variable.name, column), tabulate.Named()).table.get(code, 0)
        names = item.labels if not variable.choice else {"yes": "Yes", "no": "No"}
        code = next(each for each, words in names.items() if words == label.split(" – ")[-1])
        return item.counts.get(code, 0)


def true_number(truths: list[Truth], place: Place) -> int:
    page, number, label, column = place
    truth = truths[page]
    if not number:
        return truth.forms(column)
    if label == column == "":
        raise AssertionError(place)
    if label == "mentions":
        return sum(truth.named.get((truth.q.numbered[number].name, column), tabulate.Named()).table.values())
    return truth.number(number, label, column)


def assert_nothing_small_is_recovered(pages: list[str], truths: list[Truth], every: int = 1) -> None:
    """Attack pages; no number from 1 to 4 may come out, neither one of the tables nor what grew between two of them."""
    a = attack(pages, truths[0].q, truths)
    for terms, exact in a.sums:
        total = sum(sign * true_number(truths, place) for sign, place in terms)
        assert total == 0 if exact else total >= 0, ("the attack believes what is not so", terms)
    places = [each for each in a.unknown if each[1] and each[2] != "mentions"]
    assert places
    for place in a.known:
        page, number, label, column = place
        true = truths[page].number(number, label, column) if number else truths[page].forms(column)
        assert a.known[place] == true, place
        assert not 0 < true < SMALLEST, place
    small = [each for each in places if 0 < truths[each[0]].number(*each[1:]) < SMALLEST]
    assert small
    for place in small[::every]:
        low, high = a.solve(place)
        assert high is None or high > low, (place, low)
        assert high is None or high >= SMALLEST, (place, "is known to be small")
    for page, number, label, column in [each for each in a.known if each[1]]:
        for before in range(page):
            same = (before, number, label, column)
            if same in a.known:
                grown = abs(a.known[(page, number, label, column)] - a.known[same])
                assert not 0 < grown < SMALLEST, (same, grown)


def test_the_attack_recovers_what_badly_protected_tables_give_away() -> None:
    """Primary suppression alone: the attack finds the small number, so it can be trusted where it finds none."""
    a = Attack()
    for label, number in (("Yes", None), ("No", 17), ("All", 20)):
        a.see((0, "7", label, "All"), number)
    a.equal((0, "7", "All", "All"), [(0, "7", "Yes", "All"), (0, "7", "No", "All")])

    assert a.solve((0, "7", "Yes", "All")) == (3, 3)


# Sharing -------------------------------------------------------------------------------------------------------------


def token_of(link: str) -> str:
    return link.rsplit("/", 1)[1]


def make(client: FlaskClient, code: str = "mekong-2003", *, by_country: bool = False, **more: str) -> str:
    """Share through the form; return the link that is shown once."""
    client.application.config["WTF_CSRF_ENABLED"] = False
    data = {"audience": "The ministry", "days": "30", "do": "make"} | ({"by_country": "y"} if by_country else {}) | more
    answer = client.post(f"/evaluate/{code}/shares", data=data)
    if by_country:  # is worked out as long work, and looked at before a link is made
        looked = client.get(finished(client, answer.headers["Location"]).headers["Location"]).text
        assert "Nothing has been shared yet." in looked
        data |= {"found": re.search(r'name="found" value="(\d+)"', looked)[1]}
        answer = client.post(f"/evaluate/{code}/shares", data=data)
    assert answer.status_code == 200, answer.text
    return re.search(r'id="link">(.*?)<', answer.text)[1]


def opened(app: Flask, link: str, language: str = "en") -> str:
    answer = app.test_client().get(f"/s/{token_of(link)}/{language}")
    assert answer.status_code == 200
    return answer.text


def test_a_partner_reads_the_tables_without_an_account(filled_app: Flask, evaluator: FlaskClient) -> None:
    link = make(evaluator)
    partner = filled_app.test_client()

    first = partner.get(f"/s/{token_of(link)}", headers={"Accept-Language": "km-KH,en;q=0.5"})
    page = partner.get(first.headers["Location"])

    assert first.headers["Location"].endswith("/km")
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert '<html lang="km"' in page.text
    assert "<script" not in page.text
    numbers = [number for number, _, _ in parsed(page.text)]
    reported = collections.find("mekong-2003").version.questionnaire.report
    assert numbers == [line.number for line in reported]
    assert page.text.count('class="base"') == len(numbers)


def test_what_is_large_is_shown_true_and_what_is_small_is_not(filled_app: Flask, evaluator: FlaskClient) -> None:
    rows = {
        n: {row.label: row.numbers["All"] for row in found}
        for n, _, found in parsed(opened(filled_app, make(evaluator)))
    }

    assert rows["9"]["Yes"] == 31
    assert rows["9"]["All forms"] == 38
    assert rows["10"]["1 – Somewhat"] is None


def test_no_word_and_no_name_leaves_with_a_share(filled_app: Flask, evaluator: FlaskClient) -> None:
    from surveytool.models import Answer, Identity

    pages = [opened(filled_app, make(evaluator, by_country=True), tag) for tag in ("en", "my")]
    share = db.session.scalar(select(Share))
    texts = set(db.session.scalars(select(Answer.text).where(Answer.text.is_not(None))))
    names = {v for d in db.session.scalars(select(Identity.data)) for v in d["used"].values() if v}

    assert texts
    assert names
    # One that is also the name of a code, such as IOM, stands there as the code.
    codes = {code.label for frame in share.collection.version.questionnaire.code_frames for code in frame.codes}
    for text in (texts | names) - codes:
        if len(text) > 4:
            assert not any(f">{html.escape(text)}<" in page for page in pages), text
            assert text not in share.tables["cells"]
    assert all(n is None or isinstance(n, int) for n in share.tables["cells"].values())
    assert all("text" not in each for each in share.tables)


def test_bodies_are_counted_under_the_codes_that_the_evaluators_made(filled_app: Flask, evaluator: FlaskClient) -> None:
    collection = collections.find("mekong-2003")
    frame = db.session.scalars(select(CodeFrame).where(CodeFrame.collection_id == collection.id)).first()
    assert frame is not None
    counted = tabulate.named(collection.id)
    many = next(code for code in frame.codes if sum(n.table.get(code.name, 0) for n in counted.values()) >= 5)
    region = coding.create(frame, "everybody", "All bodies of the region", "test")
    coding.group(frame, many, region, "test")
    db.session.commit()

    page = opened(filled_app, make(evaluator))

    assert "All bodies of the region" in page
    assert many.label not in page


def test_the_figures_stay_as_they_were(filled_app: Flask, evaluator: FlaskClient) -> None:
    link = make(evaluator)
    before = opened(filled_app, link)
    collection = collections.find("mekong-2003")
    collections.open_(collection, "tester")
    db.session.commit()
    fill(filled_app.test_client(), collection.join_code, random.Random(1), 8)

    assert opened(filled_app, link) == before


def test_ended_revoked_and_unknown_links_look_the_same(filled_app: Flask, evaluator: FlaskClient) -> None:
    revoked, ended = make(evaluator), make(evaluator)
    shares = db.session.scalars(select(Share).order_by(Share.id)).all()
    shares[1].expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    evaluator.post(f"/evaluate/mekong-2003/shares/{shares[0].id}", data={"do": "revoke"})
    client = filled_app.test_client()

    for tail in ("/th", "/xx", ""):
        found = [client.get(f"/s/{word}{tail}") for word in (token_of(revoked), token_of(ended), "never-made")]
        assert {each.status_code for each in found} == ({404} if tail else {302})
        if tail:
            assert len({each.text for each in found}) == 1
    assert "ลิงก์นี้ใช้ไม่ได้แล้ว" in client.get("/s/never-made/th").text


def test_a_link_is_kept_as_a_digest_and_shown_once(filled_app: Flask, evaluator: FlaskClient) -> None:
    token = token_of(make(evaluator))
    share = db.session.scalar(select(Share))

    assert len(token) == 32
    assert token not in repr([share.digest, share.tables, share.counts])
    assert token not in evaluator.get(f"/evaluate/mekong-2003/shares/{share.id}").text
    assert token not in evaluator.get("/evaluate/mekong-2003/shares").text


def test_making_and_revoking_are_in_the_audit_log(filled_app: Flask, evaluator: FlaskClient) -> None:
    link = make(evaluator)
    opened(filled_app, link)
    evaluator.post("/evaluate/mekong-2003/shares/1", data={"do": "revoke"})
    again = evaluator.post("/evaluate/mekong-2003/shares/1", data={"do": "revoke"})

    log = [entry for entry in db.session.scalars(select(LogEntry)) if "share" in entry.what]

    assert [entry.what for entry in log] == ["made a share", "revoked a share"]
    assert {entry.about for entry in log} == {"collection mekong-2003"}
    assert again.status_code == 409
    assert "revoked already" in again.text


def test_the_evaluator_looks_before_sharing(filled_app: Flask, evaluator: FlaskClient) -> None:
    filled_app.config["WTF_CSRF_ENABLED"] = False

    looked = evaluator.post("/evaluate/mekong-2003/shares", data={"audience": "Ministry", "days": "9", "do": "look"})

    assert "Nothing has been shared yet" in looked.text
    assert re.search(r"Withheld are \d+ that are below 5", looked.text)
    assert 'value="Ministry"' in looked.text
    assert db.session.scalar(select(Share.id)) is None


@pytest.mark.parametrize(
    "wrong", [{"days": "0"}, {"days": "366"}, {"days": "many"}, {"audience": " "}, {"audience": "x" * 201}]
)
def test_a_mistake_in_the_form_loses_nothing(filled_app: Flask, evaluator: FlaskClient, wrong: dict[str, str]) -> None:
    filled_app.config["WTF_CSRF_ENABLED"] = False
    data = {"audience": "The ministry", "days": "30", "by_country": "y", "do": "make"} | wrong

    answer = evaluator.post("/evaluate/mekong-2003/shares", data=data)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "checked" in answer.text
    assert db.session.scalar(select(Share.id)) is None


@pytest.mark.parametrize("role", ["translator", "administrator", "clerk"])
def test_only_evaluators_of_the_whole_collection_share(
    filled_app: Flask, sign_in: Callable[..., User], role: str
) -> None:
    other, limited = filled_app.test_client(), filled_app.test_client()
    sign_in(other, role)
    sign_in(limited, "evaluator", country="thailand")

    for client in (other, limited):
        assert client.get("/evaluate/mekong-2003/shares").status_code == 403
        assert client.get("/evaluate/mekong-2003/shares/1").status_code == 403


def test_a_share_of_another_collection_is_not_there(filled_app: Flask, evaluator: FlaskClient) -> None:
    make(evaluator)

    assert evaluator.get("/evaluate/demo/shares/1").status_code == 404
    assert evaluator.post("/evaluate/demo/shares/1", data={"do": "revoke"}).status_code == 404
    assert db.session.scalar(select(Share)).revoked_at is None


def test_made_up_figures_say_so(filled_app: Flask, evaluator: FlaskClient) -> None:
    assert "These figures are made up" in opened(filled_app, make(evaluator))


def test_nothing_is_shared_of_a_handful_of_forms(
    app: Flask, collection: Collection, sign_in: Callable[..., User]
) -> None:
    client = evaluator_of(app, sign_in)
    fill(app.test_client(), "border", random.Random(3), 4)

    answer = client.post("/evaluate/border/shares", data={"audience": "Us", "days": "9", "do": "make"})

    assert answer.status_code == 409
    assert "Fewer than 5 valid forms" in answer.text


def test_the_threshold_is_a_setting(filled_app: Flask, evaluator: FlaskClient) -> None:
    filled_app.config["SMALLEST_CELL"] = 10

    page = opened(filled_app, make(evaluator))

    assert "fewer than 10" in page
    assert all(
        n is None or n == 0 or n >= 10 for _, _, rows in parsed(page) for row in rows for n in row.numbers.values()
    )


def test_the_same_counts_are_protected_once(filled_app: Flask, evaluator: FlaskClient) -> None:
    first, second = opened(filled_app, make(evaluator)), opened(filled_app, make(evaluator))

    assert list(parsed(first)) == list(parsed(second))


# The attack on what is shared ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_country", [False, True])
def test_the_attack_recovers_nothing_small_of_2003(filled_app: Flask, evaluator: FlaskClient, by_country: bool) -> None:
    page = opened(filled_app, make(evaluator, by_country=by_country))

    assert_nothing_small_is_recovered([page], [Truth(collections.find("mekong-2003"))], every=12 if by_country else 1)


@pytest.mark.full
def test_the_attack_recovers_nothing_small_of_2003_anywhere(filled_app: Flask, evaluator: FlaskClient) -> None:
    truth = Truth(collections.find("mekong-2003"))
    pages = [opened(filled_app, make(evaluator)), opened(filled_app, make(evaluator, by_country=True))]

    assert_nothing_small_is_recovered(pages, [truth, truth])


@pytest.mark.parametrize("seed", [2, *(pytest.param(seed, marks=pytest.mark.full) for seed in (1, 3, 4, 5, 6))])
def test_the_attack_recovers_nothing_small_of_any_collection(
    app: Flask, collection: Collection, sign_in: Callable[..., User], seed: int
) -> None:
    client, chance = evaluator_of(app, sign_in), random.Random(seed)
    fill(app.test_client(), "border", chance, chance.randint(20, 60))
    by_country = bool(seed % 2)

    page = opened(app, make(client, "border", by_country=by_country))

    assert_nothing_small_is_recovered([page], [Truth(collection)], every=10)


def test_forms_that_come_one_by_one_are_not_told_by_what_is_shared_next(
    app: Flask, collection: Collection, sign_in: Callable[..., User]
) -> None:
    """After each form someone shares again; what the pages tell together is attacked."""
    client, chance = evaluator_of(app, sign_in), random.Random(11)
    fill(app.test_client(), "border", chance, 30)
    pages, truths, refused = [], [], 0
    for more in (0, 1, 1, 1, 1, 1, 25):
        fill(app.test_client(), "border", chance, more)
        answer = client.post("/evaluate/border/shares", data={"audience": "Us", "days": "9", "do": "make"})
        if answer.status_code == 409:
            refused += 1
            assert "Fewer than 5 forms lie between" in answer.text
            continue
        pages.append(opened(app, re.search(r'id="link">(.*?)<', answer.text)[1]))
        truths.append(Truth(collection))

    assert refused == 4
    assert len(pages) == 3
    assert_nothing_small_is_recovered(pages, truths, every=6)


def test_earlier_tables_can_be_shared_again_while_new_ones_cannot(
    app: Flask, collection: Collection, sign_in: Callable[..., User]
) -> None:
    client, chance = evaluator_of(app, sign_in), random.Random(5)
    fill(app.test_client(), "border", chance, 12)
    first = opened(app, make(client, "border"))
    fill(app.test_client(), "border", chance, 1)

    answer = client.post("/evaluate/border/shares/1", data={"audience": "Others", "days": "5", "do": "again"})
    second = opened(app, re.search(r'id="link">(.*?)<', answer.text)[1])

    assert list(parsed(second)) == list(parsed(first))
    assert db.session.get(Share, 2).audience == "Others"


def test_shares_are_kept_on_every_database(any_database: Flask, sign_in: Callable[..., User]) -> None:
    made = collections.create("border", "partner_survey", "Border meeting", join_code="border", who="tester")
    collections.open_(made, "tester")
    db.session.commit()
    fill(any_database.test_client(), "border", random.Random(8), 9)

    page = opened(any_database, make(evaluator_of(any_database, sign_in), "border"))

    assert "Base: all 9 forms that count." in page


def evaluator_of(app: Flask, sign_in: Callable[..., User]) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    sign_in(client, "evaluator")
    return client


def fill(client: FlaskClient, join_code: str, chance: random.Random, forms: int) -> None:
    """Send forms with answers by chance: some questions empty, some answers rare, some given though not asked."""
    q = collections.find("border" if join_code == "border" else "mekong-2003").version.questionnaire
    for _ in range(forms):
        data: dict[str, str | list[str]] = {"submission": str(uuid.UUID(int=chance.getrandbits(128)))}
        for item in q.items.values():
            if item.identity or chance.random() < 0.12:
                continue
            if item.type == "select_one":
                weights = [1 / (1 + i) ** 1.5 for i in range(len(item.codes))]
                data[item.name] = chance.choices(item.codes, weights)[0]
            elif item.type == "select_multiple":
                data[item.name] = [code for code in item.codes if chance.random() < 0.4]
            elif item.type in ("integer", "decimal"):
                data[item.name] = str(chance.randint(1, 9))
            elif item.type == "text":
                data[item.name] = f"words {chance.random()}"
        assert client.post(f"/c/{join_code}/en", data=data).status_code == 200
