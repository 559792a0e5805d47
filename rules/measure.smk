"""
Measure the networks.

REQUIRED INPUTS:  data = <results>/data/{dataset}.npz
                  weights, the file that the network starts from, where it is pretrained and `weights` is set
OUTPUTS:          <results>/models/{study}/{run}.json   parameters, MACs, layers, shapes, initial loss
"""


rule measure_model:
    """Count parameters and MACs of a network, list its layers, and take its initial loss."""
    input:
        data=data_of,
        weights=weight_files_of,
    output:
        "<results>/models/{study}/{run}.json",
    log:
        "<results>/logs/measure/{study}/{run}.log",
    benchmark:
        "<results>/benchmarks/measure/{study}/{run}.tsv"
    conda:
        "../envs/regrade.yaml"
    resources:
        mem_mb=memory_of,
        runtime=30,
    params:
        recipe=recipe_of,
        code=measuring_code_of,
        weights=weights_of,
    message:
        "Measuring the network of {wildcards.study}/{wildcards.run}"
    script:
        "../workflow_scripts/measure_model.py"
