"""
Train the replicates.

REQUIRED INPUTS:  data = <results>/data/{dataset}.npz and its card
                  weights, the file that the network starts from, where it is pretrained and `weights` is set
                  attempts, what was left where these weights could not be downloaded
OUTPUTS:          the files of <results>/runs/{study}/{run}/seed-{seed}/

Checkpoints lie under <results>/state/, outside the declared outputs, because Snakemake deletes the
outputs of a job that failed; a replicate deletes its own when it is complete. Retries belong to
profiles: in a rule they multiply on clusters.
"""


rule train_run:
    """Train one run with one seed, continuing from its checkpoint if there is one."""
    input:
        data=data_of,
        weights=weight_files_of,
        attempts=attempts_of,
    output:
        history=REPLICATE / layout.HISTORY,
        summary=REPLICATE / layout.SUMMARY,
        provenance=REPLICATE / layout.PROVENANCE,
        histogram=REPLICATE / layout.HISTOGRAM,
        weights=REPLICATE / layout.WEIGHTS,
    log:
        layout.training_log(RESULTS, *OF_A_REPLICATE),
    benchmark:
        "<results>/benchmarks/train/{study}/{run}/seed-{seed}.tsv"
    group:
        group_of
    conda:
        "../envs/regrade.yaml"
    threads: threads_of
    resources:
        gpu=gpus_of,
        runs_per_gpu=runs_per_gpu_of,
        mem_mb=memory_of,
        runtime=runtime_of,
    params:
        recipe=recipe_of,
        budget=budget_of,
        code=training_code_of,
        state=state_folder,
        device=CONFIG.device,
        precision=CONFIG.precision,
        weights=weights_of,
    message:
        "Training {wildcards.study}/{wildcards.run}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/train_run.py"
