"""What networks of timm cost, measured without memory on the networks themselves.

python -m regrade.models.timm_measured REQUEST      # for `regrade.studies.timm_costs`
"""

from __future__ import annotations

import json
import sys
from math import prod
from typing import TYPE_CHECKING, Any

import torch

from regrade.errors import UserError
from regrade.models.counted_layers import counted_table
from regrade.models.layer_table import kind_of
from regrade.models.timm_networks import build_timm

if TYPE_CHECKING:
    from regrade.studies.architectures import Timm


def measure_timm(model: Timm, side: int, classes: int, channels: int) -> dict[str, int]:
    """Count the parameters, multiply-adds and values of a network for an image.

    Raises
    ------
    ValueError
        When it gives no logits in training: some give features, or several heads.
    """
    with torch.device("meta"):
        network = build_timm(model, classes, side, channels)
        rows = counted_table(network, torch.zeros(1, channels, side, side), kind_of)
        with torch.no_grad():
            logits = network.train()(torch.zeros(2, channels, side, side))
    if not isinstance(logits, torch.Tensor) or list(logits.shape) != [2, classes]:
        raise ValueError(f"in training {model.name} gives something else than a logit a class")
    return {
        "parameters": sum(p.numel() for p in network.parameters()),
        "macs": sum(row["macs"] for row in rows),
        "values": sum(prod(row["output"]) for row in rows),
    }


def answer(request: str) -> dict[str, Any]:
    """Return what the network of a request costs, or why it is `unknown` or `refused`."""
    from regrade.studies.architectures import Timm

    word, *given = json.loads(request)
    try:
        return measure_timm(Timm.model_validate(word), *given)
    except UserError as error:
        return {"unknown": str(error)}
    except Exception as error:  # Whatever its code raises for images or keys that do not fit.
        return {"refused": str(error)}


if __name__ == "__main__":
    print(json.dumps(answer(sys.argv[1])))
