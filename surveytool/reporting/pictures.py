"""The pictures of a report: which there are, and drawn as PNG for files (the only module that knows kaleido)."""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from importlib.util import find_spec

from surveytool import charts
from surveytool.places import PACKAGE
from surveytool.reporting.document import Picture
from surveytool.results import ItemResult, Tally

INSTALL = "pip install 'surveytool[pictures]'"
MISSING = f"Pictures are left out: drawing them in files needs the extra “pictures” and a Chromium ({INSTALL})."
#: Pixels for each inch that a picture is wide on paper, in CSS terms; drawn twice as fine.
WIDTH, SCALE = 640, 2


class PicturesError(RuntimeError):
    """Pictures could not be drawn; the message says why in one line."""


def of_item(item: ItemResult) -> charts.Figure | None:
    """Return the picture of an item's counts, or None where there is nothing to draw."""
    if item.invalid or not any(item.counts.values()):
        return None
    if item.kind == "scale":
        return charts.diverging(item.counts, item.labels)
    if item.kind == "yes_no":
        return charts.divided(item.counts, {"yes": "Yes", "no": "No"} | dict(item.labels))
    if item.kind in ("number", "date"):
        return charts.columns(item.counts)
    return charts.ranked(item.counts, item.labels, item.n) if item.kind == "choice" else None


def of_tally(tally: Tally, labels: Mapping[str, str]) -> charts.Figure | None:
    """Return the picture of one tally, or None where nothing was named."""
    return charts.ranked(tally.table, labels, tally.figures.n) if tally.table else None


def available() -> bool:
    """Whether pictures can be drawn into files here: the extra is installed, and a Chromium is there."""
    if find_spec("kaleido") is None:
        return False
    from choreographer.browsers.chromium import Chromium

    return bool(Chromium.find_browser(skip_local=False))


def drawn(pictures: Sequence[Picture], tell: Callable[[int], None] = lambda done: None) -> dict[str, bytes]:
    """Draw pictures as PNG, by name; `tell` hears how many are done. Raises PicturesError."""
    if not pictures:
        return {}
    try:
        # In a thread of its own: whoever asks may be inside an event loop already.
        with ThreadPoolExecutor(1) as apart:
            return apart.submit(copy_context().run, asyncio.run, _drawn(pictures, tell)).result()
    except Exception as error:  # whatever Chromium or kaleido raise: there is one way on, without pictures
        raise PicturesError(f"The pictures could not be drawn: {type(error).__name__}: {error}") from error


async def _drawn(pictures: Sequence[Picture], tell: Callable[[int], None]) -> dict[str, bytes]:
    import kaleido

    found: dict[str, bytes] = {}
    async with kaleido.Kaleido(page_generator=_Page(), timeout=60) as drawing:
        for done, picture in enumerate(pictures, 1):
            figure = {"data": picture.drawing["data"], "layout": {**picture.drawing["layout"], "width": WIDTH}}
            options = {"format": "png", "width": WIDTH, "height": figure["layout"]["height"], "scale": SCALE}
            found[picture.name] = await drawing.calc_fig(figure, options)
            tell(done)
    return found


class _Page:
    """The page that pictures are drawn on: plotly.js from here, our fonts, nothing from elsewhere."""

    def generate_index(self) -> str:
        """Return the page, as kaleido asks for it."""
        from kaleido import PageGenerator

        page: str = PageGenerator(plotly=charts.plotly_js().as_uri(), mathjax=False).generate_index()
        return page.replace("</head>", f"<style>{_fonts()}</style></head>")


def _fonts() -> str:
    """Return the fonts of scripts that a machine may lack, under the names that pictures ask for."""
    faces = []
    for script in ("Thai", "Lao", "Khmer", "Myanmar"):
        file = PACKAGE / "static" / "fonts" / f"NotoSans{script}-Regular.woff2"
        data = base64.b64encode(file.read_bytes()).decode()
        faces.append(f'@font-face {{ font-family: "Noto Sans {script}"; src: url(data:font/woff2;base64,{data}); }}')
    return "".join(faces)
