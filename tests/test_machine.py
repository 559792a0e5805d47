"""What one machine has for its jobs, read from files as the kernel writes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from regrade.machine import memory_mb, processor

PHYSICAL = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 10**6


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, PHYSICAL),
        ({"proc/self/cgroup": "0::/user.slice/shell\n"}, PHYSICAL),
        (
            {
                "proc/self/cgroup": "0::/user.slice/shell\n",
                "sys/fs/cgroup/user.slice/shell/memory.max": "max\n",
                "sys/fs/cgroup/user.slice/memory.max": "500000000\n",
            },
            500,
        ),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/box\n4:memory:/box\n0::/\n",
                "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "300000000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            300,
        ),
        (
            # A container is told its group by the name that it has outside.
            {
                "proc/self/cgroup": "4:memory:/docker/4f5e\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "200000000\n",
            },
            200,
        ),
        (
            {
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/memory.max": "99999999999999999\n",
            },
            PHYSICAL,
        ),
    ],
    ids=["no groups", "no limit", "version 2", "version 1", "a container", "more than there is"],
)
def test_memory_is_the_machines_or_its_groups(tmp_path, files: dict, expected: int) -> None:
    assert memory_mb(write(tmp_path, files)) == expected


def test_the_processor_has_a_name() -> None:
    assert processor().strip()
