"""What the pages of workshops show to evaluators: one frozen object a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool import ladder
from surveytool.appraisal_pictures import SYNTHETIC, Pictures
from surveytool.appraising import Appraisal
from surveytool.evaluate.workshops.forms import Chosen
from surveytool.ladder import CountryPage, Pool


@dataclass(frozen=True)
class OverviewPage:
    """The workshops chosen, government and NGO apart, with their forest plots."""

    chosen: Chosen
    unknown: Sequence[str]
    pools: Sequence[Pool]
    figures: Pictures
    #: Options of the filters.
    countries: Mapping[str, str]
    topics: Sequence[str]
    competencies: Mapping[str, str]
    #: Valid forms of each wave, by workshop.
    valid: Mapping[int, Mapping[str, int]]
    #: What people said at follow-up, and after, over the workshops shown.
    application: Sequence[ladder.Source]
    #: Whether there are made-up workshops, and real ones, to change to.
    both: bool
    head: None = None

    @property
    def synthetic(self) -> str:
        """What is said where answers are made up."""
        return SYNTHETIC if self.chosen.synthetic else ""


@dataclass(frozen=True)
class WorkshopPage:
    """One workshop as evaluators see it: small counts withheld."""

    found: Appraisal
    figures: Pictures
    synthetic: str
    smallest: int
    head: None = None


@dataclass(frozen=True)
class LadderPage:
    """A country: the capacity ladder and its workshops."""

    country: CountryPage
    figures: Pictures
    smallest: int
    head: None = None

    @property
    def synthetic(self) -> str:
        """What is said where answers are made up."""
        return SYNTHETIC if self.country.synthetic else ""
