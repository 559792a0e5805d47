"""Devices, threads and the settings that make their results repeatable."""

import torch

from regrade.errors import UserError


def prepare_device(name: str, threads: int) -> torch.device:
    """Choose the device and fix everything that changes bits between two runs on it.

    Parameters
    ----------
    name
        `auto` takes a GPU where there is one; else a torch device such as `cpu` or `cuda:1`.
    threads
        CPU threads; the sum over concurrent jobs must not exceed the cores, because threads
        that share a core wait for each other at every layer.

    Raises
    ------
    UserError
        When the device does not exist here.
    """
    torch.set_num_threads(threads)
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device: {name!r} cannot be used here: {error}") from None
    # The same as `use_deterministic_algorithms`, which imports torch's compiler beside (0.9 s).
    torch.set_deterministic_debug_mode("error")
    # Deterministic mode would write NaN into every new tensor first; no kernel here reads one.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    return device


def device_name(device: torch.device) -> str:
    """Name the hardware behind a device, for the record."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({torch.backends.cpu.get_cpu_capability()})"
