"""The report in a real browser: quiet, self-contained, reachable, and doing what it offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.rendered import make
from tests.support.report_results import STUDY
from tests.support.report_set import make_set

from regrade.report.formatting import THIN

pytestmark = pytest.mark.browser
OPEN = Callable[..., Any]
PAGES = (
    "index.html", "claims.html", "compare.html", "methods.html", "tiny.html",
    "runs/tiny/A.html", "runs/tiny/B-as-run.html", "runs/tiny/D.html",
)  # fmt: skip
LOSSES = """\
        - {quantity: last(train_loss), printed: "1.20", unit: nats, source: text}
        - {quantity: argmax(validation_accuracy), printed: "19", unit: epoch, source: text}
      curves: [{file: tiny/A.csv"""
"""Numbers whose cells hold a value, an interval and the number of seeds, all without a unit."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = STUDY.replace("      curves: [{file: tiny/A.csv", LOSSES)
    return make(tmp_path_factory.mktemp("browser"), study)


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("preview"), scale="preview", source="synthetic")


@pytest.fixture(scope="module")
def set_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_set(tmp_path_factory.mktemp("set"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_set_keeps_nobody_out(browser: Any, set_report: Path, scheme: str) -> None:
    from axe_core_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800})
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(f"{set_report.as_uri()}/set-tiny.html")
    found = Axe().run(tab)["violations"]
    assert not [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert not complaints
    tab.locator("#set tbody tr").first.locator("a.entry").first.click()
    assert tab.url.partition("#")[0].endswith("runs/ann/A.html")
    context.close()


@pytest.fixture
def visit(browser: Any, report: Path) -> Iterator[OPEN]:
    """Open pages of the report; whatever they complain of or ask from outside fails the test."""
    contexts, complaints = [], []

    def visit(page: str, **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: complaints.append(f"{page}: {message.text}"))
        tab.on("pageerror", lambda error: complaints.append(f"{page}: {error}"))
        inside = report.as_uri()
        tab.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((inside, "data:"))
                else complaints.append(f"{page} asks for {request.url}")
            ),
        )
        tab.goto(f"{inside}/{page}")
        return tab

    yield visit
    for context in contexts:
        context.close()
    assert not complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_keeps_anyone_out(visit: OPEN, page: str, scheme: str) -> None:
    from axe_core_python.sync_playwright import Axe

    tab = visit(page, color_scheme=scheme)
    found = Axe().run(tab)["violations"]
    serious = [
        (one["id"], one["nodes"][0]["html"][:120])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert not serious


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_needs_no_sideways_scrolling(visit: OPEN, page: str) -> None:
    tab = visit(page, viewport={"width": 390, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("page", ["tiny.html", "runs/tiny/A.html"])
def test_on_a_phone_numbers_stand_beside_their_verdicts(visit: OPEN, page: str) -> None:
    tab = visit(page, viewport={"width": 390, "height": 800})
    around = tab.locator(".scroll:has(.numbers)").first
    assert around.evaluate("place => place.scrollWidth - place.clientWidth") <= 0
    row = tab.locator(".numbers tbody tr").first
    assert row.get_by_role("cell").count() in (4, 6), "it stays a table to those who hear it"
    for name in ("Published", "Measured", "Verdict"):
        assert tab.get_by_role("columnheader", name=name).first.is_visible()
    lefts = [
        [cell.bounding_box()["x"] for cell in line.locator("th, td").all()[1:4]]
        for line in (tab.locator(".numbers thead tr").first, row)
    ]
    assert lefts[0] == pytest.approx(lefts[1])


def test_on_a_phone_the_navigation_shows_where_one_is(visit: OPEN) -> None:
    tab = visit("methods.html", viewport={"width": 200, "height": 800})
    place = tab.locator(".site [aria-current]").bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= 200


def test_on_a_phone_the_ledger_shows_all_of_a_claim_and_stays_a_table(visit: OPEN) -> None:
    tab = visit("claims.html", viewport={"width": 390, "height": 800})
    around = tab.locator(".scroll:has(#ledger)")
    assert around.evaluate("place => place.scrollWidth - place.clientWidth") <= 0
    row = tab.get_by_role("row").filter(has_text="The network is small")
    assert row.get_by_role("cell").count() == 5
    assert tab.get_by_role("columnheader").filter(has_text="Measured").is_visible()


def rows(tab: Any) -> list[str]:
    return tab.locator("#ledger tbody tr:visible").evaluate_all("rows => rows.map(row => row.id)")


def test_the_ledger_filters_and_the_back_button_undoes_it(visit: OPEN) -> None:
    tab = visit("claims.html")
    everything = rows(tab)
    assert len(everything) == 3
    tab.select_option("select[name=on_measured]", "untestable")
    tab.wait_for_function("document.querySelectorAll('#ledger tbody tr[hidden]').length == 2")
    assert rows(tab) == ["tiny-c2"]
    assert tab.evaluate("location.hash") == "#on_measured=untestable"
    tab.go_back()
    tab.wait_for_function("document.querySelectorAll('#ledger tbody tr[hidden]').length == 0")
    assert rows(tab) == everything


def test_the_address_of_a_filter_can_be_sent(visit: OPEN) -> None:
    tab = visit("claims.html#kind=size")
    assert rows(tab) == ["tiny-c3"]
    assert tab.locator("select[name=kind]").input_value() == "size"


def test_a_filter_that_fits_nothing_offers_the_way_back(visit: OPEN) -> None:
    tab = visit("claims.html#words=nosuchword")
    assert rows(tab) == []
    tab.get_by_role("link", name="Show all").click()
    assert len(rows(tab)) == 3


def test_the_ledger_sorts_by_its_headings(visit: OPEN) -> None:
    tab = visit("claims.html")
    tab.get_by_role("button", name="Claim").click()
    texts = tab.locator("#ledger tbody th").all_inner_texts()
    assert texts == sorted(texts)
    tab.get_by_role("button", name="Claim").click()
    assert tab.locator("#ledger tbody th").all_inner_texts() == texts[::-1]
    assert tab.locator("#ledger [aria-sort=descending]").count() == 1


def test_numbers_are_sorted_by_value_whatever_their_thousands_and_signs(visit: OPEN) -> None:
    tab = visit("tiny.html")
    table = tab.locator("table.numbers").first
    table.get_by_role("button", name="Published").click()
    column = table.locator("tbody td:nth-child(3)").all_inner_texts()
    assert [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in column] == [
        "1.20", "20", "60.6 %", "70 %", "31 674",
    ]  # fmt: skip
    ascending = [
        "–", "−1.5 %", "2 × 10^−5", "10^−4", "< 0.01 %", "+0.20 pt",
        "82\N{NARROW NO-BREAK SPACE}030", "3.8 million", "diverged",
    ]  # fmt: skip
    assert tab.evaluate("texts => texts.sort(compareNumbers)", ascending[::-1]) == ascending


def test_measured_numbers_are_sorted_by_value_whatever_stands_below_them(visit: OPEN) -> None:
    tab = visit("tiny.html")
    table = tab.locator("table.numbers").first
    cells = table.locator("tbody td:nth-child(4)").all_inner_texts()
    assert sum("2 seeds" in cell for cell in cells) == 4
    table.get_by_role("button", name="Measured").click()
    firsts = [
        cell.evaluate("cell => cell.querySelector('a').firstChild.data.trim()")
        for cell in table.locator("tbody td:nth-child(4)").all()
    ]
    numbers = [float(text.removesuffix("%").replace(THIN, "")) for text in firsts]
    assert numbers == sorted(numbers)


def test_a_deep_link_leads_to_its_claim(visit: OPEN) -> None:
    tab = visit("tiny.html#claim-c3")
    assert tab.locator(":target").get_attribute("id") == "claim-c3"
    assert tab.locator(":target").is_visible()


def test_runs_are_overlaid_and_the_address_keeps_the_choice(visit: OPEN) -> None:
    tab = visit("compare.html")
    assert "Choose runs" in tab.locator("#empty").inner_text()
    tab.get_by_label("A Plain", exact=True).check()
    tab.wait_for_selector("#plot .u-series")
    labels = tab.locator("#plot .u-label").all_inner_texts()
    assert labels == ["epoch", "tiny/A, seed 0", "tiny/A, seed 1", "tiny/A, published"]
    tab.select_option("#against", "macs")
    tab.uncheck("#published")
    tab.wait_for_function("location.hash.includes('published=no')")
    assert "runs=tiny/A" in tab.evaluate("location.hash")
    tab.reload()
    assert len(tab.locator("#plot .u-label").all_inner_texts()) == 3
    tab.go_back()
    tab.wait_for_function("document.querySelectorAll('#plot .u-label').length == 4")


def test_dots_are_told_to_those_who_cannot_point_at_them(visit: OPEN) -> None:
    tab = visit("compare.html")
    tab.get_by_text("All dots as a table").click()
    lines = tab.locator("#dots tbody tr").all_inner_texts()
    assert len(lines) == 4 and all("31,674" in line and "%" in line for line in lines)
    assert tab.locator("#dots tbody a").first.get_attribute("href") == "runs/tiny/A.html"
    tab.get_by_label("A Plain", exact=True).check()
    tab.wait_for_selector("#plot .u-series")
    assert tab.get_by_role("row").filter(has_text="tiny/A, seed 0").count() == 1


def test_previews_are_told_and_placed_by_what_was_executed(browser: Any, preview: Path) -> None:
    tab = browser.new_page()
    tab.goto(f"{preview.as_uri()}/compare.html#runs=tiny/A&against=macs&published=no&mean=yes")
    labels = tab.locator("#plot .u-label").all_inner_texts()
    assert labels[1:] == ["tiny/A, mean of 2 seeds, preview"]
    images = tab.evaluate("[runs.get('tiny/A').images, runs.get('tiny/A').seeds[0].images]")
    assert images == [45_000, 640]
    last = tab.evaluate("plots.plot.data[0].at(-1)")
    assert last == pytest.approx(3 * 2 * 640 * 266_560 / 1e15)
    tab.close()


def test_dots_of_another_scale_go(browser: Any, preview: Path) -> None:
    tab = browser.new_page()
    tab.goto(f"{preview.as_uri()}/compare.html#scale=all")
    assert tab.locator("#cloud canvas").count() == 1
    tab.select_option("#scale", "full")
    tab.wait_for_function("document.querySelectorAll('#cloud canvas').length == 0")
    assert "no replicate at this scale" in tab.locator("#point").inner_text()
    assert not tab.locator("#dots").is_visible()
    tab.close()


def test_reports_whose_authors_are_called_alike_stay_apart(browser: Any, set_report: Path) -> None:
    tab = browser.new_page()
    tab.goto(f"{set_report.as_uri()}/compare.html")
    groups = tab.locator("#runs legend").all_inner_texts()
    assert groups == ["Student", "<b> (ann)", "<b> (bea)"]
    assert tab.locator("#cloud .u-label").all_inner_texts()[1:] == groups
    tab.goto(f"{set_report.as_uri()}/claims.html")
    studies = tab.locator("select[name=study] option").all_inner_texts()
    assert len(studies) == len(set(studies))
    tab.close()


def test_a_dot_of_the_cloud_tells_its_run(visit: OPEN) -> None:
    tab = visit("compare.html")
    over = tab.locator("#cloud .u-over")
    box = over.bounding_box()
    found = "Point at"
    for place in range(0, 100, 2):
        for height in range(0, 100, 5):
            tab.mouse.move(
                box["x"] + box["width"] * place / 100, box["y"] + box["height"] * height / 100
            )
            found = tab.locator("#point").inner_text()
            if "tiny/" in found:
                return
    pytest.fail(found)


def test_without_scripts_everything_is_said(visit: OPEN) -> None:
    tab = visit("claims.html", java_script_enabled=False)
    assert tab.locator("#ledger tbody tr").count() == 3
    assert not tab.locator("form").is_visible()
    tab = visit("compare.html", java_script_enabled=False)
    assert tab.locator("noscript").count() == 1
    assert not tab.locator(".compare").is_visible()
