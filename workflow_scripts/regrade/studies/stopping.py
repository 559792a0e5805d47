"""Words for the end of training, and for the epoch that a report speaks of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from regrade.studies.base import Word
from regrade.studies.bounds import ClosedProbability


class TrainBelowTest(Word):
    """Go on while the epoch's training accuracy is below its test accuracy."""

    kind: Literal["train_accuracy_below_test_accuracy"]


class TestBelow(Word):
    """Go on while the test accuracy (of this epoch, or the best so far) is below a floor."""

    kind: Literal["test_accuracy_below"]
    floor: ClosedProbability
    of: Literal["current", "best"]


class Stop(Word):
    """When training ends."""

    epochs: PositiveInt
    """At least so many epochs; exactly so many without `then_while`."""
    then_while: list[Annotated[TrainBelowTest | TestBelow, Field(discriminator="kind")]] = Field(
        default_factory=list
    )
    """After that, further epochs while any of these holds."""
    at_most: PositiveInt | None = None
    """Where a run that `then_while` keeps going was stopped by hand."""


class Selection(Word):
    """Which epoch's network the report speaks of (strict improvement; the first of equals)."""

    kind: Literal[
        "last_epoch", "best_validation_accuracy", "lowest_validation_loss", "best_test_accuracy"
    ]
    floor: ClosedProbability = 0.0
    """An accuracy that the best must exceed to be kept."""
    test: bool = False
    """Measure the selected network once on the test set, after training."""
