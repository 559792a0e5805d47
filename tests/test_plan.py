"""The plan: what a grid costs, and what of it is done."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from regrade.jobs import Grid
from regrade.plan import START_SECONDS, Speed, duration, plan, show
from regrade.studies.config import Config
from regrade.studies.grid import recipe_hash
from regrade.studies.scales import PREVIEW_MACS

ROOT = Path(__file__).parents[1]
SPEED = Speed(
    "test",
    seconds_per_image=1e-4,
    seconds_per_mac=1e-11,
    seconds_per_value=1e-9,
    seconds_per_parameter=1e-9,
)


def grid(results: Path, scale: str = "full") -> Grid:
    config = Config(
        studies=["duke"],
        scale=scale,
        epochs=None,
        seeds=2,
        data="synthetic",
        weights=None,
        device="cpu",
        precision="float32",
        results=str(results),
        replicates="trained",
    )
    return Grid.read(config, ROOT)


def test_the_cost_of_a_run_is_that_of_its_recipe(tmp_path: Path) -> None:
    row = {row.run.name: row for row in plan(grid(tmp_path), SPEED)}["D01"]
    images, scored = 30 * 45_000, 30 * 5_000
    assert row.petaflop == pytest.approx(6 * 716_328 * images / 1e15)
    steps = images / 128
    cost = row.run.cost
    assert (cost.macs, cost.parameters) == (716_328, 82_030)
    image = 1e-4 + 716_328 * 1e-11 + cost.values * 1e-9
    expected = image * (images + scored / 3) + 82_030 * 1e-9 * steps
    assert row.seconds == pytest.approx(START_SECONDS + expected)


def test_a_replicate_is_done_when_recipe_and_scale_are_those_of_today(tmp_path: Path) -> None:
    today = grid(tmp_path)
    run = today.run("duke", "D01")
    folder = tmp_path / "runs" / "duke" / "D01"
    for seed, found in enumerate((recipe_hash(run.recipe_json), "another")):
        place = folder / f"seed-{seed}"
        place.mkdir(parents=True)
        record = {"recipe_hash": found, "budget": asdict(today.budget(run))}
        (place / "provenance.json").write_text(json.dumps(record))
    done = {row.run.name: row.done for row in plan(today, SPEED)}
    assert done["D01"] == 1
    assert done["D03"] == 0
    preview = {row.run.name: row.done for row in plan(grid(tmp_path, "preview"), SPEED)}
    assert preview["D01"] == 0


def test_a_preview_of_a_large_network_costs_no_more_than_a_few_small_ones(tmp_path: Path) -> None:
    rows = plan(grid(tmp_path, "preview"), SPEED)
    assert max(row.petaflop for row in rows) <= 6 * PREVIEW_MACS / 1e15


def test_the_plan_names_every_trained_run_and_the_totals(tmp_path: Path) -> None:
    rows = plan(grid(tmp_path), SPEED)
    text = show(rows, SPEED, "full")
    assert all(f"duke/{row.run.name} " in text for row in rows)
    assert f"{len(rows)} runs, {2 * len(rows)} replicates, 0 done." in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(48, "48 s"), (119, "119 s"), (720, "12.0 min"), (12_240, "3.4 h"), (181_440, "2.1 d")],
)
def test_times_are_written_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text
