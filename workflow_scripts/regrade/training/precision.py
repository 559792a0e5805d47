"""Precision of the arithmetic: float32 is the meaning of a recipe, others are recorded options."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn


def usable_precision(wanted: str, network: nn.Module, device: torch.device) -> str:
    """Return the wanted precision where it is usable; else fall back to float32 and log why.

    bf16 is autocast with float32 weights. On a CPU it loses for depthwise convolutions (two thirds
    of float32's speed); tf32 is arithmetic of NVIDIA's GPUs alone.
    """
    if device.type != "cuda" and wanted == "tf32":
        reason = "tf32 is arithmetic of NVIDIA's GPUs"
    elif device.type == "cpu" and wanted == "bf16" and _has_depthwise(network):
        reason = "depthwise convolutions are slower in bf16 on a CPU"
    else:
        return wanted
    print(f"precision: {wanted} refused, float32 is used: {reason}", flush=True)
    return "float32"


def _has_depthwise(network: nn.Module) -> bool:
    convolutions = (m for m in network.modules() if isinstance(m, nn.Conv2d))
    return any(conv.groups == conv.in_channels > 1 for conv in convolutions)


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """Return the context that a forward pass is run in."""
    if precision == "bf16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def allow_tf32(precision: str) -> None:
    """Let a GPU multiply in tf32, or forbid it."""
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
