"""A copy of the workflow with one tiny study, and what the tests of the workflow do with it."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.protocol import protocol_text

PROJECT = Path(__file__).resolve().parents[2]
PARTS = (
    "Snakefile",
    "workflow",
    "config.yaml",
    "rules",
    "workflow_scripts",
    "profiles",
    "report",
    "envs",
)
LIMIT_S = 300
"""No call of these tests may take longer; the longest takes seconds."""

SUBSET = {"training_images": 600, "test_images": 200}
STUDY = """\
study: small
report: {title: Small, author: A, course: C, summary: S, sources: [s]}
tolerances: {accuracy: 0.02, loss: 0.1, time: 0.5, reason: because}
"""
STUDY += protocol_text(
    # All images of the tiny data set: with less than a recipe's images nothing is decided.
    subset=SUBSET,
    split={"kind": "random", "validation": 100, "seed": 1},
    batches={"training": 50, "evaluation": 100},
    model="net",
    optimizer={"kind": "sgd", "learning_rate": 0.02, "momentum": 0.9},
    selection={"kind": "best_validation_accuracy", "test": True},
)
STUDY += """\
architectures:
  net:
    kind: chain
    layers:
      - {kind: conv, channels: 4, kernel: 5, stride: 4}
      - {kind: relu}
      - {kind: flatten}
      - {kind: linear, features: classes}
runs:
  A1:
    title: long
    recipe: {stop: {epochs: 60}}
    published:
      numbers:
        - {quantity: max(validation_accuracy), printed: "0.61", unit: fraction, source: text}
  A2:
    title: text and evidence disagree
    variants:
      as-told: {stop: {epochs: 60}}
      as-run: {stop: {epochs: 2}}
displays:
  figure-1: {kind: loss_and_accuracy, title: A1, runs: [A1], source: figure}
  table-1: {kind: table, title: All, runs: [A1, A2], quantities: [parameters], source: table}
claims:
  longer-is-better:
    sentence: The longer run reaches the lower training loss.
    predicate: min(A1.train_loss) < min(A2.train_loss)
    source: text
