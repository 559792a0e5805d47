"""
Say what the grid costs before anything runs: `snakemake --cores 1 plan`.

OUTPUTS:  none; the plan is printed, and kept as the log
"""


rule plan:
    log:
        "<results>/logs/plan.txt",
    """Print every run with parameters, MACs, PFLOP, estimated time, and what is already done."""
    localrule: True
    conda:
        "../envs/regrade.yaml"
    params:
        config=json.dumps(CONFIG.model_dump()),
    message:
        "Planning: a calibration of a few seconds"
    shell:
        "python -m regrade plan --config {params.config:q} 2>&1 | tee {log:q}"
