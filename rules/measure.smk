"""
Measure the networks.

REQUIRED INPUTS:  data = <results>/data/{dataset}.npz, where a study speaks of untrained networks
                  weights, the files that pretrained ones among them start from, where `weights` is set
OUTPUTS:          <results>/models/{study}/{run}.json   parameters, MACs, layers, shapes, initial values

One job measures all networks of a study, because most of such a job is its start. Each network is kept
under <results>/kept/ too, which Snakemake never empties, so that a change measures what changed alone.
"""


rule measure_networks:
    """Count parameters and MACs of a study's networks, list their layers, take initial losses."""
    input:
        data=data_of_networks,
        weights=weight_files_of_networks,
    output:
        directory("<results>/models/{study}"),
    log:
        "<results>/logs/measure/{study}.log",
    benchmark:
        "<results>/benchmarks/measure/{study}.tsv"
    conda:
        "../envs/regrade.yaml"
    resources:
        mem_mb=memory_of_networks,
        runtime=30,
    params:
        networks=networks_of,
        data=data_folder,
        kept=measurements_folder,
        weights=CONFIG.weights,
    message:
        "Measuring the networks of {wildcards.study}"
    script:
        "../workflow_scripts/measure_networks.py"
