"""What a workshop changed: each competency before and after, person by person, with what may be concluded and what not.

Counts come from `tabulate.waves`, statistics from `analysis`; docs/appraisal.md says what each figure is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from analysis import prepost, reliability, scales, shares
from analysis.multiplicity import holm
from surveytool import links, tabulate, workshops
from surveytool.models import Collection, Workshop
from surveytool.pairing import Pairing
from surveytool.results import shown
from surveytool.tabulate import Counted, Table
from surveytool.workshop_questionnaire import BEFORE

SCALE = (0, 4)
CODES = tuple(range(SCALE[0], SCALE[1] + 1))
#: The name of the mean of all competencies.
COMPOSITE = "all"
COMPOSITE_LABEL = "All competencies together (mean of each person's answers)"

NOT_CAUSED = "There was no group without the workshop to compare with: people changed, and why they did is not shown."
OTHER_MAIN = "Another competency was named beforehand as the main one, so their mean is not tested."
FEW_TO_SHOW = "Withheld, since some of these are fewer than {smallest} people."


@dataclass(frozen=True, slots=True)
class LookingBack:
    """Before, then-test and after of the same people: how they see now what they could do then.

    The shift is then-test − before, the felt change after − then-test. Neither is pooled with the change.
    """

    n: int
    mean_before: float | None
    mean_then: float | None
    mean_after: float | None
    shift: float | None
    shift_ci95: tuple[float, float] | None
    felt_change: float | None
    felt_ci95: tuple[float, float] | None
    note: str


@dataclass(frozen=True, slots=True)
class Change:
    """How the same people changed on one competency, or on the mean of all of them."""

    name: str
    label: str
    #: Whether it was named beforehand as the one that matters most.
    main: bool
    found: prepost.Appraisal
    #: `table[before][after]`, a row for each code; None where too few are paired, or it is withheld.
    table: tuple[tuple[int, ...], ...] | None
    p_adjusted: float | None = None
    then: LookingBack | None = None
    note: str = ""
    #: Joint counts of the scores of both waves, where each line of a picture is a person; () where withheld.
    steps: tuple[tuple[float, float, int], ...] = ()

    @property
    def only_pre(self) -> int:
        """People who answered it in the first of the two waves and are not paired with an answer in the second."""
        return self.found.attrition.lost

    @property
    def only_post(self) -> int:
        """People who answered it in the second of the two waves and are not paired with an answer in the first."""
        return self.found.attrition.joined


@dataclass(frozen=True, slots=True)
class Forms:
    """The valid forms of two waves, each in one place: paired, or why not."""

    first: int
    second: int
    pairs: int
    only_first: int
    only_second: int
    #: Among those who are not paired: forms without a code, and forms whose code waits for a decision.
    without_code: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to one question of one wave: its share of yes, or its mean on the scale."""

    name: str
    label: str
    n: int
    #: Yes, or 3 and 4 on a scale.
    good: int | None
    share: shares.Share | None
    mean: float | None = None
    ci95: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Appraisal:
    """All that can be said of a workshop from two of its waves."""

    workshop: Workshop
    first: str
    second: str
    forms: Forms
    changes: tuple[Change, ...]
    composite: Change
    #: Of the competencies as one scale, by wave.
    alpha: Mapping[str, reliability.Alpha | None]
    omega: Mapping[str, reliability.Omega | None]
    #: What was asked once: after, whether it was useful and will be applied; at follow-up, whether it was.
    answers: tuple[Answers, ...] = ()
    #: Whether those who expected to apply it did, as a yes/no item before and after; None without both.
    expected: prepost.Appraisal | None = None
    #: Whether small counts are withheld.
    withheld: bool = False
    sentences: tuple[str, ...] = field(default_factory=tuple)

    @property
    def main(self) -> Change:
        """What was named beforehand as the one that matters most."""
        return next((each for each in self.changes if each.main), self.composite)


