"""Rule train_run: train one run with one seed.

Inputs: the prepared data set. Outputs: history, summary, provenance, weights and their histogram.

By hand, with other settings as options: `python -m regrade train --study duke --run D01 --seed 0`.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.logs import log_to
from regrade.training.attempts import note_attempt
from regrade.training.cores import claim_cores
from regrade.training.preloading import train_preloaded
from regrade.training.request import Request, execute
from regrade.training.sigterm import stop_on_sigterm

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def requested() -> Request:
    """Return the replicate that the rule asks for."""
    wanted = snakemake.params.device
    given = snakemake.resources.get("gpu") or snakemake.resources.get("gres")
    return Request(
        study=snakemake.wildcards.study,
        run=snakemake.wildcards.run,
        recipe_json=snakemake.params.recipe,
        budget=snakemake.params.budget,
        seed=int(snakemake.wildcards.seed),
        data=snakemake.input.data,
        output=str(Path(snakemake.output.history).parent),
        state=snakemake.params.state,
        device="cpu" if wanted == "auto" and not given else wanted,
        runs_per_gpu=snakemake.resources.runs_per_gpu,
        precision=snakemake.params.precision,
        weights=snakemake.params.weights,
        log=snakemake.log[0],
    )


def main(request: Request) -> None:
    """Train in this process. The allocator's settings were inherited from Snakemake."""
    with log_to(request.log), exit_on_user_error(), stop_on_sigterm():
        execute(request, claim_cores(snakemake.threads, bind=request.device == "cpu"))


# A preloaded process has one thread.
status = train_preloaded(requested()) if snakemake.threads == 1 else None
if status is None:
    main(requested())
elif status:
    sys.exit(status)
if snakemake.params.weights is None:
    note_attempt(Path(snakemake.output.history).parent)
