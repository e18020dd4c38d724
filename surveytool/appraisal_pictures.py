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
    drawn = {}
    if any(before is not None for _, before, _ in rows):
        drawn["figure-means"] = charts.dumbbells(rows, words)
    if found.composite.steps:
        drawn["figure-people"] = charts.slopes(found.composite.steps, words)
    for each in found.changes:
        if each.found.before and each.found.after:
            drawn[place(each)] = charts.distributions(_counts(each.found.before), _counts(each.found.after), words)
    return drawn


def place(change: Change) -> str:
    """Return the id of the place where a competency's answers are drawn."""
    return f"figure-{change.name}"


def _counts(answers: Mapping[float, int]) -> dict[str, int]:
    return {str(code): answers.get(float(code), 0) for code in CODES}
