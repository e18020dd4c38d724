"""What to print: which language, how many copies, on which sides."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, IntegerField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

#: More than a meeting needs; each copy has its own serial, so more can always be printed after it.
COPIES = 50

_HOW_MANY = f"Please enter how many copies, from 1 to {COPIES}."


class PrintForm(Form):  # type: ignore[misc]
    """Nothing is changed by printing, so it is sent in the address and needs no token."""

    language = RadioField("Language", [InputRequired("Please choose a language.")])
    copies = IntegerField(
        f"Copies (1 to {COPIES}), each with a form number of its own",
        [InputRequired(_HOW_MANY), NumberRange(1, COPIES, _HOW_MANY)],
        default=1,
        render_kw={"inputmode": "numeric", "autocomplete": "off", "size": 4},
    )
    two_sides = BooleanField("My printer prints on both sides of the paper", default=True)


def print_form(languages: Mapping[str, str], sent: MultiDict[str, str] | None = None) -> PrintForm:
    """Return the form, blank or as it was sent."""
    form = PrintForm(sent or None)
    form.language.choices = [SelectChoice(value=tag, label=name) for tag, name in languages.items()]
    if not sent and languages:
        form.language.data = next(iter(languages))
    return form
