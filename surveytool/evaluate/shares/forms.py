"""The form to share tables."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange

from surveytool.sharing import AUDIENCE, DAYS


class ShareForm(FlaskForm):  # type: ignore[misc]
    """For whom, until when, and whether country by country."""

    audience = StringField(
        "For whom",
        filters=[lambda text: " ".join((text or "").split())],
        validators=[
            DataRequired("Please say for whom the link is, so that you know later which to end."),
            Length(max=AUDIENCE, message=f"Please use at most {AUDIENCE} characters."),
        ],
    )
    days = IntegerField(
        "Days until it ends",
        default=90,
        validators=[NumberRange(*DAYS, message=f"Please give a whole number from {DAYS[0]} to {DAYS[1]}.")],
    )
    by_country = BooleanField("Country by country too")
