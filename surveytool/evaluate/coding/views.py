"""Coding answers in words: what there is to code, one item, its code frame, and what was done."""

from dataclasses import replace

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, tabulate, verbatims
from surveytool.audit_log import REASON
from surveytool.definitions import Questionnaire
from surveytool.definitions.questionnaire import Variable
from surveytool.evaluate.coding import pages
from surveytool.evaluate.coding.forms import ANSWER_DEEDS, FRAME_DEEDS, Asked, FrameSent, Sent, codes_of
from surveytool.evaluate.common import bp, country_names, covering, head, message, opened, read_moment, wrong_reason
from surveytool.judge import coding as coded
from surveytool.models import CodeFrame, Collection, db
from surveytool.models.base import writing
from surveytool.text import clean

#: How many deeds the history shows.
DEEDS = 50
KEPT = "it goes into the audit log"
NO_FRAME = "This item has no codes yet. Make the first one in its code frame."


@bp.get("/<code>/coding")
def coding(code: str) -> ResponseReturnValue:
    """List the open items with how many answers are coded."""
    collection, q = opened(code)
    counted, named = tabulate.variables(collection.id, covering()), tabulate.named(collection.id, covering())
    english = collection.revision("en").wording
    lines = []
    for variable in verbatims.open_items(q):
        answered = counted.get(variable.name, tabulate.Counted()).states.get("value", 0)
        people = sum(each.people for (name, _), each in named.items() if name == variable.name)
        lines.append(pages.ItemLine(variable.number, english.label(variable.item.name), answered, people))
    return render_template("evaluate/coding/list.html", page=pages.ListPage(head(collection), lines))


@bp.get("/<code>/coding/<number>")
def coding_item(code: str, number: str) -> ResponseReturnValue:
    """Show the distinct answers to one item, like ones together, with their codes."""
    return render_template("evaluate/coding/item.html", page=_item_page(*_find(code, number)))


@bp.post("/<code>/coding/<number>")
def code_answers(code: str, number: str) -> ResponseReturnValue:
    """Give codes to the answers chosen, take them back, or put one in place of another."""
    collection, q, variable = _find(code, number)
    sent = Sent.of(request.form)
    if sent.do not in ANSWER_DEEDS:
        abort(400)
    try:
        with writing():
            told = _carry_out(collection, variable, sent)
            db.session.commit()
    except coded.CodingError as fault:
        db.session.rollback()
        page = replace(_item_page(collection, q, variable), sent=sent, error=str(fault))
        return make_response(render_template("evaluate/coding/item.html", page=page), 422)
    flash(told)
    place = f"a-{min(sent.wordings)}" if sent.wordings else "answers"
    kept = Asked.of(request.args).parameters
    return redirect(url_for("evaluate.coding_item", code=code, number=number, **kept, _anchor=place))


def _carry_out(collection: Collection, variable: Variable, sent: Sent) -> str:
    """Do what was asked with the answers chosen, and return what to say of it. Raises CodingError."""
    frame = verbatims.frame(collection, variable)
    if frame is None:
        raise coded.CodingError(NO_FRAME)
    coded.locked(frame)
    units = verbatims.chosen(collection.id, variable.name, covering(), sent.wordings, sent.forms)
    codes, by = codes_of(frame, sent.codes), access.person().email
    if not units:
        raise coded.CodingError("Choose at least one answer.")
    if sent.do != "move" and not codes:
        raise coded.CodingError("Choose at least one code.")
    if sent.do == "give":
        n = coded.give(frame, units, codes, by, sent.reason[: REASON[1]])
        return f"Codes given: {n}, on {len(units)} answers chosen. The history can undo it."
    if wrong := wrong_reason(sent.reason, KEPT):
        raise coded.CodingError(wrong)
    if sent.do == "take":
        n = coded.take(frame, units, codes, by, sent.reason)
        return f"Codes taken back: {n}, on {len(units)} answers chosen. The history can undo it."
    before, after = codes_of(frame, [sent.before]), codes_of(frame, [sent.after])
    if not before or not after:
        raise coded.CodingError("Choose the code to move from and the code to move to.")
    n = coded.move(frame, units, before[0], after[0], by, sent.reason)
    return f"Answers moved from “{before[0].label}” to “{after[0].label}”: {n}. The history can undo it."


