"""Two calls at once on the same results, clocks that jump, memory that ends."""

from __future__ import annotations

import random
import resource
from pathlib import Path

from tests.faults.calls import Site
from tests.faults.outcome import Trial
from tests.support.small_workflow import finish

MIB = 2**20


def call_twice(site: Site, root: Path, seed: int) -> Trial:
    """Start two calls on the same results; whichever comes too late may be refused."""
    space = site.copy(root)
    first, second = site.begin(space, ""), site.begin(space, "")
    outcomes = [finish(process) for process in (first, second)]
    unclear = [outcome for outcome in outcomes if outcome.code and outcome.traceback]
    return site.again(
        space, f"two calls at once, {site.name}", f"seed {seed}", next(iter(unclear), None)
    )


def jump(site: Site, root: Path, seed: int) -> Trial:
    """Let the clock jump by up to a day whenever somebody asks for the time."""
    space = site.copy(root)
    outcome = site.run(space, "jumping-clock")
    if outcome.code:
        return Trial(f"clock that jumps, {site.name}", f"seed {seed}", unclear=outcome.text[-800:])
    return site.again(space, f"clock that jumps, {site.name}", f"seed {seed}", outcome)


def run_out_of_memory(site: Site, root: Path, seed: int) -> Trial:
    """Limit the memory of a call's processes to too little, by another amount each time."""
    space, limit = site.copy(root), random.Random(seed).randint(300, 1_500) * MIB
    process = site.begin(space, "")
    resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))
    finish(process)
    # What a library says when it gets no memory is not ours to word.
    return site.again(space, f"too little memory, {site.name}", f"{limit // MIB} MiB", None)
