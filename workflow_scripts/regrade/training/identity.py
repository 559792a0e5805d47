"""What of a machine may change the bits of a result: for the key of a state, and for the record."""

from __future__ import annotations

import importlib.metadata

import torch

from regrade.machine import processor
from regrade.training.devices import device_name

PACKAGES = ("torch", "numba")
"""Those whose kernels make numbers."""


def machine_identity(device: torch.device, threads: int, precision: str) -> dict[str, object]:
    """Name everything of this machine that may change the bits of a result.

    Equal identities give equal bits; unequal ones may. A processor's name counts where it trains:
    kernels are chosen by its caches, too.
    """
    return {
        "device": device_name(device),
        "processor": processor() if device.type == "cpu" else None,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "cuda": torch.version.cuda,
        "threads": threads,
        "precision": precision,
        "packages": package_versions(PACKAGES),
    }


def package_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Give the versions of those packages that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
