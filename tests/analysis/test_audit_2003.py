"""The audit of the figures published in 2003, given counts that agree with one another."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.audit import VERDICTS, Cell, Evidence, audit

FILE = Path(__file__).parents[2] / "questionnaires" / "partner_survey" / "published_2003.json"
PUBLISHED = json.loads(FILE.read_text(encoding="utf-8"))
FIGURES = {figure["id"]: figure for figure in PUBLISHED["figures"]}

# Where the printed figures contradict one another, the count that fits the others.
RECOUNTED = {"q28_na": 4}

# Sums of answers that the printed means allow; 21b has none, so the sum nearest below.
SUMS = {
    "10": (31, 92), "21a": (30, 70), "21b": (25, 62), "22": (32, 55), "26": (38, 133),
    "27": (35, 66), "meeting useful": (28, 77), "meeting interesting": (28, 77),
}  # fmt: skip

PLAIN = {
    # 31 people had 76 trainings; 14 people gave a rate, from 10 to 50, 430 together.
    "9 times": Cell(counts={2: 17, 3: 14}, missing={"not_asked": 7}),
    "28 rate": Cell(counts={10: 1, 50: 1, 30: 5, 31: 5, 32.5: 2}, missing={"no_answer": 3, "not_asked": 21}),
}


def spread(n, total):
    """n people on two neighbouring steps, whose answers add up to the total."""
    step, rest = divmod(total, n)
    return {step: n - rest, step + 1: rest}


def printed_for(item, where):
    """The figures of the details that print counts of one item, under one filter."""
    return [
        f for f in PUBLISHED["figures"] if f["item"] == item and f.get("filter") == where and f["part"] == "details"
    ]


def cell_of(item, where):
    """What was counted for one item, from the counts that are printed of it."""
    if item in PLAIN:
        return PLAIN[item]
    printed = printed_for(item, where)
    missing = [RECOUNTED.get(f["id"], int(f["printed"])) for f in printed if f["statistic"] == "missing"]
    counts = {f["code"]: int(f["printed"]) for f in printed if f["statistic"] == "count"}
    if item == "11":
        counts = {"yes": 30, "no": 0}
    if item in SUMS:
        counts = spread(*SUMS[item])
    people = next((int(f["printed"]) for f in printed if f["statistic"] == "people"), None)
    return Cell(counts=counts, missing={"no_answer": sum(missing)}, people=people)


def evidence_of(figure):
    """The evidence for one figure; the two excluded forms were empty."""
    if figure["statistic"] == "invalid item":
        return Evidence(item_invalid="All who answered 11 already use the skills.")
    if figure["statistic"] == "forms":
        return forms_of(figure)
    if figure["item"] == "14a|14b":
        valid = Cell(counts={"yes": 37}, missing={"no_answer": 1})
    elif figure["item"] == "21a body" and not figure.get("filter"):
        valid = Cell(counts={"all of them": 24}, distinct=11)
    else:
        valid = cell_of(figure["item"], figure.get("filter"))
    if figure.get("filter"):
        return Evidence(valid, valid)
    more = {**valid.missing, "no_answer": valid.missing.get("no_answer", 0) + 2}
    return Evidence(replace(valid, forms=38), replace(valid, missing=more, forms=40))


def forms_of(figure):
    """Forms received and valid; both excluded forms came from Thailand."""
    where = (figure.get("filter") or {}).get("country")
    received = {None: 40, "Viet Nam": 9, "Lao PDR": 1, "Myanmar": 3, "Cambodia": 2, "Thailand": 25}[where]
    valid = received - 2 * (where in (None, "Thailand"))
    return Evidence(Cell(forms=valid), Cell(forms=received))


COUNTED = {
    figure["id"]: evidence_of(figure)
    for figure in PUBLISHED["figures"]
    if figure["statistic"] not in ("statement", "percent")
}
RESULTS = {result.id: result for result in audit(PUBLISHED, COUNTED)}
PRINT_ALONE = {result.id: result for result in audit(PUBLISHED)}


def test_every_figure_is_audited_in_order():
    """One result a figure, in the order of the file, with a verdict and a sentence."""
    assert list(RESULTS) == list(FIGURES)
    for result in RESULTS.values():
        assert result.verdict in VERDICTS
        assert result.explanation.endswith(".")
        assert result.explanation[0].isupper()
        assert "\n" not in result.explanation
        assert ".." not in result.explanation


@pytest.mark.parametrize(
    ("figure", "verdict", "recomputed", "working"),
    [
        ("q14a_mean", "other base", "0.79", "30/40 = 0.75"),
        ("q14b_mean", "other base", "0.87", "33/40 = 0.83"),
        ("q14c_mean", "other base", "0.79", "30/40 = 0.75"),
        ("q14d_mean", "other base", "0.84", "32/40 = 0.80"),
        ("q14e_mean", "other base", "0.63", "24/40 = 0.60"),
        ("q15_mean", "other base", "0.28", "10/38 = 0.26"),
        ("q16_mean", "other base", "0.53", "19/40 = 0.48"),
        ("q17a_mean", "other base", "0.91", "10/38 = 0.26"),
        ("q18_mean", "other base", "0.86", "24/38 = 0.63"),
        ("q19_mean", "other base", "0.80", "20/38 = 0.52"),
        ("q20_mean", "other base", "0.69", "18/38 = 0.47"),
        ("s_q18_rate", "other base", "63", "24/40 = 60"),
        ("s_q19_rate", "other base", "53", "20/40 = 50"),
        ("q23_mean", "other coding", "0.74", "54/31 = 1.74"),
        ("q21b_mean", "impossible", "2.48", "62/25 = 2.48 and 63/25 = 2.52"),
        ("s_q21b_mean", "impossible", "2.48", "62/25 = 2.48 and 63/25 = 2.52"),
        ("trained_by_iom_rate", "impossible", "56", "100 × 13/27 = 48 and 100 × 14/27 = 52"),
        ("q24_mean", "reproduced", "0.79", "26/33 = 0.79"),
        ("q10_mean", "reproduced", "2.97", "92/31 = 2.97"),
        ("q11_mean", "reproduced", "1.00", "30/30 = 1.00"),
        ("q26_mean", "reproduced", "3.5", "133/38 = 3.5"),
        ("q13_rate", "reproduced", "87", "33/38 = 87"),
        ("s_q17_rate", "reproduced", "30", "10/33 = 30"),
        ("q28_na", "not reproduced", "4", "17 + 17 + 5 is 39, printed as 38 (forms_valid)"),
        ("s_legal", "not reproduced", "24", "24"),
        ("s_bodies_distinct", "reproduced", "11", "11"),
        ("s_return", "reproduced", "37", "37"),
        ("training_sessions", "reproduced", "76", "76"),
        ("q28_rate_n", "not reproduced", "14", "14"),
        ("s_q28_rate_mean", "reproduced", "31", "430/14 = 31"),
        ("q28_rate_min", "reproduced", "10", "10"),
        ("q28_rate_max", "reproduced", "50", "50"),
    ],
)
def test_verdicts(figure, verdict, recomputed, working):
    """What each figure comes to, and the sum that explains it."""
    result = RESULTS[figure]

    assert (result.verdict, result.recomputed) == (verdict, recomputed)
    assert working in result.explanation


def test_the_column_head_does_not_save_21b():
    """The n = 30 in the column's head does not fit the recounted sum: 62/30 = 2.067."""
    assert "62/30 = 2.067" in RESULTS["q21b_mean"].explanation
    assert RESULTS["q21b_mean"].candidates == ()
    assert RESULTS["q21b_mean"].tried > 0


