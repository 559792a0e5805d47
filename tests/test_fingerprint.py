"""The fingerprint changes with code that can change a recipe's numbers, and with nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.recipes import CROP, TO_TENSOR, make_recipe

from regrade import fingerprint
from regrade.fingerprint import MEASURING, USED_BY, WITHOUT_INFLUENCE, meaning, numerics_fingerprint
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


PLAIN = canonical(make_recipe())
RESIZED = canonical(
    make_recipe(
        transforms={
            "training": [{"kind": "resize", "size": 64}, CROP, TO_TENSOR],
            "evaluation": [TO_TENSOR],
        }
    )
)


def forget() -> None:
    fingerprint._modules.cache_clear()
    fingerprint.numerics_fingerprint.cache_clear()


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let the fingerprint see a copy of the package, and add a line to one of its modules."""
    for room in fingerprint.ROOMS:
        shutil.copytree(PACKAGE / room, tmp_path / room)
    monkeypatch.setattr(fingerprint, "__file__", str(tmp_path / "fingerprint.py"))
    forget()

    def add_line(module: str, line: str = "ADDED = 1\n") -> None:
        path = tmp_path / module
        path.write_text((path.read_text() if path.exists() else "") + line)
        forget()

    yield add_line
    forget()


@pytest.mark.parametrize(
    ("module", "changes"),
    [
        ("training/trainer.py", True),
        ("training/optimizers.py", True),
        ("data/pipeline.py", True),
        ("models/chain.py", True),
        ("training/a_new_module.py", True),
        ("training/outputs.py", False),
        ("training/progress.py", False),
        ("data/synthetic.py", False),
        ("models/stages.py", False),
        ("measuring/measure.py", False),
    ],
)
def test_an_edit_counts_where_it_can_change_numbers(edit, module: str, changes: bool) -> None:
    before = numerics_fingerprint(PLAIN)
    edit(module)
    assert (numerics_fingerprint(PLAIN) != before) is changes


def test_a_comment_in_the_engine_trains_nothing_anew(edit) -> None:
    before = numerics_fingerprint(PLAIN)
    edit("training/trainer.py", "# a remark\n")
    assert numerics_fingerprint(PLAIN) == before


@pytest.mark.parametrize("module", ["data/pil_transforms.py", "data/auto_augment.py"])
def test_a_module_counts_for_the_recipes_that_use_it(edit, module: str) -> None:
    rotated = RESIZED.replace('"kind":"resize"', '"kind":"random_rotation"')
    plain, used = numerics_fingerprint(PLAIN), numerics_fingerprint(rotated)
    edit(module)
    assert numerics_fingerprint(PLAIN) == plain
    assert numerics_fingerprint(rotated) != used


def test_measuring_code_counts_where_it_is_asked_for(edit) -> None:
    before = numerics_fingerprint(PLAIN, *MEASURING)
    assert before != numerics_fingerprint(PLAIN)
    edit("measuring/measure.py")
    assert numerics_fingerprint(PLAIN, *MEASURING) != before


def test_the_modules_that_are_named_exist() -> None:
    """A renamed module would count again, or for no recipe."""
    named = {*WITHOUT_INFLUENCE, *USED_BY, *MEASURING}
    assert {name for name in named if not (PACKAGE / name).is_file()} == set()


def test_the_words_that_modules_are_used_by_are_words_of_the_schema() -> None:
    """Each stands in canonical JSON as `"kind":"word"`, which is what is looked for."""
    assert '"kind":"resize"' in RESIZED
    schema = str(make_recipe().model_json_schema())
    for words in USED_BY.values():
        assert all(f"'{word}'" in schema for word in words)
