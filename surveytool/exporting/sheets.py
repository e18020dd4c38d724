"""The sheets of an export as rows: forms wide or long, what was judged, and, where asked for, who sent them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select

from surveytool.codebook import FORM_IN_LONG, LONG, MARKS, Column, columns, form_columns, labels, question
from surveytool.definitions import Questionnaire, Variable, Wording
from surveytool.exporting.forms import JUDGED, JUDGEMENT, Form, forms, of_items, streamed
from surveytool.models import Answer, Code, CodeFrame, Identity, Judgement, Response, db
from surveytool.spreadsheets import Cell

DATA = "Data"
#: After how many forms it is told how many are written.
TOLD_EVERY = 200


@dataclass
class Sheets:
    """What an export of some forms of a collection consists of; each sheet begins with its header."""

    collection_id: int
    q: Questionnaire
    wording: Wording
    #: Whether labels are wanted in place of codes.
    labelled: bool
    chosen: Sequence[ColumnElement[bool]]
    #: Hears how many forms are written.
    tell: Callable[[int], None] = lambda done: None
    #: How many forms the data had.
    count: int = 0

    def wide(self) -> Iterator[Sequence[Cell]]:
        """Yield a row for each form."""
        kept = columns(self.q)
        yield (*form_columns(self.q), *(column.name for column in kept))
        cells, countries = [self._cell(column) for column in kept], self._countries()
        for form in self._forms():
            yield [*_form_cells(form, countries), *[cell(form) for cell in cells]]

    def long(self) -> Iterator[Sequence[Cell]]:
        """Yield a row for each variable of each form."""
        yield (*form_columns(self.q, FORM_IN_LONG), *LONG)
        countries, of_all = self._countries(), of_items(self.collection_id)
        kept = [(v, self._cell(Column(v)), labels(self.q, v, self.wording)) for v in self.q.variables.values()]
        for form in self._forms():
            about = _form_cells(form, countries)[: len(FORM_IN_LONG)]
            judged = _by_variable([*of_all, *form.judged])
            for variable, cell, named in kept:
                if variable.name not in form.held:
                    continue
                held = form.held[variable.name]
                codes = "; ".join(form.codings.get(variable.name, ()))
                yield (
                    *(*about, variable.number, variable.name, MARKS.get(held.state, held.state), cell(form)),
                    *(_given(variable, held.code), named.get(held.code or "", ""), held.text, held.date),
                    *(held.understood, codes, judged.get(variable.name, ""), *_translation(form, variable.name)),
                )

    def judgements(self) -> Iterator[Sequence[Cell]]:
        """Yield all that was ever judged: of items for all forms first, then of forms and answers."""
        yield (form_columns(self.q)[0], "item", "variable", *JUDGED, "given", "text")
        for each in of_items(self.collection_id):
            yield (*self._judged("all", each), "", "")
        answer = and_(Answer.response_id == Judgement.response_id, Answer.variable == Judgement.variable)
        query = (
            select(*JUDGEMENT, Answer.code, Answer.text)
            .join(Response, Response.id == Judgement.response_id)
            .outerjoin(Answer, answer)
            .where(*self.chosen)
        )
        for each in streamed(query, Judgement.id):
            variable = self.q.variables.get(each.variable)
            yield (*self._judged(each.response_id, each), _given(variable, each.code), each.text)

    def identities(self, english: Wording) -> Iterator[Sequence[Cell]]:
        """Yield who sent each form, where that was given and is still kept."""
        items = [item for item in self.q.items.values() if item.identity]
        asked = (question(Variable(item.name, item.number, item), english) for item in items)
        yield (form_columns(self.q)[0], *asked)
        query = select(Response.id, Identity.data).join(Identity, Identity.response_id == Response.id)
        for row in streamed(query.where(*self.chosen), Response.id):
            used = row.data.get("used", {})
            yield (row.id, *(used.get(item.name, "") for item in items))

    def frames(self) -> dict[str, dict[str, str]]:
        """Return what each code of the collection's code frames is called."""
        query = (
            select(CodeFrame.name, Code.name, Code.label)
            .join(Code, Code.frame_id == CodeFrame.id)
            .where(CodeFrame.collection_id == self.collection_id)
            .order_by(Code.id)
        )
        found: dict[str, dict[str, str]] = {}
        for frame, code, label in db.session.execute(query):
            found.setdefault(frame, {})[code] = label
        return found

    def _forms(self) -> Iterator[Form]:
        self.count = 0
        for form in forms(self.collection_id, self.chosen, code_names=not self.labelled):
            self.count += 1
            if not self.count % TOLD_EVERY:
                self.tell(self.count)
            yield form

    def _countries(self) -> Mapping[str, str]:
        """Return what countries are called where labels are wanted."""
        variable = self.q.variables.get(self.q.country)
        return labels(self.q, variable, self.wording) if variable and self.labelled else {}

    def _judged(self, form: Cell, each: Row[Any]) -> list[Cell]:
        variable = self.q.variables.get(each.variable)
        said = [_moment(getattr(each, name)) if name.endswith("_at") else getattr(each, name) for name in JUDGED]
        return [form, variable.number if variable else "", each.variable, *said]

    def _cell(self, column: Column) -> Callable[[Form], Cell]:
        """Return what makes a column's cell from a form."""
        name = column.variable.name
        if column.part:
            return _part(column)
        words = labels(self.q, column.variable, self.wording) if self.labelled else {}
        known: dict[str | None, Cell] = {}

        def cell(form: Form) -> Cell:
            held = form.held.get(name)
            if held is None:
                return None
            if held.state != "value":
                return MARKS[held.state]
            if held.date is not None:
                return held.date
            if held.text is not None:
                return told_apart(held.text)
            if held.code not in known:
                known[held.code] = words.get(held.code or "") or _given(column.variable, held.code)
            return known[held.code]

        return cell


