"""The forms of collections: what is set about one, new or later."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from surveytool.collection_settings import Settings
from surveytool.definitions.loading import questionnaire_names, read_raw
from surveytool.devices import DEFAULT_ZONE
from surveytool.fields import Day
from surveytool.languages import LANGUAGES


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """What is set about a collection; how long texts may be and what dates make sense is the collection's to say."""

    title = StringField("Title", description="What the meeting or the mailing is called, as partners know it.")
    questionnaire = SelectField("Questionnaire", description="Fixed by the first opening.")
    place = StringField("Place", description="Where people meet, if they do.")
    organiser = StringField("Organiser", description="Who asks, as respondents are told.")
    starts_on = Day("First day", [Optional()])
    ends_on = Day("Last day", [Optional()])
    offered = SelectMultipleField(
        "Languages offered",
        [DataRequired("Please choose at least one language.")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    identities_until = Day(
        "Names are kept until",
        [Optional()],
        description="The last day on which names, positions and duty stations are kept. Answers stay.",
    )

    zone = StringField(
        "Time zone",
        default=DEFAULT_ZONE,
        description="Moments are shown in it, such as Asia/Bangkok or Asia/Yangon.",
    )
    on_idle = SelectField(
        "A form left alone on a shared tablet",
        default="seal",
        choices=[
            SelectChoice(value="seal", label="is locked and sent to be looked at"),
            SelectChoice(value="clear", label="is cleared: nothing of it is kept"),
        ],
        validate_choice=False,
    )
    idle_minutes = IntegerField(
        "Minutes until a shared tablet asks whether somebody is there", default=10, description="1 to 120."
    )

    def offer(self, tags: Sequence[str], chosen: Sequence[str] | None = None) -> None:
        """Let these languages be chosen; `chosen` are ticked at first, none meaning all of them."""
        self.offered.choices = [SelectChoice(value=tag, label=LANGUAGES[tag].english) for tag in tags]
        if chosen is not None:
            self.offered.data = list(chosen or tags)

    def ask(self, name: str | None) -> None:
        """Let the questionnaire be chosen; None where it is fixed."""
        if name is None:
            del self.questionnaire
            return
        # What workshops ask is opened as their waves.
        names = [n for n in questionnaire_names() if n == name or read_raw(n).get("asked_in") != "workshop"]
        self.questionnaire.choices = [SelectChoice(value=n, label=f"{read_raw(n)['title']} ({n})") for n in names]

    def settings(self, questionnaire: str) -> Settings:
        """Return what was filled in, as settings that nobody has checked yet."""
        return Settings(
            title=self.title.data or "",
            questionnaire=questionnaire,
            place=self.place.data or "",
            organiser=self.organiser.data or "",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            offered=tuple(self.offered.data or ()),
            identities_until=self.identities_until.data,
            zone=(self.zone.data or "").strip(),
            on_idle=self.on_idle.data or "",
            idle_minutes=self.idle_minutes.data or 0,
        )


class NewForm(SettingsForm):
    """A new collection: its code too."""

    code = StringField(
        "Code",
        description="In addresses and commands; fixed from now on. Made from the title while it is left empty.",
    )
    trial = BooleanField("Only for trying out: the form and every page say that it is a demonstration")
