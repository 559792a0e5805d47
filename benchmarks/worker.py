"""A contender's process: `python -m benchmarks.worker SPECIFICATION`, started by `Worker`.

Ours begins as a job of the workflow does: with cores of its own, claimed before torch is imported.
"""

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace

from regrade.training.cores import claim_cores


def main() -> None:
    """Claim cores for a contender of ours, and run it."""
    # What a library prints must not come between answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    spec = SimpleNamespace(**json.loads(sys.argv[1]))
    if "threads" in vars(spec):
        spec.threads = claim_cores(spec.threads, bind=getattr(spec, "device", "cpu") == "cpu")
    from benchmarks.contenders import run
    from benchmarks.slices import Slices

    run(spec, Slices(sys.stdin, answers))


if __name__ == "__main__":
    main()
