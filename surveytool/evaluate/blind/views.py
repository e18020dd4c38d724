"""Second coders: coding blind, how far coders agree, and settling what they made differently."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from surveytool import access, tabulate, verbatims
from surveytool.definitions import Questionnaire
from surveytool.definitions.questionnaire import Variable
from surveytool.evaluate.blind import pages
from surveytool.evaluate.blind.forms import Begun, Sent, Settled
from surveytool.evaluate.coding.forms import Asked, codes_of
from surveytool.evaluate.coding.pages import ordered
from surveytool.evaluate.common import bp, country_names, covering, head, message, number, opened, wrong_reason
from surveytool.judge import blind
from surveytool.judge import coding as coded
from surveytool.judge.coding import CodingError, Unit
from surveytool.models import BlindCoding, Code, CodeFrame, Collection, db
from surveytool.models.base import writing
from surveytool.tabulate import Compared
from surveytool.verbatims import Verbatim

NO_FRAME = "This item has no codes yet. Make the first one in its code frame."
KEPT = "it stays beside the codes and goes into the audit log"
CHANGED = "Nothing was settled: this was coded or settled since you opened the page. See it as it is now."

# Coding blind ---------------------------------------------------------------------------------------------------------


@bp.get("/<code>/coding/<number>/blind")
def blind_coding(code: str, number: str) -> ResponseReturnValue:
    """Show the answers of one's sample to be coded, with nothing of what others made of them."""
    return render_template("evaluate/blind/blind.html", page=_blind_page(*_find(code, number)))


@bp.post("/<code>/coding/<number>/blind")
def code_blind(code: str, number: str) -> ResponseReturnValue:
    """Draw a sample, or note codes for the answers chosen."""
    collection, q, variable = _find(code, number)
    begun, sent = Begun.of(request.form), Sent.of(request.form)
    begins = request.form.get("do") == "begin"
    try:
        with writing():
            told = _begin(collection, variable, begun) if begins else _note(collection, variable, sent)
            db.session.commit()
    except CodingError as fault:
        db.session.rollback()
        page = replace(_blind_page(collection, q, variable), begun=begun, sent=sent, error=str(fault))
        return make_response(render_template("evaluate/blind/blind.html", page=page), 422)
    flash(told)
    kept = Asked.of(request.args).parameters
    return redirect(url_for("evaluate.blind_coding", code=code, number=number, **kept, _anchor="answers"))


def _begin(collection: Collection, variable: Variable, begun: Begun) -> str:
    size, seed = begun.numbers(secrets.randbelow(blind.SEEDS))
    me = access.person().email
    forms = [each.response_id for each in verbatims.spoken(collection.id, [variable.name], covering())]
    openly = blind.coded_by([Unit(form, variable.name) for form in forms], me)
    left = [form for form in forms if Unit(form, variable.name) not in openly]
    if forms and not left:
        raise CodingError("You have coded all of these answers openly; somebody else has to code them blind.")
    sample = blind.begin(collection.id, variable.name, left, me, size, seed)
    drawn = f"{sample.size} drawn of {sample.of} with the seed {sample.seed}" if sample.size else f"all {sample.of}"
    return f"Your answers to code: {drawn}."


def _note(collection: Collection, variable: Variable, sent: Sent) -> str:
    """Note one's codes for the answers chosen. Raises CodingError."""
    frame = verbatims.frame(collection, variable)
    if frame is None:
        raise CodingError(NO_FRAME)
    coded.locked(frame)
    mine, _ = _mine(collection, variable, verbatims.spoken(collection.id, [variable.name], covering()))
    chosen = [each for each in mine if verbatims.answer_id(each.text) in sent.wordings]
    codes = codes_of(frame, sent.codes)
    if not chosen:
        raise CodingError("Choose at least one answer.")
    if sent.none and codes:
        raise CodingError("Codes are chosen, so that it is not clear whether none applies.")
    if not sent.none and not codes:
        raise CodingError("Choose at least one code, or say that none applies.")
    units = [Unit(each.response_id, variable.name) for each in chosen]
    return f"Noted for {blind.code(frame, units, codes, access.person().email)} answers."


