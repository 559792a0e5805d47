"""The two ways to train that faults are done to: the workflow, and the trainer of a list."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.outcome import Trial, differences, epochs_kept, epochs_told
from tests.support.small_workflow import Outcome, Workspace, finish

INJECTED = Path(__file__).parent / "injected"
JOBS = "jobs.jsonl"
REPLICATES = ("A1", "A2-as-run")
TARGETS = (
    "results/tables/numbers.csv",
    "results/tables/claims.csv",
    *(f"results/runs/small/{run}/seed-0/history.csv" for run in REPLICATES),
)
"""Everything that has numbers, without figures and pages, which take most of a call's time."""


@dataclass(frozen=True)
class Site:
    """A workspace in which one way to train was never disturbed, to be copied for each fault."""

    name: str
    space: Workspace
    begin: Callable[[Workspace, str], subprocess.Popen[str]]
    """Start a call, with a fault inside its process or none."""
    repair: Callable[[Workspace], None]
    """Do what the user is told to do after a power cut."""
    log: Callable[[Workspace, str], Path]
    """Where the training of a run tells of its epochs."""

    @property
    def undisturbed(self) -> Path:
        """The results that every disturbed call must end with."""
        return self.space.root / "results"

    def copy(self, root: Path, *, results: bool = False) -> Workspace:
        """Copy the workspace, with or without its results."""
        without = None if results else shutil.ignore_patterns("results", ".snakemake")
        shutil.copytree(self.space.root, root, symlinks=True, ignore=without)
        return Workspace(root, self.space.data)

    def run(self, space: Workspace, fault: str = "") -> Outcome:
        """Call to the end."""
        return finish(self.begin(space, fault))

    def again(
        self, space: Workspace, fault: str, what: str, outcome: Outcome | None, may_lose: int = 1
    ) -> Trial:
        """Call once more after a fault, and hold everything against the undisturbed results.

        Parameters
        ----------
        fault, what
            Its name, and the seed or place of this one.
        outcome
            How the disturbed call ended, where it could speak.
        may_lose
            Epochs that may be trained twice.
        """
        early = differences(space.root / "results", self.undisturbed, whole=False)
        before = self._told(space)
        self.repair(space)
        final = self.run(space)
        if final.code:
            return Trial(fault, what, early, unclear=f"the next call failed: {final.text[-800:]}")
        late = differences(space.root / "results", self.undisturbed, whole=True)
        unclear = outcome.traceback if outcome else ""
        lost = self._lost(space, before)
        return Trial(fault, what, (*early, *late), lost, may_lose, unclear)

    def _told(self, space: Workspace) -> dict[str, int]:
        """Count the epochs that each training told of, and forget its log."""
        logs = {run: self.log(space, run) for run in REPLICATES}
        counted = {run: epochs_told(log) for run, log in logs.items()}
        for log in logs.values():
            log.unlink(missing_ok=True)
        return counted

    def _lost(self, space: Workspace, before: dict[str, int]) -> int:
        """Return the most epochs that one replicate trained twice."""
        kept = {run: epochs_kept(space.replicate(run)) for run in REPLICATES}
        after = self._told(space)
        return max(0, *(before[run] + after[run] - kept[run] for run in REPLICATES))


def workflow(space: Workspace) -> Site:
    """Return the way of `snakemake`, once it has run undisturbed."""
    site = Site("workflow", space, _begin_workflow, _unlock, Workspace.training_log)
    site.run(space).succeeded()
    return site


def trainer(space: Workspace) -> Site:
    """Return the way of `python -m regrade.training`, once it has run undisturbed."""
    settings = json.dumps({"studies": "studies/small.yaml", "scale": "full", "records": "ignore"})
    exported = space.regrade("export", "--config", settings).succeeded()
    jobs = [line for line in exported.text.splitlines() if line.startswith("{")]
    (space.root / JOBS).write_text("".join(f"{line}\n" for line in jobs), encoding="utf-8")
    site = Site("list trainer", space, _begin_trainer, _nothing, Workspace.training_log)
    site.run(space).succeeded()
    return site


def _begin_workflow(space: Workspace, fault: str) -> subprocess.Popen[str]:
    return space.start_module("snakemake", *space.call(*TARGETS), **_inside(fault))


def _begin_trainer(space: Workspace, fault: str) -> subprocess.Popen[str]:
    places = ("--data", str(space.data), "--results", "results", "--device", "cpu")
    return space.start_module("regrade.training", JOBS, *places, **_inside(fault))


def _inside(fault: str) -> dict[str, Any]:
    return {"packages": [INJECTED], "REGRADE_FAULT": fault} if fault else {}


def _unlock(space: Workspace) -> None:
    if (space.root / ".snakemake").exists():
        space.snakemake("--unlock").succeeded()


def _nothing(space: Workspace) -> None:
    """A power cut leaves nothing that the list trainer's user must undo."""
