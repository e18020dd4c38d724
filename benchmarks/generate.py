"""Makes synthetic responses, nobody's answers, and stores many of them fast.

What is answered follows from the questionnaire alone: items that are asked are mostly answered, scales lean to the
middle, few codes are named often and many rarely. The same seed gives the same forms. Answers, judgements by rule and
standing rows come from the product's own functions, so that they are what intake would have stored.
"""

import argparse
import datetime
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from stdnum import damm

from surveytool import collections
from surveytool.app import create_app
from surveytool.audit_log import COMMAND_LINE
from surveytool.definitions import Given, Item, Questionnaire, holds
from surveytool.intake import digest_of_sent
from surveytool.judge.judgements import Verdict, verdicts
from surveytool.judge.standing import rewrite
from surveytool.models import Answer, CodeFrame, Coding, Collection, Judgement, Response, db
from surveytool.reading import Form as Read
from surveytool.reading import date_parts, read_form

SYNTHETIC = "generated"
QUESTIONNAIRE = "partner_survey"
DIFFERENT_FORMS = 5000
BATCH = 1000
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

# Shares of people who leave a form nearly empty, who skip a question, who answer one that was not asked.
NEARLY_EMPTY, SKIPS, ANSWERS_UNASKED = 0.02, 0.08, 0.01
#: Share of verbatims already coded.
CODED = 0.8

PHRASES = {
    "en": ("Safe return and reintegration of victims", "More exchange of information across the border"),
    "th": ("ช่วยเหลือและคุ้มครองผู้เสียหายจากการค้ามนุษย์", "ควรมีการประสานงานระหว่างหน่วยงานมากขึ้น"),
    "vi": ("Phòng ngừa mua bán người và hỗ trợ nạn nhân", "Cần tăng cường phối hợp giữa các nước"),
    "lo": ("ຊ່ວຍເຫຼືອຜູ້ຖືກເຄາະຮ້າຍ", "ຄວນມີການປະສານງານຫຼາຍຂຶ້ນ"),
    "km": ("ជួយ និងការពារជនរងគ្រោះ", "ត្រូវមានការសម្របសម្រួលច្រើនជាងនេះ"),
    "my": ("လူကုန်ကူးခံရသူများကို ကူညီကာကွယ်ရန်", "ပိုမိုညှိနှိုင်းဆောင်ရွက်သင့်သည်"),
}


@dataclass
class Form:
    """One made-up form: what a browser would send, and the codes an evaluator would give its verbatims."""

    language: str
    sent: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


def forms(q: Questionnaire, seed: int = 1) -> Iterator[Form]:
    """Yield made-up forms without end, the same ones for the same seed."""
    chance = random.Random(seed)
    while True:
        yield _form(q, chance)


def _form(q: Questionnaire, chance: random.Random) -> Form:
    form = Form(chance.choice(q.languages))
    skips = 0.98 if chance.random() < NEARLY_EMPTY else SKIPS
    given: dict[str, Given] = {}
    for item in q.items.values():
        asked = holds(item.relevant, given)
        silent = chance.random() < (skips if asked else 1 - ANSWERS_UNASKED)
        values = {} if silent else _MAKERS[item.type](q, item, form, chance)
        given[item.name] = Given(codes=frozenset(values.get(item.name, ())))
        form.sent |= _blank(item) | values
    return form


def _blank(item: Item) -> dict[str, list[str]]:
    """Return what a browser sends of an untouched item: the empty fields of what is typed, nothing of boxes."""
    if item.type.startswith("select"):
        return {}
    return {name: [""] for name in (date_parts(item.name) if item.type == "date" else (item.name,))}


def _select_one(q: Questionnaire, item: Item, form: Form, chance: random.Random) -> dict[str, list[str]]:
    if item.scale:
        low, high = item.scale
        return {item.name: [str(round(chance.triangular(low - 0.4, high + 0.4)))]}
    weights = [1 / (place + 1) for place in range(len(item.codes))]
    return {item.name: chance.choices(item.codes, weights)}


def _select_multiple(q: Questionnaire, item: Item, form: Form, chance: random.Random) -> dict[str, list[str]]:
    return {item.name: [code for code in item.codes if chance.random() < 0.6]}


def _number(q: Questionnaire, item: Item, form: Form, chance: random.Random) -> dict[str, list[str]]:
    _, low, high = item.constraint["between"] if item.constraint else ("", 0, 100)
    step = 5 if item.unit == "percent" else 1
    return {item.name: [str(min(high, low + step * int(chance.expovariate(0.4))))]}


def _date(q: Questionnaire, item: Item, form: Form, chance: random.Random) -> dict[str, list[str]]:
    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(2020, 2025)
    typed = (str(day), str(month), str(year)) if chance.random() < 0.5 else ("", "", str(year))
    return {name: [part] for name, part in zip(date_parts(item.name), typed, strict=True)}


def _text(q: Questionnaire, item: Item, form: Form, chance: random.Random) -> dict[str, list[str]]:
    if item.choices and chance.random() < 0.3:
        return {f"{item.name}.choice": [item.codes[0]]}
    if not item.code_frame:
        return {item.name: [f"{chance.choice(PHRASES[form.language])} {chance.randint(1, 999)}"]}
    codes = q.frames[item.code_frame].codes
    code = chance.choices(codes, [1 / (place + 1) for place in range(len(codes))])[0]
    if chance.random() < CODED:
        form.codes[item.name] = code.name
    return {item.name: [code.label]}


