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
    """Power of what each other class lacks of the margin."""
    margin: float = 1.0
    """By how much the output of the right class should exceed each other one."""


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
    """What the norm is multiplied by."""
    differentiated: bool
    """Whether the penalty has a gradient; without one it shifts the reported losses only."""


class L2Penalty(SchemaModel):
    """A penalty on the sum of squares of parameters, added to the loss.

    Keras' `kernel_regularizer=l2(strength)` is the one on kernels.
    """

    kind: Literal["l2"]
    strength: PositiveFloat
    """What the sum is multiplied by; there is no further 1/2."""
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
    """The largest norm (torch: `max_norm`)."""
    p: PositiveFloat = 2.0
    """Which norm: 2 is the Euclidean one."""


class ClipByValue(SchemaModel):
    """Each gradient is cut off at -maximum and maximum: torch's clip_grad_value_."""

    kind: Literal["value"]
    maximum: PositiveFloat
    """The largest size of a gradient (torch: `clip_value`)."""


AnyClip = ClipByNorm | ClipByValue
Clip = Annotated[AnyClip, Field(discriminator="kind"), Shorthand.of(AnyClip)]


class Decayed(SchemaModel):
    """An optimizer with a weight decay."""

    learning_rate: PositiveFloat
    """The rate that the schedule changes."""
    weight_decay: NonNegativeFloat = 0.0
    """So many times the weight is added to its gradient; decoupled (AdamW), taken off the weight
    times the rate."""
    weight_decay_on: Literal["all", "kernels"] = added("all")
    """What decays: every parameter, as torch has it, or weights of convolutions and linear layers
    alone, as Keras' `kernel_regularizer=l2(half of weight_decay)` without its part of the loss."""


class Sgd(Decayed):
    """Stochastic gradient descent."""

    kind: Literal["sgd"]
    momentum: BelowOne = 0.0
    """The share that a step keeps of the sum of gradients before it."""
    nesterov: bool = False
    """The gradient is taken ahead of the momentum: it needs a momentum above 0."""
    dampening: ClosedProbability = added(0.0)
    """The share of each gradient that the momentum does not take up."""


class Adam(Decayed):
    """Adam (L2 in the gradient) or AdamW (decoupled weight decay; torch's own default is 0.01)."""

    kind: Literal["adam", "adamw"]
    betas: Betas = (0.9, 0.999)
    """Shares that a step keeps of the averages before it: of gradients, and of their squares."""
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
    """Added to the divisor."""
    momentum: BelowOne = 0.0
    """The share that a step keeps of the sum of steps before it."""
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
    """Added to the divisor."""


class Adadelta(Decayed):
    """torch's Adadelta, whose usual rate is 1."""

    kind: Literal["adadelta"]
    rho: ClosedProbability = 0.9
    """The share that a step keeps of the averages before it: of squares of gradients and of
    changes."""
    eps: PositiveFloat = 1e-6
    """Added to both averages before their roots are taken."""


class Adamax(Decayed):
    """torch's Adamax."""

    kind: Literal["adamax"]
    betas: Betas = (0.9, 0.999)
    """Shares that a step keeps: of the average of gradients, and of the largest of them."""
    eps: PositiveFloat = 1e-8
    """Added to the size of each gradient."""


class NAdam(Decayed):
    """torch's NAdam."""

    kind: Literal["nadam"]
    betas: Betas = (0.9, 0.999)
    """Shares that a step keeps of the averages before it: of gradients, and of their squares."""
    eps: PositiveFloat = 1e-8
    """Added to the divisor."""
    momentum_decay: NonNegativeFloat = 4e-3
    """How fast the momentum grows from half of the first beta to the whole."""
    decoupled_weight_decay: bool = False
    """Decay the weights themselves, as AdamW."""


class RAdam(Decayed):
    """torch's RAdam."""

    kind: Literal["radam"]
    betas: Betas = (0.9, 0.999)
    """Shares that a step keeps of the averages before it: of gradients, and of their squares."""
    eps: PositiveFloat = 1e-8
    """Added to the divisor."""
    decoupled_weight_decay: bool = False
    """Decay the weights themselves, as AdamW."""


class Asgd(Decayed):
    """torch's ASGD; the network is trained with its weights, and the average is not used."""

    kind: Literal["asgd"]
    lambd: NonNegativeFloat = 1e-4
    """So many times each weight is added to its gradient, beside `weight_decay`."""
    alpha: NonNegativeFloat = 0.75
    """The rate of step t (from 0) is divided by (1 + lambd * rate * t) to this power."""


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
