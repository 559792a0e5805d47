"""Rule prepare_data: make, convert or download a data set and check it.

Inputs: none (the source is a parameter). Outputs: images and labels as one npz file, and the card
that tells their origin, counts and checksums.

By hand: `python -m regrade prepare cifar10 --config '{"data": "synthetic"}'`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from regrade.data.prepare import prepare
from regrade.errors import exit_on_user_error
from regrade.logs import log_to
from regrade.studies.datasets import Dataset

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Prepare the data set that the rule asks for."""
    beside = snakemake.params.beside
    prepare(
        Dataset(**snakemake.params.dataset),
        snakemake.params.source,
        Path(snakemake.output.data),
        Path(snakemake.output.card),
        Path(beside) if beside else None,
    )


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
