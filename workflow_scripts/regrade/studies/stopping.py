"""Words for the end of training, and for the epoch that a report speaks of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import ClosedProbability, Measured
from regrade.studies.shorthand import Shorthand


class TrainBelowTest(SchemaModel):
    """Go on while the epoch's training accuracy is below its test accuracy."""

    kind: Literal["train_accuracy_below_test_accuracy"]


class TestBelow(SchemaModel):
    """Go on while the test accuracy (of this epoch, or the best so far) is below a floor."""

    kind: Literal["test_accuracy_below"]
    floor: ClosedProbability
    """A share of images, from 0 to 1."""
    of: Literal["current", "best"]
    """Which accuracy is meant."""


AnyStopRule = TrainBelowTest | TestBelow
StopRule = Annotated[AnyStopRule, Field(discriminator="kind"), Shorthand.of(AnyStopRule)]


class EarlyStopping(SchemaModel):
    """End after `patience` epochs in a row without an improvement, as Keras' EarlyStopping."""

    patience: PositiveInt
    monitor: Measured = "validation_loss"
    """What is watched."""
    mode: Literal["min", "max"] | None = None
    """Whether smaller or larger is better; by default smaller losses and larger accuracies."""
    min_delta: NonNegativeFloat = 0.0
    """A change from the best so far that is no larger is no improvement."""
    restore_best: bool = False
    """After training, go back to the weights of the best epoch, as Keras does. That network is
    tested and kept, and `last_epoch` selects it."""


class Stop(SchemaModel):
    """When training ends."""

    epochs: PositiveInt
    """Epochs of the training. `early_stopping` may end it earlier; `then_while` may go on after it,
    up to `at_most` epochs."""
    then_while: list[StopRule] = Field(default_factory=list)
    """After `epochs`, go on while any of these holds; it needs `at_most`."""
    at_most: PositiveInt | None = None
    """The most epochs in all, where `then_while` goes on: often where a run was stopped by hand."""
    early_stopping: EarlyStopping | None = added(None)
    """What may end training earlier."""
    steps: PositiveInt | None = added(None)
    """Steps of the whole training, where the last epoch ends early: ResNet's 64,000 steps of 391
    an epoch are `{epochs: 164, steps: 64000}`."""

    @property
    def longest(self) -> int:
        """The most epochs that training can take."""
        return self.at_most or self.epochs


class NamedSelection(SchemaModel):
    """Which epoch's network the report speaks of (strict improvement; the first of equals)."""

    kind: Literal[
        "last_epoch", "best_validation_accuracy", "lowest_validation_loss", "best_test_accuracy"
    ]
    floor: ClosedProbability = 0.0
    """An accuracy that the best must exceed to be kept."""
    test: bool = False
    """Measure the selected network once on the test set, after training."""


class BestSelection(SchemaModel):
    """The epoch with the best of something measured (strict improvement; the first of equals)."""

    kind: Literal["best"]
    of: Measured
    """What is compared."""
    mode: Literal["min", "max"] | None = None
    """Whether smaller or larger is better; by default smaller losses and larger accuracies."""
    test: bool = False
    """Measure the selected network once on the test set, after training."""


AnySelection = NamedSelection | BestSelection
Selection = Annotated[AnySelection, Field(discriminator="kind"), Shorthand.of(AnySelection)]
