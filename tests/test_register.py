"""The register of organisations: taken in from a spreadsheet, matched to forms by a rule and by people, counted."""

import csv
import datetime
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from surveytool import collections, intake, register, tabulate
from surveytool.audit import audit, shipped_figures
from surveytool.cli import main
from surveytool.judge import affiliations, exclude_form
from surveytool.models import Affiliation, Collection, Invitation, Organisation, Response, db
from surveytool.withdrawals import withdraw
from tests.conftest import open_collection

SHEET = """name,type,country,direct partner,other names
Department of Social Welfare,Government,thailand,Yes,DSW; กรมสวัสดิการสังคม
World Vision,INGO,,no,WV|ទស្សនៈពិភពលោក
Women's Union,local NGO,Viet Nam,YES,Hội Phụ nữ
"""


def take_in(sheet: str, collection: Collection | None = None) -> register.Imported:
    """Take a spreadsheet in, as the command line does."""
    done = register.take_in(sheet.encode(), "tester", collection)
    db.session.commit()
    return done


def send(collection: Collection, organisation: str, country: str = "thailand", **more: Any) -> Response:
    """Send a form that names an organisation and one answer more, and return it as kept."""
    sent = {"organisation": [organisation], "country": [country], "gender": ["yes"]}
    number = len(db.session.scalars(sa.select(Response.id)).all())
    kept = intake.receive(collection, sent, submission=f"form-{number:08}", language="en", **more)
    assert isinstance(kept, intake.Kept)
    return kept.response


def organisation_of(response: Response) -> str | None:
    """Return the name of the organisation a form is held to be from."""
    live = sa.select(Affiliation).where(Affiliation.response_id == response.id, Affiliation.withdrawn_at.is_(None))
    found = db.session.scalars(live).all()
    assert len(found) <= 1
    return found[0].organisation.name if found else None


def of(name: str) -> Organisation:
    """Return an organisation by its name."""
    return db.session.scalars(sa.select(Organisation).where(Organisation.name == name)).one()


# From a spreadsheet ---------------------------------------------------------------------------------------------------


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    """Run a command on the application's instance."""

    def command(*arguments: str) -> Result:
        db.session.remove()
        return CliRunner().invoke(main, ["--instance", app.instance_path, *arguments])

    return command


def test_importing_again_updates_by_name_and_country_and_says_what_changed(
    collection: Collection, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "partners.csv"
    file.write_text(SHEET, "utf-8")

    first = run("register", "import", str(file))
    again = run("register", "import", str(file))
    file.write_text(SHEET.replace("INGO,,no", "UN agency,,yes") + "Police,government,Lao PDR,no,\n", "utf-8")
    third = run("register", "import", str(file), "--collection", "border")

    assert first.exit_code == again.exit_code == third.exit_code == 0, third.output
    assert "Added: 3; changed: 0; unchanged: 0" in first.output
    assert "Added: 0; changed: 0; unchanged: 3" in again.output
    assert "Changed World Vision: type, direct partner." in third.output
    assert "Added: 1; changed: 1; unchanged: 2" in third.output
    assert len(db.session.scalars(sa.select(Invitation)).all()) == 4
    assert of("Women's Union").country == "viet_nam"
    assert of("World Vision").other_names == ["WV", "ទស្សនៈពិភពលោក"]


def test_every_wrong_line_is_listed_and_nothing_is_taken_in(
    collection: Collection, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "partners.csv"
    wrong = "No type,,thailand,yes,\nElsewhere,NGO,Atlantis,yes,\nPerhaps,NGO,thailand,maybe,\n,UN,,no,\n"
    file.write_text(SHEET + wrong + "world vision,NGO,,no,\n", "utf-8")

    result = run("register", "import", str(file))

    assert result.exit_code == 1
    for said in ("Line 5: “” is no type", "Line 6: “Atlantis”", "Line 7: “maybe”", "Line 8: There is no name"):
        assert said in result.output
    assert "Line 9: “world vision” stands in line 3 already" in result.output
    assert "5 to be mended" in result.output
    assert not register.organisations()


def test_what_is_written_out_can_be_taken_in_again(
    collection: Collection, run: Callable[..., Result], tmp_path: Path
) -> None:
    take_in(SHEET)
    for name in ("out.csv", "out.xlsx"):
        assert run("register", "export", str(tmp_path / name)).exit_code == 0

        assert "Added: 0; changed: 0; unchanged: 3" in run("register", "import", str(tmp_path / name)).output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"name,kind\nX,NGO\n", "not found: type"),
        (b"\xff\xff\xff", "neither"),
        (b"name,type\n", "no org"),
    ],
)
def test_a_file_that_is_no_register_is_told_so(app: Flask, content: bytes, said: str) -> None:
    with pytest.raises(register.RegisterError, match=said):
        register.take_in(content, "tester")


