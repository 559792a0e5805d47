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


Deed = Callable[[Path, int], Trial | None]
"""Does a fault in a folder, with a seed."""


def _faults(timed: Timed) -> Iterator[tuple[str, int, Deed]]:
    """Yield name, number and deed of each fault of a way to train."""
    site, seconds, writes = timed.site, timed.seconds, timed.writes
    kills_each = 10 if site.name == "workflow" else 15

    def on_site(deed: Callable[..., Trial | None], *more: object) -> Deed:
        return lambda root, seed: deed(site, root, seed, *more)

    yield "kill at a time", kills_each, on_site(kills.kill_at_a_random_time, seconds)
    yield "kill at a write", kills_each, on_site(kills.kill_at_a_random_write, writes)
    yield "stop", 3, on_site(kills.stop_at_a_random_time, seconds)
    yield "kill one job", 2, on_site(kills.kill_one_job)
    yield "full disk", 2, on_site(disks.fill)
    yield "read-only disk", 1, on_site(disks.forbid_writing)
    yield "times of files", 1, on_site(disks.shift_times)
    yield "two calls", 2, on_site(together.call_twice)
    yield "clock", 1, on_site(together.jump)
    yield "memory", 2, on_site(together.run_out_of_memory)
    for pattern in DAMAGED[site.name]:
        yield "damage", 1, on_site(disks.damage, pattern)
    yield "damaged checkpoint", 2, on_site(disks.damage_checkpoint)