# History --------------------------------------------------------------------------------------------------------------


@bp.get("/<code>/coding/<number>/history")
def coding_history(code: str, number: str) -> ResponseReturnValue:
    """Show what was done to the codings of an item's code frame."""
    return render_template("evaluate/coding/history.html", page=_history_page(*_find(code, number)))


@bp.post("/<code>/coding/<number>/history")
def undo_coding(code: str, number: str) -> ResponseReturnValue:
    """Undo one deed, with a reason, as far as nobody decided otherwise since."""
    collection, q, variable = _find(code, number)
    frame, reason = verbatims.frame(collection, variable), clean(request.form.get("reason", ""))
    at = read_moment(request.form.get("moment", ""))
    if frame is None or at is None:
        abort(400)
    if wrong := wrong_reason(reason, KEPT):
        page = replace(_history_page(collection, q, variable), error=wrong, failed=at.isoformat(), reason=reason)
        return make_response(render_template("evaluate/coding/history.html", page=page), 422)
    with writing():
        coded.locked(frame)
        found = coded.deeds(frame, 1, covering().countries, at) or abort(404)
        undone = coded.undo(frame, found[0], access.person().email, reason)
        db.session.commit()
    left = f" {undone.left} were left as they are: they were coded otherwise since." if undone.left else ""
    flash(f"Answers brought back to the codes they had: {undone.restored}.{left}")
    return redirect(url_for("evaluate.coding_history", code=code, number=number))


# The code frame -------------------------------------------------------------------------------------------------------


@bp.get("/<code>/coding/<number>/frame")
def code_frame(code: str, number: str) -> ResponseReturnValue:
    """Show the code frame of an item."""
    return render_template("evaluate/coding/frame.html", page=_frame_page(*_find(code, number)))


@bp.post("/<code>/coding/<number>/frame")
def change_frame(code: str, number: str) -> ResponseReturnValue:
    """Make, rename, group or merge codes."""
    collection, q, variable = _find(code, number)
    sent = FrameSent.of(request.form)
    if sent.do not in FRAME_DEEDS:
        abort(400)
    try:
        with writing():
            told = _change(collection, variable, sent)
            db.session.commit()
    except coded.CodingError as fault:
        db.session.rollback()
        page = replace(_frame_page(collection, q, variable), sent=sent, error=str(fault))
        return make_response(render_template("evaluate/coding/frame.html", page=page), 422)
    flash(told)
    place = f"code-{sent.code}" if sent.code else "codes"
    return redirect(url_for("evaluate.code_frame", code=code, number=number, _anchor=place))


def _change(collection: Collection, variable: Variable, sent: FrameSent) -> str:
    """Change a code frame as asked, and return what to say of it. Raises CodingError."""
    by = access.person().email
    frame = _frame_to_change(collection, variable, sent.do, by)
    other = next(iter(codes_of(frame, [sent.other])), None)
    if sent.do == "create":
        made = coded.create(frame, sent.name, sent.label, by, other)
        return f"The code “{made.label}” was made."
    code = next(iter(codes_of(frame, [sent.code])), None) or abort(404)
    if sent.do == "rename":
        coded.rename(frame, code, sent.label, by)
        return f"The code {code.name} is called “{code.label}” now."
    if sent.do == "group":
        coded.group(frame, code, other, by)
        return f"“{code.label}” stands under “{other.label}” now." if other else f"“{code.label}” stands by itself now."
    if other is None:
        raise coded.CodingError("Choose the code to merge it into.")
    if wrong := wrong_reason(sent.reason, KEPT):
        raise coded.CodingError(wrong)
    n = coded.merge(frame, code, other, by, sent.reason)
    return f"Answers moved from “{code.label}” to “{other.label}”: {n}. The history can undo it."


