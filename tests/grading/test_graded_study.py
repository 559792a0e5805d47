"""What a study is graded by belongs to the study as it is today."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.report_results import write_results, write_study

from regrade.errors import UserError
from regrade.grading.graded_study import GradedStudy


def test_a_replicate_of_another_recipe_is_not_graded_as_todays(tmp_path: Path) -> None:
    seeds = write_results(write_study(tmp_path), tmp_path)
    file = tmp_path / "studies" / "tiny.yaml"
    GradedStudy.read(file, tmp_path / "results", seeds)
    text = file.read_text()
    file.write_text(text.replace("learning_rate: ", "learning_rate: 1", 1))
    with pytest.raises(UserError, match=r"seed-0: trained with recipe .*; remove this folder"):
        GradedStudy.read(file, tmp_path / "results", seeds)
