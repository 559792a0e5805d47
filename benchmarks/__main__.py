"""Run benchmarks, or write what they gave."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys
import time
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.rows import Table, markdown, read
from benchmarks.subjects import cores
from regrade.machine import processor

GROUPS = ("augmentation", "training", "step", "replicates", "workflow")
ALONE = ("gpu", "report")
"""Groups that are measured only when they are named: they need a GPU, or an hour."""
PACKAGES = ("torch", "torchvision", "pillow", "numba", "snakemake")


def main() -> None:
    """Run the groups that are named (by default all but `gpu` and `report`), or `table`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    choices = (*GROUPS, *ALONE, "table")
    parser.add_argument("what", nargs="*", help=f"of {', '.join(choices)}")
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of a measure")
    parser.add_argument("--seconds", type=float, default=1.5, help="shortest slice")
    parser.add_argument("--device", default="cuda", help="of `gpu`; cpu tries it out")
    arguments = parser.parse_args()
    path = arguments.results / "benchmarks.csv"
    what = arguments.what or list(GROUPS)
    if unknown := set(what).difference(choices):
        parser.error(f"no group {', '.join(sorted(unknown))}; there are: {', '.join(choices)}")
    if what == ["table"]:
        print(markdown(read(path)))
        return
    table = Table(path, cpu_name(), versions())
    scratch = (arguments.results / "bench").resolve()
    bench = Bench(table, scratch, arguments.rounds, arguments.seconds)
    began = time.monotonic()
    for group in what:
        print(f"{group} ({time.monotonic() - began:.0f} s so far)", flush=True)
        measure(group, bench, arguments.device)
    print(f"{path} ({time.monotonic() - began:.0f} s)")
    print(markdown(read(path)))


def measure(group: str, bench: Bench, device: str) -> None:
    """Run a group. What it needs is imported when its turn comes."""
    if group == "gpu":
        from benchmarks import gpu

        gpu.measure(bench, device)
        return
    from benchmarks import augmentation, first_report, replicates, steps, training, workflow

    rooms = (augmentation, training, steps, replicates, workflow, first_report)
    {room.GROUP: room for room in rooms}[group].measure(bench)


def versions() -> str:
    """Name Python and the packages that decide speed."""
    found = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return ", ".join([f"Python {platform.python_version()}", *found])


def cpu_name() -> str:
    """Name the processor and the cores that this process may use."""
    return f"{processor()}, {cores()} cores"


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; what was measured is kept")
