"""Validation: the queue, one form beside what flagged it, and deciding one form or several."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from surveytool import access, tabulate
from surveytool.evaluate import listing
from surveytool.evaluate.common import LARGEST_ID, Option, bp, country_names, covering, head, message, opened
from surveytool.evaluate.corrections.pages import answer_lines, pairs
from surveytool.evaluate.validation import forms as asking
from surveytool.evaluate.validation import pages, queries
from surveytool.evaluate.validation.forms import AT_ONCE, DEEDS, Asked, Sent, asked
from surveytool.judge import corrections, deciding
from surveytool.judge.deciding import DecisionError, Event, events
from surveytool.judge.judgements import RULE
from surveytool.judge.kinds import KINDS, kind_of, settles
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, Judgement, Response, db
from surveytool.models.base import writing
from surveytool.rejudging import questionnaire_with_new_rules
from surveytool.retelling import Form

FORMS_A_PAGE = 50
#: How many submissions kept aside the queue lists.
ASIDE = 20

STALE = "Nothing was written: since you opened this page, somebody decided on this form, as shown here."
STALE_SOME = (
    "Nothing was written, of none of the forms: since you opened the queue, somebody decided on some of them, as shown "
    "here. Deciding again decides on all that are listed, as they are now."
)


@bp.get("/<code>/validation")
def validation(code: str) -> ResponseReturnValue:
    """Show the forms that rules or people flagged, as the address asks, undecided ones first."""
    collection, _ = opened(code)
    return render_template("evaluate/validation/queue.html", page=_queue_page(collection))


@bp.get("/<code>/validation/<int:response_id>")
def validate_form(code: str, response_id: int) -> ResponseReturnValue:
    """Show one form beside what flagged it."""
    collection, response = _find(code, response_id)
    return render_template("evaluate/validation/form.html", page=_form_page(collection, response))


@bp.post("/<code>/validation/<int:response_id>")
def decide_form(code: str, response_id: int) -> ResponseReturnValue:
    """Decide on one form: keep it, exclude it, or exclude it as a duplicate; and go on to the next."""
    collection, response = _find(code, response_id)
    sent = Sent.read(request.form)
    if sent.do not in DEEDS or response_id not in sent.stamps:
        abort(400)
    if fault := sent.fault():
        return _form_again(collection, response, sent, fault, 422)
    after = _form_page(collection, response).after
    try:
        with writing():
            deciding.lock([response.id])
            known = deciding.judged([response.id])
            if _happened(known[response.id]) != sent.stamps[response_id]:
                raise _Stale
            if _waits(known[response.id]):
                raise DecisionError("It is a correction that waits, which is decided under Corrections.")
            _carry_out(collection, [response], known, sent, ())
            db.session.commit()
    except (_Stale, DecisionError) as fault:
        db.session.rollback()
        return _form_again(collection, response, sent, STALE if isinstance(fault, _Stale) else str(fault), 409)
    wanted = asked(collection).parameters
    here = url_for("evaluate.validate_form", code=code, response_id=response_id, **wanted)
    flash(Markup('{} <a href="{}">Form {}, to undo it</a>.').format(_TOLD[sent.do], here, response_id))
    if after is None:
        return redirect(url_for("evaluate.validation", code=code, **wanted))
    return redirect(url_for("evaluate.validate_form", code=code, response_id=after, **wanted))


@bp.post("/<code>/validation/decide")
def decide_forms(code: str) -> ResponseReturnValue:
    """Show what deciding on several forms at once would do, and do it once that was looked over."""
    collection, _ = opened(code)
    sent = Sent.read(request.form)
    if sent.do not in DEEDS:
        abort(400)
    if "everything" in request.form:
        ids = queries.all_ids(collection.id, replace(asked(collection), show="undecided"), AT_ONCE)
        sent = replace(sent, stamps=tabulate.stamps(ids))
    found = queries.forms(collection.id, sent.stamps, covering())
    if not found or len(sent.stamps) > AT_ONCE:
        fault = f"Please tick 1 to {AT_ONCE} forms." if sent.stamps else "Please tick the forms to decide on."
        page = replace(_queue_page(collection), error=fault)
        return make_response(render_template("evaluate/validation/queue.html", page=page), 422)
    if not sent.confirmed:
        return render_template("evaluate/validation/bulk.html", page=_bulk_page(collection, found, sent))
    if fault := sent.fault():
        return _bulk_again(collection, found, sent, fault, 422)
    return _decide_all(collection, found, sent)


def _decide_all(collection: Collection, found: Sequence[Response], sent: Sent) -> ResponseReturnValue:
    """Decide on several forms, all or none of them."""
    try:
        with writing():
            deciding.lock([each.id for each in found])
            known = deciding.judged([each.id for each in found])
            if any(_happened(known[each.id]) != sent.stamps[each.id] for each in found):
                raise _Stale
            done = _carry_out(collection, _decidable(found, known), known, sent, asked(collection).kinds)
            db.session.commit()
    except (_Stale, DecisionError) as fault:
        db.session.rollback()
        return _bulk_again(collection, found, sent, STALE_SOME if isinstance(fault, _Stale) else str(fault), 409)
    listed = url_for("evaluate.decisions", code=collection.code)
    flash(Markup('{} forms: {} <a href="{}">All decisions, to undo it</a>.').format(done, _TOLD[sent.do], listed))
    return redirect(url_for("evaluate.validation", code=collection.code, **asked(collection).parameters))


class _Stale(Exception):
    """Somebody decided on a form since the page was made that a decision was made on."""


_TOLD = {
    "keep": "Kept: the flags are withdrawn and it counts.",
    "exclude": "Excluded: it does not count.",
    "duplicate": "Excluded as a duplicate.",
}


def _happened(judgements: Sequence[Judgement]) -> int:
    return len(events(judgements))


def _carry_out(
    collection: Collection,
    found: Sequence[Response],
    known: Mapping[int, Sequence[Judgement]],
    sent: Sent,
    kinds: Sequence[str],
) -> int:
    """Do what was decided, and return on how many forms; keeping withdraws signals of some kinds, or all."""
    who = access.person().email
    if sent.do == "keep":
        done = deciding.keep(found, _to_withdraw(collection, [each.id for each in found], kinds), who, sent.reason)
    else:
        of = None
        if sent.do == "duplicate":
            originals = queries.forms(collection.id, [sent.original or 0], covering())
            if not originals:
                raise DecisionError(f"There is no form {sent.of} here.")
            of = originals[0]
        done = deciding.exclude(found, known, who, sent.reason, of)
    if not done:
        raise DecisionError("Nothing was done: the same is decided already.")
    return done


def _to_withdraw(collection: Collection, ids: Sequence[int], kinds: Sequence[str]) -> dict[int, list[Judgement]]:
    """Return the signals that keeping withdraws: those of some kinds, or all, as stored now."""
    queue, q = asking.queue_of(collection), questionnaire_with_new_rules(collection)
    found = queries.signals(q, queue, collection.id, ids)
    if not kinds:
        return found
    return {id_: [each for each in some if kind_of(each, queue.rules) in kinds] for id_, some in found.items()}


def _decidable(found: Sequence[Response], known: Mapping[int, Sequence[Judgement]]) -> list[Response]:
    return [each for each in found if not _waits(known[each.id])]


def _waits(judgements: Sequence[Judgement]) -> bool:
    """Say whether a form is a correction that waits: it is decided in another place."""
    return any(each.rule == corrections.CORRECTION and each.withdrawn_at is None for each in judgements)


def _form_again(collection: Collection, response: Response, sent: Sent, fault: str, status: int) -> ResponseReturnValue:
    """Show the form as it is now, with what was typed, what is wrong, and what others did since."""
    page = _form_page(collection, response)
    seen = sent.stamps[response.id]
    page = replace(page, sent=sent, error=fault, since=page.events[seen:] if status == 409 else ())
    return make_response(render_template("evaluate/validation/form.html", page=page), status)


def _bulk_again(
    collection: Collection, found: Sequence[Response], sent: Sent, fault: str, status: int
) -> ResponseReturnValue:
    page = replace(_bulk_page(collection, found, sent), error=fault)
    return make_response(render_template("evaluate/validation/bulk.html", page=page), status)


# Putting the pages together -------------------------------------------------------------------------------------------


def _find(code: str, response_id: int) -> tuple[Collection, Response]:
    """Return one form that the person may see. Raises NotFound, for another's as for one that is not there."""
    collection, _ = opened(code)
    found = queries.forms(collection.id, [min(response_id, LARGEST_ID)], covering())
    if not found or found[0].id != response_id:
        text = f"The collection '{code}' has no form {response_id}. These are the collections:"
        abort(message("Not found", text))
    return collection, found[0]


