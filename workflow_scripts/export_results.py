"""Rule exports: write the results in the forms that other tools read.

Inputs: the study files and their tables. Outputs: the long table, its dictionary, a summary, a
badge and an RO-Crate; where pyarrow is installed the table as Parquet, too. Params: `results` (the
folder of all results), `seeds` (study: trained run: seeds), `recorded` (study: what is taken from
the records) and `parquet` (whether pyarrow is installed).

By hand, from tables that are there: `python -m regrade share`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.evidence import Recorded
from regrade.exports.write import export
from regrade.grading.graded_study import GradedStudy
from regrade.logs import log_to

if TYPE_CHECKING:
    from snakemake.script import snakemake


def main() -> None:
    """Export the studies that the rule names."""
    seeds, recorded = snakemake.params.seeds, snakemake.params.recorded
    results = Path(snakemake.params.results)
    studies = [
        GradedStudy.read(Path(path), results, seeds[study], Recorded(**recorded[study]))
        for study, path in zip(seeds, snakemake.input.studies, strict=True)
    ]
    folder = Path(snakemake.output.results).parent
    export(studies, folder, parquet=snakemake.params.parquet)


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
