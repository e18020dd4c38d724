"""Translating answers: what there is, one item side by side, the history of one, and the way through a spreadsheet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flask import abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, translation_sheets, verbatims
from surveytool.audit_log import record
from surveytool.definitions import Questionnaire
from surveytool.definitions.questionnaire import Variable
from surveytool.evaluate.common import (
    Option,
    bp,
    country_names,
    covered,
    covering,
    head,
    message,
    opened,
    options,
    wrong_reason,
)
from surveytool.evaluate.translating import pages
from surveytool.evaluate.translating.forms import Asked, RowSent, rows_sent
from surveytool.filled_sheets import SheetError
from surveytool.judge import translating as deeds
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Response, Translation, db
from surveytool.models.base import writing
from surveytool.text import clean
from surveytool.verbatims import Translated

KEPT = "it goes into the audit log"
#: How many rows may be sent at once: a page, or what was kept aside of a spreadsheet.
MOST = 2000
EMPTY = "Nothing was saved: an empty field changes nothing. A translation is taken back on the page of its history."
GONE = "Not saved: this answer no longer stands; the form was corrected, excluded or withdrawn meanwhile."


@bp.get("/translating/")
def translations() -> ResponseReturnValue:
    """Choose the collection to translate answers of; with one alone there is nothing to choose."""
    found = [each for each, _ in covered() if each.version is not None]
    if len(found) == 1:
        return redirect(url_for("evaluate.translating", code=found[0].code))
    return render_template("evaluate/translating/choose.html", page=pages.ChoosePage(found))


@bp.get("/<code>/translating")
def translating(code: str) -> ResponseReturnValue:
    """List the items that are answered in words, with how many answers are translated."""
    collection, q = opened(code)
    return render_template("evaluate/translating/list.html", page=_list_page(collection, q))


@bp.get("/<code>/translating/<number>")
def translating_item(code: str, number: str) -> ResponseReturnValue:
    """Show the answers to one item, original and English side by side."""
    return render_template("evaluate/translating/item.html", page=_item_page(*_find(code, number)))


# Saving and approving -------------------------------------------------------------------------------------------------


@dataclass
class _Done:
    """What became of the rows of a page: how many answers, and which forms for which reason were not done."""

    saved: int = 0
    approved: int = 0
    #: Ticked to be approved, but changed at the same time.
    unapproved: int = 0
    #: What was typed and why it was not done, by form.
    failed: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What to say of it."""
        said = [f"Translations saved: {self.saved}."] if self.saved else []
        said += [f"Translations approved: {self.approved}."] if self.approved else []
        if self.unapproved:
            said += [f"Not approved, since you changed them and somebody else has to: {self.unapproved}."]
        return " ".join(said)


@bp.post("/<code>/translating/<number>")
def save_translations(code: str, number: str) -> ResponseReturnValue:
    """Save what was typed on a page, several answers at once, and approve what was ticked."""
    collection, q, variable = _find(code, number)
    rows, done = rows_sent(request.form, MOST), _Done()
    with writing():
        found = verbatims.translated(collection.id, [variable.name], covering())
        standing = {each.verbatim.response_id: each for each in found}
        for row in rows:
            _carry_out(variable, row, standing, done)
        db.session.commit()
    if done.failed:
        page = _item_page(collection, q, variable, done)
        return make_response(render_template("evaluate/translating/item.html", page=page), 422)
    flash(done.words or "Nothing was changed.")
    kept = Asked.of(request.args).parameters
    return redirect(url_for("evaluate.translating_item", code=code, number=number, **kept, _anchor="answers"))


def _carry_out(variable: Variable, row: RowSent, standing: dict[int, Translated], done: _Done) -> None:
    """Do what a row asks, form by form; what cannot be done is kept with what was typed."""
    for form, seen in row.seen if row.alike else row.seen[:1]:
        try:
            if form not in standing:
                raise deeds.TranslatingError(GONE)
            _one(variable, row, standing[form], seen, done)
        except deeds.TranslatingError as fault:
            done.failed[form] = (row.text, str(fault))


def _one(variable: Variable, row: RowSent, now: Translated, seen: int, done: _Done) -> None:
    """Save or approve the translation of one answer, where something was changed or ticked. Raises TranslatingError."""
    by, before = access.person().email, db.session.get(Translation, seen) if seen else None
    response = db.session.get_one(Response, now.verbatim.response_id)
    if row.text != (before.text if before else "") or row.still:
        if not row.text:
            raise deeds.TranslatingError(EMPTY)
        deeds.translate(response, variable.name, row.text, by, seen=seen or None)
        done.saved += 1
        done.unapproved += row.approve
    elif row.approve and before:
        if now.shown is None or now.shown.id != seen:
            raise deeds.ChangedMeanwhile("Not approved: it was translated anew or taken back meanwhile.")
        deeds.approve(before, by, form=response)
        done.approved += 1


