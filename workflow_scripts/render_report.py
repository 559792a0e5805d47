"""Rule render_report: render the pages of the report.

Inputs: the study files, the templates, the style sheet, tables and figures. Outputs: the index,
the methods, a page a study and a page a run. Params: `results` (the folder of all results),
`seeds` (study: trained run: seeds) and `recorded` (study: what is taken from the records).

By hand, from tables and figures that are there: `python -m regrade render`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.evidence import Recorded
from regrade.grading.graded_study import GradedStudy
from regrade.logs import log_to
from regrade.report.pages import render

if TYPE_CHECKING:
    from snakemake.script import snakemake


def main() -> None:
    """Render the studies that the rule names."""
    seeds, recorded = snakemake.params.seeds, snakemake.params.recorded
    studies = [
        GradedStudy.read(
            Path(path),
            Path(snakemake.params.results),
            seeds[study],
            Recorded(**recorded[study]),
        )
        for study, path in zip(seeds, snakemake.input.studies, strict=True)
    ]
    design = Path(snakemake.input.assets[0]).parents[1]
    render(studies, design, Path(snakemake.output.index).parent)


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
