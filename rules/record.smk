"""
Take recorded results in the place of training.

REQUIRED INPUTS:  records/runs/{study}/{run}/seed-{seed}/*, records/models/{study}/{run}.json
OUTPUTS:          the same files under <results>/
"""


localrules:
    take_record,
    take_measurement,


rule take_record:
    """Copy a recorded replicate, after checking that it is of today's recipe."""
    input:
        record=record_of,
    output:
        history="<results>/runs/{study}/{run}/seed-{seed}/history.csv",
        summary="<results>/runs/{study}/{run}/seed-{seed}/summary.json",
        provenance="<results>/runs/{study}/{run}/seed-{seed}/provenance.json",
        histogram="<results>/runs/{study}/{run}/seed-{seed}/weights.csv",
        training_log="<results>/logs/train/{study}/{run}/seed-{seed}.log",
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


rule take_measurement:
    """Copy the recorded measurement of a network."""
    input:
        record=recorded_measurement,
    output:
        "<results>/models/{study}/{run}.json",
    log:
        "<results>/logs/record/{study}/{run}.log",
    conda:
        "../envs/regrade.yaml"
    message:
        "Taking the recorded measurement of {wildcards.study}/{wildcards.run}"
    shell:
        "cp {input.record:q} {output:q} 2> {log:q}"
