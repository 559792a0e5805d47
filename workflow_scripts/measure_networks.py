"""Rule measure_networks: measure the networks of a study before training.

Inputs: the prepared data sets, where the study speaks of untrained networks. Outputs: a folder with
parameters, MACs, layer table, shapes and initial values of each network as JSON. Params: `networks`
(run: recipe, code, and whether it is fed), `kept` (the folder of what was measured before).

By hand, with the data sets there:
`python -m regrade measure duke --config '{"records": "ignore"}'`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.logs import log_to
from regrade.training.cores import claim_cores

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Measure the study that the rule asks for."""
    claim_cores(snakemake.threads)
    from regrade.measuring.study import Network, Place, measure_study

    weights = snakemake.params.weights
    place = Place(
        study=snakemake.wildcards.study,
        data=Path(snakemake.params.data),
        output=Path(snakemake.output[0]),
        kept=Path(snakemake.params.kept),
        weights=Path(weights) if weights else None,
    )
    networks = {run: Network(**fields) for run, fields in snakemake.params.networks.items()}
    measure_study(networks, place)


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
