"""The workflow: what Snakemake takes before anything runs, and when nothing has to run."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.processes import alternate, plain_environment
from benchmarks.subjects import ROOT

GROUP = "workflow"
REPLICATES = 5_000
LONGEST_NAME = 255
"""Of a file; beyond it, Snakemake splits the name into folders."""
LONG_ROUNDS = 3
"""Repetitions of what takes half a minute."""


def measure(bench: Bench) -> None:
    """Measure parsing, and runs in which nothing is to be done."""
    folder = bench.scratch / "workflow"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "config.yaml", folder)
    _measure_parsing(bench, folder)
    replicates = _prepare(folder, seeds=5)
    _measure_nothing_to_do(bench, folder, 5, replicates, bench.rounds, goal=5)
    seeds = -(-REPLICATES * 5 // replicates)
    replicates = _prepare(folder, seeds)
    rounds = min(bench.rounds, LONG_ROUNDS)
    _measure_nothing_to_do(bench, folder, seeds, replicates, rounds, goal=30)
    shutil.rmtree(folder)


def _measure_parsing(bench: Bench, folder: Path) -> None:
    times = alternate(
        {
            "rules": lambda: _time(folder, "--list-rules"),
            "version": lambda: _time(folder, "--version"),
        },
        bench.rounds,
    )
    parsing = [a - b for a, b in zip(times["rules"], times["version"], strict=True)]
    bench.table.add(
        GROUP, "Snakefile", "parsing, all studies", parsing, "s", bound="at most", goal=1,
        note="`--list-rules` less `--version`",
    )  # fmt: skip


def _measure_nothing_to_do(
    bench: Bench, folder: Path, seeds: int, replicates: int, rounds: int, goal: float
) -> None:
    times = [_time(folder, *_options(seeds)) for _ in range(rounds)]
    bench.table.add(
        GROUP, f"full grid, {seeds} seeds", "nothing to do", times, "s",
        bound="at most", goal=goal, note=f"{replicates:,} replicates",
    )  # fmt: skip


def _options(seeds: int) -> list[str]:
    return ["--cores", "1", "--config", "scale=full", f"seeds={seeds}"]


def _prepare(folder: Path, seeds: int) -> int:
    """Make every output of the grid as an empty file that Snakemake holds for its own work.

    Snakemake writes its memory of the first seed, by `--touch`, and of what all seeds go into. In
    between, the other seeds get what it wrote of the first: it would write the same, in minutes.

    Returns
    -------
    The number of replicates.
    """
    print(f"  preparing the outputs of {seeds} seeds", flush=True)
    _make_outputs(folder, 1)
    memory = folder / ".snakemake" / "metadata"
    if not memory.exists():
        _snakemake(folder, "--touch", "--forceall", *_options(1))
    paths = _make_outputs(folder, seeds)
    for record in [path for path in memory.iterdir() if path.is_file()]:
        output = _decode(record)
        if "/seed-0/" in output:
            text = record.read_text(encoding="utf-8")
            for seed in range(1, seeds):
                copy = memory / _encode(output.replace("/seed-0/", f"/seed-{seed}/"))
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(text.replace("/seed-0", f"/seed-{seed}"), encoding="utf-8")
    _snakemake(folder, "--touch", *_options(seeds))
    done = _snakemake(folder, *_options(seeds))
    if "Nothing to be done" not in done.stdout + done.stderr:
        raise RuntimeError(f"Snakemake still sees something to do:\n{done.stderr[-2000:]}")
    return sum(path.name == "history.csv" for path in paths)


def _make_outputs(folder: Path, seeds: int) -> list[Path]:
    """Make all outputs of the grid that are not there yet, and give their paths."""
    lines = _snakemake(folder, "--summary", *_options(seeds)).stdout.splitlines()
    paths = [folder / line.split("\t")[0] for line in lines[1:]]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix:
            path.touch()
        else:
            path.mkdir(exist_ok=True)
    return paths


def _decode(record: Path) -> str:
    """Return the output that a record of Snakemake's memory is of."""
    return base64.urlsafe_b64decode(record.name).decode()


def _encode(output: str) -> Path:
    """Name the record of an output as Snakemake does."""
    name = base64.urlsafe_b64encode(output.encode()).decode()
    if len(name) > LONGEST_NAME:
        raise RuntimeError(f"{output}: its name is too long for this copy of Snakemake's memory")
    return Path(name)


def _time(folder: Path, *arguments: str) -> float:
    began = time.perf_counter()
    _snakemake(folder, *arguments)
    return time.perf_counter() - began


def _snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command: Sequence[str] = [
        sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), *arguments,
    ]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=folder,
        env=plain_environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done
