"""The plan: what every run costs on a device, before anything runs."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from regrade import layout
from regrade.fingerprint import is_result_of
from regrade.grid import Grid
from regrade.planning.device_speed import FLOP_PER_MAC, Speed
from regrade.studies.resolve import ResolvedRun
from regrade.studies.training_time import PASSES, statistics_passes
from regrade.studies.transform_costs import by_the_library, library_kinds, training_seconds


@dataclass(frozen=True)
class RunCost:
    """The cost of all replicates of a run that are trained."""

    run: ResolvedRun
    replicates: int
    done: int
    petaflop: float
    """Training of one replicate at the chosen scale."""
    seconds: float
    """The same as time on the device, its start included."""
    images: int
    """That are trained on in an epoch."""
    missing: tuple[int, ...]
    """Seeds without a whole replicate, here or in the records."""

    @property
    def seconds_missing(self) -> float:
        """Time of the replicates that are neither done nor recorded, one after another."""
        return len(self.missing) * self.seconds

    @property
    def name(self) -> str:
        """Study and run, as commands take them."""
        return f"{self.run.study}/{self.run.name}"

    @property
    def image_by_image(self) -> list[str]:
        """The kinds of transforms that torchvision does, an image at a time."""
        return sorted(set(library_kinds(self.run.recipe.transforms.training)))

    @property
    def left(self) -> int:
        """Replicates that are still to be trained."""
        return self.replicates - self.done

    @property
    def seconds_left(self) -> float:
        """Time of all replicates that are still to be trained, one after another."""
        return self.left * self.seconds


def plan(grid: Grid, speed: Speed) -> list[RunCost]:
    """Return the cost of every trained run of a grid, in the grid's order."""
    rows = []
    for study, seeds_of in grid.seeds.items():
        for name, seeds in seeds_of.items():
            run = grid.run(study, name)
            limits = grid.budget(run)
            passes = PASSES * limits.epochs + statistics_passes(run.recipe, limits.epochs)
            flop = FLOP_PER_MAC * passes * run.cost.macs * limits.train_images
            results = Path(grid.config.results)
            folders = {seed: layout.replicate_folder(results, study, name, seed) for seed in seeds}
            done = {
                seed
                for seed, folder in folders.items()
                if is_result_of(folder, run.recipe_json, asdict(limits))
            }
            there = done.union(grid.recorded[study].beside.get(name, ()))
            rows.append(
                RunCost(
                    run,
                    len(seeds),
                    len(done),
                    flop / 1e15,
                    speed.seconds(run, limits),
                    limits.train_images,
                    tuple(seed for seed in seeds if seed not in there),
                )
            )
    return rows


def wall_seconds(rows: Iterable[RunCost], devices: int) -> float:
    """Return the time until everything that is left is trained on so many devices.

    The longest replicate that waits starts on the first free device, which takes at most a third
    longer than the best order (Graham, 1969, "Bounds on multiprocessing timing anomalies").
    """
    waiting = sorted((row.seconds for row in rows for _ in range(row.left)), reverse=True)
    free = [0.0] * devices
    for seconds in waiting:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def show(rows: Sequence[RunCost], speed: Speed, scale: str, devices: int) -> str:
    """Write the plan as text: a line a run, and the totals."""
    lines = [
        f"Scale {scale}, device {speed.device}; times are of one replicate on one thread or GPU.",
        "",
        f"{'run':32}{'parameters':>13}{'MACs':>16}{'PFLOP':>10}{'time':>10}{'done':>8}",
    ]
    for row in rows:
        cost = row.run.cost
        lines.append(
            f"{row.name:32}{cost.parameters:>13,}{cost.macs:>16,}{row.petaflop:>10.3g}"
            f"{duration(row.seconds):>10}{f'{row.done}/{row.replicates}':>8}"
        )
    slow = [row for row in rows if row.image_by_image]
    lines += ["", *map(_told, slow)] if slow else []
    total = sum(row.replicates for row in rows)
    wall = duration(wall_seconds(rows, devices))
    lines += [
        "",
        f"{len(rows)} runs, {total} replicates, {sum(row.done for row in rows)} done.",
        f"Left: {sum(row.petaflop * row.left for row in rows):.3g} PFLOP, "
        f"{hours(sum(row.seconds_left for row in rows))} of a device; "
        f"on {devices} at once {wall}, without waiting in a queue.",
        f"The longest replicate takes {duration(max((row.seconds for row in rows), default=0.0))}.",
    ]
    return "\n".join(lines)


def _told(row: RunCost) -> str:
    """Say of a run that torchvision does some of its transforms, and what that costs."""
    seconds = row.images * training_seconds(row.run.recipe, by_the_library)
    return (
        f"{row.name}: torchvision does {', '.join(row.image_by_image)} image by image:"
        f" {duration(seconds)} of a core an epoch, shared by the workers of a run."
    )


def duration(seconds: float) -> str:
    """Write a time as people do: 48 s, 12 min, 3.4 h, 2.1 d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def hours(seconds: float) -> str:
    """Write a time in hours, as budgets are given; below one as people do."""
    number = seconds / 3600
    return f"{number:,.{1 if number < 10 else 0}f} h" if number >= 1 else duration(seconds)
