"""What the pages of the appraisal show: one frozen object a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from surveytool.appraisal_pictures import Pictures
from surveytool.appraising import Appraisal
from surveytool.links import Linked
from surveytool.models import Judgement, LinkDecision
from surveytool.near_misses import LIKELY, NearMiss, same_code_score
from surveytool.pairing import Form
from surveytool.train.common import Head


@dataclass(frozen=True)
class Sent:
    """A decision as it was sent and could not be carried out: shown again where it was made."""

    about: str = ""
    why: str = ""
    error: str = ""


@dataclass(frozen=True)
class AppraisalPage:
    """What a workshop changed, whole: for its trainer, who sees small counts too."""

    head: Head
    found: Appraisal
    figures: Pictures
    waiting: int


@dataclass(frozen=True)
class SummaryPage:
    """What a workshop changed, on one page to be printed."""

    head: Head
    found: Appraisal


@dataclass(frozen=True)
class LinksPage:
    """Whose forms belong together: near misses, codes that stand twice, forms alone, and what was decided."""

    head: Head
    linked: Linked
    #: The forms that any decision speaks of, by number.
    forms: Mapping[int, Form]
    sent: Sent = field(default_factory=Sent)

    #: From which score on a near miss is called likely.
    likely: float = LIKELY

    @property
    def near(self) -> Sequence[NearMiss]:
        """Pairs that may be one person's, the likeliest first."""
        return self.linked.near

    @property
    def decisions(self) -> Sequence[LinkDecision]:
        """What was decided, the newest first."""
        return self.linked.decisions[::-1]

    @property
    def aside(self) -> Sequence[Judgement]:
        """Second forms that were set aside, the newest first."""
        return self.linked.set_aside[::-1]

    @property
    def alone(self) -> Sequence[Form]:
        """Forms whose code stands on no form of another wave."""
        return self.linked.pairing.alone

    def apart_in(self, group: Sequence[Form]) -> Sequence[tuple[Form, Form]]:
        """Return the pairs of one wave in a group whose code stands twice."""
        return [(a, b) for i, a in enumerate(group) for b in group[i + 1 :] if a.wave == b.wave]

    def score(self, a: Form, b: Form) -> float | None:
        """Return the chance that two forms of such a group are one person's, where they bear one code."""
        return same_code_score(self.linked.pairing, a, b) if a.code and a.code == b.code else None

    def across_in(self, group: Sequence[Form]) -> Sequence[tuple[Form, Form]]:
        """Return the pairs of different waves in such a group."""
        return [(a, b) for i, a in enumerate(group) for b in group[i + 1 :] if a.wave != b.wave]
