"""Do every fault many times and print a table; fails if any number was wrong.

    python -m tests.faults                  # all: some ten minutes on two cores
    python -m tests.faults --share 0.2      # a fifth of the trials
    python -m tests.faults --seed 7         # the trials of another call, again

Needs root for the faults of disks (mounting a small file system); says so where it may not.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.faults.outcome import Trial, table
from tests.faults.plan import Fault, planned, sites
from tests.support.tiny_data import write_tiny_data

AT_ONCE = 2


def main() -> int:
    """Return 0 if all trials ended with the undisturbed numbers."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="of all random choices (default: by chance)")
    parser.add_argument("--share", type=float, default=1.0, help="of the trials of each fault")
    parser.add_argument("--only", default="", help="faults whose names hold this text")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="regrade-faults-") as folder:
        root = Path(folder)
        data = write_tiny_data(root / "data").parent
        faults = [
            fault
            for fault in planned(sites(root, data), random.Random(seed), arguments.share)
            if arguments.only in fault.name
        ]
        trials = list(_tried(faults, root / "trials"))
    print(f"\n{table(trials)}\n")
    bad = [trial for trial in trials if trial.is_bad]
    for trial in bad:
        print(trial)
    print(f"{len(trials)} trials in {time.monotonic() - began:.0f} s, seed {seed}; {len(bad)} bad")
    return bool(bad)


def _tried(faults: list[Fault], root: Path) -> Iterator[Trial]:
    """Yield what came of each fault; two are done at a time."""
    root.mkdir()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {
            pool.submit(fault.do, root / str(number)): fault for number, fault in enumerate(faults)
        }
        for count, future in enumerate(as_completed(running), start=1):
            trial = future.result()
            if trial is None:
                print(f"{running[future].name}: left out, mounting needs root", flush=True)
                continue
            print(f"{count}/{len(faults)} {trial.fault}: {trial.what}", flush=True)
            yield trial


if __name__ == "__main__":
    sys.exit(main())
