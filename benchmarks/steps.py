"""The step: what the loop costs beyond it, and how near it comes to the machine's peak."""

from __future__ import annotations

from functools import partial

from benchmarks.bench import Bench
from benchmarks.processes import alternate, ratios
from benchmarks.subjects import RESNET18, RESNET20, SIMPLE

GROUP = "step"
MEASURES = ((SIMPLE, 1.08), (RESNET20, 1.02), (RESNET18, 1.01))
PEAK = 0.75


def measure(bench: Bench) -> None:
    """Measure loop, bare step and convolutions in one process, taking turns."""
    for subject, goal in MEASURES:
        threads = subject.threads()
        names = ["loop", "bare"] + (["peak"] if subject is RESNET18 else [])
        with bench.ours(subject, threads) as worker:
            for name in names:
                worker.ask(name, 0.0, bench.steps)
            rates = alternate(
                {name: partial(bench.run, worker, name) for name in names},
                bench.rounds + 2,
            )
        where = f"1 x {threads}"
        bench.table.add(
            GROUP, subject.title, "loop / bare step, time", ratios(rates["bare"], rates["loop"]),
            "x", bound="at most", goal=goal, threads=where,
        )  # fmt: skip
        if "peak" in rates:
            peak = [rate / 1e9 for rate in rates["peak"]]
            step = [rate * subject.flops / 1e9 for rate in rates["loop"]]
            bench.table.add(GROUP, "convolution 3x3, 256 channels", "peak", peak, "GFLOP/s",
                            threads=where)  # fmt: skip
            bench.table.add(
                GROUP, subject.title, "training / convolution peak", ratios(step, peak), "",
                bound="at least", goal=PEAK, threads=where,
            )  # fmt: skip
