"""Which faults are done, and how often."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults import calls, disks, kills, together
from tests.faults.calls import Site
from tests.faults.outcome import Trial
from tests.support.small_workflow import Workspace

REPLICATE = "results/runs/small/A*/seed-0"
DAMAGED = {
    "workflow": (
        f"{REPLICATE}/history.csv",
        f"{REPLICATE}/summary.json",
        f"{REPLICATE}/provenance.json",
        f"{REPLICATE}/weights.csv",
        "results/models/small/*.json",
        "results/data/cifar10.npz",
        "results/data/cifar10.json",
    ),
    "list trainer": (
        f"{REPLICATE}/history.csv",
        f"{REPLICATE}/summary.json",
        f"{REPLICATE}/provenance.json",
        f"{REPLICATE}/weights.safetensors",
        "results/data/cifar10.npz",
        "results/data/cifar10.json",
    ),
}
"""Files of finished results."""


@dataclass(frozen=True)
class Timed:
    """A way to train, how long it takes undisturbed, and how much it writes."""

    site: Site
    seconds: float
    writes: int


@dataclass(frozen=True)
class Fault:
    """One trial that is to be made, in a folder of its own."""

    name: str
    do: Callable[[Path], Trial | None]


def sites(root: Path, data: Path) -> tuple[Timed, Timed]:
    """Run workflow and list trainer undisturbed, each twice, and time the second."""
    made = (
        calls.workflow(Workspace.create(root / "workflow", data)),
        calls.trainer(Workspace.create(root / "trainer", data)),
    )
    return _timed(made[0], root / "timed-workflow"), _timed(made[1], root / "timed-trainer")


def _timed(site: Site, root: Path) -> Timed:
    space, began = site.copy(root), time.monotonic()
    site.run(space).succeeded()
    seconds = time.monotonic() - began
    return Timed(site, seconds, kills.count_writes(site, root.with_suffix(".counted")))


def planned(found: tuple[Timed, Timed], rng: random.Random, share: float) -> Iterator[Fault]:
    """Yield all trials, each with a seed of its own."""
    for timed in found:
        site = timed.site
        for name, often, do in _faults(timed):
            for _ in range(math.ceil(often * share)):
                seed = rng.randrange(10**6)
                yield Fault(f"{name}, {site.name}", lambda root, do=do, seed=seed: do(root, seed))


def _faults(timed: Timed) -> Iterator[tuple[str, int, Callable[[Path, int], Trial | None]]]:
    """Yield name, number and deed of each fault of a way to train."""
    site, is_workflow = timed.site, timed.site.name == "workflow"
    yield (
        "kill at a time", 10 if is_workflow else 20,
        lambda root, seed: kills.kill_at_a_random_time(site, root, seed, timed.seconds),
    )  # fmt: skip
    yield (
        "kill at a write", 8 if is_workflow else 20,
        lambda root, seed: kills.kill_at_a_random_write(site, root, seed, timed.writes),
    )  # fmt: skip
    yield (
        "stop", 3,
        lambda root, seed: kills.stop_at_a_random_time(site, root, seed, timed.seconds),
    )  # fmt: skip
    yield "one job", 2, lambda root, seed: kills.kill_one_job(site, root, seed)
    yield "full disk", 3, lambda root, seed: disks.fill(site, root, seed)
    yield "read-only", 2, lambda root, seed: disks.forbid_writing(site, root, seed)
    yield "times", 2, lambda root, seed: disks.shift_times(site, root, seed)
    yield "twice", 2, lambda root, seed: together.call_twice(site, root, seed)
    yield "clock", 1, lambda root, seed: together.jump(site, root, seed)
    yield "memory", 3, lambda root, seed: together.run_out_of_memory(site, root, seed)
    for pattern in DAMAGED[site.name]:
        for way in disks.WAYS:
            yield (
                "damage", 1,
                lambda root, seed, pattern=pattern, way=way: disks.damage(
                    site, root, seed, pattern, way
                ),
            )  # fmt: skip