# By rule --------------------------------------------------------------------------------------------------------------


def test_forms_are_matched_when_they_come_and_when_the_register_does(collection: Collection) -> None:
    before = send(collection, "  dept of social welfare ")
    early = send(collection, "D.S.W.")
    take_in(SHEET)
    later = send(collection, "กรมสวัสดิการสังคม​")
    khmer = send(collection, "ទស្សនៈ ពិភពលោក", "cambodia")

    assert organisation_of(before) is None
    assert organisation_of(early) == organisation_of(later) == "Department of Social Welfare"
    assert organisation_of(khmer) == "World Vision"


def test_a_name_in_another_country_or_of_two_organisations_is_left_to_a_person(collection: Collection) -> None:
    take_in(SHEET)
    done = take_in("name,type,country,direct partner,other names\nDeaf School West,NGO,Thailand,no,DSW\n")

    assert organisation_of(send(collection, "DSW")) is None
    assert organisation_of(send(collection, "Women's Union", "cambodia")) is None
    assert organisation_of(send(collection, "Women's Union", "")) == "Women's Union"
    assert "“DSW” is a name of Deaf School West and of Department of Social Welfare" in done.notes[0]


def test_a_person_is_not_overridden_and_what_a_person_withdrew_is_not_made_again(collection: Collection) -> None:
    take_in(SHEET)
    kept, parted = send(collection, "DSW"), send(collection, "DSW")
    affiliations.assign(collection.id, [kept.id], of("World Vision").id, "a person")
    affiliations.take_back(collection.id, [parted.id], "a person", "That is another DSW.")
    take_in(SHEET.replace("DSW;", "DSW; D S W;"))

    assert organisation_of(kept) == "World Vision"
    assert organisation_of(parted) is None


def test_the_rule_takes_back_what_a_removed_name_had_matched(collection: Collection) -> None:
    take_in(SHEET)
    form = send(collection, "WV")
    take_in(SHEET.replace("WV|", ""))
    without = organisation_of(form)
    take_in(SHEET)

    assert without is None
    assert organisation_of(form) == "World Vision"
    assert organisation_of(send(collection, "WV")) == "World Vision"


def test_a_correction_stays_with_the_organisation_a_person_chose(collection: Collection) -> None:
    take_in(SHEET)
    form = send(collection, "our office")
    affiliations.assign(collection.id, [form.id], of("World Vision").id, "a person")
    db.session.commit()

    assert organisation_of(send(collection, "Our office.", supersedes=form)) == "World Vision"


def test_a_withdrawn_form_takes_its_affiliations_along(collection: Collection) -> None:
    take_in(SHEET)
    form = send(collection, "DSW")
    withdraw(form, "respondent", "Asked for with its receipt code.")
    db.session.commit()

    assert not db.session.scalars(sa.select(Affiliation)).all()


def test_a_collection_opened_before_its_questionnaire_named_the_item_is_matched_too(collection: Collection) -> None:
    assert collection.version is not None
    structure = dict(collection.version.structure)
    del structure["organisation"]
    collection.version.structure = structure
    db.session.commit()
    db.session.expire_all()
    take_in(SHEET)

    assert organisation_of(send(collection, "DSW")) == "Department of Social Welfare"


