"""The audit of any published figures: other scales, odd input, malformed files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.audit import VERDICTS, Cell, Evidence, audit


def audited(figures, evidence=None, **more):
    """The results by id."""
    return {result.id: result for result in audit({"figures": figures, **more}, evidence)}


def mean(printed, scale=(0, 4), **more):
    """A printed mean with id m."""
    return {"id": "m", "printed": printed, "statistic": "mean", "scale": list(scale), **more}


def figure(name, printed, statistic="count", **more):
    """Any other printed figure."""
    return {"id": name, "printed": printed, "statistic": statistic, **more}


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [("2.67", "reproduced"), ("2,67", "reproduced"), ("2.66", "other rounding"), ("2.68", "not reproduced")],
)
def test_a_mean_is_recounted_rounded_and_cut_off(printed, verdict):
    """8/3 = 2.667: rounded, with a decimal comma, cut off, and neither."""
    result = audited([mean(printed)], {"m": Evidence(Cell(counts={2: 1, 3: 2}))})["m"]

    assert (result.verdict, result.recomputed, result.n) == (verdict, "2.67", 3)
    assert result.value == pytest.approx(8 / 3)


def test_half_even_is_accepted():
    """1/8 = 0.125 prints 0.13 half up and 0.12 half even; both are reproduced."""
    evidence = {"m": Evidence(Cell(counts={"yes": 1, "no": 7}))}

    for printed in ("0.12", "0.13"):
        result = audited([mean(printed, (0, 1))], evidence)["m"]
        assert (result.verdict, result.recomputed) == ("reproduced", printed)


def test_received_instead_of_valid():
    """The counts on all forms received explain it: one step, another base."""
    valid, received = Cell(counts={1: 3, 4: 3}), Cell(counts={1: 3, 4: 4})
    result = audited([mean("2.71")], {"m": Evidence(valid, received)})["m"]

    assert (result.verdict, result.recomputed) == ("other base", "2.50")
    assert result.candidates[0].departures == 1
    assert "19/7 = 2.71" in result.explanation


def test_a_count_received_instead_of_valid():
    """Counts have a base as well."""
    evidence = {"c": Evidence(Cell(counts={"a": 3}), Cell(counts={"a": 5}))}

    assert audited([figure("c", "5", code="a")], evidence)["c"].verdict == "other base"
    assert audited([figure("c", "4", code="a")], evidence)["c"].verdict == "not reproduced"


def test_a_scale_numbered_from_one():
    """0-4 counted as 1-5, and 1-5 counted as 0-4."""
    up = audited([mean("3.50")], {"m": Evidence(Cell(counts={2: 1, 3: 1}))})["m"]
    down = audited([mean("2.50", (1, 5))], {"m": Evidence(Cell(counts={3: 1, 4: 1}))})["m"]

    assert up.verdict == down.verdict == "other coding"
    assert "from 1 to 5" in up.explanation
    assert "from 0 to 4" in down.explanation


def test_another_printed_n_is_tried_only_from_the_same_table():
    """60/25 = 2.40: the 25 must stand in the same table, in the column's head, or as its own n."""
    evidence = {"m": Evidence(Cell(counts={2: 30}))}
    other = figure("k", "25", "n", table="t")

    assert audited([mean("2.40", table="t"), other], evidence)["m"].verdict == "other base"
    assert audited([mean("2.40", table="u"), other], evidence)["m"].verdict == "not reproduced"
    assert audited([mean("2.40"), figure("k", "25", "n")], evidence)["m"].verdict == "not reproduced"
    assert audited([mean("2.40", column_head_n=25)], evidence)["m"].verdict == "other base"


def test_single_departures_come_before_combinations():
    """20/38 = 0.526; 0.53 needs one step, 0.52 two, and both verdicts are of the base."""
    evidence = {"m": Evidence(Cell(counts={"yes": 20, "no": 5}, missing={"no_answer": 13}))}
    one, two = (audited([mean(printed, (0, 1))], evidence)["m"] for printed in ("0.53", "0.52"))

    assert (one.verdict, one.candidates[0].departures) == ("other base", 1)
    assert (two.verdict, two.candidates[0].departures) == ("other base", 2)


def test_every_candidate_is_listed_with_the_number_tried():
    """Two divisors that print alike are two candidates."""
    evidence = {"m": Evidence(Cell(counts={1: 50}, missing={"no_answer": 1}, forms=100))}
    more = [figure("a", "101", "n", table="t")]
    result = audited([mean("0.5", table="t"), *more], evidence)["m"]

    assert len(result.candidates) == 2
    assert result.tried >= 2
    assert f"tried: {result.tried}" in result.explanation