_MAKERS = {
    "select_one": _select_one,
    "select_multiple": _select_multiple,
    "integer": _number,
    "decimal": _number,
    "date": _date,
    "text": _text,
}


# Storing them ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A form as read and judged; whatever its response is called, this stays."""

    form: Form
    sent: Mapping[str, list[str]]
    read: Read
    verdicts: tuple[Verdict, ...]
    digest: str


def fill(collection: Collection, count: int, seed: int = 1) -> None:
    """Store made-up responses in an open collection that has none, in batches, and commit.

    Beyond DIFFERENT_FORMS the same forms come again, under identifiers of their own. Identities are left out: nobody
    filled these forms in, and no result reads them.
    """
    assert collection.version is not None
    q = collection.version.questionnaire
    # The check for a second form of one person asks the database, once a form, about names that are not there.
    alone = replace(q, checks=tuple(c for c in q.checks if c.check != "second_form_of_same_person"))
    made = [_made(alone, collection, form) for form in islice(forms(q, seed), min(count, DIFFERENT_FORMS))]
    codes = _codes(collection)
    chance = random.Random(seed)
    first = (db.session.scalar(select(func.max(Response.id))) or 0) + 1
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        _store(collection, {number: made[(number - first) % len(made)] for number in numbers}, codes, chance)
        db.session.commit()
    rewrite(collection_id=collection.id)
    db.session.commit()


def _made(q: Questionnaire, collection: Collection, form: Form) -> Made:
    sent = {name: v for name, v in form.sent.items() if name not in q.items or not q.items[name].identity}
    read = read_form(q, sent)
    assert not read.errors, read.errors
    nobody = Response(id=0, collection_id=collection.id)
    return Made(form, sent, read, tuple(verdicts(q, nobody, read.given)), digest_of_sent(sent))


def _store(collection: Collection, batch: Mapping[int, Made], codes: Mapping[Any, int], chance: random.Random) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {Response: [], Answer: [], Judgement: [], Coding: []}
    for number, made in batch.items():
        rows[Response].append(_response(collection, number, made, chance))
        rows[Answer] += [{**row, "response_id": number} for row in made.read.rows]
        rows[Judgement] += [
            {"collection_id": collection.id, "response_id": number, "made_by": "rule", **verdict._asdict()}
            for verdict in made.verdicts
        ]
        rows[Coding] += [
            {"response_id": number, "variable": name, "code_id": codes[name, code], "made_by": SYNTHETIC}
            for name, code in made.form.codes.items()
        ]
    for model, found in rows.items():
        if found:
            # Into tables, not classes: the ORM would make a statement for every run of rows with the same nulls.
            db.session.execute(insert(model.__table__), found)


def _response(collection: Collection, number: int, made: Made, chance: random.Random) -> dict[str, Any]:
    assert collection.version is not None
    country = collection.version.questionnaire.country
    digits = f"{number:016}"
    return {
        "id": number,
        "collection_id": collection.id,
        # Random as browsers make it: an index over these is in no useful order.
        "submission": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "version_id": collection.version_id,
        "wording_id": collection.revision(made.form.language).id,
        "language": made.form.language,
        "mode": "web",
        "country": next(iter(made.read.given[country].codes), ""),
        "received_at": START + datetime.timedelta(minutes=number),
        "receipt": digits + damm.calc_check_digit(digits),
        "digest": made.digest,
        "sent": made.sent,
    }


def _codes(collection: Collection) -> dict[tuple[str, str], int]:
    """Return the id of each code by item and code."""
    assert collection.version is not None
    frames = {f.name: f for f in db.session.scalars(select(CodeFrame).where(CodeFrame.collection_id == collection.id))}
    coded = [item for item in collection.version.questionnaire.items.values() if item.code_frame]
    return {(item.name, code.name): code.id for item in coded for code in frames[item.code_frame].codes}


def prepare(folder: Path) -> None:
    """Make an instance folder with an empty database of the newest tables, if there is none."""
    command = [sys.executable, "-m", "surveytool.cli", "--instance", str(folder), "db", "upgrade"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def make(folder: Path, code: str, count: int, seed: int = 1) -> float:
    """Make an open collection of so many synthetic responses in an instance; return the seconds it took."""
    prepare(folder)
    started = time.perf_counter()
    with create_app(folder).app_context():
        title = f"{count} generated responses (synthetic)"
        collection = collections.create(
            code, QUESTIONNAIRE, title, join_code=code, synthetic=SYNTHETIC, who=COMMAND_LINE
        )
        collections.open_(collection, COMMAND_LINE)
        fill(collection, count, seed)
        db.engine.dispose()
    return time.perf_counter() - started


def main() -> None:
    """Fill an instance from the command line."""
    parser = argparse.ArgumentParser(description=make.__doc__)
    parser.add_argument("--instance", type=Path, required=True, help="the instance folder, made if it does not exist")
    parser.add_argument("--code", help="the collection's code and join code (default: generated-COUNT)")
    parser.add_argument("--responses", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other forms (default: 1)")
    asked = parser.parse_args()
    code = asked.code or f"generated-{asked.responses}"
    seconds = make(asked.instance, code, asked.responses, asked.seed)
    print(f"Collection '{code}' has {asked.responses} synthetic responses; {seconds:.1f} s.")


if __name__ == "__main__":
    main()