def appraise(workshop: Workshop, first: str = "pre", second: str = "post") -> Appraisal:
    """Appraise what changed between two waves of a workshop."""
    pairing, waves = links.pairing_of(workshop), workshops.waves(workshop)
    labels = workshops.labels(workshop)
    counter = _Counter(workshop, pairing, waves[first], waves[second], first, second)
    changes = counter.changes(labels)
    composite = counter.composite(tuple(labels))
    adjusted = holm([each.found.p_value for each in changes])
    changes = [replace(each, p_adjusted=p) for each, p in zip(changes, adjusted, strict=True)]
    composite = replace(composite, p_adjusted=composite.found.p_value)
    changes = [replace(each, note=note(each, first, second)) for each in changes]
    composite = replace(composite, note=note(composite, first, second))
    tables: dict[str, Any] = {wave: tabulate.item_pairs(waves[wave].id, tuple(labels)) for wave in (first, second)}
    found = Appraisal(
        workshop=workshop,
        first=first,
        second=second,
        forms=_forms(pairing, first, second),
        changes=tuple(changes),
        composite=composite,
        alpha={wave: reliability.cronbach_alpha(*each) if each[0] else None for wave, each in tables.items()},
        omega={wave: reliability.omega(*each) if each[0] else None for wave, each in tables.items()},
        answers=_answers(workshop, waves),
        expected=_expected(pairing),
    )
    return replace(found, sentences=tuple(_sentences(found)))


def one_change(workshop: Workshop, name: str = COMPOSITE, first: str = "pre", second: str = "post") -> Change | None:
    """Return the change of one competency, or of the mean of all; None where the workshop does not ask about it."""
    labels = workshops.labels(workshop)
    waves, pairing = workshops.waves(workshop), links.pairing_of(workshop)
    counter = _Counter(workshop, pairing, waves[first], waves[second], first, second)
    if name == COMPOSITE:
        return counter.composite(tuple(labels))
    return counter.changes({name: labels[name]})[0] if name in labels else None


def _forms(pairing: Pairing, first: str, second: str) -> Forms:
    of_both = [form for form in pairing.forms if form.wave in (first, second)]
    numbers = {wave: sum(form.wave == wave for form in of_both) for wave in (first, second)}
    pairs = len(pairing.pairs(first, second))
    waiting = {form.id for group in pairing.waiting for form in group}
    return Forms(
        first=numbers[first],
        second=numbers[second],
        pairs=pairs,
        only_first=numbers[first] - pairs,
        only_second=numbers[second] - pairs,
        without_code=sum(not form.code for form in of_both if form in pairing.without_code),
        waiting=sum(form.id in waiting for form in of_both),
    )


# Counting ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counter:
    """Counts the answers of two waves, paired and not."""

    workshop: Workshop
    pairing: Pairing
    earlier: Collection
    later: Collection
    first: str
    second: str

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        return self.pairing.pairs(self.first, self.second)

    def changes(self, labels: Mapping[str, str]) -> list[Change]:
        tables = tabulate.steps(self.pairs, labels)
        once = [tabulate.variables(each.id) for each in (self.earlier, self.later)]
        back = {}
        if self.workshop.retrospective and (self.first, self.second) == ("pre", "post"):
            back = tabulate.looking_back(self.pairs, {name: name + BEFORE for name in labels})
        return [
            self._change(name, label, tables[name], [each.get(name, Counted()) for each in once], back.get(name))
            for name, label in labels.items()
        ]

    def _change(
        self,
        name: str,
        label: str,
        table: Table,
        once: Sequence[Counted],
        back: Mapping[tuple[int, int, int], int] | None,
    ) -> Change:
        before: dict[float, int] = {int(code): people for code, people in once[0].codes.items()}
        after: dict[float, int] = {int(code): people for code, people in once[1].codes.items()}
        found = prepost.appraise(table, *_unpaired(table, before, after), scale=SCALE)
        return Change(
            name=name,
            label=label,
            main=name == self.workshop.main,
            found=found,
            table=_squared(table) if found.n >= prepost.PAIRS_FOR_COUNTS else None,
            then=None if back is None else _looking_back(back),
        )

    def composite(self, names: Sequence[str]) -> Change:
        """Return the change of the mean of all competencies, among those who answered every one both times."""
        sums = tabulate.sums(self.pairs, names)
        before, after = (tabulate.sums_once(each.id, names) for each in (self.earlier, self.later))
        only_before, only_after = _unpaired(sums, before, after)
        k = len(names)
        table = {_of(b, k): {_of(a, k): n for a, n in row.items()} for b, row in sums.items()}
        once = [{_of(total, k): n for total, n in each.items()} for each in (only_before, only_after)]
        found = prepost.appraise(table, *once, scale=SCALE, base="answered every competency both times")
        if self.workshop.main:
            untested = dict.fromkeys(prepost.TESTS, OTHER_MAIN)
            found = replace(
                found, statistic=None, p_value=None, sign_p_value=None, reasons={**found.reasons, **untested}
            )
        steps = tuple((float(b), float(a), n) for b, row in sorted(table.items()) for a, n in sorted(row.items()))
        enough = found.n >= prepost.PAIRS_FOR_COUNTS
        return Change(COMPOSITE, COMPOSITE_LABEL, not self.workshop.main, found, None, steps=steps if enough else ())


