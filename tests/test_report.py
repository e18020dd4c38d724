"""The report: each number with its source, as HTML and DOCX, frozen and counted again; long work; the guided visit."""

import csv
import io
import json
import re
import shutil
import subprocess
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import docx
import pytest
from click.testing import CliRunner, Result
from docx.oxml.ns import qn
from flask import Flask
from flask.testing import FlaskClient

from surveytool import collections, intake, reporting, tasks, withdrawals
from surveytool.cli import main
from surveytool.judge import translating
from surveytool.models import Answer, Collection, Report, Response, Task, User, db
from surveytool.models.base import now
from surveytool.reporting import Settings, frozen, pictures
from surveytool.results import as_json, collect, shown
from surveytool.tabulate import RECEIVED, Filter

KHMER = "ត្រូវពង្រឹងកិច្ចសហប្រតិបត្តិការឆ្លងដែនប្រឆាំងនឹងអំពើជួញដូរមនុស្ស"
BURMESE = "လူကုန်ကူးမှု တားဆီးကာကွယ်ရေး ပူးပေါင်းဆောင်ရွက်မှုကို မြှင့်တင်ရန် လိုအပ်သည်"
CODE = "mekong-2003"


# Reading a report back ------------------------------------------------------------------------------------------------


class Read(HTMLParser):
    """What a reader of the HTML sees: the numbers in the text by where they lead, and the list of sources."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cited: list[tuple[str, str]] = []
        self.sources: dict[str, list[str]] = {}
        self.text: list[str] = []
        self._link = self._row = ""
        self._cells: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "a" and about.get("class") == "number-of":
            self._link = str(about["href"]).removeprefix("#")
        if tag == "tr" and re.fullmatch(r"f\d+", about.get("id") or ""):
            self._row, self._cells = str(about["id"]), []
        if tag in ("td", "th") and self._row:
            self._cells.append("")

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._link:
            self.cited.append((self._link, data))
        elif self._row and self._cells:
            self._cells[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = ""
        if tag == "tr" and self._row:
            self.sources[self._row], self._row = [cell.strip() for cell in self._cells], ""

    @property
    def figures(self) -> dict[str, str]:
        """The numbers as printed, by the id of the figure."""
        return {cells[0]: cells[1] for cells in self.sources.values()}


def expected(results: Mapping[str, Any], countries: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what `results --format json` says, by the ids that the report calls the same numbers by."""
    for name in ("received", "excluded", "valid", "withdrawn"):
        yield f"forms.{name}", str(results["forms"][name])
    for number, item in results["items"].items():
        yield f"{number}.excluded", str(item["in_excluded_forms"])
        yield from ((f"{number}.{kind}", str(n)) for kind, n in item["missing"].items())
        if "invalid" in item:
            continue
        yield f"{number}.n", str(item["n"])
        yield from ((f"{number}.count.{code}", str(n)) for code, n in item["counts"].items())
        if item["mean"] is not None and item["kind"] != "yes_no":
            yield f"{number}.mean", shown(item["mean"])
            yield f"{number}.sd", shown(item["sd"])
        if item["ci95"] and item["kind"] != "yes_no":
            yield f"{number}.ci95.low", shown(item["ci95"][0])
    for number, tallies in results["tallies"].items():
        for where, table in tallies.items():
            yield from ((f"{number}.{countries.get(where, where)}.count.{code}", str(n)) for code, n in table.items())


def run(instance: Path, *args: str | Path) -> Result:
    return CliRunner().invoke(main, ["--instance", str(instance), *map(str, args)], catch_exceptions=False)


@pytest.fixture
def instance(filled_instance: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled_instance, tmp_path / "instance"))


@pytest.fixture
def bundle(filled_app: Flask) -> bytes:
    return frozen.freeze(collections.find(CODE), Settings(), "Annex 4", "tester").bundle


