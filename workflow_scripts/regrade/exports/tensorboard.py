"""Learning curves for TensorBoard: event files, a folder a replicate and one a published curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from regrade import layout
from regrade.errors import UserError
from regrade.grading.values import all_series

if TYPE_CHECKING:
    import pandas as pd
    from torch.utils.tensorboard import SummaryWriter

    from regrade.grading.graded_study import GradedStudy
    from regrade.grading.measurements import Measurements
    from regrade.studies.resolve import ResolvedRun

Curves = Mapping[str, "pd.Series"]
"""Series by epoch, by their names in the vocabulary."""


def write_event_files(studies: Iterable[GradedStudy], folder: Path) -> int:
    """Write the curves of every replicate and of every report; return how many folders it took.

    Parameters
    ----------
    studies
        With those results that are there already; their tables are not read.
    folder
        Gets `<study>/<run>/seed-<n>/` and `<study>/<run>/published/`.

    Raises
    ------
    UserError
        When TensorBoard is not installed, something lies in the folder (TensorBoard would draw both
        over one another), or a result file is missing or damaged.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty: TensorBoard would draw old and new curves as one")
    writer = _writer()
    found = [
        place
        for graded in studies
        for run in graded.measurements.runs
        if run.name == run.trained_as
        for place in _curves(graded, run, folder)
    ]
    for place, curves in found:
        _write(writer, curves, place)
    return len(found)


def _writer() -> type[SummaryWriter]:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise UserError(
            "tensorboard is not installed: pip install tensorboard, and run again"
        ) from None
    return SummaryWriter


def _curves(graded: GradedStudy, run: ResolvedRun, folder: Path) -> Iterator[tuple[Path, Curves]]:
    """Yield the curves of each replicate, and the published ones, with their folders."""
    measured = graded.measurements
    for seed in measured.seeds(run) if _is_there(measured, run) else ():
        place = folder / run.study / run.name / layout.seed_name(seed)
        yield place, all_series(measured.history(run, seed))
    published = graded.published.curves(run.run)
    if published:
        yield folder / run.study / run.name / "published", published


def _is_there(measured: Measurements, run: ResolvedRun) -> bool:
    """Tell whether the replicates of a run are trained yet: others may be looked at meanwhile."""
    evidence, name = measured.evidence, run.trained_as
    folders = [evidence.replicate(name, seed) for seed in evidence.seeds(name)]
    return all((folder / layout.SUMMARY).exists() for folder in folders)


def _write(writer: type[SummaryWriter], curves: Curves, folder: Path) -> None:
    """Write event files; the time of an epoch is that since the training began."""
    since = curves["seconds"].fillna(0).cumsum() if "seconds" in curves else None
    with writer(str(folder)) as events:
        for name, curve in curves.items():
            points = curve.dropna()
            times = [0.0] * len(points) if since is None else since.loc[points.index].tolist()
            for epoch, value, time in zip(points.index, points, times, strict=True):
                events.add_scalar(tag(name), value, epoch, walltime=time)


def tag(name: str) -> str:
    """Name a curve as TensorBoard groups them: `loss/train`, `accuracy/test`, `learning_rate`."""
    images, _, quantity = name.rpartition("_")
    return f"{quantity}/{images}" if quantity in ("loss", "accuracy") else name
