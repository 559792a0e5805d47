"""The vocabulary of predicates: what a run can be asked for, and the functions of it.

The words are declared here, for checking; `regrade.grading` gives them their values.
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


@dataclass(frozen=True)
class Attribute:
    """Something that a run can be asked for."""

    kind: Kind
    meaning: str
    trained: bool = True
    """Whether it depends on training; what does not is graded at every scale."""
    accuracy: bool = False
    """Whether it is a share of scored images, with a binomial error."""


@dataclass(frozen=True)
class Function:
    """A function of predicates: the kinds it takes, the kind it gives."""

    takes: tuple[tuple[Kind, ...], ...]
    """The accepted argument lists."""
    gives: Kind
    meaning: str
    variadic: bool = False
    """Whether the last argument list may be longer: any number of its last kind."""


N, S, L, H, T = Kind.NUMBER, Kind.SERIES, Kind.LIST, Kind.HISTOGRAM, Kind.TRUTH

ATTRIBUTES = {
    "learning_rate": Attribute(S, "learning rate of each epoch"),
    "train_loss": Attribute(S, "training loss of each epoch in nats"),
    "train_accuracy": Attribute(S, "training accuracy of each epoch", accuracy=True),
    "validation_loss": Attribute(S, "validation loss of each epoch in nats"),
    "validation_accuracy": Attribute(S, "validation accuracy of each epoch", accuracy=True),
    "test_loss": Attribute(S, "test loss of each epoch in nats"),
    "test_accuracy": Attribute(S, "test accuracy of each epoch", accuracy=True),
    "seconds": Attribute(S, "wall time of each epoch"),
    "selected_epoch": Attribute(N, "the epoch that the recipe's selection chose"),
    "selected_test_accuracy": Attribute(N, "test accuracy of the selected network", accuracy=True),
    "selected_test_image_accuracy": Attribute(
        N, "the same as a share of images, whatever the recipe averages over", accuracy=True
    ),
    "last_test_accuracy": Attribute(
        N, "test accuracy of the last network, where the selected one is tested", accuracy=True
    ),
    "selected_test_loss": Attribute(N, "test loss of the selected network in nats"),
    "largest_batch_norm_shift": Attribute(N, "largest absolute batch-norm bias after training"),
    "weights": Attribute(H, "all trainable parameters after the last epoch"),
    "parameters": Attribute(N, "trainable parameters", trained=False),
    "macs": Attribute(N, "multiply-adds of conv and linear layers per image", trained=False),
    "convolutions": Attribute(N, "convolutions, those of shortcuts included", trained=False),
    "initial_loss": Attribute(N, "loss before the first step in nats", trained=False),
    "initial_l1_norm": Attribute(N, "L1 norm of the parameters before training", trained=False),
    "initial_batch_norm_mean": Attribute(
        N, "largest absolute channel mean of a batch-norm output before training", trained=False
    ),
    "steps_per_epoch": Attribute(N, "optimizer steps in an epoch", trained=False),
    "scored_images": Attribute(N, "images scored in an evaluation", trained=False),
    "block_macs": Attribute(N, "multiply-adds of the k x k block convolutions", trained=False),
    "separable_block_macs": Attribute(
        N, "the same, were each of them depthwise separable", trained=False
    ),
    "block_weights": Attribute(N, "weights of the k x k block convolutions", trained=False),
    "separable_block_weights": Attribute(
        N, "the same, were each of them depthwise separable", trained=False
    ),
    "parameter_shapes": Attribute(L, "shapes of the parameters in order", trained=False),
    "feature_sizes": Attribute(
        L, "side of the feature map after each conv or pool layer", trained=False
    ),
    "flattened_features": Attribute(N, "features after flattening", trained=False),
    "outputs": Attribute(N, "logits per image", trained=False),
}

PER_SEED = tuple(name for name in ATTRIBUTES if name.startswith("initial_"))
"""Attributes of untrained networks that differ from seed to seed."""

FUNCTIONS = {
    "first": Function(((S,),), N, "value of the first epoch"),
    "last": Function(((S,),), N, "value of the last epoch"),
    "at": Function(((S, N),), N, "value at an epoch (from 1)"),
    "selected": Function(((S,),), N, "value at the epoch that the recipe's selection chose"),
    "max": Function(
        ((S,), (S, N, N), (N, N)), N, "largest value, of some epochs or numbers", variadic=True
    ),
    "min": Function(
        ((S,), (S, N, N), (N, N)), N, "smallest value, of some epochs or numbers", variadic=True
    ),
    "argmax": Function(((S,),), N, "epoch of the largest value (the first of equals)"),
    "argmin": Function(((S,),), N, "epoch of the smallest value (the first of equals)"),
    "mean": Function(((S,), (S, N, N)), N, "mean over all epochs, or from one to another"),
    "median": Function(((S,), (S, N, N)), N, "median over all epochs, or from one to another"),
    "total": Function(((S,), (S, N, N)), N, "sum over all epochs, or from one to another"),
    "std": Function(((S, N, N),), N, "standard deviation over epochs from one to another"),
    "detrended_std": Function(
        ((S, N, N),), N, "standard deviation about the straight line fitted to the epochs"
    ),
    "median_change": Function(((S, N, N),), N, "median absolute change from an epoch to the next"),
    "slope": Function(((S, N, N),), N, "slope of the line fitted to the epochs, per epoch"),
    "smooth": Function(((S, N),), S, "centred moving mean over so many epochs"),
    "rises": Function(
        ((S, N, N),), N, "times that the value rises by more than a threshold, from an epoch on"
    ),
    "epochs_to": Function(((S, N),), N, "first epoch that reaches a value"),
    "length": Function(((S,), (L,)), N, "number of epochs or elements"),
    "share_below": Function(
        ((S, S), (S, S, N, N)),
        N,
        "share of epochs at which the first series is below the second",
    ),
    "rank_correlation": Function(
        ((S,), (L, L)), N, "Spearman's correlation of a series with its epochs, or of two lists"
    ),
    "correlation": Function(((L, L),), N, "Pearson's correlation of two lists"),
    "share_within": Function(((H, N),), N, "share of weights with an absolute value below a limit"),
    "ks_distance": Function(((H, H),), N, "Kolmogorov-Smirnov distance of two distributions"),
    "standard_error": Function(((N, N),), N, "binomial standard error of a share of n images"),
    "separable_saving": Function(
        ((N, N),),
        N,
        "MACs of a k x k convolution over its depthwise-separable form, for k and out channels",
    ),
    "abs": Function(((N,),), N, "absolute value"),
    "floor": Function(((N,),), N, "largest whole number that is not larger"),
    "log": Function(((N,),), N, "natural logarithm"),
    "sqrt": Function(((N,),), N, "square root"),
}
