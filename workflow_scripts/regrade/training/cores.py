"""The CPU cores of a training process: decided before torch is imported, which reads them once.

OpenMP binds a process to cores when torch is imported. Unbound threads wander, and two that meet
on one core wait for each other at every layer: with two threads on two cores and idle work beside
them, ResNet-18 fell from 61 to 41 images/s now and then, and never where its threads were bound.
But OpenMP binds to the first cores, in every process. So a job with several threads first leases
cores of its own, and is bound to those.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from regrade.training.leases import lease

_OTHER_BINDINGS = ("OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY")
"""Other ways to bind a process to cores; inherited, they would bind all jobs to the same."""

_SIBLINGS = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


def claim_cores(threads: int, *, bind: bool = True) -> int:
    """Return this process cores of its own for so many threads, and tell OpenMP.

    Where too few cores are free, because other jobs of this user have them, the threads wander
    and wait without using their core.

    Parameters
    ----------
    threads
        What is wanted; no more are given than this process may use cores.
    bind
        Keep each thread on one of the cores. Not where a device trains: the thread that
        prepares its batches would share the core of the main one.

    Returns
    -------
    int
        The threads to train with.

    Raises
    ------
    RuntimeError
        When torch was imported before.
    """
    if "torch" in sys.modules:
        raise RuntimeError("cores are claimed before torch is imported")
    allowed = usable_cores()
    threads = max(1, min(threads, len(allowed) or os.cpu_count() or 1))
    own = _lease(allowed, threads) if threads > 1 else []
    if own:
        os.sched_setaffinity(0, own)
    for name in _OTHER_BINDINGS:
        os.environ.pop(name, None)
    os.environ |= {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OMP_PROC_BIND": "true" if own and bind else "false",
        "OMP_WAIT_POLICY": "active" if own or threads == 1 else "passive",
    }
    return threads


def usable_cores() -> list[int]:
    """List the cores that this process may use, a hardware thread of each core first.

    Empty where the system does not tell (macOS).
    """
    if not hasattr(os, "sched_getaffinity"):
        return []
    return sorted(os.sched_getaffinity(0), key=lambda core: (_rank(core), core))


def _lease(cores: list[int], count: int) -> list[int]:
    names = {f"core-{core}": core for core in cores}
    taken = lease(names, lambda free: free[:count] if len(free) >= count else [])
    return [names[name] for name in taken]


def _rank(core: int) -> int:
    """Return the place of a hardware thread among those that share its core."""
    try:
        siblings = numbers(Path(_SIBLINGS.format(core)).read_text(encoding="ascii"))
    except OSError:
        return 0
    return siblings.index(core) if core in siblings else 0


def numbers(ranges: str) -> list[int]:
    """Read a list of the kernel's, such as `0,4-6`."""
    found: list[int] = []
    for part in ranges.strip().split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found
