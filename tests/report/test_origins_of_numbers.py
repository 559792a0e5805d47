"""What the page of a run names as the origin of a number stands on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.html_tree import Page
from tests.support.measured_cells import cells, quantity_of
from tests.support.rendered import make


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("origins"))


def test_numbers_lead_to_replicates_or_network_on_the_page(report: Path) -> None:
    page = Page(report / "runs/tiny/A.html")
    origins = {quantity_of(cell.around("tr")): cell.links for cell in cells(page)}
    assert origins["max(validation_accuracy)"] == ["#replicates"]
    assert origins["parameters"] == origins["macs"] == ["#network"]
    assert {"replicates", "network"} <= set(page.by_id)


def test_what_is_measured_before_training_is_told_seed_by_seed(report: Path) -> None:
    page = Page(report / "runs/tiny/A.html")
    told = [one.text() for one in page.by_id["untrained"].following("ul").all("li")]
    assert told[0] == "Loss before training: 2.304 (seed 0), 2.304 (seed 1)"
    assert len(told) == 2, "what was not measured has no line"