# Counted --------------------------------------------------------------------------------------------------------------


def test_the_rate_divides_organisations_by_organisations(any_database: Flask) -> None:
    collection = open_collection("border", join_code="border")
    take_in(SHEET + "Silent,UN,,no,\n")
    for organisation in ("DSW", "dsw", "DSW", "WV", "unheard of"):
        send(collection, organisation)
    excluded = send(collection, "Hội Phụ nữ", "viet_nam")
    exclude_form(excluded, "a person", "Sent only to try it out.")
    db.session.commit()

    found = tabulate.reach(collection.id)

    assert found.total == tabulate.Reached(asked=4, answered=2, respondents=4)
    assert found.total.rate == 0.5
    assert found.kinds["government"] == tabulate.Reached(1, 1, 3)
    assert found.partners[True] == tabulate.Reached(2, 1, 3)
    assert found.countries[""] == tabulate.Reached(2, 1, 1)
    assert found.sizes == {3: 1, 1: 1}
    assert (found.unknown, found.invited) == (1, False)
    register.ask(collection, [of("World Vision").id, of("Silent").id], "tester")
    asked = tabulate.reach(collection.id)
    assert asked.total == tabulate.Reached(2, 1, 1)
    assert (asked.unasked, asked.unasked_respondents, asked.invited) == (1, 3, True)


def test_forms_are_counted_by_the_day_it_was_where_the_collection_is(any_database: Flask) -> None:
    collection = open_collection("border", join_code="border")
    for day, hour, minute in ((3, 16, 59), (3, 17, 0), (3, 17, 29), (3, 17, 30), (5, 3, 0)):
        at = datetime.datetime(2028, 4, day, hour, minute, tzinfo=datetime.UTC)
        send(collection, "DSW", received_at=at)
    first, second, third = (datetime.date(2028, 4, day) for day in (3, 4, 5))

    assert tabulate.days(collection.id, "UTC") == {first: 4, second: 0, third: 1}
    assert tabulate.days(collection.id, "Asia/Bangkok") == {first: 1, second: 3, third: 1}
    assert tabulate.days(collection.id, "Asia/Yangon") == {first: 3, second: 1, third: 1}


# In the browser -------------------------------------------------------------------------------------------------------


def words(client: FlaskClient, address: str, status: int = 200) -> str:
    """Return the text of a page."""
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.get_data(as_text=True)


def post(client: FlaskClient, address: str, **fields: Any) -> str:
    """Send a form with its token and return the page that it leads to."""
    page = client.get(address.partition("#")[0] if address.endswith(("asked", "organisations")) else address)
    token = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(address, data={**fields, "csrf_token": token}, follow_redirects=True)
    assert answer.status_code in (200, 422), answer.status_code
    return answer.get_data(as_text=True)


@pytest.fixture
def staff(app: Flask, collection: Collection, sign_in: Callable[..., Any]) -> FlaskClient:
    """An evaluator's browser, signed in, beside one open collection."""
    client = app.test_client()
    sign_in(client, "evaluator")
    return client


def test_a_spreadsheet_is_taken_in_and_the_register_searched_in_all_scripts(staff: FlaskClient) -> None:
    wrong = post(staff, "/evaluate/register/import", file=(io.BytesIO(b"name,type,direct partner\nX,Y,Z\n"), "x.csv"))
    right = post(staff, "/evaluate/register/import", file=(io.BytesIO(SHEET.encode()), "p.csv"), collection="border")

    assert "Nothing was taken in from x.csv" in wrong
    assert "<strong>Line 2</strong>: “Y” is no type" in wrong
    assert "Added: 3; changed: 0; unchanged: 0" in right
    assert "The collection asked 3 organisations." in right
    khmer = words(staff, "/evaluate/register?search=ទស្សនៈ+ពិភពលោក")
    assert "1 of 3 organisation" in khmer
    assert "World Vision" in khmer
    assert "1 of 3" in words(staff, "/evaluate/register?type=government&partner=yes&country=thailand")
    assert "No organisation is like that" in words(staff, "/evaluate/register?type=un")
    sent = staff.get("/evaluate/register/file?as=csv").get_data(as_text=True)
    assert list(csv.reader(io.StringIO(sent.removeprefix("\ufeff"))))[0] == list(register.COLUMNS)
    template = staff.get("/evaluate/register/template").data
    with pytest.raises(register.RegisterError):
        register.take_in(template[:40], "tester")
    assert len(register.take_in(template, "tester").added) == 2


