"""The first report after set-up, beside an earlier version's: fresh copies that take turns."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.processes import alternate, plain_environment, ratios
from benchmarks.rows import Bound
from benchmarks.subjects import ROOT

GROUP = "report"
EARLIER = "9bec1b5"
"""The last version that measured each network in a job of its own and previewed every run."""
RECORDED_GOAL_S = 30
ROUNDS = 2
"""A round takes half an hour on two cores."""


@dataclass(frozen=True)
class Version:
    """A version of the project in a folder of its own."""

    name: str
    folder: Path
    recorded: str
    """The setting that makes a report of the records alone."""

    def make(self, *settings: str) -> float:
        """Make a report as on a fresh clone, with nothing compiled or kept; give the seconds."""
        for place in ("results", ".snakemake"):
            shutil.rmtree(self.folder / place, ignore_errors=True)
        for cache in list(self.folder.rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)
        command = [sys.executable, "-m", "snakemake", "--cores", "all"]
        if settings:
            command += ["--config", *settings]
        began = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=plain_environment() | {"PYTHONPATH": str(self.folder / "workflow_scripts")},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(command)} failed:\n{done.stderr[-2000:]}")
        return time.perf_counter() - began


def measure(bench: Bench) -> None:
    """Measure `make report` and `make recorded` after set-up, of the commit at hand and earlier."""
    scratch = bench.scratch / GROUP
    versions = (
        Version("ours", scratch / "ours", "records=only"),
        Version(EARLIER, scratch / EARLIER, "replicates=recorded"),
    )
    for version, commit in zip(versions, ("HEAD", EARLIER), strict=True):
        _check_out(commit, version.folder)
    rounds = min(bench.rounds, ROUNDS)
    reports = alternate({one.name: one.make for one in versions}, rounds)
    _add(bench, "make report", reports)
    recorded = alternate({one.name: partial(one.make, one.recorded) for one in versions}, rounds)
    _add(bench, "make recorded", recorded, goal=RECORDED_GOAL_S)


def _check_out(commit: str, folder: Path) -> None:
    """Copy a commit's files into a folder; the repository's own state stays as it is."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", commit], cwd=ROOT, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=archive, check=True)


def _add(
    bench: Bench, what: str, times: Mapping[str, list[float]], goal: float | None = None
) -> None:
    ours, earlier = times["ours"], times[EARLIER]
    note = "fresh copies, nothing compiled, all cores; the environment is there"
    bench.table.add(
        GROUP, what, f"ours / {EARLIER}", ratios(ours, earlier), "x", bound="at most", goal=0.25,
        note=note,
    )  # fmt: skip
    bound: Bound = "at most" if goal else ""
    bench.table.add(GROUP, what, "ours", ours, "s", bound=bound, goal=goal, note=note)
    bench.table.add(GROUP, what, EARLIER, earlier, "s", note=note)
