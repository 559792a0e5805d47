"""Words for the values that weights have before training: torch.nn.init's rules by their names.

What no rule names keeps torch's own initialisation.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from regrade.studies.base import SchemaModel
from regrade.studies.bounds import BelowOne, refusal
from regrade.studies.shorthand import Shorthand


class SameValue(SchemaModel):
    """0 or 1 everywhere."""

    kind: Literal["zeros", "ones"]


class ConstantValue(SchemaModel):
    """One value everywhere."""

    kind: Literal["constant"]
    value: float


class Bounded(SchemaModel):
    """What has a lower and an upper bound."""

    a: float
    b: float

    @model_validator(mode="after")
    def _need_an_interval(self) -> Self:
        if self.a >= self.b:
            raise refusal(f"a {self.a:g} must lie below b {self.b:g}")
        return self


class UniformValues(Bounded):
    """Uniform from a to b."""

    kind: Literal["uniform"]
    a: float = 0.0
    """The lower bound."""
    b: float = 1.0
    """The upper bound."""


class NormalValues(SchemaModel):
    """A normal distribution."""

    kind: Literal["normal"]
    mean: float = 0.0
    std: NonNegativeFloat = 1.0


class TruncatedNormalValues(Bounded):
    """A normal distribution cut off at a and b, which are values (TensorFlow: -2 std and 2 std)."""

    kind: Literal["trunc_normal"]
    mean: float = 0.0
    """Of the distribution before it is cut."""
    std: PositiveFloat = 1.0
    """Of the distribution before it is cut."""
    a: float = -2.0
    """The smallest value."""
    b: float = 2.0
    """The largest value."""


class Xavier(SchemaModel):
    """Glorot's rule, by inputs and outputs; `xavier_uniform` is Keras's default."""

    kind: Literal["xavier_uniform", "xavier_normal"]
    gain: PositiveFloat = 1.0
    """What the values are multiplied by."""
    truncated: bool = False
    """Of the normal one: cut off at two standard deviations, as Keras's `glorot_normal`."""


class Kaiming(SchemaModel):
    """He's rule, by inputs or outputs."""

    kind: Literal["kaiming_uniform", "kaiming_normal"]
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    """What keeps its variance: the values on the way forward (`fan_in`), or the gradients on the
    way back (`fan_out`)."""
    nonlinearity: Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"] = "leaky_relu"
    """What follows: its gain (`linear` with `truncated` is Keras's `lecun_normal`)."""
    a: float = 0.0
    """The slope of `leaky_relu`; 0 is ReLU's gain."""
    truncated: bool = False
    """Of the normal one: cut off at two standard deviations, as Keras's `he_normal`."""


class Orthogonal(SchemaModel):
    """A (semi-)orthogonal matrix times the gain."""

    kind: Literal["orthogonal"]
    gain: float = 1.0


class Dirac(SchemaModel):
    """Convolutions that pass as many channels on as they can."""

    kind: Literal["dirac"]


class Eye(SchemaModel):
    """Linear layers that pass as many features on as they can."""

    kind: Literal["eye"]


class SparseValues(SchemaModel):
    """A normal distribution with a share of zeros in each column."""

    kind: Literal["sparse"]
    sparsity: BelowOne
    """The share of zeros."""
    std: PositiveFloat = 0.01
    """Standard deviation of the other values."""


_OfVectors = SameValue | ConstantValue | UniformValues | NormalValues | TruncatedNormalValues
_OfConvs = _OfVectors | Xavier | Kaiming | Orthogonal | Dirac
_OfLinears = _OfVectors | Xavier | Kaiming | Orthogonal | Eye | SparseValues
AnyRule = _OfVectors | Xavier | Kaiming | Orthogonal | Dirac | Eye | SparseValues


_VectorRule = Annotated[_OfVectors, Field(discriminator="kind"), Shorthand.of(_OfVectors)]
_ConvRule = Annotated[_OfConvs, Field(discriminator="kind"), Shorthand.of(_OfConvs)]
_LinearRule = Annotated[_OfLinears, Field(discriminator="kind"), Shorthand.of(_OfLinears)]


class ConvInitialization(SchemaModel):
    """How a convolution begins."""

    weight: _ConvRule | None = None
    """Any of the initializations but `eye` and `sparse`; left out: torch's own."""
    bias: _VectorRule | None = None
    """`zeros`, `ones`, `constant`, `uniform`, `normal` or `trunc_normal`; left out: torch's own."""


class LinearInitialization(SchemaModel):
    """How a linear layer begins."""

    weight: _LinearRule | None = None
    """Any of the initializations but `dirac`; left out: torch's own."""
    bias: _VectorRule | None = None
    """`zeros`, `ones`, `constant`, `uniform`, `normal` or `trunc_normal`; left out: torch's own."""


class NormInitialization(SchemaModel):
    """How a normalisation begins; torch's own has weights of 1 and biases of 0."""

    weight: _VectorRule | None = None
    """`zeros`, `ones`, `constant`, `uniform`, `normal` or `trunc_normal`; left out: torch's own."""
    bias: _VectorRule | None = None
    """`zeros`, `ones`, `constant`, `uniform`, `normal` or `trunc_normal`; left out: torch's own."""


class Initialization(SchemaModel):
    """How all layers of a kind begin that say nothing of their own.

    Vectors, which are biases and all weights of normalisations, take `zeros`, `ones`, `constant`,
    `uniform`, `normal` or `trunc_normal`; what has no rule keeps torch's own values.
    """

    conv: ConvInitialization | None = None
    """Rules for `weight` and `bias` of convolutions."""
    linear: LinearInitialization | None = None
    """Rules for `weight` and `bias` of linear layers."""
    batch_norm: NormInitialization | None = None
    """Rules for `weight` and `bias` of batch norms."""
    group_norm: NormInitialization | None = None
    """Rules for `weight` and `bias` of group norms."""
    layer_norm: NormInitialization | None = None
    """Rules for `weight` and `bias` of layer norms."""
    instance_norm: NormInitialization | None = None
    """Rules for `weight` and `bias` of instance norms."""