def _mine(collection: Collection, variable: Variable, found: Sequence[Verbatim]) -> tuple[list[Verbatim], int]:
    """Return the answers of one's sample among those that stand, and how many are left out since coded openly."""
    me = access.person().email
    sample = blind.samples(collection.id, variable.name).get(me)
    if sample is None:
        return [], 0
    units = [Unit(each.response_id, variable.name) for each in found]
    openly, before = blind.coded_by(units, me), blind.coded_by(units, me, sample.at)
    # Who coded one of the sample openly since leaves it to others; the rest of the sample stays the same.
    drawn = sample.drawn(unit.response_id for unit in units if unit not in before)
    mine = [each for each in found if each.response_id in drawn]
    kept = [each for each in mine if Unit(each.response_id, variable.name) not in openly]
    return kept, len(mine) - len(kept)


# Agreement and settling -----------------------------------------------------------------------------------------------


@bp.get("/<code>/coding/<number>/agreement")
def agreement(code: str, number: str) -> ResponseReturnValue:
    """Show how far coders agree on an item, and the answers they coded differently."""
    return render_template("evaluate/blind/agreement.html", page=_agreement_page(*_find(code, number)))


@bp.post("/<code>/coding/<number>/agreement")
def settle(code: str, number: str) -> ResponseReturnValue:
    """Settle one disagreement: whose codes hold, or others, for a reason."""
    collection, q, variable = _find(code, number)
    sent = Settled.of(request.form)
    try:
        with writing():
            _settle(collection, variable, sent)
            db.session.commit()
    except CodingError as fault:
        db.session.rollback()
        page = replace(_agreement_page(collection, q, variable), sent=sent, error=str(fault))
        return make_response(render_template("evaluate/blind/agreement.html", page=page), 422)
    flash(f"Settled for form {sent.form}. Agreement goes on being about what stood before; the history can undo it.")
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name in ("coder", "show", "page")}
    return redirect(url_for("evaluate.agreement", code=code, number=number, **kept, _anchor="differences"))


def _settle(collection: Collection, variable: Variable, sent: Settled) -> None:
    frame = coded.locked(verbatims.frame(collection, variable) or abort(404))
    found = tabulate.coders(collection.id, variable.name, covering())
    one = next((each for each in found.compared if each.response_id == sent.form), None) or abort(404)
    if sent.seen != _seen(Unit(one.response_id, variable.name), frame):
        raise CodingError(CHANGED)
    if wrong := wrong_reason(sent.reason, KEPT):
        raise CodingError(wrong)
    unit = Unit(one.response_id, variable.name)
    blind.settle(frame, unit, _holding(frame, one, sent), access.person().email, sent.reason)


def _holding(frame: CodeFrame, one: Compared, sent: Settled) -> list[Code]:
    """Return the codes that are to hold. Raises CodingError."""
    if sent.whose == "other":
        if not sent.codes:
            raise CodingError("Choose the codes that are to hold.")
        return codes_of(frame, sent.codes)
    if sent.whose == "first":
        return codes_of(frame, one.first)
    if sent.whose not in one.blind:
        raise CodingError("Please choose whose codes hold.")
    return codes_of(frame, one.blind[sent.whose])


def _seen(unit: Unit, frame: CodeFrame) -> str:
    """Return what tells one state of an answer's codes, open and blind, from every other."""
    marks = [(each.id, str(each.settled_at)) for each in blind.codings([unit])]
    return sha256(repr((marks, sorted(coded.live_ids(frame, unit)))).encode()).hexdigest()[:16]


# Putting the pages together -------------------------------------------------------------------------------------------


def _find(code: str, number: str) -> tuple[Collection, Questionnaire, Variable]:
    """Return a collection and one of its open items. Raises NotFound."""
    collection, q = opened(code)
    variable = next((each for each in verbatims.open_items(q) if each.number == number), None)
    text = f"Item {number} of '{code}' has no answers in words. These are the collections:"
    return collection, q, variable or abort(message("Not found", text))


