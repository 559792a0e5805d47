"""What a configuration would run."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.commands.arguments import config_changes, hours, positive
from regrade.commands.studies import STUDIES
from regrade.errors import UserError
from regrade.training.options import add_device

if TYPE_CHECKING:
    from regrade.commands.arguments import Commands
    from regrade.grading.graded_study import GradedStudy
    from regrade.grid import Grid


def read_grid(changes: dict) -> Grid:
    """Read config.yaml with some changes, and the studies that it names."""
    from regrade.config import read_config, read_settings
    from regrade.files import require_results_folder
    from regrade.grid import Grid

    config = read_config(read_settings(STUDIES.parent / "config.yaml") | changes)
    require_results_folder(Path(config.results), STUDIES.parent)
    return Grid.read(config, STUDIES.parent)


def graded_study(grid: Grid, study: str) -> GradedStudy:
    """Return a study with what it is graded by."""
    from regrade.grading.graded_study import GradedStudy

    return GradedStudy(
        grid.studies[study],
        grid.curves_folder(study),
        Path(grid.config.results),
        grid.graded_seeds(study),
        grid.recorded[study],
        grid.files[study],
    )


def add_plan(commands: Commands) -> None:
    """Add `plan`."""
    parser = commands.add_parser(
        "plan", parents=[config_changes()], help="print what every run costs, before anything runs"
    )
    parser.add_argument(
        "--gpus",
        type=positive,
        default=1,
        metavar="N",
        help="devices that train at once (default: 1)",
    )
    parser.add_argument(
        "--budget",
        type=hours,
        metavar="HOURS",
        help="choose the runs that decide the most claims within so many hours of a device",
    )
    parser.set_defaults(command=plan)


def plan(arguments: argparse.Namespace) -> None:
    """Print what every run costs, and which to choose within a budget."""
    from regrade.planning.device_speed import calibrate
    from regrade.planning.plan import plan, show
    from regrade.planning.selection import choose, claims_of, show_selection

    grid = read_grid(arguments.config)
    if arguments.budget and grid.config.scale == "preview":
        raise UserError("--budget: a preview decides no claim; plan with scale full")
    speed = grid.speed or calibrate(grid.config.device)
    rows = plan(grid, speed)
    print(show(rows, speed, grid.config.scale, arguments.gpus))
    if arguments.budget:
        claims, seconds = claims_of(grid), arguments.budget * 3600
        print(show_selection(choose(rows, claims, seconds), len(claims), seconds, grid))


def add_calibrate(commands: Commands) -> None:
    """Add `calibrate`."""
    parser = commands.add_parser(
        "calibrate", help="measure how fast this device trains, for `device_speed` of config.yaml"
    )
    add_device(parser)
    parser.set_defaults(command=calibrate)


def calibrate(arguments: argparse.Namespace) -> None:
    """Measure how fast the device trains."""
    from regrade.planning.device_speed import calibrate

    print(json.dumps(asdict(calibrate(arguments.device)), indent=1))


def add_export(commands: Commands) -> None:
    """Add `export`."""
    parser = commands.add_parser(
        "export",
        parents=[config_changes()],
        help="print the replicates as jobs for `python -m regrade.training`",
    )
    parser.add_argument(
        "runs",
        nargs="*",
        metavar="STUDY/RUN",
        help="which runs, in which order: kaist/K1, or a pattern such as 'nyu/M*' (default: all)",
    )
    parser.set_defaults(command=export)


def export(arguments: argparse.Namespace) -> None:
    """Print the replicates as jobs."""
    for job in read_grid(arguments.config).jobs(arguments.runs or ["*"]):
        print(json.dumps(job))