"""
"""Two trainings, A1 and A2 as run; A2 as told repeats the recipe of A1."""
TRAINED = {"A1, seed 0", "A2-as-run, seed 0"}
ONE_EPOCH_LESS = ("as-run: {stop: {epochs: 2}}", "as-run: {stop: {epochs: 1}}")


@dataclass(frozen=True)
class Outcome:
    """How a call ended, and everything that it said."""

    code: int
    text: str

    def succeeded(self) -> Outcome:
        """Return the outcome itself, which must be good."""
        assert self.code == 0, self.text
        return self

    @property
    def traceback(self) -> str:
        """The end of what was said, where its user saw a traceback instead of a message."""
        return self.text[-800:] if "Traceback" in self.text else ""

    @property
    def jobs(self) -> list[str]:
        """What the jobs that were planned or run say of themselves."""
        return re.findall(r"^ *Job \d+: (.+)$", self.text, re.MULTILINE)

    @property
    def trainings(self) -> set[str]:
        """The replicates that were planned or trained, such as `A1, seed 0`."""
        start = "Training small/"
        return {job.removeprefix(start) for job in self.jobs if job.startswith(start)}


class Workspace:
    """A folder with the workflow's own files, the tiny study and nothing else."""

    def __init__(self, root: Path, data: Path) -> None:
        self.root = root
        self.data = data
        self.study = root / "studies" / "small.yaml"

    @classmethod
    def create(cls, root: Path, data: Path) -> Workspace:
        """Copy the workflow into a fresh folder."""
        without = shutil.ignore_patterns("__pycache__", "*.egg-info")
        for part in PARTS:
            source = PROJECT / part
            if source.is_dir():
                shutil.copytree(source, root / part, ignore=without)
            else:
                root.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, root / part)
        space = cls(root, data)
        space.study.parent.mkdir()
        space.study.write_text(STUDY)
        return space

    def copy(self, root: Path) -> Workspace:
        """Copy everything, times and Snakemake's memory included."""
        shutil.copytree(self.root, root, symlinks=True)
        return Workspace(root, self.data)

    def edit(self, place: Path | str, old: str, new: str) -> None:
        """Replace a piece of a file that stands there exactly once."""
        path = self.root / place
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {place}"
        path.write_text(text.replace(old, new))

    def snakemake(self, *arguments: str, **config: object) -> Outcome:
        """Run Snakemake to its end."""
        return finish(self.start(*arguments, **config))

    def plan(self, *arguments: str, **config: object) -> Outcome:
        """Let Snakemake tell what it would do."""
        return self.snakemake("--dry-run", *arguments, **config)

    def start(self, *arguments: str, **config: object) -> subprocess.Popen[str]:
        """Start Snakemake as the leader of a process group, with its own lines about every job."""
        return self._snakemake("--printshellcmds", *arguments, **config)

    def quietly(self, *arguments: str, **config: object) -> Outcome:
        """Run Snakemake to its end as users see it, with one line of progress."""
        return finish(self._snakemake(*arguments, **config))

    def _snakemake(self, *arguments: str, **config: object) -> subprocess.Popen[str]:
        return self.start_module("snakemake", *self.call(*arguments, **config))

    def call(self, *arguments: str, **config: object) -> list[str]:
        """Return the arguments of a call of Snakemake."""
        settings = {"scale": "full", "data": self.data, "device": "cpu", **config}
        told = (f"{key}={value}" for key, value in settings.items())
        return ["--cores", "2", *arguments, "--config", *told]

    def regrade(self, *arguments: str) -> Outcome:
        """Run the command line of the package."""
        return finish(self.start_module("regrade", *arguments))

    def start_module(
        self, module: str, *arguments: str, packages: Sequence[Path] = (), **environment: str
    ) -> subprocess.Popen[str]:
        """Start a module of the package, of the environment or of further folders of packages."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE")}
        # The copy's own package, and the project's for a workflow that has no copy.
        own = [root / "workflow_scripts" for root in (self.root, PROJECT)]
        path = os.pathsep.join(map(str, [*packages, *own]))
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env=inherited | {"PYTHONPATH": path} | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def replicate(self, run: str, seed: int = 0, results: str = "results") -> Path:
        """Folder of a replicate."""
        return self.root / results / "runs" / "small" / run / f"seed-{seed}"

    def training_log(self, run: str, seed: int = 0) -> Path:
        """Log of a training."""
        return self.root / "results" / "logs" / "train" / "small" / run / f"seed-{seed}.log"


def finish(process: subprocess.Popen[str]) -> Outcome:
    """Wait for the end of a call."""
    try:
        text, _ = process.communicate(timeout=LIMIT_S)
    finally:
        kill_group(process)
    return Outcome(process.returncode, text)


def kill_group(process: subprocess.Popen) -> None:
    """Kill a process and all its children, as a power cut would, and wait for its end."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(LIMIT_S)


def wait_for(path: Path, text: str, process: subprocess.Popen | None = None) -> None:
    """Wait until a file holds a text; fail when the process ends before that."""
    until(lambda: path.exists() and text in path.read_text(), process, f"{text!r} in {path}")


def until(
    happened: Callable[[], object],
    process: subprocess.Popen[str] | None = None,
    what: str = "what was waited for",
) -> object:
    """Wait for something; fail when the process ends before it."""
    deadline = time.monotonic() + LIMIT_S
    while not (found := happened()):
        if process is not None:
            assert process.poll() is None, f"ended without {what}:\n{process.stdout.read()}"
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.005)
    return found


def read_rows(path: Path, *, without: str = "") -> list[dict[str, str]]:
    """Read a table, leaving out a column."""
    with path.open(newline="") as file:
        return [{k: v for k, v in row.items() if k != without} for row in csv.DictReader(file)]


def written(folder: Path) -> dict[str, int]:
    """When each file below a folder was written."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in paths}


def assert_told(outcome: Outcome, *pieces: str) -> None:
    """The user was told what is wrong, and nothing of our insides."""
    assert outcome.code != 0, outcome.text
    assert "Traceback" not in outcome.text, outcome.text
    for piece in pieces:
        assert piece in outcome.text, f"{piece!r} is not in:\n{outcome.text}"
