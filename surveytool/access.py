"""Who may do what: one table of permissions, and the check before every request. What is not in it is refused.

The table for people is in docs/security.md; a test holds the two against each other, role by role.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from sqlalchemy import select
from werkzeug.exceptions import Forbidden

from surveytool.accounts import IDLE, digest
from surveytool.models import ROLES, Collection, Grant, SignIn, User, Workshop, db
from surveytool.models.base import now
from surveytool.small_cells import smallest_shown

#: How often it is noted that a sign-in is still used.
SEEN_EVERY = datetime.timedelta(minutes=5)
#: What an open page asks for by itself: nobody need be there, so it does not keep a sign-in alive.
BY_THEMSELVES = (
    "evaluate.counts",
    "evaluate.received",
    "evaluate.task",
    "evaluate.register_task",
    "train.counts",
    "train.received",
)


class Rule(NamedTuple):
    """Who may use an address: accounts with one of these roles."""

    roles: tuple[str, ...]
    #: Whether the role must hold for the whole collection and not for one country's forms alone.
    whole: bool = False
    #: Whether the role must hold without any limit, for every collection and country.
    everywhere: bool = False
    #: Whether it is also for collections whose small cells are shown to nobody: it shows no single form's answers.
    small_cells: bool = False
    #: Whether evaluators may use it for a wave of a workshop too: it shows no trainee's answers, and no figures of few.
    waves: bool = False


class SmallCells(Forbidden):
    """The address would show single answers of a collection that shows figures of several people only."""


class TrainersOwn(Forbidden):
    """The address would show single answers, or figures of few, of a workshop that is another's."""


_anyone = Rule(())
_account = Rule(ROLES)
_evaluator = Rule(("evaluator",))
_whole = Rule(("evaluator",), whole=True)
_unlimited = Rule(("evaluator",), everywhere=True)
_administrator = Rule(("administrator",))
_typist = Rule(("clerk", "evaluator"), waves=True)
_translator = Rule(("translator", "evaluator"))
_trainer = Rule(("trainer",))
_case_worker = Rule(("case worker",), small_cells=True)