def _blind_page(collection: Collection, q: Questionnaire, variable: Variable) -> pages.BlindPage:
    asked, me = Asked.of(request.args), access.person().email
    frame = verbatims.frame(collection, variable)
    found = verbatims.spoken(collection.id, [variable.name], covering())
    mine, left_out = _mine(collection, variable, found)
    own = blind.of_coder(collection.id, variable.name, me)
    english = verbatims.english(collection.id, variable.name, covering())
    lines = pages.own_lines(mine, own, frame, asked, country_names(collection), english)
    last = max(1, -(-len(lines) // pages.GROUPS))
    page = min(asked.page, last)
    return pages.BlindPage(
        head=head(collection),
        variable=variable,
        label=collection.revision("en").wording.label(variable.item.name),
        frame=frame,
        codes=ordered(frame),
        asked=replace(asked, page=page),
        sample=blind.samples(collection.id, variable.name).get(me),
        standing=len(found),
        mine=len(mine),
        left_out=left_out,
        done=sum(each.response_id in own for each in mine),
        groups=lines[(page - 1) * pages.GROUPS : page * pages.GROUPS],
        pages=last,
    )


def _agreement_page(collection: Collection, q: Questionnaire, variable: Variable) -> pages.AgreementPage:
    frame = verbatims.frame(collection, variable)
    found = tabulate.coders(collection.id, variable.name, covering())
    others = sorted({coder for each in found.compared for coder in each.blind})
    coder = request.args.get("coder", "")
    coder = coder if coder in others else next(iter(others), "")
    which = "settled" if request.args.get("show") == "settled" else "open"
    settled = [each for each in found.compared if each.settled]
    differ = [each for each in found.compared if not each.settled and not pages.agree(each.first, each.blind)]
    shown = settled if which == "settled" else differ
    last = max(1, -(-len(shown) // pages.DISAGREEMENTS))
    page = min(last, max(1, number(request.args.get("page", ""))))
    part = shown[(page - 1) * pages.DISAGREEMENTS : page * pages.DISAGREEMENTS]
    return pages.AgreementPage(
        head=head(collection),
        variable=variable,
        label=collection.revision("en").wording.label(variable.item.name),
        frame=frame,
        codes=ordered(frame),
        coders=found,
        samples=sorted(blind.samples(collection.id, variable.name).values(), key=lambda each: each.at),
        alpha=pages.alpha(found),
        coder=coder,
        others=others,
        whole=pages.whole_kappa(found, coder),
        lines=pages.code_lines(found, frame, coder),
        differences=_differences(collection, variable, frame, part) if frame else [],
        open=len(differ),
        settled=len(settled),
        which=which,
        page=page,
        pages=last,
    )


def _differences(
    collection: Collection, variable: Variable, frame: CodeFrame, part: Sequence[Compared]
) -> list[pages.Difference]:
    """Return answers that were coded differently, with their words and whose codes are which."""
    if not part:
        return []
    words = {each.response_id: each for each in verbatims.spoken(collection.id, [variable.name], covering())}
    english = verbatims.english(collection.id, variable.name, covering())
    by_unit: dict[int, list[BlindCoding]] = {}
    for row in blind.codings([Unit(each.response_id, variable.name) for each in part]):
        by_unit.setdefault(row.response_id, []).append(row)

    def named(ids: Iterable[int]) -> list[Code]:
        return codes_of(frame, ids)

    return [
        pages.Difference(
            form=each.response_id,
            text=words[each.response_id].text,
            language=words[each.response_id].language,
            translations=english.get(words[each.response_id].text, ()),
            first=named(each.first),
            blind={coder: named(codes) for coder, codes in sorted(each.blind.items())},
            settled=each.settled,
            settled_by=_settler(by_unit, each.response_id),
            now=named(coded.live_codes(frame, Unit(each.response_id, variable.name))),
            seen=_seen(Unit(each.response_id, variable.name), frame),
        )
        for each in part
        if each.response_id in words
    ]


def _settler(by_unit: Mapping[int, Sequence[BlindCoding]], form: int) -> str:
    return next((row.settled_by for row in by_unit.get(form, ()) if row.settled_by), "")
