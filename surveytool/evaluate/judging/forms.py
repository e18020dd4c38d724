"""What an evaluator decides about a form: the deed, what it is about and why; checked against what stands, and done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from surveytool import judge
from surveytool.definitions import Questionnaire
from surveytool.judge import corrections
from surveytool.models import Judgement, Response
from surveytool.text import clean

DEEDS = ("exclude form", "include form", "flag form", "exclude answer", "withdraw", "renew")


@dataclass(frozen=True)
class Deed:
    """One decision as it was sent."""

    do: str
    #: The judgement to withdraw or renew, by its id; or the variable whose answer is excluded; or "".
    about: str
    reason: str
    #: What had been judged when the page was made: a decision on a page that is out of date is not carried out.
    seen: str

    @classmethod
    def sent(cls, fields: Mapping[str, str]) -> "Deed":
        """Read the fields of a request."""
        do, about, seen = (fields.get(name, "")[:100] for name in ("do", "about", "seen"))
        return cls(do, about, clean(fields.get("reason", "")), seen)

    def is_this(self, do: str, about: object = "") -> bool:
        """Say whether this is the deed of one of the page's forms."""
        return (self.do, self.about) == (do, str(about))


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
        _not_of_correction(each)
    for each in excluding:
        judge.withdraw(each, case.by, case.deed.reason)
    return f"Form {case.response.id} counts again."


def _not_of_correction(judgement: Judgement) -> None:
    """Leave to the room of corrections what lets one version of a form count; else two could. Raises NotDone."""
    if corrections.decides(judgement):
        raise NotDone("Nothing was done: which version of this form counts is decided under Corrections.")


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
    _not_of_correction(judgement)
    judge.withdraw(judgement, case.by, case.deed.reason)
    return "Withdrawn; it stays on record."


def _renew(case: Case) -> str:
    judgement = case.judgement()
    if case.standing(judgement.effect, judgement.variable):
        raise NotDone("Nothing was done: the same stands already.")
    _not_of_correction(judgement)
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


def carry_out(case: Case) -> str:
    """Do what was decided, and return what to tell. Raises NotDone."""
    return _DO[case.deed.do](case)
