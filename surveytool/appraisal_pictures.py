"""An appraisal to pictures: a dumbbell a competency, a slope a person, answers before and after; workshops together."""

from collections.abc import Iterable, Mapping

from surveytool import charts, workshops
from surveytool.appraising import CODES, Appraisal, Change
from surveytool.ladder import Line, Pool

SYNTHETIC = "Synthetic data: these workshops were made up. They are nobody's answers."

#: Pictures by the id of the place they are drawn in.
Pictures = Mapping[str, charts.Figure]


def pictures(found: Appraisal) -> Pictures:
    """Return the pictures of an appraisal's page; none where too few are paired."""
    words = (workshops.WAVE_NAMES[found.first], workshops.WAVE_NAMES[found.second])
    rows = [(each.label, each.found.mean_before, each.found.mean_after) for each in found.changes]
    drawn: dict[str, charts.Figure] = {}
    if any(before is not None for _, before, _ in rows):
        drawn["figure-means"] = _titled(charts.dumbbells(rows, words), found, "Mean of each competency", "means")
    if found.composite.steps:
        drawn["figure-people"] = _titled(
            charts.slopes(found.composite.steps, words), found, "A line a person", "people"
        )
    for each in found.changes:
        if each.found.before and each.found.after:
            figure = charts.distributions(_counts(each.found.before), _counts(each.found.after), words)
            drawn[place(each)] = _titled(figure, found, each.label, each.name)
    return drawn


def _titled(figure: charts.Figure, found: Appraisal, what: str, file: str) -> charts.Figure:
    """Return a picture with what it says of itself when it is taken away."""
    w, names = found.workshop, workshops.WAVE_NAMES
    note = (
        f"{w.title}, {w.starts_on}: {found.forms.pairs} people paired {names[found.first]} and {names[found.second]}."
    )
    synthetic = f" {workshops.synthetic_notice(w)}" if w.synthetic else ""
    return charts.titled(figure, what, f"{note} People changed; why is not shown.{synthetic}", f"{w.code}-{file}")


def place(change: Change) -> str:
    """Return the id of the place where a competency's answers are drawn."""
    return f"figure-{change.name}"


def _counts(answers: Mapping[float, int]) -> dict[str, int]:
    return {str(code): answers.get(float(code), 0) for code in CODES}


def forests(pools: Iterable[Pool]) -> Pictures:
    """Return the forest plot of the workshops for each audience that has something to draw."""
    drawn = {f"figure-{pool.audience}": _forest(pool) for pool in pools}
    return {name: figure for name, figure in drawn.items() if figure}


def _forest(pool: Pool) -> charts.Figure | None:
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
