"""Results to Plotly figures, as plain data; words are handed in. The only module that knows where plotly.js lies.

A figure is a dictionary {data, layout} that a module of ours draws in the browser. Building it from plotly's Python
classes would check it again for every page; the tests do that once instead.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Figure = dict[str, Any]

FONTS = "Noto Sans, Noto Sans Thai, Noto Sans Lao, Noto Sans Khmer, Noto Sans Myanmar, sans-serif"
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
        data.append(_segment(start, counts[code], f"{code} {labels[code]}", colour))
        start += counts[code]
    reach = sum(counts.values())
    axis = {"visible": False, "range": [-reach, reach], "zeroline": True}
    return _figure(data, height=150, xaxis=axis, barmode="overlay", legend=_LEGEND)


def divided(counts: Mapping[str, int], labels: Mapping[str, str]) -> Figure:
    """Return one stacked bar of people who said yes and people who said no."""
    start, data = 0.0, []
    for code, colour in (("yes", YES), ("no", NO)):
        data.append(_segment(start, counts.get(code, 0), labels.get(code, code), colour))
        start += counts.get(code, 0)
    return _figure(data, height=130, xaxis={"visible": False, "range": [0, start]}, barmode="overlay", legend=_LEGEND)


def ranked(counts: Mapping[str, int], labels: Mapping[str, str]) -> Figure:
    """Return one bar for each code, in the order given, the first on top."""
    names = [_wrapped(labels.get(code, code)) for code in counts]
    values = list(counts.values())
    bar = {"type": "bar", "orientation": "h", "y": names, "x": values, "text": values, "marker": {"color": PLAIN}}
    lines = sum(name.count("<br>") + 1 for name in names)
    yaxis = {"autorange": "reversed", "automargin": True, "type": "category"}
    return _figure([bar | _BARE], height=60 + 24 * lines, xaxis=_COUNT_AXIS, yaxis=yaxis)


def columns(counts: Mapping[str, int]) -> Figure:
    """Return one column for each number or year given, from low to high."""
    places, values = [float(each) for each in counts], list(counts.values())
    bar = {"type": "bar", "x": places, "y": values, "text": values, "marker": {"color": PLAIN}}
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": list(counts), "automargin": True}
    return _figure([bar | _BARE], height=220, xaxis=ticks, yaxis=_COUNT_AXIS)


_BARE = {"hoverinfo": "skip", "textposition": "auto", "cliponaxis": False}
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


def _figure(data: Sequence[dict[str, Any]], height: int, **layout: Any) -> Figure:
    common = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
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
    for word in label.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
