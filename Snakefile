"""
Regrade: re-run published deep-learning course reports on CIFAR and grade them.

REQUIRED INPUTS:  config.yaml           what to run, on which data, at which scale
                  studies/<study>.yaml  one published report each
OUTPUTS:          <results>/report/index.html, and behind it every table, figure and replicate

Rules expand the grid study x run x variant x seed into train jobs for what the records have no better
evidence of, measure every network, aggregate into tables and figures, and render the report. What is
no rule stands in rules/common.smk and rules/inputs.smk.
"""

from snakemake.utils import min_version

min_version("9.19")


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/inputs.smk"


report: "report/workflow.rst"


pathvars:
    results=CONFIG.results,


# Local to a job, so that a limit on one machine does not throttle submission to a cluster.
resource_scopes:
    gpu="local",


wildcard_constraints:
    study="|".join(GRID.files),
    run="|".join(GRID.names),
    seed=r"\d+",
    dataset="|".join(GRID.datasets),


localrules:
    all,


# Tables and replicates, too: one that was removed is made again, though the report is there.
rule all:
    input:
        "<results>/report/index.html",
        EXPORTED,
        expand("<results>/tables/{study}.csv", study=GRID.files),
        replicates_of_all,


# Once, where Snakemake itself was started; not within its jobs.
onstart:
    require_no_better_results()
    warn_of_made_up_images()
    require_accepted_jobs()
    keep_finished()
    preload_trainings()
    show_progress()


onsuccess:
    forget_preloaded()
    tell_ending(log)


onerror:
    forget_preloaded()


include: "rules/aggregate.smk"
include: "rules/exports.smk"
include: "rules/report.smk"
include: "rules/plan.smk"
include: "rules/data.smk"
include: "rules/train.smk"
include: "rules/measure.smk"
