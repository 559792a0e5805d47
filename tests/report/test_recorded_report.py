"""The report of all recorded results: each number leads to its replicates and is the tables'."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from tests.support.long_table import LongTable
from tests.support.measured_cells import (
    body,
    cells,
    headings,
    interval_of,
    plain,
    quantity_of,
    value_of,
)
from tests.support.recorded_report import RecordedReport as Report

from regrade.grading.values import NotAvailable
from regrade.report import formatting, quantities
from regrade.studies.load import load_study

# Two minutes: everything is graded, drawn and rendered, and every page read.
pytestmark = pytest.mark.slow
STUDIES = Path(__file__).parents[2] / "studies"
OF_REPORTS = {"published", "difference"}
"""Columns of what reports print, and of how far the measured value beside it lies from that."""


def test_every_link_leads_somewhere(recorded_report: Report) -> None:
    for path, page in recorded_report.pages.items():
        for link in set(page.root.links):
            file, anchor = page.target(link)
            assert file.is_file(), f"{path}: {link}"
            if anchor and "=" not in anchor:
                assert anchor in recorded_report.pages[file].by_id, f"{path}: {link}"


def test_every_link_of_the_written_findings_leads_into_the_report(recorded_report: Report) -> None:
    text = (STUDIES.parent / "docs" / "findings.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(\.\./results/recorded/report/([^)]+)\)", text)
    assert len(links) > 200
    for link in links:
        name, _, anchor = link.partition("#")
        assert not anchor or anchor in recorded_report.page(name).by_id, link


def test_every_choice_in_an_address_is_one_that_its_page_offers(recorded_report: Report) -> None:
    offered = {
        str(select.attributes["name"]): {one.attributes["value"] for one in select.all("option")}
        for select in recorded_report.page("claims.html").root.all("select")
    }
    offered["runs"] = set(recorded_report.compared)
    seen = Counter[str]()
    for path, page in recorded_report.pages.items():
        for link in page.root.links:
            for name, (choice, *_) in parse_qs(link.partition("#")[2]).items():
                assert set(choice.split(",")) <= offered[name], f"{path}: {link}"
                seen[name] += 1
    assert seen["runs"] > 100 and seen["study"] and seen["on_published"]


def test_numbers_that_are_not_printed_by_a_report_are_marked_as_measured(
    recorded_report: Report,
) -> None:
    checked = Counter[str]()
    for name in recorded_report.studies:
        for table in recorded_report.page(f"{name}.html").root.all("table"):
            for line in body(table):
                for title, cell in zip(headings(table)[::-1], line[::-1], strict=False):
                    if "number" in cell.classes and title.lower() not in OF_REPORTS:
                        assert "measured" in cell.classes, f"{name}: {title}: {cell.text()}"
                        checked[title] += 1
    assert checked["Measured"] > 500 and checked["Parameters"] > 100, checked


def test_every_measured_number_leads_to_the_same_number_on_the_page_of_its_run(
    recorded_report: Report,
) -> None:
    checked = 0
    for name in recorded_report.studies:
        page = recorded_report.page(f"{name}.html")
        for cell in cells(page):
            (link,) = cell.links
            file, anchor = page.target(link)
            row = recorded_report.pages[file].by_id[anchor]
            shown = [value_of(one) for one in row.all("td") if "measured" in one.classes]
            assert value_of(cell) in shown, f"{name}: {link}"
            checked += 1
    assert checked > 500


def test_every_measured_number_of_a_run_leads_to_its_replicates_or_its_network(
    recorded_report: Report,
) -> None:
    checked = Counter[str]()
    for *_, page in recorded_report.run_pages():
        for cell in cells(page):
            (link,) = cell.links
            assert link[0] == "#" and link[1:] in page.by_id, f"{page.path}: {link}"
            checked[link] += 1
    assert set(checked) == {"#replicates", "#untrained", "#network"}
    assert checked["#replicates"] > 200 and checked["#network"] > 300, checked


def test_every_number_of_a_run_is_what_the_exported_values_give(recorded_report: Report) -> None:
    values = recorded_report.values
    tables = {
        name: LongTable(load_study(STUDIES / f"{name}.yaml"), values[values["study"] == name])
        for name in recorded_report.studies
    }
    checked, left_out = 0, set()
    for study, run, variant, page in recorded_report.run_pages():
        for cell in cells(page):
            text = quantity_of(cell.around("tr"))
            try:
                value = tables[study].measured(text, run, variant)
            except NotAvailable:
                left_out.add(text)
                continue
            shown = plain(formatting.value(value, quantities.unit_of(text)))
            assert value_of(cell) == shown, f"{page.path}: {text}"
            checked += 1
    assert checked > 500
    assert all("weights" in text for text in left_out), "the long table has no histograms alone"


def test_every_graded_number_is_that_of_the_table(recorded_report: Report) -> None:
    table = recorded_report.table("numbers")
    for row in table:
        page = recorded_report.run_page(row)
        unit = row["unit"]
        wanted = (
            plain(formatting.value(row["measured"], unit)),
            plain(formatting.interval(row["low"], row["high"], unit)),
            row["verdict"],
        )
        numbers = page.by_id["numbers"].following("table")
        shown = [
            (value_of(cell), interval_of(cell), verdict.text())
            for _, _, cell, verdict, _ in body(numbers)
            if quantity_of(cell.around("tr")) == row["quantity"]
        ]
        assert wanted in shown, f"{page.path}: {row['quantity']}: {wanted} is none of {shown}"
    assert len(table) > 400


def test_every_replicate_is_that_of_the_table_and_leads_to_its_files(
    recorded_report: Report,
) -> None:
    checked = 0
    for study in recorded_report.studies:
        for row in recorded_report.table(study):
            page = recorded_report.run_page(row)
            table = page.by_id["replicates"].following("table")
            (line,) = [line for line in body(table) if line[0].text() == str(row["seed"])]
            told = dict(zip(headings(table), (cell.text() for cell in line), strict=True))
            (best,) = (name for name in told if name.startswith("Best "))
            column = best.lower().replace(" ", "_")
            assert told[best] == plain(formatting.value(row[column], "fraction")), page.path
            assert told["Epochs"].split()[0] == str(row["epochs"]), page.path
            assert told["Scored images"] == plain(formatting.count(row["scored_images"]))
            assert told["Reported epoch"] == str(row["selected_epoch"]), page.path
            (link,) = line[0].links
            files = {page.target(one)[0].name for one in page.by_id[link[1:]].links}
            assert {"history.csv", "summary.json", "provenance.json"} <= files, page.path
            checked += 1
    assert checked > 80


def test_every_network_is_that_of_the_table(recorded_report: Report) -> None:
    table = recorded_report.table("complexity")
    for row in table:
        page = recorded_report.run_page(row)
        told = page.by_id["network"].following("p").text()
        wanted = [plain(formatting.count(row[name])) for name in ("parameters", "macs")]
        assert told.startswith(f"{wanted[0]} parameters and {wanted[1]} multiply-adds"), page.path
    assert len(table) > 140
