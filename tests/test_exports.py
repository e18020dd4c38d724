"""Responses taken away: read back by other programs, recomputed, checked, and safe to open."""

import csv
import hashlib
import io
import re
import shutil
import subprocess
import threading
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from openpyxl.utils.escape import unescape

from surveytool import audit_log, collections, exporting, intake, judge, reconstruction, spreadsheets
from surveytool.cli import main
from surveytool.exporting import Wanted
from surveytool.models import Collection, Judgement, LogEntry, Response, User, db
from surveytool.results import Results, collect
from surveytool.spreadsheets import Cell, CsvBook, Written, XlsxBook, beside, csv_text, defused, runs

Sheets = dict[str, list[list[Cell]]]
MISSING = {
    "NOT ASKED": "not_asked",
    "NOT APPLICABLE": "not_applicable",
    "NO ANSWER": "no_answer",
    "INVALID": "invalid",
}
DOCS = Path(__file__).parent.parent / "docs" / "exports.md"
ASKED_FOR = [(f, s, v) for f in ("csv", "xlsx") for s in ("wide", "long") for v in ("codes", "labels")]


# Reading back, with other readers ----------------------------------------------------------------------------------


def from_csv(source: Any) -> list[list[Cell]]:
    text = source.read_bytes() if isinstance(source, Path) else source
    assert text.startswith(b"\xef\xbb\xbf")
    return [list(row) for row in csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))]


def from_xlsx(source: Any, *, read: Callable[[Any], Cell] | None = None) -> Sheets:
    book = openpyxl.load_workbook(source)
    found: Sheets = {}
    for sheet in book.worksheets:
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        found[sheet.title] = [[(read or as_excel_reads)(cell) for cell in row] for row in sheet.values]
    return found


def as_excel_reads(cell: Any) -> Cell:
    """Return a cell with _x005F_ read as the underscore it stands for, which openpyxl leaves to its callers."""
    return "" if cell is None else unescape(cell) if isinstance(cell, str) else cell


def read_back(file: Path) -> Sheets:
    """Read all sheets of an export, by its ending."""
    if file.suffix == ".xlsx":
        return from_xlsx(file)
    beside_it = {p.stem.rsplit("-", 1)[1].capitalize(): from_csv(p) for p in file.parent.glob(f"{file.stem}-*.csv")}
    return {"Data": from_csv(file)} | beside_it


def from_zip(body: bytes) -> Sheets:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        return {n.rsplit("-", 1)[1].removesuffix(".csv").capitalize(): from_csv(archive.read(n)) for n in names}


def as_dicts(rows: list[list[Cell]]) -> list[dict[str, Cell]]:
    header = [str(cell) for cell in rows[0]]
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


def notes(sheets: Sheets) -> dict[str, str]:
    return {str(what): str(value) for what, value in sheets["Notes"]}


def digest_of(rows: list[list[Cell]]) -> str:
    """Recompute the digest as docs/exports.md says it."""
    return hashlib.sha256("".join("\x1f".join(map(str, row)) + "\x1e" for row in rows).encode()).hexdigest()


def run(app: Flask, *args: str) -> str:
    result = CliRunner().invoke(main, ["--instance", app.instance_path, "export", *args])
    assert result.exit_code == 0, result.output
    return result.output


def take_away(app: Flask, file: Path, *args: str) -> Sheets:
    run(app, "mekong-2003", "--format", file.suffix[1:], "--output", str(file), *args)
    return read_back(file)


# Figures recomputed ---------------------------------------------------------------------------------------------------


def answers(sheets: Sheets, shape: str, column: str, part: str = "") -> list[tuple[Cell, bool]]:
    """Return what stands in a column (or a part of it), form by form, and whether the form counts."""
    rows = as_dicts(sheets["Data"])
    if shape == "long":
        place = {"": "stands"}.get(part, part)
        return [(r[place], r["form.state"] == "counts") for r in rows if r["variable"] == column]
    return [(r[f"{column}.{part}" if part else column], r["form.state"] == "counts") for r in rows]


