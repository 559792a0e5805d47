"""
Configuration, studies and the grid, and what happens before and after all jobs.

Reads and checks config and studies whole before any rule is made; imports neither torch nor pandas.
"""

import json
import os
import sys
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# The project's folder, whatever Snakefile includes this one: the front door's, or that of a workflow which uses
# this one as a module. Relative, so that a folder that was moved with its results is still up to date.
ROOT = Path(os.path.relpath(workflow.current_basedir)).parent
sys.path.insert(0, str((ROOT / "workflow_scripts").resolve()))

from regrade import layout
from regrade.console.ending import ending
from regrade.console.progress import ProgressHandler, is_worth_a_line, screen_of
from regrade.console.time_left import TimeLeft
from regrade.errors import UserError
from regrade.evidence import require_nothing_better
from regrade.files import require_results_folder
from regrade.fingerprint import (
    DRAWING,
    EXPORTING,
    GRADING,
    REPORTING,
    code_fingerprint,
    data_fingerprint,
    numerics_fingerprint,
)
from regrade.grid import Grid
from regrade.resources import (
    measuring_memory_mb,
    memory_mb as training_memory_mb,
    preparing_memory_mb,
)
from regrade.planning.device_speed import START_SECONDS
from regrade.data.places import FROM_FILES, changed_last, find_place, source_kind
from regrade.studies.images import dataset_of
from regrade.studies.training_time import thread_seconds
from regrade.slurm import request, require_accepted
from regrade.config import read_config, read_settings, told_of_images
from regrade.machine import memory_mb
from regrade.training.attempts import attempts
from regrade.training.environment import missing_settings
from regrade.training.kept_outputs import keep_former
from regrade.training.preloading import forget_preloaded, start_preloaded

# Snakemake takes the last of two equal keys without a word. A workflow that uses this one as a module has config
# files of its own kind.
OWN_FRONT_DOOR = ROOT.resolve() in Path(workflow.main_snakefile).resolve().parents

try:
    for file in workflow.configfiles if OWN_FRONT_DOOR else ():
        read_settings(Path(file))
    CONFIG = read_config(config)
    require_results_folder(Path(CONFIG.results), ROOT)
    GRID = Grid.read(CONFIG, ROOT)
except UserError as error:
    raise WorkflowError(str(error)) from None

# Jobs inherit what a training process must find when it starts.
os.environ.update(missing_settings())

# What jobs are given is decided where Snakemake was started: on this machine, or by a cluster.
ON_THIS_MACHINE = workflow.is_main_process and workflow.local_exec
GPUS_ARE_LIMITED = ON_THIS_MACHINE and "gpu" in workflow.global_resources

if ON_THIS_MACHINE and "mem_mb" not in workflow.global_resources:
    workflow.global_resources["mem_mb"] = memory_mb()
if GPUS_ARE_LIMITED and CONFIG.runs_per_gpu > 1:
    gpus = workflow.global_resources["gpu"].value
    workflow.global_resources["gpu"] = gpus * CONFIG.runs_per_gpu


RENDERING = "render_report"
PLANNED = set()
"""Names of the rules whose jobs this call runs."""
PRELOADED = []
"""The process that trainings are forked from, or None where none can be had; it ends with this one."""


def is_training(job):
    """Whether a job trains; a workflow that uses this one as a module may put a prefix before its rules."""
    return "train_run" in job.rule.name


def planned_trainings():
    return [job for job in workflow.dag.needrun_jobs() if is_training(job)]


def require_no_better_results():
    """Before anything runs, refuse to replace a replicate by worse evidence of the same run."""
    for job in planned_trainings():
        output = Path(job.output.history).parent
        is_full = CONFIG.scale == "full" and CONFIG.epochs is None
        try:
            require_nothing_better(output, is_full=is_full, source=CONFIG.data)
        except UserError as error:
            raise WorkflowError(str(error)) from None


def warn_of_made_up_images():
    """Say what comes of it before whole recipes are trained on made-up images."""
    if planned_trainings() and (
        told := told_of_images(CONFIG.scale, CONFIG.data, "data=")
    ):
        logger.warning(told)


def keep_finished():
    """Before jobs delete what they make again, keep it: images that were only moved change no replicate.

    Whoever forces a job wants it done. Of pretrained weights no identity tells, and they may be others.
    """
    states = layout.state_folder(Path(CONFIG.results))
    for job in planned_trainings():
        of = job.wildcards
        if workflow.dag.reason(job).forced or is_pretrained(resolved(of)):
            continue
        output = Path(job.output.history).parent
        try:
            keep_former(output, states, of.study, of.run, int(of.seed))
        except OSError as error:
            raise WorkflowError(
                f"{output} cannot be kept in {states}: {error}"
            ) from None


def require_accepted_jobs():
    """Before anything is submitted to Slurm, let it tell what it would refuse."""
    if workflow.executor_plugin.name != "slurm":
        return
    dag, settings = workflow.dag, workflow.executor_settings
    jobs = (job for job in dag.needrun_jobs() if not workflow.is_local(job.rule))
    submitted = dict.fromkeys(dag.get_job_group(job) or job for job in jobs)
    try:
        require_accepted(request(job, settings) for job in submitted)
    except UserError as error:
        raise WorkflowError(str(error)) from None


def is_quiet():
    """Whether the screen shows one line of progress in the place of Snakemake's own lines."""
    said = workflow.output_settings
    full = said.dryrun or said.verbose or said.printshellcmds or said.debug_dag
    included = workflow.modifier.parent_modifier is not None
    return workflow.is_main_process and not (included or full or said.quiet)


def show_progress():
    """From the first job on; until then, leave out what nobody needs."""
    PLANNED.update(job.rule.name for job in workflow.dag.needrun_jobs())
    screen = screen_of(logger)
    if screen and is_quiet():
        expected = {
            workflow.dag.jobid(job): expected_seconds(job)
            for job in workflow.dag.needrun_jobs()
        }
        logger.removeHandler(screen)
        logger.addHandler(ProgressHandler(screen, sys.stderr, TimeLeft(expected)))


def expected_seconds(job):
    """What a job takes on a CPU, roughly: the line of progress corrects it as it goes."""
    if not is_training(job):
        return 8.0
    run = resolved(job.wildcards)
    return START_SECONDS + thread_seconds(run, GRID.budget(run)) / job.threads


def tell_ending(log):
    """What was graded, where the report is; nothing where this call made no report."""
    for handler in logger.handlers:
        if isinstance(handler, ProgressHandler):
            handler.clear()
    if RENDERING in PLANNED:
        print(
            f"{ending(GRID, sys.argv[1:])}\nLog: {log[0] if log else 'none'}",
            flush=True,
        )


def preload_trainings():
    """Where several small trainings follow on this machine, let them share their start."""
    if not ON_THIS_MACHINE or sys.platform != "linux":
        return
    if workflow.deployment_settings.deployment_method:
        return
    if sum(job.threads == 1 for job in planned_trainings()) > 1:
        PRELOADED.append(start_preloaded(logger.warning))


if is_quiet() and screen_of(logger):
    screen_of(logger).addFilter(is_worth_a_line)
