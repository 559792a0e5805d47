"""Words for recipes: every setting that decides the result of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, create_model
from pydantic.fields import FieldInfo

from regrade.studies.architectures import Architecture, NonNegativeInt
from regrade.studies.base import Word, kinds_of
from regrade.studies.datasets import DATASETS

if TYPE_CHECKING:
    DatasetName = str
else:
    DatasetName = Literal[*DATASETS]
Triple = tuple[float, float, float]
PositiveTriple = tuple[PositiveFloat, PositiveFloat, PositiveFloat]
BelowOne = Annotated[float, Field(ge=0, lt=1)]
ClosedProbability = Annotated[float, Field(ge=0, le=1)]


class NoSplit(Word):
    """All training images are trained on; nothing is held out."""

    kind: Literal["none"]


class RandomSplit(Word):
    """A seeded permutation of the training images; the last ones become the validation set.

    The permutation is that of `torch.manual_seed(seed); torch.randperm(n)`.
    """

    kind: Literal["random"]
    validation: PositiveInt
    """Images in the validation set."""
    seed: NonNegativeInt
    """Seed of the permutation: the same for every replicate."""


class ToTensor(Word):
    """Bytes become floats in [0, 1]."""

    kind: Literal["to_tensor"]


class Normalize(Word):
    """(x - mean) / std, a channel at a time; stands after `to_tensor`."""

    kind: Literal["normalize"]
    mean: Triple
    std: PositiveTriple


class RandomCrop(Word):
    """A random window of the image padded with zeros (after `normalize`: with the mean colour)."""

    kind: Literal["random_crop"]
    size: PositiveInt
    padding: NonNegativeInt = 0


class RandomFlip(Word):
    """A mirror image with the given probability."""

    kind: Literal["random_horizontal_flip", "random_vertical_flip"]
    probability: ClosedProbability = 0.5


class RandomRotation(Word):
    """A rotation by a uniform angle in [-degrees, degrees], nearest pixel, black corners."""

    kind: Literal["random_rotation"]
    degrees: PositiveFloat


class AutomaticAugment(Word):
    """torchvision's TrivialAugmentWide, or AutoAugment with its CIFAR-10 policy, both on bytes."""

    kind: Literal["trivial_augment_wide", "auto_augment_cifar10"]


class Resize(Word):
    """Bilinear resize (with antialiasing, as PIL does) to a square of the given side, on bytes."""

    kind: Literal["resize"]
    size: PositiveInt


Transform = Annotated[
    ToTensor | Normalize | RandomCrop | RandomFlip | RandomRotation | AutomaticAugment | Resize,
    Field(discriminator="kind"),
]

BYTE_TRANSFORMS = frozenset(kinds_of(RandomRotation | AutomaticAugment | Resize))
"""Kinds of transforms that work on bytes: they stand before `to_tensor`."""


class Transforms(Word):
    """What happens to images on the way to the network, in order."""

    training: list[Transform]
    evaluation: list[Transform]


class Batches(Word):
    """How images are grouped."""

    training: PositiveInt
    evaluation: PositiveInt
    drop_last_training: bool = False
    """Leave out the last, smaller batch of an epoch."""
    drop_last_evaluation: bool = False
    """Leave out the last, smaller batch when scoring: its images are never scored."""


class Penalty(Word):
    """A penalty on the L1 norm of all trainable parameters, added to the loss."""

    kind: Literal["l1"]
    strength: PositiveFloat
    differentiated: bool
    """Whether the penalty has a gradient; without one it shifts the reported losses only."""


class Sgd(Word):
    """Stochastic gradient descent; weight decay applies to every parameter."""

    kind: Literal["sgd"]
    learning_rate: PositiveFloat
    momentum: BelowOne = 0.0
    weight_decay: NonNegativeFloat = 0.0
    nesterov: bool = False
    """The gradient is taken ahead of the momentum: it needs a momentum above 0."""


class Adam(Word):
    """Adam (L2 in the gradient) or AdamW (decoupled weight decay); epsilon 1e-8."""

    kind: Literal["adam", "adamw"]
    learning_rate: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0
    betas: tuple[BelowOne, BelowOne] = (0.9, 0.999)


class Constant(Word):
    """The optimizer's learning rate throughout."""

    kind: Literal["constant"]


class StepDecay(Word):
    """The learning rate is multiplied by `factor` after every `every` epochs."""

    kind: Literal["step"]
    every: PositiveInt
    factor: PositiveFloat


class MultiStepDecay(Word):
    """The learning rate is multiplied by `factor` after each of the listed epochs (from 1)."""

    kind: Literal["multi_step"]
    after: Annotated[list[PositiveInt], Field(min_length=1)]
    factor: PositiveFloat


class RateTable(Word):
    """The learning rate of each block of epochs, as really applied, whatever rule it came from."""

    kind: Literal["table"]
    rates: Annotated[dict[PositiveInt, PositiveFloat], Field(min_length=1)]
    """First epoch of a block (from 1): its learning rate."""


class Plateau(Word):
    """ReduceLROnPlateau on the validation loss, stepped after every epoch's validation."""

    kind: Literal["plateau"]
    factor: PositiveFloat = 0.1
    patience: NonNegativeInt = 10
    threshold: NonNegativeFloat = 1e-4
    """Relative improvement that counts."""


Schedule = Annotated[
    Constant | StepDecay | MultiStepDecay | RateTable | Plateau, Field(discriminator="kind")
]


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


Averaging = Literal["batch_mean", "image_mean"]


class Metrics(Word):
    """How an epoch's numbers are averaged: over batches (unweighted) or over images.

    Training metrics are running ones: train mode, augmented images, changing weights.
    """

    train_loss: Averaging
    train_accuracy: Averaging
    evaluation_loss: Averaging
    evaluation_accuracy: Averaging


class Recipe(Word):
    """All settings that decide the result of a run."""

    dataset: DatasetName
    split: Annotated[NoSplit | RandomSplit, Field(discriminator="kind")]
    transforms: Transforms
    batches: Batches
    model: Architecture
    penalty: Penalty | None = None
    optimizer: Annotated[Sgd | Adam, Field(discriminator="kind")]
    schedule: Schedule
    warmup_epochs: NonNegativeInt = 0
    """Epochs of linear warm-up from 0, a step at a time, on top of the schedule."""
    stop: Stop
    evaluate: Literal["validation", "test"]
    """The set that is scored after every epoch."""
    selection: Selection
    metrics: Metrics


def _optional(name: str, field: FieldInfo) -> tuple[object, object]:
    """Return a setting as a part of a recipe has it: with its checks, and free to be left out."""
    setting = str if name == "model" else field.rebuild_annotation()
    if field.discriminator and name != "model":
        setting = Annotated[setting, Field(discriminator=field.discriminator)]
    return setting | None, Field(None, description=field.description)


if TYPE_CHECKING:

    class RecipeChanges(Word):
        """Some settings of a recipe, as a type: which they are is known at run time."""
else:
    RecipeChanges = create_model(
        "RecipeChanges",
        __base__=Word,
        __doc__="Some settings of a recipe; each replaces the whole setting of that name.",
        **{name: _optional(name, field) for name, field in Recipe.model_fields.items()},
    )
"""A part of a recipe as study files write it: `model` is the name of an architecture."""
