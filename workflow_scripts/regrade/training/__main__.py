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

from regrade import layout
from regrade.errors import exit_on_user_error
from regrade.logs import copied_to, tell_in_any_locale
from regrade.training.cores import claim_cores
from regrade.training.environment import restart_with_settings


def main() -> None:
    """Train the jobs of a file, until all are done or the time is up."""
    parser = argparse.ArgumentParser(prog="python -m regrade.training", description=__doc__)
    parser.add_argument("jobs", type=Path, help="a JSON object a line, from `regrade export`")
    parser.add_argument(
        "--data", required=True, help="torchvision, synthetic, or a folder with npz files"
    )
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="folder with torchvision's weight files")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--hours", type=float, help="start no job after so many hours")
    arguments = parser.parse_args()
    restart_with_settings()
    tell_in_any_locale()
    with exit_on_user_error():
        _train_all(arguments)


def _train_all(arguments: argparse.Namespace) -> None:
    threads = claim_cores(arguments.threads, bind=arguments.device == "cpu")
    from regrade.training.device_lease import lease_device
    from regrade.training.devices import prepare_device
    from regrade.training.job import Job
    from regrade.training.replicate import is_complete, train_replicate

    device = lease_device(arguments.device)
    used = prepare_device(device, threads)
    results, began = arguments.results, time.monotonic()
    for line in arguments.jobs.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
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
