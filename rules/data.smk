"""
Make the data sets.

OUTPUTS:  data = <results>/data/{dataset}.npz    images and labels, checked
          card = <results>/data/{dataset}.json   origin, counts and checksums
"""


localrules:
    prepare_data,


rule prepare_data:
    """Make, convert or download a data set, check it and write its card."""
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
        mem_mb=3000,
        runtime=60,
    params:
        source=CONFIG.data,
    message:
        "Preparing {wildcards.dataset} from {params.source}"
    script:
        "../workflow_scripts/prepare_data.py"
