"""What a Slurm site refuses, asked before any job is submitted.

Of a group of jobs that `sbatch` refuses, Snakemake shows no reason, and of single jobs it shows one
for every job and attempt.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from regrade.errors import UserError

_OPTIONS = {
    "slurm_partition": "--partition",
    "slurm_account": "--account",
    "constraint": "--constraint",
    "qos": "--qos",
    "gres": "--gres",
}
"""Resources that `sbatch` takes as they are."""


@dataclass(frozen=True)
class Request:
    """What jobs of a rule ask Slurm for."""

    rule: str
    options: tuple[str, ...]
    mem_mb: int
    minutes: int

    @property
    def arguments(self) -> list[str]:
        """The same for `sbatch`."""
        return [*self.options, f"--mem={self.mem_mb}", f"--time={self.minutes}"]


def request(rule: str, threads: int, resources: Mapping[str, object]) -> Request:
    """Give the request of a job with such resources, as Snakemake's Slurm plugin writes it."""
    options = [f"--cpus-per-task={threads}"]
    options += [
        f"{option}={resources[name]}" for name, option in _OPTIONS.items() if resources.get(name)
    ]
    if resources.get("gpu"):
        model = resources.get("gpu_model")
        options.append(f"--gpus={f'{model}:' if model else ''}{resources['gpu']}")
    options += shlex.split(str(resources.get("slurm_extra") or ""))
    memory, minutes = (int(resources.get(name) or 0) for name in ("mem_mb", "runtime"))
    return Request(rule, tuple(options), memory, minutes)


def require_accepted(requests: Iterable[Request]) -> None:
    """Ask Slurm whether it would take the largest request of each kind; nothing is submitted.

    Raises
    ------
    UserError
        With Slurm's reason for each kind that it refuses, or when there is no Slurm here.
    """
    refused = [told for asked in _largest(requests) if (told := _refusal(asked))]
    if refused:
        raise UserError(
            "\n  ".join(
                [
                    "Slurm refuses what the jobs ask for (see the top of profiles/slurm and"
                    " --set-resources):",
                    *refused,
                ]
            )
        )


def _largest(requests: Iterable[Request]) -> list[Request]:
    """Merge requests that differ in memory and time alone."""
    found: dict[tuple[str, tuple[str, ...]], Request] = {}
    for asked in requests:
        kind = (asked.rule, asked.options)
        known = found.setdefault(kind, asked)
        found[kind] = replace(
            known,
            mem_mb=max(known.mem_mb, asked.mem_mb),
            minutes=max(known.minutes, asked.minutes),
        )
    return list(found.values())


def _refusal(asked: Request) -> str | None:
    command = ["sbatch", "--test-only", "--output=/dev/null", *asked.arguments, "--wrap=true"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UserError(
            "there is no sbatch here: profiles/slurm belongs on a login node of a Slurm cluster"
        ) from None
    if not answer.returncode:
        return None
    reasons = dict.fromkeys(line.strip() for line in answer.stderr.splitlines() if line.strip())
    return f"{asked.rule} ({shlex.join(asked.arguments)}): {'; '.join(reasons)}"
