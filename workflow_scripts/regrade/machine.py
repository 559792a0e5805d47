"""What one machine has for the jobs that run on it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def memory_mb(root: Path = Path("/")) -> int:
    """Return the memory in MB that this process may use: the machine's, or that of its cgroups.

    Parameters
    ----------
    root
        Under which `proc` and `sys` lie.
    """
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([physical, *_group_limits(root)]) // 10**6


def processor() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # macOS
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _group_limits(root: Path) -> Iterator[int]:
    """Yield the limits in bytes of this process's control groups and of those around them."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:  # macOS
        return
    for line in lines:
        number, controllers, group = line.split(":", 2)
        if number == "0":  # version 2
            folder, file = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            folder, file = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        inner = PurePosixPath(group.lstrip("/"))
        for place in (inner, *inner.parents):
            # A container may be told its group by the name that it has outside: not all are found.
            try:
                limit = (folder / place / file).read_text(encoding="ascii").strip()
            except OSError:
                continue
            if limit != "max":
                yield int(limit)