def test_a_per_cent_of_forms_received_keeps_its_own_base():
    """20 of 25 forms received is 80 per cent; 18 of the 23 valid forms would be 78."""
    figures = [
        figure("p", "80", "percent", numerator="k", denominator="of"),
        figure("k", "20", "forms", of="received", filter={"country": "Thailand"}),
        figure("of", "25", "forms", of="received"),
    ]
    evidence = {"k": Evidence(Cell(forms=18), Cell(forms=20)), "of": Evidence(Cell(forms=23), Cell(forms=25))}
    result = audited(figures, evidence)

    assert (result["p"].verdict, result["p"].n, result["of"].verdict) == ("reproduced", 25, "reproduced")
    assert "forms received" in result["p"].base


def test_an_item_is_invalid_only_by_a_rule():
    """Without a rule's reason the item is not invalid; without evidence nobody knows."""
    item = figure("q", "answers to question 12 are invalid", "invalid item")

    assert audited([item], {"q": Evidence(item_invalid="No one was asked.")})["q"].recomputed == "No one was asked."
    assert audited([item], {"q": Evidence()})["q"].verdict == "not reproduced"
    assert audited([item])["q"].verdict == "not checkable"


def test_a_figure_alone_in_a_table_has_no_figures_beside_it():
    """Without a table there is nothing printed beside a figure, and nothing breaks."""
    assert audited([mean("2.00", item="1")])["m"].verdict == "not checkable"


def test_impossible_at_its_n_or_off_its_scale():
    """Impossible comes after the departures, before not reproduced."""
    n = figure("n", "25", "n")

    assert audited([mean("2.50", n="n"), n])["m"].verdict == "impossible"
    assert audited([mean("4.50", n="n"), n])["m"].possible is False
    assert audited([mean("2.52", n="n"), n])["m"].possible is True
    assert audited([mean("2.50")])["m"].possible is None


def test_grim_does_not_ask_decimal_answers_for_whole_sums():
    """Rates such as 12.5 need not add up to a whole number."""
    figures = [mean("12.5", (0, 100), n="n"), figure("n", "3", "n")]
    evidence = {"m": Evidence(Cell(counts={12.5: 3}))}

    assert audited(figures)["m"].possible is False
    assert audited(figures, evidence)["m"].possible is None
    assert audited(figures, evidence)["m"].verdict == "reproduced"


def test_a_mean_follows_from_the_counts_printed_beside_it():
    """All steps of a 1-3 scale are printed: 1, 2, 3 by 4, 0, 6 people is 2.20."""
    steps = [figure(f"s{i}", people, code=str(i), item="7", table="t") for i, people in ((1, "4"), (2, "0"), (3, "6"))]
    good = audited([mean("2.20", (1, 3), item="7", table="t"), *steps])["m"]
    bad = audited([mean("2.90", (1, 3), item="7", table="t"), *steps])
    part = audited([mean("2.20", (1, 3), item="7", table="t"), *steps[:2]])["m"]

    assert (good.verdict, good.conflicts) == ("reproduced", ())
    assert bad["m"].conflicts == ("s1", "s2", "s3")
    assert bad["s1"].conflicts == ("m",)
    assert part.verdict == "not checkable"


def test_per_cents_fall_back_on_what_is_printed():
    """Counted where it can be, printed where it cannot, and said so."""
    figures = [
        figure("p", "40", "percent", numerator="k", denominator="of"),
        figure("k", "4", code="yes"),
        figure("of", "10", "statement"),
    ]
    counted = audited(figures, {"k": Evidence(Cell(counts={"yes": 4}))})["p"]

    assert (counted.verdict, counted.n) == ("reproduced", 10)
    assert "k (valid forms) over of (as printed)" in counted.explanation
    assert "k (as printed)" in audited(figures)["p"].explanation


def test_two_figures_may_be_each_others_complement():
    """Going round in a circle is avoided: each is checked against the other as printed."""
    figures = [figure("a", "60", "percent", complement_of="b"), figure("b", "41", "percent", complement_of="a")]
    results = audited(figures)

    assert results["a"].verdict == results["b"].verdict == "not reproduced"
    assert (results["a"].conflicts, results["b"].conflicts) == (("b",), ("a",))


def test_a_complement_is_taken_from_the_figure_or_from_its_twin():
    """60 is what is left of 40; the twin that prints no number, or the same, adds nothing."""
    figures = [
        figure("p", "60", "percent", complement_of="m"),
        figure("m", "41", "percent"),
        figure("same", "41"),
        figure("other", "40"),
        figure("none", "-"),
    ]
    pairs = [["m", "same"], ["other", "m"], ["m", "none"]]
    result = audited(figures, same=pairs)["p"]

    assert (result.verdict, result.recomputed, result.tried) == ("other base", "59", 1)
    figures[1]["printed"] = "-"
    assert audited(figures)["p"].verdict == "not checkable"


