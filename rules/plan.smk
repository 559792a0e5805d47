"""
Say what the grid costs before anything runs: `snakemake --cores 1 plan`.

OUTPUTS:  none; the plan is printed, and kept as the log
"""


localrules:
    plan,


rule plan:
    """Print every run with parameters, MACs, PFLOP, estimated time, and what is already done."""
    log:
        "<results>/logs/plan.txt",
    conda:
        "../envs/regrade.yaml"
    params:
        code=str((ROOT / "workflow_scripts").resolve()),
        config=json.dumps(CONFIG.model_dump()),
    message:
        "Planning: a calibration of some seconds, where `device_speed` tells nothing"
    shell:
        # A container or a conda environment has what the package needs, but not the package.
        "PYTHONPATH={params.code:q} python -m regrade plan --config {params.config:q} 2>&1 | tee {log:q}"
