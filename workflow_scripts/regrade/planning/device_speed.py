"""How fast a device trains: measured in seconds, read from a file, or taken from its arithmetic."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regrade.errors import UserError
from regrade.studies.cost import Cost, cost
from regrade.studies.datasets import DATASETS
from regrade.studies.execution import Budget
from regrade.studies.resolve import ResolvedRun
from regrade.studies.training_time import PASSES, statistics_passes
from regrade.studies.transform_costs import training_seconds

if TYPE_CHECKING:
    import torch

FLOP_PER_MAC = 2
START_SECONDS = 3.0
"""Fixed time of a job: imports, data, network."""

Layers = list[dict[str, Any]]

_CONV: dict[str, Any] = {"kind": "conv", "channels": 64, "kernel": 3, "padding": 1}
_NORM: Layers = [{"kind": "batch_norm"}, {"kind": "relu"}]
_HEAD: Layers = [{"kind": "flatten"}, {"kind": "linear", "features": 10}]
PROBES: tuple[tuple[Layers, int], ...] = (
    (
        [
            _CONV | {"channels": 8, "kernel": 5},
            *_NORM[1:],
            {"kind": "max_pool", "kernel": 4},
            *_HEAD,
        ],
        128,
    ),
    (3 * [_CONV, *_NORM] + [{"kind": "max_pool", "kernel": 8}, *_HEAD], 64),
    (
        6 * [_CONV | {"kernel": 1, "padding": 0}, *_NORM]
        + [{"kind": "max_pool", "kernel": 8}, *_HEAD],
        64,
    ),
    ([{"kind": "flatten"}, {"kind": "linear", "features": 4096}, *_HEAD[1:]], 16),
)
"""Networks bound by the loop, by MACs, by values and by parameters, and their batches."""


@dataclass(frozen=True)
class Speed:
    """How fast a device trains, one process on one thread (or one GPU)."""

    device: str
    seconds_per_image: float
    seconds_per_mac: float
    """Of training: forward and backward."""
    seconds_per_value: float
    """Of what a layer gives: batch norms, activations and what else is bound by memory."""
    seconds_per_parameter: float
    """Of an optimizer step."""

    def seconds(self, run: ResolvedRun, limits: Budget) -> float:
        """Estimate the time of a replicate, its start included."""
        images = limits.epochs * limits.train_images
        scored = limits.epochs * limits.scored_images
        scored += statistics_passes(run.recipe, limits.epochs) * limits.train_images
        steps = images / run.recipe.batches.training
        image = (
            self.seconds_per_image
            + self.seconds_per_mac * run.cost.macs
            + self.seconds_per_value * run.cost.values
        )
        work = image * (images + scored / PASSES)
        if self.seconds_per_image:  # Without it only arithmetic is counted.
            work += images * training_seconds(run.recipe)
        return START_SECONDS + work + self.seconds_per_parameter * run.cost.parameters * steps


def sustained(tflops: float) -> Speed:
    """Return the speed of a device from its sustained TFLOP/s alone.

    Only arithmetic is counted, so that times are lower bounds.
    """
    seconds_per_mac = FLOP_PER_MAC * PASSES / (tflops * 1e12)
    return Speed(f"of {tflops:g} TFLOP/s", 0.0, seconds_per_mac, 0.0, 0.0)


def told_speed(told: float | str | None) -> Speed | None:
    """Return the speed that a configuration tells: sustained TFLOP/s, or the path of a file.

    Raises
    ------
    UserError
        When the file cannot be read.
    """
    if told is None:
        return None
    if isinstance(told, float):
        return sustained(told)
    try:
        return read_speed(Path(told))
    except UserError as error:
        raise UserError(f"config (config.yaml, or --config):\n  device_speed: {error}") from None


def read_speed(path: Path) -> Speed:
    """Read what `python -m regrade calibrate` wrote on another device.

    Raises
    ------
    UserError
        When the file cannot be read, or has other keys or values than those.
    """
    wanted = [field.name for field in fields(Speed)]
    made = "`python -m regrade calibrate` on such a device prints one"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not a speed that can be read ({error}); {made}") from None
    if not isinstance(found, dict) or sorted(found) != sorted(wanted):
        raise UserError(f"{path}: a speed has the keys {', '.join(wanted)}; {made}")
    for name in wanted[1:]:
        value = found[name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value < 0:
            raise UserError(f"{path}: {name}: found {value!r}; allowed: a time from 0, in seconds")
    if not found["seconds_per_mac"]:
        raise UserError(f"{path}: seconds_per_mac: found 0; {made}")
    return Speed(**found | {"device": str(found["device"])})


def calibrate(device_name: str) -> Speed:
    """Measure a device in a few seconds, with networks bound by loop, MACs, values and parameters.

    On a CPU one thread is measured, because that is what a replicate of a small network gets.
    """
    import numpy as np
    from scipy.optimize import nnls

    from regrade.training.devices import device_name as hardware
    from regrade.training.devices import prepare_device

    device = prepare_device(device_name, 1)
    rows = []
    for layers, batch in PROBES:
        seconds, found = _step_seconds(layers, batch, device)
        work = (batch, batch * found.macs, batch * found.values, found.parameters)
        rows.append([amount / seconds for amount in work])
    # Shares of each step's time; no price is negative. Columns are scaled because MACs are many.
    shares = np.array(rows)
    scale = shares.max(axis=0)
    prices, _ = nnls(shares / scale, np.ones(len(rows)))
    return Speed(hardware(device), *(prices / scale).tolist())


def _step_seconds(layers: Layers, batch: int, device: torch.device) -> tuple[float, Cost]:
    """Return the median time of a training step, and what the network costs."""
    import statistics

    import torch

    from regrade.models.build import build_network
    from regrade.studies.architectures import Chain
    from regrade.training.devices import to_channels_last

    data = DATASETS["cifar10"]
    chain = Chain.model_validate({"kind": "chain", "layers": layers})
    network = to_channels_last(build_network(chain, data.classes, data.side), device)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True)
    images = torch.randn(batch, data.channels, data.side, data.side, device=device).to(
        memory_format=torch.channels_last
    )
    labels = torch.randint(data.classes, (batch,), device=device)
    times: list[float] = []
    deadline = time.perf_counter() + 1.0
    while time.perf_counter() < deadline or len(times) < 3:
        began = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
        if device.type != "cpu":
            torch.accelerator.synchronize(device)
        times.append(time.perf_counter() - began)
    return statistics.median(times), cost(chain, data.side, data.classes)