def _part(column: Column) -> Callable[[Form], Cell]:
    """Return what makes the cell of a part of an answer; it is empty where no answer counts."""
    name, place = column.variable.name, {"typed": "text"}.get(column.part, column.part)

    def cell(form: Form) -> Cell:
        held = form.held.get(name)
        if held is None or held.state != "value":
            return None
        if place.startswith("translation"):
            return _translation(form, name)[place == "translation_state"]
        return "; ".join(form.codings.get(name, ())) if place == "codes" else getattr(held, place)

    return cell


def _translation(form: Form, variable: str) -> tuple[str | None, str | None]:
    """Return the translation of an answer and its state; None where nobody translated it."""
    shown = form.translations.get(variable)
    return (shown.text, shown.words) if shown else (None, None)


def _form_cells(form: Form, countries: Mapping[str, str]) -> list[Cell]:
    """Return what is known of the form itself, in the order of the codebook."""
    row = form.row
    return [
        *(row.id, "excluded" if form.excluded else "counts", countries.get(row.country, row.country), row.language),
        *(row.mode, row.wave, _moment(row.received_at), row.filled_on.isoformat() if row.filled_on else None),
        *("yes" if row.typed_by else "no", row.supersedes_id, row.version, row.wording),
        *(form.reasons("exclude form"), form.reasons("flag"), *_organisation_cells(form)),
    ]


def _organisation_cells(form: Form) -> list[Cell]:
    of = form.organisation
    return [of.name, of.kind, "yes" if of.direct_partner else "no"] if of else [None, None, None]


def _by_variable(judged: Sequence[Row[Any]]) -> dict[str, str]:
    """Return what was judged of each variable, in words."""
    found: dict[str, str] = {}
    for each in judged:
        said = f"{each.effect}: {each.reason}{' (withdrawn)' if each.withdrawn_at else ''}"
        found[each.variable] = f"{found[each.variable]}; {said}" if each.variable in found else said
    return found


def _moment(at: Any) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def _given(variable: Variable | None, code: str | None) -> Cell:
    """Return a code as given; as a number where it is one, as on scales and for years of dates."""
    if code is None or variable is None or not (variable.choice or variable.kind in ("scale", "number", "date")):
        return code
    number = float(code)
    return int(number) if number.is_integer() else number


def told_apart(text: str) -> str:
    """Return a text, with an apostrophe before one that would be taken for the mark of a missing answer."""
    return f"'{text}" if text.lstrip("'") in MARKS.values() else text