def check_figures(sheets: Sheets, shape: str, values: str, expected: Results) -> None:
    """Recompute every item from the data alone, with the codebook for its words, and compare with the results."""
    book = as_dicts(sheets["Codebook"])
    for number, item in expected.items.items():
        column = next(str(r["column"]) for r in book if str(r["item"]) == number)
        code_of = {str(r["label_en"]): str(r["code"]) for r in book if r["column"] == column and r["code"] != ""}
        found = answers(sheets, shape, column)
        counting = [cell for cell, counts in found if counts]
        missing = Counter(MISSING[str(cell)] for cell in counting if cell in MISSING)
        given = [str(cell) for cell in counting if cell not in MISSING]

        assert len(found) == expected.forms.received, number
        assert len(found) - len(counting) == item.excluded == expected.forms.excluded
        assert {kind: missing[kind] for kind in item.missing} == item.missing, number
        assert len(given) == item.answered, number

        if item.variable.item.code_frame:
            check_codings(sheets, shape, values, column, item)
            continue
        if item.kind in ("verbatim", "coded") or item.invalid:
            continue
        codes = [code_of[cell] for cell in given] if values == "labels" and code_of else given
        codes = [code[:4] for code in codes] if item.kind == "date" else codes
        codes = [{"1": "yes", "0": "no"}[c] for c in codes] if item.variable.choice else codes
        assert Counter(codes) == {code: n for code, n in item.counts.items() if n}, number
        assert len(codes) == item.n
        if item.kind in ("scale", "number"):
            mean = sum(map(float, codes)) / len(codes) if codes else None
            assert mean == (pytest.approx(item.mean) if codes else None), number


def check_codings(sheets: Sheets, shape: str, values: str, column: str, item: Any) -> None:
    """Count the codes given to the texts that stand, and compare with the tallies, or the shares of yes and no."""
    texts, codings = answers(sheets, shape, column), answers(sheets, shape, column, "codes")
    standing = [str(c) for (text, counts), (c, _) in zip(texts, codings, strict=True) if counts and text not in MISSING]
    mentions = Counter(name for each in standing for name in each.split("; ") if name)
    if values == "labels":
        rows = [r for r in as_dicts(sheets["Codebook"]) if r["column"] == f"{column}.codes"]
        names = {str(r["label_en"]): str(r["code"]) for r in rows}
        mentions = Counter({names[label]: n for label, n in mentions.items()})
    if item.tallies:
        expected: Counter[str] = Counter()
        for tally in item.tallies:
            expected.update(tally.figures.mentions)
        assert mentions == expected, item.number
    else:
        assert mentions == {code: n for code, n in item.counts.items() if n}, item.number


@pytest.mark.parametrize(("form", "shape", "values"), ASKED_FOR)
def test_results_recomputed_from_every_export_are_the_results(
    filled_app: Flask, tmp_path: Path, form: str, shape: str, values: str
) -> None:
    sheets = take_away(filled_app, tmp_path / f"data.{form}", "--shape", shape, "--values", values)

    check_figures(sheets, shape, values, collect(collections.find("mekong-2003")))
    said = notes(sheets)
    assert (said["Forms received"], said["Forms excluded"], said["Forms in this export"]) == ("40", "2", "40")
    assert said["Data"].startswith("SYNTHETIC")


def test_valid_forms_alone_give_the_same_results(filled_app: Flask, tmp_path: Path) -> None:
    sheets = take_away(filled_app, tmp_path / "data.csv", "--only", "valid")

    rows = as_dicts(sheets["Data"])
    assert len(rows) == 38
    assert {row["form.state"] for row in rows} == {"counts"}
    forms = {row["form"] for row in rows} | {"all"}
    assert {row["form"] for row in as_dicts(sheets["Judgements"])} <= forms