def test_an_organisation_is_added_changed_and_taken_out_and_nothing_typed_is_lost(staff: FlaskClient) -> None:
    typed = {"name": "ກົມ​ສະຫວັດດີການ", "type": "", "country": "lao_pdr", "partner": "no", "others": "KSV"}
    wrong = post(staff, "/evaluate/register/add", **typed)
    post(staff, "/evaluate/register/add", **typed | {"type": "government"})
    place = f"/evaluate/register/{of(typed['name']).id}"
    again = post(staff, "/evaluate/register/add", **typed | {"type": "ngo"})
    changed = post(staff, place, **typed | {"type": "ngo", "partner": "yes"})
    removed = post(staff, place, do="remove")

    assert typed["name"] in wrong
    assert "“” is no type" in wrong
    assert "for this country already" in again
    assert "is saved" in changed
    assert "no longer in the register" in removed
    assert words(staff, place, 404)


def test_unknown_answers_are_assigned_made_names_and_taken_back(staff: FlaskClient, collection: Collection) -> None:
    take_in(SHEET)
    like, other = send(collection, "Dept. of Social Welfare"), send(collection, "ဦးစီးဌာန", "myanmar")
    twin = send(collection, "Dept. of Social Welfare")
    page = words(staff, "/evaluate/border/organisations")
    place = "/evaluate/border/organisations"

    assert "not known: <strong>3</strong>" in page
    assert "Suggestion, not assigned: Department of Social Welfare" in page
    assert organisation_of(like) is None
    value = page.split('name="suggestion" value="')[1].split('"')[0]
    assert "Forms assigned to “Department of Social Welfare”: 2." in post(staff, place, suggestion=value)
    assert organisation_of(like) == organisation_of(twin) == "Department of Social Welfare"
    burmese = words(staff, place).split('name="answer" value="')[1].split('"')[0]
    unnamed = post(staff, place, do="new", answer=burmese, type="")
    assert "Nothing was done yet" in unnamed
    post(staff, place, do="new", answer=burmese, type="government", country="myanmar", partner="no")
    assert organisation_of(other) == "ဦးစီးဌာန"
    assert organisation_of(send(collection, "ဦးစီးဌာန", "myanmar")) == "ဦးစီးဌာန"
    no_reason = post(staff, place + "?show=all", do="take", answer=value.split(":")[0])
    assert "Please say why" in no_reason
    why = "They are from the province, not the ministry."
    assert "open again: 2" in post(staff, place + "?show=all", do="take", answer=value.split(":")[0], reason=why)
    named = post(staff, place, do="name", answer=value.split(":")[0], organisation=str(of("World Vision").id))
    assert "Forms matched by these names: 2" in named
    assert organisation_of(like) == "World Vision"


def test_who_decides_second_is_told(staff: FlaskClient, collection: Collection) -> None:
    take_in(SHEET)
    form = send(collection, "our office")
    page = words(staff, "/evaluate/border/organisations")
    answer, shown = (page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("answer", "shown"))
    affiliations.assign(collection.id, [form.id], of("World Vision").id, "somebody@example.org")
    db.session.commit()
    chosen = {"do": "assign", "answer": answer, "organisation": str(of("Women's Union").id), "shown": shown}

    assert "somebody@example.org decided of some of these forms" in post(
        staff, "/evaluate/border/organisations", **chosen
    )
    assert organisation_of(form) == "World Vision"


