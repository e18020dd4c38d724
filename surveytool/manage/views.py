"""The administrators' requests: accounts, roles, links, the audit log; and everyone's own account."""

from collections.abc import Callable
from itertools import islice

from flask import Blueprint, Response, abort, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from wtforms.fields import SelectChoice

from surveytool import access, accounts, audit_log
from surveytool.accounts import AccountError
from surveytool.manage import pages, queries
from surveytool.manage.forms import AccountForm, GrantForm
from surveytool.models import User, db
from surveytool.models.base import writing

bp = Blueprint("manage", __name__)

ENTRIES_A_PAGE = 100
#: No log is longer; an address that asks for more gets an empty page.
MOST_PAGES = 10**6
#: How many faults of the audit log are listed.
FAULTS_SHOWN = 20


@bp.get("/account")
def mine() -> ResponseReturnValue:
    """Show one's own account."""
    person = access.person()
    newest = sorted(person.sign_ins, key=lambda each: each.seen_at, reverse=True)
    return render_template("manage/mine.html", page=pages.MinePage(person, newest, g.sign_in))


@bp.post("/account/sign-ins/end")
def end_sign_ins() -> ResponseReturnValue:
    """End one of one's other sign-ins, or all of them."""
    person, chosen = access.person(), request.form.get("sign_in", "")
    kept = g.sign_in
    if chosen.isdecimal():
        ended = [each for each in person.sign_ins if each.id == int(chosen) and each is not kept]
        for each in ended:
            person.sign_ins.remove(each)
        count = len(ended)
    else:
        count = accounts.end_sign_ins(person, but=kept)
    if count:
        audit_log.record(person.email, "ended sign-ins", f"account {person.email}", f"{count} of one's own")
    db.session.commit()
    flash("One sign-in was ended." if count == 1 else f"{count} sign-ins were ended.")
    return redirect(url_for("manage.mine"))


@bp.get("/manage/accounts", endpoint="accounts")
def accounts_() -> ResponseReturnValue:
    """List the accounts."""
    return render_template("manage/accounts.html", page=pages.AccountsPage(queries.accounts(), AccountForm()))


@bp.post("/manage/accounts")
def add_account() -> ResponseReturnValue:
    """Make an account and show its one-time link, once."""
    form = AccountForm()
    if form.validate_on_submit():
        try:
            with writing():
                user = accounts.add(form.email.data or "", form.roles.data or [], _who())
                accounts.require_second_factor(user, form.second_factor.data, _who())
                link = accounts.one_time_link(user, _who())
                db.session.commit()
        except AccountError as error:
            db.session.rollback()
            form.email.errors = [*form.email.errors, str(error)]
        else:
            return _account_page(user, link=link)
    page = pages.AccountsPage(queries.accounts(), form)
    return make_response(render_template("manage/accounts.html", page=page), 422)


@bp.get("/manage/accounts/<int:account_id>")
def account(account_id: int) -> ResponseReturnValue:
    """Show one account."""
    return _account_page(_account(account_id))


@bp.post("/manage/accounts/<int:account_id>")
def change_account(account_id: int) -> ResponseReturnValue:
    """Do one thing to an account."""
    user, deed = _account(account_id), request.form.get("do", "")
    if deed not in _DEEDS:
        abort(400)
    try:
        with writing():
            link = _DEEDS[deed](user)
            db.session.commit()
    except AccountError as error:
        db.session.rollback()
        return _account_page(_account(account_id), error=str(error), status=422)
    return _account_page(user, link=link) if link else redirect(url_for("manage.account", account_id=user.id))


def _grant(user: User) -> None:
    form = _grant_form()
    if not form.validate_on_submit():
        raise AccountError("Please choose a role, and where it holds, from the lists.")
    collection = next((each for each in queries.collections() if each.code == form.collection.data), None)
    accounts.grant(user, form.role.data, _who(), collection=collection, country=form.country.data or "")


def _take(user: User) -> None:
    given = next((each for each in user.roles if str(each.id) == request.form.get("grant")), None)
    if given is None:
        raise AccountError("This role was taken away already.")
    accounts.take(user, given, _who())


_DEEDS: dict[str, Callable[[User], str | None]] = {
    "grant": _grant,
    "take": _take,
    "link": lambda user: accounts.one_time_link(user, _who()),
    "want second factor": lambda user: accounts.require_second_factor(user, True, _who()),
    "want no second factor": lambda user: accounts.require_second_factor(user, False, _who()),
    "forget second factor": lambda user: accounts.forget_second_factor(user, _who()),
    "shut": lambda user: accounts.activate(user, False, _who()),
    "open": lambda user: accounts.activate(user, True, _who()),
    "end sign-ins": lambda user: _end(user),
}


def _end(user: User) -> None:
    count = accounts.end_sign_ins(user)
    audit_log.record(_who(), "ended sign-ins", f"account {user.email}", f"{count} of them")


@bp.get("/manage/log")
def log() -> ResponseReturnValue:
    """Show the audit log, newest first."""
    kinds = queries.kinds()
    kind = request.args.get("what", "")
    kind = kind if kind in kinds else ""
    number = min(MOST_PAGES, max(1, request.args.get("page", 1, type=int) or 1))
    entries, older = queries.entries(number, ENTRIES_A_PAGE, kind)
    faults = tuple(islice(audit_log.faults(), FAULTS_SHOWN))
    page = pages.LogPage(entries, number, older, kinds, kind, faults)
    return render_template("manage/log.html", page=page)


def _account(account_id: int) -> User:
    return queries.account(account_id) or abort(404)


def _account_page(user: User, *, link: str = "", error: str = "", status: int = 200) -> ResponseReturnValue:
    page = pages.AccountPage(user, _grant_form(), link, error)
    return make_response(render_template("manage/account.html", page=page), status)


def _grant_form() -> GrantForm:
    form = GrantForm()
    served = queries.collections()
    everywhere = [SelectChoice(value="", label="every collection")]
    form.collection.choices = everywhere + [SelectChoice(value=each.code, label=each.title) for each in served]
    form.country.choices = [SelectChoice(value="", label="every country")]
    form.country.choices += [SelectChoice(value=code, label=code) for code in accounts.country_codes()]
    return form


def _who() -> str:
    return access.person().email


# When something is wrong ---------------------------------------------------------------------------------------------


@bp.app_errorhandler(403)
@bp.app_errorhandler(421)
@bp.app_errorhandler(429)
def refused(error: HTTPException) -> ResponseReturnValue:
    """Say why a request of someone with an account, or of someone signing in, was refused."""
    title, text = _REFUSALS[error.code or 403]
    answer: Response = make_response(
        render_template("staff/message.html", page=pages.MessagePage(title, text)), error.code
    )
    return answer


_REFUSALS = {
    403: ("Not yours to see", "Your account has no role for this page. An administrator can give one."),
    421: (
        "Only over a safe line",
        "Passwords and answers are sent over HTTPS only, or on the machine that serves them. Ask whoever runs this "
        "server for its https address.",
    ),
    429: ("Too many tries", "This was tried too often and failed. Please wait a quarter of an hour and try again."),
}
