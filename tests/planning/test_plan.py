"""The plan: what a grid costs, what of it is done, and what a budget buys."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.support import grids
from tests.support.speeds import SPEED

from regrade.errors import UserError
from regrade.fingerprint import recipe_hash
from regrade.grid import Grid
from regrade.planning import device_speed
from regrade.planning.device_speed import START_SECONDS, calibrate, read_speed, sustained
from regrade.planning.plan import RunCost, duration, hours, plan, show, wall_seconds
from regrade.planning.selection import Step, choose, claims_of, show_selection
from regrade.studies.architectures import Chain
from regrade.studies.budget import PREVIEW_MACS
from regrade.studies.cost import Cost, cost


def grid(results: Path, studies: tuple[str, ...] = ("duke",), **settings: Any) -> Grid:
    return grids.grid(studies=studies, results=str(results), **settings)


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
    preview = {row.run.name: row.done for row in plan(grid(tmp_path, scale="preview"), SPEED)}
    assert preview["D01"] == 0


def test_a_preview_of_a_large_network_costs_no_more_than_a_few_small_ones(tmp_path: Path) -> None:
    rows = plan(grid(tmp_path, scale="preview"), SPEED)
    assert max(row.petaflop for row in rows) <= 6 * PREVIEW_MACS / 1e15


def test_the_plan_names_every_trained_run_and_the_totals(tmp_path: Path) -> None:
    rows = plan(grid(tmp_path), SPEED)
    text = show(rows, SPEED, "full", 1)
    assert all(f"duke/{row.run.name} " in text for row in rows)
    assert f"{len(rows)} runs, {2 * len(rows)} replicates, 0 done." in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(48, "48 s"), (119, "119 s"), (720, "12.0 min"), (12_240, "3.4 h"), (181_440, "2.1 d")],
)
def test_times_are_written_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(30, "30 s"), (3_600, "1.0 h"), (35_640, "9.9 h"), (44_442_000, "12,345 h")],
)
def test_budgets_are_written_in_hours(seconds: float, text: str) -> None:
    assert hours(seconds) == text


def row(grid: Grid, name: str, hours: float, replicates: int = 1, done: int = 0) -> RunCost:
    study, run = name.split("/")
    missing = tuple(range(done, replicates))
    return RunCost(grid.run(study, run), replicates, done, 1.0, 3600 * hours, 45_000, missing)


def test_devices_share_what_is_left_longest_first(tmp_path: Path) -> None:
    one = grid(tmp_path)
    rows = [row(one, "duke/D01", 1, 4, done=2), row(one, "duke/D03", 3), row(one, "duke/D04", 2)]
    assert wall_seconds(rows, 1) == 7 * 3600
    assert wall_seconds(rows, 2) == 4 * 3600
    assert wall_seconds(rows, 100) == 3 * 3600
    assert "7.0 h of a device; on 2 at once 4.0 h" in show(rows, SPEED, "full", 2)


def test_a_given_speed_counts_arithmetic(tmp_path: Path) -> None:
    found = {row.run.name: row for row in plan(grid(tmp_path), sustained(10))}["D21-as-run"]
    assert found.seconds - START_SECONDS == pytest.approx(
        found.petaflop * 1e15 / 10e12 * (1 + 5_000 / 45_000 / 3)
    )


def test_a_measured_speed_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "device_speed.json"
    path.write_text(json.dumps(asdict(SPEED)))
    assert read_speed(path) == SPEED
    assert grid(tmp_path, device_speed=str(path)).speed == SPEED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("{", "not a speed that can be read"),
        ("[]", "a speed has the keys device, seconds_per_image"),
        (json.dumps(asdict(SPEED) | {"seconds_per_mac": -1}), "seconds_per_mac: found -1"),
        (json.dumps(asdict(SPEED) | {"seconds_per_mac": "1"}), "seconds_per_mac: found '1'"),
        (json.dumps(asdict(SPEED) | {"seconds_per_mac": True}), "seconds_per_mac: found True"),
        (json.dumps(asdict(SPEED) | {"seconds_per_mac": 0}), "seconds_per_mac: found 0"),
    ],
)
def test_a_speed_that_is_none_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "device_speed.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=said) as raised:
        read_speed(path)
    assert str(path) in str(raised.value)


def test_a_missing_speed_is_told_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"device_speed: .*gone\.json: not a speed"):
        grid(tmp_path, device_speed=str(tmp_path / "gone.json"))


def test_calibration_finds_the_prices_that_steps_were_made_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def paid(layers: list[dict], batch: int, device: object) -> tuple[float, Cost]:
        chain = Chain.model_validate({"kind": "chain", "layers": layers})
        found = cost(chain, 32, 10)
        image = 1e-4 + 1e-11 * found.macs + 1e-9 * found.values
        return batch * image + 1e-9 * found.parameters, found

    monkeypatch.setattr(device_speed, "_step_seconds", paid)
    found, wanted = (list(asdict(s).values())[1:] for s in (calibrate("cpu"), SPEED))
    assert found == pytest.approx(wanted, rel=1e-6)


def test_calibration_measures_this_machine() -> None:
    seconds, found = device_speed._step_seconds(*device_speed.PROBES[0], torch.device("cpu"))
    assert seconds > 0
    assert found.macs > 0


def test_jobs_ask_for_the_time_of_a_device_that_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "gpu.json"
    path.write_text(json.dumps(asdict(SPEED) | {"seconds_per_mac": 1e-13}))
    on_threads, on_gpu = grid(tmp_path), grid(tmp_path, device_speed=str(path))
    large = on_threads.run("duke", "D21-as-run")
    assert on_gpu.resources.runtime_minutes(large) < on_threads.resources.runtime_minutes(large) / 2
    seconds = on_gpu.speed.seconds(large, on_gpu.budget(large))
    assert on_gpu.resources.runtime_minutes(large) * 60 > 2 * seconds
    bounded = grid(tmp_path, device_speed=40.0)
    assert bounded.resources.runtime_minutes(large) == on_threads.resources.runtime_minutes(large)


def test_a_claim_needs_the_runs_that_it_compares(tmp_path: Path) -> None:
    both = grid(tmp_path, studies=("duke", "kaist"))
    claims = claims_of(both)
    trained = {(study, run) for study, runs in both.seeds.items() for run in runs}
    assert all(needed <= trained for needed in claims.values())
    assert claims["kaist", "P1"] == {("kaist", "K1")}
    assert ("duke", "D21-as-run") in frozenset.union(*claims.values())
    assert ("kaist", "P11") not in claims, "counts need no training"


def test_a_budget_buys_the_most_claims_first(tmp_path: Path) -> None:
    one = grid(tmp_path)
    rows = [row(one, f"duke/{name}", hours) for name, hours in (("D01", 1), ("D03", 4), ("D04", 2))]
    a, b, c = (("duke", row.run.name) for row in rows)
    claims = {("duke", "1"): {a, c}, ("duke", "2"): {a}, ("duke", "3"): {b}, ("duke", "4"): {c}}
    frozen = {key: frozenset(runs) for key, runs in claims.items()}
    steps = choose(rows, frozen, 3 * 3600)
    assert [[row.run.name for row in step.rows] for step in steps] == [["D01", "D04"]]
    assert [len(step.claims) for step in steps] == [3]
    assert [row.run.name for row in choose(rows, frozen, 7 * 3600)[1].rows] == ["D03"]
    assert choose(rows, frozen, 1800) == []
    text = show_selection(steps, len(claims), 3 * 3600, one)
    assert "3 of 4 claims that need training, in 3.0 h." in text
    assert f"{tmp_path}/runs/{{duke/D01,duke/D04}}/seed-0/history.csv" in text


def test_what_is_trained_costs_nothing_of_a_budget(tmp_path: Path) -> None:
    one = grid(tmp_path)
    rows = [row(one, "duke/D01", 5, 2, done=2)]
    (step,) = choose(rows, {("duke", "1"): frozenset({("duke", "D01")})}, 60)
    assert step.seconds == 0
    assert "already trained or recorded" in show_selection([step], 1, 60, one)


def test_what_is_recorded_costs_nothing_of_a_budget(tmp_path: Path) -> None:
    """The reports of what a budget bought are graded by the records beside it."""
    found = grid(tmp_path, studies=("duke", "kaist"), records="use")
    rows = {row.name: row for row in plan(found, SPEED)}
    whole, alone = rows["duke/D01"], rows["kaist/K1"]
    assert (whole.left, whole.missing) == (2, ())
    assert (alone.left, alone.missing) == (2, (0, 1))
    steps = choose([whole], {("duke", "1"): frozenset({("duke", "D01")})}, 60)
    assert [step.seconds for step in steps] == [0]


def test_seeds_that_are_missing_are_asked_for_and_no_others(tmp_path: Path) -> None:
    one = grid(tmp_path)
    rows = [replace(row(one, f"duke/{name}", 1, 4), missing=(1, 3)) for name in ("D01", "D03")]
    text = show_selection([Step(rows, [("duke", "1")])], 1, 3600 * 9, one)
    assert f"{tmp_path}/runs/{{duke/D01,duke/D03}}/seed-{{1,3}}/history.csv" in text
    rows[1] = replace(rows[1], missing=(0, 1, 2))
    text = show_selection([Step(rows, [("duke", "1")])], 1, 3600 * 9, one)
    assert "runs/duke/D01/seed-{1,3}/" in text and "runs/duke/D03/seed-{0..2}/" in text


@pytest.mark.parametrize(
    ("study", "run", "warned"), [("kaist", "K1", True), ("duke", "D21", False)]
)
def test_one_seed_decides_only_where_records_have_a_spread(
    tmp_path: Path, study: str, run: str, warned: bool
) -> None:
    found = grid(tmp_path, studies=(study,), records="use")
    found = replace(found, config=found.config.model_copy(update={"seeds": 1}))
    costs = [one for one in plan(found, SPEED) if one.run.run == run]
    text = show_selection([Step(costs, [(study, "1")])], 1, 3600, found)
    assert (f"none is recorded of {study}" in text) == warned
