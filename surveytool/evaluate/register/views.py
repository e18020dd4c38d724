"""The register of organisations: its list, one organisation, taking a spreadsheet in, writing it out."""

import io

from flask import Response, abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, register, tabulate
from surveytool.evaluate.common import LARGEST_ID, all_collections, bp, by_code
from surveytool.evaluate.long import begin, listed
from surveytool.evaluate.register import pages
from surveytool.evaluate.register.forms import Asked, Written
from surveytool.exporting import XLSX
from surveytool.models import Organisation, db
from surveytool.models.base import writing
from surveytool.register import RegisterError
from surveytool.spreadsheets import XlsxBook, csv_text
from surveytool.working import LARGE_REGISTER, REGISTER


@bp.get("/register", endpoint="register")
def register_() -> ResponseReturnValue:
    """List the register, or those of it that are asked for."""
    countries, everyone = register.country_names(), register.organisations()
    asked = Asked.of(request.args, list(countries))
    found = [each for each in everyone if asked.wants(each)]
    if asked.sort != "name":
        found.sort(key=lambda o: o.kind if asked.sort == "type" else countries.get(o.country, ""))
    last = max(1, -(-len(found) // pages.LISTED))
    at = min(asked.page, last)
    page = pages.ListPage(
        asked=Asked(**(vars(asked) | {"page": at})),
        rows=found[(at - 1) * pages.LISTED : at * pages.LISTED],
        found=len(found),
        registered=len(everyone),
        pages=last,
        countries=countries,
        notes=register.shared_names(),
        may_change=access.may_make_collections(),
    )
    return render_template("evaluate/register/list.html", page=page)


@bp.get("/register/file")
def register_file() -> ResponseReturnValue:
    """Send the register as a spreadsheet, as it is taken in."""
    if request.args.get("as") == "xlsx":
        return _workbook("register.xlsx", register.rows())
    answer = Response("\ufeff" + csv_text(register.rows()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=register.csv"
    return answer


@bp.get("/register/template")
def register_template() -> ResponseReturnValue:
    """Send a spreadsheet to fill in."""
    return _workbook("register-template.xlsx", register.template())


def _workbook(name: str, rows: object) -> ResponseReturnValue:
    file = io.BytesIO()
    book = XlsxBook(file)
    book.write("Register", rows)  # type: ignore[arg-type]
    book.close()
    file.seek(0)
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=name)


# One organisation -----------------------------------------------------------------------------------------------------


@bp.get("/register/<int:organisation_id>")
def organisation(organisation_id: int) -> ResponseReturnValue:
    """Show one organisation."""
    found = _find(organisation_id)
    return _shown(Written.as_registered(found), found)


@bp.post("/register/<int:organisation_id>")
def change_organisation(organisation_id: int) -> ResponseReturnValue:
    """Change one organisation, or take it out of the register."""
    found, written, who = _find(organisation_id), Written.of(request.form), access.person().email
    try:
        with writing():
            if request.form.get("do") == "remove":
                register.remove(found, who)
                told = f"“{found.name}” is no longer in the register."
            else:
                forms = register.change(found, written.entry(), who)
                told = f"“{found.name}” is saved. Forms matched anew by name: {forms}."
            db.session.commit()
    except RegisterError as wrong:
        db.session.rollback()
        removing = request.form.get("do") == "remove"
        return _shown(Written.as_registered(found) if removing else written, found, wrong)
    flash(told)
    return redirect(url_for("evaluate.register"))


@bp.route("/register/add", methods=["GET", "POST"])
def add_organisation() -> ResponseReturnValue:
    """Show the form for a new organisation, or add it."""
    if request.method == "GET":
        return _shown(Written())
    written = Written.of(request.form)
    try:
        with writing():
            added = register.add(written.entry(), access.person().email)
            db.session.commit()
    except RegisterError as wrong:
        db.session.rollback()
        return _shown(written, wrong=wrong)
    flash(f"“{added.name}” is in the register.")
    return redirect(url_for("evaluate.register"))


def _find(organisation_id: int) -> Organisation:
    found = db.session.get(Organisation, organisation_id) if organisation_id <= LARGEST_ID else None
    return found or abort(404)


def _shown(
    written: Written, found: Organisation | None = None, wrong: RegisterError | None = None
) -> ResponseReturnValue:
    page = pages.OrganisationPage(
        written=written,
        countries=register.country_names(),
        may_change=access.may_make_collections(),
        organisation=found,
        faults=wrong.faults if wrong else {},
    )
    return make_response(render_template("evaluate/register/organisation.html", page=page), 422 if wrong else 200)


# A spreadsheet --------------------------------------------------------------------------------------------------------


@bp.route("/register/import", methods=["GET", "POST"])
def import_register() -> ResponseReturnValue:
    """Show the form for a spreadsheet, or take one in: all of it, or nothing and what is wrong with it."""
    if request.method == "GET":
        return _import_page()
    sent, code = request.files.get("file"), request.form.get("collection", "")
    collection = by_code(code) if code else None
    if code and collection is None:
        return _import_page(code, faults={"collection": "There is no such collection."})
    content = sent.read() if sent else b""
    if not content:
        return _import_page(code, faults={"the file": "Choose a file that is not empty."})
    name = (sent.filename or "")[:100] if sent else ""
    try:
        entries = register.read_sheet(content)
        if tabulate.received() > LARGE_REGISTER:
            kept = [[e.name, e.kind, e.country, e.direct_partner, list(e.other_names)] for e in entries]
            about = {"entries": kept, "file": name, "code": code, "collection": collection.id if collection else None}
            return begin(REGISTER, None, about)
        with writing():
            done = register.take_in_entries(entries, access.person().email, collection)
            db.session.commit()
    except RegisterError as wrong:
        db.session.rollback()
        return _import_page(code, name, dict(wrong.faults))
    return _import_page(code, name, done=done)


def _import_page(
    code: str = "", file: str = "", faults: dict[str, str] | None = None, done: register.Imported | None = None
) -> ResponseReturnValue:
    page = pages.ImportPage(all_collections(), code, file, faults or {}, done, listed("evaluate.import_register", None))
    return make_response(render_template("evaluate/register/import.html", page=page), 422 if faults else 200)
