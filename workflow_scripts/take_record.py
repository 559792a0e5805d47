"""Rule take_record: take a recorded replicate in the place of a trained one.

Inputs: the files of the record. Outputs: the same files under the results folder.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.files import write_atomically
from regrade.fingerprint import recipe_hash
from regrade.logs import log_to
from regrade.records import LOG, check_recipe

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Copy the record, unless it is of another recipe than the study's."""
    files = {Path(path).name: Path(path) for path in snakemake.input.record}
    check_recipe(files["provenance.json"], recipe_hash(snakemake.params.recipe))
    for name, output in snakemake.output.items():
        source = files.get(LOG if name == "training_log" else Path(output).name)
        text = source.read_bytes() if source else b"The record has no log of its training.\n"
        write_atomically(Path(output), text)


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