def _frame_to_change(collection: Collection, variable: Variable, do: str, by: str) -> CodeFrame:
    """Return the code frame of an item, locked; the first code of an item that has none begins one."""
    coded.lock_collection(collection.id)
    frame = verbatims.frame(collection, variable)
    if frame is None and do == "create":
        label = collection.revision("en").wording.label(variable.item.name)
        frame = coded.start_frame(collection.id, verbatims.frame_name(variable), label, by)
    return coded.locked(frame or abort(404))


# Putting the pages together -------------------------------------------------------------------------------------------


def _find(code: str, number: str) -> tuple[Collection, Questionnaire, Variable]:
    """Return a collection and one of its open items. Raises NotFound."""
    collection, q = opened(code)
    variable = next((each for each in verbatims.open_items(q) if each.number == number), None)
    text = f"Item {number} of '{code}' has no answers in words. These are the collections:"
    return collection, q, variable or abort(message("Not found", text))


def _item_page(collection: Collection, q: Questionnaire, variable: Variable) -> pages.ItemPage:
    asked, names = Asked.of(request.args), country_names(collection)
    frame = verbatims.frame(collection, variable)
    found = tabulate.worded(collection.id, variable.name, covering())
    english = verbatims.english(collection.id, variable.name, covering())
    lines = pages.group_lines(found, frame, asked, names, english)
    last = max(1, -(-len(lines) // pages.GROUPS))
    page = min(asked.page, last)
    asked = replace(asked, page=page)
    shown = lines[(page - 1) * pages.GROUPS : page * pages.GROUPS]
    named = tabulate.named(collection.id, covering(), variable.name)
    return pages.ItemPage(
        head=head(collection),
        variable=variable,
        label=collection.revision("en").wording.label(variable.item.name),
        frame=frame,
        codes=pages.ordered(frame),
        asked=asked,
        groups=_with_forms(collection, variable, shown),
        found=len(lines),
        pages=last,
        distinct=len(found),
        answered=sum(each.people for each in found),
        coded=sum(each.coded for each in found),
        tally={country: each for (_, country), each in named.items()},
        country_names=names,
        whole=access.countries() is None,
    )


def _with_forms(collection: Collection, variable: Variable, lines: list[pages.GroupLine]) -> list[pages.GroupLine]:
    """Add to each answer that several people gave the forms it stands on."""
    forms: dict[str, list[int]] = {}
    for id_, text in verbatims.standing(collection.id, variable.name, covering()):
        forms.setdefault(text, []).append(id_)

    def added(one: pages.AnswerLine) -> pages.AnswerLine:
        return replace(one, forms=forms.get(one.text, [])[: pages.FORMS]) if one.people > 1 else one

    return [replace(line, answers=[added(one) for one in line.answers]) for line in lines]


def _history_page(collection: Collection, q: Questionnaire, variable: Variable) -> pages.HistoryPage:
    frame = verbatims.frame(collection, variable)
    numbers = {each.name: each.number for each in verbatims.open_items(q)}
    before = read_moment(request.args.get("before", ""))
    found = coded.deeds(frame, DEEDS, covering().countries, before=before) if frame else []
    return pages.HistoryPage(
        head=head(collection),
        variable=variable,
        label=collection.revision("en").wording.label(variable.item.name),
        frame=frame,
        deeds=[pages.deed_line(deed, frame, numbers) for deed in found] if frame else [],
        older=found[-1].moment if len(found) == DEEDS else None,
        before=before,
    )


def _frame_page(collection: Collection, q: Questionnaire, variable: Variable) -> pages.FramePage:
    frame = verbatims.frame(collection, variable)
    sharing = [each for each in verbatims.open_items(q) if verbatims.frame_name(each) == verbatims.frame_name(variable)]
    names, people = {each.name for each in sharing}, dict[str, int]()
    for (name, _), named in tabulate.named(collection.id, replace(covering(), stand=tabulate.RECEIVED)).items():
        for code, n in named.leaves.items() if name in names else ():
            people[code] = people.get(code, 0) + n
    return pages.FramePage(
        head=head(collection),
        variable=variable,
        label=collection.revision("en").wording.label(variable.item.name),
        frame=frame,
        codes=pages.ordered(frame),
        items=[each.number for each in sharing],
        people=people,
    )
