"""The forms of accounts: who, which role, where it holds."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from surveytool.models import ROLES

_ROLES = [SelectChoice(value=role, label=role) for role in ROLES]


class AccountForm(FlaskForm):  # type: ignore[misc]
    """A new account."""

    email = StringField("E-mail address", [InputRequired("Please give an e-mail address."), Length(max=255)])
    roles = SelectMultipleField(
        "Roles",
        choices=_ROLES,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    second_factor = BooleanField("Wants a second factor from the first sign-in on")


class GrantForm(FlaskForm):  # type: ignore[misc]
    """One role more."""

    role = SelectField("Role", choices=_ROLES)
    collection = SelectField("In", choices=[], validate_choice=True)
    country = SelectField("For the forms of", choices=[], validate_choice=True)