def test_per_cents_of_nothing_are_not_checkable():
    """Nothing over nothing, or over what prints no number, is no per cent."""
    share = figure("p", "50", "percent", numerator="k", denominator="of")

    for denominator in ("0", "-"):
        figures = [share, figure("k", "5", "max"), figure("of", denominator, "n")]
        assert audited(figures, {"k": Evidence(Cell())})["p"].verdict == "not checkable"


def test_per_cents_of_mentions_may_exceed_a_hundred():
    """Several mentions a person: 30 of 20 is 150 per cent."""
    figures = [
        figure("p", "150", "percent", numerator="k", denominator="of"),
        figure("k", "30", "mentions"),
        figure("of", "20", "n"),
    ]

    assert (audited(figures)["p"].verdict, audited(figures)["p"].possible) == ("reproduced", True)
    figures[1]["statistic"] = "count"
    assert audited(figures)["p"].possible is False


@pytest.mark.parametrize(
    ("statistic", "printed"),
    [
        ("n", "4"), ("people", "4"), ("missing", "5"), ("asked", "9"), ("forms", "12"), ("mentions", "6"),
        ("distinct", "3"), ("distinct, more than", "2"), ("sum", "13"), ("min", "1"), ("max", "3.5"),
    ],
)  # fmt: skip
def test_every_whole_statistic(statistic, printed):
    """Four people gave six numbers of three kinds; five gave none; three forms lie beside."""
    cell = Cell(counts={1: 2, 2: 2, 3.5: 2, 9: 0}, missing={"no_answer": 3, "not_asked": 2}, people=4, forms=12)

    assert audited([figure("f", printed, statistic)], {"f": Evidence(cell)})["f"].verdict == "reproduced"


def test_more_than_is_strict():
    """More than 3 is not 3."""
    evidence = {"f": Evidence(Cell(counts={"a": 1, "b": 1, "c": 1}))}

    assert audited([figure("f", "3", "distinct, more than")], evidence)["f"].verdict == "not reproduced"


def test_codes_may_be_text_or_numbers():
    """The count of code 3 is found under 3 and under "3"; values may be given."""
    for key in (3, 3.0, "3"):
        evidence = {"c": Evidence(Cell(counts={key: 5}))}
        assert audited([figure("c", "5", code="3")], evidence)["c"].verdict == "reproduced"
    agree = Evidence(Cell(counts={"agree": 1, "disagree": 1}), values={"agree": 4, "disagree": 1})
    assert audited([mean("2.5")], {"m": agree})["m"].verdict == "reproduced"
    assert audited([mean("2.5")], {"m": Evidence(Cell(counts={"agree": 1}))})["m"].verdict == "not checkable"


def test_no_answers_are_not_checkable():
    """A mean of no one is no mean; a count of no one is 0."""
    empty = {"m": Evidence(Cell()), "c": Evidence(Cell())}
    results = audited([mean("0.00"), figure("c", "0", code="yes")], empty)

    assert results["m"].verdict == "not checkable"
    assert results["c"].verdict == "reproduced"


@pytest.mark.parametrize(
    "odd",
    [
        figure("f", "-"),
        figure("f", "about ten"),
        figure("f", "12 %", "percent"),
        figure("f", "3", "median"),
        figure("f", "3", code=None),
        figure("f", "3", code=True),
        figure("f", "3", "percent", numerator="f", denominator="f"),
        figure("f", "0", "mean", n="f"),
        figure("f", "-2", "mean", scale=[-3, 3], n="f"),
    ],
)
def test_odd_figures_are_audited_all_the_same(odd):
    """Well-formed is enough: nothing raises, and a verdict stands."""
    assert audited([odd], {"f": Evidence(Cell(counts={"yes": 1}))})["f"].verdict in VERDICTS
    assert audited([odd])["f"].verdict in VERDICTS


def test_totals_whose_sums_disagree_are_not_decided_by_the_print():
    """Two sums for one total give 3 and 4: the print alone cannot say."""
    figures = [figure("t", "3"), figure("a", "1"), figure("b", "2"), figure("c", "3")]
    sums = [{"total": "t", "parts": ["a", "b"]}, {"total": "t", "parts": ["a", "c"]}]
    results = audited(figures, sums=sums)

    assert results["t"].verdict == "not checkable"
    assert results["t"].conflicts == ("a", "c")


def test_numerically_equal_twins_do_not_conflict():
    """2.5 and 2,50 speak alike; 2.5 and 2.4 do not."""
    figures = [figure("a", "2.5"), figure("b", "2,50"), figure("c", "2.4")]
    results = audited(figures, same=[["a", "b"], ["a", "c"]])

    assert (results["a"].conflicts, results["b"].conflicts) == (("c",), ())


