"""
Make the data sets.

REQUIRED INPUTS:  the user's npz file, or folder of images, where the data come from one
OUTPUTS:          data = <results>/data/{dataset}.npz    images and labels, checked
                  card = <results>/data/{dataset}.json   origin, counts and checksums
"""


localrules:
    prepare_data,


rule prepare_data:
    """Make, convert or download a data set, check it and write its card."""
    input:
        source_of,
    output:
        data="<results>/data/{dataset}.npz",
        card="<results>/data/{dataset}.json",
    log:
        "<results>/logs/data/{dataset}.log",
    benchmark:
        "<results>/benchmarks/data/{dataset}.tsv"
    conda:
        "../envs/regrade.yaml"
    resources:
        mem_mb=data_memory_of,
        runtime=60,
    params:
        source=CONFIG.data,
        code=data_code_of,
        dataset=dataset_declared,
        beside=own_data_of,
    message:
        "Preparing {wildcards.dataset} from {params.source}"
    script:
        "../workflow_scripts/prepare_data.py"