def test_the_same_on_any_database_read_in_many_batches(
    any_database: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveytool.exporting.forms.BATCH", 7)
    collection = reconstruction.store()
    person = db.session.query(Response).first()
    assert person is not None
    judge.exclude_answer(person, "trained", "someone@example.org", "Asked by telephone.")
    db.session.commit()
    for shape in exporting.SHAPES:
        file = tmp_path / f"{shape}.xlsx"
        exporting.to_file(collection, Wanted("xlsx", shape), file, "test")
        sheets = from_xlsx(file)

        check_figures(sheets, shape, "codes", collect(collection))
        assert digest_of(sheets["Data"]) == notes(sheets)["Digest of Data"]
        row = next(r for r in as_dicts(sheets["Judgements"]) if r["reason"] == "Asked by telephone.")
        assert (row["form"], row["item"], row["given"]) == (person.id, "9", "yes")
        assert row["made_by"] == "someone@example.org"


def test_an_answer_judged_invalid_is_marked_and_kept_beside_its_judgement(filled_app: Flask, tmp_path: Path) -> None:
    wide = take_away(filled_app, tmp_path / "wide.csv")
    long = take_away(filled_app, tmp_path / "long.csv", "--shape", "long")

    invalid = {r["form"] for r in as_dicts(wide["Data"]) if r["expect_to_use"] == "INVALID"}
    judged = [r for r in as_dicts(wide["Judgements"]) if r["variable"] == "expect_to_use"]
    assert invalid
    assert {r["form"] for r in judged if r["effect"] == "exclude answer" and r["given"] in ("yes", "no")} == invalid
    for row in as_dicts(long["Data"]):
        if row["variable"] == "expect_to_use" and row["form"] in invalid:
            assert (row["state"], row["stands"]) == ("INVALID", "INVALID")
            assert row["given"] in ("yes", "no")
            assert "exclude answer: " in str(row["judgements"])


def test_a_judgement_withdrawn_is_still_told_and_no_longer_counts(filled_app: Flask, tmp_path: Path) -> None:
    judgement = db.session.query(Judgement).filter_by(variable="expect_to_use", rule="not-asked").first()
    assert judgement is not None
    for each in db.session.query(Judgement).filter_by(response_id=judgement.response_id, variable="expect_to_use"):
        judge.withdraw(each, "someone@example.org", "The form says otherwise.")
    db.session.commit()

    sheets = take_away(filled_app, tmp_path / "data.xlsx")

    row = next(r for r in as_dicts(sheets["Data"]) if r["form"] == judgement.response_id)
    assert row["expect_to_use"] == "yes"
    told = [r for r in as_dicts(sheets["Judgements"]) if r["withdrawn_why"] == "The form says otherwise."]
    assert {r["form"] for r in told} == {judgement.response_id}


def test_labels_and_questions_are_in_the_language_asked_for(filled_app: Flask, tmp_path: Path) -> None:
    sheets = take_away(filled_app, tmp_path / "data.xlsx", "--language", "km")

    khmer = collections.find("mekong-2003").revision("km").wording
    labels = {khmer.choice("country", code) for code in ("cambodia", "lao_pdr", "myanmar", "thailand", "viet_nam")}
    rows = as_dicts(sheets["Data"])
    assert {row["country"] for row in rows if row["country"] not in MISSING} <= labels
    assert {row["form.country"] for row in rows} <= labels
    book = next(r for r in as_dicts(sheets["Codebook"]) if r["column"] == "gender")
    assert book["question"] == khmer.label("gender")
    assert str(book["question_en"]).startswith("Are gender issues applied")


def test_the_codebook_says_when_an_item_is_asked(filled_app: Flask, tmp_path: Path) -> None:
    sheets = take_away(filled_app, tmp_path / "data.csv")

    book = as_dicts(sheets["Codebook"])
    asked = {str(r["column"]): str(r["asked"]) for r in book}
    assert asked["gender"] == "always"
    assert asked["training_useful"] == 'if item 9 is "Yes"'
    assert {str(r["column"]) for r in book} >= set(map(str, sheets["Data"][0]))
    assert {str(r["code"]) for r in book if r["type"] == "missing"} == MISSING.keys()


@pytest.mark.parametrize(("wrong", "words"), [(("--language", "de"), "my"), (("--country", "laos"), "lao_pdr")])
def test_what_a_collection_does_not_have_is_said_in_one_line(
    filled_app: Flask, tmp_path: Path, wrong: tuple[str, str], words: str
) -> None:
    command = ["--instance", filled_app.instance_path, "export", "mekong-2003", "--output", str(tmp_path / "x.csv")]
    result = CliRunner().invoke(main, [*command, *wrong])

    assert result.exit_code == 1
    assert words in result.output
    assert result.output.count("\n") == 1
    assert list(tmp_path.glob("x*")) == []


def test_a_place_that_cannot_be_written_to_is_said_in_one_line(filled_app: Flask, tmp_path: Path) -> None:
    command = ["--instance", filled_app.instance_path, "export", "mekong-2003", "--output"]
    result = CliRunner().invoke(main, [*command, str(tmp_path / "nowhere" / "x.csv")])

    assert result.exit_code == 1
    assert result.output.startswith("Error: Cannot write ")


# The note, and what can be checked -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", exporting.FORMATS)
@pytest.mark.parametrize("shape", exporting.SHAPES)
def test_anyone_can_recompute_the_digest_and_the_audit_log_knows_it(
    filled_app: Flask, tmp_path: Path, form: str, shape: str
) -> None:
    file = tmp_path / f"data.{form}"
    printed = run(filled_app, "mekong-2003", "--format", form, "--shape", shape, "--output", str(file))
    sheets = read_back(file)

    digest = digest_of(sheets["Data"])
    said = notes(sheets)
    assert said["Digest of Data"] == digest
    assert digest in printed
    entry = db.session.query(LogEntry).order_by(LogEntry.number.desc()).first()
    assert entry is not None
    assert (entry.who, entry.what) == ("command line", "exported responses")
    assert entry.about == "collection mekong-2003"
    assert digest in entry.why
    assert entry.why.startswith(f"{form}, {shape}, codes, en, all forms; 40 forms")
    known = audit_log.Head(int(said["Audit log, entries"]), said["Audit log, seal of the last"])
    assert list(audit_log.faults(known)) == []

    sheets["Data"][1][5] = "tampered"
    assert digest_of(sheets["Data"]) != digest


def test_csv_and_workbook_of_the_same_forms_have_the_same_digest(filled_app: Flask, tmp_path: Path) -> None:
    one, other = (take_away(filled_app, tmp_path / f"data.{form}") for form in exporting.FORMATS)

    assert notes(one)["Digest of Data"] == notes(other)["Digest of Data"]


def test_the_python_of_the_documentation_works(filled_app: Flask, tmp_path: Path) -> None:
    sheets = take_away(filled_app, tmp_path / "responses.csv")
    code = re.search(r"```python\n(.+?)```", DOCS.read_text("utf-8"), re.S)
    assert code

    out = subprocess.run(["python3", "-c", code[1]], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    digest, figures = out.splitlines()
    item = collect(collections.find("mekong-2003")).items["10"]
    assert digest == notes(sheets)["Digest of Data"]
    assert figures.split()[0] == str(item.n)
    assert float(figures.split()[1]) == pytest.approx(item.mean)


def test_an_export_is_of_one_moment_whatever_happens_meanwhile(any_database: Flask, tmp_path: Path) -> None:
    collection = reconstruction.store()

    class Interrupted(CsvBook):
        """Once the data is written, someone else excludes every form."""

        def write(self, name: str, rows: Any) -> Written:
            if name == "Judgements":
                other = threading.Thread(target=exclude_all)
                other.start()
                other.join()
            return super().write(name, rows)

    def exclude_all() -> None:
        with any_database.app_context():
            for each in db.session.query(Response):
                judge.exclude_form(each, "someone@example.org", "meanwhile")
            db.session.commit()

    file = tmp_path / "data.csv"
    exporting.export(collection, Wanted(), Interrupted(beside(file, exporting.DATA)), "test")
    sheets = read_back(file)

    assert notes(sheets)["Forms excluded"] == "2"
    assert sum(r["form.state"] == "excluded" for r in as_dicts(sheets["Data"])) == 2
    assert "meanwhile" not in {r["reason"] for r in as_dicts(sheets["Judgements"])}
    assert collect(collection).forms.excluded == 40


# Safe to open --------------------------------------------------------------------------------------------------------

#: What people write, and whether a spreadsheet would run it.
TEXTS = (
    ("=1+1", True),
    ("+1+1", True),
    ("-1+1", True),
    ("@SUM(1,2)", True),
    ("=cmd|' /C calc'!A0", True),
    ('=HYPERLINK("http://example.org","x")', True),
    ("=1+1\nsecond line", True),
    ("'=1+1", True),
    ("\uff1d1+1", True),
    ("\uff0b1+1", True),
    ("\uff0d1+1", True),
    ("\uff20SUM(1,2)", True),
    ("+66 2 123 4567", True),
    ("- better training\n- more money", True),
    ("-2.5", False),
    ("\u22122.5", False),
    ("+1", False),
    ("-12%", False),
    ("2.5", False),
    ("'quoted'", False),
    ("a = b", False),
    ("NO ANSWER", False),
    ('"; DROP TABLE x', False),
    ("_x0041_", False),
    ("<script>alert(1)</script> & more", False),
)
BEFORE_CLEANING = (("\t=1+1", True), ("\r=1+1", True), ("  =1+1", True), ("\u00a0=1+1", True), ("\tword", True))


@pytest.mark.parametrize(("text", "dangerous"), TEXTS + BEFORE_CLEANING)
def test_what_would_be_run_is_defused_and_can_be_undone(text: str, dangerous: bool) -> None:
    assert runs(text) == dangerous
    assert defused(text) == (f"'{text}" if dangerous else text)
    shown = defused(text)
    assert (shown[1:] if shown[0] == "'" and runs(shown[1:]) else shown) == text


def send(collection: Collection, number: int, language: str = "en", **sent: str) -> None:
    kept = intake.receive(
        collection, {name: [text] for name, text in sent.items()}, submission=f"{number:08}", language=language
    )
    assert isinstance(kept, intake.Kept)


def exported(app: Flask, code: str, folder: Path) -> Iterator[tuple[str, Path]]:
    for form in exporting.FORMATS:
        for shape in exporting.SHAPES:
            file = folder / f"{shape}.{form}"
            run(app, code, "--format", form, "--shape", shape, "--output", str(file))
            yield shape, file


def texts_in(sheets: Sheets, shape: str) -> list[Cell]:
    rows = as_dicts(sheets["Data"])
    return (
        [r["objective"] for r in rows] if shape == "wide" else [r["text"] for r in rows if r["variable"] == "objective"]
    )


def test_every_text_comes_back_as_written_from_every_export(app: Flask, collection: Collection, tmp_path: Path) -> None:
    for number, (text, _) in enumerate(TEXTS):
        send(collection, number, objective=text, organisation=text, improve="x")

    for shape, file in exported(app, "border", tmp_path):
        found = texts_in(read_back(file), shape)
        for (text, dangerous), cell in zip(TEXTS, found, strict=True):
            expected = f"'{text}" if file.suffix == ".csv" and dangerous else text
            if text == "NO ANSWER" and shape == "wide":
                expected = "'NO ANSWER"
            assert cell == expected, (file.name, text)


OFFICE = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"


def convert(libreoffice: str, folder: Path, to: str, *files: Path, reading: Sequence[str] = ()) -> None:
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        libreoffice,
        profile,
        "--headless",
        *reading,
        "--convert-to",
        to,
        "--outdir",
        str(folder),
        *map(str, files),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=240)


@pytest.mark.libreoffice
def test_in_libreoffice_nothing_computes_and_every_script_survives(
    app: Flask, collection: Collection, libreoffice: str, tmp_path: Path
) -> None:
    scripts = {tag: collection.revision(tag).wording.label("improve") for tag in collection.languages}
    assert len(scripts) == 6
    for number, (tag, text) in enumerate(scripts.items()):
        send(collection, number, tag, objective=f"{text}\n{text}", trained="yes", trained_times="3")
    for number, (text, _) in enumerate(TEXTS, len(scripts)):
        send(collection, number, objective=text, trained="yes", trained_times="3")
    files = dict(exported(app, "border", tmp_path))
    sources = [tmp_path / f"{shape}.{form}" for shape in files for form in exporting.FORMATS]
    for source in sources:
        shutil.copy(source, tmp_path / f"{source.suffix[1:]}-{source.name}")

    ours = [tmp_path / f"{s.suffix[1:]}-{s.name}" for s in sources]
    out = tmp_path / "out"
    out.mkdir()
    convert(libreoffice, out, "xlsx:Calc MS Excel 2007 XML", *(p for p in ours if p.suffix == ".csv"),
            reading=["--infilter=CSV:44,34,76"])  # fmt: skip
    convert(libreoffice, out, OFFICE, *(p for p in ours if p.suffix == ".xlsx"))

    for shape in exporting.SHAPES:
        # The office opened our CSV file and wrote what it understood: from_xlsx fails on any formula in it.
        # It writes _x0041_ as it stands.
        opened = {
            "Data": next(iter(from_xlsx(out / f"csv-{shape}.xlsx", read=lambda c: "" if c is None else c).values()))
        }
        written = {"Data": from_csv_plain(out / f"xlsx-{shape}.csv")}
        found, shown = texts_in(opened, shape), texts_in(written, shape)
        expected = [f"{text}\n{text}" for text in scripts.values()] + [text for text, _ in TEXTS]
        for text, ours_opened, ours_written in zip(expected, found, shown, strict=True):
            apostrophe = runs(text)
            marked = f"'{text}" if text == "NO ANSWER" and shape == "wide" else text
            if isinstance(ours_opened, str):
                assert ours_opened == (f"'{text}" if apostrophe else marked)
            else:
                assert float(ours_opened) == pytest.approx(float(text.rstrip("%")) / (100 if "%" in text else 1))
            assert ours_written == marked
        numbers = answers(opened, shape, "trained_times")
        assert {cell for cell, _ in numbers} == {3}


def from_csv_plain(file: Path) -> list[list[Cell]]:
    return [list(row) for row in csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline=""))]


