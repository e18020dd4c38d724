"""Form fields from items: one small function for each item type.

Fields only carry what was typed; reading and checking it is intake's, the same for every mode.
"""

from collections.abc import Callable, Mapping, Sequence

from werkzeug.datastructures import MultiDict
from wtforms import Field, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.form import BaseForm

from surveytool.definitions import Item, Questionnaire, Wording
from surveytool.reading import code_parts, date_parts

Fields = dict[str, Field]


def make_form(q: Questionnaire, wording: Wording, sent: Mapping[str, Sequence[str]]) -> BaseForm:
    """Return the form of a questionnaire in one language, holding what was sent."""
    fields: Fields = {}
    for item in q.items.values():
        fields |= _MAKERS[item.type](item, wording)
    form = BaseForm(fields)
    form.process(MultiDict([(name, value) for name in sent for value in _shown(fields.get(name), sent[name])]))
    return form


def _shown(field: Field | None, values: Sequence[str]) -> Sequence[str]:
    """Return what a field shows: one of a single text shows all that came under its name, as intake reads it."""
    several = getattr(field, "field_class", None) in (RadioField, SelectMultipleField)
    return values if several else ["\n".join(value for value in values if value)]


def _choices(item: Item, wording: Wording) -> list[SelectChoice]:
    return [SelectChoice(value=code, label=wording.choice(item.choice_list, code)) for code in item.codes]


def _select_one(item: Item, wording: Wording) -> Fields:
    return {item.name: RadioField(choices=_choices(item, wording), validate_choice=False)}


def _select_multiple(item: Item, wording: Wording) -> Fields:
    return {item.name: SelectMultipleField(choices=_choices(item, wording), validate_choice=False)}


def _number(item: Item, wording: Wording) -> Fields:
    # Never type=number: it drops native digits without a word.
    mode = "numeric" if item.type == "integer" else "decimal"
    return {item.name: StringField(render_kw={"inputmode": mode, "autocomplete": "off"})}


def _text(item: Item, wording: Wording) -> Fields:
    field = TextAreaField(render_kw={"rows": item.rows}) if item.rows > 1 else StringField()
    if not item.choices:
        return {item.name: field}
    boxes = SelectMultipleField(choices=_choices(item, wording), validate_choice=False)
    return {item.name: field, f"{item.name}.choice": boxes}


def _date(item: Item, wording: Wording) -> Fields:
    digits = {"inputmode": "numeric", "autocomplete": "off"}
    # A year may be marked with its era, in letters.
    return {name: StringField(render_kw=digits if i < 2 else {}) for i, name in enumerate(date_parts(item.name))}


def _linking_code(item: Item, wording: Wording) -> Fields:
    digits = {"inputmode": "numeric", "autocomplete": "off"}
    if not item.choices:
        return {item.name: StringField(render_kw=digits)}
    takes = zip(code_parts(item), item.choices, strict=True)
    return {
        name: StringField(render_kw=digits if part.takes == "number" else {"autocomplete": "off"})
        for name, part in takes
    }


_MAKERS: dict[str, Callable[[Item, Wording], Fields]] = {
    "select_one": _select_one,
    "select_multiple": _select_multiple,
    "integer": _number,
    "decimal": _number,
    "text": _text,
    "date": _date,
    "linking_code": _linking_code,
}
