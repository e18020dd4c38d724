"""Sharing tables with partners: look first, make a link, see it once, end it."""

from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, sharing
from surveytool.evaluate.common import bp, head, message, opened
from surveytool.evaluate.long import begin, finished, listed
from surveytool.evaluate.shares import pages
from surveytool.evaluate.shares.forms import ShareForm
from surveytool.models import Collection, Share, db
from surveytool.models.base import now, writing
from surveytool.sharing import Draft, SharingError
from surveytool.working import SHARE
from surveytool.working import draft as worked_out

CHANGED = (
    "Nothing was shared: since these tables were worked out, forms came or were judged. Look once more at what it "
    "would show."
)

bp.add_app_template_global(pages.state, "share_state")


@bp.get("/<code>/shares")
def shares(code: str) -> ResponseReturnValue:
    """List what was shared of a collection, and offer to share."""
    collection, _ = opened(code)
    done = finished(SHARE, collection, content=True)
    draft = worked_out(done, collection) if done else None
    if done is None or draft is None:
        return _list(collection, ShareForm(formdata=None))
    form = ShareForm(formdata=None, data=(done.result or {})["share"])
    return _list(collection, form, draft=draft, read=_read(collection, draft.tables), found=done.id)


@bp.post("/<code>/shares")
def make_share(code: str) -> ResponseReturnValue:
    """Show what a share would show; or make it, and show its link once."""
    collection, _ = opened(code)
    form = ShareForm()
    if not form.validate_on_submit():
        return _list(collection, form, status=422)
    try:
        if form.by_country.data:
            return _by_country(collection, form)
        draft = sharing.prepare(collection, by_country=False)
        if request.form.get("do") != "make":
            return _list(collection, form, draft=draft, read=_read(collection, draft.tables))
        return _stored(collection, draft, form)
    except SharingError as error:
        db.session.rollback()
        return _list(collection, form, error=str(error), status=409)


def _by_country(collection: Collection, form: ShareForm) -> ResponseReturnValue:
    """Make a share of what long work has worked out and somebody has looked at, or begin that work.

    Raises SharingError.
    """
    done = finished(SHARE, collection, content=True)
    draft = worked_out(done, collection) if done else None
    if request.form.get("do") != "make" or draft is None:
        fields = {name: form[name].data for name in ("audience", "days", "by_country")}
        return begin(SHARE, collection, {"fields": fields})
    if not sharing.is_current(draft, by_country=True):
        raise SharingError(CHANGED)
    return _stored(collection, draft, form)


@bp.get("/<code>/shares/<int:share_id>")
def share(code: str, share_id: int) -> ResponseReturnValue:
    """Show one share as partners see it, in English."""
    collection, _ = opened(code)
    return _one(collection, _share(collection, share_id), ShareForm(formdata=None))


@bp.post("/<code>/shares/<int:share_id>")
def change_share(code: str, share_id: int) -> ResponseReturnValue:
    """End a link, or give its tables under another one."""
    collection, _ = opened(code)
    found = _share(collection, share_id)
    form, deed = ShareForm(), request.form.get("do")
    if deed not in ("again", "revoke"):
        abort(400)
    if deed == "again" and not form.validate_on_submit():
        return _one(collection, found, form, status=422)
    try:
        if deed == "again":
            return _stored(collection, sharing.again(found), form)
        with writing():
            sharing.revoke(found, access.person().email)
            db.session.commit()
    except SharingError as error:
        db.session.rollback()
        return _one(collection, found, ShareForm(formdata=None), error=str(error), status=409)
    return redirect(url_for("evaluate.share", code=code, share_id=share_id))


def _stored(collection: Collection, draft: Draft, form: ShareForm) -> ResponseReturnValue:
    """Keep a share and show its link. Raises SharingError."""
    with writing():
        made, token = sharing.store(
            draft, audience=form.audience.data or "", days=form.days.data or 1, who=access.person().email
        )
        db.session.commit()
    link = url_for("respond.shared", token=token, _external=True)
    return _one(collection, made, ShareForm(formdata=None), link=link)


def _share(collection: Collection, share_id: int) -> Share:
    """Return a share of a collection. Raises NotFound."""
    found = next((each for each in sharing.shares(collection) if each.id == share_id), None)
    words = f"The collection '{collection.code}' has no share {share_id}. These are the collections:"
    return found or abort(message("Not found", words))


def _read(collection: Collection, tables: dict[str, Any]) -> sharing.Read:
    assert collection.version is not None
    return sharing.read(tables, collection.version.questionnaire, collection.revision("en").wording, pages.WORDS)


def _list(collection: Collection, form: ShareForm, *, status: int = 200, **found: Any) -> ResponseReturnValue:
    assert collection.version is not None
    page = pages.SharesPage(
        head=head(collection),
        shares=sharing.shares(collection),
        form=form,
        moment=now(),
        can_divide=bool(collection.version.questionnaire.country),
        tasks=listed("evaluate.shares", collection),
        **found,
    )
    return make_response(render_template("evaluate/shares/shares.html", page=page), status)


def _one(
    collection: Collection, found: Share, form: ShareForm, *, status: int = 200, **more: str
) -> ResponseReturnValue:
    page = pages.SharePage(head(collection), found, _read(collection, found.tables), form, now(), **more)
    return make_response(render_template("evaluate/shares/share.html", page=page), status)
