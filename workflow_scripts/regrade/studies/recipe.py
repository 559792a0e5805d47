"""Recipes: every setting that decides the result of a run, made of the words beside this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PositiveInt, WithJsonSchema, create_model
from pydantic.fields import FieldInfo

from regrade.studies.architectures import Architecture
from regrade.studies.augmentation import Transform
from regrade.studies.averaging import Average
from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import NonNegativeInt
from regrade.studies.datasets import DATASETS
from regrade.studies.forms import NAME
from regrade.studies.measures import Measure
from regrade.studies.mixing import Mix
from regrade.studies.optimization import Clip, CrossEntropy, Loss, Optimizer, Penalty
from regrade.studies.own_datasets import RecipeDataset
from regrade.studies.schedules import Schedule
from regrade.studies.splitting import Split
from regrade.studies.stopping import Selection, Stop
from regrade.studies.subsets import Subset

if TYPE_CHECKING:
    DatasetName = str
else:
    DatasetName = Literal[*DATASETS]


class Transforms(SchemaModel):
    """What happens to images on the way to the network, in order."""

    training: list[Transform]
    """Of the images that are trained on."""
    evaluation: list[Transform]
    """Of the images that are scored."""
    test: list[Transform] | None = added(None)
    """Of the test images, where they are other than those of `evaluation`."""


class Batches(SchemaModel):
    """How images are grouped."""

    training: PositiveInt
    """Images in a batch that is trained on."""
    evaluation: PositiveInt
    """Images in a batch that is scored."""
    shuffle: bool = added(True)
    """Draw a new order of the training images for every epoch."""
    drop_last_training: bool = False
    """Leave out the last, smaller batch of an epoch."""
    drop_last_evaluation: bool = False
    """Leave out the last, smaller batch when scoring: its images are never scored."""


Averaging = Literal["batch_mean", "image_mean"]


class Metrics(SchemaModel):
    """How an epoch's numbers are averaged: over batches (unweighted) or over images.

    Training metrics are running ones: train mode, augmented images, changing weights.
    """

    train_loss: Averaging
    """Of the training loss."""
    train_accuracy: Averaging
    """Of the training accuracy."""
    evaluation_loss: Averaging
    """Of the losses of the sets that are scored."""
    evaluation_accuracy: Averaging
    """Of their accuracies."""


class Recipe(SchemaModel):
    """All settings that decide the result of a run."""

    dataset: DatasetName | RecipeDataset
    """One that goes by name, or one of the study's own under `datasets`."""
    subset: Subset | None = added(None)
    """The part of the data set that is used; left out: all of it."""
    split: Split
    """Which training images are held out for validation."""
    transforms: Transforms
    """What happens to images on the way to the network."""
    batches: Batches
    """How many images a step takes."""
    model: Architecture
    """The name of one of the `architectures`."""
    loss: Loss = added(CrossEntropy())
    """What is minimised and reported, of the training images and of those that are scored."""
    mix: Mix | None = added(None)
    """How pairs of training images are mixed."""
    penalty: Penalty | None = None
    """What is added to the loss."""
    optimizer: Optimizer
    """What changes the weights."""
    clip: Clip | None = added(None)
    """What is done to gradients before the optimizer's step."""
    average_weights: Average | None = added(None)
    """Weights that are averaged while others are trained, and scored in their place."""
    schedule: Schedule
    """The learning rate as training goes on."""
    warmup_epochs: NonNegativeInt = 0
    """Epochs of linear warm-up from 0, a step at a time, on top of the schedule."""
    stop: Stop
    """When training ends."""
    evaluate: Literal["validation", "test"]
    """The set that is scored after every epoch."""
    also_test: bool = added(False)
    """Score the test set after every epoch as well, beside the validation set."""
    selection: Selection
    """Which epoch's network the report speaks of."""
    metrics: Metrics
    """How an epoch's numbers are averaged."""
    measures: list[Measure] = added([])
    """What is measured on the test set after training as well, of the network of the reported
    epoch; `class_accuracy` brings the confusion matrix."""


NAMES: dict[str, Any] = {
    "model": str,
    "dataset": Annotated[
        str, WithJsonSchema({"anyOf": [{"enum": [*DATASETS]}, {"pattern": NAME, "type": "string"}]})
    ],
}
"""Settings that study files give by a name, which loading replaces by what bears it."""


def _optional(name: str, field: FieldInfo) -> tuple[object, object]:
    """Return a setting as a part of a recipe has it: with its checks, and free to be left out."""
    setting = NAMES.get(name) or field.rebuild_annotation()
    if field.discriminator and name not in NAMES:
        discriminator = Field(discriminator=field.discriminator)
        setting = Annotated[field.annotation, discriminator, *field.metadata]
    return setting | None, Field(None, description=field.description)


if TYPE_CHECKING:

    class RecipeChanges(SchemaModel):
        """Some settings of a recipe, as a type: which they are is known at run time."""
else:
    RecipeChanges = create_model(
        "RecipeChanges",
        __base__=SchemaModel,
        __doc__="Some settings of a recipe; each replaces the whole setting of that name.",
        **{name: _optional(name, field) for name, field in Recipe.model_fields.items()},
    )
"""A part of a recipe as study files write it: architectures and data sets by their names."""
