"""Judgements of a collection: all of them, decisions and undoing these, an item invalid as a whole, the rules again."""

from collections.abc import Mapping
from dataclasses import replace

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, judge, rejudging, tabulate
from surveytool.evaluate.common import (
    LARGEST_ID,
    LISTED,
    Option,
    bp,
    covering,
    head,
    message,
    opened,
    read_moment,
    wrong_reason,
)
from surveytool.evaluate.judgements import pages, queries
from surveytool.evaluate.judgements.forms import BY, STATES, asked
from surveytool.evaluate.judgements.pages import Typed
from surveytool.evaluate.long import begin, finished, listed
from surveytool.judge import corrections, deciding
from surveytool.judge.deciding import Decision, events
from surveytool.models import Collection, Judgement, db
from surveytool.models.base import writing
from surveytool.models.judgement import EFFECTS
from surveytool.retelling import maker
from surveytool.text import clean
from surveytool.working import LARGE_RULES, PREVIEW, RULES, judged_words

JUDGEMENTS_A_PAGE = 50
#: How many forms of a decision are named.
NAMED = 30
WHERE = "it stays beside the decision and in the audit log"
STALE = "Nothing was written: somebody judged an item of this collection since you opened the page; see the list below."
BY_WORDS: Mapping[str, str] = {"rule": "rules", "person": "people"}


@bp.get("/<code>/judgements")
def judgements(code: str) -> ResponseReturnValue:
    """List all that was ever judged in a collection, as the address asks."""
    collection, _ = opened(code)
    return render_template("evaluate/judgements/judgements.html", page=_page(collection))


@bp.post("/<code>/judgements/<int:judgement_id>/withdraw")
def withdraw_judgement(code: str, judgement_id: int) -> ResponseReturnValue:
    """Withdraw one judgement, for a reason; it stays on record."""
    collection, _ = opened(code)
    reason = clean(request.form.get("reason", ""))
    found = queries.one(collection.id, judgement_id, covering())
    if found is None or not _withdrawable(found, whole=access.countries() is None):
        text = "There is no such judgement, or it cannot be withdrawn here."
        return message("Nothing to withdraw", text, 404, [("All judgements", _listed(collection))])
    typed = Typed(str(judgement_id), reason, wrong_reason(reason, WHERE))
    if typed.error:
        return _again(replace(_page(collection), withdraw=typed), 422)
    with writing():
        deciding.lock([found.response_id] if found.response_id else [])
        queries.lock(collection.id)
        now = queries.one(collection.id, judgement_id, covering())
        if now is None or now.withdrawn_at is not None:
            db.session.rollback()
            told = "Nothing was done: somebody has withdrawn this judgement meanwhile, as shown here."
            return _again(replace(_page(collection), withdraw=replace(typed, error=told)), 409)
        judge.withdraw(now, access.person().email, reason)
        db.session.commit()
    flash("Withdrawn; it stays on record.")
    return redirect(_listed(collection))


@bp.post("/<code>/judgements/item")
def exclude_item(code: str) -> ResponseReturnValue:
    """Declare every answer to an item invalid, those that are still to come too, for a reason."""
    collection, q = opened(code)
    variable, reason = request.form.get("item", "")[:80], clean(request.form.get("reason", ""))
    fault = wrong_reason(reason, WHERE) if variable in q.variables else "Please choose the item."
    if fault:
        return _again(replace(_page(collection), exclude=Typed(variable, reason, fault)), 422)
    with writing():
        queries.lock(collection.id)
        known = queries.of_items(collection.id)
        live = [each for each in known if each.variable == variable and each.withdrawn_at is None]
        fault = "Nothing was done: this item is invalid already." if live else ""
        if request.form.get("stamp") != str(len(events(known))):
            fault = STALE
        if fault:
            db.session.rollback()
            return _again(replace(_page(collection), exclude=Typed(variable, reason, fault)), 409)
        judge.exclude_item(collection.id, variable, access.person().email, reason)
        db.session.commit()
    flash(f"Item {q.variables[variable].number} is invalid in this collection; withdraw the judgement to undo it.")
    return redirect(_listed(collection))


def _listed(collection: Collection) -> str:
    assert collection.version is not None
    return url_for("evaluate.judgements", code=collection.code, **asked(collection.version.questionnaire).parameters)


def _again(page: pages.JudgementsPage, status: int) -> ResponseReturnValue:
    return make_response(render_template("evaluate/judgements/judgements.html", page=page), status)


def _withdrawable(judgement: Judgement, *, whole: bool) -> bool:
    """Say whether a judgement can be withdrawn here: which version of a form counts is decided under Corrections."""
    return not corrections.decides(judgement) and (whole or judgement.response_id is not None)


def _page(collection: Collection) -> pages.JudgementsPage:
    assert collection.version is not None
    q, english = collection.version.questionnaire, collection.revision("en").wording
    wanted, whole = asked(q), access.countries() is None
    listed = replace(wanted, page=min(wanted.page, 10**6))
    found = queries.judgements(collection.id, listed, covering(), JUDGEMENTS_A_PAGE)
    items = {name: f"{v.number} {english.label(v.item.name)}" for name, v in q.variables.items()}
    choices = {n: english.choice(v.item.choice_list, v.choice.name) for n, v in q.variables.items() if v.choice}
    items = {name: f"{words}: {choices[name]}" if name in choices else words for name, words in items.items()}
    rows = [
        pages.Line(each, items.get(each.variable or "", each.variable or ""), maker(each), _live(each, whole))
        for each in found[:JUDGEMENTS_A_PAGE]
    ]
    return pages.JudgementsPage(
        head=head(collection),
        asked=wanted,
        rows=rows,
        more=len(found) > JUDGEMENTS_A_PAGE,
        effects=[Option(each, each, 0, each in wanted.effects) for each in EFFECTS],
        by=[Option(each, BY_WORDS[each], 0, each == wanted.by) for each in BY],
        states=[Option(each, words, 0, each == wanted.state) for each, words in STATES.items()],
        items=items,
        stamp=len(events(queries.of_items(collection.id))),
    )


