"""An appraisal to pictures: a dumbbell a competency, a slope a person, answers before and after."""

from collections.abc import Mapping

from surveytool import charts, workshops
from surveytool.appraising import CODES, Appraisal, Change

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
