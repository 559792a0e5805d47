"""The parent's half of a measurement: workers in processes of their own, which take turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from benchmarks.subjects import ROOT
from regrade.training.environment import SETTINGS

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_PROC_BIND", "OMP_WAIT_POLICY")


def plain_environment(threads: int | None = None) -> dict[str, str]:
    """Return the environment of someone who sets nothing, or only the number of threads."""
    wanted = {k: v for k, v in os.environ.items() if k not in SETTINGS and k not in THREADS}
    wanted["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "workflow_scripts")])
    return wanted | ({"OMP_NUM_THREADS": str(threads)} if threads else {})


def our_environment(leases: Path) -> dict[str, str]:
    """Return the environment that the workflow gives to its jobs.

    Parameters
    ----------
    leases
        Where the jobs that run at the same time lease their cores.
    """
    return plain_environment() | SETTINGS | {"TMPDIR": str(leases)}


Contender = TypeVar("Contender")
"""What a contender is called: by a name, or by how many run at once."""


class Worker:
    """A contender in a process of its own."""

    def __init__(self, kind: str, environment: Mapping[str, str], log: Path, **spec: Any) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.worker", json.dumps({"kind": kind, **spec})],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                encoding="utf-8",
                env=dict(environment),
                cwd=ROOT,
            )
        assert self.process.stdin and self.process.stdout  # both are pipes
        self._requests, self._answers = self.process.stdin, self.process.stdout
        self._facts: dict[str, Any] | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What the worker tells when it is built; waits for it."""
        if self._facts is None:
            self._facts = self.receive()
        return self._facts

    def __enter__(self) -> Self:
        """Let the worker live as long as the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker: politely, then not."""
        self._requests.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._answers.close()

    def send(self, what: str, seconds: float, steps: int) -> None:
        """Ask for a slice without waiting for it."""
        assert self.facts is not None  # it is built before its first slice begins
        self._requests.write(json.dumps({"what": what, "seconds": seconds, "steps": steps}))
        self._requests.write("\n")
        self._requests.flush()

    def receive(self) -> dict[str, Any]:
        """Wait for an answer.

        Raises
        ------
        RuntimeError
            When the worker has died, with its exit status and the end of what it said.
        """
        line = self._answers.readline()
        if not line:
            status = self.process.wait(timeout=20)
            said = self.log.read_text(encoding="utf-8").strip().splitlines()[-12:]
            raise RuntimeError("\n".join([f"{self.log}: the worker ended ({status})", *said]))
        return json.loads(line)

    def ask(self, what: str = "loop", seconds: float = 2.0, steps: int = 2) -> dict[str, Any]:
        """Run a slice."""
        self.send(what, seconds, steps)
        return self.receive()

    def rate(self, what: str = "loop", seconds: float = 2.0, steps: int = 2) -> float:
        """Run a slice and give its count a second."""
        answer = self.ask(what, seconds, steps)
        return answer["count"] / answer["seconds"]


def together(workers: Iterable[Worker], seconds: float = 2.0, steps: int = 2) -> float:
    """Run a slice of several workers at once and give the sum of their rates."""
    workers = list(workers)
    for worker in workers:
        worker.send("loop", seconds, steps)
    answers = [worker.receive() for worker in workers]
    return sum(answer["count"] / answer["seconds"] for answer in answers)


def alternate(
    contenders: Mapping[Contender, Callable[[], float]], rounds: int
) -> dict[Contender, list[float]]:
    """Let contenders take turns: so many rounds, in which each runs one slice.

    Every other round goes backwards, so that a steady drift of the machine favours nobody. A
    ratio is taken round by round: its slices lie seconds apart.
    """
    rates: dict[Contender, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders)
        for name in names if number % 2 == 0 else reversed(names):
            rates[name].append(contenders[name]())
    return rates


def ratios(above: Iterable[float], below: Iterable[float]) -> list[float]:
    """Divide the rates of two contenders, round by round."""
    return [a / b for a, b in zip(above, below, strict=True)]
