"""Words for losses, for what is added to them, and for optimizers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import BelowOne, ClosedProbability, Share
from regrade.studies.shorthand import Shorthand

Betas = tuple[BelowOne, BelowOne]


class CrossEntropy(SchemaModel):
    """The cross-entropy of logits."""

    kind: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: ClosedProbability = 0.0
    """The share of a label that is spread over all classes."""


class NegativeLogLikelihood(SchemaModel):
    """The negative log-likelihood of log-probabilities, such as a `log_softmax` layer gives."""

    kind: Literal["nll"]


class MultiMargin(SchemaModel):
    """torch's MultiMarginLoss: the hinge loss of several classes."""

    kind: Literal["multi_margin"]
    p: Literal[1, 2] = 1
    margin: float = 1.0


class MeanSquaredError(SchemaModel):
    """The mean squared difference of the network's outputs from one-hot labels."""

    kind: Literal["mean_squared_error"]


class BinaryCrossEntropy(SchemaModel):
    """The cross-entropies of a sigmoid of each logit, their mean: torch's BCEWithLogitsLoss.

    Labels are one-hot; where a report takes the sum over classes, its learning rate is so many
    times as large.
    """

    kind: Literal["binary_cross_entropy"]


AnyLoss = CrossEntropy | NegativeLogLikelihood | MultiMargin | MeanSquaredError | BinaryCrossEntropy
Loss = Annotated[AnyLoss, Field(discriminator="kind"), Shorthand.of(AnyLoss)]


class L1Penalty(SchemaModel):
    """A penalty on the L1 norm of all trainable parameters, added to the loss."""

    kind: Literal["l1"]
    strength: PositiveFloat
    differentiated: bool
    """Whether the penalty has a gradient; without one it shifts the reported losses only."""


class L2Penalty(SchemaModel):
    """A penalty on the sum of squares of parameters, added to the loss.

    Keras' `kernel_regularizer=l2(strength)` is the one on kernels.
    """

    kind: Literal["l2"]
    strength: PositiveFloat
    differentiated: bool = True
    """Whether the penalty has a gradient; without one it shifts the reported losses only."""
    of: Literal["all", "kernels"] = "all"
    """Of every trainable parameter, or of weights of convolutions and linear layers alone."""


AnyPenalty = L1Penalty | L2Penalty
Penalty = Annotated[AnyPenalty, Field(discriminator="kind"), Shorthand.of(AnyPenalty)]


class ClipByNorm(SchemaModel):
    """All gradients together are scaled down to a norm: torch's clip_grad_norm_."""

    kind: Literal["norm"]
    maximum: PositiveFloat
    p: PositiveFloat = 2.0
    """Which norm: 2 is the Euclidean one."""


class ClipByValue(SchemaModel):
    """Each gradient is cut off at -maximum and maximum: torch's clip_grad_value_."""

    kind: Literal["value"]
    maximum: PositiveFloat


AnyClip = ClipByNorm | ClipByValue
Clip = Annotated[AnyClip, Field(discriminator="kind"), Shorthand.of(AnyClip)]


class Decayed(SchemaModel):
    """An optimizer with a weight decay."""

    learning_rate: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0
    weight_decay_on: Literal["all", "kernels"] = added("all")
    """What decays: every parameter, as torch has it, or weights of convolutions and linear layers
    alone, as Keras' `kernel_regularizer=l2(half of weight_decay)` without its part of the loss."""


class Sgd(Decayed):
    """Stochastic gradient descent."""

    kind: Literal["sgd"]
    momentum: BelowOne = 0.0
    nesterov: bool = False
    """The gradient is taken ahead of the momentum: it needs a momentum above 0."""
    dampening: ClosedProbability = added(0.0)
    """The share of each gradient that the momentum does not take up."""


class Adam(Decayed):
    """Adam (L2 in the gradient) or AdamW (decoupled weight decay; torch's own default is 0.01)."""

    kind: Literal["adam", "adamw"]
    betas: Betas = (0.9, 0.999)
    eps: PositiveFloat = added(1e-8)
    """Added to the divisor; Keras' default is 1e-7."""
    amsgrad: bool = added(False)
    """Divide by the largest of the averaged squares so far."""


class RmsProp(Decayed):
    """torch's RMSprop; Keras' `rho` is `alpha`, and its defaults are 0.9 and eps 1e-7."""

    kind: Literal["rmsprop"]
    alpha: ClosedProbability = 0.99
    """How slowly the averaged squares change."""
    eps: PositiveFloat = 1e-8
    momentum: BelowOne = 0.0
    centered: bool = False
    """Divide by the root of the variance."""


class Adagrad(Decayed):
    """torch's Adagrad."""

    kind: Literal["adagrad"]
    lr_decay: NonNegativeFloat = 0.0
    """The rate of step t (from 0) is divided by 1 + lr_decay * t."""
    initial_accumulator_value: NonNegativeFloat = 0.0
    """What the sums of squares start from; Keras' default is 0.1."""
    eps: PositiveFloat = 1e-10


class Adadelta(Decayed):
    """torch's Adadelta, whose usual rate is 1."""

    kind: Literal["adadelta"]
    rho: ClosedProbability = 0.9
    eps: PositiveFloat = 1e-6


class Adamax(Decayed):
    """torch's Adamax."""

    kind: Literal["adamax"]
    betas: Betas = (0.9, 0.999)
    eps: PositiveFloat = 1e-8


class NAdam(Decayed):
    """torch's NAdam."""

    kind: Literal["nadam"]
    betas: Betas = (0.9, 0.999)
    eps: PositiveFloat = 1e-8
    momentum_decay: NonNegativeFloat = 4e-3
    decoupled_weight_decay: bool = False
    """Decay the weights themselves, as AdamW."""


class RAdam(Decayed):
    """torch's RAdam."""

    kind: Literal["radam"]
    betas: Betas = (0.9, 0.999)
    eps: PositiveFloat = 1e-8
    decoupled_weight_decay: bool = False
    """Decay the weights themselves, as AdamW."""


class Asgd(Decayed):
    """torch's ASGD; the network is trained with its weights, and the average is not used."""

    kind: Literal["asgd"]
    lambd: NonNegativeFloat = 1e-4
    alpha: NonNegativeFloat = 0.75


class Rprop(SchemaModel):
    """torch's Rprop: of gradients only the sign counts; meant for whole sets as batches."""

    kind: Literal["rprop"]
    learning_rate: PositiveFloat
    """The first step of every weight; a schedule changes nothing."""
    etas: tuple[Share, Annotated[float, Field(gt=1)]] = (0.5, 1.2)
    """What a step is multiplied by when the sign turns, and when it stays."""
    step_sizes: tuple[PositiveFloat, PositiveFloat] = (1e-6, 50.0)
    """The smallest and the largest step."""


AnyOptimizer = Sgd | Adam | RmsProp | Adagrad | Adadelta | Adamax | NAdam | RAdam | Asgd | Rprop
Optimizer = Annotated[AnyOptimizer, Field(discriminator="kind"), Shorthand.of(AnyOptimizer)]
