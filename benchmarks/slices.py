"""A worker's half of a measurement: an endless loop, cut into the slices that are asked for.

The parent writes a request a line, `{"what": "loop", "seconds": 2, "steps": 3}`; the worker runs
that contender for at least so long and so many steps and answers
`{"count": images, "seconds": time}`. Between slices it waits in a read and uses no core, so that
contenders in several processes take turns on the same cores.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TextIO

Contender = Callable[[float, int], dict]
"""Runs for at least so many seconds and steps, and gives `count` and `seconds`."""


class Done(Exception):  # noqa: N818  it is no error
    """The parent has no more requests."""


class Slices:
    """Stops a training loop between two steps, from its own callback, until the next request.

    So the loop is measured as it is: over real epochs, with nothing restarted between slices.
    """

    def __init__(
        self, requests: TextIO, answers: TextIO, synchronize: Callable[[], None] = lambda: None
    ) -> None:
        self.requests = requests
        self.answers = answers
        self.synchronize = synchronize
        self.others: dict[str, Contender] = {}
        """Contenders that run between two steps of the loop, in the same process."""
        self.clock = time.perf_counter

    def start(self, **facts: object) -> None:
        """Tell the parent that everything is built, and wait for the first request."""
        self._answer(facts)
        self._wait()

    def step(self, count: int) -> None:
        """Count a step of the loop; at the end of a slice, answer and wait for the next."""
        self.count += count
        self.steps += 1
        if self.steps < self.least or self.clock() < self.until:
            return
        self.synchronize()
        self._answer({"count": self.count, "seconds": self.clock() - self.began})
        self._wait()

    def _wait(self) -> None:
        while True:
            line = self.requests.readline()
            if not line:
                raise Done
            request = json.loads(line)
            if request["what"] == "loop":
                break
            self._answer(self.others[request["what"]](request["seconds"], request["steps"]))
        self.count = self.steps = 0
        self.least = request["steps"]
        self.synchronize()
        self.began = self.clock()
        self.until = self.began + request["seconds"]

    def _answer(self, facts: dict) -> None:
        self.answers.write(json.dumps(facts) + "\n")
        self.answers.flush()


def repeating(step: Callable[[], int], synchronize: Callable[[], None] = lambda: None) -> Contender:
    """Make a contender of a step that gives its count."""

    def run(seconds: float, steps: int) -> dict:
        synchronize()
        began = time.perf_counter()
        count = done = 0
        while done < steps or time.perf_counter() < began + seconds:
            count += step()
            done += 1
        synchronize()
        return {"count": count, "seconds": time.perf_counter() - began}

    return run
