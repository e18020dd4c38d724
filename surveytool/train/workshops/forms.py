"""The forms of workshops: setting one up on one page, and changing what may be changed later."""

from collections.abc import Mapping, Sequence

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from surveytool.fields import Day
from surveytool.languages import LANGUAGES
from surveytool.workshop_plans import MOST_OWN, Details, Plan
from surveytool.workshops import AUDIENCE_NAMES, MOST_CARDS

#: How many competencies of their own trainers are offered room for.
OWN_SLOTS = 3


def _ticks(label: str, **more: object) -> SelectMultipleField:
    return SelectMultipleField(
        label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=False, **more
    )


class DetailsForm(FlaskForm):  # type: ignore[misc]
    """What may be changed at any time; what makes sense is the workshop's to say."""

    title = StringField("Title", description="What it is called, as participants know it.")
    topic = StringField("Topic", description="What it is about, in a few words, such as case management.")
    place = StringField("Place")
    starts_on = Day("First day", [Optional()])
    ends_on = Day("Last day", [Optional()])

    def details(self) -> Details:
        """Return what was filled in, as nobody has checked yet."""
        return Details(
            title=self.title.data or "",
            topic=self.topic.data or "",
            place=self.place.data or "",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )


class WorkshopForm(DetailsForm):
    """A new workshop, whole."""

    country = SelectField("Country", validate_choice=False)
    audience = RadioField("For whom", validate_choice=False)
    languages = _ticks("Languages")
    competencies = _ticks("What participants rate themselves on, before and after")
    main = SelectField(
        "Which of them matters most",
        validate_choice=False,
        description="Named now, before anyone looks: it is tested first. The others are told with it.",
    )
    linking = RadioField(
        "How forms of one person are linked, without a name",
        choices=[
            ("cards", "By a card with a random code that you hand out"),
            ("self", "By a code that they make of facts about themselves, if you cannot hand out cards"),
        ],
        default="cards",
        validate_choice=False,
    )
    cards = IntegerField(
        "Cards to make",
        [Optional(), NumberRange(0, MOST_CARDS, message=f"Please ask for at most {MOST_CARDS} cards.")],
        default=30,
        description="A few more than there are participants. More can be made later.",
    )
    retrospective = BooleanField("Afterwards, also ask what they could do before, looking back")
    trial = BooleanField("Only for trying out: the form and every page say that it is a demonstration")

    def offer(self, countries: Mapping[str, str], worded: Sequence[str], framework: Mapping[str, str]) -> None:
        """Let these countries, languages and competencies be chosen; all competencies are ticked at first."""
        self.country.choices = [SelectChoice("", "Please choose"), *(SelectChoice(*each) for each in countries.items())]
        self.audience.choices = [(code, f"{name[:1].upper()}{name[1:]}") for code, name in AUDIENCE_NAMES.items()]
        self.languages.choices = [SelectChoice(tag, LANGUAGES[tag].english) for tag in worded]
        self.competencies.choices = [SelectChoice(*each) for each in framework.items()]
        own = [SelectChoice(f"own {n}", f"Your own competency {n}") for n in range(1, OWN_SLOTS + 1)]
        named = [SelectChoice(*each) for each in framework.items()]
        self.main.choices = [SelectChoice("", "All of them together (their mean)"), *named, *own]
        if not self.is_submitted() and self.competencies.data is None:
            self.competencies.data = list(framework)

    def plan(self, own: Sequence[Mapping[str, str]]) -> Plan:
        """Return what was filled in, as a plan that nobody has checked yet."""
        # "own 2" where the first slot is empty is the first of those written.
        written = [number for number, each in enumerate(own, 1) if any(each.values())]
        places = {f"own {number}": f"own {place}" for place, number in enumerate(written, 1)}
        details = self.details()
        return Plan(
            title=details.title,
            topic=details.topic,
            place=details.place,
            starts_on=details.starts_on,
            ends_on=details.ends_on,
            country=self.country.data or "",
            audience=self.audience.data or "",
            languages=tuple(self.languages.data or ()),
            competencies=tuple(self.competencies.data or ()),
            own=tuple(each for each in own if any(each.values())),
            main=places.get(self.main.data or "", self.main.data or ""),
            linking=self.linking.data or "",
            retrospective=bool(self.retrospective.data),
            synthetic="demonstration" if self.trial.data else "",
        )


def prefilled(plan: Plan) -> WorkshopForm:
    """Return the form with what a workshop was set up with, or as it was sent."""
    return WorkshopForm(
        title=plan.title,
        topic=plan.topic,
        place=plan.place,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        country=plan.country,
        audience=plan.audience,
        languages=list(plan.languages),
        competencies=list(plan.competencies),
        main=plan.main,
        linking=plan.linking,
        retrospective=plan.retrospective,
        trial=bool(plan.synthetic),
    )


def own_of(plan: Plan) -> list[dict[str, str]]:
    """Return the own competencies of a plan, slot by slot, by language."""
    slots = [dict(each) for each in plan.own]
    return slots + [{} for _ in range(OWN_SLOTS - len(slots))]


def own_name(number: int, tag: str) -> str:
    """Return the name of the field for an own competency in one language."""
    return f"own-{number}-{tag}"


def own_sent(worded: Sequence[str]) -> list[dict[str, str]]:
    """Return the own competencies as they were written, slot by slot, by language."""
    slots = range(1, MOST_OWN + 1)
    sent = [{tag: request.form.get(own_name(number, tag), "") for tag in worded} for number in slots]
    written = max((number for number, each in enumerate(sent, 1) if any(each.values())), default=0)
    return sent[: max(written, OWN_SLOTS)]
