"""Words for averaged weights: what is scored in the place of the weights that are trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from regrade.studies.base import SchemaModel
from regrade.studies.bounds import ClosedProbability, NonNegativeInt
from regrade.studies.shorthand import Shorthand


class Ema(SchemaModel):
    """The exponential moving average of the weights: torch's AveragedModel and get_ema_avg_fn.

    The first update copies the weights. The averaged network is scored, selected, tested and kept;
    the other one goes on training.
    """

    kind: Literal["ema"]
    decay: ClosedProbability = 0.999
    """The share of the average that an update keeps."""
    every: PositiveInt = 1
    """Steps from an update to the next."""
    buffers: bool = False
    """Average the statistics of batch norms as well (timm's ModelEma does); else those of the
    trained network are taken."""


class Swa(SchemaModel):
    """Stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407): torch's AveragedModel.

    The mean of the weights after each epoch from `from_epoch` on is scored, selected, tested and
    kept; before that, the trained network is.
    """

    kind: Literal["swa"]
    from_epoch: PositiveInt
    """The first epoch (from 1) after which the weights are averaged (torch: `swa_start`)."""
    learning_rate: PositiveFloat | None = None
    """The rate of the epochs after `from_epoch` (torch's SWALR: `swa_lr`); without one the schedule
    goes on."""
    anneal_epochs: NonNegativeInt = 10
    """Epochs until that rate is reached from the one of `from_epoch`; 0: at once."""
    anneal: Literal["cosine", "linear"] = "cosine"
    """How it is reached (torch: `anneal_strategy`)."""
    update_batch_norm: bool = True
    """Before the average is scored, count the statistics of its batch norms anew in a pass over
    the training images, as torch's update_bn."""


Average = Annotated[Ema | Swa, Field(discriminator="kind"), Shorthand.of(Ema | Swa)]
