"""A GPU: images a second against the student and the bare step, the peak, and how many runs fit."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from benchmarks.bench import Bench
from benchmarks.processes import alternate, ratios, together
from benchmarks.rows import Table, markdown
from benchmarks.subjects import ALEXNET, RESNET18, RESNET20, SIMPLE, Subject, cores
from benchmarks.training import best_student

GROUP = "gpu"
NETWORKS = (RESNET18, RESNET20, SIMPLE, ALEXNET)
BATCHES = (32, 64, 128)
PACKED = (SIMPLE, RESNET20)
MOST_RUNS = 8
ROUNDS = 3
SECONDS = 1.0


def measure(bench: Bench, device: str) -> None:
    """Measure a GPU in under eight minutes; on `cpu` only a tiny form, to try the script."""
    tiny = device == "cpu"
    bench = replace(
        bench,
        device=device,
        rounds=1 if tiny else ROUNDS,
        seconds=0.1 if tiny else SECONDS,
        steps=1 if tiny else 5,
    )
    with bench.matrices(512 if tiny else 8192) as worker:
        facts = worker.facts
        name = facts["device"] if not tiny else f"{bench.table.device} (trial)"
        table = Table(bench.table.path, name, bench.table.versions + _cuda(facts))
        bench = replace(bench, table=table)
        peaks = alternate(
            {"float32": lambda: bench.run(worker), "bf16": lambda: bench.run(worker, "bf16")},
            bench.rounds,
        )
    for precision, rates in peaks.items():
        table.add(GROUP, "matrix product", f"peak, {precision}", [r / 1e12 for r in rates],
                  "TFLOP/s")  # fmt: skip
    peak = max(peaks["float32"])
    for subject in (SIMPLE,) if tiny else NETWORKS:
        for batch in BATCHES[:1] if tiny else BATCHES:
            _measure_network(bench, subject, batch, peak)
    for subject in PACKED[:1] if tiny else PACKED:
        _measure_packing(bench, subject, 2 if tiny else min(MOST_RUNS, cores()))
    path = table.path.with_name("benchmarks-gpu.md")
    path.write_text(markdown(row for row in table.rows if row.group == GROUP), encoding="utf-8")
    print(path)


def _measure_network(bench: Bench, subject: Subject, batch: int, peak: float) -> None:
    what = f"{subject.title}, batch {batch}"
    with ExitStack() as stack:
        ours = stack.enter_context(bench.ours(subject, 1, batch=batch))
        choices = (0, max(1, min(8, cores() - 1)))
        student, workers = best_student(bench, subject, stack, batch, choices)
        for name in ("loop", "bare"):
            ours.ask(name, 0.0, bench.steps)
        rates = alternate(
            {
                "ours": lambda: bench.run(ours),
                "bare step": lambda: bench.run(ours, "bare"),
                "student": lambda: bench.run(student),
            },
            bench.rounds,
        )
    notes = {"student": f"{workers} loader workers"}
    for side, values in rates.items():
        bench.table.add(GROUP, what, side, values, "images/s", note=notes.get(side, ""))
    bench.table.add(GROUP, what, "ours / student", ratios(rates["ours"], rates["student"]), "x")
    bench.table.add(GROUP, what, "loop / bare step, time",
                    ratios(rates["bare step"], rates["ours"]), "x")  # fmt: skip
    shares = [rate * subject.flops / peak for rate in rates["ours"]]
    bench.table.add(GROUP, what, "ours / float32 matrix peak", shares, "")


def _measure_packing(bench: Bench, subject: Subject, most: int) -> None:
    """Let 1, 2, 4, ... runs share the device, and compare their total with that of one."""
    with ExitStack() as stack:
        runs = [stack.enter_context(bench.ours(subject, 1, number=n)) for n in range(most)]
        together(runs, 0.0, bench.steps)
        numbers = [n for n in (1, 2, 4, 8) if n <= most]
        totals = alternate(
            {n: partial(together, runs[:n], bench.seconds, bench.steps) for n in numbers},
            bench.rounds,
        )
    for number, values in totals.items():
        bench.table.add(GROUP, subject.title, f"{number} at once, total", values, "images/s",
                        threads=f"{number} x 1")  # fmt: skip
        bench.table.add(GROUP, subject.title, f"{number} at once / one, total",
                        ratios(values, totals[1]), "x", threads=f"{number} x 1")  # fmt: skip


def _cuda(facts: dict) -> str:
    return f", CUDA {facts['cuda']}" if facts.get("cuda") else ""