# History --------------------------------------------------------------------------------------------------------------


@bp.get("/<code>/translating/<number>/<int:response_id>")
def translation_history(code: str, number: str, response_id: int) -> ResponseReturnValue:
    """Show every translation there was of one answer: who made, approved, replaced it, and when."""
    page = _history_page(*_find(code, number), response_id)
    return render_template("evaluate/translating/history.html", page=page)


@bp.post("/<code>/translating/<number>/<int:response_id>")
def change_translation(code: str, number: str, response_id: int) -> ResponseReturnValue:
    """Take a translation back, or its approval, with a reason."""
    page = _history_page(*_find(code, number), response_id)
    do, reason = request.form.get("do", ""), clean(request.form.get("reason", ""))
    if do not in ("take back", "disapprove"):
        abort(400)
    try:
        if wrong := wrong_reason(reason, KEPT):
            raise deeds.TranslatingError(wrong)
        with writing():
            _change(page, do, reason)
            db.session.commit()
    except deeds.TranslatingError as fault:
        db.session.rollback()
        page = _history_page(*_find(code, number), response_id)
        page = replace(page, error=str(fault), reason=reason, deed=do)
        return make_response(render_template("evaluate/translating/history.html", page=page), 422)
    flash("The translation was taken back." if do == "take back" else "The approval was taken back.")
    return redirect(url_for("evaluate.translation_history", code=code, number=number, response_id=response_id))


def _change(page: pages.HistoryPage, do: str, reason: str) -> None:
    if page.shown is None or str(page.shown.id) != request.form.get("seen", ""):
        raise deeds.ChangedMeanwhile(
            "Nothing was done: it was translated anew or taken back since you opened the page."
        )
    translation, by = db.session.get_one(Translation, page.shown.id), access.person().email
    if do == "take back":
        deeds.take_back(translation, by, reason)
    else:
        deeds.disapprove(translation, by, reason)


# Through a spreadsheet ------------------------------------------------------------------------------------------------


@bp.post("/<code>/translating/sheet")
def translation_sheet(code: str) -> ResponseReturnValue:
    """Send the answers to translate as a spreadsheet."""
    collection, _ = opened(code)
    form = "csv" if request.form.get("format") == "csv" else "xlsx"
    to_do = "all" not in request.form
    with writing():
        record(access.person().email, "exported answers to translate", f"collection {collection.id}")
        db.session.commit()
    file = translation_sheets.file(collection, form, covering(), only_to_do=to_do)
    named = f"{collection.code}-translations.{form}"
    return send_file(file, mimetype=translation_sheets.TYPES[form], as_attachment=True, download_name=named)


@bp.post("/<code>/translating/filled")
def take_in_translations(code: str) -> ResponseReturnValue:
    """Take in a spreadsheet that was filled in; what would overwrite anything unseen is kept aside and shown."""
    collection, q = opened(code)
    sent = request.files.get("file")
    try:
        content = sent.read() if sent else b""
        if not content:
            raise SheetError("Choose the spreadsheet that was filled in.")
        with writing():
            done = translation_sheets.take_in(collection, content, access.person().email, covering())
            db.session.commit()
    except SheetError as fault:
        db.session.rollback()
        page = replace(_list_page(collection, q), error=f"Nothing was taken in. {fault}")
        return make_response(render_template("evaluate/translating/list.html", page=page), 422)
    if done.aside:
        return render_template("evaluate/translating/taken_in.html", page=_taken_in_page(collection, q, done))
    flash(f"Translations saved: {done.saved}. Lines that change nothing: {done.unchanged}.")
    return redirect(url_for("evaluate.translating", code=code))


def _taken_in_page(collection: Collection, q: Questionnaire, done: translation_sheets.TakenIn) -> pages.TakenInPage:
    english = collection.revision("en").wording
    groups, placed = [], set()
    for variable in verbatims.open_items(q):
        aside = {each.form: each for each in done.aside if each.variable == variable.name}
        found = verbatims.translated(collection.id, [variable.name], covering()) if aside else []
        rows, reader = [], _reader(collection, found)
        for each in found:
            if of := aside.get(each.verbatim.response_id):
                rows += [pages.failed(row, of.typed, of.words) for row in pages.rows([each], reader)]
                placed.add(of)
        if rows:
            groups.append(pages.AsideGroup(variable.number, english.label(variable.item.name), rows))
    lost = [(each.line, each.words, each.typed) for each in done.aside if each not in placed]
    return pages.TakenInPage(head(collection), done.saved, done.unchanged, groups, lost)


