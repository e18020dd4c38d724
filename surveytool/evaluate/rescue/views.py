"""Forms that could not be sent and were saved to files: an evaluator hands the files in."""

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from surveytool import access, rescue, sealing
from surveytool.audit_log import record
from surveytool.evaluate.common import bp, covered, head, opened
from surveytool.evaluate.rescue import pages
from surveytool.models import Collection, db
from surveytool.models.base import writing

#: How many files are read at once.
MOST_FILES = 100


@bp.get("/<code>/rescue", endpoint="rescue")
def rescue_(code: str) -> ResponseReturnValue:
    """Show where files are handed in."""
    collection, _ = opened(code)
    return render_template("evaluate/rescue/rescue.html", page=pages.RescuePage(head(collection)))


@bp.post("/<code>/rescue")
def take_sealed(code: str) -> ResponseReturnValue:
    """Take in the forms of some files, each on its own: one that cannot be read stops no other."""
    collection, _ = opened(code)
    files = [each for each in request.files.getlist("files") if each.filename]
    error = "" if files else "Please choose one or several files that end in .surveyform."
    if len(files) > MOST_FILES:
        files, error = [], f"Please hand in at most {MOST_FILES} files at once; nothing was taken in."
    lines = [_line(collection, each) for each in files]
    if lines:
        with writing():
            here = sum(each.here for each in lines)
            about = f"collection {collection.code}"
            record(access.person().email, "took in forms from files", about, f"{here} of {len(lines)} files")
            db.session.commit()
    page = pages.RescuePage(head(collection), lines, error)
    return make_response(render_template("evaluate/rescue/rescue.html", page=page), 422 if error else 200)


def _line(collection: Collection, file: FileStorage) -> pages.FileLine:
    """Take in one file and say what became of it."""
    name, content = (file.filename or "")[:100], file.read(sealing.LARGEST + 1)
    try:
        if len(content) > sealing.LARGEST:
            raise sealing.NotSealed("It is larger than any form.")
        sealed = sealing.read(content)
        if sealed.join_code != collection.join_code:
            return pages.FileLine(name, _elsewhere(sealed), here=False)
        taken = rescue.take(content, collection, live=False)
    except sealing.SealError as fault:
        return pages.FileLine(name, f"Not taken in. {fault} Keep the file.", here=False)
    words = rescue.in_words(taken.outcome)
    return pages.FileLine(name, words, here=True, response_id=rescue.response_id(taken.outcome))


def _elsewhere(sealed: sealing.Sealed) -> str:
    """Return where a file belongs, as far as the person may know."""
    other = sealing.belongs_to(sealed)
    mine = {each.id for each, countries in covered() if countries is None}
    if other is not None and other.id in mine:
        return f"Not taken in. It belongs to the collection '{other.code}' ({other.title}); hand it in there."
    return (
        f"Not taken in. It belongs to another collection, with the survey code {sealed.join_code[:40]}. Keep the file."
    )
