"""Translating answers: beside the original, approved by a second reader, stale when the words change, never unseen."""

import csv
import html
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from surveytool import collections, exporting, intake
from surveytool.cli import main
from surveytool.judge import corrections, exclude_form, translating
from surveytool.likeness import written_in
from surveytool.models import Collection, LogEntry, Response, Translation, db
from tests.test_exports import OFFICE, convert

BODY = "body_national"
WHY = "a reason that is long enough"
ANNA, BEN = "anna@example.org", "ben@example.org"

ANSWERS = [
    ("thailand", "th", "กรมพัฒนาสังคมและสวัสดิการ"),
    ("thailand", "th", "กรมพัฒนาสังคมและสวัสดิการ"),
    ("thailand", "th", "DSDW"),
    ("lao_pdr", "lo", "ສະຫະພັນແມ່ຍິງລາວ"),
    ("cambodia", "km", "ក្រសួងកិច្ចការនារី"),
    ("myanmar", "my", "ရဲတပ်ဖွဲ့"),
    ("viet_nam", "vi", "Hội Liên hiệp Phụ nữ"),
    ("myanmar", "en", "Ministry of Home Affairs"),
]


def send(collection: Collection, number: int, country: str, language: str, text: str, **more: Any) -> Response:
    sent = {"country": [country], "trained": ["yes"], BODY: [text]}
    name = f"translating-{number}"
    outcome = intake.receive(collection, sent, submission=name, language=language, mode="web", **more)
    assert isinstance(outcome, intake.Kept), outcome
    return outcome.response


def fill(collection: Collection) -> list[Response]:
    """Store a form for each answer."""
    forms = [send(collection, number, *answer) for number, answer in enumerate(ANSWERS)]
    db.session.commit()
    return forms


def one(forms: list[Response], place: int = 0) -> translating.Shown | None:
    form = forms[place]
    return translating.shown(form.collection_id, BODY, [form.id]).get((form.id, BODY))


# The record -----------------------------------------------------------------------------------------------------------


def test_a_translation_is_replaced_but_kept_approved_by_another_and_taken_back_on_both_databases(
    any_database: Flask,
) -> None:
    collection = collections.create("border", "partner_survey", "Border meeting", who="tester")
    collections.open_(collection, "tester")
    forms = fill(collection)

    first = translating.translate(forms[0], BODY, "Department of Social Development", ANNA)
    with pytest.raises(translating.TranslatingError, match="cannot approve"):
        translating.approve(first, ANNA.upper())
    translating.approve(first, BEN)
    shown = one(forms)
    assert shown
    assert (shown.text, shown.state, shown.approved_by) == ("Department of Social Development", "approved", BEN)

    second = translating.translate(forms[0], BODY, "Department of Social Development and Welfare", BEN)
    shown = one(forms)
    assert shown
    assert (shown.text, shown.state) == ("Department of Social Development and Welfare", "awaiting")
    assert [each.id for each in translating.history(forms[0], BODY)] == [first.id, second.id]
    with pytest.raises(translating.ChangedMeanwhile):
        translating.approve(first, BEN)

    translating.take_back(second, BEN, WHY)
    assert one(forms) is None
    assert [each.withdrawn_by for each in translating.history(forms[0], BODY)] == [BEN, BEN]
    logged = [entry.what for entry in db.session.query(LogEntry).order_by(LogEntry.number)]
    assert logged[-4:] == [
        "translated an answer",
        "approved a translation",
        "translated an answer",
        "took a translation back",
    ]


def test_who_comes_second_is_told_and_overwrites_nothing(collection: Collection) -> None:
    forms = fill(collection)
    translating.translate(forms[0], BODY, "first", ANNA, seen=None)

    with pytest.raises(translating.ChangedMeanwhile, match=ANNA):
        translating.translate(forms[0], BODY, "second", BEN, seen=None)

    shown = one(forms)
    assert shown
    assert shown.text == "first"


