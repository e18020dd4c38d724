"""Commands for workshops: making one, its waves, its cards, and what it changed."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask
from sqlalchemy import select

from surveytool.cli.common import fail, main, with_app

if TYPE_CHECKING:
    from surveytool.appraising import Appraisal
    from surveytool.models import Workshop

WAVES = click.Choice(["pre", "post", "follow-up"])


@main.group()
def workshop() -> None:
    """Make workshops, open and close their waves, read what they changed.

    Example: surveytool workshop appraise case-management-poipet
    """


@workshop.command(name="create")
@click.argument("code", required=False, default="")
@click.option("--title", required=True, help="What it is called.")
@click.option("--country", required=True, help="Its country: cambodia, lao_pdr, myanmar, thailand or viet_nam.")
@click.option("--audience", required=True, type=click.Choice(["government", "ngo"]), help="For whom it is.")
@click.option("--starts-on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@click.option("--ends-on", type=click.DateTime(["%Y-%m-%d"]), help="The last day; else the first.")
@click.option("--language", "languages", multiple=True, required=True, help="A language, such as km; repeat it.")
@click.option("--competency", "competencies", multiple=True, help="One of the framework; repeat it. Default: all.")
@click.option("--main", "main_competency", default="", help="The competency named beforehand. Default: the mean.")
@click.option("--place", default="", help="Where it is held.")
@click.option("--topic", default="", help="What it is about.")
@click.option("--linking", type=click.Choice(["cards", "self"]), default="cards", show_default=True)
@click.option("--retrospective", is_flag=True, help="Ask afterwards what people could do before, looking back.")
@click.option("--trainer", default="", help="The e-mail address of the trainer whose workshop it is.")
@with_app
def create_workshop(
    app: Flask,
    code: str,
    title: str,
    country: str,
    audience: str,
    starts_on: datetime.datetime,
    ends_on: datetime.datetime | None,
    languages: tuple[str, ...],
    competencies: tuple[str, ...],
    main_competency: str,
    place: str,
    topic: str,
    linking: str,
    retrospective: bool,
    trainer: str,
) -> None:
    """Make a workshop with its three waves, before, after and follow-up; staff call it CODE, else by its title.

    Example: surveytool workshop create poipet --title "Case management" --country cambodia --audience ngo
    --starts-on 2026-05-04 --language km --language en
    """
    from surveytool import accounts, workshops
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    plan = workshops.Plan(
        title=title,
        country=country,
        audience=audience,
        starts_on=starts_on.date(),
        ends_on=ends_on.date() if ends_on else None,
        languages=languages,
        competencies=competencies or tuple(workshops.framework()),
        main=main_competency,
        place=place,
        topic=topic,
        linking=linking,
        retrospective=retrospective,
    )
    try:
        owner = accounts.find(trainer) if trainer else None
        made = workshops.create(plan, COMMAND_LINE, trainer=owner, code=code)
    except workshops.WorkshopError as error:
        fail(str(error))
    db.session.commit()
    click.echo(f"Workshop '{made.code}' is made; open its first wave with: surveytool workshop open {made.code} pre")
    for wave, collection in workshops.waves(made).items():
        click.echo(f"{wave}\t/c/{collection.join_code}")


@workshop.command(name="change")
@click.argument("code")
@click.option("--title", help="What it is called.")
@click.option("--topic", help="What it is about.")
@click.option("--place", help="Where it is held.")
@click.option("--country", help="Its country.")
@click.option("--audience", type=click.Choice(["government", "ngo"]), help="For whom it is.")
@click.option("--language", "languages", multiple=True, help="A language; repeat it. All that it is to have.")
@click.option("--competency", "competencies", multiple=True, help="One of the framework; repeat it. All it is to ask.")
@click.option("--main", help="The competency named beforehand; empty for the mean.")
@click.option("--linking", type=click.Choice(["cards", "self"]), help="How forms of one person are linked.")
@click.option("--retrospective/--no-retrospective", default=None, help="Ask afterwards about the time before.")
@with_app
def change_workshop(app: Flask, code: str, **given: object) -> None:
    """Change what a workshop was set up with, as long as none of its forms was opened.

    Example: surveytool workshop change poipet --competency identify_victim --competency communicate
    """
    from dataclasses import replace
    from typing import Any

    from surveytool import workshop_changes, workshops
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    asked: dict[str, Any] = {name: value for name, value in given.items() if value not in (None, ())}
    try:
        found = workshops.find(code)
        plan = replace(workshop_changes.plan_of(found), **asked)
        changed = workshop_changes.ask_otherwise(found, plan, COMMAND_LINE)
    except workshops.WorkshopError as error:
        fail(str(error))
    db.session.commit()
    click.echo(f"Workshop '{code}' is changed." if changed else "Nothing was changed.")


@workshop.command(name="copy")
@click.argument("code")
@click.argument("new_code")
@click.option("--starts-on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The first day of the copy.")
@with_app
def copy_workshop(app: Flask, code: str, new_code: str, starts_on: datetime.datetime) -> None:
    """Set up a workshop like another: what it asks and whose it is, without forms and cards.

    Example: surveytool workshop copy poipet poipet-2 --starts-on 2026-09-07
    """
    from dataclasses import replace

    from surveytool import workshop_changes, workshops
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    try:
        found = workshops.find(code)
        plan = replace(workshop_changes.plan_of(found), starts_on=starts_on.date(), ends_on=None)
        made = workshops.create(plan, COMMAND_LINE, trainer=found.trainer, code=new_code)
    except workshops.WorkshopError as error:
        fail(str(error))
    db.session.commit()
    click.echo(f"Workshop '{made.code}' is made like '{code}'.")


@workshop.command(name="finish")
@click.argument("code")
@with_app
def finish_workshop(app: Flask, code: str) -> None:
    """Close all forms of a workshop; opening one takes it up again.

    Example: surveytool workshop finish poipet
    """
    from surveytool import workshop_changes, workshops
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    try:
        workshop_changes.finish(workshops.find(code), COMMAND_LINE)
    except workshops.WorkshopError as error:
        fail(str(error))
    db.session.commit()
    click.echo(f"Workshop '{code}' is finished.")


@workshop.command(name="delete")
@click.argument("code")
@with_app
def delete_workshop(app: Flask, code: str) -> None:
    """Delete a workshop that was made by mistake and has no forms.

    Example: surveytool workshop delete poipet
    """
    from surveytool import workshop_changes, workshops
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    try:
        workshop_changes.delete(workshops.find(code), COMMAND_LINE)
    except workshops.WorkshopError as error:
        fail(str(error))
    db.session.commit()
    click.echo(f"Workshop '{code}' is deleted.")


@workshop.command(name="list")
@with_app
def list_workshops(app: Flask) -> None:
    """List the workshops: code, country, audience, first day, forms before, after and at follow-up, title.

    Example: surveytool workshop list
    """
    from surveytool import tabulate, workshops
    from surveytool.models import Workshop, db

    for each in db.session.scalars(select(Workshop).order_by(Workshop.starts_on, Workshop.code)):
        valid = [str(tabulate.forms(wave.id).valid) for wave in workshops.waves(each).values()]
        synthetic = " (synthetic)" if each.synthetic else ""
        words = (each.code, each.country, each.audience, str(each.starts_on), *valid, each.title + synthetic)
        click.echo("\t".join(words))


@workshop.command(name="open")
@click.argument("code")
@click.argument("wave", type=WAVES)
@with_app
def open_wave(app: Flask, code: str, wave: str) -> None:
    """Open a wave, or open it again.

    Example: surveytool workshop open case-management-poipet pre
    """
    from surveytool import workshops
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    try:
        opened = workshops.open_wave(workshops.find(code), wave, COMMAND_LINE)
    except workshops.WorkshopError as error:
        fail(str(error))
    db.session.commit()
    click.echo(f"The form {workshops.WAVE_NAMES[wave]} of '{code}' is open at /c/{opened.join_code}")


@workshop.command(name="close")
@click.argument("code")
@click.argument("wave", type=WAVES)
@with_app
def close_wave(app: Flask, code: str, wave: str) -> None:
    """Close a wave; what still arrives is kept aside.

    Example: surveytool workshop close case-management-poipet pre
    """
    from surveytool import workshops
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    try:
        workshops.close_wave(workshops.find(code), wave, COMMAND_LINE)
    except workshops.WorkshopError as error:
        fail(str(error))
    db.session.commit()
    click.echo(f"The form {workshops.WAVE_NAMES[wave]} of '{code}' is closed.")


@workshop.command(name="cards")
@click.argument("code")
@click.option("--number", type=click.IntRange(1, 100), help="Make so many more; else list those there are.")
@with_app
def cards(app: Flask, code: str, number: int | None) -> None:
    """List the linking codes of a workshop's cards, or make more.

    Example: surveytool workshop cards case-management-poipet --number 30
    """
    from surveytool import linking, workshops
    from surveytool.audit_log import COMMAND_LINE
    from surveytool.models import db

    try:
        found = workshops.find(code)
        listed = workshops.add_cards(found, number, COMMAND_LINE) if number else workshops.cards(found)
    except workshops.WorkshopError as error:
        fail(str(error))
    db.session.commit()
    for card in listed:
        click.echo(linking.shown(card.code))


@workshop.command(name="appraise")
@click.argument("code")
@click.option("--format", "form", type=click.Choice(["text", "json", "docx"]), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file; DOCX needs one.")
@click.option("--no-pictures", is_flag=True, help="Leave the pictures out of DOCX.")
@click.option("--from", "first", type=WAVES, default="pre", show_default=True, help="The earlier wave.")
@click.option("--to", "second", type=WAVES, default="post", show_default=True, help="The later wave.")
@with_app
def appraise_workshop(
    app: Flask, code: str, form: str, output: Path | None, first: str, second: str, *, no_pictures: bool
) -> None:
    """Say what changed between two waves of a workshop: each competency, person by person.

    Example: surveytool workshop appraise case-management-poipet --format json
    """
    from surveytool import appraisal_papers, appraising, workshops
    from surveytool.audit_log import COMMAND_LINE, record
    from surveytool.models import WAVES as ORDER
    from surveytool.models import db

    if ORDER.index(first) >= ORDER.index(second):
        fail("The wave after --to must come later than the one after --from.")
    if form == "docx" and output is None:
        fail("Say where to write the document, with --output FILE.docx.")
    try:
        found = appraising.appraise(workshops.find(code), first, second)
    except workshops.WorkshopError as error:
        fail(str(error))
    record(COMMAND_LINE, "exported an appraisal", f"workshop {code}", form)
    db.session.commit()
    if form == "docx":
        written = appraisal_papers.docx(found, with_pictures=not no_pictures)
    else:
        written = {"text": _text, "json": _json}[form](found).encode()
    if output is None:
        click.echo(written.decode())
        return
    try:
        output.write_bytes(written)
    except OSError as error:
        fail(f"Cannot write {output}: {error.strerror}.")
    click.echo(f"The appraisal of '{code}' is in {output}.")


def _json(found: "Appraisal") -> str:
    from surveytool.appraising import as_json

    return json.dumps(as_json(found), ensure_ascii=False, indent=2)


def _text(found: "Appraisal") -> str:
    lines = [_head(found.workshop)]
    if found.workshop.synthetic:
        lines.append(f"SYNTHETIC DATA ({found.workshop.synthetic}): nobody's real answers.")
    forms = found.forms
    lines.append(
        f"People paired: {forms.pairs}. Forms only {found.first}: {forms.only_first}; only {found.second}: "
        f"{forms.only_second}; waiting for a decision: {forms.waiting}; without a code: {forms.without_code}."
    )
    lines += [f"{each.label}: {each.note}" for each in (*found.changes, found.composite)]
    return "\n".join(lines + list(found.sentences[1:]))


def _head(workshop: "Workshop") -> str:
    return f"{workshop.title}, {workshop.country}, {workshop.audience}, {workshop.starts_on}"
