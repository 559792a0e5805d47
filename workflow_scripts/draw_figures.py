"""Rule draw_figures: draw the figures of one study.

Inputs: the study file, its curves, its results and graded numbers. Outputs: a folder with an SVG a
figure and the numbers behind it as CSV. Params: `results` (the folder of all results), `seeds`
(the seeds of each trained run) and `recorded` (what is taken from the records).

By hand, from results and tables that are there: `python -m regrade draw duke`.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import exit_on_user_error
from regrade.evidence import Recorded
from regrade.grading.graded_study import GradedStudy
from regrade.logs import log_to
from regrade.report.figures.draw import draw

if TYPE_CHECKING:
    from snakemake.script import snakemake


def main() -> None:
    """Draw the study that the rule asks for, into a fresh folder."""
    destination = Path(snakemake.output[0])
    shutil.rmtree(destination, ignore_errors=True)
    graded = GradedStudy.read(
        Path(snakemake.input.study),
        Path(snakemake.params.results),
        snakemake.params.seeds,
        Recorded(**snakemake.params.recorded),
    )
    draw(graded, destination)


with log_to(snakemake.log[0]), exit_on_user_error():
    main()