def test_a_correction_carries_the_translation_over_and_shows_it_stale_where_the_words_changed(
    collection: Collection,
) -> None:
    forms = fill(collection)
    made = translating.translate(forms[0], BODY, "Department", ANNA)
    translating.approve(made, BEN)
    same = send(collection, 100, *ANSWERS[0], supersedes=forms[0])
    other = send(collection, 101, "thailand", "th", "กรมการปกครอง", supersedes=same)

    shown = translating.shown(collection.id, [BODY], [forms[0].id, same.id, other.id])

    assert [shown[each.id, BODY].state for each in (forms[0], same, other)] == ["approved", "approved", "stale"]
    assert shown[other.id, BODY].words == "translation out of date"
    assert translating.shown(collection.id, BODY) == shown
    with pytest.raises(translating.TranslatingError, match="has changed"):
        translating.approve(db.session.get_one(Translation, made.id), "third@example.org", form=other)

    translating.translate(other, BODY, "Department of Provincial Administration", ANNA)
    assert translating.shown(collection.id, BODY)[other.id, BODY].state == "awaiting"
    assert translating.shown(collection.id, BODY)[forms[0].id, BODY].state == "approved"


@pytest.mark.parametrize(
    ("text", "language", "taken_for"),
    [
        ("กรมพัฒนาสังคม", "th", "th"),
        ("DSDW", "th", "en"),
        ("UNIAP และ IOM and others in Latin letters", "th", "th"),
        ("กรมพัฒนาสังคม", "en", "th"),
        ("Hội Phụ nữ", "en", "vi"),
        ("Hoi Phu nu", "vi", "vi"),
        ("Ministère", "en", "en"),
        ("ရဲတပ်ဖွဲ့", "my", "my"),
    ],
)
def test_an_answer_is_taken_to_be_in_the_language_of_its_form_or_of_its_script(
    text: str, language: str, taken_for: str
) -> None:
    assert written_in(text, language) == taken_for


def test_a_withdrawn_form_takes_its_translations_with_it(collection: Collection) -> None:
    from surveytool import withdrawals

    forms = fill(collection)
    translating.translate(forms[0], BODY, "Department", ANNA)
    db.session.commit()

    withdrawals.withdraw(forms[0], "tester", "asked")
    db.session.commit()

    assert db.session.query(Translation).count() == 0
    with pytest.raises(translating.TranslatingError, match="no such answer"):
        translating.lock(forms[0].id, BODY)


# The desk -------------------------------------------------------------------------------------------------------------

NUMBER = "21a body"
ITEM = f"/evaluate/border/translating/{NUMBER}"


