"""The page on hosted notebooks, followed line by line with nothing but the packages it names."""

from __future__ import annotations

import importlib.metadata
import os
import shlex
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.support.small_workflow import PROJECT, Workspace

PAGE = PROJECT / "docs" / "notebooks.md"
INSTALL = "pip install "
BLOCKER = '''
"""Lets nothing be imported that a bare machine has not."""
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"a bare machine has no {{name}}", name=name)

sys.meta_path.insert(0, Blocker())
'''


def lines() -> list[str]:
    _, block, _ = PAGE.read_text(encoding="utf-8").split("```")
    return [line.partition("  #")[0].strip() for line in block.strip().splitlines()]


def cells() -> list[str]:
    return [line.removeprefix("!") for line in lines() if line.startswith("!")]


def named_packages() -> list[str]:
    (install,) = (cell for cell in cells() if cell.startswith(INSTALL))
    return shlex.split(install.removeprefix(INSTALL))


def installed_with(packages: list[str]) -> Iterator[str]:
    """Return the names of packages and of everything that they require."""
    waiting, seen = list(packages), set()
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        yield name
        for text in importlib.metadata.requires(name) or ():
            needed = Requirement(text)
            if not needed.marker or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)


def absent_modules() -> set[str]:
    """Name the modules that are installed here and not on a machine with the page's packages."""
    there = set(installed_with(named_packages()))
    return {
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if not {owner.lower().replace("_", "-") for owner in owners} & there
        and not module.startswith(("_", "regrade"))
    }


@pytest.fixture
def home(tiny_data: Path, tmp_path: Path) -> Workspace:
    space = Workspace.create(tmp_path / "home", tiny_data.parent)
    page = space.root / "records" / "README.md"
    page.parent.mkdir(exist_ok=True)
    page.write_bytes((PROJECT / "records" / "README.md").read_bytes())
    return space


def follow(home: Workspace, notebook: Path, python: Path, **settings: str) -> None:
    """Do what the page says, with a small study and small data, but install nothing."""
    notebook.mkdir()
    words = {
        "'kaist/*'": "small/A2-as-run",
        "--data torchvision": f"--data {home.data}",
        "python ": f"{python} ",
    }
    for line in lines():
        in_notebook, command = line.startswith("!"), line.removeprefix("!")
        if command.startswith(INSTALL):
            continue
        for old, new in words.items():
            command = command.replace(old, new)
        if not in_notebook:
            command = command.replace(str(python), sys.executable)
        own = {"PYTHONPATH": str(home.root / "workflow_scripts")}
        path = settings.get("PYTHONPATH", "")
        command = command.replace("PYTHONPATH=", f"PYTHONPATH={path}{os.pathsep}")
        subprocess.run(
            command,
            shell=True,
            check=True,
            cwd=notebook if in_notebook else home.root,
            env=os.environ if in_notebook else os.environ | own,
        )
        for packed in ("regrade.tar.gz", "results.tar.gz"):
            for here, there in ((home.root, notebook), (notebook, home.root)):
                if (here / packed).exists():
                    (there / packed).write_bytes((here / packed).read_bytes())


def assert_taken_home(home: Workspace) -> None:
    record = home.root / "records/runs/small/A2-as-run/seed-0"
    assert {path.name for path in record.iterdir()} >= {"history.csv", "provenance.json"}
    assert len((record / "history.csv").read_text(encoding="utf-8").splitlines()) == 3
    assert not (home.root / "results/notebook/data").exists(), "the images need not travel"


def test_the_page_needs_no_package_that_it_does_not_name(home: Workspace, tmp_path: Path) -> None:
    absent = absent_modules()
    assert {"snakemake", "pandas", "yaml", "tqdm", "scipy", "matplotlib"} <= absent
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "sitecustomize.py").write_text(BLOCKER.format(names=absent), encoding="utf-8")
    follow(home, tmp_path / "notebook", Path(sys.executable), PYTHONPATH=str(bare))
    assert_taken_home(home)


@pytest.mark.slow  # installs torch into an environment of its own
def test_the_page_works_in_a_bare_environment(home: Workspace, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    lock = PROJECT / "envs" / "requirements.lock"
    install = [str(python), "-m", "pip", "install", "--quiet", "--constraint", str(lock)]
    subprocess.run([*install, *named_packages()], check=True)
    follow(home, tmp_path / "notebook", python)
    assert_taken_home(home)


def test_the_page_is_short() -> None:
    assert len(lines()) <= 10