def test_numbers_stay_numbers_and_what_no_file_takes_is_made_visible(tmp_path: Path) -> None:
    row: list[Cell] = [-2.5, 0, 1e-7, "a\x00b\x1fc", "\ud800", "a\r\nb", None]
    book = XlsxBook(tmp_path / "x.xlsx")
    book.write("Data", [["h"] * 7, row])
    book.close()
    visible = ["a\u2400b\u241fc", "\ufffd", "a\nb"]

    assert from_xlsx(tmp_path / "x.xlsx")["Data"][1] == [-2.5, 0, 1e-7, *visible, ""]
    assert next(csv.reader(io.StringIO(csv_text([row]), newline=""))) == ["-2.5", "0", "1e-07", *visible, ""]


def test_text_too_long_for_a_cell_is_cut_and_counted(tmp_path: Path) -> None:
    # A character outside the basic plane takes two of the 32,767 places.
    texts = ["x" * 32_767, "x" * 32_768, "\U0001f600" * 20_000]
    book = XlsxBook(tmp_path / "x.xlsx")
    written = book.write("Data", [["a", "b", "c"], texts])
    book.close()

    found = [str(cell) for cell in from_xlsx(tmp_path / "x.xlsx")["Data"][1]]
    assert written.cut == 2
    assert found[0] == texts[0]
    for cell, text in zip(found[1:], texts[1:], strict=True):
        assert cell.endswith(spreadsheets.CUT)
        assert text.startswith(cell.removesuffix(spreadsheets.CUT))
        assert 32_700 < len(cell.encode("utf-16-le")) / 2 <= 32_767


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "ROWS", 10)
    book = XlsxBook(tmp_path / "x.xlsx")
    written = book.write("Data", [["n"], *([n] for n in range(25))])
    book.close()

    sheets = from_xlsx(tmp_path / "x.xlsx")
    assert {name: len(rows) for name, rows in sheets.items()} == {"Data": 10, "Data 2": 10, "Data 3": 8}
    rows = sheets["Data"] + sheets["Data 2"][1:] + sheets["Data 3"][1:]
    assert rows == [["n"], *([n] for n in range(25))]
    assert (written.rows, written.digest) == (25, digest_of(rows))


