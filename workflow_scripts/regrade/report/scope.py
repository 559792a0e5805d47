"""What part of the recipes was executed, and on which data: what every page says on top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regrade.evidence import SYNTHETIC, is_imported
from regrade.grading.decisive import RECIPE_PRECISION
from regrade.report import formatting
from regrade.report.study_results import StudyResults
from regrade.studies.resolve import ResolvedRun


@dataclass(frozen=True)
class Notice:
    """A sentence on top of a page; a warning limits what may be concluded from the page."""

    is_warning: bool
    title: str
    text: str


@dataclass(frozen=True)
class Scope:
    """What the replicates behind a page are."""

    replicates: int
    preview_shares: tuple[float, ...]
    """Shares of recipes executed by the replicates at preview scale."""
    sources: tuple[str, ...]
    """Of the images, one entry for each replicate."""
    devices: tuple[str, ...]
    precisions: tuple[str, ...]

    hours: float
    """Of training, summed over all replicates."""
    imported: int = 0
    """Replicates that were not trained here: learning curves of somebody's own code."""

    @property
    def summary(self) -> str:
        """Tell what was run in half a line: scale, replicates, device, hours."""
        if not self.replicates:
            return "nothing measured"
        previews = len(self.preview_shares)
        counted = [
            f"{number} at {scale}"
            for number, scale in (
                (self.replicates - previews, "full scale"),
                (previews, "preview scale"),
            )
            if number
        ]
        noun = "replicate" if self.replicates == 1 else "replicates"
        time = formatting.duration(3600 * self.hours)
        return f"{', '.join(counted)} ({noun}){self._where}, {time} of training"

    @property
    def _where(self) -> str:
        return f" on {' and '.join(self.devices)}" if self.devices else ""

    @property
    def notices(self) -> list[Notice]:
        """Say what the reader must know before reading any number."""
        if not self.replicates:
            text = (
                "There is no replicate. What needs no training, such as counts of parameters, is"
                " graded; of everything else only what the report itself says is shown."
            )
            return [Notice(True, "Nothing trained", text)]
        return [self._scale(), *self._imported(), self._data(), *self._precision()]

    def _scale(self) -> Notice:
        if not self.preview_shares:
            counted = "1 replicate" if self.replicates == 1 else f"{self.replicates} replicates"
            text = f"Every recipe was executed whole: {counted}{self._where}."
            return Notice(False, "Full scale", text)
        least, most = (_share(end(self.preview_shares)) for end in (min, max))
        part = least if least == most else f"{least} to {most}"
        which = ""
        if len(self.preview_shares) < self.replicates:
            which = f" in {len(self.preview_shares)} of {self.replicates} replicates"
        return Notice(
            True, "Preview scale",
            f"Only {part} of each recipe was executed{which}. What depends on training is shown"
            " and not judged: its verdict is “not measured”.",
        )  # fmt: skip

    def _imported(self) -> list[Notice]:
        if not self.imported:
            return []
        which = "The replicates are"
        if self.imported < self.replicates:
            which = f"{self.imported} of {self.replicates} replicates are"
        return [
            Notice(
                True, "Imported",
                f"{which} learning curves that somebody’s own code wrote. They were not trained"
                " here: verdicts by them tell whether a report agrees with its logs.",
            )
        ]  # fmt: skip

    def _precision(self) -> list[Notice]:
        others = [precision for precision in self.precisions if precision != RECIPE_PRECISION]
        if not others:
            return []
        return [
            Notice(
                True, "Precision",
                f"Some replicates were trained in {' and '.join(others)}; the recipes mean"
                f" {RECIPE_PRECISION}. The provenance of a replicate names its precision.",
            )
        ]  # fmt: skip

    def _data(self) -> Notice:
        synthetic = self.sources.count(SYNTHETIC)
        if synthetic:
            which = "The images"
            if synthetic < len(self.sources):
                which = f"The images of {synthetic} of {self.replicates} replicates"
            return Notice(
                True, "Synthetic data",
                f"{which} were made up on the spot; they are not CIFAR. Accuracies and losses"
                " measured on them show that everything works, and say nothing about the published"
                " ones.",
            )  # fmt: skip
        return Notice(False, "Data", f"CIFAR images; source: {', '.join(_distinct(self.sources))}.")


def _share(share: float) -> str:
    return formatting.percent(share, 1 if share >= 0.001 else 2)


def scope_of(pairs: Iterable[tuple[StudyResults, Sequence[ResolvedRun]]]) -> Scope:
    """Find out what the replicates of some runs are; a run that repeats another counts once.

    It may repeat one of another study, which lends it the replicates.
    """
    summaries, provenances = [], []
    counted: set[tuple[str, str]] = set()
    for results, found in pairs:
        home = results.measurements.evidence.home
        first = {home(run.trained_as): run for run in found if not run.measure_only}
        for place, run in first.items():
            if place in counted:
                continue
            counted.add(place)
            for seed in results.measurements.seeds(run):
                summaries.append(results.measurements.summary(run, seed))
                provenances.append(results.measurements.provenance(run, seed))
    trained = [one for one in provenances if not is_imported(one)]
    return Scope(
        replicates=len(summaries),
        preview_shares=tuple(one["share"] for one in summaries if one["scale"] == "preview"),
        sources=tuple(one["data"]["source"] for one in provenances),
        devices=_distinct(one["device"] for one in trained),
        precisions=_distinct(one["precision"] for one in trained),
        hours=sum(one["seconds"] or 0.0 for one in summaries) / 3600,
        imported=len(provenances) - len(trained),
    )


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
