"""Workshops together: what changed over all of them, and the capacity ladder of a country.

The ladder: trained → found it useful → can do it → applies it → treated humanely. Each rung says of how many people
and from which source; figures of different sources are of different people and are never pooled.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select

from analysis import pooling, scales
from surveytool import appraising, tabulate, treatment, workshops
from surveytool.appraising import COMPOSITE, Change, signed
from surveytool.models import AUDIENCES, Collection, Workshop, db
from surveytool.results import shown
from surveytool.tabulate import Filter

SURVEY, TREATMENT = "partner_survey", "treatment_appraisal"
FEW = "withheld: fewer than {smallest} people stand behind a part of it"
NO_INTERVAL = "not pooled: an interval needs 10 pairs"
ALIKE = "not pooled: all changed alike, so there is no interval"


@dataclass(frozen=True, slots=True)
class Line:
    """One workshop in the forest plot: its mean change with its interval, or why it is not pooled."""

    workshop: Workshop
    change: Change
    why: str = ""
    #: Its share in the pooled mean of its audience.
    weight: float | None = None

    @property
    def interval(self) -> str:
        """The interval in words, or ""."""
        ci = self.change.found.ci95
        return f"{signed(ci[0])} to {signed(ci[1])}" if ci else ""


@dataclass(frozen=True, slots=True)
class Pool:
    """The workshops for one audience together."""

    audience: str
    lines: tuple[Line, ...]
    pooled: pooling.Pooled
    #: People paired in the workshops pooled.
    people: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Source:
    """What one source says of a rung: of how many people, and the figure in words."""

    source: str
    n: int
    figure: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder."""

    name: str
    lines: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class CountryPage:
    """A country: its workshops, and its ladder."""

    country: str
    name: str
    synthetic: bool
    lines: tuple[Line, ...]
    pools: tuple[Pool, ...]
    rungs: tuple[Rung, ...]
    sentences: tuple[str, ...]


# Workshops together --------------------------------------------------------------------------------------------------


def every_workshop(*, synthetic: bool) -> list[Workshop]:
    """List the workshops, real ones or made-up ones, the newest first; the two never stand together."""
    query = select(Workshop).order_by(Workshop.starts_on.desc(), Workshop.code)
    query = query.where(Workshop.synthetic != "" if synthetic else Workshop.synthetic == "")
    return list(db.session.scalars(query))


def lines(chosen: Iterable[Workshop], of: str = COMPOSITE) -> list[Line]:
    """Return what each workshop changed, in the mean of its competencies or in one that it asks about."""
    found = []
    for workshop in chosen:
        change = appraising.one_change(workshop, of)
        if change is not None:
            found.append(Line(workshop, change, _why_not(change)))
    return found


def _why_not(change: Change) -> str:
    """Say why a workshop is not pooled, or nothing."""
    if change.found.ci95 is not None:
        return ""
    return ALIKE if change.found.n >= 10 else NO_INTERVAL


def pools(found: Sequence[Line]) -> list[Pool]:
    """Pool the workshops for each audience by random effects; government and NGO are kept apart."""
    return [_pool(audience, [each for each in found if each.workshop.audience == audience]) for audience in AUDIENCES]


def _pool(audience: str, found: Sequence[Line]) -> Pool:
    usable = [each for each in found if not each.why]
    effects = [float(each.change.found.mean_change or 0) for each in usable]
    variances = [float(each.change.found.se or 0) ** 2 for each in usable]
    pooled = pooling.random_effects(effects, variances)
    weights = dict(zip((each.workshop.id for each in usable), pooled.weights, strict=False))
    weighted = tuple(Line(each.workshop, each.change, each.why, weights.get(each.workshop.id)) for each in found)
    people = sum(each.change.found.n for each in usable)
    return Pool(audience, weighted, pooled, people, _pooled_words(audience, pooled, people, len(found)))


