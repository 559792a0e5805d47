"""What Slurm would refuse, asked before any job is submitted.

Of a group of jobs that `sbatch` refuses, Snakemake shows no reason, and of single jobs it shows one
for every job and attempt.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from regrade.errors import UserError

if TYPE_CHECKING:
    from snakemake_executor_plugin_slurm import ExecutorSettings
    from snakemake_interface_executor_plugins.jobs import JobExecutorInterface

_MEMORY, _MINUTES = re.compile(r"--mem (\d+) ?"), re.compile(r"-t (\d+) ?")
_UNASKED = re.compile(r"^.*?--comment '' *")
"""The part of the sbatch call that jobs share."""
PATIENCE_S = 60
"""How long Slurm may take for an answer."""


@dataclass(frozen=True)
class Request:
    """What jobs ask Slurm for."""

    names: frozenset[str]
    """Of their rules and groups."""
    call: str
    """`sbatch` with all options but memory and time."""
    mem_mb: int | None
    minutes: int | None

    @property
    def arguments(self) -> list[str]:
        """The whole call."""
        memory = [] if self.mem_mb is None else ["--mem", str(self.mem_mb)]
        time = [] if self.minutes is None else ["-t", str(self.minutes)]
        return [*shlex.split(self.call), *memory, *time]


def request(job: JobExecutorInterface, settings: ExecutorSettings) -> Request:
    """Return the request of a job or group, in the words of Snakemake's Slurm plugin."""
    from snakemake_executor_plugin_slurm.submit_string import get_submit_command
    from snakemake_executor_plugin_slurm.utils import set_gres_string

    accounts = re.split(r"[,\s]+", str(job.resources.get("slurm_account") or "").strip())
    partition = job.resources.get("slurm_partition")
    parameters = {
        "run_uuid": "regrade",
        "slurm_logfile": os.devnull,
        "comment_str": "",
        "workdir": "",
        "account": f"-A {shlex.quote(accounts[0])}" if accounts[0] else "",
        "partition": f"-p {shlex.quote(str(partition))}" if partition else "",
    }
    call = get_submit_command(job, parameters, settings=settings) + set_gres_string(job)
    memory, minutes = _MEMORY.search(call), _MINUTES.search(call)
    return Request(
        frozenset([f"group {job.groupid}" if job.is_group() else f"rule {job.rule.name}"]),
        _MINUTES.sub("", _MEMORY.sub("", call, count=1), count=1),
        int(memory[1]) if memory else None,
        int(minutes[1]) if minutes else None,
    )


def require_accepted(requests: Iterable[Request]) -> None:
    """Ask Slurm whether it would take the largest request of each kind; nothing is submitted.

    Raises
    ------
    UserError
        With Slurm's reason for each kind that it would not take, or when it does not answer.
    """
    refused = [told for asked in _largest(requests) if (told := _refusal(asked))]
    if refused:
        head = (
            "Slurm would not take what the jobs ask for (see the top of profiles/slurm,"
            " --set-resources, and --no-hooks to submit all the same):"
        )
        raise UserError("\n  ".join([head, *refused]))


def _largest(requests: Iterable[Request]) -> list[Request]:
    """Merge requests that differ in memory and time alone."""
    found: dict[str, Request] = {}
    for asked in requests:
        known = found.setdefault(asked.call, asked)
        found[asked.call] = replace(
            known,
            names=known.names | asked.names,
            mem_mb=_larger(known.mem_mb, asked.mem_mb),
            minutes=_larger(known.minutes, asked.minutes),
        )
    return list(found.values())


def _larger(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)


def _refusal(asked: Request) -> str | None:
    arguments = [*asked.arguments, "--test-only", "--wrap=true"]
    try:
        answer = subprocess.run(
            arguments,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=PATIENCE_S,
        )
    except FileNotFoundError:
        raise UserError(
            "there is no sbatch here: profiles/slurm belongs on a login node of a Slurm cluster"
        ) from None
    except subprocess.TimeoutExpired:
        raise UserError(f"Slurm did not answer `sbatch --test-only` in {PATIENCE_S} s") from None
    if not answer.returncode:
        return None
    reasons = dict.fromkeys(line.strip() for line in answer.stderr.splitlines() if line.strip())
    asked_for = _UNASKED.sub("", shlex.join(asked.arguments))
    return f"{', '.join(sorted(asked.names))} ({asked_for}): {'; '.join(reasons)}"
