"""Files are UTF-8, and the home folder is not needed, whatever the machine is set to."""

from __future__ import annotations

import ast
import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import report_results
from tests.support.recipes import make_recipe
from tests.support.small_workflow import Workspace

from regrade.data import compiled
from regrade.errors import exit_on_user_error

PROJECT = Path(__file__).resolve().parents[1]
TEXT = "naïve × 中"
GRADE_AND_DRAW = """
import json, sys
from pathlib import Path
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate, write_tables
from regrade.report.figures.draw import draw
from regrade.report.pages import render

folder, design, seeds = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
results, path = folder / "results", folder / "studies" / "tiny.yaml"
graded = GradedStudy.read(path, results, seeds)
tables = aggregate(graded)
write_tables(tables, {name: results / "again" / f"{name}.csv" for name in tables})
draw(graded, results / "figures" / "tiny")
render([graded], design, results / "report")
"""


def in_the_c_locale(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run Python where text is ASCII unless one says otherwise."""
    settings = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    paths = [str(PROJECT / "workflow_scripts"), str(PROJECT)]
    environment = os.environ | settings | {"PYTHONPATH": os.pathsep.join(paths)}
    environment.pop("PYTHONIOENCODING", None)
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, check=False
    )


def test_mistakes_are_told_in_any_locale(write_study) -> None:
    path = write_study(("title: plain", f"title: {TEXT}"), ("kind: flatten", f"kind: {TEXT}"))
    done = in_the_c_locale("-m", "regrade", "check", str(path))
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"1 mistake" in done.stderr and rb"na\xefve" in done.stderr


def test_a_list_of_replicates_is_trained_in_any_locale(make_job, tmp_path: Path) -> None:
    job = make_job(make_recipe(), epochs=1)
    entry = {
        **{"study": "tiny", "run": "A1", "seed": 0, "dataset": job.data.stem, "title": TEXT},
        **{"recipe": job.recipe_json, "budget": vars(job.budget), "precision": "float32"},
    }
    (tmp_path / "jobs.jsonl").write_text(
        json.dumps(entry, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    words = ["--data", str(job.data.parent), "--results", str(tmp_path), "--device", "cpu"]
    done = in_the_c_locale("-m", "regrade.training", str(tmp_path / "jobs.jsonl"), *words)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "runs/tiny/A1/seed-0/provenance.json").is_file()


def test_a_study_is_graded_drawn_and_shown_in_any_locale(tmp_path: Path) -> None:
    study = report_results.write_study(tmp_path)
    seeds = report_results.write_results(study, tmp_path)
    text = report_results.STUDY.replace("title: Plain", f"title: {TEXT}")
    (tmp_path / "studies" / "tiny.yaml").write_text(text, encoding="utf-8")
    arguments = (str(tmp_path), str(PROJECT / "report"), json.dumps(seeds))
    done = in_the_c_locale("-c", GRADE_AND_DRAW, *arguments)
    assert done.returncode == 0, done.stderr.decode()
    pages = tmp_path / "results" / "report"
    assert TEXT in (pages / "tiny.html").read_text(encoding="utf-8")


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def reads_text_of_the_locale(call: ast.Call) -> bool:
    """Whether a call reads or writes text, and leaves its encoding to the machine."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if "encoding" in keywords:
        return False
    if name in ("read_text", "write_text"):
        return isinstance(call.func, ast.Attribute)  # The house's own functions read UTF-8.
    if "text" in keywords or "universal_newlines" in keywords:
        return name in ("run", "Popen", "check_output")
    on = ast.unparse(call.func).rpartition(".")[0]
    modes = [ast.unparse(value) for value in (*call.args, keywords.get("mode")) if value]
    is_binary = any("b'" in mode for mode in modes)
    opens = name == "fdopen" or (name == "open" and on not in ("os", "archive", "Image"))
    return opens and not is_binary


def test_no_module_leaves_an_encoding_to_the_machine() -> None:
    """Linters see the kind of a path only where it stands beside the call."""
    paths = [*PROJECT.glob("workflow_scripts/**/*.py"), *PROJECT.glob("benchmarks/*.py")]
    assert len(paths) > 100
    found = [
        f"{path.relative_to(PROJECT)}:{call.lineno}"
        for path in paths
        for call in calls(path)
        if reads_text_of_the_locale(call)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("path.read_text()", True),
        ("path.read_text(encoding='utf-8')", False),
        ("path.open('w')", True),
        ("open(path)", True),
        ("open(path, 'rb')", False),
        ("path.open(mode='wb')", False),
        ("os.open(path, os.O_RDONLY)", False),
        ("subprocess.run(command, text=True)", True),
        ("subprocess.run(command, encoding='utf-8')", False),
    ],
)
def test_a_call_that_does_is_seen(line: str, found: bool) -> None:
    call = ast.parse(line).body[0].value
    assert reads_text_of_the_locale(call) is found


class TestHome:
    """Some machines have no home folder that can be written."""

    def test_the_workflow_does_not_need_it(self, tmp_path, tiny_data, monkeypatch) -> None:
        (tmp_path / "home").touch()
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        space = Workspace.create(tmp_path / "copy", tiny_data.parent)
        outcome = space.snakemake("results/data/cifar10.npz").succeeded()
        assert len(outcome.jobs) == 1

    def test_what_cannot_be_kept_there_is_told_with_the_remedy(self, monkeypatch) -> None:
        monkeypatch.setenv("HOME", "/home/student")
        place = "/home/student/.cache/torch/hub"
        with pytest.raises(SystemExit) as caught, exit_on_user_error():
            raise PermissionError(errno.EACCES, "Permission denied", place)
        assert caught.value.code == (
            f"error: cannot write {place}: Permission denied;"
            " set XDG_CACHE_HOME to a folder that can be written"
        )

    def test_kernels_are_compiled_where_they_cannot_be_kept(self, monkeypatch, capsys) -> None:
        njit = compiled.numba.njit

        def without_a_folder(*functions, **options: bool):
            if options.get("cache"):
                raise RuntimeError("cannot cache function: no locator available")
            return njit(*functions, **options)

        monkeypatch.setattr(compiled.numba, "njit", without_a_folder)
        monkeypatch.setattr(compiled, "_told", [])
        first, second = (compiled.compiled(lambda x, n=n: x + n) for n in (1, 2))
        assert (first(1), second(1)) == (2, 3)
        said = capsys.readouterr().out
        assert said.count("set XDG_CACHE_HOME to a folder that can") == 1
