"""Where files lie below a folder of results, and of records: their paths are spelled here alone.

The rules of the workflow write them out once more, as Snakemake wants its patterns; a test holds
both to the same.
"""

from __future__ import annotations

from pathlib import Path

STUDIES = Path(__file__).resolve().parents[2] / "studies"
"""The project's own study files, which go by name."""
HISTORY = "history.csv"
SUMMARY = "summary.json"
PROVENANCE = "provenance.json"
HISTOGRAM = "weights.csv"
WEIGHTS = "weights.safetensors"
REPLICATE_FILES = (HISTORY, SUMMARY, PROVENANCE, HISTOGRAM)
"""The files of a replicate that are graded and recorded; its weights are neither."""
TABLES = ("numbers", "claims", "complexity", "errata", "checks", "agreement")
"""The tables of a study, beside that of its replicates, that exist of all studies together, too."""
LOG = "train.log"
"""The log of a training beside its record."""
_SEED = "seed-"


def runs_folder(place: Path) -> Path:
    """Return the folder of all replicates, in results as in records: a study, a run, a seed."""
    return place / "runs"


def run_folder(place: Path, study: str, run: str) -> Path:
    """Return the folder of a run's replicates, in results as in records."""
    return runs_folder(place) / study / run


def seed_name(seed: int | str) -> str:
    """Return what the folder of a replicate is called."""
    return f"{_SEED}{seed}"


def replicate_folder(place: Path, study: str, run: str, seed: int | str) -> Path:
    """Return the folder of a replicate, in results as in records."""
    return run_folder(place, study, run) / seed_name(seed)


def replicate_folders(place: Path, study: str = "*", run: str = "*") -> list[Path]:
    """Return the folders of all replicates of the studies and runs that match, in their order."""
    pattern = f"runs/{study}/{run}/{_SEED}*"
    return sorted(path for path in place.glob(pattern) if path.is_dir())


def place_of(path: Path) -> Path | None:
    """Return the results, or the records, that a file of a replicate or a measured network is of.

    None for any other file.
    """
    # Deepest first: <place>/runs/<study>/<run>/seed-<n>/<file>, <place>/models/<study>/<file>.
    folder, *above = path.parents
    if len(above) > 3 and above[2].name == "runs" and folder.name.startswith(_SEED):
        return above[3]
    if len(above) > 1 and above[0].name == "models":
        return above[1]
    return None


def seed_of(replicate: Path) -> int:
    """Return the seed of the replicate in a folder."""
    return int(replicate.name.removeprefix(_SEED))


def replicate_name(study: str, run: str, seed: int) -> str:
    """Return what the state and the lock of a replicate are called."""
    return f"{study}-{run}-{seed_name(seed)}"


def training_log(results: Path, study: str, run: str, seed: int | str) -> Path:
    """Return the log of a training."""
    return results / "logs" / "train" / study / run / f"{seed_name(seed)}.log"


def model_folder(place: Path, study: str) -> Path:
    """Return the folder of a study's measured networks, in results as in records."""
    return place / "models" / study


def model_file(place: Path, study: str, run: str) -> Path:
    """Return the file of a measured network."""
    return model_folder(place, study) / f"{run}.json"


def model_files(place: Path) -> list[Path]:
    """Return the files of all measured networks, in their order."""
    return sorted(place.glob("models/*/*.json"))


def measured_studies(place: Path) -> list[str]:
    """Return the names of the studies that have measured networks."""
    return sorted(path.name for path in place.glob("models/*"))


def data_folder(results: Path) -> Path:
    """Return the folder of prepared data sets."""
    return results / "data"


def data_file(results: Path, dataset: str) -> Path:
    """Return the file of a prepared data set; its card lies beside it."""
    return dataset_file(data_folder(results), dataset)


def dataset_file(folder: Path, dataset: str) -> Path:
    """Return the file of a data set in a folder of prepared ones."""
    return folder / f"{dataset}.npz"


def card_file(data: Path) -> Path:
    """Return the card beside a prepared data set."""
    return data.with_suffix(".json")


def state_folder(results: Path) -> Path:
    """Return the folder of the states of interrupted replicates."""
    return results / "state"


def kept_models(results: Path) -> Path:
    """Return the folder of networks that were measured before."""
    return results / "kept" / "models"


def table_folder(results: Path, study: str | None = None) -> Path:
    """Return the folder of the tables of one study, or of those of all studies."""
    return results / "tables" / study if study else results / "tables"


def table_file(results: Path, name: str, study: str | None = None) -> Path:
    """Return a table of one study, or of all studies."""
    return table_folder(results, study) / f"{name}.csv"


def graded_table(results: Path, name: str, study: str) -> Path:
    """Return a table of one study; that of its replicates bears the study's name."""
    return table_file(results, study) if name == "replicates" else table_file(results, name, study)


def basis_file(results: Path, study: str) -> Path:
    """Return the file that says what the tables of a study were derived from."""
    return table_folder(results, study) / "basis.json"


def basis_files(results: Path) -> list[Path]:
    """Return those files of all studies, in their order."""
    return sorted(table_folder(results).glob("*/basis.json"))


def figures_folder(results: Path) -> Path:
    """Return the folder of the figures of all studies."""
    return results / "figures"


def report_folder(results: Path) -> Path:
    """Return the folder of the report's pages."""
    return results / "report"


def front_page(results: Path) -> Path:
    """Return the page of the report that all others are reached from."""
    return report_folder(results) / "index.html"


def exports_folder(results: Path) -> Path:
    """Return the folder of the results in the forms that other tools read."""
    return results / "exports"