def _pooled_words(audience: str, pooled: pooling.Pooled, people: int, workshops_in_all: int) -> str:
    for_whom = f"workshops for {workshops.AUDIENCE_NAMES[audience]}"
    if workshops_in_all == 1:
        return f"1 {for_whom.replace('workshops', 'workshop', 1)}, so there is nothing to pool."
    if pooled.estimate is None or pooled.ci95 is None or pooled.prediction95 is None:
        return f"{workshops_in_all} {for_whom}: {pooled.reasons.get('estimate', 'not pooled.')}"
    low, high = pooled.ci95
    told = (
        f"Over {pooled.n} {for_whom} with {people} people paired, the mean changed by {signed(pooled.estimate)} "
        f"(95 % interval {signed(low)} to {signed(high)}). {_apart(pooled)} The change in one more workshop of this "
        f"kind would lie between {signed(pooled.prediction95[0])} and {signed(pooled.prediction95[1])}."
    )
    left = workshops_in_all - pooled.n
    return f"{told} {left} more {'is' if left == 1 else 'are'} listed and not pooled." if left else told


def _apart(pooled: pooling.Pooled) -> str:
    """Return in words how far the workshops differ."""
    if not pooled.tau2:
        return "They differ no more than chance alone would make them."
    share = shown(100 * (pooled.i2 or 0), 0)
    return f"Between them it differs, by an estimated variance of {shown(pooled.tau2, 3)} (I² {share} %)."


# The ladder ----------------------------------------------------------------------------------------------------------


def country_page(country: str, chosen: Sequence[Workshop], *, synthetic: bool) -> CountryPage:
    """Return the page of one country from the workshops chosen."""
    mine = [each for each in chosen if each.country == country]
    found = lines(mine)
    together = [pool for pool in pools(found) if pool.lines]
    return CountryPage(
        country=country,
        name=workshops.COUNTRIES[country],
        synthetic=synthetic,
        lines=tuple(found),
        pools=tuple(together),
        rungs=tuple(_rungs(country, mine, found, together, synthetic=synthetic)),
        sentences=(*(pool.sentence for pool in together), appraising.NOT_CAUSED),
    )


def _rungs(
    country: str, mine: Sequence[Workshop], found: Sequence[Line], together: Sequence[Pool], *, synthetic: bool
) -> list[Rung]:
    survey = _survey(country, synthetic=synthetic)
    after, later = _codes(mine, "post"), _codes(mine, "follow-up")
    came = sum(tabulate.forms(workshops.waves(each)["post"].id).valid for each in mine)
    return [
        Rung(
            "Trained",
            (
                _yes("Partner survey, item 9: trained in the last three years", survey["trained"]),
                Source("Workshops: forms filled in after them", came, f"{came} in {len(mine)} workshops"),
            ),
        ),
        Rung(
            "Found it useful for the job",
            (
                _scale("Partner survey, item 10: usefulness of the training", survey["training_useful"]),
                _scale("Workshops, after: useful for my job", after["useful"]),
            ),
        ),
        Rung("Can do it", _can(found, together)),
        Rung(
            "Applies it",
            (
                _yes("Partner survey, item 11: applies the skills in the job", survey["applying"]),
                _yes("Workshops, at follow-up: have applied it", later["applied"]),
            ),
        ),
        Rung(
            "Returned people were treated humanely",
            (
                _scale("Workshops, at follow-up: has led to more humane treatment", later["humane"]),
                _treated(country, synthetic=synthetic),
            ),
        ),
    ]


def application(mine: Sequence[Workshop]) -> tuple[Source, ...]:
    """Return what people of several workshops said about application, after them and at follow-up."""
    after, later = _codes(mine, "post"), _codes(mine, "follow-up")
    return (
        _scale("After: useful for my job", after["useful"]),
        _yes("After: expect to apply it", after["expect_to_apply"]),
        _yes("At follow-up: have applied it", later["applied"]),
        _scale("At follow-up: has led to more humane treatment", later["humane"]),
    )


