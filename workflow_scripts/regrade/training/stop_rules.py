"""When training ends, read off what was measured: a run that is continued ends where it would."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regrade.training import history

if TYPE_CHECKING:
    from regrade.studies.execution import Budget
    from regrade.studies.recipe import Recipe
    from regrade.studies.stopping import EarlyStopping, TestBelow, TrainBelowTest


def is_finished(recipe: Recipe, budget: Budget, rows: list[history.Epoch]) -> bool:
    """Whether training ends after these epochs: stop rule, budget or divergence."""
    epoch, stop, stopping = len(rows), recipe.stop, recipe.stop.early_stopping
    if epoch >= budget.epochs or history.diverged_at(rows):
        return True
    # Like Keras, never after the first epoch: nothing can be worse than it.
    if stopping and epoch > 1 and stalled_for(stopping, rows) >= stopping.patience:
        return True
    if epoch < stop.epochs:
        return False
    return not any(GOES_ON[word.kind](word, rows) for word in stop.then_while)


def _train_is_below_test(_: TrainBelowTest, rows: list[history.Epoch]) -> bool:
    return rows[-1]["train_accuracy"] < rows[-1]["test_accuracy"]


def _test_is_below(word: TestBelow, rows: list[history.Epoch]) -> bool:
    seen = {"current": rows[-1:], "best": rows}[word.of]
    return max(row["test_accuracy"] for row in seen) < word.floor


GOES_ON: dict[str, Callable[[Any, list[history.Epoch]], bool]] = {
    "train_accuracy_below_test_accuracy": _train_is_below_test,
    "test_accuracy_below": _test_is_below,
}
"""Whether training goes on after some epochs, by the kind of the stop rule's word."""
READS: dict[str, tuple[str, ...]] = {
    "train_accuracy_below_test_accuracy": ("train_accuracy", "test_accuracy"),
    "test_accuracy_below": ("test_accuracy",),
}
"""What a stop rule reads of an epoch, by the kind of its word."""


def stalled_for(word: EarlyStopping, rows: list[history.Epoch]) -> int:
    """Count the epochs since the last improvement of what is watched."""
    return len(rows) - history.last_improvement(rows, word.monitor, word.mode, word.min_delta)
