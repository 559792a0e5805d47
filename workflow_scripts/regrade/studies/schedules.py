"""Words for schedules: the learning rate as training goes on."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from regrade.studies.base import SchemaModel
from regrade.studies.bounds import BelowOne, NonNegativeInt, Share, refusal
from regrade.studies.decay_words import (
    Constant,
    Exponential,
    Factors,
    InverseTime,
    MultiStepDecay,
    Per,
    Plateau,
    RateTable,
    StepDecay,
)
from regrade.studies.shorthand import Shorthand


class Lasting(SchemaModel):
    """A schedule with a length of its own: so many epochs or, counting steps, so many steps."""

    epochs: PositiveInt | None = None
    """Its length in epochs. Give either this or `steps`."""
    steps: PositiveInt | None = None
    """Its length in steps, in the place of `epochs`: it is one `per: step`."""
    per: Per = "epoch"
    """Whether the rate changes after every epoch or after every step."""

    @model_validator(mode="before")
    @classmethod
    def _count_steps_in_steps(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("steps") is not None:
            return {"per": "step"} | data
        return data

    @model_validator(mode="after")
    def _has_one_length(self) -> Self:
        _require_one_unit(self, "length")
        return self


class Cosine(Lasting):
    """Half a cosine from the optimizer's rate to `minimum`; beyond its length it rises again.

    As torch's CosineAnnealingLR, whose `T_max` is the length.
    """

    kind: Literal["cosine"]
    minimum: NonNegativeFloat = 0.0
    """The rate at the end."""


class WarmRestarts(Lasting):
    """Half a cosine from the optimizer's rate to `minimum`, again and again.

    As torch's CosineAnnealingWarmRestarts: `T_0` is the length, of the first.
    """

    kind: Literal["warm_restarts"]
    multiplier: PositiveInt = 1
    """Each is so many times as long as the one before (torch: `T_mult`)."""
    minimum: NonNegativeFloat = 0.0
    """The rate at the end of each."""


class Linear(Lasting):
    """A line from `start_factor` to `end_factor` times the optimizer's rate, constant after it.

    As torch's LinearLR: `total_iters` is the length.
    """

    kind: Literal["linear"]
    start_factor: NonNegativeFloat = 1 / 3
    end_factor: NonNegativeFloat = 1.0


class Polynomial(Lasting):
    """(rate - minimum) * (1 - t / length) ** power + minimum, and `minimum` after it."""

    kind: Literal["polynomial"]
    power: PositiveFloat = 1.0
    minimum: NonNegativeFloat = 0.0


class PiecewiseLinear(SchemaModel):
    """Straight lines between rates at points of the training, as numpy.interp draws them.

    The optimizer's own rate does not count; before the first point and after the last one the rate
    is theirs.
    """

    kind: Literal["piecewise_linear"]
    epochs: Annotated[dict[NonNegativeFloat, NonNegativeFloat], Field(min_length=2)] | None = None
    """Completed epochs, or parts of them in quotes: the rate there; `{0: 0, "0.5": 0.4, 24: 0}`."""
    steps: Annotated[dict[NonNegativeInt, NonNegativeFloat], Field(min_length=2)] | None = None
    """The points in steps, in the place of `epochs`."""
    per: Per = "step"
    """Whether the rate changes after every epoch or after every step."""

    @field_validator("epochs", mode="before")
    @classmethod
    def _names_a_point_once(cls, points: Any) -> Any:
        """Refuse 0 beside "0.0", of which the last would count alone."""
        places = [_number(place) for place in points] if isinstance(points, dict) else []
        if len(set(places)) < len(places):
            raise refusal("a point stands twice")
        return points

    @model_validator(mode="after")
    def _has_its_points(self) -> Self:
        _require_one_unit(self, "points")
        return self


def _require_one_unit(schedule: Lasting | PiecewiseLinear, what: str) -> None:
    """Refuse a schedule that counts in both units or in none, or in steps but waits for epochs."""
    if (schedule.epochs is None) == (schedule.steps is None):
        raise refusal(f"it needs its {what}: either `epochs` or `steps`")
    if schedule.steps and schedule.per == "epoch":
        raise refusal(f"`per: epoch` needs its {what} in `epochs`, not in `steps`")


def _number(place: Any) -> Any:
    try:
        return float(place)
    except (TypeError, ValueError):
        return place


class MomentumCycle(SchemaModel):
    """A schedule that lets the momentum fall while the learning rate rises (Adam: beta1)."""

    cycle_momentum: bool = True
    """Let the momentum fall while the rate rises, and rise while it falls."""


class OneCycle(Lasting, MomentumCycle):
    """Up to `maximum` and down to almost nothing, a step at a time, as torch's OneCycleLR.

    The optimizer's own rate does not count, but where `maximum` is left out.
    """

    kind: Literal["one_cycle"]
    per: Literal["step"] = "step"
    """The rate changes after every step."""
    maximum: PositiveFloat | None = None
    """The highest rate; the optimizer's where it is left out."""
    rising: Share = 0.3
    """The share of the steps in which the rate rises (torch: `pct_start`)."""
    shape: Literal["cosine", "linear"] = "cosine"
    """How it rises and falls (torch: `anneal_strategy`)."""
    start_divisor: PositiveFloat = 25.0
    """The first rate is the highest by this (torch: `div_factor`)."""
    end_divisor: PositiveFloat = 1e4
    """The last rate is the first by this (torch: `final_div_factor`)."""
    three_phase: bool = False
    """Fall as fast as it rose, and go on falling from there."""
    base_momentum: Share = 0.85
    """The momentum at the highest rate."""
    max_momentum: Share = 0.95
    """The momentum at the start and at the end."""


