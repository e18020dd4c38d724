"""Looks at a page in a real browser as a reviewer of accessibility would: its width on each screen, and axe-core."""

from typing import Any

from axe_core_python.base import AXE_SCRIPT

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def look(page: Any, what: str = "", widths: tuple[int, ...] = (360, 1280)) -> None:
    """Fail where the page scrolls sideways at one of some widths, in px, or leaves somebody out.

    A page that a click has just brought may not have its first element yet: it is waited for. The page keeps the
    last of the widths.
    """
    page.wait_for_load_state()
    place = what or page.url
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (place, width)
    assert violations(page) == {}, place


def violations(page: Any) -> dict[str, list[str]]:
    """Return what axe-core finds wrong with a page: the elements by the rule they break."""
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    run = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
    found = page.evaluate(run, STANDARDS)["violations"]
    return {each["id"]: [node["html"] for node in each["nodes"]] for each in found}


def open_details(page: Any) -> None:
    """Open whatever a page keeps folded."""
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
