"""The environments that Snakemake, containers and make install are one."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2]
ENVIRONMENTS = PROJECT / "envs"
DEVELOPMENT = {
    *("pytest", "hypothesis", "playwright", "axe-core-python"),
    *("mypy", "pandas-stubs", "types-pyyaml"),
    *("ruff", "snakefmt", "setuptools"),
}
"""What only tests and `make` need."""


def pinned(lines: list[str]) -> dict[str, str]:
    """Read `name==version` lines."""
    found = (re.fullmatch(r"([\w.-]+)==(\S+)", line.split("#")[0].strip()) for line in lines)
    return {match[1]: match[2] for match in found if match}


def required(lines: list[str]) -> set[str]:
    """Read the names of requirements."""
    found = (re.match(r"[\w.-]+", line) for line in lines)
    return {match[0] for match in found if match}


def lock() -> dict[str, str]:
    return pinned((ENVIRONMENTS / "requirements.lock").read_text().splitlines())


def conda_packages() -> list[str]:
    specification = yaml.safe_load((ENVIRONMENTS / "regrade.yaml").read_text())
    (packages,) = (part["pip"] for part in specification["dependencies"] if isinstance(part, dict))
    return packages


def test_conda_installs_the_versions_of_the_lock() -> None:
    packages = pinned(conda_packages())
    assert packages
    assert packages.items() <= lock().items()


def test_conda_installs_all_that_the_workflow_needs() -> None:
    wanted = required((ENVIRONMENTS / "requirements.in").read_text().splitlines()) - DEVELOPMENT
    assert required(conda_packages()) == wanted


def test_conda_takes_a_python_that_the_package_allows() -> None:
    specification = yaml.safe_load((ENVIRONMENTS / "regrade.yaml").read_text())
    (python,) = (
        part.removeprefix("python=")
        for part in specification["dependencies"]
        if isinstance(part, str) and part.startswith("python=")
    )
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    lowest = project["requires-python"].removeprefix(">=")
    assert tuple(map(int, python.split("."))) >= tuple(map(int, lowest.split(".")))


def test_every_rule_names_an_environment_that_exists() -> None:
    for rules in (PROJECT / "rules").glob("*.smk"):
        text = rules.read_text()
        environments = re.findall(r'conda:\n +"(.+)"', text)
        assert len(environments) == len(re.findall(r"^ *rule ", text, re.MULTILINE))
        assert all((rules.parent / path).is_file() for path in environments)


def test_the_package_is_found_where_it_is_not_installed() -> None:
    """Containers and conda environments have what it needs; it lies in the project's folder."""
    for rules in (PROJECT / "rules").glob("*.smk"):
        calls = [line for line in rules.read_text().splitlines() if '"' in line.strip()[:1]]
        for line in calls:
            if "python -m regrade" in line:
                assert line.strip().startswith('"PYTHONPATH={params.code:q} python'), rules
    for image in (PROJECT / "Dockerfile", ENVIRONMENTS / "regrade.def"):
        settings = image.read_text().splitlines()
        assert any(
            re.match(r"\s*(ENV|export) PYTHONPATH=.*/workflow_scripts", line) for line in settings
        ), image


def test_the_network_is_used_for_the_results_that_are_trained() -> None:
    """Data sets lie under the results: those of another folder would be loaded once more."""
    page = (PROJECT / "docs" / "clusters.md").read_text()
    (there,) = re.findall(r"--config ([^`\n]*results=\S+) --until prepare_data", page)
    (training,) = re.findall(r"profiles/slurm --config (.*results/full)$", page, re.MULTILINE)
    assert there == training


def test_make_help_lists_every_target_that_is_told() -> None:
    """Whatever its name is made of: `test-avx2` has a digit."""
    makefile = (PROJECT / "Makefile").read_text()
    targets = re.findall(r"^([^\s:#]+):.*## ", makefile, re.MULTILINE)
    shown = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True).stdout
    assert "test-avx2" in targets
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("make ")] == targets
