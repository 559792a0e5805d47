"""The fingerprint changes with code that can change a recipe's numbers, and with nothing else."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which

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
    meaning,
    numerics_fingerprint,
)
from regrade.studies.resolve import canonical

PACKAGE = Path(fingerprint.__file__).parent

SOURCE = '''
"""A module."""
import math

def area(radius):
    """Give an area."""
    # as everyone knows
    return math.pi * radius ** 2
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A module."""', '"""Another description."""'),
        ('"""A module."""', ""),
        ('    """Give an area."""\n', ""),
        ('"""Give an area."""', '"""Give an area.\n\n    In square metres.\n    """'),
        ("    # as everyone knows\n", ""),
        ("# as everyone knows", "# or most do"),
        ("radius ** 2", "(radius**2)"),
        ("import math\n", "import math\n\n\n"),
    ],
)
def test_comments_docstrings_and_formatting_mean_nothing(old: str, new: str) -> None:
    assert meaning(SOURCE.replace(old, new)) == meaning(SOURCE) != meaning("")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("radius ** 2", "radius ** 3"),
        ("math.pi * radius ** 2", "radius ** 2 * math.pi"),
        ("(radius)", "(radius=1)"),
        ("return math", 'return "text" and math'),
        ("import math", "import numpy as math"),
    ],
)
def test_code_means_something(old: str, new: str) -> None:
    assert meaning(SOURCE.replace(old, new)) != meaning(SOURCE)


EVERY_SYNTAX = r'''
from __future__ import annotations
import os as system, sys
from math import pi, tau as circle

@decorated(1, key=None)
class Shape(Base, metaclass=Kind):
    """Goes."""
    sides: int = 4
    name: str
    def area(self, /, a, b=2.5e-3, *rest: int, c, d=1j, **more) -> float:
        """Goes too."""
        global COUNT
        nonlocal_, [first, *others], target.attribute[1:2, ::3, ...] = a, b, c
        return lambda x, *y, z=0: x if x is not None else -y[~z]

async def loop(items):
    async with open(items) as (a, b), lock:
        async for item in items:
            await item
            yield (x async for x in item if x if not x)
    return [x for x in y], {x: y for x, y in z}, {*a, *b}, {**a, "b": b"bytes"}

def text(name, width):
    plain = f"{name}" f'{name!r:>{width}}' "tail" f"{{}}{name:}" f"{name=}"
    plain += f"{name:{width}.{width}f}"
    return plain + 'na\\xefve \\u2028 \u00e9\u4e2d' "joined" r"raw\d" + u"old"

def control(n):
    while (m := n - 1) > 0 < n <= m != 3 and n in (1,) or not n:
        if n: break
        elif m: continue
        else: pass
    else:
        del n, m
    try:
        assert n, "message"
        raise Error from None
    except (A, B) as error:
        x += 1; x -= 1; x *= 2; x /= 2; x //= 2; x %= 2; x **= 2; x @= 2; x |= 1; x &= 1; x ^= 1
    except* C:
        x = 1 << 2 >> 3
    else:
        yield from ()
    finally:
        with a: ...
    match n:
        case {"key": [1, *_], **rest} if rest: return True
        case Shape(sides=4) | None | -1: return 10**30
        case other: print(*other, sep="", **rest)
'''.replace("    except* C:\n        x = 1 << 2 >> 3\n", "")


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


def test_the_same_code_has_the_same_fingerprint_under_every_version_of_python() -> None:
    """An upgrade trains nothing anew: this one was taken under 3.11, 3.12 and 3.13."""
    assert hashlib.sha256(meaning(EVERY_SYNTAX).encode()).hexdigest()[:16] == "8c7c51ec5d203730"


def test_other_pythons_that_are_at_hand_give_the_same_fingerprint() -> None:
    program = "from regrade.fingerprint import *; print(code_fingerprint(*TRAINING, *REPORTING))"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    pythons = sorted(Path.home().glob(".pyenv/versions/3.1[1-9].*/bin/python"))
    pythons += [Path(found) for name in ("python3.12", "python3.13") if (found := which(name))]
    found = set()
    for python in pythons:
        command = [str(python), "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        found |= {done.stdout.strip()} if done.returncode == 0 else set()
    if not found:
        pytest.skip("there is no other Python here")
    assert found == {code_fingerprint(*TRAINING, *REPORTING)}