def test_the_collection_says_where_it_stands(staff: FlaskClient, collection: Collection) -> None:
    empty = words(staff, "/evaluate/border/collection")
    take_in(SHEET, collection)
    for organisation in ("DSW", "DSW", "elsewhere"):
        send(collection, organisation)
    page = words(staff, "/evaluate/border/collection")

    assert "is empty" in empty
    assert '<strong class="rate">33 %</strong> response rate' in page
    assert "1 organisation answered</a> ÷" in page
    assert "2 have not answered yet" in page
    assert "3 valid forms, of which 2 are from organisations that were asked, 1 from unknown ones" in page
    assert "<strong>1</strong> valid forms whose organisation is not known" in page
    silent = words(staff, "/evaluate/border/asked?show=silent")
    assert "World Vision" in silent
    assert "Department of Social Welfare" not in silent
    sent = staff.get("/evaluate/border/asked/file?show=silent").get_data(as_text=True)
    assert len(list(csv.reader(io.StringIO(sent)))) == 3
    post(staff, "/evaluate/border/asked", do="remove", organisation=str(of("World Vision").id))
    assert '<strong class="rate">50 %</strong>' in words(staff, "/evaluate/border/collection")
    post(staff, "/evaluate/border/asked", do="whole")
    assert "(the whole register)" in words(staff, "/evaluate/border/collection")


def test_a_role_for_one_country_sees_and_decides_of_its_forms_alone(
    app: Flask, collection: Collection, sign_in: Callable[..., Any]
) -> None:
    take_in(SHEET)
    mine, other = send(collection, "our office"), send(collection, "our office", "cambodia")
    client = app.test_client()
    sign_in(client, "evaluator", country="thailand")
    place = "/evaluate/border/organisations"
    answer = words(client, place).split('name="answer" value="')[1].split('"')[0]
    post(client, place, do="assign", answer=answer, organisation=str(of("World Vision").id))

    assert organisation_of(mine) == "World Vision"
    assert organisation_of(other) is None
    assert client.get("/evaluate/register/add").status_code == 403
    assert "1 organisation asked" in words(client, "/evaluate/border/collection")


def test_an_export_says_which_organisation_a_form_is_from(
    collection: Collection, run: Callable[..., Result], tmp_path: Path
) -> None:
    take_in(SHEET)
    send(collection, "DSW"), send(collection, "elsewhere")
    done = run("export", "border", "--format", "csv", "--shape", "wide", "--output", str(tmp_path / "out.csv"))

    assert done.exit_code == 0, done.output
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("form.organisation_registered", "form.organisation_type", "form.direct_partner")
    assert [[row[name] for name in names] for row in rows] == [
        ["Department of Social Welfare", "government", "yes"],
        ["", "", ""],
    ]
    assert "form.direct_partner" in (tmp_path / "out-codebook.csv").read_text("utf-8-sig")


# The figures of 2003 --------------------------------------------------------------------------------------------------


def test_what_2003_printed_of_its_partners_is_checked_by_the_register(filled_app: Flask) -> None:
    published = shipped_figures("partner_survey")
    assert published is not None
    found = {each.id: each for each in audit(published, collections.find("mekong-2003"))}

    assert (found["direct_partners"].verdict, found["direct_partners"].recomputed) == ("reproduced", "27")
    assert (found["partners_identified"].verdict, found["partners_identified"].recomputed) == ("reproduced", "42")
    rate = found["direct_partner_rate"]
    assert (rate.verdict, rate.recomputed) == ("other base", "38")
    assert "People divided by organisations: 100 × 27/42 = 64" in rate.explanation
    assert "100 × 16/42 = 38" in rate.explanation
    assert (found["trained_by_iom_rate"].verdict, found["trained_by_iom_rate"].recomputed) == ("impossible", "56")


def test_without_the_register_those_figures_are_not_checked(filled_app: Flask) -> None:
    for table in (Affiliation, Invitation, Organisation):
        db.session.execute(sa.delete(table))
    published = shipped_figures("partner_survey")
    assert published is not None
    found = {each.id: each for each in audit(published, collections.find("mekong-2003"))}

    assert found["direct_partners"].verdict == found["partners_identified"].verdict == "not checkable"