def test_nineteen_departs_twice():
    """0.52 needs two steps: missing answers in the divisor, and cutting off."""
    best = RESULTS["q19_mean"].candidates[0]

    assert (best.departures, best.verdict, best.recomputed) == (2, "other base", "0.52")
    assert "cut off" in best.explanation
    assert "38 valid forms" in best.explanation


def test_twenty_three_is_off_its_scale():
    """1.74 lies outside 0-1, and is what 1/2 coding gives."""
    assert RESULTS["q23_mean"].possible is False
    assert "coded no = 1, yes = 2" in RESULTS["q23_mean"].candidates[0].explanation.lower()


@pytest.mark.parametrize("figure", ["q12", "partners_identified", "s_purpose"])
def test_words_and_rules(figure):
    """An invalid item needs its rule; a statement cannot be checked."""
    expected = {"q12": "reproduced"}.get(figure, "not checkable")

    assert RESULTS[figure].verdict == expected


@pytest.mark.parametrize(
    ("figure", "conflicts"),
    [
        ("q28_na", ("forms_valid", "q28_valid", "s_q28_na")),
        ("q28_yes", ("forms_valid",)),
        ("q28_n", ("q28_valid",)),
        ("forms_valid", ("q28_na", "q28_yes", "q28_no", "s_q18_rate", "s_q19_rate")),
        ("q21b_mean", ("q21b_n",)),
        ("q23_mean", ("q23_n", "q23_yes", "q23_no")),
        ("q14a_mean", ("q14a_yes", "q14a_no")),
        ("q14c_yes", ("q14c_mean", "s_prevention")),
        ("q24_mean", ()),
        ("q28_rate_mean", ("s_q28_rate_mean",)),
        ("s_q28_rate_mean", ("q28_rate_mean", "s_q28_benchmark")),
        ("q21b_body_na_rate", ("q21b_n", "q21b_body_na")),
        ("trained_by_iom_rate", ("direct_partners", "trained_by_iom")),
    ],
)
def test_conflicts(figure, conflicts):
    """Contradictions within the print, in the order of the file; parts not among themselves."""
    assert set(RESULTS[figure].conflicts) == set(conflicts)
    assert list(RESULTS[figure].conflicts) == [name for name in FIGURES if name in conflicts]


