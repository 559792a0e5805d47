"""Rule aggregate_study: grade one study.

Inputs: the study file, its curves and all its results. Outputs: the tables `replicates`,
`numbers`, `claims`, `complexity`, `errata`, `checks` and `agreement`, and `basis`, which says what
they were derived from. Params: `results` (of all results), `seeds` (the seeds of each trained
run) and `recorded` (what is taken from the records).

By hand, from results that are there: `python -m regrade grade duke`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.evidence import Recorded
from regrade.grading.basis import Basis, write_basis
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate, write_tables
from regrade.layout import state_folder
from regrade.logs import log_to
from regrade.training import kept_outputs

if TYPE_CHECKING:
    from snakemake.script import snakemake


def main() -> None:
    """Grade the study that the rule asks for."""
    path, results = Path(snakemake.input.study), Path(snakemake.params.results)
    recorded = Recorded(**snakemake.params.recorded)
    graded = GradedStudy.read(path, results, snakemake.params.seeds, recorded)
    tables = aggregate(graded)
    write_tables(tables, {name: Path(snakemake.output[name]) for name in tables})
    write_basis(Basis(str(path), dict(graded.seeds), recorded), Path(snakemake.output.basis))
    # Snakemake grades a study after all jobs of it are complete.
    kept_outputs.forget(state_folder(results), graded.study.study, graded.seeds)


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
