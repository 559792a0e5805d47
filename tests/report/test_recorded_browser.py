"""The report of all recorded results in a real browser: every page, at every width."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.recorded_report import RecordedReport as Report

# As for the numbers of this report: it takes two minutes to make.
pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = (390, 768, 1280)
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Waits until what listens to the size of the window has drawn anew."""
SERIOUS = ("serious", "critical")


def test_no_page_complains_or_needs_sideways_scrolling(
    browser: Any, recorded_report: Report
) -> None:
    tab = browser.new_page()
    found: list[str] = []
    tab.on("console", lambda message: found.append(f"{tab.url}: {message.text}"))
    tab.on("pageerror", lambda error: found.append(f"{tab.url}: {error}"))
    for path in recorded_report.pages:
        tab.goto(path.as_uri())
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 800})
            tab.evaluate(TWO_FRAMES)
            over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                found.append(f"{path}: {over} pixels too wide at {width}")
    tab.close()
    assert not found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_a_kind_keeps_anyone_out(
    browser: Any, recorded_report: Report, scheme: str
) -> None:
    """Look at all shared pages and studies, and at a run of each study."""
    from axe_core_python.sync_playwright import Axe

    shared = sorted(recorded_report.folder.glob("*.html"))
    runs = recorded_report.folder / "runs"
    firsts = [min((runs / study).iterdir()) for study in recorded_report.studies]
    tab = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    found = []
    for path in (*shared, *firsts):
        tab.goto(path.as_uri())
        for one in Axe().run(tab)["violations"]:
            if one["impact"] in SERIOUS:
                found.append((path.name, one["id"], one["nodes"][0]["html"][:120]))
    tab.close()
    assert not found
