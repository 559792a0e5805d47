"""Training: images a second of the whole machine, ours against the student's loop."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from benchmarks.bench import Bench
from benchmarks.processes import Worker, alternate, ratios, together
from benchmarks.subjects import CNN, MLP, MOBILE, RESNET18, RESNET20, SIMPLE, Subject, cores

GROUP = "training"
FLOAT32: tuple[tuple[Subject, float], ...] = (
    (SIMPLE, 3.0), (CNN, 2.0), (MOBILE, 1.8), (MLP, 1.5), (RESNET20, 1.5), (RESNET18, 1.5),
)  # fmt: skip
BF16 = {RESNET18.title: 2.3, MLP.title: 4.0}
STUDENT_WORKERS = (0, 2)


def measure(bench: Bench) -> None:
    """Measure every network in float32, and those with a goal in bf16."""
    for subject, goal in FLOAT32:
        _measure(bench, subject, goal)


def _measure(bench: Bench, subject: Subject, goal: float) -> None:
    threads = subject.threads()
    runs = max(1, cores() // threads)
    with ExitStack() as stack:
        student, workers = best_student(bench, subject, stack)

        def fleet(precision: str) -> list[Worker]:
            return [
                stack.enter_context(
                    bench.ours(subject, threads, precision=precision, number=number)
                )
                for number in range(runs)
            ]

        fleets = {"float32": fleet("float32")}
        if subject.title in BF16:
            fleets["bf16"] = fleet("bf16")
        for fleet_ in fleets.values():
            together(fleet_, 0.0, bench.steps)  # first steps choose kernels and fill the heap
        contenders = {"student": lambda: bench.run(student)} | {
            precision: lambda found=found: together(found, bench.seconds, bench.steps)
            for precision, found in fleets.items()
        }
        rates = alternate(contenders, bench.rounds)
        trained = fleets["float32"][0].facts["threads"]
        refused = {p for p, found in fleets.items() if found[0].facts["precision"] != p}
        defaults = f"1 x {student.facts['threads']}"
    bench.table.add(
        GROUP, subject.title, "student", rates["student"], "images/s",
        threads=defaults, note=f"{workers} loader workers",
    )  # fmt: skip
    for precision, wanted in (("float32", goal), ("bf16", BF16.get(subject.title))):
        if precision in fleets and precision not in refused:
            ours, where = rates[precision], f"{runs} x {trained}"
            bench.table.add(
                GROUP, subject.title, f"ours, {precision}", ours, "images/s", threads=where
            )
            bench.table.add(
                GROUP, subject.title, f"ours / student, {precision}",
                ratios(ours, rates["student"]), "x",
                bound="at least", goal=wanted, threads=f"{where}, {defaults}",
            )  # fmt: skip


def best_student(
    bench: Bench, subject: Subject, stack: ExitStack, batch: int | None = None,
    choices: tuple[int, ...] = STUDENT_WORKERS,
) -> tuple[Worker, int]:  # fmt: skip
    """Return the faster of the student's loops, without and with loader workers, and how many.

    Both take turns twice behind a warm-up; the faster one by its best slice goes on.
    """
    found = {workers: bench.student(subject, workers, batch) for workers in choices}
    for worker in found.values():
        stack.enter_context(worker)
    for worker in found.values():
        worker.ask("loop", 0.0, bench.steps)
    trials = alternate({n: partial(bench.run, w) for n, w in found.items()}, 2)
    best = max(trials, key=lambda workers: max(trials[workers]))
    for workers, worker in found.items():
        if workers != best:
            worker.__exit__()
    return found[best], best
