"""Train a list of replicates one after another, where there is neither Snakemake nor a network.

    python -m regrade export --config '{...}' > jobs.jsonl      # where the whole project is
    python -m regrade.training jobs.jsonl --data FOLDER --results FOLDER --device cuda

Needs torch, torchvision, numpy, numba, pydantic and safetensors alone. Data that a workflow run
prepared, with their cards, are taken as they are; others are prepared under the results. What is
finished is skipped, what was interrupted continues from its checkpoint; `python -m regrade record`
takes the results.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regrade import layout
from regrade.errors import UserError, exit_on_user_error
from regrade.files import require_results_folder
from regrade.logs import copied_to, tell_in_any_locale
from regrade.studies import forms
from regrade.studies.execution import Budget, Precision
from regrade.studies.recipe import Recipe
from regrade.training.cores import claim_cores
from regrade.training.environment import restart_with_settings
from regrade.training.options import add_device, add_threads, add_weights

PROJECT = Path(__file__).resolve().parents[3]
"""Where the whole project is; elsewhere, the folder that its code was unpacked into."""


class _Line(BaseModel):
    """What a job must be before anything is trained: its names become those of folders."""

    model_config = ConfigDict(strict=True)

    study: str = Field(pattern=forms.NAME)
    run: str = Field(pattern=forms.ID)
    seed: int = Field(ge=0)
    recipe: str
    budget: Budget
    precision: Precision


def main() -> None:
    """Train the jobs of a file, until all are done or the time is up."""
    parser = argparse.ArgumentParser(prog="python -m regrade.training", description=__doc__)
    parser.add_argument("jobs", type=Path, help="a JSON object a line, from `regrade export`")
    parser.add_argument(
        "--data", required=True, help="torchvision, synthetic, or a folder with npz files"
    )
    parser.add_argument(
        "--results", type=Path, required=True, help="folder that replicates are written to"
    )
    add_weights(parser)
    add_device(parser)
    add_threads(parser)
    parser.add_argument("--hours", type=float, help="start no job after so many hours")
    arguments = parser.parse_args()
    restart_with_settings()
    tell_in_any_locale()
    with exit_on_user_error():
        if (PROJECT / "Snakefile").is_file():
            require_results_folder(arguments.results, PROJECT)
        _train_all(read_jobs(arguments.jobs), arguments)


def read_jobs(path: Path) -> list[dict[str, Any]]:
    """Read a list of jobs, as `python -m regrade export` writes it.

    Raises
    ------
    UserError
        When it cannot be read, or a line is no job.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(_job(line))
        except (ValueError, TypeError, RecursionError) as error:
            raise UserError(
                f"{path}: line {number} is no job ({_first_of(error)}); `python -m regrade export >"
                " jobs.jsonl`, of this version, writes such a list, a job a line"
            ) from None
    return found


def _job(line: str) -> dict[str, Any]:
    job: dict[str, Any] = json.loads(line)
    Recipe.model_validate_json(_Line.model_validate_json(line).recipe)
    Budget(**job["budget"])  # It has no other keys than those that were read.
    return job


def _first_of(error: Exception) -> str:
    """Tell the first of what is wrong with a line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def _train_all(jobs: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    threads = claim_cores(arguments.threads, bind=arguments.device == "cpu")
    from regrade.training.device_lease import lease_device
    from regrade.training.devices import prepare_device
    from regrade.training.job import Job
    from regrade.training.replicate import is_complete, train_replicate

    device = lease_device(arguments.device)
    used = prepare_device(device, threads)
    results, began = arguments.results, time.monotonic()
    for entry in jobs:
        replicate = (entry["study"], entry["run"], entry["seed"])
        named = "{}/{}/seed-{}".format(*replicate)
        job = Job.from_dict(
            entry,
            data=_data(entry["recipe"], arguments.data, layout.data_folder(results)),
            output=layout.replicate_folder(results, *replicate),
            state=layout.state_folder(results),
            device=device,
            threads=threads,
            weights=arguments.weights,
        )
        if is_complete(job, used):
            print(f"{named}: done", flush=True)
            continue
        if arguments.hours and time.monotonic() - began > arguments.hours * 3600:
            print(f"{named}: left, the time is up", flush=True)
            continue
        log = layout.training_log(results, *replicate)
        log.parent.mkdir(parents=True, exist_ok=True)
        with copied_to(log):
            train_replicate(job)


def _data(recipe: str, source: str, folder: Path) -> Path:
    """Return the prepared file of a data set, which is made from its source at its first use."""
    from regrade.data.prepare import is_prepared, prepare_missing
    from regrade.studies.images import whole_dataset_of

    dataset = whole_dataset_of(Recipe.model_validate_json(recipe))
    prepared = Path(source, f"{dataset.name}.npz")
    if is_prepared(prepared):
        return prepared
    made = folder / prepared.name
    prepare_missing(dataset, source, made)
    return made


if __name__ == "__main__":
    main()
