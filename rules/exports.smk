"""
Write the results in the forms that other tools read.

REQUIRED INPUTS:  study files, tables, replicates and measurements of every study
OUTPUTS:          <results>/exports/   results.csv (and results.parquet where pyarrow is installed), its
                                       dictionary, summary.md, badge.json, ro-crate-metadata.json,
                                       gradebook.csv for reports of an assignment
"""


localrules:
    exports,


rule exports:
    """Write all results as one long table, in short, and as an RO-Crate."""
    input:
        studies=[str(path) for path in GRID.files.values()],
        replicates=expand("<results>/tables/{study}.csv", study=GRID.files),
        tables=expand(
            "<results>/tables/{study}/{table}.csv",
            study=GRID.files,
            table=layout.TABLES,
        ),
    output:
        results="<results>/exports/results.csv",
        dictionary="<results>/exports/data-dictionary.csv",
        summary="<results>/exports/summary.md",
        badge="<results>/exports/badge.json",
        crate="<results>/exports/ro-crate-metadata.json",
        parquet=PARQUET_FILES,
        gradebook=GRADE_BOOKS,
    log:
        "<results>/logs/exports.log",
    conda:
        "../envs/regrade.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        results=results_folder,
        seeds={study: GRID.graded_seeds(study) for study in GRID.files},
        recorded={study: asdict(found) for study, found in GRID.recorded.items()},
        parquet=bool(PARQUET_FILES),
        code=code_fingerprint(*EXPORTING),
    message:
        "Exporting the results"
    script:
        "../workflow_scripts/export_results.py"