RULES: Mapping[str, Rule] = {
    "static": _anyone,
    "root": _anyone,
    "respond.choose": _anyone,
    "respond.form": _anyone,
    "respond.send": _anyone,
    "respond.code": _anyone,
    "respond.worker": _anyone,
    "respond.manifest": _anyone,
    "respond.device": _anyone,
    "respond.device_choose": _anyone,
    "respond.send_sealed": _anyone,
    "respond.receipt_choose": _anyone,
    "respond.receipt": _anyone,
    "respond.find": _anyone,
    "respond.correct": _anyone,
    "respond.withdraw": _anyone,
    "respond.shared": _anyone,
    "respond.shared_tables": _anyone,
    # Signing in, and the way back in
    "security.login": _anyone,
    "security.forgot_password": _anyone,
    "security.reset_password": _anyone,
    "security.two_factor_token_validation": _anyone,
    "security.two_factor_setup": _anyone,  # as a part of signing in; the library asks who it is
    "security.mf_recovery": _anyone,
    "security.logout": _account,
    "security.verify": _account,
    "security.change_password": _account,
    "security.two_factor_setup_validate": _account,
    "security.mf_recovery_codes": _account,
    "manage.mine": _account,
    "manage.end_sign_ins": _account,
    # Running a collection
    "evaluate.new_collection": _unlimited,
    "evaluate.collection": _evaluator._replace(small_cells=True, waves=True),
    "evaluate.counts": _evaluator._replace(small_cells=True, waves=True),
    "evaluate.change_collection": _whole._replace(small_cells=True, waves=True),
    "evaluate.qr": _evaluator._replace(waves=True),
    "evaluate.poster": _evaluator._replace(waves=True),
    "evaluate.received": _whole._replace(waves=True),
    # Results and responses
    "evaluate.plotly": Rule(("evaluator", "trainer")),
    "evaluate.collections": _evaluator,
    "evaluate.results": _evaluator._replace(small_cells=True),
    "evaluate.verbatims": _evaluator,
    "evaluate.compare": _evaluator,
    "evaluate.cross": _evaluator,
    "evaluate.by_organisation": _evaluator,
    "evaluate.politeness": _evaluator,
    "evaluate.pictures": _evaluator,
    "evaluate.responses": _evaluator,
    "evaluate.response": _evaluator,
    "evaluate.identity": _evaluator,
    "evaluate.find_response": _evaluator,
    "evaluate.judge_response": _evaluator,
    "evaluate.corrections": _evaluator,
    "evaluate.correction": _evaluator,
    "evaluate.decide": _evaluator,
    "evaluate.aside": _whole,
    "evaluate.take_in": _whole,
    "evaluate.rescue": _whole,
    "evaluate.take_sealed": _whole,
    "evaluate.published": _whole,
    "evaluate.questionnaire": _evaluator._replace(small_cells=True, waves=True),
    # Validating
    "evaluate.validation": _evaluator,
    "evaluate.validate_form": _evaluator,
    "evaluate.decide_form": _evaluator,
    "evaluate.decide_forms": _evaluator,
    "evaluate.decisions": _evaluator,
    "evaluate.undo_decision": _evaluator,
    "evaluate.judgements": _evaluator,
    "evaluate.withdraw_judgement": _evaluator,
    "evaluate.exclude_item": _whole,
    "evaluate.rules_again": _whole,
    "evaluate.judge_again": _whole,
    # Appraisals of treatment, entered by case workers
    "evaluate.treating": _case_worker,
    "evaluate.treat": _case_worker,
    "evaluate.keep_treatment": _case_worker,
    # Forms on paper
    "evaluate.printing": _typist,
    "evaluate.printed": _typist,
    # Forms typed from paper and e-mail, and their scans
    "evaluate.entry": _typist,
    "evaluate.desk": _typist,
    "evaluate.begin": _typist,
    "evaluate.type_form": _typist,
    "evaluate.save_form": _typist,
    "evaluate.draft": _typist,
    "evaluate.about_form": _typist,
    "evaluate.review": _typist,
    "evaluate.keep": _typist,
    "evaluate.kept": _typist,
    "evaluate.give_up": _typist,
    "evaluate.take_over": _evaluator,
    "evaluate.entry_scans": _typist,
    "evaluate.add_scans": _typist,
    "evaluate.entry_scan": _typist,
    "evaluate.remove_scan": _typist,
    "evaluate.attachments": _typist,
    "evaluate.attach": _typist,
    "evaluate.attachment": _evaluator,
    "evaluate.coding": _evaluator,
    "evaluate.coding_item": _evaluator,
    "evaluate.code_answers": _evaluator,
    "evaluate.coding_history": _evaluator,
    "evaluate.undo_coding": _evaluator,
    "evaluate.code_frame": _evaluator,
    "evaluate.blind_coding": _evaluator,
    "evaluate.code_blind": _evaluator,
    "evaluate.agreement": _evaluator,
    "evaluate.settle": _evaluator,
    "evaluate.change_frame": _whole,
    # The register of organisations, and which forms are from which
    "evaluate.register": _evaluator,
    "evaluate.register_file": _evaluator,
    "evaluate.register_template": _evaluator,
    "evaluate.organisation": _evaluator,
    "evaluate.change_organisation": _unlimited,
    "evaluate.add_organisation": _unlimited,
    "evaluate.import_register": _unlimited,
    "evaluate.register_task": _unlimited,
    "evaluate.register_task_again": _unlimited,
    "evaluate.matching": _evaluator,
    "evaluate.match": _evaluator,
    "evaluate.asked": _evaluator,
    "evaluate.asked_file": _evaluator,
    "evaluate.change_asked": _whole,
    # Translating answers
    "evaluate.translations": _translator,
    "evaluate.translating": _translator,
    "evaluate.translating_item": _translator,
    "evaluate.save_translations": _translator,
    "evaluate.translation_history": _translator,
    "evaluate.change_translation": _translator,
    "evaluate.translation_sheet": _translator,
    "evaluate.take_in_translations": _translator,
    "evaluate.shares": _whole,
    "evaluate.make_share": _whole,
    "evaluate.share": _whole,
    "evaluate.change_share": _whole,
    "evaluate.exports": _evaluator,
    "evaluate.export": _evaluator,
    "evaluate.export_identities": _evaluator,
    # Reports, and long work: who asked for it sees it
    "evaluate.report": _evaluator,
    "evaluate.report_file": _evaluator,
    "evaluate.freeze_report": _whole,
    "evaluate.frozen_report": _whole,
    "evaluate.frozen_file": _whole,
    "evaluate.verify_report": _whole,
    "evaluate.delete_report": _whole,
    "evaluate.task": _evaluator,
    "evaluate.task_file": _evaluator,
    "evaluate.task_again": _evaluator,
    "evaluate.visit": _evaluator,
    # Workshops together, for evaluators; each trainer's own
    "evaluate.workshops": _evaluator,
    "evaluate.workshop": _evaluator,
    "evaluate.workshop_document": _evaluator,
    "evaluate.country": _evaluator,
    "evaluate.country_document": _evaluator,
    "train.list_workshops": _trainer,
    "train.new_workshop": _trainer,
    "train.change_questions": _trainer,
    "train.workshop": _trainer,
    "train.counts": _trainer,
    "train.change_workshop": _trainer,
    "train.poster": _trainer,
    "train.received": _trainer,
    "train.qr": _trainer,
    "train.cards": _trainer,
    "train.make_cards": _trainer,
    "train.appraisal": _trainer,
    "train.summary": _trainer,
    "train.summary_document": _trainer,
    "train.show_links": _trainer,
    "train.decide_links": _trainer,
    # Accounts, retention, the audit log
    "manage.accounts": _administrator,
    "manage.add_account": _administrator,
    "manage.account": _administrator,
    "manage.change_account": _administrator,
    "manage.log": _administrator,
}