class Cyclic(MomentumCycle):
    """From `minimum` to `maximum` and back, again and again, a step at a time: torch's CyclicLR.

    The optimizer's own rate does not count.
    """

    kind: Literal["cyclic"]
    minimum: PositiveFloat
    """The lowest rate (torch: `base_lr`)."""
    maximum: PositiveFloat
    """The highest rate (torch: `max_lr`)."""
    steps_up: PositiveInt = 2000
    """Steps from the lowest rate to the highest (torch: `step_size_up`)."""
    steps_down: PositiveInt | None = None
    """Steps from the highest rate to the lowest (torch: `step_size_down`); left out: as many as
    up."""
    shrinking: Literal["never", "halved", "exponential"] = "never"
    """How the height of the cycles goes on (torch's `mode`: triangular, triangular2, exp_range)."""
    factor: PositiveFloat = 1.0
    """What `exponential` multiplies the height by, a step."""
    base_momentum: BelowOne = 0.8
    """The momentum at the highest rate."""
    max_momentum: Share = 0.9
    """The momentum at the lowest rate."""


Plain = (
    Constant
    | StepDecay
    | MultiStepDecay
    | Exponential
    | InverseTime
    | Cosine
    | WarmRestarts
    | Linear
    | Polynomial
    | PiecewiseLinear
    | OneCycle
    | Cyclic
)
"""What can stand alone, and as a part of a sequence."""

Part = Annotated[Plain, Field(discriminator="kind"), Shorthand.of(Plain)]


class Sequence(SchemaModel):
    """One schedule after another, each counting from its own start: torch's SequentialLR."""

    kind: Literal["sequence"]
    parts: Annotated[list[Part], Field(min_length=2)]
    """Two or more schedules of the kinds above (torch: `schedulers`)."""
    after: Factors
    """The epochs (from 1) after which the second part starts, the third, and so on."""
    per: Per = "epoch"
    """What `after` counts: epochs or steps."""

    @model_validator(mode="after")
    def _has_a_start_for_each_part(self) -> Self:
        wanted = len(self.parts) - 1
        if len(self.after) != wanted or sorted(set(self.after)) != self.after:
            raise refusal(
                f"found after {self.after}: {wanted} growing numbers belong here, one for each part"
                " but the first"
            )
        return self


AnySchedule = Plain | RateTable | Sequence | Plateau
Schedule = Annotated[AnySchedule, Field(discriminator="kind"), Shorthand.of(AnySchedule)]
