"""Rule train_run: train one run with one seed.

Inputs: the prepared data set. Outputs: history, summary, provenance, weights and their histogram.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.logs import log_to
from regrade.training.cores import claim_cores
from regrade.training.sigterm import stop_on_sigterm

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Train the replicate that the rule asks for."""
    wanted, weights = snakemake.params.device, snakemake.params.weights
    given = snakemake.resources.get("gpu") or snakemake.resources.get("gres")
    if wanted == "auto" and not given:
        wanted = "cpu"
    # The allocator's settings were inherited from Snakemake.
    threads = claim_cores(snakemake.threads, bind=wanted == "cpu")
    from regrade.training.device_lease import lease_device
    from regrade.training.replicate import Job, train_replicate

    device = lease_device(wanted, runs=snakemake.resources.runs_per_gpu)
    train_replicate(
        Job(
            study=snakemake.wildcards.study,
            run=snakemake.wildcards.run,
            recipe_json=snakemake.params.recipe,
            budget=SimpleNamespace(**snakemake.params.budget),
            seed=int(snakemake.wildcards.seed),
            data=Path(snakemake.input.data),
            output=Path(snakemake.output.history).parent,
            state=Path(snakemake.params.state),
            device=device,
            threads=threads,
            precision=snakemake.params.precision,
            weights=Path(weights) if weights else None,
            keep=True,
        )
    )


with log_to(snakemake.log[0]), exit_on_user_error(), stop_on_sigterm():
    main()
