"""Rule measure_model: measure the network of a run before training.

Inputs: the prepared data set. Outputs: parameters, MACs, layer table, shapes and the losses of
untrained networks as JSON.
"""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.files import write_atomically
from regrade.logs import log_to
from regrade.training.cores import claim_cores

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Measure the recipe that the rule asks for."""
    claim_cores(snakemake.threads)
    from regrade.measuring.measure import measure

    recipe = json.loads(
        snakemake.params.recipe, object_hook=lambda fields: SimpleNamespace(**fields)
    )
    weights = snakemake.params.weights
    found = measure(recipe, Path(snakemake.input.data), weights=Path(weights) if weights else None)
    write_atomically(Path(snakemake.output[0]), json.dumps(found, indent=1) + "\n")


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