def _queue_page(collection: Collection) -> pages.QueuePage:
    wanted = asked(collection)
    waiting = tabulate.undecided(collection.id, replace(wanted.queue, where=covering()))
    ids = queries.in_order(collection, wanted)
    count = len(ids)
    last = max(1, -(-count // FORMS_A_PAGE))
    wanted = wanted.within(last)
    return pages.QueuePage(
        head=head(collection),
        asked=wanted,
        rows=_rows(collection, wanted, ids[(wanted.page - 1) * FORMS_A_PAGE : wanted.page * FORMS_A_PAGE]),
        columns=asking.COLUMNS,
        page=wanted.page,
        pages=last,
        first=(wanted.page - 1) * FORMS_A_PAGE + 1,
        count=count,
        undecided=waiting.forms,
        counting=waiting.counting,
        shown=[Option(each, words, 0, each == wanted.show) for each, words in asking.SHOWN.items()],
        kinds=[
            Option(each, words, waiting.kinds.get(each, 0), each in wanted.kinds)
            for each, words in KINDS.items()
            if waiting.kinds.get(each) or each in wanted.kinds
        ],
        facets=listing.facets(collection, wanted.where),
        aside=queries.aside(collection.id, ASIDE) if access.may("evaluate.aside") else (),
        language_names={each.language: LANGUAGES[each.language].english for each in collection.wordings},
        at_once=AT_ONCE,
    )


def _rows(collection: Collection, wanted: Asked, ids: Sequence[int]) -> list[pages.QueueLine]:
    """Return one page of the queue, read in few statements however many forms it has."""
    names, q = country_names(collection), questionnaire_with_new_rules(collection)
    rows = queries.listed(ids)
    known, signals = deciding.judged(ids), queries.signals(q, wanted.queue, collection.id, ids)
    return [
        pages.QueueLine(
            id=row.id,
            serial=row.serial,
            country=names.get(row.country, "no country"),
            language=LANGUAGES[row.language].english,
            mode=row.mode,
            received_at=row.received_at,
            seconds=row.seconds,
            signals=[pages.signal(each, wanted.queue.rules) for each in signals[row.id]],
            correction=_waits(known[row.id]),
            undecided=_undecided(known[row.id], signals[row.id]),
            last=_last(events(known[row.id])),
            stamp=_happened(known[row.id]),
        )
        for row in rows
    ]


def _undecided(known: Sequence[Judgement], signals: Sequence[Judgement]) -> bool:
    """Say whether a form waits for a decision: it is a correction, or has signals that nobody settled."""
    settled = any(settles(each) and each.withdrawn_at is None for each in known)
    return _waits(known) or (bool(signals) and not settled)


def _last(happened: Sequence[Event]) -> Event | None:
    """Return the last thing that a person decided."""
    return next((each for each in reversed(happened) if each.by != RULE), None)


def _form_page(collection: Collection, response: Response) -> pages.FormPage:
    wanted, q = asked(collection), questionnaire_with_new_rules(collection)
    known = deciding.judged([response.id])[response.id]
    signals = queries.signals(q, wanted.queue, collection.id, [response.id])[response.id]
    told, happened = _told(collection, response), events(known)
    live = [each for each in known if each.withdrawn_at is None]
    others = queries.alike(response, covering())
    other = _beside(collection, response, others)
    both = pairs(answer_lines(_told(collection, other)), answer_lines(told)) if other else ([], [])
    before, after = queries.neighbours(collection, wanted, response.id)
    beside = []
    for each in signals:
        items = pages.spoken_of(q, each)
        lines = answer_lines(told, items) if items is not None else [a for a in answer_lines(told) if a.answer]
        beside.append(pages.Beside(pages.signal(each, wanted.queue.rules), lines, pages.note(q, each, response)))
    return pages.FormPage(
        head=head(collection),
        asked=wanted,
        response=response,
        country=country_names(collection).get(response.country, "no country"),
        language=LANGUAGES[response.language].english,
        before=before,
        after=after,
        undecided=_undecided(known, signals),
        correction=_waits(known),
        beside=beside,
        others=others,
        other=other,
        differing=both[0],
        same=both[1],
        events=happened,
        last=_last(happened),
        exclusions=[each for each in live if each.effect == "exclude form"],
        duplicate_of=[each.duplicate_of_id for each in live if each.duplicate_of_id],
        duplicates=queries.duplicates(response.id, covering(), collection.id),
        stamp=len(happened),
    )


def _told(collection: Collection, response: Response) -> Form:
    """Return the answers of a form in words, whatever stands now."""
    assert collection.version is not None
    return Form(response, collection.version.questionnaire, collection.revision("en").wording, {}, (), ())


def _beside(collection: Collection, response: Response, others: Sequence[int]) -> Response | None:
    """Return the form that one is shown beside: the one asked for, or the first that may be the same."""
    typed = request.args.get("beside", "")
    wanted = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
    ids = [wanted] if wanted and wanted != response.id else list(others[:1])
    found = queries.forms(collection.id, ids, covering()) if ids else []
    return found[0] if found else None


def _bulk_page(collection: Collection, found: Sequence[Response], sent: Sent) -> pages.BulkPage:
    """Return what deciding on several forms would do; its stamps are those of now, so that it can be done at once."""
    ids, rules = [each.id for each in found], asked(collection).queue.rules
    known, signals = deciding.judged(ids), _to_withdraw(collection, ids, asked(collection).kinds)
    lines = []
    for id_ in ids:
        happened = events(known[id_])
        left = _left(known[id_], signals[id_], sent.do)
        since = happened[sent.stamps[id_] :]
        lines.append(pages.BulkLine(id_, [pages.signal(each, rules) for each in signals[id_]], left, since))
    return pages.BulkPage(
        head=head(collection),
        asked=asked(collection),
        sent=replace(sent, stamps={id_: _happened(known[id_]) for id_ in ids}),
        lines=lines,
        count=sum(not each.left for each in lines),
        at_once=AT_ONCE,
    )


def _left(known: Sequence[Judgement], signals: Sequence[Judgement], do: str) -> str:
    """Return why a form stays as it is when others are decided with it, or ""."""
    if _waits(known):
        return "a correction that waits; it is decided under Corrections"
    if do == "keep":
        return "" if signals else "nothing flags it any more"
    return "it is excluded already" if any(settles(each) and each.withdrawn_at is None for each in known) else ""
