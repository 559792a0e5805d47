"""Kills: of the trainer, of Snakemake and all its jobs, of one job, at random times and writes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults.calls import Site
from tests.faults.outcome import Trial
from tests.support.small_workflow import finish, kill_group, wait_for


def kill_at_a_random_time(site: Site, root: Path, seed: int, seconds: float) -> Trial:
    """SIGKILL a call and everything that it started, as a power cut does.

    Parameters
    ----------
    seconds
        How long an undisturbed call takes.
    """
    space = site.copy(root)
    process = site.begin(space, "")
    _let_run(process, random.Random(seed).uniform(0, seconds))
    kill_group(process)
    return site.again(space, f"SIGKILL at a random time, {site.name}", f"seed {seed}", None)


def kill_at_a_random_write(site: Site, root: Path, seed: int, writes: int) -> Trial:
    """Let a process end at one of its file operations on results, before it happens."""
    number = random.Random(seed).randint(1, writes)
    space = site.copy(root)
    site.run(space, f"kill-at-write:{number}")
    return site.again(space, f"SIGKILL at a random write, {site.name}", f"write {number}", None)


def stop_at_a_random_time(site: Site, root: Path, seed: int, seconds: float) -> Trial:
    """SIGTERM the whole group, as a scheduler does before it kills."""
    space = site.copy(root)
    process = site.begin(space, "")
    _let_run(process, random.Random(seed).uniform(0, seconds))
    _signal_group(process, signal.SIGTERM)
    outcome = finish(process)
    return site.again(space, f"SIGTERM to the group, {site.name}", f"seed {seed}", outcome)


def kill_one_job(site: Site, root: Path, seed: int) -> Trial:
    """SIGKILL the process that trains and nothing else, as the kernel does out of memory."""
    space = site.copy(root)
    process = site.begin(space, "")
    log = site.log(space, "A1")
    epoch = random.Random(seed).randint(1, 40)
    wait_for(log, f"epoch {epoch}/", process)
    for trainer in _holders_of(log):
        os.kill(trainer, signal.SIGKILL)
    outcome = finish(process)
    return site.again(
        space, f"training killed by the kernel, {site.name}", f"epoch {epoch}", outcome
    )


def count_writes(site: Site, root: Path) -> int:
    """Count the file operations on results of an undisturbed call, in its busiest process."""
    told = root.with_suffix(".writes")
    site.run(site.copy(root), f"count-writes:{told}")
    return max(map(int, told.read_text(encoding="utf-8").split()))


def _let_run(process: subprocess.Popen[str], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _holders_of(path: Path) -> Iterator[int]:
    """Yield the processes that have a file open."""
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(link.resolve() == path for link in folder.iterdir()):
                yield int(folder.parent.name)
        except OSError:
            continue  # It ended, or is somebody else's.
