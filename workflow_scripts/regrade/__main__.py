"""The command line: everything that a job of the workflow does, without Snakemake."""

from __future__ import annotations

import argparse
import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import UserError, exit_on_user_error
from regrade.logs import tell_in_any_locale

if TYPE_CHECKING:
    from regrade.grid import Grid

STUDIES = Path(__file__).resolve().parents[2] / "studies"


def main() -> None:
    """Run a subcommand; a user's mistake ends in one message without a traceback."""
    tell_in_any_locale()
    arguments = _parser().parse_args()
    with exit_on_user_error():
        arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="regrade", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train one replicate and write its files")
    train.add_argument("--study", required=True, help="name of a study, or path of its file")
    train.add_argument("--run", required=True, help="name of a run, such as D05 or D05-as-told")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--scale", choices=("preview", "full"), default="preview")
    train.add_argument(
        "--epochs", type=_positive, help="cap the preview at the first N epochs, on all images"
    )
    train.add_argument(
        "--data", default="synthetic", help="synthetic, torchvision, or a folder with npz files"
    )
    train.add_argument("--device", default="auto")
    train.add_argument("--precision", choices=("float32", "bf16", "tf32"), default="float32")
    train.add_argument("--threads", type=int, default=1)
    train.add_argument("--results", type=Path, default=Path("results"))
    train.set_defaults(command=_train)

    changes = argparse.ArgumentParser(add_help=False)
    changes.add_argument(
        "--config",
        type=json.loads,
        default={},
        help='what differs from config.yaml, as JSON: {"studies": "kaist", "scale": "full"}',
    )

    plan = commands.add_parser(
        "plan", parents=[changes], help="print what every run costs, before anything runs"
    )
    plan.add_argument(
        "--gpus",
        type=_positive,
        default=1,
        metavar="N",
        help="devices that train at once (default: 1)",
    )
    plan.add_argument(
        "--budget",
        type=_hours,
        metavar="HOURS",
        help="choose the runs that decide the most claims within so many hours of a device",
    )
    plan.set_defaults(command=_plan)

    export = commands.add_parser(
        "export",
        parents=[changes],
        help="print the replicates as jobs for `python -m regrade.training`",
    )
    export.add_argument(
        "runs",
        nargs="*",
        metavar="STUDY/RUN",
        help="which runs, in which order: kaist/K1, or a pattern such as 'nyu/M*' (default: all)",
    )
    export.set_defaults(command=_export)

    calibrate = commands.add_parser(
        "calibrate", help="measure how fast this device trains, for `device_speed` of config.yaml"
    )
    calibrate.add_argument("--device", default="auto")
    calibrate.set_defaults(command=_calibrate)

    check = commands.add_parser("check", help="check study files and tell every mistake")
    check.add_argument("files", nargs="*", type=Path, help="default: all studies")
    check.set_defaults(command=_check)

    keep = commands.add_parser("record", help="copy measured results to records/")
    keep.add_argument("results", type=Path, help="folder that a workflow run made")
    keep.add_argument(
        "--replace", action="store_true", help="replace records, whatever they are worth"
    )
    keep.add_argument("--commit", help="of the code that trained them, if they do not say it")
    keep.set_defaults(command=_record)

    verify = commands.add_parser(
        "verify", help="hold every file of results or records against its source"
    )
    verify.add_argument("place", nargs="?", type=Path, default=STUDIES.parent / "records")
    verify.set_defaults(command=_verify)

    why = commands.add_parser("why", help="tell what changed since a run's replicates were made")
    why.add_argument("run", metavar="STUDY/RUN", help="such as duke/D05-as-run")
    why.add_argument("--results", type=Path, default=Path("results"))
    why.set_defaults(command=_why)

    schema = commands.add_parser("schema", help="print the JSON Schema of study files")
    schema.set_defaults(command=_schema)

    words = commands.add_parser("words", help="print the reference of words of study files")
    words.set_defaults(command=_words)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours above 0")
    return hours


def _train(arguments: argparse.Namespace) -> None:
    if arguments.epochs and arguments.scale == "full":
        raise UserError("--epochs caps a preview; --scale full runs all epochs of the recipe")
    from regrade.training.cores import claim_cores
    from regrade.training.environment import restart_with_settings

    restart_with_settings()
    threads = claim_cores(arguments.threads, bind=arguments.device == "cpu")
    from regrade.data.prepare import prepare, require_same_source
    from regrade.evidence import require_nothing_better
    from regrade.studies.budget import budget
    from regrade.studies.load import load_study
    from regrade.studies.resolve import resolve
    from regrade.studies.spelling import suggest
    from regrade.training.device_lease import lease_device
    from regrade.training.job import Job
    from regrade.training.replicate import train_replicate

    study = load_study(_study_path(arguments.study))
    runs = {run.name: run for run in resolve(study)}
    if arguments.run not in runs:
        raise UserError(
            f"--run: {study.study} has no run {arguments.run!r}{suggest(arguments.run, runs)};"
            f" it has: {', '.join(runs)}"
        )
    run, results = runs[arguments.run], arguments.results
    data = results / "data" / f"{run.recipe.dataset}.npz"
    require_same_source(run.recipe.dataset, arguments.data, data)
    if not data.exists():
        prepare(run.recipe.dataset, arguments.data, data, data.with_suffix(".json"))
    output = results / "runs" / study.study / run.name / f"seed-{arguments.seed}"
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
            state=results / "state",
            device=lease_device(arguments.device),
            threads=threads,
            precision=arguments.precision,
        )
    )
    print(f"written: {output}")


