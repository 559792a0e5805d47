"""Rule aggregate_study: grade one study.

Inputs: the study file, its curves and all its results. Outputs: the tables `replicates`,
`numbers`, `claims`, `complexity` and `errata`. Params: `results` (the folder of all results) and
`seeds` (the seeds of each trained run).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.grading.tables import aggregate, write_tables
from regrade.logs import log_to
from regrade.studies.load import load_study

if TYPE_CHECKING:
    from snakemake.script import snakemake


def main() -> None:
    """Grade the study that the rule asks for."""
    path = Path(snakemake.input.study)
    tables = aggregate(
        load_study(path),
        path.parent / "curves",
        Path(snakemake.params.results),
        snakemake.params.seeds,
    )
    write_tables(tables, {name: Path(snakemake.output[name]) for name in tables})


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
