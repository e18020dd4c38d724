"""What the pages of workshops show to evaluators: one frozen object a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveytool import charts, ladder, workshops
from surveytool.appraisal_pictures import Pictures
from surveytool.appraising import Appraisal
from surveytool.evaluate.workshops.forms import Chosen
from surveytool.ladder import CountryPage, Line, Pool

SYNTHETIC = "Synthetic data: these workshops were made up. They are nobody's answers."


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


def forest(pool: Pool) -> charts.Figure | None:
    """Return the forest plot of the workshops for one audience, or None where there is nothing to draw."""
    rows = [_row(line) for line in pool.lines if line.change.found.mean_change is not None]
    if not rows:
        return None
    p = pool.pooled
    together = None
    if p.estimate is not None and p.ci95 is not None and p.prediction95 is not None:
        together = (f"Together ({p.n} workshops)", p.estimate, p.ci95, p.prediction95)
    synthetic = f" {SYNTHETIC}" if pool.lines[0].workshop.synthetic else ""
    title = f"Mean change, workshops for {workshops.AUDIENCE_NAMES[pool.audience]}"
    return charts.titled(charts.forest(rows, together), title, pool.sentence + synthetic, f"workshops-{pool.audience}")


def _row(line: Line) -> tuple[str, float, tuple[float, float] | None]:
    found = line.change.found
    assert found.mean_change is not None
    name = f"{line.workshop.title}, {line.workshop.starts_on:%Y-%m} (n = {found.n})"
    return name, found.mean_change, found.ci95
