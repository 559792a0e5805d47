"""What jobs ask of a machine: threads, memory, time and GPUs, reckoned from what runs cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from regrade.config import Config
from regrade.planning.device_speed import Speed
from regrade.studies.budget import budget
from regrade.studies.datasets import DATASETS, Dataset
from regrade.studies.execution import HELD_VALUES, SCORED_AT_ONCE, Budget
from regrade.studies.images import dataset_of
from regrade.studies.resolve import ResolvedRun
from regrade.studies.training_time import thread_seconds
from regrade.studies.transform_costs import by_the_library, training_seconds

LARGE_MACS = 3e8
"""Networks above this use several threads; below, one thread a run and one run a core is faster."""
HEAVY_PARAMETERS = 1e8
"""Networks above this fill the memory of a small machine when two train side by side."""
LARGE_THREADS = 4
SMALL_MINUTES = 30
"""Replicates that may take so long at most are small: on a cluster many share an allocation."""
BASE_MEMORY_MB = 1_100
"""torch, and the images of CIFAR twice, since a split copies them."""
USUAL_IMAGE_BYTES = DATASETS["cifar10"].image_bytes
"""The images that are a part of it."""
PREPARING_MEMORY_MB = 3_000
"""What preparing any data set gets, and that of CIFAR needs."""
PARAMETER_BYTES = 36
"""Weight, gradient, two optimizer moments, the selected copy, a checkpoint, room to compute."""
AVERAGED_BYTES = 8
"""Of a parameter whose average is kept: the average, and its checkpoint."""
MEASURED_BYTES = 9
"""Of a parameter that is measured: the network, and drawn once more for its initial values."""
WORKER_MB = 400
"""A process that transforms images with torchvision: torch, and little else."""
VALUE_BYTES = 10
"""A layer's output in float32, its gradient, and what the allocator holds beside them."""
SCORED_BYTES = 4
"""A number that scoring holds."""


@dataclass(frozen=True)
class Resources:
    """What the replicates of a configuration need."""

    config: Config
    speed: Speed | None = None
    """Of the device that trains, where the configuration tells it."""

    def budget(self, run: ResolvedRun) -> Budget:
        """Return how much of a run's recipe its replicates execute."""
        return budget(run, self.config.scale, self.config.epochs)

    def threads(self, run: ResolvedRun) -> int:
        """Return the CPU threads of a replicate.

        Previews capped in cost are short, so that one run a core is best. Networks of hundreds of
        megabytes get several threads at any scale, so that two never run side by side. Transforms
        that torchvision does image by image get several at full scale: a worker each.
        """
        heavy = run.cost.parameters > HEAVY_PARAMETERS
        whole = self.config.scale == "full" or self.config.epochs
        slow = run.cost.macs > LARGE_MACS or training_seconds(run.recipe, by_the_library) > 0
        large = slow and whole
        return LARGE_THREADS if heavy or large else 1

    def runs_per_gpu(self, run: ResolvedRun) -> int:
        """Return how many runs like this one may share a GPU."""
        large = run.cost.macs > LARGE_MACS or run.cost.parameters > HEAVY_PARAMETERS
        return 1 if large else self.config.runs_per_gpu

    def gpus(self, run: ResolvedRun, *, limited: bool) -> int:
        """Return what a replicate takes of the resource `gpu` on one machine.

        Parameters
        ----------
        run
            The run.
        limited
            Whether there is a limit, which counts `runs_per_gpu` for each GPU; without one, nobody
            gave a GPU to the job, and it takes one only if the configuration names it.
        """
        if self.config.device == "cpu" or (self.config.device == "auto" and not limited):
            return 0
        return self.config.runs_per_gpu // self.runs_per_gpu(run)

    def is_small(self, run: ResolvedRun) -> bool:
        """Whether starting a job of its own would be a good part of a replicate's cost."""
        return self.threads(run) == 1 and self.runtime_minutes(run) <= SMALL_MINUTES

    def runtime_minutes(self, run: ResolvedRun) -> int:
        """Estimate the run time of a replicate in minutes, generously.

        On CPU threads, unless the configuration names a measured device. A number of TFLOP/s gives
        lower bounds, which are no limits.
        """
        limits = self.budget(run)
        if self.speed and isinstance(self.config.device_speed, str):
            return 10 + int(self.speed.seconds(run, limits) / 60 * 2)
        return 10 + int(thread_seconds(run, limits) / self.threads(run) / 60 * 2)


def memory_mb(run: ResolvedRun) -> int:
    """Estimate the memory of a replicate in MB, as the peak of the process.

    The largest of what a step of training keeps and what a pass of scoring holds. Measured for
    eleven networks of the studies, before scoring was counted, with peaks from 0.6 to 4.7 GB: each
    was 0.5 to 0.9 of its estimate then, and is no more of it now.
    """
    batches = run.recipe.batches
    scored = min(SCORED_AT_ONCE * run.cost.held, max(HELD_VALUES, run.cost.held))
    kept = max(batches.training * run.cost.values * VALUE_BYTES, scored * SCORED_BYTES)
    each = PARAMETER_BYTES + (AVERAGED_BYTES if run.recipe.average_weights else 0)
    images = max(0, dataset_of(run.recipe).image_bytes - USUAL_IMAGE_BYTES)
    used = run.cost.parameters * each + kept + 2 * images
    workers = LARGE_THREADS if training_seconds(run.recipe, by_the_library) else 0
    return BASE_MEMORY_MB + int(used / 1e6) + workers * WORKER_MB


def measuring_memory_mb(runs: Iterable[ResolvedRun]) -> int:
    """Estimate the memory of measuring some networks, one after another, in MB."""
    largest = max((run.cost.parameters for run in runs), default=0)
    return BASE_MEMORY_MB + int(largest * MEASURED_BYTES / 1e6)


def preparing_memory_mb(dataset: Dataset) -> int:
    """Estimate the memory of preparing a data set in MB: its images, as they come and as kept."""
    return max(PREPARING_MEMORY_MB, BASE_MEMORY_MB + int(3 * dataset.image_bytes / 1e6))
