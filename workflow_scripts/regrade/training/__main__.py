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

from regrade import layout
from regrade.errors import UserError, exit_on_user_error
from regrade.files import require_results_folder
from regrade.logs import copied_to, tell_in_any_locale
from regrade.training.cores import claim_cores
from regrade.training.environment import restart_with_settings

PROJECT = Path(__file__).resolve().parents[3]
"""Where the whole project is; elsewhere, the folder that its code was unpacked into."""
_KEYS = {"study", "run", "seed", "recipe", "budget", "precision"}
"""Of a job."""


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
    parser.add_argument(
        "--weights",
        type=Path,
        help="folder with torchvision's weight files (default: its cache, or a download)",
    )
    parser.add_argument(
        "--device",
        default="auto",
        help="auto (the default: a GPU, if there is one), cpu, cuda, cuda:1, xpu, mps",
    )
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads, each on a core of its own (default: 1)"
    )
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
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not entry.keys() >= _KEYS:
            raise UserError(
                f"{path}: line {number} is no job; `python -m regrade export > jobs.jsonl` writes"
                " such a list, a job a line"
            )
        found.append(entry)
    return found


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
    from regrade.studies.images import whole_dataset_of
    from regrade.studies.recipe import Recipe

    dataset = whole_dataset_of(Recipe.model_validate_json(recipe))
    prepared = Path(source, f"{dataset.name}.npz")
    if prepared.with_suffix(".json").is_file():
        return prepared
    made = folder / prepared.name
    card = made.with_suffix(".json")
    if not card.is_file():
        from regrade.data.prepare import prepare

        prepare(dataset, source, made, card)
    return made


if __name__ == "__main__":
    main()
