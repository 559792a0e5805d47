"""Training by hand."""

from __future__ import annotations

import argparse

from regrade.commands.studies import study_path
from regrade.errors import UserError


def train(arguments: argparse.Namespace) -> None:
    """Train one replicate, on data that is prepared first where it is missing."""
    if arguments.epochs and arguments.scale == "full":
        raise UserError("--epochs caps a preview; --scale full runs all epochs of the recipe")
    from regrade.training.cores import claim_cores
    from regrade.training.environment import restart_with_settings

    restart_with_settings()
    threads = claim_cores(arguments.threads, bind=arguments.device == "cpu")
    from regrade import layout
    from regrade.data.prepare import prepare, require_same_source
    from regrade.evidence import require_nothing_better
    from regrade.studies.budget import budget
    from regrade.studies.load import load_study
    from regrade.studies.resolve import resolve
    from regrade.studies.spelling import suggest
    from regrade.training.device_lease import lease_device
    from regrade.training.job import Job
    from regrade.training.replicate import train_replicate

    study = load_study(study_path(arguments.study))
    runs = {run.name: run for run in resolve(study)}
    if arguments.run not in runs:
        raise UserError(
            f"--run: {study.study} has no run {arguments.run!r}{suggest(arguments.run, runs)};"
            f" it has: {', '.join(runs)}"
        )
    run, results = runs[arguments.run], arguments.results
    data = layout.data_file(results, run.recipe.dataset)
    require_same_source(run.recipe.dataset, arguments.data, data)
    if not data.exists():
        prepare(run.recipe.dataset, arguments.data, data, layout.card_file(data))
    output = layout.replicate_folder(results, study.study, run.name, arguments.seed)
    require_nothing_better(output, is_full=arguments.scale == "full", source=arguments.data)
    train_replicate(
        Job(
            study=study.study,
            run=run.name,
            recipe_json=run.recipe_json,
            budget=budget(run, arguments.scale, arguments.epochs),
            seed=arguments.seed,
            data=data,
            output=output,
            state=layout.state_folder(results),
            device=lease_device(arguments.device),
            threads=threads,
            precision=arguments.precision,
        )
    )
    print(f"written: {output}")