def init_app(app: Flask) -> None:
    """Check every request of an application before its view runs."""
    app.before_request(check)


def check() -> ResponseReturnValue | None:
    """Let a request through, or answer it: sign in first, not yours, or not here."""
    rule = RULES.get(request.endpoint or "")
    if request.endpoint is None:
        return None  # no such address; the error page says so
    if rule is None:
        abort(403)
    if is_staff(request.endpoint) and not _safe_line():
        abort(421)
    if rule is _anyone:
        return None
    if not _signed_in():
        return redirect(
            url_for("security.login", next=request.full_path.rstrip("?") if request.method == "GET" else None)
        )
    code = (request.view_args or {}).get("code")
    g.collection_id = _collection_id(str(code)) if code is not None else None
    g.grants = grants = _grants(rule)
    if rule is not _account and not grants:
        abort(403)
    if rule.everywhere and not any(map(_unlimited_grant, grants)):
        abort(403)
    if code is not None:
        _narrow(rule)
    return None


def _collection_id(code: str) -> int | None:
    return db.session.scalar(select(Collection.id).where(Collection.code == code)) if code.isprintable() else None


def _grants(rule: Rule) -> list[Grant]:
    """Return the person's roles that an address takes, at the collection of the request.

    The waves of a workshop are to its trainer what other collections are to an evaluator.
    """
    found = [grant for grant in current_user.roles if grant.name in rule.roles]
    if "evaluator" in rule.roles and _own_wave():
        found.append(Grant(name="evaluator", collection_id=g.collection_id, country=""))
    return found


def _own_wave() -> bool:
    """Say whether the collection of the request is a wave of the person's own workshop."""
    workshop = _workshop()
    trains = any(grant.name == "trainer" for grant in current_user.roles)
    return workshop is not None and trains and workshop.trainer_id == current_user.id


def _workshop() -> Workshop | None:
    """Return the workshop that the collection of the request is a wave of, if it is one."""
    if g.get("collection_id") is None:
        return None
    return db.session.get_one(Collection, g.collection_id).workshop


def is_staff(endpoint: str) -> bool:
    """Say whether an address belongs to people with accounts."""
    return endpoint.startswith(("security.", "manage.", "evaluate.", "train."))


def _safe_line() -> bool:
    """Say whether passwords and answers may be sent: over TLS, or while the server is bound to this machine alone."""
    return request.is_secure or bool(current_app.config.get("LOCAL"))


