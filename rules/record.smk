"""
Take recorded results in the place of training.

REQUIRED INPUTS:  the files of records/runs/{study}/{run}/seed-{seed}/, records/models, records/logs
OUTPUTS:          the same files under <results>/
"""


rule take_record:
    """Copy a recorded replicate, after checking that it is of today's recipe."""
    input:
        record=record_of,
    output:
        history="<results>/runs/{study}/{run}/seed-{seed}/history.csv",
        summary="<results>/runs/{study}/{run}/seed-{seed}/summary.json",
        provenance="<results>/runs/{study}/{run}/seed-{seed}/provenance.json",
        histogram="<results>/runs/{study}/{run}/seed-{seed}/weights.csv",
    log:
        "<results>/logs/record/{study}/{run}/seed-{seed}.log",
    conda:
        "../envs/regrade.yaml"
    params:
        recipe=recipe_of,
    message:
        "Taking the record of {wildcards.study}/{wildcards.run}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/take_record.py"