def _of(total: float, items: int) -> Any:
    """Return the mean of a sum over several items, exactly."""
    return Fraction(int(total), items)


def _unpaired(
    table: Table, before: Mapping[float, int], after: Mapping[float, int]
) -> tuple[dict[float, int], dict[float, int]]:
    """Return the answers of each wave that no pair of the table holds."""
    first, second = dict(before), dict(after)
    for b, row in table.items():
        for a, people in row.items():
            first[b] -= people
            second[a] -= people
    return first, second


def _squared(table: Table) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(table.get(before, {}).get(after, 0) for after in CODES) for before in CODES)


def _looking_back(cells: Mapping[tuple[int, int, int], int]) -> LookingBack:
    shift: dict[float, dict[float, int]] = {}
    felt: dict[float, dict[float, int]] = {}
    for (before, then, after), people in cells.items():
        shift.setdefault(before, {})[then] = shift.get(before, {}).get(then, 0) + people
        felt.setdefault(then, {})[after] = felt.get(then, {}).get(after, 0) + people
    one, two = prepost.appraise(shift, scale=SCALE), prepost.appraise(felt, scale=SCALE)
    return LookingBack(
        n=one.n,
        mean_before=one.mean_before,
        mean_then=one.mean_after,
        mean_after=two.mean_after,
        shift=one.mean_change,
        shift_ci95=one.ci95,
        felt_change=two.mean_change,
        felt_ci95=two.ci95,
        note=_shift_note(one, two),
    )


def _shift_note(shift: prepost.Appraisal, felt: prepost.Appraisal) -> str:
    if shift.mean_change is None:
        return f"{shift.n} answered before, looking back, and after: too few to show."
    how = "lower" if shift.mean_change < 0 else "higher" if shift.mean_change > 0 else "just as they had"
    told = f"by {shown(abs(shift.mean_change))} {how} than they had before it" if shift.mean_change else how
    return (
        f"Looking back, the {shift.n} people who answered all three rated what they could do before the workshop "
        f"{told}. That is a response shift: people judge themselves differently once they know more. "
        f"From this view they changed by {signed(felt.mean_change)}; it is the felt change, kept apart from the other."
    )


# What was asked once -------------------------------------------------------------------------------------------------

ONCE = (("post", "useful"), ("post", "expect_to_apply"), ("follow-up", "applied"), ("follow-up", "humane"))


def _answers(workshop: Workshop, waves: Mapping[str, Collection]) -> tuple[Answers, ...]:
    words = workshop.wordings["en"]
    counted = {wave: tabulate.variables(waves[wave].id) for wave in ("post", "follow-up")}
    return tuple(
        once(name, words[f"items.{name}.label"], counted[wave].get(name, Counted()).codes)
        for wave, name in ONCE
        if f"items.{name}.label" in words
    )


def once(name: str, label: str, codes: Mapping[str, int]) -> Answers:
    """Return what people answered to one question: a share of yes, or a mean with the share of the upper two steps."""
    n = sum(codes.values())
    if set(codes) <= {"yes", "no"} and name in ("expect_to_apply", "applied"):
        yes = codes.get("yes", 0)
        return Answers(name, label, n, yes, shares.wilson(yes, n))
    summary = scales.summarise({int(code): people for code, people in codes.items()}, SCALE)
    good = sum(people for code, people in codes.items() if int(code) >= SCALE[1] - 1)
    return Answers(name, label, n, good, shares.wilson(good, n), summary.mean, summary.ci95)


def _expected(pairing: Pairing) -> prepost.Appraisal | None:
    """Return whether those who expected to apply what they learnt have done so, where both were answered."""
    crossed = tabulate.pairs_crossed(pairing.pairs("post", "follow-up"), "expect_to_apply", "applied")
    if not crossed:
        return None
    number = {"yes": 1.0, "no": 0.0}
    table: dict[float, dict[float, int]] = {
        number[b]: {number[a]: n for a, n in row.items()} for b, row in crossed.items()
    }
    return prepost.appraise(table, scale=(0, 1), base="answered both questions")