def text_of(answer: Any) -> str:
    """Return a page as it is read: without tags, entities resolved."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def fields(client: FlaskClient, address: str) -> dict[str, str]:
    """Return the fields of the rows of a page as a browser would send them, nothing ticked but what is."""
    form = client.get(address).text.split('id="answers"')[1].split("</form>")[0]
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    found += re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', form)
    sent = {name: html.unescape(value) for name, value in found}
    return sent | dict.fromkeys(re.findall(r'type="checkbox" name="([^"]+)" value="1" checked', form), "1")


def place(sent: dict[str, str], form: int) -> str:
    """Return the place on a page of the row that begins with a form."""
    rows = {name.partition("-")[2]: value for name, value in sent.items() if name.startswith("forms-")}
    return next(at for at, pairs in rows.items() if pairs.split(":")[0] == str(form))


def type_in(client: FlaskClient, form: int, text: str, address: str = ITEM, **more: str) -> Any:
    """Type one translation on a page, and save the page."""
    sent = fields(client, address)
    at = place(sent, form)
    sent |= {f"text-{at}": text} | {f"{name}-{at}": value for name, value in more.items()}
    return client.post(address, data=sent)


Desk = tuple[list[Response], FlaskClient, FlaskClient]


@pytest.fixture
def desk(app: Flask, collection: Collection, sign_in: Callable[..., Any]) -> Desk:
    """A collection with answers in six languages, a translator's browser, and an evaluator's."""
    app.config.update(RATELIMIT_ENABLED=False, WTF_CSRF_ENABLED=False)
    forms = fill(collection)
    translator, evaluator = app.test_client(), app.test_client()
    sign_in(translator, "translator")
    sign_in(evaluator, "evaluator")
    return forms, translator, evaluator


def test_a_translator_comes_straight_to_the_desk_and_to_nothing_else(desk: Desk) -> None:
    _, translator, _ = desk

    assert translator.get("/", follow_redirects=True).request.path == "/evaluate/border/translating"
    listed = text_of(translator.get("/evaluate/border/translating"))
    assert NUMBER in listed
    assert "no pages" not in text_of(translator.get("/manage/mine"))
    for closed in ("/evaluate/border/", "/evaluate/border/responses", "/evaluate/border/responses/1", "/evaluate/"):
        assert translator.get(closed).status_code == 403, closed
    page = translator.get(ITEM).text
    assert '<blockquote lang="km">ក្រសួងកិច្ចការនារី</blockquote>' in page
    assert "/responses/" not in page
    assert "/coding" not in page
    assert "DSDW" not in page, "what is in English needs no translation"


def test_a_page_saves_several_answers_at_once_and_the_same_words_alike(desk: Desk) -> None:
    forms, translator, evaluator = desk
    sent = fields(translator, ITEM)
    sent[f"text-{place(sent, forms[0].id)}"] = "Department of Social Development and Welfare"
    sent[f"text-{place(sent, forms[3].id)}"] = "Lao Women's Union"

    answer = translator.post(ITEM, data=sent, follow_redirects=True)

    assert "Translations saved: 3." in text_of(answer)
    listed = text_of(evaluator.get("/evaluate/border/translating"))
    assert re.search(r"21a body .*? 6 3 0 3 0", listed), listed
    shown = translating.shown(1, BODY)
    assert shown[forms[1].id, BODY].text == "Department of Social Development and Welfare"


def test_the_same_words_can_be_translated_for_one_form_alone_and_are_suggested_for_the_other(desk: Desk) -> None:
    forms, translator, _ = desk
    sent = fields(translator, ITEM)
    at = place(sent, forms[0].id)
    del sent[f"alike-{at}"]
    sent[f"text-{at}"] = "The department"
    translator.post(ITEM, data=sent)

    page = translator.get(ITEM + "?state=untranslated")
    assert "Suggestion, not saved: the same words were translated as “ The department ”" in text_of(page)
    assert (forms[1].id, BODY) not in translating.shown(1, BODY)

    sent = fields(translator, ITEM)
    sent["use"] = f"{place(sent, forms[1].id)}:The department"
    translator.post(ITEM, data=sent)
    assert translating.shown(1, BODY)[forms[1].id, BODY].text == "The department"


def test_of_two_people_at_once_the_second_is_told_and_loses_nothing(desk: Desk) -> None:
    forms, translator, evaluator = desk
    early = fields(evaluator, ITEM)
    type_in(translator, forms[3].id, "Lao Women's Union")
    early[f"text-{place(early, forms[3].id)}"] = "Women's Federation of Laos"
    early[f"text-{place(early, forms[4].id)}"] = "Ministry of Women's Affairs"

    answer = evaluator.post(ITEM + "?state=untranslated", data=early)

    said = text_of(answer)
    assert answer.status_code == 422
    assert "Translations saved: 1." in said, "the other row was saved"
    assert "translated it since you opened the page" in said
    assert "Women's Federation of Laos" in said
    assert "There stands now: Lao Women's Union" in said
    assert translating.shown(1, BODY)[forms[3].id, BODY].text == "Lao Women's Union"


def test_a_second_reader_approves_singly_and_all_at_once_but_never_their_own(desk: Desk) -> None:
    forms, translator, evaluator = desk
    for form, text in ((0, "Department"), (3, "Lao Women's Union"), (4, "Ministry of Women's Affairs")):
        type_in(translator, forms[form].id, text)
    assert "Approve it" not in translator.get(ITEM).text

    type_in(evaluator, forms[3].id, "Lao Women's Union", approve="1")
    assert translating.shown(1, BODY)[forms[3].id, BODY].state == "approved"
    sent = fields(evaluator, ITEM + "?state=awaiting") | {"approve-all": "1"}
    assert "Translations approved: 3." in text_of(evaluator.post(ITEM, data=sent, follow_redirects=True))

    type_in(evaluator, forms[3].id, "Union of Lao Women", approve="1")
    assert translating.shown(1, BODY)[forms[3].id, BODY].state == "awaiting", "who changes it cannot approve it"


def test_answers_are_found_by_words_of_either_language_state_country_and_order(desk: Desk) -> None:
    forms, translator, _ = desk
    type_in(translator, forms[5].id, "Police force")

    def seen(query: str) -> set[int]:
        sent = fields(translator, f"{ITEM}?{query}")
        return {int(value.split(":")[0]) for name, value in sent.items() if name.startswith("forms-")}

    assert seen("search=POLICE") == seen("search=ရဲတပ်ဖွဲ့") == {forms[5].id}
    assert seen("state=untranslated&country=cambodia&country=lao_pdr") == {forms[3].id, forms[4].id}
    assert seen("language=vi") == {forms[6].id}
    assert seen("search=nothing-like-this") == set()
    assert seen("page=99&sort=people&state=nonsense") == {forms[place].id for place in (0, 3, 4, 5, 6)}


def test_a_translator_for_a_country_sees_and_translates_its_answers_alone(
    app: Flask, desk: Desk, collection: Collection, sign_in: Callable[..., Any]
) -> None:
    forms, *_ = desk
    limited = app.test_client()
    sign_in(limited, "translator", country="cambodia", collection=collection)

    assert "ក្រសួងកិច្ចការនារី" in limited.get(ITEM).text
    assert "กรม" not in limited.get(ITEM).text
    answer = limited.post(ITEM, data={"forms-0": f"{forms[0].id}:0", "text-0": "Thai"})
    assert "no longer stands" in text_of(answer)
    assert "Thai" in answer.text
    assert translating.shown(1, BODY) == {}
    assert limited.get(f"{ITEM}/{forms[0].id}").status_code == 404


def test_the_history_of_a_translation_and_taking_it_back_with_a_reason(desk: Desk) -> None:
    forms, translator, evaluator = desk
    type_in(translator, forms[3].id, "first words")
    type_in(evaluator, forms[3].id, "second words")
    address = f"{ITEM}/{forms[3].id}"
    said = text_of(translator.get(address))
    assert said.index("second words") < said.index("first words")
    seen = str(translating.shown(1, BODY)[forms[3].id, BODY].id)

    short = evaluator.post(address, data={"do": "take back", "reason": "no", "seen": seen})
    assert short.status_code == 422
    assert "Please say why" in short.text
    late = evaluator.post(address, data={"do": "take back", "reason": WHY, "seen": "1"})
    assert "since you opened the page" in late.text
    evaluator.post(address, data={"do": "take back", "reason": WHY, "seen": seen})

    assert "There is no translation now." in text_of(translator.get(address))


def test_what_nobody_can_mean_is_answered_with_words(desk: Desk) -> None:
    forms, translator, _ = desk
    assert translator.get("/evaluate/border/translating/7").status_code == 404
    assert translator.get(f"{ITEM}/99999").status_code == 404
    assert translator.post(ITEM, data={"forms-0": "x:y 99999999999:1", "text-0": "a"}).status_code == 422
    type_in(translator, forms[3].id, "Lao Women's Union")
    answer = type_in(translator, forms[3].id, " ")
    assert "an empty field changes nothing" in answer.text
    assert translating.shown(1, BODY)[forms[3].id, BODY].text == "Lao Women's Union"


# Wherever answers are read --------------------------------------------------------------------------------------------


def test_the_translation_stands_beside_the_original_wherever_an_evaluator_reads_it(desk: Desk, tmp_path: Path) -> None:
    forms, translator, evaluator = desk
    type_in(translator, forms[4].id, "Ministry of Women's Affairs")
    type_in(translator, forms[3].id, "Lao Women's Union")
    type_in(evaluator, forms[3].id, "Lao Women's Union", approve="1")
    corrected = send(collections.find("border"), 70, "cambodia", "km", "ក្រសួងមហាផ្ទៃ", supersedes=forms[4])
    db.session.commit()
    read = f"/evaluate/border/verbatims/{NUMBER}"
    waiting = text_of(evaluator.get(f"/evaluate/border/corrections/{corrected.id}"))
    assert waiting.count("Ministry of Women's Affairs") == 2
    assert "[translation out of date]" in waiting
    corrections.accept(corrected, BEN)
    db.session.commit()

    places = {
        read: "approved by",
        f"/evaluate/border/coding/{NUMBER}?search=union": "Lao Women's Union",
        f"/evaluate/border/responses/{corrected.id}": "[translation out of date]",
    }
    for address, state in places.items():
        said = text_of(evaluator.get(address))
        assert state in said, address
        assert "Women's" in said, address
    found = text_of(evaluator.get(f"{read}?search=WOMEN"))
    assert "2 found." in found
    assert "[translation out of date]" in found
    assert "1 found." in text_of(evaluator.get(f"{read}?search=ຍິງລາວ"))
    assert "0 found." in text_of(evaluator.get(f"{read}?search=nothing-like-this"))


def test_exports_have_the_translation_with_its_state_and_the_codebook_tells_of_it(desk: Desk, tmp_path: Path) -> None:
    forms, translator, _ = desk
    type_in(translator, forms[3].id, "Lao Women's Union")
    for shape in ("wide", "long"):
        exporting.to_file(collections.find("border"), exporting.Wanted("csv", shape), tmp_path / f"{shape}.csv", "test")
    part = f"{BODY}."

    wide, long = (
        list(csv.DictReader((tmp_path / f"{shape}.csv").read_text("utf-8-sig").splitlines()))
        for shape in ("wide", "long")
    )
    of = {each["form"]: each for each in wide}
    row = of[str(forms[3].id)]
    assert row[part + "translation"] == "Lao Women's Union"
    assert row[part + "translation_state"] == "awaits a second reader"
    assert of[str(forms[0].id)][part + "translation"] == ""
    told = [each for each in long if each["variable"] == BODY and each["form"] == str(forms[3].id)]
    assert [(each["translation"], each["translation_state"]) for each in told] == [
        ("Lao Women's Union", "awaits a second reader")
    ]
    assert part + "translation_state" in (tmp_path / "wide-codebook.csv").read_text("utf-8-sig")


# In a spreadsheet -----------------------------------------------------------------------------------------------------


def run(app: Flask, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--instance", app.instance_path, "translate", *arguments])


def cells(file: Path) -> list[list[str]]:
    """Return the cells of a spreadsheet, as they stand in it."""
    if file.suffix == ".csv":
        return list(csv.reader(file.read_text("utf-8-sig").splitlines(keepends=True)))
    sheet = openpyxl.load_workbook(file).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def fill_in(file: Path, translations: dict[int, str]) -> None:
    """Write translations into a spreadsheet, by form."""
    header, *found = cells(file)
    at = header.index("translation")
    for row in found:
        row[at] = translations.get(int(row[0]), row[at])
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows([header, *found])
    else:
        book = openpyxl.Workbook()
        for line in (header, *found):
            book.worksheets[0].append(line)
            for cell in book.worksheets[0][book.worksheets[0].max_row]:
                cell.data_type = "s"
        book.save(file)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_translations_go_out_and_come_back_by_the_command_line(
    app: Flask, collection: Collection, tmp_path: Path, ending: str
) -> None:
    forms = fill(collection)
    formula = send(collection, 50, "thailand", "th", "=HYPERLINK('กรม')")
    db.session.commit()
    file = tmp_path / f"answers.{ending}"
    done = run(app, "export", "border", str(file))
    assert done.exit_code == 0, done.output
    header, *found = cells(file)
    assert header[:6] == ["form", "item", "question", "language", "original", "translation"]
    assert [row[4].lstrip("'") for row in found] == [
        *(text for _, _, text in ANSWERS if text.isascii() is False),
        "=HYPERLINK('กรม')",
    ]
    fill_in(file, {forms[0].id: "Department", formula.id: "=SUM(1)", forms[6].id: " Women's Union\r\nof Viet Nam "})

    done = run(app, "import", "border", str(file), "--by", "nobody@example.org")
    assert "no account" in done.output
    done = run(app, "import", "border", str(file))
    assert done.exit_code == 0, done.output
    assert "Translations saved: 3." in done.output
    shown = translating.shown(1, BODY)
    assert {key: (each.text, each.state) for (key, _), each in shown.items()} == {
        forms[0].id: ("Department", "awaiting"),
        formula.id: ("=SUM(1)", "awaiting"),
        forms[6].id: ("Women's Union\nof Viet Nam", "awaiting"),
    }
    assert "Translations saved: 0." in run(app, "import", "border", str(file)).output
    run(app, "export", "border", str(file), "--to-do")
    assert len(cells(file)) == 1 + 4


def test_what_changed_meanwhile_is_kept_aside_line_by_line_with_what_was_typed(
    app: Flask, collection: Collection, tmp_path: Path
) -> None:
    forms = fill(collection)
    file, aside = tmp_path / "answers.csv", tmp_path / "aside.xlsx"
    run(app, "export", "border", str(file))
    fill_in(file, {forms[n].id: f"typed offline {n}" for n in (0, 1, 3, 4, 5)})
    corrected = send(collection, 60, "thailand", "th", "กรมการปกครอง", supersedes=forms[0])
    corrections.accept(corrected, BEN)
    unchanged = send(collection, 61, *ANSWERS[1], supersedes=forms[1])
    corrections.accept(unchanged, BEN)
    translating.translate(forms[3], BODY, "by somebody else", ANNA)
    excluded = exclude_form(forms[4], BEN, WHY)
    db.session.commit()

    done = run(app, "import", "border", str(file), "--aside", str(aside))

    assert done.exit_code == 1
    assert "Translations saved: 2." in done.output
    assert (
        f"line 2 (form {corrected.id}): The original has changed since the file was written. Typed: typed offline 0"
        in done.output
    )
    assert f"{ANNA} translated it since the file was written. Typed: typed offline 3" in done.output
    assert f"(form {forms[4].id}): No answer in words to translate stands there" in done.output
    shown = {form: each.text for (form, _), each in translating.shown(1, BODY).items()}
    assert shown == {
        unchanged.id: "typed offline 1",
        forms[3].id: "by somebody else",
        forms[5].id: "typed offline 5",
    }
    assert [row[5] for row in cells(aside)[1:]] == ["typed offline 0", "typed offline 3", "typed offline 4"]
    assert excluded.withdrawn_at is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The spreadsheet is empty"),
        (b"form,item\n1,x\n", "not found: translation"),
        (b"\xff\x00\x01", "neither an XLSX workbook nor text in UTF-8"),
        (b"PK\x03\x04 and nothing else", "cannot be read"),
        (b'form,item,translation\n"1,x', "this is no CSV"),
    ],
)
def test_a_file_that_is_no_spreadsheet_changes_nothing(
    app: Flask, collection: Collection, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(content)

    done = run(app, "import", "border", str(file))

    assert done.exit_code == 1
    assert said in done.output


def test_the_desk_hands_a_spreadsheet_out_and_shows_what_it_kept_aside_ready_to_be_saved(
    desk: Desk, tmp_path: Path
) -> None:
    forms, translator, evaluator = desk
    sheet = "/evaluate/border/translating/sheet"
    answer = translator.post(sheet, data={"format": "xlsx"})
    assert answer.headers["Content-Disposition"] == "attachment; filename=border-translations.xlsx"
    file = tmp_path / "answers.xlsx"
    file.write_bytes(answer.data)
    assert translator.post(sheet, data={"format": "csv", "all": "1"}).data.startswith(b"\xef\xbb\xbfform,item")
    fill_in(file, {forms[3].id: "Lao Women's Federation", forms[4].id: "Ministry of Women's Affairs"})
    type_in(evaluator, forms[3].id, "Lao Women's Union")
    filled = "/evaluate/border/translating/filled"

    nothing = translator.post(filled, data={"csrf": "x"})
    assert nothing.status_code == 422
    assert "Choose the spreadsheet" in nothing.text
    answer = translator.post(filled, data={"file": (io.BytesIO(file.read_bytes()), "a.xlsx")})

    said = text_of(answer)
    assert "Translations saved: 1. Lines that change nothing: 4. Kept aside: 1." in said
    assert "Lao Women's Federation" in said
    assert "There stands now: Lao Women's Union" in said
    row = {
        "forms-0": f"{forms[3].id}:{translating.shown(1, BODY)[forms[3].id, BODY].id}",
        "text-0": "Lao Women's Federation",
    }
    assert row["forms-0"] in answer.text
    translator.post(ITEM, data=row)
    assert translating.shown(1, BODY)[forms[3].id, BODY].text == "Lao Women's Federation"
    again = translator.post(filled, data={"file": (io.BytesIO(file.read_bytes()), "a.xlsx")}, follow_redirects=True)
    assert "Translations saved: 0. Lines that change nothing: 6." in text_of(again)


@pytest.mark.libreoffice
def test_what_looks_like_a_formula_survives_libreoffice_both_ways(
    app: Flask, collection: Collection, libreoffice: str, tmp_path: Path
) -> None:
    typed = ["=1+1", "-2 กรม", "+66 2", "@x", "\uff1d1", "'=1", "'quoted'"]
    originals = [f"{text} กรม" for text in typed]
    forms = [send(collection, number, "thailand", "th", text) for number, text in enumerate(originals)]
    for form, text in zip(forms, typed, strict=True):
        translating.translate(form, BODY, text, ANNA)
    db.session.commit()
    for ending, to in (("csv", "xlsx:Calc MS Excel 2007 XML"), ("xlsx", OFFICE)):
        file, out = tmp_path / f"from-{ending}.{ending}", tmp_path / ending
        out.mkdir()
        run(app, "export", "border", str(file))
        convert(libreoffice, out, to, file, reading=["--infilter=CSV:44,34,76"] if ending == "csv" else [])
        (back,) = (each for each in out.iterdir() if each.is_file())

        done = run(app, "import", "border", str(back))

        assert done.exit_code == 0, done.output
        expected = "Translations saved: 0. Lines that change nothing: 7."
        assert expected in done.output, ending