# Putting the pages together -------------------------------------------------------------------------------------------


def _find(code: str, number: str) -> tuple[Collection, Questionnaire, Variable]:
    """Return a collection and one of its open items. Raises NotFound."""
    collection, q = opened(code)
    variable = next((each for each in verbatims.open_items(q) if each.number == number), None)
    links = [("All items", url_for("evaluate.translating", code=code))]
    return (
        collection,
        q,
        variable or abort(message("Not found", f"Item {number} of '{code}' has no answers in words.", 404, links)),
    )


def _list_page(collection: Collection, q: Questionnaire) -> pages.ListPage:
    items = verbatims.open_items(q)
    states = verbatims.progress(collection.id, [each.name for each in items], covering())
    english = collection.revision("en").wording
    lines = [pages.ItemLine(each.number, english.label(each.item.name), states[each.name]) for each in items]
    return pages.ListPage(head(collection), lines)


def _item_page(
    collection: Collection, q: Questionnaire, variable: Variable, done: _Done | None = None
) -> pages.ItemPage:
    asked = Asked.of(request.args)
    found = verbatims.translated(collection.id, [variable.name], covering())
    reader = _reader(collection, found)
    failed = _failed(found, done, reader) if done else []
    skipped = {form for row in failed for form in row.forms}
    rows = pages.rows([each for each in found if pages.wanted(each, asked)], reader)
    rows = [row for row in rows if not skipped.intersection(row.forms)]
    last = max(1, -(-len(rows) // pages.ROWS))
    page = min(asked.page, last)
    return pages.ItemPage(
        head=head(collection),
        variable=variable,
        label=collection.revision("en").wording.label(variable.item.name),
        asked=replace(asked, page=page),
        failed=failed,
        rows=pages.ordered(rows, asked.sort)[(page - 1) * pages.ROWS : page * pages.ROWS],
        found=len(rows),
        page=page,
        pages=last,
        **_options(found, asked, country_names(collection)),
        told=done.words if done else "",
    )


def _reader(collection: Collection, found: Sequence[Translated]) -> pages.Reader:
    return pages.Reader.of(access.person().email, country_names(collection), found)


def _options(found: Sequence[Translated], asked: Asked, names: dict[str, str]) -> dict[str, list[Option]]:
    """Return the values that answers can be filtered by, with how many answers have each."""
    languages = {tag: LANGUAGES[tag].english for tag in LANGUAGES if tag != "en"}
    by_country = Counter(each.verbatim.country for each in found)
    by_language = Counter(each.verbatim.language for each in found)
    return {
        "states": options(dict(deeds.STATE_WORDS), pages.counted(found), asked.states),
        "countries": options(names, by_country, asked.countries),
        "languages": options(languages, by_language, asked.languages),
    }


def _failed(found: Sequence[Translated], done: _Done, reader: pages.Reader) -> list[pages.Row]:
    """Return the rows that were not done as asked, one for all forms with the same words, typing and reason."""
    alike: dict[tuple[str, str, str], list[Translated]] = {}
    gone = set(done.failed)
    for each in found:
        if each.verbatim.response_id in done.failed:
            typed, error = done.failed[each.verbatim.response_id]
            alike.setdefault((each.verbatim.text, typed, error), []).append(each)
            gone.discard(each.verbatim.response_id)
    rows = [
        pages.failed(row, typed, error)
        for (_, typed, error), group in alike.items()
        for row in pages.rows(group, reader)
    ]
    return rows + [pages.Row(((form, 0),), "", "en", "", None, typed=done.failed[form][0], error=GONE) for form in gone]


def _history_page(collection: Collection, q: Questionnaire, variable: Variable, response_id: int) -> pages.HistoryPage:
    found = verbatims.translated(collection.id, [variable.name], covering())
    each = next((each for each in found if each.verbatim.response_id == response_id), None)
    if each is None:
        links = [
            (
                "All answers to this item",
                url_for("evaluate.translating_item", code=collection.code, number=variable.number),
            )
        ]
        text = "This answer does not stand, is in English, or is not there."
        abort(message("Nothing to translate", text, 404, links))
    response = db.session.get_one(Response, response_id)
    made = deeds.history(response, variable.name)
    words = verbatims.words_of({one.response_id for one in made}, variable.name)
    other = [(one, words.get(one.response_id, "")) for one in made]
    return pages.HistoryPage(
        head=head(collection),
        variable=variable,
        label=collection.revision("en").wording.label(variable.item.name),
        response=response,
        text=each.verbatim.text,
        language=each.verbatim.language,
        shown=each.shown,
        translations=[(one, text if text != each.verbatim.text else "") for one, text in reversed(other)],
    )
