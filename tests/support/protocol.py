"""The protocol that the small studies of all tests share: each says only what it has otherwise."""

from __future__ import annotations

from typing import Any

import yaml

PROTOCOL: dict[str, Any] = {
    "dataset": "cifar10",
    "split": {"kind": "random", "validation": 5000, "seed": 1},
    "transforms": {"training": [{"kind": "to_tensor"}], "evaluation": [{"kind": "to_tensor"}]},
    "batches": {"training": 128, "evaluation": 100},
    "optimizer": {"kind": "sgd", "learning_rate": 0.01},
    "schedule": {"kind": "constant"},
    "stop": {"epochs": 3},
    "evaluate": "validation",
    "selection": {"kind": "best_validation_accuracy"},
    "metrics": {
        "train_loss": "batch_mean",
        "train_accuracy": "image_mean",
        "evaluation_loss": "batch_mean",
        "evaluation_accuracy": "image_mean",
    },
}


def protocol_text(**changes: Any) -> str:
    """Write the protocol with some settings replaced as a study file does, a line a setting."""
    lines = (f"  {name}: {_flow(value)}\n" for name, value in (PROTOCOL | changes).items())
    return f"protocol:\n{''.join(lines)}"


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return value
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000).strip()
