"""Devices, threads and the settings that make their results repeatable."""

import platform

import torch

from regrade.errors import UserError

ACCELERATORS = ("cuda", "xpu", "mps")
"""What `auto` takes: NVIDIA's and AMD's GPUs (which call themselves cuda), Intel's, Apple's."""
UNREPEATABLE = ("xpu", "mps")
"""Accelerators for which torch does not promise the same bits for the same seed."""


def prepare_device(name: str, threads: int) -> torch.device:
    """Choose the device and fix everything that changes bits between two runs on it.

    Parameters
    ----------
    name
        `auto` takes the accelerator where there is one, else the CPU. Or a torch device such as
        `cpu`, `cuda:1` or `mps`.
    threads
        CPU threads; the sum over concurrent jobs must not exceed the cores, because threads
        that share a core wait for each other at every layer.

    Raises
    ------
    UserError
        When the device does not exist here.
    """
    torch.set_num_threads(threads)
    name = available_accelerator() or "cpu" if name == "auto" else name
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device: {name!r} cannot be used here: {error}") from None
    # The same as `use_deterministic_algorithms`, which imports torch's compiler beside (0.9 s).
    torch.set_deterministic_debug_mode("error" if is_repeatable(device) else "default")
    # Deterministic mode would write NaN into every new tensor first; no kernel here reads one.
    # (`torch.utils.deterministic.fill_uninitialized_memory`, as that module sets it.)
    torch._C._set_deterministic_fill_uninitialized_memory(False)
    torch.backends.cudnn.benchmark = False
    return device


def to_channels_last(network: torch.nn.Module, device: torch.device | str) -> torch.nn.Module:
    """Move a network to a device, with the weights of convolutions in channels-last order.

    As `network.to(device, memory_format=torch.channels_last)`, which torch's types do not know.
    """

    def moved(tensor: torch.Tensor) -> torch.Tensor:
        order = torch.channels_last if tensor.dim() == 4 else torch.preserve_format
        return tensor.to(device, memory_format=order)

    return network._apply(moved)


def available_accelerator() -> str | None:
    """Name the accelerator of this machine, as `auto` takes it; None where there is none."""
    if not torch.accelerator.is_available():
        return None
    found = torch.accelerator.current_accelerator()
    return found.type if found and found.type in ACCELERATORS else None


def is_repeatable(device: torch.device) -> bool:
    """Whether the same seed gives the same bits on this kind of device, again and again."""
    return device.type not in UNREPEATABLE


def device_name(device: torch.device) -> str:
    """Name the hardware behind a device, for the record."""
    if device.type == "cpu":
        return f"cpu ({torch.backends.cpu.get_cpu_capability()})"
    module = torch.get_device_module(device)
    if hasattr(module, "get_device_name"):
        return module.get_device_name(device)
    return f"{device.type} ({platform.machine()})"