def _grid(changes: dict) -> Grid:
    import yaml

    from regrade.config import read_config
    from regrade.grid import Grid

    settings = yaml.safe_load((STUDIES.parent / "config.yaml").read_text(encoding="utf-8"))
    return Grid.read(read_config(settings | changes), STUDIES.parent)


def _plan(arguments: argparse.Namespace) -> None:
    from regrade.planning.device_speed import calibrate
    from regrade.planning.plan import plan, show
    from regrade.planning.selection import choose, claims_of, show_choice

    grid = _grid(arguments.config)
    if arguments.budget and grid.config.scale == "preview":
        raise UserError("--budget: a preview decides no claim; plan with scale full")
    speed = grid.speed or calibrate(grid.config.device)
    rows = plan(grid, speed)
    print(show(rows, speed, grid.config.scale, arguments.gpus))
    if arguments.budget:
        claims, seconds = claims_of(grid), arguments.budget * 3600
        print(show_choice(choose(rows, claims, seconds), len(claims), seconds, grid))


def _calibrate(arguments: argparse.Namespace) -> None:
    from regrade.planning.device_speed import calibrate

    print(json.dumps(asdict(calibrate(arguments.device)), indent=1))


def _export(arguments: argparse.Namespace) -> None:
    for job in _grid(arguments.config).jobs(arguments.runs or ["*"]):
        print(json.dumps(job))


def _study_path(name: str) -> Path:
    from regrade.config import STUDY_ENDINGS

    path = Path(name)
    return path if path.suffix in STUDY_ENDINGS else STUDIES / f"{name}.yaml"


def _check(arguments: argparse.Namespace) -> None:
    from regrade.config import STUDY_ENDINGS, study_files
    from regrade.grading.arithmetic import check_study
    from regrade.studies.load import load_study

    mistakes = []
    for path in arguments.files or study_files(STUDIES):
        if path.suffix not in STUDY_ENDINGS:
            mistakes.append(f"{path}: a study file ends in {' or '.join(STUDY_ENDINGS)}")
            continue
        try:
            study = load_study(path)
        except UserError as error:
            mistakes.append(str(error))
        else:
            print(f"{path}: {len(study.runs)} runs, {len(study.claims)} claims, no mistakes")
            for found in check_study(study):
                print(f"  {found.run}: {found.text} ({found.rule})")
    if mistakes:
        raise UserError("\n".join(mistakes))
    names = shlex.quote(",".join(map(str, arguments.files)) or "all")
    print(f"Next, a preview: snakemake --cores 4 --config studies={names}")
    print("and the recipes as they are: the same with scale=full")


def _record(arguments: argparse.Namespace) -> None:
    from regrade.records import record
    from regrade.records_table import update_readme
    from regrade.verify import write_sums

    records = STUDIES.parent / "records"
    options = {"replace": arguments.replace, "commit": arguments.commit}
    for taken in record(arguments.results, records, **options):
        detail = f" ({taken.detail})" if taken.detail else ""
        print(f"{taken.outcome}: {taken.folder}{detail}")
    update_readme(records)
    write_sums(records)


def _verify(arguments: argparse.Namespace) -> None:
    from regrade.verify import verify

    if not arguments.place.is_dir():
        raise UserError(f"{arguments.place}: there is no such folder")
    found = list(verify(arguments.place))
    if found:
        raise UserError("\n".join([*found, f"{len(found)} differences"]))
    print(f"{arguments.place}: everything is what it should be")


def _why(arguments: argparse.Namespace) -> None:
    from regrade.studies.load import load_study
    from regrade.studies.resolve import resolve
    from regrade.studies.spelling import suggest
    from regrade.why import changes, read_provenances

    name, _, wanted = arguments.run.partition("/")
    study = load_study(_study_path(name))
    runs = {run.name: run for run in resolve(study)}
    if wanted not in runs:
        raise UserError(
            f"{study.study} has no run {wanted!r}{suggest(wanted, runs)}; it has: {', '.join(runs)}"
        )
    run = runs[wanted]
    data = arguments.results / "data" / f"{run.recipe.dataset}.npz"
    folder = arguments.results / "runs" / study.study / run.trained_as
    for seed, provenance in read_provenances(folder).items():
        found = list(changes(provenance, run, data))
        print(
            f"{study.study}/{run.trained_as} seed {seed}: {'nothing changed' if not found else ''}"
        )
        for text in found:
            print(f"  {text}")


def _words(_: argparse.Namespace) -> None:
    from regrade.studies.reference import reference

    print(reference(), end="")


def _schema(_: argparse.Namespace) -> None:
    from regrade.studies.study import Study

    print(json.dumps(Study.model_json_schema(), indent=1))


if __name__ == "__main__":
    main()
