"""What the case workers' pages show: one frozen object a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from surveytool.definitions import Item, Questionnaire, Wording
from surveytool.evaluate.treating.forms import NO_CONTACT, no_contact_field, skipped_field
from surveytool.languages import Language
from surveytool.models import Collection
from surveytool.treatment import Row, Step, grid


@dataclass(frozen=True)
class ChoosePage:
    """The collections that the case worker may enter appraisals for."""

    collections: Sequence[Collection]


@dataclass(frozen=True)
class TreatPage:
    """The grid, empty or with what was entered and what is wrong with it."""

    collection: Collection
    synthetic: str
    questionnaire: Questionnaire
    wording: Wording
    english: Wording
    language: Language
    languages: Sequence[Language]
    #: The countries that the case worker may enter appraisals of, by code, in the language of the page.
    countries: Mapping[str, str]
    #: The identifier it is sent under: sent twice, it is kept once.
    submission: str
    sent: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    #: What keeps it from being kept at all; "" where nothing does.
    error: str = ""

    @property
    def steps(self) -> list[Step]:
        """The steps of the return, with their authorities."""
        return grid(self.questionnaire)

    @property
    def codes(self) -> tuple[str, ...]:
        """The steps of the scale, lowest first."""
        return tuple(code for code in self._scale.codes if code not in self._scale.missing_codes)

    @property
    def _scale(self) -> Item:
        return self.questionnaire.items[next(iter(self.steps[0].rows[0].items.values()))]

    def anchor(self, code: str) -> str:
        """Return a step of the scale in words."""
        return self.wording.choice(self._scale.choice_list, code)

    @property
    def no_contact(self) -> str:
        """What the box for no contact is called."""
        return self.anchor(NO_CONTACT)

    def none_field(self, step: Step, row: Row) -> str:
        """Return the name of the box for no contact."""
        return no_contact_field(step.name, row)

    def skipped_field(self, step: Step) -> str:
        """Return the name of the box for a step that was not on the way."""
        return skipped_field(step.name)

    def chosen(self, name: str) -> str:
        """Return what was entered in a field."""
        return next(iter(self.sent.get(name, ())), "")

    def in_english(self, key: str) -> str:
        """Return a string in English where the page is in another language."""
        return "" if self.english[key] == self.wording[key] else self.english[key]


@dataclass(frozen=True)
class KeptPage:
    """The appraisal is kept: its receipt, and the next one."""

    collection: Collection
    synthetic: str
    receipt: str
    language: Language
