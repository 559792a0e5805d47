"""
Take recorded results in the place of training.

REQUIRED INPUTS:  records/runs/{study}/{run}/seed-{seed}/*, records/models/{study}/{run}.json
OUTPUTS:          the same files under <results>/
"""


rule take_record:
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
    """Copy a recorded replicate, after checking that it is of today's recipe."""
    localrule: True
    conda:
        "../envs/regrade.yaml"
    params:
        recipe=recipe_of,
    message:
        "Taking the record of {wildcards.study}/{wildcards.run}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/take_record.py"


rule take_measurement:
    input:
        record=recorded_measurement,
    output:
        "<results>/models/{study}/{run}.json",
    log:
        "<results>/logs/record/{study}/{run}.log",
    """Copy the recorded measurement of a network."""
    localrule: True
    conda:
        "../envs/regrade.yaml"
    message:
        "Taking the recorded measurement of {wildcards.study}/{wildcards.run}"
    shell:
        "cp {input.record:q} {output:q} 2> {log:q}"