def _live(judgement: Judgement, whole: bool) -> bool:
    return judgement.withdrawn_at is None and _withdrawable(judgement, whole=whole)


# Decisions ------------------------------------------------------------------------------------------------------------


@bp.get("/<code>/decisions")
def decisions(code: str) -> ResponseReturnValue:
    """List what people decided about forms, newest first; each decision as a whole, however many forms it was about."""
    collection, _ = opened(code)
    return render_template("evaluate/judgements/decisions.html", page=_decisions_page(collection))


@bp.post("/<code>/decisions/undo")
def undo_decision(code: str) -> ResponseReturnValue:
    """Undo a whole decision, or what it was about one form; forms that somebody decided otherwise since are left."""
    collection, _ = opened(code)
    at, by = read_moment(request.form.get("at", "")), request.form.get("by", "")
    found = deciding.decisions(collection.id, covering().countries, 1, at, by) if at and by else []
    if not found:
        links = [("All decisions", url_for("evaluate.decisions", code=code))]
        return message("Nothing to undo", "There is no such decision.", 404, links)
    typed = Typed(_key(found[0]), clean(request.form.get("reason", "")))
    if fault := wrong_reason(typed.reason, WHERE):
        page = replace(_decisions_page(collection), typed=replace(typed, error=fault))
        if typed.about not in [_key(each) for each in page.decisions]:
            page = replace(page, decisions=[found[0], *page.decisions])
        return make_response(render_template("evaluate/judgements/decisions.html", page=page), 422)
    decision = _about(found[0], request.form.get("response", ""))
    with writing():
        deciding.lock(decision.forms)
        known = deciding.judged(decision.forms)
        restored, left = deciding.undo(decision, known, access.person().email, typed.reason)
        db.session.commit()
    told = f"{restored} {'form is' if restored == 1 else 'forms are'} as before."
    if left:
        told += f" {left} {'was' if left == 1 else 'were'} left: somebody decided otherwise since."
    flash(told)
    if request.form.get("response") and decision.forms:
        return redirect(url_for("evaluate.validate_form", code=code, response_id=decision.forms[0]))
    return redirect(url_for("evaluate.decisions", code=code))


def _key(decision: Decision) -> str:
    return f"{decision.at.isoformat()} {decision.by}"


def _about(decision: Decision, typed: str) -> Decision:
    """Return what a decision was about one form, where only that is to be undone."""
    if not typed:
        return decision
    if not (typed.isascii() and typed.isdecimal() and int(typed) <= LARGEST_ID):
        abort(400)
    made = [each for each in decision.made if each.response_id == int(typed)]
    withdrawn = [each for each in decision.withdrawn if each.response_id == int(typed)]
    return Decision(decision.at, decision.by, made, withdrawn)


def _decisions_page(collection: Collection) -> pages.DecisionsPage:
    before = read_moment(request.args.get("before", ""))
    found = deciding.decisions(collection.id, covering().countries, LISTED, before=before)
    older = found[-1].at if len(found) == LISTED else None
    return pages.DecisionsPage(head(collection), found, NAMED, older, before)


bp.add_app_template_filter(_key, "decision_key")


# The rules again ------------------------------------------------------------------------------------------------------


@bp.get("/<code>/rules")
def rules_again(code: str) -> ResponseReturnValue:
    """Show what running the rules again would judge; of many forms, once long work has looked."""
    collection, _ = opened(code)
    return render_template("evaluate/judgements/rules.html", page=_rules_page(collection))


@bp.post("/<code>/rules")
def judge_again(code: str) -> ResponseReturnValue:
    """Run the rules again: judge what was never judged, for a reason that goes into the audit log; or look first."""
    collection, _ = opened(code)
    if request.form.get("do") == "look":
        return begin(PREVIEW, collection, {})
    reason = clean(request.form.get("reason", ""))
    if fault := wrong_reason(reason, "it goes into the audit log"):
        page = replace(_rules_page(collection), typed=Typed("", reason, fault))
        return make_response(render_template("evaluate/judgements/rules.html", page=page), 422)
    if _is_large(collection):
        return begin(RULES, collection, {"reason": reason})
    flash(judged_words(rejudging.judge_again(collection, access.person().email, reason)))
    return redirect(url_for("evaluate.validation", code=code))


def _rules_page(collection: Collection) -> pages.RulesPage:
    """Return what the rules would judge: looked for now, or what long work has found that the address names."""
    found = None if _is_large(collection) else rejudging.preview(collection)
    if found is None and (done := finished(PREVIEW, collection)):
        found = [rejudging.Found(**each) for each in (done.result or {})["rules"]]
    return pages.RulesPage(head(collection), found, listed("evaluate.rules_again", collection))


def _is_large(collection: Collection) -> bool:
    return sum(tabulate.received_by(collection.id, "mode").values()) > LARGE_RULES
