"""Replicates: two at once, their checkpoints, their memory, and what starting one costs."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.processes import alternate, our_environment, ratios, together
from benchmarks.subjects import ALEXNET, RESNET18, ROOT, SIMPLE, Subject, cores
from regrade.studies.execution import Budget

GROUP = "replicates"
MEMORY_IMAGES = 10_000
MEMORY_EPOCHS = 12
GROWTH_IMAGES, GROWTH_EPOCHS = 128, 400
"""Many small epochs: what one leaves behind is far below a page of memory."""
SETTLING_EPOCHS = 2_000
"""Until then the allocator takes a page now and then."""


def measure(bench: Bench) -> None:
    """Measure all of it."""
    measure_two(bench)
    measure_checkpoint(bench)
    measure_memory(bench)
    measure_start(bench)


def measure_two(bench: Bench) -> None:
    """Let a run train alone and beside a second one, a thread each."""
    if cores() < 2:
        print("  two runs at once: left out, this process has one core", flush=True)
        return
    with ExitStack() as stack:
        pair = [stack.enter_context(bench.ours(SIMPLE, 1, number=n)) for n in range(2)]
        together(pair, bench.seconds, bench.steps)
        rates = alternate(
            {
                "one": lambda: bench.run(pair[0]),
                "two": lambda: together(pair, bench.seconds, bench.steps),
            },
            bench.rounds,
        )
    bench.table.add(
        GROUP, SIMPLE.title, "two runs at once / one, total", ratios(rates["two"], rates["one"]),
        "x", bound="at least", goal=1.9, threads="2 x 1, 1 x 1",
    )  # fmt: skip


def measure_checkpoint(bench: Bench) -> None:
    """Compare writing a checkpoint with the time of the epoch that it follows."""
    threads = RESNET18.threads()
    with bench.ours(RESNET18, threads, adam=True) as worker:
        worker.ask("loop", 0.0, bench.steps)
        worker.ask("save", 0.0, 1)
        images = worker.facts["images"]
        rates = alternate(
            {
                "epoch": lambda: bench.run(worker) / images,
                "save": lambda: worker.rate("save", 0.0, 1),
            },
            bench.rounds,
        )
    shutil.rmtree(bench.scratch / "checkpoint", ignore_errors=True)
    subject = f"{RESNET18.title} with Adam"
    bench.table.add(GROUP, subject, "safe checkpoint", [1 / r for r in rates["save"]], "s")
    bench.table.add(
        GROUP, subject, "safe checkpoint / epoch, time",
        [100 * ratio for ratio in ratios(rates["epoch"], rates["save"])], "%",
        bound="at most", goal=1, threads=f"1 x {threads}", note=f"{images} images an epoch",
    )  # fmt: skip


def measure_memory(bench: Bench) -> None:
    """Watch the resident memory of a replicate over epochs."""
    with bench.memory(SIMPLE, MEMORY_IMAGES) as worker:
        told = []
        for _ in range(MEMORY_EPOCHS):
            worker.ask("loop", 0.0, 1)
            told.append(worker.ask("memory", 0.0, 1))
    mega = 2**20
    note = f"after {MEMORY_EPOCHS} epochs of {MEMORY_IMAGES} images"
    last = told[-1]
    bench.table.add(GROUP, SIMPLE.title, "memory after the imports", [last["imported"] / mega],
                    "MiB", threads="1 x 1")  # fmt: skip
    beyond = (last["resident"] - last["data"] - last["state"]) / mega
    bench.table.add(GROUP, SIMPLE.title, "memory beyond data and model state", [beyond], "MiB",
                    threads="1 x 1", note=note)  # fmt: skip
    with bench.memory(SIMPLE, GROWTH_IMAGES) as worker:
        resident = []
        for number in range(bench.rounds + 1):
            worker.ask("loop", 0.0, GROWTH_EPOCHS if number else SETTLING_EPOCHS)
            resident.append(worker.ask("memory", 0.0, 1)["resident"])
    growth = [(b - a) / GROWTH_EPOCHS for a, b in itertools.pairwise(resident)]
    bench.table.add(
        GROUP, SIMPLE.title, "growth of memory an epoch", growth, "B",
        bound="at most", goal=0, threads="1 x 1",
        note=f"trainer and evaluator, {GROWTH_EPOCHS} epochs a round after {SETTLING_EPOCHS}; the"
        " history's row, about 500 B, comes on top",
    )  # fmt: skip


def measure_start(bench: Bench) -> None:
    """Time whole jobs that have next to nothing to train: one batch, one epoch."""
    for subject, note in ((SIMPLE, "no compiled augmentation"), (ALEXNET, "TrivialAugmentWide")):
        times = []
        for number in range(bench.rounds + 1):
            folder = bench.scratch / "jobs" / f"{subject.run}-{number}"
            shutil.rmtree(folder, ignore_errors=True)
            times.append(_run_job(bench, subject, folder))
            shutil.rmtree(folder, ignore_errors=True)
        bench.table.add(
            GROUP, subject.title, "a job with one batch: imports, data, network, files",
            times[1:], "s", bound="at most", goal=3 if subject is SIMPLE else None,
            threads="1 x 1", note=f"{note}; the first job, {times[0]:.1f} s, is left out",
        )  # fmt: skip


def _run_job(bench: Bench, subject: Subject, folder: Path) -> float:
    batch = subject.recipe().batches.training
    budget = Budget(
        "preview", epochs=1, train_images=batch, scored_images=batch, test_images=batch, share=0.0
    )
    job = {
        "study": subject.study, "run": subject.run, "seed": 0, "dataset": subject.dataset,
        "recipe": subject.resolved.recipe_json, "budget": asdict(budget), "precision": "float32",
    }  # fmt: skip
    folder.mkdir(parents=True)
    jobs = folder / "jobs.jsonl"
    jobs.write_text(json.dumps(job) + "\n", encoding="utf-8")
    data = bench.data(subject).parent
    command = [sys.executable, "-m", "regrade.training", str(jobs), "--data", str(data)]
    command += ["--results", str(folder), "--device", "cpu"]
    began = time.perf_counter()
    with (bench.scratch / "logs" / "job.log").open("w", encoding="utf-8") as log:
        subprocess.run(
            command, env=our_environment(folder), cwd=ROOT, check=True, stdout=log, stderr=log
        )
    return time.perf_counter() - began
