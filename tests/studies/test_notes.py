"""What is told of studies without mistakes because it seldom is meant."""

from __future__ import annotations

import pytest

from regrade.studies.load import load_study
from regrade.studies.notes import notes_of

LAST = "      - {kind: linear, features: classes}\n"
TRAINING = "training: [{kind: to_tensor}]"
SECOND = """\
    variants:
      as-told: {stop: {epochs: 4}}
      as-run: {stop: {epochs: 5}}
"""
SCHEDULE = "schedule: {kind: constant}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((LAST, f"{LAST}      - softmax\n"), "cross_entropy takes logits"),
        ((LAST, f"{LAST}      - sequence: [flatten, softmax]\n"), "cross_entropy takes logits"),
        (
            (SCHEDULE, "schedule: {cosine: {epochs: 200}}"),
            "schedule: cosine over 200 epochs, but training ends after 3",
        ),
        (
            (SCHEDULE, "schedule: {multi_step: {after: [2, 80], factor: 0.1}}"),
            "schedule: the rate changes after epoch 80, but training ends after 3",
        ),
        (
            (TRAINING, "training: [to_tensor, {kind: normalize, mean: 0.5, std: 0.5}]"),
            "`normalize` stands in training and not in evaluation",
        ),
    ],
)
def test_what_is_seldom_meant_is_noted_once(write_study, change, words) -> None:
    (note,) = [note for note in notes_of(load_study(write_study(change))) if words in note.text]
    assert note.run == "A1"


def test_a_second_run_of_one_recipe_is_noted_unless_it_is_told_as_one(write_study) -> None:
    (note,) = notes_of(load_study(write_study((SECOND, ""))))
    assert (note.run, note.text) == ("A2", "it has the recipe of A1, and is trained once")
    told = write_study((SECOND, ""), ("title: two variants", "title: A1 once more"))
    assert notes_of(load_study(told)) == []


def test_nothing_is_noted_of_a_plain_study(write_study) -> None:
    assert notes_of(load_study(write_study())) == []
