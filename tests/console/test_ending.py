"""What a run says at its end."""

from __future__ import annotations

import csv
import json
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from snakemake.cli import get_argument_parser, parse_config
from tests.support.grids import ROOT

from regrade.config import Config, read_config, read_settings
from regrade.console.ending import _named, _source, ending
from regrade.console.next_call import KEPT, OTHERS
from regrade.evidence import Evidence, Recorded
from regrade.grid import Grid
from regrade.studies.resolve import resolve
from regrade.studies.study import Study

REPLICATE = {"study": "tiny", "seed": "0", "scale": "full", "data_source": "npz"}
PREVIEW = REPLICATE | {"scale": "preview", "data_source": "synthetic"}


def write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        table.writeheader()
        table.writerows(rows)


@pytest.fixture
def grid(plain_study: Study, tmp_path: Path) -> Grid:
    """Return a grid of three runs: A1 from the records, both variants of A2 as previews."""
    shutil.copy(ROOT / "config.yaml", tmp_path)
    config = read_config(read_settings(ROOT / "config.yaml") | {"studies": "tiny"})
    config = config.model_copy(update={"results": str(tmp_path)})
    seeds = {"A2-as-told": [0], "A2-as-run": [0]}
    recorded = {"tiny": Recorded("records", {"A1": [0]})}
    runs = {"tiny": resolve(plain_study)}
    files = {"tiny": tmp_path / "studies" / "tiny.yaml"}
    found = Grid(config, tmp_path, files, {"tiny": plain_study}, runs, {"tiny": seeds}, recorded)
    for run in seeds:
        summary = Evidence("tiny", tmp_path, seeds).replicate(run, 0) / "summary.json"
        summary.parent.mkdir(parents=True)
        summary.write_text(json.dumps({}))
    return found


def changed(grid: Grid, **settings: object) -> Grid:
    return replace(grid, config=grid.config.model_copy(update=settings))


def tell(grid: Grid, call: Sequence[str] = (), **tables: list[dict[str, str]]) -> str:
    folder = Path(grid.config.results) / "tables"
    given = {
        "numbers": [{"verdict": "reproduced"}, {"verdict": "not measured"}],
        "claims": [{"study": "tiny", "on_measured": "not measured"}],
        "agreement": [],
        "tiny": [
            REPLICATE | {"trained_as": "A1", "basis": "recorded"},
            PREVIEW | {"trained_as": "A2-as-told", "basis": "trained"},
            PREVIEW | {"trained_as": "A2-as-run", "basis": "trained"},
        ],
    }
    for name, rows in (given | tables).items():
        write(folder / f"{name}.csv", rows)
    return ending(grid, call)


def test_it_says_by_what_was_graded_what_was_not_and_where_the_report_is(grid: Grid) -> None:
    text = tell(grid)
    assert (
        "Graded 1 study by 1 replicate from records/ and 2 replicates trained here, 2 of them"
        " previews."
    ) in text
    assert "Numbers: 1 reproduced, 1 not measured." in text
    assert "because they are previews: runs of tiny 2." in text
    assert text.endswith(f"Report: {Path(grid.config.results).as_uri()}/report/index.html")


def test_one_command_decides_more(grid: Grid) -> None:
    command = (
        "To decide more: snakemake --cores all --config studies=tiny scale=full data=torchvision"
        " seeds=3 results=results/full"
    )
    assert command in tell(grid)
    assert "1 claims of tiny wait" in tell(grid)


def test_at_full_scale_more_seeds_decide_more(grid: Grid) -> None:
    grid = changed(grid, scale="full")
    numbers = [{"verdict": "inconclusive", "seeds_needed": n} for n in ("4", "5", "90", "")]
    text = tell(grid, numbers=numbers, agreement=[{"verdict": "agrees"}, {"verdict": "differs"}])
    assert f"seeds=5 results={grid.config.results}" in text
    assert "with 5 seeds, about 2 of 3 open numbers" in text
    assert "Beside the records: 1 agrees, 1 differs." in text


def next_call(text: str) -> list[str]:
    """Return the words of the command that a call says at its end."""
    (line,) = (line for line in text.splitlines() if line.startswith("To decide more: "))
    return shlex.split(line.removeprefix("To decide more: "))


def understood(words: list[str], defaults: dict) -> Config:
    """Return the settings that Snakemake understands."""
    return read_config(defaults | parse_config(words[words.index("--config") + 1 :]))


