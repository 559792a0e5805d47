"""
Draw the figures and render the report.

REQUIRED INPUTS:  tables, replicates and measurements of every study; report/templates, report/assets
OUTPUTS:          <results>/figures/{study}/         an SVG a figure, and the numbers behind it as CSV
                  <results>/report/index.html        and a page a study, a page a run, the methods
"""


localrules:
    draw_figures,
    render_report,


rule draw_figures:
    """Draw every figure of a study, ours beside the published one."""
    input:
        study=study_file,
        assignment=assignment_of,
        curves=curves_of,
        models=measurements_of,
        replicates=replicates_of,
        records=records_of,
        numbers="<results>/tables/{study}/numbers.csv",
    output:
        report(
            directory("<results>/figures/{study}"),
            patterns=["{figure}.svg"],
            caption="../report/captions/figures.rst",
            category="Figures",
            subcategory="{study}",
        ),
    log:
        "<results>/logs/draw/{study}.log",
    conda:
        "../envs/regrade.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        results=results_folder,
        seeds=seeds_of,
        recorded=recorded_of,
        code=code_fingerprint(*DRAWING),
    message:
        "Drawing the figures of {wildcards.study}"
    script:
        "../workflow_scripts/draw_figures.py"


rule render_report:
    """Render the pages: index, methods, a page a study, a page a run."""
    input:
        studies=[str(path) for path in GRID.files.values()],
        templates=sorted(str(path) for path in (ROOT / "report/templates").glob("*.j2")),
        assets=sorted(str(path) for path in (ROOT / "report/assets").iterdir()),
        numbers="<results>/tables/numbers.csv",
        claims="<results>/tables/claims.csv",
        complexity="<results>/tables/complexity.csv",
        errata="<results>/tables/errata.csv",
        agreement="<results>/tables/agreement.csv",
        figures=expand("<results>/figures/{study}", study=GRID.files),
        exports=EXPORTED,
    output:
        index=report(
            "<results>/report/index.html",
            caption="../report/captions/report.rst",
            category="Report",
        ),
        methods="<results>/report/methods.html",
        claims="<results>/report/claims.html",
        compare="<results>/report/compare.html",
        studies=expand("<results>/report/{study}.html", study=GRID.files),
        sets=expand("<results>/report/set-{study}.html", study=GRID.sets),
        runs=directory("<results>/report/runs"),
        assets=directory("<results>/report/assets"),
        figures=directory("<results>/report/figures"),
    log:
        "<results>/logs/render_report.log",
    conda:
        "../envs/regrade.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        results=results_folder,
        seeds={study: GRID.graded_seeds(study) for study in GRID.files},
        recorded={study: asdict(found) for study, found in GRID.recorded.items()},
        code=code_fingerprint(*REPORTING),
    message:
        "Rendering the report"
    script:
        "../workflow_scripts/render_report.py"