@pytest.mark.parametrize("form", exporting.FORMATS)
def test_writers_hold_little_however_much_they_write(tmp_path: Path, form: str) -> None:
    book = CsvBook(beside(tmp_path / "x.csv", "Data")) if form == "csv" else XlsxBook(tmp_path / "x.xlsx", tmp_path)
    tracemalloc.start()
    book.write("Data", ([f"{n} " + "ខ" * 2000] for n in range(10_000)))
    if isinstance(book, XlsxBook):
        book.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 5_000_000  # of 60 MB that were written


# Who may take what away ----------------------------------------------------------------------------------------------


def token(client: FlaskClient, address: str = "/evaluate/mekong-2003/export") -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def download(client: FlaskClient, address: str, form: dict[str, Any]) -> bytes:
    """Return what comes back as a file."""
    with client.post(f"/evaluate/mekong-2003/{address}", data=form) as answer:
        assert answer.status_code == 200
        return answer.data


def last_entries(count: int) -> list[LogEntry]:
    return db.session.query(LogEntry).order_by(LogEntry.number.desc()).limit(count).all()[::-1]


@pytest.fixture
def signed_in(filled_app: Flask, sign_in: Callable[..., User]) -> tuple[FlaskClient, User]:
    client = filled_app.test_client()
    return client, sign_in(client, "evaluator")


