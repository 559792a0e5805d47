"""The vocabulary of predicates: what a run can be asked for.

Every word is declared here once, with its unit and how people write it; the schema, the columns of
histories, the labels of figures and the units of pages derive from it. `regrade.grading` gives the
words their values. Without pydantic, so that every room can import it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an expression stands for."""

    NUMBER = "number"
    SERIES = "series"
    LIST = "list"
    HISTOGRAM = "histogram"
    TRUTH = "truth"


class Unit(StrEnum):
    """The units of our files."""

    FRACTION = "fraction"
    NATS = "nats"
    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"
    EPOCH = "epoch"
    PLAIN = ""
    """A number without a unit."""


FRACTION, NATS, COUNT = Unit.FRACTION, Unit.NATS, Unit.COUNT
SECONDS, EPOCH, PLAIN = Unit.SECONDS, Unit.EPOCH, Unit.PLAIN
BYTES = Unit.BYTES


@dataclass(frozen=True)
class PrintedUnit:
    """A unit that reports print numbers in."""

    unit: Unit
    """The unit of our files for it."""
    factor: float
    """What a printed number is multiplied by to give that."""


PRINTED_UNITS = {
    "fraction": PrintedUnit(FRACTION, 1.0),
    "percent": PrintedUnit(FRACTION, 0.01),
    "nats": PrintedUnit(NATS, 1.0),
    "count": PrintedUnit(COUNT, 1.0),
    "thousand": PrintedUnit(COUNT, 1e3),
    "million": PrintedUnit(COUNT, 1e6),
    "billion": PrintedUnit(COUNT, 1e9),
    "bytes": PrintedUnit(BYTES, 1.0),
    "megabytes": PrintedUnit(BYTES, 1e6),
    "gigabytes": PrintedUnit(BYTES, 1e9),
    "seconds": PrintedUnit(SECONDS, 1.0),
    "minutes": PrintedUnit(SECONDS, 60.0),
    "hours": PrintedUnit(SECONDS, 3600.0),
    "epoch": PrintedUnit(EPOCH, 1.0),
}


class Needs(StrEnum):
    """What a recipe must do for a run to have an attribute."""

    VALIDATION = "validation"
    TEST = "test"
    SELECTED = "selected"
    """Test the selected network after training."""
    MEASURES = "measures"
    """Name it among its measures."""


@dataclass(frozen=True)
class Attribute:
    """Something that a run can be asked for."""

    kind: Kind
    unit: Unit
    meaning: str
    phrase: str
    """What it is called on pages and figures."""
    column: str | None = None
    """Its column in history files, where it is measured after every epoch."""
    needs: Needs | None = None
    trained: bool = True
    """Whether it depends on training; what does not is graded at every scale."""
    of_images: bool = True
    """Whether a fraction is a share of all scored images."""
    per_seed: bool = False
    """Whether it differs from seed to seed although nothing is trained."""

    @property
    def accuracy(self) -> bool:
        """Whether it is a share of scored images, with a binomial error."""
        return self.unit is FRACTION and self.of_images

    @property
    def label(self) -> str:
        """Its axis in a figure."""
        return f"{self.phrase} in nats" if self.unit is NATS else self.phrase


N, S, L, H = Kind.NUMBER, Kind.SERIES, Kind.LIST, Kind.HISTOGRAM


def _series(unit: Unit, phrase: str, column: str, needs: Needs | None = None) -> Attribute:
    """Declare what is measured in every epoch."""
    meaning = f"{phrase} of each epoch{' in nats' if unit is NATS else ''}"
    return Attribute(S, unit, meaning, phrase, column, needs)


def _tested(unit: Unit, meaning: str, phrase: str) -> Attribute:
    """Declare what is measured once, on the test set, after training."""
    return Attribute(N, unit, meaning, phrase, needs=Needs.SELECTED)


def _counted(meaning: str, phrase: str, kind: Kind = N) -> Attribute:
    """Declare what is counted on the network, whatever its training."""
    return Attribute(kind, COUNT, meaning, phrase, trained=False)


def _initial(unit: Unit, meaning: str, phrase: str) -> Attribute:
    """Declare what is measured on the network of each seed before its training."""
    return Attribute(N, unit, meaning, phrase, trained=False, per_seed=True)


