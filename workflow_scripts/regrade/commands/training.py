"""Training by hand."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.commands.arguments import add_results, positive, seed
from regrade.commands.studies import STUDIES, find_run, own_place_of
from regrade.errors import UserError
from regrade.studies.execution import PRECISIONS, SCALES
from regrade.training.options import add_device, add_threads, add_weights

if TYPE_CHECKING:
    from regrade.commands.arguments import Commands
    from regrade.studies.datasets import Dataset
    from regrade.studies.resolve import ResolvedRun


def add_train(commands: Commands) -> None:
    """Add `train`."""
    parser = commands.add_parser("train", help="train one replicate and write its files")
    parser.add_argument("--study", required=True, help="name of a study, or path of its file")
    parser.add_argument("--run", required=True, help="name of a run, such as D05 or D05-as-told")
    parser.add_argument("--seed", type=seed, default=0, help="number of the replicate (default: 0)")
    parser.add_argument(
        "--scale",
        choices=SCALES,
        default="preview",
        help="preview caps the cost, full is the recipe as it is (default: preview)",
    )
    parser.add_argument(
        "--epochs", type=positive, help="cap the preview at the first N epochs, on all images"
    )
    parser.add_argument(
        "--data", default="synthetic", help="synthetic, torchvision, or a folder with npz files"
    )
    add_weights(parser)
    add_device(parser)
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="float32",
        help="others are faster and give other numbers (default: float32, as recipes mean)",
    )
    add_threads(parser)
    add_results(parser)
    parser.set_defaults(command=train)


def train(arguments: argparse.Namespace) -> None:
    """Train one replicate, on data that is prepared first where it is missing."""
    if arguments.epochs and arguments.scale == "full":
        raise UserError("--epochs caps a preview; --scale full runs all epochs of the recipe")
    from regrade.files import require_results_folder
    from regrade.training.cores import claim_cores
    from regrade.training.environment import restart_with_settings

    require_results_folder(arguments.results, STUDIES.parent)
    _warn_of_made_up_images(arguments)
    restart_with_settings()
    threads = claim_cores(arguments.threads, bind=arguments.device == "cpu")
    _train(arguments, find_run(arguments.study, arguments.run), threads)


def _warn_of_made_up_images(arguments: argparse.Namespace) -> None:
    from regrade.config import told_of_images

    if told := told_of_images(arguments.scale, arguments.data, "--data "):
        print(f"warning: {told}", file=sys.stderr)


def _train(arguments: argparse.Namespace, run: ResolvedRun, threads: int) -> None:
    """Train on cores of its own; torch is imported here, after they were claimed."""
    from regrade import layout
    from regrade.evidence import require_nothing_better
    from regrade.studies.budget import budget
    from regrade.studies.images import whole_dataset_of
    from regrade.training.device_lease import lease_device
    from regrade.training.job import Job
    from regrade.training.replicate import train_replicate

    results = arguments.results
    dataset = whole_dataset_of(run.recipe)
    data = layout.data_file(results, dataset.name)
    _prepare(dataset, arguments.data, data, own_place_of(arguments.study, dataset.name))
    output = layout.replicate_folder(results, run.study, run.name, arguments.seed)
    require_nothing_better(output, is_full=arguments.scale == "full", source=arguments.data)
    train_replicate(
        Job(
            study=run.study,
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
            weights=arguments.weights,
        )
    )
    print(f"written: {output}")


def _prepare(dataset: Dataset, source: str, data: Path, beside: Path | None) -> None:
    """Prepare a data set where it is missing; one of another source is refused."""
    from regrade.data.prepare import prepare_missing, require_same_source

    prepare_missing(dataset, source, data, beside)
    require_same_source(dataset, source, data, beside)