def _signed_in() -> bool:
    """Say whether the request is of a browser that is signed in and whose sign-in nobody ended."""
    if not current_user.is_authenticated or not current_user.active:
        return False
    found = db.session.scalar(select(SignIn).where(SignIn.digest == digest(str(session.get("sign_in", "")))))
    if found is None or found.user_id != current_user.id or now() - found.seen_at > IDLE:
        logout_user()
        return False
    if now() - found.seen_at > SEEN_EVERY and request.endpoint not in BY_THEMSELVES:
        found.seen_at = now()
        db.session.commit()
    g.sign_in = found
    return True


def _narrow(rule: Rule) -> None:
    """Keep a request to what the roles cover; another's collection looks like one that is not there."""
    collection_id = g.collection_id
    g.countries = _covered(g.grants, collection_id)
    if g.countries == ():
        abort(404)
    if rule.whole and g.countries is not None:
        abort(403)
    g.small_cells = collection_id is not None and _keeps_small_cells(collection_id)
    if g.small_cells and not rule.small_cells:
        raise SmallCells
    if _withheld(rule):
        g.grants = [grant for grant in g.grants if grant.name != "evaluator"]
        g.countries = _covered(g.grants, collection_id)
        if g.countries == ():
            raise TrainersOwn


def _withheld(rule: Rule) -> bool:
    """Say whether an address shows of a workshop what evaluators, who are not its trainer, do not see."""
    return "evaluator" in rule.roles and not rule.waves and _workshop() is not None and not _own_wave()


def _keeps_small_cells(collection_id: int) -> bool:
    """Say whether the small cells of a collection are shown to nobody."""
    return bool(smallest_shown(db.session.get_one(Collection, collection_id)))


def countries() -> tuple[str, ...] | None:
    """Return the countries whose forms the person may see in the collection of the request; None means all."""
    found: tuple[str, ...] | None = g.get("countries")
    return found


def countries_as(role: str, collection_id: int) -> tuple[str, ...] | None:
    """Return the countries of a collection that one role of the person covers: () for none of it, None for all."""
    return _covered([grant for grant in g.get("grants", []) if grant.name == role], collection_id)


def collections() -> dict[int, tuple[str, ...] | None] | None:
    """Return the collections the person's roles for this address cover, with their countries; None means all, whole."""
    grants: list[Grant] = g.get("grants", [])
    if any(map(_unlimited_grant, grants)):
        return None
    covered = {id_: _covered(grants, id_) for id_ in db.session.scalars(select(Collection.id))}
    return {id_: found for id_, found in covered.items() if found != ()}


def _unlimited_grant(grant: Grant) -> bool:
    return grant.collection_id is None and not grant.country


def _covered(grants: Iterable[Grant], collection_id: int | None) -> tuple[str, ...] | None:
    """Return the countries of a collection that some roles cover: () for none of it, None for the whole."""
    found = {each.country for each in grants if each.collection_id in (None, collection_id)}
    return None if "" in found else tuple(sorted(found))


def person() -> User:
    """Return who is signed in."""
    user: User = current_user._get_current_object()
    return user


def may(endpoint: str) -> bool:
    """Say whether who is signed in may use an address of the collection of the request; links show only then."""
    rule = RULES[endpoint]
    grants = _grants(rule) if signed_in() else []
    if grants and _withheld(rule):
        grants = [grant for grant in grants if grant.name != "evaluator"]
    covered = _covered(grants, g.get("collection_id"))
    if g.get("small_cells") and not rule.small_cells:
        return False
    return covered != () and not (rule.whole and covered is not None)


def signed_in() -> bool:
    """Say whether the request is of someone signed in; asked by pages that anyone may see."""
    return "sign_in" in g or (is_staff(request.endpoint or "root.") or request.endpoint == "root") and _signed_in()


def trainers_own() -> bool:
    """Say whether the collection of the request is a wave of a workshop whose trainer somebody else is."""
    return _workshop() is not None and not _own_wave()


def may_make_collections() -> bool:
    """Say whether the person may make a collection: an evaluator whose role has no limit."""
    return any(grant.name == "evaluator" and _unlimited_grant(grant) for grant in current_user.roles)


def my_roles() -> set[str]:
    """Return the roles of who is signed in, wherever they hold."""
    return {grant.name for grant in current_user.roles} if signed_in() else set()
