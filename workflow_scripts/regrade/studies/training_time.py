"""How long a replicate trains on a CPU thread, reckoned from what its recipe costs."""

from __future__ import annotations

from regrade.studies.execution import Budget
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun
from regrade.studies.transform_costs import by_the_library, training_seconds

REPLICATES = 3
"""What a run is best trained with: fewer give wide intervals."""
PASSES = 3
"""A training step costs about three forward passes: forward, and two products backward."""
THREAD_MACS_PER_SECOND = 2e10
"""Training speed that a run time is reckoned with: forward MACs a second of a thread."""


def statistics_passes(recipe: Recipe, epochs: int) -> int:
    """Count the forward passes over the training images that averaged weights take.

    They count the statistics of batch norms anew before the average is scored.
    """
    word = recipe.average_weights
    if word is None or word.kind != "swa" or not word.update_batch_norm:
        return 0
    return max(0, epochs - word.from_epoch + 1)


def thread_seconds(run: ResolvedRun, limits: Budget) -> float:
    """Estimate the time of a replicate on one CPU thread."""
    passes = limits.epochs * PASSES + statistics_passes(run.recipe, limits.epochs)
    macs = (run.cost.macs + 3e6) * limits.train_images * passes
    images = limits.train_images * limits.epochs
    return macs / THREAD_MACS_PER_SECOND + images * training_seconds(run.recipe, by_the_library)