# In words ------------------------------------------------------------------------------------------------------------


def signed(value: float | None) -> str:
    """Return a change with its sign."""
    if value is None:
        return "–"
    text = shown(abs(value))
    return text if not float(text) else f"{'+' if value > 0 else '−'}{text}"


def p_shown(p: float | None) -> str:
    """Return a p value as it is read."""
    if p is None:
        return "–"
    return "below 0.001" if p < 0.001 else shown(p, 3)


def note(change: Change, first: str, second: str) -> str:
    """Return what may be said of one competency, in plain sentences, and what may not."""
    found, names = change.found, workshops.WAVE_NAMES
    if found.n < prepost.PAIRS_FOR_COUNTS:
        return _few(found.n, names[first], names[second])
    parts = [
        f"Of the {found.n} people who answered {names[first]} and {names[second]}, {found.rose} rose, "
        f"{found.stayed} stayed and {found.fell} fell; the mean changed by {signed(found.mean_change)}, "
        f"from {shown(found.mean_before)} to {shown(found.mean_after)}{_interval(found)}."
    ]
    parts.append(_lost(change))
    parts.append(_tested(change))
    if found.at_top:
        parts.append(
            f"{found.at_top} of them {'was' if found.at_top == 1 else 'were'} at {SCALE[1]} already and could not rise."
        )
    return " ".join(part for part in parts if part)


def _few(n: int, first: str, second: str) -> str:
    people = "Nobody is" if not n else "1 person is" if n == 1 else f"{n} people are"
    return f"{people} paired {first} and {second}; under {prepost.PAIRS_FOR_COUNTS}, only that number is shown."


def _interval(found: prepost.Appraisal) -> str:
    if found.ci95 is None:
        return ""
    low, high = found.ci95
    return f" (95 % interval of the change {signed(low)} to {signed(high)})"


def _lost(change: Change) -> str:
    """Return who did not answer after: in every sentence, more where it is many."""
    a = change.found.attrition
    if not a.lost:
        return ""
    told = f"Of the {a.n} who answered before, {a.lost} {'is' if a.lost == 1 else 'are'} not among them."
    if a.change_if_unchanged is not None:
        told += f" If those had not changed, the mean would have changed by {signed(a.change_if_unchanged)}."
    return told


def _tested(change: Change) -> str:
    found, p = change.found, change.p_adjusted
    if found.p_value is None:
        why = found.reasons.get("p_value", "")
        return f"No test: {why}" if why and why != prepost.NO_TEST_YET.format(n=found.n) else why
    if not (found.rose or found.fell):
        return "Nobody changed (p = 1)."
    family = "" if change.name == COMPOSITE else ", adjusted for the number of competencies tested"
    if p is not None and p < 0.05:
        return f"So they changed, and by more than chance alone would easily do (p {_is(p)}{family})."
    return f"That could well be chance (p {_is(p)}{family}): it shows neither a change nor that there was none."


def _is(p: float | None) -> str:
    text = p_shown(p)
    return text if text.startswith("below") else f"= {text}"


def _sentences(found: Appraisal) -> list[str]:
    """Return what is said of the workshop as a whole."""
    main, forms, names = found.main, found.forms, workshops.WAVE_NAMES
    told = [f"{main.label}: {main.note}"]
    unlike = _unlike(main)
    if unlike:
        told.append(unlike)
    if forms.waiting:
        told.append(
            f"{forms.waiting} forms bear a code that stands on several forms; they are paired with nothing until the "
            "trainer decides."
        )
    if forms.without_code:
        told.append(f"{forms.without_code} forms bear no code, so nobody can say whose they are.")
    told.append(NOT_CAUSED)
    told.append(
        f"Means take the steps from 0 to 4 as equally far apart. Answers are people's own view of what they can do, "
        f"{names[found.first]} and {names[found.second]}, not a test of it."
    )
    return told


