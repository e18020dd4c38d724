"""The register of organisations: taken in from a spreadsheet, matched to forms by a rule and by people, counted."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from surveytool import intake, register, tabulate
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
