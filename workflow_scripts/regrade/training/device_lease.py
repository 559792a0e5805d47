"""Which device a job trains on: one of its own, or its part of one that small runs share.

Jobs side by side on one machine know nothing of each other, and all would take the first device.
"""

from __future__ import annotations

import os
import re
import time

import torch

from regrade.errors import UserError
from regrade.studies import forms
from regrade.training.devices import ACCELERATORS
from regrade.training.leases import lease

PARTS = 16
"""A device has so many parts; a run that shares it takes one, every other run takes all."""
_VISIBLE = {"cuda": "CUDA_VISIBLE_DEVICES", "xpu": "ZE_AFFINITY_MASK"}
"""What limits a process to some devices of a kind, if it is set before the first is used."""
_ALLOCATIONS = ("SLURM_JOB_ID", "SLURM_STEP_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
"""What schedulers call the allocation that a process runs in."""
_LOOK_AGAIN_S = 1.0


def lease_device(name: str, *, runs: int = 1) -> str:
    """Lease a device until this process ends, and wait for one while none is free.

    Parameters
    ----------
    name
        `auto` takes an accelerator where there is one; else `cpu`, or an accelerator by its kind
        (`cuda`: any of them) or number (`cuda:1`: this one).
    runs
        How many such runs may share a device.

    Returns
    -------
    str
        The device for torch: `cpu`, or one accelerator with its number.

    Raises
    ------
    UserError
        When there is no such device.
    """
    if not re.fullmatch(forms.DEVICE, name):
        raise UserError(f"device: {name!r} names none; a device is {forms.MEANINGS[forms.DEVICE]}")
    kind, _, number = name.partition(":")
    # Neither uses a device yet, as `is_available` would: what is visible is settled by first use.
    accelerator = torch.accelerator.current_accelerator()
    count = torch.accelerator.device_count()
    usable = accelerator and count and accelerator.type in ACCELERATORS
    if kind == "cpu" or (kind == "auto" and not usable):
        return "cpu"
    if accelerator is None or not count or kind not in ("auto", accelerator.type):
        here = f"{count} of {accelerator.type}" if accelerator and count else "none"
        raise UserError(f"device: {name!r} cannot be used here; accelerators found: {here}")
    if number and int(number) >= count:
        raise UserError(f"device: {name!r} cannot be used here: there are {count}, counted from 0")
    kind = accelerator.type
    chosen = [int(number)] if number else list(range(count))
    index = _wait_for_one(kind, chosen, _visible(kind, count), runs)
    print(f"training on {kind}:{index}", flush=True)
    return f"{kind}:{_make_visible(kind, index, count)}"


def _wait_for_one(kind: str, indices: list[int], ids: list[str], runs: int) -> int:
    told = False
    while (index := _take(kind, indices, ids, runs)) is None:
        if not told:
            these = ", ".join(f"{kind}:{index}" for index in indices)
            print(f"waiting for a free device: other jobs train on {these}", flush=True)
            told = True
        time.sleep(_LOOK_AGAIN_S)
    return index


def _take(kind: str, indices: list[int], ids: list[str], runs: int) -> int | None:
    """Lease one of the devices, the one with the most room; None where there is none."""
    usable = range(min(runs, PARTS)) if runs > 1 else range(PARTS)
    parts = {
        f"{_allocation()}{kind}-{ids[index]}-part-{part}": index
        for index in indices
        for part in usable
    }
    needed = 1 if runs > 1 else PARTS

    def choose(free: list[str]) -> list[str]:
        of_each = {index: [name for name in free if parts[name] == index] for index in indices}
        roomiest = max(of_each.values(), key=len)
        return roomiest[:needed] if len(roomiest) >= needed else []

    taken = lease(parts, choose)
    return parts[taken[0]] if taken else None


def _visible(kind: str, count: int) -> list[str]:
    """Name the devices that this process sees as the machine does: by what limits it to them."""
    listed = os.environ.get(_VISIBLE.get(kind, ""), "")
    names = [name.strip().replace("/", "-") for name in listed.split(",")] if listed else []
    return names[:count] if len(names) >= count else [str(index) for index in range(count)]


def _make_visible(kind: str, index: int, count: int) -> int:
    """Let this process see its own device alone, and give the number that it has then.

    Where a device was used before, or nothing limits devices of the kind, it keeps its number.
    """
    variable = _VISIBLE.get(kind)
    if variable and count > 1:
        listed = os.environ.get(variable, "").split(",")
        os.environ[variable] = (
            listed[index] if index < len(listed) and listed[index] else str(index)
        )
        if torch.accelerator.device_count() == 1:
            return 0
    torch.accelerator.set_device_index(index)
    return index


def _allocation() -> str:
    """Within an allocation, devices are counted anew: name it."""
    parts = [os.environ[name] for name in _ALLOCATIONS if os.environ.get(name)]
    return "".join(f"{part}-" for part in parts).replace("/", "-")
