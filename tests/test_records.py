"""The recorded results belong to today's studies, and say what the README says of them."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from regrade.__main__ import parse
from regrade.commands.studies import STUDIES
from regrade.fingerprint import recipe_hash
from regrade.studies.load import load_study
from regrade.studies.resolve import resolve

RECORDS = STUDIES.parent / "records"
README = RECORDS / "README.md"
REPLICATES = sorted((RECORDS / "runs").glob("*/*/seed-*"))
PUBLISHED = {"D01": 0.6606, "D03": 0.7122, "D04": 0.7144, "D07-as-run": 0.7258}
THREE_SEEDS = {"D01", "D03", "D04", "D05-as-run", "D06-as-run"}


def test_every_record_is_of_todays_recipe() -> None:
    studies = {path.parent.parent.name for path in REPLICATES}
    hashes = {
        (name, run.name): recipe_hash(run.recipe_json)
        for name in studies
        for run in resolve(load_study(STUDIES / f"{name}.yaml"))
    }
    for folder in REPLICATES:
        record = json.loads((folder / "provenance.json").read_text())
        assert record["recipe_hash"] == hashes[record["study"], record["run"]], folder


def test_the_main_runs_have_three_seeds_on_the_real_images() -> None:
    for run in THREE_SEEDS:
        folders = sorted((RECORDS / "runs" / "duke" / run).iterdir())
        assert [folder.name for folder in folders] == ["seed-0", "seed-1", "seed-2"]
        for folder in folders:
            record = json.loads((folder / "provenance.json").read_text())
            assert (record["scale"], record["data"]["source"]) == ("full", "npz")


@pytest.mark.parametrize(("run", "published"), PUBLISHED.items())
def test_best_validation_accuracies_lie_within_three_points_of_the_published(
    run: str, published: float
) -> None:
    for folder in (RECORDS / "runs" / "duke" / run).iterdir():
        with (folder / "history.csv").open(newline="") as file:
            best = max(float(row["validation_accuracy"]) for row in csv.DictReader(file))
        assert best == pytest.approx(published, abs=0.03), folder


def test_the_readme_tells_how_each_kind_of_record_was_made() -> None:
    """A kind is a commit and a device; each has a paragraph of its own."""
    text = README.read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.count("|") == 7]
    kinds = {(commit, device) for *_, device, commit in rows[2:]}
    assert ("9bec1b5", "cpu (AVX2)") in kinds
    untold = {kind for kind in kinds if f"* **{', '.join(kind)}**: " not in text}
    assert not untold


def _exports() -> list[str]:
    text = README.read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(r"^python -m (regrade export .+?) >+ jobs\.jsonl$", text, re.MULTILINE)


@pytest.mark.parametrize("command", _exports())
def test_the_commands_of_the_readme_give_jobs(command: str, capsys) -> None:
    """A run with a record is left out of a list, unless the records are ignored."""
    arguments = parse(shlex.split(command)[1:])
    arguments.command(arguments)
    assert capsys.readouterr().out.count('"seed": 0') >= 1


def test_there_are_such_commands() -> None:
    assert len(_exports()) == 4


def _column(study: str, run: str, column: str, seed: int = 0) -> list[float]:
    folder = RECORDS / "runs" / study / run / f"seed-{seed}"
    with (folder / "history.csv").open(newline="") as file:
        return [float(row[column]) for row in csv.DictReader(file)]


def _published(file: str, column: str) -> list[float]:
    with (STUDIES / "curves" / file).open(newline="") as found:
        return [float(row[column]) for row in csv.DictReader(found)]


def test_the_cnn_of_polito_follows_its_published_curve_as_the_readme_says() -> None:
    accuracy, loss = (_column("polito", "P2", name) for name in ("test_accuracy", "train_loss"))
    # Printed accuracies are truncated: half a point lies in the middle of what they stand for.
    published = [value + 0.005 for value in _published("polito/P2.csv", "test_accuracy")]
    assert accuracy == pytest.approx(published, abs=0.014)
    assert int(accuracy[-1] * 100) == 29
    printed = _published("polito/P2.csv", "train_loss")
    assert loss[:6] == pytest.approx(printed[:6], abs=0.03)
    assert loss[-1] / printed[-1] == pytest.approx(1.126, abs=0.001)
    others = [_column("polito", "P2", "train_loss", seed)[-1] for seed in (1, 2)]
    assert others == pytest.approx([2.245, 2.056], abs=0.001)


def test_first_epochs_are_recorded_as_a_preview_of_real_images() -> None:
    folder = RECORDS / "runs" / "kaist" / "K3" / "seed-0"
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["scale"], summary["share"], summary["epochs"]) == ("preview", 0.02, 2)
    assert (summary["train_images"], summary["scored_images"]) == (50_000, 10_000)
    record = json.loads((folder / "provenance.json").read_text())
    assert record["data"]["source"] == "npz"


def test_the_first_epochs_of_vgg6_leave_its_optimizer_open_as_the_readme_says() -> None:
    def distance(data: str, optimizer: str, column: str) -> float:
        (found,) = _column("marais", f"vgg6_{data}_{optimizer}", column)
        return found - _published(f"marais/vgg6_{data}_base.csv", column)[0]

    for column in ("train_loss", "test_loss"):
        assert distance("c10", "adam", column) < -0.1 < 0.07 < distance("c10", "base", column)
    assert distance("c100", "adam", "test_loss") == pytest.approx(0.004, abs=0.001)
    assert distance("c100", "base", "test_loss") == pytest.approx(0.224, abs=0.001)
    earlier_trial = 1.779
    assert _column("marais", "vgg6_c10_base", "test_loss")[0] - earlier_trial > 0.09


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_git_leaves_every_byte_as_it_is_whatever_its_settings(tmp_path: Path) -> None:
    """With core.autocrlf, as git is often set up on Windows, no digest would be right."""
    made, taken = tmp_path / "made", tmp_path / "taken"
    made.mkdir()
    shutil.copy(STUDIES.parent / ".gitattributes", made)
    (made / "SHA256SUMS").write_bytes(b"0  a\n1  b\n")
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "all")):
        subprocess.run(["git", *words], cwd=made, check=True)
    clone = ["git", "clone", "-q", "-c", "core.autocrlf=true", str(made), str(taken)]
    subprocess.run(clone, check=True)
    assert (taken / "SHA256SUMS").read_bytes() == b"0  a\n1  b\n"