@pytest.mark.parametrize(("form", "shape", "values"), ASKED_FOR[::3])
def test_an_evaluator_takes_the_data_away_in_the_browser(
    filled_app: Flask, signed_in: tuple[FlaskClient, User], form: str, shape: str, values: str
) -> None:
    client, user = signed_in
    before = set(Path(filled_app.instance_path).iterdir())

    chosen = {"csrf_token": token(client), "format": form, "shape": shape, "values": values, "language": "en"}
    answer = client.post("/evaluate/mekong-2003/export", data=chosen)

    assert answer.status_code == 200
    assert f"mekong-2003-{shape}" in answer.headers["Content-Disposition"]
    sheets = from_zip(answer.data) if form == "csv" else from_xlsx(io.BytesIO(answer.data))
    answer.close()
    check_figures(sheets, shape, values, collect(collections.find("mekong-2003")))
    assert digest_of(sheets["Data"]) == notes(sheets)["Digest of Data"]
    assert "Identities" not in sheets
    (entry,) = last_entries(1)
    assert (entry.who, entry.what, entry.about) == (user.email, "exported responses", "collection mekong-2003")
    assert set(Path(filled_app.instance_path).iterdir()) == before


def test_what_was_tampered_with_takes_nothing_away(signed_in: tuple[FlaskClient, User]) -> None:
    client, _ = signed_in
    good = {"csrf_token": token(client)}
    before = db.session.query(LogEntry).count()

    for wrong in ({"format": "exe"}, {"shape": "round"}, {"language": "de"}, {"country": "atlantis"}):
        answer = client.post("/evaluate/mekong-2003/export", data={**good, **wrong})
        assert answer.status_code == 422
        assert f"Not known here: {next(iter(wrong.values()))}" in answer.text
    assert client.post("/evaluate/mekong-2003/export", data={"format": "csv"}).status_code == 400
    assert db.session.query(LogEntry).count() == before