ATTRIBUTES = {
    "learning_rate": _series(PLAIN, "learning rate", "lr"),
    "train_loss": _series(NATS, "training loss", "train_loss"),
    "train_accuracy": _series(FRACTION, "training accuracy", "train_accuracy"),
    "validation_loss": _series(NATS, "validation loss", "validation_loss", Needs.VALIDATION),
    "validation_accuracy": _series(
        FRACTION, "validation accuracy", "validation_accuracy", Needs.VALIDATION
    ),
    "test_loss": _series(NATS, "test loss", "test_loss", Needs.TEST),
    "test_accuracy": _series(FRACTION, "test accuracy", "test_accuracy", Needs.TEST),
    "seconds": Attribute(S, SECONDS, "wall time of each epoch", "time of an epoch", "seconds"),
    "selected_epoch": Attribute(
        N, EPOCH, "the epoch that the recipe's selection chose", "selected epoch"
    ),
    "selected_test_accuracy": _tested(
        FRACTION, "test accuracy of the selected network", "test accuracy of the selected epoch"
    ),
    "selected_test_image_accuracy": _tested(
        FRACTION,
        "the same as a share of images, whatever the recipe averages over",
        "test accuracy of the selected epoch, by images",
    ),
    "last_test_accuracy": _tested(
        FRACTION,
        "test accuracy of the last network, where the selected one is tested",
        "final test accuracy",
    ),
    "selected_test_loss": _tested(
        NATS, "test loss of the selected network in nats", "test loss of the selected epoch"
    ),
    "top5_accuracy": Attribute(
        N,
        FRACTION,
        "share of test images whose true class is among the five most likely ones",
        "top-5 test accuracy",
        needs=Needs.MEASURES,
    ),
    "flip_accuracy": Attribute(
        N,
        FRACTION,
        "test accuracy of the mean probabilities of an image and its mirror image",
        "test accuracy with mirror images",
        needs=Needs.MEASURES,
    ),
    "five_crop_accuracy": Attribute(
        N,
        FRACTION,
        "test accuracy of the mean probabilities of an image's four corners and its middle, in the"
        " place of the middle that `center_crop` cuts",
        "test accuracy with five crops",
        needs=Needs.MEASURES,
    ),
    "ten_crop_accuracy": Attribute(
        N,
        FRACTION,
        "the same with those of its mirror image as well",
        "test accuracy with ten crops",
        needs=Needs.MEASURES,
    ),
    "macro_f1": Attribute(
        N,
        FRACTION,
        "mean over classes of F1 on the test set",
        "macro F1",
        None,
        Needs.MEASURES,
        of_images=False,
    ),
    "class_accuracy": Attribute(
        L,
        FRACTION,
        "test accuracy of each class, in the order of the data set",
        "test accuracy",
        needs=Needs.MEASURES,
        of_images=False,
    ),
    "largest_batch_norm_shift": Attribute(
        N, PLAIN, "largest absolute batch-norm bias after training", "largest batch norm shift"
    ),
    "weights": Attribute(H, PLAIN, "all trainable parameters after the last epoch", "weights"),
    "parameters": _counted("trainable parameters", "parameters"),
    "macs": _counted(
        "multiply-adds of convolutions, linear layers and attention products, per image",
        "multiply-adds",
    ),
    "parameter_bytes": Attribute(
        N,
        BYTES,
        "memory of the trainable parameters in single precision",
        "memory of parameters",
        trained=False,
    ),
    "activation_bytes": Attribute(
        N,
        BYTES,
        "memory of what all layers give for a batch of training, in single precision",
        "memory of activations",
        trained=False,
    ),
    "convolutions": _counted("convolutions, those of shortcuts included", "convolutions"),
    "initial_loss": _initial(NATS, "loss before the first step in nats", "loss before training"),
    "initial_l1_norm": _initial(
        PLAIN, "L1 norm of the parameters before training", "L1 norm before training"
    ),
    "initial_batch_norm_mean": _initial(
        PLAIN,
        "largest absolute channel mean of a batch-norm output before training",
        "initial batch norm mean",
    ),
    "steps_per_epoch": _counted("optimizer steps in an epoch", "steps an epoch"),
    "scored_images": _counted("images scored in an evaluation", "scored images"),
    "block_macs": _counted(
        "multiply-adds of the k x k block convolutions", "multiply-adds in blocks"
    ),
    "separable_block_macs": _counted(
        "the same, were each of them depthwise separable", "multiply-adds in separable blocks"
    ),
    "block_weights": _counted("weights of the k x k block convolutions", "weights in blocks"),
    "separable_block_weights": _counted(
        "the same, were each of them depthwise separable", "weights in separable blocks"
    ),
    "parameter_shapes": _counted("shapes of the parameters in order", "parameter shapes", L),
    "feature_sizes": _counted(
        "side of the feature map after each conv or pool layer", "feature sizes", L
    ),
    "flattened_features": _counted("features after flattening", "flattened features"),
    "outputs": _counted("logits per image", "outputs"),
}

PER_SEED = tuple(name for name, attribute in ATTRIBUTES.items() if attribute.per_seed)
"""Attributes of untrained networks that differ from seed to seed."""
HISTORY_COLUMNS = {
    name: attribute.column for name, attribute in ATTRIBUTES.items() if attribute.column
}
"""Attributes that are measured in every epoch, and their columns in history files."""
CURVES = tuple(name for name in HISTORY_COLUMNS if ATTRIBUTES[name].unit is not SECONDS)
"""What a published curve may tell and a figure draw: times are those of another machine."""