def _can(found: Sequence[Line], together: Sequence[Pool]) -> tuple[Source, ...]:
    """Return what changed before and after, for each audience."""
    told = []
    for pool in together:
        name = f"Workshops for {workshops.AUDIENCE_NAMES[pool.audience]}, before and after"
        n = sum(each.change.found.n for each in pool.lines)
        if pool.pooled.estimate is not None and pool.pooled.ci95 is not None:
            low, high = pool.pooled.ci95
            words = f"mean change {signed(pool.pooled.estimate)} ({signed(low)} to {signed(high)}), pooled"
            told.append(Source(f"{name}: {pool.pooled.n} workshops pooled", pool.people, words))
        else:
            single = [each for each in pool.lines if each.change.found.mean_change is not None]
            words = "; ".join(
                f"{each.workshop.title}: {signed(each.change.found.mean_change)}"
                + (f" ({each.interval})" if each.interval else "")
                for each in single
            )
            told.append(Source(name, n, words or "too few pairs to show"))
    return tuple(told) or (Source("Workshops, before and after", 0, "no workshop"),)


def _survey(country: str, *, synthetic: bool) -> dict[str, Counter[str]]:
    """Return what respondents of a country answered to the survey's items on training."""
    found: dict[str, Counter[str]] = {name: Counter() for name in ("trained", "training_useful", "applying")}
    for collection in _collections(SURVEY, synthetic=synthetic):
        counted = tabulate.variables(collection.id, Filter(countries=(country,)))
        for name, codes in found.items():
            if name in counted:
                codes.update(counted[name].codes)
    return found


def _codes(mine: Sequence[Workshop], wave: str) -> dict[str, Counter[str]]:
    """Return what people answered in one wave of several workshops to what is asked there once."""
    found: dict[str, Counter[str]] = {name: Counter() for of, name in appraising.ONCE if of == wave}
    for workshop in mine:
        counted = tabulate.variables(workshops.waves(workshop)[wave].id)
        for name, codes in found.items():
            if name in counted:
                codes.update(counted[name].codes)
    return found


def _treated(country: str, *, synthetic: bool) -> Source:
    """Return how humanely returned people say they were treated, over every step and authority they spoke of.

    In whole groups of people, as all figures of treatment appraisals are, so that none can be had by subtraction.
    """
    source = "Treatment appraisals by returned people, over all authorities: treated humanely"
    found = treatment.by_country(_collections(TREATMENT, synthetic=synthetic)).get(country)
    if found is None:
        return Source(source, 0, "no appraisals, or too few people to be shown")
    mostly = f"{shown(100 * (found.well or 0), 0)} % of ratings mostly or entirely"
    return Source(source, found.people, f"mean {shown(found.mean)} of {appraising.SCALE[1]}, {mostly}")


def _collections(questionnaire: str, *, synthetic: bool) -> Sequence[Collection]:
    query = select(Collection).where(
        Collection.questionnaire_name == questionnaire,
        Collection.workshop_id.is_(None),
        Collection.version_id.is_not(None),
        Collection.synthetic != "" if synthetic else Collection.synthetic == "",
    )
    return db.session.scalars(query.order_by(Collection.id)).all()


def _yes(source: str, codes: Mapping[str, int]) -> Source:
    yes, no = codes.get("yes", 0), codes.get("no", 0)
    n = yes + no
    if not n:
        return Source(source, 0, "no answers")
    if _small(yes) or _small(no):
        return Source(source, n, _few())
    return Source(source, n, f"{yes} of {n} ({shown(100 * yes / n, 0)} %)")


def _scale(source: str, codes: Mapping[str, int]) -> Source:
    n = sum(codes.values())
    if not n:
        return Source(source, 0, "no answers")
    if _small(n):
        return Source(source, n, _few())
    summary = scales.summarise({int(code): people for code, people in codes.items()}, appraising.SCALE)
    interval = f", 95 % interval {shown(summary.ci95[0])} to {shown(summary.ci95[1])}" if summary.ci95 else ""
    return Source(source, n, f"mean {shown(summary.mean)} of {appraising.SCALE[1]}{interval}")


def _small(people: int) -> bool:
    smallest: Any = current_app.config["SMALLEST_CELL"]
    return bool(0 < people < smallest)


def _few() -> str:
    return FEW.format(smallest=current_app.config["SMALLEST_CELL"])