def _unlike(change: Change) -> str:
    """Return whether those who did not answer after had rated themselves like the others."""
    a = change.found.attrition
    if a.mean_matched is None or a.mean_lost is None:
        return ""
    apart = a.mean_lost - a.mean_matched
    how = "as high as" if abs(apart) < 0.05 else f"{shown(abs(apart))} {'higher' if apart > 0 else 'lower'} than"
    who = "The one" if a.lost == 1 else f"The {a.lost}"
    return (
        f"{who} who did not answer again had rated themselves {how} the others before "
        f"(mean {shown(a.mean_lost)} against {shown(a.mean_matched)})."
    )


# What others than the trainer see ------------------------------------------------------------------------------------


def protected(found: Appraisal, smallest: int) -> Appraisal:
    """Return an appraisal for readers other than the workshop's trainer: without counts of few people.

    The number of pairs stays. Where a direction, those at the top, or a cell of the table has 1 to `smallest` − 1
    people, all counts of its kind go, so that none follows from the others; so do the means of few.
    """
    changes = tuple(_protected(each, found, smallest) for each in found.changes)
    composite = _protected(found.composite, found, smallest)
    answers = tuple(_few_answers(each, smallest) for each in found.answers)
    new = replace(found, changes=changes, composite=composite, answers=answers, withheld=True, expected=None)
    return replace(new, sentences=tuple(_sentences(new)))


def _small(people: int | None, smallest: int) -> bool:
    return people is not None and 0 < people < smallest


def _protected(change: Change, of: Appraisal, smallest: int) -> Change:
    found = change.found
    if found.n < smallest:
        hidden: dict[str, Any] = dict.fromkeys((*prepost.COUNTED, *prepost.ESTIMATED, *prepost.TESTS))
        new = replace(found, **hidden, before={}, after={}, changes={}, attrition=_few_lost(found.attrition, smallest))
        note = _few(found.n, workshops.WAVE_NAMES[of.first], workshops.WAVE_NAMES[of.second])
        return replace(change, found=new, table=None, steps=(), then=None, note=note, p_adjusted=None)
    directions = any(_small(n, smallest) for n in (found.rose, found.stayed, found.fell))
    fields: dict[str, Any] = {"attrition": _few_lost(found.attrition, smallest), "changes": {}}
    if directions:
        # T+ with the rank-biserial gives the ranks of all who changed, and so how many stayed; at 1 that nobody fell.
        of_directions = ("rose", "stayed", "fell", "unchanged", "sign_p_value", "statistic", "effect_size")
        fields |= dict.fromkeys(of_directions)
    if _small(found.at_top, smallest):
        fields["at_top"] = None
    for margin in ("before", "after"):
        if any(_small(n, smallest) for n in getattr(found, margin).values()):
            fields[margin] = {}
    new = replace(found, **fields)
    table = change.table if change.table and not any(_small(n, smallest) for row in change.table for n in row) else None
    then = change.then if change.then and change.then.n >= smallest else None
    kept = replace(change, found=new, table=table, steps=(), then=then)
    return replace(kept, note=_note_without_counts(kept, of) if directions else note_of(kept, of))


def note_of(change: Change, of: Appraisal) -> str:
    """Return the sentences on a competency as they stand."""
    return note(change, of.first, of.second)


def _note_without_counts(change: Change, of: Appraisal) -> str:
    found, names = change.found, workshops.WAVE_NAMES
    first = (
        f"Among the {found.n} people who answered {names[of.first]} and {names[of.second]} the mean changed by "
        f"{signed(found.mean_change)}, from {shown(found.mean_before)} to {shown(found.mean_after)}{_interval(found)}."
    )
    return " ".join(part for part in (first, _lost(change), _tested_of(change)) if part)


def _tested_of(change: Change) -> str:
    """Return what the test says where the directions are withheld."""
    moved = replace(change.found, rose=1, fell=1)
    return _tested(replace(change, found=moved))


def _few_lost(a: prepost.Attrition, smallest: int) -> prepost.Attrition:
    fields: dict[str, Any] = {}
    if _small(a.lost, smallest):
        fields |= {"mean_lost": None, "change_if_unchanged": None, "ci95_if_unchanged": None}
    if _small(a.joined, smallest):
        fields["mean_joined"] = None
    return replace(a, **fields) if fields else a


def _few_answers(each: Answers, smallest: int) -> Answers:
    if each.n and each.n < smallest:
        return replace(each, good=None, share=None, mean=None, ci95=None)
    if each.good is not None and (_small(each.good, smallest) or _small(each.n - each.good, smallest)):
        return replace(each, good=None, share=None)
    return each


