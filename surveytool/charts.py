"""Results to Plotly figures, as plain data; words are handed in. The only module that knows where plotly.js lies.

A figure is a dictionary {data, layout} that a module of ours draws in the browser. Building it from plotly's Python
classes would check it again for every page; the tests do that once instead.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Figure = dict[str, Any]

#: Ours first, as fonts.css has them; the others are what a program finds that opens a picture taken away.
FONTS = (
    "Survey Burmese, Noto Sans, Survey Thai, Survey Lao, Survey Khmer, "
    "Noto Sans Thai, Noto Sans Lao, Noto Sans Khmer, Noto Sans Myanmar, sans-serif"
)
#: From the lowest to the highest step, readable without telling red from green.
STEPS = ("#8c510a", "#d8b365", "#d9d9d9", "#5ab4ac", "#01665e")
YES, NO, PLAIN = "#01665e", "#d8b365", "#3f7f93"


def plotly_js() -> Path:
    """Return the plotly.js file that the installed plotly carries, without loading plotly."""
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def diverging(counts: Mapping[str, int], labels: Mapping[str, str]) -> Figure:
    """Return a diverging stacked bar of a rating scale: the middle step astride zero, lower steps left of it."""
    codes = list(counts)
    middle = len(codes) // 2
    halves = len(codes) % 2
    start = -sum(counts[code] for code in codes[:middle]) - (counts[codes[middle]] / 2 if halves else 0)
    data = []
    for code, colour in zip(codes, _steps(len(codes)), strict=True):
        data.append(_segment(start, counts[code], plain(f"{code} {labels[code]}"), colour))
        start += counts[code]
    reach = sum(counts.values())
    axis = {"visible": False, "range": [-reach, reach], "zeroline": True}
    return _figure(data, height=170, n=reach, xaxis=axis, barmode="overlay", legend=_LEGEND)


def ladders(rows: Mapping[str, Mapping[str, int]], labels: Mapping[str, str]) -> Figure:
    """Return a diverging stacked bar for each row of a rating scale, in shares of its people.

    The middle step lies astride zero. The row says how many people it is of; the numbers in the bars are people.
    """
    codes = list(labels)
    middle, halves = len(codes) // 2, len(codes) % 2
    data = []
    starts = []
    for counts in rows.values():
        below = sum(counts.get(code, 0) for code in codes[:middle])
        starts.append(-(below + (counts.get(codes[middle], 0) / 2 if halves else 0)))
    sizes = [sum(counts.get(code, 0) for code in codes) or 1 for counts in rows.values()]
    for code, colour in zip(codes, _steps(len(codes)), strict=True):
        people = [counts.get(code, 0) for counts in rows.values()]
        bar = _segment(0, 0, plain(labels[code]), colour) | {
            "y": list(range(len(rows))),
            "base": [start / size for start, size in zip(starts, sizes, strict=True)],
            "x": [n / size for n, size in zip(people, sizes, strict=True)],
            "text": [str(n) if n else "" for n in people],
        }
        starts = [start + n for start, n in zip(starts, people, strict=True)]
        data.append(bar)
    names = [f"{name}, n\u00a0=\u00a0{sum(counts.get(code, 0) for code in codes)}" for name, counts in rows.items()]
    axis = {"visible": False, "range": [-1, 1], "zeroline": True}
    return _figure(
        data, height=_rows_high(names), xaxis=axis, yaxis=_named_rows(names), barmode="overlay", legend=_LEGEND
    )


def intervals(rows: Mapping[str, tuple[float, tuple[float, float] | None, int]], ends: tuple[float, float]) -> Figure:
    """Return the mean of each group with its interval, where it has one, on the whole scale; n stands in the label."""
    means = [mean for mean, _, _ in rows.values()]
    limits = [ci or (mean, mean) for mean, ci, _ in rows.values()]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": means,
        "y": list(range(len(rows))),
        "marker": {"color": PLAIN, "size": 9},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - mean for mean, (_, high) in zip(means, limits, strict=True)],
            "arrayminus": [mean - low for mean, (low, _) in zip(means, limits, strict=True)],
            "color": PLAIN,
        },
        "hoverinfo": "skip",
    }
    names = [f"{name}, n\u00a0=\u00a0{n}" for name, (_, _, n) in rows.items()]
    low, high = ends
    room = (high - low) / 40
    axis = {
        "range": [low - room, high + room],
        "dtick": 1,
        "zeroline": False,
        "gridcolor": "#d9d9d9",
        "automargin": True,
    }
    if high - low <= 1:
        axis |= {"dtick": 0.25, "tickformat": ".0%"}
    yaxis = _named_rows(names) | {"range": [len(rows) - 0.5, -0.5], "showgrid": False, "zeroline": False}
    return _figure([points], height=_rows_high(names), xaxis=axis, yaxis=yaxis)


def flow(
    links: Mapping[tuple[str, str], int], sources: Mapping[str, str], targets: Mapping[str, str], n: int
) -> Figure:
    """Return a flow from sources to targets, as wide as people; who names two targets flows to both."""
    names = [*sources, *targets]
    place = {("from", code): i for i, code in enumerate(sources)}
    place |= {("to", code): len(sources) + i for i, code in enumerate(targets)}
    colours = [_FLOWS[i % len(_FLOWS)] for i in range(len(sources))]
    mentions = [sum(k for (source, _), k in links.items() if source == each) for each in sources]
    mentions += [sum(k for (_, target), k in links.items() if target == each) for each in targets]
    labels = [plain({**sources}[code]) for code in sources] + [plain({**targets}[code]) for code in targets]
    sankey = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "label": [f"{label} ({k})" for label, k in zip(labels, mentions, strict=True)],
            "color": [*colours, *([PLAIN] * len(targets))],
            "pad": 14,
            "thickness": 14,
        },
        "link": {
            "source": [place["from", source] for source, _ in links],
            "target": [place["to", target] for _, target in links],
            "value": list(links.values()),
            "color": [f"{colours[place['from', source]]}80" for source, _ in links],
        },
        "textfont": {"family": FONTS, "size": 13},
    }
    figure = _figure([sankey], height=110 + 34 * max(len(sources), len(targets), len(names) // 2), n=n)
    figure["layout"]["margin"] = {"l": 8, "r": 8, "t": 30, "b": 12}
    return figure


def titled(figure: Figure, title: str, note: str, file: str) -> Figure:
    """Return a figure with what a picture taken away says above and below it, and the name of its file."""
    return {**figure, "layout": figure["layout"] | {"meta": {"title": title, "note": note, "file": file}}}


def plain(label: str) -> str:
    """Return a label in which Plotly finds no markup of its own."""
    return label.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_FLOWS = ("#01665e", "#8c510a", "#35618f", "#b8860b", "#6b4c9a", "#777777")


def _named_rows(names: Sequence[str]) -> dict[str, Any]:
    """Return a y axis that has a name for each row, the first on top; long names are broken again where drawn."""
    return {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [_wrapped(name) for name in names],
        "autorange": "reversed",
        "automargin": True,
        "ticks": "",
    }


def _rows_high(names: Sequence[str]) -> int:
    """Return how high a picture has to be for its rows, a name of several lines needing more."""
    return 90 + sum(16 + 18 * (_wrapped(name).count("<br>") + 1) for name in names)


def divided(counts: Mapping[str, int], labels: Mapping[str, str]) -> Figure:
    """Return one stacked bar of people who said yes and people who said no."""
    start, data = 0.0, []
    for code, colour in (("yes", YES), ("no", NO)):
        data.append(_segment(start, counts.get(code, 0), plain(labels.get(code, code)), colour))
        start += counts.get(code, 0)
    axis = {"visible": False, "range": [0, start]}
    return _figure(data, height=150, n=int(start), xaxis=axis, barmode="overlay", legend=_LEGEND)


def ranked(counts: Mapping[str, int], labels: Mapping[str, str], n: int) -> Figure:
    """Return one bar for each code, in the order given, the first on top; n people gave them."""
    names = [labels.get(code, code) for code in counts]
    values = list(counts.values())
    bar = {"type": "bar", "orientation": "h", "y": list(range(len(names))), "x": values, "text": values}
    lines = sum(_wrapped(name).count("<br>") + 1 for name in names)
    return _figure([bar | _BARE], height=80 + 24 * lines, n=n, xaxis=_COUNT_AXIS, yaxis=_named_rows(names))


def columns(counts: Mapping[str, int]) -> Figure:
    """Return one column for each number or year given, from low to high."""
    places, values = [float(each) for each in counts], list(counts.values())
    bar = {"type": "bar", "x": places, "y": values, "text": values}
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": list(counts), "automargin": True}
    return _figure([bar | _BARE], height=240, n=sum(values), xaxis=ticks, yaxis=_COUNT_AXIS)


_BARE = {"marker": {"color": PLAIN}, "hoverinfo": "skip", "textposition": "auto", "cliponaxis": False}
_COUNT_AXIS = {"rangemode": "tozero", "tickformat": "d", "showgrid": False, "visible": False}
_LEGEND = {"orientation": "h", "y": -0.1, "yanchor": "top", "x": 0, "traceorder": "normal"}


def _segment(start: float, length: int, name: str, colour: str) -> dict[str, Any]:
    """Return a part of a stacked bar that begins at `start`; its number is written in it."""
    return {
        "type": "bar",
        "orientation": "h",
        "y": [""],
        "base": [start],
        "x": [length],
        "name": name,
        "marker": {"color": colour},
        "text": [str(length) if length else ""],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "hoverinfo": "name+text",
    }


def _steps(n: int) -> list[str]:
    """Return n colours from the low end to the high end."""
    if n == len(STEPS):
        return list(STEPS)
    return [STEPS[round(i * (len(STEPS) - 1) / max(1, n - 1))] for i in range(n)]


def _figure(data: Sequence[dict[str, Any]], height: int, n: int | None = None, **layout: Any) -> Figure:
    """Return a figure; n, where all of it has the same, stands in its upper right corner."""
    size = {"text": f"n = {n}", "x": 1, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "right"}
    size |= {"yanchor": "bottom", "showarrow": False}
    common = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 28 if n is not None else 8, "b": 8},
        "annotations": [size] if n is not None else [],
        "font": {"family": FONTS, "size": 13},
        "showlegend": "legend" in layout,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
    }
    return {"data": list(data), "layout": {"xaxis": {}, "yaxis": {"visible": False}} | common | layout}


def _wrapped(label: str, width: int = 30) -> str:
    """Break a label at spaces into lines of about `width` letters, since Plotly never wraps tick labels."""
    lines = [""]
    for word in plain(label).split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


# Before and after ----------------------------------------------------------------------------------------------------

BEFORE, AFTER, SOFT = "#b35806", "#01665e", "#9aa3ab"


def dumbbells(rows: Sequence[tuple[str, float | None, float | None]], words: tuple[str, str]) -> Figure:
    """Return a line with two points for each row: its mean before and its mean after, on a scale from 0 to 4."""
    shown = [(_wrapped(plain(label)), before, after) for label, before, after in rows if before is not None]
    lines: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": [], "y": [], "hoverinfo": "skip"}
    for label, before, after in shown:
        lines["x"] += [before, after, None]
        lines["y"] += [label, label, None]
    lines |= {"line": {"color": SOFT, "width": 4}, "showlegend": False}
    points = [
        _points([row[place] for row in shown], [row[0] for row in shown], words[place - 1], colour, symbol)
        for place, colour, symbol in ((1, BEFORE, "circle-open"), (2, AFTER, "circle"))
    ]
    height = 90 + sum(18 * (label.count("<br>") + 1) + 14 for label, _, _ in shown)
    return _figure([lines, *points], height=height, xaxis=_SCALE_AXIS, yaxis=_NAMED_AXIS, legend=_ABOVE)


def slopes(steps: Sequence[tuple[float, float, int]], words: tuple[str, str]) -> Figure:
    """Return one line for each way from a score before to a score after, the thicker the more people went it."""
    data = []
    for before, after, people in steps:
        colour = AFTER if after > before else BEFORE if after < before else SOFT
        line = {"color": colour, "width": 1.5 * people}
        data.append(
            {"type": "scatter", "mode": "lines+markers", "x": list(words), "y": [before, after], "line": line}
            | {"marker": {"size": 6, "color": colour}, "opacity": 0.75, "hoverinfo": "skip"}
        )
    axis = {
        "visible": True,
        "range": [-0.1, 4.1],
        "dtick": 1,
        "gridcolor": "#e3e6e8",
        "zeroline": False,
        "automargin": True,
    }
    places = {"type": "category", "range": [-0.15, 1.15], "automargin": True}
    return _figure(data, height=320, xaxis=places, yaxis=axis)


def distributions(before: Mapping[str, int], after: Mapping[str, int], words: tuple[str, str]) -> Figure:
    """Return the people at each step before and after, side by side."""
    data = [
        {"type": "bar", "name": name, "x": list(counts), "y": list(counts.values()), "text": list(counts.values())}
        | _BARE
        | {"marker": {"color": colour}, "textangle": 0}
        for name, counts, colour in ((words[0], before, "#d8b365"), (words[1], after, AFTER))
    ]
    return _figure(data, height=170, xaxis=_STEP_AXIS, yaxis=_COUNT_AXIS, barmode="group", legend=_ABOVE, bargap=0.25)


def forest(
    rows: Sequence[tuple[str, float, tuple[float, float] | None]],
    pooled: tuple[str, float, tuple[float, float], tuple[float, float]] | None,
) -> Figure:
    """Return each workshop's effect with its interval, and below them the pooled one with where one more would lie."""
    names = [_wrapped(plain(name), 24) for name, _, _ in rows]
    data = [_whiskers([row[1] for row in rows], [row[2] for row in rows], names, PLAIN, "square", 9)]
    if pooled:
        name, effect, interval, prediction = pooled
        names.append(_wrapped(name, 24))
        data.append(_whiskers([effect], [prediction], names[-1:], SOFT, "line-ns", 2))
        data.append(_whiskers([effect], [interval], names[-1:], "#000", "diamond", 13))
    none = {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": SOFT, "dash": "dot"}}
    height = 70 + sum(18 * (name.count("<br>") + 1) + 8 for name in names)
    axis = {"zeroline": False, "gridcolor": "#e3e6e8", "automargin": True}
    return _figure(data, height=height, xaxis=axis, yaxis=_NAMED_AXIS, shapes=[none])


_SCALE_AXIS = {
    "range": [-0.1, 4.1],
    "dtick": 1,
    "automargin": True,
    "gridcolor": "#e3e6e8",
    "zeroline": False,
    "side": "bottom",
}
_NAMED_AXIS = {"autorange": "reversed", "automargin": True, "type": "category"}
_STEP_AXIS = {"type": "category", "automargin": True}
_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def _points(x: Sequence[Any], y: Sequence[str], name: str, colour: str, symbol: str) -> dict[str, Any]:
    marker = {"size": 12, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}}
    return {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "name": name, "marker": marker}


def _whiskers(
    x: Sequence[float],
    intervals: Sequence[tuple[float, float] | None],
    y: Sequence[str],
    colour: str,
    symbol: str,
    size: int,
) -> dict[str, Any]:
    up = [ci[1] - value if ci else 0 for value, ci in zip(x, intervals, strict=True)]
    down = [value - ci[0] if ci else 0 for value, ci in zip(x, intervals, strict=True)]
    error = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": colour, "thickness": 2}
    marker = {"size": size, "color": colour, "symbol": symbol}
    return {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "error_x": error, "marker": marker}