def test_an_evaluator_for_one_country_takes_away_its_forms_alone(
    filled_app: Flask, sign_in: Callable[..., User]
) -> None:
    client = filled_app.test_client()
    sign_in(client, "evaluator", country="myanmar")
    form = {"csrf_token": token(client), "format": "csv", "reason": "To call them about the meeting."}

    for address in ("export", "export/identities"):
        sheets = from_zip(download(client, address, form))
        rows = as_dicts(sheets["Data"])
        mine = {row["form"] for row in rows}
        assert len(rows) == 3
        assert {row["form.country"] for row in rows} == {"myanmar"}
        assert notes(sheets)["Forms received"] == "3"
        for sheet in ("Judgements", "Identities"):
            assert {row["form"] for row in as_dicts(sheets.get(sheet, [["form"]]))} <= {*mine, "all"}
    assert client.post("/evaluate/mekong-2003/export", data={**form, "country": "thailand"}).status_code == 422


def test_chosen_countries_alone_are_taken_away(signed_in: tuple[FlaskClient, User]) -> None:
    client, _ = signed_in
    form = {"csrf_token": token(client), "format": "csv", "country": ["myanmar", "lao_pdr"]}

    sheets = from_zip(download(client, "export", form))

    assert {row["form.country"] for row in as_dicts(sheets["Data"])} == {"myanmar", "lao_pdr"}
    assert notes(sheets)["Countries"] == "lao_pdr, myanmar"