def test_a_malformed_file_is_refused_with_every_fault():
    """Place, fault and remedy, one a line, all at once."""
    published = {
        "figures": [
            {"id": "a", "printed": 3, "statistic": "count"},
            {"id": "a", "printed": "3", "statistic": "mean", "scale": [4, 0], "n": "nowhere"},
            "b",
            {"id": "c", "printed": "1", "statistic": "mean", "scale": "0-4"},
            {"printed": "1", "statistic": "n", "column_head_n": 0, "filter": "Thailand"},
            {"id": "d", "printed": "1", "statistic": "percent", "complement_of": "d", "table": 3},
        ],
        "sums": [{"total": "a"}, {"total": "x", "parts": ["a"]}],
        "same": [["a"], ["a", "y"]],
    }
    with pytest.raises(ValueError, match="cannot be read") as raised:
        audit(published)

    lines = str(raised.value).splitlines()[1:]
    places = [line.split(":")[0] for line in lines]
    assert places == (
        ["figure 1", "figure 2", "figure 2", "figure 3", "figure 4", "figure 5", "figure 5", "figure 5"]
        + ["figure 6", "figure 2", "figure 6", "sum 1", "sum 2", "pair 1", "pair 2"]
    )
    assert all("; " in line for line in lines)


@pytest.mark.parametrize(
    "published",
    [None, [], {}, {"figures": None}, {"figures": {}}, {"figures": [], "sums": 3}, {"figures": [], "same": {}}],
)
def test_what_is_no_file_of_figures_is_refused(published):
    """A mapping with a list of figures is the least."""
    with pytest.raises(ValueError, match="cannot be read"):
        audit(published)


def test_an_empty_file_has_no_results():
    """Nothing published, nothing to say."""
    assert audit({"figures": []}) == []


@pytest.mark.parametrize(
    "wrong", [{"counts": {"a": -1}}, {"missing": {"no_answer": 1.5}}, {"people": -1}, {"forms": True}]
)
def test_cells_refuse_what_is_no_count(wrong):
    """Counts are whole and not negative."""
    with pytest.raises((ValueError, TypeError)):
        Cell(**wrong)


NAMES = st.sampled_from(["a", "b", "c", "d"])
CELLS = st.builds(
    Cell,
    counts=st.dictionaries(st.sampled_from(["yes", "no", "MOU", 0, 1, 3, 2.5, "4"]), st.integers(0, 5), max_size=4),
    missing=st.dictionaries(st.sampled_from(["no_answer", "not_asked"]), st.integers(0, 3)),
    people=st.none() | st.integers(0, 9),
    forms=st.none() | st.integers(0, 9),
)
FIGURE = st.fixed_dictionaries(
    {
        "printed": st.from_regex(r"-?[0-9]{1,3}([.,][0-9]{1,2})?", fullmatch=True) | st.text(max_size=4).filter(bool),
        "statistic": st.sampled_from(
            ["count", "n", "missing", "asked", "forms", "mean", "percent", "sum", "min", "max", "people"]
            + ["mentions", "distinct", "distinct, more than", "invalid item", "statement", "other"]
        ),
    },
    optional={
        "n": NAMES, "numerator": st.none() | NAMES, "denominator": NAMES, "item": st.sampled_from(["1", "2"]),
        "table": st.sampled_from(["t", "u"]), "code": st.sampled_from(["yes", "no", "3", None]),
        "scale": st.sampled_from([[0, 4], [0, 1], [1, 5], [0, 100], [-2, 2]]), "unit": st.just("percent"),
        "of": st.sampled_from(["valid", "received"]), "column_head_n": st.integers(1, 40), "complement_of": NAMES,
    },
)  # fmt: skip


@given(
    st.lists(FIGURE, min_size=4, max_size=4),
    st.dictionaries(NAMES, st.builds(Evidence, CELLS, st.none() | CELLS)),
    st.lists(st.fixed_dictionaries({"total": NAMES, "parts": st.lists(NAMES, min_size=1, max_size=3)}), max_size=3),
    st.lists(st.tuples(NAMES, NAMES), max_size=3),
)
def test_any_well_formed_file_is_audited(figures, evidence, sums, same):
    """Whatever is printed and counted: a verdict, a sentence, mutual conflicts, no exception."""
    named = [{"id": name, **entry} for name, entry in zip("abcd", figures, strict=True)]
    named = [entry for entry in named if entry.get("complement_of") != entry["id"] or entry.pop("complement_of")]
    results = audited(named, evidence, sums=sums, same=same)

    for name, result in results.items():
        assert result.verdict in VERDICTS
        assert result.explanation.endswith(".")
        assert all(name in results[other].conflicts for other in result.conflicts)
        assert name not in result.conflicts
        assert (result.verdict in VERDICTS[1:4]) == bool(result.candidates)
