"""How long a first-time visitor waits for the first question over a slow 3G connection, and what comes over the wire.

`python -m benchmarks.offline` measures in a real Chromium (playwright), for each language, and prints a Markdown table.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.server import product
from surveytool.languages import LANGUAGES

#: The profile: round trip in milliseconds, bits a second, both ways.
LATENCY = 400
BITS = 400_000

#: When the first question is there to be read: painted, and in the page.
FIRST_QUESTION = """() => new Promise(done => {
    const look = () => {
        const [painted] = performance.getEntriesByName('first-contentful-paint');
        const item = document.querySelector('[data-item] :is(legend, label)');
        if (painted && item?.checkVisibility()) requestAnimationFrame(() => done(performance.now()));
        else setTimeout(look, 20);
    };
    look();
})"""


@dataclass
class View:
    """One first view: when it could be read, and what it took."""

    milliseconds: float
    #: Bytes of bodies and heads: page, styles and scripts; fonts; what the worker fetches afterwards to keep it.
    page: int
    fonts: int
    later: int


def main() -> None:
    """Measure every language."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.offline", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="how often; medians are reported (default: 3)")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser")
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="surveytool-benchmarks-") as folder:
        command = [sys.executable, "-m", "surveytool.cli", "--instance", folder, "demo", "--no-serve"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with product(Path(folder)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox"])
            print("| language | first question readable | page, style, scripts | fonts | kept in the background |")
            print("|---|--:|--:|--:|--:|")
            for language in LANGUAGES:
                views = [_view(browser, f"http://127.0.0.1:{server.port}", language) for _ in range(asked.repeats)]
                print(_line(language, views), flush=True)
            browser.close()


def _view(browser: Any, address: str, language: str) -> View:
    """Open the form as somebody who was never here."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale=language)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    speed = BITS / 8
    slow = {"offline": False, "latency": LATENCY, "downloadThroughput": speed, "uploadThroughput": speed}
    session.send("Network.emulateNetworkConditions", slow)
    done: list[tuple[str, int, bool]] = []

    def finished(request: Any) -> None:
        sizes = request.sizes()
        background = bool(request.service_worker)
        done.append((request.url, sizes["responseBodySize"] + sizes["responseHeadersSize"], background))

    context.on("requestfinished", finished)
    page.goto(f"{address}/c/demo/{language}", wait_until="commit", timeout=120_000)
    milliseconds = page.evaluate(FIRST_QUESTION)
    page.wait_for_function("document.readyState === 'complete'", timeout=120_000)
    page.wait_for_timeout(6000)
    context.close()
    return View(
        milliseconds,
        page=sum(size for url, size, later in done if not later and not url.endswith(".woff2")),
        fonts=sum(size for url, size, later in done if not later and url.endswith(".woff2")),
        later=sum(size for _, size, later in done if later),
    )


def _line(language: str, views: list[View]) -> str:
    seconds = statistics.median(view.milliseconds for view in views) / 1000
    last = views[-1]
    sizes = " | ".join(f"{size / 1024:.1f} KiB" for size in (last.page, last.fonts, last.later))
    return f"| {LANGUAGES[language].english} | {seconds:.2f} s | {sizes} |"


if __name__ == "__main__":
    main()
