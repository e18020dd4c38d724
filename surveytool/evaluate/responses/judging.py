"""Decisions about one form: excluding and including it, its flags, single answers, and undoing any of these."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, judge
from surveytool.definitions import Questionnaire
from surveytool.evaluate.common import bp
from surveytool.evaluate.responses import queries
from surveytool.evaluate.responses.asking import asked
from surveytool.evaluate.responses.forms import DEEDS, Deed, wrong_reason
from surveytool.evaluate.responses.one_form import find, response_page, seen
from surveytool.models import Judgement, Response, db
from surveytool.models.base import writing

STALE = (
    "Nothing was done: this form has been judged since you opened the page, perhaps by you in a second click. "
    "Its state and history below are as they are now; if you still want to, decide again."
)


class NotDone(Exception):
    """A decision that would change nothing, or is about something that is not there; says why."""


@dataclass(frozen=True)
class Case:
    """A form to be judged, with all that was ever judged of it, read while nobody else judges it."""

    response: Response
    q: Questionnaire
    judgements: Sequence[Judgement]
    deed: Deed
    by: str

    def standing(self, effect: str, variable: str | None = None) -> list[Judgement]:
        """Return the judgements of an effect that stand."""
        about = [each for each in self.judgements if each.withdrawn_at is None and each.variable == variable]
        return [each for each in about if each.effect == effect]

    def judgement(self) -> Judgement:
        """Return the judgement that the decision is about. Raises NotDone."""
        found = next((each for each in self.judgements if str(each.id) == self.deed.about), None)
        if found is None:
            raise NotDone("Nothing was done: this form has no such judgement.")
        return found


@bp.post("/<code>/responses/<int:response_id>/judge")
def judge_response(code: str, response_id: int) -> ResponseReturnValue:
    """Do one thing to one form, with a reason; it is on record and can be undone."""
    collection, q, response = find(code, response_id)
    deed = Deed.sent(request.form)
    if deed.do not in DEEDS:
        abort(400)
    if wrong := wrong_reason(deed.reason, "it stays beside the decision and in the audit log"):
        return _not_done(code, response_id, deed, wrong, 422)
    try:
        with writing():
            queries.lock(response.id)
            judged = queries.judgements(response.id)
            if deed.seen != seen(judged):
                raise NotDone(STALE)
            told = _DO[deed.do](Case(response, q, judged, deed, access.person().email))
            db.session.commit()
    except NotDone as fault:
        db.session.rollback()
        return _not_done(code, response_id, deed, str(fault), 409)
    flash(told)
    return redirect(url_for("evaluate.response", code=code, response_id=response_id, **asked(collection).parameters))


def _not_done(code: str, response_id: int, deed: Deed, fault: str, status: int) -> ResponseReturnValue:
    """Show the form again, with what was typed and why nothing was done."""
    page = replace(response_page(code, response_id), deed=deed, deed_error=fault)
    return make_response(render_template("evaluate/responses/response.html", page=page), status)


def _exclude_form(case: Case) -> str:
    if case.standing("exclude form"):
        raise NotDone("Nothing was done: this form is excluded already.")
    judge.exclude_form(case.response, case.by, case.deed.reason)
    return f"Form {case.response.id} is excluded: none of its answers counts any more."


def _include_form(case: Case) -> str:
    """Withdraw everything that excludes the form, rules' judgements too."""
    excluding = case.standing("exclude form")
    if not excluding:
        raise NotDone("Nothing was done: this form is not excluded.")
    for each in excluding:
        judge.withdraw(each, case.by, case.deed.reason)
    return f"Form {case.response.id} counts again."


def _flag_form(case: Case) -> str:
    judge.flag(case.response, case.by, case.deed.reason)
    return f"Form {case.response.id} is flagged; it counts until somebody decides."


def _exclude_answer(case: Case) -> str:
    variable = case.q.variables.get(case.deed.about)
    given = {each.variable for each in case.response.answers if each.state == "value"}
    if variable is None or variable.name not in given:
        raise NotDone("Nothing was done: this form gives no such answer.")
    if case.standing("exclude answer", variable.name):
        raise NotDone("Nothing was done: this answer is invalid already.")
    judge.exclude_answer(case.response, variable.name, case.by, case.deed.reason)
    return f"The answer to item {variable.number} is invalid and does not count any more."


def _withdraw(case: Case) -> str:
    judgement = case.judgement()
    if judgement.withdrawn_at is not None:
        raise NotDone("Nothing was done: this judgement is withdrawn already.")
    judge.withdraw(judgement, case.by, case.deed.reason)
    return "Withdrawn; it stays on record."


def _renew(case: Case) -> str:
    judgement = case.judgement()
    if case.standing(judgement.effect, judgement.variable):
        raise NotDone("Nothing was done: the same stands already.")
    judge.renew(judgement, case.by, case.deed.reason)
    return "Decided again, in your name."


_DO: dict[str, Callable[[Case], str]] = {
    "exclude form": _exclude_form,
    "include form": _include_form,
    "flag form": _flag_form,
    "exclude answer": _exclude_answer,
    "withdraw": _withdraw,
    "renew": _renew,
}