# As data -------------------------------------------------------------------------------------------------------------


def as_json(found: Appraisal) -> dict[str, Any]:
    """Return an appraisal as data: for each competency what docs/appraisal.md lists."""
    w = found.workshop
    return {
        "workshop": {
            "code": w.code,
            "title": w.title,
            "topic": w.topic,
            "country": w.country,
            "place": w.place,
            "starts_on": w.starts_on.isoformat(),
            "ends_on": w.ends_on.isoformat(),
            "languages": w.languages.split(),
            "audience": w.audience,
            "linking": w.linking,
            "retrospective": w.retrospective,
            "main": w.main or COMPOSITE,
            "synthetic": w.synthetic,
        },
        "waves": [found.first, found.second],
        "forms": {name: getattr(found.forms, name) for name in Forms.__slots__},
        "competencies": {each.name: change_json(each) for each in found.changes},
        "composite": change_json(found.composite),
        "reliability": {wave: _reliability_json(found, wave) for wave in (found.first, found.second)},
        "answers": {each.name: _answers_json(each) for each in found.answers},
        "expected_then_applied": _yes_no_json(found.expected),
        "sentences": list(found.sentences),
    }


def change_json(change: Change) -> dict[str, Any]:
    """Return one competency as data."""
    found, a = change.found, change.found.attrition
    return {
        "label": change.label,
        "main": change.main,
        "n_pairs": found.n,
        "only_pre": change.only_pre,
        "only_post": change.only_post,
        "table": None if change.table is None else [list(row) for row in change.table],
        "rose": found.rose,
        "stayed": found.stayed,
        "fell": found.fell,
        "unchanged": found.unchanged,
        "at_top": found.at_top,
        "mean_before": found.mean_before,
        "mean_after": found.mean_after,
        "mean_change": found.mean_change,
        "ci95": _list(found.ci95),
        "hodges_lehmann": found.hodges_lehmann,
        "wilcoxon": {"statistic": found.statistic, "p_value": found.p_value, "method": found.method},
        "p_adjusted": change.p_adjusted,
        "rank_biserial": found.effect_size,
        "g_av": found.g_av,
        "sign_test": {"p_value": found.sign_p_value},
        "attrition": {
            "share_lost": a.share_lost,
            "mean_matched": a.mean_matched,
            "mean_lost": a.mean_lost,
            "mean_joined": a.mean_joined,
            "change_if_unchanged": a.change_if_unchanged,
            "ci95_if_unchanged": _list(a.ci95_if_unchanged),
        },
        "retrospective": _then_json(change.then),
        "base": found.base,
        "reasons": dict(found.reasons),
        "note": change.note,
    }


def _then_json(then: LookingBack | None) -> dict[str, Any] | None:
    if then is None:
        return None
    return {
        "n": then.n,
        "mean_before": then.mean_before,
        "mean_then": then.mean_then,
        "mean_after": then.mean_after,
        "response_shift": then.shift,
        "response_shift_ci95": _list(then.shift_ci95),
        "felt_change": then.felt_change,
        "felt_change_ci95": _list(then.felt_ci95),
        "note": then.note,
    }


def _reliability_json(found: Appraisal, wave: str) -> dict[str, Any] | None:
    alpha, omega = found.alpha[wave], found.omega[wave]
    if alpha is None or omega is None:
        return None
    return {
        "n": alpha.n,
        "alpha": alpha.alpha,
        "ci95": _list(alpha.ci95),
        "omega": omega.omega,
        "caution": alpha.caution,
        "reasons": {**alpha.reasons, **omega.reasons},
    }


def _answers_json(each: Answers) -> dict[str, Any]:
    return {
        "label": each.label,
        "n": each.n,
        "good": each.good,
        "share": each.share.share if each.share else None,
        "share_ci95": [each.share.low, each.share.high] if each.share and each.share.low is not None else None,
        "mean": each.mean,
        "ci95": _list(each.ci95),
    }


def _yes_no_json(found: prepost.Appraisal | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "n_pairs": found.n,
        "expected": found.mean_before,
        "applied": found.mean_after,
        "mean_change": found.mean_change,
        "ci95": _list(found.ci95),
        "ci_method": found.ci_method,
        "mcnemar": {"p_value": found.p_value, "method": found.method},
        "reasons": dict(found.reasons),
    }


def _list(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)
