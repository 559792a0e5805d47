"""The plan: what every run costs on this device, before anything runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from regrade.jobs import Grid
from regrade.studies.grid import ResolvedRun, recipe_hash
from regrade.studies.shapes import Cost, cost

FLOP_PER_MAC = 2
PASSES = 3
"""A training step costs about three forward passes: forward, and two products backward."""
START_SECONDS = 3.0
"""Fixed time of a job: imports, data, network."""

_CONV = {"kind": "conv", "channels": 64, "kernel": 3, "padding": 1}
_NORM = [{"kind": "batch_norm"}, {"kind": "relu"}]
_HEAD = [{"kind": "flatten"}, {"kind": "linear", "features": 10}]
PROBES = (
    (
        [
            _CONV | {"channels": 8, "kernel": 5},
            *_NORM[1:],
            {"kind": "max_pool", "kernel": 4},
            *_HEAD,
        ],
        128,
    ),
    (3 * [_CONV, *_NORM] + [{"kind": "max_pool", "kernel": 8}, *_HEAD], 64),
    (
        6 * [_CONV | {"kernel": 1, "padding": 0}, *_NORM]
        + [{"kind": "max_pool", "kernel": 8}, *_HEAD],
        64,
    ),
    ([{"kind": "flatten"}, {"kind": "linear", "features": 4096}, *_HEAD[1:]], 16),
)
"""Networks bound by the loop, by MACs, by values and by parameters, and their batches."""


@dataclass(frozen=True)
class Speed:
    """How fast a device trains, one process on one thread (or one GPU)."""

    device: str
    seconds_per_image: float
    seconds_per_mac: float
    """Of training: forward and backward."""
    seconds_per_value: float
    """Of what a layer gives: batch norms, activations and what else is bound by memory."""
    seconds_per_parameter: float
    """Of an optimizer step."""

    def seconds(self, run: ResolvedRun, images: int, scored: int) -> float:
        """Estimate the time to train on so many images and to score so many."""
        steps = images / run.recipe.batches.training
        image = (
            self.seconds_per_image
            + self.seconds_per_mac * run.cost.macs
            + self.seconds_per_value * run.cost.values
        )
        return (
            image * (images + scored / PASSES)
            + self.seconds_per_parameter * run.cost.parameters * steps
        )


@dataclass(frozen=True)
class Row:
    """The cost of all replicates of a run that are trained."""

    run: ResolvedRun
    replicates: int
    done: int
    petaflop: float
    """Training of one replicate at the chosen scale."""
    seconds: float
    """The same as time on this device, its start included."""


def plan(grid: Grid, speed: Speed) -> list[Row]:
    """Give the cost of every trained run of a grid, in the grid's order."""
    rows = []
    for study, seeds_of in grid.seeds.items():
        for name, seeds in seeds_of.items():
            run = grid.run(study, name)
            limits = grid.budget(run)
            images = limits.epochs * limits.train_images
            flop = FLOP_PER_MAC * PASSES * run.cost.macs * images
            seconds = speed.seconds(run, images, limits.epochs * limits.scored_images)
            done = sum(_is_done(grid, run, seed) for seed in seeds)
            rows.append(Row(run, len(seeds), done, flop / 1e15, START_SECONDS + seconds))
    return rows


def _is_done(grid: Grid, run: ResolvedRun, seed: int) -> bool:
    folder = Path(grid.config.results) / "runs" / run.study / run.name / f"seed-{seed}"
    try:
        provenance = json.loads((folder / "provenance.json").read_text())
    except (OSError, ValueError):
        return False
    wanted = (recipe_hash(run.recipe_json), asdict(grid.budget(run)))
    return (provenance["recipe_hash"], provenance.get("budget")) == wanted


def show(rows: Iterable[Row], speed: Speed, scale: str) -> str:
    """Write the plan as text: a line a run, and the totals."""
    rows = list(rows)
    lines = [
        f"Scale {scale}, device {speed.device}; times are of one replicate on one thread or GPU.",
        "",
        f"{'run':32}{'parameters':>13}{'MACs':>16}{'PFLOP':>10}{'time':>10}{'done':>8}",
    ]
    for row in rows:
        cost = row.run.cost
        name = f"{row.run.study}/{row.run.name}"
        lines.append(
            f"{name:32}{cost.parameters:>13,}{cost.macs:>16,}{row.petaflop:>10.3g}"
            f"{duration(row.seconds):>10}{f'{row.done}/{row.replicates}':>8}"
        )
    left = [(row, row.replicates - row.done) for row in rows]
    total = sum(row.replicates for row in rows)
    lines += [
        "",
        f"{len(rows)} runs, {total} replicates, {total - sum(n for _, n in left)} done.",
        f"Left: {sum(row.petaflop * n for row, n in left):.3g} PFLOP, "
        f"{duration(sum(row.seconds * n for row, n in left))} one after another.",
        f"The longest replicate takes {duration(max((r.seconds for r in rows), default=0.0))}.",
    ]
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Write a time as people do: 48 s, 12 min, 3.4 h, 2.1 d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def calibrate(device_name: str) -> Speed:
    """Measure a device in a few seconds, with networks bound by loop, MACs, values and parameters.

    On a CPU one thread is measured, because that is what a replicate of a small network gets.
    """
    import numpy as np
    from scipy.optimize import nnls

    from regrade.training.devices import device_name as hardware
    from regrade.training.devices import prepare_device

    device = prepare_device(device_name, 1)
    rows = []
    for layers, batch in PROBES:
        seconds, found = _step_seconds(layers, batch, device)
        work = (batch, batch * found.macs, batch * found.values, found.parameters)
        rows.append([amount / seconds for amount in work])
    # Shares of each step's time; no price is negative. Columns are scaled because MACs are many.
    shares = np.array(rows)
    scale = shares.max(axis=0)
    prices, _ = nnls(shares / scale, np.ones(len(rows)))
    return Speed(hardware(device), *(prices / scale).tolist())


def _step_seconds(layers: list[dict], batch: int, device: object) -> tuple[float, Cost]:
    """Give the median time of a training step, and what the network costs."""
    import statistics

    import torch

    from regrade.models.build import build_network
    from regrade.studies.architectures import Chain

    chain = Chain.model_validate({"kind": "chain", "layers": layers})
    network = build_network(chain, 10).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True)
    images = torch.randn(batch, 3, 32, 32, device=device).to(memory_format=torch.channels_last)
    labels = torch.randint(10, (batch,), device=device)
    times = []
    deadline = time.perf_counter() + 1.0
    while time.perf_counter() < deadline or len(times) < 3:
        began = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
        if images.is_cuda:
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - began)
    return statistics.median(times), cost(chain, 32, 10)