def changed(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """Return a bundle with one part changed, as someone might who does not touch the manifest."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, change(text) if name == part else text)
    assert written.getvalue() != content
    return written.getvalue()


def answer(collection: Collection, language: str, country: str, **given: str) -> Response:
    sent = {"country": [country], "trained": ["no"], "conducive": ["yes"]} | {k: [v] for k, v in given.items()}
    outcome = intake.receive(collection, sent, submission=str(uuid.uuid4()), language=language)
    assert outcome.response is not None
    return outcome.response


# What it says ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [Settings(), Settings(Filter(stand=RECEIVED)), Settings(Filter(("viet_nam",)))])
def test_every_number_of_the_report_is_the_one_that_results_give(shared_app: Flask, settings: Settings) -> None:
    collection = collections.find(CODE)
    document = reporting.compose(collection, settings)
    with shared_app.test_request_context():
        page = reporting.write(document, "html", with_pictures=False).content.decode()
    read, results = Read(page), as_json(collect(collection, settings.where))
    named = collection.version.questionnaire.items["country"].codes  # type: ignore[union-attr]
    english = collection.revision("en").wording
    countries = {english.choice("country", code): code for code in named}

    assert len(read.cited) > 400
    for place, text in read.cited:
        assert read.sources[place][1] == text, "a number in the text is the one that its source has"
    found = dict(expected(results, countries))
    assert {id_: read.figures[id_] for id_ in found if id_ in read.figures} == {
        id_: found[id_] for id_ in found if id_ in read.figures
    }
    ours = {id_ for id_ in read.figures if re.search(r"\.(n|count\.[^.]+|mean|sd)$", id_)}
    assert ours - found.keys() == set(), "and none is there that results do not give"


def test_a_source_says_item_filter_base_and_n(shared_app: Flask) -> None:
    document = reporting.compose(collections.find(CODE), Settings(Filter(("viet_nam",))))
    mean = document.figures["21a.mean"]

    assert (mean.item, mean.variable, mean.base, mean.n) == ("21a", "coordination_national", "answered", mean.n)
    assert document.filtered == "from Viet Nam"
    whole = reporting.compose(collections.find(CODE), Settings()).figures["21a body.thailand.count.DSDW"]
    assert (whole.shown, whole.part, whole.base) == ("3", "country: Thailand", "people who named at least one")


def test_it_opens_with_what_was_received_and_left_out_and_how_translations_were_reviewed(
    evaluator: FlaskClient,
) -> None:
    page = evaluator.get(f"/evaluate/{CODE}/report").text

    assert "Synthetic data" in page
    assert "Nearly empty: beyond the general information it only announces another form." in page
    assert "machine-drafted; awaits a native reader&#39;s review" in page
    assert "as validated" in page
    assert "Figures are as received" in evaluator.get(f"/evaluate/{CODE}/report?as=received").text


def test_a_plan_or_a_list_of_items_gives_the_order(shared_app: Flask) -> None:
    collection = collections.find(CODE)

    def headings(**chosen: Any) -> list[str]:
        blocks = reporting.compose(collection, Settings(**chosen)).blocks
        return [str(block.text[0]) for block in blocks if isinstance(block, reporting.document.Heading)]

    assert headings(items=("26", "9")) == [
        "About this report",
        "Results",
        "26. Importance of prevention",
        "9. Skills training received",
    ]
    assert headings(plan="synthesis")[1:3] == ["Skills training", "9. Skills training received"]
    assert headings(plan="form")[1] == "A. General information"
    assert len(headings()) > len(headings(plan="synthesis"))


def test_choices_stand_in_the_language_asked_for_and_the_report_says_that_the_prose_does_not(shared_app: Flask) -> None:
    collection = collections.find(CODE)
    document = reporting.compose(collection, Settings(language="km"))
    with shared_app.test_request_context():
        page = reporting.write(document, "html", with_pictures=False).content.decode()

    assert f'<span lang="km">{collection.revision("km").wording.choice("useful", "3")}</span>' in page
    assert "Questions and choices are in Khmer" in page


def test_words_are_quoted_in_translation_with_the_original_and_with_what_is_wrong_with_either(
    app: Flask, collection: Collection
) -> None:
    khmer = answer(collection, "km", "cambodia", improve=KHMER)
    burmese = answer(collection, "my", "myanmar", improve=BURMESE)
    answer(collection, "en", "myanmar", improve="More shelters.")
    old = answer(collection, "lo", "lao_pdr", improve="ເດີມ")
    made = translating.translate(khmer, "improve", "Strengthen cross-border cooperation.", "translator@example.org")
    translating.approve(made, "second@example.org")
    translating.translate(old, "improve", "As it was.", "translator@example.org")
    made_from = db.session.scalars(db.select(reporting.quotes.translating.Translation)).all()
    made_from[-1].source = "of other words"
    db.session.commit()

    quotes = reporting.compose(collection, Settings(items=("25",), quotes=9)).blocks
    quoted = {q.language + (q.original_language or ""): q for q in quotes if isinstance(q, reporting.document.Quote)}

    assert (quoted["enkm"].text, quoted["enkm"].original, quoted["enkm"].note) == (made.text, KHMER, "")
    assert quoted["enlo"].note == "translation out of date"
    assert (quoted["my"].text, quoted["my"].note) == (burmese.answers and BURMESE, "not translated")
    assert (quoted["en"].text, quoted["en"].note) == ("More shelters.", "")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("as=yesterday", "&#39;yesterday&#39; is no such moment"),
        ("plan=none", "There is no plan &#39;none&#39;"),
        ("items=99", "The report has no item &#39;99&#39;"),
        ("in=fr", "There is no wording in &#39;fr&#39;"),
        ("quotes=400", "From 0 to 20 answers"),
        ("country=atlantis", "Not known and left out of the filter: atlantis."),
    ],
)
def test_what_is_asked_for_wrongly_is_said_and_the_rest_shown(
    shared_app: Flask, sign_in: Callable[..., User], asked: str, says: str
) -> None:
    client = shared_app.test_client()
    sign_in(client, "evaluator")

    answered = client.get(
        f"/evaluate/{CODE}/report?{asked}&items=26" if "items" not in asked else f"/evaluate/{CODE}/report?{asked}"
    )

    assert (answered.status_code, says in answered.text) == (200, True)
    assert "Importance of prevention" in answered.text


# As files -------------------------------------------------------------------------------------------------------------


def test_the_docx_has_heading_styles_repeated_heads_and_links_that_lead_somewhere(
    instance: Path, tmp_path: Path
) -> None:
    file = tmp_path / "report.docx"
    done = run(instance, "report", CODE, "--format", "docx", "--output", file, "--no-pictures")
    opened = docx.Document(str(file))

    assert done.exit_code == 0
    assert "figures, each with its source" in done.output
    styles = {p.style.name for p in opened.paragraphs if p.style}
    assert {"Title", "Heading 1", "Heading 2", "Caption"} <= styles
    assert "Synthetic data" in opened.sections[0].header.paragraphs[0].text
    body = opened.element.body
    anchors = {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))}
    marks = {mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))}
    assert anchors
    assert anchors == marks
    for table in opened.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_scripts_that_word_calls_complex_have_their_font_and_their_mark(app: Flask, collection: Collection) -> None:
    answer(collection, "km", "cambodia", improve=f"{KHMER} (IOM) & <others>")
    answer(collection, "my", "myanmar", improve=BURMESE)
    document = reporting.compose(collection, Settings(items=("25",)))
    opened = docx.Document(io.BytesIO(reporting.write(document, "docx", with_pictures=False).content))
    runs = [run for paragraph in opened.paragraphs for run in paragraph.runs]

    for text, font in ((KHMER, "Noto Sans Khmer"), (BURMESE, "Noto Sans Myanmar")):
        marked = next(run for run in runs if text in run.text)
        fonts = marked._r.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:cs")) == font
        assert marked._r.rPr.find(qn("w:cs")) is not None
    assert any(f"{KHMER} (IOM) & <others>" in paragraph.text for paragraph in opened.paragraphs)


@pytest.mark.libreoffice
def test_libreoffice_opens_the_docx_and_keeps_every_script_and_number(
    app: Flask, collection: Collection, libreoffice: str, tmp_path: Path
) -> None:
    import pypdfium2

    answer(collection, "km", "cambodia", improve=KHMER)
    answer(collection, "my", "myanmar", improve=BURMESE)
    document = reporting.compose(collection, Settings(items=("25", "13")))
    (tmp_path / "report.docx").write_bytes(reporting.write(document, "docx", with_pictures=False).content)
    command = [libreoffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(tmp_path / "report.docx")],
        check=True,
        capture_output=True,
        timeout=180,
    )
    pdf = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    text = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    squeezed = re.sub(r"\s", "", text)

    assert "Sources of figures" in text
    assert "2 of 2 respondents said what could or needs to be improved." in " ".join(text.split())
    # Whole words as they were shaped: where a glyph were missing, its letters would be too.
    for words in (KHMER[:5], BURMESE[:5]):
        assert set(words) <= set(squeezed)


def test_without_the_extra_for_pictures_the_files_say_so_with_the_line_that_installs_it(
    shared_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "available", lambda: False)
    document = reporting.compose(collections.find(CODE), Settings(items=("26",)))
    with shared_app.test_request_context():
        page = reporting.write(document, "html").content.decode()

    assert "pip install &#39;surveytool[pictures]&#39;" in page
    assert "<img" not in page
    assert "http" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S), "the file needs nothing from elsewhere"


@pytest.mark.chromium
@pytest.mark.pictures
def test_pictures_stand_in_both_files(shared_app: Flask) -> None:
    document = reporting.compose(collections.find(CODE), Settings(items=("26",)))
    drawn = pictures.drawn(document.pictures)
    with shared_app.test_request_context():
        page = reporting.files.html.file(document, drawn).decode()
    opened = docx.Document(io.BytesIO(reporting.files.docx.file(document, drawn)))

    assert page.count('src="data:image/png;base64,') == len(drawn) == 1
    assert len(opened.inline_shapes) == 1


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--output", "r.html", "--as", "never"), "'never' is no such moment"),
        (("--output", "r.html", "--items", "9,99"), "no item '99'"),
        (("--output", "r.html", "--language", "fr"), "no wording in 'fr'"),
        (("--output", "r.html", "--country", "x"), "country 'x'"),
        ((), "--output FILE"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(instance: Path, asked: tuple[str, ...], says: str) -> None:
    done = run(instance, "report", CODE, *asked)

    assert done.exit_code == 1
    assert says in done.output
    assert done.output.count("\n") == 1


# Frozen ---------------------------------------------------------------------------------------------------------------


def test_a_bundle_counts_every_figure_again_and_holds_no_number_of_a_form_and_no_words(bundle: bytes) -> None:
    opened = reporting.open_bundle(bundle)

    verdict = reporting.verify(opened)

    assert (verdict.holds, verdict.figures) == (True, len(opened.document().figures))
    whole = zipfile.ZipFile(io.BytesIO(bundle))
    answers = whole.read("data/answers.csv").decode()
    sent = db.session.scalars(db.select(Answer.text).where(Answer.text.is_not(None))).all()
    assert not [text for text in sent if len(text) > 12 and text in answers]
    ids = {str(id_) for id_ in db.session.scalars(db.select(Response.id))}
    assert not ids & {row[0] for row in csv.reader(io.StringIO(whole.read("data/forms.csv").decode()))}


@pytest.mark.parametrize(
    "settings",
    [
        Settings(Filter(stand=RECEIVED), plan="form"),
        Settings(Filter(("thailand",), modes=("paper",), answers=(("trained", "yes"),)), language="my"),
        Settings(Filter(stand=now()), items=("21a body",)),
    ],
)
def test_a_bundle_of_any_choice_verifies(shared_app: Flask, settings: Settings) -> None:
    report = frozen.freeze(collections.find(CODE), settings, "Any", "tester")

    assert reporting.verify(reporting.open_bundle(report.bundle)).holds


def test_a_changed_answer_is_found_with_the_figures_that_it_changes(bundle: bytes) -> None:
    def one_more(text: str) -> str:
        head, first, *rest = text.split("\n")
        cells, place = first.split(","), head.split(",").index("prevention_important")
        cells[place] = "0" if cells[place] != "0" else "4"
        return "\n".join([head, ",".join(cells), *rest])

    verdict = reporting.verify(reporting.open_bundle(changed(bundle, "data/answers.csv", one_more)))

    assert not verdict.holds
    assert [fault.split(" ")[0] for fault in verdict.faults] == ["data/answers.csv"]
    assert {"26.mean", "26.count.0"} <= {each.figure.id for each in verdict.differing}
    assert {each.figure.item for each in verdict.differing} == {"26"}


def test_a_changed_figure_is_named(bundle: bytes) -> None:
    def better(text: str) -> str:
        figures = json.loads(text)
        next(f for f in figures if f["id"] == "9.count.yes").update(value=35, shown="35")
        return json.dumps(figures)

    verdict = reporting.verify(reporting.open_bundle(changed(bundle, "figures.json", better)))

    assert [each.figure.id for each in verdict.differing] == ["9.count.yes"]
    assert "35 in the report, is 31 by the data" in str(verdict.differing[0])


def test_the_command_verifies_names_what_differs_and_fails(instance: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "r.zip", tmp_path / "other.zip"
    made = run(instance, "report", CODE, "--freeze", file)
    other.write_bytes(
        changed(file.read_bytes(), "data/codings.csv", lambda text: "\n".join(text.split("\n")[:-3]) + "\n")
    )

    well, ill = run(instance, "report", "verify", file), run(instance, "report", "verify", other)

    assert made.exit_code == well.exit_code == 0
    assert "All 6" in well.output
    assert "Made today, the report would have the same figures." in well.output
    assert ill.exit_code == 1
    assert "DIFFERS" in ill.output
    assert "data/codings.csv is not as it was" in ill.output


def test_a_bundle_is_verified_where_there_is_no_database(instance: Path, tmp_path: Path) -> None:
    file = tmp_path / "r.zip"
    run(instance, "report", CODE, "--freeze", file)

    done = run(tmp_path / "nowhere", "report", "verify", file)

    assert (done.exit_code, "All 6" in done.output) == (0, True)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("content", [b"", b"PK nonsense", b"hello"])
def test_what_is_no_bundle_is_refused_in_one_line(instance: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)

    done = run(instance, "report", "verify", tmp_path / "x.zip")

    assert (done.exit_code, "no bundle" in done.output) == (1, True)


def test_forms_withdrawn_since_are_named_with_the_figures_that_would_be_others(
    filled_app: Flask, bundle: bytes
) -> None:
    collection, opened = collections.find(CODE), reporting.open_bundle(bundle)
    gone = db.session.scalars(db.select(Response).where(Response.country == "cambodia")).first()
    assert gone is not None
    withdrawals.withdraw(gone, "respondent", "Asked for.")
    db.session.commit()

    since = reporting.since(opened, collection)

    assert [country for _, country in since.withdrawn] == ["cambodia"]
    today = {each.figure.id: (each.figure.shown, each.now) for each in since.changed}
    assert today["forms.valid"] == ("38", "37")
    assert today["forms.withdrawn"] == ("0", "1")
    assert reporting.verify(opened).holds, "the frozen report itself is what it was"


def test_words_of_a_withdrawn_form_are_no_longer_shown_in_a_frozen_report(app: Flask, collection: Collection) -> None:
    said = answer(collection, "en", "myanmar", improve="Something that only one person would say.")
    report = frozen.freeze(collection, Settings(items=("25",)), "One", "tester")
    before = [b for b in frozen.document(report, collection).blocks if isinstance(b, reporting.document.Quote)]
    assert [q.text for q in before] == ["Something that only one person would say."]
    whole = zipfile.ZipFile(io.BytesIO(report.bundle))
    assert not [part for part in whole.namelist() if b"only one person" in whole.read(part)]
    withdrawals.withdraw(said, "respondent", "Asked for.")
    db.session.commit()

    quotes = [b for b in frozen.document(report, collection).blocks if isinstance(b, reporting.document.Quote)]

    assert [(q.text, q.note) for q in quotes] == [("…", "withdrawn by who wrote it")]


# In the browser -------------------------------------------------------------------------------------------------------


def post(client: FlaskClient, address: str, **data: str) -> Any:
    client.application.config["WTF_CSRF_ENABLED"] = False
    return client.post(address, data=data)


def test_a_report_is_frozen_read_verified_taken_away_and_deleted(filled_app: Flask, evaluator: FlaskClient) -> None:
    nameless = post(evaluator, f"/evaluate/{CODE}/report/freeze?as=received", title=" ")
    assert (nameless.status_code, "Please give it a title" in nameless.text) == (422, True)

    made = post(evaluator, f"/evaluate/{CODE}/report/freeze?as=received", title="Annex 4")
    page = evaluator.get(made.headers["Location"]).text
    assert "Annex 4" in page
    assert "as received" in page
    assert "Synthetic data" in page
    assert Read(page).figures["forms.valid"] == "40"

    base = made.headers["Location"]
    verified = post(evaluator, f"{base}/verify").text
    assert re.search(r"All \d+ figures are what the data of the bundle says", verified)
    taken = post(evaluator, f"{base}/file", format="bundle")
    assert reporting.open_bundle(taken.data).digest in page
    for form in ("docx", "html"):
        file = post(evaluator, f"{base}/file", format=form, pictures="no")
        assert file.headers["Content-Disposition"] == f"attachment; filename={CODE}-report-1.{form}"
    assert post(evaluator, f"{base}/file", format="pdf").status_code == 400

    short = post(evaluator, f"{base}/delete", reason="no")
    assert (short.status_code, "nothing was deleted" in short.text) == (422, True)
    post(evaluator, f"{base}/delete", reason="Made by mistake, nobody has it.")
    assert evaluator.get(base).status_code == 404
    assert db.session.scalar(db.select(Report)) is None


def test_a_country_limited_evaluator_reads_that_country_and_freezes_nothing(
    filled_app: Flask, sign_in: Callable[..., User]
) -> None:
    client = filled_app.test_client()
    sign_in(client, "evaluator", country="viet_nam")

    figures = Read(client.get(f"/evaluate/{CODE}/report").text).figures

    assert figures["forms.received"] == "9"
    assert "forms.country.thailand.received" not in figures
    assert post(client, f"/evaluate/{CODE}/report/freeze", title="Mine").status_code == 403
    file = post(client, f"/evaluate/{CODE}/report/file?country=thailand", format="html", pictures="no")
    assert Read(file.text).figures["forms.received"] == "9"


# Long work ------------------------------------------------------------------------------------------------------------


def finished(client: FlaskClient, address: str) -> Any:
    """Look at long work until it is done, as its page does by itself."""
    for _ in range(600):
        answered = client.get(address)
        if "http-equiv" not in answered.text:
            return answered
        time.sleep(0.1)
    raise AssertionError("the work never ended")


def test_a_large_report_is_long_work_that_can_be_left_and_its_file_taken_later(
    filled_app: Flask, evaluator: FlaskClient, sign_in: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveytool.evaluate.reports.views.LARGE", 10)

    begun = post(evaluator, f"/evaluate/{CODE}/report/file?{urlencode({'items': '26'})}", format="html", pictures="no")
    done = finished(evaluator, begun.headers["Location"])
    file = evaluator.get(f"{begun.headers['Location']}/file")

    assert "Take mekong-2003-report.html" in done.text
    assert Read(file.text).figures["26.n"] == "38"
    assert "report " in evaluator.get(f"/evaluate/{CODE}/report").text
    stranger = filled_app.test_client()
    sign_in(stranger, "evaluator")
    assert stranger.get(begun.headers["Location"]).status_code == 404

    frozen_one = post(evaluator, f"/evaluate/{CODE}/report/freeze", title="Large")
    assert "/reports/" in finished(evaluator, frozen_one.headers["Location"]).headers["Location"]
    verified = post(evaluator, f"/evaluate/{CODE}/reports/1/verify")
    assert "figures are what the data of the bundle says" in finished(evaluator, verified.headers["Location"]).text


def test_large_exports_the_rules_and_an_import_are_long_work_too_and_a_share_is_of_what_was_looked_at(
    filled_app: Flask, evaluator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room, name in (("exports", "LARGE_EXPORT"), ("judgements", "LARGE_RULES"), ("register", "LARGE_REGISTER")):
        monkeypatch.setattr(f"surveytool.evaluate.{room}.views.{name}", 1)
    at = f"/evaluate/{CODE}"

    begun = post(evaluator, f"{at}/export", format="csv", shape="wide").headers["Location"]
    assert "Take mekong-2003-wide.zip" in finished(evaluator, begun).text
    file = evaluator.get(f"{begun}/file")
    with zipfile.ZipFile(io.BytesIO(file.data)) as parts:
        assert max(len(parts.read(name).decode().splitlines()) for name in parts.namelist()) >= 41
    assert "Writing the data to be taken away, " in evaluator.get(f"{at}/export").text
    withdrawals.withdraw(db.session.get_one(Response, 30), "respondent", "Asked for with its receipt code.")
    db.session.commit()
    assert evaluator.get(f"{begun}/file").status_code == 404, "a file must not outlive a form that was withdrawn"
    named = post(evaluator, f"{at}/export/identities", format="csv", reason="To write to partners again.")
    assert named.status_code == 200, "who sent the forms is never kept with long work"
    named.close()

    assert "There are so many forms that this takes a while." in evaluator.get(f"{at}/rules").text
    looked = finished(evaluator, post(evaluator, f"{at}/rules", do="look").headers["Location"])
    assert "The rules find nothing that is not judged already." in evaluator.get(looked.headers["Location"]).text
    ran = post(evaluator, f"{at}/rules", reason="The questionnaire has new rules.").headers["Location"]
    assert "The rules found nothing new." in finished(evaluator, ran).text

    sheet = b"name,type,country,direct partner,other names\nHouse of Long Work,NGO,,no,\n"
    wrong = evaluator.post("/evaluate/register/import", data={"file": (io.BytesIO(sheet[:40]), "wrong.csv")})
    assert wrong.status_code == 422
    taken = evaluator.post("/evaluate/register/import", data={"file": (io.BytesIO(sheet), "new.csv")})
    assert "Added: 1; changed: 0" in finished(evaluator, taken.headers["Location"]).text
    assert "Taking a spreadsheet into the register, " in evaluator.get("/evaluate/register/import").text


def test_work_whose_worker_died_says_so_and_can_be_started_again(filled_app: Flask, evaluator: FlaskClient) -> None:
    with evaluator.session_transaction() as session:
        user = db.session.scalar(db.select(User).where(User.fs_uniquifier == session["_user_id"]))
    assert user is not None
    arguments = {"settings": Settings(items=("26",)).as_data(), "format": "docx", "pictures": False}
    collection = collections.find(CODE)
    dead = Task(kind="report", collection_id=collection.id, arguments=arguments, asked_by=user.email)
    dead.seen_at = now() - 2 * tasks.DEAD_AFTER
    db.session.add(dead)
    db.session.commit()
    address = f"/evaluate/{CODE}/tasks/{dead.id}"

    assert "The work stopped" in evaluator.get(address).text
    assert evaluator.get(f"{address}/file").status_code == 404
    post(evaluator, address)

    assert "Take mekong-2003-report.docx" in finished(evaluator, address).text


def test_work_that_fails_says_why_and_what_is_a_day_old_is_removed(filled_app: Flask) -> None:
    collection = collections.find(CODE)
    failed = tasks.start("verify report", collection.id, {"report_id": 99}, "tester@example.org")
    while (found := tasks.find(failed.id, "tester@example.org")) and tasks.state(found) == "working":
        time.sleep(0.05)
    assert found is not None
    assert (tasks.state(found), found.error) == ("failed", "This frozen report was deleted meanwhile.")

    found.finished_at = now() - 2 * tasks.KEPT
    db.session.commit()
    tasks.clean()

    assert tasks.find(failed.id, "tester@example.org") is None


# The guided visit -----------------------------------------------------------------------------------------------------


def test_the_guided_visit_leads_in_five_steps_to_the_report_and_is_for_the_reconstruction_alone(
    evaluator: FlaskClient,
) -> None:
    assert f"/evaluate/{CODE}/visit" in evaluator.get("/evaluate/").text
    page = evaluator.get(f"/evaluate/{CODE}/visit").text
    address, seen = re.findall(r'class="button" href="([^"]+tour=1[^"]*)"', page)[0], []
    while address:
        page = evaluator.get(address.replace("&amp;", "&")).text
        seen += re.findall(r"Guided visit, (\d) of 5: ([^<]+)<", page)
        address = (re.findall(r'class="button" href="([^"]+)">Next', page) or [""])[0]

    assert [int(number) for number, _ in seen] == [1, 2, 3, 4, 5]
    assert seen[-1][1] == "The report"
    assert "Leave the visit" in page
    assert "Guided visit" not in evaluator.get("/evaluate/demo/?tour=1").text
    assert evaluator.get("/evaluate/demo/visit").status_code == 404
