"""
Aggregate replicates into tables and grade them.

REQUIRED INPUTS:  the replicates and measurements of a study, its file and its published curves
OUTPUTS:          <results>/tables/{study}.csv             a row a replicate
                  <results>/tables/{study}/<table>.csv     numbers, claims, complexity, errata, checks, agreement
                  <results>/tables/{study}/basis.json      which replicates and records they rest on
                  <results>/tables/<table>.csv             the same tables of all studies
"""


localrules:
    aggregate_study,
    collect_tables,


rule aggregate_study:
    """Grade every number and claim of a study."""
    input:
        study=study_file,
        assignment=assignment_of,
        curves=curves_of,
        models=measurements_of,
        replicates=replicates_of,
        records=records_of,
    output:
        replicates="<results>/tables/{study}.csv",
        numbers="<results>/tables/{study}/numbers.csv",
        claims="<results>/tables/{study}/claims.csv",
        complexity="<results>/tables/{study}/complexity.csv",
        errata="<results>/tables/{study}/errata.csv",
        checks="<results>/tables/{study}/checks.csv",
        agreement="<results>/tables/{study}/agreement.csv",
        basis="<results>/tables/{study}/basis.json",
    log:
        "<results>/logs/aggregate/{study}.log",
    conda:
        "../envs/regrade.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        results=results_folder,
        seeds=seeds_of,
        recorded=recorded_of,
        code=code_fingerprint(*GRADING),
    message:
        "Grading {wildcards.study}"
    script:
        "../workflow_scripts/aggregate_study.py"


rule collect_tables:
    """Put the tables of all studies under one another."""
    input:
        **{
            table: expand(f"<results>/tables/{{study}}/{table}.csv", study=GRID.files)
            for table in layout.TABLES
        },
    output:
        numbers=report(
            "<results>/tables/numbers.csv",
            caption="../report/captions/numbers.rst",
            category="Tables",
        ),
        claims=report(
            "<results>/tables/claims.csv",
            caption="../report/captions/claims.rst",
            category="Tables",
        ),
        complexity=report(
            "<results>/tables/complexity.csv",
            caption="../report/captions/complexity.rst",
            category="Tables",
        ),
        errata=report(
            "<results>/tables/errata.csv",
            caption="../report/captions/errata.rst",
            category="Tables",
        ),
        checks="<results>/tables/checks.csv",
        agreement=report(
            "<results>/tables/agreement.csv",
            caption="../report/captions/agreement.rst",
            category="Tables",
        ),
    log:
        "<results>/logs/collect_tables.log",
    conda:
        "../envs/regrade.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    message:
        "Collecting the tables of all studies"
    script:
        "../workflow_scripts/collect_tables.py"
