"""The fingerprint changes with code that can change a recipe's numbers, and with nothing else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.recipes import CROP, TO_TENSOR, make_recipe

from regrade import fingerprint
from regrade.code_use import READS, USED_BY, WITHOUT_INFLUENCE
from regrade.fingerprint import (
    DRAWING,
    EXPORTING,
    GRADING,
    MEASURING,
    PREPARING,
    REPORTING,
    TRAINING,
    code_fingerprint,
    data_fingerprint,
    imported,
    numerics_fingerprint,
)
from regrade.studies.resolve import canonical

PACKAGE = Path(fingerprint.__file__).parent


PLAIN = canonical(make_recipe())
RESIZED = canonical(
    make_recipe(
        transforms={
            "training": [{"kind": "resize", "size": 64}, CROP, TO_TENSOR],
            "evaluation": [TO_TENSOR],
        }
    )
)


MODULES = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
ROTATED = RESIZED.replace('"kind":"resize"', '"kind":"random_rotation"')


def forget() -> None:
    code_fingerprint.cache_clear()
    numerics_fingerprint.cache_clear()


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let the fingerprint see a copy of the package, and add a line to one of its modules."""
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprint, "PACKAGE", copy)
    forget()

    def add_line(module: str, line: str = "ADDED = 1\n") -> None:
        path = copy / module
        path.write_text((path.read_text() if path.exists() else "") + line)
        forget()

    yield add_line
    forget()


def of_every_result() -> dict[str, str]:
    """What the jobs of the workflow have as their parameter `code`."""
    return {
        "plain training": numerics_fingerprint(PLAIN),
        "training with rotations": numerics_fingerprint(ROTATED),
        "measuring": numerics_fingerprint(PLAIN, *MEASURING),
        "synthetic data": data_fingerprint("synthetic"),
        "data of a file": data_fingerprint("folder"),
        "grading": code_fingerprint(*GRADING),
        "figures": code_fingerprint(*DRAWING),
        "pages": code_fingerprint(*REPORTING),
    }


TRAININGS = {"plain training", "training with rotations"}
NETWORKS = {*TRAININGS, "measuring"}
READINGS = {"grading", "figures", "pages"}


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        ("training/trainer.py", TRAININGS),
        ("training/optimizers.py", TRAININGS),
        ("training/outputs.py", TRAININGS),
        ("training/cores.py", TRAININGS),
        ("training/progress.py", set()),
        ("training/kept_outputs.py", set()),
        ("training/device_lease.py", set()),
        ("models/build.py", NETWORKS),
        ("models/chain.py", NETWORKS),
        ("models/stages.py", set()),
        ("models/layer_table.py", {"measuring"}),
        ("data/load.py", NETWORKS),
        ("data/pipeline.py", NETWORKS),
        ("data/auto_augment.py", {"training with rotations"}),
        ("data/pil_transforms.py", {"training with rotations"}),
        ("data/synthetic.py", {"synthetic data"}),
        ("data/npz.py", {"data of a file"}),
        ("data/prepare.py", {"synthetic data", "data of a file"}),
        ("studies/expressions.py", READINGS),
        ("grading/intervals.py", READINGS),
        ("grading/judge.py", {"grading"}),
        ("report/figures/curves.py", {"figures"}),
        ("report/pages.py", {"pages"}),
        ("records.py", set()),
        ("config.py", set()),
    ],
)
def test_an_edit_makes_again_what_the_module_can_change(edit, module: str, changed: set) -> None:
    before = of_every_result()
    edit(module, "# a remark\n")
    assert of_every_result() == before
    edit(module)
    after = of_every_result()
    assert {name for name in before if before[name] != after[name]} == changed


def test_counts_of_images_change_what_is_measured_and_made(edit) -> None:
    before = of_every_result()
    edit("studies/datasets.py")
    after = of_every_result()
    assert {"measuring", "synthetic data", "grading"} <= {n for n in after if after[n] != before[n]}


def test_a_module_counts_once_it_is_imported(edit) -> None:
    """Even within a function; for type checkers alone it does not."""
    before = numerics_fingerprint(PLAIN)
    edit("training/a_new_module.py")
    edit(
        "training/metrics.py", "if TYPE_CHECKING:\n    from regrade.training import a_new_module\n"
    )
    typed = numerics_fingerprint(PLAIN)
    edit("training/a_new_module.py")
    assert numerics_fingerprint(PLAIN) == typed != before
    edit("training/metrics.py", "def f():\n    from regrade.training import a_new_module\n")
    imported_now = numerics_fingerprint(PLAIN)
    edit("training/a_new_module.py")
    assert numerics_fingerprint(PLAIN) != imported_now


@pytest.mark.parametrize(
    ("script", "called"),
    [
        ("train_run.py", TRAINING),
        ("measure_networks.py", MEASURING),
        ("prepare_data.py", PREPARING),
        ("aggregate_study.py", GRADING),
        ("draw_figures.py", DRAWING),
        ("render_report.py", REPORTING),
        ("export_results.py", EXPORTING),
    ],
)
def test_nothing_that_a_script_imports_is_forgotten(script: str, called: tuple[str, ...]) -> None:
    """Each module counts, or is named as one that changes no number."""
    named = re.findall(r"from (regrade[.\w]*) import", (PACKAGE.parent / script).read_text())
    used = fingerprint.imported(path for name in named for path in fingerprint._files(name))
    beside = {
        *("logs.py", "training/sigterm.py", "training/cores.py"),
        "training/__init__.py",
    }
    assert named
    assert used - fingerprint.imported(called) - WITHOUT_INFLUENCE - beside == set()


def test_the_modules_that_are_named_exist() -> None:
    """A renamed module would count again, or for no recipe."""
    assert {*WITHOUT_INFLUENCE, *USED_BY, *READS, *TRAINING, *MEASURING} <= MODULES


def test_modules_that_some_recipes_use_are_found_by_their_imports() -> None:
    """What is imported by a name that is put together would count for no recipe."""
    assert imported([*TRAINING, *MEASURING]) >= USED_BY.keys()


def test_the_words_that_modules_are_used_by_are_words_of_the_schema() -> None:
    """Each stands in canonical JSON as `"kind":"word"`, which is what is looked for."""
    assert '"kind":"resize"' in RESIZED
    schema = str(make_recipe().model_json_schema())
    for words in USED_BY.values():
        assert all(f"'{word}'" in schema for word in words)
