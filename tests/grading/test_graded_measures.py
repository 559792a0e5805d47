"""What a recipe measures after training is graded, asked for by class, and drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.support.tiny_study import number, study, write_model, write_replicate
from torch import nn

from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate
from regrade.models.build import build_network
from regrade.report import formatting
from regrade.report.confusion import describe, heat_map
from regrade.report.quantities import describe as in_words
from regrade.studies.expressions import class_mistakes, parse, references
from regrade.studies.measured import why_not_measured
from regrade.studies.resolve import resolve

ASKS = {
    "measures": ["top5_accuracy", "macro_f1", "class_accuracy"],
    "selection": {"kind": "last_epoch", "test": True},
}
CLAIM = {
    "sentence": "Cats are hard.",
    "source": "x",
    "predicate": "of_class(A.class_accuracy, 1) < of_class(A.class_accuracy, 0)",
}


def test_measures_are_graded_as_other_numbers_and_classes_compare(tmp_path: Path) -> None:
    numbers = [
        number("top5_accuracy", "0.99"),
        number("macro_f1", "0.70"),
        number("of_class(class_accuracy, 1)", "0.60"),
    ]
    runs = {"A": {"recipe": ASKS, "published": {"numbers": numbers}}}
    write_model(tmp_path, "A")
    for seed in range(3):
        measured = {
            "top5_accuracy": 0.99 + 0.001 * seed,
            "macro_f1": 0.5 + 0.001 * seed,
            "class_accuracy": [0.8 + 0.001 * seed, 0.6 - 0.002 * seed, None],
        }
        write_replicate(tmp_path, "A", seed, summary=measured, validation_accuracy=[0.1, 0.7])
    found = study(runs, claims={"c": CLAIM})
    tables = aggregate(GradedStudy(found, tmp_path, tmp_path, {"A": [0, 1, 2]}))
    assert tables["numbers"]["verdict"].tolist() == ["reproduced", "not reproduced", "reproduced"]
    assert tables["numbers"]["measured"].tolist() == pytest.approx([0.991, 0.501, 0.598])
    assert tables["claims"]["on_measured"].tolist() == ["reproduced"]
    assert tables["replicates"]["macro_f1"].tolist() == [0.5, 0.501, 0.502]


def test_what_a_recipe_does_not_ask_for_is_refused_with_the_word() -> None:
    plain, asking = resolve(study({"A": {}, "B": {"recipe": ASKS}}))
    told = why_not_measured(plain.recipe, "macro_f1") or ""
    assert "`measures: [macro_f1]`" in told
    assert why_not_measured(asking.recipe, "macro_f1") is None


@pytest.mark.parametrize(("number_of", "wrong"), [("9", False), ("10", True), ("-1", True)])
def test_a_class_that_the_data_set_lacks_is_refused(number_of: str, wrong: bool) -> None:
    node = parse(f"of_class(A.class_accuracy, {number_of}) < 0.5")
    (asked,) = references(node)
    assert bool(list(class_mistakes(node, asked, 10))) == wrong


def test_a_class_is_called_by_its_number() -> None:
    assert in_words("of_class(class_accuracy, 3)") == "test accuracy of class 3"


def test_a_heat_map_has_a_cell_for_every_pair_and_tells_the_largest_mistakes() -> None:
    table = [[8, 2, 0], [0, 5, 5], [1, 0, 9]]
    assert describe(table) == (
        "Confusion matrix: 22 of 30 images right; most often class 1 taken for 2 (5), class 0 taken"
        " for 1 (2), class 2 taken for 0 (1)"
    )
    drawn = heat_map(table)
    assert drawn.count("<rect x=") == 6 and 'x="2" y="1"' in drawn and 'role="img"' in drawn
    assert 'fill-opacity="0.50"' in drawn and describe(table) in drawn


def test_memory_is_that_of_torchs_tensors_by_arithmetic(tmp_path: Path) -> None:
    (run,) = resolve(study({"A": {}}))
    network, batch = build_network(run.recipe.model, 10, 32), run.recipe.batches.training
    sizes: list[int] = []
    for module in network.modules():
        if isinstance(module, nn.Flatten | nn.Linear):
            module.register_forward_hook(lambda *found: sizes.append(found[2].nbytes))
    network(torch.zeros(batch, 3, 32, 32))
    parameters = sum(p.nbytes for p in network.parameters())
    printed = [
        number("parameter_bytes", str(parameters), "bytes"),
        number("activation_bytes", f"{sum(sizes) / 1e6:.3f}", "megabytes"),
    ]
    write_model(tmp_path, "A")
    found = study({"A": {"published": {"numbers": printed}}})
    rows = aggregate(GradedStudy(found, tmp_path, tmp_path, {"A": []}))["numbers"]
    assert rows["verdict"].tolist() == ["reproduced", "reproduced"]
    assert rows["measured"].tolist() == [parameters, sum(sizes)]
    assert formatting.value(parameters, "bytes").endswith("MB")
