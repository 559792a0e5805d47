"""What the pages of all recorded results count, claim, draw and weigh."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from tests.support.html_tree import Element
from tests.support.measured_cells import cells, plain, quantity_of, value_of
from tests.support.recorded_report import RecordedReport as Report
from tests.support.recorded_report import rows

from regrade.report import formatting, quantities

# As for the numbers of this report: it takes two minutes to make.
pytestmark = pytest.mark.slow
LARGEST_REPORT, LARGEST_FRONT = 6_000_000, 300_000
"""In bytes; the front page with all that it loads."""
DIGITS = 4
"""Significant digits in what the page of comparisons loads."""


def test_the_report_and_its_front_page_are_small(recorded_report: Report) -> None:
    sizes = {
        path: path.stat().st_size for path in recorded_report.folder.rglob("*") if path.is_file()
    }
    assert sum(sizes.values()) < LARGEST_REPORT
    front = recorded_report.page("index.html")
    loaded = {
        str(one.attributes.get("src") or one.attributes.get("href"))
        for one in front.root.all("script", "link", "img")
    }
    files = [front.path, *(front.target(one)[0] for one in loaded if not one.startswith("data:"))]
    assert len(files) >= 3
    assert sum(file.stat().st_size for file in files) < LARGEST_FRONT


def test_the_front_page_counts_verdicts_as_the_tables_do(recorded_report: Report) -> None:
    front = recorded_report.page("index.html")
    claims = [row for row in recorded_report.table("claims") if row["role"] == "report"]
    for study in recorded_report.studies:
        own = [row for row in claims if row["study"] == study]
        card = front.by_id[f"study-{study}"].around("article")
        counted = {
            part.all("dt")[0].text(): Counter(dict(map(_count, part.all("li"))))
            for part in card.all("div")
            if part.all("dt")
        }
        assert counted["Claims, in its own numbers"] == Counter(one["on_published"] for one in own)
        assert counted["Claims, measured"] == Counter(one["on_measured"] for one in own)
        errata = [row for row in recorded_report.table("errata") if row["study"] == study]
        assert f"{len(errata)} errat" in card.text(), study


def _count(item: Element) -> tuple[str, int]:
    number, verdict = item.text().split(maxsplit=1)
    return verdict, int(number)


def test_the_front_page_tells_every_measured_number_as_the_page_it_leads_to(
    recorded_report: Report,
) -> None:
    front, checked = recorded_report.page("index.html"), 0
    for kind in ("not-reproduced", "atypical"):
        if kind not in front.by_id:
            continue
        for finding in front.by_id[kind].around("section").all("li"):
            (value,) = re.findall(r", measured (.+?)(?: \(| over|,|\.$)", finding.text())
            file, anchor = next(front.target(link) for link in finding.links if "#n-" in link)
            row = recorded_report.pages[file].by_id[anchor]
            shown = [value_of(one) for one in row.all("td") if "measured" in one.classes]
            assert shown == [value], finding.text()
            checked += 1
    assert checked, "the recorded results have such findings"


def test_every_claim_shows_both_verdicts_and_the_evidence_of_the_table(
    recorded_report: Report,
) -> None:
    claims = recorded_report.table("claims")
    ledger = recorded_report.page("claims.html")
    for row in claims:
        article = recorded_report.page(f"{row['study']}.html").by_id[f"claim-{row['claim']}"]
        line = ledger.by_id[f"{row['study']}-{row['claim']}"]
        verdicts = [row["on_published"], row["on_measured"]]
        for shown in (article, line):
            chips = [one.text() for one in shown.all("span") if "chip" in one.classes]
            assert chips[:2] == verdicts, row["claim"]
        assert plain(row["evidence"]) in article.text(), row["claim"]
    assert len(claims) > 200


def test_every_measured_claim_leads_to_the_runs_that_it_is_measured_on(
    recorded_report: Report,
) -> None:
    checked = 0
    for row in recorded_report.table("claims"):
        if row["replicates"] and row["on_measured"] != "not measured":
            article = recorded_report.page(f"{row['study']}.html").by_id[f"claim-{row['claim']}"]
            evidence = [one for one in article.all("dt") if one.text().startswith("Measured")]
            (told,) = (one.around("div").all("dd")[0] for one in evidence)
            assert any(link.startswith("runs/") for link in told.links), row["claim"]
            checked += 1
    assert checked > 50


def test_curves_to_compare_are_the_exported_ones(recorded_report: Report) -> None:
    curves = recorded_report.values.dropna(subset=["epoch", "seed"])
    names = curves["run"].where(curves["variant"] == "", curves["run"] + "-" + curves["variant"])
    wanted = dict(list(curves.groupby([curves["study"], names, "seed", "quantity"])))
    for (study, name, seed, quantity), rows_of in wanted.items():
        (told,) = (
            one
            for one in recorded_report.compared[f"{study}/{name}"]["seeds"]
            if one["seed"] == seed
        )
        shown = [value for value in told[quantity] if value is not None]
        exported = [
            float(f"{value:.{DIGITS}g}") for value in rows_of["value"] if value != float("inf")
        ]
        assert shown == exported, (study, name, seed, quantity)
    assert len(wanted) > 400


def test_figures_draw_the_exported_curves(recorded_report: Report) -> None:
    curves = recorded_report.values.dropna(subset=["epoch", "seed"])
    keys = ("study", "run", "variant", "quantity", "seed", "epoch", "value")
    exported = {
        (study, run, variant, quantity, f"seed {seed:.0f}", int(epoch)): value
        for study, run, variant, quantity, seed, epoch, value in zip(
            *(curves[key] for key in keys), strict=True
        )
    }
    names, checked = set(curves["quantity"]), 0
    for path in (recorded_report.results / "figures").rglob("*.csv"):
        study = path.relative_to(recorded_report.results / "figures").parts[0]
        for row in rows(path):
            if str(row["source"]).startswith("seed ") and row["quantity"] in names:
                run = (study, row["run"], row["variant"] or "", row["quantity"])
                assert row["y"] == exported[(*run, row["source"], row["x"])], path
                checked += 1
    assert checked > 5_000


def test_bars_and_dots_stand_at_the_measured_values_that_pages_show(
    recorded_report: Report,
) -> None:
    figures, checked = recorded_report.results / "figures", 0
    for path in figures.rglob("*.csv"):
        study = path.relative_to(figures).parts[0]
        for row in rows(path):
            if row["source"] != "measured" or not is_single(row["quantity"]):
                continue
            page = recorded_report.run_page({**row, "study": study})
            (shown, *_) = [
                value_of(cell)
                for cell in cells(page)
                if quantity_of(cell.around("tr")) == row["quantity"]
            ]
            unit = quantities.unit_of(row["quantity"])
            assert shown == plain(formatting.value(row["y"], unit)), page.path
            checked += 1
    assert checked > 30


def is_single(drawn: str) -> bool:
    """Tell whether a figure draws single values, not histograms or one value against another."""
    return drawn != "weights" and " against " not in drawn