def test_conflicts_are_mutual_and_do_not_depend_on_the_evidence():
    """Whoever contradicts is contradicted; the print alone decides."""
    for name, result in RESULTS.items():
        assert result.conflicts == PRINT_ALONE[name].conflicts
        assert all(name in RESULTS[other].conflicts for other in result.conflicts)


def test_possible_is_asked_of_means_and_per_cents_alone():
    """Counts have no GRIM test, nor has a mean without a printed n."""
    for name, result in RESULTS.items():
        if FIGURES[name]["statistic"] not in ("mean", "percent"):
            assert result.possible is None
    assert RESULTS["q14a_mean"].possible is None
    impossible = {name for name, result in RESULTS.items() if result.possible is False}
    assert impossible == {"trained_by_iom_rate", "q21b_mean", "q23_mean", "s_q21b_mean"}


def test_the_print_alone_decides_what_it_can():
    """Without evidence: per cents, sums and GRIM; the counts themselves are not checkable."""
    verdicts = {name: result.verdict for name, result in PRINT_ALONE.items()}

    assert verdicts["q13_yes"] == verdicts["q10_mean"] == verdicts["q12"] == "not checkable"
    assert verdicts["q13_rate"] == verdicts["q24_mean"] == verdicts["forms_received"] == "reproduced"
    assert verdicts["q21b_mean"] == "impossible"
    assert verdicts["q28_valid"] == "not reproduced"
    assert "as printed" in PRINT_ALONE["q13_rate"].explanation


def test_a_printed_part_that_cannot_be_counted_is_said_to_be_printed():
    """33 partners stands in a sentence; the per cent falls back on it and says so."""
    assert "s_q17_of (as printed)" in RESULTS["s_q17_rate"].explanation


def test_candidates_are_simplest_first():
    """Fewer departures come first, and no more print so than were tried."""
    for result in RESULTS.values():
        steps = [candidate.departures for candidate in result.candidates]
        assert steps == sorted(steps)
        assert len(steps) <= result.tried
        assert all(candidate.recomputed for candidate in result.candidates)