def everything_in(file: Path) -> str:
    """Return all that is in a file, unpacked."""
    if file.suffix == ".csv":
        return file.read_text("utf-8")
    with zipfile.ZipFile(file) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_who_sent_a_form_is_in_no_export_unless_asked_for_with_a_reason(filled_app: Flask, tmp_path: Path) -> None:
    (folder := tmp_path / "out").mkdir()
    for form in exporting.FORMATS:
        for shape in exporting.SHAPES:
            take_away(filled_app, folder / f"{shape}.{form}", "--shape", shape)
    assert len(list(folder.iterdir())) == 10
    for file in folder.iterdir():
        assert "Synthetic person" not in everything_in(file), file.name

    reason = ("--with-identities", "--reason", "To invite them to the next meeting.")
    for form in exporting.FORMATS:
        sheets = take_away(filled_app, tmp_path / f"named.{form}", *reason)
        people = as_dicts(sheets["Identities"])
        assert len(people) == 40
        assert people[0]["form"] in (1, "1")
        assert str(people[0]["Name"]).startswith("Synthetic person")
        assert not any("Synthetic person" in str(cell) for row in sheets["Data"] for cell in row)
        one, other = last_entries(2)
        assert (one.what, other.what) == ("exported responses", "exported identities")
        assert other.why == "To invite them to the next meeting."
        assert "Synthetic person" not in one.why + other.why


@pytest.mark.parametrize(
    "without", [("--with-identities",), ("--with-identities", "--reason", "short"), ("--reason", "long enough")]
)
def test_names_need_a_reason(filled_app: Flask, tmp_path: Path, without: tuple[str, ...]) -> None:
    command = ["--instance", filled_app.instance_path, "export", "mekong-2003", "--output", str(tmp_path / "x.csv")]
    result = CliRunner().invoke(main, [*command, *without])

    assert result.exit_code == 1
    assert "10 to 500 characters" in result.output
    assert not (tmp_path / "x.csv").exists()


def test_in_the_browser_names_need_a_reason_and_nothing_chosen_is_lost(signed_in: tuple[FlaskClient, User]) -> None:
    client, user = signed_in
    form = {"csrf_token": token(client), "format": "csv", "shape": "long", "reason": "short"}

    refused = client.post("/evaluate/mekong-2003/export/identities", data=form)
    assert refused.status_code == 422
    assert 'value="short"' in refused.text
    assert 'name="shape" value="long" checked' in refused.text

    sheets = from_zip(download(client, "export/identities", {**form, "reason": "To return the results."}))
    assert len(sheets["Identities"]) == 41
    assert [(e.who, e.what) for e in last_entries(2)] == [
        (user.email, "exported responses"),
        (user.email, "exported identities"),
    ]
