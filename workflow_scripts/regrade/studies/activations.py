"""Words for activations: torch.nn's, under the names that torch.nn.functional gives them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, model_validator

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import refusal


class Activation(SchemaModel):
    """An activation without parameters; `swish` is torch's SiLU, x * sigmoid(x)."""

    kind: Literal[
        "relu",
        "relu6",
        "selu",
        "swish",
        "mish",
        "sigmoid",
        "logsigmoid",
        "hardsigmoid",
        "hardswish",
        "tanh",
        "tanhshrink",
        "softsign",
    ]


class LeakyRelu(SchemaModel):
    """x where it is positive, else x times the slope."""

    kind: Literal["leaky_relu"]
    negative_slope: float = added(0.01)
    """The slope."""


class Elu(SchemaModel):
    """x where it is positive; below, alpha (exp(x) - 1), and in CELU alpha (exp(x / alpha) - 1).

    ELU takes any alpha, CELU any but 0.
    """

    kind: Literal["elu", "celu"]
    alpha: float = 1.0

    @model_validator(mode="after")
    def _need_an_alpha(self) -> Elu:
        if self.kind == "celu" and self.alpha == 0:
            raise refusal("celu needs an alpha other than 0")
        return self


class Gelu(SchemaModel):
    """x times the normal distribution's probability of less than x, exact or by tanh."""

    kind: Literal["gelu"]
    approximate: Literal["none", "tanh"] = "none"
    """How that probability is computed: exactly (`none`) or by tanh."""


class Prelu(SchemaModel):
    """x where it is positive, else x times a slope that is learnt."""

    kind: Literal["prelu"]
    per_channel: bool = False
    """A slope for each channel instead of one for all (torch's `num_parameters`)."""
    init: float = 0.25
    """The slope before training."""


class RandomLeakyRelu(SchemaModel):
    """Leaky ReLU with a slope that is drawn in training, and in between in evaluation."""

    kind: Literal["rrelu"]
    lower: Annotated[float, Field(ge=0)] = 1 / 8
    """The smallest slope."""
    upper: Annotated[float, Field(ge=0)] = 1 / 3
    """The largest slope; evaluation takes the mean of the two."""

    @model_validator(mode="after")
    def _need_an_interval(self) -> RandomLeakyRelu:
        if self.lower > self.upper:
            raise refusal(f"rrelu draws from lower {self.lower} to upper {self.upper}: not above")
        return self


class Softplus(SchemaModel):
    """log(1 + exp(beta x)) / beta, and x itself where beta x exceeds the threshold."""

    kind: Literal["softplus"]
    beta: PositiveFloat = 1.0
    threshold: float = 20.0


class Hardtanh(SchemaModel):
    """x, held between two values."""

    kind: Literal["hardtanh"]
    min_val: float = -1.0
    """The lower one."""
    max_val: float = 1.0
    """The upper one."""

    @model_validator(mode="after")
    def _need_an_interval(self) -> Hardtanh:
        if self.min_val >= self.max_val:
            raise refusal(f"min_val {self.min_val} must lie below max_val {self.max_val}")
        return self


class Shrink(SchemaModel):
    """0 between -lambd and lambd; beyond, x (hard) or x less lambd towards 0 (soft)."""

    kind: Literal["hardshrink", "softshrink"]
    lambd: Annotated[float, Field(ge=0)] = 0.5


class Threshold(SchemaModel):
    """x where it exceeds the threshold, else a value."""

    kind: Literal["threshold"]
    threshold: float
    value: float


class Softmax(SchemaModel):
    """Probabilities over the channels or features, their logarithms, or softmax of -x."""

    kind: Literal["softmax", "log_softmax", "softmin"]


class Glu(SchemaModel):
    """The first half of the channels times the sigmoid of the second half."""

    kind: Literal["glu"]


AnyActivation = (
    Activation
    | LeakyRelu
    | Elu
    | Gelu
    | Prelu
    | RandomLeakyRelu
    | Softplus
    | Hardtanh
    | Shrink
    | Threshold
    | Softmax
    | Glu
)
