"""What the page of signs of politeness shows, and its pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.patterns import ShareOfAnswers
from surveytool import charts
from surveytool.evaluate.common import Head, Part
from surveytool.politeness import Politeness
from surveytool.results import shown
from surveytool.tabulate import Forms


@dataclass(frozen=True)
class PolitenessPage:
    """Signs of politeness in the forms chosen, and by group."""

    head: Head
    part: Part
    forms: Forms
    found: Politeness
    by: str
    dimensions: Mapping[str, str]
    figures: Mapping[str, charts.Figure]
    wrong: Sequence[str] = ()


def of_answers(share: ShareOfAnswers) -> str:
    """Return a share of answers in words: k of n, per cent, interval."""
    if share.share is None:
        return "no answers"
    interval = ""
    if share.ci95:
        low, high = (shown(100 * end, 0) for end in share.ci95)
        interval = f"; 95 % interval {low} % to {high} %"
    percent = f" ({shown(100 * share.share, 0)} %{interval})" if share.n >= 10 else ""
    return f"{share.k} of {share.n}{percent}"
