"""The forms that came: the list, and finding one."""

import re
from dataclasses import replace

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from stdnum import damm

from surveytool import access, tabulate
from surveytool.audit_log import record
from surveytool.definitions.questionnaire import variables_of
from surveytool.evaluate import listing
from surveytool.evaluate.common import bp, country_names, covering, head, opened, options
from surveytool.evaluate.responses import forms as asking
from surveytool.evaluate.responses import pages, queries
from surveytool.evaluate.responses.forms import Asked, asked
from surveytool.evaluate.validation.queries import flags
from surveytool.languages import LANGUAGES
from surveytool.models import Collection, db
from surveytool.models.base import writing
from surveytool.text import ascii_digits, clean

FORMS_A_PAGE = 50
RECEIPT_DIGITS = 17
#: No number of a form and no receipt is longer.
TYPED = 40


@bp.get("/<code>/responses")
def responses(code: str) -> ResponseReturnValue:
    """List the forms of a collection as the address asks, without who sent them."""
    collection, _ = opened(code)
    return render_template("evaluate/responses/responses.html", page=_list_page(collection))


@bp.post("/<code>/responses/find")
def find_response(code: str) -> ResponseReturnValue:
    """Go to the form that has a number, a serial number or a receipt; a receipt stands in no address and no log."""
    collection, _ = opened(code)
    typed = ascii_digits(clean(request.form.get("form", ""))[:TYPED])
    found, fault = _found(collection, typed)
    if len(found) == 1:
        return redirect(
            url_for("evaluate.response", code=code, response_id=found[0][0], **asked(collection).parameters)
        )
    page = replace(_list_page(collection), typed=typed, error=fault, found=found)
    return make_response(render_template("evaluate/responses/responses.html", page=page), 422)


def _found(collection: Collection, typed: str) -> tuple[list[tuple[int, str]], str]:
    """Return the forms that were looked for, each with its serial number, and what to say unless it is one."""
    digits = re.sub(r"[\s.\-\u2010-\u2015]", "", typed)
    if len(digits) == RECEIPT_DIGITS and digits.isdecimal():
        if not damm.is_valid(digits):
            return [], "This is no receipt: one of its digits is wrong, or two were swapped."
        id_ = queries.by_receipt(collection.id, digits, covering())
        if id_ is None:
            return [], "No form here has this receipt."
        with writing():
            record(access.person().email, "found a form by its receipt", f"response {id_}")
            db.session.commit()
        return [(id_, "")], ""
    found = queries.by_number(collection.id, typed, covering()) if typed else []
    if not found:
        return [], "No form here has this number, serial number or receipt." if typed else "Please type a number."
    return found, "Several forms have this number:" if len(found) > 1 else ""


def _list_page(collection: Collection) -> pages.ResponsesPage:
    """Return the page of the list that the address asks for."""
    assert collection.version is not None
    wanted, forms = asked(collection), tabulate.forms(collection.id, covering())
    count = tabulate.selected(collection.id, wanted.selection) if wanted.filtered else forms.received
    last = max(1, -(-count // FORMS_A_PAGE))
    wanted = wanted.within(last)
    states = {"counts": forms.valid - forms.flagged, "flagged": forms.flagged, "excluded": forms.excluded}
    return pages.ResponsesPage(
        head=head(collection),
        asked=wanted,
        rows=_rows(collection, wanted),
        columns=asking.COLUMNS,
        page=wanted.page,
        pages=last,
        first=(wanted.page - 1) * FORMS_A_PAGE + 1,
        count=count,
        received=forms.received,
        items=len([each for each in collection.version.questionnaire.items.values() if each.stored]),
        states=options(dict(asking.STATES), states, wanted.states),
        facets=listing.facets(collection, wanted.where),
    )


def _rows(collection: Collection, wanted: Asked) -> list[pages.ListedForm]:
    """Return one page of the list, read in few statements however many forms it has."""
    assert collection.version is not None
    names, q = country_names(collection), collection.version.questionnaire
    rows = queries.listed(collection, wanted, FORMS_A_PAGE)
    ids = [row.id for row in rows]
    # Several boxes of one question are answered together, so that the first stands for all.
    answered = tabulate.answered(ids, [variables_of(each)[0].name for each in q.items.values() if each.stored])
    links = queries.Links.of(collection.id, ids, [row.supersedes_id for row in rows if row.supersedes_id], covering())
    excluding, flagging = queries.excluding(ids), flags(collection, ids)
    return [
        pages.ListedForm(
            id=row.id,
            serial=row.serial,
            country=names.get(row.country, "no country"),
            language=LANGUAGES[row.language].english,
            mode=row.mode,
            received_at=row.received_at,
            filled_on=row.filled_on,
            answered=answered.get(row.id, 0),
            exclusions=excluding.get(row.id, ()),
            flags=[each.reason for each in flagging[row.id]],
            corrects=row.supersedes_id if row.supersedes_id in links.seen else None,
            corrected_by=links.later.get(row.id, ()),
        )
        for row in rows
    ]