def test_the_command_has_every_setting_of_the_call_but_those_that_it_changes(
    grid: Grid, tmp_path: Path
) -> None:
    """Another device, precision or folder of weights would train everything again."""
    spaced = tmp_path / "my study.yaml"
    spaced.touch()
    grid = changed(
        grid, scale="full", device="cuda:1", weights="/w x", runs_per_gpu=4, device_speed=20.5,
        precision="bf16", records="ignore", data="/d", studies=[str(spaced), "duke"], seeds=2,
    )  # fmt: skip
    told = next_call(tell(grid, numbers=[{"verdict": "inconclusive", "seeds_needed": "5"}]))
    defaults = read_settings(ROOT / "config.yaml")
    assert understood(told, defaults) == grid.config.model_copy(update={"seeds": 5})


def test_the_command_takes_back_what_the_file_of_settings_says_otherwise(grid: Grid) -> None:
    """A cap on epochs belongs to previews, and from the records alone nothing is trained."""
    defaults = read_settings(ROOT / "config.yaml") | {"epochs": 2, "records": "only"}
    (grid.root / "config.yaml").write_text(json.dumps(defaults))
    told = next_call(tell(changed(grid, epochs=2, records="only")))
    config = understood(told, defaults)
    assert (config.scale, config.epochs, config.records) == ("full", None, "use")


def test_a_folder_whose_name_is_a_number_is_named_so_that_snakemake_reads_a_name(
    grid: Grid,
) -> None:
    told = next_call(tell(changed(grid, weights="2024_10_10")))
    config = understood(told, read_settings(ROOT / "config.yaml"))
    assert config.weights == "2024_10_10"


def test_after_a_preview_the_command_has_the_precision_that_decides(grid: Grid) -> None:
    told = next_call(tell(changed(grid, precision="bf16", device="cuda:1")))
    config = understood(told, read_settings(ROOT / "config.yaml"))
    assert (config.precision, config.device) == ("float32", "cuda:1")


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        ([], "--cores all"),
        (["-c", "2", "--config", "seeds=2"], "--cores 2"),
        (
            ["--cores", "--resources", "gpu=2", "mem_mb=5", "-F"],
            "--cores --resources gpu=2 mem_mb=5",
        ),
        (["--profile", "profiles/slurm", "-np", "all"], "--profile profiles/slurm"),
        (["-j8", "--sdm", "conda", "-C", "x=1"], "--software-deployment-method conda --jobs 8"),
        (["--cores=4", "-R", "train_run", "-d", "a b"], "--directory 'a b' --cores 4"),
    ],
)
def test_the_command_runs_jobs_where_and_as_the_call_did(
    grid: Grid, call: list[str], kept: str
) -> None:
    """Threads and the kind of device are a part of what a replicate is."""
    words = next_call(tell(grid, call))
    assert words[1 : words.index("--config")] == shlex.split(kept)


def test_every_option_that_is_kept_is_one_of_snakemake() -> None:
    known = {name for action in get_argument_parser()._actions for name in action.option_strings}
    assert {name for names in (*KEPT, *OTHERS) for name in names} <= known


def test_the_report_is_named_where_the_results_were_asked_for(grid: Grid, tmp_path: Path) -> None:
    """Its links to records lead up from there, and not from where a symbolic link leads."""
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "runs", link / "runs")
    text = tell(changed(grid, results=str(link)))
    assert text.endswith(f"Report: {link.as_uri()}/report/index.html")


def test_what_could_not_be_trained_is_told_with_its_reason(grid: Grid) -> None:
    path = grid.evidence("tiny").replicate("A2-as-run", 0) / "summary.json"
    path.write_text(json.dumps({"not_measured": "no weights"}))
    assert "Could not be trained: tiny/A2-as-run, seed 0: no weights" in tell(grid)


def test_a_study_outside_the_project_is_named_by_its_file(grid: Grid) -> None:
    elsewhere = grid.root / "mine" / "tiny.yaml"
    assert _named(grid, "tiny") == "tiny"
    assert _named(replace(grid, files={"tiny": elsewhere}), "tiny") == str(elsewhere)


def test_the_call_names_a_source_that_has_all_images(grid: Grid, tmp_path: Path) -> None:
    """Images of a study's own are not torchvision's: somebody must say where they lie."""
    assert _source(grid) == "torchvision"
    own = replace(grid.datasets["cifar10"], name="leaves", torchvision=None)
    grid.__dict__["datasets"] = {"leaves": own}
    grid.__dict__["own_places"] = {}
    assert _source(grid) == "FOLDER"
    grid.__dict__["own_places"] = {"leaves": tmp_path / "leaves.npz"}
    assert _source(grid) == "torchvision"
